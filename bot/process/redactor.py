"""Makes what hides words, as the settings of a bot say."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.settings.redaction_settings import FindNames, RedactionList

if TYPE_CHECKING:
    from bot.settings.settings import Settings
    from pipeline.redaction import Redactor


def make_redactor(settings: "Settings", hooks: Sequence[FindNames] = ()) -> "Redactor | None":
    """Return what hides by these settings and hooks; None where nothing is to be hidden."""
    listed = settings.redact_file or RedactionList()
    if not (settings.redact or hooks or settings.redact_file):
        return None
    from pipeline.redaction import Redactor  # here: most bots hide nothing

    return Redactor(settings.redact, names=listed.names, patterns=listed.patterns, hooks=hooks)
