"""Answers kept: what `compare`, `sensitivity` and `solve` found, as a run folder.

A folder has the manifest of a run, the tables of the answer (`answer_tables`), the resolved model
as it is and its sources. It is written when the work is done or interrupted, whole or not at all;
the request in the manifest is all that is needed to repeat it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from gpusim.compiling import cache as compilecache
from gpusim.experiments.common.pool import Progress
from gpusim.experiments.common.received import HASHES, inputs_of, strategy_hashes
from gpusim.experiments.compare import compare
from gpusim.experiments.compare.compare import Comparison
from gpusim.experiments.run.points import Prepared
from gpusim.experiments.run.run import LIBRARIES, version_of
from gpusim.experiments.saved import answer_tables
from gpusim.experiments.sensitivity import sensitivity
from gpusim.experiments.sensitivity.sensitivity import Sensitivity
from gpusim.experiments.solve import solve
from gpusim.experiments.solve.solve import Solution
from gpusim.results import folder, report_tables
from gpusim.scenario import explained, source_rows
from gpusim.scenario.reading.tree import Tree

COMPARE, SENSITIVITY, SOLVE = KINDS = ("compare", "sensitivity", "solve")
NO_FIGURE: Final = ("workers",)
"""Entries of a request that no figure depends on."""

Answer: TypeAlias = Comparison | Sensitivity | Sequence[Solution]
Request: TypeAlias = compare.Request | sensitivity.Request | solve.Request


class Told(NamedTuple):
    """What a folder says of an answer, whatever its kind."""

    kind: str
    requests: list[Request]
    prepared: Prepared  # the model as it is: of a comparison the base
    points: int
    replications: int
    interrupted: bool


def told_of(found: Answer) -> Told:
    """An answer in the words of a manifest."""
    if isinstance(found, Comparison):
        return Told(
            COMPARE,
            [found.request],
            found.options[0].prepared,
            len(found.options),
            len(found.options) * found.worlds,
            found.interrupted,
        )
    if isinstance(found, Sensitivity):
        played = found.answered - found.refused
        return Told(
            SENSITIVITY,
            [found.request],
            found.prepared,
            found.answered,
            played * found.request.worlds,
            found.interrupted,
        )
    tested = [test for one in found for own in one.solved for test in own.crossing.tested]
    return Told(
        SOLVE,
        [one.request for one in found],
        found[0].prepared,
        len(tested),
        sum(test.worlds for test in tested),
        found[-1].interrupted,
    )


def refuse(out: Path | None) -> None:
    """Check where an answer should be written, before any work is done.

    Raises:
        FolderExistsError: it exists, or cannot be made.
    """
    if out is not None:
        folder.refuse_existing(out)
    else:
        folder.refuse_unwritable(folder.DEFAULT_PARENT / "answer")


def keep(
    found: Answer,
    out: Path | None = None,
    command: Sequence[str] = (),
    seconds: float = 0.0,
) -> Path | None:
    """Write the folder of an answer and return its path; None where there is nothing to keep.

    Raises:
        FolderExistsError: the folder asked for exists.
    """
    told = told_of(found)
    if not told.replications:
        return None
    scenario = told.prepared.scenario
    rows = source_rows(scenario)
    tables = answer_tables.tables(found) | {"sources": report_tables.provenance(rows)}
    entries = manifest(told) | {
        "command": list(command),
        "assumed_share": round(explained(rows).assumed_share, 4),
        "explained": explained(rows)._asdict(),
        "seconds": {"all": round(seconds, 3)},
    }
    name = folder.default_name(
        f"{scenario.name}-{told.kind}", content_hash(entries), dt.datetime.now(dt.UTC)
    )
    texts = {"scenario.toml": scenario.resolved_toml()} | inputs_of(trees_of(found))
    target = out or folder.DEFAULT_PARENT / name
    return folder.write(target, entries, tables, texts, rename_if_taken=out is None)


def trees_of(found: Answer) -> list[Tree]:
    """The models of an answer as they were read."""
    if isinstance(found, Comparison):
        return [option.prepared.scenario.tree for option in found.options]
    return [told_of(found).prepared.scenario.tree]


def manifest(told: Told) -> dict[str, Any]:
    """What was asked, by what, when, and how it ended."""
    scenario, point = told.prepared.scenario, told.prepared.point
    return {
        "kind": told.kind,
        "status": "interrupted" if told.interrupted else "finished",
        "written": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "model": scenario.name,
        "title": scenario.model.title,
        "as_of": scenario.model.as_of.isoformat(),
        "quarters": scenario.model.quarters,
        "strategy": point.strategy,
        HASHES: strategy_hashes(named_in(told.requests)),
        "shocks": list(point.shocks),
        "sets": list(point.sets),
        "seed": told.requests[0].seed,
        "points": told.points,
        "replications": told.replications,
        "requests": [
            {key: value for key, value in asdict(one).items() if key not in NO_FIGURE}
            for one in told.requests
        ],
        "scenario_hash": scenario.hash(),
        "rules_hash": compilecache.source_hash(),
        "versions": {"python": platform.python_version()}
        | {name: version_of(name) for name in ("gpusim", *LIBRARIES)},
        "amounts": "in the unit beside them",
    }


def named_in(requests: Sequence[Request]) -> list[str | None]:
    """The strategies that requests name."""
    return [
        name
        for one in requests
        for name in (one.strategies if isinstance(one, compare.Request) else (one.strategy,))
    ]


def content_hash(entries: dict[str, Any]) -> str:
    """A fingerprint of all that decides the figures of an answer."""
    kept = {key: entries[key] for key in ("requests", "scenario_hash", "rules_hash")}
    return hashlib.sha256(json.dumps(kept, default=str).encode()).hexdigest()


def repeat(
    about: dict[str, Any], out: Path, workers: int | None, progress: Progress | None
) -> None:
    """Ask again what a manifest says, and write the answer.

    Raises:
        ScenarioError, StrategyError, RunError: as the first time.
        KeyboardInterrupt: interrupted.
    """
    kind = about["kind"]
    found: Answer
    if kind == COMPARE:
        found = compare.compare(request(compare.Request, about["requests"][0], workers), progress)
    elif kind == SENSITIVITY:
        own = request(sensitivity.Request, about["requests"][0], workers)
        found = sensitivity.sensitivity(own, progress)
    else:
        asked = [request(solve.Request, one, workers) for one in about["requests"]]
        found = [solve.solve(one, progress) for one in asked]
    if told_of(found).interrupted:
        raise KeyboardInterrupt
    keep(found, out)


def request(kind: type[Any], held: dict[str, Any], workers: int | None) -> Any:
    """A request as it was asked, on other workers."""
    fields = {k: tuple(v) if isinstance(v, list) else v for k, v in held.items()}
    return kind(**fields, workers=workers)
