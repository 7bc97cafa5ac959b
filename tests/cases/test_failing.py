"""Failed GPUs are bought again for those who lack them, and for nobody else.

All by hand: one of a thousand accepted GPUs fails a day, counted at each month's end, a part of one
carried on. July 2026: 1,000 x 0.031 = 31. August: 969 x 0.031 = 30.04. September: 939 x 0.030 and
0.04 = 28.2. An order is placed on the first of the next month and is accepted 20 days later; what
is accepted within a month may fail from that day on.
"""

import pytest

from tests.cases.reading import happened, table

BOUGHT = ("replacement.", "spares.", "upkeep.")
LATER = "gpus.H200.lead.planned_days=100"
ANN = "failing-between"
ALONE = "contracts.second.tranches=[{gpus=1,start=2029-01-01}]"
"""Bob wants one, after the run's last day."""


def placed(model: str, *changes: str) -> list[tuple[str, int]]:
    """Day of each order of replacements or spares, and its GPUs."""
    rows = table("events", model, *changes).filter(what="place")
    found = zip(rows["date"], rows["name"], rows["text"], strict=True)
    return [
        (str(day), int(text.split()[0])) for day, name, text in found if name.startswith(BOUGHT)
    ]


def in_service(model: str, *changes: str) -> list[int]:
    return [int(x) for x in table("metrics_monthly", model, *changes)["gpus_in_service"]]


def test_gpus_that_nobody_has_contracted_are_not_replaced() -> None:
    assert placed("failing") == []
    assert in_service("failing")[:3] == [969, 939, 911]


def test_nor_are_spares_kept_for_nobody() -> None:
    assert placed("failing", "gpus.H200.failures.spare_share=0.02") == []


@pytest.mark.parametrize(
    ("rate", "spares", "name", "text"),
    [
        (0.365, 0.02, "upkeep.", "for spares and the replacement of failed GPUs"),
        (0.365, 0.0, "replacement.", "for the replacement of failed GPUs"),
        (0.0, 0.02, "spares.", "for spares to stand in for GPUs that fail"),
    ],
)
def test_what_is_bought_is_called_what_it_is(
    rate: float, spares: float, name: str, text: str
) -> None:
    changes = f"gpus.H200.failures.rate_per_year={rate}", f"gpus.H200.failures.spare_share={spares}"
    rows = table("events", ANN, ALONE, *changes).filter(what="place").rows(named=True)
    bought = [row for row in rows if row["name"].startswith(BOUGHT)]
    assert bought
    assert all(row["name"].startswith(name) for row in bought)
    assert all(text in row["text"] for row in bought)


def test_what_is_free_stands_in_before_any_is_bought() -> None:
    """940 of 1,000 are sold: 31 of July and 29 of August come out of the 60 others."""
    sold = "contracts.first.tranches=[{gpus=940,start=2025-10-01,hardware={status='in-service'}}]"
    longer = "contracts.first.term_months=36"
    found = placed(ANN, ALONE, sold, longer)
    assert found[:2] == [("2026-09-01", 1), ("2026-10-01", 28)]  # of September: 940 x 0.03 and 0.04


def test_nothing_is_bought_that_comes_after_the_contract() -> None:
    """Ann leaves on 2026-10-01: what is ordered on 1 August and 1 September is there in time.

    The 31 of July are back from 21 August on: 969 x 0.031 + 31 x 0.011 = 30.38 in August."""
    assert placed(ANN, ALONE) == [("2026-08-01", 31), ("2026-09-01", 30)]
    assert placed(ANN, ALONE, LATER) == []


def test_a_contract_that_may_be_renewed_is_served_to_its_end() -> None:
    may = "contracts.first.renewal={chance=0.0,term_months=12}"
    assert [gpus for _, gpus in placed(ANN, ALONE, LATER, may)][:2] == [31, 30]


def test_who_takes_over_gpus_lacks_those_that_have_failed_before() -> None:
    """Bob is promised 1,000, and 911 work when Ann leaves; a tenth may lack, the rest is bought.

    Of the 89, 61 are on order, and the 28 of September are ordered on the day she leaves.
    """
    starts = happened("start", ANN, LATER)
    assert starts[0] == ("2026-10-01", "second.tranches.0")
    assert placed(ANN, LATER)[:3] == [("2026-08-01", 31), ("2026-09-01", 30), ("2026-10-01", 28)]
    first = table("events", ANN, LATER).filter(what="start")["text"][0]
    assert "911 H200" in first


def test_the_rest_of_a_promise_is_late_through_failure_and_starts_when_it_is_replaced() -> None:
    """August: 969 x 0.031 + 31 x 0.011 = 30.38. September: 970 x 0.030 + 30 x 0.010 + 0.38 = 29.78.

    Ordered on 2026-10-01 and accepted on the 21st, they start the 29 that Bob lacked, 20 days late.
    """
    starts = happened("start", ANN)
    assert starts[:2] == [
        ("2026-10-01", "second.tranches.0"),
        ("2026-10-21", "second.tranches.0.rest.1"),
    ]
    rows = table("backlog_monthly", ANN).filter(movement="slipped")
    assert set(rows.filter(rows["cents"] > 0)["cause"]) == {"failure"}


# GPUs that were there for a part of the month only


