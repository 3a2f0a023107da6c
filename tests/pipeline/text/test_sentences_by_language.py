"""Where sentences end, language by language: abbreviations, numbers, quotes and brackets. A bar parts two sentences."""

import pytest

from tests.support.text import chunks_of, sentences_of

ENGLISH = [
    "The limit is max. 5 people per table. |Children are free.",
    "Take Hwy. 101 to Apt. 5, then turn left. |You can't miss it.",
    "Come at 6 p.m. Dinner is served in the hall. |Bring a friend.",
    "It is 10:30 a.m. EST. |See you.",
    "Dr. Smith and Prof. Jones met in Washington D.C. |They talked.",
    "It weighs approx. 20 lbs. |That is a lot.",
    "I watch TV. |Bob sleeps. |Hmm. |Paris, maybe.",
    "The U.S. Army is big. |It has tanks.",
    "World War II. |It was long.",
    "My friend (you remember him?) Bob is here. |He waits.",
    'He said "Go." |Then he left. |"Stop! |Wait!" she cried.',
    "It happened in 1999. |2000 was better.",
    "See pp. 10-12 and vol. 3. |It helps.",
    'I am sorry :( That is bad. |The 5" disk is full. |Buy one.',
    "1. Wash it. |2. Dry it. |3. Eat it.",
    '"Really?" Ann asked. |"Yes." |Bob nodded. |"No!" |She left.',
    "You need 2 oz. Cream, 3 tbsp. Sugar and 1 tsp. Salt. |Mix well.",
]
GERMAN = [
    "Der Tisch ist für max. 5 Personen. |Reservieren Sie bitte.",
    "Ich wohne in der Hauptstr. 5 in Bonn. |Kommen Sie vorbei.",
    "Es gibt 8 Mrd. Menschen. |Das sind viele.",
    "Das kostet inkl. MwSt. 20 Euro. |Mehr nicht.",
    "Der 2. Weltkrieg endete am 8. Mai 1945. |Danach war Frieden.",
    "Ludwig XIV. König von Frankreich starb. |Er war alt.",
    "Er kam ca. 10 Min. Später gingen wir. |Das war gut.",
    "Rufen Sie uns an, Tel. 030 1234. |Wir helfen gern.",
    "Wir haben Obst, z.B. Äpfel usw. |Dann gibt es Brot.",
    "Siehe Abb. 3 auf S. 5. |Alles klar?",
    "Am 24. 12. ist Weihnachten. |Wir feiern im 3. Stock. |Kommt!",
    "Die Fa. Müller liefert zzgl. Versand. |Die Ware kommt morgen.",
    "Er rief „Halt!“ und blieb stehen. |Dann ging er. |Sie sagte „Ja.“ |Er nickte.",
]
FRENCH = [
    "Selon l'art. 5, c'est interdit. |Vous ne pouvez pas.",
    "Il y a env. 5 personnes. |Elles attendent.",
    "M. Dupont et Mme. Durand arrivent. |Ils sont là.",
    "Nous sommes au 10 av. Foch. |Venez vite.",
    "Il dit « Oui. » et part. |Elle reste.",
    "Le train part à 10 h. |Il arrive à midi.",
    "Voir p. ex. Paris, chap. 5. |Bon.",
    "C'est la p. 12 du vol. 3. |Puis on continue.",
]
SPANISH = [
    "Está en la Av. Libertad, núm. 5. |Es fácil.",
    "El Sr. López y la Dra. Ruiz llegaron. |Luego comieron.",
    "Los EE. UU. Mexicanos son grandes. |Son vecinos.",
    "Hay aprox. 5 personas, máx. 10 en total. |Pero caben más.",
    "¿Cuánto es? |Son 5. |Pero hoy no pago.",
    "Abre a las 5 p.m. |Luego cierra.",
    "Dijo «¡Alto! |¡Quieto!» y corrió. |Nadie lo vio.",
]
OTHER_LATIN = [
    "Abita in v. Roma, n. 5, al 2. piano. |Poi vediamo.",
    "Il sig. Rossi pesa ca. 80 kg. |È alto.",
    "O Sr. Silva mora na Av. Paulista, apto. 12. |Depois ele sai.",
    "Dhr. Jansen betaalt max. 20 euro, bijv. Vandaag. |Het is goed.",
    "Mieszka na ul. Długiej, tj. Blisko. |To dobrze.",
    "Vi ses kl. 5, t.ex. Hemma. |Det blir bra.",
]
RUSSIAN = [
    "Он живёт на ул. Ленина, д. 5. |Там тепло.",
    "Это стоит 5 тыс. Рублей хватит. |Спасибо.",
    "На земле 8 млрд. Людей много. |Это правда.",
    "См. рис. 5 и табл. 3. |Там всё есть.",
    "Он сказал «Да.» и ушёл. |Она осталась.",
]
ARABIC = [
    'قال "نعم." ثم ذهب. |عاد بعد ساعة.',
    "وصل د. أحمد اليوم. |هو طبيب.",
    "سأل (هل هذا صحيح؟) فقلت نعم. |ثم ضحك.",
    "قال «تعال! الآن!» وخرج. |كان غاضبا.",
    "انظر ص. 5 من الكتاب. |هناك الجواب.",
]
HINDI = [
    "डॉ. शर्मा आए। |वे बैठे।",
    "उसने कहा “हाँ।” और चला गया। |मैं रुका।",
    "इसका दाम रु. 500 है। |यह सस्ता है।",
    "नाम (ज़रूरी है।) यहाँ लिखें। |फिर भेजें।",
    "दूरी 5 कि.मी. है। |पास है।",
    "क्या यह सच है? |हाँ।",
]
CHINESE = [
    "他问（真的吗？）我说是。|然后走了。",
    "他说“你好。今天很冷。”然后走了。|我也走了。",
    "“好。”他说。|天黑了。",
    "《你好！》是一本书。|我喜欢。",
    "请看第5页。|谢谢！|再见。",
    "我问：「好吗？」「好。」他说。|我笑了。",
]
JAPANESE = [
    "名前（必須。）を入れてください。|お願いします。",
    "彼は「行きます。」と言いました。|私は驚いた。",
    "「はい。」|「いいえ。」と二人は言った。|終わり。",
    "「行こう！」って言った。|うん。",
    "映画『君の名は。』を見ました。|良かった。",
    "本当？！|うそ。|はい。",
]
OTHER_SPACELESS = [
    "ดร. สมชาย มาถึง เวลา 10.00 น. วันนี้ ครับ",
    '네. |그렇습니다. |"네." 그가 말했다. |끝.',
]
LANGUAGES = {
    "en": ENGLISH,
    "de": GERMAN,
    "fr": FRENCH,
    "es": SPANISH,
    "it": OTHER_LATIN,
    "ru": RUSSIAN,
    "ar": ARABIC,
    "hi": HINDI,
    "zh": CHINESE,
    "ja": JAPANESE,
    "th": OTHER_SPACELESS,
}
MARKED = [
    pytest.param(marked, id=f"{tag}{index}") for tag, texts in LANGUAGES.items() for index, marked in enumerate(texts)
]


