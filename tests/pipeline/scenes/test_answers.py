"""Somebody asks and the bot answers: when, with how many requests, and what is taken down."""

import pytest

from pipeline.testing import Scene
from pipeline.testing.virtual_loop import run, virtual_time
from pipeline.text.marks import CODE_BLOCK, not_spoken
from pipeline.turn.policy import Preemption

QUESTION = "What time is it?"
ANSWER = "You said: What time is it? What else?"


@virtual_time
async def test_a_fixed_greeting_is_the_first_thing_that_is_heard() -> None:
    async with Scene(greeting="Hello there, I am the bot.") as scene:
        await scene.is_over()
        assert scene.history == [("assistant", "Hello there, I am the bot.")]
        assert scene.heard[0].at < 0.5
        assert scene.requests == []
        scene.check_history()


@virtual_time
async def test_a_generated_greeting_follows_its_instructions() -> None:
    async with Scene(greeting_instructions="Welcome them to the bakery.") as scene:
        scene.llm.answers("Welcome to the bakery! What may it be?")
        await scene.is_over()
        assert scene.history == [("assistant", "Welcome to the bakery! What may it be?")]
        ((role, asked),) = scene.prompts[0]
        assert role == "user"
        assert "Welcome them to the bakery." in asked
        scene.check_history()


@virtual_time
async def test_whoever_speaks_first_needs_no_greeting() -> None:
    async with Scene(greeting_instructions="Welcome them.") as scene:
        scene.llm.first_token = 2.0
        scene.person.says(QUESTION, at=0.5)
        await scene.is_over()
        assert [role for role, _ in scene.history] == ["user", "assistant"]
        assert scene.bot_text == ANSWER
        scene.check_history()


async def answered(preemption: Preemption, text: str = QUESTION) -> float:
    """Seconds from the person's last sample to the bot's first, with one request for it."""
    async with Scene(preemption=preemption) as scene:
        ended_at = scene.person.says(text, at=1.0)
        await scene.is_over()
        assert scene.history == [("user", text), ("assistant", f"You said: {text} What else?")]
        assert scene.prompts == [[("user", text)]]
        assert [request.outcome for request in scene.requests] == ["whole"]
        scene.check_history()
        return scene.heard[0].at - ended_at


def test_the_earlier_a_reply_is_made_the_sooner_it_is_heard() -> None:
    """And the full preemption hides the delay of the turn's end behind the reply's making, or the other way round."""
    latency = {preemption: run(answered(preemption)) for preemption in ("off", "llm", "llm+tts")}
    assert latency["llm+tts"] < latency["llm"] < latency["off"]
    policy_delay, making = 0.5, 0.3 + 3 / 80 + 0.12 + 0.1
    assert latency["off"] == pytest.approx(policy_delay + making, abs=0.15)
    assert latency["llm+tts"] == pytest.approx(max(policy_delay, 0.1 + making), abs=0.1)


def test_words_that_look_open_wait_for_longer() -> None:
    assert run(answered("llm+tts", "Tomorrow")) > run(answered("llm+tts", "Tomorrow.")) + 0.2


@virtual_time
async def test_a_second_question_is_asked_with_what_was_said_before() -> None:
    async with Scene() as scene:
        scene.person.says(QUESTION, at=1.0)
        scene.person.says("And tomorrow?", at=8.0)
        await scene.is_over()
        assert scene.prompts == [
            [("user", QUESTION)],
            [("user", QUESTION), ("assistant", ANSWER), ("user", "And tomorrow?")],
        ]
        assert [state for _, state in scene.agent_states] == [
            "initializing",
            "listening",
            *["thinking", "speaking", "listening"] * 2,
        ]
        scene.check_history()


@virtual_time
async def test_captions_show_both_sides_as_they_are_heard() -> None:
    async with Scene() as scene:
        scene.person.says(QUESTION, at=1.0)
        await scene.is_over()
        person = [shown for shown in scene.captions if shown.speaker == "person"]
        bot = [shown for shown in scene.captions if shown.speaker == "bot"]
        assert [shown.text for shown in person][:2] == ["What", "What time"]
        assert (person[-1].text, person[-1].final) == (QUESTION, True)
        assert (bot[-1].text, bot[-1].final) == (ANSWER, True)
        for word, shown in zip(scene.heard, [shown for shown in bot if shown.text], strict=False):
            assert shown.text.split()[-1] == word.text.rstrip(":")
            assert word.at < shown.at < word.at + 0.6, "each word as it is heard"


