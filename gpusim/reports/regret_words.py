"""What is said of regret over shocks, on the terminal and on a page."""

from __future__ import annotations

from typing import Final

UNDEFINED: Final = "undefined for some option under some shock in every replication"
WEIGHTS: Final = "every shock has the same weight; none is said to be likelier"


def regret_is(*, higher: bool) -> str:
    """What regret is, where more or less is better.

    >>> regret_is(higher=False)
    "the option's mean less the least under the shock"
    """
    if higher:
        return "the largest mean under the shock less the option's own"
    return "the option's mean less the least under the shock"
