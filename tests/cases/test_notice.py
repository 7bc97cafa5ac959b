"""A customer that gives notice leaves: no renewal, order or prepayment after it; the rest is lost.

In `notice-frees` a day of 1,000 GPUs is 1,000 x 24 x 2.00 = USD 48,000.
"""

import pytest

from tests.cases.reading import happened, table, usd

MODEL = "notice-frees"
A_DAY = 48_000
RENEWS = "contracts.first.renewal={chance=1.0,term_months=1,price_share=1.0}"
LATER = "contracts.first.exit_on=2028-12-31"
"""After the run: the first customer gives no notice in it."""


def cancelled(month: str, *changes: str) -> float:
    """What was cancelled in a month [USD]."""
    rows = table("backlog_monthly", MODEL, *changes).filter(movement="cancelled", period=month)
    return float(rows["cents"].sum()) / 100


def test_a_term_that_ends_before_the_notice_runs_out_is_not_renewed() -> None:
    """Notice on 30 June of 90 days; eleven months from 2026-09-01 end on 2027-08-01."""
    own = ("contracts.first.term_months=11", RENEWS)
    ends = [day for day, name in happened("end", MODEL, *own) if name.startswith("first")]
    assert ends == ["2027-08-01"]
    assert usd("revenue_committed", "2027-07", MODEL, *own) == 31 * A_DAY
    assert usd("revenue_committed", "2027-08", MODEL, *own) == 0


def test_a_notice_ends_a_term_that_was_renewed() -> None:
    """Terms end on the 28th from February on; notice on 30 June of ten days: it goes on 10 July."""
    own = (
        "contracts.first.tranches=[{gpus=1000,start=2026-08-31,hardware={status='in-service'}}]",
        "contracts.first.term_months=3",
        "contracts.first.exit_notice_days=10",
        RENEWS,
    )
    assert [day for day, _ in happened("notice", MODEL, *own)] == ["2027-06-30"]
    assert [day for day, _ in happened("leave", MODEL, *own)] == ["2027-07-10"]
    assert usd("revenue_committed", "2027-07", MODEL, *own) == 9 * A_DAY
    assert usd("revenue_committed", "2027-08", MODEL, *own) == 0


NEVER_COMES = (LATER, "contracts.second.exit_on=2027-06-30", "contracts.second.exit_notice_days=30")


def test_nothing_is_ordered_for_a_start_after_the_customer_has_left() -> None:
    """The order day would be 2027-07-24, the start 2027-12-01; notice on 2027-06-30."""
    assert happened("place", MODEL, *NEVER_COMES) == []
    assert [day for day, _ in happened("leave", MODEL, *NEVER_COMES)] == ["2027-06-30"]


def test_a_start_after_the_leaving_day_is_lost_on_the_day_of_the_notice() -> None:
    """Two years from 2027-12-01 are 731 days."""
    assert cancelled("2027-06", *NEVER_COMES) in (-731 * A_DAY, 731 * A_DAY)
    assert cancelled("2027-07", *NEVER_COMES) == 0


def test_a_cheap_market_is_left_for_before_the_day_that_is_stated() -> None:
    """Own price 2.00, market below 4.00: notice on 2026-10-31, 90 days later is 2027-01-29."""
    own = "contracts.first.exit_price_share=2"
    assert [day for day, _ in happened("leave", MODEL, own)] == ["2027-01-29"]


def test_a_customer_that_waits_may_leave_for_a_cheap_market_too() -> None:
    """Planned for 2026-10-15, GPUs take 120 days; notice on 2026-10-31 of 30 days."""
    own = (
        LATER,
        "contracts.second.tranches=[{gpus=1000,start=2026-10-15}]",
        "contracts.second.exit_price_share=2",
        "contracts.second.exit_notice_days=30",
    )
    assert [day for day, _ in happened("leave", MODEL, *own)] == ["2026-11-30"]


def test_a_prepayment_due_after_the_customer_has_left_is_not_asked_for() -> None:
    """It leaves on 2027-09-28: due on 1 September it is asked for, on 1 October it is not."""
    words = "amount_usd=1000000,credited_months=[1,36],unconditional=true"
    in_time = f"contracts.first.prepayment={{due=2027-09-01,{words}}}"
    too_late = f"contracts.first.prepayment={{due=2027-10-01,{words}}}"
    assert [day for day, _ in happened("prepay", MODEL, in_time)] == ["2027-09-01"]
    assert happened("prepay", MODEL, too_late) == []
    assert usd("deferred_revenue", "2027-10", MODEL, too_late) == 0


PREPAID = (
    "operator.on_demand_share=0",
    "contracts.first.tranches=[{gpus=1000,start=2026-10-01,hardware={status='in-service'}}]",
    "contracts.first.prepayment={due=2026-10-01,amount_usd=2400000,credited_months=[1,24],"
    "unconditional=true}",
)
"""100,000 a month from October 2026 on; 1,300,000 are left when September 2027 begins."""
LEFT_OF_TERM = 734 * A_DAY
"""From 2027-09-28 to the end on 2029-10-01: 366 + 365 + 3 days."""
KEPT = 1_200_000


