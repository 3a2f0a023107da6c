"""What a request to a language model has cost that was called off before the provider counted."""

from pipeline.messages import Prompt
from pipeline.ports import Usage

CHARACTERS_A_TOKEN = 4
"""Of English text, by OpenAI's rule of thumb."""


def estimated_usage(prompt: Prompt, written: int) -> Usage:
    """Estimate the tokens of a request that had given `written` characters."""
    asked = len(prompt.instructions) + sum(len(message.text) for message in prompt.messages)
    return Usage(asked // CHARACTERS_A_TOKEN, written // CHARACTERS_A_TOKEN, is_estimated=True)
