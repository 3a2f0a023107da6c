"""HTML and SVG from Python: each text is escaped unless it was made here. Nothing else in the report writes tags."""

import re
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from html import escape

from pipeline.text.printable import printable

Attribute = str | int | float | bool | None

_VOID = frozenset({"meta", "input", "br", "link"})
_BLANKS = re.compile(r"\s+")
_NAME = re.compile(r"[a-zA-Z][\w-]*")


class Html(str):
    """Markup that was made here; everything else is text."""

    __slots__ = ()


def text(value: str) -> Html:
    """A text on one line. What is not to be seen, or turns the direction of writing, is shown as its escape."""
    return Html(escape(printable(_BLANKS.sub(" ", value))))


def element(tag: str, *children: str, **attributes: Attribute) -> Html:
    """An element. Children that are no Html are text. `class_` is `class`, `data_at` is `data-at`.

    An attribute that is None or False is left out, one that is True has no value. Numbers have three decimals at most.
    """
    assert _NAME.fullmatch(tag), tag
    written = "".join(
        f" {_attribute_name(name)}" + ("" if value is True else f'="{text(_value(value))}"')
        for name, value in attributes.items()
        if value is not None and value is not False
    )
    if tag in _VOID:
        return Html(f"<{tag}{written}>")
    return Html(f"<{tag}{written}>{join(children)}</{tag}>")


def join(children: Iterable[str]) -> Html:
    """Several, one after the other."""
    return Html("".join(child if isinstance(child, Html) else text(child) for child in children))


def document(title: str, body: Html, *, style: str, script: str, media: str = "") -> Html:
    """A whole page with its style and script in it. Its policy lets nothing else run, and nothing be fetched.

    `media` are the sources of the policy from which sound may come, "data:" say.
    """
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:; "
        f"{f'media-src {media}; ' * bool(media)}base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )
    head = join(
        (
            element("meta", charset="utf-8"),
            element("meta", http_equiv="Content-Security-Policy", content=policy),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="referrer", content="no-referrer"),
            element("meta", name="color-scheme", content="light dark"),
            element("title", title),
            Html(f"<style>{style}</style>"),
        )
    )
    page = element("html", element("head", head), element("body", body, Html(f"<script>{script}</script>")), lang="en")
    return Html(f"<!doctype html>\n{page}\n")


def _hash(content: str) -> str:
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"


def _attribute_name(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def _value(value: Attribute) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
