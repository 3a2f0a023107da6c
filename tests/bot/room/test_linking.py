"""Whom the bot links: a table, and what must hold whoever comes and goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livekit import rtc

from bot.room.linking import HUMAN_KINDS, Linker, RemoteParticipant
from pipeline.events import LinkEvent, PersonAway, PersonBack, PersonLeft, PersonLinked

GRACE = 10.0
KINDS = [name.removeprefix("PARTICIPANT_KIND_") for name, _ in rtc.ParticipantKind.items()]


def human(identity: str) -> RemoteParticipant:
    return RemoteParticipant(identity, "STANDARD")


ANNA, BEN = human("anna"), human("ben")


@pytest.mark.parametrize("kind", KINDS)
def test_only_kinds_that_people_have_are_linked(kind: str) -> None:
    events = Linker().update([RemoteParticipant("x", kind)], 0.0)
    assert events == ([PersonLinked(0.0, "x")] if kind in {"STANDARD", "SIP", "CONNECTOR"} else [])


def test_the_kinds_exist() -> None:
    assert set(KINDS) >= HUMAN_KINDS


@pytest.mark.parametrize("wanted", [None, "x"])
@pytest.mark.parametrize("flaw", ["hidden", "on_behalf", "agent"])
def test_never_an_agent_nor_a_hidden_one_nor_who_speaks_for_another(wanted: str | None, flaw: str) -> None:
    """Also when asked for by name: two bots never talk to each other."""
    linker = Linker(wanted)
    kind = "AGENT" if flaw == "agent" else "STANDARD"
    assert (
        linker.update([RemoteParticipant("x", kind, hidden=flaw == "hidden", on_behalf=flaw == "on_behalf")], 0.0) == []
    )
    assert linker.linked is None


@pytest.mark.parametrize("kind", ["STANDARD", "SIP", "CONNECTOR", "INGRESS"])
def test_the_wanted_one_may_come_by_any_road_and_nobody_else_is_linked(kind: str) -> None:
    linker = Linker("ben")
    assert linker.update([ANNA], 0.0) == []
    assert linker.update([ANNA, RemoteParticipant("ben", kind)], 1.0) == [PersonLinked(1.0, "ben")]
    linker.update([ANNA], 2.0)
    assert linker.update([ANNA], 2.0 + GRACE) == [PersonLeft(2.0 + GRACE, "ben")]
    assert linker.linked is None


def test_the_first_of_the_candidates_is_linked() -> None:
    linker = Linker()
    assert linker.update([RemoteParticipant("bot", "AGENT"), BEN, ANNA], 0.0) == [PersonLinked(0.0, "ben")]
    assert linker.update([ANNA, BEN], 1.0) == [], "the order does not matter to a link that stands"


@pytest.mark.parametrize("gone_for", [0.0, 1.0, 9.999])
def test_a_link_is_kept_over_a_short_absence(gone_for: float) -> None:
    linker = Linker(grace_delay=GRACE)
    linker.update([ANNA], 0.0)
    assert linker.update([BEN], 5.0) == [PersonAway(5.0, "anna")]
    assert linker.away_until == 15.0
    back_at = 5.0 + gone_for
    assert linker.update([BEN, ANNA], back_at) == [PersonBack(back_at, "anna")]
    assert linker.linked == "anna"
    assert linker.away_until is None


def test_a_link_is_given_up_when_the_grace_time_is_over_and_the_next_one_is_linked() -> None:
    linker = Linker(grace_delay=GRACE)
    linker.update([ANNA], 0.0)
    linker.update([BEN], 5.0)
    assert linker.update([BEN], 14.999) == []
    assert linker.update([BEN], 15.0) == [PersonLeft(15.0, "anna"), PersonLinked(15.0, "ben")]
    assert linker.update([BEN, ANNA], 16.0) == []


def test_nobody_takes_the_place_of_a_person_who_is_away_for_a_moment() -> None:
    """After the grace time whoever came meanwhile is linked first: a page that was loaded anew has another identity."""
    linker = Linker(grace_delay=GRACE)
    linker.update([ANNA, BEN], 0.0)
    linker.update([BEN], 5.0)
    cleo = RemoteParticipant("cleo", "STANDARD")
    assert linker.update([BEN, RemoteParticipant("egress", "EGRESS")], 6.0) == []
    assert linker.update([BEN, cleo], 7.0) == []
    assert linker.update([BEN, cleo], 14.9) == []
    assert linker.update([BEN, cleo], 15.0) == [PersonLeft(15.0, "anna"), PersonLinked(15.0, "cleo")]
    assert linker.update([BEN, cleo, ANNA], 16.0) == []


def test_a_person_who_was_away_for_a_moment_goes_on_though_another_has_come() -> None:
    linker = Linker(grace_delay=GRACE)
    linker.update([ANNA], 0.0)
    linker.update([BEN], 5.0)
    assert linker.update([BEN, ANNA], 6.0) == [PersonBack(6.0, "anna")]


def test_nobody_takes_the_place_of_the_wanted_one() -> None:
    linker = Linker("anna", GRACE)
    linker.update([ANNA], 0.0)
    linker.update([], 5.0)
    assert linker.update([BEN], 6.0) == []
    assert linker.update([BEN, ANNA], 7.0) == [PersonBack(7.0, "anna")]


def test_who_returns_too_late_is_linked_anew() -> None:
    linker = Linker(grace_delay=GRACE)
    linker.update([ANNA], 0.0)
    linker.update([], 5.0)
    assert linker.update([], 15.0) == [PersonLeft(15.0, "anna")]
    assert linker.update([ANNA], 16.0) == [PersonLinked(16.0, "anna")]


def test_who_is_there_when_next_looked_after_has_not_left() -> None:
    """A stall of the loop is not the person's fault."""
    linker = Linker(grace_delay=GRACE)
    linker.update([ANNA], 0.0)
    linker.update([], 5.0)
    assert linker.update([ANNA], 99.0) == [PersonBack(99.0, "anna")]


