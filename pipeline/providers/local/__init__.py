"""Providers that need no key: engines in child processes, a responder that is no model, and a look for local servers.

A child process imports this package too, so it stays empty.
"""
