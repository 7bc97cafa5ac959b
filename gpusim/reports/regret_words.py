"""What is said of regret over shocks, on the terminal and on a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

UNDEFINED: Final = "undefined for some option under some shock in every replication"
WEIGHTS: Final = "every shock has the same weight; none is said to be likelier"
NOTHING_DRAWN: Final = "Nothing is drawn, so there are no intervals."
"""Of figures of the planned path."""


def regret_is(*, higher: bool) -> str:
    """What regret is, where more or less is better.

    >>> regret_is(higher=False)
    "the option's mean less the least under the shock"
    """
    if higher:
        return "the largest mean under the shock less the option's own"
    return "the option's mean less the least under the shock"


def beside(others: Sequence[str], *, planned: bool) -> str:
    """Whom the least regret may belong to as well, behind the name of the option that has it.

    planned: of figures of `units`, which are equal or not.

    >>> beside(["Bank", "Notes"], planned=False), beside(["Bank"], planned=True)
    (', not sure against Bank, Notes', ', level with Bank')
    >>> beside([], planned=True)
    ''
    """
    words = "level with" if planned else "not sure against"
    return f", {words} {', '.join(others)}" if others else ""
