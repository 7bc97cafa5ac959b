"""Panels as polars tables: the files of a run folder, before they are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from gpusim.appraisal import realised
from gpusim.economics.books.statements import BALANCE, LINES, line
from gpusim.economics.core import state
from gpusim.economics.core.state import Floats, Ints
from gpusim.economics.debt.sizing import CAPS
from gpusim.results import figures, summary
from gpusim.results.formulas import lenders, loans
from gpusim.results.metric import REASONS, Books, Coded, Values
from gpusim.results.payload import (
    CLAIMS,
    LENT,
    LENT_CAPS,
    LENT_DAYS,
    NEW_LOANS,
    NOT_TOLD,
    Panel,
    shortfall_happened,
)
from gpusim.results.periods import Calendar, ends, sums
from gpusim.results.replications import covenants as covenant_tests
from gpusim.results.replications import outcome_metrics
from gpusim.results.replications.covenants import Covenant

if TYPE_CHECKING:
    import pandas as pd

    from gpusim.scenario.spec import Names


def to_pandas(frame: pl.DataFrame) -> pd.DataFrame:
    """The same table for pandas; the two libraries do not exchange frames without pyarrow."""
    import pandas as pd

    return pd.DataFrame({column.name: column.to_list() for column in frame})


def statements(panel: Panel, calendar: Calendar) -> pl.DataFrame:
    """A row a replication and period, a column a statement line [cents].

    `firm_ended`: the period is after that in which the firm ended, and only repeats its books.
    """
    keys = _keys(panel, calendar)
    for name in LINES:
        monthly = line(panel.ledger, name)
        values = ends(monthly, calendar) if name in BALANCE else sums(monthly, calendar)
        keys[name] = pl.Series(values.ravel(), dtype=pl.Int64)
    return pl.DataFrame(keys)


def metrics(panel: Panel, calendar: Calendar, values: Mapping[str, Values]) -> pl.DataFrame:
    """A row a replication and period, a column a metric, and its reason where it can be null.

    `firm_ended`: the period is after that in which the firm ended.
    """
    table = _keys(panel, calendar)
    reasons = pl.Series([reason or None for reason in REASONS], dtype=pl.String)
    for name, value in values.items():
        table[name] = pl.Series(value.figures.ravel()).fill_nan(None)
        if value.reasons is not None:
            table[f"{name}_reason"] = reasons.gather(value.reasons.ravel().astype(np.int64))
    return pl.DataFrame(table)


def summaries(
    values: Iterable[tuple[Mapping[str, Values], Calendar]],
    own: Sequence[Coded] = (),
    sets: Ints | None = None,
) -> pl.DataFrame:
    """The long summary table of metrics by calendar, taken one after another.

    own: metrics of the user's own among them; sets: of drawn inputs, by replication.
    """
    rows: dict[str, list[Any]] = {name: [] for name in summary.COLUMNS}
    for metric, calendar in values:
        for name, cells in summary.rows(metric, calendar.names, own, sets).items():
            rows[name] += cells
    schema = {name: pl.Float64() for name in summary.COLUMNS} | {
        "metric": pl.String(),
        "period": pl.String(),
        "unit": pl.String(),
        "n": pl.Int64(),
        "ci_by": pl.String(),
        "rests_on": pl.Int64(),
    }
    return pl.DataFrame(rows, schema=schema)


def outcome_summary(
    panel: Panel,
    calendar: Calendar,
    facilities: Sequence[str],
    covenants: Sequence[Covenant] = (),
) -> pl.DataFrame:
    """A row a figure of a whole replication: mean, percentiles, mean of the worst twentieth.

    Those of the firm, then of loans and covenants.
    """
    books = Books(panel, calendar, covenants)
    asked = figures.OUTCOMES | {
        name: metric
        for name, metric in lenders.known(facilities, covenants).items()
        if not lenders.by_period(name)
    }
    found = {name: (metric, metric.of(books).figures) for name, metric in asked.items()}
    table = summary.of_outcomes(found, panel.sets)
    texts = dict.fromkeys(("metric", "unit", "better", "ci_by", "tail_by"), pl.String())
    whole = dict.fromkeys(("n", "rests_on"), pl.Int64())
    schema = {name: pl.Float64() for name in summary.OUTCOME_COLUMNS} | texts | whole
    return pl.DataFrame(table, schema=schema)


def own_outcomes(
    panel: Panel, calendar: Calendar, covenants: Sequence[Covenant] = ()
) -> dict[str, Floats]:
    """Figures of a whole replication of the firm [replications], by name."""
    books = Books(panel, calendar, covenants)
    return {name: metric.of(books).figures for name, metric in figures.OUTCOMES.items()}


def backlog(panel: Panel, calendar: Calendar) -> pl.DataFrame:
    """A row a replication, vintage, period, movement and cause that is not zero [cents].

    The opening balance stands in the period that ends on the as-of date. Vintage 0 is what was
    signed by then, vintage k what was signed in the k-th quarter after it.
    """
    table = panel.backlog.table(calendar)
    names = pl.Series((calendar.opening, *calendar.names), dtype=pl.String)
    causes = pl.Series((*state.CAUSES, None), dtype=pl.String)
    return pl.DataFrame(
        {
            "replication": panel.replications[table["place"]],
            "vintage": table["vintage"],
            "period": names.gather(table["period"]),
            "movement": pl.Series(state.MOVES, dtype=pl.String).gather(table["move"]),
            "cause": causes.gather(table["cause"]),
            "cents": table["cents"],
        }
    )


def units(panel: Panel, calendar: Calendar, names: Names) -> pl.DataFrame:
    """A row a replication, cohort, generation and quarter; amounts in cents, see `realised`."""
    rows = panel.units
    table: dict[str, Any] = {
        "replication": panel.replications[rows[:, 0]],
        "period": pl.Series(calendar.names, dtype=pl.String).gather(rows[:, 4]),
        **_cohorts(rows, names),
    }
    for n, name in enumerate(realised.COLUMNS):
        table[name] = rows[:, 5 + n]
    return pl.DataFrame(table)


def units_cash(panel: Panel, names: Names) -> pl.DataFrame:
    """A row a replication, cohort, generation and day with cash [cents], see `realised_cash`."""
    rows = panel.unit_cash
    return pl.DataFrame(
        {
            "replication": panel.replications[rows[:, 0]],
            "date": pl.Series(rows[:, 4], dtype=pl.Int64).cast(pl.Int32).cast(pl.Date),
            **_cohorts(rows, names),
            "cents": rows[:, 5],
        }
    )


def _cohorts(rows: Ints, names: Names) -> dict[str, pl.Series]:
    """Cohort, vintage and generation of rows of (place, contract, vintage, generation, ...)."""
    contract, vintage, gen = rows[:, 1], rows[:, 2], rows[:, 3]
    cohorts = [
        names.contracts[c]
        if c >= 0
        else realised.UNRESERVED.get(int(c), f"{realised.SIGNED}{names.vintages[int(v)]}")
        for c, v in zip(contract, vintage, strict=True)
    ]
    vintages = [names.vintages[int(v)] if v >= 0 else None for v in vintage]
    gens = [names.gens[int(g)] if g >= 0 else None for g in gen]
    return {
        "cohort": pl.Series(cohorts, dtype=pl.String),
        "vintage": pl.Series(vintages, dtype=pl.String),
        "generation": pl.Series(gens, dtype=pl.String),
    }


def outcome_table(
    panel: Panel, calendar: Calendar, covenants: Sequence[Covenant] = ()
) -> pl.DataFrame:
    """A row a replication; amounts in cents. First days are null where nothing happened."""
    table: dict[str, Any] = outcome_metrics.columns(panel, calendar, covenants)
    frame = pl.DataFrame(table, strict=False).with_columns(pl.selectors.float().fill_nan(None))
    amounts = [one.name for one in outcome_metrics.OUTCOMES if one.unit == "USD"]
    frame = frame.with_columns(pl.col(amounts).cast(pl.Int64))
    frame.insert_column(1, pl.Series("shortfall", shortfall_happened(panel)))
    frame.insert_column(2, _dates("shortfall_first", panel.first_shortfall))
    frame.insert_column(3, _dates("defaulted", panel.defaulted))
    breaches = covenant_tests.columns(panel, covenants).items()
    return frame.with_columns(_dates(name, days) for name, days in breaches)


def facilities(
    panel: Panel, names: Sequence[str], calendar: Calendar, covenants: Sequence[Covenant] = ()
) -> pl.DataFrame:
    """A row a replication and facility that the scenario names, then one for new loans together.

    Amounts in cents; days are null where nothing happened, caps where nothing bound, covers where
    none was tested.
    """
    reps, count = len(panel.replications), len(names)
    caps = pl.Series((*CAPS, None), dtype=pl.String)
    columns: dict[str, Any] = {
        "replication": np.repeat(panel.replications, count),
        "facility": pl.Series(list(names) * reps, dtype=pl.String),
    }
    for place, field in enumerate(LENT):
        figures = panel.lent[:, :, place].ravel()
        if field in LENT_DAYS:
            columns[field] = _dates(field, figures)
        elif field in LENT_CAPS:
            columns[field] = caps.gather(np.where(figures < 0, len(CAPS), figures))
        elif field == "non_recourse":
            columns["recourse"] = figures == 0
        elif field not in NOT_TOLD:
            columns[field] = figures
    frame = pl.DataFrame(columns | _lowest_covers(panel, len(names), calendar, covenants))
    claims = {name: panel.new_loans[:, place] for place, name in enumerate(CLAIMS)}
    new = pl.DataFrame({"replication": panel.replications, "facility": NEW_LOANS} | claims)
    new = new.filter(pl.col("claim") > 0)
    return pl.concat([frame, new], how="diagonal") if len(new) else frame


def _lowest_covers(
    panel: Panel, count: int, calendar: Calendar, covenants: Sequence[Covenant]
) -> dict[str, pl.Series]:
    """Each loan's lowest cover by its own contracts, and the quarter of it."""
    books = loans.quarterly(Books(panel, calendar, covenants))
    reps = len(panel.replications)
    covers = np.empty((reps, count, len(books.calendar.names)))
    for place in range(count):
        covers[:, place] = loans.covers(books, place)
    flat = covers.reshape(reps * count, len(books.calendar.names))
    words = loans.where_lowest(flat, books.calendar.names)
    return {
        "dscr_lowest": pl.Series(loans.lowest(flat)).fill_nan(None),
        "dscr_lowest_period": pl.Series(words, dtype=pl.String),
    }


def _dates(name: str, days: Ints) -> pl.Series:
    """Days as dates; null for a day that never comes."""
    series = pl.Series(name, days).cast(pl.Int32).cast(pl.Date)
    return series.set(pl.Series(days >= state.NEVER), None)


def _keys(panel: Panel, calendar: Calendar) -> dict[str, Any]:
    periods = len(calendar.names)
    places: Ints = np.tile(np.arange(periods), len(panel.replications))
    return {
        "replication": np.repeat(panel.replications, periods),
        "period": pl.Series(calendar.names, dtype=pl.String).gather(places),
        "firm_ended": ~calendar.running(panel.defaulted).ravel(),
    }
