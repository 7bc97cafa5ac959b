"""Phases of a site come by their dates, in whatever order the file lists them."""

import polars as pl
import pytest

from tests.cases.reading import happened, table

TABLES = ("statements_monthly", "metrics_monthly", "backlog_monthly", "covenants")
HALVES = "{it_mw = 50, ready = 2026-12-01}", "{it_mw = 50, ready = 2027-03-01}"


def slipped(model: str, *changes: str) -> set[str]:
    """Causes of what slipped."""
    rows = table("backlog_monthly", model, *changes).filter(movement="slipped")
    return set(rows.filter(pl.col("cents") != 0)["cause"])


@pytest.mark.parametrize("name", TABLES)
def test_phases_listed_in_reverse_give_the_same_figures(name: str) -> None:
    assert table(name, "cause-base").equals(table(name, "cause-phases"))


def test_the_hall_that_came_last_is_the_cause() -> None:
    # delivered GPUs wait for the hall of 2026-03-31: planned for 2026-05-20 with 55 days of work
    assert "site" in slipped("cause-phases")
    assert "delivery" not in slipped("cause-phases")


def test_halls_to_come_may_be_listed_in_any_order() -> None:
    changes = [f"sites.alpha.phases=[{', '.join(order)}]" for order in (HALVES, HALVES[::-1])]
    assert happened("start", "det", changes[0]) == happened("start", "det", changes[1])
    for name in ("statements_monthly", "backlog_monthly"):
        assert table(name, "det", changes[0]).equals(table(name, "det", changes[1]))


def test_the_first_hall_to_be_had_is_taken_first() -> None:
    # both only when an order needs them: the earlier for the first tranche, the later a year on
    taken = [f"{half[:-1]}, taken = 'with-first-order'}}" for half in HALVES]
    change = f"sites.alpha.phases=[{', '.join(taken[::-1])}]"
    halls = happened("handover", "det", change)
    assert [day for day, _ in halls] == ["2026-12-01", "2027-03-01"]


def test_halls_that_came_before_the_power_of_another_are_not_the_last() -> None:
    # the second hall is handed over in January; the first has power in April only. What waits
    # until then waits for power, though the second is listed last
    late = "{it_mw = 50, ready = 2026-12-01, power_ready = 2027-04-01}"
    soon = "{it_mw = 10, ready = 2027-01-15}"
    half = "contracts.anchor.tranches=[{gpus = 24000, start = 2027-02-01}]"
    for order in ((late, soon), (soon, late)):
        change = f"sites.alpha.phases=[{', '.join(order)}]"
        assert slipped("det", change, half) == {"power"}
