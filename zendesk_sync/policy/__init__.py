"""What the prioritization page says, as pure code: no I/O, no clock, nothing of the project but itself."""
