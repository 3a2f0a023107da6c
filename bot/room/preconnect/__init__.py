"""What a person said while the bot joined: recorded by their app, and heard before the live audio of their track."""
