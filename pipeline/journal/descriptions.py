"""Events, commands, and what a step was decided by, in words."""

from typing import Any, assert_never

from pipeline import commands, events
from pipeline.commands import Command, KeptText, StaticText
from pipeline.events import Event, Measurement, MemoryEvent, Request, SummaryEvent, ToolEvent
from pipeline.journal.care_words import END_REASONS, FAULTS
from pipeline.journal.measurements import describe_measurement
from pipeline.messages import ToolRequest, TurnEdit
from pipeline.text.printable import printable

SHOWN = 60
"""Characters of a text that are shown; of a longer one its end."""


def describe_event(event: Event) -> str:
    """An event in words."""
    match event:
        case events.Joined():
            return f"joined the room {shown(event.room)} as {printable(event.identity)}"
        case events.PersonLinked() | events.PersonAway() | events.PersonBack() | events.PersonLeft():
            return f"{printable(event.identity)} {_PRESENCE[type(event)]}"
        case events.ParticipantConnected() | events.ParticipantDisconnected():
            return f"{printable(event.identity)} ({event.kind}) {_PRESENCE[type(event)]}"
        case events.MicrophoneSilent() | events.MicrophoneSilenceEnded():
            return f"{printable(event.identity)}'s microphone {_PRESENCE[type(event)]}"
        case events.ConnectionLost():
            return "the connection to the room is lost"
        case events.ConnectionRestored():
            return "the connection to the room is restored"
        case events.RoomEnded():
            return f"the room has ended ({printable(event.reason)})"
        case events.TextReceived():
            return f"{printable(event.identity)} types {shown(event.text)}"
        case events.DtmfReceived():
            return f"{printable(event.identity)} presses {printable(event.digit)}"
        case events.SpeechStarted():
            return f"speech, since {event.at - event.began_at:.2f} s"
        case events.SpeechStopped():
            return f"silence, since {event.at - event.ended_at:.2f} s, after {event.speech_duration:.2f} s of speech"
        case events.AudioAbsent():
            return f"no more audio from the microphone{', which is on' if event.is_fault else ''}"
        case events.InterimTranscript():
            return f"words {shown(event.text)}, not final"
        case events.FinalTranscript():
            return f"words {shown(event.text)}"
        case events.TranscriberLost():
            return f"the transcriber is lost: {event.error}"
        case events.TranscriberBack():
            return "the transcriber is back"
        case events.PlayoutStarted() | events.PlayoutFinished() | events.ReplyWritten() | events.ReplyReady():
            return f"{event.reply_id} {_REPLIES[type(event)]}"
        case events.PlayoutStalled():
            return (
                f"{event.reply_id} falls silent: {'none of its audio' if event.is_starved else 'the room takes none'}"
            )
        case events.PlayoutResumed():
            return f"{event.reply_id} goes on"
        case events.ToolsRequested():
            return f"{event.reply_id} asks for {', '.join(_named(request) for request in event.requests)}"
        case events.ReplyDelayed():
            return f"{event.reply_id} waits for the voice and is shown as text: {event.error}"
        case events.ReplyFailed():
            return f"{event.reply_id} failed: {event.error}"
        case events.ReplyEnded():
            how = "cut off" if event.is_cut else "over"
            broken = f"; it broke off: {event.error}" if event.error else ""
            return f"{event.reply_id} is {how}, heard {shown(event.heard)}{broken}"
        case events.ProviderLost():
            return f"the {event.provider} is {'given up' if event.is_given_up else 'away'}: {event.error}"
        case events.ProviderBack():
            return f"the {event.provider} is back"
        case events.PersonTransferred():
            return "the person is handed over"
        case events.TransferFailed():
            return f"the person could not be handed over: {event.error}"
        case events.CostGrew():
            return f"the conversation has cost {event.amount:g} more"
        case events.TokensUsed():
            return f"{event.reply_id} has used {event.prompt} + {event.completion} tokens"
        case events.AudioSeen():
            return "a window of audio"
        case events.Tick():
            return "a deadline"
        case events.TurnHookAnswered():
            return f"{event.run_id} {_edited(event.edit)}"
        case events.SummaryMade() | events.SummaryFailed() | events.SummaryTokensUsed():
            return _describe_summary(event)
        case events.MemoryAwaited() | events.MemoryRecalled():
            return _describe_memory(event)
    if isinstance(event, ToolEvent):
        return _describe_tool(event)
    if isinstance(event, Measurement):
        return describe_measurement(event)
    return _describe_request(event)


