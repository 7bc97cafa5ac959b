"""Failed GPUs are bought again for those who lack them, and for nobody else.

All by hand: one of a thousand accepted GPUs fails a day, counted at each month's end, a part of one
carried on. July 2026: 1,000 x 0.031 = 31. August: 969 x 0.031 = 30.04. September: 939 x 0.030 and
0.04 = 28.2. An order is placed on the first of the next month and is accepted 20 days later.
"""

from tests.cases.reading import happened, table

LATER = "gpus.H200.lead.planned_days=100"
ANN = "failing-between"
ALONE = "contracts.second.tranches=[{gpus=1,start=2029-01-01}]"
"""Bob wants one, after the run's last day."""


def placed(model: str, *changes: str) -> list[tuple[str, int]]:
    """Day of each order of replacements or spares, and its GPUs."""
    rows = table("events", model, *changes).filter(what="place")
    found = zip(rows["date"], rows["name"], rows["text"], strict=True)
    return [(str(day), int(text.split()[0])) for day, name, text in found if "replacement" in name]


def in_service(model: str, *changes: str) -> list[int]:
    return [int(x) for x in table("metrics_monthly", model, *changes)["gpus_in_service"]]


def test_gpus_that_nobody_has_contracted_are_not_replaced() -> None:
    assert placed("failing") == []
    assert in_service("failing")[:3] == [969, 939, 911]


def test_nor_are_spares_kept_for_nobody() -> None:
    assert placed("failing", "gpus.H200.failures.spare_share=0.02") == []


def test_what_is_free_stands_in_before_any_is_bought() -> None:
    """940 of 1,000 are sold: 31 of July and 29 of August come out of the 60 others."""
    sold = "contracts.first.tranches=[{gpus=940,start=2025-10-01,hardware={status='in-service'}}]"
    longer = "contracts.first.term_months=36"
    found = placed(ANN, ALONE, sold, longer)
    assert found[:2] == [("2026-09-01", 1), ("2026-10-01", 28)]  # of September: 940 x 0.03 and 0.04


def test_nothing_is_bought_that_comes_after_the_contract() -> None:
    """Ann leaves on 2026-10-01: what is ordered on 1 August and 1 September is there in time."""
    assert placed(ANN, ALONE) == [("2026-08-01", 31), ("2026-09-01", 31)]
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
    """The 31 of July are back on 21 August, so August is 31 again, and September 1,000 x 0.03 = 30.

    Ordered on 2026-10-01 and accepted on the 21st, they start the 30 that Bob lacked, 20 days late.
    """
    starts = happened("start", ANN)
    assert starts[:2] == [
        ("2026-10-01", "second.tranches.0"),
        ("2026-10-21", "second.tranches.0.rest.1"),
    ]
    rows = table("backlog_monthly", ANN).filter(movement="slipped")
    assert set(rows.filter(rows["cents"] > 0)["cause"]) == {"failure"}
