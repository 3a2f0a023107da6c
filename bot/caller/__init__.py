"""The person's side of a call: a client that joins a room, speaks, and records what comes back."""
