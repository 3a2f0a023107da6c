"""The HTTP interface of `python -m bot serve`: tokens, sessions, health, metrics, and the page."""
