"""What is said stays out of the log; and with redaction, numbers and addresses out of all that leaves the bot."""

import json
import logging
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import ToolError, VoiceBot, tool
from bot.hooks.hooks import Hooks
from bot.process import logs
from pipeline.errors import SettingsError
from pipeline.events import FinalTranscript, TextReceived
from pipeline.journal import read_journal, replay
from pipeline.redaction import Redactor
from pipeline.testing import Scene, virtual_time
from tests.bot.telemetry.test_spans import Traced

MARKS = ("zanzibar", "samarkand", "timbuktu", "valparaiso", "ulaanbaatar", "reykjavik", "kathmandu", "ouagadougou")
"""Words of the person, the bot, instructions, a tool's arguments, its result, errors of tools and hooks."""


@tool
async def look_up(city: str, at: str = "") -> str:
    """Look up a city."""
    return "it is ulaanbaatar"


@tool
async def breaks(city: str) -> str:
    """Break."""
    raise RuntimeError(f"no such city: {MARKS[5]}, only {city}")


@tool
async def refuses(city: str) -> str:
    """Refuse."""
    raise ToolError("kathmandu cannot be told")


def on_enter(context: object) -> None:
    raise ValueError(MARKS[7])


async def talk(**options: object) -> None:
    """A talk in which words of every kind occur."""
    scene = Scene()
    scene.llm.calls("look_up", city="valparaiso")
    scene.llm.calls("breaks", city="valparaiso")
    scene.llm.calls("refuses", city="valparaiso")
    scene.llm.answers("You mean samarkand.", "Samarkand, samarkand.")
    scene.person.says("Tell me of zanzibar, please.", at=2.0)
    scene.person.types("zanzibar", at=12.0)
    scene.person.presses("12", at=15.0)
    scene.closes(at=20.0)
    hooks = Hooks(on_enter=on_enter)
    keywords = {"tools": [look_up, breaks, refuses], "instructions": "Speak of timbuktu.", "hooks": hooks, **options}
    async with VoiceBot(room=scene, **keywords) as bot:  # type: ignore[arg-type]
        await bot.wait_closed()
    for name in ("look_up", "breaks", "refuses"):
        scene.assert_called(name)


def lines(caplog: pytest.LogCaptureFixture) -> str:
    formatter = logging.Formatter("%(levelname)s %(name)s %(message)s")
    return "\n".join(map(formatter.format, caplog.records)).lower()


@virtual_time
async def played(**options: object) -> None:
    await talk(**options)


def test_no_word_of_a_conversation_is_logged_at_info(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        played()
    assert "calls the tool look_up" in lines(caplog), "what happens is logged"
    assert "the hook on_enter has failed" in lines(caplog)
    assert "runtimeerror (its text may hold what was said" in lines(caplog)
    assert "in breaks" in lines(caplog), "and where"
    assert [mark for mark in MARKS if mark in lines(caplog)] == []


def test_at_debug_they_are(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        played()
    missing = [mark for mark in MARKS if mark not in lines(caplog)]
    assert missing in ([], ["timbuktu"]), "the marks can be found where they are written"


DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    digits=st.lists(st.sampled_from(DIGITS), min_size=6, max_size=10),
    cut=st.integers(1, 5),
    pause=st.sampled_from([0.1, 0.6, 6.0]),
)
def test_numbers_and_addresses_reach_neither_journal_nor_log(
    digits: list[str], cut: int, pause: float, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whether a number comes in one turn, in two transcripts of one, or in two turns."""
    journal = tmp_path / f"{len(list(tmp_path.iterdir()))}.jsonl"

    @virtual_time
    async def scene() -> None:
        scene = Scene()
        end = scene.person.says(f"It is {' '.join(digits[:cut])}", at=2.0)
        scene.person.says(f"{' '.join(digits[cut:])} okay", at=end + pause)
        scene.person.says("My mail is johnathan at example dot com.", at=25.0)
        scene.person.types("or call +49 171 5551234, a.b@example.org", at=35.0)
        scene.llm.calls("look_up", city="4112", at="a.b@example.org")
        scene.llm.answers("I call Maria on 0171 555.", "Thank you, johnathan@example.com, on four four four.")
        scene.closes(at=50.0)
        find = re.compile("Maria").findall
        keywords = {"tools": [look_up], "redact": ["numbers", "emails", find], "journal": journal}
        keywords |= {"telemetry": traced.telemetry, "otel_content": True}
        async with VoiceBot(room=scene, **keywords) as bot:  # type: ignore[arg-type]
            await bot.wait_closed()
            texts = " ".join(message.text for message in bot.history)
        assert "johnathan at example" in texts, "the conversation itself has the words"
        assert "johnathan at example" in str(scene.requests[-1].prompt.messages)

    traced = Traced()
    before = logging.getLogger().handlers[:]
    logging.getLogger().handlers = []
    level = logging.getLogger().level
    try:
        logs.configure("debug", redactor=Redactor(["numbers", "emails"]))
        scene()
    finally:
        logging.getLogger().handlers = before
        logging.getLogger().setLevel(level)
    written = {
        "journal": journal.read_text("utf-8"),
        "log": capfd.readouterr().err,
        "spans": "\n".join(str(dict(span.attributes or {})) for span in traced.spans),
    }
    for text in written.values():
        assert "okay" in text, "what is not hidden is there"
    for planted in ("johnathan", "example", "5551234", "171", "4112", "a.b@", *digits):
        assert [place for place, text in written.items() if re.search(rf"\b{planted}\b", text.lower())] == [], planted
    assert [place for place, text in written.items() if "Maria" in text] == []


def events_in(journal: Path) -> list[FinalTranscript | TextReceived]:
    return [it.event for it in read_journal(journal) if isinstance(it.event, FinalTranscript | TextReceived)]


def test_a_journal_with_redaction_is_replayed_to_the_same_decisions(tmp_path: Path) -> None:
    journal = tmp_path / "talk.jsonl"
    played(journal=journal, redact="numbers,emails", dtmf=True)
    steps = list(replay(read_journal(journal)))
    assert len(steps) > 50
    assert [step.entry.event for step in steps if not step.is_same] == []
    assert steps[0].entry.header.redacted == ("numbers", "emails")
    (typed, *_) = [it for it in events_in(journal) if isinstance(it, TextReceived)]
    assert typed.text == "zanzibar"
    keys = [json.loads(line)["event"] for line in journal.read_text().splitlines() if "DtmfReceived" in line]
    assert {key["digit"] for key in keys} == {"0"}


def test_without_redaction_a_journal_says_nothing_of_it(tmp_path: Path) -> None:
    played(journal=tmp_path / "talk.jsonl")
    (header, *_) = (json.loads(line) for line in (tmp_path / "talk.jsonl").read_text().splitlines())
    assert "redacted" not in header


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"redact": "numbers,plates"}, "must be some of numbers, emails, names"),
        ({"redact": [3]}, "redact=3 is nothing that hides"),
        ({"redact": "names"}, "knows no names"),
    ],
    ids=["kind", "object", "names"],
)
def test_what_cannot_be_hidden_is_said(options: dict[str, object], fault: str) -> None:
    with pytest.raises(SettingsError, match=fault):
        VoiceBot(room=Scene(), **options)  # type: ignore[arg-type]
