"""A user's own metrics and shocks against what gpusim says of the same; and what is refused."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import polars as pl
import pytest

import gpusim as api
from gpusim.experiments.sweep import sweep_point
from gpusim.results.stored.folder import near
from gpusim.scenario import ScenarioError, load
from tests.cases.reading import MODELS, gpusim

FILE = str(Path(__file__).parent / "own_metrics.py")
MODEL = "single-site"
SHORT = ("--set", "model.quarters=8", "-q")


def own(name):
    return f"{FILE}:{name}"


def run(out, *words, reps=60):
    asked = ("run", MODEL, "--reps", str(reps), "--set", "model.quarters=8", "--out", str(out))
    done = gpusim(*asked, *words)
    assert done.returncode in (0, 3), done.stderr
    return out, done


def tables(path):
    return {file.name: file.read_bytes() for file in path.rglob("*.parquet")}


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A run with copies of metrics that gpusim has."""
    words = [word for name in ("CASH", "COVER", "Spent") for word in ("--metric", own(name))]
    path = tmp_path_factory.mktemp("own") / "run"
    return run(path, *words, "--monthly", "--json", "--fail-if", "own_cash@2027<0")


COPIES = {"own_cash": "cash", "own_dscr": "dscr", "spent": "capex_cash"}


@pytest.mark.parametrize(("name", "of"), COPIES.items())
@pytest.mark.parametrize("table", ["metrics", "metrics_monthly"])
def test_a_copy_of_a_metric_has_its_figures_by_period(kept, table, name, of):
    rows = pl.read_parquet(kept[0] / f"{table}.parquet")
    assert rows[name].to_list() == rows[of].to_list()
    assert rows[name].is_null().to_list() == rows[f"{name}_reason"].is_not_null().to_list()


@pytest.mark.parametrize(("name", "of"), COPIES.items())
def test_a_copy_of_a_metric_has_its_summary(kept, name, of):
    rows = pl.read_parquet(kept[0] / "summary.parquet")
    mine, theirs = (rows.filter(metric=one).drop("metric") for one in (name, of))
    assert mine.equals(theirs)
    assert mine.height > 0
    told = json.loads(kept[1].stdout)
    assert {row["metric"] for row in told["summary"]} >= set(COPIES)
    assert told["fail_if"][0]["condition"] == "own_cash@2027<0"
    described = json.loads((kept[0] / "metrics.json").read_text())
    assert described["own_dscr"] == {"unit": "ratio", "meaning": "a copy"}


def test_a_firm_that_has_ended_has_no_ratio_and_keeps_its_cash(tmp_path):
    words = [word for name in ("CASH", "COVER") for word in ("--metric", own(name))]
    model, out = str(MODELS / "ends-with-backlog.toml"), str(tmp_path / "run")
    assert gpusim("run", model, "--reps", "2", *words, "-q", "--out", out).returncode == 0
    rows = pl.read_parquet(f"{out}/metrics.parquet").filter("firm_ended")
    assert rows.height
    assert rows["own_cash"].to_list() == rows["cash"].to_list()
    assert set(rows["own_dscr_reason"]) == {"the firm has ended"}
    assert rows["own_cash"].null_count() == 0


def test_a_run_is_the_same_without_them(kept, tmp_path):
    plain, _ = run(tmp_path / "plain", "--monthly")
    mine, theirs = tables(kept[0]), tables(plain)
    assert [name for name in theirs if mine[name] != theirs[name]] == [
        name for name in theirs if "metrics" in name or name == "summary.parquet"
    ]
    rows = pl.read_parquet(kept[0] / "metrics.parquet")
    without = rows.select(
        name for name in rows.columns if name.removesuffix("_reason") not in COPIES
    )
    assert without.equals(pl.read_parquet(plain / "metrics.parquet"))


