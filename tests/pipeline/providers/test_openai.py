"""The wire of chat completions: prompts to requests, streams to replies, answers to errors. Nothing is sent."""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import Declined, Malformed, ProviderError, Refused, Unavailable
from pipeline.messages import Prompt, PromptMessage, Tool, ToolRequest
from pipeline.ports import Finished, ReplyPart, TextDelta, Usage
from pipeline.providers.openai.events import MAX_EVENT_BYTES
from pipeline.providers.openai.stream import ReplyDecoder
from pipeline.providers.openai.wire import (
    DEFAULT_MODEL,
    answer_error,
    own_fields,
    refused_field,
    refuses_tools,
    request_body,
    service,
    stream_error,
)

KEY = "sk-proj-0123456789abcdef"
SERVICE = service(None, KEY)


def chunk(delta: object = None, finish_reason: str | None = None, **fields: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta or {}, "finish_reason": finish_reason}
    return {"id": "chatcmpl-7", "choices": [choice], **fields}


def event(data: object) -> bytes:
    return b"data: " + (data if isinstance(data, bytes) else json.dumps(data).encode()) + b"\n\n"


STOP = chunk({}, "stop")


def decode(pieces: Iterable[bytes]) -> list[ReplyPart]:
    """The parts of a whole reply, which is said once."""
    reply = ReplyDecoder(SERVICE)
    parts = [part for piece in pieces for part in reply.feed(piece)]
    parts += reply.end()
    assert parts.count(Finished()) == 1
    assert not any(isinstance(part, TextDelta | ToolRequest) for part in parts[parts.index(Finished()) :])
    return [part for part in parts if part != Finished()]


def decode_chunks(*chunks: object) -> list[ReplyPart]:
    return decode(event(data) for data in chunks)


def text_of(parts: Sequence[ReplyPart]) -> str:
    return "".join(part.text for part in parts if isinstance(part, TextDelta))


def calls_of(parts: Sequence[ReplyPart]) -> list[ToolRequest]:
    return [part for part in parts if isinstance(part, ToolRequest)]


# --- Requests


def test_a_prompt_becomes_messages_in_order() -> None:
    request = ToolRequest("call_1", "weather", '{"city": "Ulm"}')
    prompt = Prompt(
        "Be brief.",
        (
            PromptMessage("user", "How is Ulm?"),
            PromptMessage("assistant", "", (request,)),
            PromptMessage("tool", "sunny", tool_call_id="call_1"),
            PromptMessage("assistant", "Sunny."),
        ),
    )
    call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Ulm"}'}}
    assert request_body("some-model", prompt, {}) == {
        "model": "some-model",
        "stream": True,
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "How is Ulm?"},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
            {"role": "assistant", "content": "Sunny."},
        ],
    }


@pytest.mark.parametrize("written", ["", "[1]", '{"city": "Ul', "\ud800"])
def test_arguments_that_are_no_object_are_not_sent_again(written: str) -> None:
    """Servers that read the arguments of earlier calls refuse the whole request."""
    prompt = Prompt("", (PromptMessage("assistant", "", (ToolRequest("a", "f", written),)),))
    body: Any = request_body("m", prompt, {})
    assert body["messages"][0]["tool_calls"][0]["function"]["arguments"] == "{}"


def test_a_name_that_no_tool_has_is_sent_again_as_one_that_a_tool_may_have() -> None:
    names = ["multi_tool_use.parallel", "größe", "x" * 100, ""]
    calls = tuple(ToolRequest(str(number), name, "{}") for number, name in enumerate(names))
    body: Any = request_body("m", Prompt("", (PromptMessage("assistant", "", calls),)), {})
    sent = [call["function"]["name"] for call in body["messages"][0]["tool_calls"]]
    assert sent == ["multi_tool_use_parallel", "gr__e", "x" * 64, "_"]


def test_a_long_id_of_another_provider_is_sent_shorter_with_the_call_and_its_result() -> None:
    given = [f"call-{'x' * 60}-{number}" for number in range(2)]
    calls = PromptMessage("assistant", "", tuple(ToolRequest(it, "f", "{}") for it in given))
    results = (PromptMessage("tool", "done", tool_call_id=it) for it in given)
    body: Any = request_body("m", Prompt("", (calls, *results)), {})
    sent = [call["id"] for call in body["messages"][0]["tool_calls"]]
    assert sent == [message["tool_call_id"] for message in body["messages"][1:]]
    assert len(set(sent)) == 2
    assert all(len(it) <= 40 for it in sent)


