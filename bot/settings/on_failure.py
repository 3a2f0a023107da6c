"""What follows when a provider is lost for good."""

from typing import Literal

from bot.settings.values import read_text

OnFailure = Literal["leave", "stay", "transfer"]
"""That of `pipeline.turn.policy`, which is not imported here: --help has to stay quick."""


def read_on_failure(raw: object) -> OnFailure:
    """One of three."""
    match read_text(raw).strip().lower():
        case "leave":
            return "leave"
        case "stay":
            return "stay"
        case "transfer":
            return "transfer"
    raise ValueError(f"must be leave, stay or transfer, not {raw!r}")
