"""`${NAME}` in a file of tools: a key stays out of the file."""

import re
from collections.abc import Callable, Mapping

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class Variables:
    """The variables that one entry of a file may name."""

    def __init__(self, values: Mapping[str, str] | None, on_fault: Callable[[str], None]) -> None:
        """Take the values; with None, `${NAME}` is an ordinary text. `on_fault` gets half a sentence."""
        self._values, self._on_fault = values, on_fault
        self.used: list[str] = []
        """The values that were put in: what nothing may show."""

    def expand(self, text: str) -> str:
        """Replace each `${NAME}`; one that is not set, or empty, is a fault."""
        return text if self._values is None else _VARIABLE.sub(self._value, text)

    def _value(self, found: re.Match[str]) -> str:
        value = (self._values or {}).get(found[1])
        if not value:
            self._on_fault(f"needs {found[1]}: set it in the environment or in .env")
            return found[0]
        self.used.append(value)
        return value
