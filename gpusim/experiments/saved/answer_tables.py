"""The tables of an answer: a row a thing told, figures with their units, what is undefined null.

Of a comparison the figures of every replication, of a sensitivity those of every point and
replication are kept too, so that another method can be tried without simulating again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from gpusim.experiments.common.inputs import Input, Value, value_at
from gpusim.experiments.compare.compare import BATCH, Comparison, Measured
from gpusim.experiments.sensitivity.sensitivity import Sensitivity
from gpusim.results.intervals import Interval

if TYPE_CHECKING:
    from gpusim.experiments.saved.answers import Answer
    from gpusim.experiments.solve.solve import Solution, Solved

INTERVAL: Final = ("mean", "low", "high")
SIDES: Final = {1: "above", -1: "below", 0: "unsure"}


def tables(found: Answer) -> dict[str, pl.DataFrame]:
    """All tables of an answer by file name."""
    if isinstance(found, Comparison):
        return comparison(found)
    if isinstance(found, Sensitivity):
        return sensitivity(found)
    return solutions(found)


def frame(rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Rows as a table; what is not a number is null."""
    return pl.DataFrame(rows, infer_schema_length=None).fill_nan(None)


def comparison(found: Comparison) -> dict[str, pl.DataFrame]:
    """`options`, `comparison` (a row a metric and option), `replications`, `conditions` if any."""
    names = [option.name for option in found.options]
    told = {
        "options": frame(
            [
                {
                    "option": option.name,
                    "model": option.prepared.scenario.name,
                    "strategy": option.prepared.point.strategy,
                    "shock": ", ".join(option.prepared.point.shocks) or None,
                    "same_as_base": option.same,
                    "scenario_hash": option.prepared.scenario.hash(),
                }
                for option in found.options
            ]
        ),
        "replications": pl.DataFrame(
            {
                "option": list(chain.from_iterable([name] * found.worlds for name in names)),
                "replication": list(range(found.worlds)) * len(names),
            }
            | {name: figures.ravel() for name, figures in found.figures.items()}
        ).fill_nan(None),
    }
    rows = [row for measured in found.measured for row in of_metric(measured, names)]
    if rows:
        told["comparison"] = frame(rows)
    if found.satisfied:
        told["conditions"] = frame(list(conditions(found, names)))
    return told


def of_metric(measured: Measured, names: Sequence[str]) -> list[dict[str, Any]]:
    """A row an option: its mean, its difference from the base, its regret, its place."""
    choice = measured.choice
    rows = []
    for n, name in enumerate(names):
        own = measured.figures[n][~np.isnan(measured.figures[n])]
        pair, regret = measured.against_base[n], measured.regret[n]
        rows.append(
            {
                "metric": measured.figure.text,
                "option": name,
                "unit": measured.figure.unit,
                "n": len(own),
                "sd": float(own.std(ddof=1)) if len(own) > 1 else np.nan,
                **ends(measured.means[n]),
                "mean_how": measured.means[n].how,
                **ends(pair.difference, "difference"),
                "how": pair.difference.how,
                "wins": pair.wins,
                "ties": pair.ties,
                "variance_reduction": pair.variance_reduction,
                "regret_mean": regret.mean,
                "regret_cvar": regret.cvar,
                "regret_cvar_low": regret.cvar_interval.low,
                "regret_cvar_high": regret.cvar_interval.high,
                "regret_cvar_by": regret.cvar_interval.how,
                "regret_cvar_bias": regret.cvar_bias,
                "regret_worst": regret.worst,
                "higher_is_better": measured.higher,
                "indifference": measured.indifference,
                "best": n == choice.best,
                "sure": choice.sure,
                "in_race": n in choice.left,
                "out_after_replications": BATCH * choice.out_after[n] or None,
            }
        )
    return rows


def conditions(found: Comparison, names: Sequence[str]) -> Sequence[dict[str, Any]]:
    """A row an option and condition: probability, interval, whether it is met."""
    rows: list[dict[str, Any]] = []
    joint = " and ".join(c.text for c in found.criteria if not c.figure.is_chance)
    for name, own in zip(names, found.satisfied, strict=True):
        for (text, mean, low, high), met in zip(own.chances, own.met, strict=True):
            part = {"share": mean, "low": low, "high": high, "met": met}
            rows.append({"option": name, "condition": text, "of": "probability"} | part)
        if joint:
            part = {"share": own.share, "low": own.low, "high": own.high, "met": None}
            rows.append({"option": name, "condition": joint, "of": "replications"} | part)
    return rows


def ends(interval: Interval | None, name: str = "") -> dict[str, float]:
    """A mean and its interval as columns, NaN where there is none.

    >>> ends(Interval(1.0, 0.5, 1.5, "t"), "swing")
    {'swing': 1.0, 'swing_low': 0.5, 'swing_high': 1.5}
    """
    values = interval[:3] if interval is not None else (np.nan,) * 3
    heads = (name, f"{name}_low", f"{name}_high") if name else INTERVAL
    return dict(zip(heads, values, strict=True))


