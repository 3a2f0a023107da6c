"""A bot put together: its providers, its room, its session."""