def test_what_has_no_place_in_utf_8_costs_no_request() -> None:
    call = ToolRequest("a", "f", '{"a": "\ud800"}')
    said = (PromptMessage("assistant", "ü \ud800", (call,)), PromptMessage("tool", "\udfff!", tool_call_id="a"))
    tool = Tool("f", "Half \ud83d.", {"properties": {"\ud800": {"enum": ["\ud800"]}}})
    written = json.dumps(request_body("m", Prompt("\ud800", said, (tool,)), {}), ensure_ascii=False)
    assert "ü ?" in written
    assert "?!" in written.encode().decode()


def test_a_strict_tool_is_offered_as_one() -> None:
    body: Any = request_body("m", Prompt("", (), (Tool("f", "", {}, strict=True), Tool("g", "", {}))), {})
    assert [tool["function"].get("strict") for tool in body["tools"]] == [True, None]


def test_what_is_not_set_is_not_sent() -> None:
    body = request_body(DEFAULT_MODEL, Prompt("", ()), {})
    assert body == {"model": DEFAULT_MODEL, "stream": True, "messages": []}


def test_tools_temperature_and_extra_fields_are_sent() -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    prompt = Prompt("", (), (Tool("weather", "Looks at the sky.", schema),), temperature=0.0)
    body = request_body("m", prompt, {"seed": 7, "model": "other"})
    function = {"name": "weather", "description": "Looks at the sky.", "parameters": schema}
    assert body["tools"] == [{"type": "function", "function": function}]
    assert (body["temperature"], body["seed"], body["model"]) == (0.0, 7, "other")


@pytest.mark.parametrize(
    ("given", "url"),
    [
        (None, "https://api.openai.com/v1"),
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434/v1"),
        ("http://127.0.0.1:11434/", "http://127.0.0.1:11434/v1"),
        ("https://host/openai/v1/", "https://host/openai/v1"),
        ("https://host/api", "https://host/api"),
    ],
)
def test_an_address_without_a_path_gets_the_usual_one(given: str | None, url: str) -> None:
    assert service(given, KEY).address.http == url


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://api.openai.com/v1", True),
        ("https://eu.api.openai.com/v1", True),
        ("https://api.openai.com.evil.example/v1", False),
        ("http://127.0.0.1:11434/v1", False),
    ],
)
def test_only_openais_models_are_told_not_to_reason(url: str, told: bool) -> None:
    assert own_fields(service(url, KEY)).get("reasoning_effort") == ("none" if told else None)
    assert own_fields(service(url, KEY))["stream_options"] == {"include_usage": True}


# --- Replies


