"""Comparisons whose inputs are drawn: options meet the same sets, and differ by what they are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
import pytest

from gpusim.experiments.common.drawn_sets import CommonSets, LeftOut
from gpusim.experiments.compare.compare import Request, compare
from gpusim.experiments.compare.experiment import EXPERIMENT, tables
from gpusim.experiments.run.points import Player, Point, at, base, prepare
from gpusim.experiments.run.run import Request as Run
from gpusim.experiments.run.run import run
from gpusim.experiments.saved.answers import save_answer
from gpusim.experiments.saved.runs import verify
from gpusim.results import intervals
from gpusim.results.drawn.sets import DRAWN, EACH
from gpusim.scenario.language.errors import dotted
from gpusim.scenario.render import toml_value

SHORT = ("model.quarters=6", "overheads.*.growth_per_year=0")
MODEL = "single-site"
ADMINISTRATION = "general_and_administrative@2026Q3"
METRICS = (ADMINISTRATION, "revenue", "liquidity_lowest", "shortfall")


def shock(folder, name, path, **change):
    """A shock of one change, as a file."""
    lines = "".join(f"{key} = {value}\n" for key, value in change.items())
    about = f'[shock]\ntitle = "{name}"\nsource = "made up for tests"\nas_of = 2025-12-31\n'
    (folder / f"{name}.toml").write_text(f'{about}\n[[change]]\npath = "{path}"\n{lines}')
    return str(folder / f"{name}.toml")


def asked(*shocks, **more):
    told = {"sets": SHORT, "metrics": METRICS, "reps": 100, "most": 104, "inputs": DRAWN}
    return Request((MODEL,), shocks=("none", *shocks), **(told | more))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("shocks")


@pytest.fixture(scope="module")
def rent(folder):
    """USD 100,000 a month more of administration, on whatever was drawn."""
    return shock(folder, "rent", "overheads.office.monthly_usd", plus=100_000)


@pytest.fixture(scope="module")
def stated(folder):
    """Administration fixed at the value that the model states."""
    return shock(folder, "stated", "overheads.office.monthly_usd", set=1_500_000)


@pytest.fixture(scope="module")
def found(rent, stated):
    return compare(asked(rent, stated))


def test_an_option_that_adds_a_constant_differs_by_it_in_every_set(found):
    """Three months of USD 100,000: no set and no luck moves the difference by a cent."""
    told = found.measured[0].against_base[1].difference
    assert (told.mean, told.how) == (300_000.0, "alike")
    base_of_sets = found.figures[ADMINISTRATION][0].reshape(-1, EACH)
    assert (np.ptp(base_of_sets, axis=1) == 0).all()
    assert len(np.unique(base_of_sets[:, 0])) == found.trials == 13


def test_what_an_option_states_is_not_drawn_over(found):
    """Three months of USD 1.5m, whatever the set; so it is not the base, stated likewise."""
    assert (found.figures[ADMINISTRATION][2] == 4_500_000.0).all()
    assert [option.same for option in found.options] == [True, False, False]
    hashes = {option.prepared.scenario.hash() for option in found.options[::2]}
    assert len(hashes) == 1


def test_the_base_of_a_comparison_is_the_run_of_either_engine(found, tmp_path):
    """The same sets and the same luck; 24 replications of the readable engine."""
    played = run(Run(MODEL, 24, sets=SHORT, out=tmp_path / "run", inputs=DRAWN, engine="process"))
    own = pl.read_parquet(played.path / "outcomes.parquet").sort("replication")
    assert (
        own["shortfall"].cast(pl.Float64).to_list() == found.figures["shortfall"][0, :24].tolist()
    )
    rows = pl.read_parquet(played.path / "metrics.parquet").filter(period="2026Q3")
    line = rows.sort("replication")["general_and_administrative"].to_list()
    assert line == found.figures[ADMINISTRATION][0, :24].tolist()


def test_a_set_is_each_option_with_its_values_set(found, rent):
    """What set 2 draws for an option, stated as settings, gives its figures with inputs fixed."""
    option = found.options[1].prepared
    made = CommonSets([one.prepared.sets for one in found.options]).at(2)[1]
    draws = option.sets.drawn
    paths = [leaf.path for leaf in (*draws.model.leaves, *draws.changes.leaves)]
    settings = [f"{dotted(path)}={toml_value(made.scenario.tree.get(path))}" for path in paths]
    fixed = prepare(Point(MODEL, shocks=(rent,), sets=(*SHORT, *settings)))
    numbers = range(2 * EACH, 3 * EACH)
    panel = Player(fixed, seed=1).play(numbers)
    read = fixed.read(panel, [fixed.figure(name) for name in METRICS])
    for name, own in zip(METRICS, read, strict=True):
        assert own.figures.tolist() == found.figures[name][1, numbers.start : numbers.stop].tolist()


def test_intervals_of_differences_count_sets(found):
    sets = np.arange(found.replications) // EACH
    first, other = found.figures["liquidity_lowest"][:2]
    told = found.measured[2].against_base[1].difference
    assert told == intervals.of_difference(other, first, sets=sets)
    apart = intervals.of_difference(other, first)
    assert told.high - told.low > 1.3 * (apart.high - apart.low)
    assert found.measured[2].choice.batches == 13


def test_workers_give_the_same_figures(found, rent, stated):
    other = compare(asked(rent, stated, workers=1))
    for name in METRICS:
        assert other.figures[name].tobytes() == found.figures[name].tobytes()
    assert {n: own.tolist() for n, own in other.drawn.levels.items()} == {
        n: own.tolist() for n, own in found.drawn.levels.items()
    }


def test_a_comparison_crossed_with_shocks_meets_the_same_sets(found, rent):
    crossed = compare(asked(rent, capital=("none", "bank"), cross=True, metrics=(ADMINISTRATION,)))
    own = crossed.figures[ADMINISTRATION]
    assert own[0].tolist() == found.figures[ADMINISTRATION][0].tolist()
    assert (np.round(own[[1, 3]] - own[[0, 2]], 2) == 300_000.0).all()
    assert crossed.crossed[0].rows[0].regret[0].mean == 0.0
    assert crossed.drawn is not None


def test_the_folder_keeps_levels_and_repeats(found, tmp_path):
    path = save_answer(EXPERIMENT, [found], tmp_path / "kept")
    levels = pl.read_parquet(path / "drawn_inputs.parquet")
    assert levels["set"].n_unique() == 13
    assert sorted(levels["input"].unique()) == sorted(found.drawn.levels)
    assert verify(path, 1).same


def test_a_comparison_of_stated_values_keeps_no_levels(rent):
    fixed = compare(asked(rent, inputs="fixed", most=100))
    assert fixed.drawn is None
    assert "drawn_inputs" not in tables([fixed])
    assert fixed.replications == 100


def test_a_further_setting_is_laid_over_what_is_drawn():
    """A setting after the draft replaces a drawn value, as one in it does."""
    path = "overheads.office.monthly_usd=1_500_000"
    late = at(base(Point(MODEL, sets=SHORT)), (path,), drawn=1).sets
    early = at(base(Point(MODEL, sets=(*SHORT, path))), drawn=1).sets
    assert late.at(3).scenario.hash() == early.at(3).scenario.hash()
    assert late.at(3).scenario.overheads["office"].monthly_usd == 1_500_000
    drawn = at(base(Point(MODEL, sets=SHORT)), drawn=1).sets
    assert drawn.at(3).scenario.overheads["office"].monthly_usd != 1_500_000


class Told(NamedTuple):
    """A set as the stub has it."""

    levels: dict[str, float]
    stayed: tuple[LeftOut, ...]


class Stub:
    """Inputs a, b, c; some cannot be drawn throughout, some not in set 1."""

    def __init__(self, left, breaks):
        self.left_out = tuple(LeftOut(name, "x") for name in left)
        self.breaks = breaks

    def leaving(self, left):
        return Stub([one.name for one in left], self.breaks)

    def made(self, number, stay=frozenset()):
        left = stay | {one.name for one in self.left_out}
        drawn = {name: 0.5 for name in "abc" if name not in left}
        stayed = [name for name in drawn if number == 1 and name in self.breaks]
        levels = {name: level for name, level in drawn.items() if name not in stayed}
        return Told(levels, tuple(LeftOut(name, "x") for name in stayed))

    def at(self, number):
        return self.made(number)


def test_an_input_that_one_option_cannot_draw_none_draws():
    common = CommonSets([Stub("a", ""), Stub("", "b")])
    for number, names in ((0, ["b", "c"]), (1, ["c"])):
        made = common.at(number)
        assert [list(own.levels) for own in made] == [names, names]
    assert [[one.name for one in own.stayed] for own in common.at(1)] == [["b"], ["b"]]
