"""What ends with the firm: backlog is lost, GPUs and sites leave service, the books stop.

By hand: Ann's 600 GPUs at 0.10 earn 1,440 a day until 2028-09-30, 823 days from the as-of day,
1,185,120. Bob's 400 are to earn 960 a day from 2027-06-01 on, 366 days, 351,360. The firm ends on
2026-10-31, after 123 days of Ann, 177,120: 1,008,000 of Ann and all of Bob, 1,359,360, are lost.
"""

import datetime as dt

import polars as pl
import pytest

from tests.cases.reading import CENTS, folder_of, gpusim, table

MODEL = "ends-with-backlog"
LAST = "2026-10"
LOST = 1_008_000 + 351_360
SIZES = (
    *("backlog", "rpo", "gpus_in_service", "contracted_mw", "powered_mw", "active_mw"),
    "billing_mw",
)
PREPAID = (
    "contracts.bob.sfc_rate=0.06",
    "contracts.bob.prepayment={due=2026-07-05,amount_usd=20_000,unconditional=true,"
    "credited_months=[1,12]}",
)


def moved(movement: str, *changes: str, model: str = MODEL) -> dict[tuple[str, str | None], float]:
    """A movement of the backlog by month and cause [USD]."""
    rows = table("backlog_monthly", model, *changes).filter(movement=movement)
    found = zip(rows["period"], rows["cause"], rows["cents"], strict=True)
    return {(month, cause): cents / CENTS for month, cause, cents in found}


def test_open_backlog_is_lost_for_want_of_money_on_that_day() -> None:
    assert table("outcomes", MODEL)["defaulted"].to_list() == [dt.date(2026, 10, 31)]
    assert moved("cancelled") == {(LAST, "funding"): LOST}
    assert sum(moved("recognised").values()) == 177_120
    outcomes = table("outcomes", MODEL).row(0, named=True)
    assert outcomes["backlog_opening"] / CENTS == 1_185_120 + 351_360
    assert outcomes["backlog_ending"] == 0
    assert outcomes["lost_funding"] / CENTS == LOST


def test_what_a_notice_has_cost_by_then_is_not_lost_a_second_time() -> None:
    """Ann leaves 90 days after 2026-10-10, on 2027-01-08: 632 days to 2028-09-30 are lost by it."""
    own = ("contracts.ann.exit_on=2026-10-10", "contracts.ann.exit_notice_days=90")
    by_notice = 632 * 1_440
    expected = {(LAST, "customer"): by_notice, (LAST, "funding"): LOST - by_notice}
    assert moved("cancelled", *own) == expected


def test_gpus_and_power_leave_service_on_that_day() -> None:
    rows = table("metrics_monthly", MODEL)
    before = rows.filter(period="2026-09").row(0, named=True)
    assert [before[name] for name in SIZES] == [1_404_000, 1_404_000, 1_000, 3, 3, 1, 0.6]
    later = rows.filter(pl.col("period") >= LAST)
    assert later.select(SIZES).max().row(0) == (0,) * len(SIZES)


def test_books_stay_as_they_were_left_and_later_periods_say_so() -> None:
    """Cost of 40,000,000 less four of sixty months of depreciation, to the cent; no more flows."""
    rows = table("statements_monthly", MODEL)
    assert rows.filter("firm_ended")["period"].to_list() == rows["period"].to_list()[4:]
    left = rows.filter(pl.col("period") >= LAST)
    assert set(left["ppe_net"].to_list()) == {left["ppe_net"][0]}
    assert left["ppe_net"][0] / CENTS == pytest.approx(40e6 * (1 - 123 / 1_826), abs=0.01)
    for flow in ("revenue", "net_income", "operating_cash_flow", "power"):
        assert rows.filter("firm_ended")[flow].to_list() == [0] * (len(rows) - 4)
    quarters = table("metrics", MODEL)
    assert quarters["firm_ended"].to_list() == [False, False, True, True, True, True]


def test_what_was_late_is_lost_and_late_no_more() -> None:
    """The site of single-site is two years late: nothing of its backlog is ever earned."""
    model = "ends-before-its-tests"
    (end,) = table("outcomes", model)["defaulted"].to_list()
    opening = table("outcomes", model)["backlog_opening"][0] / CENTS
    assert moved("cancelled", model=model) == {(f"{end:%Y-%m}", "funding"): opening}
    slipped = moved("slipped", model=model)
    assert max(slipped.values()) > 0
    assert sum(slipped.values()) == 0


def test_accretion_never_earned_is_lost_and_customers_claim_their_prepayments() -> None:
    """20,000 of Bob at 6% from 5 July: 27 of 31 days, then three months of half a percent."""
    owed = 20_000 * (1 + 0.005 * 27 / 31) * 1.005**3
    assert owed == pytest.approx(20_389.91, abs=0.01)
    lost = moved("cancelled", *PREPAID)
    assert lost == {(LAST, "funding"): pytest.approx(LOST + owed - 20_000, abs=0.03)}
    rows = table("statements_monthly", MODEL, *PREPAID).filter(pl.col("period") >= LAST)
    assert rows["deferred_revenue"][0] / CENTS == pytest.approx(owed, abs=0.03)
    assert len(set(rows["deferred_revenue"].to_list())) == 1
    assert table("metrics_monthly", MODEL, *PREPAID)["backlog"][-1] == 0


def test_pages_say_how_many_firms_have_ended() -> None:
    """The firm ends in 2026Q4, so 2027Q1 is the first quarter after it."""
    folder = folder_of(MODEL)
    done = gpusim("report", str(folder))
    assert done.returncode == 0, done.stderr
    page = " ".join((folder / "report.html").read_text(encoding="utf-8").split())
    said = "In 1 of 1 replication the firm has ended before 2027Q4, the earliest before 2027Q1."
    assert page.count(said) == 6 + 1  # six figures of amounts by quarter, and the statements
