"""Revenue and power by whose they are: the shares are right by hand, and sum to the cell."""

import io
import json

import pytest
from rich.console import Console

from gpusim.experiments.explain.explain import explain
from gpusim.experiments.explain.shares import AHEAD, ON_DEMAND, TARIFF, UNDER_CONTRACT, Share
from gpusim.experiments.run import run as experiment
from gpusim.experiments.run.run import Request
from gpusim.reports.printed import explain_report
from gpusim.results.stored.opened import open_run
from tests.economics.test_dated_tariffs import dated
from tests.economics.test_power_purchase import ahead
from tests.engines.build import balanced, toml


def opened(folder, tables):
    model = folder / "model.toml"
    model.write_text(toml(balanced(tables)), encoding="utf-8")
    experiment.run(Request(str(model), reps=1, out=folder / "run"))
    return open_run(str(folder / "run"))


@pytest.fixture(scope="module")
def spot(tmp_path_factory):
    out = tmp_path_factory.mktemp("shares") / "run"
    experiment.run(Request("spot-heavy", reps=1, sets=("model.quarters=6",), out=out))
    return open_run(str(out))


def printed(told) -> str:
    """What the command prints on a screen of 100 columns."""
    console = Console(width=100, record=True, file=io.StringIO())
    explain_report.show(told, console, 3)
    return console.export_text()


def test_power_bought_ahead_stands_apart_from_the_tariff(tmp_path):
    """All at 0.05: 36,000, 37,200 and 36,000, and 5,000 of demand a month: 124,200.

    0.6 MW at 0.04 are 432,000, 446,400 and 432,000 kWh at 0.01 less: 13,104.
    """
    tables = dated()
    tables["sites"]["S"]["ppa"] = ahead(0.6, 0.04)
    run = opened(tmp_path, tables)
    told = explain(run, "power", "2026Q2")
    assert told.shares == [
        Share("", "S", TARIFF, 124_200_00),
        Share("", "S", AHEAD, -13_104_00),
    ]
    assert told.cell == 124_200_00 - 13_104_00
    assert explain(run, "power", "2026-05").shares[1].amount == -4_464_00
    text = " ".join(printed(told).split())
    assert "By site, USD" in text
    assert "S bought ahead, beside the tariff (13,104.00)" in text
    shown = json.loads(explain_report.text(told))["shares"]
    assert sum(share["amount"] for share in shown) == told.cell


def test_revenue_is_told_by_contract_and_on_demand_by_site(spot):
    statements = spot.table("statements")
    for period in statements["period"].to_list():
        told = explain(spot, "revenue", period)
        assert sum(share.amount for share in told.shares) == told.cell
        row = statements.filter(period=period)
        sums = {
            what: sum(share.amount for share in told.shares if share.what == what)
            for what in (UNDER_CONTRACT, ON_DEMAND)
        }
        assert sums[ON_DEMAND] == row["revenue_on_demand"].item() > 0
        assert sums[UNDER_CONTRACT] == row["revenue_committed"].item()
        assert all(share.site for share in told.shares)
        assert all(bool(share.contract) == (share.what == UNDER_CONTRACT) for share in told.shares)
    assert "no contract" in printed(told)


def test_power_is_told_by_site(spot):
    sites = spot.scenario()["sites"]
    told = explain(spot, "power", "2026Q3")
    assert {share.site for share in told.shares} <= set(sites)
    assert {share.what for share in told.shares} == {TARIFF}
    assert sum(share.amount for share in told.shares) == told.cell > 0


def test_other_lines_have_no_shares(spot):
    assert explain(spot, "cash", "2026Q3").shares == []
