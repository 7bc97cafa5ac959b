"""Three classes of numbers: with a source, assumed with a reason, unexplained. All are said."""

from __future__ import annotations

import datetime as dt
import json
import re
import tomllib

import pytest

from gpusim.reports.pages import headline
from gpusim.results.stored import opened
from tests.cases.reading import MODELS, ROOT, gpusim

TWO = str(MODELS / "two-unexplained.toml")
SMALL = ROOT / "tests" / "scenario" / "fixtures" / "small.toml"
COUNTS = re.compile(r"Of the model's ([\d,]+) numbers and dates (.*)")


def counted(table: object) -> int:
    """Numbers and dates of a TOML file, by another walk than the program's."""
    if isinstance(table, dict):
        return sum(counted(inner) for inner in table.values())
    if isinstance(table, list):
        return sum(counted(inner) for inner in table)
    return int(isinstance(table, (int, float, dt.date)) and not isinstance(table, bool))


def said(text: str) -> str:
    """The sentence of a report, on one line."""
    found = COUNTS.search(" ".join(text.split()))
    assert found, text
    return found.group()


def private() -> str:
    """A whole model that explains nothing."""
    return SMALL.read_text().partition("\n[sources]")[0]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "small"
    model = folder.parent / "private.toml"
    model.write_text(private())
    done = gpusim("run", str(model), "--reps", "1", "-q", "--out", str(folder))
    assert done.returncode == 0, done.stderr
    return done.stdout, folder


def test_a_private_model_that_explains_nothing_runs_and_says_so(small):
    """All of its numbers but the table [model], which is the author's choice."""
    text, _ = small
    tables = tomllib.loads(private())
    numbers = counted({name: table for name, table in tables.items() if name != "model"})
    assert said(text).startswith(
        f"Of the model's {numbers} numbers and dates none has a source, none is an assumption, "
        f"{numbers} are unexplained"
    )


def test_the_page_and_the_manifest_of_a_run_say_the_same(small):
    text, folder = small
    told = headline.sources(opened.open_run(str(folder)))
    assert said(text).startswith(told.answer.rstrip("."))
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["explained"]["unexplained"] == told.table["unexplained"].sum() > 0
    assert manifest["assumed_share"] == 0
    assert {row["kind"] for row in headline.provenance(opened.open_run(str(folder)))} == {
        "unexplained"
    }


@pytest.mark.parametrize(
    "command", [("models", "check", "--strict"), ("units",), ("models", "show", "--sources")]
)
def test_a_figure_replaced_without_a_word_is_unexplained(command):
    """A parent's entry speaks of the parent's value: price and payment days have none left."""
    done = gpusim(*command, TWO)
    assert said(done.stdout).find(", 2 are unexplained") > 0
    if "--strict" in command:
        assert done.returncode == 2
        assert "capex_usd_per_gpu: found 70000 without a source or an assumption" in done.stderr
        assert "payment_days: found 45 without" in done.stderr
        assert "cash_usd" not in done.stderr


def test_a_bundled_model_has_nothing_unexplained():
    done = gpusim("models", "check", "single-site")
    assert said(done.stdout).endswith("none is unexplained")
