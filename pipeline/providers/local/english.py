"""Engines that know English only refuse other languages, and say what to do."""


def english_only(language: str, others: str) -> str:
    """Return what is wrong with the tag of a language other than English; empty for English.

    `others` names what can be chosen instead.
    """
    if language.lower().partition("-")[0] == "en":
        return ""
    return f"it knows English only, not {language!r}: set the language to en, or choose {others}"
