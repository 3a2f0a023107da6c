"""One run of the benchmark: everything that is measured, one after the other."""

import asyncio
import json
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bot.caller.recording import Recording
from pipeline.wav import WavSound, save_sound
from tests.bench.barge_ins import barge_ins
from tests.bench.demo_talk import DemoTalk, demo_talk
from tests.bench.evidence import Evidence, complaints, metrics_of
from tests.bench.faults import FaultTurns, fault_turns
from tests.bench.load import Load, LoadWatch
from tests.bench.processes import Simulators, Usage
from tests.bench.report import Measured
from tests.bench.sessions import ColdStart, cold_starts, sessions
from tests.bench.speech import Phrasebook, vocabulary
from tests.bench.summary_turns import SummaryTurns, plain_delays, summary_turns
from tests.bench.talk import Said, Talk
from tests.bench.tool_turns import ToolTurns, tool_turns
from tests.bench.turns import turns
from tests.support.access import Server
from tests.support.bot_process import COMMAND, BotProcess
from tests.support.caller import Caller
from tests.support.floor import measure_floor

T = TypeVar("T")

ROOM, SIDE_ROOM = "bench", "bench-beside"
TOOLS = Path(__file__).with_name("many_tools.py")
SUMMARIZING = ("-m", "tests.bench.summarizing")
MCP_SERVER = Path(__file__).parents[1] / "bot" / "tools" / "small_mcp_server.py"
GREETING = "Hello there."
GREETING_DELAY = 5.0
"""Seconds in which a greeting ends, and with it the work of starting."""

MEMORY_INTERVAL = 10.0
"""Seconds between looks at the talking bot's memory: each takes some ms of its time."""


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    turns: int = 100
    barge_ins: int = 30
    floor_bursts: int = 40
    cold_starts: int = 5
    idle_duration: float = 10.0
    """Seconds."""
    sessions: tuple[int, ...] = (1, 2, 4)
    """Numbers of bots in one process."""
    sessions_duration: float = 8.0
    """Seconds for which each number of them listens."""
    tool_turns: int = 20
    """With an instant tool; as many with a slow one, and without any."""
    summary_turns: int = 50
    """While summaries are made; as many without, where these are not measured anyway."""
    demo_turns: int = 24
    """With what runs on this machine alone."""
    fault_turns: int = 10
    """With each fault of a provider."""


QUICK = Extent(
    turns=10,
    barge_ins=4,
    floor_bursts=6,
    cold_starts=1,
    idle_duration=3.0,
    sessions=(1, 2),
    sessions_duration=3.0,
    tool_turns=2,
    summary_turns=5,
    demo_turns=3,
    fault_turns=1,
)


class BotEnded(Exception):
    """The bot's process ended by itself."""


@dataclass(frozen=True)
class Talked:
    """What is left of the talk when it is over."""

    said: Sequence[Said]
    recording: Recording
    ended_at: float
    """Loop time."""
    complaints: Sequence[str]
    """Of the bot's log."""
    cpu: dict[str, float]
    pss: dict[str, list[float]]


def say(line: str) -> None:
    """Tell how it goes, a line on stderr: stdout is for the figures."""
    print(f"bench: {line}", file=sys.stderr, flush=True)


