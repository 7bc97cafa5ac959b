"""Power bought ahead in a fixed volume: posted, foreseen, judged by and charged to a lot; by hand.

1,000 kW of GPUs at a load factor of 0.8 and a PUE of 1.25 draw 1,000 kW of the grid: 720,000 kWh in
months of 30 days, 744,000 in those of 31. The tariff is 0.05, the demand charge 5,000 a month.
"""

import datetime as dt
from typing import Any

import numpy as np
import pytest

from gpusim.appraisal.sides.relet import life_of
from gpusim.appraisal.unit_lots import lots_of
from gpusim.economics.books.statements import line
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.decisions.capacity_source import hour_cost
from gpusim.economics.hardware.assets import cash_to_come
from gpusim.economics.plant.site_costs import energy_hour
from gpusim.scenario import ScenarioError
from gpusim.units_of_measure import day_of
from tests.cases import test_kw as kw
from tests.economics.test_dated_tariffs import FIRST, dated
from tests.economics.test_overheads import CENTS, costly, foreseen
from tests.engines.build import (
    Tables,
    book_of,
    contract,
    played,
    quiet,
    scenario_of,
    site,
    world_of,
)

APRIL = dt.date(2026, 4, 1)


def ahead(mw: float, price: float, since: dt.date = APRIL, **terms: Any) -> Tables:
    return {"mw": mw, "price_usd_per_kwh": price, "from": since} | terms


def power_of(own: Tables | None, *steps: Tables, **terms: Any) -> list[float]:
    """Power of each month from April 2026 on, where a site buys ahead or does not [USD]."""
    tables = dated(*steps, **terms)
    if own is not None:
        tables["sites"]["S"]["ppa"] = own
    return (line(played(tables).ledger[None], "power")[0, 1:] / CENTS).tolist()


def test_what_is_drawn_beyond_is_bought_at_the_tariff() -> None:
    """0.6 MW at 0.04: April 432,000 kWh at 0.04 and 288,000 at 0.05, May 446,400 and 297,600."""
    april, may, *_ = power_of(ahead(0.6, 0.04))
    assert april == pytest.approx(17_280 + 14_400 + 5_000, abs=0.01)
    assert may == pytest.approx(17_856 + 14_880 + 5_000, abs=0.01)


@pytest.mark.parametrize(
    ("resale", "back"),
    [
        ({}, 0),
        ({"resale_usd_per_kwh": 0.02}, 7_200),
        ({"resale_tariff_share": 0.8}, 14_400),
    ],
)
def test_what_is_not_drawn_is_sold_back(resale: Tables, back: float) -> None:
    """1.5 MW at 0.045 in April: 48,600 for 1,080,000 kWh, of which 360,000 go back."""
    assert power_of(ahead(1.5, 0.045, **resale))[0] == pytest.approx(53_600 - back, abs=0.01)


def test_parts_of_months_count_by_their_days() -> None:
    """From 16 June to 10 July 2026, 1.5 MW at 0.045, a share of 0.8 back; the rest at the tariff.

    Half of June: 0.5 x (48,600 - 36,000 - 360,000 x 0.04) = -900. 10 of 31 days of July, whose
    1,116,000 kWh meet 744,000: 10 / 31 x (50,220 - 37,200 - 14,880) = -600.
    """
    own = ahead(1.5, 0.045, dt.date(2026, 6, 16), until=dt.date(2026, 7, 10))
    power = power_of(own | {"resale_tariff_share": 0.8})
    months = [36_000, 37_200, 36_000 - 900, 37_200 - 600, 37_200]
    assert power[:5] == pytest.approx([usd + 5_000 for usd in months], abs=0.01)


def test_the_price_steps_at_each_anniversary_of_its_first_day() -> None:
    """0.6 MW from 16 June 2024 at 0.04, a tenth more a year: 0.044 until 15 June 2026, then 0.0484.

    April 432,000 x (0.044 - 0.05) less than at the tariff; June 216,000 of each; July 446,400.
    """
    power = power_of(ahead(0.6, 0.04, dt.date(2024, 6, 16), escalation_per_year=0.1))
    assert power[0] == pytest.approx(41_000 - 432_000 * 0.006, abs=0.01)
    assert power[2] == pytest.approx(41_000 - 216_000 * (0.006 + 0.0016), abs=0.01)
    assert power[3] == pytest.approx(42_200 - 446_400 * 0.0016, abs=0.01)


