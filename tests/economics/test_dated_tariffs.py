"""Prices of power by date at a site: posted, foreseen, judged by and charged to a lot; by hand."""

import datetime as dt
import json
from pathlib import Path
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
from tests.cases.reading import gpusim
from tests.economics.test_overheads import CENTS, costly, foreseen
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

FIRST = np.int64(0)
HALLS = [{"it_mw": 1, "ready": dt.date(2026, 1, 1)}]
STEPS = [
    {"date": dt.date(2026, 6, 16), "tariff_usd_per_kwh": 0.11},
    {"date": dt.date(2026, 8, 1), "grid_charge_usd_per_kw_month": 7},
]
POWERED = {"pue": 1.25, "load_factor": 0.8, "tariff_usd_per_kwh": 0.05}


def dated(*steps: dict[str, Any], gpus: int = 1_000, **terms: Any) -> Tables:
    """GPUs of 1 kW in a hall of 1 MW, in service throughout, whose prices of power step."""
    own = site(HALLS, grid_charge_usd_per_kw_month=4, **POWERED) | {"tariff_steps": list(steps)}
    return quiet(sites={"S": own | terms}, assets=own_gpus(gpus))


def test_power_costs_what_it_does_on_its_days() -> None:
    """1,000 kW at a load factor of 0.8 and a PUE of 1.25 are 1,000 kW of energy, 1,250 of demand.

    0.05 a kWh until 15 June 2026, 0.11 from the 16th, on average 0.08 in June; 4 a kW-month, from
    1 August 7. Months of 30 days have 720 hours, of 31 days 744.
    """
    power = line(played(dated(*STEPS)).ledger[None], "power")[0, 1:6] / CENTS
    assert power.tolist() == pytest.approx(
        [
            720_000 * 0.05 + 5_000,
            744_000 * 0.05 + 5_000,
            720_000 * 0.08 + 5_000,
            744_000 * 0.11 + 5_000,
            744_000 * 0.11 + 8_750,
        ],
        abs=0.01,
    )


def test_the_demand_charge_steps_by_the_day_too() -> None:
    """4 for ten days of June and 7 for twenty are 6 on average: 7,500 of 1,250 kW."""
    step = {"date": dt.date(2026, 6, 11), "grid_charge_usd_per_kw_month": 7}
    power = line(played(dated(step)).ledger[None], "power")[0, 3] / CENTS
    assert power == pytest.approx(36_000 + 7_500, abs=0.01)


def test_what_has_come_by_the_first_day_holds_and_what_lies_beyond_does_not() -> None:
    old = [
        {"date": dt.date(2024, 1, 1), "tariff_usd_per_kwh": 0.2},
        {"date": dt.date(2026, 4, 1), "tariff_usd_per_kwh": 0.1, "grid_charge_usd_per_kw_month": 0},
        {"date": dt.date(2027, 4, 1), "tariff_usd_per_kwh": 9},
    ]
    power = line(played(dated(*old)).ledger[None], "power")[0, 1:] / CENTS
    hours = np.array([30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 28, 31]) * 24
    assert power.tolist() == pytest.approx((hours * 100).tolist(), abs=0.01)


def test_a_step_of_nothing_else_moves_no_cent() -> None:
    same = [{"date": dt.date(2026, 6, 16), "tariff_usd_per_kwh": 0.05}]
    assert np.array_equal(played(dated(*same)).ledger, played(dated()).ledger)


def test_dated_power_is_foreseen_as_it_is_then_paid() -> None:
    """With a minimum take, 300 GPUs more in June, and bills paid two months later; to the cent."""
    tables = costly()
    tables["sites"]["S"]["tariff_steps"] = [
        STEPS[0], STEPS[1] | {"date": dt.date(2026, 12, 24)},
        {"date": dt.date(2027, 3, 3), "tariff_usd_per_kwh": 0, "grid_charge_usd_per_kw_month": 1},
    ]  # fmt: skip
    told, state = foreseen(tables, 12)
    paid = np.diff(line(state.ledger[None], "cash")[0], prepend=0).tolist()
    for month, flows in told.items():
        if month < 4:
            continue  # hardware to come is paid by then, in June
        ahead = [n for n in range(month, month + 12) if n < len(paid)]
        assert [flows[n] for n in ahead] == [paid[n] for n in ahead]


def test_an_hour_of_an_offer_costs_the_power_of_its_own_days() -> None:
    """A year from 2027-01-01: 181 days at 0.05 and 184 at 0.11, 0.08024658 on average.

    Of a kW: 1.25 x (0.8 x 0.08024658 + 4 / 730), wherever the run ends (in March 2027).
    """
    step = {"date": dt.date(2027, 7, 1), "tariff_usd_per_kwh": 0.11}
    state = book_of(dated(step)).state
    pointer = to_pointer(state)
    start = day_of(dt.date(2027, 1, 1))
    hour = hour_cost(pointer, 0, 0, start, 365) - pointer.gens[0].capital_hour
    mean = (181 * 0.05 + 184 * 0.11) / 365
    assert hour == pytest.approx(CENTS * 1.25 * (0.8 * mean + 4 / 730), rel=1e-12)