def test_the_grace_time_begins_anew_after_the_bot_itself_was_away() -> None:
    linker = Linker(grace_delay=GRACE)
    linker.update([ANNA], 0.0)
    linker.update([], 5.0)
    linker.renew_grace(100.0)
    assert linker.update([], 109.0) == []
    assert linker.update([ANNA], 109.5) == [PersonBack(109.5, "anna")]
    linker.renew_grace(200.0)
    assert linker.away_until is None, "who is there needs none"


def test_a_grace_of_nothing_gives_up_at_once() -> None:
    linker = Linker(grace_delay=0.0)
    linker.update([ANNA], 0.0)
    assert linker.update([BEN], 5.0) == [PersonAway(5.0, "anna"), PersonLeft(5.0, "anna"), PersonLinked(5.0, "ben")]


def call(status: str, identity: str = "sip_1") -> RemoteParticipant:
    return RemoteParticipant(identity, "SIP", call_status=status)


@pytest.mark.parametrize("wanted", [None, "sip_1"])
@pytest.mark.parametrize("before", [["dialing"], ["ringing"], ["dialing", "ringing", "automation"], ["of tomorrow"]])
def test_a_telephone_is_linked_when_it_is_answered(wanted: str | None, before: list[str]) -> None:
    linker = Linker(wanted)
    for at, status in enumerate(before):
        assert linker.update([call(status)], float(at)) == []
    assert linker.update([call("active")], 9.0) == [PersonLinked(9.0, "sip_1")]
    assert linker.update([call("of tomorrow")], 10.0) == [], "an unknown status ends no call"


def test_a_telephone_of_a_service_without_a_status_is_linked_at_once() -> None:
    assert Linker().update([call("")], 0.0) == [PersonLinked(0.0, "sip_1")]


def test_whoever_is_there_goes_before_a_telephone_that_rings() -> None:
    linker = Linker()
    assert linker.update([call("ringing"), ANNA], 0.0) == [PersonLinked(0.0, "anna")]
    assert linker.update([call("active"), ANNA], 1.0) == []


@pytest.mark.parametrize("is_away", [False, True])
def test_who_hangs_up_has_left_at_once(is_away: bool) -> None:
    """Not after the grace time, and they are not taken for somebody new while they are still in the room."""
    linker = Linker()
    linker.update([call("active")], 0.0)
    if is_away:
        assert linker.update([], 0.5) == [PersonAway(0.5, "sip_1")]
    assert linker.update([call("hangup"), ANNA], 1.0) == [PersonLeft(1.0, "sip_1"), PersonLinked(1.0, "anna")]
    assert linker.update([call("hangup"), ANNA], 1.1) == []
    alone = Linker()
    alone.update([call("active")], 0.0)
    assert alone.update([call("hangup")], 1.0) == [PersonLeft(1.0, "sip_1")]
    assert alone.update([call("hangup")], 1.1) == []
    assert alone.update([], 1.2) == []


