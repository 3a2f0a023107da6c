"""The bot in a real room: how it shows itself, whom it links, what it listens to."""

import asyncio
from contextlib import AsyncExitStack
from itertools import pairwise
from statistics import median

import numpy as np
import pytest
from livekit import rtc

from bot.caller.recording import Recording
from bot.results import SpeechResult
from pipeline.dtmf import KEYS
from pipeline.events import DtmfReceived, Joined, PersonAway, PersonBack, PersonLeft, PersonLinked
from pipeline.ports import AudioGap, AudioWindow
from tests.bot.conftest import NewBot, NewCaller
from tests.support.access import Server
from tests.support.bot import BOT, bot_token, sounds_like
from tests.support.caller import Caller

pytestmark = pytest.mark.sfu

SOURCE = rtc.TrackSource


@pytest.mark.smoke
async def test_it_shows_itself_as_an_agent_with_one_microphone(
    new_bot: NewBot, new_caller: NewCaller, room_name: str
) -> None:
    async with new_caller() as caller, new_bot() as bot:
        joined = await bot.next(Joined)
        assert (joined.room, joined.identity) == (room_name, BOT)
        await caller.until(lambda: "listening" in [state for _, state in caller.agent_states(BOT)])
        seen = caller.room.remote_participants[BOT]
        await caller.until(lambda: seen.track_publications)
        assert seen.kind == rtc.ParticipantKind.PARTICIPANT_KIND_AGENT
        assert [p.source for p in seen.track_publications.values()] == [SOURCE.SOURCE_MICROPHONE]


@pytest.mark.alone
async def test_one_that_leaves_at_once_is_gone_at_once(new_bot: NewBot, new_caller: NewCaller) -> None:
    """The server takes 2 s to notice a goodbye in the middle of a negotiation, and 20 s when the process ends, too.

    A stall of the machine may keep one of three.
    """
    loop = asyncio.get_running_loop()
    stays = []
    async with new_caller(publish=False) as caller:
        for _ in range(3):
            async with new_bot():
                await caller.until(lambda: BOT in caller.room.remote_participants)
            left_at = loop.time()
            await caller.until(lambda: BOT not in caller.room.remote_participants)
            stays.append(loop.time() - left_at)
    assert sorted(stays)[1] < 1.0, stays


@pytest.mark.smoke
@pytest.mark.alone
async def test_what_it_says_is_heard_whole(new_bot: NewBot, new_caller: NewCaller) -> None:
    """From the first sample on, of the right pitch and length, without a gap; and `say` returns when it was played.

    In two of five at least: a busy machine tears holes into some, and a fault of the playout into all.
    """
    text, whole = "600 Hz for 0.7 s", []
    async with new_caller() as caller, new_bot() as bot:
        for _ in range(5):
            began_at = asyncio.get_running_loop().time()
            assert await bot.bot.say(text) == SpeechResult(text, heard=text, cut=False)
            said_at = asyncio.get_running_loop().time()
            await asyncio.sleep(0.6)
            whole.append(is_whole(caller.recording, began_at, 600, 0.7, said_at))
    assert sum(whole) >= 2, whole
    assert [(message.role, message.text) for message in bot.bot.history] == [("assistant", text)] * 5


def is_whole(recording: Recording, began_at: float, frequency: float, duration: float, said_at: float) -> bool:
    """Is the tone without a gap, and was `said_at` the end of it?"""
    start_at = recording.onset_after(began_at)
    end_at = None if start_at is None else recording.silent_after(start_at)
    if start_at is None or end_at is None:
        return False
    of_its_pitch = sounds_like(recording.slice(start_at, end_at), frequency, recording.rate)
    levels = recording.energy_db(since=recording.sample_at(start_at + 0.02))
    without_gap = bool(levels[: round((end_at - start_at - 0.06) / 0.010)].min() > -30)
    of_its_length = abs(end_at - start_at - duration) < 0.15  # the hearer's jitter buffer may stretch it a little
    return of_its_pitch and without_gap and of_its_length and start_at + duration - 0.1 <= said_at < end_at + 0.3


