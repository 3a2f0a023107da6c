"""Scripts that run before the checkout's environment exists: the starters, the set-up, a LiveKit server."""
