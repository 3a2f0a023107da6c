"""What is noticed of a person who had better be handed over, and what the model is told of it."""

import unicodedata
from dataclasses import fields

import pytest

from pipeline import events
from pipeline.agent import AgentProfile
from pipeline.messages import Message, Tool, ToolRequest
from pipeline.turn import history
from pipeline.turn.escalation import LATEST, TRANSFER_TOOL, escalation_note, escalation_signs
from pipeline.turn.escalation.phrases import BY_LANGUAGE, EscalationPhrases
from pipeline.turn.lexicon import LEXICONS
from pipeline.turn.policy import Policy
from pipeline.turn.reducer import step
from pipeline.turn.state import State
from tests.pipeline.turn.said import bot, user


def signs(*said: str, language: str = "en") -> tuple[str, ...]:
    """Of these turns of the person, each answered; the last is the one that they are in."""
    *before, turn = said
    told = [message for text in before for message in (user(text), bot("I see."))]
    return escalation_signs(tuple(told), turn, language)


ASKS = {
    "ar": ["أريد أن أتحدث مع موظف", "حولني إلى شخص آخر"],
    "de": [
        "Ich möchte mit einem Menschen sprechen.",
        "Verbinden Sie mich bitte mit jemandem.",
        "Einen Mitarbeiter, bitte!",
    ],
    "en": [
        "Can I talk to a human?",
        "I want a real person.",
        "Put me through to someone, please.",
        "Representative, please.",
        "Let me speak to your manager!",
    ],
    "es": ["Quiero hablar con una persona real.", "Páseme con un agente, por favor."],
    "fr": ["Je voudrais parler à un conseiller.", "Passez-moi quelqu'un."],
    "hi": ["मुझे इंसान से बात करनी है।"],
    "it": ["Vorrei parlare con un operatore.", "Mi passi qualcuno."],
    "ja": ["人間と話したいです。", "オペレーターをお願いします。"],
    "ko": ["상담원 연결해 주세요.", "사람이랑 얘기하고 싶어요."],
    "nl": ["Ik wil een medewerker spreken.", "Kunt u mij doorverbinden met iemand?"],
    "pl": ["Chcę rozmawiać z człowiekiem.", "Proszę połączyć mnie z konsultantem."],
    "pt": ["Quero falar com um atendente.", "Me passa para uma pessoa de verdade, por favor."],
    "th": ["ขอคุยกับเจ้าหน้าที่ครับ"],
    "zh": ["我要转人工。", "请给我接客服"],
}

ASKS_NOT = {
    "de": ["Ein Zimmer für zwei Personen, bitte.", "Wie viele Menschen leben in Berlin?", "Sprechen Sie Deutsch?"],
    "en": [
        "A table for one person, please.",
        "How many humans live on Earth?",
        "Can you talk about Paris?",
        "I need a ticket for somebody.",
        "What is the weather like?",
    ],
    "es": ["Una mesa para una persona, por favor."],
    "fr": ["Une table pour une personne, s'il vous plaît."],
}


@pytest.mark.parametrize(("language", "text"), [(tag, text) for tag, texts in ASKS.items() for text in texts])
def test_one_who_asks_for_somebody_is_noticed(language: str, text: str) -> None:
    assert "asked" in signs(text, language=language)
    assert "asked" in signs(text.upper(), language=language)
    assert "asked" in signs(text, language="multi")


@pytest.mark.parametrize(("language", "text"), [(tag, text) for tag, texts in ASKS_NOT.items() for text in texts])
def test_who_talks_of_people_does_not_ask_for_one(language: str, text: str) -> None:
    assert signs(text, language=language) == ()


