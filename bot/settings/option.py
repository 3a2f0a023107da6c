"""One setting as a row: its names, its meaning, how it is read, and what it is when nobody sets it."""

from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field
from typing import Any, Literal, TypeVar, overload

T = TypeVar("T")
D = TypeVar("D")

Group = Literal["Room", "Conversation", "Providers", "Running", "Secrets", "Base URLs"]

_ROW = "row"


@dataclass(frozen=True, slots=True)
class Option:
    """One setting. `name` is the field of Settings and the keyword; `variable` its name in environment and .env.

    `read` takes the value as it was written and raises ValueError with half a sentence; None where another check reads
    it. `default` is the value that Settings has without one, `default_text` what --help says of it.
    """

    name: str
    variable: str
    meaning: str
    group: Group
    metavar: str = ""
    default_text: str = ""
    default: object = None
    read: Callable[[object], object] | None = None
    has_flag: bool = True
    is_switch: bool = False
    is_secret: bool = False
    is_address: bool = False
    is_path: bool = False
    takes_file: bool = False
    """Whether @FILE stands for the file's content; only where the source may name files, see `Source.is_trusted`."""

    @property
    def shown_default(self) -> str:
        """The default, for people; empty when there is none."""
        return self.default_text or (self.default if isinstance(self.default, str) else "")

    @property
    def flag(self) -> str | None:
        """The flag, `--greeting-instructions`; None when the setting comes from environment and .env only."""
        return "--" + self.name.replace("_", "-") if self.has_flag else None


@overload
def option(
    variable: str, meaning: str, group: Group, *, read: Callable[[object], T], default: D, **row: Any
) -> T | D: ...
@overload
def option(variable: str, meaning: str, group: Group, *, read: Callable[[object], T], **row: Any) -> T | None: ...
@overload
def option(variable: str, meaning: str, group: Group, **row: Any) -> Any: ...
def option(variable: str, meaning: str, group: Group, **row: Any) -> Any:
    """A field of Settings with its row; the arguments are those of `Option`, whose name is the field's."""
    row = {"variable": variable, "meaning": meaning, "group": group, **row}
    return field(default=row.get("default"), metadata={_ROW: row})


def row_of(settings_field: "Field[Any]") -> Option | None:
    """The row of a field of Settings; None of one that is no setting by itself."""
    row = settings_field.metadata.get(_ROW)
    assert row is None or settings_field.default is not MISSING
    return None if row is None else Option(settings_field.name, **row)
