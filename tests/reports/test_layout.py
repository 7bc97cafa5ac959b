"""How tables look: brackets, blanks, bands, and a table that is cut where the screen ends."""

import io

import numpy as np
import pytest
from rich.console import Console

from gpusim.reports import layout
from gpusim.reports.layout import Row, number, percent

NAMES = [f"2026Q{k}" for k in range(1, 5)]


def printed(rows: list[Row], width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    for table in layout.tables("Title", NAMES, rows, width):
        console.print(table)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def row(figures: list[float], band: float = 0.0) -> Row:
    middle = np.array(figures)
    return Row("Cash", middle, middle - band, middle + band, number(0))


@pytest.mark.parametrize(
    ("figure", "text"),
    [(1234.4, "1,234"), (-1234.4, "(1,234)"), (0.0, ""), (-0.4, ""), (float("nan"), "-")],
)
def test_negatives_in_brackets_blank_for_zero(figure: float, text: str):
    assert number(0)(figure) == text


def test_percent():
    assert [percent(share) for share in (1.0, -0.05, 0.0)] == ["100.0%", "-5.0%", ""]


def test_a_band_stands_below_its_figure():
    assert printed([row([10, 20, 30, 40], band=5)], 100) == [
        "Title",
        "                               2026Q1   2026Q2   2026Q3   2026Q4",
        "Cash                               10       20       30       40",
        "                               5 - 15  15 - 25  25 - 35  35 - 45",
    ]


def test_a_band_without_width_is_left_out():
    assert printed([row([10, 20, 30, 40])], 100)[-1].split() == ["Cash", "10", "20", "30", "40"]


def test_a_narrow_screen_gets_the_columns_in_parts():
    lines = printed([row([10, 20, 30, 40])], 50)
    heads = [line.split() for line in lines if "2026" in line]
    assert heads == [["2026Q1", "2026Q2"], ["2026Q3", "2026Q4"]]
    assert max(map(len, lines)) <= 50


def test_small_firms_get_a_decimal():
    assert layout.money_decimals(np.array([999e6])) == 1
    assert layout.money_decimals(np.array([1000e6, np.nan])) == 0
