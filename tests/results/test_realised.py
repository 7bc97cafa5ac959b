"""Realised unit economics: cohorts sum to the statements; what they say of one contract."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest
import pyxirr
from hypothesis import given

from gpusim.appraisal import realised, realised_cash
from gpusim.economics.books import measures as ms
from gpusim.economics.books.statements import line
from gpusim.economics.core.array_capacity import grow
from gpusim.economics.core.state import (
    NEVER,
    NONE,
    ORDERS,
    TRANCHE_ENDED,
    TRANCHE_LIVE,
    TRANCHE_LOST,
    TRANCHE_WAITING,
)
from gpusim.engines.process import run
from gpusim.results import periods, tables
from gpusim.results.payload import NO_CASH, payload_of, stack
from gpusim.results.replications import realised_units
from gpusim.scenario.lower import Book
from gpusim.units_of_measure import day_of
from tests.engines.build import book_of, contract, gpu, merged, quiet, site, world_of
from tests.engines.generate import plays
from tests.engines.profile import EXAMPLES

AS_OF, QUARTERS = dt.date(2026, 3, 31), 4
TIES = {
    "revenue": ("revenue",),
    "power": ("power",),
    "rent": ("rent",),
    "depreciation": ("depreciation_and_amortization",),
    "impairment": ("impairment",),
    "interest": ("interest_expense",),
    "disposal_gain": ("disposal_gain",),
}
OPERATING = ("power", "rent", "staff", "overhead", "depreciation", "impairment")


def column(rows: np.ndarray, name: str) -> np.ndarray:
    return rows[:, len(realised.KEYS) + realised.COLUMNS.index(name)]


def by_quarter(rows: np.ndarray, name: str, quarters: int) -> list[int]:
    own = column(rows, name)
    return [int(own[rows[:, 3] == q].sum()) for q in range(quarters)]


@EXAMPLES
@given(plays())
def test_cohorts_sum_to_the_statements_to_the_cent(play):
    s = run(play.book.state, play.world)
    rows = realised.realise(s, play.world.month_end, play.book.names)
    quarters = (s.ledger.shape[1] - 1) // 3

    def stated(name: str) -> np.ndarray:
        return line(s.ledger, name)[1:].reshape(quarters, 3).sum(axis=1)

    for name, (statement,) in TIES.items():
        assert by_quarter(rows, name, quarters) == stated(statement).tolist(), name
    costs = np.sum([by_quarter(rows, name, quarters) for name in OPERATING], axis=0)
    earned = stated("revenue") + stated("disposal_gain")
    assert (earned - costs).tolist() == stated("operating_income").tolist()
    carried = [s.fleet[:, -1, 3 * q + 3].sum() for q in range(quarters)]
    assert by_quarter(rows, "carrying", quarters) == carried


@EXAMPLES
@given(plays())
def test_cash_of_all_cohorts_is_the_statements(play):
    """Cash from customers, for costs and rent, and what receivables, prepayments and payables made
    of it; hardware as what it wore down and fetched. What is paid for it nets with its book value.
    """
    opened = play.book.state
    s = run(opened, play.world)
    cash = realised_cash.realise(s, opened, play.world.month_end, play.book.names)
    months = s.fleet.shape[2] - 1

    def flow(name: str) -> int:
        return int(line(s.ledger, name)[1 : months + 1].sum())

    def change(name: str) -> int:
        held = line(s.ledger, name)
        return int(held[months] - held[0])

    paid = flow("cash_from_customers") + flow("cash_for_operations") + flow("cash_for_rent")
    owed = change("receivables") - change("deferred_revenue") - change("payables_operating")
    worn = s.fleet[:, 3, 1:].sum() + flow("impairment") - flow("disposal_gain")
    assert cash[:, -1].sum() == paid + owed - worn
    assert (cash[:, 3] <= play.world.month_end[months]).all()


def firm() -> dict[str, Any]:
    """A hundred GPUs of USD 12,000, sixty of them reserved from April on, at a site with a bill."""
    own = {
        "category": "servers", "gpu": "G", "site": "S", "gpus": 100, "gross_usd": 1_200_000,
        "accumulated_usd": 0, "remaining_life_years": 5,
    }  # fmt: skip
    lot = {"gpus": 60, "start": dt.date(2026, 4, 1), "hardware": {"status": "in-service"}}
    deal = contract([lot], price_usd_per_gpu_hour=2, term_months=12, payment_days=1)
    place = site([{"it_mw": 1, "ready": dt.date(2026, 1, 1)}], tariff_usd_per_kwh=0.1)
    rents = gpu(on_demand_usd_per_gpu_hour=1)
    market = {
        "term_ratio": dict.fromkeys(("12", "24", "36", "48", "60"), 1),
        "on_demand_use": dict.fromkeys(("glut", "balanced", "scarce"), 0.5),
    }
    tables_ = quiet(assets={"fleet": own}, contracts={"anchor": deal}, gpus={"G": rents})
    changes = {"sites": {"S": place}, "market": market, "operator": {"on_demand_share": 1}}
    return merged(tables_, changes)


def tables_of(book: Book) -> tuple[pl.DataFrame, pl.DataFrame]:
    state, world = book.state, world_of(book)
    parts = [
        payload_of(
            s,
            n,
            realised.realise(s, world.month_end, book.names),
            realised_cash.realise(s, state, world.month_end, book.names),
        )
        for n, s in enumerate(run(state, world) for _ in range(2))
    ]
    panel = stack(parts)
    by_quarter = tables.units(panel, periods.quarters(AS_OF, 3 * QUARTERS), book.names)
    return by_quarter, tables.units_cash(panel, book.names)


@pytest.fixture(scope="module")
def rows() -> dict[tuple[str, str], realised_units.Realised]:
    judged = realised_units.judge(*tables_of(book_of(firm())), 2)
    return {(row.noun, row.name): row for row in judged}


def test_a_reserved_hour_earns_its_price_and_a_free_one_the_market_s(rows):
    assert rows["contract", "anchor"].chain["revenue"].value == pytest.approx(2)
    assert rows["contract", "not under contract"].chain["revenue"].value == pytest.approx(1)
    assert rows["contract", "anchor"].utilisation.value == 1
    assert rows["contract", "not under contract"].utilisation.value == pytest.approx(0.5)


def test_an_idle_half_doubles_what_a_billed_hour_must_carry(rows):
    """1 kW at USD 0.10, and 12,000 over five years of 1,826 days: 0.274 an hour in service."""
    full, half = rows["contract", "anchor"].chain, rows["contract", "not under contract"].chain
    assert full["power"].value == pytest.approx(0.1)
    assert half["power"].value == pytest.approx(0.2)
    assert full["depreciation"].value == pytest.approx(12_000 / 1826 / 24, rel=1e-4)
    assert half["depreciation"].value == pytest.approx(2 * full["depreciation"].value, rel=1e-4)


def test_a_megawatt_is_a_thousand_of_these_gpus(rows):
    year = rows["contract", "anchor"].revenue_per_mw_year.value
    assert year == pytest.approx(1000 * 2 * 8_760, rel=1e-6)


def test_the_return_is_that_of_cash_on_hardware_that_ends_at_its_book_value(rows):
    """12,000 at first; 2 an hour a day after each month, 0.1 an hour at its end; what is left then.

    The books then carry 1,461 of 1,826 days, and the customer owes the last month.
    """
    row = rows["contract", "anchor"]
    ends = [dt.date(2026 + (m > 12), m - 12 * (m > 12), 1) - dt.timedelta(1) for m in range(5, 17)]
    dates, flows, before = [AS_OF], [-12_000.0], AS_OF
    for end in ends:
        hours = 24 * (end - before).days
        dates += [end, min(end + dt.timedelta(1), ends[-1])]
        flows += [-0.1 * hours, 2.0 * hours]
        before = end
    dates.append(ends[-1])
    flows.append(12_000 * 1_461 / 1_826)
    assert row.irr.value == pytest.approx(pyxirr.xirr(dates, flows), rel=1e-5)
    assert len(row.irr_roots) == 1
    # 12,000 / (1.9 x 24) = 263.2 days; those of December, the 275th day, are paid a day later
    assert 275 < 365 * row.payback_years.value < 276


def test_generation_and_vintage_are_sums_of_the_same_cohorts(rows):
    assert rows["generation", "G"].gpus == pytest.approx(100, rel=0.01)
    opening = rows["vintage", "opening"]
    assert opening.chain == rows["contract", "anchor"].chain
    assert rows["total", "all"].chain == rows["generation", "G"].chain


def test_hours_in_service_are_those_of_the_run():
    book = book_of(firm())
    s = run(book.state, world_of(book))
    found = realised.realise(s, world_of(book).month_end, book.names)
    hours = column(found, "gpu_hours_in_service").sum()
    assert hours == s.stocks[ms.IN_SERVICE_GPU_HOURS].sum()
    assert column(found, "gpu_hours_billed").sum() == s.stocks[ms.BILLED_GPU_HOURS].sum()


def test_what_is_not_defined_says_why():
    book = book_of(quiet())
    judged = realised_units.judge(*tables_of(book), 2)
    (total,) = [row for row in judged if row.noun == "total"]
    assert total.irr.value is None
    assert total.irr.reason
    assert total.chain["margin"] == (None, realised_units.NOT_BILLED)


def lets(**more: Any) -> dict[str, Any]:
    """1,000 kW at 150 from April on, the first month free, in a building of 12 million."""
    building = {
        "category": "infrastructure", "gross_usd": 12_000_000, "accumulated_usd": 0,
        "remaining_life_years": 20,
    }  # fmt: skip
    free = [{"after_months": 0, "share": 0}, {"after_months": 1, "share": 1}]
    lot = {"it_kw": 1_000, "start": dt.date(2026, 4, 1)}
    let = {"kind": "colocation", "price_usd_per_kw_month": 150, "commitment": free}
    deal = contract([lot], term_months=12, signed=AS_OF, **let)
    deal.pop("gpu", None)
    place = site([{"it_mw": 2, "ready": dt.date(2026, 1, 1)}], tariff_usd_per_kwh=0.1)
    tables_ = quiet(assets={"building": building} | more, contracts={"tenant": deal})
    return merged(tables_, {"sites": {"S": place}})


def test_who_brings_his_servers_has_no_return_on_a_free_month():
    judged = realised_units.judge(*tables_of(book_of(lets())), 2)
    rows = {(row.noun, row.name): row for row in judged}
    for key in (("contract", "tenant"), ("vintage", "opening"), ("total", "all")):
        row = rows[key]
        for figure in (row.irr, row.payback_years, row.capital_per_mw):
            assert figure == (None, realised_units.NO_CAPITAL)
        assert row.irr_roots == ()
        assert row.revenue_per_mw_year.value == pytest.approx(11 * 150_000, rel=0.01)


def test_gpus_beside_a_tenant_have_their_return():
    fleet = firm()["assets"]["fleet"]
    judged = realised_units.judge(*tables_of(book_of(lets(fleet=fleet))), 2)
    rows = {(row.noun, row.name): row for row in judged}
    assert rows["contract", "tenant"].irr.reason == realised_units.NO_CAPITAL
    assert rows["generation", "G"].capital_per_mw.value > 0
    assert rows["total", "all"].irr.reason != realised_units.NO_CAPITAL


def test_a_folder_without_the_table_is_refused(tmp_path):
    with pytest.raises(realised_units.NoUnitsError, match="no run folder"):
        realised_units.load(tmp_path)
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(realised_units.NoUnitsError, match="--units"):
        realised_units.load(tmp_path)


# --- whose an order, a day of waiting and a payment are ---------------------------------------


def two_of_each() -> tuple[Any, np.ndarray]:
    """Two contracts, two generations, an order for each contract and two for nobody; month ends."""
    lot = {"gpus": 10, "start": dt.date(2026, 6, 1), "value_usd": 1_000}
    sold = {name: contract([lot], gpu=name) for name in "GH"}
    book = book_of(quiet(gpus={"G": gpu(), "H": gpu()}, contracts=sold))
    state = grow(book.state)
    state.orders.tranche[2:4] = NONE
    state.count[ORDERS] = 4
    return state, world_of(book).month_end


def test_an_order_for_nobody_is_the_pool_s_of_its_generation():
    state, month_end = two_of_each()
    state.orders.gen[:4] = 0, 1, 1, 0
    own = realised.units_of(state, month_end, 2)
    assert own.of_orders(state).tolist() == [0, 1, own.pool(1), own.pool(0)]


@pytest.mark.parametrize(
    ("status", "start", "days"),
    [
        (TRANCHE_LIVE, dt.date(2026, 6, 20), [0, 0, 10, 0]),
        (TRANCHE_ENDED, dt.date(2026, 6, 20), [0, 0, 10, 0]),
        (TRANCHE_LIVE, dt.date(2026, 7, 2), [0, 0, 21, 1]),
        (TRANCHE_WAITING, None, [0, 0, 21, 31]),
        (TRANCHE_LOST, None, [0, 0, 0, 0]),
    ],
)
def test_gpus_bought_for_a_contract_are_its_own_from_service_to_its_start(status, start, days):
    """Ten in service on 10 June 2026, by month from April on."""
    state, month_end = two_of_each()
    state.orders.fitted[:4] = day_of(dt.date(2026, 6, 10)), NEVER, NEVER, NEVER
    tranche = state.tranches[0]
    tranche.status, tranche.start = status, day_of(start) if start else NEVER
    tranche.through = 0
    own = realised.units_of(state, month_end, 2)
    assert (own.owned_days - own.gpu_days)[0, :4].tolist() == [10 * n for n in days]


def test_cash_keeps_its_day_and_what_came_before_is_of_the_as_of_day():
    state, month_end = two_of_each()
    cash = realised_cash.Cash(realised.units_of(state, month_end, 2), month_end)
    first, last = int(month_end[0]), int(month_end[-1])
    days = np.array([first - 9, first + 12, last, last + 1])
    cash.put(np.array([0, 0, 1, 1]), days, np.array([5, 7, 9, 11]))
    found = cash.rows()
    assert found[:, [0, 3, 4]].tolist() == [[0, first, 5], [0, first + 12, 7], [1, last, 9]]
    assert found.shape[1] == NO_CASH.shape[1]
