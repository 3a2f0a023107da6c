"""What an agent is to the decisions: its name, what it was asked to be, its fixed texts, its language and tools.

What serves it, its providers and functions, is in `pipeline.ports.AgentParts`. How it takes turns is tuning, and
stands in `pipeline.turn.policy`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.care_texts import FAREWELLS, IDLE_FAREWELLS, IDLE_TEXTS, IDLE_TEXTS_AGAIN, NO_SOUND_TEXTS
from pipeline.messages import Tool

INSTRUCTIONS = """\
You are a friendly voice assistant on a call. What you write is spoken aloud by a speech synthesizer, and what you \
read was heard by a speech recognizer: take an odd word for the one that sounds like it and makes sense.
Answer in one to three short sentences, the way people talk. Use plain words only: no markdown, lists, emoji, headings \
or web addresses; write numbers, dates and units as one says them.
When you do not know, say so. Speak the person's language. Unless they are saying goodbye, end with a short question."""
"""The default system prompt."""

APOLOGY = "Sorry, something went wrong on my side. Could you say that again?"
"""The default apology in English, and in languages without one of their own."""

APOLOGIES = {
    "de": "Entschuldigung, bei mir ist etwas schiefgegangen. Könnten Sie das noch einmal sagen?",
    "en": APOLOGY,
    "es": "Perdón, algo ha fallado por mi parte. ¿Podría repetirlo?",
    "fr": "Désolé, j'ai eu un problème de mon côté. Pourriez-vous répéter ?",
    "it": "Mi scusi, ho avuto un problema. Potrebbe ripetere?",
    "nl": "Sorry, er ging iets mis aan mijn kant. Kunt u dat nog eens zeggen?",
    "pl": "Przepraszam, coś poszło nie tak po mojej stronie. Czy możesz to powtórzyć?",
    "pt": "Desculpe, algo correu mal do meu lado. Pode repetir?",
    "ja": "すみません、こちらで問題が起きました。もう一度言っていただけますか。",
    "ko": "죄송합니다, 문제가 생겼습니다. 다시 한번 말씀해 주시겠어요?",
    "zh": "抱歉,我这边出了点问题。您能再说一遍吗?",
}
"""Default apologies by the first part of a language tag."""

TROUBLE = "Sorry, I have a technical problem."
"""The words to a person while a provider is lost, in English and in languages without their own. One sentence, that is
true whatever follows: it is made ahead, and comes as a recording where that failed."""

TROUBLE_TEXTS = {
    "de": "Entschuldigung, ich habe ein technisches Problem.",
    "en": TROUBLE,
    "es": "Perdón, tengo un problema técnico.",
    "fr": "Désolé, j'ai un problème technique.",
    "it": "Mi scusi, ho un problema tecnico.",
    "nl": "Sorry, ik heb een technisch probleem.",
    "pl": "Przepraszam, mam problem techniczny.",
    "pt": "Desculpe, tenho um problema técnico.",
    "ja": "すみません、技術的な問題が起きています。",
    "ko": "죄송합니다, 기술적인 문제가 있습니다.",
    "zh": "抱歉,我遇到了技术问题。",
}
"""The same by the first part of a language tag."""

TRANSFER = "I am connecting you with a colleague. One moment, please."
"""The default words to a person who is handed over to a human being, in English and in languages without their own."""

TRANSFER_TEXTS = {
    "de": "Ich verbinde Sie mit einer Kollegin oder einem Kollegen. Einen Moment bitte.",
    "en": TRANSFER,
    "es": "Le comunico con un compañero. Un momento, por favor.",
    "fr": "Je vous mets en relation avec un collègue. Un instant, s'il vous plaît.",
    "it": "La metto in contatto con un collega. Un momento, per favore.",
    "nl": "Ik verbind u door met een collega. Een ogenblik, alstublieft.",
    "pl": "Łączę z konsultantem. Proszę o chwilę cierpliwości.",
    "pt": "Vou passar para um colega. Um momento, por favor.",
    "ja": "担当者におつなぎします。少々お待ちください。",
    "ko": "담당자에게 연결해 드리겠습니다. 잠시만 기다려 주세요.",
    "zh": "我为您转接人工客服,请稍等。",
}
"""The same by the first part of a language tag."""

NOT_HEARD = "Sorry, I could not hear you. Could you say that again?"
"""The default words for speech of which no transcript comes, in English and in languages without their own."""

NOT_HEARD_TEXTS = {
    "de": "Entschuldigung, ich konnte Sie nicht verstehen. Könnten Sie das noch einmal sagen?",
    "en": NOT_HEARD,
    "es": "Perdón, no he podido oírle. ¿Podría repetirlo?",
    "fr": "Désolé, je ne vous ai pas entendu. Pourriez-vous répéter ?",
    "it": "Mi scusi, non ho sentito. Potrebbe ripetere?",
    "nl": "Sorry, ik kon u niet verstaan. Kunt u dat nog eens zeggen?",
    "pl": "Przepraszam, nie usłyszałem. Czy możesz to powtórzyć?",
    "pt": "Desculpe, não consegui ouvir. Pode repetir?",
    "ja": "すみません、聞き取れませんでした。もう一度言っていただけますか。",
    "ko": "죄송합니다, 잘 듣지 못했습니다. 다시 한번 말씀해 주시겠어요?",
    "zh": "抱歉,我没有听清。您能再说一遍吗?",
}
"""The same by the first part of a language tag."""

TO_READ = "I have written it down for you."
"""The default words to a reply that is only to be read, in English and in languages without their own."""

