"""The values of settings: their types, and how each is read from what a person wrote.

Each `read_...` takes the value as it was written. It raises ValueError with half a sentence that follows the name of
the value's source and says what to do; no such text ever contains a secret.
"""

import math
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bot.providers import custom as custom
from bot.providers.registry import NO_PROVIDER, Provider, ProviderKind

LOG_LEVELS = ("debug", "info", "warning", "error")

NAME_LIMIT = 256
"""Bytes of a room's name or an identity: livekit-server's max_room_name_length and max_participant_identity_length."""

_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*|multi")
"""The shape of RFC 5646, and `multi`, which transcribers take for several languages at once."""

_SWITCH = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


class Secret:
    """A key or token that does not show itself: only `reveal()` gives it away."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself, for the wire."""
        return self._value

    def masked(self) -> str:
        """Enough to distinguish two keys: the last four characters, when there are more than twelve."""
        return "****" + (self._value[-4:] if len(self._value) > 12 else "")

    def __repr__(self) -> str:
        return "Secret('****')"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


@dataclass(frozen=True, slots=True, repr=False)
class BaseUrl:
    """Where a service is, without a trailing slash. Services speak HTTP and WebSocket at the same place.

    `place` is host, port and path, with user and password if the address has them; `http` and `ws` show those too,
    while `str()` and `repr()` do not.
    """

    secure: bool
    place: str

    @property
    def http(self) -> str:
        """The address as http:// or https://."""
        return f"{'https' if self.secure else 'http'}://{self.place}"

    @property
    def ws(self) -> str:
        """The address as ws:// or wss://."""
        return f"{'wss' if self.secure else 'ws'}://{self.place}"

    @property
    def has_login(self) -> bool:
        """Whether it carries user:password@."""
        return "@" in self.place

    def __str__(self) -> str:
        _, at, host = self.place.rpartition("@")
        return f"{'https' if self.secure else 'http'}://{'****@' if at else ''}{host}"

    def __repr__(self) -> str:
        return f"BaseUrl({str(self)!r})"


@dataclass(frozen=True, slots=True)
class ProviderChoice:
    """The provider of one kind and its model, by default the provider's; and those that take over when it fails."""

    name: str
    model: str | None = None
    others: "tuple[ProviderChoice, ...]" = ()

    @property
    def is_none(self) -> bool:
        """Whether the bot is to do without."""
        return self.name == NO_PROVIDER

    @property
    def is_custom(self) -> bool:
        """Whether the name is that of a class: see `bot.providers.custom`."""
        return ":" in self.name

    def __str__(self) -> str:
        own = self.name if self.model is None else f"{self.name}:{self.model}"
        return ",".join((own, *map(str, self.others)))


def secrets_in(values: Iterable[object]) -> tuple[str, ...]:
    """Every key, token and password among the values of settings, in plain text: what nothing may show."""
    values = tuple(values)
    logins = (value.place.rpartition("@")[0] for value in values if isinstance(value, BaseUrl))
    passwords = (password for _, _, password in (login.partition(":") for login in logins) if password)
    own = (value.reveal() for value in values if isinstance(value, Secret))
    of_files = (secret for value in values if isinstance(value, tuple) for it in value for secret in _secrets_of(it))
    return (*own, *passwords, *of_files)


def _secrets_of(value: object) -> tuple[str, ...]:
    """The secrets of an MCP server, of a webhook; one of several keys."""
    if isinstance(value, Secret):
        return (value.reveal(),)
    return (*getattr(value, "secrets", ()), *getattr(value, "keys", ()))


def read_text(raw: object) -> str:
    """Any text that can be sent as UTF-8."""
    if not isinstance(raw, str):
        raise ValueError(f"must be text, not {type(raw).__name__}")
    try:
        raw.encode()
    except UnicodeEncodeError:
        raise ValueError("is not valid UTF-8; write it again") from None
    return raw


def read_name(raw: object) -> str:
    """A room's name or an identity."""
    name = read_text(raw)
    if not name.strip():
        raise ValueError("is blank; write a name")
    if not name.isprintable():
        raise ValueError("contains control characters; write a plain name")
    if len(name.encode()) > NAME_LIMIT:
        raise ValueError(f"is longer than the {NAME_LIMIT} bytes that a LiveKit server allows; shorten it")
    return name


def read_secret(raw: object) -> Secret:
    """A key or token; it must be fit for an HTTP header."""
    text = read_text(raw).strip()
    if not text or any(not "!" <= character <= "~" for character in text):
        raise ValueError("is no key: it has blanks, line breaks or letters outside ASCII; copy it again")
    return Secret(text)


SHORTEST_API_KEY = 16
"""Characters of a key of our own; whoever reaches the service may try any number of them."""


def read_api_keys(raw: object) -> tuple[Secret, ...]:
    """Keys separated by commas or line breaks."""
    written = [text for text in re.split(r"[,\r\n]", read_text(raw)) if text.strip()]
    keys = tuple(dict.fromkeys(read_secret(text) for text in written))
    if not keys or any(len(key.reveal()) < SHORTEST_API_KEY for key in keys):
        raise ValueError(
            f"must be keys of at least {SHORTEST_API_KEY} characters, separated by commas; "
            "python -c 'import secrets; print(secrets.token_urlsafe(32))' makes one"
        )
    return keys


