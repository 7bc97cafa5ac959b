"""What a result can do besides its tables."""

from __future__ import annotations

import datetime as dt
import importlib
import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib.figure import Figure

import gpusim
from gpusim.experiments.common import pool
from tests.api.commands import SHORT, content, printed

MODEL = "single-site"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Four replications of a year."""
    folder = tmp_path_factory.mktemp("api") / "made"
    return gpusim.run(MODEL, reps=4, sets=SHORT, out=folder)


def test_it_shows_itself(run):
    assert repr(run) == f"<Run of single-site, 4 replications, seed 1: {run.path}>"
    shown = run._repr_html_()
    assert "<th" in shown
    assert "Revenue" in shown
    assert run.answer in shown
    assert "\n" not in repr(run)


def test_what_a_notebook_shows_holds_no_tags_of_a_folders_own(tmp_path):
    made = gpusim.run(
        MODEL, reps=2, sets=[SHORT, 'model.title="<script>x</script>"'], out=tmp_path / "x"
    )
    assert "<script>" not in made._repr_html_()
    assert "&lt;script&gt;" in made._repr_html_()


def test_pandas_has_the_same_figures(run):
    table = run.to_pandas("statements")
    assert isinstance(table, pd.DataFrame)
    assert table["revenue"].tolist() == run.statements()["revenue"].to_list()


def test_a_table_that_is_not_there_names_the_nearest(run):
    with pytest.raises(gpusim.NotARunError, match="nearest valid names: summary, "):
        run.table("sumary")


def test_metrics_have_units(run):
    units = run.metric_units()
    assert units["revenue"]["unit"] == "USD"
    assert set(units) <= set(run.metrics().columns)


def test_every_figure_of_the_page_can_be_drawn(run, tmp_path):
    printed(
        "report", str(run.path), "--out", str(tmp_path / "p.html"), "--png", str(tmp_path), "-q"
    )
    assert set(run.figures) == {path.stem for path in tmp_path.glob("*.png")}
    drawn = run.plot("cash")
    assert isinstance(drawn, Figure)
    assert drawn.axes
    with pytest.raises(gpusim.NotARunError, match="no figure cas; nearest valid name: cash"):
        run.plot("cas")


def test_a_report_has_the_bytes_of_the_commands(run, tmp_path):
    printed("report", str(run.path), "--out", str(tmp_path / "typed.html"), "-q")
    written = run.report(tmp_path / "made.html", xlsx=tmp_path / "made.xlsx")
    assert written.read_bytes() == (tmp_path / "typed.html").read_bytes()
    assert (tmp_path / "made.xlsx").stat().st_size > 0


def test_a_cell_is_explained_as_the_command_does(run):
    told = run.explain("revenue", "2027Q2", 1)
    rows = run.statements().filter(pl.col("replication") == 1, period="2027Q2")
    assert told.cell == rows["revenue"].item() > 0
    assert sum(pair.amount for pair in told.pairs) == told.cell
    words = ("--line", "revenue", "--period", "2027Q2", "--rep", "1", "--json")
    assert json.loads(printed("explain", str(run.path), *words))["cell_cents"] == told.cell


def test_a_replication_is_told_as_the_command_does(run):
    story = run.replay(1)
    told = json.loads(printed("replay", str(run.path), "--rep", "1", "--json"))
    assert [[day.isoformat(), text] for day, text in story.lines] == [
        [row["date"], row["text"]] for row in told["story"]
    ]
    assert [list(links) for links in story.chains] == told["chains"]
    assert str(story).splitlines()[0].startswith(story.lines[0][0].isoformat())
    last = story.lines[len(story.lines) // 2][0]
    assert all(day <= last for day, _ in run.replay(1, until=last).lines)
    with pytest.raises(gpusim.NotARunError, match="is before"):
        run.replay(1, since=dt.date(2027, 1, 1), until=dt.date(2026, 1, 1))


def test_verify_finds_what_was_changed(tmp_path):
    made = gpusim.run(MODEL, reps=2, sets=SHORT, out=tmp_path / "made")
    assert made.verify(workers=1).same
    (made.path / "metrics.json").write_text("{}")
    changed = [one.file for one in made.verify().files if one.verdict != "same"]
    assert changed == ["metrics.json"]


def test_a_metric_of_the_users_own_is_one_that_gpusim_has(run):
    """Cash at the end, from the statements, is what the summary says of `cash`."""

    def cash(of: gpusim.Run) -> pl.Series:
        last = of.statements()["period"].unique().sort()[-1]
        return of.statements().filter(period=last)["cash"] / 100

    found = run.metric(cash)
    last = run.statements()["period"].unique().sort()[-1]
    row = run.summary().filter(metric="cash", period=last).row(0, named=True)
    assert found.interval.mean == pytest.approx(row["mean"], rel=1e-12)
    assert found.values.shape == (4,)


@pytest.mark.parametrize(
    ("own", "chance", "told"),
    [
        (lambda run: [1.0], False, "shape"),
        (lambda run: [1.0, 2.0, 3.0, float("inf")], False, "infinite"),
        (lambda run: [0.0, 1.0, 0.5, 1.0], True, "neither 0 nor 1"),
    ],
)
def test_a_metric_that_is_none_is_refused(run, own, chance, told):
    with pytest.raises(ValueError, match=told):
        run.metric(own, chance=chance)


def test_a_chance_of_the_users_own_has_wilsons_interval(run):
    found = run.metric(lambda of: np.array([0.0, 1.0, np.nan, 1.0]), chance=True)
    assert found.interval.mean == pytest.approx(2 / 3)
    assert found.interval.how == "counts"


def test_a_folder_is_opened_as_its_kind(run):
    assert isinstance(gpusim.open_run(run.path), gpusim.Run)
    assert gpusim.Run.open(run.path).statements().equals(run.statements())
    with pytest.raises(gpusim.NotARunError, match="is the folder of a run, not of a sweep"):
        gpusim.Sweep.open(run.path)
    with pytest.raises(gpusim.NotARunError, match="there is no run nowhere"):
        gpusim.open_run("nowhere")


def test_out_is_a_new_folder_under_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = gpusim.run(MODEL, reps=2, sets=SHORT)
    assert made.path.parent == tmp_path / "runs"
    assert gpusim.open_run("@last").path.name == made.path.name
    with pytest.raises(gpusim.FolderExistsError):
        gpusim.run(MODEL, reps=2, sets=SHORT, out=made.path)


CAREFUL = """
from gpusim import Decision

