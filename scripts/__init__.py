"""What a checkout needs before its environment exists: the starters, the environment, a LiveKit server."""
