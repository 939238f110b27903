"""Long runs that `make test` leaves out: `make soak`. Every file here is run as tests, whatever its name."""
