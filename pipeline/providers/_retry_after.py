"""How long a provider asks to be left alone: by the headers of an answer that refuses for now."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_NUMBER = re.compile(r"\d+(\.\d+)?")
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}

_RATE_LIMITS = ("requests", "tokens")
"""What OpenAI and servers like it count: x-ratelimit-remaining-..., and -reset-... with a duration such as 1m2.5s."""


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return seconds, None where the headers say nothing that can be read. `now` is for a date among them.

    A time in milliseconds, as OpenAI and Azure give it, is finer than `Retry-After` (RFC 9110), which has seconds or a
    date; both go before the limits, of which those count that are used up.
    """
    found = {name.lower(): str(value).strip() for name, value in headers.items()}
    if (milliseconds := _number(found.get("retry-after-ms", ""))) is not None:
        return milliseconds / 1000
    given = found.get("retry-after", "")
    if (seconds := _number(given)) is not None:
        return seconds
    if given and (until := _date(given)) is not None:
        return max(0.0, (until - (now or datetime.now(UTC))).total_seconds())
    used_up = [it for it in _RATE_LIMITS if _number(found.get(f"x-ratelimit-remaining-{it}", "")) == 0]
    resets = [_duration(found.get(f"x-ratelimit-reset-{it}", "")) for it in used_up]
    return max((it for it in resets if it is not None), default=None)


def _number(text: str) -> float | None:
    value = float(text) if _NUMBER.fullmatch(text) else None
    return value if value is not None and math.isfinite(value) else None


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)


def _duration(text: str) -> float | None:
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return _number(text)
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)
