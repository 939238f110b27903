"""What the account knows and how it behaves, apart from HTTP."""