def test_a_page_and_a_screen_show_them(kept):
    _, done = run(kept[0].parent / "short", "--metric", own("CASH"))
    assert "own_cash" in done.stdout
    _, done = run(kept[0].parent / "shown", "--full", "--metric", own("CASH"))
    assert "Metrics of your own" in done.stdout
    assert "own_cash, USD m" in done.stdout
    assert gpusim("report", str(kept[0])).returncode == 0
    page = (kept[0] / "report.html").read_text()
    assert 'id="own_own_dscr"' in page
    assert "a copy; a metric of the user&#39;s own" in page


SWEEP = ("sweep", MODEL, "--vary", "tax.rate=0.1,0.3", "--reps", "20", *SHORT)


def test_points_have_the_same_bytes_with_any_workers_in_any_blocks(tmp_path, monkeypatch):
    words = (*SWEEP, "--metric", own("Neighbours"), "--metric", f"{own('COVER')}@2027")
    made = []
    for n, (workers, block) in enumerate((("1", 256), ("2", 256), ("1", 7), ("2", 1))):
        monkeypatch.setattr(sweep_point, "BLOCK", block)
        done = gpusim(*words, "-j", workers, "--out", str(tmp_path / str(n)))
        assert done.returncode == 0, done.stderr
        made.append(tables(tmp_path / str(n)))
    assert made[0] == made[1] == made[2] == made[3]
    results = pl.read_parquet(tmp_path / "0/results.parquet")
    assert results["metric"].to_list() == ["neighbours", "own_dscr@2027"] * 2
    assert set(results.filter(metric="neighbours")["mean"]) == {0.0}


@pytest.mark.parametrize("means", [("--engine", "process"), ("--strategy", "careful.py:Careful")])
def test_workers_that_are_processes_load_it_too(means, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gpusim.experiments.sweep.executors.WORTH_WORKERS", 0.0)
    text = (Path(__file__).parents[2] / "docs/own_code.md").read_text()
    Path("careful.py").write_text(text.split("```python\n")[1].split("```")[0])
    words = ("--metric", own("CASH"), "--metric", "cash", *means)
    five = ("--vary", "tax.rate=0.1,0.2,0.3,0.4,0.5", "--reps", "2", "-j", "2", "--out", "made")
    done = gpusim("sweep", MODEL, *five, *SHORT, *words)
    assert done.returncode == 0, done.stderr
    rows = pl.read_parquet("made/results.parquet")
    mine, theirs = (rows.filter(metric=name)["mean"] for name in ("own_cash", "cash"))
    assert mine.to_list() == theirs.to_list()


def test_it_is_compared_solved_for_and_bridged_as_the_one_it_copies(tmp_path):
    told = {}
    for name in (own("CASH"), "cash"):
        out = tmp_path / str(len(told))
        compared = gpusim(
            *("compare", MODEL, "--shock", "none", "--shock", "gpu-failures", "--metric", name),
            *("--satisfy", f"{name}@2027>1e6", "--indifference", f"{name}=1e6"),
            *("--better", f"{name}=high", "--fail-if", f"P[{name}<0]>0.99", "--reps", "100"),
            *("--most", "100", *SHORT, "--out", str(out / "compared")),
        )
        until = f"{name}@2027Q2<1e7"
        solved = gpusim(
            *("solve", MODEL, "--for", "sites.*.tariff_usd_per_kwh=0.05:0.9", "--until", until),
            *("--reps", "20", *SHORT, "--out", str(out / "solved")),
        )
        moved = gpusim(
            *("sensitivity", MODEL, "--vary", "tax.rate=0.1:0.3", "--metric", name),
            *("--reps", "4", *SHORT, "--out", str(out / "moved")),
        )
        bridged = gpusim(
            *("bridge", MODEL, "--to-shock", "gpu-failures", "--metric", f"{name}@2027Q2"),
            *("--reps", "4", "--json", "--set", "model.quarters=4", "-q"),
        )
        for done in (compared, solved, moved, bridged):
            assert done.returncode == 0, done.stderr
        told[name] = [
            pl.read_parquet(out / "compared/comparison.parquet").drop("metric"),
            pl.read_parquet(out / "compared/conditions.parquet").drop("condition"),
            pl.read_parquet(out / "solved/breakevens.parquet").drop("until", "metric"),
            pl.read_parquet(out / "moved/bars.parquet"),
            pl.DataFrame(json.loads(bridged.stdout)["causes"]),
        ]
        for kind in ("compared", "solved", "moved"):
            assert gpusim("report", str(out / kind)).returncode == 0
    for mine, theirs in zip(*told.values(), strict=True):
        assert mine.equals(theirs)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Failing", "compute(): ZeroDivisionError: division by zero"),
        ("Endless", "found an infinite figure; expected NaN"),
        ("Short", "found figures of shape (1000,); expected (8,)"),
        ("Unknown", "no metric 'cahs' that can be had of a period; nearest valid name: cash"),
        ("Half", "found a probability that is neither 0 nor 1"),
        ("Taken", "found 'revenue', which is one of gpusim's own metrics"),
        ("Spaced", "name: found 'two words'; expected small letters"),
        ("Wordless", "meaning: found ''; expected a plain text"),
        ("Steering", r"unit: found '\x1b[2J'; expected a plain text"),
        ("Sideways", "better: found 'up'; expected higher, lower, neither"),
        ("NoMethod", "NoMethod has no compute(books)"),
        ("Nobody", "no Nobody in it; it has"),
    ],
)
def test_what_is_no_metric_is_wrong_input_in_words(name, said, tmp_path):
    out = str(tmp_path / "none")
    done = gpusim("run", MODEL, "--reps", "2", *SHORT, "--metric", own(name), "--out", out)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert not Path(out).exists()