@pytest.mark.parametrize(
    ("first", "again", "language"),
    [
        ("No, I said Boston.", "No! Boston!", "en"),
        ("That's not what I ordered, I meant the blue one.", "No, I meant the blue one.", "en"),
        ("Nein, ich meinte München.", "Nein, München.", "de"),
        ("我说的是北京。", "不对，我说的是北京", "zh"),
        ("Book the train to Boston.", "Book the train to Boston!", "en"),
        ("東京までの切符をください", "東京までの切符をください。", "ja"),
    ],
)
def test_the_same_said_twice_is_noticed(first: str, again: str, language: str) -> None:
    assert signs(first, again, language=language) == ("repeated",)
    assert signs(first, language=language) == ()


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ("No, Boston.", "No, two tickets for the morning."),
        ("Yes, please.", "Yes, please."),
        ("No.", "No."),
        ("Go on.", "Go on."),
    ],
)
def test_other_corrections_and_short_answers_are_no_repetition(first: str, again: str) -> None:
    assert signs(first, again) == ()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("This is ridiculous.", "en"),
        ("You're not listening!", "en"),
        ("Das ist doch Zeitverschwendung.", "de"),
        ("C'est n'importe quoi !", "fr"),
        ("답답하네요.", "ko"),
        ("もういいです。", "ja"),
    ],
)
def test_lost_patience_is_noticed(text: str, language: str) -> None:
    assert "frustrated" in signs(text, language=language)


def test_only_the_latest_turns_count() -> None:
    others = [f"Question number {number}?" for number in range(LATEST)]
    assert signs("I want a human.", *others[:-1]) == ("asked",)
    assert signs("I want a human.", *others) == ()


def test_what_was_before_a_hand_over_counts_no_more() -> None:
    call = ToolRequest("1", TRANSFER_TOOL, "{}")
    before = (user("I want a human."), Message("tool", "nobody is there", 0.0, call=call, is_error=True))
    assert escalation_signs(before, "All right then.", "en") == ()
    assert escalation_signs((*before, user("A human, please.")), "", "en") == ("asked",)


def test_a_backchannel_is_no_turn() -> None:
    assert escalation_signs((user("This is useless.", is_backchannel=True),), "", "en") == ()


@pytest.mark.parametrize("language", ["", "sv", "x-own"])
def test_of_an_unknown_language_only_repetition_is_noticed(language: str) -> None:
    assert signs("Jag vill prata med en människa.", language=language) == ()
    assert signs("Till Stockholm, tack.", "Till Stockholm, tack!", language=language) == ("repeated",)


@pytest.mark.parametrize("tag", sorted(BY_LANGUAGE))
def test_phrases_are_written_as_they_are_looked_up(tag: str) -> None:
    for each in fields(EscalationPhrases):
        phrases = getattr(BY_LANGUAGE[tag], each.name)
        assert phrases
        assert [it for it in phrases if it != it.lower() or not unicodedata.is_normalized("NFC", it)] == []


def test_each_language_of_turn_taking_has_its_phrases() -> None:
    assert BY_LANGUAGE.keys() == LEXICONS.keys()


@pytest.mark.parametrize(("name", "is_told"), [(TRANSFER_TOOL, True), ("look", False)])
def test_the_model_is_told_where_it_can_hand_over(name: str, is_told: bool) -> None:
    """In its instructions, behind its own: what is before stays the same for caches."""
    state = State(agent=AgentProfile(instructions="Be kind.", tools=(Tool(name, "", {}),)))
    calm = history.prompt(state.turn_with(final="What is the time?"), Policy())
    assert calm.instructions == "Be kind."
    upset = history.prompt(state.turn_with(final="This is ridiculous, I want a human."), Policy())
    note = escalation_note(("asked", "frustrated"))
    assert upset.instructions == (f"Be kind.\n\n{note}" if is_told else "Be kind.")
    assert "ask for a human being and are losing patience" in note


def test_nothing_is_decided_in_the_model_s_place() -> None:
    """The same commands as for any other turn, but for the prompt."""
    agent = AgentProfile(tools=(Tool(TRANSFER_TOOL, "", {}),))
    state, _ = step(State(agent=agent), events.Joined(1.0, "room", "bot"), Policy())
    state, _ = step(state, events.PersonLinked(1.0, "ann"), Policy())
    kinds = []
    for text in ("I want to speak to a human.", "What is the time?"):
        _, ordered = step(state, events.TextReceived(2.0, "ann", text), Policy())
        kinds.append([type(command) for command in ordered])
    assert kinds[0] == kinds[1]


@pytest.mark.parametrize("turn", ["", "...", "Um."])
def test_a_turn_without_words_is_no_reason(turn: str) -> None:
    assert signs(turn, turn) == ()
