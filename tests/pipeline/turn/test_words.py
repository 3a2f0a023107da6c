"""What words say about the conversation, apart from their meaning."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.events import FinalTranscript, InterimTranscript, TranscriptEvent, TranscriptWord
from pipeline.turn.policy import Policy
from pipeline.turn.words import begins_backchannel, beyond, folded, is_backchannel


@pytest.mark.parametrize(
    "text",
    [
        "Mm-hm.",
        "Mm-hmm",
        "Uh-huh.",
        "uh huh",
        "mhm",
        "Yeah, yeah.",
        "Yeahyeah",
        "Okay, got it.",
        "OK.",
        "O.K.",
        "Oh, I see!",
        "Um, yeah",
        "",
        "Um...",
    ],
)
def test_words_that_only_show_that_one_listens(text: str) -> None:
    assert is_backchannel(text, "en")


@pytest.mark.parametrize(
    "text",
    [
        "Stop.",
        "Wait!",
        "No.",
        "No, no.",
        "What?",
        "Yeah, but",
        "Okay, stop.",
        "Right, and then?",
        "I see it",
        "of",
        "I",
    ],
)
def test_words_that_are_meant_for_the_bot(text: str) -> None:
    assert not is_backchannel(text, "en")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Ach so."),
        ("de", "Ja, ja, genau."),
        ("de", "Jaja."),
        ("fr", "D’accord."),
        ("es", "Sí, sí."),
        ("it", "Va bene."),
        ("pt", "É, pois é."),
        ("nl", "Ja hoor."),
        ("pl", "No tak."),
        ("hi", "हाँ।"),
        ("hi", "ठीक है, ठीक है।"),
        ("ar", "نعم، نعم."),
        ("zh", "嗯嗯"),
        ("zh", "嗯。"),
        ("zh", "对对对，好的。"),
        ("ja", "はいはい。"),
        ("ja", "うん、そうですね。"),
        ("ko", "네네."),
        ("th", "ใช่ครับ"),
        ("th", "ใช่ๆ"),
    ],
)
def test_each_language_has_its_own_way_to_show_it(language: str, text: str) -> None:
    assert is_backchannel(text, language)
    assert is_backchannel(unicodedata.normalize("NFD", text), f"{language}-XX")


@pytest.mark.parametrize("text", ["Si.", "Sí.", "Ja.", "Oui.", "Sim.", "Hai.", "はい"])
def test_an_english_call_takes_no_other_languages_words(text: str) -> None:
    assert not is_backchannel(text, "en-US")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "Si"),  # if
        ("zh", "对不起"),
        ("zh", "好吃"),
        ("zh", "是不是"),
        ("ja", "そうじゃない"),
        ("ja", "はい、でも"),
        ("th", "ใช่ไหม"),
        ("th", "ได้ไหม"),
        ("th", "ดี้"),  # the mark is part of the word
        ("hi", "हाँ लेकिन"),
        ("ko", "네 그런데"),
        ("de", "Ja, aber"),
        ("de", "Jahr"),
    ],
)
def test_in_each_language_other_words_are_meant_for_the_bot(language: str, text: str) -> None:
    assert not is_backchannel(text, language)


@pytest.mark.parametrize(
    ("own", "text"),
    [
        ("sí", "Sí."),
        (unicodedata.normalize("NFD", "sí"), "Sí."),
        ("sí", unicodedata.normalize("NFD", "Sí.")),
        ("OK", "Okay."),
        ("Okay", "OK!"),
        ("mm-hmm", "Mm-hmm."),
        ("Mm-hmm", "mm hmm"),
        ("हाँ।", "हाँ"),
        ("ใช่ครับ", "ใช่ครับ"),
        ("嗯", "嗯嗯"),
        ("嗯", "嗯。嗯。嗯"),
        ("はい！", "はいはい"),
        ("ｏｋ", "OK"),
        ("C'est ça.", "C’est ça"),
        ("Verstehe!", "VERSTEHE verstehe"),
        ("Ага", "Ага, ага."),
    ],
)
def test_ones_own_backchannels_match_however_they_are_written(own: str, text: str) -> None:
    for language in ("en", "multi", "sv"):
        assert is_backchannel(text, language, frozenset({own}))


def test_ones_own_backchannels_take_the_place_of_those_of_the_language() -> None:
    assert not is_backchannel("Yeah.", "en", frozenset({"mhm"}))
    assert not is_backchannel("Yeah.", "en", frozenset())


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I"),
        ("en", "Got"),
        ("en", "all"),
        ("en", "Of"),
        ("en", "Yeah, I"),
        ("en", "Yeah."),
        ("en", "Uh"),
        ("de", "Ach"),
        ("de", "Ach, alles"),
        ("fr", "Bien"),
        ("fr", "tout à"),
        ("it", "Va"),
        ("hi", "ठीक"),
        ("zh", "没"),
        ("zh", "原来"),
        ("zh", "嗯，知"),
        ("ja", "そうで"),
        ("ja", "わか"),
        ("th", "เข้า"),
    ],
)
def test_a_text_may_become_a_backchannel(language: str, text: str) -> None:
    assert begins_backchannel(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I want"),
        ("en", "Go"),  # a word has come as a whole
        ("en", "of what"),
        ("en", "Stop"),
        ("en", "No"),
        ("de", "Ach was"),
        ("zh", "我"),
        ("ja", "待"),
        ("hi", "नहीं"),
    ],
)
def test_a_text_that_goes_elsewhere_becomes_none(language: str, text: str) -> None:
    assert not begins_backchannel(text, language)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "What time is it?", "what time is it"),
        ("en", "Um, what time, uh, is it", "What time is it."),
        ("en", "It’s twenty-one", "it's twenty one"),
        ("en", "", "um"),
        ("en", "Okay, do it", "OK do it"),
        ("en", "at 6 p.m.", "at 6 PM"),
        ("en", "'Go,' he said", "go he said"),
        ("en", "I — well — know", "i well know"),
        ("en", "Well... no", "well no"),
        ("en", "C++, please", "c++ please"),
        ("de", "Äh, wo ist ähm das?", "wo ist das"),
        ("fr", "Euh, c’est où ?", "c'est où"),
        ("es", "¿Qué hora es?", "qué hora es"),
        ("es", unicodedata.normalize("NFD", "¿Qué hora es?"), "qué hora es"),
        ("hi", "राम का घर।", "राम का घर"),
        ("th", "ดีครับ", " ดีครับ "),
        ("ar", "كم الساعة؟", "كم الساعة"),
        ("ar", "كـم الساعة", "كم الساعة"),
        ("zh", "你好，我想订餐。", "你好 我想订餐"),
        ("zh", "呃，你好", "你好"),
        ("zh", "我要３个ＡＢＣ", "我要3个abc"),
        ("ja", "ﾗｰﾒﾝをﾀﾞｲで", "ラーメンをダイで"),
        ("ja", "えっと、ラーメン", "ラーメン"),
        ("ko", "음, 네.", "네"),
        ("fa", "می\u200cخواهم", "میخواهم"),
    ],
)
def test_what_a_transcriber_may_change_makes_no_other_words(language: str, one: str, other: str) -> None:
    assert folded(one, language) == folded(other, language)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "What time is it?", "What time is it there?"),
        ("de", "Wo ist", "Wo ist er?"),
        ("pt", "Quero", "Quero um."),
        ("multi", "Wo ist", "Wo ist er?"),
        ("multi", "Quero", "Quero um."),
        ("de", "Maße", "Masse"),
        ("es", "si", "sí"),
        ("fr", "ou", "où"),
        ("hi", "राम का घर", "राम की घर"),
        ("hi", "कल", "काल"),
        ("th", "ดี", "ดู"),
        ("th", "ไก่", "ไก"),
        ("ar", "كُتب", "كَتب"),
        ("he", "סֵפֶר", "סַפָּר"),
        ("ja", "かき", "かぎ"),
        ("ko", "저 네", "네"),
        ("zh", "我要", "我不要"),
        ("en", "I write C++.", "I write C."),
        ("en", "I write C#.", "I write C++."),
        ("en", "50%", "50"),
        ("en", "$5", "5"),
        ("en", "€5", "$5"),
        ("en", "It is -5.", "It is 5."),
        ("en", "It is − 5.", "It is 5."),
        ("en", "3.5", "35"),
        ("en", "3.5", "3 5"),
        ("de", "3,5", "35"),
        ("en", ".5", "5"),
        ("en", "1/2", "12"),
        ("en", "10:30", "1030"),
        ("en", "2 + 2", "2 2"),
        ("en", "2²", "22"),
        ("en", "20°", "20"),
        ("ar", "٣٫٥", "٣٥"),
        ("en", "uh-uh", ""),  # no filler: it says no
        ("en", "we're here", "were here"),
        ("en", "R&D", "RD"),
    ],
)
def test_other_words_are_other_words(language: str, one: str, other: str) -> None:
    assert folded(one, language) != folded(other, language)


def spoken(text: str, began_at: float, *, until: float | None = None) -> TranscriptEvent:
    """One word a second."""
    words = tuple(
        TranscriptWord(word, began_at + index, began_at + index + 1.0) for index, word in enumerate(text.split())
    )
    return FinalTranscript(99.0, text, began_at, until or began_at + len(words), words)


@pytest.mark.parametrize(
    ("committed_until", "text", "ended_at"),
    [
        (0.0, "Book a table, please.", 14.0),
        (10.4, "Book a table, please.", 14.0),  # its first word has more than half to come
        (10.6, "a table, please.", 14.0),
        (12.9, "please.", 14.0),
        (14.0, "", 14.0),
    ],
)
def test_only_words_after_those_that_were_taken_are_new(committed_until: float, text: str, ended_at: float) -> None:
    assert beyond(spoken("Book a table, please.", 10.0), committed_until) == (text, ended_at)


@pytest.mark.parametrize(
    ("text", "words", "new"),
    [
        ("你好。我想订餐。", "你好 我想 订餐", "我想订餐。"),
        ("请用 iPhone 订餐。", "请用 iPhone 订餐", "iPhone 订餐。"),
        ("はい、お願いします。", "はい お願い します", "お願いします。"),
        ("ใช่ครับขอบคุณ", "ใช่ครับ ขอบ คุณ", "ขอบคุณ"),
        ("네, 예약 할게요.", "네 예약 할게요", "예약 할게요."),
    ],
)
def test_new_words_are_written_as_the_transcript_writes_them(text: str, words: str, new: str) -> None:
    times = spoken(words, 10.0).words
    assert beyond(FinalTranscript(99.0, text, 10.0, 13.0, times), 10.9) == (new, 13.0)


def test_silence_behind_the_words_is_no_new_word() -> None:
    assert beyond(spoken("Book it.", 10.0, until=15.0), 12.0) == ("", 12.0)


@pytest.mark.parametrize(("committed_until", "text"), [(11.0, "Book it."), (12.0, "")])
def test_a_text_without_times_of_its_words_is_new_as_a_whole_or_not(committed_until: float, text: str) -> None:
    interim = InterimTranscript(99.0, "Book it.", 10.0, 12.0)
    assert beyond(interim, committed_until) == (text, 12.0)


@pytest.mark.parametrize("backchannels", ["mhm", ["mhm"], {"mhm"}])
def test_backchannels_of_another_type_are_refused(backchannels: object) -> None:
    with pytest.raises(TypeError, match="must be a frozenset of words"):
        Policy(backchannels=backchannels)  # type: ignore[arg-type]


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=20), st.sampled_from(["en", "hi", "ja", "multi", "sv"]))
@settings(derandomize=True, deadline=None)
def test_composition_case_and_marks_around_it_change_no_words(text: str, language: str) -> None:
    plain = folded(text, language)
    assert folded(unicodedata.normalize("NFD", text), language) == plain
    assert folded(f" ¿“{text} ”!", language) == plain
    assert folded(f"{text} 3.5", language) == f"{plain} 3.5".strip()
    assert is_backchannel(text, language) <= begins_backchannel(text, language)