def test_an_impairment_counts_power_to_come() -> None:
    """10 GPUs of 1 kW earn nothing until they retire on 30 June 2026.

    30 days of April, 31 of May and 15 of June are 76 at 0.05, then 14 until 29 June at 0.11, of
    0.8 x 1.25 x 24 kWh a day and GPU.
    """
    book = book_of(dated(STEPS[0], gpus=10, grid_charge_usd_per_kw_month=0))
    state, world = book.state, world_of(book)
    state.assets[0].retires = day_of(dt.date(2026, 6, 30))
    today = day_of(dt.date(2026, 3, 31))
    left = cash_to_come(to_pointer(state), world_to_pointer(world), FIRST, 0, today)
    assert left == pytest.approx(-CENTS * 10 * 24 * (76 * 0.05 + 14 * 0.11), rel=1e-12)


def test_what_a_gpu_switched_off_spares_is_that_month_s_energy() -> None:
    """June 2026: 0.8 x 1.25 x 0.08 an hour, which a backstop must beat."""
    pointer = to_pointer(book_of(dated(*STEPS)).state)
    first, last = day_of(dt.date(2026, 6, 1)), day_of(dt.date(2026, 6, 30))
    assert energy_hour(pointer, 0, 0, first, last) == pytest.approx(8, rel=1e-12)


def test_a_lot_pays_the_power_of_its_own_months() -> None:
    """10 GPUs for three months from June 2026: months of 730 hours, at 0.08, 0.11, 0.11.

    The demand charge of 4 a kW-month is 7 in the third, and stays so when they are re-let.
    """
    term = {"gpus": 10, "start": dt.date(2026, 6, 1), "value_usd": 50_000, "term_months": 3}
    tables = dated(*STEPS) | {"contracts": {"C": contract([term])}}
    tables["gpus"]["G"]["on_demand_usd_per_gpu_hour"] = 1
    (lot,) = lots_of(scenario_of(tables))
    expected = [
        10 * 1.25 * (0.8 * 730 * tariff + charge)
        for tariff, charge in ((0.08, 4), (0.11, 4), (0.11, 7))
    ]
    assert lot.cash.power.tolist() == pytest.approx([0, *expected])
    relet = life_of(scenario_of(tables), lot, (1.0,))
    assert relet is not None
    later = 10 * 1.25 * (0.8 * 730 * 0.11 + 7)
    assert relet.cash.power[:6].tolist() == pytest.approx([0, *expected, later, later])


@pytest.mark.parametrize(
    ("steps", "key", "expected"),
    [
        (
            [STEPS[0], STEPS[0]],
            "tariff_steps.1.date",
            "a day after 2026-06-16, that of the step before",
        ),
        (
            [{"date": dt.date(2026, 6, 16)}],
            "tariff_steps.0",
            "tariff_usd_per_kwh or grid_charge_usd_per_kw_month",
        ),
    ],
)
def test_steps_out_of_order_or_of_nothing_are_refused(
    steps: list[dict[str, Any]], key: str, expected: str
) -> None:
    with pytest.raises(ScenarioError) as refused:
        scenario_of(dated(*steps))
    (mistake,) = refused.value.mistakes
    assert (mistake.key, mistake.expected) == (f"sites.S.{key}", expected)


def test_a_shock_reaches_what_steps_state(tmp_path: Path) -> None:
    """Dearer energy by 0.02 in the step too; the demand charge that it leaves out follows.

    It was none and is 2 from the first day on.
    """
    model = tmp_path / "mine.toml"
    model.write_text(
        'extends = "single-site"\n[[sites.alpha.tariff_steps]]\n'
        "date = 2027-03-10\ntariff_usd_per_kwh = 0.09\n",
        "utf-8",
    )
    told = gpusim("models", "show", str(model), "--json", "--shock", "grid-cost-allocation")
    own = json.loads(told.stdout)["sites"]["alpha"]
    assert own["tariff_steps"] == [{"date": "2027-03-10", "tariff_usd_per_kwh": 0.11}]
    assert own["grid_charge_usd_per_kw_month"] == 2


def test_settings_reach_steps() -> None:
    sets = (
        "sites.alpha.tariff_steps=[{ date = 2027-03-10, tariff_usd_per_kwh = 0.09 }]",
        "sites.alpha.tariff_steps.0.tariff_usd_per_kwh*=2",
    )
    told = gpusim("models", "show", "single-site", "--json", *(f"--set={s}" for s in sets))
    steps = json.loads(told.stdout)["sites"]["alpha"]["tariff_steps"]
    assert steps == [{"date": "2027-03-10", "tariff_usd_per_kwh": 0.18}]
