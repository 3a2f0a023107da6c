"""The page to talk from, and the endpoint that gives its visitors their tokens."""
