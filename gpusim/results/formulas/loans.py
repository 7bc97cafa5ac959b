"""How the figures of one loan and of one covenant are worked out; `lenders` declares them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from gpusim.economics.core.calendar import MONTHS_PER_QUARTER
from gpusim.economics.core.state import (
    COUNTED,
    DSCR,
    LOAN_INTEREST,
    LOAN_LIFE_CASH,
    LOAN_PRINCIPAL,
    LOAN_RECEIVED,
    LOAN_RESALE,
    LOAN_RESERVE,
    NEEDED,
    NEVER,
    Floats,
)
from gpusim.economics.debt.covenants import KIND_OF, KINDS, LLCR
from gpusim.results import periods
from gpusim.results.formulas.firm import over_value
from gpusim.results.metric import (
    NO_RESALE,
    Books,
    Values,
    ratio,
    undefined_where,
    undefined_where_nan,
    usd,
)
from gpusim.results.payload import LENT
from gpusim.results.replications.covenants import ended_within, first_broken
from gpusim.units_of_measure import day_of, month_ends

COVER: Final = (KINDS[DSCR].key,)
LIFE_COVER: Final = (KINDS[LLCR].key, *COVER)
"""Kinds whose first test a lowest cover begins with: the first of them that the run reaches."""
LOST: Final = -1.0
"""Headroom of what has none of its limit: a test that fails against nothing, a firm's end, and
the least of any, so that no failure ranks below the end."""
OfPlace: TypeAlias = Callable[[Books, int], Values]
"""Of the loan at a place in `Panel.lent`, or of the covenant at one in `Panel.tests`."""


def cover(books: Books, place: int) -> Values:
    """Cover by its own contracts, of twelve months or since they billed first.

    See `economics.debt.dscr`, which tests it.
    """
    panel, last = books.panel, books.calendar.last_months
    months = np.arange(panel.ledger.shape[-1])
    billed = panel.lent[:, place, LENT.index("first_month")]
    counted = months[None, :] >= billed[:, None]
    cash, service = (books.year(np.where(counted, panel.cover[:, row, place], 0)) for row in (0, 1))
    none = (billed == 0)[:, None] | (last[None, :] < billed[:, None])
    return ratio(
        cash,
        service,
        (service == 0, "no debt service yet"),
        (none, "none of its contracts has billed"),
    )


def cash_for_service(books: Books, place: int) -> Values:
    """Cash that its own contracts left for its debt service in the period."""
    return usd(books.sums(books.panel.cover[:, 0, place]))


def service(books: Books, place: int) -> Values:
    """Its debt service in the period."""
    return usd(books.sums(books.panel.cover[:, 1, place]))


def stock(row: int) -> OfPlace:
    """A balance of a loan at the period's end [cents]."""
    return lambda books, place: usd(books.ends(books.panel.loans[:, place, row]))


def interest(books: Books, place: int) -> Values:
    """Interest that a loan accrues in the period."""
    return usd(books.sums(books.panel.loans[:, place, LOAN_INTEREST]))


def to_value(row: int) -> OfPlace:
    """Principal less reserve cash over a value of the loan's hardware."""

    def share(books: Books, place: int) -> Values:
        loan = books.panel.loans[:, place]
        owed, held, value = (
            books.ends(loan[:, one]) for one in (LOAN_PRINCIPAL, LOAN_RESERVE, row)
        )
        return over_value(owed, held, value, "no accepted hardware")

    return share


def to_market_value(books: Books, place: int) -> Values:
    """The same over what the hardware would fetch."""
    share = to_value(LOAN_RESALE)(books, place)
    return undefined_where(share, ~books.panel.resold[:, None], NO_RESALE)


def to_come(row: int) -> OfPlace:
    """Worth of its contracts' cash to come over principal, at quarter ends, once one has paid."""

    def cover(books: Books, place: int) -> Values:
        loan, last = books.panel.loans[:, place], books.calendar.last_months
        worth, owed = (books.ends(loan[:, one]) for one in (row, LOAN_PRINCIPAL))
        paid = books.ends(np.cumsum(loan[:, LOAN_RECEIVED], axis=1))
        return ratio(
            worth,
            owed,
            (paid == 0, "none of its contracts has paid"),
            (owed == 0, "nothing is owed"),
            (np.broadcast_to(last % MONTHS_PER_QUARTER != 0, owed.shape), "no quarter's end"),
        )

    return cover


def headroom(books: Books, place: int) -> Floats:
    """By how much of its limit a covenant is passed, by month [replications, months + 1] [share].

    Below zero where it is broken, before cures, no less than `LOST`; NaN where it is not tested. A
    debt over a value of nothing, or over no earnings, has no room at all.
    """
    counted, needed = (books.panel.tests[:, place, side] for side in (COUNTED, NEEDED))
    least = KIND_OF[books.covenants[place].test].side == "least"
    left = counted - needed if least else needed - counted
    figures = np.full(left.shape, np.nan)
    np.divide(left, needed, out=figures, where=needed != 0)
    if not least:
        figures[(needed == 0) & (counted > 0)] = LOST
    figures[figures < LOST] = LOST
    return figures


