"""Overheads by what they go by: posted, foreseen by the operator and charged to a lot alike."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from gpusim.appraisal.unit_economics import compute
from gpusim.appraisal.unit_lots import lots_of
from gpusim.economics.books.ledger import ACCOUNTS, COST_LINES, overhead_accounts
from gpusim.economics.books.statements import INCOME, LINES, line
from gpusim.economics.closing.opening import open_run
from gpusim.economics.core import agenda
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.decisions import outlook, prospects
from gpusim.economics.decisions.cost_bases import (
    BASES,
    BILLING_CONTRACTS,
    BOOK_VALUE,
    GPUS,
    HARDWARE_COST,
)
from gpusim.economics.decisions.expected_sites import expect_no_operating, expect_operating
from tests.engines.build import (
    Tables,
    book_of,
    contract,
    own_gpus,
    played,
    quiet,
    scenario_of,
    site,
    world_of,
)
from tests.engines.watch import Watched, watch

CENTS = 100
RATES = {
    "monthly_usd": 20_000,
    "growth_per_year": 0.5,
    "revenue_share": 0.04,
    "usd_per_kw_month": 3,
    "hardware_cost_share_per_year": 0.06,
    "usd_per_gpu_year": 360,
    "book_value_share_per_year": 0.012,
    "usd_per_contract_month": 2_500,
}
HALF_FREE = {"operator": {"on_demand_share": 1, "payables_months": 2}}


def costly(**changes: Any) -> Tables:
    """800 GPUs of 1 kW and USD 10,000, 300 of them let for two years, the others on demand at 1.00.

    300 more are in service on 10 June 2026, power costs 0.05 with a minimum take of 0.9, and a cost
    line goes by everything that one can go by.
    """
    let = {"gpus": 300, "start": dt.date(2026, 4, 10), "value_usd": 6_000_000, "term_months": 24}
    more = {"gpus": 300, "start": dt.date(2026, 6, 10), "value_usd": 6_000_000, "term_months": 24}
    prepaid = {
        "share": 0.2, "days_before_start": 1, "credited_months": [2, 9], "unconditional": True,
    }  # fmt: skip
    halls = [{"it_mw": 1.5, "ready": dt.date(2026, 1, 1)}]
    tables = quiet(
        model={"quarters": 6},
        gpus={"G": {"on_demand_usd_per_gpu_hour": 1}},
        market={"on_demand_use": dict.fromkeys(("glut", "balanced", "scarce"), 1)},
        sites={
            "S": site(
                halls, tariff_usd_per_kwh=0.05, minimum_take=0.9, staff_usd_per_kw_month=7,
                variable_rent_usd_per_kw_month=2, load_factor=0.8, grid_charge_usd_per_kw_month=4,
            )
        },
        contracts={
            "C": contract([let | {"hardware": {"status": "in-service"}}], prepayment=prepaid),
            "D": contract([more], hardware_source="dedicated"),
        },
        overheads={"all": {"line": "administration", "stock_share": 0.25, **RATES}},
        **HALF_FREE,
    )  # fmt: skip
    tables["assets"] = own_gpus(800)
    return tables | changes


def foreseen(tables: Tables, months: int) -> tuple[dict[int, list[int]], Any]:
    """The outlook at each month's end, by month, and the final State [cents]."""
    book = book_of(tables)
    book.state.policy.liquidity_months = months
    told: dict[int, list[int]] = {}

    def at_month_end(sim: Watched) -> Iterator[str]:
        if sim.phase == agenda.MONTH:
            outlook.look_ahead(sim.h, sim.w, months)
            told[int(sim.s.clock[0].month)] = sim.s.outlook.tolist()
        yield from ()

    sim = watch(book, world_of(book), event=at_month_end)
    return told, sim.s


