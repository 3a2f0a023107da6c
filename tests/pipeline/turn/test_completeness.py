"""How finished the person's words look, by language."""

import unicodedata

import pytest

from pipeline.turn.completeness import Completeness, completeness
from pipeline.turn.lexicon import LEXICONS

UNFINISHED, OPEN, COMPLETE = Completeness.UNFINISHED, Completeness.OPEN, Completeness.COMPLETE


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("What time is it?", COMPLETE),
        ("I would like a pizza.", COMPLETE),
        ("Stop!", COMPLETE),
        ('He said "hello."', COMPLETE),
        ("Yes.", COMPLETE),
        ("Seven.", COMPLETE),
        ("yes", OPEN),
        ("i would like a pizza", OPEN),
        ("", OPEN),
        ("?!", OPEN),
        ("I think so.", OPEN),  # may end so, but rarely does
        ("I'd like that.", OPEN),
        ("It's been a while.", OPEN),
        ("She gave it to her.", OPEN),
        ("I was born in 1984.", OPEN),
        ("i think so", UNFINISHED),
        ("I want to", UNFINISHED),
        ("I would like a pizza, and", UNFINISHED),
        ("I would like the.", UNFINISHED),  # the full stop only says that there was a pause
        ("Well,", UNFINISHED),
        ("Let me think...", UNFINISHED),
        ("It is, um.", UNFINISHED),
        ("I’m", UNFINISHED),
        ("My number is oh one seven.", UNFINISHED),  # a pause between groups
        ("My number is 555 1234.", UNFINISHED),
        ("My number is 555-1234.", UNFINISHED),
        ("It is forty-two thirty-one.", UNFINISHED),
        ("It's spelled M I L.", UNFINISHED),
        ("It's spelled M-I-L.", UNFINISHED),
        ("What is 12 plus 30 plus 17?", COMPLETE),
        # single letters, and words that are function words elsewhere
        ("I live in LA.", COMPLETE),
        ("i live in la.", COMPLETE),
        ("My blood type is O.", COMPLETE),
        ("My blood type is A.", COMPLETE),
        ("My blood type is o.", COMPLETE),
        ("He works in IT.", COMPLETE),
        ("I live in the US.", COMPLETE),
        ("I'd rather die.", COMPLETE),
        ("So do I.", OPEN),
        ("A.", OPEN),  # the first word of a sentence is in doubt: a letter, or an article
        ("A", UNFINISHED),
        ("I WOULD LIKE THE", UNFINISHED),  # capitals say nothing where all is in capitals
        # what belongs to one word
        ("Book it at 6 p.m.", COMPLETE),
        ("I write C++.", COMPLETE),
        ("It costs 3.50.", COMPLETE),
        ("It costs $1,000.", COMPLETE),
        ("It is at 10:30.", COMPLETE),
        ("It is flight LH1234.", COMPLETE),
        ("Please check-in.", COMPLETE),
    ],
)
def test_how_finished_an_english_text_looks(text: str, looks: Completeness) -> None:
    assert completeness(text, "en") is looks


