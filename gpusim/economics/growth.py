"""Room for new rows: nouns that grow in a run are given space before an event, never during one.

Shared by the engines. Rows keep their number; arrays do not keep their address, so nobody holds
one across events.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gpusim.economics.state import ASSETS, BILLS, CONTRACTS, DRAWS, INVOICES, LEASES, NEVER, State

GROWING = (
    ("assets", ASSETS),
    ("draws", DRAWS),
    ("leases", LEASES),
    ("invoices", INVOICES),
    ("bills", BILLS),
)
SPARE = 8
"""Rows one event may add to any noun but invoices, of which a month adds one a contract."""


def has_room(s: State) -> bool:
    """Whether the worst single event still fits."""
    spare = SPARE + int(s.count[CONTRACTS])
    return all(int(s.count[place]) + spare <= len(getattr(s, name)) for name, place in GROWING)


def grow(s: State) -> State:
    """The same State with twice the rows for each noun that may grow."""
    spare = SPARE + int(s.count[CONTRACTS])
    larger: dict[str, Any] = {}
    for name, _ in GROWING:
        old = getattr(s, name)
        new = np.zeros(2 * len(old) + spare, old.dtype).view(np.recarray)
        new[: len(old)] = old
        larger[name] = new
    width = max(s.due.shape[1], *(len(rows) for rows in larger.values()))
    due = np.full((s.due.shape[0], width), NEVER, np.int64)
    due[:, : s.due.shape[1]] = s.due
    outbox = np.zeros(2 * len(s.outbox), np.int64)
    outbox[: len(s.outbox)] = s.outbox
    return s._replace(due=due, outbox=outbox, **larger)


def copy(s: State) -> State:
    """A State of its own for one replication."""
    return State._make(column.copy() for column in s)
