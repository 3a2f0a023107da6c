"""A talk with the bot on this machine: a LiveKit server, the bot in a room, and a web page or a recording."""