def _describe_memory(event: MemoryEvent) -> str:
    identity = printable(event.identity)
    match event:
        case events.MemoryAwaited():
            return f"what is known of {identity} is looked up"
        case events.MemoryRecalled():
            memory = event.memory
            known = f"{printable(memory.date)}, {shown(memory.summary)}" if memory is not None else "nothing"
            return f"what is known of {identity}: {known}"
    assert_never(event)


def _describe_summary(event: SummaryEvent) -> str:
    match event:
        case events.SummaryMade():
            return f"{event.summary_id} is made: {shown(event.text)}"
        case events.SummaryFailed():
            return f"{event.summary_id} failed: {event.error}"
        case events.SummaryTokensUsed():
            return f"a summary has used {event.prompt} + {event.completion} tokens"
    assert_never(event)


def _describe_tool(event: ToolEvent) -> str:
    call_id = printable(event.call_id)
    match event:
        case events.ToolReturned():
            return f"the call {call_id} has {'failed' if event.is_error else 'returned'}: {shown(event.text)}"
        case events.ToolProgressed():
            return f"the call {call_id} is at {shown(event.text)}"
        case events.InterruptionsDisallowed():
            return f"the call {call_id} is not to be interrupted"
        case events.EndCallRequested():
            return f"the call {call_id} hangs up{f' after {shown(event.farewell)}' if event.farewell else ''}"
        case events.ScribeRequested():
            return f"the call {call_id} has handed the person over"
        case events.HandOverRequested():
            return f"the call {call_id} hands over to the agent {shown(event.agent.name)}"
    assert_never(event)


def _edited(edit: TurnEdit) -> str:
    if edit.stops_reply:
        return "wants no reply"
    parts = [f"makes it {shown(edit.text)}"] if edit.text is not None else []
    parts += [f"adds {shown(edit.context)}"] if edit.context else []
    return " and ".join(parts) or "leaves the turn as it is"


def _named(request: ToolRequest) -> str:
    return f"{printable(request.name)} {shown(request.arguments)}"


_PRESENCE: dict[type[Event], str] = {
    events.ParticipantConnected: "is in the room",
    events.ParticipantDisconnected: "is no longer in the room",
    events.MicrophoneSilent: (
        "is on and gives nothing but zeros: the wrong device there, packets that do not arrive, or a fault of "
        "LiveKit's client here, as known with telephones"
    ),
    events.MicrophoneSilenceEnded: "no longer gives nothing but zeros",
    events.PersonLinked: "is linked",
    events.PersonAway: "is away, maybe for a moment",
    events.PersonBack: "is back",
    events.PersonLeft: "has left",
}

_REPLIES = {
    events.PlayoutStarted: "is heard from now on",
    events.PlayoutFinished: "was played to its end",
    events.ReplyWritten: "has its first text",
    events.ReplyReady: "has its first audio",
}


def _describe_request(event: Request) -> str:
    match event:
        case events.SayRequested():
            return f"the program says {shown(event.text)} as {event.reply_id}"
        case events.ReplyRequested():
            return f"the program asks for {event.reply_id}, {shown(event.instructions)}"
        case events.SayCancelled():
            return f"the program takes {event.reply_id} back"
        case events.InterruptRequested():
            return "the program interrupts"
        case events.HistoryGiven():
            return f"the conversation goes on from {len(event.messages)} messages"
        case events.InstructionsChanged():
            return f"new instructions {shown(event.instructions)}"
        case events.ToolsChanged():
            return f"new tools: {', '.join(printable(tool.name) for tool in event.tools) or 'none'}"
        case events.AnsweringChanged():
            return f"answers by itself: {'yes' if event.is_on else 'no'}"
    assert_never(event)


