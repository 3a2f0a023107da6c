"""LiveKit's session protocol: what a frontend asks the bot about its conversation, and is told of it."""
