"""Power let to tenants: room of a site, rent by the calendar month, power passed through."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.oracles.second_opinion import dated
from tests.oracles.second_opinion.books import Books, round_half
from tests.oracles.second_opinion.days import (
    DAY,
    MICROWATTS,
    add_months,
    days_in_month,
    exact,
    microwatts,
)
from tests.oracles.second_opinion.outages import off, share_off

if TYPE_CHECKING:
    from tests.oracles.second_opinion.generate import Draw

LET = "colocation"


@dataclass
class Term:
    """Months from a day on, at prices of their own [USD per kW and month]."""

    origin: dt.date
    start: dt.date  # the first day that pays
    end: dt.date
    prices: list[Fraction]

    def on(self, d: dt.date) -> Fraction:
        """The price on a day: that of the month of the term in which it lies."""
        month = 0
        while month + 1 < len(self.prices) and add_months(self.origin, month + 1) <= d:
            month += 1
        return self.prices[month]


@dataclass
class Room:
    """kW of one tranche."""

    spec: Any
    row: int
    site: str
    uw: int
    months: int
    begins: dt.date  # of its term, as declared
    planned: dt.date
    terms: list[Term]
    live: bool = False
    lost: bool = False
    renewals: int = 0


def prices_of(spec: Any, months: int) -> list[Fraction]:
    """Of each month of a first term [USD per kW]."""
    found, base, since = [], exact(spec.price_usd_per_kw_month), 0
    steps = {step.after_months: exact(step.price_usd_per_kw_month) for step in spec.price_steps}
    shares = {step.after_months: exact(step.share) for step in spec.commitment}
    share = Fraction(1)
    for month in range(months):
        if month in steps:
            base, since = steps[month], month
        share = shares.get(month, share)
        years = (month - since) // 12
        found.append(base * (1 + exact(spec.price_escalator)) ** years * share)
    return found


class Tenancy:
    """A colocation contract."""

    def __init__(self, name: str, spec: Any, op: Any) -> None:
        self.name, self.spec, self.op = name, spec, op
        self.due: list[tuple[dt.date, int, int]] = []  # all of it, and what of it is rent
        self.agreed: list[tuple[dt.date, int]] = []  # rent, by the day
        self.paid = 0  # in the month, of that
        self.passed = 0  # billed in the month, power passed through
        self.leaves: dt.date | None = None
        self.rooms = []
        for row, t in enumerate(spec.tranches):
            months = t.term_months or spec.term_months
            planned = max(t.start, spec.signed, op.as_of + DAY)
            begins = t.start if t.start <= op.as_of else planned
            uw = microwatts(t.it_kw)
            room = Room(t, row, t.site or spec.site, uw, months, begins, planned, [])
            if t.start <= op.as_of:
                self._move_in(room, op.as_of + DAY, t.start)
            self.rooms.append(room)

    def _move_in(self, room: Room, d: dt.date, origin: dt.date) -> None:
        end = add_months(origin, room.months)
        room.terms.append(Term(origin, d, end, prices_of(self.spec, room.months)))
        room.live = True
        self.op.plant.used[room.site] += room.uw
        self.op.plant.service[room.site] += room.uw
        self.op.plant.let[room.site] += room.uw

    def _move_out(self, room: Room) -> None:
        room.live = False
        self.op.plant.leaves(room.site, room.uw)
        self.op.plant.let[room.site] -= room.uw

    def ends(self, d: dt.date) -> None:
        """Notice, customers who go, terms that are over, long stops."""
        s = self.spec
        if s.exit_on and max(s.exit_on, s.signed, self.op.as_of + DAY) == d and not self.leaves:
            self.leaves = d + s.exit_notice_days * DAY
            for room in self.rooms:
                if not room.terms and room.planned >= self.leaves:
                    room.lost = True
        for room in self.rooms:
            if room.live and self.leaves == d:
                room.terms[-1].end = d
                self._move_out(room)
            elif room.live and room.terms[-1].end == d:
                self._over(room, d)
            elif not room.terms and not room.lost:
                wait = room.spec.long_stop_days
                keeps = s.late_start == "keeps-end"
                over = keeps and d == add_months(room.planned, room.months)
                stopped = wait and d == room.planned + wait * DAY and s.long_stop_use == 1
                room.lost = bool(over or stopped or self.leaves == d)

    def _over(self, room: Room, d: dt.date) -> None:
        r = self.spec.renewal
        may = r and r.chance == 1 and (r.times is None or room.renewals < r.times)
        if not may or self.leaves:
            self._move_out(room)
            return
        price = room.terms[-1].prices[-1] * exact(r.price_share)
        room.renewals += 1
        end = add_months(d, r.term_months)
        room.terms.append(Term(d, d, end, [price] * r.term_months))

    def starts(self, d: dt.date, room: Room) -> None:
        """It gets its power if there is room for all of it."""
        if room.terms or room.lost or room.planned > d or self.spec.signed >= d:
            return
        plant = self.op.plant
        if plant.used[room.site] + room.uw <= plant.sites[room.site].powered(d):
            keeps = self.spec.late_start == "keeps-end"
            self._move_in(room, d, room.planned if keeps else d)

    def day(self, d: dt.date, books: Books) -> None:
        for when, amount, rent in [x for x in self.due if x[0] == d]:
            books.add(cash=amount, cash_from_customers=amount, receivables=-amount)
            self.paid += rent
            if rent:
                self.agreed.remove((when, rent))

    def month(self, last: dt.date, books: Books) -> int:
        """Rent and recharged power of the month; returns the rent."""
        n = days_in_month(last)
        rent, power = Fraction(0), Fraction(0)
        passed = self.spec.power == "passed-through"
        for room in self.rooms:
            kw = Fraction(room.uw, MICROWATTS)
            for term in room.terms:
                d = max(last.replace(day=1), term.start)
                paid = self._paid_for(room.site, d, min(last, term.end - DAY))
                while d <= last and d < term.end:
                    rent += term.on(d) * kw / n * paid
                    power += self._power(room.site, kw, d, last) / n
                    d += DAY
        revenue = round_half(float(rent * 100))
        recharged = round_half(float(power * 100)) if passed else 0
        books.add(revenue_committed=revenue, revenue_recharged=recharged)
        if revenue + recharged:
            self._ask(revenue, recharged, last, books)
        return revenue

    def _ask(self, rent: int, power: int, last: dt.date, books: Books) -> None:
        """An invoice of a month's end; no lender counts on power that is passed through."""
        amount = rent + power
        books.add(receivables=amount)
        self.passed += power
        when = last + self.spec.payment_days * DAY
        if when == last:
            self.op.after_balance.append(amount)
            self.paid += rent
            return
        self.due.append((when, amount, rent))
        if rent:
            self.agreed.append((when, rent))

    def _paid_for(self, site: str, first: dt.date, last: dt.date) -> Fraction:
        """Share of the rent that is paid of days of a month on which the power was away."""
        if last < first:
            return Fraction(1)
        share, level = share_off(self.op.plant.sites[site].spec, first, last), self.spec.sla
        if level:
            beyond = max(share - (1 - exact(level.availability)), Fraction(0))
            share = beyond * exact(level.credit_multiple)
        return 1 - min(share, Fraction(1))

    def _power(self, site: str, kw: Fraction, d: dt.date, last: dt.date) -> Fraction:
        """What its power of a whole month costs if each day is like this one [USD]."""
        s, n = self.op.plant.sites[site].spec, days_in_month(last)
        grid = kw * exact(s.pue)
        energy = grid * exact(s.load_factor) * 24 * n * (1 - off(s, d, d))
        usd = energy * dated.month_price(s, "tariff_usd_per_kwh", last)
        return usd + grid * dated.month_price(s, "grid_charge_usd_per_kw_month", last)


