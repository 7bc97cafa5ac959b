"""What never gets its money: whose, its cost, and what is missing, on a path without luck."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

import numpy as np
import polars as pl
import pytest

from gpusim.economics.core.state import NONE, ORDER_DEFERRED, ORDER_PLACED
from gpusim.reports.first_screen.sentences import _unfunded
from gpusim.reports.first_screen.size import NO_BREAK, size_of
from gpusim.results.payload import waiting_of
from gpusim.results.periods import quarters
from gpusim.results.verdict.unfunded import PLACE, unfunded
from gpusim.scenario import load
from gpusim.scenario.checks.planned.late_money import missing_money
from tests.cases.reading import MODELS, gpusim

MODEL = str(MODELS / "late-money.toml")
"""6,000 GPUs at 50,000 are paid from 20m and 400m of equity; prices of hardware stand still."""
SECOND = (
    "contracts.second={customer='Bob', site='south', gpu='B200', price_usd_per_gpu_hour=3.2, "
    "term_months=24, signed=2026-06-01, facility='two', loan_share=0.2, "
    "tranches=[{gpus=8000, start=2027-09-01}]}"
)
SITE = (
    "sites.south={kind='colocation', rent_usd_per_kw_month=150, lease_years=8, "
    "phases=[{it_mw=14, ready=2027-06-01}]}"
)
LOAN = "debt.two={commitment_usd=150_000_000, margin=0.05, available_to=2028-06-30}"
LESS = "equity.a.amount_usd=300_000_000"
SETS = [word for text in (SECOND, SITE, LOAN, LESS) for word in ("--set", text)]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    path = tmp_path_factory.mktemp("unfunded")
    done = gpusim("run", MODEL, *SETS, "--reps", "3", "--json", "-q", "--out", str(path / "run"))
    assert done.returncode == 0, done.stderr
    return path, json.loads(done.stdout)


def test_what_waits_to_the_end_is_named_with_its_cost_and_what_lacks(home):
    """400m, of which the loan's share is 80m; cash at the end but for the floor of 5m goes off."""
    path, told = home
    found = told["verdict"]["binds"]["unfunded"]
    cents = pl.read_parquet(path / "run" / "statements.parquet")
    cash = float(cents.filter(period=cents["period"].max())["cash"].median()) / 100  # type: ignore[arg-type]
    assert 5e6 < cash < 325e6
    assert found["probability"] == 1.0
    assert found["contracts"] == {"second": 1.0}
    assert (found["cost"], found["lent"]) == (400e6, 80e6)
    assert found["missing"] == pytest.approx(400e6 - 80e6 - (cash - 5e6), abs=0.02)
    text = " ".join(gpusim("run", MODEL, *SETS, "-q", "--out", str(path / "b")).stdout.split())
    amount = f"{found['missing'] / 1e6:,.1f}"
    assert (
        "orders wait for money in 100%; GPUs of second get none to the end in 100%: of USD 400.0m "
        f"lenders would give 80.0, {amount} is missing (medians)"
    ) in text
    (said,) = [text for text in told["warnings"] if "is not paid for" in text]
    assert "by 2027-09-01 the operator's own part, which no loan lends, is USD 620.0m" in said


def test_gpus_of_a_term_that_has_ended_are_not_paid_again():
    """The first contract's 6,000 are there from September 2028 on: 2,000 are bought, for 100m."""
    moved = SECOND.replace("'south'", "'north'").replace("2027-09-01", "2028-09-10")
    changes = (SITE, LOAN, moved, "equity.a.amount_usd=300_000_000")
    ((_, text),) = missing_money(load(MODEL, sets=changes))
    assert "by 2028-09-10 the operator's own part, which no loan lends, is USD 380.0m" in text


def test_what_gets_its_money_is_not_said(home, tmp_path):
    """With 400m more of equity."""
    more = ("--set", "equity.a.amount_usd=700_000_000")
    done = gpusim(
        "run", MODEL, *SETS, *more, "--reps", "3", "--json", "-q", "--out", str(tmp_path / "x")
    )
    told = json.loads(done.stdout)
    assert told["verdict"]["binds"]["unfunded"] is None
    assert not [text for text in told["warnings"] if "not paid for" in text]


def sets(*more: str) -> tuple[str, ...]:
    return (SECOND, SITE, LOAN, *more)


@pytest.mark.parametrize(
    ("equity", "missing"),
    [
        (
            590e6,
            "by 2027-09-01 the operator's own part, which no loan lends, is USD 620.0m; opening "
            "cash, equity and prepayments by then come to USD 605.0m, USD 15.0m less",
        ),
        (606e6, ""),
    ],
)
def test_the_check_says_what_the_operators_own_money_does_not_reach_to(equity, missing):
    """300m of one contract, 320m of the other beside its loan; 20m of cash, 5m are its floor."""
    scenario = load(MODEL, sets=sets(f"equity.a.amount_usd={equity:.0f}"))
    found = list(missing_money(scenario))
    assert bool(found) == bool(missing)
    for path, text in found:
        assert path == ("contracts", "second", "tranches", 0, "gpus")
        assert missing in text


