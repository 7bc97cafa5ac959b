"""One figure told in two places, or asked for in two ways, is one figure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import pytest

from gpusim.appraisal.unit_economics import compute
from gpusim.economics.books.statements import BALANCE, LINES
from gpusim.experiments.bridge.bridge import End, bridge
from gpusim.experiments.bridge.bridge import Request as Bridging
from gpusim.experiments.common.design import make, parse_axis
from gpusim.experiments.compare import compare as comparing
from gpusim.experiments.explain.explain import explain
from gpusim.experiments.explain.replay import replay_run, story
from gpusim.experiments.run import points
from gpusim.experiments.run import run as running
from gpusim.experiments.run.points import Point
from gpusim.experiments.saved import differences, runs
from gpusim.experiments.sensitivity import sensitivity as varying
from gpusim.experiments.solve import solve as solving
from gpusim.experiments.sweep import sweep
from gpusim.results.replications.sources_and_uses import SOURCES, USES
from gpusim.results.stored.opened import Opened, open_run
from gpusim.scenario import load
from tests.cases.reading import gpusim
from tests.engines.build import toml
from tests.relations.firms import firm
from tests.relations.playing import SEED

NAMES = ("calm-3", "wild-1", "wild-4", "growing")
REPS = 3
QUARTER, YEAR = 3, 4
SETTING = "sites.*.tariff_usd_per_kwh*=1.5"
CENTS = 100

SUMS: dict[str, Mapping[str, int]] = {
    "revenue": {"revenue_committed": 1, "revenue_on_demand": 1, "revenue_recharged": 1},
    "operating_income": {
        "revenue": 1,
        "cost_of_revenue": -1,
        "technology_and_infrastructure": -1,
        "sales_and_marketing": -1,
        "general_and_administrative": -1,
        "impairment": -1,
        "disposal_gain": 1,
    },
    "pretax_income": {
        "operating_income": 1,
        "interest_expense": -1,
        "interest_income": 1,
        "other_income": 1,
    },
    "net_income": {"pretax_income": 1, "income_tax": -1},
    "adjusted_ebitda": {
        "operating_income": 1,
        "stock_compensation": 1,
        "depreciation_and_amortization": 1,
        "impairment": 1,
        "disposal_gain": -1,
    },
    "ppe_net": {"ppe_gross": 1, "accumulated_depreciation": -1},
    "total_assets": {
        "cash": 1,
        "restricted_cash": 1,
        "marketable_securities": 1,
        "receivables": 1,
        "prepaid_and_other_current": 1,
        "supplier_deposits": 1,
        "ppe_net": 1,
        "intangibles_net": 1,
        "goodwill": 1,
        "lease_assets": 1,
        "other_noncurrent_assets": 1,
    },
    "debt_principal": {
        "loans": 1,
        "notes": 1,
        "convertibles": 1,
        "revolver": 1,
        "vendor_debt": 1,
        "finance_leases": 1,
    },
    "debt_carrying": {"debt_principal": 1, "debt_discount": -1},
    "total_liabilities": {
        "payables_operating": 1,
        "payables_capex": 1,
        "accrued_interest": 1,
        "tax_payable": 1,
        "deferred_revenue": 1,
        "customer_liabilities": 1,
        "lease_liabilities": 1,
        "debt_carrying": 1,
        "deferred_tax": 1,
        "other_liabilities": 1,
    },
    "equity": {"paid_in_capital": 1, "accumulated_deficit": -1},
}
"""Lines of the statements that are sums of others, as an accountant reads them."""
MOVES = {
    "signed": 1,
    "accretion_added": 1,
    "repriced": 1,
    "recognised": -1,
    "cancelled": -1,
    "defaulted": -1,
    "expired": -1,
}


class Told(NamedTuple):
    """A firm, its model file and the folder of its run."""

    name: str
    file: Path
    run: Opened

    def table(self, name: str) -> pl.DataFrame:
        return self.run.table(name)


@pytest.fixture(scope="module", params=NAMES)
def told(request, tmp_path_factory) -> Told:
    """A firm's run folder with every table that a run may write."""
    folder = tmp_path_factory.mktemp("told")
    file, out = folder / "firm.toml", folder / "run"
    file.write_text(toml(firm(request.param)))
    running.run(
        running.Request(
            str(file), reps=REPS, seed=SEED, out=out, monthly=True, units=True, workers=1
        )
    )
    return Told(request.param, file, open_run(str(out)))


