"""Covers taken apart: what is printed gives the ratio again, and is right by hand."""

import datetime as dt
import io
import json
import math
import re

import polars as pl
import pytest
from rich.console import Console

from gpusim.experiments.explain.covers import explain_cover, is_cover
from gpusim.experiments.run import run as experiment
from gpusim.experiments.run.run import Request
from gpusim.reports.printed import cover_report
from gpusim.results.stored.opened import NotARunError, open_run
from tests.economics.test_loans_of_buildings import let
from tests.engines.build import balanced, merged, toml
from tests.engines.test_sculpted import loan, tables

A_DAY = 1.0 + 0.12 / 365
COVERS = {"llcr": {"minimum": 1.5, "from": dt.date(2026, 6, 30)}}
COVERS |= {"dscr": {"minimum": 1.1, "from": dt.date(2026, 6, 30), "scope": "facility"}}


def opened(folder, **changes):
    """A run of the loan of `test_sculpted`: 48,000 a day from May 2026 on, paid after 15 days."""
    return run_of(folder, merged(tables(loan(covenants=COVERS)), changes))


def run_of(folder, model_tables):
    """One replication of tables."""
    model = folder / "model.toml"
    model.write_text(toml(balanced(model_tables)), encoding="utf-8")
    experiment.run(Request(str(model), reps=1, out=folder / "run"))
    return open_run(str(folder / "run"))


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory):
    return opened(tmp_path_factory.mktemp("covers"))


@pytest.fixture(scope="module")
def bundled(tmp_path_factory):
    out = tmp_path_factory.mktemp("bundled") / "run"
    experiment.run(Request("single-site", reps=2, sets=("model.quarters=8",), out=out))
    return open_run(str(out))


def printed(cover) -> str:
    """What the command prints on a screen of 100 columns."""
    console = Console(width=100, record=True, file=io.StringIO())
    cover_report.show(cover, console)
    return console.export_text()


def amount(text: str) -> float:
    """As printed, below zero in brackets."""
    figure = float(text.strip("()").replace(",", ""))
    return -figure if text.startswith("(") else figure


def printed_rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if re.match(r"\d{4}-\d\d", line)]


def test_llcr_of_june_is_the_one_of_the_definitions(by_hand):
    """Days to come are paid after 15 days: 77 of them by the end of September, and June's 1.44m."""
    cover = explain_cover(by_hand, "llcr.loan", "2026Q2")
    first = cover.quarters[0]
    assert (cover.day, cover.until) == ("2026-06-30", "2031-03-31")
    assert (first.until, first.earned, first.billed) == ("2026-09-30", 77 * 48_000_00, 1_440_000_00)
    assert (first.costs, first.cash) == (-1_027_200_00, 4_108_800_00)
    worth = sum(48_000 * A_DAY ** -(n + 15) for n in range(1, 78)) + 1_440_000 * A_DAY**-15
    assert first.worth / 100 == pytest.approx(0.8 * worth, abs=0.02)
    assert (cover.rate, cover.left, cover.stated) == (pytest.approx(0.12), 0.8, True)
    assert [row.until for row in cover.quarters] == [
        "2026-09-30", "2026-12-31", "2027-03-31", "2027-06-30",
        "2027-09-30", "2027-12-31", "2028-03-31", "2028-06-30",
    ]  # fmt: skip
    assert sum(row.earned for row in cover.quarters) == 670 * 48_000_00
    # 22.97m and 1.15m
    assert cover.cash / 1e8 == pytest.approx(24.12, abs=0.005)
    (test,) = cover.tested
    assert (test.loan, test.limit, test.needed) == ("loan", 1.5, cover.over)
    assert test.counted == pytest.approx(cover.cash / 1.5, abs=1)


