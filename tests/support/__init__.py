"""What the tests share: the caller, the echo, simulators of the providers. Nothing here is shipped."""
