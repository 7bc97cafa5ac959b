"""What one replication leaves behind, small enough to send between processes.

Imported by workers: numpy only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gpusim.appraisal import realised, realised_cash
from gpusim.appraisal.nouns import realised_contracts, realised_sites
from gpusim.economics.core.money import share_of
from gpusim.economics.core.state import (
    LOAN_TRAPPED,
    N_CAUSES,
    N_LOAN_MONTHS,
    NEVER,
    NONE,
    ORDER_DEFERRED,
    Floats,
    Ints,
    State,
    World,
)
from gpusim.economics.debt.covenants import KINDS
from gpusim.economics.debt.sizing import CAPS
from gpusim.results.drawn.sets import set_of
from gpusim.results.moves import Moves

BREACHES = tuple(kind.breach for kind in KINDS)
LENT = (
    "commitment",
    "used",
    "principal",
    "claim",
    "recovered",
    "from_lien",
    "seized_claim",
    "seized_recovered",
    "most_unpaid",
    "trapped_most",
    "sculpted_debt",
    "sculpted_cash",
    *BREACHES,
    "first_stopped",
    "refinanced",
    "refused",
    "conversion_day",
    "accelerated",
    "seized",
    "first_unpaid",
    "converted",
    "first_month",
    "non_recourse",
    "in_force",
    "trap_tests",
    "size_binds",
    "cut_by",
)
"""What a payload keeps of each named facility: fields of `state.Facility`, first breaches, and
whether it is without recourse, of its terms."""
NOT_TOLD = ("first_month", "in_force")
"""Of these, what no table has."""
STATE_FIELDS = {
    "claim": "creditor_claim",
    "trap_tests": "tests_below",
}
"""Fields whose column in tables has another name."""
LENT_DAYS = LENT[LENT.index(BREACHES[0]) : LENT.index("converted")]
LENT_CAPS = ("size_binds", "cut_by")
CLAIMS = ("claim", "recovered", "from_lien")
"""What it keeps of all loans closed in the run together."""
NEW_LOANS = "new loans"
"""What those are called in tables."""
NO_CLAIMS: Ints = np.zeros(len(CLAIMS), np.int64)
NOTHING_LENT: Ints = np.zeros((0, len(LENT)), np.int64)
NOTHING_COVERED: Ints = np.zeros((2, 0, 0), np.int64)
NO_LOANS: Ints = np.zeros((0, int(N_LOAN_MONTHS), 0), np.int64)
NOTHING_TESTED: Ints = np.zeros((0, 2, 0), np.int64)
NOTHING_SIZED: Ints = np.zeros(len(CAPS), np.int64)
NOTHING_SLIPPED: Ints = np.zeros(int(N_CAUSES), np.int64)
WAITING = ("row", "cost", "lent", "needed")
"""What it keeps of an order of the scenario that waits for money on the last day: its row, its
cost and what its lenders' terms leave for it [cents], and the day on which it was to be placed."""
NOTHING_WAITS: Ints = np.zeros((0, len(WAITING)), np.int64)
SHARED_PATHS = ("market", "base_rate")
PATHS_OF_A_GPU = ("list_price", "use", "hardware_price", "resale", "rental_index")
"""What it keeps of the market by month: its state (0 glut, 1 balanced, 2 scarce) and the base rate
[1/year]; of each generation the on-demand list price [cents/GPU-hour], the share of offered hours
that is sold, the price of new hardware and of servers as good as new [cents/GPU], and the rental
index [cents/GPU-hour]."""
NO_MARKET: Floats = np.zeros((0, 0), np.float64)
NO_UNITS: Ints = np.zeros((0, realised.WIDTH), np.int64)
NO_CASH: Ints = np.zeros((0, realised_cash.WIDTH), np.int64)
NO_CONTRACTS: Ints = np.zeros((0, realised_contracts.WIDTH), np.int64)
NO_SITES: Ints = np.zeros((0, realised_sites.WIDTH), np.int64)


