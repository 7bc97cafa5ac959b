"""Tenants whose rent serves a loan: what is planned of it, what is to come, how such are drawn."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.oracles.second_opinion.days import (
    DAY,
    MICROWATTS,
    add_months,
    days_in_month,
    microwatts,
    month_end,
    nearest,
)
from tests.oracles.second_opinion.tenants import LET, Room, Tenancy, moving, prices_of

if TYPE_CHECKING:
    from tests.oracles.second_opinion.debt import Facility


class Span(NamedTuple):
    """Days of a term at one price [USD per kW and month]."""

    first: dt.date
    end: dt.date
    price: Fraction

    def rent(self, kw: Fraction) -> Fraction:
        """By the calendar month: its days in force over all of its days [cents]."""
        total, d = Fraction(0), self.first
        while d < self.end:
            until = min(month_end(d) + DAY, self.end)
            total += self.price * kw * 100 * (until - d).days / days_in_month(d)
            d = until
        return total


def spans(origin: dt.date, prices: list[Fraction], first: dt.date, end: dt.date) -> Iterator[Span]:
    """The days of a term from one on, cut where its price changes."""
    months = 0
    for price, run in itertools.groupby(prices):
        begins = add_months(origin, months)
        months += len(list(run))
        over = add_months(origin, months) if months < len(prices) else end
        since, until = max(first, begins), min(end, over)
        if since < until:
            yield Span(since, until, price)


def tenancies_of(f: Facility) -> list[Tenancy]:
    return [t for t in f.op.tenants if t.spec.facility == f.name]


def planned_cash(f: Facility) -> list[tuple[dt.date, int]]:
    """Day and amount of the rent that a loan's tenants pay as planned [cents].

    Power that is passed through is promised by nobody, and in no plan.
    """
    op, out = f.op, []
    tomorrow = op.as_of + DAY
    for spec in op.spec.contracts.values():
        if spec.kind != LET or spec.facility != f.name:
            continue
        months: dict[dt.date, Fraction] = {}
        for t in spec.tranches:
            n = t.term_months or spec.term_months
            start = t.start if t.start <= op.as_of else max(t.start, spec.signed, tomorrow)
            kw, end = Fraction(microwatts(t.it_kw), MICROWATTS), add_months(start, n)
            for span in spans(start, prices_of(spec, n), max(start, tomorrow), end):
                for d, part in by_month(span):
                    months[d] = months.get(d, Fraction(0)) + part.rent(kw)
        wait = spec.payment_days * DAY
        out += [(last + wait, nearest(rent)) for last, rent in months.items()]
    return out


def by_month(span: Span) -> Iterator[tuple[dt.date, Span]]:
    """A span cut at month ends: the last day of each month, and what of the span is in it."""
    d = span.first
    while d < span.end:
        until = min(month_end(d) + DAY, span.end)
        yield month_end(d), Span(d, until, span.price)
        d = until


def power(f: Facility) -> list[int]:
    """Of its tenants who are there [uW]."""
    return [room.uw for t in tenancies_of(f) for room in t.rooms if room.live]


def payments(f: Facility, last: dt.date) -> list[tuple[dt.date, Fraction]]:
    """Day and amount of what its tenants are still to pay [cents], in the term that is signed."""
    out = []
    for t in tenancies_of(f):
        out += [(max(due, last + DAY), Fraction(amount)) for due, amount in t.agreed]
        wait = t.spec.payment_days * DAY
        for room in t.rooms:
            kw = Fraction(room.uw, MICROWATTS)
            coming, whole = to_come(t, room, last), value(t, room, kw, last)
            level = sum((span.rent(kw) for span in coming), Fraction(0))
            for span in coming:
                rent = span.rent(kw) * (whole / level if level and whole is not None else 1)
                days = (span.end - span.first).days
                out += [(span.first + n * DAY + wait, rent / days) for n in range(days)]
    return out


def value(t: Tenancy, room: Room, kw: Fraction, last: dt.date) -> Fraction | None:
    """What a term is worth that waits beyond its plan and shifts: as planned, until it begins."""
    waits = not room.terms and t.spec.late_start == "shifts" and room.planned <= last
    if not waits or t.leaves:
        return None
    end, prices = add_months(room.planned, room.months), prices_of(t.spec, room.months)
    parts = spans(room.planned, prices, room.planned, end)
    return sum((span.rent(kw) for span in parts), Fraction(0))


def to_come(t: Tenancy, room: Room, last: dt.date) -> list[Span]:
    """What is to come of the term of a room, in spans of one price."""
    tomorrow = last + DAY
    if room.lost or (room.terms and not room.live):
        return []
    if room.terms:
        term = room.terms[-1]
        origin, prices, end = term.origin, term.prices, term.end
        first = max(term.start, tomorrow)
    else:
        first = max(room.planned, tomorrow)
        origin = first if t.spec.late_start == "shifts" else room.planned
        prices = prices_of(t.spec, room.months)
        end = origin + (add_months(room.planned, room.months) - room.planned)
    end = min(end, t.leaves) if t.leaves else end
    return list(spans(origin, prices, first, end))


# operators -------------------------------------------------------------------------------


def financed(o: Any) -> None:
    """In three of five landlords tenants serve loans, on which halls to come are built."""
    own = random.Random(f"{o.seed}/let loans")
    if own.random() < 0.4:
        return
    o.r, kept = own, o.r
    t = o.tree
    for k in range(own.choice([1, 1, 1, 2])):
        t["debt"][f"d{k}"] = loan(o)
    t["contracts"]["anchor"] = anchor(o)
    lending = [name for name, debt in t["debt"].items() if "commitment_usd" in debt]
    for phase in t["sites"]["let"]["phases"][1:]:
        if lending and phase["ready"] > o.as_of + DAY:
            cost, months = own.choice([2e6, 9e6]), own.choice([4, 12, 24])
            phase["building"] = {"usd_per_mw": cost, "months": months, "facility": lending[0]}
    for c in t["contracts"].values():
        if own.random() < (0.8 if c["kind"] == LET else 0.2):
            c["facility"] = own.choice(list(t["debt"]))
    t["operator"]["capitalised_interest_share"] = own.choice([0.0, 0.5, 1.0])
    t["operator"]["buildings_interest_share"] = own.choice([0.0, 0.4, 1.0])
    o.r = kept


def anchor(o: Any) -> dict[str, Any]:
    """A tenant who is soon there and stays, often with free months or a rent that steps."""
    r: random.Random = o.r
    kw, start = r.choice([300.0, 700.0]), o.as_of + r.randint(-30, 250) * DAY
    terms: dict[str, Any] = {
        "customer": "anchor",
        "rating": "other",
        "kind": LET,
        "site": "let",
        "price_usd_per_kw_month": r.choice([95.0, 150.5]),
        "term_months": r.choice([18, 30, 60]),
        "signed": o.as_of - 30 * DAY,
        "payment_days": r.choice([0, 30, 45]),
        "late_start": r.choice(["shifts", "keeps-end"]),
        "power": r.choice(["included", "passed-through"]),
        "tranches": [{"it_kw": kw, "start": start, "priority": 0}],
    }
    moving(o, terms, terms["term_months"])
    return terms


def loan(o: Any) -> dict[str, Any]:
    """Drawn for what is built, or there on the as-of day; sized on rents, sculpted, or neither."""
    r: random.Random = o.r
    d: dict[str, Any] = {"kind": ""}
    while d["kind"] != "delayed-draw":
        d = o.loan(1)
    d["maturity"] = max(d["maturity"], o.as_of + r.randint(900, 2600) * DAY)
    if "commitment_usd" not in d:
        return d
    d["commitment_usd"] = r.choice([2e6, 8e6, 5e7])
    d["available_to"] = min(o.as_of + r.randint(400, 800) * DAY, d["maturity"])
    if r.random() < 0.5:
        d["size_dscr"] = r.choice([1.0, 1.3, 2.0])
    if r.random() < 0.4:
        d["amortisation"] |= {"law": "sculpted", "dscr": r.choice([1.1, 1.5])}
        d["amortisation"]["cover"] = r.choice(["stated", "resulting"])
    if "size_dscr" in d or d["amortisation"]["law"] == "sculpted":
        d["running_cost_share"] = r.choice([0.0, 0.2, 0.5])
    return d
