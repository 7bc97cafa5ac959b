"""Fleet: pools of GPUs, which of them serve whom, the end of their life, sale, hours on demand."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.oracles.second_opinion.books import Books, round_half
from tests.oracles.second_opinion.courses import course_of
from tests.oracles.second_opinion.days import DAY, days_in_month, exact, microwatts, years_later
from tests.oracles.second_opinion.outages import lose, serves_not

if TYPE_CHECKING:
    from tests.oracles.second_opinion.contracts import Lot
    from tests.oracles.second_opinion.plant import Asset, Order


A_HAIR = Fraction(1, 1_000_000)
"""Of an hour: a share that is a power of prices is not exact, and an hour less is none."""


@dataclass
class Vintage:
    """GPUs of a pool that went into service on one day."""

    pool: Pool
    gpus: int
    service: dt.date
    ends: dt.date  # economic life
    servers: list[Asset]
    accepted: bool = False
    row: int = 0  # of its order, in their turn
    late: dt.date | None = None  # interest was last capitalised after its service
    owed: int = 0  # of the pool's failures, in millionths of a GPU, and not yet lost


@dataclass
class Pool:
    """GPUs of one generation at one site that belong to one borrower."""

    gpu: str
    site: str
    uw: int  # of a GPU
    vintages: list[Vintage] = field(default_factory=list)
    lots: list[Lot] = field(default_factory=list)
    cooling: list[tuple[dt.date, int]] = field(default_factory=list)  # free again on, GPUs
    billed: Fraction = Fraction(0)  # GPU-days of the month that are paid for
    idle: Fraction | int = 0  # GPU-days of the month that could be sold on demand
    spares: int = 0
    missing: int = 0  # of what live contracts reserve, failed and not stood in for
    part: Fraction = Fraction(0)  # of a GPU that has failed and not yet left
    days: Days = field(default_factory=lambda: Days())
    ran: int = 0  # GPU-days of the month on which accepted GPUs ran
    undelivered: tuple[Fraction, Fraction] = (Fraction(0), Fraction(0))  # failed, all missing

    def accepted(self) -> int:
        return sum(v.gpus for v in self.vintages if v.accepted)

    def reserved(self) -> int:
        return sum(lot.gpus for lot in self.lots if lot.live)

    def serving(self) -> int:
        return self.reserved() - self.missing

    def to_start(self) -> list[Lot]:
        """Lots that wait for their start, in their turn: by priority, planned start, place."""
        waits = [lot for lot in self.lots if lot.start is None and not lot.lost]
        return sorted(waits, key=lambda lot: (lot.tranche.spec.priority, lot.planned))

    def lacks(self) -> int:
        return self.missing + sum(lot.missing for lot in self.to_start())

    def aside(self) -> int:
        return sum(lot.aside for lot in self.lots)

    def resting(self) -> int:
        return sum(n for _, n in self.cooling)

    def free(self) -> int:
        return self.accepted() - self.serving() - self.resting() - self.spares

    def loose(self) -> int:
        """Free and not set aside."""
        return self.free() - self.aside()


@dataclass
class Days:
    """GPU-days of a month."""

    reserved: int = 0
    failed: int = 0  # reserved, and missing because they failed
    accepted: int = 0  # but for those made fit for the next, which do not run
    spares: int = 0  # which stand in for those under repair, then free ones
    free: int = 0
    reserved_off: Fraction = Fraction(0)  # while the site stands still
    free_off: Fraction = Fraction(0)

    def add(self, p: Pool, still: Fraction) -> None:
        self.reserved += p.reserved()
        self.failed += p.missing
        self.accepted += p.accepted() - p.resting()
        self.spares += p.spares
        self.free += max(p.free(), 0)
        self.reserved_off += p.reserved() * still
        self.free_off += max(p.free(), 0) * still


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
        asset.course, asset.born = course_of(g), service
        p = self.pool(a.gpu, a.site)
        ends = years_later(service, life) if life else over
        v = Vintage(p, a.gpus, service, ends, [asset], accepted=True)
        p.vintages.append(v)

    def set_spares_aside(self) -> None:
        """What the firm has of spares on the as-of day: idle GPUs."""
        for p in self.pools.values():
            f = self.op.spec.gpus[p.gpu].failures
            if f:
                p.spares = min(self.full(p, f), max(p.loose(), 0))

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
                    gone = p.missing * lot.gpus // p.reserved()
                    lot.live = False
                    p.missing -= gone
                    if rest:
                        p.cooling.append((d + rest * DAY, lot.gpus - gone))
                    stand_in(p)
            stand_in(p)
            self.retire(p, d, books)

    def retire(self, p: Pool, d: dt.date, books: Books) -> None:
        """Free GPUs that nobody is promised are sold at the end of their life, the oldest first."""
        for v in sorted(p.vintages, key=lambda v: v.service):
            if v.accepted and v.ends <= d:
                spares = 0 if p.reserved() or p.to_start() else p.spares
                n = min(v.gpus, p.loose() + spares)
                if n > 0:
                    p.spares -= max(n - p.loose(), 0)
                    self.sell(v, n, d, books)
        p.vintages = [v for v in p.vintages if v.gpus]

    def sell(self, v: Vintage, n: int, d: dt.date, books: Books) -> None:
        got = n * round_half(self.op.market.used(v.pool.gpu, v.service, d) * 100)
        lost = self.op.plant.remove(v.servers, n, v.gpus, d, books)
        books.add(
            cash=got, disposal_proceeds=got, disposal_gain=got - lost, loss_on_retirement=lost - got
        )
        books.add(book_value_gone=lost)
        v.gpus -= n
        self.op.plant.leaves(v.pool.site, v.pool.uw * n)

    def end_day(self, d: dt.date) -> None:
        for p in self.pools.values():
            stand_in(p)
            p.days.add(p, serves_not(self.op.spec.sites[p.site], d))

    def on_demand(self, last: dt.date, books: Books) -> int:
        """What is sold on demand in the month, and paid at its end."""
        total, offered = 0, self.op.spec.operator.on_demand_share
        for p in self.pools.values():
            use = exact(self.op.market.use(p.gpu, last))
            hours = math.floor(p.idle * 24 * exact(offered) * use + A_HAIR)
            p.billed += Fraction(hours, 24)
            earned = round_half(hours * self.op.market.list_price(p.gpu, last) * 100)
            total += earned
        books.add(revenue_on_demand=total)
        return total

    # failures ------------------------------------------------------------------------------

    def can_start(self, lot: Lot) -> bool:
        """Whether a lot has its GPUs, or all that were bought for it but a few that failed."""
        if lot.lost:
            return False
        if not lot.missing:
            return lot.aside >= lot.gpus
        f = self.op.spec.gpus[lot.tranche.gpu].failures
        few = math.floor(exact(f.short_start_share) * lot.gpus)
        return lot.missing <= few and 0 < lot.aside == lot.gpus - lot.missing

    def deliver(self, last: dt.date) -> None:
        """Which share of each pool's reserved hours of the month was missing."""
        for p in self.pools.values():
            f, n = self.op.spec.gpus[p.gpu].failures, p.days
            p.undelivered, p.days, p.idle = (Fraction(0), Fraction(0)), Days(), n.free
            p.ran = n.accepted
            p.billed = Fraction(n.reserved)
            self._repair(p, n, f)
            lose(p, n, int(p.idle))

    @staticmethod
    def _repair(p: Pool, n: Days, f: Any) -> None:
        """What is under repair, and nothing stands in for."""
        if f:
            repair = n.accepted * exact(f.repair.rate_per_year) * f.repair.days / 365
            out = max(math.floor(repair) - n.spares, 0)
            p.idle = max(n.free - out, 0)
            if n.reserved:
                missing = min(n.failed + max(out - n.free, 0), n.reserved)
                p.billed -= missing
                p.undelivered = Fraction(n.failed, n.reserved), Fraction(missing, n.reserved)

    def fail(self, last: dt.date, books: Books) -> None:
        """A month's failures leave the books and their site at its end."""
        for p in self.pools.values():
            f = self.op.spec.gpus[p.gpu].failures
            if not f:
                continue
            runs = p.accepted() - p.resting()
            p.part += min(p.ran, runs * days_in_month(last)) * exact(f.rate_per_year) / 365
            n = min(math.floor(p.part), runs)
            p.part -= n
            if not n:
                continue
            spares, loose = p.spares, max(p.loose(), 0)
            self._leave(p, n, last, books)
            taken = min(n, spares)
            p.spares -= taken
            n -= taken + min(n - taken, loose)
            self._miss(p, n)

    def _leave(self, p: Pool, n: int, last: dt.date, books: Books) -> None:
        """So many GPUs leave, from all vintages in proportion."""
        held = [v for v in p.vintages if v.accepted and v.gpus]
        held.sort(key=lambda v: (v.service, v.row))
        of, left = sum(v.gpus for v in held), n
        losses = [0] * len(held)
        for i, v in enumerate(held):
            v.owed += n * 10**6 * v.gpus // of
            losses[i] = min(max(v.owed // 10**6, 0), v.gpus, left)
            left -= losses[i]
        for _ in range(left):
            some = [i for i, v in enumerate(held) if losses[i] < v.gpus]
            losses[max(some, key=lambda i: held[i].owed - losses[i] * 10**6)] += 1
        for v, gone in zip(held, losses, strict=True):
            v.owed -= gone * 10**6
            if gone:
                lost = self.op.plant.remove(v.servers, gone, v.gpus, last + DAY, books)
                books.add(disposal_gain=-lost, loss_on_retirement=lost, book_value_gone=lost)
                v.gpus -= gone
        self.op.plant.leaves(p.site, p.uw * n)

    def _miss(self, p: Pool, n: int) -> None:
        """What nothing stands in for is missing in live contracts and in lots set aside for."""
        waits = [lot for lot in p.to_start() if lot.aside]
        aside = [lot.aside for lot in waits]
        first = -(-n * p.serving() // max(p.serving() + sum(aside), 1))
        p.missing += first
        for lot, gone in zip(waits, running_shares(n - first, aside), strict=True):
            lot.missing += gone
            lot.aside -= gone

    def joins(self, o: Order, d: dt.date) -> None:
        """Accepted GPUs that are nobody's: to who lacks some, to spares, to the pool."""
        p, f = self.pool(o.gpu, o.site), self.op.spec.gpus[o.gpu].failures
        stand_in(p)
        if p.reserved() or p.to_start():
            p.spares += min(max(p.loose(), 0), o.gpus, max(self.full(p, f) - p.spares, 0))

    def stands_in(self, o: Order) -> None:
        """Accepted GPUs of a lot that needs them no more go to who lacks some."""
        stand_in(self.pool(o.gpu, o.site))

    def full(self, p: Pool, f: Any) -> int:
        """Spares of a pool that has all of them, and all that it lacks."""
        share = exact(f.spare_share)
        taken = p.accepted() - p.spares - max(p.loose(), 0) + p.lacks()
        return math.floor(share / (1 - share) * taken)

    def wanted(self, p: Pool, d: dt.date, coming: int) -> int:
        """GPUs to be ordered on a day, for contracts and as spares: what will lack on the day on
        which they could be accepted, and nobody has ordered."""
        g = self.op.spec.gpus[p.gpu]
        if not g.failures:
            return 0
        ready = d + (g.lead.planned_days + g.fitout.planned_days + g.acceptance.planned_days) * DAY
        rest = g.redeploy_days * DAY
        live = [lot for lot in p.lots if lot.live]
        there = [lot for lot in live if lot.may_renew() or lot.last_day() > ready]
        over = [lot for lot in live if not lot.may_renew() and lot.last_day() + rest <= ready]
        waits = [lot for lot in p.to_start() if lot.aside or lot.missing]
        stay, free = sum(lot.gpus for lot in there), sum(lot.gpus for lot in over)
        all_live = max(p.reserved(), 1)
        lacks = p.missing - p.missing * (all_live - stay) // all_live if live else 0
        lacks += sum(lot.aside + lot.missing for lot in waits)
        lacks -= free - p.missing * free // all_live
        lacks -= p.free() + sum(n for when, n in p.cooling if when <= ready)
        lacks -= self.op.plant.for_nobody(p)
        for lot in p.to_start():  # over by then, too: as planned
            if self.op.plant.is_placed(lot) and not lot.may_renew():
                begin = max(lot.planned, d)
                if lot.tranche.contract.spec.late_start == "keeps-end":
                    begin = lot.planned
                end = begin + lot.tranche.term_days * DAY
                known = [day for day in (lot.leaves, lot.tranche.contract.leaves) if day]
                if min(end, *(max(day, begin) for day in known), end) + rest <= ready:
                    lacks -= lot.gpus
        spares = 0
        if there or waits:
            spares = max(self.full(p, g.failures) - p.spares - max(-lacks, 0), 0)
        return max(min(max(lacks, 0), p.lacks()) + spares - coming, 0)


def claim(op: Any, o: Order, d: dt.date) -> int:
    """GPUs of the pool that will do for a lot on its order day: free in time, and promised to it.

    What is free is set aside at once; the rest as it comes free.
    """
    lot, t = o.lot, o.tranche
    assert lot
    assert t
    g = op.spec.gpus[o.gpu]
    p = op.fleet.pool(o.gpu, o.site)
    ready = d + (g.lead.planned_days + g.fitout.planned_days + lot.after_service) * DAY
    by = max(lot.planned + op.spec.operator.reuse_wait_days * DAY, ready)
    if t.spec.long_stop_days:
        by = min(by, lot.planned + (t.spec.long_stop_days - 1) * DAY)
    soon = 0
    for x in p.lots:
        if x is lot or x.lost or (x.start and not x.live) or x.may_renew():
            continue
        shifts = x.tranche.contract.spec.late_start == "shifts"
        start = max(x.planned, d) if shifts else x.planned
        ends = x.end or start + x.tranche.term_days * DAY
        leaves = x.tranche.contract.leaves
        if min(ends, leaves or ends) + g.redeploy_days * DAY <= by:
            soon += x.gpus - x.missing
    for other in op.plant.orders:
        if (other.gpu, other.site) != (o.gpu, o.site) or not other.placed or other.accepted:
            continue
        if other.stated or (other.lot and (other.lot.lost or other.lot.start)):  # for nobody
            come = max(other.delivery or d, d) + (g.fitout.planned_days + other.wait) * DAY
            if other.service:
                come = other.service + other.wait * DAY
            soon += other.gpus if come <= by else 0
    soon += sum(n for when, n in p.cooling if when <= by)
    soon -= sum(x.promised for x in p.lots)
    now = min(max(p.loose(), 0), lot.gpus)
    later = min(max(soon, 0), lot.gpus - now)
    lot.aside += now
    lot.promised = later
    return now + later


def hand_on(p: Pool) -> None:
    """GPUs that came free go to those they are promised to, by row."""
    for lot in p.lots:
        n = min(lot.promised, max(p.loose(), 0))
        lot.promised -= n
        lot.aside += n


def start_on_loose(p: Pool, d: dt.date) -> None:
    """Loose GPUs start waiting tranches that they suffice for, by priority and row."""
    waiting = [
        x
        for x in p.lots
        if x.start is None
        and not x.lost
        and x.planned <= d
        and x.tranche.contract.spec.signed < d
        and x.tranche.contract.spec.hardware_source == "shared"
        and x.tranche.spec.hardware.status == "planned"
    ]
    for x in sorted(waiting, key=lambda x: x.tranche.spec.priority):
        if x.aside < x.gpus <= x.aside + max(p.loose(), 0):
            x.aside, x.promised = x.gpus, 0


def running_shares(n: int, of: list[int]) -> list[int]:
    """n in proportion, what rounding leaves goes on to the next."""
    out, seen = [], 0
    for x in of:
        before = n * seen // sum(of)
        seen += x
        out.append(n * seen // sum(of) - before)
    return out


def stand_in(p: Pool) -> None:
    """Loose GPUs take the place of what is missing, in live contracts first."""
    n = min(p.missing, max(p.loose(), 0))
    p.missing -= n
    for lot in p.to_start():
        n = min(lot.missing, max(p.loose(), 0))
        lot.missing -= n
        lot.aside += n
