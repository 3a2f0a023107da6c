"""Calls the function of a tool: its arguments checked, in the event loop or in a thread."""

import inspect
import logging
from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import partial
from typing import Any

from bot.tools.blocking import WatchedCoroutine
from bot.tools.context import ToolContext
from bot.tools.decorator import FunctionTool, innermost
from bot.tools.definition import make_definition
from bot.tools.docstrings import read_docstring
from bot.tools.faults import describe_invalid
from bot.tools.json_schema import Schema, takes, without_nulls
from bot.tools.signature import Signature, ValidationError, context_name, read_signature
from bot.tools.threads import in_thread
from pipeline.errors import ToolError
from pipeline.messages import Tool

log = logging.getLogger(__name__)

ReadArguments = Callable[[Mapping[str, Any]], dict[str, Any]]
"""Checks the arguments that the model gives; returns the function's keywords. Raises ToolError."""


class BoundFunction:
    """A function that is ready to be called by a model."""

    def __init__(
        self, definition: Tool, function: Callable[..., Any], read: ReadArguments, context_name: str | None
    ) -> None:
        self.definition = definition
        self._function, self._read, self._context_name = function, read, context_name
        self._is_async = _is_async(function)

    async def call(self, arguments: Mapping[str, Any], context: ToolContext) -> object:
        """Run one call. Raises ToolError for arguments that do not fit, and whatever the function raises."""
        keywords = self._read(arguments)
        if self._context_name is not None:
            keywords[self._context_name] = context
        if self._is_async:
            return await WatchedCoroutine(self._function(**keywords), self._warn)
        result = await in_thread(self._function, keywords)
        return await result if inspect.isawaitable(result) else result

    def _warn(self, duration: float) -> None:
        log.warning(
            "the tool %s has blocked the bot for %.1f s: await what takes time, or make the function no async one",
            self.definition.name,
            duration,
        )


def bind(given: FunctionTool[..., Any]) -> BoundFunction:
    """Make a function ready to be called. Raises ValueError with half a sentence that says what to do."""
    described, options = read_docstring(given.function), given.options
    if not (options.description or described.text):
        raise ValueError("has no docstring: write one that tells the model what the tool does")
    if inspect.isgeneratorfunction(function := innermost(given.function)) or inspect.isasyncgenfunction(function):
        raise ValueError("yields what it returns: return a list, as the model reads a result as a whole")
    if options.parameters is not None:
        if not isinstance(options.parameters, Mapping):
            raise ValueError('has parameters that are no JSON Schema of an object: write {"type": "object", ...}')
        schema = deepcopy(dict(options.parameters))
        read, context = _of_schema(given.function, schema)
    else:
        signature = read_signature(given.function)
        schema = signature.schema(described.parameters)
        read, context = partial(_typed, signature, schema), signature.context_name
    definition = make_definition(
        given.name,
        options.description or described.text,
        schema,
        on_interrupt=options.on_interrupt,
        filler=options.filler,
        timeout=options.timeout,
    )
    return BoundFunction(definition, given.function, read, context)


def _of_schema(function: Callable[..., Any], schema: Schema) -> tuple[ReadArguments, str | None]:
    from bot.tools.schema_check import SchemaCheck

    check, context = SchemaCheck(schema), context_name(function)
    names = [*schema.get("properties", {}), *([context] if context else [])]
    try:
        inspect.signature(function).bind(**dict.fromkeys(names))
    except TypeError as error:
        raise ValueError(f"cannot be called with the properties of its parameters: {error}") from None
    return check.read, context


def _typed(signature: Signature, schema: Schema, arguments: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return signature.keywords(without_nulls(arguments, schema))
    except ValidationError as error:
        raise ToolError(f"{describe_invalid(error)}. {takes(schema)}") from None


def _is_async(function: Callable[..., Any]) -> bool:
    called = getattr(innermost(function), "__call__", None)  # noqa: B004 - of an object that can be called
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(called)
