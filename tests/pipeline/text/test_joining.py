"""Texts of a turn as one, in the way in which their script is written."""

import pytest

from pipeline.text.joining import continued, ending, is_unspaced, joined


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        ("你好。", "我想订餐。", "你好。我想订餐。"),
        ("我想", "订餐", "我想订餐"),
        ("你好,", "我想订餐", "你好,我想订餐"),  # a mark of the other width
        ("你好…", "我想订餐", "你好…我想订餐"),
        ("你好。", "“是吗”", "你好。“是吗”"),
        ("东京に行きます。", "明日です。", "东京に行きます。明日です。"),
        ("ラーメン", "ください", "ラーメンください"),
        ("ﾗｰﾒﾝ", "ください", "ﾗｰﾒﾝください"),
        ("สวัสดีครับ", "ผมอยากจองโต๊ะ", "สวัสดีครับผมอยากจองโต๊ะ"),
        ("ฉันชื่อ", "มะลิ", "ฉันชื่อมะลิ"),
        ("我用的是", "iPhone", "我用的是 iPhone"),
        ("OK。", "Fine.", "OK。Fine."),  # a wide mark brings its blank
        ("안녕하세요.", "예약하고 싶어요.", "안녕하세요. 예약하고 싶어요."),
        ("नमस्ते।", "मुझे मेज़ चाहिए।", "नमस्ते। मुझे मेज़ चाहिए।"),
        ("مرحبا،", "أريد طاولة", "مرحبا، أريد طاولة"),
        ("Привет.", "Я хочу столик.", "Привет. Я хочу столик."),
        ("Hello.", "I am Ann.", "Hello. I am Ann."),
        ("Hello.", "", "Hello."),
        ("", "你好。", "你好。"),
        ("", "", ""),
        ("…", "你好", "… 你好"),  # nothing tells
    ],
)
def test_a_blank_stands_where_the_script_has_one(first: str, second: str, whole: str) -> None:
    assert joined(first, second) == whole


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        ("I like to.", "walk in the forest.", "I like to walk in the forest."),
        ("Ich gehe.", "über die Straße", "Ich gehe über die Straße"),
        ("Я хочу.", "столик.", "Я хочу столик."),
        ("I like it.", "You too?", "I like it. You too?"),
        ("I like it.", "I am fine.", "I like it. I am fine."),
        ("It is 5.", "5 is a lot.", "It is 5. 5 is a lot."),
        ("At 5 p.m.", "or later.", "At 5 p.m. or later."),
        ("Well...", "maybe.", "Well... maybe."),
        ("Really?", "then go.", "Really? then go."),
        ("你好。", "iPhone", "你好。iPhone"),
        (".", "yes", ". yes"),
        ("Stop.", "", "Stop."),
        ("", "yes", "yes"),
    ],
)
def test_a_sentence_that_goes_on_has_no_full_stop_inside(first: str, second: str, whole: str) -> None:
    """Not where nothing tells that it goes on."""
    assert continued(first, second) == whole


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("Book a table, please.", ["table", "please"], "table, please."),
        ("Book a table, please.", ["table,", "please."], "table, please."),
        ("我想用 iPhone 打电话。", ["iPhone", "打", "电话"], "iPhone 打电话。"),
        ("我想订餐。", ["订", "餐"], "订餐。"),
        ("私はビールを飲む。", ["飲む"], "飲む。"),
        ("แล้วก็ขอข้าวผัด", ["ขอ", "ข้าว", "ผัด"], "ขอข้าวผัด"),
        ("Book two tables.", ["Book", "tables."], "Book tables."),  # not its end: one is left out
        ("Book it now.", ["book", "now"], "book now"),
        ("一 二", ["三", "四"], "三四"),  # other words
        ("Book it.", [], ""),
    ],
)
def test_the_last_words_of_a_text_are_written_as_it_writes_them(text: str, words: list[str], found: str) -> None:
    assert ending(text, words) == found


def test_scripts_without_blanks_are_known_by_their_letters() -> None:
    assert all(map(is_unspaced, "你々〇あアｱไดກមမ𠀀"))
    assert not any(map(is_unspaced, "aß1Яहع가。、 -"))
