"""Who pays for, lacks and is given GPUs where several contracts share a pool in which some fail.

All by hand: one of a thousand accepted GPUs fails a day, counted at each month's end, a part of one
carried on. Of 1,000: 31 in July 2026, 30 (969 x 0.031 = 30.04) in August, 28 (939 x 0.030 + 0.04)
in September, if none is replaced. A GPU-hour is USD 2.00, so a GPU-day USD 48.
"""

import polars as pl
import pytest

from tests.cases.reading import table, usd
from tests.cases.test_failing import placed

ALONE = "contracts.second.tranches=[{gpus=1,start=2029-01-01}]"
LATE = "gpus.H200.lead.planned_days=100"
"""Whatever is ordered after July comes after October."""


def ann(start: str) -> tuple[str, ...]:
    """Ann has all GPUs for a year from a day on, nobody comes after her, no new one is in time."""
    first = f"[{{gpus=1000,start={start},hardware={{status='in-service'}}}}]"
    return "failing-between", ALONE, LATE, f"contracts.first.tranches={first}"


OCTOBER = ann("2025-10-16")
"""Her last day is 15 October: 15 days x 1,000 x 48 = 720,000, of which 89 of 1,000 GPUs lacked:
720,000 x 0.911 = 655,920."""


def revenue(month: str, *changes: str) -> float:
    return usd("revenue_committed", month, *changes)


def test_hours_missing_in_the_month_in_which_a_term_ends_are_not_billed() -> None:
    assert revenue("2026-10", *OCTOBER) == 655_920


@pytest.mark.parametrize(
    "way",
    [
        ("contracts.first.late_start=keeps-end",),
        # notice on 16 September of 30 days; the term would last until 2028
        (
            "contracts.first.term_months=36",
            "contracts.first.exit_on=2026-09-16",
            "contracts.first.exit_notice_days=30",
        ),
        # she stops paying on 16 October
        ("contracts.first.term_months=36", "customers={Ann={defaults_on=2026-10-16}}"),
    ],
    ids=["a fixed end", "notice", "default"],
)
def test_nor_however_it_ends(way: tuple[str, ...]) -> None:
    assert revenue("2026-10", *OCTOBER, *way) == 655_920


def test_a_service_level_credits_the_last_month_like_any_other() -> None:
    """8.9% lacked, 1% is allowed, three times the rest: 720,000 x (1 - 0.237) = 549,360."""
    level = "contracts.first.sla={availability=0.99,credit_multiple=3.0}"
    assert revenue("2026-10", *OCTOBER, level) == 549_360


def test_both_terms_of_a_month_in_which_a_customer_renews_are_billed_short() -> None:
    """15 days at 48 and 16 at half of it: (720,000 + 384,000) x 0.911."""
    again = "contracts.first.renewal={chance=1.0,term_months=12,price_share=0.5}"
    assert revenue("2026-10", *OCTOBER, again) == 1_005_744


def test_the_last_invoice_is_short_before_a_prepayment_is_credited_on_it() -> None:
    """The last credit of 500,000 leaves 655,920 - 500,000 to pay; what idle GPUs earn is apart."""
    credit = (
        "contracts.first.opening={deferred_revenue_usd=500000,"
        "credited_from=2026-10-01,credited_to=2026-10-15}",
        "balance.deferred_revenue_usd=500000",
        "balance.paid_in_capital_usd=439500000",
        "operator.on_demand_share=0.0",
    )
    assert revenue("2026-10", *OCTOBER, *credit) == 655_920
    assert usd("cash_from_customers", "2026-10", *OCTOBER, *credit) == 155_920


def test_what_is_not_billed_of_a_last_month_is_repriced_and_not_recognised() -> None:
    """720,000 x 0.089 = 64,080, through failure; the vintage's backlog ends at nothing."""
    rows = table("backlog_monthly", *OCTOBER).filter(pl.col("period") == "2026-10")
    moved = {
        move: rows.filter(pl.col("movement") == move)["cents"].sum() / 100
        for move in ("repriced", "recognised", "planned")
    }
    assert moved["repriced"] == -64_080
    assert moved["recognised"] == 655_920


# What ends or comes free on the first of a month

