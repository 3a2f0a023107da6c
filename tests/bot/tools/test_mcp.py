"""The MCP client with real servers: those of the SDK, as a program and over HTTP, and one that starts at once."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil
import pytest
import uvicorn

from bot import VoiceBot
from bot.tools.callable_tool import CallableTool
from bot.tools.mcp.connection import UNREADABLE
from bot.tools.mcp.program import environment
from bot.tools.mcp.server_config import McpServer
from bot.tools.mcp.servers import McpServers
from bot.tools.toolbox import Toolbox
from pipeline.errors import SettingsError
from pipeline.messages import ToolRequest
from pipeline.ports import ToolResult
from pipeline.testing import Scene
from tests.bot.tools.conversation import Conversation
from tests.bot.tools.sdk_mcp_server import make_server
from tests.support.own_port import HOST as LOOPBACK
from tests.support.own_port import OwnPort
from tests.support.waiting import WAIT_LIMIT, until

SMALL, SDK = (str(Path(__file__).with_name(name)) for name in ("small_mcp_server.py", "sdk_mcp_server.py"))


def python(name: str, *flags: str, script: str = SMALL, **more: object) -> McpServer:
    return McpServer(name, command=sys.executable, args=(script, *flags), **more)  # type: ignore[arg-type]


class Client:
    """A toolbox with MCP servers."""

    def __init__(self) -> None:
        self.toolbox = Toolbox((), {})
        self._arrived: asyncio.Queue[str] = asyncio.Queue()

    def take(self, source: str, tools: Sequence[CallableTool]) -> None:
        self.toolbox.replace(source, tools)
        self._arrived.put_nowait(source)

    async def arrives(self, *sources: str) -> None:
        """Wait for the tools of these servers."""
        missing = set(sources)
        async with asyncio.timeout(WAIT_LIMIT):
            while missing:
                missing.discard(await self._arrived.get())

    def forget_arrivals(self) -> None:
        self._arrived = asyncio.Queue()

    @property
    def names(self) -> list[str]:
        return sorted(it.name for it in self.toolbox.definitions)

    async def call(self, name: str, arguments: str = "{}", conversation: Conversation | None = None) -> ToolResult:
        async with asyncio.timeout(WAIT_LIMIT):
            return await self.toolbox.call(ToolRequest("1", name, arguments), conversation or Conversation())

    async def pid(self, name: str = "pid") -> int:
        return int((await self.call(name)).text)


@asynccontextmanager
async def connected(*servers: McpServer, arriving: bool = True, reserved: Sequence[str] = ()) -> AsyncIterator[Client]:
    client = Client()
    running = asyncio.create_task(McpServers(servers, client.take).run(reserved))
    try:
        if arriving:
            await client.arrives(*(server.name for server in servers))
        yield client
        assert not running.done()
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


def is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.fixture
def port() -> Iterator[OwnPort]:
    with OwnPort() as port:
        yield port


async def test_a_program_gives_its_tools() -> None:
    async with connected(python("one", script=SDK, deny=("rows",))) as client:
        assert client.names == ["add", "clarify", "dotted_name", "fail", "grow", "prices", "show", "weather"]
        (add,) = [it for it in client.toolbox.definitions if it.name == "add"]
        assert add.description == "Add two numbers."
        assert list(add.parameters["properties"]) == ["a", "b"]  # type: ignore[call-overload]
        assert await client.call("add", '{"a": 1, "b": 2}') == ToolResult("3")
        assert await client.call("dotted_name") == ToolResult("dotted")
        assert (await client.call("show")).text.splitlines() == [
            "Look:",
            "[an image, image/png, 3 kB: it cannot be shown here]",
            "[a link to menu: file:///menu.pdf, the menu]",
            "of a file",
            "[a file file:///b.bin, of an unknown type, 1 kB]",
        ]
        wrong = await client.call("add", '{"a": "x", "b": 2}')
        assert wrong.is_error
        assert "a" in wrong.text
        failed = await client.call("fail")
        assert failed.is_error
        assert "there is no such row" in failed.text
        assert await client.call("prices") == ToolResult("[7,9]")
        assert await client.call("weather", '{"city": "Rome"}') == ToolResult(
            '{"temperature":21.5,"conditions":"sunny in Rome"}'
        )
        elsewhere = await client.call("weather", '{"city": "Oslo"}')
        assert elsewhere.is_error
        assert "'Paris' or 'Rome'" in elsewhere.text


async def test_what_a_server_asks_of_its_client_is_refused_and_told(port: OwnPort) -> None:
    server = McpServer("web", url=f"http://{LOOPBACK}:{port.number}/mcp")
    async with serving(port), connected(server) as client:
        result = await client.call("clarify")
        assert result.is_error
        assert "licitation" in result.text
        assert await client.call("prices") == ToolResult("[7,9]")


@pytest.mark.parametrize("protocol", ["older", "newer"])
async def test_tools_that_change_are_offered_anew(protocol: str, port: OwnPort) -> None:
    """Older servers say so unasked, newer ones to whoever has asked them to."""
    server = McpServer("it", url=f"http://{LOOPBACK}:{port.number}/mcp") if protocol == "newer" else python("it", "odd")
    async with serving(port), connected(server) as client:
        assert "grown" not in client.names
        assert await client.call("grow") == ToolResult("grown")
        await client.arrives("it")
        assert "grown" in client.names


async def test_an_answer_is_told_in_whatever_form_it_comes(caplog: pytest.LogCaptureFixture) -> None:
    async with connected(python("one", "odd", allow=("misfit", "garbled", "task", "either"))) as client:
        assert client.names == ["either", "garbled", "misfit"], "a task is no answer"
        assert await client.call("misfit") == ToolResult('{"price":"seven"}')
        assert await client.call("garbled") == ToolResult(UNREADABLE, is_error=True)
        assert await client.call("either", '{"name": null}') == ToolResult("{}")
        (either,) = [it for it in client.toolbox.definitions if it.name == "either"]
        assert either.parameters == {"type": "object", "properties": {"name": {"type": "string"}}, "required": []}
    (warning,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert warning == (
        "MCP server one, called for garbled: it answers in no form of MCP (content: Input should be a valid list)"
    )
    assert "Traceback" not in caplog.text


async def test_only_tools_that_are_allowed_are_offered_and_the_program_ends_with_the_bot(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with connected(python("one", allow=("pid", "pdi"))) as client:
        assert client.names == ["pid"]
        pid = await client.pid()
        assert is_alive(pid)
    await until(lambda: not is_alive(pid))
    assert "MCP server one has no tool pdi; it has pid, read_or_die, write_or_die, count" in caplog.messages


async def test_what_a_server_says_of_its_progress_is_reported_and_its_calls_have_its_timeout() -> None:
    async with connected(python("one", timeout=99.0)) as client:
        assert {it.timeout for it in client.toolbox.definitions} == {99.0}
        conversation = Conversation()
        assert await client.call("count", conversation=conversation) == ToolResult("counted")
        assert conversation.done == [("report_progress", "Half of it.")]


async def test_tools_of_one_name_are_told_apart() -> None:
    servers = [python(name, allow=("pid",)) for name in ("one", "two")]
    async with connected(*servers) as client:
        (second,) = set(client.names) - {"pid"}
        assert second in ("one_pid", "two_pid")
        assert await client.pid() != await client.pid(second)


async def test_a_tool_does_not_take_the_name_of_a_function() -> None:
    async with connected(python("one", allow=("pid",)), reserved=("pid",)) as client:
        assert client.names == ["one_pid"]


@pytest.mark.parametrize(("tool", "is_repeated"), [("read_or_die", True), ("write_or_die", False)])
async def test_a_server_that_dies_is_started_again_and_a_call_repeated_only_where_that_is_harmless(
    tool: str, is_repeated: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with connected(python("one")) as client:
        before = await client.pid()
        result = await client.call(tool, f'{{"mark": "{tmp_path / "mark"}"}}')
        assert result.is_error is not is_repeated
        assert (result.text == "lives") is is_repeated
        if not is_repeated:
            assert "not known whether it was done" in result.text
        after = await client.pid()
        assert after != before
    await until(lambda: not is_alive(after))
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert warnings == ["MCP server one is away, and is tried again: it has ended (it says: starting)"]


async def test_a_server_that_is_killed_between_two_calls_is_started_again_at_once() -> None:
    async with connected(python("one")) as client:
        before = await client.pid()
        os.kill(before, signal.SIGKILL)
        await client.arrives("one")
        assert await client.pid() != before


async def test_a_server_that_a_cancelled_call_has_stopped_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.tools.mcp.connection.PROBE_TIMEOUT", 0.3)
    async with connected(python("one")) as client:
        before = await client.pid()
        os.kill(before, signal.SIGSTOP)
        call = asyncio.create_task(client.call("pid"))
        await asyncio.sleep(0.1)
        call.cancel()
        await client.arrives("one")
        assert await client.pid() != before
    await until(lambda: not is_alive(before))


async def test_rubbish_on_stdout_is_passed_over_and_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    async with connected(python("one", "rubbish")) as client:
        assert await client.pid()
    assert [record.getMessage() for record in caplog.records if record.levelname != "INFO"] == [
        "MCP server one writes to its stdout what is no message; have it write that to stderr"
    ]


async def test_servers_that_cannot_be_had_are_reported_and_delay_no_other(
    port: OwnPort, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    quits = tmp_path / "quits.py"
    quits.write_text("import sys\nsys.exit('no database')")
    servers = (
        McpServer("missing", command="rawbot-no-such-program"),
        python("broken", "broken"),
        python("quits", script=str(quits)),
        McpServer("nowhere", url=f"http://{LOOPBACK}:{port.number}/mcp"),
    )
    async with connected(*servers, python("one"), arriving=False) as client:
        await client.arrives("one")
        assert await client.pid()
        await until(lambda: sum(record.levelname in ("ERROR", "WARNING") for record in caplog.records) >= 4)
    told = sorted(record.getMessage() for record in caplog.records if record.levelname in ("ERROR", "WARNING"))
    assert told[0] == (
        "MCP server broken is away, and is tried again: "
        "it answers in no form of MCP (tools.0.inputSchema.type: Field required) (it says: starting)"
    )
    assert told[1].startswith("MCP server nowhere is away, and is tried again: ")
    assert told[2] == "MCP server quits is away, and is tried again: Connection closed (it says: no database)"
    assert told[3] == (
        "the MCP server missing has command='rawbot-no-such-program', which is no program here: "
        "install it, or correct it"
    )
    assert len(told) == 4


def test_a_program_is_given_the_ways_into_the_network_and_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PATH", "https_proxy", "SSL_CERT_FILE", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, "x")
    given = environment(McpServer("one", command="x", env={"OWN": "y", "PATH": "z"}))
    assert given.items() >= {"OWN": "y", "PATH": "z", "https_proxy": "x", "SSL_CERT_FILE": "x"}.items()
    assert "OPENAI_API_KEY" not in given


async def test_a_program_that_does_not_want_to_end_is_killed() -> None:
    async with connected(python("one", "stubborn")) as client:
        pid = await client.pid()
    await until(lambda: not is_alive(pid))


HOST = f"""
import asyncio, sys
sys.path.insert(0, {str(Path(__file__).parents[3])!r})
from bot.tools.mcp.server_config import McpServer
from bot.tools.mcp.servers import McpServers
from bot.tools.toolbox import Toolbox
from pipeline.messages import ToolRequest
from tests.bot.tools.conversation import Conversation

