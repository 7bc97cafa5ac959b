"""Answers as folders: what is in them, the same bytes when asked again, and what differs."""

import dataclasses
import datetime as dt
import json

import numpy as np
import polars as pl
import pytest

from gpusim.experiments.common import design
from gpusim.experiments.compare import compare
from gpusim.experiments.compare.experiment import EXPERIMENT as COMPARE
from gpusim.experiments.run.points import Point
from gpusim.experiments.saved import answers, runs
from gpusim.experiments.saved.differences import diff
from gpusim.experiments.sensitivity import sensitivity
from gpusim.experiments.sensitivity.experiment import EXPERIMENT as SENSITIVITY
from gpusim.experiments.solve import solve
from gpusim.experiments.solve.experiment import EXPERIMENT as SOLVE
from gpusim.experiments.sweep import sweep as sweeping
from gpusim.results.stored import folder
from gpusim.results.stored.folder import FolderExistsError
from gpusim.results.stored.opened import NotARunError, open_run

SHORT = ("model.quarters=4",)
TARIFF = "sites.*.tariff_usd_per_kwh"
COMPARED = compare.Request(
    models=("single-site",),
    shocks=("none", "tests/fixtures/late-alpha.toml"),
    sets=SHORT,
    metrics=("revenue", "dscr.ddtl"),
    satisfy=("shortfall<=0.05", "revenue>=1e8"),
    reps=100,
    most=100,
    workers=2,
)
TORNADO = sensitivity.Request(
    "single-site", vary=(f"{TARIFF}=0.05:0.10", "tax.rate=0.1:0.3"), sets=SHORT, reps=4
)
SOLVED = solve.Request(
    "single-site", f"{TARIFF}=0.05:0.90", "cost_of_revenue>1e8", sets=SHORT, reps=50
)
DATED = solve.Request(
    "single-site",
    "sites.alpha.phases.0.ready=2026-07-01:2027-06-30",
    "revenue<1e6",
    sets=SHORT,
    reps=50,
)


@pytest.fixture(scope="module")
def comparison():
    return compare.compare(COMPARED)


@pytest.fixture(scope="module")
def kept(comparison, tmp_path_factory):
    """A folder of every kind, by name."""
    parent = tmp_path_factory.mktemp("answers")
    answers.save_answer(COMPARE, [comparison], parent / "compare")
    answers.save_answer(SENSITIVITY, [sensitivity.sensitivity(TORNADO)], parent / "tornado")
    answers.save_answer(SOLVE, [solve.solve(SOLVED)], parent / "solve")
    answers.save_answer(SOLVE, [solve.solve(DATED)], parent / "dated")
    return parent


@pytest.mark.parametrize("name", ["compare", "tornado", "solve", "dated"])
def test_an_answer_asked_again_has_the_same_bytes(kept, name):
    again = runs.verify(kept / name, workers=1)
    assert again.same
    assert again.notes == []
    assert len(again.files) >= 3


def test_answers_are_listed_with_kind_points_and_replications(kept):
    told = {row.name: row[1:6] for row in runs.rows(kept)}
    assert told["compare"] == ("compare", "finished", "single-site", 2, 200)
    assert told["tornado"] == ("sensitivity", "finished", "single-site", 5, 20)
    assert told["solve"][:3] == ("solve", "finished", "single-site")


def test_a_comparison_keeps_every_replication(kept, comparison):
    replications = pl.read_parquet(kept / "compare/replications.parquet")
    assert replications["option"].unique(maintain_order=True).to_list() == [
        "as is",
        "tests/fixtures/late-alpha.toml",
    ]
    assert np.array_equal(replications["revenue"].to_numpy(), comparison.figures["revenue"].ravel())
    rows = pl.read_parquet(kept / "compare/comparison.parquet").filter(metric="revenue")
    base, late = replications["revenue"].to_numpy().reshape(2, -1)
    assert rows["difference"].to_list() == [0.0, pytest.approx((late - base).mean())]
    assert rows["n"].to_list() == [100, 100]


def test_a_sensitivity_keeps_levels_and_replications_of_every_point(kept):
    points = pl.read_parquet(kept / "tornado/points.parquet")
    assert points[f"level of {TARIFF}"].to_list() == [None, 0.0, 1.0, None, None]
    assert points["level of tax.rate"].to_list() == [None, None, None, 0.0, 1.0]
    replications = pl.read_parquet(kept / "tornado/replications.parquet")
    means = replications.group_by("point", maintain_order=True).agg(pl.col("equity").mean())
    assert means["equity"].to_numpy() == pytest.approx(points["equity"].to_numpy())
    bars = pl.read_parquet(kept / "tornado/bars.parquet").filter(input=TARIFF)
    change = points["equity"][2] - points["equity"][0]
    assert bars.filter(end="high")["change"].item() == pytest.approx(change)


def test_a_bracket_lies_between_values_whose_sides_differ(kept):
    found = pl.read_parquet(kept / "solve/breakevens.parquet").row(0, named=True)
    tested = pl.read_parquet(kept / "solve/tested.parquet")
    side = dict(tested.select("value", "side").iter_rows())
    assert (side[found["low"]], side[found["high"]]) == ("below", "above")
    assert found["low"] < found["estimate"] < found["high"]


def test_a_key_that_is_a_date_stays_one(kept):
    tested = pl.read_parquet(kept / "dated/tested.parquet")
    assert tested["value"].dtype == pl.Date
    assert tested["value"].min() == dt.date(2026, 7, 1)


