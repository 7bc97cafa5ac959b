"""Room for new rows: nouns that grow in a run are given space before an event, never during one.

Shared by the engines. Rows keep their number; arrays do not keep their address, so nobody holds
one across events.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gpusim.economics.handle import hand
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
    spare = spare_rows(s)
    return bool(
        s.count[ORDERS] + spare <= len(s.orders)
        and s.count[ASSETS] + spare <= len(s.assets)
        and s.count[CUSTOMERS] + spare <= len(s.customers)
        and s.count[CONTRACTS] + spare <= len(s.contracts)
        and s.count[TRANCHES] + spare <= len(s.tranches)
        and s.count[FACILITIES] + spare <= len(s.facilities)
        and s.count[DRAWS] + spare <= len(s.draws)
        and s.count[LEASES] + spare <= len(s.leases)
        and s.count[INVOICES] + spare <= len(s.invoices)
        and s.count[BILLS] + spare <= len(s.bills)
    )


@kernel
def spare_rows(s: State) -> int:
    """Rows that one event may add to a noun, at worst."""
    return int(SPARE + s.count[CONTRACTS] + len(s.gens))


def grow(s: State) -> State:
    """The same State with twice the rows for each noun that may grow."""
    spare = int(spare_rows(hand(s)))
    larger: dict[str, Any] = {}
    for name, _ in GROWING:
        old = getattr(s, name)
        new = np.zeros(2 * len(old) + spare, old.dtype).view(np.recarray)
        new[: len(old)] = old
        larger[name] = new
    tranches, orders = len(larger["tranches"]), len(larger["orders"])
    waits = np.zeros((tranches, int(N_CAUSES)), np.int64)
    waits[: len(s.waits)] = s.waits
    places = int(N_STEPS) + CLAIMS_PER_FACILITY * len(larger["facilities"])
    return s._replace(
        waits=waits,
        waiting=longer(s.waiting, tranches),
        needing=longer(s.needing, orders),
        claims=np.zeros((len(s.claims), places), np.int64),
        plan=taller(s.plan, len(larger["contracts"])),
        received=taller(s.received, len(larger["contracts"])),
        due=wider(s.due, max(len(rows) for rows in larger.values())),
        outbox=longer(s.outbox, 2 * len(s.outbox)),
        **larger,
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
