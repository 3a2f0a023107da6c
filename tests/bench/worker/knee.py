"""Up to how many calls at once answers come about as fast as with one. Pure."""

from collections.abc import Mapping

WITHIN = 0.2
"""By how much of one call's delay that of many calls may be longer."""


def knee(delays: Mapping[int, float | None]) -> int:
    """Return the most calls at once up to which every number of calls has answers nearly as fast as one call has.

    `delays` are seconds by the number of calls; None where no answer was heard. 0 when one call had none. Raises
    ValueError without one call, which is what the others are compared with.
    """
    if 1 not in delays:
        raise ValueError("the knee is found by comparison with one call: measure 1, too")
    alone = delays[1]
    most = 0
    for count in sorted(delays):
        delay = delays[count]
        if alone is None or delay is None or delay > alone * (1 + WITHIN):
            break
        most = count
    return most
