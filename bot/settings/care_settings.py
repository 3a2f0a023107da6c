"""The settings of how a call goes on when nobody says anything, and of when it ends."""

import math
from dataclasses import dataclass

from bot.settings.option import option
from bot.settings.provider_tuning import ProviderTuning
from bot.settings.values import read_text

CAPS = ("max_call_duration", "max_call_turns", "max_call_tokens", "max_call_characters", "max_call_cost")
"""The settings that are limits of a call; fields of Policy of the same names."""

NO_LIMIT = "no limit"


def read_amount(raw: object) -> float:
    """A number from 0 on; 0 switches off what it is for."""
    try:
        number = float(raw) if isinstance(raw, str | int | float) and not isinstance(raw, bool) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not 0 <= number < math.inf:
        raise ValueError(f"must be a number from 0 on, not {raw!r}")
    return number


def read_count(raw: object) -> int:
    """A whole number from 0 on; 0 switches off what it is for."""
    number = read_amount(raw)
    if number != int(number):
        raise ValueError(f"must be a whole number, not {raw!r}")
    return int(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class CareSettings(ProviderTuning):
    """A part of `Settings`."""

    idle_after: float | None = option(
        "BOT_IDLE_AFTER",
        "Conversation",
        "SECONDS",
        "ask whether the person is there when nobody has said anything for so long, ask again, then say goodbye",
        read_amount,
        "never",
    )
    idle_text: str | None = option(
        "BOT_IDLE_TEXT", "Conversation", "TEXT", "what is asked then", read_text, "by the language"
    )
    idle_instructions: str | None = option(
        "BOT_IDLE_INSTRUCTIONS",
        "Conversation",
        "TEXT",
        "let the language model ask that, by these instructions",
        read_text,
    )
    idle_farewell: str | None = option(
        "BOT_IDLE_FAREWELL", "Conversation", "TEXT", "what is said before hanging up then", read_text, "by the language"
    )
    farewell: str | None = option(
        "BOT_FAREWELL",
        "Conversation",
        "TEXT",
        "what is said before a call ends that has reached a limit",
        read_text,
        "by the language",
    )
    max_call_duration: float | None = option(
        "BOT_MAX_CALL_DURATION",
        "Conversation",
        "SECONDS",
        "end a call with a farewell after so long",
        read_amount,
        NO_LIMIT,
    )
    max_call_turns: int | None = option(
        "BOT_MAX_CALL_TURNS", "Conversation", "N", "the same after so many turns of the person", read_count, NO_LIMIT
    )
    max_call_tokens: int | None = option(
        "BOT_MAX_CALL_TOKENS",
        "Conversation",
        "N",
        "the same after so many tokens of the language model, prompts included",
        read_count,
        NO_LIMIT,
    )
    max_call_characters: int | None = option(
        "BOT_MAX_CALL_CHARACTERS",
        "Conversation",
        "N",
        "the same after so many characters given to the voice",
        read_count,
        NO_LIMIT,
    )
    max_call_cost: float | None = option(
        "BOT_MAX_CALL_COST",
        "Conversation",
        "AMOUNT",
        "the same when it has cost so much, by --prices and in its currency",
        read_amount,
        NO_LIMIT,
    )
