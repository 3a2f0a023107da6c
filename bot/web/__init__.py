"""The web page of a talk, and the endpoint that makes tokens for its visitors."""
