"""Asks a language model to go on with a reply that broke off."""

from dataclasses import replace

from pipeline.messages import Prompt, PromptMessage

ANCHOR_WORDS = 6
"""Words that the model is asked to begin with: by them it is seen where it goes on, and the last may have been cut."""

ANCHOR_CHARACTERS = 60
"""At most, as some scripts have no blanks between words."""

MOST_WRITTEN = 4_000
"""Characters of the broken reply that the model is shown; longer replies are not spoken."""

REQUEST = (
    "Your last message broke off by a technical fault. Go on with it from there: begin with its last words, "
    '"{anchor}", and write what is missing behind them. Do not begin anew, do not mention this, and when nothing is '
    "missing write those last words only."
)


def continued(prompt: Prompt, written: str) -> Prompt:
    """Return the request for the rest of a reply to `prompt`, of which `written` has come."""
    anchor = (
        " ".join(written.split()[-ANCHOR_WORDS:]) if " " in written.strip() else written.strip()[-4 * ANCHOR_WORDS :]
    )
    asked = PromptMessage("user", REQUEST.format(anchor=anchor))
    return replace(prompt, messages=(*prompt.messages, PromptMessage("assistant", written[-MOST_WRITTEN:]), asked))


def is_continuation(prompt: Prompt) -> bool:
    """Whether a prompt asks for the rest of a reply."""
    beginning = REQUEST.partition("{")[0]
    return bool(prompt.messages) and prompt.messages[-1].text.startswith(beginning)
