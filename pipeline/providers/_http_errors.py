"""Answers that are none, and connections that do not come about, as errors: in one form for every provider."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from pipeline.errors import Malformed, ProviderError, Refused, Unavailable
from pipeline.providers._address import Address
from pipeline.providers._retry_after import retry_after
from pipeline.text.secrets import hide_secrets

_RETRYABLE = {408, 409, 425, 429}  # 5xx beside them

_LONGEST_QUOTE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteService:
    """A provider's service, and what a person sets to use it."""

    name: str
    address: Address
    key_variable: str
    url_variable: str
    key: str | None = None
    """The key itself, which no message may repeat."""
    own_path: str = ""
    """The path of the service where nobody sets another one."""
    not_found: str = ""
    """What else is missing when the answer is 404, for example "no such model: check LLM_MODEL"."""
    advice: Mapping[int, str] = field(default_factory=dict)
    """For statuses of which this service says more than others."""

    @property
    def check_address(self) -> str:
        """What to do about the address; only when someone has set it."""
        return f" and {self.url_variable}" if self.address.is_given else ""

    def status_error(
        self, status: int, said: object = None, headers: Mapping[str, str] = MappingProxyType({})
    ) -> ProviderError:
        """Return the error for an answer with an HTTP status; `said` is what the server says about it."""
        message = f"{self._advice(status)} (HTTP {status}){self.quote(said)}"
        if status >= 500 or status in _RETRYABLE:
            return Unavailable(self.name, message, retry_after=retry_after(headers))
        return Refused(self.name, message)

    def no_connection(self, error: object) -> Unavailable:
        """Return the error for a connection that does not come about, because of an exception."""
        where = f"{self.address.host} ({_reason(error)})"
        return Unavailable(self.name, f"no connection to {where}: check the network{self.check_address}")

    def no_protocol(self, what: str) -> Malformed:
        """Return the error for an answer of another protocol: `what` says what is wrong with it."""
        advice = f": check {self.url_variable}" if self.address.is_given else ""
        return Malformed(self.name, f"{what}{advice}")

    def quote(self, said: object) -> str:
        """Return the end of a message that repeats what a server says, without the key."""
        text = redact(" ".join(said.split()) if isinstance(said, str) else "", self.key)
        return f'; it says: "{text[:_LONGEST_QUOTE]}"' if text else ""

    def _advice(self, status: int) -> str:
        if (own := self.advice.get(status)) is not None:
            return own
        elsewhere = f", and {self.url_variable} if it names another server" if self.address.is_given else ""
        match status:
            case 401 if not self.key:
                return f"the server wants an API key: set {self.key_variable}"
            case 401:
                return f"the API key was refused: check {self.key_variable}{elsewhere}"
            case 402:
                return f"there is no credit left: check the account that {self.key_variable} belongs to"
            case 403:
                return f"not allowed: check the rights of {self.key_variable}"
            case 404:
                return self._missing()
            case 429:
                return f"too many requests at once for {self.key_variable}: try again later, or raise its limit"
        if status >= 500:
            return "the server is in trouble: try again later"
        return "the server does not take this request"

    def _missing(self) -> str:
        parts = [self.not_found] if self.not_found else []
        if self.address.is_given and self.address.path != self.own_path:
            parts.append(f"there is no such service at {self.address.shown}: leave the path out of {self.url_variable}")
        elif self.address.is_given:
            parts.append(f"there is no such service at {self.address.shown}: check {self.url_variable}")
        return "; or ".join(parts) or "there is no such service: update this program"


def redact(text: str, key: str | None) -> str:
    """Return `text` without the key, or anything that looks like one."""
    text = hide_secrets(text, [key] if key else [], "[key]")
    return re.sub(r"\bsk-[\w*-]{4,}|(?<=Bearer )\S+|(?<=Token )\S+", "[key]", text)


def _reason(error: object) -> str:
    """Say why there is no connection; never in a library's own words, which may hold headers."""
    causes = list(_causes(error))
    for cause in causes:
        match cause:
            case TimeoutError():
                return "no answer in time"
            case ConnectionRefusedError():
                return "nothing listens there"
            case OSError(strerror=str(text)) if text:
                return text
    if any("Connect call failed" in str(cause) for cause in causes):  # asyncio's, of a name with several addresses
        return "nothing listens there"
    return type(error).__name__


def _causes(error: object) -> Iterator[BaseException]:
    """Yield an exception and what led to it."""
    while isinstance(error, BaseException):
        yield error
        inner = error.exceptions[0] if isinstance(error, BaseExceptionGroup) else None
        error = inner or error.__cause__ or error.__context__
