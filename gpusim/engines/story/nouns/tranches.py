"""Events of a tranche: due, started, late beyond its long stop, left, ended."""

from __future__ import annotations

from typing import Final, NamedTuple

from gpusim.economics.core import agenda
from gpusim.economics.core.state import (
    BACKSTOP,
    CAUSES,
    NEVER,
    NONE,
    TRANCHE_ENDED,
    TRANCHE_LOST,
    TRANCHES,
)
from gpusim.economics.sales.ends import customer_renews
from gpusim.economics.sales.losses import waiting_days
from gpusim.engines.story.formatting import against_plan, date, days, plain, usd
from gpusim.engines.story.narrator import Narrator, Sentence, declare
from gpusim.engines.story.trace import Event, Moment
from gpusim.units_of_measure import mw_text


class TrancheRecord(NamedTuple):
    """PLANNED_START, START, END, RESET, LONG_STOP, NOTICE, LEAVE, RETURN."""

    gpus: int
    gen: int
    microwatts: int  # let to a tenant; 0: GPUs serve it
    backstop: bool
    late: int
    cause: int  # that held it up most of the time; NONE
    value: int  # whole at PLANNED_START and START, recognised at END
    lost: int  # so far; at NOTICE by it
    never_started: bool
    order: int  # bought for it; NONE
    loan: int  # that finances the order; NONE
    leaves: int  # [day] its customer goes by a notice that is given; NEVER
    back: int = 0  # GPUs that come back at END
    renewed: int = 0  # value of the term that follows; 0: none does
    renewed_days: int = 0  # of that term
    price: float = 0.0  # at RESET, over the price stated
    at_index: float = 0.0  # rental index that it follows, over the one that price stands for


def tranche_record(m: Moment, k: int) -> TrancheRecord:
    """A tranche as its event leaves it."""
    tranche = m.s.tranches[k]
    ended = m.phase in (agenda.END, agenda.LEAVE)
    order = int(tranche.order)
    late = tranche.start - tranche.planned_start if tranche.start < NEVER else 0
    return TrancheRecord(
        gpus=int(tranche.gpus),
        gen=int(tranche.gen),
        microwatts=int(tranche.microwatts),
        backstop=bool(m.s.contracts[tranche.contract].kind == BACKSTOP),
        late=int(late),
        cause=NONE,
        value=int(tranche.recognised if ended else tranche.value),
        lost=int(tranche.forgone if m.phase == agenda.NOTICE else tranche.lost),
        never_started=bool(tranche.status == TRANCHE_LOST),
        order=order,
        loan=int(m.s.orders[order].facility) if order != NONE else int(NONE),
        leaves=int(tranche.leaves),
        back=int(tranche.returning),
    )


def start_record(m: Moment, k: int) -> TrancheRecord:
    """A tranche that starts, and if late what held it up most of the time."""
    record = tranche_record(m, k)
    return record._replace(cause=main_cause(m, k)) if record.late > 0 else record


def long_stop_record(m: Moment, k: int) -> TrancheRecord:
    """A tranche past its long stop, and if it is lost what held it up, as its rule has counted."""
    record = tranche_record(m, k)
    return record._replace(cause=int(m.s.days.argmax())) if record.never_started else record


def end_record(m: Moment, k: int) -> TrancheRecord:
    """A tranche at its end, and the term that follows."""
    value, term_days = renewal(m, k)
    return tranche_record(m, k)._replace(renewed=value, renewed_days=term_days)


def reset_record(m: Moment, k: int) -> TrancheRecord:
    """A tranche whose price has been reset, and by what."""
    tranche = m.s.tranches[k]
    price = float(tranche.price_share) if tranche.resets else 1.0
    return tranche_record(m, k)._replace(price=price, at_index=float(tranche.index_share))


def renewal(m: Moment, k: int) -> tuple[int, int]:
    """Value [cents] and days of the term that has followed on a tranche's end; 0 and 0 if none."""
    if m.s.tranches[k].status != TRANCHE_ENDED or not customer_renews(m.pointer, k):
        return 0, 0
    term = m.s.tranches[int(m.s.count[TRANCHES]) - 1]
    return int(term.value), int(term.term_days)


def main_cause(m: Moment, k: int) -> int:
    """What held a tranche that starts today up for most of its waiting days; NONE if nothing did.

    The rule counts in State's work space, which is put back.
    """
    before = m.s.days.copy()
    waiting_days(m.pointer, k, m.s.clock[0].today)
    counted = m.s.days.copy()
    m.s.days[:] = before
    return int(counted.argmax()) if counted.sum() > 0 else int(NONE)


def planned_start(narrator: Narrator, e: Event, r: TrancheRecord) -> Sentence:
    """Its planned start has come; from then on a backstop can be put."""
    if r.backstop:
        text = f"{called(narrator, e)} can be put to the customer from now on: up to {usd(r.value)}"
        return Sentence(text, r.value, in_story=True)
    return Sentence(f"{called(narrator, e)} should start billing", r.value, in_story=False)


