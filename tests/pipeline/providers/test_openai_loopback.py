"""Chat completions through the real SDK, against a simulator on loopback: replies, faults, connections, cancelling."""

import asyncio
import gc
import json
import statistics
import subprocess
import sys
import time
import traceback
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from openai import AsyncOpenAI

from pipeline.errors import Declined, Malformed, ProviderError, Refused, Unavailable
from pipeline.messages import Prompt, PromptMessage, Tool, ToolRequest
from pipeline.ports import Finished, LanguageModel, ReplyPart, TextDelta, Usage
from pipeline.providers.openai import OpenAIChat, chat, client
from tests.support.providers.openai import Fault, OpenAISimulator, ToolCall, default_reply, long_reply, tokens_of
from tests.support.providers.profile import FIXED, Always
from tests.support.waiting import WAIT_LIMIT, until

KEY = "sk-proj-0123456789abcdef"

QUICK = replace(FIXED, llm_first_token_delay=Always(0.01), llm_token_interval=Always(0.001))
"""For what is not about time."""

HELLO = Prompt("Be brief.", (PromptMessage("user", "Hello there."),))
ANSWER = "You said Hello there. I have made a note of it. What else would you like to tell me?"


@asynccontextmanager
async def talking(sim: OpenAISimulator, **given: Any) -> AsyncIterator[OpenAIChat]:
    """A language model of the simulator's."""
    llm = OpenAIChat(**{"api_key": KEY, "base_url": sim.url, **given})
    try:
        yield llm
    finally:
        await llm.aclose()


async def ask(llm: LanguageModel, prompt: Prompt = HELLO) -> list[ReplyPart]:
    return [part async for part in llm.generate(prompt) if part != Finished()]


def text_of(parts: list[ReplyPart]) -> str:
    return "".join(part.text for part in parts if isinstance(part, TextDelta))


async def failure(llm: OpenAIChat, kind: type[ProviderError], prompt: Prompt = HELLO) -> tuple[str, str]:
    """Ask, expect a failure of this kind, and return its message and the text that came before."""
    parts: list[ReplyPart] = []

    async def listen() -> None:
        async for part in llm.generate(prompt):
            parts.append(part)

    with pytest.raises(kind) as raised:
        await listen()
    assert type(raised.value) is kind
    assert KEY not in "".join(traceback.format_exception(raised.value))
    return str(raised.value), text_of(parts)


# --- Replies


async def test_a_reply_comes_word_for_word_and_its_request_is_complete() -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    prompt = replace(HELLO, tools=(Tool("weather", "Looks at the sky.", schema),), temperature=0.5)
    async with OpenAISimulator(QUICK, api_key=KEY) as sim, talking(sim, model="small") as llm:
        parts = await ask(llm, prompt)
    assert text_of(parts) == ANSWER
    assert parts[-1] == Usage(4, len(tokens_of(ANSWER)))
    (request,) = sim.requests
    assert request.path == "/v1/chat/completions"
    assert request.authorization == f"Bearer {KEY}"
    function = {"name": "weather", "description": "Looks at the sky.", "parameters": schema}
    assert request.body == {
        "model": "small",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello there."}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "tools": [{"type": "function", "function": function}],
        "temperature": 0.5,
    }


async def test_settings_of_the_sdk_in_the_environment_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_BASE_URL", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with OpenAISimulator(QUICK, api_key=KEY) as sim, talking(sim) as llm:
        assert text_of(await ask(llm)) == ANSWER


async def test_a_server_without_keys_needs_none() -> None:
    async with OpenAISimulator(QUICK) as sim, talking(sim, api_key=None) as llm:
        assert text_of(await ask(llm)) == ANSWER


async def test_tools_are_asked_for_and_their_results_understood() -> None:
    calls = [ToolCall("weather", '{"city": "Ulm"}', "a"), ToolCall("time", {"zone": "CET"}, "b"), ToolCall("end", "")]

    def reply(body: dict[str, Any]) -> Any:
        return default_reply(body) if body["messages"][-1]["role"] == "tool" else calls

    async with OpenAISimulator(QUICK, reply=reply) as sim, talking(sim) as llm:
        *requests, usage = await ask(llm)
        assert requests == [
            ToolRequest("a", "weather", '{"city": "Ulm"}'),
            ToolRequest("b", "time", '{"zone": "CET"}'),
            ToolRequest("call_2", "end", "{}"),
        ]
        assert isinstance(usage, Usage)
        asked = tuple(part for part in requests if isinstance(part, ToolRequest))
        results = tuple(PromptMessage("tool", "sunny", tool_call_id=call.id) for call in asked)
        history = (*HELLO.messages, PromptMessage("assistant", "", asked), *results)
        assert text_of(await ask(llm, Prompt("", history))).startswith("The tool said sunny.")


