"""One setting as a row: its names, its meaning, how it is read, and what it is when nobody sets it."""

from collections.abc import Callable
from dataclasses import Field, dataclass, field
from typing import Any, Literal, TypeVar, overload

T = TypeVar("T")

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
    is_read: bool = False
    """Whether its path is of a file to read: a text may name one only where `Source.is_trusted`, a Path anywhere."""
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


Read = Callable[[object], T]


@overload
def option(
    variable: str, group: Group, metavar: str, meaning: str, read: Read[T], default_text: str = "", **rest: Any
) -> T: ...
@overload
def option(
    variable: str, group: Group, metavar: str, meaning: str, read: None, default_text: str = "", **rest: Any
) -> Any: ...
def option(
    variable: str, group: Group, metavar: str, meaning: str, read: Read[T] | None, default_text: str = "", **rest: Any
) -> Any:
    """Make a field of Settings with its row. The arguments are the fields of `Option`; the name is the field's."""
    row = {"variable": variable, "group": group, "metavar": metavar, "meaning": meaning, "read": read}
    return field(default=rest.get("default"), metadata={_ROW: {**row, "default_text": default_text, **rest}})


def row_of(settings_field: "Field[Any]") -> Option | None:
    """Return the row of a field of Settings; None where the field is no setting by itself."""
    row = settings_field.metadata.get(_ROW)
    return None if row is None else Option(settings_field.name, **row)
