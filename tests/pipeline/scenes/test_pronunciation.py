"""Voices that are given words in place of written numbers, and words as they are to be said."""

import pytest

from pipeline.ports import SynthesizerCapabilities
from pipeline.testing import Scene
from pipeline.testing.virtual_loop import virtual_time

PLAIN = SynthesizerCapabilities(word_times=True, reads_numbers=False)


@virtual_time
async def test_a_voice_that_reads_no_numbers_is_given_words() -> None:
    scene = Scene()
    scene.tts.capabilities = PLAIN
    async with scene:
        ended = await scene.session.requests.say("It costs $21.50 today.")
        assert scene.heard_text == "It costs twenty-one dollars and fifty cents today."
        assert ended.heard == "It costs $21.50 today."
        assert scene.history == [("assistant", "It costs $21.50 today.")]


@virtual_time
async def test_a_voice_that_reads_numbers_is_given_them_as_written() -> None:
    async with Scene(pronunciations={"GIF": "jiff"}) as scene:
        await scene.session.requests.say("A GIF for $21.50.")
        assert scene.heard_text == "A jiff for $21.50."
        assert scene.history == [("assistant", "A GIF for $21.50.")]


@virtual_time
@pytest.mark.parametrize(("word", "heard"), [("one", "It costs"), ("cents", "It costs $21.50")])
async def test_a_cut_in_an_amount_leaves_it_out_of_the_history(word: str, heard: str) -> None:
    scene = Scene()
    scene.tts.capabilities = PLAIN
    async with scene:
        saying = scene.plays(scene.session.requests.say("It costs $21.50 today and tomorrow."))
        spoken = {"one": "twenty-one", "cents": "cents"}[word]
        scene.does(await scene.hears(spoken) + 0.45, scene.session.requests.interrupt)
        await saying
        assert scene.history == [("assistant", heard)]


@virtual_time
async def test_a_voice_that_breaks_off_in_an_amount_goes_on_with_its_words() -> None:
    scene = Scene()
    scene.tts.capabilities = PLAIN
    scene.tts.fails_at("fifty")
    async with scene:
        await scene.session.requests.say("It costs $21.50 today.")
        assert scene.heard_text == "It costs twenty-one dollars and fifty cents today."
        assert scene.history == [("assistant", "It costs $21.50 today.")]


@virtual_time
@pytest.mark.parametrize(
    ("written", "heard", "history"),
    [
        ("The price is $21 +", "The price is twenty-one dollars +", "The price is $21 +"),  # may begin a formula
        (
            "Pay.\n```\nrun it\n```\nthen 2 more.",
            "Pay. then two more.",
            "Pay.\n[code block shown, not spoken]\nthen 2 more.",
        ),
    ],
)
async def test_what_is_held_back_and_what_is_only_shown_go_with_the_words(
    written: str, heard: str, history: str
) -> None:
    scene = Scene()
    scene.tts.capabilities = PLAIN
    async with scene:
        await scene.session.requests.say(written)
        assert scene.heard_text == heard
        assert scene.history == [("assistant", history)]
