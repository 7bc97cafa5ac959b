"""The steps of a rent, in the test of impairment."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.cases.reading import usd

MODEL = "rent-steps"
LIFE = dt.date(2026, 7, 1), dt.date(2031, 7, 1)
"""Of 1,000 GPUs that cost 40m, in a hall handed over on 30 June 2026."""
SEPTEMBER = dt.date(2026, 9, 30)
ENERGY = 0.8 * 1.2 * 0.07
"""Of a GPU-hour: a kW at its load, PUE and tariff [USD]."""
RENT = 100 / 730
"""Of a GPU-hour at handover [USD]."""


def left_in_books() -> float:
    """40m over 1,826 days, 92 of them over: 37.985m."""
    life = (LIFE[1] - LIFE[0]).days
    return 40e6 * (1 - ((SEPTEMBER - LIFE[0]).days + 1) / life)


def earned(price: float, step: float) -> float:
    """What the GPUs earn after September at a price, whose rent steps on each 30 June [USD]."""
    total, day, level = 0.0, SEPTEMBER, 1.0
    for year in range(2027, 2033):
        until = min(dt.date(year, 6, 29), dt.date(2031, 6, 29))
        days = max((until - day).days, 0)
        total += 24_000 * days * (price - ENERGY - RENT * level)
        day, level = until, level * (1 + step)
    return total


@pytest.mark.parametrize("price", [1.10, 1.13, 1.16])
@pytest.mark.parametrize("step", [0.0, 0.10])
def test_rent_that_steps_is_a_cost_of_the_years_to_come(price: float, step: float) -> None:
    """At 1.13 a level rent leaves 38.5m, more than the 38.0m in the books, one that steps 37.2m.

    What is too much in the books goes down to the 20m that the GPUs fetch; at the end of their
    life they fetch nothing.
    """
    told = usd(
        "impairment",
        "2026-09",
        MODEL,
        f"contracts.first.price_usd_per_gpu_hour={price}",
        f"sites.hall.rent_escalator={step}",
        "market.resale={rent_elasticity=0,residual_by_age={0=0.5,4=0.5,5=0}}",
    )
    loss = left_in_books() - 20e6 if earned(price, step) < left_in_books() else 0
    assert told == pytest.approx(loss, abs=1_000)


def test_the_three_prices_tell_steps_from_none() -> None:
    """At 1.10 both are too little, at 1.16 neither is; at 1.13 the steps decide."""
    enough = {
        (price, step): earned(price, step) >= left_in_books()
        for price in (1.10, 1.13, 1.16)
        for step in (0.0, 0.10)
    }
    assert enough == {
        (1.10, 0.0): False,
        (1.10, 0.10): False,
        (1.13, 0.0): True,
        (1.13, 0.10): False,
        (1.16, 0.0): True,
        (1.16, 0.10): True,
    }