def test_what_overheads_and_sites_cost_is_foreseen_as_it_is_then_paid() -> None:
    """A firm without luck: from the end of each month on, its cash is what its outlook said.

    Overheads by time, revenue (before credits, sales on demand among it), power and hardware, a
    part of them in shares, power below the minimum take: paid two months after, to the cent.
    """
    told, state = foreseen(costly(), 12)
    paid = np.diff(line(state.ledger[None], "cash")[0], prepend=0).tolist()
    assert set(told) == set(range(2, 19))
    for month, flows in told.items():
        if month < 4:
            continue  # hardware to come is paid by then, in June
        ahead = [n for n in range(month, month + 12) if n < len(paid)]
        assert [flows[n] for n in ahead] == [paid[n] for n in ahead]


def test_what_goes_by_book_value_is_foreseen_along_a_course_of_depreciation() -> None:
    tables = costly()
    tables["gpus"]["G"]["depreciation"] = {"method": "declining-balance"}
    told, state = foreseen(tables, 12)
    paid = np.diff(line(state.ledger[None], "cash")[0], prepend=0).tolist()
    for month in range(4, 19):
        ahead = [n for n in range(month, month + 12) if n < len(paid)]
        assert [told[month][n] for n in ahead] == [paid[n] for n in ahead]


def test_a_cost_line_is_what_it_goes_by_times_its_rates() -> None:
    """June 2026: 20,000 grown by two months, revenue, 800 kW and 21 days of 300 more, 11m.

    800 GPUs and 21 of 30 days of 300 more are 1,010, at 360 a year 30,300. In the books for 8m,
    less 61 of 1,826 days until June, and for 3m more: 10,732,749.18, of which 1.2% a year is
    10,732.75. Two contracts bill.
    """
    state = played(costly())
    revenue = line(state.ledger[None], "revenue")[0, 3] / CENTS
    kw = 800 + 300 * 21 / 30
    own = 20_000 * 1.5 ** (2 / 12) + 0.04 * revenue + 3 * kw + 0.06 * 11_000_000 / 12
    own += 30_300 + 10_732.75 + 2 * 2_500
    booked = line(state.ledger[None], "general_and_administrative")[0, 3]
    assert booked == pytest.approx(own * CENTS, abs=1)
    shares = line(state.ledger[None], "stock_compensation")[0, 3]
    assert shares == pytest.approx(own * CENTS / 4, abs=1)


def test_a_share_of_hardware_cost_moves_its_line_and_what_follows_from_it() -> None:
    """6% a year of 8m is 40,000 in May 2026, of 11m 55,000 in June; no other line has a part."""
    with_it, without = costly(), costly()
    without["overheads"]["all"] = RATES | {
        "line": "administration", "stock_share": 0.25, "hardware_cost_share_per_year": 0,
    }  # fmt: skip
    ledgers = [played(tables).ledger[None] for tables in (with_it, without)]
    moved = {name: np.subtract(*(line(ledger, name)[0] for ledger in ledgers)) for name in LINES}
    assert moved["general_and_administrative"][2:4].tolist() == pytest.approx(
        [40_000 * CENTS, 55_000 * CENTS], abs=1
    )
    assert moved["stock_compensation"][2] == pytest.approx(10_000 * CENTS, abs=1)
    assert moved["cash_for_operations"][4] == pytest.approx(-30_000 * CENTS, abs=1)  # in July
    income = {name for name in INCOME if moved[name].any()}
    assert income == {
        "general_and_administrative", "operating_income", "adjusted_operating_income",
        "adjusted_ebitda", "pretax_income", "net_income", "stock_compensation",
    }  # fmt: skip
    balance = {name for name in LINES if moved[name].any()} - income
    assert balance == {
        "cash", "total_assets", "payables_operating", "total_liabilities", "paid_in_capital",
        "accumulated_deficit", "equity", "cash_for_operations", "operating_cash_flow",
        "change_in_payables",
    }  # fmt: skip


