"""Events of an invoice, a bill and an issue of shares: money comes or goes."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from gpusim.economics.core import agenda
from gpusim.economics.core.state import DRAWS, NONE, RESULTING
from gpusim.economics.debt.sizing import CAPS
from gpusim.engines.story.formatting import plain, usd
from gpusim.engines.story.lots import lots_name
from gpusim.engines.story.narrator import Narrator, Sentence, declare
from gpusim.engines.story.trace import Event, Moment


class PaymentRecord(NamedTuple):
    """COLLECT, PAY, RAISE."""

    amount: int  # paid today
    unpaid: int
    drawn: int  # proceeds of debt drawn for it
    noun: int  # contract of an invoice, order of a bill; NONE
    prepaid: bool
    cut_by: int = int(NONE)  # cap of the loan that gave less today
    loan: int = int(NONE)  # that loan
    late: int = 0  # after the day on which an invoice was due [days]
    hall: int = int(NONE)  # whose building a bill is for
    cover: float = 0.0  # of what is drawn today by planned cash, where that results
    kept: int = 0  # of what is drawn, in its loan's reserve


def invoice_record(m: Moment, i: int) -> PaymentRecord:
    """A customer's payment."""
    invoice = m.s.invoices[i]
    late = int(invoice.paid - invoice.due)
    contract, ahead = int(invoice.contract), bool(invoice.prepaid)
    return PaymentRecord(int(invoice.amount), 0, 0, contract, ahead, late=late)


def bill_record(m: Moment, b: int) -> PaymentRecord:
    """A supplier's bill on its day."""
    bill = m.s.bills[b]
    cut, loan = int(NONE), int(bill.facility)
    if loan != NONE and m.s.facilities[loan].cut_day == m.s.clock[0].today:
        cut = int(m.s.facilities[loan].cut_by)
    return PaymentRecord(
        m.paid,
        int(bill.amount),
        m.drawn,
        int(bill.order),
        False,
        cut,
        loan,
        hall=int(bill.hall),
        cover=cover_today(m, loan) if m.drawn else 0.0,
        kept=m.kept,
    )


def cover_today(m: Moment, loan: int) -> float:
    """The cover of a loan's last draw, if that is of today and results; else 0 [ratio]."""
    if loan == NONE or m.s.terms[m.s.facilities[loan].terms].cover != RESULTING:
        return 0.0
    draws = np.asarray(m.s.draws)[: m.s.count[DRAWS]]
    own = draws[(draws["facility"] == loan) & (draws["drawn"] == m.s.clock[0].today)]
    return float(own["cover"][-1]) if len(own) else 0.0


def shares_record(m: Moment, r: int) -> PaymentRecord:
    """New shares paid for, less their costs."""
    row = m.s.raises[r]
    return PaymentRecord(int(row.amount - row.costs), 0, 0, int(NONE), prepaid=False)


def collect(narrator: Narrator, e: Event, r: PaymentRecord) -> Sentence:
    """A customer pays; told of a prepayment."""
    customer = "a customer" if r.noun == NONE else narrator.names.contracts[r.noun]
    what = "the prepayment" if r.prepaid else "an invoice"
    if r.late:
        what += f" {r.late} {'day' if r.late == 1 else 'days'} late"
    return Sentence(f"{customer} pays {what}: {usd(r.amount)}", r.amount, in_story=r.prepaid)


def pay(narrator: Narrator, e: Event, r: PaymentRecord) -> Sentence:
    """A supplier is paid, from cash and from a loan."""
    if r.hall != NONE:
        order = f"the building of {plain(narrator.names.halls[r.hall])}"
    elif r.noun == NONE:
        order = "earlier work"
    else:
        order = lots_name(narrator.names, r.noun, narrator.lots)
    text = f"suppliers of {order} are paid {usd(r.amount)}"
    if r.drawn:
        text += f", with {usd(r.drawn)} of debt drawn"
    if r.cover:
        text += f", which planned cash covers {r.cover:.2f} times"
    if r.kept > 0:
        text += f", {usd(r.kept)} of it into the reserve of {narrator.loans((r.loan,))}"
    if r.cut_by != NONE:
        text += f"; {narrator.loans((r.loan,))} gives less: {CAPS[r.cut_by]}"
    if r.unpaid:
        text += f"; {usd(r.unpaid)} is due and unpaid"
    return Sentence(text, r.amount, in_story=True)


def issue(narrator: Narrator, e: Event, r: PaymentRecord) -> Sentence:
    """New shares are paid for."""
    return Sentence(f"new shares bring {usd(r.amount)} after costs", r.amount, in_story=True)


EVENTS: Final = {
    agenda.COLLECT: declare(invoice_record, collect),
    agenda.PAY: declare(bill_record, pay),
    agenda.RAISE: declare(shares_record, issue),
}