@pytest.mark.smoke
async def test_people_are_linked_and_listened_to(new_bot: NewBot, new_caller: NewCaller) -> None:
    """Telephones, connectors and apps, one after the other; the first was there before the bot."""
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(new_caller("sip", kind="sip"))
        bot = await stack.enter_async_context(new_bot(grace_delay=0.2))
        for following in ("connector", "standard", None):
            assert (await bot.next(PersonLinked)).identity == here.identity
            kind = bot.room.remote_participants[here.identity].kind
            assert rtc.ParticipantKind.Name(kind) == f"PARTICIPANT_KIND_{here.identity.upper()}"
            await bot.hears(here, 700)
            if following:
                left = here
                here = await stack.enter_async_context(new_caller(following, kind=following))
                await left.leave()
                assert (await bot.next(PersonLeft)).identity == left.identity
        await bot.is_heard(here, 600)


async def test_others_are_never_linked(new_bot: NewBot, new_caller: NewCaller) -> None:
    others: list[dict[str, object]] = [
        {"kind": "agent"},
        {"kind": "egress"},
        {"kind": "ingress"},
        {"hidden": True},
        {"attributes": {"lk.publish_on_behalf": "somebody"}},
    ]
    async with AsyncExitStack() as stack:
        for number, who in enumerate(others):
            await stack.enter_async_context(new_caller(f"other-{number}", **who))
        bot = await stack.enter_async_context(new_bot())
        await stack.enter_async_context(new_caller("person"))
        assert (await bot.next(PersonLinked)).identity == "person"


async def test_nobody_but_the_wanted_person_is_linked(new_bot: NewBot, new_caller: NewCaller) -> None:
    async with new_caller("other") as other, new_bot(participant="wanted") as bot:
        await other.until(lambda: BOT in other.room.remote_participants)
        await bot.stays_deaf()
        assert not [event for event in bot.events if isinstance(event, PersonLinked)]
        async with new_caller("wanted") as wanted:
            assert (await bot.next(PersonLinked)).identity == "wanted"
            await bot.hears(wanted, 700)


async def publish(person: Caller, source: rtc.TrackSource.ValueType, name: str) -> rtc.LocalTrackPublication:
    """One more track of the person: a camera's video, or the microphone's audio under another source."""
    track: rtc.LocalTrack
    if source == SOURCE.SOURCE_CAMERA:
        track = rtc.LocalVideoTrack.create_video_track(name, rtc.VideoSource(16, 16))
    else:
        track = rtc.LocalAudioTrack.create_audio_track(name, person.microphone.source)
    return await person.room.local_participant.publish_track(track, rtc.TrackPublishOptions(source=source))


def subscribed(room: rtc.Room, identity: str) -> set[str]:
    """Names of the tracks of this participant that are subscribed."""
    person = room.remote_participants.get(identity)
    publications = person.track_publications.values() if person is not None else ()
    return {publication.name for publication in publications if publication.subscribed}


@pytest.mark.smoke
async def test_only_the_microphone_of_the_linked_person_is_subscribed(new_bot: NewBot, new_caller: NewCaller) -> None:
    async with new_caller("person", publish=False) as person, new_caller("other") as other:
        person._microphone = other._microphone  # a second writer would be one too many
        await publish(person, SOURCE.SOURCE_CAMERA, "camera")
        await publish(person, SOURCE.SOURCE_SCREENSHARE_AUDIO, "screen")
        await publish(person, SOURCE.SOURCE_UNKNOWN, "unnamed")
        async with new_bot(participant="person") as bot:
            await bot.next(PersonLinked)
            await bot.hears(other, 700)  # the same source
            assert subscribed(bot.room, "person") == {"unnamed"}, "nothing better is there"
            microphone = await publish(person, SOURCE.SOURCE_MICROPHONE, "first")
            await person.until(lambda: subscribed(bot.room, "person") == {"first"})
            await publish(person, SOURCE.SOURCE_MICROPHONE, "second")
            await person.until(lambda: subscribed(bot.room, "person") == {"second"})
            await bot.hears(other, 800)
            assert subscribed(bot.room, "other") == set()
            await person.room.local_participant.unpublish_track(microphone.sid)
            await bot.hears(other, 900)
            assert subscribed(bot.room, "person") == {"second"}


@pytest.mark.smoke
async def test_who_returns_in_time_is_listened_to_again(new_bot: NewBot, new_caller: NewCaller) -> None:
    async with new_caller("person") as person, new_caller("other"), new_bot(participant="person") as bot:
        await bot.next(PersonLinked)
        await bot.hears(person, 700)
        await person.leave()
        assert (await bot.next(PersonAway)).identity == "person"
        await bot.until(lambda: isinstance(bot.heard[-1], AudioGap))
        await person.join()
        assert (await bot.next(PersonBack)).identity == "person"
        await bot.hears(person, 900)
        await bot.is_heard(person, 600, attempts=3)