def sensitivity(found: Sensitivity) -> dict[str, pl.DataFrame]:
    """`inputs`, `points`, `replications`, and what the method found."""
    told = {"inputs": inputs(found), "points": points(found), "replications": replications(found)}
    unit = {"unit": found.figure.unit}
    names = [one.name for one in found.inputs]
    if found.bars:
        told["bars"] = frame(
            [
                {"input": bar.input.name, "end": end, "value": bar.input.told(level)}
                | unit
                | ends(interval, "change")
                | ends(bar.swing, "swing")
                | {"how": interval.how if interval is not None else None}
                | {"matters": bar.matters, "chance": bar.chance, "refused": bar.refused or None}
                for bar in found.bars
                for end, level, interval in (("low", 0.0, bar.low), ("high", 1.0, bar.high))
            ]
        )
    if found.effects:
        pairs = zip(names, found.effects, strict=True)
        told["effects"] = frame([{"input": name} | unit | own._asdict() for name, own in pairs])
    if found.indices is not None:
        told["indices"] = frame(
            [
                {"input": name, "order": order, "unit": "share", "value": own.value}
                | {"low": own.value - own.half, "high": own.value + own.half}
                | {"design": own.design, "noise": own.noise, "moved": found.indices.moved}
                for order in ("first", "total")
                for name, own in zip(names, getattr(found.indices, order), strict=True)
            ]
        )
    if found.box is not None:
        told |= box(found)
    return told


def inputs(found: Sensitivity) -> pl.DataFrame:
    """A row an input: how many values move together, and both ends of its range."""
    rows = [
        {"input": one.name, "values": len(one.leaves), "low": one.told(0.0), "high": one.told(1.0)}
        for one in found.inputs
    ]
    schema = {"input": pl.String, "values": pl.Int64, "low": pl.String, "high": pl.String}
    return pl.DataFrame(rows, schema=schema)


def points(found: Sensitivity) -> pl.DataFrame:
    """A row a point that was asked: the mean, and the level of each input in its range."""
    asked = [(n, a) for n, a in enumerate(found.answers) if a is not None]
    means = [
        float(np.nanmean(a.figures[0])) if not np.isnan(a.figures[0]).all() else np.nan
        for _, a in asked
    ]
    table: dict[str, Any] = {
        "point": pl.Series([n for n, _ in asked], dtype=pl.Int64),
        "refused": pl.Series([a.refused or None for _, a in asked], dtype=pl.String),
        f"{found.figure.text}": pl.Series(means, dtype=pl.Float64),
    }
    levels = found.levels[[n for n, _ in asked]] if asked else found.levels
    for place, one in enumerate(found.inputs):
        column = levels[:, place] if levels.size else np.zeros(0)
        table[f"level of {one.name}"] = pl.Series(column, dtype=pl.Float64)
    return pl.DataFrame(table).fill_nan(None)


def replications(found: Sensitivity) -> pl.DataFrame:
    """A row a point and replication: the metric."""
    told = [(n, a.figures[0]) for n, a in enumerate(found.answers) if a is not None]
    told = [(n, figures) for n, figures in told if not np.isnan(figures).all()]
    sizes = [len(figures) for _, figures in told]
    metric = np.concatenate([figures for _, figures in told]) if told else np.zeros(0)
    return pl.DataFrame(
        {
            "point": pl.Series(np.repeat([n for n, _ in told], sizes), dtype=pl.Int64),
            "replication": pl.Series(list(chain.from_iterable(map(range, sizes))), dtype=pl.Int64),
            found.figure.text: pl.Series(metric, dtype=pl.Float64),
        }
    ).fill_nan(None)


def box(found: Sensitivity) -> dict[str, pl.DataFrame]:
    """`box` (a row a limit), `region` (how good it is) and `peeling` (a row a step)."""
    own = found.box
    assert own is not None
    limits = [
        {
            "input": found.inputs[limit.input].name,
            "low": found.inputs[limit.input].told(limit.low) if limit.low > 0 else None,
            "high": found.inputs[limit.input].told(limit.high) if limit.high < 1 else None,
            "low_level": limit.low,
            "high_level": limit.high,
            "chance": limit.chance,
        }
        for limit in own.limits
    ]
    words = dict.fromkeys(("input", "low", "high"), pl.String())
    kinds = words | dict.fromkeys(("low_level", "high_level", "chance"), pl.Float64())
    quality = {k: v for k, v in own._asdict().items() if k not in ("limits", "path")}
    steps = [dict(zip(("coverage", "density", "mass"), step, strict=True)) for step in own.path]
    return {
        "box": pl.DataFrame(limits, schema=kinds),
        "region": frame([quality]),
        "peeling": frame([{"step": n} | step for n, step in enumerate(steps)]),
    }


def solutions(found: Sequence[Solution]) -> dict[str, pl.DataFrame]:
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
        "replications": [test.worlds for *_, test in tests],
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
