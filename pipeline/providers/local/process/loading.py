"""The first thing an engine's process does: it loads the engine, or reports to its parent why that will never do."""

import sys
from collections.abc import Callable
from typing import TypeVar

from pipeline.providers.local.process.frames import Kind, Parent

E = TypeVar("E")


class Unfit(ValueError):
    """An engine will not do for what is wanted; the text says what to do."""


def loaded(parent: Parent, load: Callable[[], E]) -> E:
    """Return what `load` returns. When it fails, in whichever way, report to the parent and end the process.

    A package of another version fails in ways that nobody foresees. Without this its process would be started again and
    again, and nobody know what is wrong.
    """
    try:
        return load()
    except Unfit as error:
        reason = str(error)
    except Exception as error:  # noqa: BLE001 - of packages of others
        reason = f"it cannot be loaded ({type(error).__name__}: {error}): install its package again"
    parent.answer(Kind.REFUSED, reason.encode(errors="replace"))
    sys.exit(1)
