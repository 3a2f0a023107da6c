"""A function's parameters: their JSON Schema for the model, and the check of what the model gives for them."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PydanticUndefinedAnnotation,
    PydanticUserError,
    TypeAdapter,
    create_model,
)
from pydantic import ValidationError as ValidationError
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema

from bot.tools.context import ToolContext
from bot.tools.json_schema import Schema, subschemas

_ONE_EACH = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class _Arguments(BaseModel):
    """The arguments of a call. A field is named by its position: parameters may have any name, `schema` and `_` too."""

    model_config = ConfigDict(extra="forbid", validate_by_name=False, validate_by_alias=True)


class _JsonSchema(GenerateJsonSchema):
    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012 - as the base class has it


@dataclass(frozen=True, slots=True)
class Signature:
    """The parameters that the model gives, and the name of the one that is given the conversation."""

    model: type[BaseModel]
    context_name: str | None

    def schema(self, descriptions: Mapping[str, str]) -> Schema:
        """Return the JSON Schema; `descriptions` are those of parameters that do not describe themselves."""
        schema = self.model.model_json_schema(by_alias=True, schema_generator=_JsonSchema)
        for each in subschemas(schema):
            each.pop("title", None)
        schema.pop("description", None)
        for name, text in descriptions.items():
            if name in schema.get("properties", {}):
                schema["properties"][name].setdefault("description", text)
        return {"properties": {}, **schema}

    def keywords(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments in the function's types, those that were given. Raises pydantic's ValidationError."""
        checked = self.model.model_validate(dict(arguments))
        fields = type(checked).model_fields
        return {str(fields[name].alias): getattr(checked, name) for name in checked.model_fields_set}


def read_signature(function: Callable[..., Any]) -> Signature:
    """Read the parameters from the type hints. Raises ValueError with half a sentence that says what to do."""
    fields: dict[str, Any] = {}
    for position, parameter in enumerate(_parameters(function)):
        if not _is_context(parameter):
            _check(parameter)
            default = ... if parameter.default is parameter.empty else parameter.default
            fields[f"p{position}"] = (parameter.annotation, Field(default, alias=parameter.name))
    return Signature(create_model("Arguments", __base__=_Arguments, **fields), context_name(function))


def context_name(function: Callable[..., Any]) -> str | None:
    """Return the name of the parameter that is given the conversation. Raises ValueError as `read_signature` does."""
    names = [each.name for each in _parameters(function) if _is_context(each)]
    if len(names) > 1:
        raise ValueError(f"has more than one ToolContext ({', '.join(names)}): keep one, there is one for each call")
    return names[0] if names else None


def _is_context(parameter: inspect.Parameter) -> bool:
    """Whether it is given the conversation: ToolContext, also annotated, or None where a program calls the function."""
    hint = parameter.annotation
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    return hint is ToolContext or set(get_args(hint)) == {ToolContext, type(None)}


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function, eval_str=True).parameters.values())
    except Exception as error:  # noqa: BLE001 - the hints are code of the program's
        raise ValueError(f"has type hints that cannot be read ({error}): import what they name") from None


def _check(parameter: inspect.Parameter) -> None:
    name = parameter.name
    if parameter.kind not in _ONE_EACH:
        how = " by its position" if parameter.kind is parameter.POSITIONAL_ONLY else ""
        raise ValueError(f"takes {parameter}{how}: a model gives its arguments by name, so name each parameter")
    if parameter.annotation is parameter.empty and name in ("self", "cls"):
        raise ValueError(f"is a method that lacks its {name}: give that of an object, such as Shop().book")
    if parameter.annotation is parameter.empty:
        raise ValueError(f"has no type for {name}: write one, such as {name}: str")
    if isinstance(parameter.default, FieldInfo):
        raise ValueError(f"has a Field as the default of {name}: write {name}: Annotated[..., Field(...)]")
    try:
        TypeAdapter(parameter.annotation).json_schema(schema_generator=_JsonSchema)
    except (PydanticUserError, PydanticUndefinedAnnotation) as error:
        reason = str(error).partition("\n")[0].partition(". ")[0]
        known = "a text, a number, a list, a Literal, an Enum, a dataclass or a pydantic model"
        raise ValueError(f"has a type for {name} that JSON Schema does not know: use {known} ({reason})") from None
