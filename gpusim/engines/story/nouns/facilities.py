"""Events of a loan: closed, lapsed, served within a month."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from gpusim.economics.core import agenda
from gpusim.economics.core.state import (
    DRAWS,
    FACILITY_OPEN,
    FACILITY_PLANNED,
    NONE,
    REVOLVER,
)
from gpusim.economics.debt.service.loan_closing import lacks_upfront
from gpusim.economics.debt.sizing import CAP_ADVANCE, CAPS
from gpusim.engines.story.formatting import against_plan, usd
from gpusim.engines.story.narrator import Narrator, Sentence, declare
from gpusim.engines.story.trace import Event, Moment


class FacilityRecord(NamedTuple):
    """CLOSE, LAPSE."""

    commitment: int
    undrawn: int
    margin: float  # over the base rate [1/year]
    open: bool
    revolver: bool
    fee: int = 0  # paid at its closing
    lacks_fee: bool = False  # which keeps it from closing today
    binds: int = int(NONE)  # cap that set its size, see sizing.CAPS
    claim: int = 0  # its lender takes the hardware for this today
    recovered: int = 0  # which fetches this


class ServiceRecord(NamedTuple):
    """SERVE: a debt's payment date within a month."""

    paid: int  # fees, interest and principal
    unpaid: int
    left: int  # principal
    lent: bool  # whether anything of it was ever drawn
    refinanced: bool
    refused: bool
    converted: bool
    lends: int = 0  # drawn for its interest


def facility_record(m: Moment, f: int) -> FacilityRecord:
    """A facility closed, not closed, or lapsed."""
    row = m.s.facilities[f]
    seized_today = row.seized == m.s.clock[0].today
    return FacilityRecord(
        commitment=int(row.commitment),
        undrawn=int(max(row.commitment - row.used, 0)),
        margin=float(row.margin),
        open=bool(row.status == FACILITY_OPEN),
        revolver=bool(row.kind == REVOLVER),
        fee=int(row.upfront_left),
        lacks_fee=bool(row.status == FACILITY_PLANNED and lacks_upfront(m.pointer, f)),
        binds=int(row.size_binds),
        claim=int(row.seized_claim if seized_today else 0),
        recovered=int(row.seized_recovered if seized_today else 0),
    )


def service_record(m: Moment, f: int) -> ServiceRecord:
    """A debt's payment date."""
    row, today = m.s.facilities[f], m.s.clock[0].today
    return ServiceRecord(
        paid=int(row.served),
        unpaid=int(row.fees_due + row.interest_due + row.principal_due),
        left=int(row.principal),
        lent=bool((np.asarray(m.s.draws)["facility"][: m.s.count[DRAWS]] == f).any()),
        refinanced=bool(row.refinanced == today),
        refused=bool(row.refused == today),
        converted=bool(row.conversion_day == today),
        lends=int(row.interest_lent if row.interest_lent_on == today else 0),
    )


def close(narrator: Narrator, e: Event, r: FacilityRecord) -> Sentence:
    """It can be drawn from today, or the market is shut or its fee not there: told once."""
    loan = narrator.names.facilities[e.subject]
    if not r.open:
        first = e.subject not in narrator.postponed
        narrator.postponed.setdefault(e.subject, e.day)
        why = "the loan market is shut"
        if r.lacks_fee:
            why = "cash lacks its upfront fee"
        text = f"{loan} cannot close, {why}"
        return Sentence(text, r.commitment, in_story=first)
    late = e.day - narrator.postponed.get(e.subject, e.day)
    text = f"{loan} closes{against_plan(late)}: {usd(r.commitment)} at {r.margin:.2%} over base"
    if r.binds not in (NONE, CAP_ADVANCE):
        text += f", sized by {CAPS[r.binds]}"
    if r.fee:
        text += f", for a fee of {usd(r.fee)}"
    return Sentence(text, r.commitment, in_story=True)


def lapse(narrator: Narrator, e: Event, r: FacilityRecord) -> Sentence:
    """It can no longer be drawn, or its lender takes what secures it."""
    loan = narrator.names.facilities[e.subject]
    if r.claim:
        text = f"the lender of {loan} takes its hardware: "
        text += f"{usd(r.recovered)} for {usd(r.claim)}; its contracts are lost"
        return Sentence(text, r.claim, in_story=True)
    text = f"{loan} can no longer be drawn"
    if r.undrawn:
        text += f": {usd(r.undrawn)} of it lost undrawn"
    return Sentence(text, r.undrawn, in_story=r.undrawn > 0)


def serve(narrator: Narrator, e: Event, r: ServiceRecord) -> Sentence:
    """What is paid; told if it is the last, something is short, or a balloon fell due."""
    loan = narrator.loans((e.subject,))
    text = f"{loan} is paid {usd(r.paid)}"
    if r.lends:
        text += f", and is drawn {usd(r.lends)} for interest before the first rent"
    over = r.paid > 0 and r.lent and not r.left and e.subject not in narrator.repaid
    if over:
        text += "; nothing of it is outstanding any more"
        narrator.repaid.add(e.subject)
    elif r.left:
        narrator.repaid.discard(e.subject)
    if r.unpaid:
        text += f"; {usd(r.unpaid)} is due and unpaid"
    if r.refinanced:
        text += f"; {loan} refinanced"
    if r.refused:
        text += f"; lenders do not refinance {loan}"
    if r.converted:
        text += f"; {loan} converted into shares"
    told = bool(r.unpaid or r.lends or r.refinanced or r.refused or r.converted or over)
    return Sentence(text, r.paid, told)


EVENTS: Final = {
    agenda.CLOSE: declare(facility_record, close),
    agenda.LAPSE: declare(facility_record, lapse),
    agenda.SERVE: declare(service_record, serve),
}
