"""The checking of settings: each by itself, then those that depend on each other."""

import os
import secrets
import time
from pathlib import Path

from bot.providers.local_choice import choose_local, no_local_provider
from bot.providers.registry import KIND_NOUNS, Provider, ProviderKind, offering
from bot.settings import values
from bot.settings.option import Option
from bot.settings.options import OPTIONS
from bot.settings.provider_list import links_of, read_choices
from bot.settings.sources import DEFAULT, Precedence, RawValue, RawValues, Source
from bot.settings.values import ProviderChoice, Secret


class Check:
    """Reads options and keeps the faults of all of them.

    `checked` has the good values by option name, `sources` where each came from. Relative paths are below `directory`.
    """

    def __init__(self, findings: RawValues, directory: Path) -> None:
        self.found = findings.found
        self.faults = list(findings.faults)
        self.checked: dict[str, object] = {}
        self.sources = {name: found.source for name, found in findings.found.items()}
        self.directory = directory
        self.variables = findings.variables

    def take(self, option: Option) -> None:
        """Read an option that was set. A fault is noted, and what was not set has its default, if it has one."""
        found = self.found.get(option.name)
        if option.read is None:
            return
        if found is None:
            if option.default not in (None, ""):
                self.settle(option.name, option.default, DEFAULT)
            return
        try:
            self.checked[option.name] = option.read(self._written(option, found))
        except ValueError as error:
            self.fault(option.name, f"{error}.")

    def settle(self, name: str, value: object, source: Source) -> None:
        """Note a value that follows from something other than the option itself."""
        self.checked[name] = value
        self.sources[name] = source

    def missing(self, name: str, text: str) -> None:
        """Note a fault when an option was not set anywhere."""
        if name not in self.found:
            self.faults.append(text)

    def fault(self, name: str, text: str) -> None:
        """Note what is wrong with an option that was set."""
        self.checked.pop(name, None)
        self.faults.append(f"{self.sources[name]} {text}")

    def path(self, written: str | Path) -> Path:
        """Put a relative path below the folder."""
        return self.directory / os.path.expanduser(written)

    def _written(self, option: Option, found: RawValue) -> object:
        """Replace @FILE by the file's text, if the source may name files, and put a relative path below the folder."""
        raw = found.raw
        if option.takes_file and found.source.is_trusted and isinstance(raw, str):
            text = raw.strip() if option.is_secret else raw
            if text.startswith("@"):
                # What stands after the @ of a secret is not repeated: it may be a key that happens to begin so.
                called = "the file after its @" if option.is_secret else repr(text)
                return values.read_file(text[1:], self.directory, called)
        if option.is_read and isinstance(raw, str) and not found.source.is_trusted:
            raise ValueError("names a file by a text, which may come from anyone; give a Path, or what the file holds")
        if option.is_path and isinstance(raw, str | Path):
            return self.path(raw)
        return raw


def check_each(check: Check) -> None:
    """Read every option that depends on no other."""
    settle_greeting(check)
    for option in OPTIONS:
        check.take(option)


def settle_greeting(check: Check) -> None:
    """Keep the fixed greeting or the generated one: that of the stronger source. Equal sources are a fault."""
    fixed, made = check.found.get("greeting"), check.found.get("greeting_instructions")
    if not fixed or not made:
        return
    if fixed.source.rank == made.source.rank:
        check.fault("greeting", f"and {made.source} exclude each other; keep one of them.")
        return
    weaker = "greeting" if fixed.source.rank < made.source.rank else "greeting_instructions"
    del check.found[weaker], check.sources[weaker]


def require_key_and_secret(check: Check) -> None:
    """Note a fault unless key and secret are set: without a token made elsewhere the bot makes its own from them."""
    names = ("livekit_api_key", "livekit_api_secret")
    absent = [name.upper() for name in names if name not in check.found]
    if len(absent) == 1:
        check.faults.append(f"no {absent[0]}: set it, the other half of the pair is there.")
    elif absent:
        check.faults.append("no way into the room: set LIVEKIT_API_KEY and LIVEKIT_API_SECRET, or LIVEKIT_TOKEN.")


