"""Cash that GPUs will bring, by which a quarter's end asks whether they are worth their books."""

import datetime as dt

import numpy as np
import pytest

from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.hardware.assets import cash_to_come
from gpusim.units_of_measure import day_of
from tests.engines.build import AS_OF, book_of, own_gpus, quiet, same, world_of

FIRST = np.int64(0)
TODAY = day_of(AS_OF)


@pytest.mark.parametrize(
    ("gpus", "retires", "usd"),
    [
        (1, dt.date(2026, 4, 11), 240),  # the ten days before it
        (3, dt.date(2026, 4, 11), 720),
        (3, dt.date(2026, 4, 2), 72),
        (3, dt.date(2026, 4, 1), 0),
        (3, dt.date(2026, 3, 1), 0),
    ],
)
def test_gpus_earn_from_the_next_day_to_the_day_before_they_retire(gpus, retires, usd) -> None:
    """1.00 an hour, all of it sold, without costs; one GPU is a fleet too."""
    book = book_of(
        quiet(
            operator={"on_demand_share": 1},
            market={"on_demand_use": same(1)},
            assets=own_gpus(gpus),
            contracts={},
        )
    )
    state, world = book.state, world_of(book)
    world.on_demand_price[:] = 100
    state.assets[0].retires = day_of(retires)
    assert cash_to_come(to_pointer(state), world_to_pointer(world), FIRST, 0, TODAY) == usd * 100
