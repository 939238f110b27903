"""Computes one written support priority for every Zendesk ticket, explains it, and never overrules a human."""

__version__ = "0.1.0"