def describe_command(command: Command) -> str:
    """A command in words."""
    match command:
        case commands.StartReply():
            return _describe_start(command)
        case commands.TurnCommitted(message):
            return f"commit the turn{' as a backchannel' if message.is_backchannel else ''}: {shown(message.text)}"
        case commands.ReplyCommitted(reply_id, message):
            return f"commit {reply_id}: {shown(message.text)}"
        case commands.ToolCommitted(_, message):
            name = _named(message.call) if message.call is not None else "a call"
            return f"commit {name}: {shown(message.text)}"
        case commands.CallTool(_, request):
            return f"call {_named(request)}"
        case commands.CancelTool(call_id):
            return f"cancel the call {printable(call_id)}"
        case commands.DropTool(call_id):
            return f"wait no more for the call {printable(call_id)}"
        case commands.RunTurnHook(run_id, text):
            return f"run {run_id} for {shown(text)}"
        case commands.CancelTurnHook(run_id, is_late):
            return f"give up {run_id}, which takes too long" if is_late else f"call off {run_id}"
        case commands.Summarize(summary_id, messages):
            return f"make {summary_id} of {len(messages)} messages"
        case commands.CancelSummary(summary_id):
            return f"cancel {summary_id}"
        case commands.HangUp():
            return "hang up"
        case commands.KeepSpeech(text):
            return f"have the voice make {shown(text)} for later"
        case commands.GiveUp():
            return "end the bot, as a provider is lost"
        case commands.TransferPerson():
            return "hand the person over, as a provider is lost"
        case commands.CallEnding(_, reason):
            return f"end the call: {END_REASONS[reason]}"
        case commands.Recovered(_, fault):
            return FAULTS[fault]
        case commands.ConversationEnded():
            return f"end the conversation with {printable(command.identity)}"
        case commands.UseAgent(agent_id):
            return f"use what serves {printable(agent_id) or 'the first agent'}"
        case commands.UseTranscriber(agent_id):
            return f"listen with what serves {printable(agent_id) or 'the first agent'}"
        case commands.HandedOver():
            return f"hand over from {shown(command.before)} to {shown(command.agent)}"
        case commands.FinalizeTranscript():
            return "ask the transcriber for what it has"
        case commands.ShowPersonText(_, text):
            return f"show the words {shown(text)}"
        case commands.ShowAgentState(state):
            return f"show that it is {state}"
        case commands.WarmUp():
            return "have the providers ready"
        case commands.DropSpeech(reply_id):
            return f"drop {reply_id}, which was for the person who has left"
        case commands.SpeechOver(reply_id):
            return f"report that {reply_id} is over"
        case (
            commands.Speak(reply_id)
            | commands.Discard(reply_id)
            | commands.Release(reply_id)
            | commands.Duck(reply_id)
            | commands.Hold(reply_id)
            | commands.Resume(reply_id)
            | commands.Cut(reply_id)
        ):
            return f"{type(command).__name__.lower()} {reply_id}"
    assert_never(command)


def _describe_start(command: commands.StartReply) -> str:
    source = command.source
    if isinstance(source, StaticText | KeptText):
        return f"make {command.reply_id}: {shown(source.text)}"
    to = shown(source.messages[-1].text) if source.messages else "nothing yet"
    return f"make {command.reply_id}, {'' if command.speak else 'its text only, '}an answer to {to}"


def describe_grounds(why: dict[str, Any]) -> str:
    """What a step was decided by, in short."""
    floor, text = why.get("floor"), why.get("text")
    parts = []
    if floor == "speaking":
        parts.append(f"{why.get('speech') or 0:.2f} s of speech")
    elif floor == "pausing":
        parts.append(f"{why.get('silence') or 0:.2f} s of silence")
    if why.get("is_endpointed"):
        parts.append("turn over")
    if text:
        parts.append(shown(text))
    parts += [f"held for {' and '.join(why['holds'])}"] if why.get("holds") else []
    return ", ".join(parts)


def shown(text: str) -> str:
    """A text in quotes, on one line, and of a long one its last words."""
    text = " ".join(text.split())
    if len(text) > SHOWN:
        end = text[-SHOWN - 1 :]  # one more: it is blank where a word begins after it
        text = f"… {end.partition(' ')[2] or end[1:]}"
    return f'"{printable(text)}"'
