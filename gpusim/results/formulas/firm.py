"""The formulas of metrics by period that are no line of the statements: ratios, liquidity."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from gpusim.economics.books import measures
from gpusim.economics.books.ledger import SERVERS_ACCUMULATED, SERVERS_GROSS
from gpusim.economics.books.statements import line
from gpusim.economics.core.calendar import MONTHS_PER_QUARTER
from gpusim.economics.core.state import Ints
from gpusim.results.metric import (
    MONTHS_PER_YEAR,
    NO_RESALE,
    Books,
    Compute,
    Values,
    ratio,
    undefined_where,
)
from gpusim.results.payload import Panel
from gpusim.results.periods import trailing


def dscr(books: Books) -> Values:
    """Cash available for debt service over debt service."""
    return over_service(books, books.measure(measures.CFADS))


def operating_cash_cover(books: Books) -> Values:
    """Operating cash flow before interest over debt service."""
    return over_service(books, books.line("operating_cash_flow") - books.line("cash_for_interest"))


def net_debt_to_ebitda(books: Books) -> Values:
    """Debt less cash over a year's adjusted EBITDA."""
    net_debt = books.ends(books.line("debt_principal") - books.line("cash"))
    ebitda = books.year(books.line("adjusted_ebitda"))
    none = (ebitda <= 0, "adjusted EBITDA is not positive")
    return ratio(net_debt, ebitda, none, too_short(books))


def annualised_net_debt(books: Books) -> Values:
    """Debt less cash over four times the adjusted EBITDA of the last three months."""
    net_debt = books.ends(books.line("debt_principal") - books.line("cash"))
    ebitda = 4 * trailing(books.line("adjusted_ebitda"), books.calendar, MONTHS_PER_QUARTER)
    short = np.broadcast_to(books.calendar.last_months < MONTHS_PER_QUARTER, ebitda.shape)
    return ratio(
        net_debt,
        ebitda,
        (ebitda <= 0, "adjusted EBITDA is not positive"),
        (short, "no whole quarter yet"),
    )


def over_value(owed: Ints, held: Ints, worth: Ints, without: str) -> Values:
    """What is owed less the cash held for it, over a value of hardware; without: why it has none.

    Source: definitions, LTV.
    """
    return ratio(owed - held, worth, (worth == 0, without), (owed == 0, "nothing is owed"))


def loan_to_value(value: Callable[[Books], Ints]) -> Compute:
    """All debt less restricted cash over a value of the firm's hardware."""

    def share(books: Books) -> Values:
        owed, held = (books.amount(name) for name in ("debt_principal", "restricted_cash"))
        return over_value(owed, held, value(books), "no hardware")

    return share


def where_resold(compute: Compute) -> Compute:
    """The same, undefined where the model does not say what used GPUs fetch."""
    return lambda books: undefined_where(compute(books), ~books.panel.resold[:, None], NO_RESALE)


def book_value(books: Books) -> Ints:
    """Property and equipment, what is built among it, by period [cents]."""
    return books.amount("ppe_net")


def market_value(books: Books) -> Ints:
    """Property and equipment with GPUs and buildings at market value, by period [cents]."""
    return books.ends(hardware_at_resale(books.panel))


def hardware_at_resale(panel: Panel) -> Ints:
    """Property and equipment with servers at what their GPUs would fetch, by month [cents].

    Buildings in use that have a cap rate are at their market value; other infrastructure, other
    equipment and what is built stay at their book value. The as-of month has no resale value.
    """
    moved = panel.ledger[:, SERVERS_GROSS] + panel.ledger[:, SERVERS_ACCUMULATED]
    resale = panel.stocks[:, measures.RESALE_VALUE]
    stocks = panel.stocks
    gain = stocks[:, measures.BUILDING_VALUE] - stocks[:, measures.BUILDING_BOOK]
    return np.asarray(line(panel.ledger, "ppe_net") - np.cumsum(moved, axis=-1) + resale + gain)


def interest_coverage(books: Books) -> Values:
    """A year's adjusted EBITDA over its interest expense."""
    ebitda, interest = (
        books.year(books.line(name)) for name in ("adjusted_ebitda", "interest_expense")
    )
    return ratio(ebitda, interest, (interest == 0, "no interest expense"), too_short(books))


def over_service(books: Books, cash: Ints) -> Values:
    """A monthly flow of cash over debt service, twelve months or since the start."""
    service = books.year(books.measure(measures.DEBT_SERVICE))
    return ratio(books.year(cash), service, (service == 0, "no debt service yet"))


def too_short(books: Books) -> tuple[npt.NDArray[np.bool_], str]:
    """The periods that end before a year has passed."""
    shape = (len(books.panel.replications), len(books.calendar.names))
    short = books.calendar.last_months < MONTHS_PER_YEAR
    return np.broadcast_to(short, shape), "fewer than four quarters"


def liquidity(panel: Panel) -> Ints:
    """Cash and the revolver that can be drawn, at every month's end [cents]."""
    return line(panel.ledger, "cash") + panel.stocks[:, measures.REVOLVER_AVAILABLE]
