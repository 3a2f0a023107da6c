"""What an agent says by itself, in its language."""

from pipeline.agent import APOLOGIES, APOLOGY, NOT_HEARD_TEXTS, TO_READ_TEXTS, TRANSFER_TEXTS, AgentProfile


def test_it_apologizes_in_its_language() -> None:
    assert AgentProfile(language="de-AT").spoken_apology == APOLOGIES["de"]
    assert AgentProfile(language="multi").spoken_apology == APOLOGY
    assert AgentProfile(language="de", apology="Oh.").spoken_apology == "Oh."
    assert AgentProfile(apology="").spoken_apology == ""


def test_all_that_it_says_by_itself_is_known_in_the_same_languages() -> None:
    assert {frozenset(texts) for texts in (NOT_HEARD_TEXTS, TO_READ_TEXTS, TRANSFER_TEXTS)} == {frozenset(APOLOGIES)}
    german = AgentProfile(language="de")
    spoken = {german.spoken_apology, german.spoken_not_heard, german.spoken_to_read, german.spoken_transfer}
    assert len(spoken) == 4