async def main():
    toolbox = Toolbox((), {{}})
    server = McpServer("one", command=sys.argv[1], args=tuple(sys.argv[2:]))
    running = asyncio.create_task(McpServers([server], toolbox.replace).run(()))
    while not toolbox.definitions:
        await asyncio.sleep(0.01)
    print((await toolbox.call(ToolRequest("1", "pid", "{{}}"), Conversation())).text, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.platform("linux", reason="the kernel of Linux ends children with their parent")
async def test_no_program_outlives_a_bot_that_is_killed() -> None:
    """Also not one that another has started, as uvx and npx do."""
    command = ("sh", "-c", '"$@"; true', "sh", sys.executable, SMALL, "stubborn")
    host = subprocess.Popen([sys.executable, "-c", HOST, *command], stdout=subprocess.PIPE, text=True)  # noqa: ASYNC220
    try:
        assert host.stdout is not None
        pid = int(await asyncio.to_thread(host.stdout.readline))
        assert is_alive(pid)
    finally:
        host.kill()
        host.communicate()
    await until(lambda: not is_alive(pid))


@asynccontextmanager
async def serving(port: OwnPort) -> AsyncIterator[None]:
    """Serve an address."""
    app = make_server().streamable_http_app()
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=0))
    running = asyncio.create_task(server.serve([port.socket()]))
    try:
        yield
    finally:
        server.should_exit = True
        await running


