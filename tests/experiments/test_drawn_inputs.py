"""Runs whose inputs are drawn: the same bytes, the same worlds, and what each set says it is."""

from __future__ import annotations

import polars as pl
import pytest

from gpusim.experiments.common.drawn_sets import breaking, sets_of
from gpusim.experiments.explain.replay import replay_run, tie
from gpusim.experiments.run.run import Request, run
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


def test_replications_of_a_set_differ_by_luck_and_sets_by_inputs(three):
    shares = tables(three.path)["ignorance"]
    whole = shares.filter((pl.col("metric") == "opex_power") | (pl.col("metric") == "revenue"))
    assert whole["ignorance"].drop_nulls().is_between(0, 1).all()
    levels = tables(three.path)["drawn_inputs"]
    assert levels["set"].unique().to_list() == [0, 1, 2]
    assert levels["level"].is_between(0, 1).all()


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
    found = play(tmp_path / "lots", model="hyperscaler-anchor", reps=32)
    assert found.finished == 32


def test_the_folder_says_what_was_drawn_and_repeats(three):
    about = open_run(str(three.path)).manifest
    assert about["inputs"] == DRAWN
    assert three.drawn is not None
    assert {one.name for one in three.drawn.left_out}.isdisjoint(three.drawn.levels)
    terms = [why for name, why in three.drawn.kept if name.startswith("debt.")]
    assert set(terms) <= {"a term of a loan"}


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
