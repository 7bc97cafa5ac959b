"""What a customer is bound to: the days of its notice, and what it has paid ahead and never gets.

In both models a GPU earns 48 a day. `bound-by-notice`: 1,000 GPUs for the 731 days from 2026-08-01,
30 days of notice, 10m prepaid and credited in the second year. `bound-later`: 45 days of notice,
400 GPUs for five months from 2026-07-10, 300 from 2026-12-01, 1,600 from 2027-02-01.
"""

from __future__ import annotations

import polars as pl
import pytest

from tests.cases.reading import table, usd

PREPAID, LATER = "bound-by-notice", "bound-later"
A_DAY = 48_000
"""Of 1,000 GPUs."""
AHEAD = 10_000_000
TERM = 731
NOTICE = "contracts.a.exit_on=2026-07-31"
TEN_PREPAID = (
    "contracts.a.prepayment={amount_usd=1000000,due=2026-07-15,unconditional=false,"
    "credited_months=[1,5]}"
)


def stock(name: str, month: str, model: str, *changes: str) -> float:
    """Backlog or RPO at a month's end [USD]."""
    return float(table("metrics_monthly", model, *changes).filter(period=month)[name].item())


def moved(movement: str, month: str, model: str, *changes: str) -> float:
    """What moved in or out of the backlog in a month [USD]."""
    rows = table("backlog_monthly", model, *changes).filter(movement=movement, period=month)
    return float(rows["cents"].sum()) / 100


def earned_after(month: str, model: str, *changes: str) -> float:
    """Committed revenue of all later months of the run [USD]."""
    rows = table("statements_monthly", model, *changes).filter(pl.col("period") > month)
    return float(rows["revenue_committed"].sum()) / 100


@pytest.mark.parametrize(
    ("month", "right"),
    [
        ("2026-07", 45 * 400 * 48),
        ("2026-09", 45 * 400 * 48),
        ("2026-10", 39 * 400 * 48 + 15 * 300 * 48),
        ("2026-11", 9 * 400 * 48 + 45 * 300 * 48),
        ("2026-12", 45 * 300 * 48 + 14 * 1_600 * 48),
        ("2027-01", 45 * (300 + 1_600) * 48),
    ],
)
def test_a_tranche_that_starts_later_is_bound_for_what_a_notice_would_leave_of_it(month, right):
    """Given on 1 November a notice ends on 16 December: the tranche of 1 December has 15 days.

    That of 1 February has none before 17 December; 31 December leaves it those to 14 February.
    """
    assert stock("rpo", month, LATER) == right


def test_on_the_as_of_day_too():
    """30 days from 1 July end before 1 August. Three days earlier and the 45 days hold 36 of it."""
    quarters = table("metrics", LATER)
    assert quarters["rpo"][0] == 45 * 400 * 48
    rows = table("metrics_monthly", LATER, "contracts.a.exit_notice_days=0")
    assert rows["rpo"].to_list() == rows["backlog"].to_list()


@pytest.mark.parametrize("day", ["2026-08-01", "2026-11-01", "2027-01-01", "2027-02-01"])
@pytest.mark.parametrize("prepaid", [(), (TEN_PREPAID,)], ids=["", "prepaid"])
def test_rpo_is_what_is_earned_if_the_customer_gives_notice_on_the_next_day(day, prepaid):
    """With 1m prepaid and credited until November 400,000 are kept of it by a notice of August."""
    month = {"2026-08-01": "2026-07", "2026-11-01": "2026-10", "2027-01-01": "2026-12"}
    last = month.get(day, "2027-01")
    leaves = f"contracts.a.exit_on={day}"
    assert stock("rpo", last, LATER, *prepaid) == earned_after(last, LATER, leaves, *prepaid)


def test_rpo_holds_what_is_prepaid_and_never_given_back():
    """30 days and 10m; from the second year on 1/12 less a month, the month of notice's credit.

    Each of six credits is rounded down to the cent.
    """
    assert stock("rpo", "2026-07", PREPAID) == 30 * A_DAY + AHEAD
    assert stock("rpo", "2027-06", PREPAID) == 30 * A_DAY + AHEAD
    assert stock("rpo", "2027-07", PREPAID) == pytest.approx(30 * A_DAY + AHEAD * 11 / 12, abs=0.01)
    assert stock("rpo", "2027-12", PREPAID) == pytest.approx(30 * A_DAY + AHEAD * 6 / 12, abs=0.06)


def test_rpo_is_never_less_than_what_is_prepaid_nor_more_than_the_backlog():
    for model, changes in ((PREPAID, ()), (PREPAID, (NOTICE,)), (LATER, (TEN_PREPAID,))):
        rows = table("metrics_monthly", model, *changes)
        assert (rows["rpo"] >= rows["deferred_revenue"] - 0.01).all(), model
        assert (rows["rpo"] <= rows["backlog"]).all(), model


