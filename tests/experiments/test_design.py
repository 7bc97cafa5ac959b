"""Designs: which points there are, what is refused, and how inputs are correlated."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from gpusim.experiments.common import design
from gpusim.experiments.common.design import make, parse_axis
from gpusim.experiments.common.inputs import parse_vary
from gpusim.experiments.common.toml_text import plain
from gpusim.scenario import ScenarioError, load

PUE = "sites.alpha.pue"
STATE = "market.start_state"


def axes(*texts):
    return [parse_axis(text) for text in texts]


def values(made):
    return [tuple(plain(cell) for cell in row) for row in made.rows]


def test_a_grid_has_every_pair_and_the_last_key_moves_first():
    made = make("grid", axes(f"{PUE}=1:2:3", f"{STATE}=glut,scarce"))
    assert values(made) == [
        (1.0, "glut"),
        (1.0, "scarce"),
        (1.5, "glut"),
        (1.5, "scarce"),
        (2.0, "glut"),
        (2.0, "scarce"),
    ]
    assert made.settings(1) == (f"{PUE}=1.0", f'{STATE}="scarce"')


def test_zip_takes_the_lists_side_by_side():
    made = make("zip", axes(f"{PUE}=1.1,1.3", "sites.*.tariff_usd_per_kwh*=0.9:1.1:2"))
    assert values(made) == [(1.1, 0.9), (1.3, 1.1)]
    assert made.names == (PUE, "sites.*.tariff_usd_per_kwh*")
    assert made.settings(0)[1] == "sites.*.tariff_usd_per_kwh*=0.9"


def test_dates_and_whole_numbers_stay_what_they_are():
    dates = make("grid", axes("sites.alpha.phases.0.handover=2026-01-01:2026-01-11:3"))
    assert [row[0] for row in values(dates)] == [dt.date(2026, 1, day) for day in (1, 6, 11)]
    whole = make("grid", axes("model.quarters=2:4:5"))
    assert values(whole) == [(2,), (3,), (4,)]


@pytest.mark.parametrize("kind", ["lhs", "sobol"])
def test_a_hypercube_has_one_point_in_each_slice(kind):
    made = make(kind, axes(f"{PUE}=1:2", f"{STATE}=glut,balanced,scarce,glut"), 16, seed=7)
    column = np.array([row[0] for row in values(made)])
    assert sorted((column * 16).astype(int) - 16) == list(range(16))
    assert [sum(row[1] == s for row in values(made)) for s in ("glut", "scarce")] == [8, 4]
    assert made == make(kind, axes(f"{PUE}=1:2", f"{STATE}=glut,balanced,scarce,glut"), 16, seed=7)


def test_correlated_inputs_have_the_rank_correlation_of_the_copula():
    made = make("lhs", axes(f"{PUE}=1:2", "x.y=0:1"), 4000, 1, [f"{PUE},x.y=0.8"])
    first, second = np.array(values(made)).T
    ranks = [column.argsort().argsort() for column in (first, second)]
    # Spearman's rho of a Gaussian copula is 6/pi asin(rho/2): 0.786
    assert np.corrcoef(*ranks)[0, 1] == pytest.approx(0.786, abs=0.02)
    assert np.histogram(second, 4, (0, 1))[0] == pytest.approx(1000, abs=100)


def test_a_list_sets_what_its_cells_say(tmp_path: Path):
    file = tmp_path / "points.csv"
    file.write_text(f"{PUE}, {STATE} ,sites.*.tariff_usd_per_kwh*\n1.1,glut,0.9\n1.2,,1.1\n\n")
    made = design.read_list(file)
    assert made.settings(0) == (f"{PUE}=1.1", f'{STATE}="glut"', "sites.*.tariff_usd_per_kwh*=0.9")
    assert made.settings(1) == (f"{PUE}=1.2", "sites.*.tariff_usd_per_kwh*=1.1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{PUE}=2:1:3", "an empty range from 2 to 1"),
        (f"{PUE}=1:1:3", "an empty range"),
        (f"{PUE}=1:2:0", "at least 1"),
        (f"{PUE}=1:2:-3", "at least 1"),
        (f"{PUE}=1:2:x", "at least 1"),
        (f"{PUE}=1:2:3:4", "at most two colons"),
        (f"{PUE}=1:b:3", "a range LO:HI:N of numbers or dates"),
        (f"{PUE}=", "no range and no list"),
        (f"{PUE}", "no range and no list"),
        (f"{PUE}=1,,2", "found nothing"),
        (f"{PUE}=nan", "a finite number"),
        (f"{PUE}=low,high", "expected a number for sites.alpha.pue"),
        (f"{PUE}*=low", r"a number after \*="),
        (f"{STATE}=glut,scarse", "nearest valid name: scarce"),
        (f"{STATE}=1:2:3", "one of"),
        ("model.quarters=1.5", "whole numbers"),
        ("model.as_of=1,2", "a date such as"),
    ],
)
def test_a_malformed_axis_is_refused(text, message):
    with pytest.raises(ScenarioError, match=message):
        parse_axis(text)


@pytest.mark.parametrize(
    ("kind", "texts", "points", "correlations", "message"),
    [
        ("grid", [], None, [], "nothing to vary"),
        ("grid", [f"{PUE}=1:2"], None, [], "a range without a number of points"),
        ("grid", [f"{PUE}=1:2:2", f"{PUE}=1:3:2"], None, [], "the same key twice"),
        ("grid", [f"{PUE}=1:2:2"], 5, [], "--points with --design grid"),
        ("grid", [f"{PUE}=1:2:2"], None, ["a,b=0.5"], "--correlate with --design grid"),
        ("grid", [f"{PUE}=1:2:2000", "x=1:2:2000"], None, [], "a grid of 4,000,000 points"),
        ("zip", [f"{PUE}=1:2:2", "x=1,2,3"], None, [], "different lengths"),
        ("lhs", [f"{PUE}=1:2"], None, [], "no points for lhs"),
        ("sobol", [f"{PUE}=1:2"], -4, [], "-4 points for sobol"),
        ("lhs", [f"{PUE}=1:2", "x=1:2"], 4, [f"{PUE},y=0.5"], "two of the varied keys"),
        ("lhs", [f"{PUE}=1:2", "x=1:2"], 4, [f"{PUE},x=1.5"], "RHO between -1 and 1"),
        ("lhs", [f"{PUE}=1:2", "x=1:2"], 4, [f"{PUE},x"], "two of the varied keys"),
        (
            "lhs",
            ["a=1:2", "b=1:2", "c=1:2"],
            4,
            ["a,b=0.9", "b,c=0.9", "a,c=-0.9"],
            "a correlation matrix that is not positive",
        ),
    ],
)
def test_a_design_that_cannot_be_is_refused(kind, texts, points, correlations, message):
    with pytest.raises(ScenarioError, match=message):
        make(kind, axes(*texts), points, 1, correlations)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sites.alpha.pue\n", "no points"),
        ("sites.alpha.pue,x\n1\n", "1 cells in row 2"),
        ("sites.alpha.pue\nlow\n", "row 2: found .low.; expected a number"),
        (f"{STATE}\nscarse\n", "nearest valid name: scarce"),
        ("a,a\n1,2\n", "the same key twice"),
    ],
)
def test_a_malformed_list_is_refused(tmp_path, text, message):
    file = tmp_path / "points.csv"
    file.write_text(text)
    with pytest.raises(ScenarioError, match=message):
        design.read_list(file)


@pytest.mark.parametrize(
    ("text", "path", "op"),
    [
        ("market.stay.*=0.9:0.95:2", "market.stay.*", "="),
        ("market.stay.**=0.9:0.95:2", "market.stay.*", "*="),
        ("gpus.*.capex_usd_per_gpu*=1:1.2:2", "gpus.*.capex_usd_per_gpu", "*="),
        ("market.stay.*+=0.01:0.02:2", "market.stay.*", "+="),
    ],
)
def test_a_star_after_a_dot_is_a_key(text, path, op):
    axis = parse_axis(text)
    assert (axis.path, axis.op) == (path, op)
    scenario = load("single-site")
    (leaf,) = parse_vary(text.rpartition(":")[0], scenario).leaves
    assert (leaf.path, leaf.op) == (path, op)
