"""The declaration of `sensitivity`, and its tables: figures of every replication too."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, Final

import numpy as np
import polars as pl

from gpusim.experiments.run.answer_tables import ends, frame
from gpusim.experiments.run.declaration import Answer, Experiment, Figures, ManifestEntry
from gpusim.experiments.sensitivity.sensitivity import Request, Sensitivity, sensitivity


def manifest_entry(found: Sensitivity) -> ManifestEntry:
    """What its manifest says of it."""
    played = found.answered - found.refused
    return ManifestEntry(
        found.request,
        (found.request.strategy,),
        (found.prepared,),
        found.answered,
        played * found.request.replications,
        found.interrupted,
    )


def tables(answers: Sequence[Sensitivity]) -> dict[str, pl.DataFrame]:
    """`inputs`, `points`, `replications`, and what the method found."""
    (found,) = answers
    written = {
        "inputs": inputs(found),
        "points": points(found),
        "replications": replications(found),
    }
    unit = {"unit": found.figure.unit}
    names = [one.name for one in found.inputs]
    if found.bars:
        written["bars"] = frame(
            [
                {"input": bar.input.name, "end": end, "value": bar.input.label(level)}
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
        written["effects"] = frame([{"input": name} | unit | own._asdict() for name, own in pairs])
    if found.indices is not None:
        written["indices"] = frame(
            [
                {"input": name, "order": order, "unit": "share", "value": own.value}
                | {"low": own.value - own.half, "high": own.value + own.half}
                | {"design": own.design, "noise": own.noise, "moved": found.indices.moved}
                for order in ("first", "total")
                for name, own in zip(names, getattr(found.indices, order), strict=True)
            ]
        )
    if found.box is not None:
        written |= box(found)
    return written


def inputs(found: Sensitivity) -> pl.DataFrame:
    """A row an input: how many values move together, and both ends of its range."""
    rows = [
        {
            "input": one.name,
            "values": len(one.leaves),
            "low": one.label(0.0),
            "high": one.label(1.0),
        }
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
            "low": found.inputs[limit.input].label(limit.low) if limit.low > 0 else None,
            "high": found.inputs[limit.input].label(limit.high) if limit.high < 1 else None,
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


EXPERIMENT: Final = Experiment(
    "sensitivity",
    "sensitivity",
    Request,
    sensitivity,
    Answer(manifest_entry, tables),
    (
        Figures("bars", ("input", "end"), "change", ("change_low", "change_high")),
        Figures("effects", ("input",), "size"),
        Figures("indices", ("input", "order"), "value"),
    ),
)
