"""The endpoints: each reads a request, asks the model, and writes an answer."""
