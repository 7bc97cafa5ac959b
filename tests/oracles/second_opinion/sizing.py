"""What planned cash covers: sculpted instalments, and how large a loan opens."""

from __future__ import annotations

import datetime as dt
import itertools
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.oracles.second_opinion import buildings, let_loans, paid_ahead
from tests.oracles.second_opinion.books import cents, round_half
from tests.oracles.second_opinion.days import (
    DAY,
    add_months,
    counted,
    month_end,
    months_between,
    nearest,
)

if TYPE_CHECKING:
    from tests.oracles.second_opinion.contracts import Contract
    from tests.oracles.second_opinion.debt import Draw, Facility

LENDERS_LIFE = 72 * 365.25 / 12
"""Days in which the lender's value of hardware falls to nothing."""


def planned_cash(c: Contract) -> list[tuple[dt.date, int]]:
    """Day and amount of what a contract pays as planned, prepayments left out [cents]."""
    lots = [(lot, planned_end(lot)) for lot in c.lots()]
    begin = c.op.as_of + DAY
    first = min(lot.start or lot.planned for lot, _ in lots)
    last = max(end for _, end in lots)
    left: list[list[Any]] = [[a.left, a.first, a.last, a.months, a.share] for a in c.ahead]
    asked = c.prepayment_day()
    if asked:
        plan = c.spec.prepayment
        left.append([asked[1], None, None, plan.window, plan.credit_share])
    out = []
    m = month_end(max(begin, first))
    while m.replace(day=1) < last:
        fee = Fraction(0)
        for lot, end in lots:
            start = lot.start or lot.planned
            a, b = max(start, begin, m.replace(day=1)), min(end, m + DAY)
            if a < b:
                origin = lot.counts_from(start)
                prices = lot.lenders_prices(origin)
                fee += prices.worth((a - origin).days, (b - origin).days) * lot.gpus
        whole = invoice = nearest(fee)
        for balance in left:
            rest, of, to, months, share = balance
            if months:
                now = months_between(first, m) + 1
                begun, ends = now >= months[0], months[1]
                n = None if ends is None else max(ends - now + 1, 1)
            else:
                begun = months_between(of, m) >= 0
                n = max(months_between(m, to) + 1, 1) if to else None
            if begun and invoice:
                credit = min(paid_ahead.of_month(rest, n, share, whole), invoice)
                balance[0] -= credit
                invoice -= credit
        out.append((m + c.spec.payment_days * DAY, invoice))
        m = month_end(m + DAY)
    return out


def planned_end(lot: Any) -> dt.date:
    return lot.end or lot.planned + lot.tranche.term_days * DAY


