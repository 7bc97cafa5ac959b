"""The top and the end of a run's page: the answer, the statements, where numbers come from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from gpusim.economics.core.state import Floats, Ints
from gpusim.experiments.compare.options import NONE
from gpusim.reports.laid_over import in_words
from gpusim.reports.layout import MILLION, counted, portion
from gpusim.reports.pages.figure import Figure
from gpusim.reports.pages.reading import COUNT, SHARE, USD_M, millions, periods_of
from gpusim.reports.printed.run_tables import INCOME_ROWS, NOT_OF_ALL, STATEMENT_ROWS
from gpusim.results import intervals
from gpusim.results.intervals import of_chance
from gpusim.results.stored.opened import Opened
from gpusim.results.verdict.chances import few_for_bands
from gpusim.scenario import Explained

BAND: Final = ("p10", "p50", "p90")
FIGURES: Final = ("mean", *BAND)
UNITS: Final = {"USD": USD_M}
CONVERTIBLE: Final = "backlog_opening_convertible"
"""The column of what of the opening backlog could become revenue [cents]."""


class Tile(NamedTuple):
    """A figure that people come for."""

    label: str
    value: str
    detail: str


class Statement(NamedTuple):
    """A line of the statements, periods as columns."""

    label: str
    unit: str
    figures: dict[str, Floats]  # mean, p10, p50, p90
    adds_up: bool  # whether it is a line of the income statement


def tiles(run: Opened) -> list[Tile]:
    """The answer: chances, conversion of backlog, what is left, each with its interval."""
    outcomes, cash = run.table("outcomes"), run.table("backlog_to_cash")
    sets = run.sets()
    short = outcomes["shortfall"].to_numpy()
    ended = outcomes["defaulted"].is_not_null().to_numpy()
    default = Tile("P(default)", f"{portion(ended.mean(), 1)}", interval(ended, sets))
    if no_default(run):
        why = "not asked: in this model no firm ends, operator.default_after_months is 0"
        default = Tile("P(default)", "-", why)
    return [
        Tile("P(shortfall)", f"{portion(short.mean(), 1)}", interval(short, sets)),
        default,
        converted(outcomes, sets),
        left(cash, sets),
    ]


def interval(happened: npt.NDArray[np.bool_], sets: Ints | None) -> str:
    """A probability's 95% interval, and how many replications it comes from.

    sets: of drawn inputs, by replication.
    """
    low, high = of_chance(happened, sets)
    told = f"{int(happened.sum())} of {len(happened)} replications"
    return f"95% interval {portion(low, 1)} to {portion(high, 1)}, {told}"


def converted(outcomes: pl.DataFrame, sets: Ints | None) -> Tile:
    """Share of the opening backlog that became revenue."""
    label = "Opening backlog converted"
    shares = outcomes.filter(pl.col(CONVERTIBLE) > 0).select(
        pl.col("backlog_opening_recognised") / pl.col(CONVERTIBLE)
    )
    values = shares.to_series().to_numpy()
    has = outcomes[CONVERTIBLE].to_numpy() > 0
    sets = None if sets is None else sets[has]
    if len(values) == 0:
        return Tile(label, "-", "there is none")
    low, high = np.percentile(values, (10, 90))
    detail = f"mean{mean_interval(values, lambda x: f'{x:.1%}', sets)}; 80% of replications "
    return Tile(label, f"{values.mean():.1%}", f"{detail}{low:.1%} to {high:.1%}")


def left(cash: pl.DataFrame, sets: Ints | None) -> Tile:
    """Cash left for shareholders."""
    values = cash["left_for_shareholders"].to_numpy() / MILLION / 100
    low, high = np.percentile(values, (10, 90))
    detail = f"mean{mean_interval(values, millions, sets)}; 80% of replications "
    detail += f"{millions(low)} to {millions(high)}"
    return Tile("Cash left for shareholders", millions(float(values.mean())), detail)


def mean_interval(values: Floats, show: Any, sets: Ints | None) -> str:
    """The 95% interval of a mean, to follow the word; nothing of one value."""
    told = intervals.of_mean(values, sets=sets)
    if told.how == intervals.FEW:
        few = counted(told.rests_on, "replication")
        return f" (rests on {few}: {show(told.low)} to {show(told.high)})"
    if not math.isfinite(told.half):
        return ""
    return f", 95% interval {show(told.low)} to {show(told.high)}"


def no_default(run: Opened) -> bool:
    """Whether the model lets no firm end, however long it does not pay."""
    operator = run.scenario().get("operator", {})
    return bool(operator.get("default_after_months") == 0)


def answer(run: Opened) -> str:
    """The answer in a sentence."""
    outcomes, periods = run.table("outcomes"), periods_of(run)
    count = outcomes.height
    whole = float(outcomes[CONVERTIBLE].mean() or 0) / MILLION / 100  # type: ignore[arg-type]
    earned = float(outcomes["backlog_opening_recognised"].mean() or 0) / MILLION / 100  # type: ignore[arg-type]
    gone = float(outcomes["backlog_opening_lost"].mean() or 0) / MILLION / 100  # type: ignore[arg-type]
    short = int(outcomes["shortfall"].sum()) / count
    text = ""
    if whole:
        text += f"Of {millions(whole)} of backlog that could become revenue, "
        text += f"{earned / whole:.1%} is earned by {periods[-1]} and {gone / whole:.1%} lost; "
    text += f"in {portion(short, 1)} of replications an amount falls due "
    text += "that cash and revolver cannot pay"
    dates = outcomes["shortfall_first"].drop_nulls().sort()
    if len(dates):
        text += f", first on {dates[(len(dates) - 1) // 2]} (median)"
    few = few_for_bands(count)
    return " ".join([text + ".", *unpaid_loans(run), *([f"{few}."] if few else [])])


def unpaid_loans(run: Opened) -> Iterator[str]:
    """A sentence for each loan without recourse that its own contracts do not pay in full."""
    table = run.table("facilities").filter(~pl.col("recourse"))
    for (name,), rows in table.group_by("facility", maintain_order=True):
        days = rows["first_unpaid"].drop_nulls().sort()
        if len(days):
            yield (
                f"{name}, without recourse, stays unpaid in "
                f"{portion(len(days) / rows.height, 1)}, first "
                f"on {days[(len(days) - 1) // 2]} (median)."
            )


def statements(run: Opened) -> list[Statement]:
    """The lines people read first: mean, median and 80% band by quarter."""
    summary, periods = run.table("summary"), periods_of(run)
    names = pl.DataFrame({"period": periods})
    lines = []
    for metric, label in STATEMENT_ROWS:
        rows = names.join(
            summary.filter(pl.col("metric") == metric),
            on="period",
            how="left",
            maintain_order="left",
        )
        if rows["unit"].is_null().all():
            continue  # a folder written before there was this line
        unit = str(rows["unit"].drop_nulls()[0])
        scale = MILLION if unit == "USD" else 1.0
        figures = {p: rows[p].fill_null(float("nan")).to_numpy() / scale for p in FIGURES}
        if metric in NOT_OF_ALL and not any(values.any() for values in figures.values()):
            continue
        income = (metric, label) in INCOME_ROWS
        lines.append(Statement(label, UNITS.get(unit, unit), figures, income))
    return lines


def sources(run: Opened) -> Figure:
    """How many inputs have a source, are assumed or unexplained, by table of the model."""
    rows = run.table("sources")
    head = pl.col("path").str.split(".").list.first().alias("table")
    table = (
        rows.group_by(head, maintain_order=True)
        .agg(
            pl.len().alias("numbers"),
            (pl.col("kind") == "source").sum().alias("sourced"),
            (pl.col("kind") == "assumption").sum().alias("assumed"),
            (pl.col("kind") == "none").sum().alias("unexplained"),
        )
        .with_columns((pl.col("assumed") / pl.col("numbers")).alias("assumed_share"))
    )
    kinds = ("sourced", "assumed", "unexplained")
    answer = f"{Explained(*(int(table[kind].sum()) for kind in kinds))}."
    counts = dict.fromkeys(("numbers", *kinds), COUNT)
    units = counts | {"assumed_share": SHARE}
    return Figure("assumed", "Sources and assumptions", answer, table, units)


def provenance(run: Opened) -> list[dict[str, str]]:
    """Every number with its source, or the reason and range it is assumed with."""
    return [
        {
            "path": row["path"],
            "value": row["value"],
            "range": f"{row['low']} to {row['high']}" if row["low"] is not None else "",
            "kind": "unexplained" if row["kind"] == "none" else row["kind"],
            "text": row["text"] + (f" (as of {row['as_of']})" if row["as_of"] else ""),
        }
        for row in run.table("sources").iter_rows(named=True)
    ]


def laid_over(manifest: dict[str, Any]) -> tuple[list[str], ...]:
    """Option of capital, strategy and shocks of all that was played.

    Of a comparison those of which it has one: what it has several of is what it compares.
    """
    if manifest.get("kind") == "compare":
        asked = manifest["requests"][0]
        given = [asked.get(kind) or [] for kind in ("capital", "strategies", "shocks")]
        return tuple([n for n in names if len(names) == 1 and n != NONE] for names in given)
    one = [[manifest[kind]] if manifest.get(kind) else [] for kind in ("capital", "strategy")]
    return (*one, list(manifest.get("shocks", ())))


def changes(manifest: dict[str, Any]) -> Sequence[str]:
    """What was changed of the model."""
    capital, strategy, shocks = laid_over(manifest)
    return in_words(capital, strategy, shocks, manifest.get("sets", ()))
