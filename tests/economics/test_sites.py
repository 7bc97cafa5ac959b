"""Halls: whether one whose lease is over can be given back, and the rent of a colocation."""

import datetime as dt

import numpy as np
import pytest

from gpusim.economics.core.state import HALL_HANDED_OVER, HALL_POWERED, NEVER
from gpusim.economics.core.state_pointer import to_pointer
from gpusim.economics.plant.site_costs import colocation_rent
from gpusim.economics.plant.sites import is_needed
from gpusim.units_of_measure import day_of
from tests.engines.build import book_of, quiet, site

HALL = np.int64(0)
MW = 10**12
JULY = dt.date(2026, 7, 1)


@pytest.mark.parametrize(
    ("own", "other", "used", "coming", "needed"),
    [
        (HALL_POWERED, HALL_POWERED, 1.0, 0, False),
        (HALL_POWERED, HALL_POWERED, 1.1, 0, True),
        (HALL_POWERED, HALL_POWERED, 0.5, 0.6, True),  # no room for what is on order
        (HALL_POWERED, HALL_HANDED_OVER, 0.5, 0, True),  # room, and no power
        (HALL_HANDED_OVER, HALL_POWERED, 0.5, 0, False),  # it powers nothing
    ],
)
def test_a_hall_is_needed_for_its_room_or_its_power(own, other, used, coming, needed) -> None:
    """Two halls of 1 MW; GPUs in use and on order for the site [MW]."""
    halls = [{"it_mw": 1, "ready": dt.date(2026, 1, 1)}] * 2
    state = book_of(quiet(sites={"S": site(halls)})).state
    state.halls.status[:2] = own, other
    place = state.sites[0]
    place.powered_microwatts = sum(status == HALL_POWERED for status in (own, other)) * MW
    place.used_microwatts, place.coming_microwatts = int(used * MW), int(coming * MW)
    assert is_needed(to_pointer(state), HALL) == needed


@pytest.mark.parametrize(
    ("first", "days", "usd"),
    [(JULY, 31, 1_000), (JULY.replace(month=6), 30, 0), (JULY.replace(year=2027), 31, 1_100)],
)
def test_a_colocation_costs_its_rent_from_handover_with_a_step_a_year(first, days, usd) -> None:
    """10 kW at 100 a month and 10% more each year, from 1 July 2026 on."""
    hall = {"it_mw": 0.01, "ready": JULY}
    terms = {"rent_usd_per_kw_month": 100, "rent_escalator": 0.1, "lease_years": 5}
    state = book_of(quiet(sites={"S": site([hall], kind="colocation", **terms)})).state
    state.halls[0].returned = NEVER
    begin = day_of(first)
    rent = colocation_rent(to_pointer(state), HALL, day_of(JULY), begin, begin + days - 1, days)
    assert rent == usd * 100