def test_text_then_usage() -> None:
    usage = {"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 2, "total_tokens": 14}}
    parts = decode_chunks(
        chunk({"role": "assistant", "content": ""}), chunk({"content": "Hel"}), chunk({"content": "lo"}), STOP, usage
    )
    assert parts == [TextDelta("Hel"), TextDelta("lo"), Usage(12, 2)]


@pytest.mark.parametrize(
    "noise",
    [
        chunk({"content": None}),
        chunk({"reasoning_content": "They greet me."}),
        chunk({"reasoning": "They greet me."}),
        chunk(None),
        chunk({"content": "", "tool_calls": []}),
        {"choices": []},
        {"choices": [], "prompt_filter_results": [{"prompt_index": 0}]},
        {"choices": None},
        {"type": "ping"},
        chunk({}, usage=None),
        {"choices": [{"index": 0}]},
        {"choices": [{"index": 0, "delta": None}]},
        {"choices": [{"delta": {"role": "assistant"}, "finish_reason": ""}]},
        {"choices": [{"delta": {"content": None, "tool_calls": None, "refusal": None, "role": None}}]},
        {},
        None,
        b"",
        b" ",
    ],
)
def test_what_is_not_spoken_is_passed_over(noise: object) -> None:
    assert decode_chunks(noise, chunk({"content": "Hi."}), noise, STOP) == [TextDelta("Hi.")]


def test_comments_names_and_ids_are_passed_over() -> None:
    stream = b": keep-alive\n\nevent: message\nid: 3\nretry: 5\n" + event(chunk({"content": "Hi."})) + b":\n\n"
    assert text_of(decode([stream, event(STOP), b"data: [DONE]\n\n"])) == "Hi."


def test_a_refusal_is_spoken() -> None:
    assert text_of(decode_chunks(chunk({"refusal": "I cannot say."}), STOP)) == "I cannot say."


def test_reasoning_counts_as_a_sign_of_life_and_an_empty_start_does_not() -> None:
    reply = ReplyDecoder(SERVICE)
    assert list(reply.feed(event(chunk({"role": "assistant", "content": ""})))) == []
    assert reply.tokens == 0
    assert list(reply.feed(event(chunk({"reasoning": "Hm."})))) == []
    assert reply.tokens == 1
    assert list(reply.feed(event(chunk({"content": [{"type": "thinking", "thinking": []}]})))) == []
    assert reply.tokens == 2


def test_usage_that_comes_with_each_event_is_told_once() -> None:
    def counted(number: int) -> dict[str, Any]:
        return {"prompt_tokens": 5, "completion_tokens": number}

    parts = decode_chunks(chunk({"content": "a"}, usage=counted(1)), chunk({}, "stop", usage=counted(2)))
    assert parts == [TextDelta("a"), Usage(5, 2)]


@pytest.mark.parametrize("reason", ["stop", "tool_calls", "function_call", "eos", "end_turn"])
def test_good_ends(reason: str) -> None:
    assert decode_chunks(chunk({"content": "a"}, reason)) == [TextDelta("a")]


@pytest.mark.parametrize("end", [b"", b"data: [DON", event(STOP)[:-8], b"data: \xff", b": bye\n\n", b"data: null\n\n"])
def test_a_stream_that_ends_before_the_reply_is_a_broken_one(end: bytes) -> None:
    with pytest.raises(Unavailable, match="broke off"):
        decode([event(chunk({"content": "a"})), end])


NO_REASON: tuple[dict[str, Any], ...] = ({}, {"finish_reason": None}, {"finish_reason": ""})
DONE = event(b"[DONE]")


@pytest.mark.parametrize("reason", NO_REASON)
@pytest.mark.parametrize("done", [DONE, DONE.rstrip(), b"data:[DONE]\r\n\r\n", DONE + b": bye", DONE + DONE])
def test_the_end_mark_ends_a_reply_without_a_finish_reason(reason: dict[str, Any], done: bytes) -> None:
    call = {"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}
    said = [{"delta": {"content": "Hi."}, **reason}, {"delta": {"tool_calls": [call]}, **reason}, {**reason}]
    usage = event({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}})
    parts = decode([*(event({"choices": [choice]}) for choice in said), usage, done])
    assert parts == [TextDelta("Hi."), ToolRequest("a", "f", "{}"), Usage(1, 2)]


@pytest.mark.parametrize("last", [event(STOP).rstrip(), event(STOP)[:-1], event(STOP).rstrip() + b"\r"])
def test_the_last_event_needs_no_blank_line(last: bytes) -> None:
    assert decode([event(chunk({"content": "Hi."})), last]) == [TextDelta("Hi.")]


@pytest.mark.parametrize(
    ("end", "more"),
    [
        (event(STOP), event({"error": {"message": "cannot count"}})),
        (event(STOP), event({"choices": [], "usage": 7}) + event({"choices": 7})),
        (event(STOP), b"data: \xff\n\n"),
        (event(STOP), event(chunk({}, "error"))),
        (event(STOP), b"data: {"),
        (DONE, b"error: {}\n\n"),
    ],
)
def test_nothing_behind_a_whole_reply_makes_it_fail(end: bytes, more: bytes) -> None:
    assert decode([event(chunk({"content": "Hi."})), end, more]) == [TextDelta("Hi.")]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ([{"type": "text", "text": "Hello"}], "Hello"),
        ([{"type": "text", "text": "Hel"}, {"type": "output_text", "text": "lo"}, {"text": "!"}], "Hello!"),
        (["Hel", "lo"], "Hello"),
        ([{"type": "refusal", "refusal": "No."}], "No."),
        (
            [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}, {"type": "text", "text": "Yes."}],
            "Yes.",
        ),
        ([{"type": "image_url", "image_url": {"url": "x"}}, {"type": "text", "text": None}, {"type": "text"}], ""),
        ([{"type": ["text"], "text": "odd"}], ""),
        ([], ""),
    ],
)
def test_content_in_parts_is_text(content: object, text: str) -> None:
    assert text_of(decode_chunks(chunk({"content": content}), STOP)) == text


