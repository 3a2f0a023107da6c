"""Transcribers of this machine."""