def start(narrator: Narrator, e: Event, r: TrancheRecord) -> Sentence:
    """Billing starts; if late, why, and what it cost."""
    text = f"{called(narrator, e)} starts billing {gpus(narrator, r)}{against_plan(r.late)}"
    if r.cause != NONE:
        text += f" ({CAUSES[r.cause]})"
    if r.lost:
        text += f"; {usd(r.lost)} of its value is lost"
    if r.late > 0:
        text += narrator.causes.chain(e)
    return Sentence(text, r.value, in_story=True)


def end(narrator: Narrator, e: Event, r: TrancheRecord) -> Sentence:
    """Its term is over: what was earned, what comes free, what is renewed."""
    tranche, back = called(narrator, e), gpus(narrator, r)
    if r.never_started:
        return Sentence(f"{tranche} ends unserved: {usd(r.lost)} lost", r.lost, in_story=True)
    if r.backstop:
        text = f"{tranche} can no longer be put: {usd(r.lost)} expired unused"
        return Sentence(text, r.lost, in_story=True)
    if r.renewed:
        text = f"{tranche} ends, {usd(r.value)} earned, and is renewed for "
        text += f"{days(r.renewed_days)}: {usd(r.renewed)} of backlog, {back} stay"
        return Sentence(text, r.value, in_story=True)
    if r.back < r.gpus:
        back = f"{r.back:,} of {back}"
    text = f"{tranche} ends: {back} free again, {usd(r.value)} earned"
    return Sentence(text, r.value, in_story=True)


def reset(narrator: Narrator, e: Event, r: TrancheRecord) -> Sentence:
    """Its price follows the rental index; within its floor and its cap."""
    text = f"the price of {called(narrator, e)} is reset to {r.price:.1%} of the price stated"
    text += f" <- the rental index is at {r.at_index:.1%} of its base"
    return Sentence(text, r.value, in_story=True)


def long_stop(narrator: Narrator, e: Event, r: TrancheRecord) -> Sentence:
    """It has waited too long: the customer stays, or it is lost, and why."""
    tranche = called(narrator, e)
    if not r.never_started:
        return Sentence(f"{tranche} passes its long-stop date: the customer stays", None, True)
    text = f"{tranche} passes its long-stop date and is cancelled: {usd(r.lost)} lost"
    if r.cause != NONE:
        text += f" ({CAUSES[r.cause]})"
    return Sentence(text + want_of_money(narrator, r), r.lost, in_story=True)


def want_of_money(narrator: Narrator, r: TrancheRecord) -> str:
    """Why a tranche's order lacked money, to follow a sentence; nothing if it did not."""
    if r.cause == NONE or CAUSES[r.cause] != "funding" or r.order not in narrator.unfunded:
        return ""
    text = f" <- its order waited for funding from {date(narrator.unfunded[r.order])}"
    if r.loan in narrator.stops:
        loan = narrator.names.facilities[r.loan]
        text += f" <- draws on {loan} stopped {date(narrator.stops[r.loan])}"
    return text


def notice(narrator: Narrator, e: Event, r: TrancheRecord) -> Sentence:
    """Its customer says that it will leave."""
    text = f"the customer of {called(narrator, e)} gives notice for {date(r.leaves)}"
    if r.lost == 0:
        return Sentence(text, None, in_story=True)
    return Sentence(f"{text}: {usd(r.lost)} lost", r.lost, in_story=True)


def leave(narrator: Narrator, e: Event, r: TrancheRecord) -> Sentence:
    """Its customer goes."""
    text = f"the customer of {called(narrator, e)} goes: {usd(r.lost)} lost in all"
    return Sentence(text, r.lost, in_story=True)


def come_back(narrator: Narrator, e: Event, r: TrancheRecord) -> Sentence:
    """Its GPUs are fit for the next customer."""
    text = f"{gpus(narrator, r)} of {called(narrator, e)} can serve another customer"
    return Sentence(text, None, in_story=False)


def called(narrator: Narrator, e: Event) -> str:
    """A tranche by name."""
    return plain(narrator.names.tranches[e.subject])


def gpus(narrator: Narrator, r: TrancheRecord) -> str:
    """Its GPUs, or the power that it lets."""
    if r.microwatts:
        return mw_text(r.microwatts)
    return f"{r.gpus:,} {narrator.names.gens[r.gen]}"


EVENTS: Final = {
    agenda.PLANNED_START: declare(tranche_record, planned_start),
    agenda.START: declare(start_record, start),
    agenda.RESET: declare(reset_record, reset),
    agenda.LONG_STOP: declare(long_stop_record, long_stop),
    agenda.NOTICE: declare(tranche_record, notice),
    agenda.LEAVE: declare(tranche_record, leave),
    agenda.END: declare(end_record, end),
    agenda.RETURN: declare(tranche_record, come_back),
}