@pytest.mark.parametrize(
    ("start", "september", "october"),
    [
        # accepted ten days before the start, on 30 September: 1,000 x 0.001 fail, then
        # 999 x 0.031 + 1 x 0.011 = 30.98
        ("2026-10-10", 911 + 999, 883 + 1_000 - 30),
        # in service and accepted on 1 October: none in September, then 1,000 x 0.031
        ("2026-10-11", 911, 883 + 1_000 - 31),
        # on 16 September: 1,000 x 0.015, then 985 x 0.031 + 15 x 0.011 = 30.7
        ("2026-09-26", 911 + 985, 883 + 1_000 - 30),
    ],
)
def test_gpus_fail_from_the_day_of_their_acceptance_on(
    start: str, september: int, october: int
) -> None:
    """Dee's are 1,000 apart from 911 idle ones, of which in October 911 x 0.031 and 0.21 = 28 fail.

    Those of September are replaced on 21 October."""
    dee = f"contracts.dee.tranches=[{{gpus=1000,start={start}}}]"
    assert in_service("failing-new", dee)[2:4] == [september, october]


LEAVES = (
    ANN,
    ALONE,
    "contracts.first.signed=2025-06-17",
    "contracts.first.tranches=[{gpus=1000,start=2025-08-16,hardware={status='in-service'}}]",
)
"""Ann's last day is 15 August."""


def test_nor_do_they_fail_on_days_between_two_contracts() -> None:
    """Fit for the next on 26 August, they ran on 15 and 6 days: 969 x 0.021 = 20.3. September:
    949 x 0.030 and 0.35 = 28.8."""
    assert in_service(*LEAVES, "gpus.H200.redeploy_days=10")[:3] == [969, 949, 921]


def test_those_that_do_not_run_at_the_end_of_the_month_have_not_failed() -> None:
    """Fit for the next on 15 October: 969 x 0.017 = 16.5 fail in October, none before."""
    found = in_service(*LEAVES, "gpus.H200.redeploy_days=60")
    assert found[:4] == [969, 969, 969, 953]


def test_what_was_sold_within_the_month_does_not_fail_among_those_that_stay() -> None:
    """469 idle GPUs beyond their life are sold on 18 August; of Ann's 500 500 x 0.031 = 15.5 fail,
    and not 23 (469 x 0.017 + 500 x 0.031)."""
    half = "contracts.first.tranches=[{gpus=500,start=2025-10-01,hardware={status='in-service'}}]"
    old = "assets.fleet.remaining_life_years=0.1280"
    assert in_service(ANN, ALONE, half, "contracts.first.term_months=36", old)[:2] == [969, 485]


# Whose GPUs fail: of two lots at USD 40,000 and 1,000 a GPU, whose cost leaves the books


def cost_lost(*changes: str) -> list[float]:
    """Cost of the GPUs that failed, by month from August on [USD]."""
    rows = table("statements_monthly", "failing-shares", *changes)["ppe_gross"]
    return [-x / 100 for x in rows.diff().drop_nulls()]


def lots(large: int, small: int) -> tuple[str, ...]:
    """Two lots of so many GPUs, and what the books hold of them."""
    cost = 40_000 * large + 1_000 * small
    return (
        f"assets.fleet.gpus={large}",
        f"assets.fleet.gross_usd={40_000 * large}",
        f"assets.small.gpus={small}",
        f"assets.small.gross_usd={1_000 * small}",
        f"tax.opening.ppe_basis_usd={cost}",
        f"balance.servers_gross_usd={cost}",
        f"balance.paid_in_capital_usd={400_000_000 + cost}",
    )


def test_a_small_lot_loses_its_part_over_the_months_and_no_more() -> None:
    """July: 1,030 x 0.12 x 31 / 365 = 10.50: 9.71 and 0.29 of 10, so 10 and none. August: 10.40 and
    0.50 carried: 9.71 - 0.29 = 9.41 and 0.59, so 9 and 1. September: 9.96 and 0.89: 10.13 and
    -0.13. October: 10.19 and 0.85: 11 x 971 / 1,000 + 0.13 = 10.81 and 0.19, so 11 and none."""
    assert cost_lost()[:3] == [9 * 40_000 + 1_000, 10 * 40_000, 11 * 40_000]


def test_one_gpu_beside_a_thousand_is_not_the_first_to_fail() -> None:
    """In 18 months 18% of it."""
    assert [x % 40_000 for x in cost_lost(*lots(1_000, 1))] == [0] * 17


def test_of_equals_the_first_loses_the_odd_one_and_the_other_the_next() -> None:
    """Of one day the cheaper is first. Ten of July and of August by halves. September:
    980 x 0.12 x 30 / 365 + 0.29 = 9.95, of 9 each has 4.5. October: 971 x 0.12 x 31 / 365 + 0.95 =
    10.8: of 10 the dearer has 5.01 + 0.5, the other 4.99 - 0.5."""
    found = cost_lost(*lots(500, 500))
    assert found[:3] == [5 * 41_000, 4 * 40_000 + 5_000, 6 * 40_000 + 4_000]


def test_replacements_that_come_when_nobody_lacks_any_let_old_ones_be_sold() -> None:
    """Ann and Bob have 500 of 1,000 each whose life is over before she leaves on 15 September.

    Of the 30 that failed in August each lacks 15, bought on 1 September for the 21st. Of her 485
    15 stand in for Bob's, and 470 are sold. 30 come on the 21st, and 30 of Bob's 500 are
    sold on the next day, for sales come before acceptances.
    """
    of_each = "[{gpus=500,start=2025-10-01,hardware={status='in-service'}}]"
    ann = f"contracts.first.tranches={of_each}", "contracts.first.exit_on=2026-09-05"
    bob = f"contracts.second.tranches={of_each}", "contracts.second.term_months=48"
    told = "contracts.first.exit_notice_days=10", "contracts.second.signed=2025-08-17"
    life = "assets.fleet.remaining_life_years=0.2"
    changes = (*ann, *bob, *told, life)
    rows = table("events", ANN, *changes)
    sold = rows.filter(what="sell")
    assert [str(day) for day in sold["date"]] == ["2026-09-15", "2026-09-22"]
    assert [text.split()[0] for text in sold["text"]] == ["470", "30"]