def test_two_comparisons_differ_in_what_was_asked_and_found(kept, tmp_path):
    sets = (*SHORT, f"{TARIFF}*=2")
    other = compare.Request(
        **{f: getattr(COMPARED, f) for f in COMPARED.__slots__} | {"sets": sets}
    )
    answers.save_answer(COMPARE, [compare.compare(other)], tmp_path / "dear")
    told = diff(kept / "compare", tmp_path / "dear")
    assert "requests.0.sets" in {change["key"] for change in told["manifest"]}
    assert "sites.alpha.tariff_usd_per_kwh" in {change["key"] for change in told["scenario"]}
    moved = {(f["metric"], f["option"]) for f in told["figures"]}
    assert ("dscr.ddtl", "as is") in moved
    assert "revenue" not in {metric for metric, _ in moved}


def test_two_tornados_and_two_break_evens_can_be_told_apart(kept, tmp_path):
    wide = sensitivity.Request(
        "single-site", vary=(f"{TARIFF}=0.05:0.20", "tax.rate=0.1:0.3"), sets=SHORT, reps=4
    )
    answers.save_answer(SENSITIVITY, [sensitivity.sensitivity(wide)], tmp_path / "wide")
    moved = diff(kept / "tornado", tmp_path / "wide")["figures"]
    assert [(f["input"], f["end"]) for f in moved] == [(TARIFF, "high")]
    assert diff(kept / "solve", kept / "solve")["figures"] == []


def test_options_are_matched_by_name_not_by_their_place(kept, tmp_path):
    """A list of the manifest is one value: an option put first is no change of all behind it."""
    turned = dataclasses.replace(COMPARED, shocks=(COMPARED.shocks[1], "none"))
    answers.save_answer(COMPARE, [compare.compare(turned)], tmp_path / "turned")
    told = diff(kept / "compare", tmp_path / "turned")
    assert told["figures"] == []
    keys = [change["key"] for change in told["manifest"]]
    assert "requests.0.shocks" in keys
    assert [key for key in keys if key.startswith("requests.0.shocks.")] == []


@pytest.fixture
def swept(tmp_path):
    """Sweep some values of keys, and return its folder."""

    def sweep(name, *vary):
        point = Point("single-site", sets=SHORT)
        axes = [design.parse_axis(text) for text in vary]
        made = design.make("grid", axes, None, 1, ())
        request = sweeping.Request(point, made, reps=2, metrics=("net_income",))
        return sweeping.run(request, sweeping.Means(workers=1, out=tmp_path / name)).path

    return sweep


def test_points_are_matched_by_their_values_not_by_their_number(swept):
    """Point 1 of one design was compared with point 1 of another."""
    first = swept("first", "tax.rate=0.1,0.2,0.3", "sites.*.tariff_usd_per_kwh*=1,2")
    second = swept("second", "sites.*.tariff_usd_per_kwh*=2.0,1.0", "tax.rate=0.3,0.2")
    assert diff(first, second)["figures"] == []
    dear = swept("dear", "sites.*.tariff_usd_per_kwh*=1,3", "tax.rate=0.2,0.3")
    assert diff(first, dear)["figures"] == []
    by_name = {
        (row["tax.rate"], row["sites.*.tariff_usd_per_kwh*"]): row["mean"]
        for row in pl.read_parquet(first / "results.parquet").iter_rows(named=True)
    }
    assert len(set(by_name.values())) > 1, "points differ, so a wrong match would show"


def test_a_point_that_moved_is_told_by_its_values(swept):
    low = swept("low", "tax.rate=0.1,0.2")
    high = swept("high", "tax.rate=0.2,0.1")
    table = pl.read_parquet(high / "results.parquet")
    changed = table.with_columns(mean=pl.col("mean") + (pl.col("tax.rate") == 0.2) * 1e6)
    changed.write_parquet(high / "results.parquet")
    manifest = json.loads((high / "manifest.json").read_text())
    del manifest["files"], manifest["manifest_hash"]
    (high / "manifest.json").write_text(json.dumps(manifest))
    (moved,) = diff(low, high)["figures"]
    assert (moved["point"], moved["metric"]) == ("tax.rate=0.2", "net_income")
    assert moved["change"] == pytest.approx(1e6)


def test_a_folder_is_never_written_over_another(kept, comparison):
    with pytest.raises(FolderExistsError):
        folder.refuse_target(kept / "compare")
    with pytest.raises(FolderExistsError):
        answers.save_answer(COMPARE, [comparison], kept / "compare")


def test_without_a_name_a_folder_is_made_under_runs(comparison, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = answers.save_answer(COMPARE, [comparison])
    assert path.parent == tmp_path / "runs"
    assert "-single-site-compare-" in path.name
    assert open_run("@last").manifest["kind"] == "compare"


def test_an_interrupted_answer_is_no_run_to_repeat(comparison, tmp_path):
    cut = compare.Comparison(
        **{f: getattr(comparison, f) for f in comparison.__slots__} | {"interrupted": True}
    )
    answers.save_answer(COMPARE, [cut], tmp_path / "cut")
    assert runs.row_of(tmp_path / "cut").status == "interrupted"
    with pytest.raises(NotARunError, match="interrupted compare"):
        runs.verify(tmp_path / "cut")
