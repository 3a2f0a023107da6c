"""The settings of how a call goes on when nobody says anything, and of when it ends."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.assembly.call_policy import call_policy
from bot.settings.care_settings import CAPS
from bot.settings.reading import Reading, read_settings
from bot.settings.session_limits import SessionLimits
from bot.settings.settings import Settings
from pipeline.turn.policy import Policy

SERVER = {"LIVEKIT_URL": "ws://127.0.0.1:7880", "LIVEKIT_API_KEY": "devkey", "LIVEKIT_API_SECRET": "devsecret"}


def read(directory: Path, **options: object) -> Reading:
    return read_settings({"room": "r", **options}, environ=SERVER, directory=directory, origin="flag", joins=True)


def test_they_become_fields_of_the_policy(tmp_path: Path) -> None:
    given = {"idle_after": "12.5", "max_call_duration": "600", "max_call_turns": "40", "max_call_tokens": "200000"}
    prices: dict[str, object] = {"services": {}}
    settings = read(tmp_path, **given, max_call_characters=9000, max_call_cost=0.5, prices=prices).require()
    policy = call_policy(Policy(complete_delay=0.3, max_call_turns=7), settings)
    assert policy == Policy(
        complete_delay=0.3,
        idle_after=12.5,
        max_call_duration=600.0,
        max_call_turns=40,
        max_call_tokens=200_000,
        max_call_characters=9_000,
        max_call_cost=0.5,
    )


def test_what_is_not_set_is_as_the_program_has_it() -> None:
    policy = Policy(idle_after=9.0, max_call_turns=7)
    assert call_policy(policy, Settings()) == policy
    assert call_policy(policy, Settings(idle_after=0.0)).idle_after == 0.0


def test_each_cap_is_a_field_of_the_policy_and_off_by_default() -> None:
    assert [getattr(Policy(), name) for name in CAPS] == [0, 0, 0, 0, 0]


@pytest.mark.parametrize(("own", "ordered", "holds"), [(60.0, 90.0, 60.0), (90.0, 60.0, 60.0), (None, 60.0, 60.0)])
def test_of_the_operator_s_limit_and_that_of_the_order_the_smaller_one_holds(
    own: float | None, ordered: float, holds: float
) -> None:
    settings = replace(Settings(max_call_duration=own), limits=SessionLimits(caps={"max_call_duration": ordered}))
    assert call_policy(Policy(), settings).max_call_duration == holds


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("idle_after", "soon", "must be a number from 0 on, not 'soon'"),
        ("max_call_duration", "-1", "must be a number from 0 on, not '-1'"),
        ("max_call_cost", "inf", "must be a number from 0 on, not 'inf'"),
        ("max_call_turns", "2.5", "must be a whole number, not '2.5'"),
    ],
)
def test_what_is_none_is_refused(tmp_path: Path, name: str, value: str, fault: str) -> None:
    (said,) = read(tmp_path, **{name: value}).faults
    assert said.startswith(f"flag --{name.replace('_', '-')} {fault}")
