"""What `gpusim run --json` prints."""

from __future__ import annotations

import json
from typing import Any, Final

from gpusim.experiments.run import fail_if
from gpusim.experiments.run.run import RunResult
from gpusim.reports.luck import inputs_json
from gpusim.results.replications import outcomes
from gpusim.results.tables import outcome_summary
from gpusim.results.verdict.headline import headline
from gpusim.scenario.checks.warnings import warnings_of

COLUMNS: Final = (
    "metric",
    "period",
    "unit",
    "n",
    "mean",
    "ci_low",
    "ci_high",
    "ci_by",
    "rests_on",
    "p10",
    "p50",
    "p90",
)


def inputs(result: RunResult) -> dict[str, Any] | None:
    """Which inputs were drawn, which not and why; None where all stay as stated."""
    return None if result.panel is None else inputs_json(result.drawn)


def text(result: RunResult) -> str:
    """The run's path, its summary, outcomes and verdict as JSON; undefined figures are null."""
    if result.panel is None or result.summary is None:
        return json.dumps({"run": None, "summary": [], "outcomes": {}})
    return json.dumps(
        {
            "run": str(result.path),
            "warnings": warnings_of(result.scenario),
            "summary": result.summary.select(COLUMNS).to_dicts(),
            "outcome_summary": outcome_summary(
                result.panel, result.calendar, result.names.facilities, result.covenants
            ).to_dicts(),
            "inputs": inputs(result),
            "fail_if": fail_if.rows(result.judged),
            "outcomes": outcomes.headline(
                result.panel, result.calendar, result.covenants, result.names.facilities
            ),
            "verdict": headline(
                result.panel, result.calendar, result.covenants, result.names.orders
            ),
        },
        allow_nan=False,
    )
