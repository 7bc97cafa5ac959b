"""Runs whose inputs are drawn: the same bytes, the same worlds, and what each set says it is."""

from __future__ import annotations

import math

import polars as pl
import pytest

from gpusim.experiments.common.drawn_sets import breaking, sets_of
from gpusim.experiments.explain.replay import replay_run, tie
from gpusim.experiments.run.run import Request, run
from gpusim.experiments.saved.differences import diff
from gpusim.experiments.saved.runs import verify
from gpusim.results.drawn.sets import DRAWN, EACH
from gpusim.results.stored.opened import open_run
from gpusim.scenario import Mistake, ScenarioError, draft, finish
from gpusim.scenario.language.errors import dotted
from gpusim.scenario.render import toml_value

SHORT = ("model.quarters=6",)


def play(out, reps=24, model="single-site", **more):
    request = Request(model, reps, sets=SHORT, out=out, inputs=DRAWN)
    return run(Request(**{n: getattr(request, n) for n in request.__slots__} | more))


def tables(path):
    """Every table of a folder."""
    return {one.stem: pl.read_parquet(one) for one in sorted(path.glob("*.parquet"))}


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """Three sets."""
    return play(tmp_path_factory.mktemp("drawn") / "three")


def test_workers_and_engines_give_the_same_bytes(three, tmp_path):
    for name, more in {
        "one": {"workers": 1},
        "process": {"engine": "process", "workers": 1},
    }.items():
        other = play(tmp_path / name, **more)
        for file in sorted(three.path.glob("*.parquet")):
            assert (other.path / file.name).read_bytes() == file.read_bytes(), (name, file.name)


def test_more_sets_leave_the_first_as_they_were(three, tmp_path):
    more = tables(play(tmp_path / "five", reps=40).path)
    for name in ("statements", "outcomes", "facilities"):
        first = more[name].filter(pl.col("replication") < 24)
        assert first.equals(tables(three.path)[name]), name


def test_a_set_is_the_model_with_its_values_set(three, tmp_path):
    """What a set draws, stated as settings with inputs fixed, gives the same statements."""
    drafted = draft("single-site", sets=SHORT)
    sets = sets_of(drafted, finish(drafted), seed=1)
    own = sets.at(2)
    leaves = [leaf.path for leaf in (*sets.drawn.model.leaves, *sets.drawn.changes.leaves)]
    settings = [f"{dotted(path)}={toml_value(own.scenario.tree.get(path))}" for path in leaves]
    assert sum(own.scenario.tree.get(p) != drafted.tree.get(p) for p in leaves) > len(leaves) / 2
    fixed = run(Request("single-site", 24, sets=(*SHORT, *settings), out=tmp_path / "fixed"))
    mine = pl.col("replication").is_in([16, 19, 23])
    for name in ("statements", "outcomes"):
        told = tables(fixed.path)[name].filter(mine)
        assert told.equals(tables(three.path)[name].filter(mine)), name


def test_overheads_differ_between_sets_and_not_within_them(three):
    """Of fixed monthly amounts and their growth nothing is luck: all of their spread is inputs."""
    line = "general_and_administrative"
    first = tables(three.path)["statements"].filter(pl.col("period") == "2026Q3")
    by_set = first.group_by(pl.col("replication") // EACH).agg(pl.col(line).n_unique())
    assert by_set[line].to_list() == [1, 1, 1]
    assert first[line].n_unique() == 3
    shares = tables(three.path)["ignorance"].filter(metric=line, period="2026Q3")
    assert shares["ignorance"].to_list() == [1.0]


def test_levels_are_kept_by_set_and_input(three):
    levels = tables(three.path)["drawn_inputs"]
    assert three.drawn is not None
    assert sorted(set(levels["input"])) == sorted(three.drawn.levels)
    one = levels.filter(input="overheads.*.monthly_usd").sort("set")
    assert one["level"].to_list() == three.drawn.levels["overheads.*.monthly_usd"].tolist()
    assert len(set((one["level"] * 16).cast(int))) == 3  # another sixteenth each


def test_a_replication_is_explained_with_the_inputs_of_its_set(three):
    told = replay_run(open_run(str(three.path)), 17)
    tie(told)
    stated = draft("single-site", sets=SHORT)
    assert told.scenario.hash() != finish(stated).hash()


def test_few_replications_are_of_the_stated_values(tmp_path):
    few = play(tmp_path / "few", reps=2 * EACH - 1)
    assert few.drawn is None
    assert open_run(str(few.path)).manifest["inputs"] == "fixed"


def test_sets_with_other_lots_are_told_by_the_stated_ones(tmp_path):
    """IT power of a GPU is drawn, so that sets part tranches into 4 or 6 lots."""
    drafted = draft("hyperscaler-anchor", sets=SHORT)
    sets = sets_of(drafted, finish(drafted), seed=1)
    assert len({len(sets.at(number).book.names.orders) for number in range(4)}) > 1
    assert play(tmp_path / "lots", model="hyperscaler-anchor", reps=32).finished == 32


def test_the_folder_says_what_was_drawn_and_repeats(three):
    assert open_run(str(three.path)).manifest["inputs"] == DRAWN
    assert verify(three.path, 1).same
    assert three.drawn is not None
    assert "balance.cash_usd" in names_of(three.drawn.left_out)  # assets and liabilities tie
    assert {one.name for one in three.drawn.left_out}.isdisjoint(three.drawn.levels)
    assert dict(three.drawn.kept)["debt.*.covenants.dscr.from"] == "a term of a loan"


def test_differences_of_drawn_runs_count_sets(three, tmp_path):
    """By the intervals over 3 sets, which are wider than those of 24 replications as if apart."""
    other = play(tmp_path / "dear", sets=(*SHORT, "sites.*.tariff_usd_per_kwh*=1.1"))
    found = diff(three.path, other.path)["figures"]
    row = next(
        one for one in found if (one["metric"], one["period"]) == ("cost_of_revenue", "2027Q4")
    )
    both = [
        tables(path)["summary"].row(by_predicate=mine, named=True)
        for path in (three.path, other.path)
        for mine in [(pl.col("metric") == "cost_of_revenue") & (pl.col("period") == "2027Q4")]
    ]
    errors = [(one["ci_high"] - one["ci_low"]) / 2 / 1.96 for one in both]
    assert row["standard_errors"] == pytest.approx(abs(row["change"]) / math.hypot(*errors), 1e-5)
    apart = [one["sd"] / math.sqrt(one["n"]) for one in both]
    assert math.hypot(*errors) > math.hypot(*apart)


def names_of(left):
    return [one.name for one in left]


def test_what_breaks_a_model_is_found_by_its_key_or_by_halves():
    """b and d break it together with nothing named; f is named."""
    paths = {name: [f"t.{name}"] for name in "abcdef"}

    def refused(at):
        if "f" in at:
            return [Mistake("m", 1, 1, "t.f", "x", "y")]
        if at.keys() & {"b", "d"}:
            return [Mistake("m", 1, 1, "somewhere", "x", "y")]
        return []

    assert names_of(breaking(refused, paths, dict.fromkeys("abcdef", 0.5))) == ["f", "b", "d"]


def test_a_model_that_is_wrong_as_stated_is_refused():
    def refused(_):
        return [Mistake("m", 1, 1, "t", "x", "y")]

    with pytest.raises(ScenarioError):
        breaking(refused, {"a": ["t.a"]}, {"a": 0.5})