BOTH_HALVES = (
    "failing-shared",
    "contracts.first.tranches=[{gpus=500,start=2025-08-01,hardware={status='in-service'}}]",
    "contracts.second.tranches=[{gpus=500,start=2025-09-01,hardware={status='in-service'}}]",
    "gpus.H200.lead.planned_days=20",
    "model.quarters=3",
)
"""Ann's half comes free on 1 August; a GPU ordered then is there on 21 August."""


def test_gpus_that_come_free_on_the_first_stand_in_before_any_is_bought() -> None:
    """Of the 31 of July Ann takes 15 along; 16 of her 485 serve Ben, 469 are loose. The 30 and
    fewer a month that fail later are fewer than these."""
    assert placed(*BOTH_HALVES) == []


NONE_FAIL = "gpus.H200.failures.rate_per_year=0"


def test_nor_are_spares_bought_that_came_free_on_the_first() -> None:
    """Of all 1,000 they would be 1,000 x 0.05 / 0.95 = 52; Ann's 500 stand in for Ben's 26."""
    assert placed(*BOTH_HALVES, NONE_FAIL, "gpus.H200.failures.spare_share=0.05") == []


@pytest.mark.parametrize(("start", "bought"), [("2025-08-21", []), ("2025-08-22", [31])])
def test_nor_for_whom_a_gpu_ordered_on_the_first_would_come_on_the_day_of_the_end(
    start: str, bought: list[int]
) -> None:
    """It is there on 21 August: a contract that ends then has no day of it, one more has one."""
    first = f"[{{gpus=1000,start={start},hardware={{status='in-service'}}}}]"
    changes = (ALONE, "contracts.first.signed=2025-06-17", f"contracts.first.tranches={first}")
    assert [gpus for _, gpus in placed("failing-between", *changes)] == bought


def test_nor_for_a_customer_who_gives_notice_on_the_first() -> None:
    """Ann has all, and leaves on 11 August, before what is ordered on the 1st could be there."""
    notice = ("contracts.first.exit_on=2026-08-01", "contracts.first.exit_notice_days=10")
    stays = ("failing-between", ALONE, "contracts.first.term_months=36")
    assert placed(*stays)[0] == ("2026-08-01", 31)
    assert placed(*stays, *notice) == []


def test_gpus_that_are_fit_for_the_next_on_the_first_stand_in() -> None:
    """Ann's half ends on 2 July and is 30 days on its way; ordered GPUs would take none."""
    july = "contracts.first.tranches=[{gpus=500,start=2025-07-02,hardware={status='in-service'}}]"
    way = ("gpus.H200.redeploy_days=30", "gpus.H200.lead.planned_days=0")
    assert placed(*BOTH_HALVES, july, *way) == []


# Spares and loose GPUs


def test_loose_gpus_need_no_spares() -> None:
    """Ann's 100 are loose from 1 September. Of Ben's 900 spares of 20% are 900 x 0.2 / 0.8 = 225,
    less the 100: 125, and nothing more later. Before, her GPUs stay until 1 September, too."""
    changes = (
        "contracts.first.tranches=[{gpus=100,start=2025-08-01,hardware={status='in-service'}}]",
        "contracts.second.tranches=[{gpus=900,start=2025-09-01,hardware={status='in-service'}}]",
        "gpus.H200.failures.spare_share=0.2",
    )
    assert placed("failing-shared", NONE_FAIL, *changes) == [("2026-08-01", 125)]


ALL_SOLD = "market.on_demand_use={glut=1,balanced=1,scarce=1}"
HALF = (
    "failing-between",
    ALONE,
    "contracts.first.tranches=[{gpus=500,start=2025-10-01,hardware={status='in-service'}}]",
    "contracts.first.term_months=36",
    "gpus.H200.failures.spare_share=0.1",
    "model.quarters=2",
    ALL_SOLD,
)


def test_of_gpus_that_are_loose_on_the_first_day_only_what_contracts_need_is_spare() -> None:
    """Ann has 500 and 500 are idle: 500 x 0.1 / 0.9 = 55 spares, 445 are sold on demand at 2.60."""
    assert usd("revenue_on_demand", "2026-08", *HALF, NONE_FAIL) == 445 * 24 * 31 * 2.6
    assert placed(*HALF, NONE_FAIL) == []


