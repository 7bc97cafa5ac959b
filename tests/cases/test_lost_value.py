"""What is lost has no plan any more: it never slips, and what had slipped of it is out."""

import polars as pl

from tests.cases.reading import table


def slipped(*changes: str) -> list[int]:
    """What slipped, month by month where anything did [cents]."""
    rows = table("backlog_monthly", "lost-slips-not", *changes).filter(movement="slipped")
    return rows.filter(pl.col("cents") != 0)["cents"].to_list()


def test_a_customer_that_leaves_on_time_slips_nothing() -> None:
    """No GPU ever waited for."""
    assert slipped() == []


def test_what_is_lost_is_the_rest_of_the_term() -> None:
    """2027-09-28 to 2029-08-31 are 704 days: 704 x 24 x 1,000 x 2.00 = USD 33,792,000."""
    rows = table("backlog_monthly", "lost-slips-not").filter(movement="cancelled")
    assert rows["cents"].abs().sum() == 3_379_200_000


def test_what_had_slipped_of_a_loss_is_out_on_the_day_of_the_loss() -> None:
    """A start on 2026-10-01 with GPUs ordered late slips and, once lost, is back at nothing."""
    late = (
        "contracts.second.tranches=[{gpus=1000,start=2026-11-01}]",
        "contracts.second.exit_notice_days=30",
        "contracts.second.exit_on=2027-06-30",
    )
    stock = slipped(*late)
    assert stock[0] > 0
    assert stock[-1] < 0
    assert sum(stock) == 0
    rows = table("backlog_monthly", "lost-slips-not", *late)
    ends = rows.filter((pl.col("movement") == "slipped") & (pl.col("cents") != 0))["period"].max()
    assert ends == "2027-07"
