"""What a user's own metric is worked out from: the books of one replication, by period."""

from __future__ import annotations

from typing import Final

import numpy as np

from gpusim.economics.books import measures
from gpusim.economics.core.state import Floats, Ints
from gpusim.own_code import METRIC
from gpusim.results import metrics
from gpusim.results.figures import BY_PERIOD
from gpusim.results.metric import Books
from gpusim.results.moves import Moves
from gpusim.results.payload import Panel
from gpusim.results.stored.opened import nearest_of

TOLD_APART: Final = ("units", "unit_cash", "contracts", "sites")
"""Tables of a panel with rows of their own, which no metric is worked out from."""


class Replication(Books):
    """The books of one replication; every array is [1, months + 1] or [1, periods].

    `line(name)` is a line of the statements by month [cents], `amount(name)` by period;
    `sums`, `ends` and `year` make periods of months; `calendar.names` are the periods.
    """

    def metric(self, name: str) -> Floats:
        """A figure of gpusim's own by period [its unit], NaN where undefined [1, periods].

        Raises:
            MetricError: there is none of that name.
        """
        if name not in BY_PERIOD:
            near = nearest_of(name, BY_PERIOD)
            raise METRIC.error(f"no metric {name!r} that can be had of a period{near}")
        return metrics.value(BY_PERIOD[name], self).figures

    def measured(self, name: str) -> Ints:
        """A measure by month [its unit, see docs/definitions.md] [1, months + 1].

        Raises:
            MetricError: there is none of that name.
        """
        if name not in measures.MEASURES:
            near = nearest_of(name, measures.MEASURES)
            raise METRIC.error(f"no measure {name!r}{near}")
        return self.measure(measures.MEASURES.index(name))


def one_of(panel: Panel, place: int) -> Panel:
    """The replication at a place of a panel, as a panel of its own."""
    moves = panel.backlog
    first, end = np.searchsorted(moves.place, (place, place + 1))
    nobody = np.zeros(end - first, np.int64)
    backlog = Moves(1, moves.shape, nobody, moves.cell[first:end], moves.cents[first:end])
    alone = {
        name: array[place : place + 1]
        for name, array in panel._asdict().items()
        if name not in ("backlog", "each", *TOLD_APART)
    }
    none = {name: getattr(panel, name)[:0] for name in TOLD_APART}
    return panel._replace(backlog=backlog, **none, **alone)
