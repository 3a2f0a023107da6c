"""The HTTP interface: tokens, and refusals in one form."""
