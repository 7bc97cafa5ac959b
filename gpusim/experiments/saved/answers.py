"""Answers kept: what an experiment found, as a run folder.

A folder has the manifest of a run, the tables that the experiment declares, the resolved model as
it is and its sources. It is written when the work is done or interrupted, whole or not at all;
the request in the manifest is all that is needed to repeat it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from gpusim.compiling import cache as compilecache
from gpusim.experiments.common.pool import Progress
from gpusim.experiments.common.received import code_hashes, inputs_of
from gpusim.experiments.run.declaration import Answer, Experiment, F, ManifestEntry, R
from gpusim.experiments.run.run import LIBRARIES, version_of
from gpusim.results import report_tables
from gpusim.results.own.metric import names
from gpusim.results.stored import folder
from gpusim.results.stored.contents import refuse_other_form
from gpusim.scenario import explained, source_rows

NO_FIGURE: Final = ("workers",)
"""Entries of a request that no figure depends on."""


def manifest_entries(experiment: Experiment[R, F], found: Sequence[F]) -> list[ManifestEntry]:
    """What each request found, in the words of a manifest."""
    return [_answer(experiment).manifest_entry(one) for one in found]


def _answer(experiment: Experiment[R, F]) -> Answer[F]:
    """How an experiment's answer is kept."""
    assert isinstance(experiment.keeps, Answer), f"{experiment.name} writes its own folder"
    return experiment.keeps


def save_answer(
    experiment: Experiment[R, F],
    found: Sequence[F],
    out: Path | None = None,
    command: Sequence[str] = (),
    seconds: float = 0.0,
) -> Path | None:
    """Write the folder of an answer and return its path; None where there is nothing to keep.

    found: what each request found, mostly one.

    Raises:
        FolderExistsError: the folder asked for exists.
    """
    told = manifest_entries(experiment, found)
    if any(one.interrupted for one in told) and not sum(one.replications for one in told):
        return None
    scenario = told[0].models[0].scenario
    rows = source_rows(scenario)
    tables = _answer(experiment).tables(found) | {"sources": report_tables.provenance(rows)}
    entries = manifest(experiment.name, told) | {
        "command": list(command),
        "assumed_share": round(explained(rows).assumed_share, 4),
        "explained": explained(rows)._asdict(),
        "seconds": {"all": round(seconds, 3)},
    }
    name = folder.default_name(
        f"{scenario.name}-{experiment.name}", content_hash(entries), dt.datetime.now(dt.UTC)
    )
    trees = [model.scenario.tree for one in told for model in one.models]
    texts = {"scenario.toml": scenario.resolved_toml()} | inputs_of(trees)
    target = out or folder.DEFAULT_PARENT / name
    return folder.write(target, entries, tables, texts, rename_if_taken=out is None)


def manifest(kind: str, told: Sequence[ManifestEntry]) -> dict[str, Any]:
    """What was asked, by what, when, and how it ended."""
    first = told[0].models[0]
    scenario, point = first.scenario, first.point
    return {
        "kind": kind,
        "status": "interrupted" if told[-1].interrupted else "finished",
        "written": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "model": scenario.name,
        "title": scenario.model.title,
        "as_of": scenario.model.as_of.isoformat(),
        "quarters": scenario.model.quarters,
        "strategy": point.strategy,
        "capital": point.capital,
        **_hashes(told),
        "metric_names": names(first.metrics),
        "shocks": list(point.shocks),
        "sets": list(point.sets),
        "seed": told[0].request.seed,
        "points": sum(one.points for one in told),
        "replications": sum(one.replications for one in told),
        "requests": [
            {key: value for key, value in asdict(one.request).items() if key not in NO_FIGURE}
            for one in told
        ],
        "scenario_hash": scenario.hash(),
        "rules_hash": compilecache.source_hash(),
        "versions": {"python": platform.python_version()}
        | {name: version_of(name) for name in ("gpusim", *LIBRARIES)},
        "amounts": "in the unit beside them",
    }


def _hashes(told: Sequence[ManifestEntry]) -> dict[str, dict[str, str]]:
    """The hashes of the files of all code of the user's own."""
    strategies = [name for one in told for name in one.strategies]
    models = [model for one in told for model in one.models]
    shocks = [name for model in models for name in model.point.shocks]
    return code_hashes(strategies, shocks, (one.code for model in models for one in model.metrics))


def content_hash(entries: dict[str, Any]) -> str:
    """A fingerprint of all that decides the figures of an answer."""
    kept = {key: entries[key] for key in ("requests", "scenario_hash", "rules_hash")}
    return hashlib.sha256(json.dumps(kept, default=str).encode()).hexdigest()


def repeat(
    experiment: Experiment[R, F],
    about: dict[str, Any],
    out: Path,
    workers: int | None,
    progress: Progress | None,
) -> None:
    """Ask again what a manifest says, and write the answer.

    Raises:
        ScenarioError, StrategyError, RunError: as the first time.
        KeyboardInterrupt: interrupted.
    """
    asked = [request(experiment.request, one, workers) for one in about["requests"]]
    found = [experiment.run(one, progress) for one in asked]
    if any(one.interrupted for one in manifest_entries(experiment, found)):
        raise KeyboardInterrupt
    save_answer(experiment, found, out)


def request(kind: type[R], held: dict[str, Any], workers: int | None) -> R:
    """A request as it was asked, on other workers.

    Raises:
        NotARunError: it is of another form.
    """
    refuse_other_form(held, kind, Path(f"a request of {folder.MANIFEST}"))
    fields = {k: tuple(v) if isinstance(v, list) else v for k, v in held.items()}
    make: Callable[..., R] = kind
    return make(**fields, workers=workers)
