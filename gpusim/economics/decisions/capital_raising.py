"""New money for the whole firm: notes and shares, when the operator's own outlook asks for them.

Looked at on the first day of a month, and only while the market is open: lenders and shareholders
stay away together. Notes come first, as far as earnings carry them; shares pay for the rest, as
many a year as their market takes.
"""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.books.equity import issue_shares
from gpusim.economics.books.ledger import CASH_FROM_EQUITY, PAID_IN_CAPITAL, post
from gpusim.economics.books.measures import RAISED_DEBT, RAISED_EQUITY
from gpusim.economics.core.calendar import DECEMBER, ends_year, month_number
from gpusim.economics.core.money import share_of
from gpusim.economics.core.state import (
    FACILITY_CLOSED,
    NONE,
    NOTE,
    RAISED_TERMS,
    State,
    World,
)
from gpusim.economics.debt.debt_capacity import debt_capacity
from gpusim.economics.debt.draws import cash_draw
from gpusim.economics.debt.facilities import blank_facility
from gpusim.economics.debt.payment_dates import MONTH_END, date_in
from gpusim.economics.decisions.demand import build_ahead
from gpusim.economics.decisions.outlook import look_ahead, lowest
from gpusim.economics.hardware.failures import replace
from gpusim.economics.plant.market import base_rate


@kernel
def plan_month(s: State, w: World, desk: int, day: int) -> None:
    """Month start: order what contracts lack, raise what the outlook lacks, build ahead."""
    for p in range(len(s.pools)):
        replace(s, p, day)
    if len(s.capital_raising) > 0:
        raise_capital(s, w, day)
    if s.policy[0].build_ahead_share > 0.0:
        build_ahead(s, w, desk, day)


@kernel
def raise_capital(s: State, w: World, day: int) -> None:
    """Issue notes, then shares, for what the outlook's lowest liquidity lacks of the floor.

    Source: an issuer funds a shortfall it can see, and does so while the market is open.
    """
    terms = s.capital_raising[0]
    month = s.clock[0].month
    if ends_year(w.month_end[month - 1], DECEMBER):
        terms.notes_this_year = 0
        terms.equity_this_year = 0
    if w.market_open[month] == 0:
        return
    look_ahead(s, w, terms.months_ahead)
    missing = terms.floor - lowest(s, w, terms.months_ahead)
    if missing <= 0:
        return
    wanted = max(missing, terms.smallest)
    notes = min(wanted, max(terms.notes_capacity - terms.notes_this_year, 0))
    notes = min(notes, debt_capacity(s))
    if notes < terms.smallest:
        notes = 0
    else:
        terms.notes_this_year += notes
        issue_notes(s, w, notes, day)
    shares = min(wanted - notes, max(terms.equity_capacity - terms.equity_this_year, 0))
    if shares > 0:
        terms.equity_this_year += shares
        s.stocks[RAISED_EQUITY, month] += shares
        post(s, CASH_FROM_EQUITY, PAID_IN_CAPITAL, shares - share_of(shares, terms.equity_costs))
        issue_shares(s, shares, s.share_price[month] * (1.0 - terms.equity_discount))


@kernel
def issue_notes(s: State, w: World, amount: int, day: int) -> None:
    """Senior notes due at once, at a coupon fixed today: base rate, margin, the market's spread."""
    month = s.clock[0].month
    f = blank_facility(s)
    notes = s.facilities[f]
    notes.id = s.capital_raising[0].id
    notes.kind = NOTE
    notes.status = FACILITY_CLOSED
    notes.contract = NONE
    notes.commitment = amount
    notes.opens = day
    notes.closes = day
    notes.terms = RAISED_TERMS
    notes.margin = base_rate(w, month) + s.capital_raising[0].margin + w.spread[month]
    notes.maturity = date_in(month_number(day) + s.terms[RAISED_TERMS].months, MONTH_END)
    s.stocks[RAISED_DEBT, month] += amount
    cash_draw(s, w, f, amount, day)
