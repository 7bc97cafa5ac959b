"""Tables that `tests.pages` puts on a page: where they stand, what replaces them, what they say."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tests import pages, tables

PAGE = """# A page

<!-- $ python -c 'print(f"| a |{chr(10)}| - |{chr(10)}| 2 |")' -->
| a |
| - |
| 1 |
<!-- end -->

Words.
"""


def written(page: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.pages", *options, str(page)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=pages.ROOT)


def test_a_stale_table_is_found_and_replaced(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    stale = written(page)
    assert stale.returncode == 1
    assert "+| 2 |" in stale.stdout
    assert page.read_text() == PAGE
    assert written(page, "--write").returncode == 0
    assert page.read_text() == PAGE.replace("| 1 |", "| 2 |")
    assert written(page).returncode == 0


def test_a_table_whose_command_fails_stays_as_it_is(tmp_path):
    page = tmp_path / "page.md"
    failing = PAGE.replace("print(", "raise SystemExit(")
    page.write_text(failing)
    said = written(page, "--write")
    assert "ended with 1" in said.stdout
    assert page.read_text() == failing


@pytest.mark.parametrize(("code", "stale"), [(0, 0), (3, 0), (1, 1), (2, 1)])
def test_a_command_that_found_points_that_failed_is_read_and_one_that_failed_is_not(
    tmp_path, code, stale
):
    page = tmp_path / "page.md"
    page.write_text(f"```\n$ echo found; exit {code}\nfound\n```\n")
    said = written(page)
    assert said.returncode == stale
    assert (f"ended with {code}" in said.stdout) == bool(stale)


def test_the_example_of_points_that_fail_is_read(tmp_path):
    """One that ends with exit code 3 and says so on its page."""
    sweep = next(page for page in pages.PAGES if page.name == "sweep.md")
    points, failed = [block for block in pages.printed_on(sweep) if "points.csv" in block.command]
    pages.run(points.command, tmp_path)
    found, lost = pages.today(failed.lines, pages.run(failed.command, tmp_path))
    assert lost == []
    assert any("failed (scenario)" in line for line in found)


def test_a_table_without_an_end_is_refused(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(PAGE.replace("<!-- end -->\n", ""))
    with pytest.raises(ValueError, match=r"page\.md:3: figures without"):
        list(pages.figures_on(page))


def test_keys_that_move_together_are_one_column(tmp_path):
    frame = pl.DataFrame(
        {
            "point": [0, 1],
            "a.from": [1, 2],
            "b.from": [5, 9],
            "metric": ["net_income@2027"] * 2,
            "unit": ["USD"] * 2,
            "mean": [-3e6, 4e6],
            "ci_low": [-5e6, 3e6],
            "ci_high": [-1e6, 5e6],
            "ci_by": ["t", "t"],
            "rests_on": [0, 0],
        }
    )
    frame.write_parquet(tmp_path / "results.parquet")
    said = tables.swept(str(tmp_path)).splitlines()
    assert said == [
        "| `a.from` | net income of 2027 |",
        "| --- | --- |",
        "| 1 | (3) +-2 |",
        "| 2 | 4 +-1 |",
    ]


def test_lines_are_found_by_their_own_words_where_others_are_like_them():
    output = [
        "Operating income  1",
        "  0 - 2",
        "Other income  3",
        "  2 - 4",
        "Net income  5",
        "  4 - 6",
    ]
    said = ["...", "Net income  9", "  8 - 9", "..."]
    assert pages.today(said, output) == (["...", "Net income  5", "  4 - 6", "..."], [])


def test_figures_are_worded_as_the_doctests_say():
    for module in (tables, pages):
        assert doctest.testmod(module).attempted > 0
        assert doctest.testmod(module).failed == 0


def test_every_marked_table_is_one_that_can_be_made():
    asked = [block.command for page in pages.PAGES for block in pages.figures_on(page)]
    made = [name for one in asked for name in re.findall(r"tests\.tables (\w+)", one)]
    assert made
    assert set(made) <= set(tables.TABLES)


def test_lines_that_the_output_has_grown_by_are_put_on_the_page(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```\n$ printf 'Cash 6\\nNew 2\\nDebt 3\\n'\nCash 5\nDebt 2\n```\n")
    assert written(page).returncode == 1
    assert written(page, "--write").returncode == 0
    assert "Cash 6\nNew 2\nDebt 3\n```" in page.read_text()
    assert written(page).returncode == 0
