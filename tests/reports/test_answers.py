"""Pages of sweeps, comparisons, sensitivities and break-evens, from folders made by hand."""

import json

import numpy as np
import polars as pl
import pytest

from gpusim.reports import report
from gpusim.reports.figures import (
    compare_figures,
    sensitivity_figures,
    solve_figures,
    sweep_figures,
)
from gpusim.reports.pages.reading import array, unit_of
from gpusim.results.stored.opened import NotARunError, open_run
from tests.results.folders import filled

TARIFFS, MARGINS = (0.03, 0.06), (0.0, 0.01, 0.02)


def sweep_folder(path, shortfall=lambda x, y: x):
    """Two keys on a grid: revenue falls with both, and the chance of a shortfall as said."""
    rows, points = [], []
    for x in TARIFFS:
        for y in MARGINS:
            at = {"point": len(points), "sites.*.tariff_usd_per_kwh": x, "debt.*.margin+": y}
            points.append(at | {"status": "done"})
            for metric, unit, mean in (
                ("equity_cash", "USD", 1e9 * (1 - x - y)),
                ("shortfall", "probability", shortfall(x, y)),
            ):
                figures = {"n": 10, "mean": mean, "sd": 0.1, "ci_low": mean, "ci_high": mean}
                rows.append(at | {"metric": metric, "unit": unit} | figures)
    path.mkdir()
    keys = ["point", "sites.*.tariff_usd_per_kwh", "debt.*.margin+"]
    pl.DataFrame(points).select(keys).write_parquet(path / "design.parquet")
    filled("sweep", "points", points).write_parquet(path / "points.parquet")
    filled("sweep", "results", rows).write_parquet(path / "results.parquet")
    point = {"model": "single-site", "strategy": None, "shocks": [], "sets": []}
    asked = {"seed": 1, "reps": 10, "until": [], "metrics": [], "engine": "batch"}
    manifest = {"kind": "sweep", "model": "single-site", "request": {"point": point, **asked}}
    (path / "manifest.json").write_text(json.dumps(manifest))
    return open_run(str(path))


def test_a_sweep_over_two_keys_is_a_heatmap_a_metric_and_a_frontier(tmp_path):
    run = sweep_folder(tmp_path / "sweep")
    made = report.write(run, None, tmp_path / "png", tmp_path / "sweep.xlsx")
    keys = ["sweep_equity_cash", "sweep_shortfall", "frontier"]
    assert [path.stem for path in made.pictures] == keys
    assert "goes from 920" in made.page.read_text() or "920.0" in made.page.read_text()


def test_the_frontier_keeps_what_no_point_beats(tmp_path):
    """Cash falls and risk falls with the tariff here: the best margin of each tariff is kept."""
    run = sweep_folder(tmp_path / "sweep", shortfall=lambda x, y: 0.5 - 5 * x)
    table = sweep_figures.figures(run)[-1].table
    kept = table.filter(pl.col("not_beaten"))["debt.*.margin+"].to_list()
    assert kept == [0.0, 0.0]


def test_a_sweep_without_risk_has_no_frontier(tmp_path):
    run = sweep_folder(tmp_path / "sweep", shortfall=lambda x, y: 0.0)
    assert [f.key for f in sweep_figures.figures(run)] == ["sweep_equity_cash", "sweep_shortfall"]


def test_an_unfinished_sweep_says_how_to_go_on(tmp_path):
    run = sweep_folder(tmp_path / "sweep")
    (run.path / "results.parquet").unlink()
    with pytest.raises(NotARunError, match="unfinished sweep: --resume"):
        report.write(run, None, None, None)


def folder(path, kind, asked, **tables):
    """The folder of an answer, with the tables given."""
    path.mkdir()
    manifest = {"kind": kind, "model": "single-site", "requests": [asked]}
    (path / "manifest.json").write_text(json.dumps(manifest))
    for name, rows in tables.items():
        filled(kind, name, rows).write_parquet(path / f"{name}.parquet")
    return open_run(str(path))


def compared(path, differences, *, higher=True):
    names = ["as is", *differences]
    rows = [
        {
            "metric": "equity_cash",
            "option": name,
            "unit": "USD",
            **dict(zip(("mean", "low", "high"), (9e8, 8e8, 1e9), strict=True)),
            "difference": middle,
            "difference_low": low,
            "difference_high": high,
            "wins": 0.1,
            "ties": 0.0,
            "variance_reduction": 12.0,
            **dict.fromkeys(("regret_mean", "regret_cvar", "regret_worst"), 1e7),
            "higher_is_better": higher,
            "best": name == "as is",
            "sure": True,
            "in_race": name == "as is",
        }
        for name, (middle, low, high) in {"as is": (0.0, 0.0, 0.0), **differences}.items()
    ]
    replications = [{"option": name, "replication": n} for name in names for n in range(200)]
    options = [{"option": name} for name in names]
    return folder(path, "compare", {}, comparison=rows, replications=replications, options=options)


