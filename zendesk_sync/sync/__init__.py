"""The job: read, decide, plan, write, settle; and everything that feeds or follows it."""
