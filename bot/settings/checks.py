"""The checking of settings, one after the other, and of those that depend on each other."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from bot.settings import values
from bot.settings.options import STAGE_NOUNS, KnownProvider, ProviderKind
from bot.settings.sources import DEFAULT, Precedence, RawValues, Source
from bot.settings.values import ProviderChoice, Secret

T = TypeVar("T")


class Check:
    """Reads one option after the other and keeps the faults of all of them.

    `checked` has the good values by option name, `sources` where each came from.
    """

    def __init__(self, findings: RawValues) -> None:
        self.found = findings.found
        self.faults = list(findings.faults)
        self.checked: dict[str, object] = {}
        self.sources = {name: found.source for name, found in findings.found.items()}

    def take(self, name: str, read: Callable[[object], T]) -> T | None:
        """The value of an option; None when it is not set, or faulty, which is then noted."""
        found = self.found.get(name)
        if found is None:
            return None
        try:
            value = read(found.raw)
        except ValueError as error:
            self.fault(name, f"{error}.")
            return None
        self.checked[name] = value
        return value

    def take_or(self, name: str, read: Callable[[object], T], default: T) -> T:
        """The value of an option, or its default."""
        value = self.take(name, read)
        if value is not None:
            return value
        if name not in self.found:
            self.settle(name, default, DEFAULT)
        return default

    def settle(self, name: str, value: object, source: Source) -> None:
        """Note a value that follows from something other than the option itself."""
        self.checked[name] = value
        self.sources[name] = source

    def missing(self, name: str, text: str) -> None:
        """Note a fault when an option was not set anywhere."""
        if name not in self.found:
            self.faults.append(text)

    def fault(self, name: str, text: str) -> None:
        """Note what is wrong with an option that was found."""
        self.checked.pop(name, None)
        self.faults.append(f"{self.sources[name]} {text}")


def settle_greeting(check: Check) -> None:
    """A greeting is either fixed or made by the language model: the stronger source wins, of equals neither."""
    fixed, made = check.found.get("greeting"), check.found.get("greeting_instructions")
    if not fixed or not made:
        return
    if fixed.source.rank == made.source.rank:
        check.fault("greeting", f"and {made.source} exclude each other; keep one of them.")
        return
    weaker = "greeting" if fixed.source.rank < made.source.rank else "greeting_instructions"
    del check.found[weaker], check.sources[weaker]


def require_key_and_secret(check: Check) -> None:
    """Without a token made elsewhere the bot makes its own, from both key and secret."""
    names = ("livekit_api_key", "livekit_api_secret")
    absent = [name.upper() for name in names if name not in check.found]
    if len(absent) == 1:
        check.faults.append(f"no {absent[0]}: set it, the other half of the pair is there.")
    elif absent:
        check.faults.append("no way into the room: set LIVEKIT_API_KEY and LIVEKIT_API_SECRET, or LIVEKIT_TOKEN.")


def identity_of_token(check: Check, token: Secret, room: str | None, identity: str | None) -> str | None:
    """Check that a token made elsewhere fits, and return the identity that it gives.

    The signature is the server's to verify: only it knows the secret. Claims are those of a LiveKit access token.
    """
    import jwt

    try:
        claims = jwt.decode(token.reveal(), options={"verify_signature": False})
    except jwt.InvalidTokenError:
        check.fault("livekit_token", "is no access token (a JWT); copy it again or make a new one.")
        return identity
    name, video, expires = claims.get("sub"), claims.get("video"), claims.get("exp")
    grants: Mapping[str, object] = video if isinstance(video, dict) else {}
    complaints = []
    if isinstance(expires, int | float) and expires <= time.time():
        complaints.append(f"expired at {_instant(expires)}; make a new one, or unset it to use key and secret.")
    if grants.get("roomJoin") is not True:
        complaints.append("does not grant roomJoin; make one that does.")
    if room and grants.get("room") not in (None, "", room):
        complaints.append(f"is for the room {grants['room']!r}, not {room!r}; change one of them.")
    if not isinstance(name, str) or not name:
        complaints.append("names no identity; make one that does.")
    elif identity and identity != name:
        complaints.append(f"is for the identity {name!r}, not {identity!r}; leave --identity out or make a new token.")
    for complaint in complaints:
        check.fault("livekit_token", complaint)
    if not isinstance(name, str) or not name:
        return identity
    if not complaints:
        token_source = check.sources["livekit_token"]
        check.settle("identity", name, Source(token_source.rank, f"the token of {token_source}"))
    return name


def _instant(seconds: float) -> str:
    """Seconds since 1970 as people write it."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, ValueError, OSError):
        return "an impossible date"


def choose_provider(check: Check, stage: ProviderKind, known: Sequence[KnownProvider]) -> ProviderChoice | None:
    """The provider and model of a stage: as chosen, else the first one whose key or base URL is set, else None.

    A model in NAME:MODEL and one in ..._MODEL: the stronger source wins, of equals NAME:MODEL.
    """
    choice = check.take(stage, lambda raw: values.read_choice(raw, stage, known))
    model_name = f"{stage}_model"
    model = check.take(model_name, values.read_text)
    if choice is None:
        provider = next((provider for provider in known if _way_to(check, provider)), None)
        if stage in check.found or provider is None:
            return None
        choice = ProviderChoice(provider.name, model)
        check.settle(stage, choice, Source(Precedence.DEFAULT, f"default, as {_way_to(check, provider)} is set"))
        return choice
    if choice.is_none or choice.is_custom:
        return choice
    provider = next(provider for provider in known if provider.name == choice.name)
    if provider.key and not _way_to(check, provider):
        own = f", or {provider.base_url} for a server without keys" if provider.base_url else ""
        check.fault(stage, f"chooses {provider.name} as {STAGE_NOUNS[stage]}, which needs {provider.key}; set it{own}.")
    elif model and (not choice.model or check.sources[model_name].rank > check.sources[stage].rank):
        choice = ProviderChoice(choice.name, model)
        source = check.sources[stage]
        check.settle(stage, choice, Source(source.rank, f"{source}, its model from {check.sources[model_name]}"))
    return choice


def _way_to(check: Check, provider: KnownProvider) -> str | None:
    """The variable that gives access to a provider. Its own base URL does, as such a server may want no key."""
    return next((name for name in (provider.key, provider.base_url) if name and name.lower() in check.found), None)