@pytest.mark.parametrize("marked", MARKED)
def test_sentences_end_where_a_reader_ends_them(marked: str) -> None:
    assert sentences_of(marked.replace("|", "")) == marked.split("|")


@pytest.mark.parametrize("marked", MARKED)
def test_early_cuts_move_no_sentence_end(marked: str) -> None:
    chunks, ends = list(chunks_of(marked.replace("|", ""))), {len(chunk) for chunk in [""]}
    for end in marked.split("|"):
        ends.add(max(ends) + len(end))
    assert ends <= {0, *(sum(map(len, chunks[: index + 1])) for index in range(len(chunks)))}


@pytest.mark.parametrize(
    "whole",
    [
        "max. 5 Personen",
        "Hauptstr. 5",
        "8 Mrd. Menschen",
        "inkl. MwSt. 20 Euro",
        "l'art. 5",
        "env. 5",
        "Av. Libertad",
        "Apt. 5",
        "Hwy. 101",
        "dell'art. 5",
        "Karl-Marx-Str. 7",
        "ca. €20",
        "min. -5 Grad",
        "3 Std. Fahrt",
        "bzw./max. 5",
        "ул. Ленина",
        "стр. 5",
        "д. 5",
        "रु. ५००",
        "ص. ٥",
        "พ.ศ. 2567",
    ],
)
def test_an_abbreviation_stays_with_what_it_leads_to(whole: str) -> None:
    assert sentences_of(f"{whole} und") == [f"{whole} und"]
    assert sentences_of(f"Word word {whole} und") == [f"Word word {whole} und"]
