"""Tables of a run folder that only a report reads: the way to cash, debt service, provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from gpusim.economics.books import measures
from gpusim.economics.books.statements import line
from gpusim.economics.core.state import Ints
from gpusim.results.payload import Panel
from gpusim.results.periods import Calendar, sums
from gpusim.results.replications.backlog_to_cash import backlog_to_cash
from gpusim.results.replications.covenants import Covenant
from gpusim.results.replications.sources_and_uses import sources_and_uses
from gpusim.scenario.checks.sources import Row


def tables(
    panel: Panel, calendar: Calendar, covenants: Sequence[Covenant], sources: Sequence[Row]
) -> dict[str, pl.DataFrame]:
    """All of them, by file name."""
    steps = backlog_to_cash(panel)
    return {
        "backlog_to_cash": by_replication(panel, steps),
        "sources_and_uses": by_replication(panel, sources_and_uses(panel, steps)),
        "debt_service": debt_service(panel, calendar),
        "covenants": tested(covenants),
        "sources": provenance(sources),
    }


def by_replication(panel: Panel, columns: Mapping[str, Ints]) -> pl.DataFrame:
    """A row a replication, a column a step of `backlog_to_cash`, a part of both sides [cents]."""
    return pl.DataFrame({"replication": panel.replications} | dict(columns))


def debt_service(panel: Panel, calendar: Calendar) -> pl.DataFrame:
    """A row a replication and period: cash available, what fell due, what was paid [cents]."""
    stocks = panel.stocks

    def cash(*names: str) -> Ints:
        return sums(np.asarray(sum(line(panel.ledger, n) for n in names)), calendar)

    columns = {
        "cfads": sums(stocks[:, measures.CFADS], calendar),
        "debt_service": sums(stocks[:, measures.DEBT_SERVICE], calendar),
        "scheduled_principal": sums(stocks[:, measures.SCHEDULED_PRINCIPAL], calendar),
        "interest_paid": -cash("cash_for_interest"),
        "principal_paid": -cash("debt_repaid_cash"),
    }
    periods = len(calendar.names)
    table: dict[str, Any] = {
        "replication": np.repeat(panel.replications, periods),
        "period": list(calendar.names) * len(panel.replications),
    }
    return pl.DataFrame(table | {name: figures.ravel() for name, figures in columns.items()})


def tested(covenants: Sequence[Covenant]) -> pl.DataFrame:
    """A row a covenant: limits as ratio or USD; `column` is its column in the outcome table.

    scope: of a dscr, whose cash and service it counts: operator or facility.
    """
    schema = {
        "facility": pl.String(),
        "test": pl.String(),
        "minimum": pl.Float64(),
        "tested_from": pl.Date(),
        "column": pl.String(),
        "scope": pl.String(),
    }
    rows = [(c.facility, c.test, c.minimum, c.tested_from, c.column, c.scope) for c in covenants]
    return pl.DataFrame(rows, schema=schema, orient="row")


def provenance(rows: Sequence[Row]) -> pl.DataFrame:
    """A row a number or date of the model with its source, or the reason and range assumed."""
    told = [name for name in Row._fields if name != "assumed"]
    texts = [[_text(getattr(row, name)) for name in told] for row in rows]
    schema = dict.fromkeys(told, pl.String())
    return pl.DataFrame(texts, schema=schema, orient="row")


def _text(cell: object) -> str | None:
    """A cell in words; numbers without the noise of their last bits."""
    if cell is None:
        return None
    return f"{cell:.10g}" if isinstance(cell, float) else str(cell)
