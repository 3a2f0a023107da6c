"""Reads files of tools: JSON with known keys, every fault with its place."""

import difflib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A token of RFC 9110, section 5.6.2."""

_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")
"""What HTTP libraries send as it is."""


_KEY_NAME = re.compile(r"authorization|cookie|key|token|secret|password|credential", re.IGNORECASE)
"""Names of headers and variables whose values are keys."""


class _TwiceError(Exception):
    """The argument is a key that an object has twice: JSON libraries drop all but the last."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise _TwiceError(next(name for name in names if names.count(name) > 1))
    return made


def read_json(path: Path) -> Any:
    """Return what a JSON file says. Raises ValueError with half a sentence that says what to do."""
    try:
        return json.loads(path.read_text("utf-8-sig"), object_pairs_hook=_once)
    except _TwiceError as error:
        raise ValueError(f"names {path}, which has the key {error.args[0]!r} twice in one object: rename one") from None
    except UnicodeDecodeError:
        raise ValueError(f"names {path}, which is not UTF-8 text: save it as UTF-8") from None
    except OSError as error:
        raise ValueError(f"names {path}, which cannot be read ({error.strerror}): correct the path") from None
    except RecursionError:
        raise ValueError(f"names {path}, which is nested too deeply: write it flatter") from None
    except ValueError as error:
        raise ValueError(f"names {path}, which is no JSON ({error}): correct it") from None


def is_http(url: str) -> bool:
    """Whether this is an http(s) address."""
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        return is_web and not re.search(r"[\s\x00-\x1f\x7f\\]", url)
    except ValueError:
        return False


def keys_in(named: Mapping[str, str], url: str = "") -> tuple[str, ...]:
    """Return the values of headers, or of variables, that are keys by their names; and the password of an address."""
    password = urlsplit(url).password if is_http(url) else None
    keys = (value.rpartition(" ")[2] for name, value in named.items() if _KEY_NAME.search(name))
    return tuple(filter(None, (*keys, password)))


class FileEntry:
    """An object in such a file, taken apart key by key. `faults` gets a sentence for whatever is wrong with it."""

    def __init__(self, name: str, given: object, faults: list[str]) -> None:
        self._name, self._faults = name, faults
        self.is_faulty = False
        self._given: Mapping[str, Any] = given if isinstance(given, dict) else {}
        if not isinstance(given, dict):
            self.fault("is no object: write {...}")

    def fault(self, text: str) -> None:
        """Note a fault: half a sentence that follows the entry's name."""
        self.is_faulty = True
        self._faults.append(f"{self._name} {text}.")

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self._given

    def know(self, keys: Iterable[str]) -> None:
        """Note each key that is none of these."""
        known = sorted(keys)
        for key in self._given.keys() - set(known):
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            self.fault(f"has an unknown key {key!r}; {hint}".rstrip("?."))

    def text(self, key: str, default: str = "") -> str:
        """Return a text."""
        return str(self._of(key, default, str, "a text"))

    def number(self, key: str, default: float) -> float:
        """Return a number above 0."""
        given = self._of(key, default, (int, float), "a number of seconds")
        if isinstance(given, bool) or not 0 < given < float("inf"):
            self.fault(f"has {key}={given!r}: write a number of seconds above 0")
            return default
        return float(given)

    def switch(self, key: str, default: bool) -> bool:
        """Return true or false."""
        return bool(self._of(key, default, bool, "true or false"))

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        given = self._of(key, [], list, "a list of texts")
        if all(isinstance(each, str) for each in given):
            return tuple(given)
        self.fault(f"has {key}={given!r}: write a list of texts")
        return ()

    def mapping(self, key: str) -> dict[str, str]:
        """Return an object of texts."""
        given = self._of(key, {}, dict, "an object of texts")
        if all(isinstance(each, str) for each in given.values()):
            return dict(given)
        self.fault(f"has a value in {key} that is no text: write it in quotes")
        return {}

    def headers(self, expand: Callable[[str], str]) -> dict[str, str]:
        """Return the HTTP headers, their values expanded. A fault shows no value, which may be a key."""
        headers = {name: expand(text) for name, text in self.mapping("headers").items()}
        for name, value in headers.items():
            if not _HEADER_NAME.fullmatch(name):
                self.fault(f"has a header {name!r}, which is no name of one: use letters, digits and -")
            elif not _HEADER_VALUE.fullmatch(value):
                self.fault(f"has a value of the header {name} that HTTP does not take: write ASCII, in one line")
        return headers

    def object(self, key: str, default: Mapping[str, Any]) -> dict[str, Any]:
        """Return an object."""
        return dict(self._of(key, default, dict, "an object"))

    def _of(self, key: str, default: Any, kind: Any, wanted: str) -> Any:
        given = self._given.get(key, default)
        if isinstance(given, kind):
            return given
        self.fault(f"has {key}={given!r}: write {wanted}")
        return default