@pytest.mark.parametrize(
    ("usage", "counted"),
    [
        ({"prompt_tokens": None, "completion_tokens": None, "total_tokens": None}, Usage(0, 0)),
        ({"prompt_tokens": "12", "completion_tokens": 3.0}, Usage(12, 3)),
        ({"prompt_tokens": 12}, Usage(12, 0)),
        ({"total_tokens": 14}, Usage(0, 0)),
        ({"prompt_tokens": "many", "completion_tokens": {"audio": 1}}, Usage(0, 0)),
        ({"prompt_tokens": -1, "completion_tokens": True}, Usage(0, 0)),
        ({"prompt_tokens": float("nan"), "completion_tokens": float("inf")}, Usage(0, 0)),
        ({"prompt_tokens": "9" * 400, "completion_tokens": 10**400}, Usage(0, 0)),
    ],
)
def test_a_count_that_is_not_known_is_0(usage: object, counted: Usage) -> None:
    parts = decode_chunks(chunk({"content": "Hi."}), STOP, {"choices": [], "usage": usage})
    assert parts == [TextDelta("Hi."), counted]


@pytest.mark.parametrize("usage", [7, "12", [], [1], {}, None])
def test_usage_that_is_none_is_left_out(usage: object) -> None:
    assert decode_chunks(chunk({"content": "Hi."}), chunk({}, "stop", usage=usage)) == [TextDelta("Hi.")]


def test_a_count_that_was_known_stays() -> None:
    first, last = {"prompt_tokens": 5, "completion_tokens": 1}, {"prompt_tokens": None, "completion_tokens": 2}
    parts = decode_chunks(chunk({"content": "a"}, usage=first), chunk({}, "stop", usage=last))
    assert parts == [TextDelta("a"), Usage(5, 2)]


