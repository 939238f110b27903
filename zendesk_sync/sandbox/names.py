"""Names under which the server, the faults on demand and the endpoints find each other's values in an ASGI scope."""

HANG_UP = "sandbox.hang_up"
"""The function that closes the connection without an answer, put there by the server."""
STALE = "sandbox.stale_seconds"
"""How many of the latest seconds an export has to leave out, put there by a fault on demand."""
