"""A cover taken apart: cash over what it covers, by month behind it or by quarter to come."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import polars as pl

from gpusim.economics.books.measures import CFADS, DEBT_SERVICE
from gpusim.economics.closing.loan_months import cash_to_come, share_left, worth_tomorrow
from gpusim.economics.closing.month_end import close_up_to_tests
from gpusim.economics.core.array_capacity import fits, grow
from gpusim.economics.core.calendar import DAYS_PER_YEAR, MONTHS_PER_QUARTER
from gpusim.economics.core.state import (
    CONTRACTS,
    COUNTED,
    DSCR,
    INVOICES,
    LOAN_LEFT,
    LOAN_LIFE_CASH,
    LOAN_PASSED_ON,
    LOAN_PRINCIPAL,
    LOAN_PROJECT_CASH,
    LOAN_RECEIVED,
    NEEDED,
    NEVER,
    NONE,
    OWN_CONTRACTS,
    State,
    World,
)
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.debt.covenants import KIND_OF, KINDS, LLCR
from gpusim.economics.debt.dscr import TRAILING_MONTHS
from gpusim.experiments.explain.explain import months_of
from gpusim.experiments.explain.replay import (
    Replayed,
    calendar_of,
    refuse_missing,
    replay_run,
    tie,
)
from gpusim.experiments.run.simulate import RunError
from gpusim.own_code import NOTHING, Named
from gpusim.results import periods as calendars
from gpusim.results.formulas.lenders import DOT
from gpusim.results.metric import ENDED
from gpusim.results.periods import Calendar
from gpusim.results.stored.opened import NotARunError, Opened, nearest_of
from gpusim.units_of_measure import date_of, month_ends

COVER: Final = KINDS[DSCR].key
TO_COME: Final = {KINDS[LLCR].key: LOAN_LIFE_CASH, "plcr": LOAN_PROJECT_CASH}
"""Covers by what contracts are still to pay, and the row of `State.loan_months` that they count."""
NOTHING_DUE: Final = ("no debt service yet", "nothing is owed")
MOST_QUARTERS: Final = 400
"""Of cash to come: no term is as long."""
ROUNDING: Final = 1e-9
"""What a ratio may be off that of the folder, which is of the same cents [share of it]."""


class PaidMonth(NamedTuple):
    """A month that a debt service cover counts [cents]; paid, costs, on_demand: of a loan's own."""

    month: str
    paid: int | None  # by customers of its contracts, but for power passed through
    costs: int | None  # their share of running costs, and the service fee; below zero
    passed_on: int | None  # power passed through that was paid less what was billed of it
    on_demand: int | None  # what its borrower sold on demand, less such costs
    cash: int  # for debt service: all of these
    service: int  # debt service


class PaidByQuarter(NamedTuple):
    """What contracts are to pay in three months to come [cents]."""

    until: str  # last day of payment
    earned: int  # for days still to be earned, less what was paid ahead
    billed: int  # of invoices that are out
    costs: int  # running costs; below zero
    cash: int  # for debt service: all of these
    days: float | None  # away, as if all were paid on one day; None: nothing is paid, or no rate
    worth: int  # today

    @property
    def paid(self) -> int:
        """All that contracts pay [cents]."""
        return self.earned + self.billed


class Tested(NamedTuple):
    """A covenant as it was tested that day, before cures [cents]."""

    loan: str
    kind: str  # as tables show it
    limit: float  # [ratio]
    counted: int
    needed: int


class Cover(NamedTuple):
    """A cover and what it is made of: `cash` over `over` is `ratio`."""

    line: str
    period: str
    replication: int
    day: str  # on which it is told
    ratio: float
    cash: int  # sum of the rows: for debt service in the past, or today's worth of it [cents]
    over: int  # debt service, or principal owed at the day's end [cents]
    rate: float | None  # by which cash to come is discounted [1/year]
    left: float | None  # share of what contracts pay that is left for debt service [share]
    until: str | None  # maturity up to which cash counts; None: all of it
    stated: bool  # the lender's terms state that share; else it is what was left in twelve months
    months: list[PaidMonth]
    quarters: list[PaidByQuarter]
    tested: list[Tested]
    same_rules: bool

    @property
    def rows(self) -> Sequence[PaidMonth | PaidByQuarter]:
        """The rows that sum to it."""
        return self.months or self.quarters


class Closing:
    """Keeps a copy of the State before the books of one month close."""

    def __init__(self, month: int) -> None:
        """month: as in State; -1: none."""
        self.month = month
        self.kept: tuple[State, World] | None = None

    def __call__(self, state: State, world: World) -> None:
        """See a month."""
        if int(state.clock[0].month) == self.month:
            self.kept = State._make(column.copy() for column in state), world


