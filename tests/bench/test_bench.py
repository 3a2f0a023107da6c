"""The benchmark: what its caller says, how what it heard is judged, and one small run of all of it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.caller.recording import Recording
from pipeline.audio import LISTEN_RATE, Pcm, silence
from pipeline.stages.summarize import INSTRUCTIONS as SUMMARY_INSTRUCTIONS
from pipeline.turn.completeness import Completeness, completeness
from pipeline.turn.words import is_backchannel
from tests.bench.barge_ins import barge_ins
from tests.bench.evidence import Evidence
from tests.bench.figures import figure, milliseconds, table
from tests.bench.load import Load
from tests.bench.speech import Phrasebook, Utterance, vocabulary
from tests.bench.talk import Kind, Said
from tests.bench.turns import turns
from tests.support.tone_code import MARKED, folded, spoken, words_in, words_of
from vad.cascade import CascadeVad
from vad.gate import Gate, SpeechEnd, SpeechStart

from ..support.vowels import windows

ROOT = Path(__file__).resolve().parents[2]
RATE = 48_000
TALE = "one two three four five six seven eight nine ten. " * 2 + "one two three four"


# --- what is said ---


def test_the_caller_says_the_same_again_and_never_the_same_twice() -> None:
    one, other = Phrasebook(1), Phrasebook(1)
    said = [one.complete() for _ in range(40)]
    assert all(np.array_equal(each.pcm, other.complete().pcm) for each in said)
    longer = [each.text for each in said if len(each.text.split()) > 1]
    assert len(set(longer)) == len(longer)
    assert [Phrasebook(2).complete().text for _ in range(3)] != [each.text for each in said[:3]]


def test_a_transcriber_hears_every_sentence_with_the_mark_at_its_end() -> None:
    phrasebook = Phrasebook(3)
    for _ in range(20):
        said = phrasebook.complete()
        heard = words_in(said.pcm, LISTEN_RATE, vocabulary(), MARKED)
        assert [folded(word) for word in heard] == [folded(word) for word in words_of(said.text)]
        assert heard[-1].casefold() == said.text.split()[-1].casefold()
        assert completeness(said.text, "en") is Completeness.COMPLETE


def test_a_pause_lies_where_the_sentence_is_unfinished() -> None:
    phrasebook = Phrasebook(4)
    for _ in range(10):
        said = phrasebook.paused()
        assert said.pause is not None
        start, end = (round(at * LISTEN_RATE) for at in said.pause)
        assert 0.4 <= said.pause[1] - said.pause[0] <= 1.0
        assert not said.pcm[start:end].any()
        first = words_in(said.pcm[:start], LISTEN_RATE, vocabulary(), MARKED)
        assert completeness(" ".join(first), "en") is Completeness.UNFINISHED
    assert is_backchannel(phrasebook.backchannel().text, "en")
    assert words_in(phrasebook.cough().pcm, LISTEN_RATE, vocabulary(), MARKED) == []


def test_the_voice_is_noticed_at_once_and_so_is_its_end() -> None:
    """Else the benchmark would measure its own voice."""
    phrasebook, vad, gate = Phrasebook(5), CascadeVad(), Gate()
    onsets, ends = [], []
    for number in range(12):
        pcm, lead = phrasebook.complete().pcm, LISTEN_RATE * (1 + number % 4) + 37 * number
        began = gate.position + lead
        ended = began + len(pcm)
        audio = np.concatenate([silence(lead), pcm, silence(LISTEN_RATE)])
        edges = [edge for window in windows(audio) if (edge := gate.feed(vad.probability(window))) is not None]
        assert [type(edge) for edge in edges] == [SpeechStart, SpeechEnd], "in one piece"
        onsets.append((edges[0].sample - began) / LISTEN_RATE)
        ends.append((edges[1].sample - ended) / LISTEN_RATE)
    assert np.median(onsets) < 0.06
    assert max(onsets) < 0.25
    assert max(np.abs(ends)) < 0.1


# --- how it is judged ---


def recording(*pieces: tuple[float, Pcm]) -> Recording:
    """Sounds at their loop times, and silence around them until 20 s."""
    pcm = silence(20 * RATE)
    for at, sound in pieces:
        pcm[round(at * RATE) :][: len(sound)] = sound
    made = Recording(RATE)
    for n, frame in enumerate(pcm.reshape(-1, made.frame_samples)):
        made.append(n * 0.01, frame.tobytes())
    return made


def voice(text: str) -> Pcm:
    return spoken(words_of(text), RATE)[0]


def said(kind: Kind, text: str, start_at: float, end_at: float) -> Said:
    return Said(kind, Utterance(text, silence(1)), start_at, end_at, holes=0, was_ready=True)


def request(at: float, user: str, assistant: str = "") -> dict[str, Any]:
    messages = [{"role": "assistant", "content": assistant}, {"role": "user", "content": user}]
    return {"at": at, "first_token_at": at + 0.3, "messages": messages}


def evidence(heard: Recording, talk: list[Said], *requests: dict[str, Any], **log: list[dict[str, Any]]) -> Evidence:
    """Finals are what the model was asked, unless others are given."""
    finals = [{"at": each["at"], "text": each["messages"][1]["content"]} for each in requests]
    whole = {"finals": finals, "finalizes": [], "requests": requests, "syntheses": [], **log}
    return Evidence(talk, heard, whole, None, 20.0)


def test_a_turn_is_measured_from_the_last_sample_to_the_first() -> None:
    heard = recording((2.8, voice("You said red lamp")))
    [turn] = turns(evidence(heard, [said("complete", "Red lamp?", 1.0, 2.0)], request(2.1, "red lamp?")))
    assert turn.voice_to_voice == pytest.approx(0.8, abs=0.011)
    assert turn.simulators == pytest.approx(0.3)
    assert (turn.requests, turn.lost_words, turn.answer_errors, turn.is_early) == (1, 0, 0, False)


def test_a_summary_that_is_made_meanwhile_is_none_of_the_turn_s_requests() -> None:
    heard = recording((2.8, voice("You said red lamp")))
    asked, summary = request(2.1, "red lamp?"), request(2.9, "The record: they talked of many things")
    summary["messages"][0] = {"role": "system", "content": SUMMARY_INSTRUCTIONS}
    talk = [said("complete", "Red lamp?", 1.0, 2.0)]
    [turn] = turns(evidence(heard, talk, asked, summary, finals=[{"at": 2.1, "text": "red lamp?"}]))
    assert (turn.requests, turn.lost_words) == (1, 0)


def test_an_answer_into_the_sentence_is_early_and_no_latency() -> None:
    heard = recording((1.5, voice("You said red lamp")))
    [turn] = turns(evidence(heard, [said("paused", "Red lamp?", 1.0, 2.0)], request(1.2, "red lamp?")))
    assert turn.is_early
    assert turn.voice_to_voice is None


def test_lost_and_doubled_words_are_counted_where_they_were_lost() -> None:
    """On the way to the model, and in the answer."""
    heard = recording((2.8, voice("You said said lamp")))
    talk = [said("complete", "Small red lamp?", 1.0, 2.0)]
    [turn] = turns(evidence(heard, talk, request(2.1, "red lamp?"), finals=[{"at": 2.0, "text": "small red lamp?"}]))
    assert (turn.misheard_words, turn.lost_words, turn.answer_errors) == (0, 1, 1)


def test_simulators_that_work_at_the_same_time_are_counted_once() -> None:
    finalizes: list[dict[str, Any]] = [{"at": 0.9, "answered_at": 1.1}, {"at": 1.3, "answered_at": None}]
    syntheses = [{"asked_at": 1.2, "first_audio_at": 1.4}, {"asked_at": 1.3, "first_audio_at": 1.6}]
    of = evidence(recording(), [], finalizes=finalizes, syntheses=syntheses)
    assert of.simulators(1.0, 1.5) == pytest.approx(0.1 + 0.3)


def test_a_barge_in_is_measured_from_its_onset_and_held_against_what_the_model_was_told() -> None:
    tale = voice(TALE)[: 2 * RATE]
    words = words_in(tale, RATE, words_of(TALE)[:10])
    talk = [said("tale", "Tell me a long tale.", 1.0, 2.0), said("barge-in", "Stop it now.", 4.5, 5.5)]
    of = evidence(recording((2.8, tale)), talk, request(5.6, "Stop it now.", " ".join([*words, "nine"]) + "—"))
    [barge_in] = barge_ins(of)
    assert barge_in.stop == pytest.approx(0.3, abs=0.1)
    assert barge_in.errors == 1, "one word more than was heard"


@pytest.mark.parametrize(("goes_on_with", "errors"), [(5, 0), (7, 2), (4, 1)])
def test_a_tale_that_goes_on_must_be_whole(goes_on_with: int, errors: int) -> None:
    words = words_of(TALE)
    first, rest = voice(" ".join(words[:5])), voice(" ".join(words[goes_on_with:]))
    at = 2.8 + len(first) / RATE
    talk = [said("tale", "Tell me a long tale.", 1.0, 2.0), said("backchannel", "Mhm.", at - 0.2, at)]
    [barge_in] = barge_ins(evidence(recording((2.8, first), (at + 0.6, rest)), talk))
    assert barge_in.silence == pytest.approx(0.6 + 0.08, abs=0.02)
    assert barge_in.errors == errors
    assert not barge_in.is_lost


def test_a_word_that_a_hold_has_torn_is_no_doubling() -> None:
    words = words_of(TALE)
    pcm, times = spoken(words[:8], RATE)
    torn = pcm[: round((times[7].start + 0.75 * (times[7].end - times[7].start)) * RATE)]
    at = 2.8 + len(torn) / RATE
    talk = [said("tale", "Tell me a long tale.", 1.0, 2.0), said("backchannel", "Mhm.", at - 0.2, at)]
    [barge_in] = barge_ins(evidence(recording((2.8, torn), (at + 0.5, voice(" ".join(words[7:])))), talk))
    assert barge_in.errors == 0


def test_a_tale_that_does_not_go_on_is_lost() -> None:
    talk = [said("tale", "Tell me a long tale.", 1.0, 2.0), said("cough", "", 4.0, 4.4)]
    [barge_in] = barge_ins(evidence(recording((2.8, voice("one two three four"))), talk))
    assert barge_in.is_lost


def test_a_figure_is_met_when_all_its_targets_are() -> None:
    quick, slow = milliseconds("quick", [0.1, None, 0.2], median=200, p95=500), figure("slow", "s", [3.0], median=2.0)
    assert (quick.is_met, slow.is_met, figure("free", "", [1]).is_met) == (True, False, None)
    assert figure("gone", "s", [], median=1.0).verdict == "not measured"
    lines = table([quick, slow]).splitlines()
    assert lines[1].startswith("quick, ms")
    assert lines[1].endswith("met")
    assert lines[2].endswith("MISSED")


def test_a_machine_with_other_work_gives_no_result() -> None:
    assert Load(before=0.05, others=[0.1] * 50, lags=[0.001] * 500).faults() == []
    assert Load(before=0.5).faults()
    assert Load(others=[0.1] * 45 + [0.9] * 5).faults()
    assert Load(lags=[0.001] * 95 + [0.1] * 5).faults()


# --- all of it ---


@pytest.mark.sfu
@pytest.mark.slow
@pytest.mark.timeout(380)
def test_a_small_run(server_binary: Path, tmp_path: Path) -> None:
    """Its structure: on a machine that also runs tests, times mean nothing."""
    small = ["--quick", "--turns", "5", "--barge-ins", "3"]
    command = [
        sys.executable,
        "-m",
        "tests.bench",
        *small,
        "--json",
        str(tmp_path / "all.json"),
        "--keep",
        str(tmp_path / "kept"),
    ]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=360, check=False)
    assert ran.returncode == 0, ran.stderr
    told = json.loads((tmp_path / "all.json").read_text())
    figures = {each["name"]: each for each in told["figures"]}
    for name in (
        *("voice-to-voice", "overhead", "barge-in, onset to silence", "process start to joined and publishing"),
        *("tools: the bot's own share of a call, instant tool", "tools: first sound, tool of 3 s"),
        "summaries: added to turns (medians)",
    ):
        assert figures[name]["count"] > 0, name
        assert name in ran.stdout
    assert ("NOT A RESULT" in ran.stdout) == (not told["is_result"])
    assert len(told["turns"]) == 5 + 3 + 2 + 1, "turns, requests for tales, barge-ins, the last tale"
    assert [each["kind"] for each in told["barge_ins"]] == ["barge-in", "barge-in", "backchannel"]
    assert {"words final", "first audio", "heard by the caller"} <= told["turns"][0]["parts"].keys()
    assert [each["count"] for each in told["sessions"]] == [1, 2]
    assert {path.name for path in (tmp_path / "kept").iterdir()} >= {"journal.jsonl", "heard.wav"}
