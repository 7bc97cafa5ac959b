"""Tranches in lots: the first on the planned first day of billing, none before it."""

import datetime as dt
import itertools

import polars as pl
import pytest

from gpusim.economics.core.state_pointer import to_pointer
from gpusim.economics.decisions.capacity_source import lot_acceptance, lots_for, start_day
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from tests.cases.reading import MODELS, happened, table

START = "2027-02-01"


def starts(model: str, *changes: str) -> list[str]:
    return [day for day, _ in happened("start", model, *changes)]


def test_no_lot_bills_before_the_start() -> None:
    # four lots, accepted a quarter of twice 60 days apart
    assert starts("lots") == [START, "2027-03-03", "2027-04-02", "2027-05-02"]
    revenue = table("statements_monthly", "lots")
    assert revenue.filter(period="2027-01")["revenue"].item() == 0
    # February: 6,000 of the 24,000 GPUs
    first = 6_000 * 2.91 * 24 * 28
    assert revenue.filter(period="2027-02")["revenue"].item() == pytest.approx(first * 100)


def test_nothing_is_late_where_all_lots_come_as_planned() -> None:
    slipped = table("backlog_monthly", "lots").filter(movement="slipped")
    assert slipped["cents"].abs().sum() == 0


def test_waiting_counts_from_each_lot_s_own_start() -> None:
    # the hall comes on 2027-02-01: 30 days of fit-out and 15, 45, 75, 105 to acceptance
    late = "sites.alpha.phases=[{it_mw = 50, ready = 2027-02-01}]"
    assert starts("lots", late) == ["2027-03-18", "2027-04-17", "2027-05-17", "2027-06-16"]
    # by 2027-03-31 the first two should have billed 59 and 29 days, and the first has 14
    rows = table("backlog_monthly", "lots", late)
    slipped = rows.filter((pl.col("movement") == "slipped") & (pl.col("period") <= "2027-03"))
    stock = 6_000 * 2.91 * 24 * (59 + 29 - 14)
    assert slipped["cents"].sum() == pytest.approx(stock * 100, abs=2)


@pytest.mark.parametrize("lots", [1, 2, 5, 7])
def test_lots_are_accepted_as_planned_on_average(lots: int) -> None:
    # n even steps of 2A / n from A / n on: their mean is A, to the rounding of a day
    days = [lot_acceptance(60, lot, lots) for lot in range(lots)]
    assert sum(days) / lots == pytest.approx(60, abs=0.5)
    assert {b - a for a, b in itertools.pairwise(days)} <= {120 // lots, 120 // lots + 1}


def test_lots_of_a_contract_signed_in_the_run_begin_on_its_start() -> None:
    # 12,000 GPUs of 2.08 kW in lots of 12.5 MW are two, accepted 30 and 90 days after service
    book = lower(load(str(MODELS / "lots.toml")))
    s = to_pointer(book.state)
    assert lots_for(s, 0, 12_000) == 2
    today = int(book.state.clock[0].today)
    # ordered today: 120 days to delivery, 30 of fit-out, 30 to the first lot's acceptance; the
    # hall of 2027-03-01 has power for it from then on, 2026-06-30 + 244 days, and 60 days more
    hall = (dt.date(2027, 3, 1) - dt.date(2026, 6, 30)).days
    assert start_day(s, 0, 12_000, 0, False, 1, today) == today + hall + 60