def is_cover(line: str) -> bool:
    """Whether a name is of a cover: dscr, or dscr, llcr or plcr of a loan."""
    word, dot, _ = line.partition(DOT)
    return (word == COVER) if not dot else word in (COVER, *TO_COME)


def explain_cover(
    run: Opened, line: str, period: str, replication: int = 0, named: Named = NOTHING
) -> Cover:
    """Take a cover apart, after checking that it is what the folder has.

    line: dscr, dscr.FACILITY, llcr.FACILITY or plcr.FACILITY; named: see `received`.

    Raises:
        NotARunError: there is no such loan, period or replication, the cover has no value there,
            or the model has changed.
        RunError: played again, it is not the stored one.
    """
    refuse_missing(run, replication)
    calendar = calendar_of(run)
    last = months_of(period, calendar)[1]
    word, _, loan = line.partition(DOT)
    known = [n for n in run.table("metrics").columns if is_cover(n)]
    if line not in known:
        raise NotARunError(f"the run has no cover {line}{nearest_of(line, known)}")
    if word in TO_COME and last % MONTHS_PER_QUARTER:
        raise NotARunError(f"{line} is told at the ends of quarters, {period} ends within one")
    was = stored(run, calendar, line, last, replication)
    closing = Closing(last if word in TO_COME else -1)
    told = replay_run(run, replication, named, closing)
    tie(told)
    ends = month_ends(calendar.as_of, calendar.months)
    if told.state.firm[0].defaulted <= ends[last - 1]:
        raise NotARunError(f"{line} has no value in {period}: {ENDED}")
    f = told.names.facilities.index(loan) if loan else int(NONE)
    found = _behind(told, f, last) if word == COVER else _ahead(told, closing, f, last, word)
    if found.over == 0:
        raise NotARunError(f"{line} has no value in {period}: {NOTHING_DUE[word in TO_COME]}")
    cover = found._replace(
        line=line, period=period, day=date_of(ends[last]).isoformat(), same_rules=told.same_rules
    )
    if was is not None and not math.isclose(cover.ratio, was, rel_tol=ROUNDING, abs_tol=ROUNDING):
        raise RunError(
            f"{line} of {period} is {cover.ratio} played again, {was} in the folder: "
            "run it again, or report it if the rules are the same"
        )
    return cover


def stored(run: Opened, calendar: Calendar, line: str, last: int, replication: int) -> float | None:
    """A cover at a month's end as the folder has it [ratio]; None: it has quarters alone.

    Raises:
        NotARunError: it has no value there, and why.
    """
    if last not in calendar.bounds[1:]:
        return None
    name = calendar.names[calendar.bounds.index(last) - 1]
    row = run.table("metrics").filter(pl.col("replication") == replication, period=name)
    if row[line].item() is None:
        reason = f"{line}_reason"
        why = row[reason].item() if reason in row.columns else None
        raise NotARunError(f"{line} has no value in {name}: {why or ENDED}")
    return float(row[line].item())


def _behind(told: Replayed, f: int, last: int) -> Cover:
    """Debt service cover of the months up to one; f: the loan, or NONE: of the firm."""
    s = told.state
    first = max(last - int(TRAILING_MONTHS) + 1, 1)
    if f != NONE:
        first = max(first, int(s.facilities[f].first_month) or last + 1)
    names = calendars.by_month(
        told.calendar.as_of, told.calendar.months, told.calendar.year_ends
    ).names
    rows = [_month(s, f, month, names[month - 1]) for month in range(first, last + 1)]
    cash, service = sum(row.cash for row in rows), sum(row.service for row in rows)
    own = int(OWN_CONTRACTS)
    tested = [
        one
        for g in range(len(told.book.names.facilities))
        for one in _tested(told, g, int(DSCR), last)
        if (g == f) == (int(s.covenants[g, DSCR].scope) == own) and f in (g, NONE)
    ]
    return _cover(told, cash, service)._replace(months=rows, tested=tested)


def _month(s: State, f: int, month: int, name: str) -> PaidMonth:
    """A month of a loan's own cover, or of the firm's."""
    if f == NONE:
        cash, service = int(s.stocks[CFADS, month]), int(s.stocks[DEBT_SERVICE, month])
        return PaidMonth(name, None, None, None, None, cash, service)
    rows = (LOAN_RECEIVED, LOAN_LEFT, LOAN_PASSED_ON)
    paid, left, billed = (int(s.loan_months[f, row, month]) for row in rows)
    cash, service = int(s.own_cash[f, month]), int(s.own_service[f, month])
    return PaidMonth(name, paid, left + billed - paid, -billed, cash - left, cash, service)