def test_a_year_from_a_leap_day_ends_with_february() -> None:
    """From 29 February 2024, the third step is on 28 February 2027: one day of 28 at 1.1 ** 3."""
    power = power_of(ahead(0.6, 0.04, dt.date(2024, 2, 29), escalation_per_year=0.1))
    mean = 0.04 * 1.1**2 * (27 + 1.1) / 28
    assert power[10] == pytest.approx(28 * 1_200 + 5_000 + 403_200 * (mean - 0.05), abs=0.01)


def test_it_replaces_the_tariff_of_its_own_days() -> None:
    """The tariff is 0.11 from 16 June on, when 0.6 MW at 0.04 begin: 216,000 kWh x 0.07 less.

    June has 720,000 at 0.08 on average. 1.5 MW sell 0.5 x 360,000 back at a half of 0.11.
    """
    step, begins = {"date": dt.date(2026, 6, 16), "tariff_usd_per_kwh": 0.11}, dt.date(2026, 6, 16)
    june = power_of(ahead(0.6, 0.04, begins), step)[2]
    assert june == pytest.approx(57_600 + 5_000 - 216_000 * 0.07, abs=0.01)
    june = power_of(ahead(1.5, 0.04, begins, resale_tariff_share=0.5), step)[2]
    assert june == pytest.approx(
        57_600 + 5_000 - 360_000 * 0.07 + 180_000 * (0.04 - 0.055), abs=0.01
    )


def test_the_minimum_take_is_drawn() -> None:
    """900 kW of 1,000 x 1.25 = 1,125 kW are taken anyway; 1.2 MW are 54,000 kWh too many."""
    power = power_of(ahead(1.2, 0.05, resale_usd_per_kwh=0.01), minimum_take=0.9)
    assert power[0] == pytest.approx(1_125 * 720 * 0.05 + 5_000 + 54_000 * 0.04, abs=0.01)


def test_an_outage_sells_back_what_is_not_drawn() -> None:
    """72 hours of April: 648,000 kWh drawn of 720,000 bought at 0.05, the rest back at 0.01."""
    still = {"dated": [{"date": dt.date(2026, 4, 10), "hours": 72}]}
    power = power_of(ahead(1, 0.05, resale_usd_per_kwh=0.01), outages=still)
    assert power[0] == pytest.approx(32_400 + 5_000 + 72_000 * 0.04, abs=0.01)


def test_what_moves_nothing() -> None:
    """0 MW; power at the tariff that is sold back at the tariff; power of another time."""
    plain = played(dated()).ledger
    for own in (
        ahead(0, 9),
        ahead(7, 0.05, dt.date(2026, 6, 16), resale_tariff_share=1),
        ahead(7, 9, dt.date(2020, 1, 1), until=dt.date(2026, 3, 31)),
        ahead(7, 9, dt.date(2027, 4, 1)),
    ):
        tables = dated()
        tables["sites"]["S"]["ppa"] = own
        assert np.array_equal(played(tables).ledger, plain)


def test_the_cost_is_linear_in_the_price() -> None:
    """A contract for differences where all of the tariff comes back.

    Sold back at all of the tariff, V x (price - tariff) comes on top, whatever is drawn.
    """
    plain = power_of(None)
    hours = np.array([30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 28, 31]) * 24
    for price in (0.01, 0.06, 0.11):
        power = power_of(ahead(1.7, price, resale_tariff_share=1))
        more = np.array(power) - plain
        assert more.tolist() == pytest.approx((1_700 * hours * (price - 0.05)).tolist(), abs=0.02)
    low, middle, high = (power_of(ahead(1.7, price))[0] for price in (0.02, 0.05, 0.08))
    assert high - middle == pytest.approx(middle - low, abs=0.02)


def test_it_is_foreseen_as_it_is_then_paid() -> None:
    """More than is drawn, then less, part months, a step; bills two months later; to the cent."""
    tables = costly()
    tables["sites"]["S"]["ppa"] = ahead(
        1.6, 0.04, dt.date(2026, 4, 20), until=dt.date(2027, 5, 9), escalation_per_year=0.2,
        resale_tariff_share=0.5,
    )  # fmt: skip
    told, state = foreseen(tables, 12)
    paid = np.diff(line(state.ledger[None], "cash")[0], prepend=0).tolist()
    for month, flows in told.items():
        if month < 4:
            continue  # hardware to come is paid by then, in June
        end = [n for n in range(month, month + 12) if n < len(paid)]
        assert [flows[n] for n in end] == [paid[n] for n in end]