def test_the_last_month_has_its_credit_before_the_rest_is_kept() -> None:
    """It leaves on 28 September: 27 days are 1,296,000, of which 100,000 are credited."""
    assert usd("cash_from_customers", "2027-09", MODEL, *PREPAID) == 27 * A_DAY - 100_000
    assert usd("revenue_committed", "2027-09", MODEL, *PREPAID) == 27 * A_DAY + KEPT
    assert usd("deferred_revenue", "2027-09", MODEL, *PREPAID) == 0


def test_what_is_kept_takes_the_place_of_what_is_cancelled() -> None:
    """Of 35,232,000 1,200,000 are earned in the end and not lost in June; nothing is repriced."""
    assert cancelled("2027-06", *PREPAID) == LEFT_OF_TERM - KEPT
    assert cancelled("2027-09", *PREPAID) == 0
    rows = table("backlog_monthly", MODEL, *PREPAID)
    assert rows.filter(movement="repriced")["cents"].abs().sum() == 0


def test_a_customer_that_fails_owes_its_last_month_less_the_credit() -> None:
    """It fails on 28 September; the same days, credit and rest."""
    own = (*PREPAID, "contracts.first.exit_on=2028-12-31")
    assert usd("revenue_committed", "2027-09", "notice-fails", *own) == 27 * A_DAY + KEPT
    assert usd("deferred_revenue", "2027-09", "notice-fails", *own) == 0
    assert usd("cash_from_customers", "2027-09", "notice-fails", *own) == 0
    rows = table("backlog_monthly", "notice-fails", *own).filter(movement="defaulted")
    assert rows["cents"].abs().sum() == 100 * (LEFT_OF_TERM - KEPT)


FIRST_LEFT, SECOND = 89, 731
"""Days: from 1 July to the last before 2027-09-28; two years from 2027-12-01."""


def left(month: str, *changes: str) -> tuple[float, float]:
    """Backlog and RPO at a month's end, in days of 1,000 GPUs."""
    row = table("metrics_monthly", MODEL, *changes).filter(period=month)
    return row["backlog"].item() / A_DAY, row["rpo"].item() / A_DAY


def test_what_a_customer_will_not_use_is_lost_on_the_day_of_its_notice() -> None:
    """Three years from 2026-09-01: 823 days are left after May 2027, of them 90 within notice.

    704 from 2027-09-28 to 2029-08-31 are lost on 30 June, none on the day on which it leaves.
    """
    assert left("2027-05") == (823 + SECOND, 90 + SECOND)
    assert left("2027-06") == (FIRST_LEFT + SECOND, FIRST_LEFT + SECOND)
    assert left("2027-08") == (27 + SECOND, 27 + SECOND)
    assert abs(cancelled("2027-06")) == 704 * A_DAY
    assert cancelled("2027-09") == 0
    assert table("metrics_monthly", MODEL)["backlog_slipped"].abs().max() == 0


def test_what_waits_after_a_notice_loses_each_day_on_which_it_cannot_have_started() -> None:
    """Notice of 30 days on 2026-10-31: at most 29 days of 731 are left, 1 to 29 November."""
    own = (
        LATER,
        "contracts.second.tranches=[{gpus=1000,start=2026-10-15}]",
        "contracts.second.exit_price_share=2",
        "contracts.second.exit_notice_days=30",
    )
    assert abs(cancelled("2026-10", *own)) == (731 - 29) * A_DAY
    assert abs(cancelled("2026-11", *own)) == 29 * A_DAY
    assert table("metrics_monthly", MODEL, *own)["backlog_slipped"].abs().max() == 0


def test_a_customer_that_fails_after_its_notice_has_defaulted_on_all_that_was_left() -> None:
    """It fails on 28 September and would have left on 27 December: nothing is cancelled."""
    own = ("contracts.first.exit_notice_days=180",)
    rows = table("backlog_monthly", "notice-fails", *own)
    assert rows.filter(movement="cancelled")["cents"].sum() == 0
    assert abs(rows.filter(movement="defaulted")["cents"].sum()) == 100 * 704 * A_DAY


def test_hardware_is_impaired_when_the_notice_is_given() -> None:
    """At 4.00 the first contract has 793 days, 76.1m, to bring after 30 June; a month costs 0.2m.

    That is more than the 34m of book value, so that nothing is impaired in March. With notice 89
    days, 8.5m, are left, for nobody else is promised the GPUs: in June they are written down from
    40 x 0.85 = 34m to half of it, 17m. Without a notice nothing is.
    """
    own = (
        *NEVER_COMES[1:],
        "contracts.first.price_usd_per_gpu_hour=4.00",
        "operator.impairment_test=true",
        "market.resale={rent_elasticity=0,residual_by_age={0=0.5,5=0}}",
        "operator.on_demand_share=0",
    )
    assert usd("impairment", "2027-03", MODEL, *own) == 0
    assert usd("impairment", "2027-06", MODEL, *own) == pytest.approx(17e6, rel=0.01)
    assert usd("impairment", "2027-06", MODEL, *own, LATER) == 0
