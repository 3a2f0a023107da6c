"""`python -m bot serve`: the HTTP service, and with --worker a worker in the same process."""
