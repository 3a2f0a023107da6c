"""English: numbers as people say them."""

import re
from collections.abc import Iterator

from pipeline.text.spoken.digits import grouped
from pipeline.text.spoken.english_words import MEASURES, MONTHS, VOCABULARY
from pipeline.text.spoken.language import Amount, Language
from pipeline.text.spoken.shapes import SPACE, Shape, Written, any_of, shape
from pipeline.text.spoken.vocabulary import Currency

_BRITISH = frozenset({"GB", "IE", "AU", "NZ", "ZA", "IN"})
"""Regions that say "one hundred and five"."""

_MONTH_FIRST = frozenset({"", "US", "PH"})
"""Regions that write 12/31/2024; without one, American habits are assumed."""

_ORDINAL_END = "st|nd|rd|th"
_HALF_DAY = rf"(?:{SPACE}?(?P<half>[AaPp][Mm]))"


class English(Language):
    """English, with American habits unless the tag's region has others."""

    def __init__(self, tag: str) -> None:
        super().__init__(VOCABULARY, tag)

    def cardinal(self, number: int, gender: str = "") -> str:
        """English numbers have no gender."""
        if self.region in _BRITISH:
            return self.spell(number, "spellout-cardinal-verbose").replace(",", "")
        return self.spell(number, "spellout-cardinal")

    def ordinal(self, number: int, form: str = "") -> str:
        """fifth, twenty-first; `form` "plural" for the parts of fractions."""
        words = self.spell(number, "spellout-ordinal-verbose" if self.region in _BRITISH else "spellout-ordinal")
        return words.replace(",", "") + ("s" if form == "plural" else "")

    def year(self, number: int) -> str:
        """nineteen ninety-nine, two thousand five, twenty twenty-four."""
        century, rest = divmod(number, 100)
        if not 1000 <= number <= 2999 or (century % 10 == 0 and rest < 10):
            return self.cardinal(number)
        if not rest:
            return f"{self.cardinal(century)} hundred"
        return f"{self.cardinal(century)} {'oh ' if rest < 10 else ''}{self.cardinal(rest)}"

    def phone_group(self, digits: str) -> str:
        """800 is said as a number."""
        return "eight hundred" if digits == "800" else self.digits(digits)

    def is_attribute(self, text: Written) -> bool:
        """As in "a 5 km run", "a $20 bill"."""
        return text.follows("an?") and text.next_word[:1].islower() and text.next_word not in ("and", "or", "for")

    def money(self, amount: Amount, currency: Currency) -> str:
        """twenty-one dollars and fifty cents."""
        assert currency.cents is not None
        whole = self.quantity(Amount(amount.whole), currency.unit)
        return f"{whole} and {self.quantity(Amount(str(int(amount.fraction))), currency.cents)}"

    def date(self, day: int, month: int, year: int | None, before: str) -> str:
        """May fifth, twenty twenty-four; where the day is written first: the fifth of May, twenty twenty-four."""
        end = f", {self.year(year)}" if year is not None else ""
        if self.region in _MONTH_FIRST:
            return f"{self.vocabulary.months[month - 1]} {self.ordinal(day)}{end}"
        article = "" if before.endswith("the ") else "the "
        return f"{article}{self.ordinal(day)} of {self.vocabulary.months[month - 1]}{end}"

    def numeric_date(self, first: int, second: int) -> tuple[int, int]:
        """Return day and month of a date in numbers; one beyond 12 is the day in any region."""
        month_first = (self.region in _MONTH_FIRST and first <= 12) or second > 12
        return (second, first) if month_first else (first, second)

    def fraction(self, numerator: int, denominator: int, whole: int, text: Written) -> str | None:
        """three quarters, one and a half; "of a" before what it is a part of."""
        parts = {2: "half", 4: "quarter"}.get(denominator) or self.ordinal(denominator)
        if numerator > 1:
            parts += "s"
        said = f"{self.cardinal(numerator)} {parts}"
        if whole:
            return f"{self.cardinal(whole)} and {'a half' if (numerator, denominator) == (1, 2) else said}"
        if (numerator, denominator) == (1, 2) and (text.follows("an?") or text.next_word in ("a", "an", "the", "of")):
            return "half"
        if text.next_word in MEASURES:
            article = "an" if text.next_word[0] in "aeiou" or text.next_word == "hour" else "a"
            return f"half {article}" if (numerator, denominator) == (1, 2) else f"{said} of {article}"
        return said

    def slashed(self, first: int, second: int, text: Written) -> str | None:
        """A date behind "on" and the like, and a rating."""
        day, month = self.numeric_date(first, second)
        if text.follows("on|by|until|since|before|after|from") and day <= 31 and month <= 12:
            return self.date(day, month, None, text.before)
        if first <= second and (second in (10, 100) or text.next_word in ("stars", "points")):
            return f"{self.cardinal(first)} out of {self.cardinal(second)}"
        return None

    def ruler(self, number: int) -> str:
        """the Eighth."""
        return f"the {self.ordinal(number).title()}"

    def shapes(self) -> Iterator[Shape]:
        """Phone numbers, dates, times, ordinals, decades, feet and inches."""
        yield shape(r"(?:\+?1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}", self._phone)
        yield shape(r"0\d{2,4} \d{3,4} \d{3,4}|0\d{4} \d{6}", self._phone)
        yield shape(r"\d{3}-\d{2}(?!00)\d{2}", self._phone)
        yield from _dates(self)
        yield from _times(self)
        yield shape(rf"(?P<n>{self.number_pattern})(?P<end>{_ORDINAL_END})", self._ordinal)
        yield shape(r"(?P<prefix>(?:mid|early|late|pre|post)-)?['’]?(?P<n>(?:\d\d)?[1-9]0|\d\d00)['’]?s", self._decade)
        yield shape(r"(?P<feet>[1-9])['’′](?P<inches>\d{1,2})(?:[\"”″]|'')?", self._height)

    def _phone(self, text: Written) -> str:
        plus = "plus " if text.match[0].startswith("+") else ""
        return plus + grouped(self, text.match[0])

    def _ordinal(self, text: Written) -> str | None:
        amount = self.amount(text["n"])
        if amount is None or amount.fraction:
            return None
        tens, last = divmod(amount.value % 100, 10)
        right = "th" if tens == 1 else {1: "st", 2: "nd", 3: "rd"}.get(last, "th")
        return self.ordinal(amount.value) if text["end"] == right else None

    def _decade(self, text: Written) -> str | None:
        number = int(text["n"])
        if 100 <= number < 1000 or number > 2999:
            return None
        words = self.year(number) if number > 99 else self.cardinal(number)
        return text["prefix"] + (words[:-1] + "ies" if words.endswith("y") else words + "s")

    def _height(self, text: Written) -> str:
        return f"{self.cardinal(int(text['feet']))} foot {self.cardinal(int(text['inches']))}"


