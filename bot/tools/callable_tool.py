"""A tool of any origin: what the model reads of it, and what runs it."""

from collections.abc import Mapping
from typing import Any, Protocol

from bot.tools.context import ToolContext
from pipeline.messages import Tool


class CallableTool(Protocol):
    """A function of the program, a tool of an MCP server, a webhook."""

    @property
    def definition(self) -> Tool:
        """What the model reads."""
        ...

    async def call(self, arguments: Mapping[str, Any], context: ToolContext) -> object:
        """Run one call; the result is made a text by `result_text`.

        Raises ToolError with a text for the model, for arguments that do not fit, too. Any other exception is a bug of
        the tool.
        """
        ...
