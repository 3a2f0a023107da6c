"""What a bot is: its name, what it was asked to be, its fixed texts, its language, tools and voice.

How it takes turns is tuning, and stands in `pipeline.turn.policy`.
"""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One bot's identity. Every field may differ from bot to bot without changing how a conversation is led."""

    name: str = "assistant"
    instructions: str = INSTRUCTIONS
    """The system prompt."""
    greeting: str | None = None
    """The fixed first words to each new person."""
    greeting_instructions: str | None = None
    """What the language model is asked to greet with, when there is no fixed greeting."""
    apology: str | None = None
    """What is spoken when no reply could be made; None for the default of the language."""
    language: str = "en"
    """A language tag such as en-US, or `multi`."""
    tools: tuple[Tool, ...] = ()
    voice: str | None = None
    """The synthesizer's name for the voice; None for the synthesizer's own choice."""

    @property
    def spoken_apology(self) -> str:
        """The apology to speak: the agent's own, or the default of its language."""
        if self.apology is not None:
            return self.apology
        return APOLOGIES.get(self.language.partition("-")[0].lower(), APOLOGY)
