"""Closing the generators that providers return."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

G = TypeVar("G", bound=AsyncGenerator[Any, None])


@asynccontextmanager
async def closing(generator: G) -> AsyncIterator[G]:
    """Close a generator at the end of a block.

    Like `contextlib.aclosing`, but a generator that yields inside a TaskGroup may be closed, too: the group wraps the
    GeneratorExit, and what then comes out is no error.
    """
    try:
        yield generator
    finally:
        try:
            await generator.aclose()
        except BaseExceptionGroup as group:
            if group.split(GeneratorExit)[1] is not None:
                raise
