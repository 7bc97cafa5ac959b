"""Days and amounts of 360 generated debts against QuantLib's schedules, day counts and bonds.

Debts of every kind, law, frequency, day count and stub, some outstanding on the as-of day and some
drawn once or twice on any day, run together in twelve firms from model files. QuantLib knows no
draws between payment dates, so those dates are QuantLib's and which of them pays is counted here.
"""

from __future__ import annotations

import datetime as dt
import random
import warnings
from typing import Any, NamedTuple

import pytest

from gpusim.economics.core.agenda import RAISE
from gpusim.economics.core.state import FACILITIES, NEVER
from gpusim.economics.debt import draws
from gpusim.units_of_measure import date_of, day_of
from tests.engines.build import book_of, quiet, world_of
from tests.engines.watch import Watched, watch

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # its SWIG types, on newer Pythons
    import QuantLib as ql  # noqa: N813

FIRMS, DEBTS, QUARTERS = 12, 30, 20
AS_OF = (dt.date(2026, 3, 31), dt.date(2026, 6, 30), dt.date(2026, 9, 30), dt.date(2027, 12, 31))
KINDS = ("notes", "convertible", "delayed-draw", "vendor")
COUNTERS = {
    "act/360": ql.Actual360(),
    "act/365": ql.Actual365Fixed(),
    "30/360": ql.Thirty360(ql.Thirty360.ISDA),
    "30e/360": ql.Thirty360(ql.Thirty360.European),
}
USD = 100
CENTS_APART = 20
"""A month's interest is rounded to a cent, and so is each instalment before it."""

Flows = dict[dt.date, float]


class Paid(NamedTuple):
    """What a debt paid on a day."""

    interest: float  # [cents]
    principal: float


class Case(NamedTuple):
    """A generated debt, and the days and amounts of its draws."""

    terms: dict[str, Any]
    draws: tuple[tuple[dt.date, int], ...]


# --- debts


def date_after(luck: random.Random, start: dt.date, low: int, high: int) -> dt.date:
    """A date so many days after another; now and then a month's end."""
    date = start + dt.timedelta(luck.randint(low, high))
    if luck.random() < 0.25:
        date = (date.replace(day=28) + dt.timedelta(4)).replace(day=1) - dt.timedelta(1)
    return date