class Payload(NamedTuple):
    """One replication. The backlog cube is nearly empty and travels as its non-zero cells."""

    replication: int
    ledger: Ints  # [accounts, months + 1]
    stocks: Ints  # [measures, months + 1]
    backlog_shape: tuple[int, ...]  # vintages, moves, causes + 1, months + 1
    backlog_cells: Ints  # flat places in that cube, rising
    backlog_cents: Ints
    first_shortfall: int  # [day]; NEVER if nothing stayed unpaid
    worst_shortfall: int  # [cents]
    breaches: Ints  # [covenants] first day of breach; NEVER if none
    defaulted: int = NEVER  # [day]
    shares: tuple[int, int] = (0, 0)  # outstanding at the end; issued since the as-of day
    lent: Ints = NOTHING_LENT  # [facilities, LENT], see `lent_of`
    cover: Ints = NOTHING_COVERED  # [2, facilities, months + 1], see `cover_of`
    loans: Ints = NO_LOANS  # [facilities, N_LOAN_MONTHS, months + 1], see `State.loan_months`
    market: Floats = NO_MARKET  # [paths, months + 1], see `market_of`
    tests: Ints = NOTHING_TESTED  # [covenants, 2, months + 1], see `State.covenant_tests`
    sized: Ints = NOTHING_SIZED  # [CAPS] commitments by the cap that set them [cents]
    slips: Ints = NOTHING_SLIPPED  # [causes] value that slipped [cents]
    new_loans: Ints = NO_CLAIMS  # [CLAIMS] of loans closed in the run [cents]
    waiting: Ints = NOTHING_WAITS  # [orders that wait at the end, WAITING], see `waiting_of`
    kept_cash: int = 0  # promised to orders, or the operator's floor, on the last day [cents]
    units: Ints = NO_UNITS  # realised unit economics, see `realised`; no rows if not asked for
    unit_cash: Ints = NO_CASH  # their cash by day, see `realised_cash`, likewise
    contracts: Ints = NO_CONTRACTS  # see `realised_contracts`, likewise
    sites: Ints = NO_SITES  # see `realised_sites`, likewise
    resold: bool = True  # the model says what used GPUs fetch


class EventRow(NamedTuple):
    """One event of a replication's story."""

    key: int  # of the agenda
    cause: int  # key of the event that caused it; -1: none
    day: int
    phase: int
    subject: int  # row of the phase's noun
    name: str  # what that row is called
    facts: str  # JSON; cents, W, days, rows
    text: str  # a sentence
    amount: int | None  # the money it is about [cents]
    in_story: bool  # whether it belongs in the story


class Panel(NamedTuple):
    """All replications of a run, stacked in order of their number."""

    replications: Ints  # [replications]
    ledger: Ints  # [replications, accounts, months + 1]
    stocks: Ints  # [replications, measures, months + 1]
    backlog: Moves
    first_shortfall: Ints  # [replications] [day]
    worst_shortfall: Ints  # [replications] [cents]
    breaches: Ints  # [replications, covenants] first day of breach; NEVER if none
    defaulted: Ints  # [replications] day on which the firm ended; NEVER
    shares: Ints  # [replications, 2] outstanding at the end; issued since the as-of day
    lent: Ints  # [replications, facilities, LENT], see `lent_of`
    cover: Ints  # [replications, 2, facilities, months + 1], see `cover_of`
    loans: Ints  # [replications, facilities, N_LOAN_MONTHS, months + 1] [cents]
    market: Floats  # [replications, paths, months + 1], see `market_of`
    tests: Ints  # [replications, covenants, COUNTED or NEEDED, months + 1] before cures [cents]
    sized: Ints  # [replications, CAPS], see `sizing`
    slips: Ints  # [replications, causes] value that slipped, see `losses.book_slippage` [cents]
    new_loans: Ints  # [replications, CLAIMS] of loans closed in the run [cents]
    waiting: Ints  # rows of (place, WAITING)
    kept_cash: Ints  # [replications] promised to orders, or the floor, on the last day [cents]
    units: Ints  # rows of (place, realised.KEYS, realised.COLUMNS)
    unit_cash: Ints  # rows of (place, realised_cash.KEYS, cents)
    contracts: Ints  # rows of (place, realised_contracts.KEYS, realised_contracts.COLUMNS)
    sites: Ints  # rows of (place, realised_sites.KEYS, realised_sites.COLUMNS)
    resold: npt.NDArray[np.bool_]  # [replications] whether the model says what used GPUs fetch
    each: int = 1  # replications of each set of drawn inputs; 1: none is drawn

    @property
    def sets(self) -> Ints | None:
        """The set of drawn inputs of each replication; None where none is drawn."""
        return set_of(self.replications, self.each)


