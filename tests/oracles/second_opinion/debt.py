"""Debt: draws, calendars, instalments, interest, fees, discount, reserves."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from tests.oracles.second_opinion.books import Books, cents, round_half
from tests.oracles.second_opinion.days import (
    DAY,
    add_months,
    counted,
    days_in_month,
    is_month_end,
    month_end,
    months_between,
    year_days,
)

LINE = {
    "delayed-draw": "loans",
    "notes": "notes",
    "convertible": "convertibles",
    "revolver": "revolver",
    "vendor": "vendor_debt",
}


@dataclass
class Draw:
    drawn: dt.date
    principal: int
    dates: list[dt.date]  # instalments, on payment dates
    law: str
    amounts: dict[dt.date, int] | None = None  # opening balance: stated
    balloon: int = 0
    original: int = 0
    discount: int = 0
    yield_: float = 0.0
    accrued: float = 0.0
    accrued_to: dt.date = dt.date.min
    booked: int = 0  # accrued interest in the books
    month_start: int = 0  # principal at the beginning of the month
    cut: float = 0.0  # discount amortised, not rounded
    own_days: list[dt.date] = field(default_factory=list)


class Facility:
    def __init__(self, name: str, spec: Any, debts: Debts) -> None:
        self.name, self.spec, self.debts, self.op = name, spec, debts, debts.op
        self.draws: list[Draw] = []
        self.first_draw: dt.date | None = None
        self.fee = 0.0
        self.fee_booked = 0
        self.fee_to = debts.op.as_of
        self.line = LINE[spec.kind]
        self.every = (
            spec.opening.every_months
            if spec.opening
            else (spec.amortisation.every_months if spec.amortisation else 1)
        )
        self.promised = 0
        self.known: tuple[dt.date | None, list[dt.date]] | None = None
        if spec.opening:
            self._open(spec.opening)

    # calendar ------------------------------------------------------------------------------

    def dates(self) -> list[dt.date]:
        """All payment dates up to the maturity; they change with the first draw alone."""
        if self.known is None or self.known[0] != self.first_draw:
            self.known = (self.first_draw, self._dates())
        return self.known[1]

    def _dates(self) -> list[dt.date]:
        s, as_of = self.spec, self.op.as_of
        found: list[dt.date] = []
        if s.first_payment:
            found = self._forward(s.first_payment)
        elif s.opening:
            if s.opening.stub == "first":
                k, d = 1, s.maturity
                while d > as_of:
                    found.append(d)
                    d = add_months(s.maturity, -k * self.every, keep_end=True)
                    k += 1
                found.sort()
            else:
                found = self._forward(as_of)
            found = [d for d in found if d > as_of]
            year = as_of.year
            if s.opening.repayments.get(str(year), 0) and not any(
                d.year == year for d in [*found, s.maturity]
            ):
                if s.opening.stub == "first":
                    found = [dt.date(year, 12, 31), *found]
                else:
                    found = self._forward(dt.date(year, 12, 31))
        else:
            begin = self.first_draw or s.opens or as_of
            shift = s.amortisation.grace_months % self.every if s.amortisation else 0
            if s.amortisation and s.amortisation.stub == "first":
                # dates are counted back from the end of the term
                shift = (s.amortisation.months) % self.every
            if not self.first_draw:
                shift = 0
            found = self._forward(add_months(month_end(begin), shift, keep_end=True))
        return sorted({d for d in found if d < s.maturity} | {s.maturity})

    def _forward(self, first: dt.date) -> list[dt.date]:
        out, k = [], 0
        while True:
            d = add_months(first, k * self.every, keep_end=True)
            if d > self.spec.maturity:
                return out
            out.append(d)
            k += 1

    def instalments(self, drawn: dt.date) -> list[dt.date]:
        a, maturity = self.spec.amortisation, self.spec.maturity
        if self.spec.kind in ("notes", "convertible", "revolver") or a is None:
            return [maturity]
        dates = self.dates()

        def on(d: dt.date) -> dt.date:
            return next((x for x in dates if x >= d), maturity)

        end = add_months(drawn, a.months, keep_end=True)
        if a.law == "bullet":
            if a.uneven:
                return [min(end, maturity)]
            return [min(on(end), maturity)]
        n, rest = divmod(a.months - a.grace_months, self.every)
        wanted: list[dt.date] = []
        if not rest:
            first = on(add_months(drawn, a.grace_months + self.every, keep_end=True))
            wanted = self._every(first, n)
        elif a.stub == "first":
            first = on(add_months(drawn, a.grace_months + rest, keep_end=True))
            wanted = self._every(first, n + 1)
        else:
            first = on(add_months(drawn, a.grace_months + self.every, keep_end=True))
            wanted = [*(min(d, end) for d in self._every(first, n)), end]  # none after the end
        return sorted({min(d, maturity) for d in wanted})

    def _every(self, first: dt.date, n: int) -> list[dt.date]:
        """n payment dates of the calendar from the first on."""
        dates = [d for d in self.dates() if d >= first]
        out = dates[:n]
        return out or [self.spec.maturity]

    # opening balance -----------------------------------------------------------------------

    def _open(self, o: Any) -> None:
        as_of = self.op.as_of
        dates = self.dates()
        amounts: dict[dt.date, int] = {}
        for year, usd in o.repayments.items():
            own = [d for d in dates if d.year == int(year)]
            if not own:
                own = [next((d for d in dates if d.year > int(year)), self.spec.maturity)]
            if self.spec.kind in ("notes", "convertible", "revolver") and (
                int(year) == self.spec.maturity.year
            ):
                own = [self.spec.maturity]
            left = cents(usd)
            for k, d in enumerate(own):
                part = left if k == len(own) - 1 else round_half(left / (len(own) - k))
                amounts[d] = amounts.get(d, 0) + part
                left -= part
        draw = Draw(as_of, cents(o.principal_usd), dates, "stated", amounts)
        draw.original = draw.principal
        draw.discount = cents(o.discount_usd)
        draw.accrued = float(cents(o.accrued_interest_usd))
        draw.booked = cents(o.accrued_interest_usd)
        draw.accrued_to = as_of
        self.draws.append(draw)

    # rates ---------------------------------------------------------------------------------

    def rate(self, d: dt.date) -> float:
        s = self.spec
        if s.base == "fixed":
            return float(s.margin)
        base = max(self.op.base(month_end(d)), s.base_floor)
        if s.hedge:
            base = base * (1 - s.hedge.share) + s.hedge.swap_rate * s.hedge.share
        return float(base + s.margin)

    def principal(self) -> int:
        return sum(x.principal for x in self.draws)

    def is_open(self, d: dt.date) -> bool:
        s = self.spec
        begin = s.opens or self.op.as_of
        return bool(s.commitment_usd and begin <= d <= s.available_to)

    def used(self) -> int:
        """What was drawn of the commitment: repaid loans are not drawn again, revolvers are."""
        if self.spec.kind == "revolver":
            return self.principal()
        return sum(x.original for x in self.draws)

    # drawing -------------------------------------------------------------------------------

    def draw(self, amount: int, d: dt.date, books: Books) -> int:
        """A draw: what of it comes in as cash."""
        if amount <= 0:
            return 0
        self.accrue(d, books)
        if self.first_draw is None:
            self.first_draw = d
        s = self.spec
        kept = round_half(amount * s.draw_discount)
        law = s.amortisation.law if s.amortisation else "bullet"
        new = Draw(d, amount, self.instalments(d), law)
        new.original = amount
        new.discount = kept
        if s.amortisation:
            new.balloon = round_half(amount * s.amortisation.balloon_share)
        new.accrued_to = d
        new.month_start = amount
        self.draws.append(new)
        self.fit_yield(new)
        books.add(**{self.line: amount, "debt_discount": kept})
        return amount - kept

    def fit_yield(self, draw: Draw) -> None:
        """The yield at which the flows are worth what was received, by months and parts of them."""
        if not draw.discount:
            return
        end = draw.dates[-1]
        stops = {*draw.dates, *(x for x in self.dates() if draw.drawn < x < end)}
        d = month_end(draw.drawn)
        while d < end:
            stops.add(d)
            d = month_end(d + DAY)
        lo, hi = -0.5, 5.0
        for _ in range(60):
            mid = (lo + hi) / 2
            if self._left_at(draw, mid, sorted(stops)) > 0:
                hi = mid
            else:
                lo = mid
        draw.yield_ = (lo + hi) / 2

    def _left_at(self, draw: Draw, y: float, stops: list[dt.date]) -> float:
        """Discount that is left (below zero) or overdone (above) after the last flow.

        stops: every month's end, payment date and instalment.
        """
        r = self.rate(draw.drawn)
        carrying, p = float(draw.principal - draw.discount), float(draw.principal)
        left, since = len(draw.dates), draw.drawn
        for d in stops:
            carrying += (carrying * y - p * r) / 12 * (d - since).days / days_in_month(d)
            since = d
            if d in draw.dates:
                pay = self.due_of(draw, d, p, r, left)
                left -= 1
                p -= pay
                carrying -= pay
        return carrying - p

    def due_of(self, draw: Draw, d: dt.date, p: float, rate: float, left: int) -> float:
        """Principal of the instalment at d."""
        if draw.amounts is not None:
            return min(p, draw.amounts.get(d, 0)) if d < draw.dates[-1] else p
        if left <= 1:
            return p
        if draw.law == "level":
            i = rate * self.every / 12
            rest = p - draw.balloon
            return rest * i / ((1 + i) ** left - 1) if i else rest / left
        if draw.law == "straight":
            return (p - draw.balloon) / left
        return 0.0

    # interest ------------------------------------------------------------------------------

    def accrue(self, d: dt.date, books: Books) -> None:
        """Interest, fee up to and with day d; called at least at every month's end."""
        s = self.spec
        for x in self.draws:
            if x.accrued_to < d:
                n = counted(s.day_count, x.accrued_to, d)
                grown = round_half(x.principal * self.rate(d) * n / year_days(s.day_count))
                x.accrued += grown
                x.accrued_to = d
                x.booked += grown
                self.op.incurred += grown
                self.op.coupons += grown
                books.add(coupons=grown, accrued_interest=grown)
        if s.undrawn_fee and s.commitment_usd and self.fee_to < d:
            begin = max(self.fee_to, s.opens or self.op.as_of)
            end = min(d, s.available_to)
            if end > begin:
                unused = max(cents(s.commitment_usd) - self.used(), 0)
                # act/360 always
                self.fee += round_half(unused * s.undrawn_fee * (end - begin).days / 360)
            self.fee_to = d
            grown = round_half(self.fee) - self.fee_booked
            self.fee_booked += grown
            self.op.fees += grown
            books.add(fees=grown, accrued_interest=grown)

    def pay(self, d: dt.date, books: Books) -> None:
        """What falls due on a payment date."""
        dates = self.dates()
        own = {x.dates[-1] for x in self.draws}
        if d not in dates and d not in own and not any(d in x.dates for x in self.draws):
            return
        self.accrue(d, books)
        fee_date = d in dates
        if fee_date and self.fee_booked:
            self._cash(self.fee_booked, books)
            self.fee, self.fee_booked = self.fee - self.fee_booked, 0
        for x in self.draws:
            if d not in dates and d not in x.dates:
                continue
            if x.principal == 0 and x.booked == 0:
                continue
            if x.booked:
                # what was capitalised so far and is not yet paid is paid first
                capital = min(self.op.unpaid_capitalised, x.booked)
                self.op.unpaid_capitalised -= capital
                books.add(capitalised_interest_paid=capital)
                self._cash(x.booked, books)
                x.accrued, x.booked = x.accrued - x.booked, 0
            if x.discount and not is_month_end(d):
                self.amortise_one(x, d, books)
            if d in x.dates or d >= self.spec.maturity:
                left = len([y for y in x.dates if y >= d])
                due = round_half(self.due_of(x, d, float(x.principal), self.rate(d), left))
                due = min(due, x.principal)
                x.principal -= due
                self.op.repaid_principal += due
                books.add(**{self.line: -due, "cash": -due, "debt_repaid_cash": -due})
                if x.principal == 0 and x.discount:
                    self._write_off(x, books)

    def _write_off(self, x: Draw, books: Books) -> None:
        rest = x.discount
        x.discount = 0
        self.op.amortised += rest
        books.add(debt_discount=-rest, discount=rest)

    def _cash(self, amount: int, books: Books) -> None:
        books.add(cash=-amount, accrued_interest=-amount, cash_for_interest=-amount)

    def amortise(self, last: dt.date, books: Books) -> None:
        for x in self.draws:
            if x.discount and x.principal:
                self.amortise_one(x, last, books)

    def amortise_one(self, x: Draw, d: dt.date, books: Books) -> None:
        """Discount of the month up to day d: a twelfth of the yield, by the days of the month."""
        begin = max(x.drawn, d.replace(day=1) - DAY, getattr(x, "amortised_to", dt.date.min))
        share = (d - begin).days / days_in_month(d)
        if not x.yield_ and x.amounts is not None:
            self.fit_opening(x)
        r = x.fixed_rate if hasattr(x, "fixed_rate") else self.rate(x.drawn)
        p = x.principal
        amount = ((p - x.discount) * x.yield_ - p * r) / 12 * share
        part = min(max(round_half(amount), 0), x.discount)
        if d >= x.dates[-1]:
            part = x.discount
        x.discount -= part
        x.amortised_to = d  # type: ignore[attr-defined]
        self.op.incurred += part
        self.op.amortised += part
        books.add(debt_discount=-part, discount=part)

    def fit_opening(self, x: Draw) -> None:
        self.fit_yield(x)

    # reserve -------------------------------------------------------------------------------

    def reserve(self, d: dt.date) -> int:
        s = self.spec
        balance = self.principal()
        need = s.reserve_share * balance
        if s.reserve_months:
            need += self._ahead(d, s.reserve_months)
        return min(round_half(need), balance)

    def _ahead(self, d: dt.date, months: int) -> float:
        """Debt service of the months to come, at today's rate, balloons and bullets left out."""
        end = month_end(add_months(d.replace(day=1), months))
        s, rate = self.spec, self.rate(d)
        total = 0.0
        for x in self.draws:
            p = float(x.principal)
            since, accrued = x.accrued_to, x.accrued
            points = sorted({y for y in [*self.dates(), *x.dates] if d < y <= end})
            for y in points:
                accrued += p * rate * counted(s.day_count, since, y) / year_days(s.day_count)
                since = y
                total += accrued
                accrued = 0.0
                if y in x.dates:
                    left = len([z for z in x.dates if z >= y])
                    due = self.due_of(x, y, p, rate, left)
                    notes = s.kind in ("notes", "convertible")  # whose maturity pays a bullet
                    bullet = y >= s.maturity if x.amounts and notes else x.law == "bullet"
                    told = due - x.balloon if left == 1 else due
                    if not bullet:
                        total += min(told, p)
                    p -= min(due, p)
        return total


