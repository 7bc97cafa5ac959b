"""GPUs that come free serve the next customer: by a notice that is given, or a few days late."""

from tests.cases.reading import happened

SECOND = "second.tranches.0"


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
