"""The client: what it sends, what it repeats, what it makes of answers."""