def _ahead(told: Replayed, closing: Closing, f: int, last: int, word: str) -> Cover:
    """Cover by what a loan's contracts are to pay, as it was when covenants were tested.

    Raises:
        RunError: what quarters sum to is not what the rules counted.
    """
    if closing.kept is None:
        raise RunError(f"the firm ended before month {last}")
    s, world = closing.kept
    if not fits(to_pointer(s)):
        s = grow(s)
    h, w = to_pointer(s), world_to_pointer(world)
    day = int(world.month_end[last])
    close_up_to_tests(h, w, last, day)
    counted = int(s.loan_months[f, TO_COME[word], last])
    until = int(s.facilities[f].maturity) if word in KIND_OF else int(NEVER)
    daily, left = float(worth_tomorrow(h, w, f, last)), float(share_left(h, f, last))

    def paid(upto: int, worth: float) -> tuple[float, float]:
        earned, billed = cash_to_come(h, w, f, last, day, worth, upto)
        return float(earned), float(billed)

    rows = _quarters(paid, day, until, daily, left)
    total = sum(row.worth for row in rows)
    if abs(total - counted) > s.count[CONTRACTS] + s.count[INVOICES]:
        raise RunError(f"quarters to come sum to {total:,} cents, the rules count {counted:,}")
    if rows:
        rows[-1] = rows[-1]._replace(worth=rows[-1].worth + counted - total)
    terms = s.terms[s.facilities[f].terms]
    return _cover(told, counted, int(told.state.loan_months[f, LOAN_PRINCIPAL, last]))._replace(
        rate=(1.0 / daily - 1.0) * DAYS_PER_YEAR,
        left=left,
        until=date_of(until).isoformat() if word in KIND_OF else None,
        stated=bool(terms.running_cost_share != NONE),
        quarters=rows,
        tested=_tested(told, f, int(LLCR), last) if word in KIND_OF else [],
    )


def _quarters(
    paid: Callable[[int, float], tuple[float, float]],
    day: int,
    until: int,
    daily: float,
    left: float,
) -> list[PaidByQuarter]:
    """What is to be paid in each three months after a day, until all is, or up to a day.

    paid: what is paid by a day, each day later worth so much less, of days and of invoices [cents];
    daily [ratio]; left [share]. Sums up to a quarter are rounded, so that quarters add up.
    """
    everything = [round(amount) for amount in paid(until, 1.0)]
    rows: list[PaidByQuarter] = []
    before, sums, cash_before, worth_before = (0, 0, 0, 0), (0, 0, 0, 0), 0.0, 0.0
    months = 0
    while len(rows) < MOST_QUARTERS and (not rows or [*sums[:2]] != everything):
        months += int(MONTHS_PER_QUARTER)
        upto = min(month_ends(date_of(day), months)[-1], until)
        earned, billed = paid(upto, 1.0)
        cash, worth = (earned + billed) * left, sum(paid(upto, daily)) * left
        sums = round(earned), round(billed), round(cash), round(worth)
        of_days, of_bills, for_service, today = (
            n - was for n, was in zip(sums, before, strict=True)
        )
        away = None
        if daily != 1.0 and cash > cash_before:
            away = math.log((worth - worth_before) / (cash - cash_before)) / math.log(daily)
        costs = for_service - of_days - of_bills
        name = date_of(upto).isoformat()
        rows.append(PaidByQuarter(name, of_days, of_bills, costs, for_service, away, today))
        before, cash_before, worth_before = sums, cash, worth
        if upto == until:
            break
    return rows


def _tested(told: Replayed, f: int, kind: int, month: int) -> list[Tested]:
    """A loan's covenant as it was tested at a month's end; none where it was not."""
    s = told.state
    counted, needed = (int(s.covenant_tests[f, kind, side, month]) for side in (COUNTED, NEEDED))
    if needed == 0:
        return []
    limit = float(s.covenants[f, kind].limit)
    return [Tested(told.names.facilities[f], KINDS[kind].short, limit, counted, needed)]


def _cover(told: Replayed, cash: int, over: int) -> Cover:
    """Cash over what it covers, without its rows."""
    ratio = cash / over if over else math.nan  # refused by `explain_cover`
    return Cover(
        "", "", told.replication, "", ratio, cash, over, None, None, None, False, [], [], [], True
    )
