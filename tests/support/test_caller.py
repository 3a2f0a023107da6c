"""The caller against a real server, with a second caller in the part of the bot."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from statistics import median

import numpy as np
import pytest
from livekit import rtc

from pipeline.errors import RoomError

from .access import Server
from .caller import Caller
from .tones import dominant_frequency, tone

pytestmark = [pytest.mark.sfu, pytest.mark.alone]

RATE = 48_000

NewCaller = Callable[..., Caller]


@pytest.fixture
def make(livekit_server: Server, room_name: str) -> NewCaller:
    def caller(identity: str, **options: object) -> Caller:
        keys = (livekit_server.url, livekit_server.api_key, livekit_server.api_secret)
        return Caller(*keys, room=room_name, identity=identity, **options)  # type: ignore[arg-type]

    return caller


@pytest.fixture
async def person(make: NewCaller) -> AsyncIterator[Caller]:
    async with make("person") as person:
        yield person


async def hears(listener: Caller, speaker: Caller, frequency: float = 1000.0) -> None:
    """Let one play until the other hears a whole tone: one begun before the track was there comes without its start."""
    recording = listener.recording

    def whole(since: float) -> bool:
        heard_at = recording.onset_after(since)
        if heard_at is None or len(heard := recording.slice(heard_at, heard_at + 0.18)) < 0.18 * RATE:
            return False
        return abs(dominant_frequency(heard) - frequency) < 20

    for _ in range(20):
        played = await speaker.play(tone(frequency, 0.2), RATE)
        with suppress(TimeoutError):
            await listener.until(partial(whole, played.start_at), 0.5)
            return
    pytest.fail(f"{listener.identity} does not hear {speaker.identity}")


async def test_plays_begin_and_end_when_it_says(make: NewCaller, person: Caller) -> None:
    """Two tones, the second at a given time off the 10 ms grid: they are heard as far apart as was told.

    Medians of five: a stall of this process may make one late, and the jitter buffer may move one.
    """
    starts, lengths, ways, distances = [], [], [], []
    async with make("bot", kind="agent") as bot:
        await hears(person, bot)
        for _ in range(5):
            at = asyncio.get_running_loop().time() + 0.2
            first = await bot.speak_at(at, tone(1000, 0.3, 16_000), 16_000)
            second = await bot.speak_at(at + 0.6543, tone(1000, 0.3), RATE)
            await asyncio.sleep(0.8)
            starts.append(second.start_at - first.start_at)
            lengths.append(first.end_at - first.start_at)
            onsets = [person.recording.onset_after(played.start_at) for played in (first, second)]
            assert onsets[0] is not None
            assert onsets[1] is not None
            ways.append(onsets[0] - first.start_at)
            distances.append(onsets[1] - onsets[0])
    assert median(starts) == pytest.approx(0.6543, abs=0.003)
    assert median(lengths) == pytest.approx(0.3, abs=0.001)
    assert median(distances) == pytest.approx(0.6543, abs=0.06)
    assert 0.020 < median(ways) < 0.4


async def test_a_play_can_be_softer_or_stopped_and_only_one_goes_at_a_time(make: NewCaller, person: Caller) -> None:
    async with make("bot", kind="agent") as bot:
        await hears(person, bot)
        loud = await bot.play(tone(1000, 0.5), RATE)
        await asyncio.sleep(0.5)
        soft = await bot.play(tone(1000, 0.5), RATE, gain=0.1)
        await asyncio.sleep(0.5)
        play = bot.start_playing(tone(1000, 5.0), RATE)
        started_at = await play.started
        with pytest.raises(RuntimeError, match="one play at a time"):
            bot.start_playing(tone(500, 1.0), RATE)
        await asyncio.sleep(0.5)
        bot.stop()
        played = await play.finished
        await asyncio.sleep(1.0)
    assert played.stopped
    assert played.start_at == started_at
    assert 0.5 < played.end_at - played.start_at < 5.0
    assert person.recording.silent_after(played.start_at + 0.4) is not None
    levels = []
    for whole in (loud, soft):
        heard_at = person.recording.onset_after(whole.start_at, threshold_db=-50)
        assert heard_at is not None
        # the median, as a lost packet is concealed at some other level
        levels.append(np.median(np.abs(person.recording.slice(heard_at + 0.1, heard_at + 0.4).astype(float))))
    assert levels[0] / levels[1] == pytest.approx(10, rel=0.3)


async def test_a_reconnect_does_not_lose_the_recording(make: NewCaller, person: Caller) -> None:
    """Of either side, a full one or one of signaling: before and after both hear each other, in one recording each."""
    async with make("bot", kind="agent") as bot:
        for disturbed in (person, bot):
            for scenario in ("SIMULATE_FULL_RECONNECT", "SIMULATE_SIGNAL_RECONNECT"):
                await hears(person, bot)
                before, told = person.recording.frames, len(disturbed.notes)
                await disturbed.simulate(rtc.SimulateScenarioKind.Value(scenario))
                await disturbed.until(partial(has_reconnected, disturbed, told))
                await hears(person, bot, 1300)
                await hears(bot, person, 700)
                assert person.recording.frames > before
                assert not any(note.what == "disconnected" for note in disturbed.notes)


def has_reconnected(caller: Caller, since: int) -> bool:
    return any(note.what == "reconnected" for note in caller.notes[since:])


async def test_a_caller_who_leaves_or_is_muted_is_silent_until_they_are_back(make: NewCaller, person: Caller) -> None:
    async with make("bot", kind="agent", listen_to="person") as bot:
        await hears(person, bot)
        await hears(bot, person)
        await person.leave()
        await bot.until(lambda: any(note.what == "participant_disconnected" for note in bot.notes))
        await person.join()
        await hears(person, bot, 1300)
        await hears(bot, person, 700)
        assert [note.what for note in person.notes].count("disconnected") == 1, "the one at leaving"
        person.mute()
        await bot.until(lambda: any(note.what == "track_muted" for note in bot.notes))
        muted = await person.play(tone(1000, 0.5), RATE)
        await asyncio.sleep(0.5)
        assert bot.recording.onset_after(muted.start_at) is None
        person.unmute()
        await hears(bot, person, 1300)
        told = len(bot.notes)
        await person.unpublish_microphone()
        await bot.until(lambda: any(note.what == "track_unsubscribed" for note in bot.notes[told:]))
        frames = bot.recording.frames
        await asyncio.sleep(0.3)
        assert bot.recording.frames == frames, "nothing to record from"
        await person.publish_microphone()
        await hears(bot, person, 700)


async def test_it_comes_as_whom_it_is_told_to_and_records_the_agent_first(make: NewCaller, person: Caller) -> None:
    attributes = {"sip.callStatus": "active"}
    async with make("phone", kind="sip", attributes=attributes) as phone, make("ghost", hidden=True, publish=False):
        seen = await person.until(lambda: person.room.remote_participants.get("phone"))
        assert seen.kind == rtc.ParticipantKind.PARTICIPANT_KIND_SIP
        assert seen.attributes["sip.callStatus"] == "active"
        await hears(person, phone)
        assert person.heard_identity == "phone"
        assert "ghost" not in person.room.remote_participants
        assert "ghost" not in phone.room.remote_participants
        async with make("bot", kind="agent") as bot:
            await hears(person, bot, 700)
            assert person.heard_identity == "bot"
        await hears(person, phone, 1300)


async def test_it_sees_states_transcripts_and_chat(make: NewCaller, person: Caller) -> None:
    def has_state(state: str) -> bool:
        return state in [value for _, value in person.agent_states("bot")]

    async with make("bot", kind="agent", publish=False, attributes={"lk.agent.state": "initializing"}) as bot:
        for state in ("initializing", "listening", "speaking"):
            if state != "initializing":
                await bot.set_attributes({"lk.agent.state": state})
            await person.until(partial(has_state, state))
        local = bot.room.local_participant
        attributes = {"lk.segment_id": "SG_1", "lk.transcription_final": "false"}
        for words in ("he", "hello"):
            writer = await local.stream_text(topic="lk.transcription", sender_identity="person", attributes=attributes)
            await writer.write(words)
            await writer.aclose(attributes={"lk.transcription_final": "true"} if words == "hello" else None)
        writer = await local.stream_text(topic="lk.transcription", attributes=attributes | {"lk.segment_id": "SG_2"})
        await writer.write("good ")
        spoken = await person.until(lambda: next(iter(person.texts.segments("bot")), None))
        await person.until(lambda: spoken.text == "good ")
        assert (spoken.segment_id, spoken.final, spoken.closed_at) == ("SG_2", False, None)
        await writer.write("morning")
        await writer.aclose(attributes={"lk.transcription_final": "true"})
        await person.until(lambda: spoken.closed_at)
        assert (spoken.text, spoken.final) == ("good morning", True)
        assert [at for at, _ in spoken.chunks] == sorted(at for at, _ in spoken.chunks)
        await person.until(lambda: [text.final for text in person.texts.segments("person")] == [True])
        assert [text.text for text in person.texts.segments("person")] == ["hello"], "the interim is replaced"
        await person.send_text("typed")
        typed = await bot.until(lambda: next(iter(bot.texts.chat("person")), None))
        await bot.until(lambda: typed.text == "typed")
        # A text that is never finished says so.
        writer = await local.stream_text(topic="lk.transcription")
        await writer.write("half a")
        half = await person.until(lambda: next(iter(person.texts.segments("bot")[1:]), None))
        await person.until(lambda: half.text)
        await person.leave()
        await person.until(lambda: half.closed_at)
        assert (half.text, half.final) == ("half a", False)
        assert half.error
    assert [state for _, state in person.agent_states("bot")] == ["initializing", "listening", "speaking"]


async def test_nothing_is_left_behind(make: NewCaller, livekit_server: Server, room_name: str) -> None:
    """No task, also when the block fails while a play and a text are going on; the error comes out as it was."""

    async def fail_in_mid_play() -> None:
        async with make("person") as person, make("bot", kind="agent") as bot:
            await hears(person, bot)
            writer = await bot.room.local_participant.stream_text(topic="lk.transcription")
            await writer.write("half a")
            await person.until(lambda: person.texts.segments("bot"))
            bot.start_playing(tone(500, 30.0), RATE)
            raise LookupError("mid-play")

    before = asyncio.all_tasks()
    with pytest.raises(LookupError, match="mid-play"):
        await fail_in_mid_play()
    assert asyncio.all_tasks() == before
    with pytest.raises(RoomError, match="check LIVEKIT_API_SECRET"):
        async with Caller(livekit_server.url, livekit_server.api_key, "wrong" * 8, room=room_name):
            pass
    assert asyncio.all_tasks() == before