class Cover:
    """The planned cash of a loan's contracts, fixed at signing."""

    def __init__(self, f: Facility) -> None:
        self.f = f
        self.cash: list[tuple[dt.date, int]] = []
        for c in f.op.contracts:
            if c.spec.facility == f.name:
                self.cash += planned_cash(c)
        self.cash += let_loans.planned_cash(f)

    def between(self, after: dt.date, to: dt.date) -> float:
        """What is left for debt service of the cash of some days [cents]."""
        total = sum(x for d, x in self.cash if after < d <= to)
        return float(total * (1 - self.f.spec.running_cost_share))

    def rate(self, d: dt.date, after: dt.date, to: dt.date, part: float = 1.0) -> float:
        """Of a period between payment dates: the rate of a day, at the margins of the period."""
        yearly = self.f.rate(d) - self.f.margin(d) + self.f.mean_margin(after, to)
        if self.f.spec.day_count == "act/360":
            yearly *= 365.25 / 360
        return yearly * self.f.every / 12 * part

    def part(self, after: dt.date, to: dt.date) -> float:
        """Of a whole period, by months of thirty days."""
        if add_months(after, self.f.every, keep_end=True) == to:
            return 1.0
        return counted("30/360", after, to) / 30 / self.f.every

    def before(self, d: dt.date, dates: list[dt.date], drawn: dt.date) -> dt.date:
        """The payment date before one; before the first, a period, in a first stub the draw."""
        back = add_months(d, -self.f.every, keep_end=True)
        return max(max((x for x in dates if x < d), default=back), drawn)

    def covers(self, dscr: float, d: dt.date) -> float:
        """The worth of what planned cash leaves for instalments, if all is drawn on a day.

        Interest of periods without cash is the firm's, as in months of grace. A balloon is a loan
        beside it, of which cash pays the interest alone.
        """
        dates = self.f.dates_from(d)
        law = self.f.instalments_on(d, dates)
        if self.f.spec.amortisation.law == "bullet":
            law = self.notional(d, dates)
            dates = law
        stops = list(itertools.pairwise([self.before(law[0], dates, d), *law]))
        periods = [(self.between(after, to) / dscr, after, to) for after, to in stops]
        worth, factor = 0.0, 1.0
        for cash, after, to in periods:
            if cash:
                factor /= 1 + self.rate(self.f.op.as_of, after, to, self.part(after, to))
                worth += cash * factor
        return worth / (1 - self.f.spec.amortisation.balloon_share * factor)

    def notional(self, d: dt.date, dates: list[dt.date]) -> list[dt.date]:
        """Payment dates that would repay a bullet: up to the last planned cash, past its maturity.

        The first a period after the draw at the soonest.
        """
        every, maturity = self.f.every, self.f.spec.maturity
        soonest = add_months(d, every, keep_end=True)
        first = next((x for x in dates if x < maturity), None)
        first = first or self.f.spec.first_payment or month_end(d)
        last = max((day for day, x in self.cash if x), default=d)
        out, k = [], 0
        while not out or out[-1] < last:
            stop = add_months(first, k * every, keep_end=True)
            k += 1
            if stop >= soonest:
                out.append(stop)
        return out

    def of_draw(self, draw: Draw) -> float:
        """How often planned cash covers a draw's instalments: as stated, or so that all repay it.

        By what debt and cash have grown to on the last day: nothing is paid until then, and each
        period's cash earns what the debt bears, but for periods without any.
        """
        a, f = self.f.spec.amortisation, self.f
        stated = float(a.dscr)
        if a.cover == "stated":
            return stated
        owed, saved = float(draw.principal), 0.0
        for d in draw.dates:
            before = self.before(d, [*f.dates(), *draw.dates], draw.drawn)
            cash = self.between(before, d) * draw.original / f.size
            if cash:
                growth = 1 + self.rate(draw.drawn, before, d, self.part(before, d))
                owed, saved = owed * growth, saved * growth + cash
        wanted = owed - draw.balloon
        return max(saved / wanted, stated) if wanted > 0 else stated


def opens_with(f: Facility, cover: Cover | None) -> int:
    """The size of a loan, known when it can first be drawn [cents]."""
    s, op = f.spec, f.op
    most = cents(s.commitment_usd)
    if not s.size_dscr and not s.size_ltv:
        return most
    cost = 0
    for c in op.contracts:
        if c.spec.facility == f.name:
            for t in c.tranches:
                if not t.live and t.spec.hardware.status != "in-service":
                    cost += cents(t.gpus * op.spec.gpus[t.gpu].capex_usd_per_gpu)
    cost += buildings.still_billed(op, f.name)
    caps = [float(most), cost * f.of_cost(s.advance_rate)]
    if s.size_ltv:
        caps.append(cost * s.size_ltv)
    if s.size_dscr:
        assert cover
        caps.append(cover.covers(s.size_dscr, s.opens or op.as_of))
    return round_half(min(caps))


def lenders_value(f: Facility, d: dt.date) -> float:
    """Cost of the hardware that a loan pays for, straight down to nothing from service on."""
    total = 0.0
    for o in f.op.plant.orders:
        if o.terms() and o.terms().facility == f.name and o.delivered:
            age = (d - o.service).days if o.service else 0
            total += (o.cost + o.capitalised) * max(1 - age / LENDERS_LIFE, 0.0)
    return total