@pytest.mark.parametrize(
    ("reason", "error", "text"),
    [
        ("content_filter", Declined, "content filter"),
        ("error", Unavailable, "broke off"),
    ],
)
def test_a_reply_that_was_cut_short_does_not_just_end(reason: str, error: type[ProviderError], text: str) -> None:
    call = {"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x": 1'}}]}
    with pytest.raises(error, match=text):
        decode_chunks(chunk(call), chunk({}, reason))


@pytest.mark.parametrize(
    "data",
    [
        b'{"choices": [{',
        b"plain text",
        b"[" * 100_000,
        b"7",
        b"[]",
        b'"text"',
        b'{"choices": 7}',
        b'{"choices": [7]}',
        b'{"choices": [{"delta": 7}]}',
        b'{"choices": [{"delta": {"content": 7}}]}',
        b'{"choices": [{"delta": {"tool_calls": {"index": 0}}}]}',
        b'{"choices": [{"delta": {"tool_calls": [7]}}]}',
        b'{"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"name": ["f"]}}]}}]}',
        b'{"choices": [{"delta": {"tool_calls": [{"index": 0, "id": "a"}]}, "finish_reason": "stop"}]}',
        b'{"choices": [{"delta": {"content": [7]}}]}',
        b'{"choices": [{"delta": {"content": [{"type": "text", "text": 7}]}}]}',
        b'{"choices": [{"delta": {"content": {"type": "text", "text": "a"}}}]}',
        b"\xff\xfe",
    ],
)
def test_what_the_protocol_does_not_allow(data: bytes) -> None:
    with pytest.raises(Malformed):
        decode([event(data), event(STOP)])


def test_a_reply_at_the_limit_of_tokens_is_whole_and_the_log_says_why_it_ends(caplog: pytest.LogCaptureFixture) -> None:
    cut = chunk({}, "length")
    assert text_of(decode([*map(event, [chunk({"content": "Hello"}), cut, cut]), DONE])) == "Hello"
    assert [record.levelname for record in caplog.records if "limit of tokens" in record.message] == ["WARNING"]


def test_an_event_without_an_end_is_not_kept_for_ever() -> None:
    with pytest.raises(Malformed, match="longer than"):
        decode(b"data: " + b"x" * 2**16 + b"\n" for _ in range(MAX_EVENT_BYTES // 2**16 + 1))


def test_a_line_without_an_end_is_not_kept_for_ever() -> None:
    with pytest.raises(Malformed, match="longer than"):
        decode(b"x" * 2**20 for _ in range(MAX_EVENT_BYTES // 2**20 + 1))


# --- Tool calls


def call_piece(**fields: Any) -> dict[str, Any]:
    name, arguments = fields.pop("name", None), fields.pop("arguments", None)
    function = {key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None}
    return chunk({"tool_calls": [{**fields, "function": function}]})


def test_calls_are_told_when_the_reply_is_finished_before_usage() -> None:
    parts = decode_chunks(
        chunk({"content": "One moment."}),
        call_piece(index=0, id="a", name="f", arguments=""),
        call_piece(index=0, arguments='{"x":'),
        call_piece(index=1, id="b", name="g", arguments=""),
        call_piece(index=0, arguments=" 1}"),
        chunk({}, "tool_calls"),
        {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}},
    )
    assert parts == [
        TextDelta("One moment."),
        ToolRequest("a", "f", '{"x": 1}'),
        ToolRequest("b", "g", "{}"),
        Usage(1, 2),
    ]


@pytest.mark.parametrize("index", [{"index": 0}, {"index": None}, {}])
def test_whole_calls_that_share_an_index_or_have_none(index: dict[str, Any]) -> None:
    """Ollama and Gemini among others."""
    parts = decode_chunks(
        call_piece(**index, id="a", name="f", arguments='{"x": 1}'),
        call_piece(**index, id="b", name="f", arguments='{"x": 2}'),
        chunk({}, "stop"),
    )
    assert parts == [ToolRequest("a", "f", '{"x": 1}'), ToolRequest("b", "f", '{"x": 2}')]


@pytest.mark.parametrize("index", [{"index": 0}, {"index": None}, {}])
@pytest.mark.parametrize("names", [("f", "f"), ("f", "g")])
def test_whole_calls_that_have_no_ids_either(index: dict[str, Any], names: tuple[str, str]) -> None:
    """In one event or in two."""
    texts = ("{}", '{"x": 2}')
    first, second = (call_piece(**index, name=name, arguments=text) for name, text in zip(names, texts, strict=True))
    at_once = chunk({"tool_calls": [it["choices"][0]["delta"]["tool_calls"][0] for it in (first, second)]})
    for pieces in ((first, second), (at_once,)):
        calls = calls_of(decode_chunks(*pieces, chunk({}, "stop")))
        assert [(call.name, call.arguments) for call in calls] == [(names[0], "{}"), (names[1], '{"x": 2}')]
        assert len({call.id for call in calls}) == 2


def test_a_name_that_is_repeated_with_each_piece_without_an_id() -> None:
    pieces = [call_piece(name="f", arguments=text) for text in ('{"x"', ": 1}")]
    (call,) = calls_of(decode_chunks(*pieces, STOP))
    assert call.arguments == '{"x": 1}'


def test_arguments_may_be_an_object() -> None:
    (call,) = calls_of(decode_chunks(call_piece(index=0, id="a", name="f", arguments={"x": {"y": "ü"}}), STOP))
    assert json.loads(call.arguments) == {"x": {"y": "ü"}}


def test_calls_without_an_id_get_different_ones() -> None:
    parts = decode_chunks(call_piece(index=0, name="f"), call_piece(index=1, name="f"), STOP)
    assert [call.id for call in calls_of(parts)] == ["chatcmpl-7-0", "chatcmpl-7-1"]


def test_an_id_and_a_name_that_are_repeated_with_each_piece() -> None:
    pieces = [call_piece(index=0, id="a", name="f", arguments=text) for text in ('{"x"', ": 1}")]
    assert decode_chunks(*pieces, STOP) == [ToolRequest("a", "f", '{"x": 1}')]


# --- Any split of the stream is the same reply


def cut(text: str, at: Sequence[int]) -> list[str]:
    edges = [0, *sorted(position % (len(text) + 1) for position in at), len(text)]
    return [text[start:end] for start, end in pairwise(edges)]


cuts = st.lists(st.integers(0, 10_000), max_size=8)


@given(
    text=st.text(max_size=60),
    text_cuts=cuts,
    arguments=st.lists(st.tuples(st.text(min_size=1, max_size=40), cuts), max_size=3),
    order=st.randoms(use_true_random=False),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    ascii_only=st.booleans(),
    byte_cuts=st.lists(st.integers(0, 100_000), max_size=30),
)
def test_any_split_gives_the_same_reply(
    text: str,
    text_cuts: list[int],
    arguments: list[tuple[str, list[int]]],
    order: Any,
    line_end: str,
    ascii_only: bool,
    byte_cuts: list[int],
) -> None:
    """Contents and arguments in any pieces and interleaved, events in any bytes, with any line end and comments."""
    lanes = [[chunk({"content": piece}) for piece in cut(text, text_cuts)]]
    for index, (value, at) in enumerate(arguments):
        first = call_piece(index=index, id=f"id{index}", name=f"f{index}", arguments="")
        lanes.append([first, *(call_piece(index=index, arguments=piece) for piece in cut(value, at))])
    chunks = []
    while lanes := [lane for lane in lanes if lane]:
        chunks.append(order.choice(lanes).pop(0))
    lines = [f"data: {json.dumps(data, ensure_ascii=ascii_only)}{line_end}{line_end}" for data in [*chunks, STOP]]
    stream = f": noise{line_end}{line_end}".join(lines).encode()
    edges = [0, *sorted(position % (len(stream) + 1) for position in byte_cuts), len(stream)]
    parts = decode(stream[start:end] for start, end in pairwise(edges))
    assert text_of(parts) == text
    assert calls_of(parts) == [
        ToolRequest(f"id{index}", f"f{index}", value) for index, (value, _) in enumerate(arguments)
    ]
    assert all(part.text for part in parts if isinstance(part, TextDelta))


@given(st.lists(st.binary(max_size=80), max_size=10))
def test_rubbish_is_an_error_of_ours_or_nothing(pieces: list[bytes]) -> None:
    with pytest.raises((Malformed, Unavailable)):
        decode(pieces)


NAMES = (
    *("choices", "delta", "content", "refusal", "tool_calls", "function", "name", "arguments", "index", "id"),
    *("usage", "prompt_tokens", "error", "code", "finish_reason"),
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=20,
)


@given(st.lists(st.builds(lambda value: {"choices": [value]}, json_values) | json_values, max_size=4))
def test_any_json_is_a_reply_or_an_error_of_ours(values: list[object]) -> None:
    with suppress(ProviderError):
        decode_chunks(*values, STOP)


# --- Errors


@pytest.mark.parametrize(
    ("status", "body", "error", "text"),
    [
        (400, {"error": {"message": "temperature must be 1"}}, Refused, '(HTTP 400); it says: "temperature must be 1"'),
        (401, {"error": {"message": f"Incorrect API key provided: {KEY}"}}, Refused, "check OPENAI_API_KEY"),
        (402, None, Refused, "no credit"),
        (403, {"error": "not in your country"}, Refused, "not in your country"),
        (404, {"error": {"message": "model x does not exist"}}, Refused, "check LLM_MODEL"),
        (408, None, Unavailable, "408"),
        (418, "a teapot", Refused, '(HTTP 418); it says: "a teapot"'),
        (422, {"detail": []}, Refused, "422"),
        (400, {"error": {"message": "128k", "code": "context_length_exceeded"}}, Declined, "longer than the model"),
        (400, {"error": {"message": "no", "code": "content_filter"}}, Declined, "content filter"),
        (413, None, Declined, "longer than the server"),
        (429, {"error": {"message": "slow down", "code": "rate_limit_exceeded"}}, Unavailable, "too many requests"),
        (429, {"error": {"message": "pay", "code": "insufficient_quota"}}, Refused, "no credit left"),
        (429, {"error": {"message": "pay", "type": "insufficient_quota"}}, Refused, "no credit left"),
        (500, "<html>oops</html>", Unavailable, "500"),
        (503, None, Unavailable, "503"),
        (529, {"error": {"message": "overloaded"}}, Unavailable, "overloaded"),
    ],
)
def test_answers_that_are_no_reply(status: int, body: object, error: type[ProviderError], text: str) -> None:
    raised = answer_error(status, body, SERVICE)
    assert type(raised) is error
    assert text in str(raised)
    assert KEY not in str(raised)


def test_without_a_key_401_asks_for_one() -> None:
    assert "set OPENAI_API_KEY" in str(answer_error(401, None, service(None, None)))


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"message": "The server had an error", "type": "server_error"}, Unavailable),
        ({"message": "upstream", "code": 502}, Unavailable),
        ({"message": "bad", "code": 400}, Refused),
        ({"message": "too long", "type": "invalid_request_error"}, Refused),
        ({"message": "slow", "code": "rate_limit_exceeded"}, Unavailable),
        ({"message": "pay", "code": "insufficient_quota"}, Refused),
        ("something", Unavailable),
        ({"code": [1]}, Unavailable),
    ],
)
def test_errors_in_mid_stream(given: object, error: type[ProviderError]) -> None:
    with pytest.raises(error) as raised:
        decode_chunks(chunk({"content": "Hel"}), {"error": given})
    assert type(raised.value) is error
    assert type(stream_error(given, SERVICE)) is error


