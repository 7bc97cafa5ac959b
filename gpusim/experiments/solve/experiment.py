"""The declaration of `solve`, and its tables: brackets, and every value that was tested."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from gpusim.experiments.common.inputs import Input, Value, value_at
from gpusim.experiments.run.answer_tables import INTERVAL
from gpusim.experiments.run.declaration import Answer, Experiment, Figures, ManifestEntry
from gpusim.experiments.solve.solve import Request, Solution, Solved, solve

SIDES: Final = {1: "above", -1: "below", 0: "unsure"}


def manifest_entry(found: Solution) -> ManifestEntry:
    """What its manifest says of it."""
    tested = [test for own in found.solved for test in own.crossing.tested]
    replications = sum(test.replications for test in tested)
    request = found.request
    models = (found.prepared,)
    return ManifestEntry(
        request, (request.strategy,), models, len(tested), replications, found.interrupted
    )


def tables(found: Sequence[Solution]) -> dict[str, pl.DataFrame]:
    """`breakevens` (a row a condition and value of the second key) and `tested` (a row a value)."""
    pairs = [(one, own) for one in found for own in one.solved]
    first = found[0]
    places = ("low", "high", "estimate")
    own_values = {place: [at(one, own, place) for one, own in pairs] for place in places}
    table: dict[str, Any] = {
        "until": [one.criterion.text for one, _ in pairs],
        "metric": [one.criterion.figure.text for one, _ in pairs],
        "probability": pl.Series([one.request.probability for one, _ in pairs], dtype=pl.Float64),
        "along": values([own.along for _, own in pairs]),
        "key": [first.input.name for _ in pairs],
        "unit": [one.criterion.figure.unit for one, _ in pairs],
        "target": [target(one) for one, _ in pairs],
        **{place: values(column) for place, column in own_values.items()},
        "why": pl.Series([own.crossing.why or None for _, own in pairs], dtype=pl.String),
        "turns": [own.crossing.turns for _, own in pairs],
        "undefined_replications": [own.undefined for _, own in pairs],
    }
    tests = [(one, own, test) for one, own in pairs for test in own.crossing.tested]
    tested: dict[str, Any] = {
        "until": [one.criterion.text for one, _, _ in tests],
        "along": values([own.along for _, own, _ in tests]),
        "value": values([value(one.input, test.level) for one, _, test in tests]),
        "unit": [one.criterion.figure.unit for one, _, _ in tests],
        "replications": [test.replications for *_, test in tests],
        **{
            end: pl.Series(
                [getattr(test, end) + target(one) for one, _, test in tests], dtype=pl.Float64
            )
            for end in INTERVAL
        },
        "side": [SIDES[test.sign] for *_, test in tests],
    }
    return {"breakevens": pl.DataFrame(table), "tested": finite(pl.DataFrame(tested))}


def finite(told: pl.DataFrame) -> pl.DataFrame:
    """The same with null for what is not a number: what was never defined has no interval."""
    columns = pl.col(pl.Float64)
    return told.with_columns(pl.when(columns.is_finite()).then(columns))


def target(found: Solution) -> float:
    """What is crossed: a probability, or a value of the metric."""
    own = found.request.probability
    return found.criterion.value if own is None else own


def at(found: Solution, one: Solved, place: str) -> Value | None:
    """The key's value at an end of the bracket or at the estimate."""
    level = getattr(one.crossing, place)
    return None if level is None else value(found.input, level)


def value(own: Input, level: float) -> Value:
    """The key's value at a level."""
    return value_at(own.leaves[0], level)


def values(column: Sequence[Value | None]) -> pl.Series:
    """Values of a key: dates as dates, all else as numbers."""
    dates = any(isinstance(one, dt.date) for one in column)
    return pl.Series(column, dtype=pl.Date if dates else pl.Float64, strict=False)


EXPERIMENT: Final = Experiment(
    "solve",
    "solution",
    Request,
    solve,
    Answer(manifest_entry, tables),
    (Figures("breakevens", ("until", "along"), "estimate"),),
)
