"""The worker: LiveKit's dispatch sends it to rooms, and each room gets a bot in a process of its own."""
