"""Figures of a run's realised unit economics: the chain of a GPU-hour, return, payback, a megawatt.

Means over the replications. A rate of return judges the cohort's mean cash, each flow on its own
day (`realised_cash`), before loans and income tax; it is no mean of rates.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl

from gpusim.appraisal import realised, returns
from gpusim.appraisal.returns import Figure
from gpusim.economics.core.calendar import DAYS_PER_YEAR, HOURS_PER_DAY
from gpusim.economics.core.state import Floats
from gpusim.results.stored.opened import open_run
from gpusim.units_of_measure import CENTS_PER_USD, days_in_quarter

CHAIN: Final = (
    "revenue",
    "depreciation",
    "impairment",
    "power",
    "rent",
    "staff",
    "overhead",
    "interest",
    "disposal_gain",
)
EARNED: Final = ("revenue", "disposal_gain")
WATTS_PER_MW: Final = 1_000_000
NOUNS: Final = {"contract": "cohort", "generation": "generation", "vintage": "vintage"}
"""What rows may be grouped by, and the column that says it. All of them are also told per MW."""
NOT_BILLED: Final = "no GPU-hour is billed"
NO_CAPITAL: Final = "it has no capital of its own: what is let is of no cohort's hardware"
LET: Final = pl.col("generation").is_null() & (
    pl.col("cohort") != realised.UNRESERVED[realised.NO_HARDWARE]
)
"""Rows of contracts that let power: they have no GPU-hour, and no part in what one costs."""
UNITS, CASH = "units", "units_cash"


class NoUnitsError(Exception):
    """A folder that is no run folder, or whose run kept no unit economics."""


class Realised(NamedTuple):
    """A cohort, generation, vintage or the whole; figures in USD."""

    noun: str
    name: str
    gpus: float  # in service on average while it had any
    chain: dict[str, Figure]  # [USD/GPU-hour billed], with `margin`
    utilisation: Figure  # billed over in service [share]
    revenue_per_mw_year: Figure
    margin_per_mw_year: Figure
    capital_per_mw: Figure  # mean book value over mean power
    irr: Figure  # [1/year]
    irr_roots: tuple[float, ...]  # all of them [1/year]
    payback_years: Figure
    notes: tuple[str, ...]


def load(folder: Path) -> tuple[dict[str, Any], pl.DataFrame, pl.DataFrame]:
    """The manifest and the two tables of a run folder: cohorts by quarter, their cash by day.

    Raises:
        NoUnitsError: it is no run folder, or the run was made without `--units`.
    """
    if not (folder / "manifest.json").is_file():
        raise NoUnitsError(f"{folder} is no run folder: it holds no manifest.json")
    run = open_run(str(folder))
    for name in (UNITS, CASH):
        if not run.has(name):
            raise NoUnitsError(f"{folder} holds no {name}.parquet; run the model with --units")
    return run.manifest, run.table(UNITS), run.table(CASH)


def judge(table: pl.DataFrame, cash: pl.DataFrame, replications: int) -> list[Realised]:
    """Every contract, generation and vintage, then the whole run; see `load`."""
    periods = table["period"].unique().sort().to_list()
    found = []
    for noun, column in NOUNS.items():
        kept = table.filter(pl.col(column).is_not_null())
        names = sorted(kept[column].unique(maintain_order=True).to_list(), key=_place)
        for name in names:
            part = kept.filter(pl.col(column) == name)
            own = _cash(cash.filter(pl.col(column) == name), replications)
            found.append(_judged(noun, name, part, own, periods, replications))
    whole = _cash(cash, replications)
    return [*found, _judged("total", "all", table, whole, periods, replications)]


def _place(name: str) -> tuple[int, str]:
    """Contracts as they come, what was signed later by quarter, then what has no contract."""
    if name.startswith(realised.SIGNED):
        return 1, name
    return (2, name) if name in realised.UNRESERVED.values() else (0, "")


def _judged(
    noun: str,
    name: str,
    part: pl.DataFrame,
    cash: tuple[Floats, Floats],
    periods: list[str],
    replications: int,
) -> Realised:
    mean = _means(part, periods, replications)
    usd = {c: mean[c] / CENTS_PER_USD for c in (*CHAIN, "carrying")}
    hours, in_service = mean["gpu_hours_billed"].sum(), mean["gpu_hours_in_service"].sum()
    margin = _margin(usd)
    with_gpus = part.filter(~LET)
    of_gpus = usd
    if len(with_gpus) < len(part):
        served = _means(with_gpus, periods, replications)
        of_gpus = {c: served[c] / CENTS_PER_USD for c in CHAIN}
    chain = {c: _over(of_gpus[c].sum(), hours, NOT_BILLED) for c in CHAIN}
    chain["margin"] = _over(_margin(of_gpus).sum(), hours, NOT_BILLED)
    mw_years = mean["watt_days"].sum() / WATTS_PER_MW / DAYS_PER_YEAR
    busy = np.flatnonzero(mean["gpu_hours_in_service"])
    days = sum(days_in_quarter(periods[n]) for n in busy)
    no_power = "no GPU of it is in service"
    held = usd["carrying"][busy].mean() if len(busy) else 0.0
    rate, payback = returns.irr(*cash), returns.payback_on_days(*cash)
    capital = _over(held * days / DAYS_PER_YEAR, mw_years, no_power)
    if not part.filter(LET).is_empty() and part["generation"].is_null().all():
        rate, payback = returns.Irr(None, (), NO_CAPITAL), Figure(None, NO_CAPITAL)
        capital = Figure(None, NO_CAPITAL)
    return Realised(
        noun,
        name,
        in_service / (days * HOURS_PER_DAY) if days else 0.0,
        chain,
        _over(hours, in_service, no_power),
        _over(usd["revenue"].sum(), mw_years, no_power),
        _over(margin.sum(), mw_years, no_power),
        capital,
        Figure(rate.value, rate.reason),
        rate.roots,
        payback,
        (f"IRR: {rate.note}",) if rate.note else (),
    )


def _means(part: pl.DataFrame, periods: list[str], replications: int) -> dict[str, Floats]:
    """Every number of some rows by period, on average over the replications."""
    numbers = [c for c in part.columns if part.schema[c] == pl.Int64 and c != "replication"]
    by_period = (
        pl.DataFrame({"period": periods}, schema={"period": pl.String})
        .join(part.group_by("period").agg(pl.col(numbers).sum()), on="period", how="left")
        .fill_null(0)
        .sort("period")
    )
    return {c: by_period[c].to_numpy().astype(np.float64) / replications for c in numbers}


def _margin(usd: dict[str, Floats]) -> Floats:
    """What revenue leaves after the chain of costs, by period [USD]."""
    margin: Floats = np.sum([usd[c] if c in EARNED else -usd[c] for c in CHAIN], axis=0)
    return margin


def _cash(part: pl.DataFrame, replications: int) -> tuple[Floats, Floats]:
    """Mean cash by day [USD], and those days in years since the first."""
    days = part.group_by("date").agg(pl.col("cents").sum()).sort("date")
    flows = days["cents"].to_numpy() / CENTS_PER_USD / replications
    number = days["date"].cast(pl.Int32).to_numpy().astype(np.float64)
    return flows, (number - number[:1]) / DAYS_PER_YEAR


def _over(amount: float, base: float, reason: str) -> Figure:
    return Figure(float(amount) / float(base)) if base > 0 else Figure(None, reason)
