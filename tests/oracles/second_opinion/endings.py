"""How contracts end before their term: notice, long stop, an end that comes before the start."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import TYPE_CHECKING

from tests.oracles.second_opinion.days import DAY
from tests.oracles.second_opinion.known import MONTHS

if TYPE_CHECKING:
    from tests.oracles.second_opinion.contracts import Contract, Lot


def endings(c: Contract, d: dt.date) -> None:
    """Notice that is given, customers who leave, lots that waited too long."""
    s = c.spec
    if s.exit_on == d and c.leaves is None and s.signed <= d:
        notice(c, d)
    for lot in c.lots():
        if lot.start is None and not lot.lost:
            waits = lot.tranche.spec.long_stop_days
            end = lot.planned + lot.tranche.term_days * DAY
            if (
                d in (c.leaves, lot.leaves)
                or (waits and s.long_stop_use and d == lot.planned + waits * DAY)
                or (s.late_start == "keeps-end" and d == end)
            ):
                lose(lot)
        elif lot.live and d in (c.leaves, lot.leaves):
            lot.end = d


def notice(c: Contract, d: dt.date) -> None:
    """The customer leaves after its notice; what would start later never does."""
    c.leaves = d + c.spec.exit_notice_days * DAY
    for lot in c.lots():
        if lot.start is None and lot.planned >= c.leaves:
            lose(lot)


def cheaper_elsewhere(c: Contract, last: dt.date) -> None:
    """At a month's end the market's price for the rest of each term is held against the own,
    from its planned start on."""
    s = c.spec
    if not s.exit_price_share or c.leaves:
        return
    for lot in c.lots():
        leaves = last + s.exit_notice_days * DAY
        end = lot.end or lot.planned + lot.tranche.term_days * DAY
        over = lot.lost or (lot.start and not lot.live)
        if lot.planned <= last and not over and lot.leaves is None and end > leaves:
            rest = (end - last).days / (365.25 / 12)
            market = c.op.market.for_term(lot.tranche.gpu, last, rest)
            own = of_what_is_left(lot, last, end)
            most = s.exit_price_share * float(own) / 100
            whole = (c.op.market.for_term(lot.tranche.gpu, last, int(rest) + k) for k in (0, 1))
            if any((x < most) != (market < most) for x in whole):
                c.op.meet(MONTHS)
            if market < most:
                lot.leaves = leaves


def of_what_is_left(lot: Lot, last: dt.date, end: dt.date) -> Fraction:
    """Mean price of a reserved GPU-hour after a day; all is left of a late start that shifts."""
    since = last + DAY
    until = end
    if lot.start is None and lot.tranche.contract.spec.late_start == "shifts":
        until = since + lot.tranche.term_days * DAY
    return lot.worth(since, until) / (24 * (until - since).days)


def lose(lot: Lot) -> None:
    """The lot never starts: what was set aside for it is loose, what is not ordered is not."""
    lot.lost, lot.aside, lot.missing, lot.promised = True, 0, 0, 0