def payload_of(
    state: State,
    replication: int,
    units: Ints = NO_UNITS,
    unit_cash: Ints = NO_CASH,
    orders: int | None = None,
    world: World | None = None,
) -> Payload:
    """The payload of a finished run; its realised unit economics and cash, if asked for.

    orders: of the scenario, which come first; None: all. world: what was drawn; None: not told, so
    that figures of the market are NaN.
    """
    cells = np.flatnonzero(state.backlog)
    cents = state.backlog.ravel()[cells]
    packed = pack(state, world, replication, state.backlog.shape, cells, cents, orders)
    return packed._replace(units=units, unit_cash=unit_cash)


def pack(
    end: Any,
    drawn: Any,
    replication: int,
    shape: tuple[int, ...],
    cells: Ints,
    cents: Ints,
    orders: int | None = None,
) -> Payload:
    """The payload of a finished run and its backlog's cells that are not zero.

    end: a State, or what the batch engine keeps of one; drawn: likewise of a World, or None;
    orders: see `payload_of`.
    """
    clock, firm = end.clock[0], end.firm[0]
    return Payload(
        replication,
        end.ledger.copy(),
        end.stocks.copy(),
        shape,
        cells,
        cents,
        int(clock.first_shortfall),
        int(firm.shortfall),
        first_breaches(end),
        int(firm.defaulted),
        (int(firm.shares), int(firm.shares_issued)),
        lent_of(end),
        cover_of(end),
        loans_of(end),
        market_of(end, drawn),
        tests_of(end),
        end.sized.copy(),
        end.slips.copy(),
        np.array([firm.new_creditor_claim, firm.new_recovered, firm.new_from_lien], np.int64),
        waiting_of(end, orders),
        int(firm.reserved_cash + firm.minimum_cash),
        resold=bool(firm.resale_market),
    )


def waiting_of(end: Any, orders: int | None) -> Ints:
    """Orders that wait for money on the last day, in the order in which they are met [_, WAITING].

    What a loan and a supplier's line leave for an order is by their terms: the share of its cost,
    within the commitment that nothing before it takes, though it may no longer be drawn.
    """
    own = np.asarray(end.orders)[:orders]
    lenders = np.asarray(end.facilities)
    left = (lenders["commitment"] - lenders["used"] - lenders["reserved"]).tolist()
    found = []
    for row in np.flatnonzero(own["status"] == ORDER_DEFERRED).tolist():
        order, lent = own[row], 0
        cost = int(order["cost"])
        for lender, share in (("facility", "loan_share"), ("vendor", "vendor_share")):
            f = int(order[lender])
            if f != NONE:
                part = max(min(share_of(cost, float(order[share])), left[f], cost - lent), 0)
                left[f] -= part
                lent += part
        found.append((row, cost, lent, int(order["needed"])))
    return np.array(found, np.int64).reshape(-1, len(WAITING))


def lent_of(end: Any) -> Ints:
    """What became of each facility that the scenario names [facilities, LENT]."""
    table = np.asarray(end.facilities)
    named = table["stated"] != 0
    broken = dict(zip(BREACHES, np.asarray(end.covenants)["broken"][named].T, strict=True))
    rows = table[named]
    agreed = np.asarray(end.terms)[rows["terms"]]
    most = np.asarray(end.loan_months)[named, LOAN_TRAPPED].max(axis=1)
    kept = broken | {"non_recourse": agreed["non_recourse"], "trapped_most": most}
    own = [kept[n] if n in kept else rows[STATE_FIELDS.get(n, n)] for n in LENT]
    return np.stack(own, axis=1)


def cover_of(end: Any) -> Ints:
    """Each named facility's own cash for debt service, and its service [2, facilities, months]."""
    named = np.asarray(end.facilities)["stated"] != 0
    return np.stack([end.own_cash[named], end.own_service[named]])


def loans_of(end: Any) -> Ints:
    """The months of each named facility [facilities, N_LOAN_MONTHS, months]."""
    named = np.asarray(end.facilities)["stated"] != 0
    return np.asarray(end.loan_months[named])


