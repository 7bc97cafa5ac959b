"""The events of one replication as sentences.

`sentences` has one for every event; `tell` keeps those that matter: passes that moved nobody,
ordinary payments and quiet months are left out. What held something up follows after `<-`, read
from the events' causes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from gpusim.economics.core import agenda
from gpusim.economics.core.calendar import MONTHS_PER_QUARTER, MONTHS_PER_YEAR
from gpusim.economics.core.state import CAUSES, NEVER, NONE, STEPS
from gpusim.economics.debt.covenants import KINDS
from gpusim.economics.debt.sizing import CAP_ADVANCE, CAPS
from gpusim.economics.decisions.demand import OUTCOMES
from gpusim.engines.process.causes import Causes
from gpusim.engines.process.facts import (
    AssetFacts,
    ContractFacts,
    CustomerFacts,
    FacilityFacts,
    HallFacts,
    MonthFacts,
    OfferFacts,
    OrderFacts,
    PaymentFacts,
    PlanFacts,
    QueueFacts,
    ServiceFacts,
    TrancheFacts,
)
from gpusim.engines.process.together import gather, listed, lots_name
from gpusim.engines.process.trace import Event, Trace
from gpusim.engines.process.words import against_plan, date, days, megawatts, plain, series, usd
from gpusim.scenario.spec import Names

CATEGORIES = ("servers", "infrastructure", "other equipment", "intangibles")


class Sentence(NamedTuple):
    """An event in words."""

    text: str
    amount: int | None  # the money it is about [cents]
    told: bool  # whether it belongs in the story


def tell(names: Names, trace: Trace) -> list[str]:
    """The story of a replication in order: one line an event that matters, or lots alike."""
    teller = Teller(names, trace)
    told = ((e, teller.say(e, lots)) for e, lots in gather(names, trace.events))
    return [f"{date(e.day)}  {said.text}" for e, said in told if said.told]


def sentences(names: Names, trace: Trace) -> list[Sentence]:
    """A sentence for every event of a replication, in order."""
    teller = Teller(names, trace)
    return [teller.say(event) for event in trace.events]


class Teller:
    """Says one event after the other, and remembers what has been said."""

    def __init__(self, names: Names, trace: Trace) -> None:
        self.names = names
        self.causes = Causes(names, trace)
        self.lots = 1  # that the event under way stands for
        orders = [e for e in trace.events if isinstance(e.facts, OrderFacts)]
        self.bought = {e.subject: (e.facts.gpus, names.gens[e.facts.gen]) for e in orders}
        self.money_waits: set[int] = set()  # orders told to wait for money
        self.room_waits: set[int] = set()  # orders told to wait for powered room
        self.gpu_waits: set[int] = set()  # tranches told to wait for GPUs
        self.postponed: dict[int, int] = {}  # facility: first day its closing failed
        self.stops: dict[int, int] = {}  # facility: day its draws stopped last
        self.unfunded: dict[int, int] = {}  # order: day it was first told to wait for money
        self.repaid: set[int] = set()  # facilities told to be repaid
        self.kept: set[int] = set()  # assets at the end of their life and still in use
        self.held_over: set[int] = set()  # halls told to be kept beyond their lease
        self.revenue = 0  # of the quarter so far [cents]
        self.puts_lost = 0  # up to the last year told [cents]
        self.unpaid: tuple[int, ...] = ()  # waterfall steps short at the last month's end
        self.sayers: dict[int, Callable[[Event, Any], Sentence]] = {
            agenda.SIGN: self.sign,
            agenda.RAISE: self.equity,
            agenda.CLOSE: self.close,
            agenda.LAPSE: self.lapse,
            agenda.HANDOVER: self.handover,
            agenda.ENERGISE: self.energise,
            agenda.GIVE_BACK: self.give_back,
            agenda.RETIRE: self.retire,
            agenda.DELIVER: self.deliver,
            agenda.FITTED: self.fitted,
            agenda.ACCEPT: self.accept,
            agenda.COLLECT: self.collect,
            agenda.PREPAY: self.prepay,
            agenda.DEFAULT: self.fail,
            agenda.NOTICE: self.notice,
            agenda.LEAVE: self.leave,
            agenda.END: self.end,
            agenda.LONG_STOP: self.long_stop,
            agenda.RETURN: self.come_back,
            agenda.FALL_DUE: self.fall_due,
            agenda.INSTALL: self.install,
            agenda.ALLOCATE: self.allocate,
            agenda.START: self.start,
            agenda.SELL: self.retire,
            agenda.OFFER: self.offer,
            agenda.PLAN: self.plan,
            agenda.NEED: self.need,
            agenda.FUND: self.fund,
            agenda.PLACE: self.place,
            agenda.SERVE: self.serve,
            agenda.PAY: self.pay,
            agenda.MONTH: self.month,
        }

    def say(self, event: Event, lots: int = 1) -> Sentence:
        """An event in words."""
        self.lots = lots
        return self.sayers[event.phase](event, event.facts)

    # halls

    def handover(self, e: Event, f: HallFacts) -> Sentence:
        hall = plain(self.names.halls[e.subject])
        text = f"{hall} ({megawatts(f.watts)}) is handed over{against_plan(f.late)}"
        if f.asked < NEVER:
            text += f", for the order of {date(f.asked)}"
        if f.rent:
            text += f"; rent of {usd(f.rent)} a month starts"
        return Sentence(text, f.rent or None, told=True)

    def energise(self, e: Event, f: HallFacts) -> Sentence:
        hall = plain(self.names.halls[e.subject])
        text = f"{hall} ({megawatts(f.watts)}) has power{against_plan(f.late)}"
        return Sentence(text, None, told=True)

    def give_back(self, e: Event, f: HallFacts) -> Sentence:
        hall = plain(self.names.halls[e.subject])
        text = f"{hall} ({megawatts(f.watts)}) goes back to the landlord at the end of its lease"
        if f.rent:
            text = f"{hall} ({megawatts(f.watts)}) is kept beyond its lease; rent of "
            text += f"{usd(f.rent)} a month goes on"
        first = not f.rent or e.subject not in self.held_over
        self.held_over |= {e.subject} if f.rent else set()
        return Sentence(text, f.rent or None, told=first)

    # orders

    def need(self, e: Event, f: OrderFacts) -> Sentence:
        return Sentence(f"{self.order(e, f)} should be ordered", f.cost, told=False)

    def fund(self, e: Event, f: QueueFacts) -> Sentence:
        new = [k for k in f.waiting if k not in self.money_waits]
        self.money_waits |= set(new)
        self.unfunded |= dict.fromkeys(new, e.day)
        if not new:
            return Sentence(f"{len(f.waiting)} orders wait for funding", None, told=False)
        return Sentence(f"{listed(self.names, self.bought, new)} wait for funding", None, told=True)

    def place(self, e: Event, f: OrderFacts) -> Sentence:
        text = f"{self.order(e, f)} are ordered: {usd(f.cost)}, of which {usd(f.deposit)} now"
        if f.late > 0:
            text += f"; funded after {days(f.late)}{self.causes.nearest(e)}"
        return Sentence(text, f.cost, told=True)

    def deliver(self, e: Event, f: OrderFacts) -> Sentence:
        text = f"{self.order(e, f)} are delivered{against_plan(f.late)}"
        return Sentence(f"{text}: {usd(f.cost)} in construction in progress", f.cost, told=True)

    def install(self, e: Event, f: QueueFacts) -> Sentence:
        new = [k for k in f.waiting if k not in self.room_waits]
        self.room_waits |= set(new)
        if not new:
            return Sentence(f"{len(f.waiting)} orders wait for powered room", None, told=False)
        site = self.names.sites[e.subject]
        text = f"{listed(self.names, self.bought, new)} wait for powered room at {site}"
        return Sentence(text, None, told=True)

    def fitted(self, e: Event, f: OrderFacts) -> Sentence:
        text = f"{self.order(e, f)} in service: {usd(f.cost)} leaves construction in progress"
        return Sentence(text + self.causes.nearest(e), f.cost, told=True)

    def accept(self, e: Event, f: OrderFacts) -> Sentence:
        text = f"{self.order(e, f)} are accepted{against_plan(f.late)}"
        return Sentence(text, None, told=False)

    def retire(self, e: Event, f: AssetFacts) -> Sentence:
        what = f"{f.gpus:,} {self.names.gens[f.gen]}" if f.gpus else CATEGORIES[f.category]
        if f.order != NONE:
            what += f" of {plain(self.names.orders[f.order])}"
        elif e.subject < len(self.names.assets):
            what += f" ({self.names.assets[e.subject]})"
        if f.retired:
            return Sentence(f"{what} retired: {usd(f.gross)} written out", f.gross, told=True)
        if f.sold:
            text = f"{f.sold:,} GPUs beyond their life are sold, {what} stay with their customer"
            return Sentence(text, None, told=True)
        if f.revised < NEVER:
            return Sentence(f"book life of {what} now ends on {date(f.revised)}", None, told=True)
        first = e.subject not in self.kept
        self.kept.add(e.subject)
        text = f"{what} reach the end of their book life and stay with their customer"
        return Sentence(text, f.gross, told=first)

    # contracts

    def sign(self, e: Event, f: ContractFacts) -> Sentence:
        contract = self.names.contracts[e.subject]
        return Sentence(f"{contract} is signed: {usd(f.amount)} of backlog", f.amount, told=True)

    def prepay(self, e: Event, f: ContractFacts) -> Sentence:
        contract = self.names.contracts[e.subject]
        text = f"{contract} is billed a prepayment of {usd(f.amount)}, due {date(f.due)}"
        return Sentence(text, f.amount, told=True)

    def collect(self, e: Event, f: PaymentFacts) -> Sentence:
        customer = "a customer" if f.noun == NONE else self.names.contracts[f.noun]
        what = "the prepayment" if f.prepaid else "an invoice"
        return Sentence(f"{customer} pays {what}: {usd(f.amount)}", f.amount, told=f.prepaid)

    def come_back(self, e: Event, f: TrancheFacts) -> Sentence:
        gpus = f"{f.gpus:,} {self.names.gens[f.gen]}"
        return Sentence(f"{gpus} of {self.tranche(e)} can serve another customer", None, told=False)

    def fall_due(self, e: Event, f: TrancheFacts) -> Sentence:
        tranche = self.tranche(e)
        if f.backstop:
            text = f"{tranche} can be put to the customer from now on: up to {usd(f.value)}"
            return Sentence(text, f.value, told=True)
        return Sentence(f"{tranche} should start billing", f.value, told=False)

    def allocate(self, e: Event, f: QueueFacts) -> Sentence:
        new = [k for k in f.waiting if k not in self.gpu_waits]
        self.gpu_waits |= set(new)
        if not new:
            return Sentence(f"{len(f.waiting)} tranches wait for GPUs", None, told=False)
        verb = "waits" if len(new) == 1 else "wait"
        tranches = series([plain(self.names.tranches[k]) for k in new])
        text = f"{tranches} {verb} for {self.names.pools[e.subject]}"
        return Sentence(text, None, told=True)

    def start(self, e: Event, f: TrancheFacts) -> Sentence:
        gpus = f"{f.gpus:,} {self.names.gens[f.gen]}"
        text = f"{self.tranche(e)} starts billing {gpus}{against_plan(f.late)}"
        if f.cause != NONE:
            text += f" ({CAUSES[f.cause]})"
        if f.lost:
            text += f"; {usd(f.lost)} of its value is lost"
        if f.late > 0:
            text += self.causes.chain(e)
        return Sentence(text, f.value, told=True)

    def end(self, e: Event, f: TrancheFacts) -> Sentence:
        tranche = self.tranche(e)
        if f.never_started:
            return Sentence(f"{tranche} ends unserved: {usd(f.lost)} lost", f.lost, told=True)
        if f.backstop:
            text = f"{tranche} can no longer be put: {usd(f.lost)} expired unused"
            return Sentence(text, f.lost, told=True)
        gpus = f"{f.gpus:,} {self.names.gens[f.gen]}"
        if f.renewed:
            text = f"{tranche} ends, {usd(f.value)} earned, and is renewed for "
            text += f"{days(f.renewed_days)}: {usd(f.renewed)} of backlog, {gpus} stay"
            return Sentence(text, f.value, told=True)
        if f.back < f.gpus:
            gpus = f"{f.back:,} of {gpus}"
        text = f"{tranche} ends: {gpus} free again, {usd(f.value)} earned"
        return Sentence(text, f.value, told=True)

    def long_stop(self, e: Event, f: TrancheFacts) -> Sentence:
        tranche = self.tranche(e)
        if not f.never_started:
            return Sentence(f"{tranche} passes its long-stop date: the customer stays", None, True)
        text = f"{tranche} passes its long-stop date and is cancelled: {usd(f.lost)} lost"
        if f.cause != NONE:
            text += f" ({CAUSES[f.cause]})"
        return Sentence(text + self.money(f), f.lost, told=True)

    def notice(self, e: Event, f: TrancheFacts) -> Sentence:
        text = f"the customer of {self.tranche(e)} gives notice for {date(f.leaves)}"
        if f.lost == 0:
            return Sentence(text, None, told=True)
        return Sentence(f"{text}: {usd(f.lost)} lost", f.lost, told=True)

    def leave(self, e: Event, f: TrancheFacts) -> Sentence:
        text = f"the customer of {self.tranche(e)} goes: {usd(f.lost)} lost in all"
        return Sentence(text, f.lost, told=True)

    def fail(self, e: Event, f: CustomerFacts) -> Sentence:
        text = f"{self.names.customers[e.subject]} stops paying: {usd(f.written_off)} written off"
        return Sentence(text, f.written_off, told=True)

    def offer(self, e: Event, f: OfferFacts) -> Sentence:
        if f.contract == NONE:
            return Sentence(f"an offer is not signed: {OUTCOMES[f.outcome]}", None, told=False)
        contract = self.names.contracts[f.contract]
        text = f"{contract} is signed: {f.gpus:,} GPUs, {usd(f.value)} of backlog"
        return Sentence(text, f.value, told=True)

    def plan(self, e: Event, f: PlanFacts) -> Sentence:
        raised = f.notes + f.shares
        done = []
        if f.notes:
            done.append(f"notes of {usd(f.notes)} are issued, for cash runs low ahead")
        if f.shares:
            done.append(f"new shares are sold for {usd(f.shares)}, for cash runs low ahead")
        if f.gpus:
            gpus = f"{f.gpus:,} {self.names.gens[f.gen]}"
            done.append(f"{gpus} will be ordered ahead of any contract")
        if not done:
            return Sentence("nothing is raised or built ahead", None, told=False)
        return Sentence("; ".join(done), raised or None, told=True)

    # money

    def equity(self, e: Event, f: PaymentFacts) -> Sentence:
        return Sentence(f"new shares bring {usd(f.amount)} after costs", f.amount, told=True)

    def close(self, e: Event, f: FacilityFacts) -> Sentence:
        loan = self.names.facilities[e.subject]
        if not f.open:
            first = e.subject not in self.postponed
            self.postponed.setdefault(e.subject, e.day)
            text = f"{loan} cannot close, the loan market is shut"
            return Sentence(text, f.commitment, told=first)
        late = e.day - self.postponed.get(e.subject, e.day)
        text = f"{loan} closes{against_plan(late)}: {usd(f.commitment)} at {f.margin:.2%} over base"
        if f.binds not in (NONE, CAP_ADVANCE):
            text += f", sized by {CAPS[f.binds]}"
        return Sentence(text, f.commitment, told=True)

    def lapse(self, e: Event, f: FacilityFacts) -> Sentence:
        if f.claim:
            text = f"the lender of {self.names.facilities[e.subject]} takes its hardware: "
            text += f"{usd(f.recovered)} for {usd(f.claim)}; its contracts are lost"
            return Sentence(text, f.claim, told=True)
        text = f"{self.names.facilities[e.subject]} can no longer be drawn"
        if f.undrawn:
            text += f": {usd(f.undrawn)} of it lost undrawn"
        return Sentence(text, f.undrawn, told=f.undrawn > 0)

    def serve(self, e: Event, f: ServiceFacts) -> Sentence:
        loan = self.loans((e.subject,))
        text = f"{loan} is paid {usd(f.paid)}"
        over = f.paid > 0 and f.lent and not f.left and e.subject not in self.repaid
        if over:
            text += "; nothing of it is outstanding any more"
            self.repaid.add(e.subject)
        elif f.left:
            self.repaid.discard(e.subject)
        if f.unpaid:
            text += f"; {usd(f.unpaid)} is due and unpaid"
        if f.refinanced:
            text += f"; {loan} refinanced"
        if f.refused:
            text += f"; lenders do not refinance {loan}"
        if f.converted:
            text += f"; {loan} converted into shares"
        told = bool(f.unpaid or f.refinanced or f.refused or f.converted or over)
        return Sentence(text, f.paid, told)

    def pay(self, e: Event, f: PaymentFacts) -> Sentence:
        order = "earlier work" if f.noun == NONE else lots_name(self.names, f.noun, self.lots)
        text = f"suppliers of {order} are paid {usd(f.amount)}"
        if f.drawn:
            text += f", with {usd(f.drawn)} of debt drawn"
        if f.cut_by != NONE:
            text += f"; {self.loans((f.loan,))} gives less: {CAPS[f.cut_by]}"
        if f.unpaid:
            text += f"; {usd(f.unpaid)} is due and unpaid"
        return Sentence(text, f.amount, told=True)

    def month(self, e: Event, f: MonthFacts) -> Sentence:
        self.revenue += f.revenue
        quarter = f.month % MONTHS_PER_QUARTER == 0
        told = quarter or f.steps != self.unpaid
        revenue = f"revenue of the quarter {usd(self.revenue)}, " if quarter else ""
        text = f"the books close: {revenue}cash {usd(f.cash)}"
        if f.steps:
            short = series([STEPS[step] for step in f.steps])
            text += f"; {usd(f.unpaid)} due and unpaid ({short})"
        elif self.unpaid:
            text += "; all that was due is paid again"
        for kind, missed in zip(KINDS, f.missed, strict=True):
            if missed:
                text += f"; the {kind.name} covenant of {self.loans(missed)} is missed"
                told = True
        debts = self.breaches(e, f)
        text += debts
        told = told or bool(debts)
        if f.month % MONTHS_PER_YEAR == 0 and f.puts_lost > self.puts_lost:
            unused = usd(f.puts_lost - self.puts_lost)
            text += f"; {unused} of backstops expired unused in twelve months"
            self.puts_lost = f.puts_lost
        self.unpaid = f.steps
        if quarter:
            self.revenue = 0
        return Sentence(text, f.cash, told)

    def breaches(self, e: Event, f: MonthFacts) -> str:
        """Draws that stop or are allowed again, cures and sweeps; nothing where there is none."""
        text = ""
        if f.stopped:
            self.stops |= dict.fromkeys(f.stopped, e.day)
            text += f"; {self.loans(f.stopped)} in breach from today: no draws"
        if f.cleared:
            text += f"; {self.loans(f.cleared)} no longer in breach"
        if f.cured:
            text += f"; shareholders pay in {usd(f.cure)} to cure {self.loans(f.cured)}"
        if f.swept:
            text += f"; {usd(f.swept)} of debt is repaid by sweep"
        if f.refinanced:
            text += f"; {self.loans(f.refinanced)} refinanced"
        if f.refused:
            text += f"; lenders do not refinance {self.loans(f.refused)}"
        if f.converted:
            text += f"; {self.loans(f.converted)} converted into shares"
        if f.unpaid_first:
            text += f"; {self.loans(f.unpaid_first)} unpaid: its own contracts left too little"
        if f.accelerated:
            text += f"; {self.loans(f.accelerated)} unpaid too long: the lender ends it"
        if f.ended:
            text += f"; the firm ends, lenders recover {usd(f.recovered)} of {usd(f.claims)}"
        return text

    def money(self, f: TrancheFacts) -> str:
        """Why a tranche's order lacked money, to follow a sentence; nothing if it did not."""
        if f.cause == NONE or CAUSES[f.cause] != "funding" or f.order not in self.unfunded:
            return ""
        text = f" <- its order waited for funding from {date(self.unfunded[f.order])}"
        if f.loan in self.stops:
            loan = self.names.facilities[f.loan]
            text += f" <- draws on {loan} stopped {date(self.stops[f.loan])}"
        return text

    def loans(self, rows: tuple[int, ...]) -> str:
        """Facilities by name; those of contracts signed in the run have none."""
        known = len(self.names.facilities)
        names = [self.names.facilities[row] for row in rows if row < known]
        if len(names) < len(rows):
            names.append(f"{len(rows) - len(names)} new loans")
        return series(names)

    # names

    def order(self, e: Event, f: OrderFacts) -> str:
        """An order, or several lots told as one, by its GPUs and whom they are for."""
        gen = self.names.gens[f.gen]
        return f"{f.gpus:,} {gen} for {lots_name(self.names, e.subject, self.lots)}"

    def tranche(self, e: Event) -> str:
        """A tranche by name."""
        return plain(self.names.tranches[e.subject])
