"""Fleet: pools of GPUs, which of them serve whom, the end of their life, sale, hours on demand."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.oracles.second_opinion.books import Books, round_half
from tests.oracles.second_opinion.days import DAY, microwatts, years_later

if TYPE_CHECKING:
    from tests.oracles.second_opinion.contracts import Lot
    from tests.oracles.second_opinion.plant import Asset


@dataclass
class Vintage:
    """GPUs of a pool that went into service on one day."""

    pool: Pool
    gpus: int
    service: dt.date
    ends: dt.date  # economic life
    servers: list[Asset]
    accepted: bool = False


@dataclass
class Pool:
    """GPUs of one generation at one site that belong to one borrower."""

    gpu: str
    site: str
    uw: int  # of a GPU
    vintages: list[Vintage] = field(default_factory=list)
    lots: list[Lot] = field(default_factory=list)
    cooling: list[tuple[dt.date, int]] = field(default_factory=list)  # free again on, GPUs
    hours: int = 0  # GPU-hours of the month that could be sold on demand

    def accepted(self) -> int:
        return sum(v.gpus for v in self.vintages if v.accepted)

    def serving(self) -> int:
        return sum(lot.gpus for lot in self.lots if lot.live)

    def aside(self) -> int:
        return sum(lot.aside for lot in self.lots)

    def resting(self) -> int:
        return sum(n for _, n in self.cooling)

    def free(self) -> int:
        return self.accepted() - self.serving() - self.resting()

    def loose(self) -> int:
        """Free and not set aside."""
        return self.free() - self.aside()


class Fleet:
    def __init__(self, op: Any) -> None:
        self.op = op
        self.pools: dict[tuple[str, str], Pool] = {}

    def pool(self, gpu: str, site: str) -> Pool:
        key = (gpu, site)
        if key not in self.pools:
            uw = microwatts(self.op.spec.gpus[gpu].it_kw_per_gpu)
            self.pools[key] = Pool(gpu, site, uw)
        return self.pools[key]

    def opening(self, a: Any, asset: Asset) -> None:
        """GPUs of [assets]: as old as what their book life has lost."""
        g = self.op.spec.gpus[a.gpu]
        over = years_later(self.op.as_of + DAY, a.remaining_life_years)
        service = min(years_later(over, -g.book_life_years), self.op.as_of + DAY)
        life = g.economic_life_years
        p = self.pool(a.gpu, a.site)
        ends = years_later(service, life) if life else over
        v = Vintage(p, a.gpus, service, ends, [asset], accepted=True)
        p.vintages.append(v)

    def begin_day(self, d: dt.date, books: Books) -> None:
        """What comes free again, and the end of life."""
        for p in self.pools.values():
            p.cooling = [(when, n) for when, n in p.cooling if when > d]
            self.retire(p, d, books)

    def ends(self, d: dt.date, books: Books) -> None:
        """Terms that are over; a chance of one renews them. What is old and comes free is sold."""
        for p in self.pools.values():
            rest = self.op.spec.gpus[p.gpu].redeploy_days
            for lot in p.lots:
                if lot.live and lot.end == d and not lot.renews(d):
                    lot.live = False
                    if rest:
                        p.cooling.append((d + rest * DAY, lot.gpus))
            self.retire(p, d, books)

    def retire(self, p: Pool, d: dt.date, books: Books) -> None:
        """Free GPUs that nobody is promised are sold at the end of their life, the oldest first."""
        for v in sorted(p.vintages, key=lambda v: v.service):
            if v.accepted and v.ends <= d:
                n = min(v.gpus, p.loose())
                if n > 0:
                    self.sell(v, n, d, books)
        p.vintages = [v for v in p.vintages if v.gpus]

    def sell(self, v: Vintage, n: int, d: dt.date, books: Books) -> None:
        got = n * round_half(self.op.market.used(v.pool.gpu, v.service, d) * 100)
        lost = self.op.plant.remove(v.servers, n, v.gpus, d, books)
        books.add(
            cash=got, disposal_proceeds=got, other_income=got - lost, loss_on_retirement=lost - got
        )
        books.add(book_value_gone=lost)
        v.gpus -= n
        self.op.plant.leaves(v.pool.site, v.pool.uw * n)

    def end_day(self) -> None:
        for p in self.pools.values():
            p.hours += max(p.free(), 0) * 24

    def on_demand(self, last: dt.date, books: Books) -> int:
        """What is sold on demand in the month, and paid at its end."""
        total, offered = 0, self.op.spec.operator.on_demand_share
        for p in self.pools.values():
            hours = math.floor(p.hours * offered * self.op.market.use(p.gpu, last))
            earned = round_half(hours * self.op.market.list_price(p.gpu, last) * 100)
            p.hours = 0
            total += earned
        books.add(revenue_on_demand=total)
        return total
