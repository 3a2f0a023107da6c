"""French: numbers as people say them."""

import re
from collections.abc import Iterator

from pipeline.text.spoken.digits import grouped
from pipeline.text.spoken.french_words import FEMININE_NOUNS, MONTHS, VOCABULARY
from pipeline.text.spoken.language import Amount, Language, region_of
from pipeline.text.spoken.romans import roman_value
from pipeline.text.spoken.shapes import SPACE, Shape, Written, any_of, shape
from pipeline.text.spoken.vocabulary import Currency, Noun

_FEMININE = re.compile(r".*(?:[st]ion|té|ée|ette|ance|ence|ure|aine|euse|ienne|ude)s?")


class French(Language):
    """French, with the numbers of France; those of Belgium and Switzerland where the tag names them."""

    def __init__(self, tag: str) -> None:
        region = region_of(tag)
        super().__init__(VOCABULARY, tag, rules=f"fr_{region}" if region in ("BE", "CH") else "fr")

    def cardinal(self, number: int, gender: str = "") -> str:
        """un; before a feminine noun une."""
        return self.spell(number, "spellout-cardinal-feminine" if gender == "f" else "spellout-cardinal-masculine")

    def ordinal(self, number: int, form: str = "m") -> str:
        """premier; `form` f is première."""
        return self.spell(number, f"spellout-ordinal-{'feminine' if form == 'f' else 'masculine'}")

    def decimals(self, digits: str) -> str:
        """Two or three are said as a number, behind its zeros."""
        rest = digits.lstrip("0")
        if len(digits) > 3 or not rest:
            return self.digits(digits)
        return " ".join(["zéro"] * (len(digits) - len(rest)) + [self.cardinal(int(rest))])

    def phone_group(self, digits: str) -> str:
        """Pairs are said as numbers."""
        if len(digits) != 2:
            return self.digits(digits)
        return self.digits(digits) if digits[0] == "0" else self.cardinal(int(digits))

    def is_singular(self, amount: Amount) -> bool:
        """Less than two is singular."""
        return amount.value < 2

    def scaled(self, scale: Noun, noun: Noun) -> str:
        """millions d'euros, but mille euros."""
        if scale.plural == "mille":
            return noun.plural
        return f"d'{noun.plural}" if noun.plural[0] in "aeiouhéy" else f"de {noun.plural}"

    def money(self, amount: Amount, currency: Currency) -> str:
        """douze euros cinquante."""
        return f"{self.quantity(Amount(amount.whole), currency.unit)} {self.cardinal(int(amount.fraction))}"

    def date(self, day: int, month: int, year: int | None, before: str) -> str:
        """trois mai deux mille vingt-quatre; premier mai."""
        end = f" {self.year(year)}" if year is not None else ""
        return f"{'premier' if day == 1 else self.cardinal(day)} {self.vocabulary.months[month - 1]}{end}"

    def fraction(self, numerator: int, denominator: int, whole: int, text: Written) -> str | None:
        """trois quarts, un et demi; demi-heure."""
        if (numerator, denominator) == (1, 2):
            if whole:
                return f"{self.cardinal(whole)} et demi"
            return "un demi"
        parts = {2: "demi", 3: "tiers", 4: "quart"}.get(denominator) or self.ordinal(denominator)
        plural = "s" if numerator > 1 and not parts.endswith("s") else ""
        said = f"{self.cardinal(numerator)} {parts}{plural}"
        return f"{self.cardinal(whole)} et {said}" if whole else said

    def slashed(self, first: int, second: int, text: Written) -> str | None:
        """A rating."""
        if first <= second and (second in (10, 20, 100) or text.next_word in ("étoiles", "points")):
            return f"{self.cardinal(first)} sur {self.cardinal(second)}"
        return None

    def ruler(self, number: int) -> str:
        """premier, then quatorze."""
        return "premier" if number == 1 else self.cardinal(number)

    def bare(self, amount: Amount, text: Written) -> str:
        """un; before a noun that is known to be feminine une."""
        noun = text.next_word
        ends_in_one = amount.value % 10 == 1 and amount.value % 100 not in (11, 71, 91)
        if not amount.fraction and ends_in_one and (noun.rstrip("s") in FEMININE_NOUNS or _FEMININE.fullmatch(noun)):
            return self.cardinal(amount.value, "f")
        return super().bare(amount, text)

    def shapes(self) -> Iterator[Shape]:
        """Phone numbers, dates, times, ordinals, centuries, first rulers."""
        yield shape(r"(?:\+33 ?\(?0?\)? ?|0)\d(?:[ \u00a0\u202f.]\d\d){4}", self._phone)
        yield shape(r"0\d{9}", self._phone_without_spaces)
        yield from _dates(self)
        yield from _times(self)
        yield shape(r"(?P<n>\d{1,4})(?P<end>ers?|ères?|res?|èmes?|emes?|es?|nde?s?|ds?)", self._ordinal)
        yield shape(r"(?P<n>[XVI]+)(?P<end>er|ère|re|ème|e)", self._roman_ordinal)

    def _phone(self, text: Written) -> str:
        plus = "plus " if text.match[0].startswith("+") else ""
        return plus + grouped(self, re.sub(r"(?<=\+33)(?=\d)|\(0\)", " ", text.match[0]))

    def _phone_without_spaces(self, text: Written) -> str:
        return grouped(self, " ".join(re.findall(r"\d\d", text.match[0])))

    def _ordinal(self, text: Written) -> str | None:
        number, end = int(text["n"]), text["end"].rstrip("s")
        if text["n"].startswith("0"):
            return None
        return self._ordinal_of(number, end, "s" if text["end"].endswith("s") else "")

    def _ordinal_of(self, number: int, end: str, plural: str) -> str | None:
        if (number == 1) != (end in ("er", "ère", "re")):
            return None
        if end in ("nd", "nde", "d"):
            return f"second{'e' if end == 'nde' else ''}{plural}" if number == 2 else None
        return self.ordinal(number, "f" if end in ("ère", "re") else "m") + plural

    def _roman_ordinal(self, text: Written) -> str | None:
        """A century, or the first of a name."""
        number = roman_value(text["n"])
        return self._ordinal_of(number, text["end"], "") if number else None


