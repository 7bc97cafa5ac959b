"""What is worth knowing of an event, read from State right after its rule; one record a kind.

Numbers only: amounts in cents, power in watts, times in days, nouns as rows. `late` is against the
plan and negative if early. `story` puts names and words to them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from gpusim.economics.books.ledger import (
    FIRST_CASH,
    LAST_CASH,
    REVENUE_COMMITTED,
    REVENUE_ON_DEMAND,
)
from gpusim.economics.books.measures import CURED, RAISED_DEBT, RAISED_EQUITY, SHORTFALL, SWEPT
from gpusim.economics.core import agenda
from gpusim.economics.core.state import (
    ASSETS,
    BACKSTOP,
    COLOCATION,
    CONTRACTS,
    DRAWS,
    FACILITIES,
    FACILITY_OPEN,
    INVOICES,
    LEASED_SHELL,
    LEASES,
    N_STEPS,
    NEEDING,
    NEVER,
    NONE,
    ORDER_DELIVERED,
    ORDERS,
    REVOLVER,
    STEP_RESERVE,
    TRANCHE_ENDED,
    TRANCHE_LIVE,
    TRANCHE_LOST,
    TRANCHES,
    WAITING,
    State,
)
from gpusim.economics.debt.covenants import KINDS
from gpusim.economics.decisions.demand import SIGNED_OFFER
from gpusim.economics.plant.site_costs import MICROWATTS_PER_KW
from gpusim.economics.sales.ends import stays
from gpusim.economics.sales.losses import waiting_days

Rows = tuple[int, ...]
MICROWATTS_PER_WATT = 1_000_000


class HallFacts(NamedTuple):
    """HANDOVER, ENERGISE, GIVE_BACK."""

    watts: int
    late: int
    rent: int  # of a lease or service that starts, a month
    asked: int = int(NEVER)  # an optional hall: when an order needed it [day]


class OrderFacts(NamedTuple):
    """NEED, PLACE, DELIVER, FITTED, ACCEPT."""

    gpus: int
    gen: int
    cost: int  # whole at NEED and PLACE; entered construction in progress; left it
    late: int
    deposit: int


class QueueFacts(NamedTuple):
    """A pass (FUND, INSTALL, ALLOCATE): the orders or tranches it leaves waiting, as they stand."""

    waiting: Rows


class TrancheFacts(NamedTuple):
    """FALL_DUE, START, END, LONG_STOP, NOTICE, LEAVE."""

    gpus: int
    gen: int
    backstop: bool
    late: int
    cause: int  # that held it up most of the time; NONE
    value: int  # whole at FALL_DUE and START, recognised at END
    lost: int  # so far; at NOTICE by it
    never_started: bool
    order: int  # bought for it; NONE
    loan: int  # that finances the order; NONE
    leaves: int  # [day] its customer goes by a notice that is given; NEVER
    back: int = 0  # GPUs that come back at END
    renewed: int = 0  # value of the term that follows; 0: none does
    renewed_days: int = 0  # of that term


class OfferFacts(NamedTuple):
    """OFFER: what became of it, and the contract if it was signed."""

    outcome: int  # see demand.OUTCOMES
    contract: int  # NONE
    gpus: int
    value: int


class PlanFacts(NamedTuple):
    """PLAN: GPUs that will be ordered for nobody in particular; 0: none. Money raised [cents]."""

    gpus: int
    gen: int
    notes: int
    shares: int


class CustomerFacts(NamedTuple):
    """DEFAULT: receivables written off today."""

    written_off: int


class ContractFacts(NamedTuple):
    """SIGN, PREPAY."""

    amount: int  # value of its tranches, or the prepayment
    gpus: int
    due: int  # [day]


class FacilityFacts(NamedTuple):
    """CLOSE, LAPSE."""

    commitment: int
    undrawn: int
    margin: float  # over the base rate [1/year]
    open: bool
    revolver: bool
    binds: int = int(NONE)  # cap that set its size, see sizing.CAPS
    claim: int = 0  # its lender takes the hardware for this today
    recovered: int = 0  # which fetches this


class PaymentFacts(NamedTuple):
    """COLLECT, PAY, RAISE."""

    amount: int  # paid today
    unpaid: int
    drawn: int  # proceeds of debt drawn for it
    noun: int  # contract of an invoice, order of a bill; NONE
    prepaid: bool
    cut_by: int = int(NONE)  # cap of the loan that gave less today
    loan: int = int(NONE)  # that loan


class ServiceFacts(NamedTuple):
    """SERVE: a debt's payment date within a month."""

    paid: int  # fees, interest and principal
    unpaid: int
    left: int  # principal
    lent: bool  # whether anything of it was ever drawn
    refinanced: bool
    refused: bool
    converted: bool