def a_debt(luck: random.Random, as_of: dt.date, number: int) -> Case:
    """Terms, at random; without fees, so that all it pays is interest and principal."""
    every = luck.choice((1, 3, 6, 12))
    terms: dict[str, Any] = {
        "base": "fixed",
        "margin": luck.choice((0.05, 0.0875, 0.12)),
        "day_count": luck.choice(sorted(COUNTERS)),
        "seniority": luck.randint(0, 2),
    }
    if number == 0:
        terms["kind"] = "revolver"
    else:
        terms["kind"] = luck.choice(KINDS)
    principal = luck.randint(1, 90) * 100_000
    if number == 0 or terms["kind"] in ("notes", "convertible") or luck.random() < 0.3:
        maturity = date_after(luck, as_of, 1, 1500)
        opening: dict[str, Any] = {"principal_usd": principal, "every_months": every}
        opening["stub"] = luck.choice(("first", "last"))
        terms |= {"maturity": maturity, "opening": opening}
        if opening["stub"] == "last" and luck.random() < 0.4:
            terms["first_payment"] = min(date_after(luck, as_of, 1, 31 * every), maturity)
        days = payment_dates_of_opening(terms, as_of)
        opening["repayments"] = {str(maturity.year): principal}
        years = sorted({day.year for day in days})
        if terms["kind"] != "revolver" and len(years) > 1:
            opening["repayments"] = {str(years[0]): principal // 4}
            opening["repayments"][str(maturity.year)] = principal - principal // 4
        return Case(terms, ())
    if terms["kind"] in ("notes", "convertible"):
        terms["kind"] = "delayed-draw"
    law = luck.choice(("level", "straight", "bullet"))
    grace = 0 if law == "bullet" else luck.choice((0, 0, 1, every))
    plan: dict[str, Any] = {
        "law": law,
        "months": grace + every * luck.randint(1, max(36 // every, 1)),
        "every_months": every,
        "grace_months": grace,
    }
    if law != "bullet":
        plan["balloon_share"] = luck.choice((0.0, 0.0, 0.3))
    if every > 1 and luck.random() < 0.4:
        plan |= {"months": plan["months"] + luck.randint(1, every - 1)}
        plan["stub"] = luck.choice(("first", "last"))
    first = date_after(luck, as_of, 1, 200)
    draws = [(first, principal)]
    if luck.random() < 0.5:
        draws.append((date_after(luck, first, 1, 200), principal // 2))
    limit = dt.date(2036, 5, 31)
    if luck.random() < 0.3:
        limit = date_after(luck, draws[-1][0], 30, 1300)
    terms |= {
        "commitment_usd": 10 * principal,
        "available_to": limit,
        "maturity": limit,
        "advance_rate": 0.5,
        "undrawn_fee": 0,
        "draw_discount": 0,
        "amortisation": plan,
    }
    if plan.get("stub") != "first" and luck.random() < 0.3:
        terms["first_payment"] = min(date_after(luck, as_of, 1, 31 * every + 60), limit)
    return Case(terms, tuple(draws))


# --- QuantLib's side


def of_ql(date: Any) -> dt.date:
    return dt.date(date.year(), date.month(), date.dayOfMonth())


def to_ql(date: dt.date) -> Any:
    return ql.Date(date.day, date.month, date.year)


def months_on(date: dt.date, months: int) -> dt.date:
    return of_ql(to_ql(date) + ql.Period(months, ql.Months))


def months_after(drawn: dt.date, months: int) -> dt.date:
    """So many months after a draw; after one on a month's last day, a last day."""
    return month_end(months_on(drawn, months)) if is_month_end(drawn) else months_on(drawn, months)


def month_end(date: dt.date) -> dt.date:
    return of_ql(ql.Date.endOfMonth(to_ql(date)))


def is_month_end(date: dt.date) -> bool:
    return bool(ql.Date.isEndOfMonth(to_ql(date)))


def schedule(start: dt.date, first: dt.date, maturity: dt.date, every: int) -> list[dt.date]:
    """Payment dates after a start: a first one and every so many months, then the maturity."""
    if start >= maturity or first >= maturity:
        return [maturity]
    stated = ql.Date() if first <= start else to_ql(first)
    begin = to_ql(min(start, first))
    dates = ql.Schedule(
        begin,
        to_ql(maturity),
        ql.Period(every, ql.Months),
        ql.NullCalendar(),
        ql.Unadjusted,
        ql.Unadjusted,
        ql.DateGeneration.Forward,
        is_month_end(first),
        stated,
    )
    return [day for day in map(of_ql, dates) if day > start]


def payment_dates_of_opening(terms: dict[str, Any], as_of: dt.date) -> list[dt.date]:
    opening, maturity = terms["opening"], terms["maturity"]
    every = opening["every_months"]
    if "first_payment" in terms:
        return schedule(as_of, terms["first_payment"], maturity, every)
    if opening["stub"] == "last":
        return schedule(as_of, as_of, maturity, every)
    dates = ql.Schedule(
        to_ql(as_of),
        to_ql(maturity),
        ql.Period(every, ql.Months),
        ql.NullCalendar(),
        ql.Unadjusted,
        ql.Unadjusted,
        ql.DateGeneration.Backward,
        is_month_end(maturity),
    )
    return [day for day in map(of_ql, dates) if day > as_of]


def bond(
    start: dt.date, dates: list[dt.date], left: list[float], terms: dict[str, Any]
) -> list[Paid]:
    """What QuantLib's bond with these balances over these periods pays on their last days."""
    vector = ql.DateVector()
    for day in (start, *dates):
        vector.push_back(to_ql(day))
    periods = ql.Schedule(
        vector,
        ql.NullCalendar(),
        ql.Unadjusted,
        ql.Unadjusted,
        ql.Period(1, ql.Months),
        ql.DateGeneration.Forward,
        False,
        [True] * len(dates),
    )
    theirs = ql.AmortizingFixedRateBond(
        0, left, periods, [terms["margin"]], COUNTERS[terms["day_count"]]
    )
    flows = theirs.cashflows()
    interest = dict.fromkeys(dates, 0.0)
    principal = dict.fromkeys(dates, 0.0)
    for flow in flows:
        coupon = ql.as_coupon(flow)
        into = principal if coupon is None else interest
        into[of_ql(flow.date())] += flow.amount()
    return [Paid(interest[day], principal[day]) for day in dates]


def balances(amount: float, law: str, balloon: float, count: int, rate: float) -> list[float]:
    """What is outstanding after 0, 1, ... instalments, by the textbook's closed formulas."""
    if law == "bullet":
        return [amount] * count + [0.0]
    if law == "straight":
        return [amount - n * (amount - balloon) / count for n in range(count)] + [0.0]
    growth = 1 + rate
    pay = (amount - balloon * growth**-count) * rate / (1 - growth**-count)
    left = [amount * growth**n - pay * (growth**n - 1) / rate for n in range(count)]
    return [*left, 0.0]


def expected(case: Case, as_of: dt.date) -> dict[dt.date, Paid]:
    """All that a debt pays, draw by draw."""
    paid: dict[dt.date, Paid] = {}

    def add(days: list[dt.date], amounts: list[Paid]) -> None:
        for day, amount in zip(days, amounts, strict=True):
            old = paid.get(day, Paid(0, 0))
            paid[day] = Paid(old.interest + amount.interest, old.principal + amount.principal)

    terms = case.terms
    if not case.draws:
        days = payment_dates_of_opening(terms, as_of)
        left = [float(terms["opening"]["principal_usd"] * USD)]
        whole = terms["kind"] in ("notes", "convertible", "revolver")
        due = dict.fromkeys(days, 0.0)
        for year, usd in terms["opening"]["repayments"].items():
            own = [day for day in days if day.year == int(year)]
            if whole and int(year) == terms["maturity"].year:
                own = days[-1:]
            for day in own:
                due[day] += int(usd * USD) / len(own)
        for day in days[:-1]:
            left.append(left[-1] - due[day])
        last = max(n for n, amount in enumerate(left) if amount > 0.5) + 1
        add(days[:last], bond(as_of, days[:last], left[:last], terms))
        return paid
    plan, maturity = terms["amortisation"], terms["maturity"]
    every, months, grace = plan["every_months"], plan["months"], plan["grace_months"]
    stub = plan.get("stub")
    start = case.draws[0][0]
    anchor = months_on(month_end(start), (months if stub == "first" else grace) % every)
    anchor = terms.get("first_payment", month_end(anchor))
    rest = (months - grace) % every
    for drawn, usd in case.draws:
        grid = schedule(drawn, anchor, maturity, every)
        if anchor <= drawn:  # go on from the first date, not from the draw
            grid = [d for d in schedule(anchor, anchor, maturity, every) if d > drawn]
        count = 1 if plan["law"] == "bullet" else (months - grace) // every
        if plan["law"] != "bullet" and rest:
            count += 1
        ahead = grace + (rest if stub == "first" and rest else every)
        if plan["law"] == "bullet":
            ahead = months
        nominal = months_after(drawn, ahead)
        pays = [day for day in grid if day >= nominal][:count] or [maturity]
        if rest and stub == "last":
            last = min(months_after(drawn, months), maturity)
            pays = [*[day for day in pays if day < last][: count - 1], last]
        days = sorted({*[day for day in grid if day < pays[-1]], pays[-1]})
        amount = float(usd * USD)
        balloon = amount * plan.get("balloon_share", 0.0)
        after = balances(amount, plan["law"], balloon, len(pays), terms["margin"] * every / 12)
        left = [after[sum(pay <= day for pay in pays)] for day in (drawn, *days[:-1])]
        add(days, bond(drawn, days, left, terms))
    return paid


# --- ours


def played(cases: list[Case], as_of: dt.date) -> list[dict[dt.date, Paid]]:
    """What each debt of a firm pays, by day, in a run of the process engine."""
    days = sorted({day for case in cases for day, _ in case.draws})
    rounds = {f"r{n}": {"date": day, "amount_usd": 0, "costs_usd": 0} for n, day in enumerate(days)}
    book = book_of(
        quiet(
            model={"title": "Debts", "as_of": as_of, "quarters": QUARTERS},
            debt={f"d{n:02}": case.terms for n, case in enumerate(cases)},
            equity=rounds,
            balance={"cash_usd": 9_000_000_000},
        )
    )
    found: list[dict[dt.date, Paid]] = [{} for _ in cases]
    known = [(0, 0)] * len(cases)

    def look(sim: Watched) -> list[str]:
        today = date_of(int(sim.s.clock[0].today))
        for n in range(sim.s.count[FACILITIES]):
            row = sim.s.facilities[n]
            whole, repaid = -int(row.trapped), -int(row.principal)
            if whole != known[n][0]:
                principal = repaid - known[n][1]
                found[n][today] = Paid(whole - known[n][0] - principal, principal)
            known[n] = (whole, repaid)
        if sim.phase == RAISE:
            for n, case in enumerate(cases):
                for day, usd in case.draws:
                    if day == today and n not in drawn_today.setdefault(day, set()):
                        drawn_today[day].add(n)
                        draws.cash_draw(sim.h, sim.w, n, usd * USD, day_of(day))
                        known[n] = (known[n][0], -int(sim.s.facilities[n].principal))
            sim.dispatch()
        return []

    drawn_today: dict[dt.date, set[int]] = {}
    for n, row in enumerate(book.state.facilities[: len(cases)]):
        known[n] = (0, -int(row.principal))
    sim = watch(book, world_of(book), event=look)
    assert sim.s.clock[0].first_shortfall == NEVER
    return found


@pytest.mark.parametrize("firm", range(FIRMS))
def test_generated_debts_pay_what_quantlib_says_when_it_says(firm):
    luck = random.Random(firm)
    as_of = AS_OF[firm % len(AS_OF)]
    cases = [a_debt(luck, as_of, n) for n in range(DEBTS)]
    end = months_on(as_of, 3 * QUARTERS)
    for case, ours in zip(cases, played(cases, as_of), strict=True):
        theirs = {day: paid for day, paid in expected(case, as_of).items() if day <= end}
        theirs = {day: paid for day, paid in theirs.items() if paid.interest + paid.principal > 0.5}
        assert sorted(ours) == sorted(theirs), case
        for day, paid in theirs.items():
            assert ours[day] == pytest.approx(paid, abs=CENTS_APART), (day, case)
