"""What the bot remembers of people between calls, by their identity: the stores, and when they are read and written."""