class AssetFacts(NamedTuple):
    """RETIRE, SELL."""

    gpus: int
    gen: int
    gross: int
    category: int
    order: int  # NONE: there from the start
    retired: bool
    sold: int  # GPUs sold while others of it stay
    revised: int  # day to which its life is changed today; NEVER


NONE_MISSED: tuple[Rows, ...] = ((),) * len(KINDS)
"""By kind of covenant."""


class MonthFacts(NamedTuple):
    """MONTH: the books that have just closed."""

    month: int
    revenue: int
    cash: int
    unpaid: int
    steps: Rows  # of the waterfall, not paid in full
    puts_lost: int  # put months expired so far
    missed: tuple[Rows, ...] = NONE_MISSED  # by kind: facilities whose test failed first today
    stopped: Rows = ()  # facilities in breach from today on
    cleared: Rows = ()  # facilities no longer in breach
    cured: Rows = ()  # facilities whose test equity cured today
    cure: int = 0  # what it cost
    swept: int = 0  # debt repaid by sweeps
    refinanced: Rows = ()  # facilities whose balloon was rolled over today
    refused: Rows = ()  # and where lenders did not
    converted: Rows = ()  # convertibles that became shares
    unpaid_first: Rows = ()  # loans without recourse that were not paid in full first today
    accelerated: Rows = ()  # loans without recourse that their lenders end
    ended: bool = False  # the firm, with
    claims: int = 0
    recovered: int = 0


