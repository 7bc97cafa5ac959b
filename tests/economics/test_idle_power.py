"""What GPUs draw that are in service and earn nothing: posted, foreseen, judged by; by hand."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from gpusim.appraisal.sides.relet import life_of
from gpusim.appraisal.unit_economics import compute
from gpusim.appraisal.unit_lots import lots_of
from gpusim.economics.books.measures import BILLED_GPU_HOURS, MISSING_GPU_HOURS
from gpusim.economics.books.statements import line
from gpusim.economics.closing.opening import open_run
from gpusim.economics.core import agenda
from gpusim.economics.core.state import BILLED_LOAD
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.decisions import outlook
from gpusim.economics.decisions.cost_bases import REVENUE
from gpusim.economics.decisions.expected_sales import expect_billed_sales, expect_billed_term
from gpusim.economics.hardware.assets import cash_to_come
from gpusim.scenario import ScenarioError
from gpusim.units_of_measure import MICROWATTS_PER_KW, day_of
from tests.economics.test_overheads import CENTS, costly, foreseen
from tests.engines.build import (
    Tables,
    book_of,
    contract,
    own_gpus,
    played,
    quiet,
    same,
    scenario_of,
    site,
    world_of,
)
from tests.engines.watch import Watched, watch

FIRST = np.int64(0)
HALLS = [{"it_mw": 1, "ready": dt.date(2026, 1, 1)}]
POWER = {"pue": 1.25, "load_factor": 0.8, "tariff_usd_per_kwh": 0.05}


def idling(gpus: int = 1_000, let: int = 600, **terms: Any) -> Tables:
    """1,000 GPUs of 1 kW, 600 let for a year from 10 April 2026; of free hours a quarter is sold.

    Half of them is offered, of which the market takes half.
    """
    start = {"start": dt.date(2026, 4, 10), "term_months": 12, "value_usd": 1_000_000}
    start |= {"gpus": let, "hardware": {"status": "in-service"}}
    own = site(HALLS, grid_charge_usd_per_kw_month=4, **POWER) | {"idle_load_factor": 0.2} | terms
    return quiet(
        sites={"S": own},
        assets=own_gpus(gpus),
        gpus={"G": {"on_demand_usd_per_gpu_hour": 1}},
        operator={"on_demand_share": 0.5},
        market={"on_demand_use": same(0.5)},
        contracts={"C": contract([start])} if let else {},
    )


def power_of(tables: Tables) -> list[float]:
    return (line(played(tables).ledger[None], "power")[0, 1:] / CENTS).tolist()


def test_idle_gpus_draw_what_idle_gpus_draw() -> None:
    """From May 2026 on 600 GPUs and a quarter of 400 are billed, 700 of 1,000.

    700 x 0.8 + 300 x 0.2 = 620 kW, 775 of the grid; demand stays at 1,250 kW, 5,000 a month. In
    April 600 x 21 + (1,000 x 9 + 400 x 21) / 4 = 16,950 of 30,000 GPU-days: 16,950 x 0.8 +
    13,050 x 0.2 = 16,170 kW-days, x 24 x 1.25 x 0.05 = 24,255.
    """
    april, may, june, *_ = power_of(idling())
    assert april == pytest.approx(24_255 + 5_000, abs=0.01)
    assert may == pytest.approx(775 * 744 * 0.05 + 5_000, abs=0.01)
    assert june == pytest.approx(775 * 720 * 0.05 + 5_000, abs=0.01)


def test_where_nothing_or_everything_is_billed() -> None:
    """Nothing let or offered: 200 kW of 1,000; all let: 800, whatever idle ones would draw."""
    none = idling(let=0)
    none["operator"]["on_demand_share"] = 0
    assert power_of(none)[1] == pytest.approx(1_000 * 0.2 * 1.25 * 744 * 0.05 + 5_000, abs=0.01)
    assert power_of(idling(let=1_000))[1] == pytest.approx(1_000 * 744 * 0.05 + 5_000, abs=0.01)


def test_the_minimum_take_is_a_floor_of_what_is_drawn() -> None:
    """0.7 of 1,000 kW is more than the 620 that are drawn, and less than what stands ready."""
    assert power_of(idling(minimum_take=0.7))[1] == pytest.approx(
        700 * 1.25 * 744 * 0.05 + 5_000, abs=0.01
    )


def test_where_idle_gpus_draw_nothing_energy_follows_the_hours_that_are_billed() -> None:
    """Whatever fails, waits or is missing: 0.8 x 1.25 kWh for each of them, at 0.05."""
    repair = {"rate_per_year": 6, "days": 10}
    failing = {"rate_per_year": 0.4, "log_sd": 0, "repair": repair, "spare_share": 0.02}
    tables = idling(let=900, idle_load_factor=0, grid_charge_usd_per_kw_month=0)
    tables["gpus"]["G"]["failures"] = failing | {"short_start_share": 0}
    state = played(tables)
    power = line(state.ledger[None], "power")[0, 1:] / CENTS
    hours = state.stocks[BILLED_GPU_HOURS, 1:]
    assert state.stocks[MISSING_GPU_HOURS].any()
    assert power.tolist() == pytest.approx((hours * 0.05).tolist(), abs=0.011)


def test_left_out_it_is_the_load_factor() -> None:
    left_out = idling()
    del left_out["sites"]["S"]["idle_load_factor"]
    without, stated = played(left_out), played(idling(idle_load_factor=0.8))
    assert np.array_equal(without.ledger, stated.ledger)


def test_idle_power_is_foreseen_as_it_is_then_paid() -> None:
    """800 GPUs, 300 of them let, and 300 more from June, half of free hours sold; to the cent."""
    tables = costly()
    tables["sites"]["S"] |= {"idle_load_factor": 0.15, "minimum_take": 0}
    tables["market"]["on_demand_use"] = same(0.5)
    told, state = foreseen(tables, 12)
    paid = np.diff(line(state.ledger[None], "cash")[0], prepend=0).tolist()
    for month, flows in told.items():
        if month < 4:
            continue  # hardware to come is paid by then, in June
        ahead = [n for n in range(month, month + 12) if n < len(paid)]
        assert [flows[n] for n in ahead] == [paid[n] for n in ahead]


def test_the_outlook_counts_what_is_let_and_sold_by_its_plan() -> None:
    """On 31 March 2026, of a term of 8 months from 10 April 2026 on.

    A quarter of the 1,000 free GPUs is sold, as they are today, and 600 are billed for 21 days of
    April and all of May; in December for 9 days, as planned of a contract that has not begun.
    """
    tables = idling()
    tables["contracts"]["C"]["tranches"][0]["term_months"] = 8
    book = book_of(tables)
    pointer, world = to_pointer(book.state), world_to_pointer(world_of(book))
    open_run(pointer, world)
    outlook.look_ahead(pointer, world, 12)
    days = book.state.expected[BILLED_LOAD, 0] / MICROWATTS_PER_KW
    assert days[1:3].tolist() == [600 * 21 + 250 * 30, (600 + 250) * 31]
    assert days[8:11].tolist() == [(600 + 250) * 30, 600 * 9 + 250 * 31, 250 * 31]


def test_the_outlook_sells_on_demand_what_a_live_contract_leaves() -> None:
    """On 30 April 2026: 600 GPUs are let until 9 December, and on demand in whole months from 2027.

    Of the other 400 a quarter is sold, 100: in May 700 are billed, in December 600 for 9 days, in
    January 100 and a quarter of 600.
    """
    tables = idling()
    tables["contracts"]["C"]["tranches"][0]["term_months"] = 8
    book = book_of(tables)
    found: list[list[float]] = []

    def at_month_end(sim: Watched) -> Iterator[str]:
        if sim.phase == agenda.MONTH and not found:
            outlook.look_ahead(sim.h, sim.w, 10)
            found.append((sim.s.expected[BILLED_LOAD, 0] / MICROWATTS_PER_KW).tolist())
        yield from ()

    watch(book, world_of(book), event=at_month_end)
    (days,) = found
    may, december, january = days[2], days[9], days[10]
    assert (may, december, january) == (700 * 31, 600 * 9 + 100 * 31, 250 * 31)


def test_the_outlook_bills_the_gpus_whose_sales_it_has() -> None:
    """On 31 May 2026, of a term of May to July: the outlook sells its 600 GPUs from August on.

    100 of the other 400 are sold throughout: 700 are billed in July, 250 from August on, at 24.00 a
    day.
    """
    tables = idling()
    tables["contracts"]["C"]["tranches"][0] |= {"start": dt.date(2026, 5, 1), "term_months": 3}
    book = book_of(tables)
    found: list[tuple[list[float], list[float]]] = []

    def at_month_end(sim: Watched) -> Iterator[str]:
        if sim.phase == agenda.MONTH and sim.s.clock[0].month == 3:
            outlook.look_ahead(sim.h, sim.w, 10)
            billed = sim.s.expected[BILLED_LOAD, 0] / MICROWATTS_PER_KW
            found.append((billed.tolist(), (sim.s.cost_bases[:, REVENUE] / CENTS).tolist()))
        yield from ()

    watch(book, world_of(book), event=at_month_end)
    ((days, revenue),) = found
    assert days[4:7] == [700 * 31, 250 * 31, 250 * 30]
    assert revenue[5:7] == [250 * 31 * 24, 250 * 30 * 24]


def test_an_offer_and_sales_to_come_are_expected_to_be_billed() -> None:
    """100 GPUs from 16 June to 14 August 2026; 40 on demand from the first whole month, July."""
    tables = idling(let=0)
    book = book_of(tables)
    pointer, world = to_pointer(book.state), world_to_pointer(world_of(book))
    open_run(pointer, world)
    outlook.look_ahead(pointer, world, 6)
    before = book.state.expected[BILLED_LOAD, 0].copy()
    start, over = (day_of(dt.date(2026, *day)) for day in ((6, 16), (8, 15)))
    expect_billed_term(pointer, world, FIRST, FIRST, 100, start, over, 6)
    moved = (book.state.expected[BILLED_LOAD, 0] - before) / MICROWATTS_PER_KW
    assert moved[:7].tolist() == [0, 0, 0, 1_500, 3_100, 1_400, 0]
    expect_billed_sales(pointer, world, FIRST, FIRST, 40, start, 6)
    moved = (book.state.expected[BILLED_LOAD, 0] - before) / MICROWATTS_PER_KW
    assert moved[:7].tolist() == [0, 0, 0, 1_500, 3_100 + 310, 1_400 + 310, 300]


def test_an_impairment_counts_idle_hours_at_what_they_draw() -> None:
    """10 GPUs for 90 days, a quarter of their hours sold at 1.00.

    They draw 0.25 x 0.8 + 0.75 x 0.2 = 0.35 kW each, 1.25 x 0.35 x 0.05 an hour.
    """
    book = book_of(idling(gpus=10, let=0, grid_charge_usd_per_kw_month=0))
    state, world = book.state, world_of(book)
    state.assets[0].retires = day_of(dt.date(2026, 6, 30))
    world.on_demand_price[:] = 100
    today = day_of(dt.date(2026, 3, 31))
    left = cash_to_come(to_pointer(state), world_to_pointer(world), FIRST, 0, today)
    hours = 10 * 90 * 24
    assert left == pytest.approx(CENTS * hours * (0.25 - 1.25 * 0.35 * 0.05), rel=1e-12)


def test_a_gpu_on_demand_idles_in_the_hours_that_nobody_buys() -> None:
    """Half of its hours: 0.5 x 0.8 + 0.5 x 0.2 = 0.5 kW, over the hours that are billed."""
    rows = {row.kind: row for row in compute(scenario_of(idling())).rows}
    hourly = rows["on-demand"].figures["power_cost"].value
    assert hourly == pytest.approx(1.25 * (0.5 * 730 * 0.05 + 4) / (0.5 * 730))
    relet = life_of(scenario_of(idling()), lots_of(scenario_of(idling()))[0], (1.0,))
    assert relet is not None
    assert relet.cash.power[1] == pytest.approx(600 * 1.25 * (0.5 * 730 * 0.05 + 4))
    hourly = rows["contract"].figures["power_cost"].value
    assert hourly == pytest.approx(1.25 * (0.8 * 730 * 0.05 + 4) / 730)


def test_an_idle_gpu_draws_no_more_than_one_that_works() -> None:
    with pytest.raises(ScenarioError) as refused:
        scenario_of(idling(idle_load_factor=0.9))
    (mistake,) = refused.value.mistakes
    assert (mistake.key, mistake.expected) == (
        "sites.S.idle_load_factor", "at most load_factor, 0.8",
    )  # fmt: skip
