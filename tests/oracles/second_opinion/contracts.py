"""Contracts: starts, ends, revenue, prepayments, credits, invoices."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tests.oracles.second_opinion import paid_ahead, running_on
from tests.oracles.second_opinion.books import Books, cents, round_half
from tests.oracles.second_opinion.dated import fiscal_year
from tests.oracles.second_opinion.days import (
    DAY,
    add_months,
    days_in_month,
    exact,
    month_end,
    months_between,
    nearest,
)
from tests.oracles.second_opinion.outages import missing_of
from tests.oracles.second_opinion.prices import Prices, flat, least, moved, prices_of, resets


@dataclass
class Lot:
    """GPUs of a tranche that start together."""

    tranche: Tranche
    gpus: int
    after_service: int  # planned days from service to acceptance
    planned: dt.date
    prices: Prices
    accepted: dt.date | None = None
    start: dt.date | None = None
    end: dt.date | None = None
    origin: dt.date | None = None  # the day from which its prices count
    live: bool = False  # its GPUs serve it
    aside: int = 0  # GPUs set aside for it
    missing: int = 0  # before its start: of its GPUs, failed and not yet stood in for
    promised: int = 0  # GPUs that come free for it
    lost: bool = False  # never starts
    leaves: dt.date | None = None  # after notice for this lot alone
    renewals: int = 0  # terms after its first, each a contract of its own
    stated: Prices | None = None  # before an index has moved them

    @property
    def renewed(self) -> bool:
        return self.renewals > 0

    def counts_from(self, begin: dt.date) -> dt.date:
        """The day from which the prices count of a lot that bills, or would from `begin` on."""
        keeps = self.tranche.contract.spec.late_start == "keeps-end"
        return self.origin or (self.planned if keeps else begin)

    def worth(self, since: dt.date, until: dt.date, begin: dt.date | None = None) -> Fraction:
        """Of one of its GPUs on the days before `until` [cents]; begin: of a lot that waits."""
        origin = self.counts_from(begin or since)
        return self.prices.worth((since - origin).days, (until - origin).days)

    def term_days(self) -> int:
        """Of the term that runs."""
        if self.renewed and self.origin:
            months = self.tranche.contract.spec.renewal.term_months
            return (add_months(self.origin, months) - self.origin).days
        return self.tranche.term_days

    def earned(self, since: dt.date, until: dt.date) -> int:
        """By all of its GPUs on the days before `until` [cents]."""
        origin, term, gpus = self.counts_from(since), self.term_days(), self.gpus
        before = self.prices.earned((since - origin).days, term, gpus)
        return self.prices.earned((until - origin).days, term, gpus) - before

    def follows(self, d: dt.date) -> None:
        """The price of a lot that bills, on a day on which an index may reset it."""
        own = self.tranche.contract.spec.price_index
        if own is None or self.renewed or not self.live or not self.origin or d >= self.last_day():
            return
        if d not in resets(own, self.origin, self.end):
            return
        self.stated = self.stated or self.prices
        market = self.tranche.contract.op.market
        times = moved(own, market.index(self.tranche.gpu, d), self.tranche.contract.index_base())
        self.prices = self.prices.onwards(self.stated, (d - self.origin).days, times)

    def lenders_prices(self, origin: dt.date) -> Prices:
        """Its prices as lenders count on them: the least after the first reset to come."""
        own = self.tranche.contract.spec.price_index
        if own is None:
            return self.prices
        end = self.end or origin + self.tranche.term_days * DAY
        known = self.tranche.contract.op.as_of
        to_come = [day for day in resets(own, origin, end) if day > known]
        if not to_come:
            return self.prices
        stated = self.stated or self.prices
        return stated.onwards(stated, (to_come[0] - origin).days, least(own))

    def may(self) -> bool:
        r = self.tranche.contract.spec.renewal
        return bool(r and (r.times is None or self.renewals < r.times))

    def may_renew(self) -> bool:
        c = self.tranche.contract
        return self.may() and not c.leaves and not self.leaves

    def last_day(self) -> dt.date:
        """The day from which a live lot serves its customer no more, as known."""
        known = (self.end, self.leaves, self.tranche.contract.leaves)
        return min(day for day in known if day)

    def renews(self, d: dt.date) -> bool:
        """Whether a term that is over goes on, on the same GPUs."""
        c = self.tranche.contract
        r = c.spec.renewal
        if not self.may_renew() or r.chance < 1:
            return False
        last = self.prices.on((self.end - self.origin).days - 1)
        c.done.append(
            Term(
                self,
                self.start,
                self.end,
                self.gpus,
                self.prices,
                self.origin,
                self.renewals,
                self.term_days(),
            )
        )
        self.renewals += 1
        self.start, self.origin, self.end = d, d, add_months(d, r.term_months)
        if r.price_share is not None:
            self.prices = flat(last.an_hour() * exact(r.price_share))
        else:
            market = c.op.market.for_term(self.tranche.gpu, d, r.term_months)
            self.prices = flat(Fraction(market) * 100)
        return True


@dataclass
class Term:
    """A term that is over, for the revenue of its last month."""

    lot: Lot
    start: dt.date
    end: dt.date
    gpus: int
    prices: Prices
    origin: dt.date
    renewals: int
    days: int  # of the whole term

    @property
    def renewed(self) -> bool:
        return self.renewals > 0

    def earned(self, since: dt.date, until: dt.date) -> int:
        before = self.prices.earned((since - self.origin).days, self.days, self.gpus)
        return self.prices.earned((until - self.origin).days, self.days, self.gpus) - before


@dataclass
class Tranche:
    contract: Contract
    row: int
    spec: Any
    gpus: int
    gpu: str
    site: str
    start: dt.date
    term_days: int
    live: bool = False
    lots: list[Lot] = field(default_factory=list)


@dataclass
class Ahead:
    """An amount paid ahead, a balance of its own."""

    left: int  # credits still to come, without financing component [cents]
    first: dt.date | None  # a day of the first month of the credits
    last: dt.date | None
    months: tuple[int, int | None] | None  # of the contract, 1 is the first billing month
    taxed_year: int | None  # at whose end the rest is income for tax; None: it was
    share: float | None = None  # of each invoice; None: level
    interest: float = 0.0  # financing component grown and not yet released [cents]
    taxed: bool = False
    booked: dt.date | None = None  # the day; None: by the as-of day
    of: running_on.Holder = None  # whose invoices it lowers
    was: int = 0  # which of the contract's balances it was before it ran on


class Contract:
    def __init__(self, name: str, spec: Any, op: Any) -> None:
        self.name, self.spec, self.op = name, spec, op
        self.tranches: list[Tranche] = []
        self.ahead: list[Ahead] = []
        self.first_billed: dt.date | None = None
        self.due: list[tuple[dt.date, int]] = []  # payments to come
        self.agreed: list[tuple[dt.date, int]] = []  # by the day that was agreed
        self.paid = 0  # in the month, prepayments left out
        self.prepaid_due: list[tuple[dt.date, int, bool]] = []
        self.done: list[Term] = []
        self.leaves: dt.date | None = None  # after notice
        self.value = 0
        as_of = op.as_of
        for row, t in enumerate(spec.tranches):
            months = t.term_months or spec.term_months
            end = add_months(t.start, months)
            days = (end - t.start).days
            live = t.start <= as_of
            tranche = Tranche(
                self, row, t, t.gpus, spec.gpu, t.site or spec.site, t.start, days, live
            )
            left = (end - as_of - DAY).days if live else days
            base = (
                Fraction(1) if t.value_usd is not None else exact(spec.price_usd_per_gpu_hour) * 100
            )
            prices = prices_of(spec, base, t.start, months)
            whole = prices.worth(days - left, days) * t.gpus
            if t.value_usd is not None:
                prices = prices.times(cents(t.value_usd) / whole if left > 0 else Fraction(0))
                whole = prices.worth(days - left, days) * t.gpus
            self.value += round_half(float(whole))
            self._lots(tranche, prices, end)
            self.tranches.append(tranche)
        o = spec.opening
        if o:
            ends = op.spec.model.fiscal_year_ends
            year = fiscal_year(o.received, ends) + 1 if o.received else None
            was = year is None or year < fiscal_year(as_of + DAY, ends)
            self.ahead.append(
                Ahead(
                    cents(o.deferred_revenue_usd),
                    o.credited_from,
                    o.credited_to,
                    None,
                    None if was else year,
                    o.credit_share,
                    taxed=was,
                    was=1,
                )
            )

    def _lots(self, tranche: Tranche, prices: Prices, end: dt.date) -> None:
        gpu, spec = self.op.spec.gpus[tranche.gpu], tranche.spec
        power = exact(gpu.it_kw_per_gpu) * tranche.gpus
        size = exact(self.op.spec.operator.acceptance_lot_mw) * 1000
        count = -(-power // size) if not tranche.live else 1
        if spec.hardware.status == "in-service":
            count = 1
        wait = gpu.acceptance.planned_days
        whole, rest = divmod(tranche.gpus, count)
        first = nearest(Fraction(wait, count))
        for i in range(count):
            accept = nearest(Fraction(wait * (2 * i + 1), count))
            lot = Lot(
                tranche,
                whole + (1 if i < rest else 0),
                accept,
                tranche.start + (accept - first) * DAY,
                prices,
            )
            if tranche.live:
                lot.start, lot.origin, lot.end = tranche.start, tranche.start, end
                lot.accepted = tranche.start
                lot.live = True
            elif spec.hardware.status == "in-service":
                lot.aside = lot.gpus
            tranche.lots.append(lot)
            self.op.fleet.pool(tranche.gpu, tranche.site).lots.append(lot)

    def lots(self) -> list[Lot]:
        return [lot for t in self.tranches for lot in t.lots]

    def prepayment_day(self) -> tuple[dt.date, int] | None:
        p = self.spec.prepayment
        if not p:
            return None
        amount = (
            cents(p.amount_usd)
            if p.amount_usd is not None
            else round_half(float(exact(p.share) * self.value))
        )
        due = p.due or min(t.start for t in self.tranches) - p.days_before_start * DAY
        return max(due, self.spec.signed + DAY, self.op.as_of + DAY), amount

    def index_base(self) -> float:
        """The rental index that the price stated stands for [USD/GPU-hour]."""
        stated = self.spec.price_index.base_usd_per_gpu_hour
        if stated is not None:
            return float(stated)
        return float(self.op.market.index(self.spec.gpu, max(self.spec.signed, self.op.as_of)))

    def day(self, d: dt.date, books: Books) -> None:
        """Prepayments that fall due, customers' payments, starts."""
        for lot in self.lots():
            lot.follows(d)
        asked = self.prepayment_day()
        if asked and asked[0] == d and not self.over(d):
            due, amount = asked
            p = self.spec.prepayment
            if p.unconditional:
                books.add(receivables=amount)
                self._book_prepayment(d, amount, books)
            self.prepaid_due.append((due + self.spec.payment_days * DAY, amount, p.unconditional))
        for when, amount, unconditional in [x for x in self.prepaid_due if x[0] == d]:
            books.add(cash=amount, cash_from_customers=amount)
            self.op.prepaid += amount
            if unconditional:
                books.add(receivables=-amount)
            else:
                self._book_prepayment(when, amount, books)
        for when, amount in [x for x in self.due if x[0] == d]:
            books.add(cash=amount, cash_from_customers=amount, receivables=-amount)
            self.paid += amount
            self.agreed.remove((when - self._days_late() * DAY, amount))

    def _book_prepayment(self, d: dt.date, amount: int, books: Books) -> None:
        books.add(deferred_revenue=amount)
        p = self.spec.prepayment
        year = fiscal_year(d, self.op.spec.model.fiscal_year_ends)
        ahead = Ahead(amount, None, None, p.window, year + 1, p.credit_share)
        rate = self.spec.sfc_rate
        if rate:
            ahead.interest -= 0.0
            share = ((month_end(d) - d).days + 1) / days_in_month(d)
            grown = round_half(amount * rate / 12 * share)
            ahead.interest += grown
            books.add(deferred_revenue=grown, accretion=grown)
        ahead.booked = d
        self.ahead.append(ahead)

    def over(self, d: dt.date) -> bool:
        """Whether no first term is left, on its way or to come."""
        return all(
            lot.lost or lot.renewed or (lot.end is not None and lot.end <= d) for lot in self.lots()
        )

    def starts(self, d: dt.date) -> None:
        for lot in self.lots():
            if lot.start is None and lot.planned <= d and self.op.fleet.can_start(lot):
                if d <= self.spec.signed:
                    continue
                if self.spec.late_start == "keeps-end":
                    end = lot.planned + lot.tranche.term_days * DAY
                    if d >= end:
                        continue
                else:
                    end = d + lot.tranche.term_days * DAY
                if lot.missing:
                    self._cut(lot)
                lot.origin = lot.counts_from(d)
                lot.start, lot.end = d, end
                lot.live, lot.aside = True, 0

    def _cut(self, lot: Lot) -> None:
        """A short start: what is missing becomes a tranche of its own."""
        t = lot.tranche
        rest = Lot(t, lot.missing, lot.after_service, lot.planned, lot.prices, lot.accepted)
        rest.missing = lot.missing
        lot.gpus, lot.missing = lot.gpus - lot.missing, 0
        t.lots.append(rest)
        self.op.fleet.pool(t.gpu, t.site).lots.append(rest)

    def _unpaid(self, lot: Lot | Term, since: dt.date, until: dt.date) -> Fraction:
        """Share of the month's fee for hours that were not delivered."""
        t = lot.tranche if isinstance(lot, Lot) else lot.lot.tranche
        failed, missing = self.op.fleet.pool(t.gpu, t.site).undelivered
        missing = missing_of(self.op.spec.sites[t.site], missing, since, until - DAY)
        level = self.spec.sla
        allowance, multiple = Fraction(0), Fraction(1)
        if level:
            allowance, multiple = 1 - exact(level.availability), exact(level.credit_multiple)
        return min(max(failed, multiple * max(missing - allowance, Fraction(0))), Fraction(1))

    def month(self, last: dt.date, books: Books) -> tuple[int, int, int]:
        """Revenue, invoice and credits of the month that ends: revenue, credits as the books
        earn them for tax, and taxed ones among them."""
        first = last.replace(day=1)
        begin = max(first, self.op.as_of + DAY)
        fees: list[tuple[running_on.Holder, Fraction]] = []
        terms = [*self.lots(), *self.done]
        for lot in terms:
            if lot.start and lot.end:
                since, until = max(lot.start, begin), min(lot.end, last + DAY)
                if since < until:
                    amount = Fraction(lot.earned(since, until))
                    amount -= nearest(amount * self._unpaid(lot, since, until))
                    fees.append((running_on.of(lot), amount))
        for lot in terms:
            if lot.start and lot.start <= last and not lot.renewed:
                began = lot.start
                if self.first_billed is None or began < self.first_billed:
                    self.first_billed = began
        whole = running_on.invoices(fees)
        revenue = sum(whole.values())
        month = Credits(self, last, whole, books)
        month.all()
        books.add(revenue_committed=revenue)
        for invoice in month.invoices.values():
            if invoice:
                self._ask(last, invoice, books)
        return revenue, month.credited, month.taxed

    def _ask(self, last: dt.date, invoice: int, books: Books) -> None:
        """An invoice of a month's end."""
        books.add(receivables=invoice)
        when = last + (self.spec.payment_days + self._days_late()) * DAY
        if when == last:
            self.op.after_balance.append(invoice)
            self.paid += invoice
            return
        self.due.append((when, invoice))
        self.agreed.append((last + self.spec.payment_days * DAY, invoice))

    def _days_late(self) -> int:
        """Days after its day on which each invoice is paid: of a customer that always is late."""
        law = self.spec.late_payment
        if law is None:
            return 0
        assert law.chance == 1
        assert law.sd_days == 0
        return nearest(exact(law.mean_days))

    def _months_left(self, a: Ahead, last: dt.date) -> tuple[bool, int | None]:
        """Whether credits have begun, and months left, this one included; None: no last month."""
        if a.months:
            if self.first_billed is None:
                return False, None
            now = months_between(self.first_billed, last) + 1
            ends = a.months[1]
            return now >= a.months[0], None if ends is None else max(ends - now + 1, 1)
        assert a.first
        begun = months_between(a.first, last) >= 0
        return begun, max(months_between(last, a.last) + 1, 1) if a.last else None


