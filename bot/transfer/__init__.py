"""Handing a person over to a human being."""