@pytest.mark.parametrize("pause", [0.3, 0.45, 0.8, 1.2])
def test_a_pause_in_mid_sentence_is_not_cut_into(pause: float) -> None:
    """Whatever was drafted in it is never heard."""

    async def scene_of_two_parts() -> None:
        async with Scene() as scene:
            half_at = scene.person.says("I would like to", at=1.0)
            ended_at = scene.person.says("book a table.", at=half_at + pause)
            await scene.is_over()
            whole = "I would like to book a table."
            assert scene.history == [("user", whole), ("assistant", f"You said: {whole} What else?")]
            assert scene.heard[0].at > ended_at
            assert len(scene.requests) == 1, "what leads on is not drafted"
            scene.check_history()

    run(scene_of_two_parts())


@pytest.mark.parametrize("pause", [0.3, 0.45])
def test_the_draft_of_a_sentence_that_goes_on_is_thrown_away(pause: float) -> None:
    async def scene_of_two_sentences() -> None:
        async with Scene() as scene:
            half_at = scene.person.says("I need a table.", at=1.0)
            ended_at = scene.person.says("For four people.", at=half_at + pause)
            await scene.is_over()
            whole = "I need a table. For four people."
            assert scene.history == [("user", whole), ("assistant", f"You said: {whole} What else?")]
            assert scene.heard[0].at > ended_at
            assert scene.prompts == [[("user", "I need a table.")], [("user", whole)]]
            scene.check_history()

    run(scene_of_two_sentences())


@virtual_time
async def test_a_turn_costs_a_bounded_number_of_drafts() -> None:
    """However often somebody stops and goes on."""
    async with Scene(max_drafts=3) as scene:
        at = 1.0
        for number in range(10):
            at = scene.person.says(f"It is number {number}.", at=at) + 0.35
        await scene.is_over()
        assert len(scene.history) == 2
        assert len(scene.requests) <= 4
        scene.check_history()


@virtual_time
async def test_a_typed_message_is_a_whole_turn() -> None:
    async with Scene() as scene:
        scene.person.types(QUESTION, at=1.0)
        await scene.is_over()
        assert scene.history == [("user", QUESTION), ("assistant", ANSWER)]
        assert scene.heard[0].at < 1.7
        assert not [shown for shown in scene.captions if shown.speaker == "person"], "it stands in the chat already"


@virtual_time
@pytest.mark.parametrize("word_times", [True, False])
async def test_an_answer_that_is_only_to_be_read_is_announced(word_times: bool) -> None:
    """The person hears that there is something to read, and reads it in the captions; it is no failure."""
    code = "```python\nprint(1)\n```"
    async with Scene(language="de-DE") as scene:
        if not word_times:
            scene.tts.without_word_times()
        scene.llm.answers(code)
        scene.person.says("How do I print one?", at=1.0)
        await scene.is_over()
        assert scene.heard_text == "Ich habe es für Sie aufgeschrieben."
        assert scene.history == [("user", "How do I print one?"), ("assistant", not_spoken(CODE_BLOCK))]
        assert [it.text for it in scene.captions if it.speaker == "bot" and it.final] == [code]
        assert scene.ended[0].error is None


@virtual_time
async def test_a_typed_message_interrupts() -> None:
    async with Scene() as scene:
        scene.llm.answers("One two three four five six seven eight nine ten eleven twelve.", "Of course.")
        scene.person.says(QUESTION, at=1.0)
        at = await scene.hears("five")
        scene.person.types("Please stop.", at=at + 0.05)
        await scene.is_over()
        assert scene.history == [
            ("user", QUESTION),
            ("assistant", "One two three four"),
            ("user", "Please stop."),
            ("assistant", "Of course."),
        ]
        scene.check_history()


@virtual_time
async def test_without_a_language_model_turns_are_only_taken_down() -> None:
    async with Scene(llm=None) as scene:
        scene.person.says(QUESTION, at=1.0)
        scene.person.says("Hello?", at=5.0)
        await scene.until(10.0)
        assert scene.history == [("user", QUESTION), ("user", "Hello?")]
        assert scene.requests == []
