"""What holds in every run of every operator, to the cent, the GPU and the watt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from gpusim.economics.books import ledger, measures
from gpusim.economics.books.checks import backlog_balance, first_breach
from gpusim.economics.books.ledger import ACCOUNTS, cash
from gpusim.economics.core import agenda, state
from gpusim.economics.core.array_capacity import GROWING
from gpusim.economics.core.state import (
    ADVANCES,
    ASSETS,
    BILLS,
    CONTRACTS,
    DRAWS,
    FACILITIES,
    INVOICES,
    LEASES,
    NONE,
    ORDERS,
    OVERDUE,
    TRANCHES,
    State,
)
from gpusim.economics.debt.facilities import account_of
from gpusim.economics.debt.service.reserves import reserve_asked
from gpusim.economics.hardware.book_charges import accounts_of
from gpusim.engines.process import run
from tests.engines.build import book_of, world_of
from tests.engines.generate import operators, plays
from tests.engines.profile import EXAMPLES
from tests.engines.watch import Watched, watch

LONGEST_MONTH = 31
LOSSES = (state.CANCELLED, state.DEFAULTED, state.EXPIRED)


def used(s: State, noun: str, place: int) -> np.ndarray:
    """The rows of a noun that are in use."""
    return getattr(s, noun)[: s.count[place]]


def unlike(what: str, one: float, other: float) -> Iterator[str]:
    """A fault where two records of the same thing differ."""
    if one != other:
        yield f"{what}: {one:,} and {other:,}"


# --- after every event -------------------------------------------------------------------------


def hardware_out_of_balance(sim: Watched) -> Iterator[str]:
    """Every GPU is in one place and on the books; a site runs what stands there, and has power."""
    s = sim.s
    if s.firm[0].defaulted < state.NEVER:
        return  # the firm has ended: what it left stands still
    orders, tranches = used(s, "orders", ORDERS), used(s, "tranches", TRANCHES)
    assets = used(s, "assets", ASSETS)
    standing = assets[assets.retired == 0]
    waits = np.isin(tranches.status, (state.TRANCHE_SIGNED, state.TRANCHE_WAITING))
    for p in range(len(s.pools)):
        pool = s.pools[p]
        testing = orders[(orders.pool == p) & (orders.status == state.ORDER_IN_SERVICE)].gpus.sum()
        granted = tranches[(tranches.pool == p) & (tranches.status == state.TRANCHE_GRANTED)]
        held = pool.free + pool.billing + granted.gpus.sum() + testing
        held += pool.spare + pool.refitting - pool.missing
        yield from unlike(f"GPUs of pool {p}", held, pool.in_service)
        live = tranches[(tranches.pool == p) & (tranches.status == state.TRANCHE_LIVE)]
        yield from unlike(f"GPUs of pool {p} under contract", live.gpus.sum(), pool.billing)
        own = tranches[waits & (tranches.pool == p)]
        for name, total in (
            ("reserved_gpus", pool.reserved_gpus),
            ("promised", pool.promised),
            ("held", pool.held),
            ("failed", pool.failed),
        ):
            yield from unlike(f"{name} of pool {p}", total, own[name].sum())
        if (own.held + own.failed > own.promised).any() or (own.promised > own.reserved_gpus).any():
            yield f"pool {p} gives a tranche more than was promised"
        if (own.reserved_gpus > own.gpus).any():
            yield f"a tranche reserves more of pool {p} than it has sold"
        counts = (pool.free, pool.held, pool.billing, pool.spare, pool.refitting)
        if min(*counts, pool.missing, pool.failed) < 0:
            yield f"pool {p} has a negative count"
        if pool.held > pool.free:
            yield f"pool {p} holds more GPUs than are free"
        owned = standing[(standing.gpus > 0) & (standing.pool == p)]
        yield from unlike(f"GPUs of pool {p} on the books", owned.gpus.sum(), pool.in_service)
        if (owned.site != pool.site).any() or (owned.gen != pool.gen).any():
            yield f"pool {p} has GPUs of another generation or site"
    over = tranches[~waits]
    if over.held.any() or over.reserved_gpus.any() or over.failed.any():
        yield "a tranche that has started or is over has GPUs set aside"
    microwatts = s.gens.it_microwatts[orders.gen] * orders.gpus
    fleet = standing[standing.gpus > 0]  # a building has no generation, and there may be none
    running = s.gens.it_microwatts[fleet.gen] * fleet.gpus
    for k in range(len(s.sites)):
        site = s.sites[k]
        here = tranches[(tranches.site == k) & (tranches.microwatts > 0)]
        tenants = here[here.status == state.TRANCHE_LIVE].microwatts.sum()
        yield from unlike(f"power let at {k}", tenants, site.let_microwatts)
        load = running[fleet.site == k].sum() + tenants
        yield from unlike(f"load of {k}", load, site.load_microwatts)
        claims = here[np.isin(here.status, (state.TRANCHE_SIGNED, state.TRANCHE_WAITING))]
        yield from unclaimed(s, claims, k)
        load, taken = site.load_microwatts, site.used_microwatts
        powered, handed = site.powered_microwatts, site.handed_microwatts
        if not load <= taken <= powered <= handed:
            yield f"site {k} loads {load}, uses {taken}, has power for {powered} of {handed} uW"
        fitting = microwatts[(orders.site == k) & (orders.status == state.ORDER_FITTING)].sum()
        fitting += here[here.status == state.TRANCHE_GRANTED].microwatts.sum()
        yield from unlike(f"microwatts in fit-out at {k}", taken - load, fitting)
        coming = microwatts[(orders.site == k) & (orders.status < state.ORDER_FITTING)].sum()
        coming += claims.claimed.sum()
        yield from unlike(f"microwatts on the way to {k}", site.coming_microwatts, coming)


def charged_wrongly(sim: Watched) -> Iterator[str]:
    """An asset never charges more than it is to charge, and all of it by the end of its life."""
    s = sim.s
    assets = used(s, "assets", ASSETS)
    for a in np.flatnonzero(assets.retired == 0):
        asset = assets[a]
        if not 0 <= asset.charged <= asset.chargeable <= asset.gross:
            yield f"asset {a}: {asset.charged:,} charged of {asset.chargeable:,}"
        over = asset.start + asset.life_days + LONGEST_MONTH < s.clock[0].today
        if over and s.firm[0].defaulted == state.NEVER and asset.charged != asset.chargeable:
            yield f"asset {a}: {asset.charged:,} of {asset.chargeable:,} after its life"


def unclaimed(s: Any, claims: Any, site: int) -> Iterator[str]:
    """Tenants that have signed and wait claim all of their power, others none."""
    yield from unlike(f"claims at {site}", claims.claimed.sum(), s.sites[site].claimed_microwatts)
    signed = s.contracts.signed[claims.contract]
    today = int(s.clock[0].today)
    due, early = claims[signed < today], claims[signed > today]
    yield from unlike(f"what tenants claim at {site}", due.claimed.sum(), due.microwatts.sum())
    if early.claimed.any():
        yield f"a tenant claims power of site {site} before he has signed"


def money_out_of_balance(sim: Watched) -> Iterator[str]:
    """Cash is never below zero; promises, bills and credits are held by whom they are of."""
    s = sim.s
    orders, bills = used(s, "orders", ORDERS), used(s, "bills", BILLS)
    if cash(sim.h) < 0:
        yield f"cash of {cash(sim.h):,}"
    overdue = bills.amount[bills.status == OVERDUE].sum()
    yield from unlike("suppliers' bills due and unpaid", s.firm[0].bills_overdue, overdue)
    tranches = used(s, "tranches", TRANCHES)
    yield from unlike("late credits", s.firm[0].late_credits, tranches.late_credit.sum())
    credited = tranches[tranches.late_credit > 0]
    if (credited.start >= state.NEVER).any() or (credited.late_credit > credited.value).any():
        yield "a late credit of a tranche that has not started, or beyond its value"
    promised = orders.cash.sum() + bills.cash.sum()
    yield from unlike("cash promised", s.firm[0].reserved_cash, promised)
    for f in range(s.count[FACILITIES]):
        facility = s.facilities[f]
        draws = used(s, "draws", DRAWS)
        drawn = draws[draws.facility == f].principal.sum()
        yield from unlike(f"principal of facility {f}", facility.principal, drawn)
        held = orders[orders.facility == f].loan.sum() + bills[bills.facility == f].loan.sum()
        held += orders[orders.vendor == f].vendor_credit.sum()
        yield from unlike(f"promised by facility {f}", facility.reserved, held)
        limit = facility.commitment or facility.used
        if facility.used + facility.reserved > limit and facility.status == state.FACILITY_OPEN:
            yield f"facility {f} is drawn and promised beyond its commitment"
        if facility.kind == state.REVOLVER:
            yield from unlike("revolver in use", facility.used, facility.principal)


# --- after every month's books -----------------------------------------------------------------


def ledger_without_rows(sim: Watched) -> Iterator[str]:
    """Every balance that rows explain equals their sum."""
    if sim.phase != agenda.MONTH:
        return
    s = sim.s
    balance = dict(zip(ACCOUNTS, s.balance.tolist(), strict=True))
    month = int(s.clock[0].month) - (0 if s.clock[0].halted else 1)
    orders, bills = used(s, "orders", ORDERS), used(s, "bills", BILLS)
    draws, facilities = used(s, "draws", DRAWS), used(s, "facilities", FACILITIES)
    invoices, leases = used(s, "invoices", INVOICES), used(s, "leases", LEASES)
    owed = s.payables[month + 1 :].sum() + s.owed[state.STEP_OPERATING] + s.owed[state.STEP_RENT]
    open_invoices = invoices[(invoices.status == state.OPEN) & (invoices.prepaid != 1)]
    explained = {
        "receivables": open_invoices.amount.sum(),
        "supplier_deposits": orders.paid_ahead.sum(),
        "construction_in_progress": orders.in_progress.sum() + s.halls.in_progress.sum(),
        "lease_assets": leases.asset.sum(),
        "lease_liabilities": -leases.liability.sum(),
        "payables_operating": -owed,
        "payables_capex": -bills[(bills.hall == NONE) | (bills.status != state.OPEN)].amount.sum(),
        "accrued_interest": -(
            facilities.accrued + facilities.interest_due + facilities.fees + facilities.fees_due
        ).sum(),
        "deferred_revenue": -used(s, "advances", ADVANCES).balance.sum(),
        "debt_discount": draws.discount.sum() + facilities.upfront_left.sum(),
        "restricted_cash": facilities.reserve_held.sum() + s.firm[0].restricted_other,
        "tax_payable": -s.tax[0].payable,
        "deferred_tax": -s.tax[0].deferred,
    }
    for kind in range(int(state.FINANCE_LEASE) + 1):
        of_kind = [f for f in range(len(facilities)) if facilities[f].kind == kind]
        name = ACCOUNTS[account_of(np.int64(kind))]
        explained[name] = -facilities[of_kind].principal.sum()
    assets = used(s, "assets", ASSETS)
    for category in range(int(state.INTANGIBLES) + 1):
        standing = assets[(assets.category == category) & (assets.retired == 0)]
        gross, accumulated, _ = accounts_of(np.int64(category))
        explained[ACCOUNTS[gross]] = standing.gross.sum()
        explained[ACCOUNTS[accumulated]] = -standing.accumulated.sum()
    for name, amount in explained.items():
        yield from unlike(name, balance[name], amount)
    advances = used(s, "advances", ADVANCES)
    in_business = s.firm[0].defaulted == state.NEVER
    for c, contract in enumerate(used(s, "contracts", CONTRACTS)):
        own = advances[advances.contract == c]
        yield from unlike(f"prepaid balance of contract {c}", contract.balance, own.balance.sum())
        earning = own.accreted.sum() if in_business else 0  # who ended earns nothing with it
        yield from unlike(f"accretion of contract {c}", contract.accreted, earning)
    yield from unlike("prepayments that tax waits for", s.tax[0].untaxed, advances.untaxed.sum())
    yield from unlike("accretion in tax", s.tax[0].accreted, advances.accreted.sum())
    if (advances.untaxed > advances.balance - advances.accreted).any():
        yield "more of a prepayment waits for tax than is left of it"


def waterfall_out_of_order(sim: Watched) -> Iterator[str]:
    """Claims stand in the declared order, and none is paid while one before it is not.

    Those of one rank in one step are paid together.
    """
    if sim.phase != agenda.MONTH:
        return
    s = sim.s
    declared = [step for step in s.steps.tolist() if step != NONE]
    steps, _, due, paid, alike, _ = s.payments_due
    last = np.flatnonzero(steps == declared[-1])
    rows = range(int(last[-1]) + 1 if len(last) else 0)
    unpaid, senior = 0, 0
    for row in rows:
        senior = unpaid if alike[row] == row else senior
        if senior > 0 and paid[row] > 0:
            yield f"payment {row} is paid while {senior:,} before it is not"
        if not 0 <= paid[row] <= due[row]:
            yield f"payment {row} of {due[row]:,} is paid {paid[row]:,}"
        unpaid += due[row] - paid[row]
    places = [declared.index(steps[row]) for row in rows]
    if places != sorted(places):
        yield f"payments stand in the order {places}"
    month = int(s.clock[0].month) - (0 if s.clock[0].halted else 1)
    cured = s.stocks[measures.CURED, month]  # paid in by shareholders after the waterfall
    if unpaid > 0 and cash(sim.h) > cured:
        yield f"{unpaid:,} are unpaid and {cash(sim.h):,} of cash are left"


@EXAMPLES
@given(plays())
def test_gpus_and_power_are_conserved_at_every_event(play):
    assert watch(play.book, play.world, event=hardware_out_of_balance).faults == []


@EXAMPLES
@given(plays())
def test_what_is_to_be_charged_of_an_asset_is_charged_by_the_end_of_its_life(play):
    assert watch(play.book, play.world, event=charged_wrongly).faults == []


@EXAMPLES
@given(plays())
def test_cash_is_never_negative_and_promises_have_owners_at_every_event(play):
    assert watch(play.book, play.world, event=money_out_of_balance).faults == []


@EXAMPLES
@given(plays())
def test_every_balance_is_the_sum_of_its_rows_every_month(play):
    assert watch(play.book, play.world, event=ledger_without_rows).faults == []


@EXAMPLES
@given(plays())
def test_no_junior_claim_is_paid_before_its_senior(play):
    assert watch(play.book, play.world, event=waterfall_out_of_order).faults == []


# --- the books ---------------------------------------------------------------------------------


@EXAMPLES
@given(plays())
def test_books_tie_in_every_month(play):
    final = run(play.book.state, play.world)
    assert first_breach(final.ledger, final.stocks, final.backlog) is None


@EXAMPLES
@given(plays())
def test_nothing_runs_from_the_day_on_which_the_firm_ends(play):
    """No vintage has backlog left, and no flow of any account or measure comes later."""
    final = run(play.book.state, play.world)
    if final.firm[0].defaulted >= state.NEVER:
        return
    end = int(final.clock[0].month)
    assert not final.stocks[list(measures.STOPS_WITH_THE_FIRM), end:].any()
    assert not backlog_balance(final.backlog.sum(axis=2))[:, end:].any()
    flows = set(range(measures.N_STOCKS)) - set(measures.LEFT_BY_THE_FIRM)
    assert not final.stocks[sorted(flows), end + 1 :].any()
    assert not final.ledger[:, end + 1 :].any()
    assert not final.backlog[..., end + 1 :].any()


@EXAMPLES
@given(plays())
def test_journal_rebuilds_the_ledger(play):
    final = run(play.book.state, play.world, journal=True)
    rows = final.journal[: final.clock[0].journal]
    rebuilt = np.zeros_like(final.ledger)
    rebuilt[:, 0] = play.book.state.ledger[:, 0]
    np.add.at(rebuilt, (rows.debit, rows.month), rows.amount)
    np.subtract.at(rebuilt, (rows.credit, rows.month), rows.amount)
    assert np.array_equal(rebuilt, final.ledger)
    assert np.array_equal(final.ledger.sum(axis=1), final.balance)


@EXAMPLES
@given(plays())
def test_slipped_is_plan_less_recognised_less_lost_and_has_causes(play):
    """Of every vintage and month; credits are lost too; accretion is planned as it is earned."""
    final = run(play.book.state, play.world)
    moved = final.backlog.cumsum(axis=-1)
    total = moved.sum(axis=2)
    rows = used(final, "tranches", TRANCHES)
    contracts = used(final, "contracts", CONTRACTS)
    given = -moved[:, state.REPRICED, : state.N_CAUSES].sum(axis=1)
    lost = total[:, LOSSES, :].sum(axis=1) + given
    slipped = total[:, state.PLANNED] - total[:, state.RECOGNISED] - lost
    assert np.array_equal(total[:, state.SLIPPED], slipped)
    assert not moved[:, state.SLIPPED, state.N_CAUSES].any()
    for v in range(len(total)):
        own = rows[contracts[rows.contract].vintage == v]
        assert total[v, state.SLIPPED, -1] == own.slipped.sum()
        signed_then = contracts[contracts.vintage == v]
        financing = total[v, state.ACCRETION, -1] - signed_then.accreted.sum()
        planned = own.planned.sum() + financing - signed_then.breakage.sum()
        assert total[v, state.PLANNED, -1] == planned
    signed = contracts[rows.contract].signed <= final.clock[0].today
    earned = rows.planned - rows.recognised - rows.lost - rows.forgone
    assert np.array_equal(rows.slipped[signed], earned[signed])
    assert not rows.slipped[~signed].any()
    waits = final.waits[: len(rows)].sum(axis=1)
    shifting = contracts[rows.contract].shifts != 0
    assert np.array_equal(waits[shifting], rows.slipped[shifting])


@EXAMPLES
@given(plays())
def test_earned_and_lost_never_exceed_a_tranche(play):
    final = run(play.book.state, play.world)
    rows = used(final, "tranches", TRANCHES)
    assert np.all(rows.recognised + rows.lost + rows.forgone <= rows.value)
    assert np.all(rows.forgone >= 0)
    ended = np.isin(rows.status, (state.TRANCHE_ENDED, state.TRANCHE_LOST))
    assert np.array_equal((rows.recognised + rows.lost)[ended], rows.value[ended])


@EXAMPLES
@given(plays())
def test_restricted_cash_is_what_lenders_ask_for(play):
    """After each month's books: the required reserves before that month's principal was paid.

    A revolver that the waterfall draws asks for its own reserve a month later.
    """
    asked = {}
    before = {"revolver": 0}

    def note(sim: Watched) -> Iterator[str]:
        s = sim.s
        facilities = used(s, "facilities", FACILITIES)
        revolver = int(facilities[facilities.kind == state.REVOLVER].principal.sum())
        drawn, before["revolver"] = revolver > before["revolver"], revolver
        if sim.phase == agenda.MONTH and not drawn:
            opened = int(s.clock[0].month)
            month = opened - (0 if s.clock[0].halted else 1)
            s.clock[0].month = month  # a reserve looks ahead from the month that was closed
            asked[month] = (
                int(s.balance[ledger.RESTRICTED_CASH])
                + int(s.owed[state.STEP_RESERVE])
                - int(s.firm[0].restricted_other)
                - int(facilities.locked.sum()),
                sum(reserve_asked(sim.h, sim.w, np.int64(f)) for f in range(len(facilities))),
                int(s.stocks[measures.DEBT_REPAID, month]),
            )
            s.clock[0].month = opened
        yield from ()

    watch(play.book, play.world, event=note)
    for held, required, repaid in asked.values():
        assert held >= required
        if repaid == 0:
            assert held == required


def trap_out_of_balance(sim: Watched) -> Iterator[str]:
    """What went into a trap is there, came back, repaid the loan or served it, to the cent.

    It is part of the account of its lender, which holds no more than is owed after the books.
    """
    s = sim.s
    for row in used(s, "facilities", FACILITIES):
        gone = row.locked_back + row.locked_repaid + row.locked_served
        if row.locked_in != row.locked + gone:
            yield f"{row.locked_in:,} were trapped, {row.locked:,} are there, {gone:,} left it"
        if not 0 <= row.locked <= row.reserve_held:
            yield f"{row.locked:,} trapped of {row.reserve_held:,} held"
        if s.terms[row.terms].trap_level == 0 and (row.locked_in or row.tests_below):
            yield "a trap without a level moves cash"


@EXAMPLES
@given(plays())
def test_what_is_trapped_ties_at_every_event(play):
    assert watch(play.book, play.world, event=trap_out_of_balance).faults == []


@EXAMPLES
@given(plays())
def test_a_promise_ends_with_its_order(play):
    """Once every order is delivered and billed, no lender and no cash is promised any more."""
    final = run(play.book.state, play.world)
    orders, bills = used(final, "orders", ORDERS), used(final, "bills", BILLS)
    assume(np.all((orders.status >= state.ORDER_FITTING) & (orders.cost == 0)))
    assume(not np.any(bills.status == state.OPEN))
    assert final.firm[0].reserved_cash == 0
    assert not used(final, "facilities", FACILITIES).reserved.any()


# --- the same again, and a little different ----------------------------------------------------


@EXAMPLES
@given(plays())
def test_terms_of_loans_are_never_written(play):
    """Loans share rows of terms, so that nothing of one loan may stand there."""
    final = run(play.book.state, play.world)
    assert final.terms.tobytes() == play.book.state.terms.tobytes()
    assert used(final, "facilities", FACILITIES).terms.max(initial=0) < len(final.terms)


@EXAMPLES
@given(plays())
def test_same_world_gives_same_bytes(play):
    before = [column.tobytes() for column in play.book.state]
    first, second = run(play.book.state, play.world), run(play.book.state, play.world)
    for name, one, other in zip(State._fields, first, second, strict=True):
        assert one.tobytes() == other.tobytes(), name
    assert [column.tobytes() for column in play.book.state] == before


@EXAMPLES
@given(plays())
def test_room_for_rows_changes_nothing(play):
    """Started with no spare row, a State grows on the way to the same books."""
    opening = play.book.state
    tight = {name: getattr(opening, name)[: opening.count[place]] for name, place in GROWING}
    grown = run(opening._replace(**tight), play.world)
    roomy = run(opening, play.world)
    for name in ("ledger", "stocks", "backlog", "count"):
        assert np.array_equal(getattr(grown, name), getattr(roomy, name)), name


STRANGER = {
    "customer": "stranger",
    "rating": "other",
    "kind": "take-or-pay",
    "gpu": "g0",
    "site": "s0",
    "term_months": 6,
    "payment_days": 10,
    "late_start": "shifts",
    "price_usd_per_gpu_hour": 3,
}


@EXAMPLES
@given(operators(), st.integers(0, 1000))
def test_another_contract_leaves_the_luck_of_all_others_alone(tables, seed):
    as_of = tables["model"]["as_of"]
    start = as_of.replace(year=as_of.year + 1)
    stranger = STRANGER | {"signed": as_of, "tranches": [{"gpus": 7, "start": start}]}
    more = tables | {"contracts": {"aaa": stranger, **tables["contracts"]}}
    one, other = book_of(tables), book_of(more)
    w, v = world_of(one, seed), world_of(other, seed)
    for name in ("market", "on_demand_price", "base_rate", "spread", "market_open", "hall_delay"):
        assert np.array_equal(getattr(w, name), getattr(v, name)), name
    assert np.array_equal(w.lead_days, v.lead_days)
    same = [other.names.orders.index(name) for name in one.names.orders]
    assert np.array_equal(w.fitout_days, v.fitout_days[same])
    assert np.array_equal(w.acceptance_days, v.acceptance_days[same])
    rows = [other.names.contracts.index(name) for name in one.names.contracts]
    if len(w.collection_delay):
        own = w.collection_delay[: len(rows)]
        assert np.array_equal(own, v.collection_delay[rows])
