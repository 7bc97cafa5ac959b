"""Tables of each contract, site and cohort of a run, told with `--units`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from gpusim.appraisal.nouns import realised_contracts, realised_sites
from gpusim.economics.core.state import NEVER
from gpusim.results import tables
from gpusim.results.metric import MICROWATTS_PER_MW
from gpusim.results.payload import Panel
from gpusim.results.periods import Calendar

if TYPE_CHECKING:
    from gpusim.scenario.spec import Names


def of_run(panel: Panel, calendar: Calendar, names: Names) -> dict[str, pl.DataFrame]:
    """Every table that `--units` adds to a run's folder, by name."""
    return {
        "units": tables.units(panel, calendar, names),
        "units_cash": tables.units_cash(panel, names),
        "contracts": contracts(panel, names),
        "sites": sites(panel, calendar, names),
    }


def contracts(panel: Panel, names: Names) -> pl.DataFrame:
    """A row a replication and contract [cents, hours, days], see `realised_contracts`.

    Contracts signed in the run are one row, and what no contract is behind another.
    """
    rows = panel.contracts
    called = [
        names.contracts[c] if c >= 0 else realised_contracts.UNNAMED[c] for c in rows[:, 1].tolist()
    ]
    table = {
        "replication": pl.Series(panel.replications[rows[:, 0]], dtype=pl.Int64),
        "contract": pl.Series(called, dtype=pl.String),
    }
    first = 1 + len(realised_contracts.KEYS)
    for n, name in enumerate(realised_contracts.COLUMNS):
        column = pl.Series(rows[:, first + n], dtype=pl.Int64)
        if name == "days_late" or name in realised_contracts.DAYS:
            column = pl.select(pl.when(column < NEVER).then(column)).to_series()
        if name in realised_contracts.DAYS:
            column = column.cast(pl.Int32).cast(pl.Date)
        table[name] = column
    return pl.DataFrame(table)


def sites(panel: Panel, calendar: Calendar, names: Names) -> pl.DataFrame:
    """A row a replication, quarter and site [MW, cents], see `realised_sites`."""
    rows = panel.sites
    called = [*names.sites, realised_sites.NO_SITE]
    table = {
        "replication": pl.Series(panel.replications[rows[:, 0]], dtype=pl.Int64),
        "period": pl.Series([calendar.names[q] for q in rows[:, 2].tolist()], dtype=pl.String),
        "site": pl.Series([called[site] for site in rows[:, 1].tolist()], dtype=pl.String),
    }
    first = 1 + len(realised_sites.KEYS)
    for n, name in enumerate(realised_sites.COLUMNS):
        column = rows[:, first + n]
        if name in realised_sites.IN_MW:
            table[realised_sites.IN_MW[name]] = pl.Series(column / MICROWATTS_PER_MW)
        else:
            table[name] = pl.Series(column, dtype=pl.Int64)
    return pl.DataFrame(table)