class Debts:
    def __init__(self, op: Any) -> None:
        self.op = op
        self.facilities = {name: Facility(name, s, self) for name, s in op.spec.debt.items()}

    def in_order(self) -> list[Facility]:
        return sorted(self.facilities.values(), key=lambda f: f.spec.seniority)

    def promise(self, o: Any, d: dt.date) -> None:
        """On the order day: who pays how much of what the deposit leaves, in the stated order."""
        c = o.tranche.contract.spec
        rest = o.cost - o.deposit
        for source in self.op.spec.operator.funding_order:
            name = {"loan": c.facility, "vendor": c.vendor}.get(source, "")
            f = self.facilities.get(name)
            if f is None or not f.is_open(d):
                continue
            if source == "loan":
                share = c.loan_share if c.loan_share is not None else f.spec.advance_rate
                share = min(share, f.spec.advance_rate)
            else:
                share = c.vendor_share
            room = cents(f.spec.commitment_usd) - f.used() - f.promised
            amount = max(min(round_half(o.cost * share), room, rest), 0)
            f.promised += amount
            rest -= amount
            setattr(o, source, amount)

    def vendor_lends(self, o: Any, d: dt.date, books: Books) -> int:
        if not o.vendor:
            return 0
        f = self.facilities[o.tranche.contract.spec.vendor]
        f.promised -= o.vendor
        amount = o.vendor if f.is_open(d) else 0
        f.draw(amount, d, books)
        return amount

    def draw_for(self, o: Any, d: dt.date, books: Books) -> None:
        if not o.loan:
            return
        f = self.facilities[o.tranche.contract.spec.facility]
        f.promised -= o.loan
        amount = min(o.loan, o.bill) if f.is_open(d) else 0
        got = f.draw(amount, d, books)
        if amount > 0:
            books.add(cash=got, debt_drawn_cash=got)

    def between(self, d: dt.date, books: Books) -> None:
        """Payment dates that are no month ends."""
        if not is_month_end(d):
            for f in self.in_order():
                f.pay(d, books)

    def incur(self, last: dt.date, books: Books) -> None:
        for f in self.in_order():
            f.accrue(last, books)
            f.amortise(last, books)

    def month(self, last: dt.date, books: Books) -> None:
        for f in self.in_order():
            f.pay(last, books)
        total = sum(f.reserve(last) for f in self.facilities.values())
        held = self.op.reserved
        books.add(restricted_cash=total - held, cash=held - total)
        self.op.reserved = total

    def open_principal(self, last: dt.date) -> int:
        """All principal that was open on some day of the month."""
        return sum(x.month_start for f in self.facilities.values() for x in f.draws)

    def new_month(self) -> None:
        for f in self.facilities.values():
            for x in f.draws:
                x.month_start = x.principal


__all__ = ["Debts", "months_between"]
