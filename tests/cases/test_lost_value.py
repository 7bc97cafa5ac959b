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
    """A start on 2026-11-01 with GPUs ordered late slips; with the notice of June it is out."""
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
    assert ends == "2027-06"


TERM = 24_000 * 2.00 * 24 * 184
"""2027-08-10 to 2028-02-10 are 184 days: USD 211,968,000; a fifth of it is 42,393,600."""


def total(movement: str, model: str, *changes: str) -> float:
    """A movement of the whole run [USD]."""
    rows = table("backlog_monthly", model, *changes).filter(movement=movement)
    return float(rows["cents"].sum()) / 100


def test_a_fixed_term_that_is_never_served_is_planned_once_and_lost_but_for_what_is_prepaid() -> (
    None
):
    """Before, 42.4m were planned, and earned, beside 212.0m that were planned and expired."""
    assert total("expired", "unserved") == TERM - 42_393_600
    assert total("recognised", "unserved") - total("recognised", "det") == 42_393_600
    assert total("planned", "unserved") - total("planned", "det") == TERM
    assert total("repriced", "unserved") == 0


def test_what_expires_of_a_fixed_term_is_taken_back_from_its_causes() -> None:
    """The order waits for money beside a full site, all the time."""
    rows = table("backlog_monthly", "unserved").filter(movement="expired")
    by_cause = {c: v for c, v in rows.group_by("cause").agg(pl.col("cents").sum()).rows() if v}
    assert list(by_cause) == ["funding"]


def test_opening_signed_recognised_and_lost_make_the_closing_backlog() -> None:
    closing = total("opening", "unserved") - total("recognised", "unserved")
    closing -= total("expired", "unserved")
    last = table("metrics_monthly", "unserved")["backlog"][-1]
    assert closing == float(last)


def test_a_prepayment_that_outlives_a_late_contract_is_recognised_once() -> None:
    """100 of 365 days of 17.52m expire, 4.8m, less two of five credits of 2m that stay."""
    assert total("expired", "kept_prepayment") == 4_800_000 - 800_000
    assert total("recognised", "kept_prepayment") == 17_520_000 * 265 / 365 + 800_000
    assert total("repriced", "kept_prepayment") == 0
