"""Written numbers in German, and how people say them."""

import pytest

from tests.support.text import said

PAIRS = [
    ("1.234,56 €", "eintausendzweihundertvierunddreißig Euro sechsundfünfzig"),
    ("12,50 €", "zwölf Euro fünfzig"),
    ("1 €", "ein Euro"),
    ("21 €", "einundzwanzig Euro"),
    ("0,99 €", "neunundneunzig Cent"),
    ("5,00 €", "fünf Euro"),
    ("1,5 Mio. €", "eins Komma fünf Millionen Euro"),
    ("3 k€", "drei Tausend Euro"),
    ("2 Mrd. Euro", "zwei Milliarden Euro"),
    ("1 Million Menschen", "eine Million Menschen"),
    ("101 €", "einhunderteins Euro"),
    ("10-20 €", "zehn bis zwanzig Euro"),
    ("5 €/Monat", "fünf Euro pro Monat"),
    ("$5", "fünf Dollar"),
    ("3,14", "drei Komma eins vier"),
    ("0,5", "null Komma fünf"),
    ("1.000", "eintausend"),
    ("10.000.000", "zehn Millionen"),
    ("Ich habe 3 Katzen.", "Ich habe drei Katzen."),
    ("Ich habe 1 Katze und 1 Hund.", "Ich habe eine Katze und ein Hund."),
    ("20 %", "zwanzig Prozent"),
    ("1%", "ein Prozent"),
    ("50 km/h", "fünfzig Kilometer pro Stunde"),
    ("-5 °C", "minus fünf Grad Celsius"),
    ("2,5 kg", "zwei Komma fünf Kilogramm"),
    ("5-7 Stunden", "fünf bis sieben Stunden"),
    ("1 h", "eine Stunde"),
    ("30 Min. später", "dreißig Minuten später"),
    ("ca. 5-6 Std. Fahrt", "ca. fünf bis sechs Stunden Fahrt"),
    ("70 m²", "siebzig Quadratmeter"),
    ("am 3. Mai", "am dritten Mai"),
    ("der 3. Mai 2024", "der dritte Mai zweitausendvierundzwanzig"),
    ("3. Mai", "dritter Mai"),
    ("vom 1. Jan. 1999", "vom ersten Januar neunzehnhundertneunundneunzig"),
    ("am 03.05.2024", "am dritten Mai zweitausendvierundzwanzig"),
    ("am 3.5.", "am dritten Mai"),
    ("2024-05-03", "dritter Mai zweitausendvierundzwanzig"),
    ("45. Mai", "fünfundvierzig. Mai"),
    ("am 45.45.", "am fünfundvierzig Punkt fünfundvierzig."),
    ("3.–5. Mai", "dritter bis fünfter Mai"),
    ("Das war vor 2020.", "Das war vor zweitausendzwanzig."),
    ("Ich nehme die 2.", "Ich nehme die zweite"),
    ("die 2. Runde", "die zweite Runde"),
    ("im 19. Jahrhundert", "im neunzehnten Jahrhundert"),
    ("1. Mehl\n2. Eier", "eins. Mehl.\nzwei. Eier"),
    ("im Jahr 1999", "im Jahr neunzehnhundertneunundneunzig"),
    ("seit 2024", "seit zweitausendvierundzwanzig"),
    ("1914–1918", "neunzehnhundertvierzehn bis neunzehnhundertachtzehn"),
    ("die 90er", "die neunziger"),
    ("die 1920er-Jahre", "die neunzehnhundertzwanziger-Jahre"),
    ("um 14:30 Uhr", "um vierzehn Uhr dreißig"),
    ("um 14.30 Uhr", "um vierzehn Uhr dreißig"),
    ("um 1 Uhr", "um ein Uhr"),
    ("um 9:00 Uhr", "um neun Uhr"),
    ("um 9:05", "um neun Uhr fünf"),
    ("um 9:05:01 Uhr", "um neun Uhr fünf und eine Sekunde"),
    ("9:00–17:30", "neun Uhr bis siebzehn Uhr dreißig"),
    ("8-10 Uhr", "acht bis zehn Uhr"),
    ("030 1234567", "null drei null, eins zwei drei vier fünf sechs sieben"),
    ("0171/1234567", "null eins sieben eins, eins zwei drei vier fünf sechs sieben"),
    ("+49 30 123456", "plus vier neun, drei null, eins zwei drei vier fünf sechs"),
    ("Wählen Sie die 112.", "Wählen Sie die eins eins zwei."),
    ("PLZ 10115", "PLZ eins null eins eins fünf"),
    ("Ihr Code ist 4829", "Ihr Code ist vier acht zwei neun"),
    ("Nr. 5", "Nummer fünf"),
    ("§ 12", "Paragraf zwölf"),
    ("#1", "Nummer eins"),
    ("3/4 Liter", "drei Viertel Liter"),
    ("1/2", "ein halb"),
    ("2/3", "zwei Drittel"),
    ("1/20", "ein Zwanzigstel"),
    ("1 1/2 Stunden", "eineinhalb Stunden"),
    ("2½", "zweieinhalb"),
    ("8/10", "acht von zehn"),
    ("Heinrich VIII. war König.", "Heinrich der Achte war König."),
    ("Das war Ludwig XIV.", "Das war Ludwig der Vierzehnte."),
    ("Kapitel IV", "Kapitel vier"),
    ("max.muster@beispiel.de", "max Punkt muster at beispiel Punkt de"),
    ("beispiel.de/hilfe", "beispiel Punkt de Schrägstrich hilfe"),
    ("v2.3.1", "Version zwei Punkt drei Punkt eins"),
    ("24/7", "vierundzwanzig sieben"),
    ("ein 5-Sterne-Hotel", "ein fünf-Sterne-Hotel"),
    ("3:2", "drei zu zwei"),
    ("3-mal", "drei-mal"),
    ("10x", "zehn mal"),
]


@pytest.mark.parametrize(("written", "spoken"), PAIRS)
def test_numbers_are_said_as_people_say_them(written: str, spoken: str) -> None:
    assert said(written, "de-DE") == spoken


def test_the_table_is_long_enough_to_stand_for_the_language() -> None:
    assert len(dict(PAIRS)) == len(PAIRS) >= 40


@pytest.mark.parametrize(
    "written",
    [
        "COVID-19",
        "B2B",
        "3D",
        "A4",
        "U2",
        "99:99",
        "1.2.3.4.5",
        "E10",
        "12ab",
        "Vitamin C",
        "99:30",
        "7/4",
        "XIV. Teil",
    ],
)
def test_in_doubt_nothing_is_changed(written: str) -> None:
    text = f"Ja, {written} ist gut."
    assert said(text, "de") == text
