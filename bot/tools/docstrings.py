"""What a function's docstring says to the model: what it does, and what each parameter is."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.tools.decorator import innermost


@dataclass(frozen=True, slots=True)
class Description:
    """The text without the parts about parameters, results and errors; and the text of each parameter."""

    text: str
    parameters: Mapping[str, str]


def read_docstring(function: Callable[..., Any]) -> Description:
    """Read the docstring, in the forms of Google, numpy, Sphinx and Epydoc; the text is empty where there is none."""
    from docstring_parser import ParseError, parse

    written = inspect.getdoc(innermost(function)) or ""
    try:
        parsed = parse(written)
    except ParseError:
        return Description(written, {})
    described = {each.arg_name: " ".join((each.description or "").split()) for each in parsed.params}
    return Description(parsed.description or "", {name: text for name, text in described.items() if text})