TO_READ_TEXTS = {
    "de": "Ich habe es für Sie aufgeschrieben.",
    "en": TO_READ,
    "es": "Se lo he escrito.",
    "fr": "Je vous l'ai écrit.",
    "it": "Gliel'ho scritto.",
    "nl": "Ik heb het voor u opgeschreven.",
    "pl": "Zapisałem to dla Ciebie.",
    "pt": "Escrevi-o para si.",
    "ja": "文字でお送りしました。",
    "ko": "글로 적어 드렸습니다.",
    "zh": "我已经给您写下来了。",
}
"""The same by the first part of a language tag."""

TURN_HOOK_BUDGET = 0.5
"""Seconds. With a reply that takes as long again a pause stays below the second from which people wonder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnHook:
    """The terms of a hook that stands between the end of a turn and its answer."""

    budget: float = TURN_HOOK_BUDGET
    """Seconds after which the turn is answered without it."""
    is_speculative: bool = False
    """It runs for drafts, too, before it is known that the turn is over; what it adds is part of what they answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentProfile:
    """Every field may differ from agent to agent without changing how a conversation is led."""

    name: str = "assistant"
    instructions: str = INSTRUCTIONS
    """The system prompt."""
    announcement: str | None = None
    """What each new person must hear first, such as that they are recorded: said before the greeting, and whatever they
    say meanwhile."""
    greeting: str | None = None
    """The fixed first words to each new person."""
    greeting_instructions: str | None = None
    """What the language model is asked to greet with, when there is no fixed greeting."""
    apology: str | None = None
    """What is spoken when no reply could be made; None for the default of the language, "" for nothing."""
    not_heard: str | None = None
    """What is spoken when no transcript of the person's speech comes; None for the default of the language, "" for
    nothing."""
    idle_text: str | None = None
    """What is spoken to a person who has said nothing for `Policy.idle_after`; None for the default of the language, ""
    for nothing..."""
    idle_farewell: str | None = None
    """...and before the bot then hangs up."""
    idle_instructions: str | None = None
    """What the language model is asked to say in place of the two texts."""
    farewell: str | None = None
    """What is spoken before the bot ends a call that has reached a limit; None for the default of the language, "" for
    nothing."""
    no_sound: str | None = None
    """What is spoken when no sound at all comes from the person; None for the default of the language, "" for
    nothing."""
    to_read: str | None = None
    """What is spoken when a reply is only to be read, such as a block of code; None for the default of the language."""
    transfer: str | None = None
    """What is spoken to a person who is handed over to a human being; None for the default of the language, "" for
    nothing."""
    language: str = "en"
    """A language tag such as en-US, or `multi`."""
    pronunciations: Mapping[str, str] = field(default_factory=dict)
    """Words and phrases with what the voice is to say for each; `pipeline.text.spoken.pronunciations` says how they
    are found."""
    temperature: float | None = None
    """The language model's temperature; None for the model's own."""
    takes_dtmf: bool = False
    """The keys that the person presses on a telephone are taken as what they type, up to `Policy.dtmf_terminator` or a
    pause of `Policy.dtmf_timeout`. Otherwise they are events only."""
    tools: tuple[Tool, ...] = ()
    """What the language model may call."""
    turn_hook: TurnHook | None = None
    """What each turn waits for before it is answered; None for nothing."""

    @property
    def spoken_apology(self) -> str:
        """The apology to speak: the agent's own, or the default of its language; empty for none."""
        return self._text(self.apology, APOLOGIES, APOLOGY)

    @property
    def spoken_trouble(self) -> str:
        """What to say while a provider is lost: by the language alone, as it may have to come from a recording."""
        return self._text(None, TROUBLE_TEXTS, TROUBLE)

    @property
    def spoken_not_heard(self) -> str:
        """What to speak when no transcript of the person's speech comes; empty for nothing."""
        return self._text(self.not_heard, NOT_HEARD_TEXTS, NOT_HEARD)

    @property
    def spoken_to_read(self) -> str:
        """What to speak when a reply is only to be read."""
        return self._text(self.to_read, TO_READ_TEXTS, TO_READ)

    @property
    def spoken_transfer(self) -> str:
        """What to say to a person who is handed over; empty for nothing."""
        return self._text(self.transfer, TRANSFER_TEXTS, TRANSFER)

    @property
    def spoken_idle_text(self) -> str:
        """What to say to a person who has said nothing for long; empty for nothing."""
        return self._text(self.idle_text, IDLE_TEXTS, IDLE_TEXTS["en"])

    @property
    def spoken_idle_text_again(self) -> str:
        """The same for the second time."""
        return self._text(self.idle_text, IDLE_TEXTS_AGAIN, IDLE_TEXTS_AGAIN["en"])

    @property
    def spoken_idle_farewell(self) -> str:
        """The last words to a person who says nothing any more; empty for none."""
        return self._text(self.idle_farewell, IDLE_FAREWELLS, IDLE_FAREWELLS["en"])

    @property
    def spoken_farewell(self) -> str:
        """The last words in a call that has reached a limit; empty for none."""
        return self._text(self.farewell, FAREWELLS, FAREWELLS["en"])

    @property
    def spoken_no_sound(self) -> str:
        """What to say when no sound at all comes from the person; empty for nothing."""
        return self._text(self.no_sound, NO_SOUND_TEXTS, NO_SOUND_TEXTS["en"])

    def _text(self, given: str | None, by_language: Mapping[str, str], default: str) -> str:
        return given if given is not None else by_language.get(self.language.partition("-")[0].lower(), default)
