"""Reads files of tools: JSON with known keys, every fault with its place."""

import difflib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


def read_json(path: Path) -> Any:
    """Return what a JSON file says. Raises ValueError with half a sentence that says what to do."""
    try:
        return json.loads(path.read_text("utf-8-sig"))
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
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


class FileEntry:
    """An object in such a file, taken apart key by key. `faults` gets a sentence for whatever is wrong with it."""

    def __init__(self, name: str, given: object, faults: list[str]) -> None:
        self._name, self._faults = name, faults
        self._given: Mapping[str, Any] = given if isinstance(given, dict) else {}
        if not isinstance(given, dict):
            self.fault("is no object: write {...}")

    def fault(self, text: str) -> None:
        """Note a fault: half a sentence that follows the entry's name."""
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

    def object(self, key: str, default: Mapping[str, Any]) -> dict[str, Any]:
        """Return an object."""
        return dict(self._of(key, default, dict, "an object"))

    def _of(self, key: str, default: Any, kind: Any, wanted: str) -> Any:
        given = self._given.get(key, default)
        if isinstance(given, kind):
            return given
        self.fault(f"has {key}={given!r}: write {wanted}")
        return default
