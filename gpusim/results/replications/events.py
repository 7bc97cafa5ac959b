"""The events of one replication as a table: what happened to whom, and what caused it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from gpusim.economics.core.agenda import PHASES
from gpusim.results.payload import EventRow
from gpusim.scenario.naming import NOUNS
from gpusim.units_of_measure import CENTS_PER_USD


def table(events: Sequence[EventRow], replication: int) -> pl.DataFrame:
    """A row an event, in order.

    `cause` is the row of the event that caused this one; `facts` is JSON, with amounts in cents,
    power in W, times in days and nouns as rows. `text` is the event as a sentence; those
    `in_story` make the story.
    """
    place = {event.key: row for row, event in enumerate(events)}
    nouns = [NOUNS[PHASES[event.phase]] for event in events]
    columns: dict[str, Any] = {
        "replication": pl.repeat(replication, len(events), dtype=pl.Int64, eager=True),
        "event": range(len(events)),
        "date": pl.Series([e.day for e in events], dtype=pl.Int32).cast(pl.Date),
        "what": [PHASES[e.phase].lower() for e in events],
        "noun": nouns,
        "name": [e.name for e in events],
        "text": [e.text for e in events],
        "in_story": [e.in_story for e in events],
        "amount_usd": pl.Series([e.amount for e in events], dtype=pl.Int64) / CENTS_PER_USD,
        "facts": [e.facts for e in events],
        "cause": pl.Series([place.get(e.cause) for e in events], dtype=pl.Int64),
    }
    return pl.DataFrame(columns)
