"""New states out of old ones."""

from typing import Any, TypeVar

T = TypeVar("T")


def changed(value: T, **changes: Any) -> T:
    """A copy of a frozen dataclass without slots, with some fields changed.

    As `dataclasses.replace`, at a tenth of its cost for a class of many fields: it is called with each of 31 windows of
    audio a second. Raises TypeError for a field that is not there.
    """
    fields = value.__dict__
    if not changes.keys() <= fields.keys():
        raise TypeError(f"{type(value).__name__} has no {', '.join(sorted(changes.keys() - fields.keys()))}")
    new: T = object.__new__(type(value))
    new.__dict__.update(fields)
    new.__dict__.update(changes)
    return new
