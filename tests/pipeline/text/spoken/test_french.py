"""Written numbers in French, and how people say them."""

import pytest

from tests.support.text import said

PAIRS = [
    ("1 234,56 €", "mille deux cent trente-quatre euros cinquante-six"),
    ("1\u202f234,56\u00a0€", "mille deux cent trente-quatre euros cinquante-six"),
    ("1 €", "un euro"),
    ("21 €", "vingt-et-un euros"),
    ("1,50 €", "un euro cinquante"),
    ("0,99 €", "quatre-vingt-dix-neuf centimes"),
    ("5,00 €", "cinq euros"),
    ("3 k€", "trois mille euros"),
    ("3,1416", "trois virgule un quatre un six"),
    ("9:00-17:30", "neuf heures à dix-sept heures trente"),
    ("3 M€", "trois millions d'euros"),
    ("3 millions d'euros", "trois millions d'euros"),
    ("10-20 €", "dix à vingt euros"),
    ("5 €/mois", "cinq euros par mois"),
    ("5 $", "cinq dollars"),
    ("3,14", "trois virgule quatorze"),
    ("3,05", "trois virgule zéro cinq"),
    ("1 000 000", "un million"),
    ("J'ai 3 chats.", "J'ai trois chats."),
    ("21 personnes", "vingt-et-une personnes"),
    ("80 ans", "quatre-vingts ans"),
    ("71", "soixante-et-onze"),
    ("20 %", "vingt pour cent"),
    ("50 km/h", "cinquante kilomètres heure"),
    ("-5 °C", "moins cinq degrés Celsius"),
    ("1,5 kg", "un virgule cinq kilo"),
    ("2 min", "deux minutes"),
    ("5-7 jours", "cinq à sept jours"),
    ("1er mai", "premier mai"),
    ("le 3 mai 2024", "le trois mai deux mille vingt-quatre"),
    ("03/05/2024", "trois mai deux mille vingt-quatre"),
    ("2024-05-03", "trois mai deux mille vingt-quatre"),
    ("la 1re fois", "la première fois"),
    ("la 2e fois", "la deuxième fois"),
    ("le 3ème étage", "le troisième étage"),
    ("la 2nde", "la seconde"),
    ("le XIXe siècle", "le dix-neuvième siècle"),
    ("en 1999", "en mille neuf cent quatre-vingt-dix-neuf"),
    ("les années 90", "les années quatre-vingt-dix"),
    ("à 14h30", "à quatorze heures trente"),
    ("à 14 h 30", "à quatorze heures trente"),
    ("à 9h", "à neuf heures"),
    ("à 1h", "à une heure"),
    ("à 21:05", "à vingt-et-une heures cinq"),
    ("de 9h-17h", "de neuf heures à dix-sept heures"),
    ("06 12 34 56 78", "zéro six, douze, trente-quatre, cinquante-six, soixante-dix-huit"),
    ("0612345678", "zéro six, douze, trente-quatre, cinquante-six, soixante-dix-huit"),
    ("+33 6 12 34 56 78", "plus trente-trois, six, douze, trente-quatre, cinquante-six, soixante-dix-huit"),
    ("Appelez le 112.", "Appelez le un un deux."),
    ("Votre code est 4829", "Votre code est quatre huit deux neuf"),
    ("n° 5", "numéro cinq"),
    ("3/4", "trois quarts"),
    ("2/3", "deux tiers"),
    ("1/2", "un demi"),
    ("1 1/2", "un et demi"),
    ("8/10", "huit sur dix"),
    ("Louis XIV", "Louis quatorze"),
    ("François Ier", "François premier"),
    ("chapitre IV", "chapitre quatre"),
    ("jean.petit@exemple.fr", "jean point petit arobase exemple point fr"),
    ("exemple.fr/aide", "exemple point fr barre oblique aide"),
    ("v2.3.1", "version deux point trois point un"),
    ("24/7", "vingt-quatre sept"),
    ("« 5 »", "« cinq »"),
]


@pytest.mark.parametrize(("written", "spoken"), PAIRS)
def test_numbers_are_said_as_people_say_them(written: str, spoken: str) -> None:
    assert said(written, "fr-FR") == spoken


def test_the_table_is_long_enough_to_stand_for_the_language() -> None:
    assert len(dict(PAIRS)) == len(PAIRS) >= 40


@pytest.mark.parametrize(
    "written",
    [
        "COVID-19",
        "B2B",
        "3D",
        "A4",
        "99:99",
        "1.2.3.4.5",
        "12ab",
        "vitamine C",
        "45/45/2024",
        "99:30",
        "02e",
        "1e",
        "2er",
        "3nd",
        "7/4",
    ],
)
def test_in_doubt_nothing_is_changed(written: str) -> None:
    text = f"Oui, {written} est bon."
    assert said(text, "fr") == text
