"""The events of one replication as a table: what happened to whom, and what caused it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from gpusim.economics.agenda import PHASES
from gpusim.results.payload import EventRow
from gpusim.scenario.spec import Names
from gpusim.units import CENTS_PER_USD

NOUNS: Final = {
    "SIGN": "contract",
    "RAISE": "raise",
    "CLOSE": "facility",
    "LAPSE": "facility",
    "HANDOVER": "hall",
    "ENERGISE": "hall",
    "RETIRE": "asset",
    "DELIVER": "order",
    "FITTED": "order",
    "ACCEPT": "order",
    "COLLECT": "invoice",
    "PREPAY": "contract",
    "DEFAULT": "customer",
    "LEAVE": "tranche",
    "END": "tranche",
    "LONG_STOP": "tranche",
    "FALL_DUE": "tranche",
    "INSTALL": "site",
    "ALLOCATE": "generation",
    "START": "tranche",
    "OFFER": "offer",
    "PLAN": "desk",
    "NEED": "order",
    "FUND": "treasury",
    "PLACE": "order",
    "PAY": "bill",
    "MONTH": "books",
}
"""Whose row the subject of an event is."""


def table(events: Sequence[EventRow], names: Names, replication: int) -> pl.DataFrame:
    """A row an event, in order.

    `cause` is the row of the event that caused this one; `facts` is JSON, with amounts in cents,
    power in W, times in days and nouns as rows. `text` is the event as a sentence; those that are
    `told` make the story.
    """
    place = {event.key: row for row, event in enumerate(events)}
    nouns = [NOUNS[PHASES[event.phase]] for event in events]
    columns: dict[str, Any] = {
        "replication": pl.repeat(replication, len(events), dtype=pl.Int64, eager=True),
        "event": range(len(events)),
        "date": pl.Series([e.day for e in events], dtype=pl.Int32).cast(pl.Date),
        "what": [PHASES[e.phase].lower() for e in events],
        "noun": nouns,
        "name": [_name(names, noun, e.subject) for noun, e in zip(nouns, events, strict=True)],
        "text": [e.text for e in events],
        "told": [e.told for e in events],
        "amount_usd": pl.Series([e.amount for e in events], dtype=pl.Int64) / CENTS_PER_USD,
        "facts": [e.facts for e in events],
        "cause": pl.Series([place.get(e.cause) for e in events], dtype=pl.Int64),
    }
    return pl.DataFrame(columns)


def _name(names: Names, noun: str, row: int) -> str:
    """What the scenario calls a row; rows that arose during the run are numbered."""
    known: dict[str, list[str]] = {
        "contract": names.contracts,
        "facility": names.facilities,
        "hall": names.halls,
        "asset": names.assets,
        "order": names.orders,
        "tranche": names.tranches,
        "site": names.sites,
        "generation": names.gens,
    }
    if noun in ("treasury", "books"):
        return ""
    called = known.get(noun, [])
    return called[row] if row < len(called) else f"{noun} {row}"
