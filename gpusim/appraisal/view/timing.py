"""When planned cash counts: by months, quarters or years, at which place in each."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from gpusim.appraisal.returns import (
    Figure,
    Floats,
    Irr,
    annualised,
    irr,
    payback_on_days,
    present_value,
)
from gpusim.appraisal.roots import NOISE
from gpusim.appraisal.view.hurdle import HURDLE
from gpusim.economics.core.calendar import MONTHS_PER_YEAR


class Flows(NamedTuple):
    """Monthly flows by when in a month they count [months + 1], month 0 first."""

    whole: Floats  # earned and rest, added up [money]
    earned: Floats  # what comes in through the month
    rest: Floats  # what falls at its end: service of debt, what hardware costs and fetches


class Timing(NamedTuple):
    """When planned cash counts: how long a period is, and where in it what is earned falls."""

    months: int = 1  # in a period: 1, 3 or 12
    place: float = 1.0  # of what is earned: 0 the period's start, 0.5 its middle, 1 its end

    @property
    def periods_per_year(self) -> int:
        """Periods in a year."""
        return MONTHS_PER_YEAR // self.months

    def dated(self, flows: Flows) -> Dated:
        """Monthly flows by period, each at its time; month 0 stays where it is.

        A last period that the term breaks is taken as a whole one. Amounts within rounding of
        nothing are no flows: each would be a change of sign, and a rate of return of its own.

        >>> earned, rest = np.array([0.0, 1, 1, 1, 0]), np.array([-9.0, 0, 0, 0, 2])
        >>> Timing(3, 0.5).dated(Flows(earned + rest, earned, rest)).times
        array([0. , 0.5, 2. ])
        """
        part, rest = self.sums(flows.earned), self.sums(flows.rest)
        gross = float(np.abs(flows.earned).sum() + np.abs(flows.rest).sum())
        least = NOISE * (len(flows.whole) + 1) * gross
        when = np.arange(len(part), dtype=np.float64)
        if self.place == 1.0:
            whole = self.sums(flows.whole)
            return Dated(np.where(np.abs(whole) <= least, 0.0, whole), when, self.periods_per_year)
        early = np.maximum(when - 1.0 + self.place, 0.0)
        amounts, moments = np.concatenate([rest, part]), np.concatenate([when, early])
        real = np.abs(amounts) > least
        times, places = np.unique(moments[real], return_inverse=True)
        summed = np.bincount(places, amounts[real], len(times)).astype(np.float64)
        return Dated(summed, times, self.periods_per_year)

    def yearly(self, found: Irr) -> Figure:
        """A rate of return of its periods as one of a year [1/year].

        >>> round(Timing(6).yearly(Irr(0.1, (0.1,))).value, 9)  # two periods a year
        0.21
        """
        if found.value is None:
            return Figure(None, found.reason)
        return Figure(annualised(found.value, self.periods_per_year))

    def sums(self, flows: Floats) -> Floats:
        """Monthly flows summed by period; month 0 stays [periods + 1].

        >>> Timing(3).sums(np.array([-9.0, 1.0, 2.0, 3.0, 4.0])).tolist()
        [-9.0, 6.0, 4.0]
        """
        if self.months == 1:
            return flows
        later = flows[1:]
        padded = np.zeros(-(-len(later) // self.months) * self.months)
        padded[: len(later)] = later
        return np.concatenate([flows[:1], padded.reshape(-1, self.months).sum(axis=1)])


MONTH_ENDS: Final = Timing()


class View(NamedTuple):
    """By what lots are judged."""

    hurdle: float = HURDLE  # [1/year]
    timing: Timing = MONTH_ENDS


PERIODS: Final = {"monthly": 1, "quarterly": 3, "yearly": 12}
PLACES: Final = {"start": 0.0, "mid": 0.5, "end": 1.0}


def timing_of(periods: str, place: str) -> Timing:
    """A timing by the names of `PERIODS` and `PLACES`.

    >>> timing_of("quarterly", "mid")
    Timing(months=3, place=0.5)
    """
    return Timing(PERIODS[periods], PLACES[place])


class Dated(NamedTuple):
    """Flows, each at its own time."""

    flows: Floats  # [money]
    times: Floats  # ascending [periods]
    periods_per_year: int

    def irr(self) -> Irr:
        """Every rate at which they are worth nothing [1/period]; see `irr`."""
        return irr(self.flows, self.times)

    def worth(self, rate: float) -> float:
        """Present value at a yearly rate [1/year].

        >>> round(Dated(np.array([121.0]), np.array([4.0]), 2).worth(0.1), 6)
        100.0
        """
        period = (1.0 + rate) ** (1.0 / self.periods_per_year) - 1.0
        if np.array_equal(self.times, np.arange(len(self.times))):
            return present_value(self.flows, period)
        return float((self.flows * (1.0 + period) ** -self.times).sum())

    def payback(self) -> Figure:
        """Years until they have come back for good; see `payback_on_days`."""
        return payback_on_days(self.flows, self.times / self.periods_per_year)
