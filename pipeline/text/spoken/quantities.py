"""Numbers that count or measure: money, units, percent, ranges, and those that stand for themselves."""

import re
from collections.abc import Iterator

from pipeline.text.spoken.language import Amount, Language
from pipeline.text.spoken.shapes import SPACE, Shape, Written, any_of, shape
from pipeline.text.spoken.vocabulary import Noun

_RANGE = rf"(?:[-–]|{SPACE}–{SPACE})"
_DOT = r"(?:\.(?=\s+\S))?"
"""The full stop of an abbreviated unit. Within a chunk it ends no sentence, as chunks are cut there; at its end it
stays."""


def shapes(language: Language) -> Iterator[Shape]:
    """The shapes of quantities, the more telling ones first."""
    read, number, vocabulary = _Reader(language), language.number_pattern, language.vocabulary
    money, unit, scales = any_of(vocabulary.currencies), any_of(vocabulary.units), any_of(vocabulary.scales)
    sign = rf"(?:(?P<sign>[{re.escape(''.join(vocabulary.signs))}])(?:(?<=[~≈<>≤≥±]){SPACE})?)?"
    first = rf"{sign}(?P<a>{number})"
    range_end = rf"{_RANGE}(?P<b>{number})"
    scale = rf"(?:{SPACE}?(?P<scale>{scales})(?![^\W\d_]))?"
    scale_or_letter = rf"(?:{SPACE}?(?P<scale>{scales})(?![^\W\d_])|(?P<letter>{any_of(vocabulary.letters)}))?"
    per = r"(?:/(?P<per>[^\W\d_]{1,12}))?"
    money_range = rf"(?:{_RANGE}(?:{money})?(?P<b>{number}))?"
    yield shape(rf"{sign}(?P<money>{money}){SPACE}?(?P<a>{number}){money_range}{scale_or_letter}{per}", read.money)
    amount = rf"{first}(?:(?:{SPACE}?(?:{money}))?{range_end})?{SPACE}?{scale_or_letter}"
    yield shape(rf"{amount}{SPACE}?(?P<money>{money}){per}", read.money)
    measure = rf"{first}(?:(?:{SPACE}?(?:{unit}))?{range_end})?{scale}"
    yield shape(rf"{measure}{SPACE}?(?P<unit>{unit}){_DOT}{per}", read.measure)
    side = rf"{SPACE}?[x×]{SPACE}?"
    sides = rf"(?P<a>(?!0){number}){side}(?P<b>{number})(?:{side}(?P<c>{number}))?"
    yield shape(rf"{sides}(?:{SPACE}?(?P<unit>{unit}))?", read.sides)
    yield shape(rf"(?P<a>{number})[x×]", read.times)
    yield shape(rf"(?P<a>{number})k", read.thousands)
    yield shape(r"(?P<a>[1-9]\d{0,2}):(?P<b>[1-9]|[1-9]\d{2,4})", read.ratio)
    yield shape(rf"{first}(?:{range_end})?{scale}", read.bare)
    yield shape(r"(?P<operator>[=+×÷−*-])(?=\s+[\d$€£])", read.operator)