def of_hall(s: State, h: int, phase: int) -> HallFacts:
    """A hall handed over, powered, or at the end of its lease: what its keeping costs a month.

    Late is an optional hall from the day after an order asked for it, if that is after its own.
    """
    hall = s.halls[h]
    watts = int(hall.microwatts // MICROWATTS_PER_WATT)
    agreed = int(hall.planned_ready)
    if hall.asked < NEVER:
        agreed = max(agreed, int(hall.asked) + 1)
    if phase == agenda.ENERGISE:
        return HallFacts(watts, int(hall.powered - max(hall.planned_power, agreed)), 0)
    site = s.sites[hall.site]
    if phase == agenda.GIVE_BACK:
        kept = hall.returned >= NEVER
        return HallFacts(watts, 0, int(site.holdover * hall.last_rent) if kept else 0)
    rent = 0
    if site.kind == LEASED_SHELL:
        rent = s.leases[s.count[LEASES] - 1].rent
    elif site.kind == COLOCATION:
        rent = int(site.rent * hall.microwatts / MICROWATTS_PER_KW)
    return HallFacts(watts, int(hall.handed_over - agreed), int(rent), int(hall.asked))


def of_order(s: State, k: int, phase: int) -> OrderFacts:
    """An order on its way. An order placed before the as-of day has no planned delivery."""
    order = s.orders[k]
    gen = s.gens[order.gen]
    cost, late, deposit = order.cost, 0, 0
    if phase == agenda.NEED:
        late = order.needed - order.planned
    elif phase == agenda.PLACE:
        late, deposit = order.placed - order.needed, order.paid_ahead
    elif phase == agenda.DELIVER:
        cost = order.in_progress
        late = order.delivered - order.placed - gen.lead_days if order.placed < NEVER else 0
    elif phase == agenda.FITTED:
        cost = in_service(s, k)
    else:
        late = order.accepted - order.fitted - order.acceptance_planned
    return OrderFacts(int(order.gpus), int(order.gen), int(cost), int(late), int(deposit))


def in_service(s: State, k: int) -> int:
    """Cost of the assets an order has just become [cents]."""
    total, row = 0, s.count[ASSETS] - 1
    while row >= 0 and s.assets[row].order == k:
        total += s.assets[row].gross
        row -= 1
    return total


def of_treasury(s: State, _: int, phase: int) -> QueueFacts:
    """Orders that wait for funding."""
    return QueueFacts(tuple(s.needing[: s.count[NEEDING]].tolist()))


def of_site(s: State, site: int, phase: int) -> QueueFacts:
    """Delivered orders that wait for powered room."""
    orders = [s.orders[k] for k in range(s.count[ORDERS])]
    return QueueFacts(
        tuple(
            k
            for k, order in enumerate(orders)
            if order.status == ORDER_DELIVERED and order.site == site
        )
    )


def of_pool(s: State, p: int, phase: int) -> QueueFacts:
    """Tranches that wait for GPUs of a pool."""
    queue = s.waiting[: s.count[WAITING]].tolist()
    return QueueFacts(tuple(k for k in queue if s.tranches[k].pool == p))


def of_tranche(s: State, k: int, phase: int) -> TrancheFacts:
    """A tranche due, started or ended."""
    tranche = s.tranches[k]
    ended = phase in (agenda.END, agenda.LEAVE)
    order = int(tranche.order)
    late = tranche.start - tranche.planned_start if tranche.start < NEVER else 0
    return TrancheFacts(
        gpus=int(tranche.gpus),
        gen=int(tranche.gen),
        backstop=bool(s.contracts[tranche.contract].kind == BACKSTOP),
        late=int(late),
        cause=NONE,
        value=int(tranche.recognised if ended else tranche.value),
        lost=int(tranche.forgone if phase == agenda.NOTICE else tranche.lost),
        never_started=bool(tranche.status == TRANCHE_LOST),
        order=order,
        loan=int(s.orders[order].facility) if order != NONE else int(NONE),
        leaves=int(tranche.leaves),
        back=int(tranche.returning),
    )


def renewal(s: State, handle: State, k: int) -> tuple[int, int]:
    """Value [cents] and days of the term that has followed on a tranche's end; 0 and 0 if none did.

    handle: s as rules take it.
    """
    if s.tranches[k].status != TRANCHE_ENDED or not stays(handle, k):
        return 0, 0
    term = s.tranches[int(s.count[TRANCHES]) - 1]
    return int(term.value), int(term.term_days)


def main_cause(s: State, handle: State, k: int) -> int:
    """What held a tranche that starts today up for most of its waiting days; NONE if nothing did.

    handle: s as rules take it. The rule counts in State's work space, which is put back.
    """
    before = s.days.copy()
    waiting_days(handle, k, s.clock[0].today)
    counted = s.days.copy()
    s.days[:] = before
    return int(counted.argmax()) if counted.sum() > 0 else int(NONE)


def of_contract(s: State, c: int, phase: int) -> ContractFacts:
    """A contract signed, or its prepayment invoiced."""
    if phase == agenda.PREPAY:
        invoice = s.invoices[s.count[INVOICES] - 1]
        return ContractFacts(int(invoice.amount), 0, int(invoice.due))
    tranches = [s.tranches[k] for k in range(s.count[TRANCHES])]
    own = [tranche for tranche in tranches if tranche.contract == c]
    value, gpus = sum(int(t.value) for t in own), sum(int(t.gpus) for t in own)
    return ContractFacts(value, gpus, int(NEVER))


def of_offer(s: State, o: int, phase: int) -> OfferFacts:
    """An offer closed."""
    outcome = int(s.offers[o])
    if outcome != SIGNED_OFFER:
        return OfferFacts(outcome, int(NONE), 0, 0)
    c = int(s.count[CONTRACTS]) - 1
    own = of_contract(s, c, int(agenda.SIGN))
    return OfferFacts(outcome, c, own.gpus, own.amount)


def of_desk(s: State, _: int, phase: int) -> PlanFacts:
    """What the desk has just decided to raise and to order."""
    month, last = s.clock[0].month, s.count[ORDERS] - 1
    notes, shares = s.stocks[RAISED_DEBT, month], s.stocks[RAISED_EQUITY, month]
    mine = last >= 0 and s.orders[last].tranche == NONE and s.due[agenda.NEED, last] < NEVER
    mine = mine and s.orders[last].replacement == 0
    ordered = (int(s.orders[last].gpus), int(s.orders[last].gen)) if mine else (0, 0)
    return PlanFacts(*ordered, int(notes), int(shares))


def of_customer(s: State, c: int, phase: int) -> CustomerFacts:
    """A customer that has stopped paying."""
    owed = [s.invoices[i] for i in range(s.count[INVOICES])]
    gone = sum(
        int(bill.amount)
        for bill in owed
        if bill.contract != NONE
        and s.contracts[bill.contract].customer == c
        and bill.due > s.clock[0].today
        and bill.prepaid == 0
    )
    return CustomerFacts(gone)


def of_facility(s: State, f: int, phase: int) -> FacilityFacts:
    """A facility closed, not closed, or lapsed."""
    row = s.facilities[f]
    return FacilityFacts(
        commitment=int(row.commitment),
        undrawn=int(max(row.commitment - row.used, 0)),
        margin=float(row.margin),
        open=bool(row.status == FACILITY_OPEN),
        revolver=bool(row.kind == REVOLVER),
        binds=int(row.size_binds),
        claim=int(row.seized_claim if row.seized == s.clock[0].today else 0),
        recovered=int(row.seized_recovered if row.seized == s.clock[0].today else 0),
    )


def of_invoice(s: State, i: int, phase: int) -> PaymentFacts:
    """A customer's payment."""
    invoice = s.invoices[i]
    return PaymentFacts(int(invoice.amount), 0, 0, int(invoice.contract), bool(invoice.prepaid))


def of_bill(s: State, b: int, phase: int) -> PaymentFacts:
    """A supplier's bill on its day; what was paid and drawn is the trace's to add."""
    bill = s.bills[b]
    cut, loan = int(NONE), int(bill.facility)
    if loan != NONE and s.facilities[loan].cut_day == s.clock[0].today:
        cut = int(s.facilities[loan].cut_by)
    return PaymentFacts(0, int(bill.amount), 0, int(bill.order), False, cut, loan)


def of_service(s: State, f: int, phase: int) -> ServiceFacts:
    """A debt's payment date."""
    row, today = s.facilities[f], s.clock[0].today
    return ServiceFacts(
        paid=int(row.served),
        unpaid=int(row.fees_due + row.interest_due + row.principal_due),
        left=int(row.principal),
        lent=bool((np.asarray(s.draws)["facility"][: s.count[DRAWS]] == f).any()),
        refinanced=bool(row.refinanced == today),
        refused=bool(row.refused == today),
        converted=bool(row.conversion_day == today),
    )


def of_raise(s: State, r: int, phase: int) -> PaymentFacts:
    """New shares paid for, less their costs."""
    row = s.raises[r]
    return PaymentFacts(int(row.amount - row.costs), 0, 0, int(NONE), prepaid=False)


def of_asset(s: State, a: int, phase: int) -> AssetFacts:
    """An asset at the end of its life."""
    row = s.assets[a]
    changed = row.gen != NONE and s.gens[row.gen].life_change_day == row.start == s.clock[0].today
    return AssetFacts(
        int(row.gpus),
        int(row.gen),
        int(row.gross),
        int(row.category),
        int(row.order),
        bool(row.retired),
        int(row.sold),
        int(row.start + row.life_days) if changed else NEVER,
    )


def of_month(s: State, _: int, phase: int) -> MonthFacts:
    """A month's books."""
    clock = s.clock[0]
    month = int(clock.month if clock.halted else clock.month - 1)
    today = clock.today
    facilities = [s.facilities[f] for f in range(s.count[FACILITIES])]
    return MonthFacts(
        month=month,
        revenue=-int(s.ledger[REVENUE_COMMITTED, month] + s.ledger[REVENUE_ON_DEMAND, month]),
        cash=int(s.balance[FIRST_CASH : LAST_CASH + 1].sum()),
        unpaid=int(s.stocks[SHORTFALL, month]),
        steps=tuple(n for n in range(N_STEPS) if s.owed[n] > 0 and n != STEP_RESERVE),
        puts_lost=puts_lost(s),
        missed=tuple(
            tuple(f for f in range(len(facilities)) if s.covenants[f, kind].broken == today)
            for kind in range(len(KINDS))
        ),
        stopped=tuple(f for f, row in enumerate(facilities) if row.stopped == today),
        cleared=tuple(f for f, row in enumerate(facilities) if row.cleared == today),
        cured=tuple(f for f, row in enumerate(facilities) if row.cured == today),
        cure=int(s.stocks[CURED, month]),
        swept=int(s.stocks[SWEPT, month]),
        refinanced=tuple(f for f, row in enumerate(facilities) if row.refinanced == today),
        refused=tuple(f for f, row in enumerate(facilities) if row.refused == today),
        converted=tuple(f for f, row in enumerate(facilities) if row.conversion_day == today),
        unpaid_first=tuple(
            f for f, row in enumerate(facilities) if row.non_recourse and row.first_unpaid == today
        ),
        accelerated=tuple(f for f, row in enumerate(facilities) if row.accelerated == today),
        ended=bool(s.firm[0].defaulted == today),
        claims=int(sum(row.claim for row in facilities)),
        recovered=int(sum(row.recovered for row in facilities)),
    )


def puts_lost(s: State) -> int:
    """Value of backstops that has expired unused so far [cents]."""
    total = 0
    for k in range(s.count[TRANCHES]):
        tranche = s.tranches[k]
        if tranche.status >= TRANCHE_LIVE and s.contracts[tranche.contract].kind == BACKSTOP:
            total += tranche.lost
    return int(total)


READERS: dict[int, Callable[[State, int, int], tuple[Any, ...]]] = {
    agenda.SIGN: of_contract,
    agenda.RAISE: of_raise,
    agenda.CLOSE: of_facility,
    agenda.LAPSE: of_facility,
    agenda.HANDOVER: of_hall,
    agenda.ENERGISE: of_hall,
    agenda.GIVE_BACK: of_hall,
    agenda.RETIRE: of_asset,
    agenda.DELIVER: of_order,
    agenda.FITTED: of_order,
    agenda.ACCEPT: of_order,
    agenda.COLLECT: of_invoice,
    agenda.PREPAY: of_contract,
    agenda.DEFAULT: of_customer,
    agenda.NOTICE: of_tranche,
    agenda.LEAVE: of_tranche,
    agenda.END: of_tranche,
    agenda.LONG_STOP: of_tranche,
    agenda.RETURN: of_tranche,
    agenda.FALL_DUE: of_tranche,
    agenda.INSTALL: of_site,
    agenda.ALLOCATE: of_pool,
    agenda.START: of_tranche,
    agenda.SELL: of_asset,
    agenda.OFFER: of_offer,
    agenda.PLAN: of_desk,
    agenda.NEED: of_order,
    agenda.FUND: of_treasury,
    agenda.PLACE: of_order,
    agenda.SERVE: of_service,
    agenda.PAY: of_bill,
    agenda.MONTH: of_month,
}