def test_what_brings_more_than_all_costs_is_received() -> None:
    """Nothing is drawn; 10 MW at 0.03 bring 0.05: 144,000 in April, paid two months after."""
    own = site([{"it_mw": 1, "ready": APRIL}]) | {"ppa": ahead(10, 0.03, resale_usd_per_kwh=0.05)}
    state = played(quiet(sites={"S": own}, operator={"payables_months": 2}))
    power = line(state.ledger[None], "power")[0, 1:3] / CENTS
    assert power.tolist() == pytest.approx([-144_000, -148_800])
    cash = np.diff(line(state.ledger[None], "cash")[0, :5]) / CENTS
    assert cash.tolist() == pytest.approx([0, 0, 144_000, 148_800])
    payables = line(state.ledger[None], "payables_operating")[0, 1:4] / CENTS
    assert payables.tolist() == pytest.approx([-144_000, -292_800, -292_800])


def test_an_hour_of_an_offer_bears_its_part_of_its_own_days() -> None:
    """2 MW of a site of 1 MW and one to come: a kW of a year from 2027-01-01 has 1 kW of it.

    It draws 1 kW. 181 days without it, 184 with it at 0.03 instead of 0.05; with 4 MW another kW is
    lost on 184 days.
    """
    start = day_of(dt.date(2027, 1, 1))

    def hour(mw: float) -> float:
        tables = dated(grid_charge_usd_per_kw_month=0)
        tables["sites"]["S"]["phases"] += [{"it_mw": 1, "ready": dt.date(2028, 1, 1)}]
        tables["sites"]["S"]["ppa"] = ahead(mw, 0.03, dt.date(2027, 7, 1))
        pointer = to_pointer(book_of(tables).state)
        return float(hour_cost(pointer, 0, 0, start, 365) - pointer.gens[0].capital_hour)

    assert hour(2) == pytest.approx(CENTS * (0.05 - 184 / 365 * 0.02), rel=1e-12)
    assert hour(4) == pytest.approx(CENTS * (0.05 - 184 / 365 * (0.02 - 0.03)), rel=1e-12)


def test_an_impairment_bears_its_part() -> None:
    """10 GPUs of 1 kW until 29 June 2026: 90 days, 75 with it; 0.01 of 1 MW is theirs.

    They draw 10 kW, 240 kWh a day; of 10 bought at 0.02 each day saves 240 x 0.03.
    """
    tables = dated(gpus=10, grid_charge_usd_per_kw_month=0)
    tables["sites"]["S"]["ppa"] = ahead(1, 0.02, dt.date(2026, 4, 16))
    book = book_of(tables)
    state, world = book.state, world_of(book)
    state.assets[0].retires = day_of(dt.date(2026, 6, 30))
    today = day_of(dt.date(2026, 3, 31))
    left = cash_to_come(to_pointer(state), world_to_pointer(world), FIRST, 0, today)
    assert left == pytest.approx(-CENTS * 240 * (90 * 0.05 - 75 * 0.03), rel=1e-12)


@pytest.mark.parametrize(
    ("mw", "spared"),
    [(0.9, 5), (1.5, 2), (1, 2)],
)
def test_what_a_gpu_switched_off_spares(mw: float, spared: float) -> None:
    """1,000 kW are drawn: the tariff above the volume, what it is sold back for up to it."""
    tables = dated()
    tables["sites"]["S"]["ppa"] = ahead(mw, 0.04, resale_usd_per_kwh=0.02)
    pointer = to_pointer(book_of(tables).state)
    first, last = day_of(APRIL), day_of(dt.date(2026, 4, 30))
    assert energy_hour(pointer, 0, 0, first, last) == pytest.approx(spared, rel=1e-12)


def test_what_it_spares_in_a_month_of_which_it_delivers_a_third() -> None:
    """20 days at 0.05, ten at a half of it; from after the month on, at 0.05."""
    tables = dated()
    tables["sites"]["S"]["ppa"] = ahead(2, 0.04, dt.date(2026, 4, 21), resale_tariff_share=0.5)
    pointer = to_pointer(book_of(tables).state)
    first, last = day_of(APRIL), day_of(dt.date(2026, 4, 30))
    assert energy_hour(pointer, 0, 0, first, last) == pytest.approx(
        (20 * 5 + 10 * 2.5) / 30, rel=1e-12
    )
    pointer.sites[0].ppa_first = last + 1
    assert energy_hour(pointer, 0, 0, first, last) == pytest.approx(5, rel=1e-12)


