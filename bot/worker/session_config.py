"""The configuration of one session: JSON from outside, as the metadata of a job or the body of a request.

Reading it opens no file and imports no code: whatever it says is taken as it stands.
"""

import difflib
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from bot.settings.values import read_language, read_name
from pipeline.errors import SettingsError

LARGEST_CONFIG = 65_536
"""Bytes of a whole configuration; livekit-server takes as much for the metadata of a room or a participant."""

SHOWN_FAULTS = 8
"""How many faults or unknown fields are named; a text of 64 KiB may have thousands."""

SHOWN_NAME = 40
"""Characters of an unknown field's name that are shown."""


class SessionRefused(SettingsError):
    """A session cannot be served as it is configured; the text is a sentence that says why, for who configured it."""

    def __init__(self, reason: str) -> None:
        super().__init__((reason,))


def _blank_is_unset(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _null_is_empty(value: object) -> object:
    return {} if value is None else value


def _lower(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.strip().lower() for name in names)


_UNSET = BeforeValidator(_blank_is_unset)
_PART = BeforeValidator(_null_is_empty)

Name = Annotated[str, StringConstraints(max_length=256), AfterValidator(read_name)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=100)]
ProviderNames = Annotated[
    tuple[Word, ...],
    Field(min_length=1, max_length=32, strict=False),  # what a validator has looked at is no JSON any more, but a list
    AfterValidator(_lower),
]


class SessionFields(BaseModel):
    """A part of the configuration: camelCase in JSON, snake_case here. Fields that it does not know are kept aside."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="allow",
        frozen=True,
        strict=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    def unknown_fields(self, within: str = "") -> Iterator[str]:
        """Iterate over the names of the fields that are unknown, each with its path, and what was probably meant."""
        known = [to_camel(name) for name in type(self).model_fields]
        for name in self.model_extra or {}:
            shown = name if len(name) <= SHOWN_NAME else f"{name[:SHOWN_NAME]}..."
            meant = difflib.get_close_matches(to_camel(shown), known, n=1)
            yield repr(f"{within}{shown}") + (f" (did you mean {meant[0]}?)" if meant else "")
        for name in type(self).model_fields:
            if isinstance(part := getattr(self, name), SessionFields):
                yield from part.unknown_fields(f"{within}{to_camel(name)}.")


class Intent(SessionFields):
    """What the session is to be like."""

    language: Annotated[
        Annotated[str, StringConstraints(max_length=35), AfterValidator(read_language)] | None, _UNSET
    ] = None
    """language tag, of what the bot hears and says"""
    optimize_for: Literal["balanced", "accuracy", "latency", "cost"] = "balanced"
    """which of the allowed providers to prefer; has no effect yet"""


class AllowedProviders(SessionFields):
    """Names of providers by kind, the preferred ones first."""

    stt: ProviderNames | None = None
    """transcribers"""
    llm: ProviderNames | None = None
    """language models"""
    tts: ProviderNames | None = None
    """speech synthesizers"""


class Constraints(SessionFields):
    """What the session must keep to."""

    allowed_providers: Annotated[AllowedProviders, _PART] = AllowedProviders()
    """the providers that may hear, think and speak"""
    max_call_duration: Annotated[float, Field(ge=1, le=86_400, allow_inf_nan=False)] | None = None
    """seconds after which the call ends with a farewell; the operator's own limits hold beside these"""
    max_call_turns: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """turns of the person after which it does"""
    max_call_tokens: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    """tokens of the language model, prompts included"""
    max_call_characters: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    """characters given to the voice"""
    max_call_cost: Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)] | None = None
    """what it may cost, by the operator's prices"""


class SessionConfig(SessionFields):
    """All that one session may be configured in. What is left out, null or an empty text is as the operator set it."""

    session_id: Annotated[Name | None, _UNSET] = None
    """what the session is called where it was ordered; for the log"""
    intent: Annotated[Intent, _PART] = Intent()
    """what the session is to be like"""
    constraints: Annotated[Constraints, _PART] = Constraints()
    """what the session must keep to"""
    voice: Annotated[Annotated[str, StringConstraints(max_length=256)] | None, _UNSET] = None
    """name of the voice, as the synthesizer knows it"""
    system_prompt: Annotated[Annotated[str, StringConstraints(max_length=32_000)] | None, _UNSET] = None
    """system prompt of the language model"""
    greeting: Annotated[Annotated[str, StringConstraints(max_length=2_000)] | None, _UNSET] = None
    """the first words"""
    agent: Annotated[Name | None, _UNSET] = None
    """name of the agent that leads, one of those that the operator gives"""
    tools: Annotated[tuple[Word, ...], Field(max_length=128)] | None = None
    """names of the tools that the language model may call, of those that the operator allows; none for []"""
    temperature: Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)] | None = None
    """temperature of the language model"""
    keyterms: Annotated[tuple[Word, ...], Field(max_length=100)] | None = None
    """words to listen for"""
    on_failure: Literal["leave", "stay", "transfer"] | None = None
    """what follows when a provider refuses or stays away: see --on-failure; transfer where the operator allows it"""
    memory_key: Annotated[Name | None, _UNSET] = None
    """whose memory it is, in place of the person's identity in the room"""


def read_session_config(text: str) -> SessionConfig:
    """Read a configuration; an empty text is an empty one. Raises SessionRefused with every fault."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise SessionRefused("the session's configuration is not valid UTF-8: write it again") from None
    if size > LARGEST_CONFIG:
        raise SessionRefused(
            f"the session's configuration has {size} bytes, and {LARGEST_CONFIG} at most are read: shorten it"
        )
    if not text.strip():
        return SessionConfig()
    try:
        return SessionConfig.model_validate_json(text)
    except ValidationError as error:
        faults = [_sentence(fault) for fault in error.errors(include_url=False, include_input=False)]
    raise SessionRefused(f"the session's configuration is wrong: {shortened(faults)}")


def shortened(items: list[str]) -> str:
    """Join some of the items, and say how many more there are."""
    more = len(items) - SHOWN_FAULTS
    return "; ".join(items[:SHOWN_FAULTS]) + (f"; and {more} more" if more > 0 else "")


_SENTENCES: Mapping[str, str] = {
    "json_invalid": "is no JSON ({error}): correct it",
    "string_type": "must be text",
    "string_too_long": "is longer than {max_length} characters: shorten it",
    "string_too_short": "is empty: leave it out",
    "too_long": "has more than {max_length} entries: leave some out",
    "too_short": "is empty: leave it out, or name one",
    "tuple_type": "must be a list",
    "model_type": "must be an object",
    "literal_error": "must be {expected}",
    "value_error": "{error}",
    "float_type": "must be a number",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "greater_than": "must be more than {gt}",
    "int_type": "must be a whole number",
    "finite_number": "must be a finite number",
}
"""By pydantic's names of errors, what to do; others keep pydantic's own words."""


def _sentence(fault: ErrorDetails) -> str:
    """Say what is wrong with one field; values are not repeated, but for short ones that a reader of ours names."""
    where = ".".join(map(str, fault["loc"])) or "it"
    wording = _SENTENCES.get(fault["type"])
    return f"{where} {wording.format(**fault.get('ctx', {})) if wording else fault['msg']}"
