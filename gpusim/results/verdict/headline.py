"""The verdict of a run: the chances by year, what converts, what owners get, what binds.

Beside `outcomes.headline`, which tells the run as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from gpusim.economics.books import measures
from gpusim.economics.core import state
from gpusim.economics.core.state import NEVER, Ints
from gpusim.results import periods
from gpusim.results.payload import Panel
from gpusim.results.periods import Calendar
from gpusim.results.replications import covenants as covenant_tests
from gpusim.results.replications import outcomes
from gpusim.results.replications.covenants import Covenant
from gpusim.results.verdict import equity, money
from gpusim.results.verdict.chances import by_period, chance
from gpusim.results.verdict.unfunded import unfunded
from gpusim.units_of_measure import CENTS_PER_USD

ALSO_BINDS: Final = 0.2
"""Share of slipped value from which a second cause is named [share]."""
SMALLEST: Final = 50_000.0
"""Mean value held up, or lost, below which a cause holds up nothing [USD]."""


def headline(
    panel: Panel, calendar: Calendar, covenants: Sequence[Covenant], orders: Sequence[str]
) -> dict[str, Any]:
    """The verdict; amounts in USD, chances with their 95% interval.

    orders: names of those of the scenario.
    """
    years = periods.years_and_parts(calendar.as_of, calendar.months, calendar.year_ends)
    days = covenant_tests.first_broken(panel, covenants)
    first = days.min(axis=1) if len(covenants) else np.full(len(days), NEVER)
    return {
        "shortfall_by_year": by_period(panel.first_shortfall, years, panel.sets),
        "default_by_year": by_period(panel.defaulted, years, panel.sets),
        "breach_of_any": chance(first < NEVER, panel.sets),
        "breach_of_any_by_year": by_period(first, years, panel.sets),
        "breach_by_year": {
            covenant.column: by_period(own, years, panel.sets)
            for covenant, own in zip(covenants, days.T, strict=True)
        },
        "backlog": converts(panel, calendar),
        "money": money.headline(panel, years),
        "equity": equity.headline(panel),
        "binds": binds(panel) | {"unfunded": unfunded(panel, calendar, orders)},
    }


def converts(panel: Panel, calendar: Calendar) -> dict[str, float] | None:
    """What becomes of the opening backlog, as mean shares of what could become revenue.

    planned = recognised + lost + late: by the plan on the as-of day. Over the replications in which
    there is something to convert; None where there are none.
    """
    whole = outcomes.convertible(panel, calendar)
    has = whole > 0
    if not has.any():
        return None

    def share(part: Ints) -> float:
        return float((part[has] / whole[has]).mean())

    recognised = outcomes.of_opening(panel, calendar, state.RECOGNISED)[:, -1]
    gone = outcomes.opening_lost(panel, calendar)[:, -1]
    late = outcomes.of_opening(panel, calendar, state.SLIPPED)[:, -1]
    low, middle, high = np.percentile(recognised[has] / whole[has], (10, 50, 90))
    return {
        "convertible": float(whole.mean()) / CENTS_PER_USD,
        "repriced": float(outcomes.opening_repriced(panel, calendar).mean()) / CENTS_PER_USD,
        "recognised": share(recognised),
        "recognised_p10": float(low),
        "recognised_p50": float(middle),
        "recognised_p90": float(high),
        "planned": share(recognised + gone + late),
        "lost": share(gone),
        "late": share(late),
    }


def binds(panel: Panel) -> dict[str, Any]:
    """What holds contracts up, through what they are lost, and what caps loans.

    held_up: causes with their shares of slipped value, the largest, and a second one from a fifth
    on; unsold: share of GPU-hours in service that nobody pays for, None without any; lost: mean of
    all [USD], and lost_most, through which cause most. Equal ones in the order of `state.CAUSES`,
    of `CAPS`.
    """
    held = panel.slips.mean(axis=0) / CENTS_PER_USD
    gone = outcomes.lost(panel).mean(axis=0) / CENTS_PER_USD
    order = sorted(range(len(state.CAUSES)), key=lambda cause: -held[cause])
    whole = held.sum()
    named = [order[0]] if held[order[0]] >= SMALLEST else []
    named += [order[1]] if named and held[order[1]] >= ALSO_BINDS * whole else []
    most = int(gone.argmax())
    caps = outcomes.size_bound_by(panel)
    hours = panel.stocks[:, [measures.BILLED_GPU_HOURS, measures.IN_SERVICE_GPU_HOURS]]
    billed, there = hours.sum(axis=(0, 2))
    return {
        "held_up": {state.CAUSES[cause]: float(held[cause] / whole) for cause in named},
        "unsold": float(1 - billed / there) if there else None,
        "lost_most": state.CAUSES[most] if gone[most] >= SMALLEST else None,
        "lost": float(gone.sum()),
        "cap": max(caps, key=lambda name: caps[name]) if caps else None,
    }
