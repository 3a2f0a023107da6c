"""A talk with the bot on this machine: a LiveKit server, the bot in a room of it, and a page or a recording."""