ONE_BASIS = {
    "usd_per_gpu_year": (
        # 800 GPUs in April and May, 800 + 300 x 21 / 30 in June, 1,100 in July; a twelfth of 360
        {"usd_per_gpu_year": 360}, [24_000, 24_000, 30_300, 33_000],
    ),
    "book_value_share_per_year": (
        # 8m less 30, 61 and 91 of 1,826 days, from June on 3m more, of which 21 days of June are
        # charged by July; a twelfth of 1.2%
        {"book_value_share_per_year": 0.012},
        [
            8_000,
            8_000 * (1 - 30 / 1_826),
            8_000 * (1 - 61 / 1_826) + 3_000,
            8_000 * (1 - 91 / 1_826) + 3_000 * (1 - 21 / 1_826),
        ],
    ),
    "usd_per_contract_month": (
        # the first contract bills from 10 April on, from 10 June on the second too
        {"usd_per_contract_month": 2_500}, [2_500, 2_500, 5_000, 5_000],
    ),
}  # fmt: skip


@pytest.mark.parametrize("key", ONE_BASIS)
def test_a_basis_moves_its_line_and_what_follows_from_it(key: str) -> None:
    """By hand, of April to July 2026; no other line has a part."""
    rate, expected = ONE_BASIS[key]
    own = {"line": "administration", "stock_share": 0.25, "monthly_usd": 1}
    before, after = (played(costly(overheads={"all": own | more})) for more in ({}, rate))
    ledgers = [state.ledger[None] for state in (after, before)]
    moved = {name: np.subtract(*(line(ledger, name)[0] for ledger in ledgers)) for name in LINES}
    assert moved["general_and_administrative"][1:5].tolist() == pytest.approx(
        [usd * CENTS for usd in expected], abs=1
    )
    assert {name for name in LINES if moved[name].any()} == {
        "general_and_administrative", "operating_income", "adjusted_operating_income",
        "adjusted_ebitda", "pretax_income", "net_income", "stock_compensation",
        "cash", "total_assets", "payables_operating", "total_liabilities", "paid_in_capital",
        "accumulated_deficit", "equity", "cash_for_operations", "operating_cash_flow",
        "change_in_payables",
    }  # fmt: skip


def test_what_no_line_goes_by_is_not_counted() -> None:
    """A firm with a fixed line alone counts no GPUs, book value or contracts."""
    state = played(costly(overheads={"all": {"line": "sales", "monthly_usd": 1}}))
    assert state.bases_used.tolist() == [1] + [0] * (len(BASES) - 1)
    for basis in (GPUS, BOOK_VALUE, BILLING_CONTRACTS):
        assert not state.cost_bases[:, basis].any()


def test_gpus_and_book_value_end_with_the_hardware() -> None:
    """A hundred GPUs of USD 10,000 with half a year left, retired on 1 October 2026 after 183 days.

    120 a year is 1,000 a month until then; 12% a year of 1m is 10,000 in April and 10,000 x
    (1 - 30 / 183) in May. From any month's end on both are foreseen as they are then paid.
    """
    tables = quiet(
        overheads={
            "O": {"line": "sales", "usd_per_gpu_year": 120},
            "P": {"line": "administration", "book_value_share_per_year": 0.12},
        }
    )
    tables["assets"] = own_gpus(100)
    tables["assets"]["own"]["remaining_life_years"] = 0.5
    told, state = foreseen(tables, 12)
    gpus, value = (
        line(state.ledger[None], name)[0].tolist()
        for name in ("sales_and_marketing", "general_and_administrative")
    )
    assert gpus == [0] + [1_000 * CENTS] * 6 + [0] * 6
    charged = (0, 30, 61, 91, 122, 153)
    assert value[1:7] == pytest.approx(
        [10_000 * (1 - days / 183) * CENTS for days in charged], abs=1
    )
    assert value[7:] == [0] * 6
    for month in range(2, 7):
        paid = [gpus[n] + value[n] for n in range(month, 13)]
        assert [-flow for flow in told[month][month:13]] == paid


def test_a_share_of_hardware_cost_ends_with_the_hardware() -> None:
    """A hundred GPUs of USD 10,000 with half a year left: 6% a year is 5,000 a month until then."""
    tables = quiet(overheads={"O": {"line": "sales", "hardware_cost_share_per_year": 0.06}})
    tables["assets"] = own_gpus(100)
    tables["assets"]["own"]["remaining_life_years"] = 0.5
    told, state = foreseen(tables, 12)
    costs = line(state.ledger[None], "sales_and_marketing")[0].tolist()
    assert costs == [0] + [5_000 * CENTS] * 6 + [0] * 6
    assert [-flow for flow in told[3][3:9]] == costs[3:9]


