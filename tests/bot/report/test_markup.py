"""HTML from Python: what is text stays text, whatever stands in it."""

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.report.call import read_call, sessions_of
from bot.report.call_page import call_page
from bot.report.fleet import read_fleet
from bot.report.fleet_page import fleet_page
from bot.report.markup import Html, element, text
from tests.bot.report.recorded import ATTACKS, record_hostile

hostile = st.lists(st.one_of(st.sampled_from(ATTACKS), st.text(max_size=30)), min_size=1, max_size=3).map(" ".join)


class Read(HTMLParser):
    """The tags of a page with their attributes; all of its text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: set[tuple[str, str]] = set()
        self.links: set[str] = set()
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {(tag, name) for name, _ in attrs}
        self.links |= {value or "" for name, value in attrs if name in ("href", "src")}
        if tag not in ("meta", "input", "br", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def pages(folder: Path, said: str) -> list[str]:
    journal = record_hostile(folder / "call.jsonl", said)
    ((name, entries),) = sessions_of(journal)
    fleet = read_fleet([journal])
    return [call_page(read_call(name, entries)), fleet_page(folder, fleet, {}, folder / "report.html")]


@cache
def plain_pages() -> tuple[Read, ...]:
    with TemporaryDirectory() as folder:
        return tuple(map(Read, pages(Path(folder), "some plain words here")))


@settings(max_examples=20, deadline=None)
@given(hostile)
def test_nothing_that_strangers_say_becomes_markup(said: str) -> None:
    with TemporaryDirectory() as folder:
        for page, without in zip(pages(Path(folder), said), plain_pages(), strict=True):
            read = Read(page)
            assert read.open == []
            assert (
                read.tags.count("script")
                == read.tags.count("style")
                == read.tags.count("title") - page.count("<title>") + 1
            )
            assert set(read.tags) <= set(without.tags) | {"s", "strong", "circle", "code", "nav", "ol"}
            assert not [name for _, name in read.attributes if name.startswith("on") or name == "style"]
            assert all(link.startswith("#") for link in read.links)
            assert all(it.isprintable() or it == "\n" for it in page)


def test_each_attack_is_shown_as_it_was_said(tmp_path: Path) -> None:
    for number, attack in enumerate(ATTACKS[:5]):
        folder = tmp_path / str(number)
        folder.mkdir()
        page = pages(folder, attack)[0]
        assert any(attack in words for words in Read(page).words), attack


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (element("p", "a < b & \"c\" 'd'"), "<p>a &lt; b &amp; &quot;c&quot; &#x27;d&#x27;</p>"),
        (element("a", element("b", "x"), href="#<"), '<a href="#&lt;"><b>x</b></a>'),
        (
            element("meta", content="x", hidden=True, title=None, data_at=1.23456),
            '<meta content="x" hidden data-at="1.235">',
        ),
        (text("one\ntwo \u202e three"), "one two \\u202e three"),
        (element("p", Html("<br>"), class_="x"), '<p class="x"><br></p>'),
    ],
    ids=["text", "nested", "attributes", "one line", "markup"],
)
def test_elements(made: Html, wanted: str) -> None:
    assert made == wanted