def test_two_of_one_name_and_one_of_gpusims_are_refused(tmp_path):
    other = tmp_path / "other.py"
    other.write_text(Path(FILE).read_text())
    asked = ("run", MODEL, "--reps", "2", *SHORT, "--out", str(tmp_path / "none"))
    done = gpusim(*asked, "--metric", own("CASH"), "--metric", f"{other}:CASH")
    assert (done.returncode, "are both called own_cash" in done.stderr) == (2, True)
    for name in ("cash", f"{own('CASH')}@2027"):
        done = gpusim(*asked, "--metric", name)
        assert (done.returncode, "expected FILE.py:NAME" in done.stderr) == (2, True)


def test_a_chance_of_ones_own_has_the_interval_of_a_chance(tmp_path):
    found = api.run(
        MODEL,
        reps=40,
        sets="model.quarters=8",
        metrics=own("Defaults"),
        fail_if="P[penniless]>0",
        out=tmp_path / "run",
        workers=1,
    ).found.judged[0]
    values = pl.read_parquet(tmp_path / "run/metrics.parquet")
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert set(values["penniless"]) <= {0.0, 1.0}


def imported(name):
    """The file as a module that a user has imported."""
    spec = importlib.util.spec_from_file_location(name, FILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def test_objects_of_an_imported_file_are_the_same_as_their_names(tmp_path, monkeypatch):
    module = imported("own_metrics_of_a_user")
    asked = {"reps": 4, "sets": "model.quarters=4", "workers": 1}
    metrics, shocks = [module.CASH, module.Spent], [module.Dearer]
    made = api.run(MODEL, metrics=metrics, shocks=shocks, out=tmp_path / "made", **asked)
    metrics, shock = [f"{near(Path(FILE))}:{n}" for n in ("CASH", "Spent")], near(Path(FILE))
    names = {"metrics": metrics, "shocks": f"{shock}:Dearer"}
    typed = api.run(MODEL, **names, out=tmp_path / "typed", **asked)
    assert tables(made.path) == tables(typed.path)
    assert made.metric_units()["own_cash"]["unit"] == "USD"
    with pytest.raises(api.ShockError, match="a Python shock; what a folder names is not run"):
        made.verify(metrics=made.manifest["metrics"])
    again = {"metrics": made.manifest["metrics"], "shocks": made.manifest["shocks"]}
    assert made.verify(**again, workers=1).same
    assert made.replay(shocks=again["shocks"]).replication == 0
    with pytest.raises(api.MetricError, match=r"metric='FILE\.py:NAME'"):
        api.run(MODEL, metrics=[module.repeated("cash", "USD")], out=tmp_path / "none", **asked)


def test_a_sweep_goes_on_with_what_is_named_again(tmp_path):
    words = ("--metric", own("CASH"), "--shock", own("Dearer"))
    done = gpusim(*SWEEP, *words, "--out", str(tmp_path / "whole"))
    assert done.returncode == 0, done.stderr
    path = tmp_path / "whole"
    whole = tables(path)
    lines = (path / "journal.jsonl").read_text().splitlines(keepends=True)
    about = json.loads((path / "manifest.json").read_text())
    assert set(about["metric_hashes"]) == {own("CASH")}
    assert set(about["shock_hashes"]) == {own("Dearer")}
    (path / "journal.jsonl").write_text(lines[0])
    for name in ("points", "results"):
        (path / f"{name}.parquet").unlink()
    done = gpusim("sweep", "--resume", str(path), "-q", *words[:2])
    assert (done.returncode, "a Python shock" in done.stderr) == (2, True)
    done = gpusim("sweep", "--resume", str(path), "-q", *words)
    assert done.returncode == 0, done.stderr
    assert tables(path) == whole


SETS = ("sites.*.tariff_usd_per_kwh*=1.5", "tax.rate=0.3")


def test_a_shock_is_the_settings_that_it_gives(tmp_path):
    assert load(MODEL, shocks=[own("Dearer")]).hash() == load(MODEL, sets=SETS).hash()
    assert load(MODEL, shocks=[own("Dearer")]).hash() != load(MODEL).hash()
    run(tmp_path / "mine", "--shock", own("Dearer"), reps=4)
    run(tmp_path / "typed", "--set", SETS[0], "--set", SETS[1], reps=4)
    mine, theirs = (tables(tmp_path / name) for name in ("mine", "typed"))
    del mine["sources.parquet"], theirs["sources.parquet"]  # which say who changed what
    assert mine == theirs


def test_a_shock_sees_those_before_it_and_changes_nothing_by_itself(tmp_path):
    first = tmp_path / "first.toml"
    first.write_text(
        '[shock]\ntitle = "t"\nsource = "s"\nas_of = 2026-01-01\n'
        '[[change]]\npath = "tax.rate"\nset = 0.2\n'
    )
    both = load(MODEL, shocks=[str(first), own("AfterOthers")])
    assert both.tax.rate == 0.4
    assert load(MODEL, shocks=[own("AfterOthers"), str(first)]).tax.rate == 0.2
    twice = load(MODEL, shocks=[str(first), own("AfterOthers"), own("AfterOthers")])
    assert twice.tax.rate == 0.8
    assert (
        load(MODEL, shocks=[str(first), own("AfterOthers")], sets=["tax.rate=0.1"]).tax.rate == 0.1
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("NoTexts", "expected texts, such as 'tax.rate=0.3'"),
        ("OneText", "expected texts, such as 'tax.rate=0.3'"),
        ("Broken", "changes(model): KeyError: 'nothing'"),
        ("NoMethod", "NoMethod has no changes(model)"),
        ("Nowhere", f"{FILE}:Nowhere tax.raet=0.3"),
        ("Endlessly", "changes"),
    ],
)
def test_what_is_no_shock_is_wrong_input_in_words(name, said, tmp_path):
    out = str(tmp_path / "none")
    for words in (("run", MODEL, "--reps", "2", "--out", out), ("models", "show", MODEL)):
        done = gpusim(*words, "--shock", own(name))
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert not Path(out).exists()
    with pytest.raises((api.ShockError, ScenarioError)):
        api.load(MODEL, shocks=own(name))
