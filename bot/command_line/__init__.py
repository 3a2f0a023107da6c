"""What the parsers of all commands have in common. It knows none of them, so that each may use it."""
