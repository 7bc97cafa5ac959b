"""The market without luck: the rental index, the list price, the price of used GPUs."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from typing import Any

from tests.oracles.second_opinion.days import DAY, months_between


class Market:
    def __init__(self, op: Any) -> None:
        self.op, self.spec = op, op.spec.market
        self.lists: dict[tuple[str, dt.date], float] = {}

    def index(self, gpu: str, d: dt.date) -> float:
        """Rental index of the month of a day [USD/GPU-hour]."""
        g = self.op.spec.gpus[gpu]
        drift = getattr(self.spec.drift_per_year, self.spec.start_state)
        m = months_between(self.op.as_of, d)
        moved = g.on_demand_usd_per_gpu_hour * math.exp(drift * m / 12)
        return float(max(moved, g.floor_usd_per_gpu_hour))

    def list_price(self, gpu: str, last: dt.date) -> float:
        """What a GPU costs on demand in the month that ends [USD/GPU-hour]."""
        if last <= self.op.as_of:
            return float(self.op.spec.gpus[gpu].on_demand_usd_per_gpu_hour)
        before = self.lists.get((gpu, last))
        if before is None:
            before = self.list_price(gpu, last.replace(day=1) - DAY)
            before += self.spec.list_adjustment * (self.index(gpu, last) - before)
            self.lists[gpu, last] = before
        return before

    def use(self, gpu: str, last: dt.date) -> float:
        """Share of the hours offered in the month that ends that is sold."""
        share = getattr(self.spec.on_demand_use, self.spec.start_state)
        asked = self.index(gpu, last) / self.list_price(gpu, last)
        return float(min(share * asked**self.spec.use_elasticity, 1.0))

    def for_term(self, gpu: str, d: dt.date, months: float) -> float:
        """Market price of a contract of so many months signed on a day [USD/GPU-hour]."""
        return self.index(gpu, d) * self.ratio(months)

    def ratio(self, months: float) -> float:
        t = self.spec.term_ratio
        if t is None:
            return 1.0
        points = [(12, t.months_12), (24, t.months_24), (36, t.months_36)]
        points += [(48, t.months_48), (60, t.months_60)]
        return along(points, months)

    def left_at(self, years: float) -> float:
        """Share of new that is left at an age, by years of 365 days."""
        r = self.spec.resale
        if r is None:
            return 0.0
        return along(sorted((int(k), x) for k, x in r.residual_by_age.items()), years)

    def used(self, gpu: str, service: dt.date, d: dt.date, sold: dt.date | None = None) -> float:
        """What a GPU in service since a day fetches on a day [USD].

        sold: of the age that it has on this later day, at the prices of `d`.
        """
        r = self.spec.resale
        if r is None:
            return 0.0
        g = self.op.spec.gpus[gpu]
        new = g.capex_usd_per_gpu * (1 - g.infrastructure_share)
        moved = self.index(gpu, d) / self.index(gpu, self.op.as_of)
        return float(
            new * moved**r.rent_elasticity * self.left_at(((sold or d) - service).days / 365)
        )


def along(points: list[tuple[int, float]], x: float) -> float:
    """Linear between the points, flat outside."""
    if x <= points[0][0]:
        return points[0][1]
    for (a, u), (b, v) in itertools.pairwise(points):
        if x <= b:
            return u + (v - u) * (x - a) / (b - a)
    return points[-1][1]
