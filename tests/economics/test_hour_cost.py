"""What an hour of an offer costs: the rent of its own days, with the steps that fall into them."""

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gpusim.economics.closing.opening import open_run
from gpusim.economics.core.state import State, World
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.decisions import demand
from gpusim.economics.decisions.capacity_source import hour_cost
from gpusim.economics.plant.site_costs import running_cost
from gpusim.engines import process
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.strategies import Decision, View
from gpusim.units_of_measure import day_of
from gpusim.world import draw
from tests.engines.build import Tables, book_of, gpu, quiet, site, world_of

GROWING = str(Path(__file__).parents[1] / "fixtures" / "growing.toml")
CENTS = 100
ENERGY = 0.05
"""Of a GPU of 1 kW, at PUE and load factor 1 [USD/GPU-hour]."""
TWO_YEARS = dt.date(2027, 1, 1), 731
RENTED = {
    "kind": "colocation",
    "rent_usd_per_kw_month": 100,
    "rent_escalator": 0.1,
    "lease_years": 10,
    "tariff_usd_per_kwh": ENERGY,
}


def begun(halls: list[Tables], **changes: Any) -> Any:
    """A firm on the as-of day, 31 March 2026, with halls at 100 a kW that steps by 10%."""
    book = book_of(quiet(sites={"S": site(halls) | RENTED | changes}))
    pointer = to_pointer(book.state)
    open_run(pointer, world_to_pointer(world_of(book)))
    return pointer


def rent(pointer: Any, start: dt.date, days: int) -> float:
    """Rent of a kW in a month, as it is in the cost of a GPU-hour [USD]."""
    hour = hour_cost(pointer, 0, 0, day_of(start), days) - pointer.gens[0].capital_hour
    return (hour / CENTS - ENERGY) * 730


def hall(ready: dt.date, it_mw: float = 1.0) -> Tables:
    return {"it_mw": it_mw, "ready": ready}


def test_a_term_pays_the_steps_of_its_own_days() -> None:
    """From July 2026 on: 181 days at 100, 366 at 110, 184 at 121."""
    to_come = begun([hall(dt.date(2026, 7, 1))])
    own = (181 * 100 + 366 * 110 + 184 * 121) / 731
    assert own == pytest.approx(110.29, abs=0.01)
    assert rent(to_come, *TWO_YEARS) == pytest.approx(own)
    assert rent(to_come, dt.date(2026, 7, 1), 365) == pytest.approx(100)
    assert rent(to_come, dt.date(2028, 7, 1), 365) == pytest.approx(121)


def test_a_level_rent_is_the_rent_at_handover() -> None:
    level = begun([hall(dt.date(2026, 7, 1))], rent_escalator=0)
    assert rent(level, *TWO_YEARS) == pytest.approx(100)


def test_a_hall_in_use_has_had_its_steps() -> None:
    """Handed over on 1 July 2024: 121 from July 2026 on, then 133.1 and 146.41."""
    in_use = begun([hall(dt.date(2024, 7, 1))])
    own = (181 * 121 + 366 * 133.1 + 184 * 146.41) / 731
    assert rent(in_use, *TWO_YEARS) == pytest.approx(own)


def test_rent_stays_at_its_last_step_beyond_the_lease() -> None:
    """A year from July 2026 on: 100 goes on."""
    short = begun([hall(dt.date(2026, 7, 1))], lease_years=1)
    assert rent(short, *TWO_YEARS) == pytest.approx(100)


def test_halls_count_by_their_power_once_they_are_to_be_there() -> None:
    """A third of the power steps in July, the rest came in January; the last comes too late."""
    halls = [
        hall(dt.date(2026, 7, 1), 1),
        hall(dt.date(2027, 1, 1), 2),
        hall(dt.date(2027, 1, 2), 50),
    ]
    first = (181 * 100 + 366 * 110 + 184 * 121) / 731
    second = (365 * 100 + 366 * 110) / 731
    assert rent(begun(halls), *TWO_YEARS) == pytest.approx((first + 2 * second) / 3)


