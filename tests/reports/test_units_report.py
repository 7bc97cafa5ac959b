"""The tables of `gpusim units`: as wide as a screen of a hundred characters allows."""

import io
import json

import pytest
from rich.console import Console
from rich.table import Table

from gpusim.appraisal.let_power.kw_figures import LET
from gpusim.appraisal.unit_economics import compute
from gpusim.appraisal.view.timing import timing_of
from gpusim.reports.units import units_report, years_report
from gpusim.scenario import load
from tests.cases.reading import gpusim
from tests.cases.test_kw import operator_of_both
from tests.engines.build import balanced, toml


@pytest.mark.parametrize("model", ["single-site", "coreweave-2025q4"])
def test_no_table_is_wider_than_a_screen(model):
    console = Console(width=400)
    units = compute(load(model))
    for width in (100, 80, 40):
        tables = [*units_report.tables_of(units, width), *years_report.tables_of(units, width)]
        assert len(tables) >= 12
        parts = [part for table in tables for part in table.renderables if isinstance(part, Table)]
        assert max(console.measure(part).maximum for part in parts) <= width


def test_timing_is_told_in_words():
    units = compute(load("single-site"), timing=timing_of("quarterly", "mid"))
    told = units_report.timing_of(units)
    assert "cash at quarter middles (debt service" in told
    assert "rates from quarterly cash" in told


def printed(*sets: str, model: str = "single-site") -> str:
    console = Console(width=400, file=io.StringIO(), record=True)
    units_report.show(compute(load(model, sets=sets)), console, by_year=True)
    return console.export_text()


def test_one_gpu_on_demand_is_told_in_dollars_and_does_not_set_the_decimals_of_a_fleet():
    """23,308 USD of an H100 are 0.023m; a planned NPV of a fleet has one decimal."""
    told = printed(model="spot-heavy")
    owner = told.split("Owner before debt")[1].split("Kept after")[0].splitlines()
    rows = [line.split() for line in owner if "%" in line and "hurdle" not in line]
    behind_rates = [[n for n, word in enumerate(row) if "%" in word][1] + 1 for row in rows]
    npv = [(row[at], row[at + 1]) for row, at in zip(rows, behind_rates, strict=True)]
    single = [each for (million, each), row in zip(npv, rows, strict=True) if "demand)" in row]
    assert len(single) > 1
    assert all(abs(float(each.strip("()").replace(",", ""))) > 100 for each in single)
    millions = [million.strip("()") for million, _ in npv]
    assert millions.count("-") == len(single) < len(millions)
    assert {len(amount.partition(".")[2]) for amount in millions if amount != "-"} == {1}


def test_a_rate_that_tells_nothing_is_told_as_beyond_and_stays_in_json():
    """A loan of nearly all of the cost: the owner's rate of return has eleven digits."""
    units = compute(load("single-site", sets=("debt.ddtl.commitment_usd=2.5e9",)))
    console = Console(width=100, record=True, file=io.StringIO())
    units_report.show(units, console)
    rates = [row.figures["irr_levered"].value for row in units.rows]
    assert any(rate is not None and rate > 10 for rate in rates)
    assert ">1,000%" in console.export_text()
    told = json.loads(units_report.text(units))["rows"]
    assert [row["figures"]["irr_levered"]["value"] for row in told] == rates


def test_lenders_of_a_few_gpus_are_told_dollars():
    """Eight GPUs: a loan of less than a million; like their revenue and cash, in USD."""
    told = printed("contracts.anchor.tranches=[{gpus=8,start=2027-02-01}]")
    titles = [line.strip() for line in told.splitlines() if "its lenders" in line]
    assert titles == ["anchor: its lenders if the contract ended with the year, USD"]


def test_debt_on_hardware_that_is_written_off_is_of_infinite_loan_to_value():
    """A bullet of five years on hardware of four."""
    told = printed(
        "gpus.GB300.book_life_years=4",
        'debt.ddtl.amortisation.law="bullet"',
        "debt.ddtl.amortisation.grace_months=0",
    )
    lent = told[told.index("anchor: its lenders") :].split("\n\n")[0]
    years = [line.split() for line in lent.splitlines() if line.startswith("year ")]
    assert [year[4] for year in years if year[1] in ("4", "5")] == ["∞", "∞"]


def test_who_lets_power_alone_has_tables_of_a_kw(tmp_path):
    """The landlord's template has no GPU: no table of GPU-hours; what there is fits a screen."""
    file = tmp_path / "hall.toml"
    assert gpusim("new", "hall", "--template", "landlord", "--yes", cwd=tmp_path).returncode == 0
    units = compute(load(str(file)))
    assert list(units_report.tables_of(units, 100)) == []
    console = Console(width=100, record=True, file=io.StringIO())
    units_report.show(units, console, by_year=True)
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= 100
    told = " ".join(text.split())
    assert "Let power: USD per kW of critical IT and month" in told
    assert "GPU" not in told
    assert "- its building stands already" in told
    assert told.count("cash by year") == 3
    on_time = ("--set", "sites.hall.delay.probability=0", "--units")
    done = gpusim("run", str(file), "--reps", "20", "--out", "run", *on_time, cwd=tmp_path)
    assert "no value comes late" in done.stdout
    assert "GPU-hours" not in done.stdout
    judged = gpusim("units", "run", cwd=tmp_path).stdout
    assert "GPU" not in judged
    assert "IRR: it has no capital of its own" in judged


def test_a_model_with_both_has_both(tmp_path):
    """Tables of GPU lots and of tenants, each within a screen; JSON has rows of each."""
    (tmp_path / "own.toml").write_text(toml(balanced(operator_of_both())), encoding="utf-8")
    units = compute(load(str(tmp_path / "own.toml")))
    console = Console(width=100, record=True, file=io.StringIO())
    units_report.show(units, console, by_year=True)
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= 100
    assert "USD per billed GPU-hour" in text
    assert "Let power: USD per kW" in text
    told = json.loads(units_report.text(units))
    assert {row["name"] for row in told["let"]["rows"]} == {"A"}
    assert "A" not in {row["name"] for row in told["rows"]}
    assert set(told["let"]["figures"]) == set(LET)
