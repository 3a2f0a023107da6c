"""The other side of the bot: a person's client that joins a room, speaks, listens, and takes down what comes back."""
