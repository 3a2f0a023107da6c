"""What the model reads of a function: name, description, parameters; and what cannot be a tool."""

import enum
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal, Optional

import pytest
from pydantic import BaseModel, Field

from bot import ToolContext, tool
from bot.tools.references import bind_tools
from bot.tools.strict import strict_form
from tests.bot.tools.conversation import bound, called, schema_of


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Address(BaseModel):
    street: str
    city: str = Field(description="Its name in English.")


@dataclass
class Guest:
    name: str
    address: Address


class Shop:
    @tool
    def book(self, city: str) -> str:
        """Go."""
        return f"booked in {city}"

    @tool
    @classmethod
    def close(cls, city: str) -> str:
        """Go."""
        return f"{cls.__name__} in {city} closed"

    @tool
    @staticmethod
    def open(city: str) -> str:
        """Go."""
        return f"{city} open"


@tool
def google(city: str, days: int = 3) -> str:
    """Look up the weather.

    It is that of today.

    Args:
        city: Where,
            in English.
        days (int): How many.

    Returns:
        A sentence.
    """
    return f"{city} {days}"


@tool
def numpy(city: str, days: int = 3) -> str:
    """Look up the weather.

    It is that of today.

    Parameters
    ----------
    city : str
        Where,
        in English.
    days : int
        How many.

    Returns
    -------
    str
        A sentence.
    """
    return f"{city} {days}"


@tool
def sphinx(city: str, days: int = 3) -> str:
    """Look up the weather.

    It is that of today.

    :param city: Where,
        in English.
    :param int days: How many.
    :returns: A sentence.
    """
    return f"{city} {days}"


@pytest.mark.parametrize("given", [google, numpy, sphinx], ids=lambda it: it.name)
def test_a_docstring_describes_the_tool_and_its_parameters(given: Any) -> None:
    (made,) = bound(given)
    definition = made.definition
    assert (definition.name, definition.description) == (given.name, "Look up the weather.\n\nIt is that of today.")
    assert definition.parameters == {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Where, in English."},
            "days": {"anyOf": [{"type": "integer"}, {"type": "null"}], "description": "How many."},
        },
        "required": ["city", "days"],
        "additionalProperties": False,
    }
    assert definition.strict


def test_a_decorated_function_is_still_the_function() -> None:
    assert google("Rome") == "Rome 3"
    assert google.__doc__ == google.function.__doc__


def test_types_become_json_schema() -> None:
    @tool
    def book(
        color: Color,
        size: Literal["small", "large"],
        guest: Guest,
        day: date,
        tags: list[str],
        seats: Annotated[int, Field(ge=1, le=8, description="How many people.")],
        note: Optional[str] = None,  # noqa: UP045 - as people write it
        schema: bool = False,
    ) -> None:
        """Book."""

    definition = bound(book)[0].definition
    properties: Any = definition.parameters["properties"]
    assert definition.strict
    assert properties["size"] == {"type": "string", "enum": ["small", "large"]}
    assert properties["seats"] == {"type": "integer", "minimum": 1, "maximum": 8, "description": "How many people."}
    assert properties["note"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}
    assert properties["day"] == {"type": "string", "format": "date"}
    definitions: Any = definition.parameters["$defs"]
    assert definitions["Color"] == {"type": "string", "enum": ["red", "blue"]}
    assert definitions["Address"] == {
        "type": "object",
        "properties": {"street": {"type": "string"}, "city": {"type": "string", "description": "Its name in English."}},
        "required": ["street", "city"],
        "additionalProperties": False,
    }
    assert definitions["Guest"]["required"] == ["name", "address"]
    assert "title" not in repr(definition.parameters)


@pytest.mark.parametrize(
    "hint",
    [
        dict[str, int],
        Any,
        Annotated[str, Field(pattern="^a")],
        Guest | Address,
        list,
        Annotated[str, Field(min_length=1)],
    ],
)
def test_a_type_beyond_strict_mode_is_offered_without_it(hint: Any) -> None:
    def file_it(what: str, where: str = "here") -> None:
        """File it."""

    file_it.__annotations__["what"] = hint
    definition = bound(tool(file_it))[0].definition
    assert not definition.strict
    assert definition.parameters["required"] == ["what"]
    assert definition.parameters["properties"]["where"] == {"type": "string", "default": "here"}  # type: ignore[index]


def test_an_optional_field_of_a_model_is_strict_only_where_it_may_be_null() -> None:
    def schema(inner: dict[str, Any]) -> dict[str, Any]:
        nested = {"type": "object", "properties": {"a": inner}}
        return {"type": "object", "properties": {"it": nested}, "required": ["it"]}

    assert strict_form(schema({"type": ["string", "null"]})) is not None
    assert strict_form(schema({"type": "string"})) is None
    assert strict_form({"type": "object", "properties": {"it": {"type": "object"}}, "required": ["it"]}) is None
    assert strict_form({"type": "object", "properties": {}, "additionalProperties": True}) is None


def test_a_description_beside_a_reference_is_kept() -> None:
    @tool
    def paint(color: Color) -> None:
        """Paint.

        Args:
            color: Which one.
        """

    assert schema_of(paint)["properties"]["color"] == {
        "type": "string",
        "enum": ["red", "blue"],
        "description": "Which one.",
    }