async def test_muting_and_unpublishing_are_breaks(new_bot: NewBot, new_caller: NewCaller) -> None:
    """Windows stop with a break, and flow again after it. A busy machine may make another one, never two in a row."""
    async with new_caller() as caller, new_bot() as bot:
        await bot.hears(caller, 700)
        for disturb, mend in (
            (caller.mute, caller.unmute),
            (caller.unpublish_microphone, caller.publish_microphone),
            (caller.mute, caller.unmute),
        ):
            since = len(bot.heard)
            await _call(disturb)
            await bot.until(lambda since=since: bool(bot.breaks(since)))
            await bot.stays_deaf()
            assert isinstance(bot.heard[-1], AudioGap)
            await _call(mend)
            await bot.hears(caller, 900)
        assert not [pair for pair in pairwise(bot.heard) if all(isinstance(item, AudioGap) for item in pair)]


async def _call(action: object) -> None:
    result = action()  # type: ignore[operator]
    if result is not None:
        await result


@pytest.mark.alone
async def test_the_microphone_gives_every_window_once_at_real_pace(new_bot: NewBot, new_caller: NewCaller) -> None:
    """A stall of the machine may hold windows of one of three seconds back."""
    loop = asyncio.get_running_loop()
    async with new_caller() as caller, new_bot() as bot:
        await bot.hears(caller, 700)
        since, paces = len(bot.heard), list[float]()
        for _ in range(3):
            before, began_at = len(bot.heard), loop.time()
            await asyncio.sleep(1.0)
            paces.append((len(bot.heard) - before) * 0.032 / (loop.time() - began_at))
        items = bot.heard[since:]
    windows = [item for item in items if isinstance(item, AudioWindow)]
    assert len(windows) == len(items)
    assert median(paces) == pytest.approx(1.0, abs=0.1), paces
    assert {(window.samples.shape, window.samples.dtype) for window in windows} == {((512,), np.dtype(np.int16))}
    arrivals = [window.arrived_at for window in windows]
    assert arrivals == sorted(arrivals)


async def test_two_bots_link_the_caller_and_not_each_other(new_bot: NewBot, new_caller: NewCaller) -> None:
    async with new_bot(identity="bot-a") as a, new_bot(identity="bot-b") as b, new_caller() as caller:
        for bot in (a, b):
            assert (await bot.next(PersonLinked)).identity == "caller"
        for bot, other in ((a, "bot-b"), (b, "bot-a")):
            await bot.hears(caller, 700)
            assert subscribed(bot.room, other) == set()


async def test_a_token_without_the_right_to_attributes_is_warned_of(
    new_bot: NewBot,
    new_caller: NewCaller,
    livekit_server: Server,
    room_name: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Setting them does nothing then, without an error; the bot works all the same."""
    monkeypatch.setattr("bot.room.attributes.ATTRIBUTE_TIMEOUT", 1.0)
    token = bot_token(livekit_server, room_name, can_update_own_metadata=False)
    async with new_caller() as caller, new_bot(livekit_token=token) as bot:
        await bot.hears(caller, 700)
        await bot.is_heard(caller, 600)
        await caller.until(lambda: "canUpdateOwnMetadata" in caplog.text)
        assert not caller.agent_states(BOT)


async def test_keys_of_a_telephone_go_both_ways(new_bot: NewBot, new_caller: NewCaller) -> None:
    """Ordinary participants may press them, too. They come in their order, with who has pressed them."""
    keys = "0189*#AD"
    pressed = list[tuple[int, str]]()
    async with new_caller() as caller, new_bot() as bot:
        await bot.next(PersonLinked)
        caller.room.on("sip_dtmf_received", lambda key: pressed.append((key.code, key.digit)))
        while not pressed:  # what is sent before the caller's data channel is open is lost
            await bot.bot.send_dtmf("1")
            await asyncio.sleep(0.05)
        await bot.bot.send_dtmf(keys)
        await caller.until(lambda: pressed[-1][1] == "D")
        assert pressed[-len(keys) :] == [(KEYS.index(key), key) for key in keys]
        for key in keys:
            await caller.room.local_participant.publish_dtmf(code=KEYS.index(key), digit=key)
        assert [(await bot.next(DtmfReceived)).digit for _ in keys] == list(keys)
