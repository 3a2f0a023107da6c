"""Agents with a voice and a transcriber of their own, in whole conversations."""

from collections.abc import AsyncGenerator, AsyncIterator

import pytest

from pipeline.agent import AgentProfile
from pipeline.audio import Pcm
from pipeline.errors import VoiceBotError
from pipeline.messages import Tool
from pipeline.ports import AgentParts, StreamLost, StreamRestored, ToolSession
from pipeline.speech import Finalize, Transcript
from pipeline.testing import Scene, ScriptedSynthesizer, ScriptedTranscriber


class Other(ScriptedTranscriber):
    """A transcriber that notes what it has understood."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene._clock, scene._microphone, scene.person)
        self.understood = list[str]()

    async def transcribe(
        self, audio: AsyncIterator[Pcm | Finalize]
    ) -> AsyncGenerator[Transcript | StreamLost | StreamRestored, None]:
        async for answer in super().transcribe(audio):
            if isinstance(answer, Transcript) and answer.is_final and answer.text:
                self.understood.append(answer.text)
            yield answer


def with_second(scene: Scene, profile: AgentProfile, *, takes: float = 0.0) -> tuple[ScriptedSynthesizer, Other]:
    """Give the scene a tool that hands over to an agent with a voice and a transcriber of its own."""
    voice, transcriber = ScriptedSynthesizer(scene._clock), Other(scene)
    voice.words = scene.tts.words  # so that the room can be read

    async def hand_over(session: ToolSession) -> str:
        given = AgentParts(
            transcriber=transcriber,
            language_model=scene.session.parts.language_model,
            synthesizer=voice,
            tools=scene.scripted_tools,
        )
        session.hand_over(profile, given, "whole")
        return "it is yours"

    async def back(session: ToolSession) -> str:
        first = AgentParts(
            transcriber=scene.stt,
            language_model=scene.session.parts.language_model,
            synthesizer=scene.tts,
            tools=scene.scripted_tools,
        )
        session.hand_over(AgentProfile(name="first", greeting="First again."), first, "whole")
        return "it is yours"

    scene.tool("hand_over", hand_over, takes=takes)
    scene.tool("back", back)
    return voice, transcriber


SECOND = AgentProfile(name="second", greeting="Second here.", tools=(Tool("back", "", {}),))


def spoken(voice: ScriptedSynthesizer) -> list[str]:
    said = [chunk.strip() for _, chunk in voice.chunks]
    return [chunk for chunk in said if chunk != AgentProfile().spoken_trouble]  # which each makes ahead


def test_an_agent_speaks_with_its_own_voice_and_hears_with_its_own_transcriber(scene: Scene) -> None:
    voice, transcriber = with_second(scene, SECOND)
    scene.llm.calls("hand_over")
    scene.llm.answers("All is well.")
    scene.person.says("The second, please.", at=1.0)
    scene.person.says("How are you?", at=6.0)
    scene.run()
    assert spoken(voice) == ["Second here.", "All is well."]
    assert spoken(scene.tts) == []
    assert transcriber.understood == ["How are you?"]
    scene.assert_heard("Second here. All is well.")
    scene.check_history()


def test_it_goes_back_to_the_voice_and_the_transcriber_of_before(scene: Scene) -> None:
    voice, transcriber = with_second(scene, SECOND)
    scene.llm.calls("hand_over")
    scene.llm.calls("back")
    scene.llm.answers("Fine.")
    scene.person.says("The second, please.", at=1.0)
    scene.person.says("And back, please.", at=6.0)
    scene.person.says("Is all well?", at=11.0)
    scene.run()
    assert spoken(voice) == ["Second here."]
    assert spoken(scene.tts) == ["First again.", "Fine."]
    assert transcriber.understood == ["And back, please."]
    assert [text for role, text in scene.history if role == "user"][-1] == "Is all well?"
    scene.check_history()


@pytest.mark.parametrize("takes", [0.5, 1.0, 1.5, 2.0, 2.5, 3.0])
def test_no_word_is_lost_when_somebody_speaks_into_the_change_of_transcribers(scene: Scene, takes: float) -> None:
    with_second(scene, SECOND, takes=takes)
    scene.llm.calls("hand_over")
    scene.llm.reply = lambda prompt: "Well."
    scene.person.says("The second, please.", at=1.0)
    scene.person.says("It is about number seven, in the second row.", at=3.2)
    scene.run()
    said = " ".join(text for role, text in scene.history if role == "user")
    assert said == "The second, please. It is about number seven, in the second row."


def test_a_voice_at_another_rate_than_the_room_s_is_refused(scene: Scene) -> None:
    faults = list[str]()

    async def hand_over(session: ToolSession) -> str:
        voice = ScriptedSynthesizer(scene._clock)
        voice.rate = 24_000
        try:
            session.hand_over(SECOND, AgentParts(synthesizer=voice), "whole")
        except VoiceBotError as error:
            faults.append(str(error))
        return "no"

    scene.tool("hand_over", hand_over)
    scene.llm.calls("hand_over")
    scene.person.says("The second, please.", at=1.0)
    scene.run()
    assert faults == [
        "the synthesizer speaks at 24000 Hz and the room plays 16000 Hz: publish the voice at the synthesizer's rate"
    ]
