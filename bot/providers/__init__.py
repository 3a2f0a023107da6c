"""Providers by name: which there are, and how each is made."""
