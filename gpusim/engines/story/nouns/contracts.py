"""Events of a contract, an offer and a customer: signed, prepaid, declined, stopped paying."""

from __future__ import annotations

from typing import Final, NamedTuple

from gpusim.economics.core import agenda
from gpusim.economics.core.state import CONTRACTS, INVOICES, NEVER, NONE, TRANCHES
from gpusim.economics.decisions.demand import OUTCOMES, SIGNED_OFFER
from gpusim.engines.story.formatting import date, usd
from gpusim.engines.story.narrator import Narrator, Sentence, declare
from gpusim.engines.story.trace import Event, Moment


class ContractRecord(NamedTuple):
    """SIGN, PREPAY."""

    amount: int  # value of its tranches, or the prepayment
    gpus: int
    due: int  # [day]


class OfferRecord(NamedTuple):
    """OFFER: what became of it, and the contract if it was signed."""

    outcome: int  # see demand.OUTCOMES
    contract: int  # NONE
    gpus: int
    value: int


class CustomerRecord(NamedTuple):
    """DEFAULT: receivables written off today."""

    written_off: int


def signed_record(m: Moment, c: int) -> ContractRecord:
    """A contract signed: the value and GPUs of its tranches."""
    tranches = [m.s.tranches[k] for k in range(m.s.count[TRANCHES])]
    own = [tranche for tranche in tranches if tranche.contract == c]
    value, gpus = sum(int(t.value) for t in own), sum(int(t.gpus) for t in own)
    return ContractRecord(value, gpus, int(NEVER))


def prepaid_record(m: Moment, c: int) -> ContractRecord:
    """A contract whose prepayment is invoiced."""
    invoice = m.s.invoices[m.s.count[INVOICES] - 1]
    return ContractRecord(int(invoice.amount), 0, int(invoice.due))


def offer_record(m: Moment, o: int) -> OfferRecord:
    """An offer closed."""
    outcome = int(m.s.offers[o])
    if outcome != SIGNED_OFFER:
        return OfferRecord(outcome, int(NONE), 0, 0)
    c = int(m.s.count[CONTRACTS]) - 1
    own = signed_record(m, c)
    return OfferRecord(outcome, c, own.gpus, own.amount)


def customer_record(m: Moment, c: int) -> CustomerRecord:
    """A customer that has stopped paying."""
    owed = [m.s.invoices[i] for i in range(m.s.count[INVOICES])]
    gone = sum(
        int(bill.amount)
        for bill in owed
        if bill.contract != NONE
        and m.s.contracts[bill.contract].customer == c
        and bill.due > m.s.clock[0].today
        and bill.prepaid == 0
    )
    return CustomerRecord(gone)


def sign(narrator: Narrator, e: Event, r: ContractRecord) -> Sentence:
    """It is signed, and its value is backlog."""
    contract = narrator.names.contracts[e.subject]
    return Sentence(f"{contract} is signed: {usd(r.amount)} of backlog", r.amount, in_story=True)


def prepay(narrator: Narrator, e: Event, r: ContractRecord) -> Sentence:
    """Its prepayment falls due."""
    contract = narrator.names.contracts[e.subject]
    text = f"{contract} is billed a prepayment of {usd(r.amount)}, due {date(r.due)}"
    return Sentence(text, r.amount, in_story=True)


def offer(narrator: Narrator, e: Event, r: OfferRecord) -> Sentence:
    """A customer has asked for capacity: signed, or why not."""
    if r.contract == NONE:
        return Sentence(f"an offer is not signed: {OUTCOMES[r.outcome]}", None, in_story=False)
    contract = narrator.names.contracts[r.contract]
    text = f"{contract} is signed: {r.gpus:,} GPUs, {usd(r.value)} of backlog"
    return Sentence(text, r.value, in_story=True)


def fail(narrator: Narrator, e: Event, r: CustomerRecord) -> Sentence:
    """A customer stops paying."""
    customer = narrator.names.customers[e.subject]
    text = f"{customer} stops paying: {usd(r.written_off)} written off"
    return Sentence(text, r.written_off, in_story=True)


EVENTS: Final = {
    agenda.SIGN: declare(signed_record, sign),
    agenda.PREPAY: declare(prepaid_record, prepay),
    agenda.OFFER: declare(offer_record, offer),
    agenda.DEFAULT: declare(customer_record, fail),
}
