"""Writing texts into a room that answers late, fails, or is away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from livekit import rtc
from livekit.rtc.data_stream import StreamError
from livekit.rtc.participant import PublishTranscriptionError

from bot.room.captions import LONGEST_UNHEARD, UNHEARD_ATTRIBUTE, WRITE_TIMEOUT, RoomCaptions
from bot.room.linking import Linker
from bot.room.outbox import DOUBT_DELAY, OUTBOX_SEGMENTS
from pipeline.ports import Captions
from pipeline.testing.virtual_loop import settle, virtual_time


class Track:
    def __init__(self, track_sid: str | None) -> None:
        self.track_sid = track_sid


class Stream:
    """One text stream as the room gets it; every request takes the room's `answer_delay`."""

    def __init__(self, room: "Room", attributes: dict[str, str], sender_identity: str | None, stream_id: str) -> None:
        self.stream_id = stream_id
        self.attributes, self.sender_identity = attributes, sender_identity
        self.header = dict(attributes)
        self.chunks: list[str] = []
        self.closed = False
        self._room, self._connection = room, room.connection

    @property
    def info(self) -> "Stream":
        return self

    @property
    def segment_id(self) -> str:
        return self.attributes["lk.segment_id"]

    @property
    def final(self) -> bool:
        return self.closed and self.attributes["lk.transcription_final"] == "true"

    async def write(self, text: str) -> None:
        self._check()
        await self._room.answer()
        self.chunks.append(text)

    async def aclose(self, *, attributes: dict[str, str] | None = None) -> None:
        self._check()
        await self._room.answer()
        self.attributes.update(attributes or {})
        self.closed = True

    def _check(self) -> None:
        if self.closed or self._connection != self._room.connection:
            raise RuntimeError("the stream is closed, or gone with its connection")


class Room:
    """A local participant, and the captions that are written in its name."""

    identity = "bot"

    def __init__(self, *, legacy: bool = False) -> None:
        self.streams: list[Stream] = []
        self.packets: list[tuple[str, str, str, str, bool]] = []
        self.connection = 0
        self.can_publish_data = True
        self.answer_delay = 0.0
        self.broken = False
        self.linker = Linker()
        self.linker.linked = "caller"
        self.microphone, self.voice = Track("TR_mic"), Track("TR_voice")
        self.captions = RoomCaptions(linker=self.linker, microphone=self.microphone, voice=self.voice, legacy=legacy)

    @property
    def permissions(self) -> "Room":
        return self

    async def stream_text(
        self, *, topic: str, attributes: dict[str, str] | None, stream_id: str | None, sender_identity: str | None
    ) -> Stream:
        assert topic == "lk.transcription"
        await self.answer()
        assert stream_id not in [stream.stream_id for stream in self.streams if not stream.closed], "clients refuse it"
        stream_id = stream_id or f"stream-{len(self.streams)}"
        self.streams.append(Stream(self, dict(attributes or {}), sender_identity, stream_id))
        return self.streams[-1]

    async def publish_transcription(self, transcription: rtc.Transcription) -> None:
        if self.broken:
            raise PublishTranscriptionError("internal error")
        (segment,) = transcription.segments
        speaker = (transcription.participant_identity, transcription.track_sid)
        self.packets.append((*speaker, segment.id, segment.text, segment.final))

    async def answer(self) -> None:
        await asyncio.sleep(self.answer_delay)
        if self.broken:
            raise StreamError("internal error")

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """A connection that writes out what waits; it is gone at the end of the block."""
        self.connection += 1
        async with asyncio.TaskGroup() as group:
            keeping = group.create_task(self.captions.keep(self))
            yield
            await asyncio.sleep(1)
            keeping.cancel()

    @property
    def story(self) -> list[tuple[str, list[str], bool]]:
        """Of every stream its segment, its chunks, and whether it was closed as final."""
        return [(stream.segment_id, stream.chunks, stream.final) for stream in self.streams]