@pytest.mark.parametrize(
    "told",
    [
        b'error: {"code": 400, "message": "too long", "type": "exceed_context_size_error"}\n\n',
        b'event: error\ndata: {"error": {"code": 400, "message": "too long"}}\n\n',
        b'event: error\ndata: {"code": 400, "message": "too long"}\n\n',
        b'data: {"object": "error", "code": 400, "message": "too long"}\n\n',
        b'data: {"error": {"code": 400, "message": "too long"}}',
    ],
)
def test_an_error_is_one_in_every_form_whatever_follows(told: bytes) -> None:
    """Most servers send the end mark behind it, too."""
    done = DONE if told.endswith(b"\n") else b""
    with pytest.raises(Refused, match="too long"):
        decode([event(chunk({"content": "Hel"})), told, done])


def test_an_error_in_plain_words_is_repeated() -> None:
    with pytest.raises(Unavailable, match="out of memory"):
        decode([b"event: error\ndata: out of memory\n\n", DONE])


@pytest.mark.parametrize(
    "message", [f"wrong key {KEY}!", "wrong key sk-other-98765432", "wrong key sk-abcd****wxyz", "sent Bearer abcdef"]
)
def test_no_key_is_ever_repeated(message: str) -> None:
    text = str(answer_error(400, {"error": {"message": message}}, SERVICE))
    assert "[key]" in text
    assert not any(secret in text for secret in (KEY, "98765432", "wxyz", "abcdef"))


