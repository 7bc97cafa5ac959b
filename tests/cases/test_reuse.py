"""GPUs that come free serve the next customer: by a notice that is given, or a few days late."""

import polars as pl

from tests.cases.reading import happened, table

SECOND, FOURTH = "second.tranches.0", "fourth.tranches.0"


def test_gpus_of_a_customer_that_has_given_notice_are_not_bought_again() -> None:
    """It leaves on 2027-09-28, the next order day is 2027-07-24, the next start 2027-12-01."""
    assert happened("place", "notice-frees") == []
    assert happened("start", "notice-frees") == [("2027-12-01", SECOND)]


def test_a_notice_that_is_not_given_yet_frees_nothing() -> None:
    """Notice on 2027-07-25, the day after the order day: it would leave on 2027-10-23."""
    late = "contracts.first.exit_on=2027-07-25"
    assert happened("place", "notice-frees", late) == [("2027-07-24", SECOND)]


def test_a_notice_ends_what_a_renewal_would_hold_open() -> None:
    """A customer that may renew for a year and gives notice does not renew."""
    renews = "contracts.first.renewal={chance=1.0,term_months=12}"
    assert happened("place", "notice-frees", renews) == []
    assert happened("start", "notice-frees", renews) == [("2027-12-01", SECOND)]


def test_a_notice_that_ends_after_the_next_start_frees_nothing_for_it() -> None:
    """Notice on 2027-06-30 of 200 days: it leaves on 2028-01-16."""
    longer = "contracts.first.exit_notice_days=200"
    assert happened("place", "notice-frees", longer) == [("2027-07-24", SECOND)]


AFTER_IT = "c2.tranches.0"
LATER = "sites.north.phases=[{it_mw=12,ready=2026-12-05},{it_mw=12,ready=2027-01-01}]"


def test_a_start_waits_three_days_for_gpus_instead_of_buying_them_again() -> None:
    """The contract before began three days late: 3 x 24 x 6,000 x 2.40 = USD 1,036,800 slips."""
    assert [name for _, name in happened("place", "late-start")] == ["c1.tranches.0"]
    assert ("2029-01-04", AFTER_IT) in happened("start", "late-start")
    rows = table("backlog_monthly", "late-start").filter(movement="slipped", cause="delivery")
    assert rows.filter(pl.col("cents") > 0)["cents"].sum() == 103_680_000


def test_a_start_does_not_wait_longer_than_is_said() -> None:
    """Hall on 2026-12-05, 30 days of fit-out and of acceptance: start 2027-02-03, end 2029-02-03.

    33 days after 2029-01-01: more than 30, less than 40.
    """
    assert len(happened("place", "late-start", LATER)) == 2
    patient = "operator.reuse_wait_days=40"
    assert len(happened("place", "late-start", LATER, patient)) == 1
    assert ("2029-02-03", AFTER_IT) in happened("start", "late-start", LATER, patient)


def test_a_start_does_not_wait_until_its_customer_may_walk_away() -> None:
    """Long stop three days after the planned start, which is when the GPUs come free."""
    short = "contracts.c2.tranches.0.long_stop_days=3"
    assert len(happened("place", "late-start", short)) == 2


def test_gpus_that_come_free_are_first_for_those_they_are_promised_to() -> None:
    """130 days before 2028-01-09 is 2027-09-01, on which the 1,000 another waits for come free.

    Who orders on that day has what comes free five days later, and takes nothing of them.
    """
    assert happened("place", "promised-first") == []
    assert happened("start", "promised-first") == [("2027-09-01", SECOND), ("2028-01-09", FOURTH)]


def test_a_loan_that_is_repaid_frees_what_it_was_lent_on() -> None:
    """Its GPUs stand idle since 1 February; the next contract's order waits for money meanwhile.

    The loan ends on 15 April, after that day's GPUs were handed out: billing starts on the 16th.
    """
    poor = (
        "balance.cash_usd=1_700_000_000",
        "balance.paid_in_capital_usd=1_700_000_000",
        "debt.ddtl.available_to=2027-06-30",
        "debt.ddtl.maturity=2028-04-15",
    )
    assert len(happened("place", "second_lender", *poor)) == 1
    assert ("2028-04-16", SECOND) in happened("start", "second_lender", *poor)


def test_a_tranche_does_not_start_on_old_gpus_because_others_are_on_order() -> None:
    """The 1,000 idle ones retire on 2028-09-30, its term from 2027-06-01 on ends on 2029-06-01.

    On that day those of a customer that walked away on 1 May are on order: delivered on 2027-06-15,
    120 days after 15 February, and in service on 15 July after 30 days. Its own come on 29 July.
    """
    assert happened("place", "order-for-nobody") == [
        ("2027-02-15", "third.tranches.0"),
        ("2027-03-01", SECOND),
    ]
    assert happened("start", "order-for-nobody") == [("2027-07-15", SECOND)]


def test_gpus_that_are_fitted_and_not_accepted_are_no_reason_either() -> None:
    """With ten days of acceptance it starts on 25 July."""
    accepted = "gpus.H200.acceptance={planned_days=10,sd_days=0}"
    assert happened("start", "order-for-nobody", accepted) == [("2027-07-25", SECOND)]
