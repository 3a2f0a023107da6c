"""Texts through a real server: what a frontend sees of both sides' words, and what the bot gets of typed ones."""

import json
from functools import partial

import pytest
from livekit import rtc

from bot.caller.texts import Text
from bot.room.captions import RoomCaptions
from bot.room.chat import LEGACY_TOPIC, LONGEST_TEXT
from pipeline.events import ConnectionRestored, PersonLinked, TextReceived
from tests.bot.conftest import NewBot, NewCaller
from tests.support.access import Server
from tests.support.bot import BOT, Watched, bot_token
from tests.support.caller import Caller

pytestmark = pytest.mark.sfu

SEGMENT, TRACK = "lk.segment_id", "lk.transcribed_track_id"


def captions(bot: Watched) -> RoomCaptions:
    return bot.membership.captions


def sees(caller: Caller, text: str) -> bool:
    """The bot's current text is this one, maybe not to its end."""
    return [segment.text for segment in caller.texts.segments(BOT)] == [text]


async def shown(caller: Caller, segment_id: str, text: str) -> Text:
    """Wait until the segment's latest stream has this text and is over."""

    def latest() -> Text | None:
        return next((s for s in caller.texts.segments() if s.segment_id == segment_id and s.closed_at), None)

    await caller.until(lambda: (seen := latest()) and seen.text == text)
    seen = latest()
    assert seen is not None
    return seen


@pytest.mark.smoke
async def test_both_sides_words_are_seen_as_text(new_bot: NewBot, new_caller: NewCaller) -> None:
    """The caller sees its own words as its own, under the SIDs of the tracks; the bot's grow while they are spoken.

    Who comes in the middle of them sees them, too.
    """
    async with new_caller() as caller, new_bot() as bot:
        await bot.next(PersonLinked)
        await bot.hears(caller, 700)
        captions(bot).person("u", "What time", final=False)
        captions(bot).person("u", "What time is it?", final=True)
        captions(bot).bot("unheard", "", final=True)
        for text in ("It", "It is", "It is noon"):
            captions(bot).bot("s", text, final=False)
            await caller.until(partial(sees, caller, text))
        assert caller.texts.segments(BOT)[0].attributes["lk.transcription_final"] == "false"
        (growing,) = caller.texts.segments(BOT)
        async with new_caller("late", publish=False) as late:
            await late.until(partial(sees, late, "It is noon"))
            captions(bot).bot("s", "It is noon.", final=True)
            assert (await shown(late, "s", "It is noon.")).final

        asked, answered = await shown(caller, "u", "What time is it?"), await shown(caller, "s", "It is noon.")
        assert (asked.identity, answered.identity) == ("caller", BOT)
        assert asked.final
        assert answered.final
        assert asked.attributes[TRACK] == caller._published.sid
        assert answered.attributes[TRACK] in caller.room.remote_participants[BOT].track_publications
        assert [chunk for _, chunk in growing.chunks] == ["It", " is", " noon"]
        assert {stream.segment_id for stream in caller.texts.streams} == {"u", "s"}


async def test_after_a_full_reconnect_the_reply_goes_on(new_bot: NewBot, new_caller: NewCaller) -> None:
    async with new_caller(publish=False) as caller, new_bot() as bot:
        await caller.until(lambda: BOT in caller.room.remote_participants)
        captions(bot).bot("s", "One", final=False)
        await caller.until(partial(sees, caller, "One"))
        await bot.room.simulate_scenario(rtc.SimulateScenarioKind.SIMULATE_FULL_RECONNECT)
        captions(bot).bot("s", "One two", final=False)
        await bot.next(ConnectionRestored)
        captions(bot).bot("s", "One two three", final=True)
        seen = await shown(caller, "s", "One two three")
        assert seen.final
        assert seen.attributes[TRACK] == bot.membership.voice.track_sid
        assert all(stream.closed_at for stream in caller.texts.streams), "the stream before it was ended, too"


async def test_a_token_without_the_right_to_send_text_does_not_end_the_bot(
    new_bot: NewBot,
    new_caller: NewCaller,
    livekit_server: Server,
    room_name: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    token = bot_token(livekit_server, room_name, can_publish_data=False)
    async with new_caller() as caller, new_bot(livekit_token=token) as bot:
        captions(bot).bot("s", "unseen", final=True)
        await bot.is_heard(caller, 600)
    assert caplog.text.count("canPublishData") == 1
    assert not caller.texts.streams


async def send_legacy(caller: Caller, message: object) -> None:
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    await caller.room.local_participant.publish_data(payload, topic=LEGACY_TOPIC)


@pytest.mark.smoke
async def test_what_the_linked_person_types_is_received_once(
    new_bot: NewBot, new_caller: NewCaller, caplog: pytest.LogCaptureFixture
) -> None:
    """As streams, as packets of older clients, or as both; nothing of others, and nothing that is none."""
    async with new_caller(publish=False) as caller, new_bot() as bot:
        await bot.next(PersonLinked)
        async with new_caller("agent", kind="agent", publish=False) as agent:
            await agent.send_text("not me")
            await agent.room.local_participant.stream_text(topic="lk.chat")
            await send_legacy(agent, {"id": "x", "timestamp": 1, "message": "nor me"})
        await caller.send_text(" typed ")
        await caller.send_text(" ")
        await caller.send_text("other topic", topic="other")
        attached = await caller.room.local_participant.stream_bytes("photo.png", topic="lk.chat")
        await attached.write(b"\x89PNG")
        await attached.aclose()
        stream = await caller.room.local_participant.send_text("both", topic="lk.chat")
        await send_legacy(caller, {"id": stream.stream_id, "timestamp": 1, "message": "both"})
        await send_legacy(caller, {"id": "y", "timestamp": 2, "message": "as a stream, too", "ignoreLegacy": True})
        for broken in (b"\xff{", b"[" * 14_000, ["message"], {"id": "z"}, {"message": 7}, {"message": ""}):
            await send_legacy(caller, broken)
        await send_legacy(caller, {"id": "w", "timestamp": 3, "message": "legacy"})
        endless = await caller.room.local_participant.stream_text(topic="lk.chat")
        await endless.write("never ended")
        await caller.send_text("long" * LONGEST_TEXT)
        await bot.until(lambda: len(texts(bot)) >= 4, why="not all texts came")
        await caller.send_text("last")
        await bot.until(lambda: texts(bot)[-1] == "last")
        assert len(bot.room._text_stream_readers) == 1, "of all readers only that of the endless stream is open"
        assert not bot.room._byte_stream_readers, "what is attached is let go"
    assert {event.identity for event in bot.events if isinstance(event, TextReceived)} == {"caller"}
    assert sorted(texts(bot)[:3]) == ["both", "legacy", "typed"]
    assert texts(bot)[3:] == [("long" * LONGEST_TEXT)[:LONGEST_TEXT], "last"]
    assert "longer than" in caplog.text
    assert "byte stream" not in caplog.text


def texts(bot: Watched) -> list[str]:
    return [event.text for event in bot.events if isinstance(event, TextReceived)]
