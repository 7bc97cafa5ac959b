"""Income tax: year to date, current and deferred."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from tests.oracles.second_opinion.books import Books, cents, round_half
from tests.oracles.second_opinion.days import months_between


@dataclass
class Basis:
    cost: float
    month: dt.date  # of the placing in service
    bonus: float
    months: float

    def deducted(self, last: dt.date) -> float:
        """So far, with the month of `last`."""
        if last < self.month.replace(day=1):
            return 0.0
        m = months_between(self.month, last) + 1
        rest = self.cost - self.bonus
        return self.bonus + rest * min(m / self.months, 1.0)


class Tax:
    def __init__(self, op: Any) -> None:
        self.op, self.spec = op, op.spec.tax
        self.bases: list[Basis] = []
        o = self.spec.opening
        self.life = self.spec.life_years * 12
        self.losses = float(cents(o.losses_usd))
        self.disallowed = float(cents(o.disallowed_interest_usd))
        basis = cents(o.ppe_basis_usd)
        if basis:
            first = op.as_of + dt.timedelta(days=1)
            self.bases.append(Basis(basis, first, 0.0, self.life))
        for own in op.spec.assets.values():
            if own.tax_life_years is not None:
                book = cents(own.gross_usd) - cents(own.accumulated_usd)
                first = op.as_of + dt.timedelta(days=1)
                self.bases.append(Basis(book, first, 0.0, own.tax_life_years * 12))
        self.year: dict[str, float] = {}
        self.booked = 0  # of the year
        self.owed_before = 0.0
        self.paid = 0  # of the year, overpayments brought forward included
        self.deducted_before = 0.0
        self.opening_deferred: int | None = None
        self.year_losses = self.losses
        self.year_disallowed = self.disallowed
        self.overdue = 0

    def placed(self, cost: int, d: dt.date) -> None:
        self.bases.append(Basis(cost, d, cost * self.spec.bonus_depreciation, self.life))

    def basis(self, last: dt.date) -> float:
        return sum(b.cost - b.deducted(last) for b in self.bases)

    def month(self, last: dt.date, flows: dict[str, float], books: Books) -> None:
        """flows: of the month: pretax, book (depreciation and so on), net_interest, prepayments."""
        if last.month == self.op.spec.model.fiscal_year_ends % 12 + 1:
            self._new_year()
        deducted = sum(b.deducted(last) for b in self.bases)
        flows = dict(flows, tax_depreciation=deducted - self.deducted_before)
        self.deducted_before = deducted
        for k, x in flows.items():
            self.year[k] = self.year.get(k, 0.0) + x
        self.book(last, books)

    def after(self, last: dt.date, written_off: int, books: Books) -> None:
        """Interest of the month's last day that was not known when its tax was paid."""
        self.year["pretax"] -= written_off
        self.year["net_interest"] += written_off
        self.book(last, books)

    def book(self, last: dt.date, books: Books) -> None:
        tax, losses, disallowed = self.assess()
        self.now_losses, self.now_disallowed = losses, disallowed
        current = round_half(tax) - self.booked
        self.booked += current
        books.add(tax_current=current, tax_payable=current)
        self.defer(last, books)

    def assess(self) -> tuple[float, float, float]:
        """Tax, losses and disallowed interest of the year so far."""
        y = self.year
        before = y["pretax"] + y["book"] + y["net_interest"] + y["prepayments"]
        cap = self.spec.interest_cap_share * max(before, 0.0)
        total = y["net_interest"] + self.year_disallowed
        allowed = min(total, cap)
        taxable = before - y["tax_depreciation"] - allowed
        disallowed = total - allowed
        if taxable <= 0:
            return 0.0, self.year_losses - taxable, disallowed
        used = min(self.year_losses, self.spec.loss_cap_share * taxable)
        return self.spec.rate * (taxable - used), self.year_losses - used, disallowed

    def _new_year(self) -> None:
        if self.year:
            _, self.year_losses, self.year_disallowed = self.assess()
        self.year = {}
        self.booked = 0

    def defer(self, last: dt.date, books: Books) -> None:
        now = self.deferred(last, self.now_losses, self.now_disallowed)
        held = books.stock["deferred_tax"]
        assert self.opening_deferred is not None
        moved = now + self.opening_deferred - held
        books.add(tax_deferred=moved, deferred_tax=moved)

    def deferred(self, last: dt.date, losses: float, disallowed: float) -> int:
        s = self.op.books.stock
        value = s["servers"] - s["servers_acc"] + s["infrastructure"] - s["infrastructure_acc"]
        value += s["other_equipment"] - s["other_equipment_acc"]
        value += s["intangibles"] - s["intangibles_acc"]
        left = value - self.basis(last) - losses - disallowed
        left -= self.spec.advance_payment_share * sum(
            a.left for c in self.op.contracts for a in c.ahead if a.taxed
        )
        left -= sum(a.interest for c in self.op.contracts for a in c.ahead)
        return round_half(self.spec.rate * max(left, 0.0))

    def open(self) -> None:
        s = self.op.books.stock
        self.opening_deferred = s["deferred_tax"] - self.deferred(
            self.op.as_of, self.losses, self.disallowed
        )

    def pay(self, last: dt.date, books: Books) -> None:
        """At the ends of quarters, and what was not paid then at the next month's end."""
        if last.month % 3 == 0:
            self.overdue = max(books.stock["tax_payable"], 0)
        paid = self.op.treasury.pays(self.overdue, last, books)
        self.overdue -= paid
        books.add(tax_payable=-paid, cash=-paid, cash_for_tax=-paid)