def test_an_offer_of_an_optional_hall_expects_what_the_books_will_charge() -> None:
    """500 GPUs of 1 kW in service on 16 June 2026, fit-out from 1 June, costs paid a month later.

    At 0.05 a kWh and half load June has 15 days of 500 kW x 24 x 0.05 = 600 at half load, 4,500 in
    all, above the minimum take of 0.2 for 30 days of 500 kW, 3,600; July 31 x 300 = 9,300. Staff of
    2 a kW-month is 1,000 from June on, overheads of 3 a kW are 750 in June and 1,500 in July.
    """
    hall = {"it_mw": 1, "ready": dt.date(2026, 5, 1), "taken": "with-first-order"}
    place = site(
        [hall], tariff_usd_per_kwh=0.05, load_factor=0.5, minimum_take=0.2,
        staff_usd_per_kw_month=2,
    )  # fmt: skip
    tables = quiet(
        sites={"S": place},
        operator={"payables_months": 1},
        gpus={"G": {"fitout": {"planned_days": 15, "sd_days": 0}}},
        overheads={"O": {"line": "sales", "usd_per_kw_month": 3}},
    )
    book = book_of(tables)
    pointer, world = to_pointer(book.state), world_to_pointer(world_of(book))
    open_run(pointer, world)
    outlook.look_ahead(pointer, world, 12)
    assert not book.state.outlook.any()
    service = (dt.date(2026, 6, 16) - dt.date(1970, 1, 1)).days
    expect_no_operating(pointer, world, 6)
    prospects.allocate_site(pointer, world, 0, 0, 500, service, 6)
    prospects.foresee_power(pointer, world, 6)
    expect_operating(pointer, world, 6)
    flows = [-flow / CENTS for flow in book.state.outlook.tolist()[:6]]
    assert flows == [0, 0, 0, 0, 4_500 + 1_000 + 750, 9_300 + 1_000 + 1_500]


@pytest.mark.parametrize(
    ("own", "july"),
    [({}, 991_785_33), ({"depreciation": {"method": "declining-balance"}}, 983_561_65)],
)
def test_an_offer_expects_its_gpus_and_book_value(own: Tables, july: int) -> None:
    """100 GPUs of USD 10,000 in service on 16 June 2026, by whole months from July on.

    GPUs: 100 x 15 / 30 = 50 in June, 100 in July. In the books for 1m in June; in July 15 of 1,826
    days are charged: 1m x 1,811 / 1,826 = 991,785.32 and a fraction, rounded up for what is charged
    is rounded down. By double-declining balance 15 of 365 days of 400,000 are: 16,438.35.
    """
    tables = quiet(
        gpus={"G": own},
        overheads={
            "O": {
                "line": "sales", "usd_per_gpu_year": 12, "book_value_share_per_year": 0.01,
                "usd_per_contract_month": 100,
            }
        },
    )  # fmt: skip
    book = book_of(tables)
    drawn = world_of(book)
    pointer, world = to_pointer(book.state), world_to_pointer(drawn)
    open_run(pointer, world)
    outlook.look_ahead(pointer, world, 6)
    assert not book.state.cost_bases[:, GPUS:].any()
    service = (dt.date(2026, 6, 16) - dt.date(1970, 1, 1)).days
    prospects.allocate_site(pointer, world, 0, 0, 100, service, 6)
    assert book.state.cost_bases[2:5, GPUS].tolist() == [0, 50, 100]
    assert book.state.cost_bases[2:5, BOOK_VALUE].tolist() == [0, 1_000_000_00, july]


