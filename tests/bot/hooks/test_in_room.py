"""Who comes and goes in a real room, as hooks are told of it."""

import pytest
from livekit import rtc

from bot import Hooks
from pipeline.events import ConnectionRestored, ParticipantConnected, ParticipantDisconnected, PersonLinked
from tests.bot.conftest import NewBot, NewCaller

pytestmark = pytest.mark.sfu


async def test_everybody_who_is_no_bot_is_told_of_once(new_bot: NewBot, new_caller: NewCaller) -> None:
    """Whoever was there before, comes, or goes; a reconnect is neither."""
    told = list[tuple[str, str]]()
    hooks = Hooks(
        on_participant_connected=lambda person: told.append(("connected", f"{person.identity} {person.kind}")),
        on_participant_disconnected=lambda person: told.append(("disconnected", person.identity)),
        on_enter=lambda context: told.append(("enter", context.identity)),
    )
    async with new_caller("ann"), new_bot(hooks=hooks) as bot:
        await bot.next(PersonLinked)
        async with new_caller("bob", publish=False):
            await bot.next(ParticipantConnected)
            await bot.room.simulate_scenario(rtc.SimulateScenarioKind.SIMULATE_FULL_RECONNECT)
            await bot.next(ConnectionRestored)
        assert (await bot.next(ParticipantDisconnected)).identity == "bob"
        await bot.until(lambda: ("disconnected", "bob") in told)
    assert sorted(told[:2]) == [("connected", "ann STANDARD"), ("enter", "ann")]
    assert told[2:] == [("connected", "bob STANDARD"), ("disconnected", "bob")]
