"""The English names of months, units and currencies."""

from pipeline.text.spoken.vocabulary import Currency, Noun, Vocabulary, word_set

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip

MEASURES = word_set(
    "cup teaspoon tablespoon mile inch foot yard pound ounce gallon quart pint hour minute second liter litre "
    "kilometer kilometre meter metre kilo kilogram gram acre percent page"
)
"""What one has a part of: "half a cup"."""


def _noun(singular: str, plural: str = "") -> Noun:
    return Noun(singular, plural or singular + "s")


def _per(noun: str, time: str) -> Noun:
    return Noun(f"{noun} per {time}", f"{noun}s per {time}")


UNITS = {
    "%": Noun("percent", "percent"), "‰": Noun("per mille", "per mille"),
    "°C": _noun("degree Celsius", "degrees Celsius"), "°F": _noun("degree Fahrenheit", "degrees Fahrenheit"),
    "°": _noun("degree"), "¢": _noun("cent"),
    "km/h": _per("kilometer", "hour"), "kph": _per("kilometer", "hour"), "kmh": _per("kilometer", "hour"),
    "mph": _per("mile", "hour"), "m/s": _per("meter", "second"),
    "km": _noun("kilometer"), "m": _noun("meter"), "cm": _noun("centimeter"), "mm": _noun("millimeter"),
    "mi": _noun("mile"), "ft": Noun("foot", "feet"), "yd": _noun("yard"), "yds": _noun("yard"),
    "km²": _noun("square kilometer"), "m²": _noun("square meter"), "m³": _noun("cubic meter"),
    "sq ft": Noun("square foot", "square feet"), "sq. ft": Noun("square foot", "square feet"),
    "kg": _noun("kilogram"), "g": _noun("gram"), "mg": _noun("milligram"), "lb": _noun("pound"), "lbs": _noun("pound"),
    "oz": _noun("ounce"), "l": _noun("liter"), "L": _noun("liter"), "ml": _noun("milliliter"),
    "mL": _noun("milliliter"), "dl": _noun("deciliter"), "cl": _noun("centiliter"),
    "tsp": _noun("teaspoon"), "tbsp": _noun("tablespoon"), "gal": _noun("gallon"),
    "h": _noun("hour"), "hr": _noun("hour"), "hrs": _noun("hour"), "min": _noun("minute"), "mins": _noun("minute"),
    "sec": _noun("second"), "secs": _noun("second"), "s": _noun("second"), "ms": _noun("millisecond"),
    "kB": _noun("kilobyte"), "KB": _noun("kilobyte"), "MB": _noun("megabyte"), "GB": _noun("gigabyte"),
    "TB": _noun("terabyte"), "Mbps": _noun("megabit per second", "megabits per second"),
    "Mbit/s": _noun("megabit per second", "megabits per second"),
    "Gbps": _noun("gigabit per second", "gigabits per second"),
    "W": _noun("watt"), "kW": _noun("kilowatt"), "MW": _noun("megawatt"), "kWh": _noun("kilowatt hour"),
    "V": _noun("volt"), "mAh": _noun("milliampere hour"), "hp": Noun("horsepower", "horsepower"),
    "Hz": Noun("hertz", "hertz"), "kHz": Noun("kilohertz", "kilohertz"), "MHz": Noun("megahertz", "megahertz"),
    "GHz": Noun("gigahertz", "gigahertz"), "dB": _noun("decibel"), "kcal": _noun("kilocalorie"),
    "psi": Noun("PSI", "PSI"),
    "ppm": Noun("part per million", "parts per million"), "px": _noun("pixel"),
}  # fmt: skip

_CENT = _noun("cent")
_DOLLAR = Currency(_noun("dollar"), _CENT)
_EURO = Currency(_noun("euro"), _CENT)
_POUND = Currency(_noun("pound"), Noun("penny", "pence"))
_YEN = Currency(Noun("yen", "yen"))
_RUPEE = Currency(_noun("rupee"), Noun("paisa", "paise"))
_FRANC = Currency(_noun("Swiss franc"), Noun("centime", "centimes"))

