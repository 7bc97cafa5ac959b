"""Room for new rows: nouns that grow in a run are given space before an event, never during one.

Shared by the engines. Rows keep their number; arrays do not keep their address, so nobody holds
one across events.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gpusim.compiling.kernel import const, kernel
from gpusim.economics.core.records import rows
from gpusim.economics.core.state import (
    ADVANCES,
    ASSETS,
    BILLS,
    CONTRACTS,
    CUSTOMERS,
    DRAWS,
    FACILITIES,
    INVOICES,
    LEASES,
    N_CAUSES,
    N_NOUNS,
    N_STEPS,
    NEVER,
    ORDERS,
    PAYMENTS_PER_FACILITY,
    TRANCHES,
    WAITING,
    Ints,
    Posting,
    State,
    World,
)
from gpusim.economics.core.state_pointer import to_pointer

GROWING = (
    ("orders", ORDERS),
    ("assets", ASSETS),
    ("customers", CUSTOMERS),
    ("contracts", CONTRACTS),
    ("advances", ADVANCES),
    ("tranches", TRANCHES),
    ("facilities", FACILITIES),
    ("draws", DRAWS),
    ("leases", LEASES),
    ("invoices", INVOICES),
    ("bills", BILLS),
)
SPARE = const(24)
"""Rows one event may add to any noun but invoices, of which a month adds one a contract, and
orders, of which it adds one a pool, tranches, of which it parts one off each that waits, and
advances: a signature adds up to sixteen lots (demand.MAX_LOTS) with an order each."""
AMOUNTS_AHEAD = const(2)
"""Amounts that were paid ahead for one contract: the opening balance and a prepayment, of each of
which a month may hand a part to each renewal."""
POSTINGS_A_ROW, POSTINGS_MORE = const(16), const(256)
"""Rows of the journal that an event may fill: the most postings of one rule for one row, and those
that no row has."""


@kernel
def rows_needed(count: Ints, pools: int, place: int) -> int:
    """Rows that a noun must have before an event, at these counts."""
    more = SPARE
    if place == INVOICES:
        more += count[CONTRACTS]
    elif place == ORDERS:
        more += pools
    elif place == TRANCHES:
        more += count[WAITING]
    elif place == ADVANCES:
        more += AMOUNTS_AHEAD * count[CONTRACTS]
    return int(count[place] + more)


@kernel
def fits(s: State) -> bool:
    """Whether the worst single event still fits."""
    pools = len(s.pools)
    return bool(
        rows_needed(s.count, pools, ORDERS) <= len(s.orders)
        and rows_needed(s.count, pools, ASSETS) <= len(s.assets)
        and rows_needed(s.count, pools, CUSTOMERS) <= len(s.customers)
        and rows_needed(s.count, pools, CONTRACTS) <= len(s.contracts)
        and rows_needed(s.count, pools, ADVANCES) <= len(s.advances)
        and rows_needed(s.count, pools, TRANCHES) <= len(s.tranches)
        and rows_needed(s.count, pools, FACILITIES) <= len(s.facilities)
        and rows_needed(s.count, pools, DRAWS) <= len(s.draws)
        and rows_needed(s.count, pools, LEASES) <= len(s.leases)
        and rows_needed(s.count, pools, INVOICES) <= len(s.invoices)
        and rows_needed(s.count, pools, BILLS) <= len(s.bills)
        and (len(s.journal) == 0 or s.clock[0].journal + postings(s) <= len(s.journal))
    )


@kernel
def postings(s: State) -> int:
    """Journal rows that one event may need at worst: the books, which post for every row."""
    rows = len(s.sites) + len(s.pools) + len(s.overheads)
    for noun in range(N_NOUNS):
        rows += s.count[noun]
    return int(POSTINGS_A_ROW * rows + POSTINGS_MORE)


def with_journal(s: State) -> State:
    """The same State with a journal, so that every posting is kept."""
    return s._replace(journal=rows(Posting, int(postings(to_pointer(s)))))


def grow(s: State, count: Ints | None = None) -> State:
    """The same State with twice the rows for each noun that is short of them.

    count: rows in use, of a run that was short; left out: the State's own.
    """
    used = s.count if count is None else count
    wanted = {}
    for name, place in GROWING:
        has, needed = len(getattr(s, name)), int(rows_needed(used, len(s.pools), place))
        wanted[name] = has + needed if needed > has else has
    return with_rows(s, wanted)


def rows_of_nouns(s: State) -> dict[str, int]:
    """Rows that the nouns that grow have room for."""
    return {name: len(getattr(s, name)) for name, _ in GROWING}


def with_rows(s: State, wanted: Mapping[str, int]) -> State:
    """The same State with room for so many rows of each noun that grows, or as many as it has."""
    larger: dict[str, Any] = {}
    for name, _ in GROWING:
        old = getattr(s, name)
        more = wanted[name] - len(old)
        larger[name] = with_more_rows(old, more) if more > 0 else old
    tranches, orders = len(larger["tranches"]), len(larger["orders"])
    waits = np.zeros((tranches, int(N_CAUSES)), np.int64)
    waits[: len(s.waits)] = s.waits
    dropped = np.zeros((tranches, int(N_CAUSES)), np.int64)
    dropped[: len(s.dropped)] = s.dropped
    journal = s.journal
    entries = int(s.clock[0].journal + postings(to_pointer(s))) if len(journal) else 0
    if entries > len(journal):
        journal = with_more_rows(journal, entries)
    places = int(N_STEPS) + int(PAYMENTS_PER_FACILITY) * len(larger["facilities"])
    longest = max(len(column) for column in larger.values())
    return s._replace(
        journal=journal,
        waits=waits,
        dropped=dropped,
        breakage=add_rows_below(s.breakage, len(larger["contracts"])),
        waiting=lengthen(s.waiting, tranches),
        needing=lengthen(s.needing, orders),
        unsettled=lengthen(s.unsettled, tranches),
        coming=lengthen(s.coming, orders),
        payments_due=np.zeros((len(s.payments_due), places), np.int64),
        plan=add_rows_below(s.plan, len(larger["contracts"])),
        planned=add_rows_below(s.planned, len(larger["contracts"])),
        received=add_rows_below(s.received, len(larger["contracts"])),
        covenants=with_more_rows(s.covenants, len(larger["facilities"]) - len(s.covenants)),
        own_cash=add_rows_below(s.own_cash, len(larger["facilities"])),
        own_service=add_rows_below(s.own_service, len(larger["facilities"])),
        loan_months=add_rows_below(s.loan_months, len(larger["facilities"])),
        covenant_tests=add_rows_below(s.covenant_tests, len(larger["facilities"])),
        interest_ahead=add_rows_below(s.interest_ahead, len(larger["facilities"]) + 1)
        if len(s.interest_ahead)
        else s.interest_ahead,
        earned=add_rows_below(s.earned, len(larger["contracts"])) if len(s.earned) else s.earned,
        contract_moves=add_rows_below(s.contract_moves, len(larger["contracts"]))
        if len(s.contract_moves)
        else s.contract_moves,
        due=widen_calendar(s.due, longest),
        outbox=lengthen(s.outbox, 2 * sum(len(column) for column in larger.values())),
        **larger,
    )


def with_more_rows(column: Any, more: int) -> Any:
    """A noun's rows, with so many more below them."""
    new = np.zeros((len(column) + more, *column.shape[1:]), column.dtype).view(np.recarray)
    new[: len(column)] = column
    return new


def add_rows_below(table: Ints, height: int) -> Ints:
    """A table with rows of zeros below its own."""
    new = np.zeros((max(height, len(table)), *table.shape[1:]), np.int64)
    new[: len(table)] = table
    return new


def lengthen(column: Ints, length: int) -> Ints:
    """A column with zeros after its values."""
    new = np.zeros(max(length, len(column)), np.int64)
    new[: len(column)] = column
    return new


def widen_calendar(due: Ints, width: int) -> Ints:
    """An event calendar with more subjects, nothing scheduled for them."""
    new = np.full((due.shape[0], max(width, due.shape[1])), NEVER, np.int64)
    new[:, : due.shape[1]] = due
    return new


def copy(s: State, w: World) -> State:
    """A State of its own for one replication, with a place for each offer of its world."""
    offers = len(w.offers)
    own = State._make(column.copy() for column in s)
    return own._replace(
        offers=np.zeros(offers, np.int64),
        due=widen_calendar(own.due, offers),
        outbox=lengthen(own.outbox, len(own.outbox) + 2 * offers),
    )
