"""Finds, builds and runs a LiveKit server on this machine. Standard library only."""

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells give it."""

INTERRUPTED_LINE = "interrupted; the next start begins anew"
