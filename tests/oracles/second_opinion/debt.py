"""Debt: draws, calendars, instalments, interest, fees, discount, reserves."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from typing import Any

from tests.oracles.second_opinion.books import Books, cents, round_half
from tests.oracles.second_opinion.covenants import Tests
from tests.oracles.second_opinion.days import (
    DAY,
    add_months,
    counted,
    days_in_month,
    exact,
    in_period,
    is_month_end,
    month_end,
    months_between,
    year_days,
)
from tests.oracles.second_opinion.loan_life import Paid, ToCome
from tests.oracles.second_opinion.sizing import Cover, lenders_value, opens_with
from tests.oracles.second_opinion.treasury import SERVICE, in_proportion

LINE = {
    "delayed-draw": "loans",
    "notes": "notes",
    "convertible": "convertibles",
    "revolver": "revolver",
    "vendor": "vendor_debt",
    "finance-lease": "finance_leases",
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
    late: int = 0  # principal that is due
    owed: int = 0  # interest that is due
    amortised_to: dt.date = dt.date.min
    dscr: float = 0.0  # of its planned cash over its instalments


class Facility:
    def __init__(self, name: str, spec: Any, debts: Debts) -> None:
        self.name, self.spec, self.debts, self.op = name, spec, debts, debts.op
        self.draws: list[Draw] = []
        self.first_draw: dt.date | None = None
        self.matured = 0  # balloons and maturities of the quarter under way
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
        self.fee_due = self.held = 0
        self.opens, self.closes = spec.opens or debts.op.as_of, spec.available_to
        self.upfront: int | None = None  # of the fee paid at closing, for what is not drawn yet
        self.trapped = self.asked = 0  # of what is held; of the reserve, on the last day looked at
        self.met = self.missed = 0  # tests of the trap, in a row
        self.trapped_today = self.swept_today = 0
        self.service = 0  # scheduled, that fell due in the month
        self.tests = Tests(self, spec.covenants) if spec.covenants else None
        self.size = cents(spec.commitment_usd)
        self.cover: Cover | None = None
        self.paid = Paid()
        self.to_come: ToCome | None = None  # at the quarter's end under way, before cures
        self.known: tuple[dt.date | None, list[dt.date]] | None = None
        if spec.opening:
            self._open(spec.opening)
        if spec.running_cost_share is not None:
            self.cover = Cover(self)
        if spec.commitment_usd:
            self.size = opens_with(self, self.cover)

    # calendar ------------------------------------------------------------------------------

    def dates(self) -> list[dt.date]:
        """All payment dates up to the maturity; they change with the first draw alone."""
        if self.known is None or self.known[0] != self.first_draw:
            self.known = (self.first_draw, self.dates_from(self.first_draw))
        return self.known[1]

    def dates_from(self, first_draw: dt.date | None) -> list[dt.date]:
        """All payment dates if the first draw is on a day, or to come."""
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
            last = dt.date(year, 12, 31)
            ending = [usd for p, usd in s.opening.repayments.items() if in_period(p, last)]
            if any(ending) and not any(d.year == year for d in [*found, s.maturity]):
                if s.opening.stub == "first":
                    found = [dt.date(year, 12, 31), *found]
                else:
                    found = self._forward(dt.date(year, 12, 31))
        else:
            begin = first_draw or self.opens
            shift = s.amortisation.grace_months % self.every if s.amortisation else 0
            if s.amortisation and s.amortisation.stub == "first":
                # dates are counted back from the end of the term
                shift = (s.amortisation.months) % self.every
            if not first_draw:
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
        return self.instalments_on(drawn, self.dates())

    def instalments_on(self, drawn: dt.date, dates: list[dt.date]) -> list[dt.date]:
        """Days of the instalments of a draw, on these payment dates."""
        a, maturity = self.spec.amortisation, self.spec.maturity
        if self.spec.kind in ("notes", "convertible", "revolver") or a is None:
            return [maturity]

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
            wanted = self._every(first, n, dates)
        elif a.stub == "first":
            first = on(add_months(drawn, a.grace_months + rest, keep_end=True))
            wanted = self._every(first, n + 1, dates)
        else:
            first = on(add_months(drawn, a.grace_months + self.every, keep_end=True))
            wanted = [
                *(min(d, end) for d in self._every(first, n, dates)),
                end,
            ]  # none after the end
        return sorted({min(d, maturity) for d in wanted})

    def _every(self, first: dt.date, n: int, dates: list[dt.date]) -> list[dt.date]:
        """n payment dates of the calendar from the first on."""
        out = [d for d in dates if d >= first][:n]
        return out or [self.spec.maturity]

    # opening balance -----------------------------------------------------------------------

    def _open(self, o: Any) -> None:
        as_of = self.op.as_of
        dates = self.dates()
        amounts: dict[dt.date, int] = {}
        for period, usd in o.repayments.items():
            own = [d for d in dates if in_period(period, d)]
            if self.spec.kind in ("notes", "convertible", "revolver") and in_period(
                period, self.spec.maturity
            ):
                own = [self.spec.maturity]
            if not own:
                msg = f"nothing is paid in {period}"
                raise ValueError(msg)
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

    def rate(self, d: dt.date, seen: dt.date | None = None) -> float:
        """What is borne on a day; `seen` from another, at the base rate of that one."""
        s = self.spec
        if s.base == "fixed":
            return self.margin(d)
        base = max(self.op.base(month_end(seen or d)), s.base_floor)
        if s.hedge:
            base = base * (1 - s.hedge.share) + s.hedge.swap_rate * s.hedge.share
        return float(base + self.margin(d))

    def margin(self, d: dt.date) -> float:
        """The margin that holds on a day: that of the last step that has begun."""
        begun = [step.margin for step in self.spec.margin_steps or () if step.date <= d]
        return float(begun[-1] if begun else self.spec.margin)

    def mean_margin(self, after: dt.date, to: dt.date) -> float:
        """Of the days after one, up to another, as they count for interest."""
        how = self.spec.day_count
        parts = [(self.margin(end), counted(how, a, end)) for a, end in self.parts(after, to)]
        days = sum(n for _, n in parts)
        return float(sum(m * n for m, n in parts) / days) if days else self.margin(to)

    def parts(self, after: dt.date, to: dt.date) -> list[tuple[dt.date, dt.date]]:
        """A span cut at the last day of each margin."""
        eves = [step.date - DAY for step in self.spec.margin_steps or ()]
        stops = [after, *(e for e in eves if after < e < to), to]
        return list(itertools.pairwise(stops))

    def owes(self) -> int:
        return sum(x.principal + x.booked for x in self.draws if x.principal)

    def principal(self) -> int:
        return sum(x.principal for x in self.draws)

    def is_open(self, d: dt.date) -> bool:
        stopped = self.tests is not None and self.tests.stops(d)
        return bool(self.spec.commitment_usd and self.opens <= d <= self.closes and not stopped)

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
        self.accrue_fee(d, books)
        if self.first_draw is None:
            self.first_draw = d
        s = self.spec
        kept = round_half(amount * s.draw_discount)
        books.add(**{self.line: amount, "debt_discount": kept})
        paid = 0  # before, of the upfront fee
        if self.upfront:
            paid = round_half(self.upfront * amount / (self.size - self.used()))
            self.upfront -= paid
        if s.kind == "revolver" and self.draws and self.draws[-1].drawn == d:
            last = self.draws[-1]  # one draw a day
            last.original += amount
            last.principal += amount
            last.discount += kept
            last.month_start += amount
            self.fit_yield(last)
            return amount - kept
        law = s.amortisation.law if s.amortisation else "bullet"
        new = Draw(d, amount, self.instalments(d), law)
        new.original = amount
        new.discount = kept + paid
        if s.amortisation:
            new.balloon = round_half(amount * s.amortisation.balloon_share)
        if self.cover and law == "sculpted":
            new.dscr = self.cover.of_draw(new)
        new.accrued_to = d
        new.month_start = amount
        self.draws.append(new)
        self.fit_yield(new)
        return amount - kept

    def draw_for_bill(self, amount: int, d: dt.date, books: Books) -> None:
        """A draw that pays a bill; what of it is for the reserve goes there on its day."""
        got = self.draw(amount, d, books)
        if amount <= 0:
            return
        books.add(cash=got, debt_drawn_cash=got)
        if "reserve" in (self.spec.cost_base or ()):
            self.asked = self.reserve(d)
            lacks = self.asked - (self.held - self.trapped)
            self.keep(max(min(round_half(amount * self.spec.reserve_share), lacks), 0), books)

    def of_cost(self, share: float) -> float:
        """What is lent of what is bought, if a share is lent of all that counts."""
        s, counted = self.spec, 0.0
        for word in s.cost_base or ():
            counted += s.draw_discount + (s.upfront_fee or 0) if word == "fees" else s.reserve_share
        return float(min(share / (1 - share * counted), 1.0))

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
            rest = max(p - draw.balloon, 0)
            return rest * i / ((1 + i) ** left - 1) if i else rest / left
        if draw.law == "straight":
            return max(p - draw.balloon, 0) / left  # swept below its balloon: the last day pays
        if draw.law == "sculpted":
            assert self.cover
            before = self.cover.before(d, [*self.dates(), *draw.dates], draw.drawn)
            cash = self.cover.between(before, d) * draw.original / self.size
            part = self.cover.part(before, d)
            service = cash / draw.dscr - p * self.cover.rate(draw.drawn, before, d, part)
            return min(max(service, 0.0), max(p - draw.balloon, 0.0))
        return 0.0

    # interest ------------------------------------------------------------------------------

    def accrue(self, d: dt.date, books: Books) -> None:
        """Interest, fee up to and with day d; called at least at every month's end."""
        s = self.spec
        for x in self.draws:
            if x.accrued_to < d:
                grown = 0
                for since, to in self.parts(x.accrued_to, d):
                    n = counted(s.day_count, since, to) / year_days(s.day_count)
                    grown += round_half(x.principal * self.rate(to, d) * n)
                x.accrued += grown
                x.accrued_to = d
                x.booked += grown
                self.op.incurred += grown
                self.op.coupons += grown
                books.add(coupons=grown, accrued_interest=grown)
        self.accrue_fee(d, books)

    def accrue_fee(self, d: dt.date, books: Books) -> None:
        """Fee on what is not drawn, up to and with day d: a draw changes it, and no interest."""
        s = self.spec
        if s.undrawn_fee and s.commitment_usd and self.fee_to < d:
            begin = max(self.fee_to, self.opens - DAY)
            end = min(d, self.closes)
            if end > begin:
                unused = max(self.size - self.used(), 0)
                # act/360 always
                self.fee += round_half(unused * s.undrawn_fee * (end - begin).days / 360)
            self.fee_to = d
            grown = round_half(self.fee) - self.fee_booked
            self.fee_booked += grown
            self.op.fees += grown
            books.add(fees=grown, accrued_interest=grown)

    def begin_day(self, d: dt.date, books: Books) -> None:
        """The upfront fee: paid when it closes, or it closes later; what is left when it lapses."""
        share = self.spec.upfront_fee
        if share and d == self.opens and self.upfront is None:
            fee, money = round_half(self.size * share), self.op.treasury
            wait = money.before("suppliers")
            money.need(fee + wait, d, books)
            if money.cash() < fee + wait:
                self.opens = month_end(d) + DAY
                self.closes += self.opens - d
            else:
                self.upfront = fee
                books.add(cash=-fee, debt_costs_paid=-fee, debt_discount=fee)
        if self.upfront and d == self.closes + DAY:
            books.add(debt_discount=-self.upfront, discount=self.upfront)
            self.op.amortised += self.upfront
            self.upfront = 0

    def can_draw(self, d: dt.date) -> bool:
        """A revolver: not on its maturity, when all that is drawn is due."""
        return self.is_open(d) and d < self.spec.maturity

    def pays_on(self, d: dt.date) -> bool:
        if d in self.dates() or any(d in x.dates for x in self.draws):
            return True
        return d > self.spec.maturity and is_month_end(d)

    def fall_due(self, d: dt.date, books: Books) -> None:
        """What a payment date makes due."""
        if not self.pays_on(d):
            return
        self.accrue(d, books)
        dates = self.dates()
        if d in dates or d > self.spec.maturity:
            self.service += self.fee_booked - self.fee_due
            self.fee_due = self.fee_booked
        for x in self.draws:
            if d not in dates and d not in x.dates and d <= self.spec.maturity:
                continue
            self.service += x.booked - x.owed
            x.owed = x.booked
            if x.discount and not is_month_end(d):
                self.amortise_one(x, d, books)
            if x.principal and (d in x.dates or d >= self.spec.maturity):
                left = len([y for y in x.dates if y >= d])
                due = round_half(self.due_of(x, d, float(x.principal), self.rate(d), left))
                due = min(due, x.principal - x.late)
                x.late += due
                scheduled = self.scheduled(x, d, due, left)
                self.service += scheduled
                self.matured += due - scheduled

    def scheduled(self, x: Draw, d: dt.date, due: int, left: int) -> int:
        """What of an instalment is no balloon and no bullet."""
        if self.spec.kind == "revolver" or d > self.spec.maturity:
            return 0
        if x.amounts is not None:
            notes = self.spec.kind in ("notes", "convertible")
            return 0 if notes and d >= self.spec.maturity else due
        if x.law == "bullet":
            return 0
        return max(due - x.balloon, 0) if left <= 1 else due

    def due(self, step: str) -> int:
        if step == "fees":
            return self.fee_due
        if step == "interest":
            return sum(x.owed for x in self.draws)
        return sum(x.late for x in self.draws)

    def service_due(self) -> int:
        return sum(self.due(step) for step in SERVICE)

    def settle(self, step: str, amount: int, books: Books) -> None:
        """Pays so much of what is due, the oldest draw first; from cash."""
        if step == "fees":
            self._cash(amount, books)
            self.fee_due -= amount
            self.fee_booked -= amount
            self.fee -= amount
            return
        for x in self.draws:
            if step == "interest":
                part = min(amount, x.owed)
                x.owed -= part
                self.interest_paid(x, part, books)
            else:
                part = min(amount, x.late)
                x.late -= part
                self.principal_paid(x, part, books)
            amount -= part

    def interest_paid(self, x: Draw, amount: int, books: Books) -> None:
        """What was capitalised so far and is not yet paid is paid first."""
        capital = min(self.op.unpaid_capitalised, amount)
        self.op.unpaid_capitalised -= capital
        books.add(capitalised_interest_paid=capital)
        self._cash(amount, books)
        x.accrued, x.booked = x.accrued - amount, x.booked - amount

    def principal_paid(self, x: Draw, amount: int, books: Books) -> None:
        x.principal -= amount
        self.op.repaid_principal += amount
        books.add(**{self.line: -amount, "cash": -amount, "debt_repaid_cash": -amount})
        if x.principal == 0 and x.discount and amount:
            self._write_off(x, x.discount, books)

    def repay_early(self, spare: int, d: dt.date, books: Books) -> None:
        """As much principal as spare cash goes for, the oldest draw first; a draw that is gone
        takes its accrued interest with it."""
        for x in self.draws:
            if spare <= 0 or not x.principal:
                continue
            self.accrue(d, books)
            part = min(spare, x.principal)
            if part == x.principal and spare < x.principal + x.booked:
                spare = part = max(spare - x.booked, 0)  # no later draw before this one
            if x.discount:
                self.amortise_one(x, d, books)
            cut = round_half(x.discount * part / x.principal)
            if part == x.principal:
                spare -= x.booked
                self.service += x.booked - x.owed
                self.interest_paid(x, x.booked, books)
                x.owed = 0
            elif cut:
                self._write_off(x, cut, books)
            spare -= part
            x.late = max(x.late - part, 0)
            self.principal_paid(x, part, books)

    def _write_off(self, x: Draw, rest: int, books: Books) -> None:
        x.discount -= rest
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
        begin = max(x.drawn, d.replace(day=1) - DAY, x.amortised_to)
        share = (d - begin).days / days_in_month(d)
        if share <= 0 and d < x.dates[-1]:
            return
        if not x.yield_ and x.amounts is not None:
            self.fit_opening(x)
        r = x.fixed_rate if hasattr(x, "fixed_rate") else self.rate(x.drawn)
        p = x.principal
        amount = ((p - x.discount) * x.yield_ - p * r) / 12 * share
        part = min(max(round_half(amount), 0), x.discount)
        if d >= x.dates[-1]:
            part = x.discount
        x.discount -= part
        x.amortised_to = d
        self.op.incurred += part
        self.op.amortised += part
        books.add(debt_discount=-part, discount=part)

    def fit_opening(self, x: Draw) -> None:
        self.fit_yield(x)

    def keep(self, amount: int, books: Books) -> None:
        """Into the reserve, or out of it."""
        self.held += amount
        books.add(restricted_cash=amount, cash=-amount)

    def free(self, d: dt.date, books: Books) -> None:
        """What a reserve holds beyond what is asked today pays the loan's own service first."""
        self.asked = self.reserve(d)
        balance = self.principal() - self.due("principal")
        self.trapped = max(min(self.trapped, balance - self.asked), 0)
        beyond = max(self.held - self.trapped - self.asked, 0)
        if beyond:
            self.keep(-beyond, books)
        for step in SERVICE:
            part = min(self.due(step), beyond)
            self.settle(step, part, books)
            beyond -= part

    def from_reserve(self, step: str, books: Books) -> None:
        """What cash and lines left unpaid of the loan's own service."""
        amount = min(self.due(step), self.held)
        if amount > 0:
            self.trapped -= max(amount - (self.held - self.trapped), 0)
            self.keep(-amount, books)
            self.settle(step, amount, books)

    # reserve -------------------------------------------------------------------------------

    def reserve(self, d: dt.date) -> int:
        """What is asked for what is not due today."""
        s = self.spec
        balance = self.principal() - self.due("principal")
        need = s.reserve_share * balance
        if s.reserve_months:
            need += self._ahead(d, s.reserve_months)
        return min(round_half(need), balance)

    def _ahead(self, d: dt.date, months: int) -> float:
        """Debt service of the months to come, at today's rate, balloons and bullets left out."""
        end = month_end(add_months(d.replace(day=1), months))
        s = self.spec
        total = 0.0
        for x in self.draws:
            p = float(x.principal - x.late)
            since, accrued = x.accrued_to, x.accrued - x.owed
            points = sorted({y for y in [*self.dates(), *x.dates] if d < y <= end})
            for y in points:
                for after, to in self.parts(since, y):
                    n = counted(s.day_count, after, to) / year_days(s.day_count)
                    accrued += p * self.rate(to, d) * n
                since, rate = y, self.rate(y, d)
                total += accrued
                accrued = 0.0
                if y in x.dates:
                    left = len([z for z in x.dates if z >= y])
                    due = self.due_of(x, y, p, rate, left)
                    notes = s.kind in ("notes", "convertible")  # whose maturity pays a bullet
                    bullet = y >= s.maturity if x.amounts and notes else x.law == "bullet"
                    told = max(due - x.balloon, 0) if left == 1 else due
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
        c = o.terms()
        rest = o.cost - o.deposit
        for source in self.op.spec.operator.funding_order:
            name = {"loan": c.facility, "vendor": c.vendor}.get(source, "")
            f = self.facilities.get(name)
            if f is None:
                continue
            opens_later = d == self.op.as_of and f.spec.opens and f.spec.opens > d
            if not f.is_open(d) and not opens_later:
                continue
            if source == "loan":
                share = c.loan_share if c.loan_share is not None else f.spec.advance_rate
                share = f.of_cost(min(share, f.spec.advance_rate))
            else:
                share = c.vendor_share
            room = f.size - f.used() - f.promised
            amount = max(min(round_half(o.cost * share), room, rest), 0)
            f.promised += amount
            rest -= amount
            setattr(o, source, amount)

    def vendor_lends(self, o: Any, d: dt.date, books: Books) -> int:
        if not o.vendor:
            return 0
        f = self.facilities[o.terms().vendor]
        f.promised -= o.vendor
        amount = o.vendor if f.is_open(d) else 0
        f.draw(amount, d, books)
        return amount

    def draw_for(self, o: Any, d: dt.date, books: Books) -> None:
        if not o.loan:
            return
        f = self.facilities[o.terms().facility]
        f.promised -= o.loan
        amount = min(o.loan, o.bill) if f.is_open(d) else 0
        if f.spec.size_ltv:
            room = f.spec.size_ltv * lenders_value(f, d) - f.principal()
            amount = max(min(amount, round_half(room)), 0)
        f.draw_for_bill(amount, d, books)

    def between(self, d: dt.date, books: Books) -> None:
        """Payment dates that are no month ends."""
        if is_month_end(d):
            return
        paying = [f for f in self.in_order() if f.pays_on(d)]
        for f in paying:
            f.fall_due(d, books)
        ranks = sorted({f.spec.seniority for f in paying})
        steps = [step for step in self.op.spec.operator.waterfall if step in SERVICE]
        for step, rank in itertools.product(steps, ranks):
            self._pays_on(step, [f for f in paying if f.spec.seniority == rank], d, books)
        for f in paying:
            for step in SERVICE:
                f.from_reserve(step, books)

    def _pays_on(self, step: str, own: list[Facility], d: dt.date, books: Books) -> None:
        """What debts of one rank are due in a step on a day within a month."""
        money, rank = self.op.treasury, own[0].spec.seniority
        for f in own:
            f.free(d, books)
        wait = money.before(step, rank - 1)
        due = {f.name: f.due(step) for f in self.of_rank(rank)}
        lent = [f.due(step) for f in own if f.spec.kind != "revolver"]
        if sum(lent):  # no revolver is drawn for what the floor pays of what one is due
            lines = sum(f.due(step) for f in own) - sum(lent)
            floor = min(lines, money.floor(d))
            money.need(sum(due.values()) - floor + wait, d, books)
        cash = max(min(sum(due.values()), money.cash() - wait), 0)
        shares = in_proportion(cash, due)  # of others that are due too: it waits for them
        for f in own:
            f.settle(step, shares[f.name], books)

    def of_rank(self, rank: int) -> list[Facility]:
        return [f for f in self.facilities.values() if f.spec.seniority == rank]

    def incur(self, last: dt.date, books: Books) -> None:
        for f in self.in_order():
            f.accrue(last, books)
            f.amortise(last, books)

    def fall_due(self, last: dt.date, books: Books) -> None:
        for f in self.in_order():
            f.fall_due(last, books)
            f.free(last, books)

    def pay_step(self, step: str, last: dt.date, books: Books) -> None:
        for rank in sorted({f.spec.seniority for f in self.facilities.values()}):
            own = self.of_rank(rank)
            due = {f.name: f.due(step) for f in own}
            paid = self.op.treasury.pays(sum(due.values()), last, books)
            for name, amount in in_proportion(paid, due).items():
                self.facilities[name].settle(step, amount, books)

    def from_reserves(self, books: Books) -> None:
        """What cash and lines leave unpaid of each loan's fees, interest and principal."""
        for f in self.facilities.values():
            for step in SERVICE:
                f.from_reserve(step, books)

    def fill_reserves(self, last: dt.date, books: Books) -> None:
        for rank in sorted({f.spec.seniority for f in self.facilities.values()}):
            own = self.of_rank(rank)
            lack = {f.name: max(f.reserve(last) - f.held + f.trapped, 0) for f in own}
            paid = self.op.treasury.pays(sum(lack.values()), last, books)
            for name, amount in in_proportion(paid, lack).items():
                self.facilities[name].keep(amount, books)

    def sweep(self, last: dt.date, books: Books) -> None:
        """Debt in breach is repaid from spare cash: the senior first, those of a rank alike."""
        money = self.op.treasury
        taken = {f.name: f.principal() for f in self.facilities.values()}
        breach = [f for f in self.facilities.values() if f.tests and f.tests.broken]
        for rank in sorted({f.spec.seniority for f in breach}):
            own = [f for f in breach if f.spec.seniority == rank]
            spare = money.spare(last, sweep=True)
            asks = {
                f.name: min(round_half(spare * f.tests.spec.sweep_share), f.owes())
                for f in own
                if f.tests
            }
            for name, amount in in_proportion(min(spare, sum(asks.values())), asks).items():
                self.facilities[name].repay_early(amount, last, books)
        self.sweep_agreed(last, books, taken)
        for f in self.facilities.values():
            f.swept_today = taken[f.name] - f.principal()

    def all_is_paid(self, books: Books) -> None:
        """What sweeps and traps of the day go by: what the quarter left, and cover."""
        every = list(self.facilities.values())
        service, cover = sum(f.service for f in every), self.op.cover
        left = cover.left_of_quarter(books, self.op.prepaid, service)
        self.left = max(left - sum(f.matured for f in every), 0)
        paid = cover.paid(books, self.op.prepaid)
        self.covered = sum(cover.cash[-11:]) + paid, sum(cover.service[-11:]) + service
        for f in every:
            f.trapped_today = f.swept_today = 0

    def trap(self, last: dt.date, books: Books) -> None:
        """At a quarter's end: tests of traps, what comes back, what is kept, what it repays."""
        if last.month % 3:
            return
        tested = [f for f in self.in_order() if f.spec.cash_trap and self.in_force(f, last)]
        cash, service = self.covered
        for f in tested:
            t = f.spec.cash_trap
            if service and cash < t.min_dscr * service and t.min_dscr:
                f.met, f.missed = 0, f.missed + 1
                continue
            f.met, f.missed = f.met + 1, 0
            if f.met >= t.release_quarters and not self.op.treasury.unpaid():
                f.keep(-f.trapped, books)
                f.trapped = 0
        below = [f for f in tested if f.missed]
        for rank in sorted({f.spec.seniority for f in below}):
            own = [f for f in below if f.spec.seniority == rank]
            spare, asks = self.op.treasury.spare(last), {}
            for f in own:
                room = f.principal() - f.asked - f.trapped
                wait = sum(f.due(step) for step in SERVICE)
                wanted = min(self.left - f.swept_today, spare, room)
                asks[f.name] = 0 if wait else max(wanted, 0)
            asks = in_proportion(min(self.untaken(), sum(asks.values())), asks)
            for name, amount in in_proportion(min(spare, sum(asks.values())), asks).items():
                f = self.facilities[name]
                f.keep(amount, books)
                f.trapped += amount
                f.trapped_today += amount
        for f in below:
            after = f.spec.cash_trap.prepay_quarters
            if after and f.missed >= after:
                before = self.op.treasury.cash()
                f.keep(-f.trapped, books)
                f.repay_early(f.trapped, last, books)
                f.trapped = self.op.treasury.cash() - before
                f.keep(f.trapped, books)

    def in_force(self, f: Facility, last: dt.date) -> bool:
        """Whether a trap's loan owes something or can be drawn, from the trap's first date on."""
        s, first = f.spec, f.spec.cash_trap.trapped_from
        if first and last < first:
            return False
        if f.principal() or f.fee_booked or any(x.booked for x in f.draws):
            return True
        return bool(s.commitment_usd and last <= s.available_to and last < s.maturity)

    def untaken(self) -> int:
        """Of what the quarter left, what is neither swept nor trapped today."""
        taken = sum(f.swept_today + f.trapped_today for f in self.facilities.values())
        return max(self.left - taken, 0)

    def sweep_agreed(self, last: dt.date, books: Books, before: dict[str, int]) -> None:
        """Debt that agreed on a share of what each quarter leaves; what a breach took counts.

        Together they get no more of it than there is, less all that is swept or trapped that day.
        before: principal of each debt before the sweep of debt in breach.
        """
        money, left = self.op.treasury, self.left
        agreed = [
            f
            for f in self.facilities.values()
            if f.spec.cash_sweep and f.spec.cash_sweep.swept_from <= last and last.month % 3 == 0
        ]
        for rank in sorted({f.spec.seniority for f in agreed}):
            own = [f for f in agreed if f.spec.seniority == rank]
            spare = money.spare(last)
            asks = {}
            for f in own:
                wanted = round_half(exact(f.spec.cash_sweep.share) * left)
                wanted -= before[f.name] - f.principal()
                asks[f.name] = max(min(wanted, spare, f.owes()), 0) if f.principal() else 0
            swept = sum(before[f.name] - f.principal() for f in self.facilities.values())
            swept += sum(f.trapped_today for f in self.facilities.values())
            asks = in_proportion(min(max(left - swept, 0), sum(asks.values())), asks)
            for name, amount in in_proportion(min(spare, sum(asks.values())), asks).items():
                self.facilities[name].repay_early(amount, last, books)

    def open_principal(self, last: dt.date) -> int:
        """All principal that was open on some day of the month."""
        return sum(x.month_start for f in self.facilities.values() for x in f.draws)

    def new_month(self) -> None:
        for f in self.facilities.values():
            for x in f.draws:
                x.month_start = x.principal


__all__ = ["Debts", "months_between"]
