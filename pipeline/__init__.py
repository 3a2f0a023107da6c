"""The voice pipeline: ears, turn-taking and mouth. It never imports LiveKit; `bot` gives it a room."""
