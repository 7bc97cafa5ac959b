"""What a loan's contracts are still to leave for its service, over what is owed: LLCR and PLCR."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.oracles.second_opinion import let_loans, paid_ahead, running_on
from tests.oracles.second_opinion.days import DAY, month_end, months_between, nearest

if TYPE_CHECKING:
    from tests.oracles.second_opinion.contracts import Contract, Lot
    from tests.oracles.second_opinion.debt import Facility

YEAR = 12
"""Months looked back for what was left of what contracts paid."""


class ToCome(NamedTuple):
    """What is to come on a day, at the loan's rate [cents]."""

    life: float  # by the maturity
    project: float  # all of it


class Paid:
    """What a loan's own contracts paid and cost, by month [cents].

    Power passed through is in neither: what tenants are billed for it comes off the costs.
    """

    def __init__(self) -> None:
        self.cash: list[int] = []
        self.costs: list[int] = []

    def any(self) -> bool:
        return any(self.cash)

    def left(self) -> Fraction:
        """Share that is left of what they paid in the last months, since they first paid."""
        months = list(zip(self.cash, self.costs, strict=True))
        since = next((n for n, (cash, _) in enumerate(months) if cash), len(months))
        last = months[max(since, len(months) - YEAR) :]
        cash = sum(cash for cash, _ in last)
        cost = sum(cost for _, cost in last)
        left = 1 - Fraction(cost, cash) if cash else Fraction(0)
        return min(max(left, Fraction(0)), Fraction(1))


def contracts_of(f: Facility) -> list[Contract]:
    return [c for c in f.op.contracts if c.spec.facility == f.name]


def month(op: Any, costs: int) -> None:
    """Notes what contracts of loans paid in the month, and what they cost: by power at its end.

    costs: power, staff and variable rent of all sites, and fixed rent that falls due [cents].
    """
    whole = sum(op.plant.service.values())
    for f in op.debts.facilities.values():
        own = contracts_of(f)
        paying = [*own, *let_loans.tenancies_of(f)]
        f.paid.cash.append(sum(c.paid for c in paying))
        live = [lot for c in own for lot in c.lots() if lot.live]
        power = [op.fleet.pool(x.tranche.gpu, x.tranche.site).uw * x.gpus for x in live]
        power += let_loans.power(f)
        borne = sum(nearest(Fraction(costs * uw, whole)) for uw in power)
        f.paid.costs.append(borne - sum(t.passed for t in let_loans.tenancies_of(f)))
    for c in [*op.contracts, *op.tenants]:
        c.paid = 0
    for t in op.tenants:
        t.passed = 0


def to_come(f: Facility, last: dt.date) -> ToCome | None:
    """At a quarter's end; None: no contract has paid."""
    if not f.paid.any():
        return None
    kept = f.spec.running_cost_share
    share = f.paid.left() if kept is None else 1 - Fraction(str(kept))
    rate = f.rate(last) / 365
    life = project = 0.0
    coming = [x for c in contracts_of(f) for x in payments(c, last)]
    for when, amount in [*coming, *let_loans.payments(f, last)]:
        worth = float(amount) / (1 + rate) ** (when - last).days
        project += worth
        life += worth if when <= f.spec.maturity else 0.0
    return ToCome(life * float(share), project * float(share))


def payments(c: Contract, last: dt.date) -> list[tuple[dt.date, Fraction]]:
    """Day and amount of what a contract is still to pay, prepayments left out [cents].

    A renewal that is signed is a contract of its own, of the same loan.
    """
    out = [(max(due, last + DAY), Fraction(amount)) for due, amount in c.agreed]
    wait = c.spec.payment_days * DAY
    terms: dict[running_on.Holder, list[tuple[dt.date, Fraction]]] = {}
    for lot in c.lots():
        terms.setdefault(running_on.of(lot), []).extend(earned(lot, last))
    for holder, days in terms.items():
        whole = sum((x for _, x in days), Fraction(0))
        less = credited(c, last, days) if holder is None else credited_again(c, holder, days, last)
        ahead = min(Fraction(less), whole)
        kept = 1 - ahead / whole if whole else Fraction(0)
        out += [(d + wait, x * kept) for d, x in days]
    return out


