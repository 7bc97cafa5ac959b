"""Room for new rows: nouns that grow in a run are given space before an event, never during one.

Shared by the engines. Rows keep their number; arrays do not keep their address, so nobody holds
one across events.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gpusim.economics.kernel import const, kernel
from gpusim.economics.state import (
    ASSETS,
    BILLS,
    CONTRACTS,
    CUSTOMERS,
    DRAWS,
    FACILITIES,
    INVOICES,
    LEASES,
    N_CAUSES,
    N_STEPS,
    NEVER,
    ORDERS,
    TRANCHES,
    Ints,
    State,
    World,
)

GROWING = (
    ("orders", ORDERS),
    ("assets", ASSETS),
    ("customers", CUSTOMERS),
    ("contracts", CONTRACTS),
    ("tranches", TRANCHES),
    ("facilities", FACILITIES),
    ("draws", DRAWS),
    ("leases", LEASES),
    ("invoices", INVOICES),
    ("bills", BILLS),
)
SPARE = const(24)
"""Rows one event may add to any noun but invoices, of which a month adds one a contract, and
orders, of which it adds one a generation: a signature adds up to sixteen lots (demand.MAX_LOTS)
with an order each."""
CLAIMS_PER_FACILITY = 3


@kernel
def fits(s: State) -> bool:
    """Whether the worst single event still fits."""
    return bool(
        s.count[ORDERS] + SPARE + len(s.gens) <= len(s.orders)
        and s.count[ASSETS] + SPARE <= len(s.assets)
        and s.count[CUSTOMERS] + SPARE <= len(s.customers)
        and s.count[CONTRACTS] + SPARE <= len(s.contracts)
        and s.count[TRANCHES] + SPARE <= len(s.tranches)
        and s.count[FACILITIES] + SPARE <= len(s.facilities)
        and s.count[DRAWS] + SPARE <= len(s.draws)
        and s.count[LEASES] + SPARE <= len(s.leases)
        and s.count[INVOICES] + SPARE + s.count[CONTRACTS] <= len(s.invoices)
        and s.count[BILLS] + SPARE <= len(s.bills)
    )


def rows_needed(count: Ints, gens: int, place: int) -> int:
    """Rows that a noun must have before an event, at these counts; what `fits` demands."""
    spare = {int(INVOICES): int(count[CONTRACTS]), int(ORDERS): gens}
    return int(count[place] + SPARE) + spare.get(int(place), 0)


def grow(s: State, count: Ints | None = None) -> State:
    """The same State with twice the rows for each noun that is short of them.

    count: rows in use, of a run that was short; left out: the State's own.
    """
    used = s.count if count is None else count
    rows: dict[str, Any] = {name: getattr(s, name) for name, _ in GROWING}
    for name, place in GROWING:
        old, needed = rows[name], rows_needed(used, len(s.gens), place)
        if needed > len(old):
            rows[name] = np.zeros(len(old) + needed, old.dtype).view(np.recarray)
            rows[name][: len(old)] = old
    tranches, orders = len(rows["tranches"]), len(rows["orders"])
    waits = np.zeros((tranches, int(N_CAUSES)), np.int64)
    waits[: len(s.waits)] = s.waits
    places = int(N_STEPS) + CLAIMS_PER_FACILITY * len(rows["facilities"])
    longest = max(len(column) for column in rows.values())
    return s._replace(
        waits=waits,
        waiting=longer(s.waiting, tranches),
        needing=longer(s.needing, orders),
        claims=np.zeros((len(s.claims), places), np.int64),
        plan=taller(s.plan, len(rows["contracts"])),
        received=taller(s.received, len(rows["contracts"])),
        own_cash=taller(s.own_cash, len(rows["facilities"])),
        own_service=taller(s.own_service, len(rows["facilities"])),
        earned=taller(s.earned, len(rows["contracts"])),
        due=wider(s.due, longest),
        outbox=longer(s.outbox, 2 * sum(len(column) for column in rows.values())),
        **rows,
    )


def taller(table: Ints, height: int) -> Ints:
    """A table with rows of zeros below its own."""
    new = np.zeros((max(height, len(table)), table.shape[1]), np.int64)
    new[: len(table)] = table
    return new


def longer(column: Ints, length: int) -> Ints:
    """A column with zeros after its values."""
    new = np.zeros(max(length, len(column)), np.int64)
    new[: len(column)] = column
    return new


def wider(due: Ints, width: int) -> Ints:
    """An alarm board with more subjects, none of them armed."""
    new = np.full((due.shape[0], max(width, due.shape[1])), NEVER, np.int64)
    new[:, : due.shape[1]] = due
    return new


def copy(s: State, w: World) -> State:
    """A State of its own for one replication, with a place for each offer of its world."""
    offers = len(w.offers)
    own = State._make(column.copy() for column in s)
    return own._replace(
        offers=np.zeros(offers, np.int64),
        due=wider(own.due, offers),
        outbox=longer(own.outbox, len(own.outbox) + 2 * offers),
    )
