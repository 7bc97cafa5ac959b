"""Figures of `units` as metrics: named, the same in every replication, none of which is played."""

import io
import json
import math

import numpy as np
import pytest
from rich.console import Console

from gpusim.appraisal.unit_economics import compute
from gpusim.appraisal.unit_figures import UNITS
from gpusim.experiments.bridge import bridge
from gpusim.experiments.common.design import Design
from gpusim.experiments.compare import compare
from gpusim.experiments.run import points
from gpusim.experiments.run.points import Player, Point
from gpusim.experiments.sensitivity import sensitivity
from gpusim.experiments.solve import bracket, solve
from gpusim.experiments.sweep import sweep
from gpusim.reports.printed import (
    bridge_report,
    compare_report,
    sensitivity_report,
    solve_report,
)
from gpusim.results import figures
from gpusim.results.intervals import PLANNED
from gpusim.results.planned import Planned
from gpusim.scenario import ScenarioError, load
from tests.engines.build import gpu, quiet, scenario_of

MODEL = "single-site"
PRICE = "contracts.anchor.price_usd_per_gpu_hour"
SHORT = ("model.quarters=4",)


@pytest.fixture
def unplayed(monkeypatch):
    """Nothing may be simulated."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a replication was played")

    monkeypatch.setattr(Player, "play", refuse)


@pytest.fixture(scope="module")
def prepared():
    return points.prepare(Point(MODEL))


def printed(report, found) -> str:
    console = Console(record=True, width=200, file=io.StringIO())
    report.show(found, console)
    return console.export_text()


def test_every_figure_of_every_row_is_a_metric(prepared):
    rows = {(row.kind, row.name): row for row in compute(load(MODEL)).rows}
    for (kind, name), row in rows.items():
        for figure in ("npv", "price_at_hurdle", "irr_levered"):
            known = row.figures[figure].value
            value = prepared.plans.value(f"units.{kind}.{name}.{figure}")
            assert math.isnan(value) if known is None else value == known
    assert prepared.plans.value("units.npv") == rows["contract", "anchor"].figures["npv"].value
    assert len(prepared.plans.names()) == (len(rows) + 2) * len(UNITS)


def test_of_several_contracts_the_short_name_is_all_of_them():
    many = points.prepare(Point("coreweave-2025q4"))
    total = many.plans.places["units."]
    assert total == ("total", "all contracts")
    assert many.plans.value("units.meta.loan") == pytest.approx(8_892e6, rel=1e-3)
    assert math.isnan(many.plans.value("units.microsoft-hopper.irr_levered"))


def test_a_metric_reads_as_the_figure(prepared):
    figure = prepared.figure("units.anchor.payback_years")
    assert (figure.unit, figure.better.value, figure.planned) == ("years", "lower", True)
    assert set(figures.known([], ["anchor"])) > {"units.npv", "units.anchor.npv"}
    assert not prepared.figure("revenue").planned


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("units.anchr.npv", "units.anchor.npv"),
        ("units.npw", "units.npv"),
        ("units.npv@2027", "no period"),
    ],
)
def test_a_wrong_name_is_told(prepared, text, words):
    with pytest.raises(ScenarioError, match=words):
        prepared.figure(text)


def test_a_model_without_contracts_has_only_gpus_on_demand():
    scenario = scenario_of(quiet(gpus={"G": gpu(on_demand_usd_per_gpu_hour=1.0)}))
    plans = Planned(scenario)
    assert list(plans.places) == ["units.on-demand.G."]
    assert "units.npv" not in plans.names()


def test_solve_finds_the_break_even_rent_of_units(unplayed):
    """The price at which present value at the hurdle is zero, which `units` finds by itself."""
    known = compute(load(MODEL)).rows[0].figures["price_at_hurdle"].value
    found = solve.solve(solve.Request(MODEL, f"{PRICE}=1.5:4", "units.npv>=0")).solved[0].crossing
    assert known is not None
    low, high = (1.5 + 2.5 * level for level in (found.low, found.high))
    assert low <= known <= high
    assert high - low <= 2.5 / 2**20
    assert {test.replications for test in found.tested} == {0}
    assert {test.how for test in found.tested} == {PLANNED}


@pytest.mark.parametrize(
    ("until", "sets", "why"),
    [
        ("units.llcr>1.5", ["contracts.anchor.loan_share=0"], "undefined at an end of the range"),
        ("units.loan>=2000000000", [], "equal to the target at all 9 values that were looked at"),
    ],
)
def test_solve_says_why_a_planned_figure_is_on_no_side(unplayed, until, sets, why):
    """No loan has no cover; what is lent is 2,000m at any rent. More replications help neither."""
    found = solve.solve(solve.Request(MODEL, f"{PRICE}=1.5:4", until, sets=tuple(sets)))
    (one,) = found.solved
    assert one.crossing.why.startswith(why)
    assert one.undefined == 0
    told = printed(solve_report, found)
    assert why in told
    assert not [word for word in ("--reps", "replications at", "unsure") if word in told]


def test_a_planned_figure_is_asked_for_once_a_level():
    """0.2 less the square of the distance from the middle: below at both ends, above between."""
    asked = []

    def excess(level: float, replications: int) -> np.ndarray:
        asked.append((level, replications))
        return np.full(replications, 0.2 - (level - 0.5) ** 2)

    found = bracket.crossing(excess, most=400, alpha=0.05, width=2.0**-20, planned=True)
    assert {replications for _, replications in asked} == {1}
    assert len(asked) == len({level for level, _ in asked})
    assert found.turns
    assert found.low is not None
    assert found.low == pytest.approx(0.5 - 0.2**0.5, abs=2.0**-20)


@pytest.mark.parametrize(
    ("excess", "where"),
    [
        (lambda level: level, "at the first value"),
        (lambda level: level - 1.0, "at the last value"),
        (lambda level: level * (1.0 - level), "at both ends"),
    ],
)
def test_solve_says_at_which_end_a_planned_figure_meets_its_target(excess, where):
    def figures(level: float, replications: int) -> np.ndarray:
        return np.full(replications, excess(level))

    found = bracket.crossing(figures, most=400, alpha=0.05, width=0.01, planned=True)
    assert found.why == f"equal to the target {where} of the range"
    assert found.low is None


def test_a_probability_of_what_is_not_drawn_is_refused():
    request = solve.Request(MODEL, f"{PRICE}=1.5:4", "units.npv>=0", probability=0.9)
    with pytest.raises(ScenarioError, match="in which nothing is drawn"):
        solve.solve(request)


def test_regions_are_found_without_playing(unplayed):
    """At a rent below 2.3966 the contract is worth less than nothing at the hurdle."""
    request = sensitivity.Request(
        MODEL, "discover", vary=(f"{PRICE}=1.5:3.5",), when="units.npv<0", rows=80, reps=1
    )
    found = sensitivity.sensitivity(request)
    assert found.share == pytest.approx((2.3966 - 1.5) / 2.0, abs=1 / 80)


def test_a_sweep_of_planned_figures_plays_nothing(unplayed, tmp_path):
    design = Design("list", (PRICE,), (("2.5",), ("2.91",)))
    request = sweep.Request(Point(MODEL), design, metrics=("units.npv", "units.rent_price"))
    found = sweep.run(request, sweep.Means(out=tmp_path / "s"))
    rows = {(e["point"], row["metric"]): row for e in found.entries for row in e["figures"]}
    assert rows[0, "units.rent_price"]["mean"] == pytest.approx(2.5)
    assert rows[0, "units.rent_price"]["ci_by"] == PLANNED
    known = compute(load(MODEL)).rows[0].figures["npv"].value
    assert rows[1, "units.npv"]["mean"] == known
    assert [entry["replications"] for entry in found.entries] == [0, 0]
    assert json.loads((tmp_path / "s/manifest.json").read_text())["replications"] == 0


def test_beside_simulated_figures_the_planned_ones_are_as_they_are(tmp_path):
    design = Design("list", (PRICE,), (("2.5",),))
    metrics = ("units.npv", "revenue")
    request = sweep.Request(Point(MODEL, sets=SHORT), design, reps=3, metrics=metrics)
    (entry,) = sweep.run(request, sweep.Means(out=tmp_path / "s")).entries
    planned, revenue = entry["figures"]
    known = compute(load(MODEL, sets=(*SHORT, f"{PRICE}=2.5"))).rows[0].figures["npv"].value
    assert planned["mean"] == pytest.approx(known, rel=1e-12)
    assert (planned["ci_by"], planned["n"], revenue["n"]) == (PLANNED, 3, 3)
    assert entry["replications"] == 3


def test_compare_names_the_better_model_without_playing(unplayed):
    request = compare.Request((MODEL, "iren-horizon"), metrics=("units.irr_unlevered",))
    (measured,) = compare.compare(request).measured
    known = [compute(load(name)).rows[0].figures["irr_unlevered"].value for name in request.models]
    assert [told.mean for told in measured.means] == known
    assert measured.choice.sure
    assert measured.choice.best == known.index(max(value or 0 for value in known))
    assert measured.against_base[1].difference.how == PLANNED
    assert measured.against_base[1].difference.mean == pytest.approx(known[1] - known[0])


def test_prices_a_few_cents_apart_are_told_apart(unplayed):
    """A dollar is no indifference where prices are a few dollars an hour."""
    request = compare.Request((MODEL, "iren-horizon"), metrics=("units.rent_price",))
    (measured,) = compare.compare(request).measured
    assert measured.indifference < 0.05


def test_sensitivity_tells_what_an_input_does(unplayed):
    """Rent up a tenth from 2.91 is 3.201."""
    request = sensitivity.Request(
        MODEL, vary=(f"{PRICE}*=0.9:1.1",), metric="units.rent_price", reps=20
    )
    (bar,) = sensitivity.sensitivity(request).bars or []
    assert bar.high is not None
    assert (bar.high.mean, bar.high.how) == (pytest.approx(0.291), PLANNED)


def test_a_bridge_of_planned_figures_has_no_replications(unplayed):
    first = bridge.End(Point(MODEL), 1)
    second = bridge.End(Point(MODEL, sets=(f"{PRICE}=3",)), 1)
    found = bridge.bridge(bridge.Request(first, second, "units.rent_price", 100, workers=1))
    told = printed(bridge_report, found)
    assert "on the planned path" in told
    assert not [word for word in ("replications", "interval", "planned  ") if word in told]


VARIED = (f"{PRICE}=2.5:3", "tax.rate=0.2:0.3")  # income tax is no part of it


def test_a_tornado_tells_units_and_no_noise_of_planned_figures(unplayed):
    asked = sensitivity.Request(MODEL, vary=VARIED, metric="units.irr_unlevered")
    told = printed(sensitivity_report, sensitivity.sensitivity(asked))
    assert "% a year (planned)" in told
    assert "change of units.irr_unlevered, points a year; as is " in told
    assert "95%" not in told
    assert "1 input does not move it" in told
    assert "noise" not in told
    asked = sensitivity.Request(MODEL, vary=VARIED, metric="units.npv")
    assert "change of units.npv, USD m; as is " in printed(
        sensitivity_report, sensitivity.sensitivity(asked)
    )


def test_a_comparison_of_planned_figures_has_no_legend_of_luck(unplayed):
    request = compare.Request((MODEL, "iren-horizon"), metrics=("units.npv",))
    told = printed(compare_report, compare.compare(request))
    assert "Nothing is drawn" in told
    assert "may not have been seen" not in told


CHEAP = """extends = "single-site"
[model]
title = "Cheap"
[contracts.anchor]
price_usd_per_gpu_hour = 2.5
"""
SAME = """extends = "single-site"
[model]
title = "Same"
"""
HALF = f"""[shock]
title = "Half"
source = "none"
as_of = 2026-06-30
[[change]]
path = "{PRICE}"
times = 0.5
"""


def test_crossed_planned_figures_are_level_or_not_and_have_no_intervals(unplayed, tmp_path):
    """Rent of 2.91 against 2.91 and 2.50, and half of it: regrets 0, 0, and 0.41 and 0.205."""
    files = {"same": SAME, "cheap": CHEAP, "half": HALF}
    for name, text in files.items():
        (tmp_path / f"{name}.toml").write_text(text)
    models = (MODEL, *(str(tmp_path / f"{name}.toml") for name in ("same", "cheap")))
    shocks = ("none", str(tmp_path / "half.toml"))
    request = compare.Request(models, shocks=shocks, cross=True, metrics=("units.rent_price",))
    found = compare.compare(request)
    (crossed,) = found.crossed
    assert [row.worst.mean for row in crossed.rows] == pytest.approx([0, 0, 0.41])
    assert [row.mean.mean for row in crossed.rows] == pytest.approx([0, 0, 0.3075])
    assert (crossed.worst_open, crossed.mean_open) == ((1,), (1,))
    told = printed(compare_report, found)
    name = "One 100 MW site, one contract, one loan"
    assert told.count(f" regret: {name}, 0.000, level with Same\n") == 2
    assert "Nothing is drawn" in told
    for word in ("not sure", "95%", "planned  ", "replications", "may not have been seen"):
        assert word not in told
