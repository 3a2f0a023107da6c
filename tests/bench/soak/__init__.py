"""Whether a process that serves many calls, or a long one, grows: `scripts/soak`."""
