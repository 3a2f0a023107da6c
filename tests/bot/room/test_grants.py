"""The rights that the server reports to the bot, judged before it publishes: no server is needed."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from livekit import rtc
from livekit.rtc._proto.participant_pb2 import ParticipantPermission

from bot.room.joining import JoinFailed, enter
from bot.room.voice import RoomVoice

MICROPHONE, CAMERA = rtc.TrackSource.SOURCE_MICROPHONE, rtc.TrackSource.SOURCE_CAMERA
ALL: dict[str, Any] = {"can_publish": True, "can_subscribe": True, "can_publish_data": True}


class Voice:
    """Counts how often it is published."""

    def __init__(self) -> None:
        self.published = 0

    async def publish(self, _: rtc.Room) -> None:
        self.published += 1


async def published(**rights: Any) -> int:
    """Enter a room with these rights."""
    permissions = ParticipantPermission(**{**ALL, **rights})
    local = SimpleNamespace(permissions=permissions)
    room, voice = SimpleNamespace(local_participant=local, isconnected=lambda: True), Voice()
    await enter(cast(rtc.Room, room), cast(RoomVoice, voice))
    return voice.published


@pytest.mark.parametrize(
    ("rights", "told"),
    [
        ({"can_publish": False}, "canPublish"),
        ({"can_subscribe": False}, "canSubscribe"),
        ({"can_publish": False, "can_subscribe": False}, "canPublish and canSubscribe"),
        ({"can_publish_sources": [CAMERA]}, "canPublishSources with microphone"),
        ({"hidden": True}, "must not have the grant hidden"),
    ],
)
async def test_without_a_right_that_it_needs_the_bot_says_so_at_once(rights: dict[str, Any], told: str) -> None:
    with pytest.raises(JoinFailed, match=told) as raised:
        await published(**rights)
    assert not raised.value.may_pass


@pytest.mark.parametrize(
    "rights",
    [{}, {"can_publish_sources": [CAMERA, MICROPHONE]}, {"can_publish_data": False}, {"can_publish_sources": []}],
)
async def test_with_the_rights_that_it_needs_it_publishes(rights: dict[str, Any]) -> None:
    assert await published(**rights) == 1
