"""German: numbers as people say them."""

import re
from collections.abc import Iterator

from pipeline.text.spoken.digits import grouped
from pipeline.text.spoken.german_words import MONTHS, VOCABULARY
from pipeline.text.spoken.language import Amount, Language
from pipeline.text.spoken.romans import last_word, roman_value
from pipeline.text.spoken.shapes import SPACE, Shape, Written, any_of, shape
from pipeline.text.spoken.vocabulary import Currency

_DEFINITE = "der|die|das|dieser|diese|dieses|jeder|jede|jedes"
_OBLIQUE = (
    "den|dem|des|am|im|vom|zum|zur|beim|bis|ab|seit|nach|vor|diesen|diesem|jeden|jedem|einen|einem|einer|meinen|meinem"
    "|ihren|ihrem|deinen|deinem|unseren|unserem|seinen|seinem"
)
_BEFORE_ORDINALS = "der|die|das|am|im|vom|zum|beim|dieser|diese|dieses"
"""Words behind which a number with a full stop is an ordinal one even at a sentence's end."""
_FEMININE = re.compile(r".*(?:ung|heit|keit|schaft|ion|tät|ik|ur|e|erin|in)")
_NOT_FEMININE = frozenset({"käse", "name", "ende", "auge", "junge", "kunde", "termin", "verein", "gewinn", "wein"})


class German(Language):
    """German."""

    def __init__(self, tag: str) -> None:
        super().__init__(VOCABULARY, tag)

    def cardinal(self, number: int, gender: str = "") -> str:
        """eins; before a noun ein or eine."""
        if gender and number % 100 == 1 and number > 1:
            gender = ""  # hunderteins Euro
        kind = {"": "numbering", "m": "cardinal-masculine", "f": "cardinal-feminine", "n": "cardinal-neuter"}[gender]
        return self.spell(number, f"spellout-{kind}")

    def ordinal(self, number: int, form: str = "") -> str:
        """dritte; `form` is its other ending: n, r or s."""
        return self.spell(number, "spellout-ordinal") + form

    def year(self, number: int) -> str:
        """neunzehnhundertneunundneunzig, zweitausendvierundzwanzig."""
        return self.spell(number, "spellout-numbering-year")

    def money(self, amount: Amount, currency: Currency) -> str:
        """zwölf Euro fünfzig."""
        return f"{self.quantity(Amount(amount.whole), currency.unit)} {self.cardinal(int(amount.fraction))}"

    def date(self, day: int, month: int, year: int | None, before: str) -> str:
        """dritter Mai zweitausendvierundzwanzig, in the case that is asked for by the word before it."""
        end = f" {self.year(year)}" if year is not None else ""
        return f"{self.ordinal(day, _ending(before, 'r'))} {self.vocabulary.months[month - 1]}{end}"

    def fraction(self, numerator: int, denominator: int, whole: int, text: Written) -> str | None:
        """drei Viertel, eineinhalb."""
        if (numerator, denominator) == (1, 2):
            return f"{self.cardinal(whole, 'n')}einhalb" if whole else "ein halb"
        parts = "halbe" if denominator == 2 else self.ordinal(denominator).removesuffix("te") + "tel"
        parts = parts.replace("hundersttel", "hundertstel").capitalize()
        said = f"{self.cardinal(numerator, 'n')} {parts}"
        return f"{self.cardinal(whole)} {said}" if whole else said

    def slashed(self, first: int, second: int, text: Written) -> str | None:
        """A rating."""
        if first <= second and (second in (10, 100) or text.next_word in ("Sternen", "Punkten")):
            return f"{self.cardinal(first)} von {self.cardinal(second)}"
        return None

    def ruler(self, number: int) -> str:
        """der Achte."""
        return f"der {self.ordinal(number).capitalize()}"

    def bare(self, amount: Amount, text: Written) -> str:
        """eins; before a noun ein or eine, by the noun's ending."""
        noun = text.next_word
        if amount.is_one and noun[:1].isupper():
            is_feminine = _FEMININE.fullmatch(noun.lower()) and noun.lower() not in _NOT_FEMININE
            return "eine" if is_feminine else "ein"
        return super().bare(amount, text)

    def shapes(self) -> Iterator[Shape]:
        """Phone numbers, dates, times, ordinals, decades, numbered rulers."""
        yield shape(r"\(?0\d{1,5}\)?[ /-]\d{2,9}(?:[ -]\d{2,6})*", self._phone)
        yield from _dates(self)
        yield from _times(self)
        yield shape(r"(?P<n>\d{1,4})\.(?=\s|\Z)", self._ordinal)
        yield shape(r"['’]?(?P<n>(?:\d\d)?[1-9]0)(?:er|ern)", self._decade)
        yield shape(r"(?P<n>\d{1,4})(?P<kind>mal|fach|x)", self._times_over)
        yield shape(r"(?P<n>(?=[XVI])X{0,3}(?:IX|IV|V?I{0,3}))\.", self._ruler)

    def _phone(self, text: Written) -> str | None:
        return grouped(self, text.match[0]) if sum(map(str.isdecimal, text.match[0])) >= 6 else None

    def _ordinal(self, text: Written) -> str | None:
        """An ordinal number behind an article and the like; else the full stop may be a sentence's, or a list's."""
        if text["n"].startswith("0") or text["n"] in self.vocabulary.emergency_numbers:
            return None
        is_last = not text.after.strip()
        if not text.follows(_BEFORE_ORDINALS if is_last else f"{_DEFINITE}|{_OBLIQUE}"):
            return None
        if (is_last and len(text["n"]) > 2) or not (is_last or re.match(r"\s+[^\W\d_]", text.after)):
            return None
        return self.ordinal(int(text["n"]), _ending(text.before, ""))

    def _decade(self, text: Written) -> str:
        number = int(text["n"])
        return (self.year(number) if number > 99 else self.cardinal(number)) + text.match[0].lstrip("'’0123456789")

    def _times_over(self, text: Written) -> str:
        number = self.cardinal(int(text["n"]), "n")
        return number + {"x": " mal"}.get(text["kind"], text["kind"])

    def _ruler(self, text: Written) -> str | None:
        if last_word(text.before).casefold() not in self.vocabulary.rulers:
            return None
        return self.ruler(roman_value(text["n"])) + ("." if not text.after.strip() else "")


