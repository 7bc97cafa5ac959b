"""An order costs what hardware costs on the day it asks for money; one placed earlier does not."""

from pathlib import Path

import numpy as np
import pytest

from gpusim.economics.books.measures import CAPEX_ACCRUED
from gpusim.engines import process
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.world import draw

SMALL = str(Path(__file__).parents[1] / "scenario" / "fixtures" / "small.toml")


def accrued(factor, *sets):
    """Capex over the run with hardware at a factor of its as-of price from month 1 on [cents]."""
    own = "contracts.second.hardware_source=dedicated"  # none of the 500 that are free
    book = lower(load(SMALL, sets=["operator.capitalised_interest_share=0", own, *sets]))
    world = draw(book.spec, 1, 0)
    world.hardware_factor[:, 1:] = factor
    state = process.run(book.state, world)
    return int(state.stocks[CAPEX_ACCRUED, 1:].sum())


def test_planned_orders_cost_what_hardware_costs_then():
    """3,000 GPUs at 31,000."""
    assert accrued(1.0) == 93_000_000_00
    assert accrued(0.9) == 83_700_000_00


ORDERED = (
    "contracts.second.tranches=[{ gpus = 2_000, start = 2026-08-01,"
    ' hardware = { status = "ordered",'
    " delivery = 2026-05-01, deposit_usd = 0 } }, { gpus = 1_000, start = 2026-10-01 }]"
)


def test_orders_placed_before_as_of_keep_their_price():
    """2,000 of the GPUs are ordered: only the other 1,000 get cheaper."""
    assert accrued(0.9, ORDERED) == pytest.approx(62_000_000_00 + 27_900_000_00, abs=100)


def test_without_a_hardware_law_the_factor_is_one():
    book = lower(load(SMALL))
    assert np.all(draw(book.spec, 1, 0).hardware_factor == 1.0)