def settle_identity(check: Check, *, joins: bool) -> None:
    """Take the token's identity, the chosen one, or a random one: equal identities throw each other out of a room.

    With `joins` the bot needs a way into the room: a token, or key and secret.
    """
    if "livekit_token" in check.found:
        if isinstance(token := check.checked.get("livekit_token"), Secret):
            _take_token(check, token)
        return
    if joins:
        require_key_and_secret(check)
    if "identity" not in check.found:
        check.settle("identity", f"rawbot-{secrets.token_hex(4)}", DEFAULT)


def _take_token(check: Check, token: Secret) -> None:
    """Check that a token made elsewhere fits, and take the identity that it gives."""
    import jwt

    from bot.settings.token_claims import token_faults

    try:
        claims = jwt.decode(token.reveal(), options={"verify_signature": False})
    except jwt.InvalidTokenError:
        check.fault("livekit_token", "is no access token (a JWT); copy it again or make a new one.")
        return
    room, identity = (_text(check.checked.get(name)) for name in ("room", "identity"))
    faults = token_faults(claims, room=room, identity=identity, now=time.time())
    for fault in faults:
        check.fault("livekit_token", fault)
    if not faults:
        source = check.sources["livekit_token"]
        check.settle("identity", claims["sub"], Source(source.rank, f"the token of {source}"))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def choose_provider(check: Check, kind: ProviderKind, special: str = "") -> None:
    """Take the provider and model of a kind: as chosen, else the first one whose key or base URL is set.

    Else, with the setting `demo`, the best one of this machine, and without it none.

    Of a model in NAME:MODEL and one in ..._MODEL the stronger source wins; of equal sources NAME:MODEL. `special` is
    the setting of one for a special purpose, for which nothing is chosen but what it says.
    """
    name = special or kind
    known, model_name = offering(kind), f"{name}_model"
    model = check.checked.get(model_name)
    model = model if isinstance(model, str) else None
    if (found := check.found.get(name)) is None:
        if special:
            return
        if provider := next((each for each in known if _way_to(check, each)), None):
            source = Source(Precedence.DEFAULT, f"default, as {_way_to(check, provider)} is set")
            check.settle(kind, ProviderChoice(provider.name, model), source)
        elif check.checked.get("demo"):
            _choose_local(check, kind)
        return
    try:
        read = values.read_choice if special else read_choices
        choice = read(found.raw, kind, known, may_load=found.source.is_trusted)
    except ValueError as error:
        check.fault(name, f"{error}.")
        return
    check.checked[name] = choice
    for link in links_of(choice):
        provider = next((each for each in known if each.name == link.name), None)
        if provider is not None and provider.key and not _way_to(check, provider):
            own = f", or {provider.base_url} for a server without keys" if provider.base_url else ""
            noun = KIND_NOUNS[kind]
            check.fault(name, f"chooses {provider.name} as {noun}, which needs {provider.key}; set it{own}.")
            return
    if choice.is_none or choice.is_custom:
        return
    if model and (not choice.model or check.sources[model_name].rank > found.source.rank):
        text = f"{found.source}, its model from {check.sources[model_name]}"
        check.settle(name, ProviderChoice(choice.name, model, choice.others), Source(found.source.rank, text))


def _choose_local(check: Check, kind: ProviderKind) -> None:
    choice = choose_local(kind, str(check.checked.get("language", "en")))
    if choice.provider is None:
        check.faults.append(no_local_provider(kind, choice))
    else:
        source = Source(Precedence.DEFAULT, f"default, by {check.sources['demo']}")
        check.settle(kind, ProviderChoice(choice.provider.name), source)


def _way_to(check: Check, provider: Provider) -> str | None:
    """Return the variable that gives access to a provider: its key, or a base URL, whose server may want no key."""
    return next((variable for variable in provider.access if variable.lower() in check.found), None)
