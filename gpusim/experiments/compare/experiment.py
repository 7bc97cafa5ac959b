"""The declaration of `compare`, and its tables: figures of every replication are kept too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, Final

import numpy as np
import polars as pl

from gpusim.experiments.compare.compare import Comparison, Request, compare
from gpusim.experiments.compare.cross import Crossed
from gpusim.experiments.compare.judgement import Measured
from gpusim.experiments.compare.options import Named
from gpusim.experiments.run.answer_tables import ends, frame
from gpusim.experiments.run.declaration import Answer, Experiment, Figures, ManifestEntry
from gpusim.results.drawn.tables import of_levels
from gpusim.results.stored.forms.compare import ONE_OF


def manifest_entry(found: Comparison) -> ManifestEntry:
    """What its manifest says of it."""
    return ManifestEntry(
        found.request,
        found.request.strategies,
        tuple(option.prepared for option in found.options),
        len(found.options),
        len(found.options) * found.replications,
        found.interrupted,
    )


def tables(answers: Sequence[Comparison]) -> dict[str, pl.DataFrame]:
    """`options`, `replications`, `conditions` if any, and what is said of each metric.

    That is `comparison`, a row a metric and option; crossed, `crossed`, a row a metric, option and
    shock, and `regrets`, a row a metric and option. Where inputs are drawn, `drawn_inputs` too.
    """
    (found,) = answers
    names = [option.name for option in found.options]
    written = {
        "options": frame(
            [
                {
                    "option": option.name,
                    "model": option.prepared.scenario.name,
                    "strategy": option.prepared.point.strategy,
                    "shock": ", ".join(option.prepared.point.shocks) or None,
                    "capital": option.prepared.point.capital,
                    "title": option.title,
                    "same_as_base": option.same,
                    "scenario_hash": option.prepared.scenario.hash(),
                }
                for option in found.options
            ]
        ),
        "replications": pl.DataFrame(
            {
                "option": list(chain.from_iterable([name] * found.replications for name in names)),
                "replication": list(range(found.replications)) * len(names),
            }
            | {name: figures.ravel() for name, figures in found.figures.items()}
        ).fill_nan(None),
    }
    batch = found.request.batch
    rows = [row for measured in found.measured for row in of_metric(measured, names, batch)]
    if rows:
        written["comparison"] = frame(rows)
    if found.crossed:
        written["crossed"] = frame([row for own in found.crossed for row in cells(own, found)])
        written["regrets"] = frame([row for own in found.crossed for row in of_rows(own, found)])
    if found.drawn is not None:
        numbers = range(found.trials)
        written["drawn_inputs"] = of_levels(found.drawn.levels, found.drawn.families, numbers)
    if found.satisfied:
        written["conditions"] = frame(list(conditions(found, names)))
    return written


def of_metric(measured: Measured, names: Sequence[str], batch: int) -> list[dict[str, Any]]:
    """A row an option: its mean, its difference from the base, its regret, its place.

    batch: replications of one.
    """
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
                "out_after_replications": batch * choice.out_after[n] or None,
            }
        )
    return rows


def cells(crossed: Crossed, found: Comparison) -> Iterator[dict[str, Any]]:
    """A row an option and shock: its mean, its regret, whether it is the best under this shock."""
    for n, (own, row) in enumerate(zip(found.compared.rows, crossed.rows, strict=True)):
        for j, shock in enumerate(found.compared.shocks):
            yield {
                "metric": crossed.figure.text,
                "option": own.name,
                "shock": shock.name,
                "unit": crossed.figure.unit,
                "n": crossed.replications,
                **ends(row.means[j]),
                "mean_how": row.means[j].how,
                **ends(row.regret[j], "regret"),
                "regret_how": row.regret[j].how,
                "best": n == crossed.best[j],
                "higher_is_better": crossed.higher,
                "shock_title": shock.title,
            }


def of_rows(crossed: Crossed, found: Comparison) -> Iterator[dict[str, Any]]:
    """A row an option: its worst regret and its mean regret, and who has the least of them."""
    for n, (own, row) in enumerate(zip(found.compared.rows, crossed.rows, strict=True)):
        yield {
            "metric": crossed.figure.text,
            "option": own.name,
            "title": own.title,
            **titles_of(own, found.compared.kinds),
            "unit": crossed.figure.unit,
            **ends(row.worst, "worst_regret"),
            "worst_regret_how": row.worst.how,
            "worst_shock": found.compared.shocks[row.worst_shock].name,
            **ends(row.mean, "mean_regret"),
            "mean_regret_how": row.mean.how,
            "least_worst": n == crossed.least_worst,
            "may_be_least_worst": n == crossed.least_worst or n in crossed.worst_open,
            "least_mean": n == crossed.least_mean,
            "may_be_least_mean": n == crossed.least_mean or n in crossed.mean_open,
            "best": n == crossed.choice.best,
            "sure": crossed.choice.sure,
            "in_race": n in crossed.choice.left,
        }


def titles_of(own: Named, kinds: Sequence[str]) -> dict[str, Any]:
    """The name and title of each kind, of an option that is one of each."""
    parts = zip(kinds, own.parts, strict=True) if own.parts else ()
    told: dict[str, Any] = {}
    for kind, part in parts:
        told |= {ONE_OF[kind]: part.name, f"{ONE_OF[kind]}_title": part.title}
    return told


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


EXPERIMENT: Final = Experiment(
    "compare",
    "comparison",
    Request,
    compare,
    Answer(manifest_entry, tables),
    (
        Figures("comparison", ("metric", "option")),
        Figures("crossed", ("metric", "option", "shock")),
    ),
)
