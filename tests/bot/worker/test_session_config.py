"""What comes with a job is read without a file opened, a module imported, or an error but the refusal."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.worker.session_config import LARGEST_CONFIG, SHOWN_FAULTS, SessionConfig, SessionRefused, read_session_config

WHOLE = {
    "sessionId": "s-1",
    "intent": {"language": "de-DE", "optimizeFor": "latency"},
    "constraints": {"allowedProviders": {"stt": ["Deepgram"], "llm": ["openai"], "tts": ["cartesia", "hibari"]}},
    "voice": "anna",
    "systemPrompt": "You are kind.",
    "greeting": "Hello.",
    "agent": "reception",
    "tools": ["book", "end_call"],
    "temperature": 0,
    "keyterms": ["Rawbot"],
    "memoryKey": "customer-7",
}


def test_reads_every_field() -> None:
    config = read_session_config(json.dumps(WHOLE))
    assert (config.session_id, config.voice, config.system_prompt) == ("s-1", "anna", "You are kind.")
    assert (config.greeting, config.agent, config.memory_key) == ("Hello.", "reception", "customer-7")
    assert (config.intent.language, config.intent.optimize_for) == ("de-DE", "latency")
    allowed = config.constraints.allowed_providers
    assert (allowed.stt, allowed.llm, allowed.tts) == (("deepgram",), ("openai",), ("cartesia", "hibari"))
    assert (config.tools, config.temperature, config.keyterms) == (("book", "end_call"), 0.0, ("Rawbot",))
    assert list(config.unknown_fields()) == []
    assert json.loads(config.model_dump_json(by_alias=True))["memoryKey"] == "customer-7"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "{}",
        '{"intent": null, "constraints": null, "voice": null, "tools": null}',
        '{"voice": "", "greeting": "", "systemPrompt": "", "agent": "", "memoryKey": "", "intent": {"language": ""}}',
        '{"voice": " ", "greeting": "\\n", "memoryKey": "  "}',
        '{"constraints": {"allowedProviders": null}}',
    ],
)
def test_what_is_empty_says_nothing(text: str) -> None:
    assert read_session_config(text) == SessionConfig()


def test_no_tools_are_something_else_than_no_word_of_tools() -> None:
    assert read_session_config('{"tools": []}').tools == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Hello.", "is no JSON"),
        ('{"voice": "@/etc/passwd"', "is no JSON"),
        ("[]", "must be an object"),
        ("7", "must be an object"),
        ('{"intent": []}', "intent must be an object"),
        ('{"intent": {"language": "??"}}', "intent.language must be a language tag such as"),
        ('{"intent": {"optimizeFor": "fun"}}', "intent.optimizeFor must be 'balanced', 'accuracy', 'latency' or"),
        ('{"constraints": {"allowedProviders": {"stt": []}}}', "constraints.allowedProviders.stt is empty"),
        ('{"constraints": {"allowedProviders": {"stt": "deepgram"}}}', "must be a list"),
        ('{"voice": 7}', "voice must be text"),
        ('{"temperature": "0.5"}', "temperature must be a number"),
        ('{"temperature": true}', "temperature must be a number"),
        ('{"temperature": 2.5}', "temperature must be 2.0 or less"),
        ('{"temperature": -1}', "temperature must be 0.0 or more"),
        ('{"temperature": NaN}', "temperature must be a finite number"),
        ('{"tools": ["a", 1]}', "tools.1 must be text"),
        ('{"tools": [""]}', "tools.0 is empty"),
        ('{"keyterms": "Rawbot"}', "keyterms must be a list"),
        (json.dumps({"keyterms": ["x"] * 101}), "keyterms has more than 100 entries"),
        (json.dumps({"systemPrompt": "x" * 32_001}), "systemPrompt is longer than 32000 characters"),
        ('{"sessionId": "a\\nb"}', "sessionId contains control characters"),
        (json.dumps({"memoryKey": "ä" * 200}), "memoryKey is longer than the 256 bytes"),
        ('{"voice": "\\ud800"}', "is no JSON"),
        ("\ud800", "not valid UTF-8"),
        ("x" * (LARGEST_CONFIG + 1), f"{LARGEST_CONFIG} at most"),
        ('{"x":' * 5_000, "is no JSON"),
    ],
)
def test_says_what_is_wrong(text: str, why: str) -> None:
    with pytest.raises(SessionRefused) as raised:
        read_session_config(text)
    assert why in str(raised.value)


def test_all_faults_come_at_once_and_many_are_counted() -> None:
    with pytest.raises(SessionRefused, match=r"voice must be text; temperature must be a number"):
        read_session_config('{"voice": 1, "temperature": "hot"}')
    with pytest.raises(SessionRefused, match=f"and {100 - SHOWN_FAULTS} more"):
        read_session_config(json.dumps({"tools": [0] * 100}))


def test_unknown_fields_are_named() -> None:
    config = read_session_config(
        '{"system_prompt": "x", "user\\nid": 7, "intent": {"languge": "de"}, "%s": 1}' % ("y" * 90)
    )
    assert list(config.unknown_fields()) == [
        "'system_prompt' (did you mean systemPrompt?)",
        "'user\\nid'",
        repr("y" * 40 + "..."),
        "'intent.languge' (did you mean language?)",
    ]
    assert config.intent.language is None


WATCHED: list[tuple[str, object]] | None = None


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if WATCHED is not None and event in ("open", "import", "exec", "compile"):
        WATCHED.append((event, arguments[0]))


sys.addaudithook(_audit)  # cannot be taken back


@contextmanager
def nothing_opened() -> Iterator[None]:
    """No file is opened and no code is loaded meanwhile."""
    global WATCHED
    WATCHED = []
    try:
        yield
        seen = WATCHED
    finally:
        WATCHED = None
    assert seen == []


def test_the_watch_sees_a_file() -> None:
    with pytest.raises(AssertionError), nothing_opened():
        open(__file__).close()


NAMES = [*WHOLE, "allowedProviders", "stt", "llm", "tts", "language", "optimizeFor", "model_config", "__class__", ""]
TEXTS = st.one_of(
    st.text(max_size=20), st.sampled_from(["@/etc/passwd", "@.env", "os:system", "tests.conftest:X", "en"])
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text(max_size=5)), inner, max_size=6),
    ),
    max_leaves=25,
)


@given(st.one_of(st.text(), VALUES.map(json.dumps)))
def test_anything_is_read_or_refused(text: str) -> None:
    shown: list[str] = []
    with nothing_opened():
        try:
            shown += read_session_config(text).unknown_fields()
        except SessionRefused as refusal:
            shown.append(str(refusal))
    assert all(each.isprintable() and len(each) < 10_000 for each in shown)