def _dates(language: French) -> Iterator[Shape]:
    names = any_of([*MONTHS, *(name.capitalize() for name in MONTHS)])

    def named(text: Written) -> str | None:
        day, year = int(text["day"]), text["year"]
        month = language.vocabulary.month_forms[text["month"].casefold()]
        return language.date(day, month, int(year) if year else None, text.before) if 1 <= day <= 31 else None

    def numeric(text: Written) -> str | None:
        day, month, year = int(text["day"]), int(text["month"]), text["year"]
        if not (1 <= day <= 31 and 1 <= month <= 12):
            return None
        full = int(year) if len(year) > 2 else int(year) + (2000 if int(year) < 50 else 1900)
        return language.date(day, month, full, text.before)

    yield shape(rf"(?P<day>\d{{1,2}})(?:er)?{SPACE}(?P<month>{names})(?:{SPACE}(?P<year>[12]\d{{3}}))?", named)
    yield shape(r"(?P<day>\d{1,2})(?P<mark>[/.-])(?P<month>\d{1,2})(?P=mark)(?P<year>[12]\d{3}|\d\d)", numeric)


def _times(language: French) -> Iterator[Shape]:
    hour = language.vocabulary.units["h"]

    def said(hours: str, minutes: str) -> str | None:
        if int(hours) > 24:
            return None
        words = language.quantity(Amount(str(int(hours))), hour)
        return words if minutes in ("", "00") else f"{words} {language.cardinal(int(minutes), 'f')}"

    def one(text: Written) -> str | None:
        return said(text["h"], text["m"])

    def both(text: Written) -> str | None:
        first, second = said(text["h"], text["m"]), said(text["h2"], text["m2"])
        return f"{first} à {second}" if first and second else None

    first = rf"(?P<h>\d{{1,2}}){SPACE}?h(?:{SPACE}?(?P<m>[0-5]\d))?"
    second = rf"(?P<h2>\d{{1,2}}){SPACE}?h(?:{SPACE}?(?P<m2>[0-5]\d))?"
    yield shape(rf"{first}(?:[-–]|{SPACE}[-–]{SPACE}){second}", both)
    yield shape(first, one)
    yield shape(r"(?P<h>\d{1,2}):(?P<m>[0-5]\d)(?:[-–]| – )(?P<h2>\d{1,2}):(?P<m2>[0-5]\d)", both)
    yield shape(r"(?P<h>\d{1,2}):(?P<m>[0-5]\d)", one)
