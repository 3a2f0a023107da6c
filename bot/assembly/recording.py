"""What records the calls of a bot, put together from its settings; and the attribute that shows it."""

import logging
from collections.abc import Callable

from bot.settings.settings import Settings
from pipeline.errors import SettingsError
from pipeline.recording.file_names import make_folder
from pipeline.recording.recorder import Recorder, RecordingState
from pipeline.recording.redaction import RecordingRedaction

log = logging.getLogger(__name__)

RECORDING_ATTRIBUTE = "rawbot.recording"
"""The bot's attribute with `on` while the call is recorded, and `paused`; else empty."""

NO_CONSENT = (
    "calls are recorded, and nobody is informed: in many places the law asks for that. --record-consent TEXT is said "
    "before anything of a person is recorded"
)


def make_recorder(
    settings: Settings,
    rate: int,
    show: Callable[[dict[str, str]], None],
    *,
    has_voice: bool,
    redaction: RecordingRedaction | None = None,
) -> Recorder | None:
    """Make it, if calls are to be recorded. `rate` is that of the bot's voice, Hz. `redaction` hides words in it.

    Raises SettingsError for a folder that cannot be made, and for words that nobody could say.
    """
    if settings.record is None:
        return None
    if settings.record_consent and not has_voice:
        raise SettingsError(["--record-consent is said by the voice, and there is none: choose one with --tts."])
    try:
        make_folder(settings.record)
    except OSError as error:
        raise SettingsError(
            [f"--record {settings.record} cannot be made ({error.strerror}): choose another place."]
        ) from None
    if not settings.record_consent:
        log.warning(NO_CONSENT)

    def show_state(state: RecordingState) -> None:
        show({RECORDING_ATTRIBUTE: state})

    return Recorder(settings.record, rate, consent=settings.record_consent or "", redaction=redaction, show=show_state)
