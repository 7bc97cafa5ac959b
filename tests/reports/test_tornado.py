"""The table of a tornado: bars as long as the longest of those that are shown."""

import io
from types import SimpleNamespace
from typing import Any

from rich.console import Console

from gpusim.experiments.sensitivity.bars import Bar
from gpusim.reports.printed import sensitivity_report
from gpusim.results.intervals import Interval


def bar(name: str, low: float, high: float, chance: float = 0.0) -> Bar:
    """An input that moves a figure by so many USD, with so much chance that it does nothing."""
    moved: Any = SimpleNamespace(name=name, leaves=[name], label=lambda level: f"{level:g}")
    ends = [Interval(change, change - 1e6, change + 1e6, "t") for change in (low, high)]
    return Bar(moved, ends[0], ends[1], ends[1], "", chance)


def told(bars: list[Bar], width: int = 100) -> list[str]:
    figure = SimpleNamespace(unit="USD", text="equity", planned=False)
    found: Any = SimpleNamespace(bars=bars, figure=figure, at_base=None)
    console = Console(file=io.StringIO(), width=width)
    for part in sensitivity_report.tornado(found, width):
        console.print(part)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_a_bar_is_as_long_as_it_is_to_the_longest_that_is_shown():
    """Half of the longest has three of its six; what noise explains is not shown and counts not."""
    noisy = bar("noise", -9e11, 9e11, chance=0.9)
    lines = told([noisy, bar("a", -8e6, 4e6), bar("b", 2e6, -4e6)])
    assert lines[0] == "change of equity, USD m"
    assert [line.split() for line in lines[2:4]] == [
        ["a", "0", "1", "(8.0)", "(9.0)", "to", "(7.0)", "+4.0", "3.0", "to", "5.0", "<<<<<<|>>>"],
        ["b", "0", "1", "+2.0", "1.0", "to", "3.0", "(4.0)", "(5.0)", "to", "(3.0)", ">>>|<<"],
    ]


def test_a_row_beyond_those_shown_scales_nothing():
    most = sensitivity_report.SHOWN
    lines = told([*(bar(f"i{n}", -4e6, 4e6) for n in range(most)), bar("rest", -4e12, 4e12)])
    assert sum(line.endswith("<<<<<<|>>>>>>") for line in lines) == most
    assert "and 1 more that moves it (all in --json)" in lines


def test_intervals_go_before_bars_and_bars_before_inputs_are_cut():
    bars = [bar("a.name.of.some.length", -8e6, 4e6)]
    heads = [told(bars, width)[1].split() for width in (100, 62, 48)]
    assert heads[0].count("95%") == 2
    assert heads[1] == heads[2] == ["input", "low", "high", "at", "low", "at", "high"]
    assert "|" in told(bars, 62)[2]
    assert not any("|" in line for line in told(bars, 48))
    assert [any("wider screen" in line for line in told(bars, w)) for w in (100, 62)] == [
        False,
        True,
    ]
