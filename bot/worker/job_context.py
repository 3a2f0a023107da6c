"""What an entry is given of its job, and the entry that serves a job without one of the operator's own."""

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from bot.agent import Agent
from bot.providers.registry import KINDS
from bot.settings.reading import no_provider
from bot.settings.settings import Settings
from bot.telemetry.telemetry import Telemetry
from bot.voicebot import VoiceBot
from bot.worker.job import Job
from bot.worker.session_config import SessionConfig, SessionRefused, read_session_config, shortened
from bot.worker.session_settings import session_agent, session_settings, session_warnings, with_texts
from pipeline.errors import SettingsError
from pipeline.messages import Message
from vad.protocol import VoiceActivityDetector

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ProcessContext:
    """A process that will serve one job, before it has it."""

    settings: Settings
    """The operator's, without a room."""
    vad: VoiceActivityDetector
    """Loaded; the job's bot has it."""


class JobContext:
    """One job. `entry(job)` serves it; what it raises fails the job, and it is cancelled when the job is to end."""

    def __init__(
        self,
        job: Job,
        process: ProcessContext,
        *,
        prewarmed: object = None,
        agents: Sequence[Agent] = (),
        history: tuple[Message, ...] = (),
        on_joined: Callable[[], None] = lambda: None,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._job, self._process, self._agents = job, process, agents
        self._on_joined, self._telemetry = on_joined, telemetry
        self._has_joined = False
        self.prewarmed: Any = prewarmed
        """What the operator's `prewarm` has returned."""
        self.history = history
        """What was said before the job's first process died; `bot` goes on from there."""

    @property
    def id(self) -> str:
        """The job's, unique on its server."""
        return self._job.id

    @property
    def room(self) -> str:
        """Name of the room."""
        return self._job.room

    @property
    def participant(self) -> str | None:
        """Identity of the person whom the job is about; None for a job that is about the whole room."""
        return self._job.participant

    @property
    def metadata(self) -> str:
        """What the dispatch says, as it came: from outside. `config` is the same, read and checked."""
        return self._job.metadata

    @property
    def url(self) -> str:
        """Address of the server that has the room."""
        return self._job.url

    @property
    def token(self) -> str:
        """Access token for the room, for `identity`: for a client of your own."""
        return self._job.token

    @property
    def identity(self) -> str:
        """Under which the job is served in the room."""
        return self._job.identity

    @cached_property
    def config(self) -> SessionConfig:
        """The configuration in the metadata. Raises SessionRefused for a faulty one.

        Metadata that do not begin with a brace are no configuration, and ignored: others' dispatches carry plain text.
        """
        metadata = self.metadata.strip()
        if metadata and not metadata.startswith("{"):
            log.warning("the job's metadata are no JSON object, and configure nothing")
            return SessionConfig()
        config = read_session_config(metadata)
        if config.session_id is not None:
            log.info("session %s", config.session_id)
        if unknown := list(config.unknown_fields()):
            log.warning("the job's metadata have fields that configure nothing: %s", shortened(unknown))
        return config

    @cached_property
    def settings(self) -> Settings:
        """The operator's settings in this room, with what `config` says instead. Raises SessionRefused."""
        settings = session_settings(self._job.settings(self._process.settings), self.config)
        if self.history:
            settings = replace(settings, greeting=None, greeting_instructions=None)  # the person was greeted before
        return settings

    @asynccontextmanager
    async def bot(self, **keywords: Any) -> AsyncIterator[VoiceBot]:
        """Have a bot in the job's room for a block: `async with job.bot() as bot`.

        `keywords` are those of `VoiceBot` that go with `settings`: tools, agent, hooks, memory, policy, stt, llm, tts
        ... Raises SessionRefused where `config` asks for what there is not, and what `VoiceBot` raises.
        """
        settings = self.settings
        if missing := [kind for kind in KINDS if getattr(settings, kind) is None and kind not in keywords]:
            raise SettingsError([no_provider(kind) for kind in missing])
        about = {"job_id": self.id, "session_id": self.config.session_id, "job_metadata": self.metadata}
        given = {"vad": self._process.vad, "history": self.history, "telemetry": self._telemetry, **keywords}
        given["metadata"] = about | dict(keywords.get("metadata", {}))
        async with AsyncExitStack() as life:
            try:
                if agent := self._agent(given.pop("agent", None)):
                    given["agent"] = agent
                bot = await life.enter_async_context(VoiceBot(settings, **given))
            except SessionRefused:
                raise
            except SettingsError as error:
                raise SessionRefused(" ".join(error.faults)) from error
            self.joined()
            yield bot

    def joined(self) -> None:
        """Report that the job is served in its room; `bot` does it, and who joins otherwise should."""
        if not self._has_joined:
            self._has_joined = True
            self._on_joined()

    def _agent(self, given: Agent | None) -> Agent | None:
        """Return who begins: the program's choice, else the one that the configuration names."""
        agent = given if given is not None else session_agent(self._agents, self.config)
        return with_texts(agent, self.config) if agent is not None else None


async def serve_voice_bot(job: JobContext) -> None:
    """Serve a job with a bot as the settings say, until its room ends."""
    for warning in session_warnings(job.config, job.settings):
        log.warning("the job's metadata: %s", warning)
    async with job.bot() as bot:
        await bot.wait_closed()
