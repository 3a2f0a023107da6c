"""The parameters of tools as a language model's API takes them, whatever a server or a file says."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bot.tools.function_schema import UNIONS, function_schema
from bot.tools.json_schema import subschemas

A, B = {"type": "string"}, {"type": "integer"}


def an_object(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


@pytest.mark.parametrize(
    ("schema", "taken"),
    [
        ({}, {"type": "object", "properties": {}}),
        ({"type": "object"}, {"type": "object", "properties": {}}),
        ({"type": "string"}, {"type": "object", "properties": {}}),
        (an_object("a", a=A), an_object("a", a=A)),
        ({"anyOf": [an_object("a", "x", a=A, x=A), an_object("b", "x", b=B, x=A)]}, an_object("x", a=A, x=A, b=B)),
        ({"allOf": [an_object("a", a=A), an_object("b", b=B)]}, an_object("a", "b", a=A, b=B)),
        ({"oneOf": [an_object("a", a=A), an_object("a", a=B)]}, an_object("a", a={"anyOf": [A, B]})),
        (
            {"$ref": "#/definitions/it", "definitions": {"it": an_object("a", a=A)}},
            {**an_object("a", a=A), "definitions": {"it": an_object("a", a=A)}},
        ),
        (
            an_object(a={"type": "array"}, b={"type": ["array", "null"]}),
            an_object(a={"type": "array", "items": {}}, b={"type": ["array", "null"], "items": {}}),
        ),
    ],
)
def test_a_schema_is_said_in_a_form_that_is_taken(schema: dict[str, Any], taken: dict[str, Any]) -> None:
    assert function_schema(schema) == taken


def test_one_that_refers_to_itself_has_an_end() -> None:
    schema = {"$ref": "#/$defs/it", "$defs": {"it": {"anyOf": [{"$ref": "#/$defs/it"}, an_object("a", a=A)]}}}
    assert function_schema(schema)["properties"] == {"a": A}


NAMES = st.sampled_from("abc")
LEAVES = st.sampled_from([A, B, {"type": "array"}, {"enum": ["x", 1]}, {"anyOf": [A, {"type": "null"}]}, {}])
OBJECTS = st.builds(
    lambda properties, required, closed: {
        **an_object(*required, **properties),
        **({"additionalProperties": False} if closed else {}),
    },
    st.dictionaries(NAMES, LEAVES),
    st.sets(NAMES),
    st.booleans(),
)
SCHEMAS = st.recursive(
    OBJECTS,
    lambda inner: st.builds(
        lambda base, union, parts: {**base, union: parts},
        st.one_of(st.just({}), OBJECTS),
        st.sampled_from(UNIONS),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=5,
)
ARGUMENTS = st.dictionaries(NAMES, st.sampled_from(["x", 1, None, ["x"]]))


@settings(max_examples=40)
@given(SCHEMAS, ARGUMENTS)
def test_it_can_be_sent_and_requires_nothing_that_the_schema_does_not(
    schema: dict[str, Any], arguments: dict[str, Any]
) -> None:
    taken = function_schema(schema)
    assert taken["type"] == "object"
    assert not {*UNIONS, "not", "enum"} & taken.keys()
    assert all("items" in each for each in subschemas(taken) if each.get("type") == "array")
    Draft202012Validator.check_schema(taken)
    if Draft202012Validator(schema).is_valid(arguments):
        assert set(taken.get("required", ())) <= arguments.keys()