def test_spares_that_failed_are_not_bought_while_others_are_loose() -> None:
    """July takes 31 of 55 spares, August 30 (969 x 0.031 = 30.04): the other 24, 6 loose ones."""
    assert usd("revenue_on_demand", "2026-08", *HALF) == 445 * 24 * 31 * 2.6
    assert usd("revenue_on_demand", "2026-09", *HALF) == 439 * 24 * 30 * 2.6
    assert placed(*HALF) == []


# Contracts that are over before a GPU ordered now could come


def test_gpus_of_a_contract_that_is_over_by_then_stand_in() -> None:
    """Ordered on 1 August they would be there on 30 September; Ann's come free on 1 September."""
    assert placed("failing-shared", "model.quarters=3") == []


def test_they_do_not_where_the_order_comes_before_they_do() -> None:
    """Ordered on 1 August, there on the 21st: Ann and Ben have theirs, of the 30 of August none
    is bought on the day on which Ann leaves."""
    soon = ("gpus.H200.lead.planned_days=20", "model.quarters=3")
    assert placed("failing-shared", *soon) == [("2026-08-01", 31)]


def test_they_do_not_where_a_tranche_to_start_takes_them() -> None:
    """Cid takes all of Ann's 300: 22 of the 31 lack with Ben, 9 with Cid, and 30 more a month on.

    Those of 1 September are what lacks less what is on its way: 61 - 31."""
    cid = "contracts.third.tranches=[{gpus=300,start=2026-09-01}]"
    found = placed("failing-shared", cid)
    assert found[:2] == [("2026-08-01", 31), ("2026-09-01", 30)]


def test_only_those_stand_in_that_no_tranche_takes() -> None:
    """Cid takes 280 of the 300: of Ann's 291 that work, 11 are left for the 22 that Ben lacks.

    On 1 September Ann is gone, with 18 of the 61 that lack by then: 282 come free, 280 are Cid's,
    2 serve Ben, who lacks 43 - 2 = 41, of which 11 are on their way."""
    cid = "contracts.third.tranches=[{gpus=280,start=2026-09-01}]"
    assert placed("failing-shared", cid)[:2] == [("2026-08-01", 11), ("2026-09-01", 30)]


def test_nor_do_gpus_that_are_not_yet_fit_for_the_next_by_then() -> None:
    """Sixty days on their way they are free on 31 October: Ben's 31 - 9 = 22 are bought."""
    assert placed("failing-shared", "gpus.H200.redeploy_days=60")[0] == ("2026-08-01", 22)


def test_replacements_on_their_way_serve_whoever_stays() -> None:
    """Ann leaves on 15 September, her GPUs take until 2027 to be fit for the next. The 31 of
    1 August are there on 10 September, when she still is. On 1 September 61 lack, 43 of them with
    Ben once she is gone with 18: 43 - 31 = 12."""
    changes = (
        "contracts.first.tranches=[{gpus=300,start=2025-09-15,hardware={status='in-service'}}]",
        "gpus.H200.lead.planned_days=40",
        "gpus.H200.redeploy_days=120",
    )
    assert placed("failing-shared", *changes)[:2] == [("2026-08-01", 31), ("2026-09-01", 12)]


def test_gpus_set_aside_for_a_customer_who_leaves_serve_those_who_lack_some() -> None:
    """Ann uses 500, 500 are set aside for Ben, who gives notice on 11 September. July: 31 x 500 /
    1,000 = 15.5, 15 of his, 16 of hers. August: 30 x 485 / 969 = 15.01, 15 of each: Ann lacks 31
    for ten days. September: (500 x 30 - 31 x 10) x 48 = 705,120; in October many are loose."""
    ben = (
        "contracts.second.tranches=[{gpus=500,start=2026-12-01,hardware={status='in-service'}}]",
        "contracts.second.exit_on=2026-09-11",
        "contracts.second.exit_notice_days=1",
    )
    changes = ("failing-between", LATE, *HALF[2:4], *ben)
    assert revenue("2026-09", *changes) == 705_120
    assert revenue("2026-10", *changes) == 500 * 31 * 48


