"""What is measured beside the conversation, in words."""

from typing import assert_never

from pipeline import events
from pipeline.events import Measurement, RepeatKind
from pipeline.text.printable import printable

_REPEATS: dict[RepeatKind, str] = {
    "retry": "{} is asked again",
    "failover": "{} takes over",
    "second": "{} is asked beside a request that is late",
}


def describe_measurement(event: Measurement) -> str:
    """A measurement in words."""
    match event:
        case events.ReplyChunked():
            return f"{event.reply_id} has its first chunk for the voice"
        case events.CharactersUsed():
            return f"{event.reply_id} has used {event.characters} characters of the voice"
        case events.RequestRepeated():
            whose = f" for {event.reply_id}" if event.reply_id else ""
            why = f": {printable(event.reason)}" if event.reason else ""
            return f"{event.stage}, {_REPEATS[event.how].format(printable(event.provider))}{whose}{why}"
        case events.PlayoutUnderrun():
            return f"{event.reply_id} was silent for {event.duration:.2f} s, as its audio came too late"
        case events.LoopLagged():
            return f"the event loop was {event.lag:.2f} s late"
        case events.UsageCounted():
            return f"used {', '.join(map(str, event.services)) or 'nothing'}"
    assert_never(event)
