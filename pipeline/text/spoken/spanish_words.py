"""The Spanish names of months, units and currencies."""

from pipeline.text.spoken.vocabulary import Currency, Noun, Vocabulary, word_set

MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip


def _noun(name: str, gender: str = "m") -> Noun:
    return Noun(name, name + "s", gender)


UNITS = {
    "%": Noun("por ciento", "por ciento", ""), "‰": Noun("por mil", "por mil", ""),
    "°C": Noun("grado centígrado", "grados centígrados"), "ºC": Noun("grado centígrado", "grados centígrados"),
    "°F": Noun("grado Fahrenheit", "grados Fahrenheit"), "°": _noun("grado"),
    "km/h": Noun("kilómetro por hora", "kilómetros por hora"), "m/s": Noun("metro por segundo", "metros por segundo"),
    "km": _noun("kilómetro"), "m": _noun("metro"), "cm": _noun("centímetro"), "mm": _noun("milímetro"),
    "km²": Noun("kilómetro cuadrado", "kilómetros cuadrados"), "m²": Noun("metro cuadrado", "metros cuadrados"),
    "m³": Noun("metro cúbico", "metros cúbicos"), "ha": _noun("hectárea", "f"),
    "kg": _noun("kilo"), "g": _noun("gramo"), "mg": _noun("miligramo"), "t": _noun("tonelada", "f"),
    "lb": _noun("libra", "f"), "l": _noun("litro"), "L": _noun("litro"), "ml": _noun("mililitro"),
    "h": _noun("hora", "f"), "min": _noun("minuto"), "s": _noun("segundo"), "seg": _noun("segundo"),
    "KB": Noun("kilobyte", "kilobytes"), "MB": Noun("megabyte", "megabytes"), "GB": Noun("gigabyte", "gigabytes"),
    "TB": Noun("terabyte", "terabytes"), "W": _noun("vatio"), "kW": _noun("kilovatio"),
    "kWh": Noun("kilovatio hora", "kilovatios hora"), "V": _noun("voltio"), "Hz": Noun("hercio", "hercios"),
    "kHz": _noun("kilohercio"), "MHz": _noun("megahercio"), "GHz": _noun("gigahercio"), "dB": _noun("decibelio"),
    "kcal": _noun("kilocaloría", "f"),
}  # fmt: skip

_EURO = Currency(_noun("euro"), _noun("céntimo"))
_DOLLAR = Currency(Noun("dólar", "dólares"), _noun("centavo"))
PESO = Currency(_noun("peso"), _noun("centavo"))

CURRENCIES = {
    "€": _EURO, "EUR": _EURO, "$": _DOLLAR, "US$": _DOLLAR, "USD": _DOLLAR, "MXN": PESO,
    "£": Currency(_noun("libra", "f"), Noun("penique", "peniques")), "¥": Currency(Noun("yen", "yenes")),
    "CHF": Currency(_noun("franco"), _noun("céntimo")),
}  # fmt: skip

VOCABULARY = Vocabulary(
    code="es",
    thousands=". \u00a0\u202f\u2009",
    decimal=",",
    words={
        "decimal": "coma", "point": "punto", "version": "versión", "to": "a", "versus": "a", "by": "por",
        "plus": "más", "dot": "punto",
        "at": "arroba", "dash": "guion", "underscore": "guion bajo", "slash": "barra", "per": "por",
    },
    signs={
        "-": "menos", "−": "menos", "+": "más", "±": "más menos", "~": "unos", "≈": "unos",
        "<": "menos de", ">": "más de", "≤": "como máximo", "≥": "al menos",
    },
    operators={"=": "igual a", "+": "más", "×": "por", "*": "por", "÷": "entre", "−": "menos", "-": "menos"},
    times=Noun("vez", "veces", "f"),
    units=UNITS,
    currencies=CURRENCIES,
    scales={
        "mil": Noun("mil", "mil"), "millón": Noun("millón", "millones"), "millones": Noun("millón", "millones"),
        "mil millones": Noun("mil millones", "mil millones"), "M": Noun("millón", "millones"),
    },
    letters={"k": "mil", "K": "mil", "M": "millones"},
    months=MONTHS,
    month_forms={month[:3]: number for number, month in enumerate(MONTHS, 1)},
    numbered=word_set(
        "capítulo parte tomo volumen acto escena libro sección artículo fase etapa nivel tipo clase título guerra"),
    lettered=word_set(
        "tipo clase sección nivel"),
    rulers=word_set(
        "enrique luis isabel jorge carlos eduardo guillermo ricardo jacobo felipe federico francisco benedicto pío "
        "pablo "
        "león napoleón nicolás pedro catalina alejandro alfonso fernando juan clemente gregorio inocencio urbano julio "
        "leopoldo otón amadeo"),
    number_signs={
        "n.º": "número",
        "nº": "número",
        "N.º": "número",
        "Nº": "número",
        "núm.": "número",
        "#": "número",
        "№": "número",
    },
    code_words=(
        r"(?:código|clave|pin|id|contraseña|extensión|código postal|número de (?:pedido|cuenta|tarjeta|referencia"
        r"|cliente"
        r"|factura|reserva|teléfono|confirmación|serie))(?: es)?:?"
    ),
    call_words="llama al|llame al|llamar al|llamen al|marca el|marque el|marcar el|al|el",
    emergency_numbers=frozenset({"112", "911", "091", "092", "061", "062", "016", "080", "085"}),
    special_slashes={"24/7": "veinticuatro siete", "50/50": "cincuenta cincuenta"},
)  # fmt: skip
