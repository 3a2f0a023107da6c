"""The German names of months, units and currencies."""

from pipeline.text.spoken.vocabulary import Currency, Noun, Vocabulary, word_set

MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
    "Dezember",
)  # fmt: skip


def _same(name: str, gender: str = "m") -> Noun:
    """Measures have no plural of their own."""
    return Noun(name, name, gender)


def _hour(name: str) -> Noun:
    return Noun(name, name + "n", "f")


UNITS = {
    "%": _same("Prozent", "n"), "‰": _same("Promille", "n"), "°C": _same("Grad Celsius"),
    "°F": _same("Grad Fahrenheit"),
    "°": _same("Grad"),
    "km/h": _same("Kilometer pro Stunde"), "m/s": _same("Meter pro Sekunde"),
    "km": _same("Kilometer"), "m": _same("Meter"), "cm": _same("Zentimeter"), "mm": _same("Millimeter"),
    "km²": _same("Quadratkilometer"), "m²": _same("Quadratmeter"), "qm": _same("Quadratmeter"),
    "m³": _same("Kubikmeter"), "ha": _same("Hektar", "n"),
    "t": Noun("Tonne", "Tonnen", "f"), "kg": _same("Kilogramm", "n"), "g": _same("Gramm", "n"),
    "mg": _same("Milligramm", "n"), "l": _same("Liter"), "L": _same("Liter"), "ml": _same("Milliliter"),
    "cl": _same("Zentiliter"), "EL": _same("Esslöffel"), "TL": _same("Teelöffel"),
    "h": _hour("Stunde"), "Std": _hour("Stunde"), "min": _hour("Minute"),
    "Min": _hour("Minute"), "s": _hour("Sekunde"),
    "Sek": _hour("Sekunde"), "ms": _hour("Millisekunde"),
    "KB": _same("Kilobyte", "n"), "MB": _same("Megabyte", "n"), "GB": _same("Gigabyte", "n"),
    "TB": _same("Terabyte", "n"), "Mbit/s": _same("Megabit pro Sekunde", "n"),
    "W": _same("Watt", "n"), "kW": _same("Kilowatt", "n"), "MW": _same("Megawatt", "n"),
    "kWh": Noun("Kilowattstunde", "Kilowattstunden", "f"), "V": _same("Volt", "n"), "PS": _same("PS", "f"),
    "Hz": _same("Hertz", "n"), "kHz": _same("Kilohertz", "n"), "MHz": _same("Megahertz", "n"),
    "GHz": _same("Gigahertz", "n"), "dB": _same("Dezibel", "n"), "kcal": Noun("Kilokalorie", "Kilokalorien", "f"),
}  # fmt: skip

_EURO = Currency(_same("Euro"), _same("Cent"))
_DOLLAR = Currency(_same("Dollar"), _same("Cent"))
_POUND = Currency(_same("Pfund", "n"), Noun("Penny", "Pence"))
_FRANC = Currency(_same("Franken"), _same("Rappen"))

CURRENCIES = {
    "€": _EURO, "EUR": _EURO, "$": _DOLLAR, "US$": Currency(_same("US-Dollar"), _same("Cent")),
    "USD": Currency(_same("US-Dollar"), _same("Cent")), "£": _POUND, "GBP": _POUND, "CHF": _FRANC, "Fr.": _FRANC,
    "¥": Currency(_same("Yen")), "₿": Currency(_same("Bitcoin")),
}  # fmt: skip

VOCABULARY = Vocabulary(
    code="de",
    thousands=".\u00a0\u202f\u2009'’",
    decimal=",",
    words={
        "decimal": "Komma", "point": "Punkt", "to": "bis", "versus": "zu", "by": "mal", "plus": "plus",
        "version": "Version", "dot": "Punkt", "at": "at", "dash": "Minus", "underscore": "Unterstrich",
        "slash": "Schrägstrich", "per": "pro",
    },
    signs={
        "-": "minus", "−": "minus", "+": "plus", "±": "plus minus", "~": "etwa", "≈": "etwa",
        "<": "weniger als", ">": "mehr als", "≤": "höchstens", "≥": "mindestens",
    },
    operators={"=": "gleich", "+": "plus", "×": "mal", "*": "mal", "÷": "durch", "−": "minus", "-": "minus"},
    times=Noun("mal", "mal", "n"),
    units=UNITS,
    currencies=CURRENCIES,
    scales={
        "Tausend": Noun("Tausend", "Tausend", "n"), "Tsd.": Noun("Tausend", "Tausend", "n"),
        "Million": Noun("Million", "Millionen", "f"), "Millionen": Noun("Million", "Millionen", "f"),
        "Mio.": Noun("Million", "Millionen", "f"), "Mio": Noun("Million", "Millionen", "f"),
        "Milliarde": Noun("Milliarde", "Milliarden", "f"), "Milliarden": Noun("Milliarde", "Milliarden", "f"),
        "Mrd.": Noun("Milliarde", "Milliarden", "f"), "Mrd": Noun("Milliarde", "Milliarden", "f"),
        "Billion": Noun("Billion", "Billionen", "f"), "Billionen": Noun("Billion", "Billionen", "f"),
    },
    letters={"k": "Tausend", "K": "Tausend", "M": "Million"},
    months=MONTHS,
    month_forms={month[:3].casefold(): number for number, month in enumerate(MONTHS, 1)} | {"jän": 1, "mrz": 3},
    numbered=word_set(
        "kapitel teil band akt szene buch abschnitt artikel phase stufe typ klasse titel weltkrieg"),
    lettered=word_set(
        "typ klasse abschnitt stufe"),
    rulers=word_set(
        "heinrich ludwig elisabeth elizabeth georg george karl charles eduard wilhelm richard jakob philipp friedrich "
        "franz benedikt pius paul leo napoleon nikolaus peter katharina alexander iwan johannes klemens gregor "
        "innozenz "
        "urban julius ferdinand leopold otto konrad rudolf gustav christian harald joseph josef maximilian albrecht"),
    number_signs={"Nr.": "Nummer", "Nr": "Nummer", "№": "Nummer", "#": "Nummer", "§": "Paragraf"},
    code_words=(
        r"(?:code|pin|tan|passwort|kennwort|id|plz|postleitzahl|durchwahl|(?:bestell|kunden|konto|karten|buchungs"
        r"|rechnungs|vorgangs|auftrags|ticket|telefon|vertrags|serien|referenz|bestätigungs)(?:nummer|nr\.?|code))"
        r"(?: (?:ist|lautet|nummer))?:?"
    ),
    call_words="ruf|rufen sie|wähl|wähle|wählen sie|notruf|unter der|unter|die|der",
    emergency_numbers=frozenset({"110", "112", "115", "144", "133", "117", "118"}),
    special_slashes={"24/7": "vierundzwanzig sieben", "50/50": "fünfzig-fünfzig"},
)  # fmt: skip
