"""Which sites may stand still in a run, and how long each day of it for certain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gpusim.economics.core.outages import SECONDS_PER_DAY, SECONDS_PER_HOUR
from gpusim.economics.core.state import Ints
from gpusim.scenario.lowering.frame.horizon import Horizon
from gpusim.units_of_measure import day_of

if TYPE_CHECKING:
    from gpusim.scenario.scenario import Scenario
    from gpusim.scenario.tables.sites import Outages


def outages_of(scenario: Scenario, horizon: Horizon) -> dict[str, Outages]:
    """Outages of the sites that may stand still in the run, in their rows."""
    laws = {name: site.outages for name, site in scenario.sites.items() if site.outages}
    return {
        name: law
        for name, law in laws.items()
        if law.per_year > 0 or dated_seconds(law, horizon).any()
    }


def dated_seconds(law: Outages, horizon: Horizon) -> Ints:
    """How long each day of the run is in stated outages [s], the as-of day with none.

    As each runs from the start of its day, what they take of a day is from its start on, and two
    take what the longer does.
    """
    days = horizon.month_end[-1] - horizon.today
    seconds = np.zeros(days + 1, np.int64)
    for outage in law.dated:
        left = round(outage.hours * SECONDS_PER_HOUR)
        day = day_of(outage.date) - horizon.today
        for n in range(max(day, 1), days + 1):
            seconds[n] = max(seconds[n], min(left - (n - day) * SECONDS_PER_DAY, SECONDS_PER_DAY))
    return seconds
