"""Hours and days: a month of the calendar has its own, what names no month a twelfth of 8,760."""

import pytest

from gpusim.economics.closing.opening import open_run
from gpusim.economics.core.state import NONE
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.decisions import expected_sales
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.world import draw
from tests.cases.reading import MODELS


@pytest.mark.parametrize(("ahead", "days"), [(1, 31), (3, 30), (8, 28), (9, 31)])
def test_the_outlook_sells_the_hours_of_each_month(ahead: int, days: int) -> None:
    """As of 2026-06-30: July, September, February 2027, March. 1,000 GPUs, all hours sold, 5.00."""
    sold = ("operator.on_demand_share=1", "market.on_demand_use={glut=1,balanced=1,scarce=1}")
    price = "gpus.GB300.on_demand_usd_per_gpu_hour=5"
    book = lower(load(str(MODELS / "det.toml"), sets=(*sold, price)))
    s, world = to_pointer(book.state), world_to_pointer(draw(book.spec, 1, 0))
    open_run(s, world)
    found = expected_sales.pool_sales(s, world, NONE, 0, 1_000, ahead)
    assert found == pytest.approx(1_000 * 24 * days * world.on_demand_price[0, 1], abs=1)
    assert world.on_demand_price[0, 0] == 500


def test_two_repairs_a_year_of_a_fifth_of_a_year_are_two_fifths() -> None:
    """2 x 73 / 365 = 0.4."""
    repair = "repair={rate_per_year=2,days=73}"
    others = "rate_per_year=0,log_sd=0,spare_share=0,short_start_share=0"
    sets = (f"gpus.GB300.failures={{{others},{repair}}}",)
    book = lower(load(str(MODELS / "det.toml"), sets=sets))
    assert book.state.gens[0].repair_share == pytest.approx(0.4, rel=1e-12)
