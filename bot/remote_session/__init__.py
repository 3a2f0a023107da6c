"""LiveKit's session protocol: what a frontend asks the bot about its conversation, and learns of it."""
