"""A LiveKit server on this machine: found, built, run. Standard library only."""