def test_a_notice_cancels_no_more_than_what_will_not_be_kept():
    """29 days and 10m are left of 731 days, and earned in August, when the customer leaves."""
    assert moved("cancelled", "2026-07", PREPAID, NOTICE) == (TERM - 29) * A_DAY - AHEAD
    assert stock("backlog", "2026-07", PREPAID, NOTICE) == 29 * A_DAY + AHEAD
    assert stock("rpo", "2026-07", PREPAID, NOTICE) == 29 * A_DAY + AHEAD
    assert moved("cancelled", "2026-08", PREPAID, NOTICE) == 0
    assert moved("recognised", "2026-08", PREPAID, NOTICE) == 29 * A_DAY + AHEAD
    assert moved("planned", "2026-08", PREPAID, NOTICE) == 29 * A_DAY + AHEAD
    assert table("metrics_monthly", PREPAID, NOTICE)["backlog_slipped"].abs().max() == 0
    assert stock("backlog", "2026-08", PREPAID, NOTICE) == 0


@pytest.mark.parametrize("days", [0, 25, 75])
def test_it_makes_no_difference_when_the_prepayment_is_paid(days):
    """Due on 15 July and owed from then on: paid that day, before or after the customer leaves."""
    own = (NOTICE, f"contracts.a.payment_days={days}")
    assert moved("cancelled", "2026-07", PREPAID, *own) == (TERM - 29) * A_DAY - AHEAD
    rows = table("backlog_monthly", PREPAID, *own).filter(movement="cancelled")
    assert rows["cents"].sum() == 100 * ((TERM - 29) * A_DAY - AHEAD)
    assert earned_after("2026-07", PREPAID, *own) == 29 * A_DAY + AHEAD


def test_a_prepayment_that_falls_due_before_the_customer_leaves_is_kept_and_no_later_one():
    """It leaves on 30 August: due on the 20th it is asked for, on 20 September it is not."""
    own = (NOTICE, "contracts.a.prepayment.due=2026-08-20")
    assert moved("cancelled", "2026-07", PREPAID, *own) == (TERM - 29) * A_DAY - AHEAD
    assert moved("cancelled", "2026-08", PREPAID, *own) == 0
    own = (NOTICE, "contracts.a.prepayment.due=2026-09-20")
    assert moved("cancelled", "2026-07", PREPAID, *own) == (TERM - 29) * A_DAY


def test_a_financing_component_stands_beside_what_is_kept():
    """Only the price was lost: 10m of it are kept, and what has grown on them is accretion."""
    own = (NOTICE, "contracts.a.sfc_rate=0.06")
    assert moved("cancelled", "2026-07", PREPAID, *own) == (TERM - 29) * A_DAY - AHEAD
    grown = stock("backlog", "2026-07", PREPAID, *own) - 29 * A_DAY - AHEAD
    assert grown == pytest.approx(AHEAD * 0.005 * 17 / 31, abs=0.01)
    assert moved("cancelled", "2026-08", PREPAID, *own) == 0


def test_a_fixed_end_that_passes_unserved_leaves_what_will_be_kept():
    """Of `kept_prepayment` 2m are credited in months 8 to 12, of which a start of February has all.

    Each month later has one credit of 0.4m less; 28 days of 48,000 pass in February, 31 in March.
    """
    model = "kept_prepayment"
    assert moved("expired", "2027-01", model) == 17 * A_DAY
    assert moved("expired", "2027-02", model) == 28 * A_DAY - 400_000
    assert moved("expired", "2027-03", model) == 31 * A_DAY - 400_000
    assert moved("expired", "2027-04", model) == 24 * A_DAY
    assert moved("expired", "2028-01", model) == 0
    assert usd("revenue_committed", "2028-01", model) == 14 * A_DAY + 800_000


def test_a_firm_that_ends_loses_what_was_kept_too():
    """Notice of 180 days on 31 July; costs of 15m a month end the firm in September."""
    own = (
        NOTICE,
        "contracts.a.exit_notice_days=180",
        "operator.default_after_months=1",
        "operator.forced_sale_share=0.4",
        "sites.alpha.staff_usd_per_kw_month=3000",
    )
    kept = (TERM - 179) * A_DAY - AHEAD
    assert moved("cancelled", "2026-07", PREPAID, *own) == kept
    rows = table("backlog_monthly", PREPAID, *own).filter(movement="cancelled")
    funding = rows.filter(cause="funding")
    assert funding["period"].unique().to_list() == ["2026-09"]
    assert funding["cents"].sum() == 100 * ((179 - 31 - 30) * A_DAY + AHEAD)
    assert stock("backlog", "2026-09", PREPAID, *own) == 0
    assert table("metrics_monthly", PREPAID, *own)["backlog_slipped"].abs().max() == 0
