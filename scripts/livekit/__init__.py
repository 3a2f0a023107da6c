"""Finds, builds and runs a LiveKit server on this machine. Standard library only."""
