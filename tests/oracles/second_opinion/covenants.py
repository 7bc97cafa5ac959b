"""Covenants: what lenders test on their dates, cures, and what a breach does."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from tests.oracles.second_opinion import buildings
from tests.oracles.second_opinion.books import Books, cents, round_half, statement

if TYPE_CHECKING:
    from tests.oracles.second_opinion.debt import Facility


DEBT = ("loans", "notes", "convertibles", "revolver", "vendor_debt", "finance_leases")


class Cover:
    """Cash for debt service, debt service and EBITDA of the operator, by month [cents]."""

    def __init__(self) -> None:
        self.cash: list[int] = []
        self.service: list[int] = []
        self.earned: list[int] = []
        self.paid_in = 0  # by cures of the day so far: cash, and earnings, of every such test

    def paid(self, books: Books, prepaid: int) -> int:
        """Cash available for debt service of the month under way so far [cents]."""
        f = books.flow.get
        cash = f("cash_from_customers", 0) - prepaid + f("cash_for_operations", 0)
        return cash + f("cash_for_tax", 0) + f("cash_for_rent", 0) + f("cash_interest_received", 0)

    def month(self, books: Books, prepaid: int, service: int) -> None:
        self.cash.append(self.paid(books, prepaid))
        self.service.append(service)
        self.earned.append(statement(books.stock, books.before, books.flow)["adjusted_ebitda"])

    def left_of_quarter(self, books: Books, prepaid: int, service: int) -> int:
        """Cash after debt service of the month under way and the two before [cents]."""
        now = self.paid(books, prepaid) - service
        return now + sum(self.cash[-2:]) - sum(self.service[-2:])

    def a_year(self) -> float:
        """EBITDA of twelve months; of fewer, as if the others were like them."""
        last = self.earned[-12:]
        return sum(last) * 12 / len(last)

    def last_twelve(self) -> tuple[int, int]:
        return sum(self.cash[-12:]), sum(self.service[-12:])


class Tests:
    """The covenants of one debt."""

    def __init__(self, f: Facility, spec: Any) -> None:
        self.f, self.spec, self.op = f, spec, f.op
        self.broken: set[str] = set()
        self.cured = 0

    def alive(self, d: dt.date) -> bool:
        """A loan that owes nothing and can no longer be drawn tests nothing."""
        s = self.f.spec
        if self.f.principal() or self.f.fee_booked or any(x.booked for x in self.f.draws):
            return True
        return bool(s.commitment_usd and d <= s.available_to and d < s.maturity)

    def cash_floor(self, d: dt.date) -> int:
        c = self.spec.minimum_liquidity
        return cents(c.minimum_usd) if c and c.tested_from <= d and self.alive(d) else 0

    def limit(self, test: str) -> float:
        c = getattr(self.spec, test)
        return float(c.maximum if test == "leverage" else c.minimum) if c else 0.0

    def stops(self, d: dt.date) -> bool:
        return bool(self.spec.stops_draws and self.broken)

    def cover(self, d: dt.date, books: Books) -> None:
        c = self.spec.dscr
        if not c or d < c.tested_from or d.month % 3 or not self.alive(d):
            return
        cash, service = self.op.cover.last_twelve()
        lack = round_half(c.minimum * service) - cash - self.op.cover.paid_in if service else 0
        self._say("dscr", lack, d, books)

    def loan_life(self, d: dt.date, books: Books) -> None:
        c, f = self.spec.llcr, self.f
        if not c or d < c.tested_from or d.month % 3 or not self.alive(d):
            return
        owed = f.principal()
        carried = f.to_come.life / c.minimum if f.to_come else owed
        self._say("llcr", owed - round_half(carried), d, books)

    def value(self, d: dt.date, books: Books) -> None:
        """Principal less its reserve over what its lender counts; of buildings alone."""
        for test in ("ltv", "ltv_market"):
            c, f = getattr(self.spec, test), self.f
            if c and d >= c.tested_from and self.alive(d):
                worth = buildings.to_lender(self.op, f.name, d, test == "ltv_market")
                lack = f.principal() - f.held - round_half(c.maximum * worth)
                self._say(test, lack, d, books)

    def leverage(self, d: dt.date, books: Books) -> None:
        c = self.spec.leverage
        if not c or d < c.tested_from or d.month % 3 or not self.alive(d):
            return
        debt = sum(books.stock[name] for name in DEBT)
        year = self.op.cover.a_year() + self.op.cover.paid_in
        lack = round_half(debt / c.maximum - year) if debt else 0
        self._say("leverage", lack, d, books)

    def liquidity(self, d: dt.date, books: Books) -> None:
        c = self.spec.minimum_liquidity
        if not c or d < c.tested_from or not self.alive(d):
            return
        self._say("minimum_liquidity", cents(c.minimum_usd) - self.op.treasury.cash(), d, books)

    def _say(self, test: str, lack: int, d: dt.date, books: Books) -> None:
        """Whether a test is failed by an amount, and shareholders cure it."""
        cures = self.spec.cures
        allowed = cures and d <= cures.until and self.cured < cures.count
        if allowed and 0 < lack <= cents(cures.max_usd_each):
            self.cured += 1
            books.add(cash=lack, equity_raised=lack, paid_in_capital=lack)
            if test in ("llcr", "ltv", "ltv_market"):
                self._repays(lack, d, books)
            else:
                self.op.cover.paid_in += lack
            lack = 0
        if lack > 0:
            self.broken.add(test)
        elif test in self.broken:
            self.broken.discard(test)
        if not self.alive(d):
            self.broken.clear()

    def _repays(self, lack: int, d: dt.date, books: Books) -> None:
        """All of a cure goes for principal, the oldest draw first; what is accrued on draws that
        are gone then is paid too, from what cash there is."""
        f = self.f
        f.accrue(d, books)
        for x in [x for x in f.draws if x.principal]:
            part = min(lack, x.principal)
            lack -= part
            if part and x.discount:
                f.amortise_one(x, d, books)
                f._write_off(x, round_half(x.discount * part / x.principal), books)
            x.late = max(x.late - part, 0)
            f.principal_paid(x, part, books)
        for x in [x for x in f.draws if x.booked and not x.principal]:
            f.service += x.booked - x.owed
            x.owed = x.booked
            paid = max(min(x.booked, self.op.treasury.cash()), 0)
            x.owed -= paid
            f.interest_paid(x, paid, books)
        self.op.cover.service[-1] += f.service  # of the month that is tested
        f.service = 0


def test_all(op: Any, d: dt.date, books: Books) -> None:
    """At a month's end, after what it pays: what loans test of their own, then cover, leverage,
    cash, the strictest of each first."""
    every = [f.tests for f in op.debts.in_order() if f.tests]
    op.cover.paid_in = 0
    for t in every:
        t.value(d, books)
        t.loan_life(d, books)
    for t in sorted(every, key=lambda t: -t.limit("dscr")):
        t.cover(d, books)
    for t in sorted(every, key=lambda t: t.limit("leverage")):
        t.leverage(d, books)
    for t in sorted(every, key=lambda t: -t.cash_floor(d)):
        t.liquidity(d, books)
