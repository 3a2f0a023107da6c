"""Spanish: numbers as people say them."""

import re
from collections.abc import Iterator
from dataclasses import replace

from pipeline.text.spoken.digits import grouped
from pipeline.text.spoken.language import Amount, Language, region_of
from pipeline.text.spoken.romans import roman_value
from pipeline.text.spoken.shapes import SPACE, Shape, Written, any_of, shape
from pipeline.text.spoken.spanish_words import MONTHS, PESO, VOCABULARY
from pipeline.text.spoken.vocabulary import Currency, Noun, word_set

_POINT_REGIONS = frozenset({"MX", "US", "PR", "GT", "HN", "NI", "SV", "PA", "DO", "PE", "419"})
"""Regions that write 1,234.56."""

_PESO_REGIONS = frozenset({"MX", "AR", "CL", "CO", "UY", "DO", "CU"})
"""Regions whose "$" is the peso."""

_FEMININE = re.compile(r".*(?:as?|ción|ciones|sión|siones|dad|dades|tud|tudes)")
_NOT_FEMININE = word_set(
    "día días problema problemas tema temas sistema sistemas programa programas mapa mapas idioma idiomas clima "
    "planeta "
    "planetas grama para hasta contra a cada nada sea era"
)

_NO_NOUNS = word_set("pero para con por que como más menos son está los las tres seis dos nos ellos ellas mientras")
"""Words that may follow a number that stands for itself."""


class Spanish(Language):
    """Spanish, with the habits of Spain unless the tag's region has others."""

    def __init__(self, tag: str) -> None:
        vocabulary, region = VOCABULARY, region_of(tag)
        if region in _POINT_REGIONS:
            words = {**vocabulary.words, "decimal": "punto"}
            vocabulary = replace(vocabulary, thousands=",", decimal=r"\.", words=words)
        if region in _PESO_REGIONS:
            vocabulary = replace(vocabulary, currencies={**vocabulary.currencies, "$": PESO})
        super().__init__(vocabulary, tag)

    def cardinal(self, number: int, gender: str = "") -> str:
        """uno; before a noun un or una, veintiún or veintiuna, doscientos or doscientas."""
        kind = {"": "numbering", "m": "cardinal-masculine", "f": "cardinal-feminine"}[gender]
        return self.spell(number, f"spellout-{kind}")

    def ordinal(self, number: int, form: str = "m") -> str:
        """primero; `form` f is primera, "adjective" is primer."""
        kind = {"m": "masculine", "f": "feminine", "adjective": "masculine-adjective"}[form]
        return self.spell(number, f"spellout-ordinal-{kind}")

    def decimals(self, digits: str) -> str:
        """Two or three are said as a number, behind its zeros."""
        rest = digits.lstrip("0")
        if len(digits) > 3 or not rest:
            return self.digits(digits)
        return " ".join(["cero"] * (len(digits) - len(rest)) + [self.cardinal(int(rest))])

    def scaled(self, scale: Noun, noun: Noun) -> str:
        """millones de euros, but mil euros."""
        return noun.plural if scale.plural == "mil" else f"de {noun.plural}"

    def money(self, amount: Amount, currency: Currency) -> str:
        """doce euros con cincuenta céntimos."""
        assert currency.cents is not None
        cents = self.quantity(Amount(str(int(amount.fraction))), currency.cents)
        return f"{self.quantity(Amount(amount.whole), currency.unit)} con {cents}"

    def date(self, day: int, month: int, year: int | None, before: str) -> str:
        """tres de mayo de dos mil veinticuatro."""
        first = "uno" if self.region in ("", "ES") else "primero"
        end = f" de {self.year(year)}" if year is not None else ""
        return f"{first if day == 1 else self.cardinal(day)} de {self.vocabulary.months[month - 1]}{end}"

    def fraction(self, numerator: int, denominator: int, whole: int, text: Written) -> str | None:
        """tres cuartos, uno y medio; media hora."""
        if (numerator, denominator) == (1, 2):
            if whole:
                return f"{self.cardinal(whole)} y medio"
            if text.next_word[:1].islower() and text.next_word not in ("de", "y", "o", "del"):
                return "media" if self._gender(text.next_word) == "f" else "medio"
            return "un medio"
        names = {3: "tercio", 12: "doceavo", 16: "dieciseisavo", 20: "veinteavo", 100: "centésimo", 1000: "milésimo"}
        parts = names.get(denominator) or (self.ordinal(denominator) if denominator <= 10 else None)
        if parts is None:
            return None
        said = f"{self.cardinal(numerator, 'm')} {parts}{'s' if numerator > 1 else ''}"
        return f"{self.cardinal(whole)} y {said}" if whole else said

    def slashed(self, first: int, second: int, text: Written) -> str | None:
        """A rating."""
        if first <= second and (second in (10, 100) or text.next_word in ("estrellas", "puntos")):
            return f"{self.cardinal(first)} de {self.cardinal(second)}"
        return None

    def ruler(self, number: int) -> str:
        """sexto up to ten, then catorce."""
        return self.ordinal(number) if number <= 10 else self.cardinal(number)

    def bare(self, amount: Amount, text: Written) -> str:
        """uno; before a noun un or una, by the noun's ending."""
        noun = text.next_word
        is_year = len(text["a"]) == 4 and 1100 <= amount.value <= 2099
        is_noun = len(noun) > 2 and noun not in _NO_NOUNS and (amount.is_one or noun.endswith("s"))
        if not amount.fraction and noun.islower() and is_noun and not is_year:
            return self.cardinal(amount.value, self._gender(noun))
        return super().bare(amount, text)

    @staticmethod
    def _gender(noun: str) -> str:
        return "f" if _FEMININE.fullmatch(noun) and noun not in _NOT_FEMININE else "m"

    def shapes(self) -> Iterator[Shape]:
        """Phone numbers, dates, times, ordinals, centuries."""
        yield shape(r"[6789]\d{2}(?: \d{3}){2}|[6789]\d{2}(?: \d\d){3}|[89]\d \d{3} \d\d \d\d", self._phone)
        yield from _dates(self)
        yield from _times(self)
        yield shape(r"(?P<n>\d{1,4})\.?(?P<end>er|º|ª|o|a|°)", self._ordinal)
        yield shape(r"(?P<n>(?=[XVI])X{0,3}(?:IX|IV|V?I{0,3}))", self._century)

    def _phone(self, text: Written) -> str:
        return grouped(self, text.match[0])

    def _ordinal(self, text: Written) -> str | None:
        if text["end"] in ("o", "a") and "." not in text.match[0]:
            return None
        form = {"er": "adjective", "ª": "f", "a": "f"}.get(text["end"], "m")
        if text["end"] == "°" or text["n"].startswith("0"):
            return None
        return self.ordinal(int(text["n"]), form)

    def _century(self, text: Written) -> str | None:
        return self.ruler(roman_value(text["n"])) if text.follows("siglos?") else None


