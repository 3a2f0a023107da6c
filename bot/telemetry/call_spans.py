"""Makes spans of the calls of one session, from its committed facts and events and from the requests to providers."""

from collections import OrderedDict
from collections.abc import Callable

from bot.telemetry import span_names as names
from bot.telemetry.person_input import PersonInput
from bot.telemetry.span_maker import OpenSpan, SpanMaker
from bot.telemetry.turn_span import SESSION_CLOSED, TurnSpan, message_json, request_span
from bot.telemetry.usage_meter import ProviderRequest, UsageMeter
from pipeline import commands, events
from pipeline.commands import Command
from pipeline.events import AudioSeen, Event
from pipeline.messages import Message, Prompt
from pipeline.metrics import Meter
from pipeline.turn.state import State

MOST_REPLIES = 64
"""Replies whose turn is remembered: what they have cost may be known when they are long over."""


class CallSpans:
    """An observer of a session, behind `meter`, and a listener of `usage`."""

    def __init__(
        self,
        spans: SpanMaker,
        meter: Meter,
        usage: UsageMeter,
        *,
        has_agents: bool,
        content: Callable[[str], str] | None = None,
    ) -> None:
        """`content` makes what is said fit for a span; None where spans hold no words."""
        self._spans, self._meter, self._usage = spans, meter, usage
        self._has_agents, self._content = has_agents, content
        self._call: OpenSpan | None = None
        self._input = PersonInput()
        self._coming: TurnSpan | None = None  # the turn that the person is in, if anything was made for it
        self._latest: TurnSpan | None = None  # the turn that was answered last, or is being answered
        self._open: list[TurnSpan] = []
        self._by_reply = OrderedDict[str, TurnSpan]()
        self._turns = 0
        self._at = 0.0
        usage.add_listener(self._requested)

    def observe(self, event: Event, state: State, ordered: tuple[Command, ...]) -> None:
        """Take one step of the session."""
        if isinstance(event, AudioSeen) and not ordered:
            return
        self._at = event.at
        self._begin_call(state)
        if self._call is None:
            return
        self._input.take(event)
        self._take_reply(event)
        for command in ordered:
            self._decided(command, state)
        self._close_idle()

    def finish(self) -> None:
        """End what is open: the session is over."""
        self._end_call(self._at)

    def _take_reply(self, event: Event) -> None:
        if not isinstance(event, events.ReplyEvent) or (turn := self._by_reply.get(event.reply_id)) is None:
            return
        match event:
            case events.PlayoutStarted(at, reply_id):
                turn.plays(reply_id, at)
                last = self._meter.last_answer
                if last is not None and last.reply_id == reply_id:
                    turn.span.put(names.VOICE_TO_VOICE, last.voice_to_voice_delay)
            case events.ReplyFailed(at, reply_id):
                turn.fails(reply_id, at)
            case events.ReplyEnded():
                turn.ends(event.reply_id, event.at, is_cut=event.is_cut, is_broken=event.error is not None)

    def _decided(self, command: Command, state: State) -> None:
        match command:
            case commands.StartReply():
                self._begin_reply(command, state)
            case commands.Discard(reply_id):
                if (turn := self._by_reply.get(reply_id)) is not None:
                    turn.drops(reply_id, self._at)
            case commands.TurnCommitted(message):
                self._commit(message, state)
            case commands.ReplyCommitted(reply_id, message):
                if (turn := self._by_reply.get(reply_id)) is not None:
                    turn.span.put(names.OUTPUT_MESSAGES, message_json(message, self._shown))
            case commands.CallTool(reply_id, request):
                if (turn := self._by_reply.get(reply_id)) is not None:
                    turn.calls(request, self._at, self._shown(request.arguments))
            case commands.ToolCommitted(message=message) if message.call is not None:
                self._returned(message.call.id, message)
            case commands.CancelTool(call_id) | commands.DropTool(call_id):
                self._returned(call_id, None)
            case commands.ConversationEnded(at):
                self._end_call(at)
                self._begin_call(state)  # with the next person

    def _begin_reply(self, command: commands.StartReply, state: State) -> None:
        source = command.source
        if command.answers_turn:
            turn = self._coming = self._coming or self._new_turn(state, self._input.began_at)
        elif isinstance(source, Prompt) and source.messages and source.messages[-1].role == "tool" and self._latest:
            turn = self._latest
        else:
            turn = self._latest = self._new_turn(state, None)
        turn.begins(command.reply_id)
        self._by_reply[command.reply_id] = turn
        if len(self._by_reply) > MOST_REPLIES:
            self._by_reply.popitem(last=False)

    def _new_turn(self, state: State, began_at: float | None) -> TurnSpan:
        assert self._call is not None, "a turn without a conversation"
        agent = state.agent.name if self._has_agents else "rawbot"
        turn = TurnSpan(self._spans, self._call, self._at if began_at is None else began_at, agent)
        self._open.append(turn)
        return turn

    def _commit(self, message: Message, state: State) -> None:
        said, self._input = self._input, PersonInput()
        if message.is_backchannel:
            return
        turn = self._coming or self._new_turn(state, said.began_at)
        self._latest, self._coming = turn, None
        self._turns += 1
        turn.span.put(names.TURN_NUMBER, self._turns)
        turn.span.put(names.IS_TYPED, True if said.is_typed else None)
        turn.span.put(names.INPUT_MESSAGES, message_json(message, self._shown))
        turn.span.touch(self._at)
        said.make_spans(self._spans, turn.span, self._usage.hearing, state.agent.language)

    def _returned(self, call_id: str, result: Message | None) -> None:
        for turn in self._open:
            turn.returns(call_id, self._at, result, self._shown)

    def _requested(self, request: ProviderRequest) -> None:
        if request.reply_id:
            if (turn := self._by_reply.get(request.reply_id)) is not None:
                turn.requested(request)
        elif self._call is not None and (request.stage != "stt" or request.error):
            request_span(self._spans, self._call, request)  # of a summary; or a stream that broke

    def _close_idle(self) -> None:
        """End the turns of which nothing more can come: results of tools may still be answered in the latest one."""
        for turn in list(self._open):
            may_go_on = turn is self._coming or (turn is self._latest and turn.has_called)
            if turn.is_idle and not may_go_on:
                self._open.remove(turn)
                turn.close()

    def _begin_call(self, state: State) -> None:
        if self._call is None and state.caller.identity:
            self._spans.new_conversation()
            self._call, self._turns = self._spans.start(names.CONVERSATION, self._at, None), 0

    def _end_call(self, at: float) -> None:
        if self._call is None:
            return
        for turn in self._open:
            turn.close(at, "" if turn.is_idle else SESSION_CLOSED)
        self._spans.end(self._call, at)
        self._call = self._coming = self._latest = None
        self._open.clear()
        self._by_reply.clear()
        self._input = PersonInput()

    def _shown(self, text: str) -> str | None:
        return None if self._content is None else self._content(text)