CURRENCIES = {
    "$": _DOLLAR, "US$": Currency(_noun("US dollar"), _CENT), "USD": Currency(_noun("US dollar"), _CENT),
    "C$": Currency(_noun("Canadian dollar"), _CENT), "CA$": Currency(_noun("Canadian dollar"), _CENT),
    "CAD": Currency(_noun("Canadian dollar"), _CENT), "A$": Currency(_noun("Australian dollar"), _CENT),
    "AUD": Currency(_noun("Australian dollar"), _CENT), "€": _EURO, "EUR": _EURO, "£": _POUND, "GBP": _POUND,
    "¥": _YEN, "JPY": _YEN, "₹": _RUPEE, "INR": _RUPEE, "CHF": _FRANC, "₩": Currency(Noun("won", "won")),
    "₿": Currency(_noun("bitcoin")), "₽": Currency(_noun("ruble"), Noun("kopeck", "kopecks")),
    "zł": Currency(Noun("zloty", "zlotys")), "₺": Currency(Noun("lira", "lira")),
}  # fmt: skip

VOCABULARY = Vocabulary(
    code="en",
    thousands=",",
    decimal=r"\.",
    words={
        "decimal": "point", "point": "point", "to": "to", "versus": "to", "by": "by", "plus": "plus",
        "version": "version",
        "dot": "dot", "at": "at", "dash": "dash", "underscore": "underscore", "slash": "slash", "per": "per",
    },
    signs={
        "-": "minus", "−": "minus", "+": "plus", "±": "plus or minus", "~": "about", "≈": "about",
        "<": "less than", ">": "more than", "≤": "at most", "≥": "at least",
    },
    operators={"=": "equals", "+": "plus", "×": "times", "*": "times", "÷": "divided by", "−": "minus", "-": "minus"},
    times=Noun("time", "times"),
    units=UNITS,
    currencies=CURRENCIES,
    scales={each: Noun(each, each) for each in ("thousand", "million", "billion", "trillion")},
    letters={
        "k": "thousand", "K": "thousand", "m": "million", "M": "million", "mn": "million",
        "b": "billion", "B": "billion", "bn": "billion", "T": "trillion", "tn": "trillion",
    },
    months=MONTHS,
    month_forms={month[:3].casefold(): number for number, month in enumerate(MONTHS, 1)} | {"sept": 9},
    numbered=word_set(
        "chapter part volume vol act scene book section article phase stage level type class title appendix episode "
        "season war bowl figure table grade group category tier lesson canto amendment schedule"),
    lettered=word_set(
        "section level type class appendix figure table grade group category tier schedule"),
    rulers=word_set(
        "henry louis elizabeth george charles edward william richard james philip frederick francis benedict pius paul "
        "leo napoleon nicholas peter catherine alexander ivan mary john clement gregory innocent urban julius "
        "ferdinand "
        "leopold ludwig wilhelm carl gustav christian harald haakon ramses ptolemy umberto albert baldwin otto"),
    number_signs={"No.": "number", "no.": "number", "Nos.": "numbers", "№": "number", "#": "number", "§": "section"},
    code_words=(
        r"(?:code|pin|passcode|password|id|otp|zip|postcode|extension|ext\.?|(?:order|account|ticket|confirmation|card"
        r"|reference|tracking|serial|case|customer|invoice|booking|membership|policy|phone|routing) (?:number|no\.?))"
        r"(?: (?:is|was|number))?:?"
    ),
    call_words="call|calls|calling|called|dial|dialing|text|ring",
    emergency_numbers=frozenset({"911", "112", "999", "111", "000", "988", "311", "411", "511", "211"}),
    special_slashes={
        "24/7": "twenty-four seven", "9/11": "nine eleven", "50/50": "fifty-fifty", "20/20": "twenty-twenty",
    },
)  # fmt: skip