def test_the_outlook_has_a_building_in_use_from_its_planned_handover() -> None:
    """10 MW at USD 10m, 4m of it spent, ready on 1 September 2026, over 25 years of 9,131 days.

    Insurance on cost has all 100m from September on, whatever is still to be billed; on book value
    September's cost when it comes, and in October what 30 days charge less of it.
    """
    own = {"line": "sales", "hardware_cost_share_per_year": 0.06, "book_value_share_per_year": 0.01}
    built = {"usd_per_mw": 10_000_000, "months": 6, "life_years": 25, "spent_usd": 4_000_000}
    hall = {"it_mw": 10, "ready": dt.date(2026, 9, 1), "building": built}
    tables = quiet(overheads={"O": own}, sites={"S": site([hall])})
    book = book_of(tables)
    drawn = world_of(book)
    pointer, world = to_pointer(book.state), world_to_pointer(drawn)
    open_run(pointer, world)
    outlook.look_ahead(pointer, world, 9)
    assert book.state.cost_bases[5:8, HARDWARE_COST].tolist() == [0, 100_000_000_00, 100_000_000_00]
    charged = 100_000_000_00 * 30 // 9_131
    assert book.state.cost_bases[5:8, BOOK_VALUE].tolist() == [
        0, 100_000_000_00, 100_000_000_00 - charged,
    ]  # fmt: skip


def test_a_lot_bears_its_gpus_book_value_and_part_of_a_contract() -> None:
    """Ten GPUs of a contract of forty, USD 10,000 each, for 24 months from July 2026.

    12 a GPU-year is 10 a month; a quarter of 200 a contract is 50. Book value before each month's
    charge is 100,000 less what was charged: level over five years of 60 months, on average over 24
    months 100,000 x (1 - 11.5 / 60) = 80,833.33, of which 6% a year are 404.17 a month. In all
    464.17 over 7,300 GPU-hours.
    """
    term = {"gpus": 10, "start": dt.date(2026, 7, 1), "term_months": 24, "value_usd": 500_000}
    rest = term | {"gpus": 30, "value_usd": 1_500_000}
    own = {
        "line": "sales", "usd_per_gpu_year": 12, "usd_per_contract_month": 200,
        "book_value_share_per_year": 0.06,
    }  # fmt: skip
    scenario = scenario_of(quiet(contracts={"C": contract([term, rest])}, overheads={"O": own}))
    small, large = lots_of(scenario)
    expected = 10 + 50 + 100_000 * (1 - 11.5 / 60) * 0.06 / 12
    assert small.cash.overhead[1:].mean() == pytest.approx(expected, abs=1)
    assert large.cash.overhead[1:].mean() == pytest.approx(3 * expected, abs=3)
    assert small.cash.overhead[1] == pytest.approx(10 + 50 + 500, abs=0.01)


def test_a_lot_bears_its_share_of_hardware_cost() -> None:
    """6% a year of USD 10,000 is 50 a month, over 730 hours 0.0685 an hour; half of it in shares.

    Hardware in service, half written off, bears it on its cost when new.
    """
    term = {"gpus": 10, "start": dt.date(2026, 7, 1), "term_months": 24, "value_usd": 500_000}
    live = term | {"start": dt.date(2026, 3, 31), "hardware": {"status": "in-service"}}
    own = {"line": "sales", "hardware_cost_share_per_year": 0.06, "stock_share": 0.5}
    tables = quiet(
        contracts={"new": contract([term]), "live": contract([live])}, overheads={"O": own}
    )
    tables["assets"] = own_gpus(10)
    tables["assets"]["own"]["accumulated_usd"] = 50_000
    rows = {row.name: row for row in compute(scenario_of(tables)).rows}
    for name in ("new", "live"):
        cost = rows[name].figures["overhead_cost"].value
        assert cost == pytest.approx(25 / 730, rel=1e-12)


def test_each_cost_line_of_the_statements_is_posted_to_its_own_accounts() -> None:
    for row, own in enumerate(COST_LINES):
        cash, stock = overhead_accounts(row)
        assert (ACCOUNTS[cash], ACCOUNTS[stock]) == (own.cash, own.stock)
        assert {own.cash, own.stock} <= {name for name, _ in INCOME[own.statement]}
