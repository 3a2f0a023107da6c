"""What the conversation costs, as far as prices are known."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CostGrew:
    """The conversation with the linked person has cost so much more, in the currency of the price list."""

    at: float
    amount: float