def market_of(end: Any, drawn: Any) -> Floats:
    """The market by month [paths, months + 1]: what all share, then of each kind a row a GPU.

    See `SHARED_PATHS` and `PATHS_OF_A_GPU`; NaN where nothing that was drawn is told.
    """
    price = np.asarray(end.gens)["capex"].astype(np.float64)
    if drawn is None:
        paths = len(SHARED_PATHS) + len(PATHS_OF_A_GPU) * len(price)
        return np.full((paths, end.stocks.shape[1]), np.nan)
    return np.concatenate(
        [
            drawn.market[None].astype(np.float64),
            drawn.base_rate[None],
            drawn.on_demand_price,
            drawn.on_demand_use,
            price[:, None] * drawn.hardware_factor,
            drawn.resale,
            drawn.rental_index,
        ]
    )


def tests_of(end: Any) -> Ints:
    """Both sides of each test of the covenants that are agreed [covenants, 2, months]."""
    rows = [end.covenant_tests[place] for place in tested(end)]
    shape = (0, *end.covenant_tests.shape[2:])
    return np.stack(rows) if rows else np.zeros(shape, np.int64)


def first_breaches(end: Any) -> Ints:
    """Day each covenant was first broken, facility by facility; NEVER where it was not."""
    table = np.asarray(end.covenants)
    return np.array([table["broken"][place] for place in tested(end)], np.int64)


def tested(end: Any) -> list[tuple[int, int]]:
    """The covenants that are agreed, as facility and kind, facility by facility.

    Loans that close for contracts signed in the run are left out: they differ by replication.
    """
    agreed = np.asarray(end.covenants)["limit"] > 0
    agreed &= (np.asarray(end.facilities)["stated"] != 0)[:, None]
    return [(int(f), int(kind)) for f, kind in np.argwhere(agreed)]


def stack(payloads: Sequence[Payload], each: int = 1) -> Panel:
    """Payloads as one panel; the order they arrive in does not matter.

    each: replications of a set of drawn inputs.

    Raises:
        ValueError: there is none.
    """
    if not payloads:
        raise ValueError("a run needs at least one finished replication")
    ordered = sorted(payloads, key=lambda p: p.replication)
    return Panel(
        np.array([p.replication for p in ordered], np.int64),
        np.stack([p.ledger for p in ordered]),
        np.stack([p.stocks for p in ordered]),
        _moves(ordered),
        np.array([p.first_shortfall for p in ordered], np.int64),
        np.array([p.worst_shortfall for p in ordered], np.int64),
        np.stack([p.breaches for p in ordered]),
        np.array([p.defaulted for p in ordered], np.int64),
        np.array([p.shares for p in ordered], np.int64),
        np.stack([p.lent for p in ordered]),
        np.stack([p.cover for p in ordered]),
        np.stack([p.loans for p in ordered]),
        np.stack([p.market for p in ordered]),
        np.stack([p.tests for p in ordered]),
        np.stack([p.sized for p in ordered]),
        np.stack([p.slips for p in ordered]),
        np.stack([p.new_loans for p in ordered]),
        _placed([p.waiting for p in ordered]),
        np.array([p.kept_cash for p in ordered], np.int64),
        _placed([p.units for p in ordered]),
        _placed([p.unit_cash for p in ordered]),
        _placed([p.contracts for p in ordered]),
        _placed([p.sites for p in ordered]),
        np.array([p.resold for p in ordered], np.bool_),
        each,
    )


def _placed(tables: Sequence[Ints]) -> Ints:
    """Tables below each other, each with its place in front."""
    return np.concatenate([np.insert(own, 0, place, axis=1) for place, own in enumerate(tables)])


def shortfall_happened(panel: Panel) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether an amount ever stayed due and unpaid, by replication."""
    return np.asarray(panel.first_shortfall < NEVER)


def _moves(ordered: Sequence[Payload]) -> Moves:
    """The movements of all replications."""
    lengths = [len(p.backlog_cells) for p in ordered]
    return Moves(
        len(ordered),
        ordered[0].backlog_shape,
        np.repeat(np.arange(len(ordered)), lengths),
        np.concatenate([p.backlog_cells for p in ordered]),
        np.concatenate([p.backlog_cents for p in ordered]),
    )