# Whose turn it is


def started(*changes: str) -> list[tuple[str, str]]:
    """Day on which each tranche starts, and its GPUs as told."""
    rows = table("events", "failing-waiting", *changes).filter(pl.col("what") == "start")
    return list(zip(rows["date"].cast(pl.String), rows["text"], strict=True))


def test_who_starts_first_loses_less_and_has_the_first_replacements() -> None:
    """Ben is to start a month before Ann, who comes first in the file. July: 31 x 500 / 1,000 =
    15.5, so 15 of his and 16 of hers. August: 30 x 485 / 969 = 15.01, 15 of each. The 31 of
    1 August are there on 15 September: Ben lacks 30 and has them, Ann has one and lacks 30.
    September: 939 x 0.030 + 31 x 0.016 + 0.04 = 28.7; 28 x 500 / 970 = 14.4, 14 of Ben's, 14 of
    hers: he starts with 486."""
    day, text = started()[0]
    assert day == "2026-10-01"
    assert "486 H200" in text
    assert placed("failing-waiting")[:3] == [
        ("2026-08-01", 31),
        ("2026-09-01", 30),
        ("2026-10-01", 28),
    ]


def test_priority_goes_before_the_start() -> None:
    """Ann's turn is first: she has her 30 on 15 September, Ben one of 31. He has 500 - 30 = 470, of
    which 28 - 14 = 14 fail in September: 456."""
    ben = "[{gpus=500,start=2026-10-01,priority=1,hardware={status='in-service'}}]"
    assert "456 H200" in started(f"contracts.sooner.tranches={ben}")[0][1]


def test_of_two_of_one_day_the_first_in_order_has_its_turn() -> None:
    """Both start on 1 October: of Ann, who comes first, 486 work, of Ben 456."""
    day = "contracts.later.tranches=[{gpus=500,start=2026-10-01,hardware={status='in-service'}}]"
    told = [text for _, text in started(day)[:2]]
    assert "486 H200" in told[0]
    assert "456 H200" in told[1]


def test_gpus_that_come_free_go_by_the_same_turn() -> None:
    """Ann has 40 until 1 September, Ben is to start 480 on 1 November and Cid 480 on 1 October.

    July: 31 x 960 / 1,000 = 29.8, 29 of theirs; 29 x 480 / 960 = 14.5, 14 of Cid's and 15 of Ben's;
    2 of Ann's. August: 30 x 931 / 969 = 28.8, 14 of each. Ann's 36 come free: Cid's 28, then 8 for
    Ben, who lacks 21: those are bought. September: 28 x 480 / 939 = 14.3: Cid starts with 466."""
    place = "hardware={status='in-service'}"
    changes = (
        f"contracts.first.tranches=[{{gpus=40,start=2025-09-01,{place}}}]",
        f"contracts.second.tranches=[{{gpus=480,start=2026-11-01,{place}}}]",
        f"contracts.third.tranches=[{{gpus=480,start=2026-10-01,{place}}}]",
        "gpus.H200.lead.planned_days=45",
    )
    assert placed("failing-shared", *changes)[0] == ("2026-09-01", 21)
    rows = table("events", "failing-shared", *changes).filter(pl.col("what") == "start")
    assert rows["date"].cast(pl.String)[0] == "2026-10-01"
    assert "466 H200" in rows["text"][0]


def test_spares_beyond_their_life_are_sold_when_the_last_contract_is_over() -> None:
    """All GPUs are past their life on 1 August: 445 loose ones are sold. Ann's last day is
    15 October: 55 spares go on the 16th, her 500 once they are fit for another on 5 November."""
    ends = "contracts.first.tranches=[{gpus=500,start=2025-10-16,hardware={status='in-service'}}]"
    changes = (
        *HALF[:2],
        ends,
        NONE_FAIL,
        *HALF[4:],
        "assets.fleet.remaining_life_years=0.0833334",
        "gpus.H200.redeploy_days=20",
    )
    rows = table("metrics_monthly", *changes)
    assert list(rows["gpus_in_service"]) == [1_000, 555, 555, 500, 0, 0]
