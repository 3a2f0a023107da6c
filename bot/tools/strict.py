"""JSON Schemas in the form that OpenAI's strict mode takes: the model's arguments are then held to the schema.

Strict mode takes a part of JSON Schema (platform.openai.com/docs/guides/structured-outputs, "Supported schemas"): every
object names all of its properties, all are required, and no others are allowed; an argument that may be left out is one
that may be null. A schema that goes beyond is refused with the whole request, so what is not known to be taken is not
tried: `pattern` (lookaheads are refused), and unions of several objects (their first keys must differ).
"""

from copy import deepcopy
from typing import Any

from bot.tools.json_schema import Schema, is_nullable, subschemas

KEYWORDS = frozenset(
    {
        *("type", "description", "enum", "anyOf", "$ref", "$defs", "properties", "required", "additionalProperties"),
        *("items", "minItems", "maxItems", "multipleOf"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "format"),
    }
)

FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"})


def strict_form(schema: Schema) -> Schema | None:
    """Return the schema as strict mode takes it; None where it does not. Optional arguments may be null in it."""
    strict = deepcopy(schema)
    properties = strict.get("properties", {})
    for name, each in properties.items():
        if name not in strict.get("required", ()) and not is_nullable(each):
            properties[name] = _or_null(each)
    strict["required"] = list(properties)
    for each in subschemas(strict):
        _rewrite(each, strict.get("$defs", {}))
    return strict if all(map(_is_taken, subschemas(strict))) else None


def _or_null(schema: Schema) -> Schema:
    described = {"description": schema.pop("description")} if "description" in schema else {}
    schema.pop("default", None)
    return {"anyOf": [schema, {"type": "null"}], **described}


def _rewrite(schema: Schema, definitions: dict[str, Any]) -> None:
    """Say the same in other words, where there are any."""
    if "$ref" in schema and len(schema) > 1:  # a reference may have nothing beside it
        referred = definitions.get(schema.pop("$ref").rpartition("/")[2], {})
        schema.update({**deepcopy(referred), **schema})
    schema.pop("default", None)
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    if "oneOf" in schema and "anyOf" not in schema:  # to write one that fits is to write one of them
        schema["anyOf"] = schema.pop("oneOf")
        schema.pop("discriminator", None)
    if "properties" in schema:
        schema.setdefault("additionalProperties", False)
        optional = [name for name in schema["properties"] if name not in schema.get("required", ())]
        if all(is_nullable(schema["properties"][name]) for name in optional):
            schema["required"] = list(schema["properties"])


def _is_taken(schema: Schema) -> bool:
    if not schema.keys() <= KEYWORDS or schema.get("format", "date") not in FORMATS:
        return False
    kind = schema.get("type")
    if isinstance(kind, list) and not {"object", "array"}.isdisjoint(kind):
        return False
    if kind == "array" and "items" not in schema:
        return False
    if kind == "object":
        is_closed = "properties" in schema and schema.get("additionalProperties") is False
        return is_closed and set(schema.get("required", ())) == set(schema["properties"])
    if "anyOf" in schema:
        objects = [each for each in schema["anyOf"] if "$ref" in each or each.get("type") == "object"]
        return len(objects) <= 1
    return "type" in schema or "enum" in schema or "$ref" in schema
