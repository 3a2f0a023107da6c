"""Whether a call would work here, and what to do when it would not: server, settings, providers, this machine."""