@virtual_time
async def test_the_bots_segment_is_one_growing_stream_and_once_final_a_whole_one() -> None:
    """The whole one is for pages that had no handler yet when the first was opened; it is final from its header on."""
    room = Room()
    captions: Captions = room.captions
    async with room.connected():
        for text in ("", "One", "One two", "One two three"):
            captions.bot("s", text, final=False)
            await settle()
        assert room.story == [("s", ["One", " two", " three"], False)]
        assert room.streams[0].attributes["lk.transcription_final"] == "false"
        captions.bot("s", "One two three.", final=True)
    assert room.story == [("s", ["One", " two", " three", "."], True), ("s", ["One two three."], True)]
    assert room.streams[1].header["lk.transcription_final"] == "true"
    assert room.streams[1].stream_id == room.streams[0].stream_id, "for a frontend it is the same message"
    assert room.streams[0].sender_identity is None
    assert room.streams[0].attributes["lk.transcribed_track_id"] == "TR_voice"


@virtual_time
async def test_a_persons_updates_are_whole_streams_in_their_name() -> None:
    room = Room()
    captions: Captions = room.captions
    async with room.connected():
        for text, final in (("what", False), ("what time", False), ("What time is it?", True)):
            captions.person("u", text, final=final)
            await settle()
    assert room.story == [("u", ["what"], False), ("u", ["what time"], False), ("u", ["What time is it?"], True)]
    assert all(stream.closed for stream in room.streams)
    assert {stream.sender_identity for stream in room.streams} == {"caller"}
    assert {stream.attributes["lk.transcribed_track_id"] for stream in room.streams} == {"TR_mic"}


@virtual_time
async def test_a_segment_stays_with_whom_it_began() -> None:
    """Its final text may come when another one is linked already, or nobody. Without a track it goes without."""
    room = Room()
    room.microphone.track_sid = None
    async with room.connected():
        room.captions.person("u", "bye", final=False)
        await settle()
        room.linker.linked = None
        room.captions.person("u", "Bye.", final=True)
        room.captions.person("v", "whose?", final=True)
    assert [(stream.segment_id, stream.sender_identity) for stream in room.streams] == [("u", "caller")] * 2
    assert "lk.transcribed_track_id" not in room.streams[0].attributes


@virtual_time
async def test_of_what_waits_only_the_latest_text_of_a_segment_is_written_and_the_order_kept() -> None:
    room = Room()
    room.answer_delay = 0.1
    async with room.connected():
        room.captions.bot("a", "A", final=False)
        await settle()
        for number in range(1000):
            room.captions.person("u", f"interim {number}", final=False)
            room.captions.bot("a", "A" + "b" * number, final=False)
        room.captions.person("u", "Final.", final=True)
        room.captions.person("u", "late interim", final=False)
        room.captions.bot("b", "C", final=True)
        await asyncio.sleep(10)
    assert room.story == [("a", ["A", "b" * 999], False), ("u", ["Final."], True), ("b", ["C"], True)]
    assert room.streams[0].closed, "a stream that is not gone on with is ended"


@virtual_time
async def test_an_empty_final_text_closes_the_segment() -> None:
    """Of a reply nothing of which was heard there is nothing to see; nor of a noise that was no word after all."""
    room = Room()
    async with room.connected():
        room.captions.bot("unheard", "", final=False)
        room.captions.person("noise", "uh", final=False)
        room.captions.bot("unheard", "", final=True)
        room.captions.person("noise", "", final=True)
        await settle()
        assert room.story == []
        room.captions.bot("s", "One", final=False)
        room.captions.person("u", "uh", final=False)
        await settle()
        room.captions.bot("s", "", final=True)
        room.captions.person("u", "", final=True)
    assert room.story == [("s", ["One"], True), ("u", ["uh"], False), ("s", ["One"], True), ("u", [], True)]


@virtual_time
async def test_a_text_that_is_taken_back_is_replaced() -> None:
    """The last word was shown when it began, and then not heard."""
    room = Room()
    async with room.connected():
        room.captions.bot("s", "One two", final=False)
        await settle()
        room.captions.bot("s", "One", final=True)
    assert room.story == [("s", ["One two"], False), ("s", ["One"], True)]
    assert room.streams[0].closed