def _dates(language: English) -> Iterator[Shape]:
    names = any_of([*language.vocabulary.months, *(name[:3] for name in MONTHS), "Sept"])
    year = rf"(?:,?{SPACE}(?P<year>[12]\d{{3}}))?"

    def named(text: Written) -> str | None:
        day, month = int(text["day"]), language.vocabulary.month_forms[text["month"][:3].casefold()]
        if not 1 <= day <= 31:
            return None
        if text["till"]:
            return f"{MONTHS[month - 1]} {language.ordinal(day)} to {language.ordinal(int(text['till']))}" + _end(text)
        return f"{MONTHS[month - 1]} {language.ordinal(day)}{_end(text)}"

    def day_first(text: Written) -> str | None:
        day, month = int(text["day"]), language.vocabulary.month_forms[text["month"][:3].casefold()]
        if not 1 <= day <= 31:
            return None
        article = "" if text.before.endswith("the ") else "the "
        return f"{article}{language.ordinal(day)} of {MONTHS[month - 1]}{_end(text)}"

    def month_only(text: Written) -> str:
        month = language.vocabulary.month_forms[text["month"][:3].casefold()]
        return f"{MONTHS[month - 1]} {language.year(int(text['year']))}"

    def numeric(text: Written) -> str | None:
        day, month = language.numeric_date(int(text["a"]), int(text["b"]))
        if not (1 <= day <= 31 and 1 <= month <= 12):
            return None
        return language.date(day, month, _full_year(text["year"]), text.before)

    def _end(text: Written) -> str:
        return f", {language.year(int(text['year']))}" if text["year"] else ""

    suffix = f"(?:{_ORDINAL_END})?"
    yield shape(
        rf"(?P<month>{names})\.?{SPACE}(?P<day>\d{{1,2}}){suffix}(?:[-–](?P<till>\d{{1,2}}){suffix})?{year}", named
    )
    yield shape(rf"(?P<day>\d{{1,2}}){suffix}{SPACE}(?:of )?(?P<month>{names}){year}", day_first)
    yield shape(rf"(?P<month>{names})\.?{SPACE}(?P<year>[12]\d{{3}})", month_only)
    yield shape(r"(?P<a>\d{1,2})(?P<mark>[/-])(?P<b>\d{1,2})(?P=mark)(?P<year>[12]\d{3}|\d\d)", numeric)


def _full_year(written: str) -> int:
    """A year of two digits is one of 1950 to 2049."""
    year = int(written)
    return year if len(written) > 2 else year + (2000 if year < 50 else 1900)


def _times(language: English) -> Iterator[Shape]:
    moment = rf"\d{{1,2}}(?::[0-5]\d)?(?:{SPACE}?[AaPp][Mm])?"
    parts = re.compile(rf"(?P<h>\d{{1,2}})(?::(?P<m>[0-5]\d))?{_HALF_DAY}?")

    def clock(hour: int, minute: str, half: str, after: str) -> str | None:
        if hour > 24:
            return None
        said = language.cardinal(hour)
        if minute and minute != "00":
            said += f" oh {language.cardinal(int(minute))}" if minute < "10" else f" {language.cardinal(int(minute))}"
        elif not half and minute and not re.match(rf"{SPACE}(?:[ap]\.m|o['’]clock|hours)", after):
            said += " o'clock" if 0 < hour <= 12 else " hundred"
        return f"{said} {half.upper()}" if half else said

    def one(text: Written) -> str | None:
        return clock(int(text["h"]), text["m"], text["half"], text.after)

    def both(text: Written) -> str | None:
        said = []
        for group in ("from", "till"):
            match = parts.fullmatch(text[group])
            assert match is not None
            said.append(
                clock(
                    int(match["h"]), match["m"] or "", match["half"] or "", " a.m." if group == "from" else text.after
                )
            )
        first, second = said
        return f"{first} to {second}" if first and second else None

    def with_seconds(text: Written) -> str:
        return " ".join(language.cardinal(int(text[group])) for group in "hms")

    yield shape(rf"(?=[^\s]*(?::|[AaPp][Mm]))(?P<from>{moment})(?:[-–]|{SPACE}–{SPACE})(?P<till>{moment})", both)
    yield shape(rf"(?P<h>\d{{1,2}}):(?P<m>[0-5]\d){_HALF_DAY}?", one)
    yield shape(rf"(?P<h>\d{{1,2}})(?P<m>){_HALF_DAY}", one)
    yield shape(r"(?P<h>\d{1,2}):(?P<m>[0-5]\d):(?P<s>[0-5]\d)", with_seconds)
