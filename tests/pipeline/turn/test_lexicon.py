"""The data of the languages, and the choice of it."""

import unicodedata

import pytest

from pipeline.turn.lexicon import LEXICONS, NEUTRAL, Lexicon, lexicon_of
from pipeline.turn.words import begins_backchannel, is_backchannel

EVERY = sorted(LEXICONS)


@pytest.mark.parametrize("tag", ["en", "en-US", "EN", "en_GB"])
def test_a_language_is_chosen_by_the_first_part_of_its_tag(tag: str) -> None:
    assert lexicon_of(tag) is LEXICONS["en"]


@pytest.mark.parametrize("tag", ["", "sv", "x-own", "eng"])
def test_of_an_unknown_language_only_sounds_are_known(tag: str) -> None:
    assert lexicon_of(tag) is NEUTRAL


@pytest.mark.parametrize("tag", [*EVERY, "multi", ""])
def test_words_are_written_as_they_are_looked_up(tag: str) -> None:
    lexicon = lexicon_of(tag)
    for name in Lexicon.__dataclass_fields__:
        for word in getattr(lexicon, name):
            assert unicodedata.is_normalized("NFC", word), f"{name}: {word}"
            assert word.islower() or word.lower() == word.upper() or word == "I", f"{name}: {word}"


@pytest.mark.parametrize("tag", EVERY)
def test_a_word_has_one_level(tag: str) -> None:
    it = LEXICONS[tag]
    assert not it.leads_on & it.may_lead_on
    assert not it.closes & (it.leads_on | it.may_lead_on)


@pytest.mark.parametrize("tag", [*EVERY, "multi"])
def test_words_that_stop_the_bot_cut_at_once(tag: str) -> None:
    """They are no backchannel, nor the beginning of one."""
    objections = lexicon_of(tag).objections
    assert objections
    assert [word for word in objections if begins_backchannel(word, tag)] == []


@pytest.mark.parametrize("tag", EVERY)
def test_each_language_has_its_lists(tag: str) -> None:
    it = LEXICONS[tag]
    assert all((it.fillers, it.backchannels, it.leads_on, it.may_lead_on, it.numbers))
    assert all(is_backchannel(word, tag) for word in it.backchannels)


@pytest.mark.parametrize("word", ["um", "er", "ah", "em", "yy"])
def test_where_several_languages_may_be_spoken_no_word_of_one_is_the_filler_of_another(word: str) -> None:
    assert word not in lexicon_of("multi").fillers


@pytest.mark.parametrize("text", ["No.", "Si.", "No tak.", "Pero", "Doch.", "Para.", "Nie.", "等一下", "मत"])
def test_where_several_languages_may_be_spoken_an_objection_in_one_is_no_backchannel_of_another(text: str) -> None:
    assert not is_backchannel(text, "multi")


@pytest.mark.parametrize(
    "text", ["Yeah.", "Genau.", "Sí, sí.", "Oui.", "Ja ja.", "हाँ।", "嗯嗯", "うん。", "네.", "نعم"]
)
def test_where_several_languages_may_be_spoken_each_has_its_backchannels(text: str) -> None:
    assert is_backchannel(text, "multi")