@virtual_time
async def test_what_was_not_heard_comes_with_the_end_of_its_segment() -> None:
    """Also when the end was lost with the connection and is sent again; and never more than a packet carries."""
    room = Room()
    async with room.connected():
        room.captions.bot("whole", "One two.", final=True)
        room.captions.bot("s", "One", final=False)
        await settle()
        assert UNHEARD_ATTRIBUTE not in room.streams[-1].attributes
        room.captions.bot("s", "One two", final=True, unheard="three four.")
        room.captions.bot("long", "One", final=True, unheard="x" * 5_000)
        await settle()
        room.captions.hold()
        room.captions.write_again()
    unheard = [(stream.segment_id, stream.attributes.get(UNHEARD_ATTRIBUTE)) for stream in room.streams]
    once = [("whole", None), ("s", "three four."), ("long", "x" * LONGEST_UNHEARD)]
    assert unheard == [("whole", None), ("s", "three four."), *once[1:], *once]


@virtual_time
async def test_after_a_reconnect_what_is_current_is_shown_again() -> None:
    room = Room()
    async with room.connected():
        room.captions.bot("past", "Hello.", final=True)
        await asyncio.sleep(DOUBT_DELAY + 1)
        room.captions.person("u", "Hi.", final=True)  # the connection may have been broken by then
        room.captions.bot("s", "One", final=False)
        await settle()
        room.captions.person("v", "wh", final=False)
        room.captions.hold()
        room.captions.person("v", "what", final=False)
        room.captions.bot("s", "One two", final=False)
        await asyncio.sleep(60)
        assert len(room.streams) == 3, "nothing is written while the connection is away"
        room.streams.clear()
        room.voice.track_sid = "TR_republished"
        room.captions.write_again()
        await settle()
        room.captions.bot("s", "One two three", final=True)
    assert room.story[:3] == [("u", ["Hi."], True), ("s", ["One two", " three"], True), ("v", ["what"], False)]
    assert room.story[3:] == [("s", ["One two three"], True)]
    assert room.streams[1].attributes["lk.transcribed_track_id"] == "TR_republished"


@virtual_time
async def test_a_text_that_was_on_its_way_is_written_again() -> None:
    """The connection is lost while its stream is opened, or written; the client library then answers late."""
    for lost_after in (0.05, 0.15):
        room = Room()
        room.answer_delay = 0.1
        async with room.connected():
            room.captions.bot("s", "One", final=False)
            await asyncio.sleep(lost_after)
            room.captions.hold()
            await asyncio.sleep(1)
            room.captions.write_again()
            await asyncio.sleep(1)
            room.captions.bot("s", "One two", final=True)
            await asyncio.sleep(1)
        assert room.story[1:] == [("s", ["One", " two"], True), ("s", ["One two"], True)]
        assert room.streams[0].closed


@virtual_time
async def test_who_comes_late_is_shown_what_is_on_air() -> None:
    """In a stream whose beginning they get, of all that is not final; what was said before they came is over."""
    room = Room()
    async with room.connected():
        room.captions.bot("past", "Hello.", final=True)
        room.captions.person("u", "what", final=False)
        room.captions.bot("s", "One", final=False)
        await settle()
        before = len(room.streams)
        room.captions.show_newcomer()
        room.captions.bot("s", "One two", final=False)
        await settle()
        room.captions.show_newcomer()
        await settle()
        room.captions.bot("s", "One two three", final=True)
    assert room.streams[2].closed, "readers of the stream before do not wait for more"
    assert [stream for stream in room.story[before:] if stream[0] == "u"] == [("u", ["what"], False)] * 2
    shown = [stream for stream in room.story[before:] if stream[0] == "s"]
    assert shown == [("s", ["One two"], False), ("s", ["One two", " three"], True), ("s", ["One two three"], True)]


@virtual_time
async def test_a_newcomer_while_nothing_is_on_air_is_shown_nothing() -> None:
    room = Room()
    room.captions.show_newcomer()
    async with room.connected():
        room.captions.bot("past", "Hello.", final=True)
        await settle()
        room.captions.show_newcomer()
    assert room.story == [("past", ["Hello."], True)]