async def test_a_server_over_http_comes_goes_and_comes_again(port: OwnPort, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.tools.mcp.connection.RETURN_TIMEOUT", 0.5)
    server = McpServer("web", url=f"http://{LOOPBACK}:{port.number}/mcp")
    async with connected(server, arriving=False) as client:
        async with serving(port):
            await client.arrives("web")
            assert await client.call("rows") == ToolResult('[{"name":"Ann"},{"name":"Bo"}]')
        for _ in range(2):
            assert (await client.call("add", '{"a": 1, "b": 2}')).is_error, "the second one knows that it is away"
        client.forget_arrivals()
        async with serving(port):
            await client.arrives("web")
            assert await client.call("add", '{"a": 2, "b": 2}') == ToolResult("4")


async def test_a_bot_offers_the_tools_of_its_servers_and_leaves_no_process_behind() -> None:
    scene = Scene()
    given = {"small": {"command": sys.executable, "args": [SMALL], "allow": ["pid"]}}
    async with VoiceBot(room=scene, tools=["end_call"], mcp_servers=given) as bot:
        await until(lambda: len(scene.session.state.agent.tools) == 2)
        assert [tool.name for tool in scene.session.state.agent.tools] == ["end_call", "pid"]
        assert bot.agent_state == "listening"
        (child,) = [it for it in psutil.Process().children() if SMALL in it.cmdline()]
    await until(lambda: not is_alive(child.pid))


async def test_a_server_that_is_killed_in_mid_call_costs_no_answer(tmp_path: Path) -> None:
    scene = Scene()
    scene.llm.calls("write_or_die", mark=str(tmp_path / "mark"))
    scene.llm.answers("I cannot say.")
    async with VoiceBot(room=scene, mcp_servers={"small": {"command": sys.executable, "args": [SMALL]}}) as bot:
        await until(lambda: bool(scene.session.state.agent.tools))
        await bot.generate_reply("Do it.")
        await scene.hears("say.")
        (call,) = [message for message in bot.history if message.role == "tool"]
    assert call.is_error
    assert "not known whether it was done" in call.text
    scene.check_history()


def test_faulty_servers_are_reported_when_the_bot_is_made() -> None:
    with pytest.raises(SettingsError, match="the MCP server small has an unknown key 'comand'; did you mean command"):
        VoiceBot(room=Scene(), mcp_servers={"small": {"comand": "x", "url": "http://${HOST}"}})