def lowest_headroom(books: Books, place: int) -> Floats:
    """Least headroom of a covenant [replications] [share]; below zero where `first_broken` is told.

    NaN where it is not tested. An end that counts as a breach counts as no room at all.
    """
    least = lowest(headroom(books, place))
    ended = ended_within(books.panel, books.covenants[place]) < NEVER
    return np.where(ended, LOST, least)


def broken(books: Books) -> npt.NDArray[np.bool_]:
    """Whether each covenant is broken, see `first_broken` [replications, covenants]."""
    return np.asarray(first_broken(books.panel, books.covenants) < NEVER)


def headroom_at_end(books: Books, place: int) -> Values:
    """Headroom of a covenant at its test of the period's end."""
    return undefined_where_nan(headroom(books, place)[:, books.calendar.last_months], "not tested")


def least_headroom(books: Books, place: int) -> Values:
    """Least headroom of a covenant in the run, see `lowest_headroom`."""
    return undefined_where_nan(lowest_headroom(books, place), "not tested")


def breach(books: Books, place: int) -> Values:
    """Whether a covenant is broken in the run, see `broken`."""
    return Values(broken(books)[:, place].astype(np.float64), None)


def lowest(figures: Floats) -> Floats:
    """Lowest of the figures that are defined, in each row; NaN where none is."""
    least = np.where(np.isnan(figures), np.inf, figures).min(axis=1, initial=np.inf)
    return np.where(np.isinf(least), np.nan, least)


def where_lowest(figures: Floats, names: Sequence[str]) -> list[str | None]:
    """The name of each row's lowest figure, the first of equals; None where none is defined."""
    if not figures.shape[1]:
        return [None] * len(figures)
    filled = np.where(np.isnan(figures), np.inf, figures)
    return [
        names[int(place)] if np.isfinite(row[place]) else None
        for row, place in zip(filled, filled.argmin(axis=1), strict=True)
    ]


def covers(books: Books, place: int) -> Floats:
    """A loan's own cover at quarter ends, from its first test on [replications, quarters].

    NaN once it is repaid, or the firm has ended.
    """
    of_all = quarterly(books)
    figures = np.where(_serves(of_all, place), cover(of_all, place).figures, np.nan)
    return _from_first_test(of_all, figures, place, COVER)


def firm_covers(quarters: Books, figures: Floats) -> Floats:
    """The firm's cover at quarter ends, from the first test of any cover on, until it ends."""
    return _from_first_test(quarters, figures, None, COVER)


def _serves(books: Books, place: int) -> npt.NDArray[np.bool_]:
    """Whether a loan owes anything at a period's end, or will again [replications, periods].

    Or has service to come, or paid fees in its last month while nothing was drawn. Else it is
    repaid for good, and nobody tests it.
    """
    owed = books.panel.loans[:, place, LOAN_PRINCIPAL]
    service = books.panel.cover[:, 1, place]
    none = np.zeros_like(owed[:, :1])
    from_now = owed + np.concatenate([service[:, 1:], none], axis=1)
    ahead = np.cumsum(from_now[:, ::-1], axis=1)[:, ::-1] > 0
    before = np.concatenate([none, owed[:, :-1]], axis=1)
    undrawn = (service > 0) & (before == 0)
    return np.asarray(books.ends(ahead | undrawn))


def quarterly(books: Books) -> Books:
    """The same books by the quarters of the whole run."""
    calendar = periods.quarters(
        books.calendar.as_of, books.calendar.months, books.calendar.year_ends
    )
    return Books(books.panel, calendar, books.covenants)


def _from_first_test(
    quarters: Books, figures: Floats, place: int | None, kinds: Sequence[str]
) -> Floats:
    """Figures at quarter ends, NaN before covers are first tested and once the firm has ended.

    place: of the loan whose covenant counts; None: of any. kinds: of the tests that count, the
    first of them that the run reaches; from the start on where it reaches none.
    """
    calendar = quarters.calendar
    firsts = (
        [
            day_of(one.tested_from)
            for one in quarters.covenants
            if one.test == kind
            and place in (None, one.place)
            and one.tested_from <= calendar.last_day
        ]
        for kind in kinds
    )
    first = next((min(days) for days in firsts if days), 0)
    ends = np.array(month_ends(calendar.as_of, calendar.months), np.int64)
    tested = ends[calendar.last_months] >= first
    there = calendar.running(quarters.panel.defaulted)
    return np.where(tested[None, :] & there, figures, np.nan)


def least_cover(books: Books, place: int) -> Values:
    """Lowest cover of a loan, see `covers`."""
    return undefined_where_nan(lowest(covers(books, place)), "no cover was tested")


def least_to_come(books: Books, place: int) -> Values:
    """Lowest loan-life cover at a quarter's end, from the first test of the loan's own on.

    Of its LLCR where that is tested, else of its DSCR.
    """
    of_all = quarterly(books)
    figures = to_come(LOAN_LIFE_CASH)(of_all, place).figures
    least = lowest(_from_first_test(of_all, figures, place, LIFE_COVER))
    return undefined_where_nan(least, "no cover was tested")
