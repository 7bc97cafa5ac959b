"""Return of a run's contracts: every flow on its own day, read from the files of a run folder."""

import datetime as dt
import json

import polars as pl
import pytest
import pyxirr

from tests.cases.reading import MODELS, gpusim

NOTHING_AHEAD = (
    "contracts.anchor.prepayment={share=0.0, due=2026-08-31, unconditional=false, "
    "credited_months=[25, 60]}"
)
NO_INTEREST_IN_COST = "operator.capitalised_interest_share=0"
RICH = ("balance.cash_usd=9_000_000_000", "balance.paid_in_capital_usd=9_000_000_000")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Runs of det.toml with `--units`, by their settings."""
    made = {}

    def of(*sets):
        if sets not in made:
            path = tmp_path_factory.mktemp("units") / "run"
            asked = ["--reps", "1", "--monthly", "--units", "-q", "--out", str(path)]
            changes = [word for change in sets for word in ("--set", change)]
            done = gpusim("run", str(MODELS / "det.toml"), *asked, *changes)
            assert done.returncode == 0, done.stderr
            made[sets] = path
        return made[sets]

    return of


def judged(path, name):
    rows = json.loads(gpusim("units", str(path), "--json").stdout)["rows"]
    return next(row for row in rows if row["name"] == name)


def test_cash_of_the_contract_on_its_days(folder):
    """Start 2027-02-01 less 30, 30, 120 and 10 days: ordered on 2026-07-26, a tenth is paid.

    Of 1,833.6m. Delivered 120 days later, the rest is due in 30 days. Second half: 89 days later.
    The prepayment: 24,000 x 2.91 x 24 x (1,826 + 1,827 days, one and two leap days) x 0.2, invoiced
    on 2026-08-31 and paid in 30 days. February's 24,000 x 2.91 x 24 x 28 come on 2027-03-30.
    """
    cash = pl.read_parquet(folder() / "units_cash.parquet").filter(pl.col("cohort") == "anchor")
    cents = dict(zip(cash["date"], cash["cents"], strict=True))
    deposit, rest = 18_336_000_000, 165_024_000_000
    assert cents[dt.date(2026, 7, 26)] == -deposit
    assert cents[dt.date(2026, 12, 23)] == -rest
    assert cents[dt.date(2026, 10, 23)] == -deposit
    assert cents[dt.date(2027, 3, 22)] == -rest
    assert cents[dt.date(2026, 9, 30)] == 2_400_000 * 24 * (1_826 + 1_827) * 291 // 500
    assert cents[dt.date(2027, 3, 30)] == 2_400_000 * 24 * 28 * 291 // 100


def test_return_is_that_of_the_runs_own_cash(folder):
    """Purchases and customers' payments by hand; costs and the last balance as the statements say.

    Before, hardware came at the end of the quarter in which it went into service, and revenue of
    that quarter with it.
    """
    path = folder(
        *RICH, NOTHING_AHEAD, NO_INTEREST_IN_COST, "contracts.anchor.price_usd_per_gpu_hour=5"
    )
    flows = [
        (dt.date(2026, 7, 26), -183_360_000.0),
        (dt.date(2026, 12, 23), -1_650_240_000.0),
        (dt.date(2026, 10, 23), -183_360_000.0),
        (dt.date(2027, 3, 22), -1_650_240_000.0),
    ]
    months = pl.read_parquet(path / "statements_monthly.parquet")
    before = dt.date(2026, 6, 30)
    for row in months.iter_rows(named=True):
        year, month = map(int, row["period"].split("-"))
        end = dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(1)
        flows.append((end, (row["cash_for_operations"] + row["cash_for_rent"]) / 100))
        billed = 0.0
        for start in (dt.date(2027, 2, 1), dt.date(2027, 5, 1)):
            over = start.replace(year=2032)
            days = (min(end, over - dt.timedelta(1)) - max(before, start - dt.timedelta(1))).days
            billed += max(days, 0) * 24 * 24_000 * 5.0
        flows.append((min(end + dt.timedelta(30), dt.date(2032, 6, 30)), billed))
        before = end
    worth = row["ppe_net"] - row["payables_operating"]
    flows.append((before, worth / 100))
    ours = judged(path, "all")["irr"]["value"]
    assert ours == pytest.approx(pyxirr.xirr(*zip(*flows, strict=True)), abs=1e-6)


def test_prepayment_counts_on_the_day_it_comes(folder):
    """A fifth paid ahead before the hardware is paid raises the return; so does it in `units`."""
    ahead, not_ahead = folder(*RICH), folder(*RICH, NOTHING_AHEAD)
    higher, lower = (judged(path, "anchor")["irr"]["value"] for path in (ahead, not_ahead))
    assert higher > lower + 0.05