def read_file(path: str, directory: Path, called: str) -> str:
    """The UTF-8 text of a file; a relative path is below `directory`. `called` names the file in what is raised."""
    try:
        text = (directory / Path(path).expanduser()).read_text("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise ValueError(f"is not usable: {called} is not UTF-8 text; save it as UTF-8") from None
    except (OSError, RuntimeError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or "no such path"
        raise ValueError(f"is not usable: {called} cannot be read ({reason}); correct the path") from None
    if not text:
        raise ValueError(f"is not usable: {called} is empty; fill it")
    return text


def read_base_url(raw: object, such_as: str = "https://host, http://host:port/path or wss://host") -> BaseUrl:
    """An http(s) or ws(s) address, with or without a path; `such_as` is what to write instead of something else."""
    text = read_text(raw).strip()
    try:
        parts = urlsplit(text)
        valid = parts.scheme in ("http", "https", "ws", "wss") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid or not text.isprintable() or " " in text:
        raise ValueError(f"must be an address such as {such_as}")
    if "?" in text or "#" in text or "@" in parts.path:
        raise ValueError("must end with its path: remove what follows ? or #, and write @ in a path as %40")
    return BaseUrl(parts.scheme in ("https", "wss"), (parts.netloc + parts.path).rstrip("/"))


def read_livekit_url(raw: object) -> str:
    """The LiveKit server's address as ws:// or wss://."""
    url = read_base_url(raw, "ws://127.0.0.1:7880 or wss://host")
    if url.has_login:
        raise ValueError(
            "must not contain user:password@; LiveKit takes LIVEKIT_API_KEY and LIVEKIT_API_SECRET instead"
        )
    return url.ws


def read_choice(raw: object, kind: ProviderKind, known: Sequence[Provider], *, may_load: bool = True) -> ProviderChoice:
    """NAME, NAME:MODEL or NAME/MODEL, the name in any case; or the name of a class, package.module:Class.

    With `may_load` such a class is imported; else it is refused, since to import is to run code.
    """
    text = read_text(raw).strip()
    name, *rest = re.split("[:/]", text, maxsplit=1)
    name, model = name.strip().lower(), "".join(rest).strip()
    names = [provider.name for provider in known] + [NO_PROVIDER]
    if name not in names and custom.is_reference(text):
        if not may_load:
            class_name = text.partition(":")[2]
            raise ValueError(f"names a class, {text}: give an object of it instead, {kind}={class_name}(...)")
        custom.load(text, kind)
        return ProviderChoice(text)
    if name not in names:
        own = "or package.module:Class" if may_load else "or takes an object of your own"
        raise ValueError(f"names an unknown provider {name!r}; --{kind} knows {', '.join(names)}, {own}")
    if name == NO_PROVIDER and model:
        raise ValueError(f"gives a model to {NO_PROVIDER!r}; name a provider or leave the model out")
    return ProviderChoice(name, model or None)


def read_temperature(raw: object) -> float:
    """A number from 0 to 2, the range of chat completions."""
    try:
        number = float(raw) if isinstance(raw, str | int | float) and not isinstance(raw, bool) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not 0 <= number <= 2:
        raise ValueError(f"must be a number from 0 to 2, not {raw!r}")
    return number


def read_keyterms(raw: object) -> tuple[str, ...]:
    """Terms separated by commas or line breaks, or a sequence of them; blanks and repetitions are dropped."""
    if isinstance(raw, str):
        terms: list[object] = list(re.split(r"[,\r\n]", read_text(raw)))
    elif isinstance(raw, Sequence) and not isinstance(raw, bytes):
        terms = list(raw)
    else:
        raise ValueError(f"must be terms separated by commas, not {type(raw).__name__}")
    cleaned = [read_text(term).strip() for term in terms]
    return tuple(dict.fromkeys(term for term in cleaned if term))


def read_language(raw: object) -> str:
    """A BCP 47 language tag."""
    tag = read_text(raw).strip()
    if not _LANGUAGE_TAG.fullmatch(tag):
        raise ValueError(f"must be a language tag such as en, en-US or pt-BR, not {tag!r}")
    return tag


def read_switch(raw: object) -> bool:
    """Yes or no."""
    answer = raw if isinstance(raw, bool) else _SWITCH.get(str(raw).strip().lower())
    if answer is None:
        raise ValueError(f"must be true or false, not {raw!r}")
    return answer


def read_log_level(raw: object) -> str:
    """One of LOG_LEVELS, in any case."""
    level = read_text(raw).strip().lower()
    if level not in LOG_LEVELS:
        raise ValueError(f"must be one of {', '.join(LOG_LEVELS)}, not {level!r}")
    return level


def read_output_path(raw: object) -> Path:
    """A file that can be written, in a folder that exists."""
    if not isinstance(raw, str | Path):
        raise ValueError(f"must be a path, not {type(raw).__name__}")
    try:
        path = Path(read_text(str(raw))).expanduser()
        folder = path.parent
        if not folder.is_dir():
            raise ValueError(f"lies in {str(folder)!r}, which is no folder; make it first")
        if path.is_dir():
            raise ValueError(f"names the folder {str(path)!r}; name a file in it")
        if not os.access(path if path.exists() else folder, os.W_OK):
            raise ValueError(f"names {str(path)!r}, which this user may not write; choose another place")
    except (OSError, RuntimeError) as error:
        raise ValueError(f"names no usable path ({error}); choose another place") from None
    return path
