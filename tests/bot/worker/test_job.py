"""What a job brings reaches its bot as it is, and nothing of it is read as more than text."""

from dataclasses import replace
from pathlib import Path

import pytest
from livekit.protocol import agent, models

from bot.settings.reading import load_settings
from bot.worker import messages
from bot.worker.job import Job
from bot.worker.job_process import _history_before
from bot.worker.roster import OfferAnswer
from pipeline.errors import RoomError
from pipeline.events import TextReceived
from pipeline.journal import Journal
from pipeline.turn.policy import Policy
from pipeline.turn.state import State
from tests.support.command import NOBODY
from tests.support.talk import Talk

JOB = Job("AJ_1", "@/etc/passwd", "ws://elsewhere:1", "the-token", "rawbot-AJ_1", '{"a": "line\\nbreak"}')


def test_a_job_goes_through_the_pipe_as_one_line() -> None:
    line = JOB.to_line()
    assert line.count(b"\n") == 1
    assert Job.from_line(line) == JOB
    assert "the-token" not in repr(JOB)


def test_its_settings_are_the_workers_in_its_room(tmp_path: Path) -> None:
    options = {"room": "none", "stay": True, "journal": tmp_path / "talk.jsonl"}
    settings = JOB.settings(load_settings(options, environ=NOBODY, directory=tmp_path))
    assert (settings.room, settings.url, settings.identity) == ("@/etc/passwd", "ws://elsewhere:1", "rawbot-AJ_1")
    assert settings.livekit_token is not None
    assert settings.livekit_token.reveal() == "the-token"
    assert "the-token" in settings.secrets, "no log shows it"
    assert not settings.stay
    assert settings.journal == tmp_path / "talk-AJ_1.jsonl"


def test_a_journal_stays_in_its_folder(tmp_path: Path) -> None:
    settings = load_settings({"room": "none", "journal": tmp_path / "a.jsonl"}, environ=NOBODY, directory=tmp_path)
    sly = Job("../../x", "room", "ws://h", "t", "me")
    assert sly.settings(settings).journal == tmp_path / "a-x.jsonl"


@pytest.mark.parametrize(("job", "folder"), [("AJ_1", "AJ_1"), ("../../x", "x"), ("..", "job")])
def test_recordings_of_a_job_have_a_folder_in_the_workers(job: str, folder: str, tmp_path: Path) -> None:
    settings = load_settings({"room": "none", "record": tmp_path / "calls"}, environ=NOBODY, directory=tmp_path)
    assert Job(job, "room", "ws://h", "t", "me").settings(settings).record == tmp_path / "calls" / folder


def test_a_second_process_takes_the_place_of_the_first(tmp_path: Path) -> None:
    settings = load_settings({"room": "none", "journal": tmp_path / "a.jsonl"}, environ=NOBODY, directory=tmp_path)
    again = JOB.again()
    assert (again.identity, again.token) == (JOB.identity, JOB.token)
    assert again.settings(settings).journal == tmp_path / "a-AJ_1-2.jsonl", "the first one's is evidence"


def test_it_goes_on_from_what_was_said_before(tmp_path: Path) -> None:
    """As far as the journal of the process that died goes: its last line may be torn."""
    settings = load_settings({"room": "none", "journal": tmp_path / "a.jsonl"}, environ=NOBODY, directory=tmp_path)
    own = JOB.settings(settings).journal
    assert own is not None
    start = State(has_language_model=False)  # a turn is committed at once
    journal = Journal(own, Policy(), start)
    talk = Talk(journal.observe, start=start)
    talk.join()
    talk.happen(TextReceived(talk.now, "ann", "My name is Anna."))
    with own.open("ab") as file:
        file.write(b'{"session": "torn')
    (said,) = _history_before(JOB.again(), settings)
    assert (said.role, said.text) == ("user", "My name is Anna.")
    assert said in talk.state.history
    assert _history_before(JOB, settings) == (), "the first process goes on from nothing"
    own.write_text("no journal\n\n{}")
    assert _history_before(JOB.again(), settings) == ()


def test_reads_what_a_server_says() -> None:
    assert messages.read(agent.ServerMessage(pong=agent.WorkerPong()).SerializeToString()) == messages.Pong()
    assert messages.read(agent.ServerMessage().SerializeToString()) is None, "newer ones have more to say"
    with pytest.raises(RoomError, match="worker protocol"):
        messages.read(b"\xff\xff\xff no protobuf")


def test_a_job_about_a_person_is_for_that_person(tmp_path: Path) -> None:
    """A job of a room names none; then it is whom the operator has set, or who comes first."""
    job = agent.Job(id="AJ_1", participant=models.ParticipantInfo(identity="caller"))
    offered = messages.read(agent.ServerMessage(availability=agent.AvailabilityRequest(job=job)).SerializeToString())
    assert isinstance(offered, messages.Offered)
    assert offered.offer.participant == "caller"
    job.ClearField("participant")
    offered = messages.read(agent.ServerMessage(availability=agent.AvailabilityRequest(job=job)).SerializeToString())
    assert isinstance(offered, messages.Offered)
    assert offered.offer.participant is None
    theirs = load_settings({"room": "none", "participant": "boss"}, environ=NOBODY, directory=tmp_path)
    assert JOB.settings(theirs).participant == "boss"
    assert replace(JOB, participant="caller").settings(theirs).participant == "caller"


@pytest.mark.parametrize(
    ("answer", "fields"),
    [(OfferAnswer.TAKE, (True, False)), (OfferAnswer.REFUSE, (False, False)), (OfferAnswer.SETTLED, (False, True))],
)
def test_answers_an_offer(answer: OfferAnswer, fields: tuple[bool, bool]) -> None:
    sent = agent.WorkerMessage.FromString(messages.answer("AJ_1", answer, identity="me")).availability
    assert (sent.available, sent.terminate) == fields
    assert sent.participant_identity == "me"
