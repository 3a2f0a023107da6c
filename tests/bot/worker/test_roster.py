"""The roster: which jobs a worker takes, and what it says of itself. Numbers for the clock, tables and a property."""

from hypothesis import given
from hypothesis import strategies as st

from bot.worker.job import JobOffer
from bot.worker.roster import ASSIGN_DELAY, BUSY_LIMIT, LEAVE_DELAY, REOPEN_DELAY, JobTotals, OfferAnswer, Phase, Roster

TARGET_LOAD = 0.7
"""`agents.target_load` of livekit-server: from it on, no job is offered."""


def offer(number: int, room: str | None = None, room_id: str | None = None) -> JobOffer:
    name = f"room {number}" if room is None else room
    return JobOffer(f"J{number}", name, f"RM_{name}" if room_id is None else room_id)


def test_takes_as_many_as_there_are_places() -> None:
    roster = Roster(2)
    assert [roster.answer(offer(number), 0.0) for number in range(3)] == [
        OfferAnswer.TAKE,
        OfferAnswer.TAKE,
        OfferAnswer.REFUSE,
    ]
    roster.end("J0")
    assert roster.answer(offer(3), 0.0) is OfferAnswer.TAKE


def test_an_offer_that_is_not_assigned_gives_its_place_back() -> None:
    roster = Roster(1)
    assert roster.answer(offer(0), 0.0) is OfferAnswer.TAKE
    assert roster.answer(offer(1), ASSIGN_DELAY) is OfferAnswer.REFUSE
    assert roster.answer(offer(1), ASSIGN_DELAY + 0.1) is OfferAnswer.TAKE


def test_what_is_assigned_keeps_its_place() -> None:
    roster = Roster(1)
    roster.answer(offer(0), 0.0)
    assert roster.assign(offer(0), 1.0)
    assert roster.answer(offer(1), 1000.0) is OfferAnswer.REFUSE


def test_the_server_decides() -> None:
    """An assignment counts whenever it comes, and once."""
    roster = Roster(1)
    roster.answer(offer(0), 0.0)
    assert len(roster) == 1
    assert roster.status(ASSIGN_DELAY + 1.0).jobs == 0
    assert roster.assign(offer(0), ASSIGN_DELAY + 2.0)
    assert not roster.assign(offer(0), ASSIGN_DELAY + 2.0)
    roster.start("J0", ASSIGN_DELAY + 3.0)
    assert not roster.assign(offer(0), ASSIGN_DELAY + 4.0)
    assert roster.running == ("J0",)


def test_a_room_is_served_once() -> None:
    roster = Roster(5)
    roster.answer(offer(0, "lobby"), 0.0)
    assert roster.answer(offer(1, "lobby"), 0.0) is OfferAnswer.SETTLED
    assert roster.answer(offer(0, "lobby"), 0.0) is OfferAnswer.TAKE, "the same job, asked for again"


def test_a_room_that_was_opened_again_waits_for_the_old_bot_to_leave() -> None:
    roster = Roster(5)
    roster.assign(offer(0, "lobby", "RM_old"), 0.0)
    new = offer(1, "lobby", "RM_new")
    assert roster.answer(new, 1.0, 0.0) is OfferAnswer.LATER
    assert roster.answer(new, 1.0 + REOPEN_DELAY, REOPEN_DELAY) is OfferAnswer.SETTLED, "it has joined the new one"
    roster.end("J0")
    assert roster.answer(new, 2.0, 1.0) is OfferAnswer.TAKE


def test_a_room_whose_job_is_not_wanted_any_more_gets_another_once_the_bot_has_left() -> None:
    roster = Roster(5)
    roster.assign(offer(0, "lobby"), 0.0)
    roster.leave("J0")
    new = offer(1, "lobby")
    assert roster.answer(new, 1.0, 0.0) is OfferAnswer.LATER
    assert roster.answer(new, 1.0 + LEAVE_DELAY, LEAVE_DELAY) is OfferAnswer.REFUSE, "another worker may take it"
    roster.end("J0")
    assert roster.answer(new, 2.0, 1.0) is OfferAnswer.TAKE


