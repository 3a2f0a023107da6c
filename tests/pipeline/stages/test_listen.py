"""The ears on virtual time, with a microphone and a transcriber that follow a script."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import numpy as np
import pytest

from pipeline import events, ports
from pipeline.audio import LISTEN_RATE, LISTEN_WINDOW, Pcm
from pipeline.errors import Malformed, Refused, Unavailable
from pipeline.events import (
    AudioAbsent,
    AudioSeen,
    FinalTranscript,
    InterimTranscript,
    ListenEvent,
    SpeechStarted,
    SpeechStopped,
    TranscriptWord,
)
from pipeline.ports import AudioGap, AudioWindow
from pipeline.speech import Finalize, Transcript, WordTime
from pipeline.stages.listen import QUIET_DELAY, Listen
from pipeline.testing.virtual_loop import settle, virtual_time
from vad.gate import GateOptions

WINDOW = LISTEN_WINDOW / LISTEN_RATE
GATE = GateOptions(min_speech=2 * WINDOW, min_silence=4 * WINDOW)

E = TypeVar("E", bound=ListenEvent)
Answer = Transcript | ports.StreamLost | ports.StreamRestored


class FakeMicrophone:
    """An AudioIn that gives what the test puts in; each window tells its number in its samples, speech is positive."""

    def __init__(self) -> None:
        self._items: asyncio.Queue[AudioWindow | AudioGap | None] = asyncio.Queue()
        self.windows = 0

    async def listen(self) -> AsyncIterator[AudioWindow | AudioGap]:
        while (item := await self._items.get()) is not None:
            yield item

    async def speak(self, pattern: str) -> None:
        """Windows in real time, "S" of speech: each arrives when it is complete."""
        for kind in pattern:
            await asyncio.sleep(WINDOW)
            self.put(kind)
            await settle()

    def put(self, pattern: str) -> None:
        """Windows that arrive now, all at once."""
        for kind in pattern:
            self.windows += 1
            samples = np.full(LISTEN_WINDOW, self.windows if kind == "S" else -self.windows, dtype=np.int16)
            self._items.put_nowait(AudioWindow(samples, now()))

    async def mute(self) -> None:
        self._items.put_nowait(AudioGap(now()))
        await settle()

    def end(self) -> None:
        self._items.put_nowait(None)


class FakeTranscriber:
    """Notes what it is given; answers what the test has it answer."""

    def __init__(self) -> None:
        self.given: list[int | Finalize] = []
        """Windows by their numbers."""
        self.pieces: list[tuple[int, ...]] = []
        """The same as they were sent."""
        self.closed = False
        self._answers: asyncio.Queue[Answer | Exception | None] = asyncio.Queue()

    async def warm(self) -> None: ...

    async def aclose(self) -> None: ...

    async def transcribe(self, audio: AsyncIterator[Pcm | Finalize]) -> AsyncGenerator[Answer, None]:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._take(audio))
                while (answer := await self._answers.get()) is not None:
                    if isinstance(answer, Exception):
                        raise answer
                    yield answer
        finally:
            self.closed = True

    async def _take(self, audio: AsyncIterator[Pcm | Finalize]) -> None:
        async for item in audio:
            if isinstance(item, Finalize):
                self.given.append(item)
            else:
                self.pieces.append(tuple(abs(int(sample)) for sample in item[::LISTEN_WINDOW]))
                self.given += self.pieces[-1]
        self._answers.put_nowait(None)

    async def answer(self, *answers: Answer | Exception) -> None:
        for answer in answers:
            self._answers.put_nowait(answer)
        await settle()


class FakeVad:
    """Takes windows of positive samples for speech."""

    def __init__(self) -> None:
        self.resets = 0
        self.of_silence = 0.1

    def probability(self, window: Pcm) -> float:
        return 0.9 if window[0] > 0 else self.of_silence

    def reset(self) -> None:
        self.resets += 1


class Scene:
    """Ears that run, and all that they have emitted."""

    def __init__(self) -> None:
        self.microphone, self.transcriber, self.vad = FakeMicrophone(), FakeTranscriber(), FakeVad()
        self.events: list[ListenEvent] = []
        self.ears = Listen(self.microphone, self.transcriber, self.vad, self.events.append, gate=GATE)

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def edges(self) -> Sequence[SpeechStarted | SpeechStopped]:
        return [event for event in self.events if isinstance(event, SpeechStarted | SpeechStopped)]


@asynccontextmanager
async def listening() -> AsyncIterator[Scene]:
    scene = Scene()
    async with asyncio.TaskGroup() as group:
        running = group.create_task(scene.ears.run())
        await settle()
        yield scene
        scene.microphone.end()
        await running
    assert scene.transcriber.closed


def about(seconds: float | tuple[float, ...]) -> Any:
    return pytest.approx(seconds)


def now() -> float:
    return asyncio.get_running_loop().time()


def final(text: str, start: float, end: float, *, answers_finalize: bool = False) -> Transcript:
    words = (WordTime(text, start, end),) if text else ()
    return Transcript(text, True, start, end, words, answers_finalize)


QUIET = "." * 10


@virtual_time
async def test_every_window_makes_one_event_that_says_how_far_audio_was_heard() -> None:
    async with listening() as scene:
        await scene.microphone.speak(QUIET + "SSSSS.....")
    assert len(scene.events) == 20
    for number, event in enumerate(scene.events, 1):
        assert isinstance(event, AudioSeen | SpeechStarted | SpeechStopped)
        assert (event.at, event.watermark_at) == (about(number * WINDOW), about(number * WINDOW))


@virtual_time
async def test_edges_tell_when_speech_changed_not_when_it_was_noticed() -> None:
    async with listening() as scene:
        await scene.microphone.speak(QUIET + "SSSSS....")
    started, stopped = scene.edges()
    assert isinstance(started, SpeechStarted)
    assert isinstance(stopped, SpeechStopped)
    assert started.began_at == about(10 * WINDOW)
    assert started.at == about(12 * WINDOW)
    assert started.speech_duration == about(2 * WINDOW)
    assert stopped.ended_at == about(15 * WINDOW)
    assert stopped.at == about(19 * WINDOW)
    assert stopped.speech_duration == about(5 * WINDOW)


@virtual_time
async def test_windows_tell_how_long_speech_and_silence_have_lasted() -> None:
    """What a barge-in and a short pause are measured by, before any stop."""
    async with listening() as scene:
        await scene.microphone.speak(QUIET + "SSSSS...")
    seen = [(event.speech_duration, event.silence_duration) for event in scene.of(AudioSeen)]
    expected = [(3, 0), (4, 0), (5, 0), (5, 1), (5, 2), (5, 3)]
    assert seen[-6:] == [(about(speech * WINDOW), about(silence * WINDOW)) for speech, silence in expected]
    assert [event.probability for event in scene.of(AudioSeen)][-4:] == [0.9, 0.1, 0.1, 0.1]


@virtual_time
async def test_a_burst_after_a_stall_has_the_times_at_which_it_was_spoken() -> None:
    async with listening() as scene:
        await scene.microphone.speak(QUIET)
        await asyncio.sleep(20 * WINDOW)
        scene.microphone.put("SSSSSSSSSS" + "." * 10)
        await settle()
        assert all(event.at == now() for event in scene.events[-20:])
    started, stopped = scene.edges()
    assert isinstance(started, SpeechStarted)
    assert isinstance(stopped, SpeechStopped)
    assert started.began_at == about(10 * WINDOW)
    assert stopped.ended_at == about(20 * WINDOW)
    watermarks = [event.watermark_at for event in scene.events if isinstance(event, AudioSeen)]
    assert watermarks == sorted(watermarks)
    assert watermarks[-1] == about(30 * WINDOW)


@virtual_time
async def test_others_run_between_the_windows_of_a_burst() -> None:
    async with listening() as scene:
        scene.microphone.put("." * 50)
        turns = 0
        while len(scene.events) < 50:
            await asyncio.sleep(0)
            turns += 1
        assert turns >= 50


@virtual_time
async def test_a_muted_microphone_ends_speech_and_is_known_to_be_silent() -> None:
    async with listening() as scene:
        await scene.microphone.speak(QUIET + "SSSS.")
        await asyncio.sleep(0.8)
        await scene.microphone.mute()
        muted_at = now()
        assert scene.events[-2:] == [
            SpeechStopped(muted_at, muted_at, about(14 * WINDOW), about(4 * WINDOW)),
            AudioAbsent(muted_at),
        ]
        assert scene.vad.resets == 1
        await asyncio.sleep(100)
        await scene.microphone.speak("." * 10 + "SS")
        assert scene.edges()[-1] == SpeechStarted(now(), now(), about(muted_at + 100 + 10 * WINDOW), about(2 * WINDOW))


@virtual_time
async def test_a_break_in_silence_is_no_end_of_speech() -> None:
    async with listening() as scene:
        await scene.microphone.speak(QUIET)
        await scene.microphone.mute()
    assert not scene.edges()
    assert len(scene.of(AudioAbsent)) == 1


@virtual_time
async def test_all_audio_goes_to_the_transcriber_with_questions_in_their_place() -> None:
    async with listening() as scene:
        await scene.microphone.speak("..SS..")
        scene.ears.finalize()
        await scene.microphone.speak("..")
        await scene.microphone.mute()
        await scene.microphone.speak("..")
    assert scene.transcriber.given == [1, 2, 3, 4, 5, 6, Finalize(), 7, 8, 9, 10]


@virtual_time
async def test_when_it_has_been_quiet_for_a_while_windows_go_in_pieces_of_four_and_speech_at_once() -> None:
    quiet = round(QUIET_DELAY / WINDOW)
    async with listening() as scene:
        scene.vad.of_silence = 0.01
        await scene.microphone.speak("." * quiet + "." * 6)
        await scene.microphone.speak("S")
        assert scene.transcriber.given[-1] == quiet + 7, "the first window that may be of speech"
        await scene.microphone.speak("S" + "." * quiet)
        assert scene.transcriber.given == list(range(1, 2 * quiet + 9)), "nor does anything wait soon after speech"
        await scene.microphone.speak(".....")
        scene.ears.finalize()
        await scene.microphone.speak("...")
        await scene.microphone.mute()
        assert scene.transcriber.given[-1] == 2 * quiet + 16, "what waited is not older than the break"
    sizes = [len(piece) for piece in scene.transcriber.pieces]
    assert sizes == [1] * quiet + [4, 2 + 1] + [1] * (1 + quiet) + [4, 1, 3]
    assert scene.transcriber.given.index(Finalize()) == 2 * quiet + 8 + 5


@virtual_time
async def test_what_the_detector_doubts_goes_to_the_transcriber_at_once() -> None:
    """Quiet or distant voices, which only the transcriber hears."""
    async with listening() as scene:
        scene.vad.of_silence = 0.2
        await scene.microphone.speak("." * 100)
        assert scene.transcriber.given[-1] == 100
    assert {len(piece) for piece in scene.transcriber.pieces} == {1}


@virtual_time
async def test_transcripts_tell_when_words_were_spoken() -> None:
    async with listening() as scene:
        await asyncio.sleep(5)
        await scene.microphone.speak("." * 100)
        heard_at = now()
        await scene.transcriber.answer(
            Transcript("hel", False, 0.5, 0.9),
            final("hello", 0.5, 1.0),
            final("", 1.0, 2.0, answers_finalize=True),
        )
    assert scene.of(InterimTranscript) == [
        InterimTranscript(heard_at, "hel", about(5.5), about(5.9)),
    ]
    assert scene.of(FinalTranscript) == [
        FinalTranscript(
            heard_at,
            "hello",
            about(5.5),
            about(6.0),
            (TranscriptWord("hello", about(5.5), about(6.0)),),
        ),
        FinalTranscript(heard_at, "", about(6.0), about(7.0), (), True),
    ]


@virtual_time
async def test_a_report_without_words_matters_only_where_there_was_speech() -> None:
    def report(windows: int) -> Transcript:
        return Transcript("", is_final=False, start=windows * WINDOW, end=windows * WINDOW)

    async with listening() as scene:
        await scene.microphone.speak("." * 10)
        await scene.transcriber.answer(report(4))
        assert scene.of(InterimTranscript) == []
        await scene.microphone.speak("S" * 10 + "." * 10)
        await scene.transcriber.answer(report(8), report(18), report(25), report(28))
        covered = [event.ended_at for event in scene.of(InterimTranscript)]
        assert covered == about((8 * WINDOW, 18 * WINDOW, 25 * WINDOW))


@virtual_time
async def test_words_from_before_a_break_keep_their_time() -> None:
    """The transcriber counts on as if there had been no break."""
    async with listening() as scene:
        await scene.microphone.speak("." * 50)
        await scene.microphone.mute()
        await asyncio.sleep(60)
        again_at = now()
        await scene.microphone.speak("." * 50)
        await scene.transcriber.answer(final("before", 1.0, 50 * WINDOW), final("after", 50 * WINDOW, 2.0))
    before, after = scene.of(FinalTranscript)
    assert (before.began_at, before.ended_at) == (about(1.0), about(50 * WINDOW))
    assert after.began_at == about(again_at)
    assert after.ended_at == about(again_at + 2.0 - 50 * WINDOW)


@virtual_time
async def test_a_transcript_before_any_audio_has_the_present_time() -> None:
    async with listening() as scene:
        await asyncio.sleep(3)
        await scene.transcriber.answer(final("", 0.0, 0.0, answers_finalize=True))
    assert scene.events == [FinalTranscript(3.0, "", 3.0, 3.0, (), True)]


@virtual_time
async def test_an_outage_of_the_transcriber_is_an_event() -> None:
    async with listening() as scene:
        await scene.transcriber.answer(
            ports.StreamLost(Unavailable("deepgram", "no answer; it is tried again")), ports.StreamRestored()
        )
    lost, back = scene.events
    assert isinstance(lost, events.TranscriberLost)
    assert lost.error == "deepgram: no answer; it is tried again"
    assert back == events.TranscriberBack(0.0)


def test_times_a_little_behind_the_audio_count_as_its_end(caplog: pytest.LogCaptureFixture) -> None:
    """Such as of a transcriber that pads the audio with silence."""

    @virtual_time
    async def scene_with_padding() -> None:
        async with listening() as scene:
            await scene.microphone.speak("." * 100)
            await scene.transcriber.answer(final("one", -0.5, 3.3), final("two", 3.4, 4.9))
        one, two = scene.of(FinalTranscript)
        assert (one.began_at, one.ended_at) == (about(0.0), about(3.2))
        assert (two.began_at, two.ended_at) == (about(3.2), about(3.2))
        assert two.words == (TranscriptWord("two", about(3.2), about(3.2)),)

    scene_with_padding()
    assert caplog.text.count("the transcriber puts words 1.7 s behind the audio") == 1


@pytest.mark.parametrize(
    "answer",
    [
        final("ms for s", 500.0, 2_900.0),
        Transcript("one", True, 0.0, 1.0, (WordTime("one", 100.0, 900.0),)),
        final("nan", 0.0, float("nan")),
        final("before the first sample", -1_000.0, 1.0),
    ],
)
def test_times_that_cannot_be_are_refused(answer: Transcript) -> None:
    """A turn that ends in the future would never be answered, and nobody would be told why."""

    @virtual_time
    async def scene_with_wrong_times() -> None:
        async with listening() as scene:
            await scene.microphone.speak("." * 100)
            await scene.transcriber.answer(answer)
            await asyncio.sleep(1)

    with pytest.raises(ExceptionGroup) as raised:
        scene_with_wrong_times()
    assert raised.group_contains(
        Malformed, match=r"the transcriber: it puts words at .* s, when it has been given 3\.2 s"
    )


@virtual_time
async def test_without_a_transcriber_speech_is_heard_and_there_are_no_words_to_wait_for() -> None:
    microphone, heard = FakeMicrophone(), list[ListenEvent]()
    listen = Listen(microphone, None, FakeVad(), heard.append, gate=GATE)
    async with asyncio.TaskGroup() as group:
        group.create_task(listen.run())
        await microphone.speak(QUIET + "SSSS....")
        await microphone.mute()
        listen.finalize()
        microphone.end()
    assert [type(event) for event in heard if not isinstance(event, AudioSeen)] == [
        SpeechStarted,
        SpeechStopped,
        AudioAbsent,
        FinalTranscript,
    ]
    assert heard[-1] == FinalTranscript(now(), "", now(), now(), answers_finalize=True)


@pytest.mark.parametrize("error", [Refused("deepgram", "the key is wrong"), KeyError("a bug")])
def test_what_the_transcriber_raises_ends_the_ears(error: Exception) -> None:
    @virtual_time
    async def scene_with_error() -> None:
        async with listening() as scene:
            await scene.microphone.speak("...")
            await scene.transcriber.answer(error)
            await asyncio.sleep(1)

    with pytest.raises(ExceptionGroup) as raised:
        scene_with_error()
    assert raised.group_contains(type(error))


def test_a_transcriber_that_just_ends_is_an_error() -> None:
    """A dead bot is better than a deaf one."""

    class Ends(FakeTranscriber):
        async def transcribe(self, audio: AsyncIterator[Pcm | Finalize]) -> AsyncGenerator[Answer, None]:
            await anext(audio)
            return
            yield

    @virtual_time
    async def scene_with_end() -> None:
        microphone = FakeMicrophone()
        microphone.put("..")
        await Listen(microphone, Ends(), FakeVad(), lambda _: None).run()

    with pytest.raises(ExceptionGroup) as raised:
        scene_with_end()
    assert raised.group_contains(RuntimeError, match="Ends ended before its audio")


@virtual_time
async def test_cancelling_the_ears_closes_the_transcriber() -> None:
    scene = Scene()
    async with asyncio.TaskGroup() as group:
        running = group.create_task(scene.ears.run())
        await scene.microphone.speak("..SS")
        running.cancel()
    assert scene.transcriber.closed


@virtual_time
async def test_another_transcriber_hears_what_comes_and_the_last_words_of_the_one_before_are_kept() -> None:
    other = FakeTranscriber()
    async with listening() as scene:
        await scene.microphone.speak(QUIET)
        scene.transcriber._answers.put_nowait(final("One.", 0.0, 0.1))
        scene.ears.use(other)
        await scene.microphone.speak(QUIET + "SSSS" + QUIET)
        await other.answer(final("Two.", 10 * WINDOW, 14 * WINDOW))
    assert scene.transcriber.given == list(range(1, 11))
    assert other.given == list(range(11, 35))
    one, two = scene.of(FinalTranscript)
    assert (one.text, two.text) == ("One.", "Two.")
    assert (two.began_at, two.ended_at) == (about(20 * WINDOW), about(24 * WINDOW))
    assert other.closed


class Breaking(FakeTranscriber):
    """A transcriber that is lost and then refused when its audio ends."""

    async def transcribe(self, audio: AsyncIterator[Pcm | Finalize]) -> AsyncGenerator[Answer, None]:
        async for _ in audio:
            pass
        yield ports.StreamLost(Unavailable("stt", "gone"))
        raise Refused("stt", "no")


@virtual_time
async def test_what_breaks_a_transcriber_that_is_not_used_any_more_costs_its_last_words_alone() -> None:
    breaking, other = Breaking(), FakeTranscriber()
    async with listening() as scene:
        await scene.microphone.speak(QUIET)
        scene.ears.use(breaking)
        await settle()
        scene.ears.use(other)
        await scene.microphone.speak("SSSS")
        await other.answer(final("Two.", 0.0, 4 * WINDOW))
    assert [event.text for event in scene.of(FinalTranscript)] == ["Two."]
    assert scene.of(events.TranscriberLost) == []
