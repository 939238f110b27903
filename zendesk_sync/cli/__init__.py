"""The command line. Exit codes: 0 done, 1 found something wrong, 2 bad input or configuration."""