class Careful:
    def decide(self, view):
        return Decision(sign=view.verdict == "signed", markup=1.01)

careful = Careful()
"""


def test_a_strategy_is_an_object_of_an_imported_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_careful.py").write_text(CAREFUL)
    module = importlib.import_module("own_careful")
    asked = {"reps": 2, "sets": SHORT, "workers": 1}
    for n, own in enumerate((module.Careful, module.careful)):
        made = gpusim.run(MODEL, strategy=own, out=f"made{n}", **asked)
        name = f"own_careful.py:{('Careful', 'careful')[n]}"
        typed = gpusim.run(MODEL, strategy=name, out=f"typed{n}", **asked)
        assert content(made.path) == content(typed.path)
    assert made.verify(strategies=[name], workers=1).same
    with pytest.raises(gpusim.StrategyError, match="what a folder names is not run"):
        made.verify()


def test_a_strategy_without_a_file_is_refused(tmp_path):
    class Mine:
        def decide(self, view):
            return gpusim.Decision(sign=False)

    for own in (Mine, Mine()):
        with pytest.raises(gpusim.StrategyError, match=r"strategy='FILE\.py:NAME'"):
            gpusim.run(MODEL, reps=2, strategy=own, out=tmp_path / "made")


def test_what_is_wrong_is_told_in_its_own_error(tmp_path):
    with pytest.raises(gpusim.ScenarioError, match="nearest valid name: single-site"):
        gpusim.load("single-sit")
    with pytest.raises(gpusim.ScenarioError, match=r"reps: found 2\.5; expected a whole number"):
        gpusim.run(MODEL, reps=2.5)
    with pytest.raises(gpusim.ScenarioError, match="METRIC<VALUE"):
        gpusim.solve(MODEL, "tax.rate=0:1", ())
    with pytest.raises(gpusim.ScenarioError, match="single-site"):
        gpusim.units("single-sit")


def test_an_interrupted_run_says_where_it_is_kept(tmp_path, monkeypatch):
    finished = pool.on_threads

    def interrupted(*given):
        done = finished(*given)
        return pool.Done(done.results, interrupted=True)

    monkeypatch.setattr(pool, "on_threads", interrupted)
    with pytest.raises(KeyboardInterrupt, match="3 of 3 replications finished; kept in"):
        gpusim.run(MODEL, reps=3, sets=SHORT, out=tmp_path / "made")
    assert gpusim.Run.open(tmp_path / "made").manifest["status"] == "interrupted"


def test_a_sweep_goes_on_where_it_was(tmp_path):
    whole = gpusim.sweep(MODEL, vary="tax.rate=0.1,0.3", reps=2, sets=SHORT, out=tmp_path / "x")
    before = content(whole.path)
    again = whole.resume(workers=1)
    after = content(again.path)
    assert {k: v for k, v in after.items() if k != "manifest.json"} == {
        k: v for k, v in before.items() if k != "manifest.json"
    }


def test_a_sweep_whose_points_all_fail_raises_what_the_first_says(tmp_path):
    with pytest.raises(gpusim.RunError, match="every point failed; the first: "):
        gpusim.sweep(MODEL, vary="tax.rate=7,8", reps=2, sets=SHORT, out=tmp_path / "x")
    assert gpusim.Sweep.open(tmp_path / "x").points()["status"].unique().to_list() == ["failed"]


def test_answers_show_themselves(tmp_path):
    sensitivity = gpusim.sensitivity(
        MODEL, vary="tax.rate=0.1:0.3", reps=2, sets=SHORT, out=tmp_path / "a"
    )
    bridge = gpusim.bridge(MODEL, to_sets="tax.rate=0.3", sets=SHORT, reps=2)
    units = gpusim.units(MODEL)
    for own in (sensitivity, bridge, units):
        assert "<td" in own._repr_html_()
        assert repr(own).startswith(f"<{type(own).__name__} of ")
        assert "\n" not in repr(own)
    assert bridge.to_pandas("causes")["cause"].tolist() == ["tax.rate=0.3"]
    with pytest.raises(gpusim.NotARunError, match="nearest valid name: causes"):
        bridge.table("cause")
