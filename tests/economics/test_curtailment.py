"""Curtailment that is paid for: booked, foreseen, judged by and charged to a lot; by hand.

100 GPUs at 2.00 USD an hour earn 4,800 a day from 1 April 2026 to 30 June; half an hour a day that
they are switched off is 100 of it. 365 hours a year are an hour a day.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from gpusim.appraisal.sides.on_demand import one_gpu
from gpusim.appraisal.sides.relet import life_of
from gpusim.appraisal.unit_lots import lots_of
from gpusim.economics.books.ledger import COST_POWER, REVENUE_ON_DEMAND
from gpusim.economics.books.measures import (
    BILLED_GPU_HOURS,
    MISSING_GPU_HOURS,
    ON_DEMAND_GPU_HOURS,
    SERVICE_CREDITS,
)
from gpusim.economics.books.statements import line
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.decisions import prospects
from gpusim.economics.decisions.capacity_source import hour_cost
from gpusim.economics.decisions.cost_bases import REVENUE
from gpusim.economics.hardware.assets import cash_to_come
from gpusim.scenario import ScenarioError
from gpusim.units_of_measure import day_of
from tests.cases.test_let_power import tenant
from tests.cases.test_outages import CENTS, DAY, UTILITY, checked, firm, in_months, revenue
from tests.economics.test_dated_tariffs import FIRST, dated
from tests.economics.test_overheads import costly, foreseen
from tests.engines.build import (
    Tables,
    book_of,
    contract,
    merged,
    own_gpus,
    played,
    quiet,
    same,
    scenario_of,
    site,
    world_of,
)

HALF = {"hours_per_year": 365, "load_share": 0.5}
HOURLY = {"hours_per_year": 365}
PAID = {"usd_per_mwh": 200, "usd_per_kw_year": 36.5}


def shedding(terms: Tables, *outages: Tables, place: Tables | None = None, **own: Any) -> Tables:
    """The operator of the heading, whose site is curtailed."""
    there = {"curtailment": terms} | (place or {})
    return merged(firm(*outages, **own), {"sites": {"S": there}})


def test_hours_that_are_curtailed_are_not_paid_for() -> None:
    final = checked(shedding(HALF))
    assert revenue(final) == [30 * (DAY - 100), 31 * (DAY - 100), 30 * (DAY - 100)]
    assert in_months(final.stocks[MISSING_GPU_HOURS]) == [1_500, 1_550, 1_500]
    assert in_months(final.stocks[BILLED_GPU_HOURS]) == [70_500, 72_850, 70_500]
    assert in_months(final.stocks[SERVICE_CREDITS] / CENTS) == [3_000, 3_100, 3_000]


def test_a_service_level_allows_them_or_credits_more() -> None:
    # half an hour of 24 is 2.08%: within 5%; beyond 1%, three times, 3.25%
    kept = {"sla": {"availability": 0.95, "credit_multiple": 3}}
    assert revenue(checked(shedding(HALF, **kept))) == [30 * DAY, 31 * DAY, 30 * DAY]
    strict = {"sla": {"availability": 0.99, "credit_multiple": 3}}
    april = 30 * DAY * (1 - 3 * (0.5 / 24 - 0.01))
    assert revenue(checked(shedding(HALF, **strict)))[0] == pytest.approx(april, abs=0.01)


def test_they_come_in_their_months_alone() -> None:
    # 31 hours of May are one a day
    final = checked(shedding({"hours_per_year": 31, "months": [5]}))
    assert revenue(final) == [30 * DAY, 31 * (DAY - 200), 30 * DAY]


def test_they_come_on_its_own_days_alone() -> None:
    days = {"from": dt.date(2026, 5, 11), "until": dt.date(2026, 6, 10)}
    final = checked(shedding(HOURLY | days))
    assert revenue(final) == [30 * DAY, 31 * DAY - 21 * 200, 30 * DAY - 10 * 200]


def test_an_hour_off_counts_once() -> None:
    # 6 hours a day; on the day with 12 in an outage 3 of the others: 195 hours of May
    still = {"date": dt.date(2026, 5, 10), "hours": 12}
    final = checked(shedding({"hours_per_year": 8_760, "load_share": 0.25}, still))
    assert revenue(final)[1] == 31 * DAY - 195 * 200
    assert final.stocks[MISSING_GPU_HOURS][2] == 19_500


def test_a_load_switched_off_for_hours_is_an_outage_of_them() -> None:
    # 62 hours of May are two a day: as many as of two outages of 31
    final = checked(shedding({"hours_per_year": 62, "months": [5]}))
    whole = [{"date": dt.date(2026, 5, day), "hours": 31} for day in (5, 20)]
    assert revenue(final) == revenue(checked(firm(*whole)))


@pytest.mark.parametrize(
    ("gpus", "hours", "energy"), [(100, 728.5, 100.0), (150, 728.5, 112.5), (150, 0, 112.5)]
)
def test_energy_that_is_not_drawn_is_paid_for_and_power_that_stands_ready(
    gpus: int, hours: float, energy: float
) -> None:
    """May: 100 GPUs let draw 0.8 kW, those that wait 0.2, at PUE 1.25; 15.5 of 744 hours less.

    0.06 a kWh and 5 a kW of demand. 1.00 a kWh for what is not drawn, and 0.1 a day, 36.5 a year, a
    kW for half the load at 0.8: 50 or 75 kW. With all its hours in May all month nothing is drawn.
    """
    terms = HALF if hours else {"hours_per_year": 744, "months": [5]}
    share, days = (0.5, 365) if hours else (1.0, 31)
    utility = UTILITY | {"load_factor": 0.8, "idle_load_factor": 0.2}
    paid = {"usd_per_mwh": 1_000, "usd_per_kw_year": days / 10}
    tables = merged(shedding(terms | paid, place=utility), {"assets": own_gpus(gpus)})
    final = checked(tables)
    if not hours:  # by the load factor, where nothing runs
        energy = gpus * 0.8 * 1.25
    bill = energy * hours * 0.06 + gpus * 1.25 * 5
    bill -= energy * (744 - hours) + gpus * share * 0.8 * 1.25 * 3.1
    assert final.ledger[COST_POWER][2] / CENTS == pytest.approx(bill, abs=0.01)


def test_nothing_is_sold_on_demand_meanwhile() -> None:
    # 50 more GPUs, half of whose hours are sold at 1.00: 25 of 1,200 hours a day less
    spot = {
        "gpus": {"G": {"on_demand_usd_per_gpu_hour": 1.0}},
        "market": {"on_demand_use": same(0.5)},
        "operator": {"on_demand_share": 1},
        "assets": own_gpus(150),
    }
    final = checked(merged(shedding(HALF), spot))
    assert in_months(final.stocks[ON_DEMAND_GPU_HOURS])[::2] == [17_625, 17_625]
    assert in_months(-final.ledger[REVENUE_ON_DEMAND] / CENTS)[::2] == [17_625, 17_625]


def test_tenants_are_not_curtailed_and_earn_nothing() -> None:
    own = tenant(1_000, dt.date(2026, 4, 1), price_usd_per_kw_month=120, power="passed-through")
    place = site([{"it_mw": 1, "ready": dt.date(2026, 1, 1)}], load_factor=0.8, **UTILITY)
    shed = place | {"curtailment": HALF | PAID}
    plain, final = (
        checked(quiet(contracts={"T": own}, sites={"S": there})) for there in (place, shed)
    )
    assert np.array_equal(final.ledger, plain.ledger)


@pytest.mark.parametrize(
    "terms",
    [
        {"hours_per_year": 0, "usd_per_mwh": 500},
        {"hours_per_year": 400, "load_share": 0} | PAID,
        HOURLY | PAID | {"until": dt.date(2026, 3, 31)},
        HOURLY | PAID | {"from": dt.date(2027, 4, 1)},
    ],
)
def test_what_moves_nothing(terms: Tables) -> None:
    assert np.array_equal(played(shedding(terms, place=UTILITY)).ledger, played(
        merged(firm(), {"sites": {"S": UTILITY}})
    ).ledger)  # fmt: skip


def test_all_months_are_as_none_stated() -> None:
    stated = HALF | PAID | {"months": [12, *range(1, 12)]}
    one, other = (played(shedding(terms)).ledger for terms in (HALF | PAID, stated))
    assert np.array_equal(one, other)


@pytest.mark.parametrize("key", ["usd_per_mwh", "usd_per_kw_year"])
def test_the_cost_of_power_is_linear_in_each_payment(key: str) -> None:
    none, one, three = (
        played(shedding(HALF | {key: usd}, place=UTILITY)).ledger[COST_POWER]
        for usd in (0, 100, 300)
    )
    assert (none - one)[1:4].min() > 0
    assert (none - three).tolist() == pytest.approx((3 * (none - one)).tolist(), abs=3)


@pytest.mark.parametrize("take", [0, 0.9])
@pytest.mark.parametrize("level", [None, {"availability": 0.98, "credit_multiple": 2}])
def test_it_is_foreseen_as_it_is_then_paid(take: float, level: Tables | None) -> None:
    """An hour a day from 20 April 2026 to 9 May 2027, paid for; bills two months later."""
    tables = costly()
    tables["sites"]["S"] |= {"minimum_take": take}
    days = {"from": dt.date(2026, 4, 20), "until": dt.date(2027, 5, 9)}
    tables["sites"]["S"]["curtailment"] = HOURLY | PAID | days
    if level:
        for own in tables["contracts"].values():
            own["sla"] = level
    told, state = foreseen(tables, 12)
    paid = np.diff(line(state.ledger[None], "cash")[0], prepend=0).tolist()
    for month, flows in told.items():
        if month < 4:
            continue  # hardware to come is paid by then, in June
        end = [n for n in range(month, month + 12) if n < len(paid)]
        assert [flows[n] for n in end] == [paid[n] for n in end]


def test_an_hour_of_an_offer_has_its_part_of_its_own_days() -> None:
    """A kW drawn at 0.05 in a year from 2027-01-01; of 184 days an hour each, 0.2 and 0.1 a day."""
    tables = dated(grid_charge_usd_per_kw_month=0)
    tables["sites"]["S"]["curtailment"] = HOURLY | PAID | {"from": dt.date(2027, 7, 1)}
    pointer = to_pointer(book_of(tables).state)
    start = day_of(dt.date(2027, 1, 1))
    hour = hour_cost(pointer, 0, 0, start, 365) - pointer.gens[0].capital_hour
    part = 184 / 365 / 24
    usd = 0.05 * (1 - part) - 0.2 * part - 0.1 * part
    assert hour == pytest.approx(CENTS * usd, rel=1e-12)


@pytest.mark.parametrize("price", [0, 1])
def test_an_impairment_has_its_part(price: float) -> None:
    """10 GPUs of 1 kW until 29 June 2026: 90 days, 75 of them with an hour less each.

    They draw 10 kW at 0.05; an hour less is 0.05 spared and 0.2 paid, ten kW that stand ready 1 a
    day. Half of what is left of their hours is sold.
    """
    tables = dated(gpus=10, grid_charge_usd_per_kw_month=0)
    tables["gpus"]["G"]["on_demand_usd_per_gpu_hour"] = price
    tables |= {"market": tables["market"] | {"on_demand_use": same(0.5)}}
    tables["operator"]["on_demand_share"] = 1
    tables["sites"]["S"]["curtailment"] = HOURLY | PAID | {"from": dt.date(2026, 4, 16)}
    book = book_of(tables)
    state, world = book.state, world_of(book)
    state.assets[0].retires = day_of(dt.date(2026, 6, 30))
    today = day_of(dt.date(2026, 3, 31))
    left = cash_to_come(to_pointer(state), world_to_pointer(world), FIRST, 0, today)
    fetched = cash_to_come_of_nothing(tables, today) if price else 0.0
    usd = (240 * 90 - 750) * 0.5 * price - 90 * 240 * 0.05 + 75 * (2.5 + 1)
    assert left - fetched == pytest.approx(CENTS * usd, rel=1e-9)


def cash_to_come_of_nothing(tables: Tables, today: int) -> float:
    """What the ten GPUs fetch when they retire, beside all that they earn and cost [cents]."""
    book = book_of(tables)
    state, world = book.state, world_of(book)
    state.assets[0].retires = day_of(dt.date(2026, 6, 30))
    place = state.sites[0]
    place.tariff = place.shed_price = place.shed_standby = 0.0
    world.on_demand_price[:] = 0.0
    return float(cash_to_come(to_pointer(state), world_to_pointer(world), FIRST, 0, today))


def test_a_lot_has_its_part() -> None:
    """10 GPUs of 1 kW for three months of 730 hours from June 2026, an hour of 24 off.

    Ten kW drawn at 0.05, 12.5 of demand at 4; 0.2 a kWh not drawn, 0.1 a day and kW. Let on demand
    they have as many hours less.
    """
    term = {"gpus": 10, "start": dt.date(2026, 6, 1), "value_usd": 60_000, "term_months": 3}
    tables = dated() | {"contracts": {"C": contract([term])}}
    tables["gpus"]["G"]["on_demand_usd_per_gpu_hour"] = 1
    tables["market"]["on_demand_use"] = same(0.5)
    tables["sites"]["S"]["curtailment"] = HOURLY | PAID
    (lot,) = lots_of(scenario_of(tables))
    off = 730 / 24
    month = 10 * (730 - off) * 0.05 + 12.5 * 4 - 10 * off * (0.2 + 0.1)
    assert lot.cash.power.tolist() == pytest.approx([0, *[month] * 3])
    assert lot.cash.revenue.tolist() == pytest.approx([0, *[20_000 * 23 / 24] * 3])
    promised = lot.cash.revenue - lot.cash.credited - lot.cash.unpromised
    assert promised.tolist() == pytest.approx([0, *[20_000] * 3])  # lenders count on all of it
    relet = life_of(scenario_of(tables), lot, (1.0,))
    assert relet is not None
    assert relet.cash.gpu_hours[:3].tolist() == pytest.approx([0, *[10 * (730 - off) / 2] * 2])
    assert relet.cash.revenue[1] == pytest.approx(10 * (730 - off) / 2)
    sold = one_gpu(scenario_of(tables), "G", "S", None, (1.0,)).at(2.0)
    assert sold.revenue[1] == pytest.approx(730 - off)
    tables["contracts"]["C"]["sla"] = {"availability": 0.96, "credit_multiple": 2}
    (lot,) = lots_of(scenario_of(tables))
    paid = 1 - 2 * (1 / 24 - 0.04)
    assert lot.cash.revenue.tolist() == pytest.approx([0, *[20_000 * paid] * 3])


@pytest.mark.parametrize(
    ("wrong", "key", "expected"),
    [
        (
            {"from": dt.date(2026, 4, 2), "until": dt.date(2026, 4, 1)},
            "until",
            "no day before from, 2026-04-02",
        ),
        ({"months": []}, "months", "at least one month, or no key for all"),
        ({"months": [5, 6, 5]}, "months", "each month once"),
        (
            {"months": [5], "hours_per_year": 745},
            "hours_per_year",
            "at most 744, the hours of its months",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: Tables, key: str, expected: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        scenario_of(shedding(HALF | wrong))
    (mistake,) = refused.value.mistakes
    assert (mistake.key, mistake.expected) == (f"sites.S.curtailment.{key}", expected)


@pytest.mark.parametrize(
    ("allowance", "multiple", "share"), [(0.0, 1.0, 23 / 24), (0.04, 3.0, 1 - 3 * (1 / 24 - 0.04))]
)
def test_a_deal_is_expected_to_be_paid_by_its_service_level(
    allowance: float, multiple: float, share: float
) -> None:
    """36,400 for 91 days from 1 July 2026 at a site that is curtailed an hour a day from August on.

    200 of a prepayment are credited against its first invoice; paid a month's end after each.
    """
    tables = quiet(gpus={"G": {}}, sites={"S": dated()["sites"]["S"]})
    tables["sites"]["S"]["curtailment"] = HOURLY | {"from": dt.date(2026, 8, 1)}
    book = book_of(tables)
    drawn = world_of(book)
    drawn = drawn._replace(offers=np.zeros(1, drawn.offers.dtype))
    offer = drawn.offers[0]
    offer["term_days"], offer["sla_allowance"], offer["sla_multiple"] = 91, allowance, multiple
    offer["credited_from"] = offer["credited_to"] = 1
    pointer, world = to_pointer(book.state), world_to_pointer(drawn)
    start = day_of(dt.date(2026, 7, 1))
    prospects.invoice_deal(pointer, world, 0, 0, start, 3_640_000, 20_000, 6)
    july, august, september = 12_400.0, 12_400 * share, 11_600 * share
    flows = [flow / CENTS for flow in book.state.outlook.tolist()[3:8]]
    assert flows == pytest.approx([0, july - 200, august, september, 0], abs=0.01)
    revenue_of = [cents / CENTS for cents in book.state.cost_bases[4:7, REVENUE].tolist()]
    assert revenue_of == pytest.approx([july, august, september], abs=0.01)