def cube(table: pl.DataFrame, name: str, times: int = 1) -> np.ndarray:
    """A column by replication, period and so many parts of it."""
    return table[name].to_numpy().reshape(REPS, -1, times)


def test_quarters_are_their_months(told):
    months, quarters = told.table("statements_monthly"), told.table("statements")
    for name in LINES:
        parts = cube(months, name, QUARTER)
        whole = parts[:, :, -1] if name in BALANCE else parts.sum(axis=2)
        assert (whole == cube(quarters, name)[:, :, 0]).all(), name


@pytest.mark.parametrize("name", SUMS)
def test_a_line_is_the_sum_of_its_parts(told, name):
    table = told.table("statements_monthly")
    parts = sum(sign * table[part].to_numpy() for part, sign in SUMS[name].items())
    assert (parts == table[name].to_numpy()).all()


def test_the_balance_sheet_balances_and_follows_the_flows(told):
    table = told.table("statements_monthly")
    both = table["total_liabilities"] + table["equity"]
    assert (table["total_assets"] == both).all()
    flows = sum(
        cube(table, f"{kind}_cash_flow") for kind in ("operating", "investing", "financing")
    )
    held = cube(table, "cash") + cube(table, "restricted_cash")
    assert (np.diff(held, axis=1) == flows[:, 1:]).all()
    deficit = cube(table, "accumulated_deficit")
    assert (np.diff(deficit, axis=1) == -cube(table, "net_income")[:, 1:]).all()


def test_the_backlog_rolls_forward(told):
    moves = told.table("backlog_monthly")
    stock = cube(told.table("metrics_monthly"), "backlog") * CENTS
    periods = told.table("metrics_monthly")["period"].unique(maintain_order=True)
    for replication in range(REPS):
        own = moves.filter(replication=replication)
        assert set(own["movement"]) <= {*MOVES, "opening", "planned", "slipped"}
        opening = own.filter(movement="opening")["cents"].sum()
        flows = [
            sum(
                MOVES.get(row["movement"], 0) * row["cents"]
                for row in own.filter(period=period).iter_rows(named=True)
            )
            for period in periods
        ]
        assert np.allclose(opening + np.cumsum(flows), stock[replication, :, 0], atol=0.5, rtol=0)


def test_outcomes_are_the_statements_last_cells(told):
    outcomes, months = told.table("outcomes"), told.table("statements_monthly")
    for name, line in (("cash_ending", "cash"), ("debt_ending", "debt_principal")):
        assert outcomes[name].to_list() == cube(months, line)[:, -1, 0].tolist()
    lost = told.table("facilities").group_by("replication", maintain_order=True)
    assert len(list(lost)) == REPS


def test_metrics_in_usd_are_lines_in_cents(told):
    for suffix in ("", "_monthly"):
        lines, metrics = told.table(f"statements{suffix}"), told.table(f"metrics{suffix}")
        ended = {"capex_cash"}  # paid to suppliers is a metric of its own sign
        for name in set(lines.columns[3:]) & set(metrics.columns) - ended:
            found = metrics[name].to_numpy()
            kept = ~np.isnan(found.astype(float))
            assert np.allclose(lines[name].to_numpy()[kept] / CENTS, found[kept], rtol=0, atol=1e-9)


def test_summaries_are_means_of_metrics(told):
    summary = told.table("summary")
    for suffix in ("", "_monthly"):
        metrics = told.table(f"metrics{suffix}")
        for name in ("revenue", "cash", "dscr", "utilisation", "billing_mw", "net_income"):
            means = metrics.group_by("period", maintain_order=True).agg(pl.col(name).mean())
            said = summary.filter(metric=name).join(means, on="period", how="inner")
            assert len(said) == len(means)
            assert said["mean"].is_null().equals(said[name].is_null())
            one, other = (said[n].fill_null(0).to_numpy() for n in ("mean", name))
            assert np.allclose(one, other, rtol=1e-12, atol=1e-6)


def test_cohorts_are_the_statements(told):
    units = told.table("units").group_by("replication", "period").agg(pl.exclude(pl.String).sum())
    lines = told.table("statements").join(units, on=["replication", "period"], suffix="_units")
    for name in ("revenue", "power", "rent", "impairment"):
        assert (lines[name] == lines[f"{name}_units"]).all(), name
    assert (lines["depreciation_and_amortization"] == lines["depreciation"]).all()
    assert (lines["interest_expense"] == lines["interest"]).all()


