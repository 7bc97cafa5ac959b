"""Shares of paths are of all paths: a firm that has ended passes no test and has no ratios."""

from __future__ import annotations

import json

import polars as pl
import pytest

from tests.cases.reading import MODELS, gpusim

MODEL = str(MODELS / "ends-before-its-tests.toml")


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The report and the folder of a run in which every firm ends."""
    folder = tmp_path_factory.mktemp("run") / "ended"
    done = gpusim("run", MODEL, "--reps", "2", "-q", "--full", "--out", str(folder))
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.split()), folder


def test_a_firm_that_ends_before_its_first_test_has_broken_the_covenant(told):
    text, folder = told
    assert "The firm ends in 100.0% of replications" in text
    assert "DSCR of at least 1.05x from 2028-06-30: broken in 100.0% of replications" in text
    assert "in 100.0% by the end itself" in text
    assert "the end of the firm, or of a loan's borrower, counts as one" in text
    rows = pl.read_parquet(folder / "outcomes.parquet")
    assert rows["breach_dscr_ddtl"].to_list() == rows["defaulted"].to_list()
    assert max(rows["defaulted"]).isoformat() < "2028-06-30"


def test_so_has_one_whose_first_test_lies_after_the_run(told):
    text, _ = told
    assert "cash of at least USD 50.0m from 2033-01-31: broken in 100.0%" in text


def test_ratios_after_the_end_are_of_firms_still_running(told):
    text, folder = told
    assert "ratios are those of firms still running" in text
    quarters = pl.read_parquet(folder / "metrics.parquet")
    later = quarters.filter(pl.col("period") >= "2028Q1")
    assert later["dscr"].null_count() == later.height > 0
    assert later["cash"].null_count() == 0


def test_a_test_that_the_run_does_not_reach_is_said(tmp_path):
    on_time = ("--set", "sites.alpha.delay.probability=0")
    asked = ("--reps", "1", "-q", "--full", *on_time)
    done = gpusim("run", MODEL, *asked, "--out", str(tmp_path / "run"))
    text = " ".join(done.stdout.split())
    assert "from 2033-01-31: not tested before the run ends" in text
    assert "of firms still running" not in text


def test_json_says_how_many_of_the_breaches_are_the_end(tmp_path):
    out = ("--out", str(tmp_path / "run"))
    done = gpusim("run", MODEL, "--reps", "1", "-q", "--json", *out)
    (cover, cash) = json.loads(done.stdout)["outcomes"]["covenants"]
    assert (cover["breach_probability"], cover["ended_probability"]) == (1.0, 1.0)
    assert cash["reached"] is False
