"""Leases in force on the as-of day, and how leases end: holdover, halls that go back."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.oracles.second_opinion.books import Books, cents, round_half
from tests.oracles.second_opinion.days import (
    DAY,
    add_months,
    exact,
    month_end,
    nearest,
    years_later,
)

if TYPE_CHECKING:
    from tests.oracles.second_opinion.plant import Phase, Site


class Opening:
    """All leases of the as-of day in one: level cost, payments by month, one implied rate."""

    def __init__(self, op: Any) -> None:
        spec = op.spec.leases
        self.op = op
        self.payments: list[tuple[dt.date, int]] = []
        first = op.as_of + DAY
        self.end = add_months(first, spec.remaining_months)
        months = [month_end(add_months(first, k)) for k in range(spec.remaining_months)]
        stated = {int(y) for y in spec.payments if y != "after"}
        for year, usd in spec.payments.items():
            if year == "after":
                own = [m for m in months if m.year > max(stated, default=0)]
            else:
                own = [m for m in months if m.year == int(year)]
            each = cents(usd) // len(own) if own else 0
            for m in own:
                rest = cents(usd) - each * (len(own) - 1)
                self.payments.append((m, rest if m == own[-1] else each))
        self.payments.sort()
        self.first, self.days = first, (self.end - first).days
        self.liability = float(cents(spec.liability_usd))
        self.booked = cents(spec.liability_usd)
        self.cost = sum(x for _, x in self.payments)
        self.cost += cents(spec.asset_usd) - cents(spec.liability_usd)
        self.charged = 0
        self.rate = self._implied()

    def _implied(self) -> float:
        """The monthly rate at which the payments are worth the liability."""
        if not self.payments:
            return 0.0
        lo, hi = -0.05, 1.0
        for _ in range(200):
            mid = (lo + hi) / 2
            worth = sum(x / (1 + mid) ** (k + 1) for k, (_, x) in enumerate(self.payments))
            if worth > self.liability:
                lo = mid
            else:
                hi = mid
        return (lo + hi) / 2

    def month(self, last: dt.date, books: Books) -> int:
        """Cost of the month; what of rent is to be paid."""
        if not self.days:
            return 0
        elapsed = min((last - self.first).days + 1, self.days)
        due = round_half(Fraction(self.cost * elapsed, self.days))
        cost, self.charged = due - self.charged, due
        paid = sum(x for when, x in self.payments if when == last)
        self.liability = self.liability * (1 + self.rate) - paid
        left = any(when > last for when, _ in self.payments)
        now = round_half(self.liability) if left else 0
        change, self.booked = now - self.booked, now
        books.add(rent=cost, lease_liabilities=change, lease_assets=change - cost + paid)
        return paid


def end_of(p: Phase) -> dt.date | None:
    """First day after a hall's lease; None: it has no end."""
    s, op = p.site.spec, p.site.op
    if s.kind == "owned":
        return None
    if p.in_use and s.kind == "leased-shell":
        return add_months(op.as_of + DAY, op.spec.leases.remaining_months)
    end = years_later(p.ready, s.lease_years)
    return None if p.in_use and end <= op.as_of else end


def last_rent(p: Phase) -> Fraction:
    """The last monthly rent of a hall's lease [cents]."""
    s, op = p.site.spec, p.site.op
    if p.payments:
        return Fraction(p.payments[-1][1])
    if s.kind == "leased-shell":
        paid = op.plant.opening.payments
        halls = [x for o in op.plant.sites.values() for x in o.phases if x.in_use]
        halls = [x for x in halls if x.site.spec.kind == "leased-shell"]
        return Fraction(paid[-1][1] * p.uw, sum(x.uw for x in halls)) if paid else Fraction(0)
    years = 0
    rent = nearest(p.kw() * exact(s.rent_usd_per_kw_month) * 100)
    while add_months(p.ready, 12 * (years + 1)) < (p.end or dt.date.max) and years < 100:
        years += 1
        rent = nearest(rent * (1 + exact(s.rent_escalator)))
    return Fraction(rent)


def go_back(site: Site, d: dt.date) -> None:
    """Halls whose lease is over and which what stood and was on order yesterday does not need."""
    plant = site.op.plant
    for p in sorted(site.phases, key=lambda p: (p.end or dt.date.max, p.ready)):
        if p.end is None or p.end > d or p.back:
            continue
        others = [x for x in site.phases if x is not p and not x.back]
        stands = plant.used[site.name]
        wanted = stands + sum(o.uw for o in plant.orders if o.site == site.name and o.is_coming())
        powered = sum(x.uw for x in others if x.powered < d)
        if wanted <= sum(x.uw for x in others) and stands <= powered:
            p.back = d