def test_the_chain_from_backlog_to_cash_ends_at_the_cash(told):
    chain, months = told.table("backlog_to_cash"), told.table("statements_monthly")
    paid = cube(months, "cash_from_customers").sum(axis=1)[:, 0]
    assert (chain["collected"].to_numpy() == paid).all()
    first = firm(told.name)["balance"]["cash_usd"]
    change = cube(months, "cash")[:, -1, 0] - round(first * CENTS)
    shares = cube(months, "equity_raised").sum(axis=1)[:, 0]
    left = chain["left_for_shareholders"].to_numpy()
    assert (left == change - shares).all()


def test_sources_and_uses_are_equal_and_open_with_the_balance_sheet(told):
    table, balance = told.table("sources_and_uses"), firm(told.name)["balance"]
    sources = sum(table[part.name] for part in SOURCES)
    assert (sources == sum(table[part.name] for part in USES)).all()
    debt = sum(
        round(loan["opening"]["principal_usd"] * CENTS)
        for loan in firm(told.name).get("debt", {}).values()
        if loan.get("opening")
    )
    assert (table["debt_opening"] == debt).all()
    held = table["debt_opening"] + table["equity_opening"] - table["in_place"]
    assert (held == round(balance["cash_usd"] * CENTS)).all()


@pytest.mark.parametrize("name", ["revenue", "cash_for_operations", "cash", "debt_principal"])
def test_a_cell_taken_apart_is_the_cell(told, name):
    table, last = told.table("statements"), told.table("statements")["period"][-1]
    cell = explain(told.run, name, last, 1)
    row = table.filter(replication=1, period=last)
    assert cell.cell == row[name].item()
    assert (cell.before or 0) + sum(pair.amount for pair in cell.pairs) == cell.cell
    assert (cell.before or 0) + sum(part.amount for part in cell.parts) == cell.cell


def test_a_replication_told_again_is_the_one_that_was_run(told):
    again = replay_run(told.run, 2)  # compares its cells with the folder's
    assert story(again, None, None)


def test_a_run_of_a_run_s_own_scenario_has_the_same_bytes(told, tmp_path):
    own = told.run.path / "scenario.toml"
    running.run(
        running.Request(
            str(own), reps=REPS, seed=SEED, out=tmp_path / "again", monthly=True, units=True
        )
    )
    tables = [path.name for path in told.run.path.glob("*.parquet")]
    assert len(tables) > 10
    for table in set(tables) - {"sources.parquet"}:  # which names the files of its values
        one, other = (folder / table for folder in (told.run.path, tmp_path / "again"))
        assert one.read_bytes() == other.read_bytes(), table


def test_a_run_is_verified_and_differs_from_itself_in_nothing(told):
    assert runs.verify(told.run.path, workers=1).same
    diff = differences.diff(told.run.path, told.run.path)
    assert (diff["manifest"], diff["scenario"], diff["figures"]) == ([], [], [])


def test_the_command_says_in_json_what_it_writes(tmp_path):
    file, out = tmp_path / "firm.toml", tmp_path / "run"
    file.write_text(toml(firm("wild-2")))
    done = gpusim("run", str(file), "--reps", "2", "--json", "-q", "--out", str(out))
    said = json.loads(done.stdout)
    table = pl.read_parquet(out / "summary.parquet")
    for row in said["summary"]:
        own = table.filter(metric=row["metric"], period=row["period"]).row(0, named=True)
        assert {key: own[key] for key in row} == row
    outcomes = pl.read_parquet(out / "outcomes.parquet")
    assert said["outcomes"]["shortfall_probability"] == outcomes["shortfall"].mean()
    ended = outcomes["defaulted"].is_not_null().mean()
    assert said["outcomes"]["default_probability"] == ended


# Asked in two ways


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("asked") / "firm.toml"
    path.write_text(toml(firm("wild-1")))
    return str(path)


def mean_of(file: str, *sets: str, reps: int) -> float:
    """The mean of a run's cash at its end [USD]."""
    point = points.prepare(Point(file, sets=sets))
    panel = points.play(point, SEED, range(reps))
    return float(point.read(panel, [point.figure("cash_ending")])[0].figures.mean())