def test_a_telephone_that_is_called_again_is_back_when_it_is_answered() -> None:
    linker = Linker()
    linker.update([call("active")], 0.0)
    linker.update([], 1.0)
    assert linker.update([call("ringing")], 2.0) == []
    assert linker.update([call("active")], 3.0) == [PersonBack(3.0, "sip_1")]


def test_only_telephones_have_a_status() -> None:
    """Whoever may write their own attributes does not keep the bot away by them."""
    for status in ("ringing", "hangup"):
        linker = Linker()
        presence = RemoteParticipant("anna", "STANDARD", call_status=status)
        assert linker.update([presence], 0.0) == [PersonLinked(0.0, "anna")]
        assert linker.update([presence], 1.0) == []


PRESENCES = st.builds(
    RemoteParticipant,
    identity=st.sampled_from("abcd"),
    kind=st.sampled_from(KINDS),
    hidden=st.booleans(),
    on_behalf=st.booleans(),
    call_status=st.sampled_from(["", "dialing", "ringing", "active", "hangup"]),
)
PASSED = st.sampled_from([0.0, 0.1, 3.3, 9.9, GRACE, 15.0])
STEPS = st.lists(st.tuples(PASSED, st.lists(PRESENCES, unique_by=lambda p: p.identity), st.booleans()), max_size=12)


@given(steps=STEPS, wanted=st.sampled_from([None, "a"]))
def test_events_tell_a_consistent_story(
    steps: list[tuple[float, list[RemoteParticipant], bool]], wanted: str | None
) -> None:
    """One identity at a time: Linked, Away and Back by turns, Left after an Away or a hang-up; and the state agrees."""
    linker = Linker(wanted, GRACE)
    now, linked, away_at = 0.0, None, None
    for passed, present, renew in steps:
        now += passed
        if renew:
            linker.renew_grace(now)
            away_at = away_at if away_at is None else now
        by_identity = {presence.identity: presence for presence in present}
        for event in linker.update(present, now):
            assert event.at == now
            has_hung_up = event.identity in by_identity and by_identity[event.identity].has_hung_up
            linked, away_at = _follow(event, linked, away_at, has_hung_up)
            if isinstance(event, PersonLinked | PersonBack):
                presence = by_identity[event.identity]
                assert not presence.hidden
                assert not presence.on_behalf
                assert presence.kind != "AGENT"
                assert presence.is_on_the_line
                assert wanted is not None or presence.kind in HUMAN_KINDS
                assert wanted in (None, event.identity)
        assert linker.linked == linked
        assert linker.away_until == (None if away_at is None else away_at + GRACE)
        assert linker.update(present, now) == [], "the same room again is no news"


def _follow(
    event: LinkEvent, linked: str | None, away_at: float | None, has_hung_up: bool
) -> tuple[str | None, float | None]:
    match event:
        case PersonLinked():
            assert linked is None
            return event.identity, None
        case PersonAway():
            assert event.identity == linked
            assert away_at is None
            return linked, event.at
        case PersonBack():
            assert event.identity == linked
            assert away_at is not None
            return linked, None
        case PersonLeft():
            assert event.identity == linked
            assert has_hung_up or (away_at is not None and event.at >= away_at + GRACE)
            return None, None


@pytest.mark.parametrize("wanted", [None, "anna"])
def test_who_was_dismissed_may_come_again_once_they_have_left(wanted: str | None) -> None:
    linker = Linker(wanted)
    linker.update([ANNA], 0.0)
    linker.dismiss()
    assert linker.update([ANNA], 1.0) == [PersonLeft(1.0, "anna")]
    assert linker.update([ANNA], 100.0) == []
    assert linker.linked is None
    assert linker.update([], 101.0) == []
    assert linker.update([ANNA], 102.0) == [PersonLinked(102.0, "anna")]


def test_the_next_one_is_linked_when_one_is_dismissed() -> None:
    linker = Linker()
    linker.update([ANNA, BEN], 0.0)
    linker.dismiss()
    assert linker.update([ANNA, BEN], 1.0) == [PersonLeft(1.0, "anna"), PersonLinked(1.0, "ben")]
    linker.dismiss()
    assert linker.update([ANNA, BEN], 2.0) == [PersonLeft(2.0, "ben")]


def test_who_was_dismissed_and_has_gone_meanwhile_is_away_as_anybody_is() -> None:
    linker = Linker()
    linker.update([ANNA], 0.0)
    linker.dismiss()
    assert linker.update([], 1.0) == [PersonAway(1.0, "anna")]
    assert linker.update([ANNA], 2.0) == [PersonBack(2.0, "anna")]