@pytest.mark.parametrize(
    ("language", "text", "looks"),
    [
        ("de", "Was macht er.", COMPLETE),
        ("de", "Mach bitte das Licht an.", COMPLETE),
        ("de", "Ich nehme einen.", OPEN),
        ("de", "Ich hätte gern eine", UNFINISHED),
        ("de", "Ich komme, aber.", UNFINISHED),
        ("de", "Meine Nummer ist null eins sieben.", UNFINISHED),
        ("de", "Sie ist einundzwanzig vierunddreißig zwei.", UNFINISHED),
        ("de", "Das ist, ähm.", UNFINISHED),
        ("es", "Mi grupo sanguíneo es O.", COMPLETE),
        ("es", "Vivo en LA.", COMPLETE),
        ("es", "Quiero una pizza y", UNFINISHED),
        ("es", "Quiero una pizza o.", UNFINISHED),
        ("es", "Hola. Y", UNFINISHED),
        ("es", "Mi número es seis uno cinco.", UNFINISHED),
        ("es", "¿Qué hora es?", COMPLETE),
        ("fr", "Je voudrais une table pour", UNFINISHED),
        ("fr", "Je voudrais le.", UNFINISHED),
        ("fr", "Prends-le.", COMPLETE),
        ("fr", "Je pense qu'", UNFINISHED),
        ("fr", "C’est le zéro six douze.", UNFINISHED),
        ("it", "Vorrei un tavolo e.", UNFINISHED),
        ("it", "Vorrei prenotare per", UNFINISHED),
        ("it", "Ne voglio una.", OPEN),
        ("it", "Il numero è tre quattro sette.", UNFINISHED),
        ("pt", "Quero um.", OPEN),
        ("pt", "Quero.", COMPLETE),
        ("pt", "Eu quero uma mesa e.", UNFINISHED),
        ("pt", "Meu número é nove meia um.", UNFINISHED),
        ("nl", "Ik wil een tafel voor", UNFINISHED),
        ("nl", "Ik kom, maar.", UNFINISHED),
        ("nl", "Mijn nummer is nul zes twee.", UNFINISHED),
        ("nl", "Het is drieëntwintig.", COMPLETE),
        ("pl", "Chciałbym stolik dla.", UNFINISHED),
        ("pl", "Mój numer to pięć zero jeden.", UNFINISHED),
        ("hi", "मुझे एक मेज़ चाहिए और।", UNFINISHED),
        ("hi", "मेरा नंबर है नौ आठ सात।", UNFINISHED),
        ("hi", "मेरा नंबर है ९८ ७६ ५४।", UNFINISHED),
        ("hi", "मैं दिल्ली में", UNFINISHED),
        ("hi", "मैं दिल्ली में।", OPEN),
        ("hi", "मुझे एक मेज़ चाहिए।", COMPLETE),
        ("ar", "أريد طاولة ولكن.", UNFINISHED),
        ("ar", "أنا ذاهب إلى", UNFINISHED),
        ("ar", "رقمي صفر خمسة واحد.", UNFINISHED),
        ("ar", "رقمي ٠٥ ٠١ ٢٣.", UNFINISHED),
        ("ar", "كم الساعة؟", COMPLETE),
        ("zh", "我想订餐，但是。", UNFINISHED),
        ("zh", "我想订餐，然後", UNFINISHED),
        ("zh", "我的名字是", UNFINISHED),
        ("zh", "不是", COMPLETE),
        ("zh", "是", OPEN),  # alone it is an answer
        ("zh", "我的号码是一三八。", UNFINISHED),
        ("zh", "我的号码是13800138000。", UNFINISHED),
        ("zh", "我的号码是138 0013。", UNFINISHED),
        ("zh", "他今年三十五。", COMPLETE),
        ("zh", "你会说中文吗", COMPLETE),
        ("zh", "我想订餐。", COMPLETE),
        ("zh", "我想订餐", OPEN),
        ("ja", "コーヒーを", UNFINISHED),
        ("ja", "東京に。", OPEN),
        ("ja", "予約したいんですけど", UNFINISHED),
        ("ja", "そして。", UNFINISHED),
        ("ja", "番号は〇九〇。", UNFINISHED),
        ("ja", "番号は090の", OPEN),
        ("ja", "番号は０９０ １２３４", UNFINISHED),
        ("ja", "こんにちは。", COMPLETE),
        ("ja", "こんにちは", COMPLETE),
        ("ja", "予約をお願いします", COMPLETE),
        ("ja", "今何時ですか？", COMPLETE),
        ("ko", "내일 서울에서", UNFINISHED),
        ("ko", "그리고.", UNFINISHED),
        ("ko", "내일부터.", OPEN),
        ("ko", "예약하고 싶어요", COMPLETE),
        ("ko", "제 번호는 공일공.", UNFINISHED),
        ("ko", "제 번호는 공 일 공.", UNFINISHED),
        ("th", "ผมอยากจองโต๊ะ และ", UNFINISHED),
        ("th", "ผมอยากจองโต๊ะและ", UNFINISHED),
        ("th", "ผมอยากจองโต๊ะที่", UNFINISHED),
        ("th", "ผมอยากจองโต๊ะครับ", COMPLETE),
        ("th", "เบอร์ของฉันคือศูนย์แปดหนึ่ง", UNFINISHED),
        ("th", "เบอร์ของฉันคือ๐๘๑๒๓๔", UNFINISHED),
    ],
)
def test_how_finished_a_text_looks(language: str, text: str, looks: Completeness) -> None:
    assert completeness(text, language) is looks
    assert completeness(unicodedata.normalize("NFD", text), f"{language}-XX") is looks


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("Quero um.", OPEN),
        ("Was macht er.", COMPLETE),
        ("I live in LA.", COMPLETE),
        ("My blood type is O.", COMPLETE),
        ("my blood type is o.", COMPLETE),
        ("I'd rather die.", OPEN),  # a function word in German: in doubt
        ("I would like the", UNFINISHED),
        ("Je voudrais une table pour", UNFINISHED),
        ("My number is oh one seven.", UNFINISHED),
        ("Mi número es seis uno cinco.", UNFINISHED),
        ("我想订餐，但是。", UNFINISHED),
        ("コーヒーを", UNFINISHED),
        ("予約をお願いします", COMPLETE),
        ("मुझे एक मेज़ चाहिए और।", UNFINISHED),
    ],
)
def test_where_several_languages_may_be_spoken_a_full_stop_counts(text: str, looks: Completeness) -> None:
    assert completeness(text, "multi") is looks


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("Jag vill ha the.", COMPLETE),
        ("Jag vill ha en", OPEN),
        ("Vad är klockan?", COMPLETE),
        ("Vad är,", UNFINISHED),
        ("Mitt nummer är 070 12 34.", UNFINISHED),
        ("Det stavas M I L.", UNFINISHED),
        ("Мой номер 8 9 1 2.", UNFINISHED),
        ("Имя: А Н Я.", UNFINISHED),
    ],
)
def test_of_an_unknown_language_marks_digits_and_letters_tell(text: str, looks: Completeness) -> None:
    assert completeness(text, "sv") is looks


@pytest.mark.parametrize("language", sorted(LEXICONS))
def test_digits_are_dictated_in_every_language(language: str) -> None:
    first, second, third = sorted(LEXICONS[language].numbers - LEXICONS[language].leads_on)[:3]
    assert completeness(f"{first} {second} {third}", language) is UNFINISHED
    assert completeness("123 45.", language) is UNFINISHED
