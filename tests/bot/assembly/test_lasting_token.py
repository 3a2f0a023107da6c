"""Which token a bot joins with: at first, and when it has to join again after hours."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from livekit import api, rtc

from bot.assembly.lasting_token import MARGIN, LastingToken
from bot.room.attendance import Attendance
from bot.room.byte_messages import ByteMessages
from bot.room.captions import RoomCaptions
from bot.room.connection import RoomConnection
from bot.room.lasting_parts import LastingParts
from bot.room.linking import Linker
from bot.room.microphone import RoomMicrophone
from bot.room.token import TOKEN_LIFE, signed_token
from bot.room.voice import RoomVoice
from bot.settings.reading import load_settings
from bot.settings.settings import Settings
from bot.settings.values import Secret
from bot.worker.job import Job
from tests.support.command import NOBODY

SECRET = NOBODY["LIVEKIT_API_SECRET"]
HOUR = 3600.0
CLAIMS = {
    "sub": "rawbot-J1",
    "name": "Rawbot",
    "kind": "agent",
    "attributes": {"lk.agent_name": "reception"},
    "video": {"room": "lobby", "roomJoin": True, "agent": True, "canPublish": True, "canUpdateOwnMetadata": True},
}


def of_the_server(life: float = HOUR) -> str:
    """A token as a server makes it for a job, which lasts for an hour."""
    return signed_token(CLAIMS, api_key=NOBODY["LIVEKIT_API_KEY"], api_secret=SECRET, life=timedelta(seconds=life))


def claims_of(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"room": "lobby"}, environ=NOBODY, directory=tmp_path)


@pytest.fixture
def of_a_job(settings: Settings) -> Settings:
    return Job("J1", "lobby", "ws://h", of_the_server(), "rawbot-J1").settings(settings)


def test_a_job_joins_with_the_token_that_came_with_it(of_a_job: Settings) -> None:
    issued_at = claims_of(of_a_job.livekit_token.reveal())["nbf"]  # type: ignore[union-attr]
    token = LastingToken(of_a_job, now=lambda: issued_at + HOUR - MARGIN.total_seconds() - 1)
    assert token() == of_a_job.livekit_token.reveal()  # type: ignore[union-attr]


def test_a_job_that_joins_again_later_is_let_in_as_the_same(of_a_job: Settings) -> None:
    """With all that the server has said of it: frontends look for the kind, dispatch for the attribute."""
    issued_at = claims_of(of_a_job.livekit_token.reveal())["nbf"]  # type: ignore[union-attr]
    token = LastingToken(of_a_job, now=lambda: issued_at + HOUR - MARGIN.total_seconds() + 1)()
    api.TokenVerifier(NOBODY["LIVEKIT_API_KEY"], SECRET).verify(token)
    claims = claims_of(token)
    assert {name: claims[name] for name in CLAIMS} == CLAIMS
    assert claims["exp"] - claims["nbf"] == TOKEN_LIFE.total_seconds()


def test_a_token_of_another_key_pair_is_replaced_by_one_of_ours(of_a_job: Settings) -> None:
    """A server may have several."""
    other = signed_token(CLAIMS, api_key="other", api_secret="of another key pair, long enough", life=timedelta(0))
    claims = claims_of(LastingToken(replace(of_a_job, livekit_token=Secret(other)))())
    assert (claims["iss"], claims["sub"]) == (NOBODY["LIVEKIT_API_KEY"], "rawbot-J1")


def test_a_bot_with_a_key_pair_makes_its_own(settings: Settings) -> None:
    claims = claims_of(LastingToken(settings)())
    assert (claims["sub"], claims["video"]["room"], claims["kind"]) == (settings.identity, "lobby", "agent")


def test_where_there_is_no_key_pair_the_server_has_made_another(of_a_job: Settings) -> None:
    """It lasts for 10 minutes; nothing lasts when the bot was away for longer, and the server is to say so."""
    alone = replace(of_a_job, livekit_api_key=None, livekit_api_secret=None)
    assert alone.livekit_token is not None
    given, renewed = alone.livekit_token.reveal(), of_the_server(2 * HOUR)
    now = claims_of(given)["nbf"]
    token = LastingToken(alone, now=lambda: now)
    token.renew(renewed)
    assert token() == given
    now += HOUR
    assert token() == renewed
    now += HOUR
    assert token() == given


def test_what_is_no_token_is_the_servers_to_refuse(of_a_job: Settings) -> None:
    assert LastingToken(replace(of_a_job, livekit_token=Secret("no.token.at.all")))() == "no.token.at.all"


async def test_a_connection_tells_of_a_token_that_the_server_has_made() -> None:
    renewed = list[str]()
    room, linker, microphone, voice = rtc.Room(), Linker(None), RoomMicrophone(), RoomVoice(24_000)
    captions = RoomCaptions(linker=linker, microphone=microphone, voice=voice)
    parts = LastingParts(linker, Attendance(), microphone, voice, captions, ByteMessages())
    RoomConnection(parts=parts, emit=lambda event: None, room=room, token_renewed=renewed.append)
    room._token = "another"
    room.emit("token_refreshed")
    assert renewed == ["another"]