def test_a_model_compared_with_itself_is_the_same(file, tmp_path):
    copy = tmp_path / "copy.toml"
    copy.write_text(Path(file).read_text())
    asked = comparing.Request(
        (file, str(copy)),
        metrics=("cash_ending", "revenue", "shortfall"),
        reps=20,
        most=20,
        workers=1,
    )
    for measured in comparing.compare(asked).measured:
        with_itself = measured.against_base[1]
        assert (measured.figures[0] == measured.figures[1]).all()
        ends = with_itself.difference
        assert (ends.mean, ends.low, ends.high, ends.how) == (0, 0, 0, "same")
        assert with_itself.wins == 0


def test_a_bridge_from_a_model_to_itself_is_empty(file):
    end = End(Point(file), SEED)
    found = bridge(Bridging(end, end, "cash_ending", REPS, workers=1))
    assert (found.parts, found.start) == ((), found.end)


def test_a_bridge_of_one_cause_is_that_cause(file):
    first, second = End(Point(file), SEED), End(Point(file, sets=(SETTING,)), SEED)
    found = bridge(Bridging(first, second, "cash_ending", REPS, workers=1))
    assert [part.amount for part in found.parts] == [found.end - found.start]
    back = bridge(Bridging(second, first, "cash_ending", REPS, workers=1))
    assert back.parts[0].amount == -found.parts[0].amount


def test_a_point_of_a_sweep_is_a_run_with_its_setting(file, tmp_path):
    axes = make("grid", [parse_axis("sites.*.tariff_usd_per_kwh*=1,1.5")])
    asked = sweep.Request(Point(file), axes, seed=SEED, reps=REPS, metrics=("cash_ending",))
    sweep.run(asked, sweep.Means(1, out=tmp_path / "sweep"))
    swept = pl.read_parquet(tmp_path / "sweep" / "results.parquet")["mean"].to_list()
    for mean, sets in zip(swept, ((), (SETTING,)), strict=True):
        out = tmp_path / f"run-{len(sets)}"
        running.run(running.Request(file, reps=REPS, seed=SEED, sets=sets, out=out))
        ended = pl.read_parquet(out / "outcomes.parquet")["cash_ending"].mean()
        assert mean == pytest.approx(ended / CENTS, rel=1e-12)


def test_a_bar_of_a_tornado_is_a_run_with_its_setting(file):
    asked = varying.Request(
        file, vary=("sites.*.tariff_usd_per_kwh*=1:1.5",), metric="cash_ending", reps=20, seed=SEED
    )
    bar = varying.sensitivity(asked).bars[0]
    moved = mean_of(file, SETTING, reps=20) - mean_of(file, reps=20)
    assert (bar.low.mean, bar.high.mean) == (0, pytest.approx(moved, rel=1e-9))


@pytest.mark.parametrize("name", ["calm-new-1", "calm-new-2", "calm-new-5"])
def test_a_break_even_price_put_back_breaks_even(name, tmp_path):
    path = tmp_path / "firm.toml"
    path.write_text(toml(firm(name)))
    for contract, own in firm(name)["contracts"].items():
        if not own.get("price_usd_per_gpu_hour"):
            continue
        row = compute(load(str(path)), contract=contract).rows[0].figures
        for price, judged, target in (
            ("price_return_of_capital", "irr_unlevered", 0.0),
            ("price_at_hurdle", "irr_unlevered", 0.10),
            ("price_at_dscr_one", "dscr_lowest", 1.0),
        ):
            found = row[price].value
            if found is None or np.isnan(found):
                continue
            sets = (f"contracts.{contract}.price_usd_per_gpu_hour={found!r}",)
            back = compute(load(str(path), sets=sets), contract=contract).rows[0].figures
            assert back[judged].value == pytest.approx(target, abs=1e-6)


def test_a_break_even_of_solve_lies_about_the_value_it_was_made_from(tmp_path):
    path = tmp_path / "firm.toml"
    path.write_text(toml(firm("calm-3")))
    goal = mean_of(str(path), SETTING, reps=1)
    asked = solving.Request(
        str(path),
        "sites.*.tariff_usd_per_kwh*=1:2",
        f"cash_ending<{goal:.0f}",
        seed=SEED,
        workers=1,
    )
    crossing = solving.solve(asked).solved[0].crossing
    assert crossing.why == ""
    assert crossing.estimate == pytest.approx(0.5, abs=1e-3)  # of the way from 1 to 2
