"""The French names of months, units and currencies."""

from pipeline.text.spoken.vocabulary import Currency, Noun, Vocabulary, word_set

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip

FEMININE_NOUNS = word_set(
    "personne heure foi fois semaine minute seconde chose question place page table chambre nuit bouteille étape idée "
    "réponse erreur ligne voiture ville femme fille famille carte tasse tranche pièce livre partie maison rue"
) - {"livre"}
"""Common feminine nouns whose ending does not show it."""


def _noun(name: str, gender: str = "m") -> Noun:
    return Noun(name, name + "s", gender)


UNITS = {
    "%": Noun("pour cent", "pour cent"), "‰": Noun("pour mille", "pour mille"),
    "°C": Noun("degré Celsius", "degrés Celsius"), "°F": Noun("degré Fahrenheit", "degrés Fahrenheit"),
    "°": _noun("degré"),
    "km/h": Noun("kilomètre heure", "kilomètres heure"), "m/s": Noun("mètre par seconde", "mètres par seconde"),
    "km": _noun("kilomètre"), "m": _noun("mètre"), "cm": _noun("centimètre"), "mm": _noun("millimètre"),
    "km²": Noun("kilomètre carré", "kilomètres carrés"), "m²": Noun("mètre carré", "mètres carrés"),
    "m³": Noun("mètre cube", "mètres cubes"), "ha": _noun("hectare"),
    "kg": _noun("kilo"), "g": _noun("gramme"), "mg": _noun("milligramme"), "t": _noun("tonne", "f"),
    "l": _noun("litre"), "L": _noun("litre"), "ml": _noun("millilitre"), "mL": _noun("millilitre"),
    "cl": _noun("centilitre"), "cL": _noun("centilitre"),
    "h": _noun("heure", "f"), "min": _noun("minute", "f"), "s": _noun("seconde", "f"), "sec": _noun("seconde", "f"),
    "ko": Noun("kilo-octet", "kilo-octets"), "Ko": Noun("kilo-octet", "kilo-octets"),
    "Mo": Noun("mégaoctet", "mégaoctets"), "Go": Noun("gigaoctet", "gigaoctets"), "To": Noun("téraoctet", "téraoctets"),
    "W": _noun("watt"), "kW": _noun("kilowatt"), "kWh": Noun("kilowattheure", "kilowattheures"), "V": _noun("volt"),
    "Hz": Noun("hertz", "hertz"), "kHz": Noun("kilohertz", "kilohertz"), "MHz": Noun("mégahertz", "mégahertz"),
    "GHz": Noun("gigahertz", "gigahertz"), "dB": Noun("décibel", "décibels"), "kcal": _noun("kilocalorie", "f"),
}  # fmt: skip

_EURO = Currency(_noun("euro"), _noun("centime"))
_DOLLAR = Currency(_noun("dollar"), Noun("cent", "cents"))

CURRENCIES = {
    "€": _EURO, "EUR": _EURO, "$": _DOLLAR, "US$": Currency(Noun("dollar américain", "dollars américains")),
    "USD": Currency(Noun("dollar américain", "dollars américains")),
    "£": Currency(_noun("livre", "f"), Noun("penny", "pence")), "¥": Currency(Noun("yen", "yens")),
    "CHF": Currency(Noun("franc suisse", "francs suisses"), _noun("centime")),
}  # fmt: skip

VOCABULARY = Vocabulary(
    code="fr",
    thousands=" .\u00a0\u202f\u2009",
    decimal=",",
    words={
        "decimal": "virgule", "point": "point", "version": "version", "to": "à", "versus": "à", "by": "sur",
        "plus": "plus",
        "dot": "point", "at": "arobase", "dash": "tiret", "underscore": "tiret bas", "slash": "barre oblique",
        "per": "par",
    },
    signs={
        "-": "moins", "−": "moins", "+": "plus", "±": "plus ou moins", "~": "environ", "≈": "environ",
        "<": "moins de", ">": "plus de", "≤": "au plus", "≥": "au moins",
    },
    operators={"=": "égale", "+": "plus", "×": "fois", "*": "fois", "÷": "divisé par", "−": "moins", "-": "moins"},
    times=Noun("fois", "fois", "f"),
    units=UNITS,
    currencies=CURRENCIES,
    scales={
        "mille": Noun("mille", "mille"), "million": Noun("million", "millions"),
        "millions": Noun("million", "millions"),
        "milliard": Noun("milliard", "milliards"), "milliards": Noun("milliard", "milliards"),
        "M": Noun("million", "millions"), "Md": Noun("milliard", "milliards"),
    },
    letters={"k": "mille", "K": "mille", "M": "million", "Md": "milliard"},
    months=MONTHS,
    month_forms={month: number for number, month in enumerate(MONTHS, 1)},
    numbered=word_set(
        "chapitre partie tome volume acte scène livre section article phase étape niveau type classe titre"),
    lettered=word_set(
        "type classe section niveau"),
    rulers=word_set(
        "henri louis élisabeth elizabeth georges charles édouard guillaume richard jacques philippe frédéric françois "
        "benoît pie paul léon napoléon nicolas pierre catherine alexandre jean clément grégoire innocent urbain jules "
        "léopold albert baudouin othon"),
    number_signs={"n°": "numéro", "N°": "numéro", "nº": "numéro", "no.": "numéro", "#": "numéro", "№": "numéro"},
    code_words=(
        r"(?:code|code postal|pin|mot de passe|identifiant|(?:numéro de |n° de )(?:commande|compte|carte|client|dossier"
        r"|facture|référence|réservation|suivi|téléphone|série))(?: est)?(?:[ \u00a0\u202f]?:)?"
    ),
    call_words="appelez le|appeler le|appelle le|composez le|composer le|le",
    emergency_numbers=frozenset({"112", "114", "115", "119"}),
    special_slashes={"24/7": "vingt-quatre sept", "50/50": "cinquante-cinquante"},
)  # fmt: skip
