"""The settings of what leaves the conversation: what is hidden in it."""

from dataclasses import dataclass

from bot.settings.frontend_settings import FrontendSettings
from bot.settings.option import option
from bot.settings.redaction_settings import RedactionList, read_redact, read_redaction_file


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputSettings(FrontendSettings):
    """A part of `Settings`."""

    redact: tuple[str, ...] = option(
        "BOT_REDACT",
        "Running",
        "KINDS",
        "hide these in journal, log, spans and recording: numbers, emails, names",
        read_redact,
        "nothing is hidden",
        default=(),
    )
    redact_file: RedactionList | None = option(
        "BOT_REDACT_FILE",
        "Running",
        "FILE",
        "names to hide, and patterns between slashes: one a line",
        read_redaction_file,
        is_path=True,
        is_read=True,
    )
