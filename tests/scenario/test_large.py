"""Reading, warning of and lowering an operator twice as large is twice the work and no more.

Counted are the lines of gpusim that Python carries out; no time is taken.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gpusim
from benchmarks.scaling import AXES, model_of
from gpusim.scenario import check_sources, load, source_rows
from gpusim.scenario.checks.warnings import warnings_of
from gpusim.scenario.language.at_once import AtOnce, most_at_once
from gpusim.scenario.lower import lower

SIZES = (24, 48, 96)
PACKAGE = str(Path(gpusim.__file__).parent)
DAY = dt.date(2026, 1, 1)
SPANS = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9), st.integers(1, 5)), max_size=9)


def lines_of(task: Callable[[], object]) -> int:
    """Lines of gpusim carried out by a task."""
    lines = 0

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal lines
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        if event == "line":
            lines += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        task()
    finally:
        sys.settrace(before)
    return lines


@pytest.mark.parametrize("axis", [axis for axis in AXES if axis != "arrivals"])
def test_twice_as_large_is_twice_the_work(axis: str, tmp_path: Path) -> None:
    """Arrivals are numbers in a table, and no longer one than another."""
    read, lowered = [], []
    for size in SIZES:
        path = tmp_path / f"{size}.toml"
        path.write_text(model_of(axis, size))
        scenario = load(str(path))
        lower(scenario)  # loads what is compiled
        read.append(lines_of(lambda path=path: warnings_of(load(str(path)))))
        lowered.append(lines_of(lambda scenario=scenario: lower(scenario)))
    for small, middle, large in (read, lowered):
        assert large - middle <= 2.2 * (middle - small) + 0.05 * small


def test_what_is_quadratic_is_seen() -> None:
    """The measure itself: a loop within a loop has more than twice the lines."""

    def all_pairs(size: int) -> int:
        spans = [(DAY, DAY + dt.timedelta(1), 1)] * size
        return lines_of(lambda: [most_at_once(spans) for _ in range(size)])

    small, middle, large = (all_pairs(size) for size in SIZES)
    assert large - middle > 3 * (middle - small)


def spans_of(drawn: list[tuple[int, int, int]]) -> list[tuple[dt.date, dt.date, int]]:
    return [
        (DAY + dt.timedelta(start), DAY + dt.timedelta(start + days), size)
        for start, days, size in drawn
    ]


def on_each_day(spans: list[tuple[dt.date, dt.date, int]]) -> int:
    days = [DAY + dt.timedelta(n) for n in range(20)]
    return max(sum(size for start, end, size in spans if start <= day < end) for day in days)


@given(SPANS)
def test_most_at_once_is_the_most_of_any_day(drawn: list[tuple[int, int, int]]) -> None:
    spans = spans_of(drawn)
    assert most_at_once(spans) == on_each_day(spans)


@given(SPANS)
def test_one_more_is_as_if_all_were_counted_anew(drawn: list[tuple[int, int, int]]) -> None:
    spans = spans_of(drawn)
    some, added = AtOnce(start for start, _, _ in spans), []
    for n, span in enumerate(spans):
        assert some.with_one(span) == on_each_day([*added, span])
        if n % 3 != 1:
            some.add(span)
            added.append(span)
    assert some.most == on_each_day(added)


def sourced(size: int) -> str:
    """A model of as many contracts, each of whose prices and terms has an entry of its own."""
    entries = "".join(
        f'"contracts.c{n}.{key}" = "x"\n'
        for n in range(size)
        for key in ("price_usd_per_gpu_hour", "term_months", "signed", "payment_days")
    )
    return model_of("contracts", size) + f"\n[sources]\n{entries}"


def test_twice_as_many_sources_are_twice_the_work(tmp_path: Path) -> None:
    counted = []
    for size in SIZES:
        path = tmp_path / f"{size}.toml"
        path.write_text(sourced(size))
        scenario = load(str(path))
        assert sum(row.text == "x" for row in source_rows(scenario)) == 4 * size
        counted.append(lines_of(lambda scenario=scenario: check_sources(scenario)))
    small, middle, large = counted
    assert large - middle <= 2.2 * (middle - small)