class Bench:
    """Against a server of the benchmark's own. `folder` takes logs, the journal and the recording."""

    def __init__(
        self, extent: Extent, profile: str, seed: int, server: Server, server_pid: int | None, folder: Path
    ) -> None:
        self._extent, self._profile, self._seed = extent, profile, seed
        self._server, self._server_pid, self._folder = server, server_pid, folder
        self._watch = LoadWatch()

    async def run(self) -> Measured:
        """Measure. Raises BotEnded and TalkFailed, when there is nothing to measure."""
        return await self._watched(self._measure)

    async def run_tools(self) -> tuple[ToolTurns, Load]:
        """Measure the turns with tools alone, and those without any beside them. Raises as `run`."""
        return await self._watched(self._measure_tools)

    async def run_summaries(self) -> tuple[SummaryTurns, Load]:
        """Measure the turns with summaries alone, and those without any beside them. Raises as `run`."""
        return await self._watched(self._measure_summaries)

    async def run_demo(self) -> tuple[DemoTalk, Load]:
        """Measure a bot without simulators, with what runs on this machine. Raises as `run`."""
        return await self._watched(self._measure_demo)

    async def run_faults(self) -> tuple[FaultTurns, Load]:
        """Measure what is noticed of providers that fail. Raises as `run`."""
        say("looking whether this machine has nothing else to do")
        await self._watch.before()
        self._watch.add(self._server_pid)
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(self._watch.watch())
            measured = await fault_turns(self._server, self._folder, self._extent.fault_turns, self._watch, say)
            watching.cancel()
        return measured, self._watch.load

    async def _watched(self, measure: Callable[[Simulators, dict[str, str]], Awaitable[T]]) -> T:
        for journal in (self._journal, self._tool_journal, self._summary_journal):
            journal.unlink(missing_ok=True)  # of an earlier run: a journal is appended to
        say("looking whether this machine has nothing else to do")
        await self._watch.before()
        words = dict.fromkeys(vocabulary())
        with Simulators(self._profile, words, self._seed, self._folder) as simulators:
            self._watch.add(self._server_pid)
            self._watch.add(simulators.pid)
            settings = simulators.bot_settings(self._server)
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(self._watch.watch())
                measured = await measure(simulators, settings)
                watching.cancel()
        return measured

    async def _measure(self, simulators: Simulators, settings: dict[str, str]) -> Measured:
        extent, server, watch, folder = self._extent, self._server, self._watch, self._folder
        say("the transport's echo floor")
        floors = [await measure_floor(server, extent.floor_bursts, room="floor-before")]
        say("cold starts")
        starts = await cold_starts(server, settings, folder, extent.cold_starts, GREETING, watch)
        talked = await self._talk(settings)
        say("decoding what was heard")
        save_sound(folder / "heard.wav", WavSound(talked.recording.samples, talked.recording.rate))
        evidence = self._evidence(talked, simulators, self._journal)
        floors.append(await measure_floor(server, extent.floor_bursts, room="floor-after"))
        bare = plain_delays(turns(evidence))
        with_tools = await self._tools(simulators, settings, bare)
        with_summaries = await self._summaries(simulators, settings, bare)
        several = await sessions(server, settings, folder, extent.sessions, extent.sessions_duration, watch, say)
        return Measured(
            profile=self._profile,
            load=watch.load,
            floors=floors,
            turns=turns(evidence),
            barge_ins=barge_ins(evidence),
            metrics=evidence.metrics,
            starts=starts,
            sessions=several,
            tools=with_tools,
            summaries=with_summaries,
            cpu=talked.cpu,
            pss=talked.pss,
            complaints=[*talked.complaints, *_bad_ends(starts)],
        )

    async def _talk(self, settings: dict[str, str]) -> Talked:
        extent, server = self._extent, self._server
        cpu: dict[str, float] = {}
        pss: dict[str, list[float]] = {"idle": [], "talking": []}
        arguments = ("--room", ROOM, "--greeting", GREETING, "--journal", str(self._journal))
        async with Caller(server.url, server.api_key, server.api_secret, room=ROOM) as caller:
            with BotProcess(*arguments, settings=settings, folder=self._folder) as bot:
                self._watch.add(bot.pid)
                await bot.joined()
                await asyncio.sleep(GREETING_DELAY)
                usage = Usage(bot.pid)
                await asyncio.sleep(extent.idle_duration)
                cpu["idle"] = usage.cpu()
                pss["idle"].append(usage.pss())
                talk = Talk(caller, Phrasebook(self._seed), self._seed, say, lambda: _check(bot))
                async with asyncio.TaskGroup() as group:
                    remembering = group.create_task(_remember(usage, pss["talking"]))
                    usage.mark()
                    await talk.turns(extent.turns)
                    cpu["in turns"] = usage.cpu()
                    await talk.barge_ins(extent.barge_ins)
                    await talk.tale(usage.mark)
                    cpu["speaking"] = usage.cpu()
                    remembering.cancel()
                ended_at = asyncio.get_running_loop().time()
                self._watch.remove(bot.pid)
                bot.send(signal.SIGTERM)
                code = await bot.ends()
                complained = [*complaints(bot.output), *([f"told to leave, it ended with code {code}"] if code else [])]
        return Talked(talk.said, caller.recording, ended_at, complained, cpu, pss)

    async def _measure_tools(self, simulators: Simulators, settings: dict[str, str]) -> tuple[ToolTurns, Load]:
        bare = await self._bare(simulators, settings, self._extent.tool_turns)
        return await self._tools(simulators, settings, bare), self._watch.load

    async def _measure_summaries(self, simulators: Simulators, settings: dict[str, str]) -> tuple[SummaryTurns, Load]:
        bare = await self._bare(simulators, settings, self._extent.summary_turns)
        return await self._summaries(simulators, settings, bare), self._watch.load

    async def _measure_demo(self, simulators: Simulators, settings: dict[str, str]) -> tuple[DemoTalk, Load]:
        own = {name: value for name, value in settings.items() if name not in simulators.settings}
        count, watch = self._extent.demo_turns, self._watch
        return await demo_talk(self._server, own, self._folder, count, watch, say), watch.load

    async def _bare(self, simulators: Simulators, settings: dict[str, str], count: int) -> list[float]:
        """Voice-to-voice of turns with nothing beside them. Seconds."""
        say("turns of a bot without anything beside them")
        talked = await self._side_talk(settings, self._journal, count)
        return plain_delays(turns(self._evidence(talked, simulators, self._journal)))

    async def _tools(self, simulators: Simulators, settings: dict[str, str], bare: list[float]) -> ToolTurns:
        say("turns of a bot with 30 tools and two MCP servers")
        program = {"command": sys.executable, "args": [str(MCP_SERVER)]}
        servers = self._folder / "mcp.json"
        servers.write_text(json.dumps({"mcpServers": {"one": program, "two": program}}))
        count, journal = self._extent.tool_turns, self._tool_journal
        talked = await self._side_talk(
            settings, journal, count, "--tools", str(TOOLS), "--mcp", str(servers), tool_turns=count
        )
        return tool_turns(self._evidence(talked, simulators, journal), journal, bare)

    async def _summaries(self, simulators: Simulators, settings: dict[str, str], bare: list[float]) -> SummaryTurns:
        say("turns of a bot that summarizes every few of them")
        count, journal = self._extent.summary_turns, self._summary_journal
        talked = await self._side_talk(settings, journal, count, program=SUMMARIZING)
        return summary_turns(self._evidence(talked, simulators, journal), bare)

    async def _side_talk(
        self,
        settings: dict[str, str],
        journal: Path,
        count: int,
        *arguments: str,
        tool_turns: int = 0,
        program: Sequence[str] = COMMAND,
    ) -> Talked:
        """Talk with another bot: `count` turns without calls, and then some with."""
        server = self._server
        options = ("--room", SIDE_ROOM, "--greeting", GREETING, "--journal", str(journal), *arguments)
        async with Caller(server.url, server.api_key, server.api_secret, room=SIDE_ROOM) as caller:
            with BotProcess(*options, settings=settings, folder=self._folder, program=program) as bot:
                self._watch.add(bot.pid)
                await bot.joined()
                await asyncio.sleep(GREETING_DELAY)
                talk = Talk(caller, Phrasebook(self._seed), self._seed, say, lambda: _check(bot))
                await talk.turns(count)
                await talk.tools(tool_turns)
                ended_at = asyncio.get_running_loop().time()
                self._watch.remove(bot.pid)
                bot.send(signal.SIGTERM)
                await bot.ends()
        return Talked(talk.said, caller.recording, ended_at, complaints(bot.output), {}, {})

    def _evidence(self, talked: Talked, simulators: Simulators, journal: Path) -> Evidence:
        return Evidence(talked.said, talked.recording, simulators.log(), metrics_of(journal), talked.ended_at)

    @property
    def _journal(self) -> Path:
        return self._folder / "journal.jsonl"

    @property
    def _tool_journal(self) -> Path:
        return self._folder / "tools.jsonl"

    @property
    def _summary_journal(self) -> Path:
        return self._folder / "summaries.jsonl"


def _check(bot: BotProcess) -> None:
    if bot.code is not None:
        raise BotEnded(f"the bot ended by itself, with code {bot.code}; it said:\n{bot.output[-4000:]}")


async def _remember(usage: Usage, pss: list[float]) -> None:
    while True:
        pss.append(usage.pss())
        await asyncio.sleep(MEMORY_INTERVAL)


def _bad_ends(starts: Sequence[ColdStart]) -> list[str]:
    return [f"told to leave after a cold start, it ended with code {code}" for start in starts if (code := start.code)]
