"""Pages of sweeps, comparisons and sensitivity analyses, from folders and JSON made by hand."""

import json

import numpy as np
import polars as pl
import pytest

from gpusim.reports import report
from gpusim.reports.pages import answer_figures, sweep_figures
from gpusim.results.opened import NotARunError, open_run

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
    pl.DataFrame(points).write_parquet(path / "points.parquet")
    pl.DataFrame(rows).write_parquet(path / "results.parquet")
    (path / "manifest.json").write_text(json.dumps({"kind": "sweep", "model": "single-site"}))
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


def interval(mean, low, high):
    return {"mean": mean, "low": low, "high": high, "how": "t"}


def compared(options):
    return {
        "options": ["as is", *options],
        "base": "as is",
        "worlds": 200,
        "metrics": [
            {
                "metric": "equity_cash",
                "unit": "USD",
                "selection": {"sure": True, "best": "as is"},
                "options": [
                    {
                        "option": name,
                        "mean": interval(9e8, 8e8, 1e9),
                        "difference": interval(*ends),
                        "wins": 0.1,
                        "ties": 0.0,
                        "variance_ratio": 12.0,
                        "regret": {"mean": 1e7, "worst": 2e7, "tail": 2e7},
                    }
                    for name, ends in {"as is": (0, 0, 0), **options}.items()
                ],
            }
        ],
    }


def test_a_comparison_is_a_paired_difference_an_option(tmp_path):
    told = compared({"dear power": (-1e8, -2e8, -5e7), "same": (0.0, -1e7, 1e7)})
    (tmp_path / "told.json").write_text(json.dumps(told))
    made = report.write(open_run(str(tmp_path / "told.json")), None, tmp_path, None)
    assert made.page == tmp_path / "told.html"
    assert [path.stem for path in made.pictures] == ["paired_equity_cash"]
    table = answer_figures.figures(told)[0].table
    assert table["difference"].to_list() == [-100.0, 0.0]
    assert "By equity_cash, as is is best, on 200 same worlds." in made.page.read_text()


def test_a_tornado_has_the_widest_swing_first_and_leaves_refused_inputs_out():
    def bar(name, low, high):
        ends = {"low": low and interval(low, low, low), "high": high and interval(high, high, high)}
        return {"input": name, **ends, "swing": interval(0, 0, 0), "matters": True, "refused": ""}

    told = {
        "model": "single-site",
        "metric": "revenue",
        "unit": "USD",
        "base": interval(1e9, 1e9, 1e9),
        "bars": [bar("small", -1e6, 1e6), bar("wide", 5e6, -9e6), bar("refused", None, None)],
    }
    figure = answer_figures.figures(told)[0]
    assert figure.table["input"].to_list() == ["wide", "small"]
    assert "wide moves revenue most: 1,005 to 991 USD m" in figure.answer
    assert figure.png().startswith(b"\x89PNG")


def test_other_json_is_refused(tmp_path):
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(NotARunError, match="neither what `gpusim compare --json`"):
        report.write(open_run(str(tmp_path / "other.json")), None, None, None)


def test_units_of_answers_are_those_of_pages():
    assert answer_figures.unit_of("USD") == ("USD m", 1e6)
    assert answer_figures.unit_of("probability") == ("share", 1.0)
    assert np.isnan(answer_figures.column([None])).all()