def test_drained_when_the_last_job_has_ended() -> None:
    roster = Roster(5)
    roster.answer(offer(0), 0.0)
    roster.assign(offer(0), 0.0)
    roster.answer(offer(1), 0.0)
    assert not roster.is_done(0.0)
    roster.drain()
    assert roster.answer(offer(2), 0.0) is OfferAnswer.REFUSE
    assert not roster.is_done(0.0)
    roster.end("J0")
    assert not roster.is_done(1.0), "an offer that was taken may still be assigned"
    assert roster.is_done(ASSIGN_DELAY + 0.1)


def test_counts_how_far_jobs_are_and_how_they_ended() -> None:
    roster = Roster(3)
    for number in range(4):
        roster.answer(offer(number), 0.0)
    roster.assign(offer(1), 0.0)
    roster.assign(offer(2), 0.0)
    roster.start("J2", 0.0)
    assert [roster.count(phase) for phase in Phase] == [1, 1, 1]
    roster.end("J1", has_failed=True)
    roster.end("J1")
    roster.end("J2")
    roster.end("nobody's")
    assert roster.totals == JobTotals(succeeded=1, failed=1, refused=1)
    assert [roster.count(phase) for phase in Phase] == [1, 0, 0]


def test_says_why_it_takes_no_more() -> None:
    roster = Roster(2, job_memory=200 << 20)
    roster.observe(1.0, 300 << 20)
    assert roster.answer(offer(0), 0.0) is OfferAnswer.TAKE, "what keeps the machine busy is not the worker's"
    assert roster.answer(offer(1), 0.0) is OfferAnswer.REFUSE
    assert roster.refusal() == "the CPU is 100% busy"
    roster.observe(0.5, 150 << 20)
    assert roster.answer(offer(1), 0.0) is OfferAnswer.REFUSE
    assert roster.refusal() == "150 MB of memory are left, and a call may take 200"
    roster.observe(0.5, None)
    assert roster.answer(offer(1), 0.0) is OfferAnswer.TAKE
    assert roster.refusal() == "all 2 places are taken"
    roster.drain()
    assert roster.refusal() == "the worker is draining"


STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["answer", "assign", "start", "end"]), st.integers(0, 6), st.floats(0.0, 10.0)),
        st.tuples(st.just("drain"), st.just(0), st.floats(0.0, 10.0)),
    ),
    max_size=60,
)


@given(STEPS, st.integers(1, 4), st.floats(0.0, 1.0), st.sampled_from([None, 0, 99, 100]))
def test_whatever_happens(
    steps: list[tuple[str, int, float]], max_jobs: int, busy: float, free_memory: int | None
) -> None:
    """It never takes more than fits, nothing while it drains, and tells a load that fits what it says."""
    roster, now = Roster(max_jobs, job_memory=100), 0.0
    roster.observe(busy, free_memory)
    has_memory = free_memory in (None, 100)
    for what, number, after in steps:
        now += after
        before = roster.status(now).jobs
        match what:
            case "answer":
                known = f"J{number}" in roster._entries
                if roster.answer(offer(number), now) is OfferAnswer.TAKE and not known:
                    assert before < max_jobs
                    assert has_memory
                    assert busy < BUSY_LIMIT or not before
                    assert not roster.is_draining
            case "assign":
                roster.assign(offer(number), now)
            case "start":
                roster.start(f"J{number}", now)
            case "end":
                roster.end(f"J{number}")
            case "drain":
                roster.drain()
        status = roster.status(now)
        is_calm = busy < BUSY_LIMIT or not status.jobs
        assert status.is_available == (not roster.is_draining and status.jobs < max_jobs and has_memory and is_calm)
        assert status.is_available == (roster.places > 0)
        assert (status.load < TARGET_LOAD) == status.is_available
        assert 0.0 <= status.load <= 1.0
        assert roster.is_done(now) == (roster.is_draining and status.jobs == 0)
