"""What an agent says by itself, in its language."""

from pipeline import care_texts
from pipeline.agent import APOLOGIES, APOLOGY, NOT_HEARD_TEXTS, TO_READ_TEXTS, TRANSFER_TEXTS, AgentProfile


def test_it_apologizes_in_its_language() -> None:
    assert AgentProfile(language="de-AT").spoken_apology == APOLOGIES["de"]
    assert AgentProfile(language="multi").spoken_apology == APOLOGY
    assert AgentProfile(language="de", apology="Oh.").spoken_apology == "Oh."
    assert AgentProfile(apology="").spoken_apology == ""


def test_all_that_it_says_by_itself_is_known_in_the_same_languages() -> None:
    of_care = [texts for name, texts in vars(care_texts).items() if name.isupper()]
    every = [NOT_HEARD_TEXTS, TO_READ_TEXTS, TRANSFER_TEXTS, *of_care]
    assert {frozenset(texts) for texts in every} == {frozenset(APOLOGIES)}
    german = AgentProfile(language="de")
    names = [name for name in dir(german) if name.startswith("spoken_")]
    assert len({getattr(german, name) for name in names}) == len(names) >= len(every)