class Credits:
    """What a month's invoices are credited with of what was paid ahead."""

    def __init__(
        self, c: Contract, last: dt.date, whole: dict[running_on.Holder, int], books: Books
    ) -> None:
        self.c, self.last, self.whole, self.books = c, last, whole, books
        self.invoices = dict(whole)
        self.credited = self.taxed = 0

    def all(self) -> None:
        c = self.c
        over = {a.of: running_on.is_over(c, a.of, self.last) for a in c.ahead}
        for a in c.ahead:
            self.grow(a)
        for a in [x for x in c.ahead if over[x.of] and not self.whole.get(x.of)]:
            self.end(a)
        for a in c.ahead:
            self.credit(a)
        for a in [x for x in c.ahead if over.get(x.of) and self.whole.get(x.of)]:
            self.end(a)

    def grow(self, a: Ahead) -> None:
        rate = self.c.spec.sfc_rate
        if rate and not (a.booked and a.booked >= self.last.replace(day=1)):
            grown = round_half((a.left + a.interest) * rate / 12)
            a.interest += grown
            self.books.add(deferred_revenue=grown, accretion=grown)

    def credit(self, a: Ahead) -> None:
        c, whole = self.c, self.whole.get(a.of, 0)
        begun, months = c._months_left(a, self.last)
        if not (begun and whole > 0 and a.left):
            return
        credit = min(paid_ahead.of_month(a.left, months, a.share, whole), self.invoices[a.of])
        left = paid_ahead.months_of(a.left, months, a.share, whole)
        rate = c.spec.sfc_rate
        release = 0
        if left <= 1:
            release = round_half(a.interest)
        elif rate:
            v = 1 / (1 + rate / 12)
            annuity = sum(v**k for k in range(left))
            release = round_half((a.left + a.interest) / annuity) - a.left // left
        a.left -= credit
        a.interest -= release
        self.invoices[a.of] -= credit
        self._earned(a, credit)
        self.books.add(deferred_revenue=-credit - release, revenue_committed=release)
        c.op.earned_without_tax += release

    def end(self, a: Ahead) -> None:
        """What is left runs on to renewals, from the month after the last invoice, or is kept."""
        if not (a.left or a.interest):
            return
        to = running_on.running(self.c, self.last) if running_on.runs_on(self.c) else []
        if to and self.whole.get(a.of):
            return
        if to:
            running_on.join(self.c.ahead, running_on.parts(a, to))
        else:
            rest, grown = a.left, round_half(a.interest)
            self.books.add(deferred_revenue=-rest - grown, revenue_committed=rest + grown)
            self.c.op.earned_without_tax += grown
            self._earned(a, rest)
        a.left, a.interest = 0, 0.0

    def _earned(self, a: Ahead, credit: int) -> None:
        self.credited += credit
        if a.taxed:
            self.taxed += credit