@pytest.mark.parametrize("reply", ["", long_reply(10_000)], ids=["empty", "10,000 words"])
async def test_replies_of_any_length(reply: str) -> None:
    at_once = replace(QUICK, llm_token_interval=Always(0.0))
    async with OpenAISimulator(at_once, reply=lambda body: reply) as sim, talking(sim) as llm:
        parts = await ask(llm)
    assert text_of(parts) == reply
    assert parts[-1] == Usage(4, len(tokens_of(reply)))


# --- Faults


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "20"}, 20.0),
        ({"retry-after-ms": "1500", "Retry-After": "2"}, 1.5),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m2s"}, 62.0),
    ],
    ids=["seconds", "milliseconds", "limit"],
)
async def test_a_busy_server_says_how_long_it_wants_to_be_left_alone(headers: dict[str, str], seconds: float) -> None:
    async with OpenAISimulator(QUICK) as sim, talking(sim) as llm:
        sim.faults = [Fault("status", request=1, status=429, headers=headers)]
        with pytest.raises(Unavailable) as busy:
            await ask(llm)
    assert busy.value.retry_after == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("status", "body", "kind", "says"),
    [
        (400, {"error": {"message": "no such voice"}}, Refused, "no such voice"),
        (401, {"error": {"message": f"wrong key {KEY}"}}, Refused, "check OPENAI_API_KEY"),
        (403, {"error": {"message": "not here"}}, Refused, "not here"),
        (404, {"error": {"message": "no such model"}}, Refused, "LLM_MODEL"),
        (429, {"error": {"code": "rate_limit_exceeded", "message": "slow down"}}, Unavailable, "slow down"),
        (429, {"error": {"code": "insufficient_quota", "message": "pay"}}, Refused, "no credit"),
        (500, None, Unavailable, "500"),
        (503, "<html>busy</html>", Unavailable, "503"),
    ],
)
async def test_an_answer_that_is_no_reply(status: int, body: object, kind: type[ProviderError], says: str) -> None:
    async with OpenAISimulator(QUICK) as sim, talking(sim) as llm:
        sim.faults = [Fault("status", request=1, status=status, body=body)]
        message, _ = await failure(llm, kind)
        assert says in message
        assert text_of(await ask(llm)) == ANSWER  # and nothing is remembered of it
        assert len(sim.requests) == 2  # nor was anything tried again behind our back


