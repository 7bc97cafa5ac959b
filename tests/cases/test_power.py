"""What a site's power costs: one formula for the books, the outlook and unit economics."""

import json

import pytest

from gpusim.economics.closing.opening import open_run
from gpusim.economics.core.state import BILLED_LOAD, HANDED, LOAD, POWERED
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.decisions import outlook
from gpusim.economics.plant.site_costs import ALL, NEVER_OFF, NOT_SHED, running_cost, site_bill
from gpusim.scenario import load
from gpusim.scenario.lower import Book, lower
from gpusim.world import draw
from tests.cases.reading import MODELS, gpusim, usd

GRID_KW = 48_000 * 2.08 * 1.2  # both tranches in service, times PUE
ENERGY = GRID_KW * 0.8 * 720 * 0.06  # April 2027, 30 days, at a load factor of 0.8

EXPECTED = (HANDED, POWERED, LOAD, BILLED_LOAD)


def test_the_demand_charge_is_on_grid_power_whatever_the_load_factor() -> None:
    # from April 2027 48,000 x 2.08 kW x 1.2 = 119,808 kW, at USD 10 a kW-month; the second half
    # is in service on 2027-04-01
    assert usd("power", "2027-04", "grid") == pytest.approx(ENERGY + 1_198_080, abs=0.02)
    idle = usd("power", "2027-04", "grid", "sites.alpha.load_factor=0")
    assert idle == pytest.approx(1_198_080, abs=0.01)


def test_the_demand_charge_counts_days_in_service() -> None:
    # half of the GPUs, 24,000 x 2.08 kW, wait for their hall of 2026-12-01 and are in service after
    # 30 days of fit-out, on the 31st: a day of December
    charge = 24_000 * 2.08 * 1.2 * 10 / 31
    idle = usd("power", "2026-12", "grid", "sites.alpha.load_factor=0")
    assert idle == pytest.approx(charge, abs=0.01)


def test_a_minimum_take_is_a_floor_under_energy_and_demand() -> None:
    # 50 MW energised in December 2026 and nobody in it: half of it, times 1.2, is paid
    bill = 25_000 * 1.2 * (31 * 24 * 0.06 + 10)
    assert usd("power", "2026-12", "grid", "sites.alpha.minimum_take=0.5") == pytest.approx(bill)


def test_units_charge_what_the_books_charge() -> None:
    # of a kW that a GPU fills: 1.2 x (0.8 x 730 h x 0.06 + 10) = 54.048 a month, over 730 h
    done = gpusim("units", str(MODELS / "grid.toml"), "--json")
    assert done.returncode == 0, done.stderr
    hourly = json.loads(done.stdout)["rows"][0]["figures"]["power_cost"]["value"]
    assert hourly == pytest.approx(2.08 * 54.048 / 730, rel=1e-9)


def book_of(*changes: str) -> Book:
    return lower(load(str(MODELS / "grid.toml"), sets=changes))


@pytest.mark.parametrize("take", [0.0, 0.9])
def test_the_outlook_expects_the_power_that_the_books_post(take: float) -> None:
    change = f"sites.alpha.minimum_take={take}"
    book = book_of(change)
    s, world = to_pointer(book.state), world_to_pointer(draw(book.spec, 1, 0))
    open_run(s, world)
    outlook.look_ahead(s, world, 24)
    for month, name in ((6, "2026-12"), (7, "2027-01"), (10, "2027-04"), (12, "2027-06")):
        first, last = world.month_end[month - 1] + 1, world.month_end[month]
        handed, powered, load, billed = (float(s.expected[what, 0, month]) for what in EXPECTED)
        power, _, _ = site_bill(
            s, 0, ALL, handed, powered, load, NEVER_OFF, NOT_SHED, NOT_SHED, billed, first, last
        )
        assert power / 100 == pytest.approx(usd("power", name, "grid", change), abs=0.01)


def test_the_hurdle_counts_the_minimum_take() -> None:
    # a kW at full take: rent 130, staff 5, and 1.2 x (730 x 0.06 + 10) of power a month
    book = book_of("sites.alpha.minimum_take=1")
    hourly = running_cost(to_pointer(book.state), 0, 0, 1, 365, 1.0)
    kw_month = 130 + 5 + 1.2 * (730 * 0.06 + 10)
    assert hourly == pytest.approx(2.08 * kw_month * 100 / 730)
