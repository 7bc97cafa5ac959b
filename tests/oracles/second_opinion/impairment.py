"""Impairment: at quarters' ends GPUs whose cash to come is below their book value."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.oracles.second_opinion import curtailment, dated, ppa
from tests.oracles.second_opinion.books import Books, round_half
from tests.oracles.second_opinion.days import DAY, add_months, exact
from tests.oracles.second_opinion.known import INTEREST

if TYPE_CHECKING:
    from tests.oracles.second_opinion.fleet import Pool

HOURS = 730
"""Of a month where a price by the month meets one by the hour."""


def impair(op: Any, last: dt.date, books: Books) -> None:
    """Servers of a pool are written down to what their GPUs fetch, if its cash does not suffice."""
    if not op.spec.operator.impairment_test or last.month % 3:
        return
    for p in op.fleet.pools.values():
        own = [v for v in p.vintages if v.gpus]
        value = [sum(a.all_cost() - a.all_charged() for a in v.servers) for v in own]
        fetch = [v.gpus * round_half(op.market.used(p.gpu, v.service, last) * 100) for v in own]
        if not own or future_cash(op, p, last) >= sum(value):
            continue
        if any(v.late == last for v in own):
            op.meet(INTEREST)
        for k, loss in shares(value, fetch).items():
            if loss:
                books.add(impairment=loss, servers_acc=loss)
                write_down(own[k].servers, value[k], value[k] - loss, last)


def shares(value: list[int], fetch: list[int]) -> dict[int, int]:
    """The loss of a group by book value; no vintage goes below what it fetches."""
    most = {k: own - fetch[k] for k, own in enumerate(value) if own > fetch[k]}
    loss = max(sum(value) - sum(fetch), 0)
    full: dict[int, int] = {}
    while True:
        rest = loss - sum(full.values())
        others = [k for k in most if k not in full]
        base = sum(value[k] for k in others)
        more = {k: most[k] for k in others if value[k] * rest >= most[k] * base}
        if not more:
            return full | {k: value[k] * rest // base for k in others}
        full |= more


def write_down(servers: list[Any], value: int, to: int, last: dt.date) -> None:
    """What is left is charged over the life that is left."""
    rest = to
    for k, a in enumerate(servers):
        own = a.all_cost() - a.all_charged()
        left = rest if k == len(servers) - 1 else own * to // value
        rest -= left
        gross = a.all_cost()
        a.gross, a.before = gross, gross - left
        a.cost, a.charged, a.start = left, 0, last + DAY
        a.salvage = min(a.salvage, left)


def future_cash(op: Any, p: Pool, last: dt.date) -> Fraction:
    """What the GPUs of a pool will earn to the end of their lives and fetch then [cents]."""
    g, s = op.spec.gpus[p.gpu], op.spec.sites[p.site]
    hours = sum(v.gpus * max((v.ends - last - DAY).days, 0) * 24 for v in p.vintages)
    fees, taken = Fraction(0), 0
    for lot in p.lots:
        if lot.lost or (lot.start and not lot.live):
            continue
        begin = max(lot.start or lot.planned, last + DAY)
        shifts = lot.tranche.contract.spec.late_start == "shifts"
        end = lot.end or (begin if shifts else lot.planned) + lot.tranche.term_days * DAY
        leaves = [x for x in (lot.tranche.contract.leaves, lot.leaves) if x]
        until = min([end, *leaves])
        if begin < until:
            fees += lot.worth(begin, until) * (lot.gpus - lot.missing)
            taken += (until - begin).days * 24 * (lot.gpus - lot.missing)
    sold = Fraction(op.market.use(p.gpu, last)) * exact(op.spec.operator.on_demand_share)
    free = max(hours - taken, 0)
    off = {id(v): curtailment.shares(s, last + DAY, v.ends) for v in p.vintages}
    lost = sum(v.gpus * max((v.ends - last - DAY).days, 0) * 24 * off[id(v)][0] for v in p.vintages)
    works = 1 - lost / hours if hours else Fraction(1)
    fees += free * sold * works * Fraction(op.market.list_price(p.gpu, last)) * 100
    kw = exact(g.it_kw_per_gpu)
    month = exact(s.variable_rent_usd_per_kw_month) + exact(s.staff_usd_per_kw_month)
    cost = hours * month * kw / HOURS
    paid = min(taken + free * sold, Fraction(hours))
    load = dated.drawn(s, Fraction(1), paid / hours if hours else Fraction(0))
    draw = load
    for v in p.vintages:
        less, ready = off[id(v)]
        load = max(draw * (1 - less), exact(s.minimum_take))  # of a GPU in a full hall
        kw_days = v.gpus * kw * max((v.ends - last - DAY).days, 0)
        cost -= curtailment.payment(s, kw_days * less, kw_days * ready, draw)
        days = partial(dated.power_price, s, since=last + DAY, until=v.ends)
        hour = load * days("tariff_usd_per_kwh") + days("grid_charge_usd_per_kw_month") / HOURS
        cost += v.gpus * 24 * kw * exact(s.pue) * hour
        cost += v.gpus * kw * ppa.of_kw(s, load, last + DAY, v.ends)
    if s.kind != "owned":
        for v in p.vintages:
            cost += v.gpus * 24 * kw / HOURS * rents(op, p.site, last + DAY, v.ends)
    fetch = sum(
        v.gpus * round_half(op.market.used(p.gpu, v.service, last, max(v.ends, last + DAY)) * 100)
        for v in p.vintages
    )
    return fees + fetch - cost * 100


def rents(op: Any, site: str, since: dt.date, until: dt.date) -> Fraction:
    """The monthly rent of a kW, added up over the days before `until`; of halls by power [USD].

    A hall's rent steps every twelve months from its handover, and stays where its lease leaves it.
    """
    s = op.spec.sites[site]
    halls = [h for h in op.plant.sites[site].phases if h.ready < since and not h.back]
    total = Fraction(0)
    for h in halls:
        rate, d, years = exact(s.rent_usd_per_kw_month), since, 0
        while d < until:
            step = add_months(h.ready, 12 * (years + 1))
            if h.end and step >= h.end:
                step = until
            upto = min(max(step, d), until)
            total += rate * (upto - d).days * h.uw / sum(x.uw for x in halls)
            rate *= 1 + exact(s.rent_escalator)
            d, years = upto, years + 1
    return total