def test_dscr_of_september_is_what_was_paid_less_a_fifth_over_service(by_hand):
    """Nothing costs: May's 31 days are paid in June, June's in July; all of it serves."""
    cover = explain_cover(by_hand, "dscr.loan", "2026Q3")
    assert [(row.month, row.paid) for row in cover.months] == [
        ("2026-05", 0),
        ("2026-06", 31 * 48_000_00),
        ("2026-07", 30 * 48_000_00),
        ("2026-08", 31 * 48_000_00),
        ("2026-09", 31 * 48_000_00),
    ]
    assert all((row.costs, row.on_demand, row.cash) == (0, 0, row.paid) for row in cover.months)
    assert cover.cash == 123 * 48_000_00
    # 952,320 is the service of June, see test_sculpted: 0.8 x 1.488m / 1.25
    assert cover.months[1].service == pytest.approx(952_320_00, abs=2)
    assert cover.ratio == cover.cash / sum(row.service for row in cover.months)
    (test,) = cover.tested
    assert (test.counted, test.needed) == (cover.cash, round(1.1 * cover.over))


def test_power_of_tenants_has_a_column_of_its_own(tmp_path):
    """8,000 kW at 150 and 60 of power, paid after 30 days; staff of 10 MW at 24 take 240,000.

    April's 480,000 of power are billed and not paid; May's and June's invoices are for April and
    May. Nothing is sold on demand. 100,000 are repaid a month.
    """
    place = {"grid_charge_usd_per_kw_month": 60, "staff_usd_per_kw_month": 24}
    run = run_of(tmp_path, let({"2026": 900_000, "2028": 5_100_000}, 30, place))
    cover = explain_cover(run, "dscr.B", "2026Q2")
    assert [(row.paid, row.costs, row.passed_on, row.on_demand) for row in cover.months] == [
        (0, -240_000_00, -480_000_00, 0),
        (1_200_000_00, -240_000_00, 0, 0),
        (1_200_000_00, -240_000_00, 0, 0),
    ]
    assert cover.cash == 1_200_000_00
    assert "power of tenants: what they paid" in printed(cover)


@pytest.mark.parametrize("word", ["llcr", "plcr"])
def test_the_ratio_follows_from_what_is_printed_of_cash_to_come(by_hand, bundled, word):
    """Cash, days and rate give each worth; worth over principal gives the ratio that is shown."""
    for run, line, periods in (
        (by_hand, f"{word}.loan", ("2026Q2", "2026Q4")),
        (bundled, f"{word}.ddtl", ("2027Q3", "2028Q2")),
    ):
        for period in periods:
            text = printed(explain_cover(run, line, period))
            (rate,) = re.findall(r"1 / \(1 \+ (\S+) / 365\)", text)
            (share,) = re.findall(r"service: (\S+)% of what", text)
            rows = printed_rows(text)
            assert rows
            for _, paid, *costs, cash, days, worth in rows:
                gone = amount(costs[0]) if costs else 0.0
                assert amount(paid) + gone == pytest.approx(amount(cash), abs=0.001)
                assert amount(paid) * float(share) / 100 == pytest.approx(amount(cash), rel=1e-6)
                again = amount(cash) * (1 + float(rate) / 365) ** -amount(days)
                assert again == pytest.approx(amount(worth), rel=3e-6)
            total = sum(amount(row[-1]) for row in rows)
            above, over, ratio = re.findall(r"(\S+) / (\S+) = (\d\S+):", text)[0]
            assert total == pytest.approx(amount(above), abs=0.001)
            assert f"{amount(above) / amount(over):.4f}" == ratio
            stored = run.table("metrics").filter(pl.col("replication") == 0, period=period)
            assert f"{stored[line].item():.4f}" == ratio
            assert stored[line.replace(word, "balance")].item() == amount(over)


@pytest.mark.parametrize("line", ["dscr.ddtl", "dscr"])
def test_the_ratio_follows_from_what_is_printed_of_the_months_behind(bundled, line):
    for period in ("2027Q3", "2027-08", "2027"):
        text = printed(explain_cover(bundled, line, period, 1))
        rows = printed_rows(text)
        assert 1 < len(rows) <= 12
        for row in rows:
            if line != "dscr":
                assert sum(map(amount, row[1:-2])) == pytest.approx(amount(row[-2]), abs=0.001)
        above, over, ratio = re.findall(r"(\S+) / (\S+) = (\S+):", text)[0]
        assert sum(amount(row[-2]) for row in rows) == pytest.approx(amount(above), abs=0.001)
        assert sum(amount(row[-1]) for row in rows) == pytest.approx(amount(over), abs=0.001)
        assert f"{amount(above) / amount(over):.4f}" == ratio
    stored = bundled.table("metrics").filter(pl.col("replication") == 1, period="2027Q4")
    assert f"{stored[line].item():.4f}" == ratio