def test_prepayments_and_equity_count_from_their_days_on():
    prepaid = "contracts.second.prepayment={amount_usd=16_000_000, due=2027-09-01}"
    base = "equity.a.amount_usd=590_000_000"
    assert list(missing_money(load(MODEL, sets=sets(base, prepaid)))) == []
    late = prepaid.replace("09-01", "09-02")
    assert len(list(missing_money(load(MODEL, sets=sets(base, late))))) == 1
    more = "equity.b={date=2027-09-02, amount_usd=5e7}"
    assert len(list(missing_money(load(MODEL, sets=sets(base, more))))) == 1
    assert list(missing_money(load(MODEL, sets=sets(base, more.replace("-02,", "-01,"))))) == []


class Firm:
    """Four orders, two lenders: a loan with 100 left, a supplier's line with 30."""

    orders = np.array(
        [
            (ORDER_DEFERRED, 100, 0, 0.7, NONE, 0.0, 5),
            (ORDER_PLACED, 900, 0, 0.7, NONE, 0.0, 5),
            (ORDER_DEFERRED, 100, 0, 0.7, 1, 0.2, 6),
            (ORDER_DEFERRED, 50, NONE, 0.0, NONE, 0.0, 7),
        ],
        dtype=[
            ("status", "i8"),
            ("cost", "i8"),
            ("facility", "i8"),
            ("loan_share", "f8"),
            ("vendor", "i8"),
            ("vendor_share", "f8"),
            ("needed", "i8"),
        ],
    )
    facilities = np.array(
        [(500, 380, 20), (30, 0, 0)],
        dtype=[("commitment", "i8"), ("used", "i8"), ("reserved", "i8")],
    )


def test_what_lenders_leave_goes_down_the_queue():
    """70 of the first; of the second 30 that are left and a fifth of the supplier's; then none."""
    rows = waiting_of(Firm, None)
    assert rows.tolist() == [[0, 100, 70, 5], [2, 100, 30 + 20, 6], [3, 50, 0, 7]]
    assert waiting_of(Firm, 2).tolist() == [[0, 100, 70, 5]]


@dataclasses.dataclass
class Panel:
    """Two replications; an order of the last days, and one that has waited, in the first alone."""

    replications = np.arange(2)
    waiting: np.ndarray
    kept_cash = np.array([0, 0])
    ledger = np.zeros((2, 200, 13), np.int64)
    stocks = np.zeros((2, 200, 13), np.int64)
    defaulted = np.array([1 << 30, 1 << 30])
    sets = None


def test_an_order_of_the_last_days_is_not_said():
    calendar = quarters(dt.date(2026, 9, 30), 12)
    last = (calendar.last_day - dt.date(1970, 1, 1)).days
    names = ["a.tranches.0", "b.c.tranches.1.lot.2"]
    rows = np.array([[0, 0, 500, 100, last - 89], [0, 1, 700, 200, last - 90]])
    assert rows[0, PLACE] == 0
    found = unfunded(Panel(rows), calendar, names)  # type: ignore[arg-type]
    assert found is not None
    assert (found["probability"], list(found["contracts"])) == (0.5, ["b.c"])
    assert (found["cost"], found["missing"]) == (7.0, 5.0)
    assert unfunded(Panel(rows[:1]), calendar, names) is None  # type: ignore[arg-type]


def test_names_are_few_and_what_is_there_too_late_is_not_missing():
    size = size_of(2e9)
    told = {"probability": 0.5, "cost": 4e9, "lent": 0.0, "missing": 1e9}
    shares = {"a": 0.5, "b": 0.3, "c": 0.2}
    text = _unfunded(told | {"contracts": shares}, size).replace(NO_BREAK, " ")
    assert text.startswith("GPUs of a, b and 1 more get none to the end in 50%: of USD 4,000m ")
    assert text.endswith("lenders would give nothing, 1,000 is missing (medians)")
    text = _unfunded(told | {"contracts": {"a": 0.9, "b": 0.1}, "missing": 0.0}, size)
    assert text.startswith("GPUs of a and 1 more get")
    assert text.endswith("the rest is there but not in time")


def test_an_order_without_a_contract_is_named_as_it_is(tmp_path):
    """8,000 at 50,000, of which nobody lends a cent."""
    own = "orders.more={gpus=8_000, gpu='B200', site='south', date=2027-01-01}"
    sets = [word for text in (SITE, LESS, own) for word in ("--set", text)]
    done = gpusim("run", MODEL, *sets, "--reps", "2", "--json", "-q", "--out", str(tmp_path / "r"))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["verdict"]["binds"]["unfunded"]
    assert (found["contracts"], found["cost"], found["lent"]) == ({"orders.more": 1.0}, 400e6, 0.0)
