"""Which reply a task works for: set where a reply is made, read where what it asks of providers is measured."""

from contextvars import ContextVar

CURRENT_REPLY: ContextVar[str] = ContextVar("current_reply", default="")
"""The id of the reply; empty in a task that works for none, such as that of a summary."""