class _Reader:
    """Says quantities in one language."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def money(self, text: Written) -> str | None:
        language, currency = self._language, self._language.vocabulary.currencies[text["money"]]
        amounts = self._amounts(text)
        if amounts is None:
            return None
        scale = language.vocabulary.scales.get(language.vocabulary.letters.get(text["letter"], text["scale"]))
        if scale is not None:
            unit = currency.unit
            if language.is_attribute(text):
                unit = Noun(unit.singular, unit.singular, unit.gender)
            said = f"{self._several(text, amounts, scale)} {language.scaled(scale, unit)}"
        elif len(amounts) > 1 and not any(amount.fraction for amount in amounts):
            said = self._several(text, amounts, currency.unit)
        else:
            said = f" {language.vocabulary.words['to']} ".join(self._price(amount, text) for amount in amounts)
        return self._around(text, said)

    def measure(self, text: Written) -> str | None:
        language, amounts = self._language, self._amounts(text)
        if amounts is None:
            return None
        unit, scale = language.vocabulary.units[text["unit"]], language.vocabulary.scales.get(text["scale"])
        if scale is not None:
            said = f"{self._several(text, amounts, scale)} {language.scaled(scale, unit)}"
        else:
            said = self._several(text, amounts, unit)
        return self._around(text, said)

    def sides(self, text: Written) -> str | None:
        """The sides of something: 10 x 20 cm."""
        amounts = [self._language.amount(text[group]) for group in "abc" if text[group]]
        if None in amounts or (" " in text.match[0] and not text["unit"]):
            return None
        *sides, last = [amount for amount in amounts if amount is not None]
        unit = self._language.vocabulary.units.get(text["unit"])
        said = [self._language.number(side) for side in sides]
        said.append(self._language.quantity(last, unit) if unit else self._language.number(last))
        return f" {self._language.vocabulary.words['by']} ".join(said)

    def times(self, text: Written) -> str | None:
        """So many times: 2x."""
        amount = self._language.amount(text["a"])
        return None if amount is None else self._language.quantity(amount, self._language.vocabulary.times)

    def thousands(self, text: Written) -> str | None:
        """So many thousands: 10k."""
        amount = self._language.amount(text["a"])
        if amount is None or len(amount.fraction) > 3:
            return None
        return self._language.cardinal(int(f"{amount.whole}{amount.fraction:0<3}"))

    def ratio(self, text: Written) -> str | None:
        amounts = self._amounts(text)
        if amounts is None:
            return None
        return f" {self._language.vocabulary.words['versus']} ".join(
            self._language.number(amount) for amount in amounts
        )

    def bare(self, text: Written) -> str | None:
        language, amounts = self._language, self._amounts(text)
        if amounts is None:
            return None
        scale = language.vocabulary.scales.get(text["scale"])
        if scale is not None:
            said = self._several(text, amounts, scale)
        elif len(amounts) == 1:
            said = language.bare(amounts[0], text)
        else:
            said = self._range(text, amounts)
        return self._around(text, said)

    def operator(self, text: Written) -> str | None:
        """A sign of arithmetic between two numbers with spaces around it; a hyphen is one only in an equation."""
        is_within = re.search(r"\d\S?\s\Z", text.before) and (text["operator"] != "-" or "=" in text.after)
        return self._language.vocabulary.operators[text["operator"]] if is_within else None

    # --- their parts ---

    def _amounts(self, text: Written) -> list[Amount] | None:
        """The number, or both of a range; None when one is no plain number."""
        groups = [text["a"], text["b"]] if text.match["b"] else [text["a"]]
        amounts = [amount for group in groups if (amount := self._language.amount(group)) is not None]
        return amounts if len(amounts) == len(groups) else None

    def _several(self, text: Written, amounts: list[Amount], noun: Noun) -> str:
        """A number or a range of something."""
        language, last = self._language, amounts[-1]
        said = language.quantity(last, noun, is_attribute=language.is_attribute(text))
        if len(amounts) == 1:
            return said
        return f"{language.number(amounts[0], noun.gender)} {language.vocabulary.words['to']} {said}"

    def _range(self, text: Written, amounts: list[Amount]) -> str:
        """A range or, when the second number is less, a score."""
        first, second = amounts
        is_short = len(text["a"]) == 4 and len(text["b"]) == 2  # the end of a range of years: 2019-20
        word = (
            "to"
            if is_short or float(f"{first.value}.{first.fraction}") <= float(f"{second.value}.{second.fraction}")
            else "versus"
        )
        years = not is_short and len(text["a"]) == len(text["b"]) == 4
        said = [self._language.bare(first, text)]
        said.append(self._language.year(second.value) if years else self._language.number(second))
        return f" {self._language.vocabulary.words[word]} ".join(said)

    def _price(self, amount: Amount, text: Written) -> str:
        language, currency = self._language, self._language.vocabulary.currencies[text["money"]]
        if currency.cents is None or len(amount.fraction) != 2:
            return language.quantity(amount, currency.unit, is_attribute=language.is_attribute(text))
        cents = Amount(str(int(amount.fraction)))
        if not cents.value:
            return language.quantity(Amount(amount.whole), currency.unit)
        if not amount.value:
            return language.quantity(cents, currency.cents)
        return language.money(amount, currency)

    def _around(self, text: Written, said: str) -> str:
        """What is said with the sign before it and the "per ..." behind it."""
        if sign := self._language.vocabulary.signs.get(text["sign"]):
            said = f"{sign} {said}"
        if "per" in text.match.re.groupindex and (per := text["per"]):
            said = f"{said} {self._language.per(per)}"
        return said