def test_a_comparison_is_a_paired_difference_an_option(tmp_path):
    run = compared(tmp_path / "told", {"dear power": (-1e8, -2e8, -5e7), "same": (0.0, -1e7, 1e7)})
    made = report.write(run, None, tmp_path / "png", tmp_path / "told.xlsx")
    assert made.page == run.path / "report.html"
    assert [path.stem for path in made.pictures] == ["paired_equity_cash"]
    table = compare_figures.figures(run)[0].table
    assert table["difference"].to_list() == [0.0, -100.0, 0.0]
    text = made.page.read_text()
    assert "By equity_cash, as is is best, on the same 200 replications." in text
    assert "single-site: dear power, same against as is" in text


def test_a_tornado_has_the_widest_swing_first_and_leaves_refused_inputs_out(tmp_path):
    def bar(name, low, high):
        swing = {"swing": 0.0, "swing_low": 0.0, "swing_high": 0.0}
        return [
            {"input": name, "end": end, "value": end, "unit": "USD", "change": change, **swing}
            | {"matters": True, "refused": "why" if change is None else None}
            for end, change in (("low", low), ("high", high))
        ]

    bars = [*bar("small", -1e6, 1e6), *bar("wide", 5e6, -9e6), *bar("refused", None, None)]
    asked = {"method": "tornado", "metric": "revenue", "when": "defaulted>=1"}
    points = [{"point": 0, "revenue": 1e9}]
    run = folder(tmp_path / "told", "sensitivity", asked, bars=bars, points=points)
    (figure,) = sensitivity_figures.figures(run)
    assert figure.table["input"].to_list() == ["wide", "small"]
    assert "wide moves revenue most: 1,005 to 991 USD m" in figure.answer
    assert figure.png().startswith(b"\x89PNG")


def broken_even(path, rows, tested, along=None):
    asked = {"key": "sites.*.tariff_usd_per_kwh=0.05:0.40", "until": "dscr<1", "along": along}
    common = {"until": "dscr<1", "metric": "dscr", "probability": None, "unit": "ratio"}
    common |= {"key": "sites.*.tariff_usd_per_kwh", "target": 1.0}
    return folder(path, "solve", asked, breakevens=[common | r for r in rows], tested=tested)


def test_a_break_even_is_a_bracket_among_the_values_tested(tmp_path):
    row = {"along": None, "low": 0.10, "high": 0.12, "estimate": 0.11, "why": None}
    tested = [
        {"until": "dscr<1", "value": value, "mean": mean, "low": mean - 0.1, "high": mean + 0.1}
        | {"unit": "ratio", "replications": 50, "side": side}
        for value, mean, side in ((0.05, 1.5, "above"), (0.11, 1.0, "unsure"), (0.4, 0.2, "below"))
    ]
    (figure,) = solve_figures.figures(broken_even(tmp_path / "told", [row], tested))
    assert "break-even of sites.*.tariff_usd_per_kwh between 0.1 and 0.12, about 0.11" in (
        figure.answer
    )
    assert figure.table["side"].to_list() == ["above", "unsure", "below"]
    assert figure.png().startswith(b"\x89PNG")


def test_a_frontier_has_a_break_even_at_each_value_of_the_second_key(tmp_path):
    rows = [
        {"along": 1.1, "low": 0.3, "high": 0.4, "estimate": 0.35, "why": None},
        {"along": 1.3, "low": None, "high": None, "estimate": None, "why": "no crossing"},
        {"along": 1.6, "low": 0.2, "high": 0.3, "estimate": 0.25, "why": None},
    ]
    run = broken_even(tmp_path / "told", rows, [], along="sites.*.pue=1.1:1.6:3")
    (figure,) = solve_figures.figures(run)
    assert "about 0.35 at 1.1, 0.25 at 1.6" in figure.answer
    assert figure.png().startswith(b"\x89PNG")


def test_a_sensitivity_without_a_finding_says_so(tmp_path):
    asked = {"method": "morris", "metric": "revenue", "when": "defaulted>=1"}
    run = folder(tmp_path / "told", "sensitivity", asked, points=[{"point": 0, "revenue": 1e9}])
    with pytest.raises(NotARunError, match="holds points but no morris"):
        report.write(run, None, None, None)


@pytest.mark.parametrize(
    ("standing", "cell"),
    [([0.03, 0.01], (1, 0)), ([0.06, 0.02], (2, 1)), ([0.05, 0.01], None), ([None, 0.01], None)],
)
def test_the_model_as_it_is_is_outlined_where_the_grid_has_it(standing, cell):
    assert sweep_figures.cell_of(standing, TARIFFS, MARGINS) == cell


def test_units_of_answers_are_those_of_pages():
    assert unit_of("USD") == ("USD m", 1e6)
    assert unit_of("probability") == ("share", 1.0)
    assert np.isnan(array(pl.Series([None], dtype=pl.Float64))).all()
