"""The chart of a backtest: bands where they belong, errors beside those of opponents."""

from __future__ import annotations

import copy
import json

import pytest
from matplotlib.figure import Figure as Canvas

from gpusim.reports import report
from gpusim.reports.figures import backtest_figures
from gpusim.results.stored.opened import NotARunError, Opened

REVENUE = {
    "column": "without guidance",
    "metric": "revenue",
    "quarter": "2026Q1",
    "ahead": 1,
    "unit": "USD",
    "actual": 200e6,
    "median": 220e6,
    "error": 20e6,
    "percent": 0.10,
    "crps": 5e6,
    "low_50": 210e6,
    "high_50": 230e6,
    "score_50": 1.0,
    "holds_50": False,
    "low_80": 190e6,
    "high_80": 240e6,
    "score_80": 1.0,
    "holds_80": True,
    "pit": 0.2,
    "opponents": {"last value": 0.25, "last growth": None},
}
INCOME = REVENUE | {
    "metric": "operating_income",
    "actual": -4e6,
    "median": 6e6,
    "error": 10e6,
    "percent": 0.05,  # of revenue
    "low_50": 0.0,
    "high_50": 12e6,
    "low_80": -10e6,
    "high_80": 400e6,
    "holds_80": True,
    "opponents": {"last value": 3.0},
}
TOLD = {
    "record": {"model": "made-up", "as_of": "2025-12-31"},
    "next_quarter": [
        {"metric": "revenue", "guidance": 210e6, "without guidance": [190e6, 220e6, 240e6]}
    ],
    "summary": [
        {
            "column": "without guidance",
            "ahead": 1,
            "cells": 2,
            "holds_50": 0.0,
            "holds_80": 1.0,
            "pit_mean": 0.2,
        }
    ],
    "cells": [REVENUE, INCOME],
}


def drawn(figure):
    canvas = Canvas(figsize=figure.size, layout="constrained")
    figure.draw(canvas)
    return canvas.axes


def lines(ax, colour: str) -> list[tuple[float, float]]:
    """Ends of the horizontal lines of a colour."""
    found = (line for line in ax.get_lines() if line.get_color() == colour)
    return [tuple(line.get_xdata()) for line in found if len(line.get_xdata()) == 2]


def test_a_band_stands_where_it_is_from_the_reported_figure():
    left, _ = drawn(backtest_figures.scored(TOLD, 1))
    wide, narrow, income, _ = lines(left, backtest_figures.LOOKS[0][0])
    assert wide == pytest.approx((-0.05, 0.20))
    assert narrow == pytest.approx((0.05, 0.15))
    # of revenue, 200m; the upper end is drawn at the edge
    assert income == pytest.approx((-0.03, backtest_figures.EDGE))


def test_errors_stand_beside_those_of_opponents():
    _, right = drawn(backtest_figures.scored(TOLD, 1))
    bars = [bar.get_width() for bar in right.patches]
    assert bars == pytest.approx([0.10, 0.05])
    marks = {line.get_label(): list(line.get_xdata()) for line in right.get_lines()}
    assert marks == {"last value": [0.25, backtest_figures.EDGE]}  # who has no forecast is left out


def test_the_page_of_a_backtest_holds_its_figures(tmp_path):
    path = tmp_path / "backtest.json"
    path.write_text(json.dumps(TOLD))
    told = report.findings(Opened(path, {}))
    text = report.page_of(Opened(path, {}), told)
    assert [figure.key for figure in told.figures] == ["ahead_1", "next_quarter"]
    assert "made-up: forecast against reported" in text
    assert "One quarter ahead 100% of 2 figures lie in their 80% band without guidance." in text
    assert told.figures[0].png().startswith(b"\x89PNG")


def test_two_columns_are_told_apart():
    both = copy.deepcopy(TOLD)
    both["cells"] += [c | {"column": "guidance as an input"} for c in both["cells"]]
    left, right = drawn(backtest_figures.scored(both, 1))
    assert len(lines(left, backtest_figures.LOOKS[1][0])) == 4
    heights = sorted(bar.get_y() for bar in right.patches)
    assert len(set(heights)) == 4


def test_nothing_to_score_is_said():
    none = TOLD | {"cells": [], "summary": []}
    assert backtest_figures.answer(none).startswith("Nothing to score")
    assert [f.key for f in backtest_figures.figures(none)] == ["next_quarter"]


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "other.json"
    path.write_text('{"cells": []}')
    with pytest.raises(NotARunError, match="gpusim backtest --json"):
        backtest_figures.read(path)