def test_cash_of_a_loan_by_quarter_adds_up_to_its_cover(bundled):
    """dscr is the sum of four quarters of cfads over that of debt_service, once all are billed."""
    rows = bundled.table("metrics").filter(replication=1).sort("period")
    last = rows.tail(4)
    assert last["debt_service.ddtl"].sum() > 0
    cover = last["cfads.ddtl"].sum() / last["debt_service.ddtl"].sum()
    assert cover == pytest.approx(last["dscr.ddtl"][-1])
    told = explain_cover(bundled, "dscr.ddtl", rows["period"][-1], 1)
    assert sum(row.cash for row in told.months[-3:]) / 100 == pytest.approx(last["cfads.ddtl"][-1])


def test_cash_that_is_discounted_at_nothing_is_its_own_worth(tmp_path):
    free = {"debt": {"loan": {"margin": 0}}}
    cover = explain_cover(opened(tmp_path, **free), "plcr.loan", "2026Q2")
    assert cover.until is None
    assert [row.worth for row in cover.quarters] == [row.cash for row in cover.quarters]
    assert all(row.days is None for row in cover.quarters)
    assert cover.cash == pytest.approx(0.8 * 700 * 48_000_00, abs=1)
    assert "away" not in printed(cover)


def test_a_loan_that_ends_before_its_contracts_counts_up_to_its_maturity(tmp_path):
    """At the end of 2027 all days up to 16 December are paid: 534 of 670, and June's invoice."""
    early = {"debt": {"loan": {"maturity": dt.date(2027, 12, 31), "commitment_usd": 2_000_000}}}
    early["debt"]["loan"] |= {"available_to": dt.date(2027, 12, 31)}
    early["debt"]["loan"] |= {"amortisation": {"law": "sculpted", "months": 18, "dscr": 1.25}}
    run = opened(tmp_path, **early)
    life, project = (explain_cover(run, f"{word}.loan", "2026Q2") for word in ("llcr", "plcr"))
    assert life.quarters[-1].until == life.until == "2027-12-31"
    assert sum(row.earned for row in life.quarters) == 534 * 48_000_00
    assert sum(row.earned for row in project.quarters) == 670 * 48_000_00


def test_json_has_every_figure(by_hand):
    cover = explain_cover(by_hand, "llcr.loan", "2026Q2")
    told = json.loads(cover_report.text(cover))
    assert told["ratio"] == told["cash"] / told["over"] == cover.ratio
    assert sum(row["worth"] for row in told["quarters"]) == told["cash"]
    assert told["quarters"][0]["billed"] == 1_440_000_00
    assert math.isclose(told["rate"], 0.12)


def test_what_is_a_cover():
    assert [is_cover(name) for name in ("dscr", "dscr.a", "llcr.a.b", "plcr.a")] == [True] * 4
    assert [is_cover(name) for name in ("llcr", "cash", "ltv.a", "dscr_lowest.a")] == [False] * 4


@pytest.mark.parametrize(
    ("line", "period", "message"),
    [
        ("llcr.loa", "2026Q2", "no cover llcr.loa; nearest valid names: llcr.loan"),
        ("llcr.loan", "2026-05", "ends of quarters"),
        ("llcr.loan", "2029Q4", "no period 2029Q4"),
        ("dscr.loan", "2026-04", "2026-04: no debt service yet"),
    ],
)
def test_what_there_is_not_is_refused(by_hand, line, period, message):
    with pytest.raises(NotARunError, match=message):
        explain_cover(by_hand, line, period)


def test_a_cover_that_is_not_defined_is_refused_with_the_reason(bundled):
    with pytest.raises(NotARunError, match="2026Q3: none of its contracts has billed"):
        explain_cover(bundled, "dscr.ddtl", "2026Q3")
