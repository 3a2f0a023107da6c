"""Trying a provider again: the one place that decides how often, for how long, and what follows when it is in vain.

A provider's class makes one attempt, with its own deadlines for connecting, the first answer and silence in
mid-stream. What stands here wraps a port and has the port's shape, so that wrappers can be put around each other: a
later one may choose between several providers, or ask two at once.

One `Budget` a reply bounds the time that all its attempts may take together; one `Availability` a provider and session
knows since when it cannot be used, and writes one line when it is lost and one when it is back.
"""
