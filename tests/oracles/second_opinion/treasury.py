"""Cash: the floor, revolvers, what is due and in which order it is paid."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.oracles.second_opinion.books import Books, cents

if TYPE_CHECKING:
    from tests.oracles.second_opinion.debt import Facility

SERVICE = ("fees", "interest", "principal")


class Treasury:
    def __init__(self, op: Any) -> None:
        self.op = op
        self.operating: list[tuple[dt.date | int, int]] = []  # due in month number, amount
        self.operating_due = self.rent_due = 0
        self.bills: list[Any] = []  # orders whose bill is overdue
        self.capex_due = 0  # of the opening balance's bills
        self.kept = 0  # the floor of a month's end under way, which draws keep

    def cash(self) -> int:
        return int(self.op.books.stock["cash"])

    def floor(self, d: dt.date, *, sweep: bool = False) -> int:
        """The higher of the firm's own and lenders'; a sweep leaves that of those not in breach."""
        tests = [f.tests for f in self.op.debts.facilities.values() if f.tests]
        asked = [t.cash_floor(d) for t in tests if not (sweep and t.broken)]
        return max([cents(self.op.spec.operator.minimum_cash_usd), *asked])

    # revolvers -----------------------------------------------------------------------------

    def revolvers(self, d: dt.date) -> list[Facility]:
        """In the order in which they are drawn."""
        lines = [f for f in self.op.debts.facilities.values() if f.spec.kind == "revolver"]
        return sorted(lines, key=lambda f: (f.spec.seniority, f.rate(d), f.name))

    def need(self, amount: int, d: dt.date, books: Books) -> None:
        """Draws so that cash keeps its floor after an amount is paid, as far as lines go."""
        for f in self.revolvers(d):
            lack = amount + (self.kept or self.floor(d)) - self.cash()
            if lack > 0 and f.can_draw(d):
                kept = Fraction(str(f.spec.draw_discount))
                wanted = -(-Fraction(lack) // (1 - kept)) if kept < 1 else lack
                got = f.draw(min(int(wanted), f.size - f.principal()), d, books)
                if got:
                    books.add(cash=got, debt_drawn_cash=got)

    def pays(self, amount: int, d: dt.date, books: Books) -> int:
        """What of an amount cash and lines pay today; it is not booked here."""
        if amount <= 0:
            return 0
        self.need(amount, d, books)
        return max(min(amount, self.cash()), 0)

    def spare(self, d: dt.date, *, sweep: bool = False) -> int:
        """Cash above the floor that no supplier of hardware is owed."""
        floor = self.floor(d, sweep=sweep)
        return max(self.cash() - floor - self.op.books.stock["payables_capex"], 0)

    def repay(self, d: dt.date, books: Books) -> None:
        """Revolvers from spare cash, in the reverse of the order in which they are drawn."""
        for f in reversed(self.revolvers(d)):
            f.repay_early(self.spare(d), d, books)

    # due within a month --------------------------------------------------------------------

    def before(self, step: str, rank: int = -1) -> int:
        """What is unpaid and ranks before a step, or in it not after a rank."""
        total = 0
        for s in self.op.spec.operator.waterfall:
            if s == "taxes":
                total += self.op.tax.overdue
            if s == "operating":
                total += self.operating_due
            if s == "rent":
                total += self.rent_due
            if s in SERVICE:
                for f in self.op.debts.facilities.values():
                    if s != step or f.spec.seniority <= rank:
                        total += f.due(s)
            if s == step:
                return total
        return total

    def unpaid(self) -> int:
        """All that is due and unpaid once the month is paid."""
        return self.before("") + sum(o.bill for o in self.bills) + self.capex_due

    def capex_bill(self, amount: int, d: dt.date, books: Books) -> int:
        """A supplier's bill on its day: what is left of it is due at the month's end."""
        wait = self.before("suppliers")
        self.need(amount + wait, d, books)
        paid = max(min(amount, self.cash() - wait), 0)
        books.add(cash=-paid, payables_capex=-paid, capex_cash=paid)
        return amount - paid

    # the month's end -----------------------------------------------------------------------

    def month_end(self, last: dt.date, books: Books) -> None:
        if self.operating_due < 0:  # power that is sold back brings more than all costs
            due, self.operating_due = self.operating_due, 0
            books.add(payables_operating=-due, cash=-due, cash_for_operations=-due)
        self.kept = self.floor(last)
        self.op.debts.fall_due(last, books)
        spared = False
        for step in self.op.spec.operator.waterfall:
            if step in ("sweep", "revolver", "trap") and not spared:
                self.op.debts.from_reserves(books)
                self.op.debts.all_is_paid(books)
                self.need(0, last, books)  # a floor that cash has not got
                spared = True
            if step == "taxes":
                self.op.tax.pay(last, books)
            elif step == "operating":
                paid = self.pays(self.operating_due, last, books)
                self.operating_due -= paid
                books.add(payables_operating=-paid, cash=-paid, cash_for_operations=-paid)
            elif step == "rent":
                paid = self.pays(self.rent_due, last, books)
                self.rent_due -= paid
                self.op.plant.rent_paid(paid, books)
            elif step in SERVICE:
                self.op.debts.pay_step(step, last, books)
            elif step == "suppliers":
                self._suppliers(last, books)
            elif step == "reserve":
                self.op.debts.fill_reserves(last, books)
            elif step == "revolver":
                self.repay(last, books)
            elif step == "sweep":
                self.op.debts.sweep(last, books)
            elif step == "trap":
                self.op.debts.trap(last, books)
        if last.month % 3 == 0:
            for f in self.op.debts.facilities.values():
                f.matured = 0
        self.kept = 0

    def _suppliers(self, last: dt.date, books: Books) -> None:
        for o in self.bills:
            paid = self.pays(o.bill, last, books)
            books.add(cash=-paid, payables_capex=-paid, capex_cash=paid)
            o.bill -= paid
        self.bills = [o for o in self.bills if o.bill]
        paid = self.pays(self.capex_due, last, books)
        books.add(cash=-paid, payables_capex=-paid, capex_cash=paid)
        self.capex_due -= paid


def in_proportion(amount: int, due: dict[str, int]) -> dict[str, int]:
    """Shares of an amount; a cent left over goes to who loses most by rounding, then by name."""
    total = sum(due.values())
    if amount >= total:
        return dict(due)
    exact = {n: Fraction(amount * x, total) for n, x in due.items()}
    got = {n: int(x) for n, x in exact.items()}
    left = amount - sum(got.values())
    for n in sorted(due, key=lambda n: (got[n] - exact[n], n))[:left]:
        got[n] += 1
    return got