def earned(lot: Lot, last: dt.date) -> list[tuple[dt.date, Fraction]]:
    """What each day to come of a term is worth."""
    c = lot.tranche.contract
    if lot.lost or (lot.start and not lot.live):
        return []
    begin = max(lot.start or lot.planned, last + DAY)
    shifts = c.spec.late_start == "shifts"
    end = lot.end or (begin if shifts else lot.planned) + lot.tranche.term_days * DAY
    end = min([end, *(x for x in (c.leaves, lot.leaves) if x)])
    out, d = [], begin
    while d < end:
        out.append((d, lot.worth(d, d + DAY, begin) * lot.gpus))
        d += DAY
    return out


def prepaid(c: Contract, last: dt.date) -> int:
    """What no invoice to come will ask for, because it was paid ahead or is to be [cents]."""
    booked = sum(a.left for a in c.ahead if a.of is None)
    out = sum(x for when, x, unconditional in c.prepaid_due if when > last and not unconditional)
    asked = c.prepayment_day()
    later = asked[1] if asked and last < asked[0] <= over(c, last) else 0
    return booked + out + later


def credited(c: Contract, last: dt.date, days: list[tuple[dt.date, Fraction]]) -> int:
    """What invoices for days to come of signed terms are credited with [cents].

    All that is prepaid where credits are level, for they end with the term; of shares of invoices,
    and of what runs on, so much as there are invoices for.
    """
    plan = c.spec.prepayment
    balances: list[list[Any]] = [[a.left, a, a.share, last] for a in c.ahead if a.of is None]
    booked = [x for x in c.prepaid_due if x[0] > last and not x[2]]
    asked = c.prepayment_day()
    if asked and last < asked[0] <= over(c, last):
        wait = 0 if plan.unconditional else c.spec.payment_days
        booked.append((asked[0] + wait * DAY, asked[1], False))
    balances += [[x, None, plan.credit_share, when] for when, x, _ in booked]
    if not running_on.runs_on(c) and all(share is None for _, _, share, _ in balances):
        return prepaid(c, last)
    return against(c, balances, days, last)


def credited_again(
    c: Contract, holder: running_on.Holder, days: list[tuple[dt.date, Fraction]], last: dt.date
) -> int:
    """What invoices of a renewal are credited with of balances that ran on to it [cents]."""
    balances: list[list[Any]] = [[a.left, a, a.share, last] for a in c.ahead if a.of == holder]
    return against(c, balances, days, last)


def against(
    c: Contract, balances: list[list[Any]], days: list[tuple[dt.date, Fraction]], last: dt.date
) -> int:
    """What balances credit of the invoices for some days, month by month [cents]."""
    invoices: dict[dt.date, Fraction] = {}
    for day, worth in days:
        invoices[month_end(day)] = invoices.get(month_end(day), Fraction(0)) + worth
    begins = c.first_billed or min(invoices, default=last)
    total = 0
    for month in sorted(invoices):
        whole = invoice = nearest(invoices[month])
        for balance in balances:
            left, known, share, since = balance
            begun, months = months_left(c, known, begins, month)
            if begun and since <= month and invoice:
                credit = min(paid_ahead.of_month(left, months, share, whole), invoice)
                balance[0] -= credit
                invoice -= credit
                total += credit
    return total


def months_left(
    c: Contract, known: Any, begins: dt.date, month: dt.date
) -> tuple[bool, int | None]:
    """Whether a balance is credited in a month, and months left, this one included; None: no end.

    known: a balance that is there; one that is still to be paid has the months of its plan.
    """
    if known is not None and not known.months:
        ends = max(months_between(month, known.last) + 1, 1) if known.last else None
        return months_between(known.first, month) >= 0, ends
    first, last = known.months if known is not None else c.spec.prepayment.window
    now = months_between(begins, month) + 1
    return now >= first, None if last is None else max(last - now + 1, 1)


def over(c: Contract, last: dt.date) -> dt.date:
    """The day on which the last first term of a contract will be over, as known on a day."""
    return max(
        (t[-1][0] + DAY for lot in c.lots() if not lot.renewed and (t := earned(lot, last))),
        default=last,
    )
