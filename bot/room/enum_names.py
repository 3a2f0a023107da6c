"""Names of enumerations in what a server says. They are open: a newer server sends values that are not known here."""

from typing import Protocol


class Enumeration(Protocol):
    """One of them, as generated code has it."""

    def Name(self, number: int) -> str: ...  # noqa: N802 - protobuf's name


def name_in(enumeration: Enumeration, value: int) -> str:
    """Return the name of a value; of one that is not known its digits, which are no name of anything."""
    try:
        return enumeration.Name(value)
    except ValueError:
        return str(value)