def test_the_context_is_no_parameter() -> None:
    @tool(name="renamed", description="Other words.", on_interrupt="cancel", filler="One moment.", timeout=3.0)
    def look(what: str, context: ToolContext) -> None:
        """Look."""

    definition = bound(look)[0].definition
    assert list(definition.parameters["properties"]) == ["what"]  # type: ignore[call-overload]
    assert (definition.name, definition.description) == ("renamed", "Other words.")
    assert (definition.on_interrupt, definition.filler, definition.timeout) == ("cancel", "One moment.", 3.0)


def test_a_function_of_an_object_is_bound_to_it() -> None:
    class Desk:
        @tool
        def book(self, seats: int) -> str:
            """Book a table."""
            return f"{seats} booked"

    desk = Desk()
    assert list(schema_of(desk.book)["properties"]) == ["seats"]
    assert desk.book(2) == "2 booked"


@pytest.mark.parametrize(
    ("given", "result"),
    [
        (Shop().book, "booked in Rome"),
        (Shop().close, "Shop in Rome closed"),
        (Shop.close, "Shop in Rome closed"),
        (Shop().open, "Rome open"),
        (Shop.open, "Rome open"),
    ],
)
async def test_methods_of_every_kind_are_tools(given: Any, result: str) -> None:
    assert (await called(given, {"city": "Rome"})).text == result


async def test_the_context_may_be_annotated_or_none() -> None:
    @tool
    async def optional(context: ToolContext | None = None) -> str:
        """Go."""
        return type(context).__name__

    @tool
    async def annotated(context: Annotated[ToolContext, "the call"]) -> str:
        """Go."""
        return type(context).__name__

    for given in (optional, annotated):
        assert schema_of(given)["properties"] == {}
        assert (await called(given)).text == "ToolContext"


def test_a_json_schema_is_taken_as_it_is() -> None:
    parameters = {"type": "object", "properties": {"q": {"type": "string", "minLength": 2}}, "required": ["q"]}

    @tool(parameters=parameters)
    def search(q: str) -> str:
        """Search."""
        return q

    assert schema_of(search) == parameters


def bad(**annotations: Any) -> Any:
    def given(it: Any) -> None:
        """Do it."""

    given.__annotations__ = annotations
    return tool(given)


def undocumented(city: str) -> None: ...


def takes_all(*cities: str) -> None:
    """Go."""


def has_field(city: str = Field("Rome")) -> None:
    """Go."""


def documented(city: str) -> None:
    """Go."""


def by_position(it: str, /) -> None:
    """Go."""


def one_by_one(city: str) -> Iterator[str]:
    """Go."""
    yield city


async def streamed(city: str) -> AsyncIterator[str]:
    """Go."""
    yield city


def doubtful(one: ToolContext, other: ToolContext) -> None:
    """Go."""


NOWHERE = {"type": "object", "properties": {"city": {"$ref": "#/$defs/town"}}}

OBJECT = {"type": "object", "properties": {"town": {"type": "string"}}}


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (tool(undocumented), "has no docstring: write one"),
        (tool(takes_all), "takes *cities: str: a model gives its arguments by name"),
        (tool(has_field), "write city: Annotated[..., Field(...)]"),
        (tool(by_position), "takes it: str by its position: a model gives its arguments by name"),
        (tool(one_by_one), "yields what it returns: return a list"),
        (tool(streamed), "yields what it returns: return a list"),
        (tool(doubtful), "has more than one ToolContext (one, other): keep one"),
        (Shop.book, "is a method that lacks its self: give that of an object"),
        (bad(), "has no type for it: write one, such as it: str"),
        (bad(it=partial), "has a type for it that JSON Schema does not know"),
        (bad(it="Missing"), "has type hints that cannot be read (name 'Missing' is not defined)"),
        (tool(name="look up")(documented), "has a name that no model takes"),
        (tool(name=5)(documented), "has a name that no model takes"),  # type: ignore[call-overload]
        (tool(description=5)(documented), "has no description: write one"),  # type: ignore[call-overload]
        (tool(filler=5)(documented), "has filler=5: write the text to say"),  # type: ignore[call-overload]
        (tool(filler=" ")(documented), "has filler=' ': write the text to say, or leave it out"),
        (tool(timeout="5")(documented), "has timeout='5': write a number"),  # type: ignore[call-overload]
        (tool(timeout=None)(documented), "has timeout=None: write a number"),  # type: ignore[call-overload]
        (tool(parameters=[1])(documented), "no JSON Schema of an object"),  # type: ignore[call-overload]
        (tool(parameters=NOWHERE)(documented), "names '#/$defs/town', which is not in it: add it"),
        (tool(timeout=0)(documented), "has timeout=0: write a number of seconds above 0"),
        (tool(on_interrupt="stop")(documented), 'write "finish" or "cancel"'),  # type: ignore[call-overload]
        (tool(parameters={"type": "string"})(documented), "no JSON Schema of an object"),
        (tool(parameters={"type": "object", "properties": {"a": {"type": "x"}}})(documented), "no JSON Schema: "),
        (tool(parameters=OBJECT)(documented), "cannot be called with the properties of its parameters"),
    ],
)
def test_what_cannot_be_a_tool_is_reported_with_what_to_do(given: Any, fault: str) -> None:
    made, (found,) = bind_tools([given, google])
    assert [it.definition.name for it in made] == ["google"]
    assert fault in found
    assert re.match(rf"the tool {given.name} \(test_schema\.py:\d+\) ", found)


def test_two_tools_of_one_name_are_reported_with_their_places() -> None:
    other = tool(name="google")(documented)
    _, (fault,) = bind_tools([google, other])
    assert re.fullmatch(
        r"the tool google \(test_schema\.py:\d+\) has the name of the one at test_schema\.py:\d+: rename one\.", fault
    )