def _ending(before: str, default: str) -> str:
    """The ending of an ordinal number behind `before`."""
    if re.search(rf"\b(?:{_OBLIQUE})\s\Z", before, re.IGNORECASE):
        return "n"
    return "" if re.search(rf"\b(?:{_DEFINITE})\s\Z", before, re.IGNORECASE) else default


def _dates(language: German) -> Iterator[Shape]:
    names = any_of([*MONTHS, "Jänner"])
    short = any_of([*(name[:3] for name in MONTHS), "Mrz", "Jän", "Sept"])

    def named(text: Written) -> str | None:
        day, month = int(text["day"]), language.vocabulary.month_forms[text["month"][:3].casefold()]
        if not 1 <= day <= 31:
            return None
        ending = _ending(text.before, "r")
        said = f"{language.ordinal(day, ending)} "
        if text["till"]:
            said += f"bis {language.ordinal(int(text['till']), ending)} "
        end = f" {language.year(int(text['year']))}" if text["year"] else ""
        return f"{said}{MONTHS[month - 1]}{end}"

    def numeric(text: Written) -> str | None:
        day, month = int(text["day"]), int(text["month"])
        if not (1 <= day <= 31 and 1 <= month <= 12):
            return None
        written = text["year"]
        year = (
            None
            if not written
            else int(written)
            if len(written) > 2
            else int(written) + (2000 if int(written) < 50 else 1900)
        )
        return language.date(day, month, year, text.before)

    def numeric_day(text: Written) -> str | None:
        return numeric(text) if text.follows(f"{_OBLIQUE}|der") else None

    yield shape(
        rf"(?P<day>\d{{1,2}})\.(?:{SPACE}?[-–]{SPACE}?(?P<till>\d{{1,2}})\.)?{SPACE}?(?P<month>{names}|(?:{short})\.?)"
        rf"(?:{SPACE}(?P<year>[12]\d{{3}}))?",
        named,
    )
    yield shape(rf"(?P<day>\d{{1,2}})\.{SPACE}?(?P<month>\d{{1,2}})\.{SPACE}?(?P<year>[12]\d{{3}}|\d\d)", numeric)
    yield shape(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>)", numeric_day)


def _times(language: German) -> Iterator[Shape]:
    def said(hour: str, minute: str) -> str | None:
        if int(hour) > 24:
            return None
        words = f"{language.cardinal(int(hour), 'n')} Uhr"
        return words if minute in ("", "00") else f"{words} {language.cardinal(int(minute))}"

    def one(text: Written) -> str | None:
        return said(text["h"], text["m"])

    def with_seconds(text: Written) -> str | None:
        start = said(text["h"], text["m"])
        return (
            start and f"{start} und {language.quantity(Amount(str(int(text['s']))), language.vocabulary.units['Sek'])}"
        )

    def both(text: Written) -> str | None:
        if not text["m"] and not text["m2"]:
            hours = [int(text[group]) for group in ("h", "h2")]
            return (
                f"{language.cardinal(hours[0])} bis {language.cardinal(hours[1], 'n')} Uhr" if max(hours) < 25 else None
            )
        first, second = said(text["h"], text["m"]), said(text["h2"], text["m2"])
        return f"{first} bis {second}" if first and second else None

    first, second = r"(?P<h>\d{1,2})(?:[:.](?P<m>[0-5]\d))?", r"(?P<h2>\d{1,2})(?:[:.](?P<m2>[0-5]\d))?"
    yield shape(rf"{first}(?:[-–]|{SPACE}[-–]{SPACE}){second}{SPACE}Uhr", both)
    yield shape(rf"(?P<h>\d{{1,2}}):(?P<m>[0-5]\d)(?:-|–|{SPACE}–{SPACE})(?P<h2>\d{{1,2}}):(?P<m2>[0-5]\d)", both)
    yield shape(rf"{first}{SPACE}Uhr", one)
    yield shape(rf"(?P<h>\d{{1,2}}):(?P<m>[0-5]\d)(?:{SPACE}h)?", one)
    yield shape(rf"(?P<h>\d{{1,2}}):(?P<m>[0-5]\d):(?P<s>[0-5]\d)(?:{SPACE}Uhr)?", with_seconds)