@virtual_time
async def test_packets_for_older_frontends_have_the_whole_text_and_its_speaker() -> None:
    """They go by the speaker's track: without one there is nothing to write. Streams are written all the same."""
    room = Room(legacy=True)
    room.microphone.track_sid = None
    async with room.connected():
        room.captions.person("t", "no track", final=True)
        room.microphone.track_sid = "TR_mic"
        await settle()
        room.captions.person("u", "what", final=False)
        room.captions.bot("s", "One", final=False)
        await settle()
        room.captions.person("u", "What?", final=True)
        room.captions.bot("s", "One two", final=True)
    person, bot = ("caller", "TR_mic", "u"), ("bot", "TR_voice", "s")
    assert room.packets == [
        (*person, "what", False),
        (*bot, "One", False),
        (*person, "What?", True),
        (*bot, "One two", True),
    ]
    assert {stream.segment_id for stream in room.streams} == {"t", "u", "s"}


@virtual_time
async def test_without_the_switch_no_packets_are_written() -> None:
    room = Room()
    async with room.connected():
        room.captions.bot("s", "One", final=True)
    assert room.packets == []


@virtual_time
async def test_a_rejoin_shows_it_in_the_new_connection() -> None:
    room = Room()
    async with room.connected():
        room.captions.person("u", "Hi.", final=True)
        room.captions.bot("s", "One", final=False)
    room.captions.bot("s", "One two", final=True)
    room.captions.person("v", "What?", final=True)
    room.streams.clear()
    async with room.connected():
        pass
    assert room.story == [("u", ["Hi."], True), ("s", ["One two"], True), ("v", ["What?"], True)]


def test_a_failure_is_warned_of_once_and_passes(caplog: pytest.LogCaptureFixture) -> None:
    """Refused streams and streams that are never answered; the next text shows all of its segment."""

    @virtual_time
    async def scene() -> None:
        room = Room()
        async with room.connected():
            room.captions.bot("s", "One", final=False)
            await settle()
            room.broken = True
            room.captions.bot("s", "One two", final=False)
            await settle()
            room.captions.person("u", "lost", final=False)
            await settle()
            room.broken, room.answer_delay = False, 2 * WRITE_TIMEOUT
            room.captions.person("u", "lost, too", final=False)
            await asyncio.sleep(1.5 * WRITE_TIMEOUT)
            room.answer_delay = 0
            room.captions.bot("s", "One two three", final=True)
            room.captions.person("u", "Found.", final=True)
        assert room.story[1:] == [("s", ["One two three"], True), ("u", ["Found."], True)]

    scene()
    assert caplog.text.count("could not be shown") == 1


def test_a_token_without_the_right_to_send_text_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    @virtual_time
    async def scene() -> None:
        room = Room()
        room.can_publish_data = False
        async with room.connected():
            pass

    scene()
    assert caplog.text.count("canPublishData") == 1


def test_of_too_many_segments_the_oldest_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    @virtual_time
    async def scene() -> None:
        room = Room()
        for number in range(OUTBOX_SEGMENTS + 2):
            room.captions.bot(str(number), "text", final=True)
        async with room.connected():
            pass
        assert [stream.segment_id for stream in room.streams] == [str(2 + n) for n in range(OUTBOX_SEGMENTS)]

    scene()
    assert caplog.text.count("the oldest is dropped") == 1, "a room that stays away must not fill the log"


@virtual_time
async def test_what_waits_can_be_waited_for() -> None:
    room = Room()
    room.answer_delay = 0.1
    await room.captions.sent()
    async with room.connected():
        await settle()
        room.captions.bot("s", "One", final=False)
        room.captions.bot("s", "One two", final=True)
        await room.captions.sent()
        assert room.story == [("s", ["One two"], True)]
        room.captions.bot("t", "Three", final=True)
        room.captions.hold()
        await room.captions.sent()
        assert len(room.streams) == 1, "it goes again when the connection is back"


@virtual_time
async def test_half_a_surrogate_pair_is_shown_as_a_question_mark() -> None:
    """A text stream of one could not be written, and would end the bot."""
    room = Room()
    async with room.connected():
        room.captions.bot("s", "One \ud83d", final=True)
        room.captions.person("u", "\udead", final=True)
        await settle()
    assert room.story == [("s", ["One ?"], True), ("u", ["?"], True)]