def first_come(tenants: list[Tenancy]) -> list[tuple[Tenancy, Room]]:
    """Who gets power first: by priority, then by planned start, then as written."""
    rooms = [(t, room) for t in tenants for room in t.rooms]
    return sorted(rooms, key=lambda pair: (pair[1].spec.priority, pair[1].planned))


# operators -------------------------------------------------------------------------------


def let(o: Draw) -> None:
    """A building in phases, and tenants in it and beside the GPUs of another site."""
    r, t = o.r, o.tree
    building = o.site()
    building |= {"kind": "owned", "lease_years": 0.0, "rent_usd_per_kw_month": 0.0}
    building["phases"] = [
        {"it_mw": r.choice([1.0, 2.5]), "ready": o.as_of - r.randint(0, 400) * DAY},
        {"it_mw": r.choice([0.5, 3.0]), "ready": o.as_of + r.randint(1, 500) * DAY},
    ]
    if o.chance(0.5):
        late = building["phases"][1]["ready"] + r.randint(0, 120) * DAY
        building["phases"][1]["power_ready"] = late
    t["sites"]["let"] = building
    left = building["phases"][0]["it_mw"] * 1000
    for n in range(r.randint(2, 5)):
        site = r.choice(["let", "let", "let", "old"])
        kw = r.choice([120.0, 800.5, 1500.0, 2600.0])
        start = o.as_of + r.randint(-60, 700) * DAY
        if start <= o.as_of and (site == "old" or kw > left):
            start = o.as_of + r.randint(1, 200) * DAY
        left -= kw if start <= o.as_of else 0
        tranches = [{"it_kw": kw, "start": start, "priority": r.choice([0, 0, 1])}]
        if o.chance(0.3):
            tranches.append({"it_kw": 90.0, "start": o.as_of + r.randint(1, 400) * DAY})
        months = r.choice([1, 7, 12, 30])
        if add_months(start, months) <= o.as_of + DAY:
            months = 7  # who is there on the as-of day has some of his term left
        terms: dict[str, Any] = {
            "customer": f"t{n}",
            "rating": "other",
            "kind": LET,
            "site": site,
            "price_usd_per_kw_month": r.choice([95.0, 150.5, 0.0, 210.0]),
            "term_months": months,
            "signed": min(start, o.as_of + r.choice([-90, -1, 40]) * DAY),
            "payment_days": r.choice([0, 30, 45]),
            "late_start": r.choice(["shifts", "keeps-end"]),
            "power": r.choice(["included", "passed-through"]),
            "tranches": tranches,
        }
        terms["signed"] = min(terms["signed"], *(x["start"] for x in tranches))
        moving(o, terms, months)
        t["contracts"][f"tenant{n}"] = terms


def moving(o: Draw, terms: dict[str, Any], months: int) -> None:
    """Rents that change, terms that are renewed, tenants who leave or walk away."""
    r = o.r
    if o.chance(0.5):
        terms["price_escalator"] = r.choice([0.03, -0.1])
    if o.chance(0.3) and months > 6:
        terms["price_steps"] = [{"after_months": 5, "price_usd_per_kw_month": 170.0}]
    if o.chance(0.3) and months > 1:
        first = {"after_months": 0, "share": r.choice([0.0, 0.5])}
        terms["commitment"] = [first, {"after_months": 1, "share": 1.0}]
    if o.chance(0.5):
        share = r.choice([0.9, 1.05])
        renewed = {"chance": 1.0, "term_months": r.choice([1, 6]), "price_share": share}
        terms["renewal"] = renewed | r.choice([{}, {"times": 1}])
    if o.chance(0.3):
        terms |= {"exit_notice_days": 30, "exit_on": o.as_of + r.randint(1, 500) * DAY}
    if o.chance(0.3):
        terms["long_stop_use"] = 1.0
        terms["tranches"][0]["long_stop_days"] = r.choice([15, 90])
