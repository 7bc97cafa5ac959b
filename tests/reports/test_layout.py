"""How tables look: brackets, blanks, bands, and a table that is cut where the screen ends."""

import io

import numpy as np
import pytest
from rich.console import Console

from gpusim.reports import layout
from gpusim.reports.layout import Row, number, percent, portion

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


def test_a_share_that_is_not_all_or_none_never_looks_like_it():
    shares = [n / 10_000 for n in range(1, 10_000)]
    for decimals in (0, 1):
        told = {portion(share, decimals) for share in shares}
        assert not told & {portion(0.0, decimals), portion(1.0, decimals)}


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


def gridded(label: str, width: int, *blocks: tuple[str, ...]) -> list[list[str]]:
    """Lines of each table of one row, whose cells are what stands above them."""
    columns = layout.blocked(blocks, [[head for block in blocks for head in block]])
    told = []
    for table in layout.grids(layout.Cells("", [label], right=False), columns, width):
        console = Console(file=io.StringIO(), width=width)
        console.print(table)
        told.append([line.rstrip() for line in console.file.getvalue().splitlines()[1:]])
    return told


NAME = "contracts.anchor.price_usd_per_gpu_hour"  # 39 characters


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (53, [f"{NAME}  1111  2222"]),
        (52, ["contracts.anchor.price_usd_per_gpu_     1111  2222", "hour"]),
        (33, ["contracts.anchor.    1111  2222", "price_usd_per_gpu_", "hour"]),
    ],
)
def test_labels_go_on_below_before_columns_do(width: int, lines: list[str]):
    """Two columns take six each; half of the label is 19, and two are between it and them."""
    assert gridded(NAME, width, ("1111",), ("2222",)) == [lines]


def test_columns_go_on_below_where_half_a_label_is_no_help():
    """Four columns of six and 21 of a label are 45."""
    heads = [(str(n) * 4,) for n in range(1, 5)]
    told = gridded(NAME, 44, *heads)
    assert [own[0].split()[1:] for own in told] == [["1111", "2222", "3333"], ["4444"]]
    assert len(gridded(NAME, 45, *heads)) == 1


def test_columns_that_stay_together_are_parted_before_their_figures_are():
    figures = ("1,600,000,000", "2,400,000,000")
    told = gridded("a label of some length", 40, figures)
    assert [line[0].split()[-1] for line in told] == list(figures)
    assert len(gridded("a label of some length", 60, figures)) == 1


def test_what_has_no_end_in_a_name_is_cut_where_the_line_ends():
    assert layout.folded("debt.commitment_usd", 10) == "debt.\ncommitment\n_usd"
    assert layout.folded("x" * 25, 10) == "\n".join(["x" * 10, "x" * 10, "x" * 5])