def test_long_and_ragged_messages_are_made_one_short_line() -> None:
    text = str(answer_error(500, "line\n\n\tline " * 1000, SERVICE))
    assert len(text) < 500
    assert "\n" not in text


@pytest.mark.parametrize(
    ("status", "body", "field"),
    [
        (400, {"message": "Unrecognized request argument supplied: stream_options"}, "stream_options"),
        (422, {"detail": [{"loc": ["body", "stream_options", "include_usage"]}]}, "stream_options"),
        (400, {"param": "reasoning_effort", "message": "Unsupported value"}, "reasoning_effort"),
        (400, {"message": "temperature must be 1"}, None),
        (500, {"message": "stream_options"}, None),
        (400, None, None),
    ],
)
def test_the_field_that_a_server_names(status: int, body: object, field: str | None) -> None:
    assert refused_field(status, body, ["stream_options", "reasoning_effort"]) == field


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, "registry.ollama.ai/library/gemma:2b does not support tools"),
        (400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'),
        (500, "tools param requires --jinja flag"),
        (404, "No endpoints found that support tool use."),
        (400, "Invalid schema for function 'look': schema must be a JSON Schema of 'type: \"object\"'"),
    ],
)
def test_what_servers_say_when_they_take_no_tools_is_known(status: int, said: str) -> None:
    assert refuses_tools(status, {"error": {"message": said}})
    assert not refuses_tools(429, {"error": {"message": said}})
    assert not refuses_tools(status, {"error": {"message": "no such model"}})
