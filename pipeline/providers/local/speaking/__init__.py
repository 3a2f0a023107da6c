"""Voices of this machine."""
