"""What orders are called: by whom they are for, several lots of a tranche as one."""

from __future__ import annotations

from gpusim.engines.story.formatting import plain
from gpusim.scenario.spec import Names

LOT = ".lot."
STATED = "orders."
"""How the name of an order begins that [orders] of the model states, for nobody."""


def tranche_of(order: str) -> str:
    """An order's name without its lot.

    >>> tranche_of("anchor.tranches.1.lot.0")
    'anchor.tranches.1'
    """
    return order.partition(LOT)[0]


def lots_name(names: Names, row: int, count: int) -> str:
    """The name of an order, or of `count` lots of its tranche."""
    if count == 1:
        return plain(names.orders[row])
    return f"{plain(tranche_of(names.orders[row]))} ({count} lots)"


def whose(names: Names, row: int, count: int) -> str:
    """Whom an order, or several lots of one, is for; one for nobody is called by its own name."""
    word = "of" if names.orders[row].startswith(STATED) else "for"
    return f"{word} {lots_name(names, row, count)}"