@pytest.mark.parametrize(("take", "energy"), [(0.0, 0.12), (0.9, 0.135)])
def test_an_hour_in_a_full_hall_costs_energy_demand_and_space_by_730_hours(take, energy) -> None:
    """A GPU of 2 kW; a kW draws 0.8, or takes 0.9, at 0.10 and a PUE of 1.5; 1.5 kW of demand at
    7.30 a month are 0.015 an hour, 73 of rent 0.10, 14.60 of staff 0.02, 7.30 beside it 0.01."""
    terms = {
        "pue": 1.5,
        "load_factor": 0.8,
        "minimum_take": take,
        "tariff_usd_per_kwh": 0.1,
        "grid_charge_usd_per_kw_month": 7.3,
        "rent_usd_per_kw_month": 73,
        "staff_usd_per_kw_month": 14.6,
        "variable_rent_usd_per_kw_month": 7.3,
    }
    own = site([hall(dt.date(2026, 1, 1))], kind="colocation", lease_years=5) | terms
    state = book_of(quiet(sites={"S": own}, gpus={"G": gpu(it_kw_per_gpu=2)})).state
    a_kw = energy + 0.015 + 0.10 + 0.02 + 0.01
    cost = running_cost(
        to_pointer(state), np.int64(0), np.int64(0), np.int64(1), np.int64(365), 1.0
    )
    assert cost == pytest.approx(2 * a_kw * CENTS, rel=1e-12)


def offers(step: float, margin: float) -> tuple[Any, State, World]:
    """A firm that builds for new customers, on its first day, at a step and a hurdle."""
    steps = tuple(f"sites.{name}.rent_escalator={step}" for name in ("alpha", "beta"))
    book = lower(load(GROWING, sets=(*steps, f"levers.hurdle_margin={margin}")))
    world = draw(book.spec, 7, 0)
    pointer = to_pointer(book.state)
    open_run(pointer, world_to_pointer(world))
    return pointer, book.state, world


def test_the_steps_of_a_rent_may_keep_an_offer_below_the_hurdle() -> None:
    """At the margin that an offer just meets at a level rent it is refused where the rent steps."""
    pointer, state, world = offers(0.0, -1.0)
    own = world_to_pointer(world)
    signed = [
        o
        for o in range(len(world.offers))
        if demand.decide_bid(pointer, own, o) == demand.SIGNED_OFFER
        and demand.capacity_source(pointer, world.offers[o].gen, world.offers[o].gpus)[1] == 0
        and world.offers[o].term_days > 1_000
    ]
    assert signed
    for o in signed[:5]:
        offer = world.offers[o]
        ask = demand.ask_of(pointer, own, o, state.policy[0].price_markup)
        place, _ = demand.capacity_source(pointer, offer.gen, offer.gpus)
        margin = ask / hour_cost(pointer, offer.gen, place, 0, 1) - 1 - 1e-9
        level, _, same = offers(0.0, margin)
        assert demand.decide_bid(level, world_to_pointer(same), o) == demand.SIGNED_OFFER
        stepped, _, same = offers(0.1, margin)
        assert demand.decide_bid(stepped, world_to_pointer(same), o) == demand.HURDLE
        cheaper, _, same = offers(-0.1, margin)
        assert demand.decide_bid(cheaper, world_to_pointer(same), o) == demand.SIGNED_OFFER


class Look:
    """Signs nothing and remembers what it is shown."""

    def __init__(self) -> None:
        self.seen: list[View] = []

    def decide(self, view: View) -> Decision:
        self.seen.append(view)
        return Decision(False)


def test_a_strategy_is_shown_the_cost_with_its_steps() -> None:
    """It is dearer by what the steps add, in up to six years less than another 130 a kW-month."""
    costs = []
    for step in (0.0, 0.1):
        look = Look()
        steps = tuple(f"sites.{name}.rent_escalator={step}" for name in ("alpha", "beta"))
        book = lower(load(GROWING, sets=steps))
        process.run(book.state, draw(book.spec, 7, 0), strategy=look, names=book.names)
        costs.append(np.array([view.cost for view in look.seen]))
    level, stepped = costs
    built = (level > 0) & (stepped > 0)
    assert built.any()
    assert (stepped[built] > level[built]).all()
    assert (stepped[built] - level[built] < 2.08 * 130 / 730).all()