def test_a_lot_bears_its_part() -> None:
    """10 GPUs for three months from June 2026, of 730 hours, at a site of 1 MW that buys 2 MW.

    Ten kW draw 7,300 kWh and have 14,600 at 0.04, of which half goes back at 0.03, from 16 June on.
    """
    term = {"gpus": 10, "start": dt.date(2026, 6, 1), "value_usd": 50_000, "term_months": 3}
    tables = dated() | {"contracts": {"C": contract([term])}}
    tables["gpus"]["G"]["on_demand_usd_per_gpu_hour"] = 1
    tables["sites"]["S"]["ppa"] = ahead(
        2, 0.04, dt.date(2026, 6, 16), until=dt.date(2026, 9, 15), resale_usd_per_kwh=0.03
    )
    (lot,) = lots_of(scenario_of(tables))
    plain, more = 10 * 1.25 * (0.8 * 730 * 0.05 + 4), 14_600 * 0.04 - 7_300 * 0.08
    expected = [plain + more / 2, plain + more, plain + more]
    assert lot.cash.power.tolist() == pytest.approx([0, *expected])
    relet = life_of(scenario_of(tables), lot, (1.0,))
    assert relet is not None
    assert relet.cash.power[:6].tolist() == pytest.approx([0, *expected, plain + more / 2, plain])


@pytest.mark.parametrize("power", ["included", "passed-through"])
def test_a_tenant_alone_bears_what_a_run_books(power: str) -> None:
    """He pays the tariff; the operator has what is saved: 1 of 2 MW of grid power, 0.02 a kWh."""
    own = {"ppa": ahead(1, 0.04, dt.date(2026, 1, 1))}
    tables = kw.firm(kw.hall(), contracts={"A": kw.tenant(power=power)}, site=own)
    found, (_, state) = kw.only(tables), kw.played(tables)
    months = len(found.cash.power)
    booked = kw.by_month(state, kw.COST_POWER, months)
    # before the hall is there all of it is lost, which is no tenant's
    assert booked[0] == pytest.approx(720_000 * 0.04)
    assert found.cash.power[6:] == pytest.approx(booked[6:], abs=0.01)
    assert found.cash.power[:6] == pytest.approx(0)
    tariff = kw.only(kw.firm(kw.hall(), contracts={"A": kw.tenant(power=power)}))
    assert found.cash.power[6] - tariff.cash.power[6] == pytest.approx(-744_000 * 0.02)
    paid = -np.array(kw.by_month(state, kw.REVENUE_RECHARGED, months))
    assert paid[6] == pytest.approx((2_000 * 744 * 0.06 + 2_500 * 5) if power != "included" else 0)


def test_a_shock_on_the_tariff_leaves_its_price_and_moves_a_resale_by_share() -> None:
    """Twice 0.05: 288,000 kWh at 0.1, 432,000 at 0.04; or 360,000 of 1.5 MW back at 0.05."""
    own = ahead(0.6, 0.04)
    assert power_of(own, tariff_usd_per_kwh=0.1)[0] == pytest.approx(
        17_280 + 28_800 + 5_000, abs=0.01
    )
    own = ahead(1.5, 0.045, resale_tariff_share=0.5)
    assert power_of(own, tariff_usd_per_kwh=0.1)[0] == pytest.approx(53_600 - 18_000, abs=0.01)


@pytest.mark.parametrize(
    ("wrong", "key", "expected"),
    [
        ({"until": dt.date(2026, 3, 31)}, "until", "no day before from, 2026-04-01"),
        (
            {"resale_usd_per_kwh": 0.02, "resale_tariff_share": 0.5},
            "resale_tariff_share",
            "one of the two",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: Tables, key: str, expected: str) -> None:
    tables = dated()
    tables["sites"]["S"]["ppa"] = ahead(1, 0.04, **wrong)
    with pytest.raises(ScenarioError) as refused:
        scenario_of(tables)
    (mistake,) = refused.value.mistakes
    assert (mistake.key, mistake.expected) == (f"sites.S.ppa.{key}", expected)