def _dates(language: Spanish) -> Iterator[Shape]:
    names = any_of([*MONTHS, *(name.capitalize() for name in MONTHS)])

    def named(text: Written) -> str | None:
        day, month = int(text["day"]), language.vocabulary.month_forms[text["month"][:3].casefold()]
        year = int(text["year"]) if text["year"] else None
        return language.date(day, month, year, text.before) if 1 <= day <= 31 else None

    def numeric(text: Written) -> str | None:
        day, month, year = int(text["day"]), int(text["month"]), text["year"]
        if language.region == "US" and month > 12:
            day, month = month, day
        if not (1 <= day <= 31 and 1 <= month <= 12):
            return None
        full = int(year) if len(year) > 2 else int(year) + (2000 if int(year) < 50 else 1900)
        return language.date(day, month, full, text.before)

    yield shape(
        rf"(?P<day>\d{{1,2}})(?:\.?[ºo°])?{SPACE}de{SPACE}(?P<month>{names})(?:{SPACE}(?:de|del){SPACE}(?P<year>[12]\d{{3}}))?",
        named,
    )
    yield shape(r"(?P<day>\d{1,2})(?P<mark>[/.-])(?P<month>\d{1,2})(?P=mark)(?P<year>[12]\d{3}|\d\d)", numeric)


def _times(language: Spanish) -> Iterator[Shape]:
    def said(hour: str, minute: str, *, is_exact: bool) -> str | None:
        if int(hour) > 24:
            return None
        words = language.cardinal(int(hour), "f")
        if minute in ("", "00"):
            return (
                words
                + (("" if int(hour) > 12 else " en punto") if is_exact and minute else "")
                + (" horas" if is_exact and int(hour) > 12 else "")
            )
        return f"{words} {'cero ' if minute < '10' else ''}{language.cardinal(int(minute))}"

    def one(text: Written) -> str | None:
        return said(text["h"], text["m"], is_exact=not re.match(rf"{SPACE}(?:[ap]\.|horas|de la)", text.after))

    def with_half(text: Written) -> str | None:
        words = said(text["h"], text["m"], is_exact=False)
        return words and f"{words} {text['half'].lower()}. m."

    def both(text: Written) -> str | None:
        first, second = (said(text[h], text[m], is_exact=False) for h, m in (("h", "m"), ("h2", "m2")))
        return f"{first} a {second}" if first and second else None

    time = r"(?P<h>\d{1,2}):(?P<m>[0-5]\d)"
    yield shape(rf"{time}(?:[-–]|{SPACE}–{SPACE})(?P<h2>\d{{1,2}}):(?P<m2>[0-5]\d)(?:{SPACE}h)?", both)
    yield shape(rf"(?P<h>\d{{1,2}})(?::(?P<m>[0-5]\d))?{SPACE}?(?P<half>[AaPp])[Mm]", with_half)
    yield shape(rf"{time}(?:{SPACE}?h(?:rs?)?\b)?", one)
