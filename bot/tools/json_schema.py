"""Walks over a JSON Schema, and what it says in plain words."""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = dict[str, Any]


def subschemas(schema: Schema) -> Iterator[Schema]:
    """Yield the schema and all schemas in it, the outer ones first."""
    yield schema
    for keyword in ("properties", "$defs", "definitions", "patternProperties"):
        if isinstance(inner := schema.get(keyword), dict):
            for each in inner.values():
                yield from _of(each)
    for keyword in ("items", "additionalProperties", "not", "if", "then", "else"):
        yield from _of(schema.get(keyword))
    for keyword in ("anyOf", "oneOf", "allOf", "prefixItems"):
        if isinstance(inner := schema.get(keyword), list):
            for each in inner:
                yield from _of(each)


def _of(value: object) -> Iterator[Schema]:
    if isinstance(value, dict):
        yield from subschemas(value)


def is_nullable(schema: Mapping[str, Any]) -> bool:
    """Whether null is a value, as far as the schema itself says so."""
    kind = schema.get("type")
    if kind == "null" or (isinstance(kind, list) and "null" in kind):
        return True
    if "enum" in schema:
        return None in schema["enum"]
    return any(is_nullable(each) for keyword in ("anyOf", "oneOf") for each in schema.get(keyword, ()))


def without_nulls(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out each null of a property that may be left out and takes none: models write null for "not given"."""
    properties, required = schema.get("properties", {}), schema.get("required", ())
    return {
        name: value
        for name, value in arguments.items()
        if value is not None or name in required or name not in properties or is_nullable(properties[name])
    }


def takes(schema: Mapping[str, Any]) -> str:
    """Say which arguments there are, for a model that has got them wrong."""
    properties, required = schema.get("properties", {}), schema.get("required", ())
    if not properties:
        return "It takes no arguments."
    named = (
        f"{name} ({_kind(each, schema)}{'' if name in required else ', optional'})" for name, each in properties.items()
    )
    return f"It takes {', '.join(named)}."


def _kind(schema: Mapping[str, Any], root: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        schema = root.get("$defs", {}).get(str(schema["$ref"]).rpartition("/")[2], {})
    if "enum" in schema:
        return "one of " + ", ".join(map(str, schema["enum"]))
    if "const" in schema:
        return repr(schema["const"])
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(dict.fromkeys(_kind(each, root) for each in options))
    kind = schema.get("type", "any value")
    return " or ".join(map(str, kind)) if isinstance(kind, list) else str(kind)
