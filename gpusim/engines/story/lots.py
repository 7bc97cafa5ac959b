"""What orders are called that are bought for a tranche in several lots."""

from __future__ import annotations

from gpusim.engines.story.formatting import plain
from gpusim.scenario.spec import Names

LOT = ".lot."


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
