"""A customer that stays does so by the calendar."""

from tests.cases.reading import happened, usd

STAYS = (
    "contracts.first.tranches=[{gpus=1000,start=2026-08-31,hardware={status='in-service'}}]",
    "contracts.first.term_months=3",
    "contracts.first.renewal={chance=1.0,term_months=1,price_share=1.0}",
)


def test_a_renewal_lasts_to_the_same_day_of_a_later_month() -> None:
    """Three months from 31 August end on 30 November, a month from there on 30 December.

    From 30 January a month ends on 28 February, the last day of the shorter month, the next on 28
    March.
    """
    ends = [day for day, name in happened("end", "notice-frees", *STAYS) if "first" in name]
    assert ends[:5] == ["2026-11-30", "2026-12-30", "2027-01-30", "2027-02-28", "2027-03-28"]


def test_a_renewal_for_a_year_over_a_leap_day_has_366_days() -> None:
    """From 30 November 2027 to 30 November 2028; at the price before a day is 1,000 x 24 x 2.00.

    Of November 2028 29 days are billed, and then a day of the year that follows.
    """
    own = (
        *STAYS[:1],
        "contracts.first.term_months=15",
        "contracts.first.renewal={chance=1.0,term_months=12,price_share=1.0}",
        "contracts.first.exit_on=2029-12-31",
        "model.quarters=10",
        "contracts.second.tranches=[{gpus=1000,start=2030-12-01}]",
    )
    ends = [day for day, name in happened("end", "notice-frees", *own) if "first" in name]
    assert ends == ["2027-11-30", "2028-11-30"]
    assert usd("revenue", "2028-11", "notice-frees", *own) == 30 * 48_000