@pytest.mark.parametrize(
    ("fault", "kind", "says"),
    [
        (Fault("drop", after=3), Unavailable, "connection was lost"),
        (Fault("stall", after=3), Unavailable, "silent for 0.3 s"),
        (Fault("no end"), Unavailable, "broke off"),
        (Fault("malformed", after=3), Malformed, "not JSON"),
        (Fault("malformed", after=3, payload=b"data: \xff\n\n"), Malformed, "UTF-8"),
        (Fault("malformed", after=3, payload=b'data: {"error": {"message": "oops"}}\n\n'), Unavailable, "oops"),
        (Fault("finish", reason="content_filter"), Declined, "content filter"),
    ],
    ids=lambda value: value.what if isinstance(value, Fault) else "",
)
async def test_a_reply_that_breaks_off_never_just_ends(
    fault: Fault, kind: type[ProviderError], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with OpenAISimulator(QUICK) as sim, talking(sim) as llm:
        sim.faults = [replace(fault, request=1)]
        with monkeypatch.context() as impatient:
            if fault.what == "stall":
                impatient.setattr(chat, "BETWEEN_TOKENS_TIMEOUT", 0.3)
            message, text = await failure(llm, kind)
        assert says in message
        cut = fault.what in ("drop", "stall", "malformed")
        assert text == ("".join(tokens_of(ANSWER)[: fault.after]) if cut else ANSWER)
        assert text_of(await ask(llm)) == ANSWER


@pytest.mark.parametrize("fault", [Fault("silent"), Fault("stall")], ids=["no answer", "no first token"])
async def test_no_first_token_in_time(fault: Fault) -> None:
    async with OpenAISimulator(QUICK) as sim, talking(sim, first_token_timeout=0.3) as llm:
        sim.faults = [fault]
        message, _ = await failure(llm, Unavailable)
        assert "within 0.3 s" in message


@pytest.mark.parametrize(("after", "says"), [(0, "no first token"), (3, "silent")])
async def test_signs_of_life_are_no_tokens(after: int, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Comments and empty events, as gateways send them while they wait, do not put the deadline off."""
    monkeypatch.setattr(chat, "BETWEEN_TOKENS_TIMEOUT", 0.3)
    first = 0.3 if after == 0 else WAIT_LIMIT
    async with OpenAISimulator(QUICK) as sim, talking(sim, first_token_timeout=first) as llm:
        sim.faults = [Fault("mutter", after=after)]
        assert says in (await failure(llm, Unavailable))[0]


async def test_who_cannot_be_reached_is_unavailable_and_may_come_back() -> None:
    async with OpenAISimulator(QUICK) as sim, talking(sim) as llm:
        await llm.warm()
        async with sim.outage():
            message, _ = await failure(llm, Unavailable)
            with pytest.raises(Unavailable, match="check the network and OPENAI_BASE_URL"):
                await llm.warm()
        assert "nothing listens there" in message
        assert "check the network and OPENAI_BASE_URL" in message
        assert text_of(await ask(llm)) == ANSWER


@pytest.mark.parametrize(
    ("status", "kind", "says"),
    [(402, Refused, "no credit"), (429, Unavailable, "too many requests"), (502, Unavailable, "upstream is down")],
)
async def test_an_error_instead_of_a_stream(status: int, kind: type[ProviderError], says: str) -> None:
    """With the HTTP status 200, as OpenRouter answers."""
    async with OpenAISimulator(QUICK) as sim, talking(sim) as llm:
        error = {"code": status, "message": "upstream is down"}
        sim.faults = [Fault("status", request=1, status=200, body={"error": error, "user_id": "me"})]
        assert says in (await failure(llm, kind))[0]
        assert text_of(await ask(llm)) == ANSWER


async def test_a_page_instead_of_a_stream() -> None:
    async with OpenAISimulator(QUICK) as sim, talking(sim) as llm:
        sim.faults = [Fault("status", status=200, body={"choices": []})]
        assert "check OPENAI_BASE_URL" in (await failure(llm, Malformed))[0]


async def test_a_connection_that_is_closed_at_the_moment_of_its_use_is_not_used_again() -> None:
    """The request is made again by whoever asked."""
    async with OpenAISimulator(QUICK) as sim, talking(sim) as llm:
        sim.faults = [Fault("hang up", request=1)]
        await failure(llm, Unavailable)
        assert len(sim.requests) == 1
        assert text_of(await ask(llm)) == ANSWER


async def test_a_field_that_the_server_does_not_know_is_left_out_from_then_on() -> None:
    async with OpenAISimulator(QUICK) as sim, talking(sim) as llm:
        sim.faults = [Fault("refuse fields", fields=("stream_options",))]
        assert [await ask(llm) for _ in range(2)] == [[TextDelta(token) for token in tokens_of(ANSWER)]] * 2
        assert ["stream_options" in request.body for request in sim.requests] == [True, False, False]


async def test_a_field_that_was_asked_for_is_never_left_out() -> None:
    async with OpenAISimulator(QUICK) as sim, talking(sim, extra={"seed": 7}) as llm:
        sim.faults = [Fault("refuse fields", fields=("seed",))]
        assert "seed" in (await failure(llm, Refused))[0]
        assert len(sim.requests) == 1


def events(*data: object, end: str = "\n\n") -> bytes:
    """A body of events: chunks as JSON, the rest as it is."""
    return "".join(f"{each if isinstance(each, str) else f'data: {json.dumps(each)}'}{end}" for each in data).encode()


HI: Any = {"choices": [{"delta": {"content": "Hi."}}]}
STOP: Any = {"choices": [{"delta": None, "finish_reason": "stop"}]}
NULLS: Any = {"choices": [], "usage": {"prompt_tokens": None, "completion_tokens": "2"}}
ROLE: Any = {"choices": [{"delta": {"role": "assistant", "content": None}, "finish_reason": ""}], "usage": None}
PARTS: Any = {"choices": [{"delta": {"content": [{"type": "text", "text": "Hi."}]}}]}
CUT: Any = {"choices": [{"delta": {}, "finish_reason": "length"}]}


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        (events(ROLE, HI, STOP, NULLS, "data: [DONE]"), [TextDelta("Hi."), Usage(0, 2)]),
        (events(ROLE, HI, "data: [DONE]"), [TextDelta("Hi.")]),
        (events(": keep-alive", "data:", ROLE, "event: ping", HI, STOP, end="\r\n\r\n"), [TextDelta("Hi.")]),
        (events(ROLE, PARTS, STOP).rstrip(), [TextDelta("Hi.")]),
        (events(HI | {"usage": {"prompt_tokens": 3}}, NULLS | CUT), [TextDelta("Hi."), Usage(3, 2)]),
        (events(HI, STOP, "error: {}"), [TextDelta("Hi.")]),
        (events(ROLE, "data: [DONE]"), []),
    ],
    ids=["nulls", "no finish reason", "keep-alive", "parts, no last line", "length", "late error", "nothing said"],
)
async def test_servers_like_openais_are_understood(body: bytes, parts: list[ReplyPart]) -> None:
    async with OpenAISimulator(QUICK) as sim, talking(sim) as llm:
        sim.faults = [Fault("body", request=1, payload=body)]
        assert await ask(llm) == parts
        assert text_of(await ask(llm)) == ANSWER


async def test_a_reply_without_a_finish_reason_is_whole_by_its_end_mark() -> None:
    async with OpenAISimulator(QUICK) as sim, talking(sim) as llm:
        sim.faults = [Fault("no finish")]
        assert text_of(await ask(llm)) == ANSWER


NO_TOOLS = {"error": {"message": "gemma:2b does not support tools", "type": "api_error"}}
LOOK, BOOK = (Tool(name, f"{name}s.", {"type": "object", "properties": {}}) for name in ("look", "book"))


async def test_a_server_that_takes_no_tools_is_asked_without_them_and_that_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with OpenAISimulator(QUICK) as sim, talking(sim) as llm:
        sim.faults = [Fault("status", request=number, status=400, body=NO_TOOLS) for number in (1, 4)]
        for _ in range(2):
            assert text_of(await ask(llm, replace(HELLO, tools=(LOOK,)))) == ANSWER
        assert ["tools" in request.body for request in sim.requests] == [True, False, False]
        (told,) = caplog.messages
        assert "does not support tools" in told
        assert "choose a model" in told
        assert text_of(await ask(llm, replace(HELLO, tools=(LOOK, BOOK)))) == ANSWER
        assert ["tools" in request.body for request in sim.requests][3:] == [True, False], "others are tried"


async def test_what_a_server_refuses_without_tools_too_is_told_as_it_was_said_first() -> None:
    async with OpenAISimulator(QUICK) as sim, talking(sim) as llm:
        sim.faults = [Fault("status", status=400, body={"error": {"message": "a tool message has no call"}})]
        assert "no call" in (await failure(llm, Refused, replace(HELLO, tools=(LOOK,))))[0]
        assert len(sim.requests) == 2


async def test_what_goes_wrong_after_a_whole_reply_does_not_matter() -> None:
    async with OpenAISimulator(QUICK) as sim, talking(sim) as llm:
        sim.faults = [Fault("no usage", request=1)]
        assert text_of(await ask(llm)) == ANSWER
        assert sim.requests[0].ended_at is None


async def test_closing_breaks_off_what_is_still_coming() -> None:
    async with OpenAISimulator() as sim, talking(sim) as llm, aclosing(llm.generate(HELLO)) as reply:
        await anext(reply)
        await llm.aclose()
        with pytest.raises(Unavailable):
            async for _ in reply:
                pass


# --- Warm connections


async def test_warming_reports_a_wrong_key_and_an_outage() -> None:
    async with OpenAISimulator(QUICK, api_key="another") as sim, talking(sim) as llm:
        with pytest.raises(Refused, match="check OPENAI_API_KEY") as raised:
            await llm.warm()
        assert KEY not in "".join(traceback.format_exception(raised.value))
        sim.api_key = KEY
        await llm.warm()
        async with sim.outage():
            await failure(llm, Unavailable)
            with pytest.raises(Unavailable, match="no connection"):
                await llm.warm()


async def test_ten_turns_use_the_connections_that_were_opened_at_the_start() -> None:
    async with OpenAISimulator(QUICK) as sim, talking(sim) as llm:
        for _ in range(10):
            await llm.warm()
            assert sim.connections == 2
            assert text_of(await ask(llm)) == ANSWER
            assert sim.connections == 2


async def test_both_connections_are_opened_also_when_one_is_asked_for_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK awaits before it sends: the first answer may be there before the second request is on its way."""
    prepare, delays = AsyncOpenAI._prepare_options, iter([0.0, 0.2])

    async def late(self: AsyncOpenAI, options: Any) -> Any:
        await asyncio.sleep(next(delays))
        return await prepare(self, options)

    async with OpenAISimulator(QUICK) as sim, talking(sim) as llm:
        monkeypatch.setattr(AsyncOpenAI, "_prepare_options", late)
        await llm.warm()
        assert sim.connections == 2
        assert sim.open_connections == 2


async def test_a_second_request_beside_the_first_opens_no_connection() -> None:
    """The draft that answers a barge-in starts while the reply is still coming."""
    async with OpenAISimulator() as sim, talking(sim) as llm:
        await llm.warm()
        async with aclosing(llm.generate(HELLO)) as reply:
            await anext(reply)
            assert text_of(await ask(llm)) == ANSWER
        assert sim.connections == 2


async def test_after_a_reply_was_cut_two_connections_are_warm_again() -> None:
    """Whether the person's speech is noticed (and warms) before the cut or after it."""
    async with OpenAISimulator(QUICK) as sim, talking(sim) as llm:
        for warm_first in (True, False):
            await llm.warm()
            reply = llm.generate(HELLO)
            await anext(reply)
            if warm_first:
                await llm.warm()
            await reply.aclose()
            await llm.warm()
            opened = sim.connections
            await asyncio.gather(ask(llm), ask(llm))
            assert sim.connections == opened


async def test_warming_twice_in_a_row_asks_once() -> None:
    async with OpenAISimulator(QUICK) as sim, talking(sim) as llm:
        for _ in range(5):
            await llm.warm()
        assert len(sim.probes) == 2


@pytest.mark.slow
@pytest.mark.slow
async def test_connections_outlive_a_silence() -> None:
    """Longer than the 5 s after which the SDK's own client would have dropped them."""
    async with OpenAISimulator(QUICK) as sim, talking(sim) as llm:
        await llm.warm()
        await asyncio.sleep(6.2)
        await ask(llm)
        assert sim.connections == 2
        await llm.warm()
        assert sim.connections == 2


async def test_a_server_that_closes_idle_connections_costs_no_reply() -> None:
    async with OpenAISimulator(QUICK, idle_timeout=0.2) as sim, talking(sim) as llm:
        await llm.warm()
        await asyncio.sleep(0.5)
        assert text_of(await ask(llm)) == ANSWER


# --- Cancelling


@pytest.mark.parametrize("way", ["closed", "cancelled"])
async def test_a_reply_that_nobody_wants_ends_at_the_server_at_once(way: str) -> None:
    """At any moment: before the first token, and after any number of them."""
    delays, written_since = [], []
    quick = replace(FIXED, llm_first_token_delay=Always(0.05))
    # So long that no stall of the machine lets it come to its end before it is broken off.
    async with OpenAISimulator(quick, reply=lambda body: long_reply(5_000)) as sim, talking(sim) as llm:
        await llm.warm()
        for tokens in [0, 1, 2, 5, 9] * 3:
            closed_at = await (close_after if way == "closed" else cancel_after)(llm, sim, tokens)
            request = sim.requests[-1]
            await until(lambda: sim.requests[-1].gone_at is not None)
            assert request.gone_at is not None
            delays.append(request.gone_at - closed_at)
            written_since.append(request.tokens - tokens)
    print(f"gone after {statistics.median(delays) * 1000:.1f} ms, at most {max(delays) * 1000:.1f} ms")
    assert statistics.median(delays) < 0.05
    assert min(written_since) >= 0
    assert statistics.median(written_since) <= 3


async def close_after(llm: OpenAIChat, sim: OpenAISimulator, tokens: int) -> float:
    """Close the iterator between two tokens; returns when."""
    reply = llm.generate(HELLO)
    for _ in range(max(tokens, 1)):
        await anext(reply)
    closed_at = asyncio.get_running_loop().time()
    await reply.aclose()
    return closed_at


async def cancel_after(llm: OpenAIChat, sim: OpenAISimulator, tokens: int) -> float:
    """Cancel the task that waits for the first token, or for the one after so many; returns when."""
    before = len(sim.requests)
    came = asyncio.Semaphore(0)

    async def listen() -> None:
        async for _ in llm.generate(HELLO):
            came.release()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(listen())
        await until(lambda: len(sim.requests) > before)
        for _ in range(tokens):
            await came.acquire()
        await asyncio.sleep(0.004)
        cancelled_at = asyncio.get_running_loop().time()
        task.cancel()
    return cancelled_at


async def test_nothing_is_left_behind(recwarn: pytest.WarningsRecorder) -> None:
    """No task, no complaint of the loop or the garbage collector, no open connection."""
    loop = asyncio.get_running_loop()
    complaints: list[object] = []
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    async with OpenAISimulator(QUICK) as sim:
        async with talking(sim) as llm:
            await llm.warm()
            before = own_tasks()
            for tokens in (1, 4):
                await close_after(llm, sim, tokens)
                await cancel_after(llm, sim, tokens)
            unstarted = llm.generate(HELLO)
            await unstarted.aclose()
            sim.faults = [Fault("drop", after=2)]
            await failure(llm, Unavailable)
            await asyncio.sleep(0.02)
            assert own_tasks() == before
        gc.collect()
        await until(lambda: sim.open_connections == 0)
    assert complaints == []
    assert [str(warning.message) for warning in recwarn] == []


def own_tasks() -> set[object]:
    """All tasks but the simulator's."""
    return {task for task in asyncio.all_tasks() if "RequestHandler" not in repr(task.get_coro())}


# --- Start and speed


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    program = (
        "import sys, json; from pipeline.providers.openai import OpenAIChat; OpenAIChat(api_key='x');"
        "print(json.dumps([name for name in ('openai', 'httpx2', 'pydantic', 'anyio') if name in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=WAIT_LIMIT
    )
    assert json.loads(done.stdout) == []


IN_MID_IMPORT = """
import importlib.abc, importlib.machinery, sys, threading, time

class Slow(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name != "httpx._api":  # the first part of httpx that its __init__ imports
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        run = spec.loader.exec_module
        spec.loader.exec_module = lambda module: (begun.set(), time.sleep(1.0), run(module))
        return spec

import openai
from pipeline.providers.openai.client import load_client
from pipeline.providers.openai.wire import service
assert "httpx" not in sys.modules
begun = threading.Event()
sys.meta_path.insert(0, Slow())
threading.Thread(target=__import__, args=("httpx",)).start()
begun.wait()
load_client(service("http://127.0.0.1:9/v1", None))
"""


def test_the_sdk_is_loaded_while_another_one_is_being_imported() -> None:
    """The other SDKs import httpx, in threads of their own; this SDK looks at that module when it makes a client."""
    done = subprocess.run(
        [sys.executable, "-c", IN_MID_IMPORT], capture_output=True, text=True, check=False, timeout=WAIT_LIMIT
    )
    assert done.returncode == 0, done.stderr


async def test_loading_the_sdk_does_not_stop_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is loaded in a thread; here as something slow, for it can be imported only once."""

    def slow(*given: Any) -> Any:
        time.sleep(0.3)
        return client.load_client(*given)

    monkeypatch.setattr(chat, "load_client", slow)
    loop = asyncio.get_running_loop()
    async with OpenAISimulator(QUICK) as sim:
        llm = OpenAIChat(api_key=KEY, base_url=sim.url)
        turns = 0
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(ask(llm)) for _ in range(2)]
            end_at = loop.time() + 0.25
            while loop.time() < end_at:
                turns += 1
                await asyncio.sleep(0.005)
        assert turns > 10
        assert [text_of(task.result()) for task in asked] == [ANSWER] * 2
        await llm.aclose()


async def test_the_client_adds_little_to_the_first_token() -> None:
    loop = asyncio.get_running_loop()
    on_the_way_out, on_the_way_back = [], []
    async with OpenAISimulator(QUICK) as sim, talking(sim) as llm:
        for _ in range(10):
            await llm.warm()
            asked_at = loop.time()
            async with aclosing(llm.generate(HELLO)) as reply:
                await anext(reply)
                heard_at = loop.time()
            request = sim.requests[-1]
            assert request.first_token_at is not None
            on_the_way_out.append(request.at - asked_at)
            on_the_way_back.append(heard_at - request.first_token_at)
    print(f"request {statistics.median(on_the_way_out) * 1000:.1f} ms, ", end="")
    print(f"first token {statistics.median(on_the_way_back) * 1000:.1f} ms")
    assert statistics.median(on_the_way_out) + statistics.median(on_the_way_back) < 0.05
