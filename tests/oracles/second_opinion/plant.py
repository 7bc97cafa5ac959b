"""Plant: sites and their leases, orders, hardware in service."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tests.oracles.second_opinion import curtailment, dated, leases, ppa
from tests.oracles.second_opinion.books import Books, cents, round_half
from tests.oracles.second_opinion.buildings import Building, buildings_of
from tests.oracles.second_opinion.contracts import Lot, Tranche
from tests.oracles.second_opinion.courses import course_of, part_of_rest
from tests.oracles.second_opinion.days import (
    DAY,
    MICROWATTS,
    add_months,
    days_in_month,
    exact,
    is_month_end,
    microwatts,
    month_end,
    months_between,
    nearest,
    years_later,
)
from tests.oracles.second_opinion.fleet import Pool, Vintage, claim, running_shares
from tests.oracles.second_opinion.outages import off


@dataclass
class Phase:
    uw: int
    ready: dt.date
    powered: dt.date
    in_use: bool  # ready by the as-of day
    site: Any
    end: dt.date | None = None
    payments: list[tuple[dt.date, int]] = field(default_factory=list)
    total: int = 0
    days: int = 0
    charged: int = 0
    liability: float = 0.0
    booked_liability: int = 0
    back: dt.date | None = None  # given back on

    def kw(self) -> Fraction:
        return Fraction(self.uw, MICROWATTS)


class Site:
    def __init__(self, name: str, spec: Any, op: Any) -> None:
        self.name, self.spec, self.op = name, spec, op
        self.phases = [
            Phase(microwatts(p.it_mw) * 1000, p.ready, p.powered, p.ready <= op.as_of, self)
            for p in sorted(spec.phases, key=lambda p: p.ready)
        ]
        self.uw_days_service = self.uw_days_energised = self.uw_days_let = 0
        self.uw_off_service = self.uw_off_let = Fraction(0)
        self.shed = curtailment.Meter()
        for p in self.phases:
            p.end = leases.end_of(p)

    def powered(self, d: dt.date) -> int:
        """Capacity that stands powered on a day [uW]."""
        return sum(p.uw for p in self.phases if p.powered <= d and not p.back)

    def day(self, d: dt.date, books: Books) -> None:
        for p in self.phases:
            if p.ready == d and not p.in_use and self.spec.kind == "leased-shell":
                self._lease(p, d, books)

    def _lease(self, p: Phase, d: dt.date, books: Books) -> None:
        s = self.spec
        count = round(s.lease_years * 12)
        assert p.end
        p.days = (p.end - d).days
        at = month_end(d) if d.day == 1 else month_end(add_months(d.replace(day=1), 1))
        step = 1 + exact(s.rent_escalator)
        rent = nearest(p.kw() * exact(s.rent_usd_per_kw_month) * 100)
        for k in range(count):
            if k and k % 12 == 0:
                rent = nearest(rent * step)
            p.payments.append((month_end(add_months(at.replace(day=1), k)), rent))
        p.total = sum(x for _, x in p.payments)
        r = self.op.spec.operator.lease_rate
        p.liability = sum(x / (1 + r / 12) ** (k + 1) for k, (_, x) in enumerate(p.payments))
        p.booked_liability = round_half(p.liability)
        books.add(lease_liabilities=p.booked_liability, lease_assets=p.booked_liability)

    def month(self, last: dt.date, books: Books) -> tuple[int, int]:
        """Costs of the month: those paid later with operating costs, rent to be paid now."""
        s = self.spec
        n = days_in_month(last)
        later = rent_now = 0
        for p in self.phases:
            first = last.replace(day=1)
            if p.ready > last or (p.back and p.back <= first):
                if p.payments and p.ready <= last:
                    rent_now += self._fixed(p, last, books)
                continue
            until = min(p.back, last + DAY) if p.back else last + DAY
            days = (until - max(p.ready, first)).days
            share = Fraction(days, n)
            staff = round_half(float(p.kw() * exact(s.staff_usd_per_kw_month) * share * 100))
            books.add(staff=staff)
            later += staff
            variable = Fraction(0)
            variable += exact(s.variable_rent_usd_per_kw_month) * share * p.kw()
            if s.kind == "colocation":
                variable += self._colocation(p, last)
            if p.end and p.end < until:
                over = (until - max(p.end, first)).days
                variable += leases.last_rent(p) / 100 * exact(s.holdover_rent_ratio) * over / n
            cost = round_half(float(variable * 100))
            books.add(rent=cost)
            later += cost
            if p.payments:
                rent_now += self._fixed(p, last, books)
        later += self._power(last, books)
        return later, rent_now

    def _colocation(self, p: Phase, last: dt.date) -> Fraction:
        """Fixed rent by the day; a step after every twelve months from handover [USD]."""
        s = self.spec
        total, d = Fraction(0), max(p.ready, last.replace(day=1))
        years = 0
        rent = nearest(p.kw() * exact(s.rent_usd_per_kw_month) * 100)
        last_day, last = last, min(last, p.end - DAY) if p.end else last
        while d <= last:
            step = add_months(p.ready, 12 * (years + 1))
            if step > d:
                until = min(step, last + DAY)
                total += Fraction(rent, 100) * (until - d).days / days_in_month(last_day)
                d = until
            years += 1
            rent = nearest(rent * (1 + exact(s.rent_escalator)))
        return total

    def _fixed(self, p: Phase, last: dt.date, books: Books) -> int:
        elapsed = min((last - p.ready).days + 1, p.days)
        due = round_half(p.total * elapsed / p.days)
        cost = due - p.charged
        p.charged = due
        paid = sum(x for when, x in p.payments if when == last)
        r = self.op.spec.operator.lease_rate
        left = [x for when, x in p.payments if when > last]
        if not paid and len(left) == len(p.payments):
            liability = p.booked_liability  # before the first payment
        else:
            liability = round_half(sum(x / (1 + r / 12) ** (k + 1) for k, x in enumerate(left)))
        change = liability - p.booked_liability
        p.booked_liability = liability
        # accrued rent: cost so far less paid so far lowers the asset
        books.add(rent=cost, lease_liabilities=change, lease_assets=change - cost + paid)
        return paid

    def stands(self, d: dt.date, service: int, let: int) -> None:
        """What is in service, and let, while the site stands still [uW-days]."""
        still = off(self.spec, d, d)
        self.uw_off_service += service * still
        self.uw_off_let += let * still
        self.uw_off_service += self.shed.day(self.spec, d, service - let, still)

    def _power(self, last: dt.date, books: Books) -> int:
        s, n = self.spec, days_in_month(last)
        floor = Fraction(self.uw_days_energised, MICROWATTS) * exact(s.minimum_take)
        used = Fraction(self.uw_days_service, MICROWATTS)
        pue = exact(s.pue)
        billed = dated.billed_kw_days(self.op.fleet, self.name)
        runs = used - self.uw_off_service / MICROWATTS
        billed += (self.uw_days_let - self.uw_off_let) / MICROWATTS
        drawn = dated.drawn(s, runs, billed)
        energy = max(drawn, floor) * pue * 24
        demand = max(used, floor) / n * pue
        usd = energy * dated.month_price(s, "tariff_usd_per_kwh", last)
        usd += demand * dated.month_price(s, "grid_charge_usd_per_kw_month", last)
        usd += ppa.of_month(s, energy, last)
        usd -= self.shed.month(s, runs, drawn)
        cost = round_half(float(usd * 100))
        self.uw_days_service = self.uw_days_energised = self.uw_days_let = 0
        self.uw_off_service = self.uw_off_let = Fraction(0)
        books.add(power=cost)
        return cost


@dataclass
class Order:
    tranche: Tranche | None
    lot: Lot | None
    uw: int
    gpu: str
    site: str
    gpus: int
    wait: int  # from service to acceptance [days]
    placed: dt.date | None = None
    delivery: dt.date | None = None
    delivered: dt.date | None = None
    fitted_from: dt.date | None = None
    service: dt.date | None = None
    cost: int = 0
    deposit: int = 0
    loan: int = 0  # promised
    vendor: int = 0
    bill: int = 0
    bill_due: dt.date | None = None
    cip: int = 0
    cip_before: int = 0
    to_come: int = 0  # cost that is billed at service
    capitalised: int = 0
    late_interest: bool = False  # capitalised after it went into service
    assets: list[Asset] = field(default_factory=list)
    vintage: Any = None
    accepted: bool = False
    stated: Any = None  # what [orders] says of one without a contract

    def terms(self) -> Any:
        """Who names its loan and its supplier's line; nobody does of replacements."""
        return self.tranche.contract.spec if self.tranche else self.stated

    def is_wanted(self) -> bool:
        """Whether its lot lacks GPUs."""
        return bool(self.gpus and self.lot and self.lot.start is None and not self.lot.lost)

    def take_off(self, gpus: int) -> None:
        """What the lot gets of GPUs that are there."""
        self.uw -= self.uw // self.gpus * gpus
        self.gpus -= gpus

    def is_coming(self) -> bool:
        """Until it is installed, or withdrawn before it was placed."""
        return not self.fitted_from and bool(self.placed or not self.lot or self.is_wanted())


@dataclass
class Asset:
    """Cost that is charged by the day, straight line or along a course of years of service."""

    line: str  # servers, infrastructure, other_equipment, intangibles
    cost: int
    salvage: int
    start: dt.date  # first day charged
    end: dt.date  # first day no more charged
    charged: int = 0
    gross: int = -1  # in the books, where not the cost
    before: int = 0  # charged before the as-of day
    retires: bool = False  # leaves the books when its life is over
    course: list[Fraction] = field(default_factory=list)  # of servers; none: straight line
    born: dt.date = dt.date.min  # first day of its life

    def all_cost(self) -> int:
        return self.gross if self.gross >= 0 else self.cost

    def all_charged(self) -> int:
        return self.before + self.charged

    def keep(self, gone: int, of: int) -> None:
        """What is left when so many of so many are gone."""
        if self.gross >= 0:
            self.gross -= self.gross * gone // of
        charged = self.charged * gone // of
        self.before -= (self.before + self.charged) * gone // of - charged
        self.charged -= charged
        self.cost -= self.cost * gone // of
        self.salvage = self.salvage * (of - gone) // of

    def month(self, last: dt.date) -> int:
        days = max(min((last - self.start).days + 1, (self.end - self.start).days), 0)
        due = (self.cost - self.salvage) * days // max((self.end - self.start).days, 1)
        if self.course and days > 0:
            day = self.start + days * DAY
            part = part_of_rest(self.course, self.born, self.start, self.end, day)
            due = int((self.cost - self.salvage) * part)
        cost = due - self.charged
        self.charged = due
        return cost


CHARGE = {
    "servers": "depreciation_servers",
    "infrastructure": "depreciation_infrastructure",
    "other_equipment": "depreciation_other",
    "intangibles": "amortisation",
}


def price_of(gpu: Any, as_of: dt.date, d: dt.date) -> float:
    """What a GPU costs on a day [USD]: from month end to month end, within a month by its days."""
    g = gpu.hardware_inflation_per_year
    before = d if is_month_end(d) else d.replace(day=1) - DAY
    m = months_between(as_of, before)
    a = (1 + g) ** (m / 12)
    b = (1 + g) ** ((m + 1) / 12)
    share = 0.0 if is_month_end(d) else d.day / days_in_month(d)
    return float(gpu.capex_usd_per_gpu * (a + (b - a) * share))


class Plant:
    def __init__(self, op: Any) -> None:
        self.op = op
        self.sites = {name: Site(name, s, op) for name, s in op.spec.sites.items()}
        self.opening = leases.Opening(op)
        self.orders: list[Order] = []
        self.assets: list[Asset] = []
        self.used = dict.fromkeys(self.sites, 0)  # from fit-out on [uW]
        self.service = dict.fromkeys(self.sites, 0)  # [uW]
        self.let = dict.fromkeys(self.sites, 0)  # of that, to tenants [uW]
        self.gpu_days = 0  # of the month, in service
        self.put_in_service = 0  # of the month [cents]
        for c in op.contracts:
            for t in c.tranches:
                if t.live or t.spec.hardware.status == "in-service":
                    continue
                gpu = op.spec.gpus[t.gpu]
                for lot in t.lots:
                    uw = microwatts(gpu.it_kw_per_gpu) * lot.gpus
                    o = Order(t, lot, uw, t.gpu, t.site, lot.gpus, lot.after_service)
                    self.orders.append(o)
                self._on_the_way(t, [o for o in self.orders if o.tranche is t])
        self.orders.sort(key=lambda o: (o.tranche.spec.priority, o.lot.planned))
        stated = sorted(op.spec.orders.items(), key=lambda item: (item[1].date, item[0]))
        self.orders += [o for _, own in stated for o in self._for_nobody(own)]
        for o in self.orders:
            if o.placed:
                op.debts.promise(o, op.as_of)
        self.works = buildings_of(op)

    def _for_nobody(self, own: Any) -> list[Order]:
        """The lots of an order without a contract, cut and accepted as those of a tranche."""
        gpu = self.op.spec.gpus[own.gpu]
        size = exact(self.op.spec.operator.acceptance_lot_mw) * 1000
        count = int(-(-exact(gpu.it_kw_per_gpu) * own.gpus // size))
        wait, uw = gpu.acceptance.planned_days, microwatts(gpu.it_kw_per_gpu)
        lots = []
        for i in range(count):
            n = own.gpus // count + (1 if i < own.gpus % count else 0)
            after = nearest(Fraction(wait * (2 * i + 1), count))
            lots.append(Order(None, None, uw * n, own.gpu, own.site, n, after, stated=own))
        return lots

    def _on_the_way(self, t: Tranche, orders: list[Order]) -> None:
        """Hardware that was ordered or delivered by the as-of day, shared among lots by GPUs."""
        h, as_of = t.spec.hardware, self.op.as_of
        gpu = self.op.spec.gpus[t.gpu]
        if h.status not in ("ordered", "delivered"):
            return
        sizes = [o.gpus for o in orders]
        whole = h.cost_to_come_usd
        if h.status == "ordered" and whole is None:
            whole = t.gpus * gpu.capex_usd_per_gpu
        costs = running_shares(cents(whole or 0.0), sizes)
        before = running_shares(cents(h.deposit_usd or h.in_progress_usd), sizes)
        for o, cost, so_far in zip(orders, costs, before, strict=True):
            o.placed, o.cost = as_of, cost
            if h.status == "ordered":
                o.delivery, o.deposit = h.delivery, so_far
            else:
                o.delivered, o.to_come = as_of, cost
                o.cip = o.cip_before = so_far

    def day(self, d: dt.date, books: Books) -> None:
        for s in self.sites.values():
            s.day(d, books)
        for work in self.works:
            work.day(d, books)
        self.change_lives(d, books)
        for o in self.orders:
            t, lot = o.tranche, o.lot
            if o.placed is None and t and lot and d >= self.order_day(t) and o.is_wanted():
                if t.contract.spec.hardware_source == "shared":
                    o.take_off(claim(self.op, o, d))
                if o.gpus:
                    self._place(o, d, books)
            if o.stated and o.placed is None and d >= o.stated.date:
                self._place(o, d, books)
        self._replace(d, books)
        for o in self.orders:
            self._advance(o, d, books)
        for name, site in self.sites.items():
            site.uw_days_service += self.service[name]
            site.uw_days_let += self.let[name]
            site.stands(d, self.service[name], self.let[name])
            site.uw_days_energised += site.powered(d)
        pools = self.op.fleet.pools.values()
        self.gpu_days += sum(v.gpus for p in pools for v in p.vintages)

    def _advance(self, o: Order, d: dt.date, books: Books) -> None:
        if o.placed and not o.delivered and o.delivery and o.delivery <= d:
            self._deliver(o, d, books)
        fits = self.used[o.site] + o.uw <= self.sites[o.site].powered(d)
        if o.delivered and not o.fitted_from and fits:
            self.used[o.site] += o.uw
            o.fitted_from = d
        fitout = self.op.spec.gpus[o.gpu].fitout.planned_days * DAY
        if o.fitted_from and not o.service and d >= o.fitted_from + fitout:
            self._serve(o, d, books)
        if o.service and not o.accepted and d >= o.service + o.wait * DAY:
            o.accepted = o.vintage.accepted = True
            if o.lot:
                o.lot.accepted = d
                if o.lot.start is None and not o.lot.lost:
                    o.lot.aside = min(o.lot.aside + o.gpus, o.lot.gpus)
                else:
                    self.op.fleet.stands_in(o)
            elif not o.stated:
                self.op.fleet.joins(o, d)

    def in_construction(self) -> list[Order | Building]:
        """What may have cost in construction."""
        return [*self.orders, *self.works]

    def coming(self, p: Pool) -> int:
        """Replacements and spares that are on their way to a pool."""
        mine = [o for o in self.orders if not o.terms() and (o.gpu, o.site) == (p.gpu, p.site)]
        return sum(o.gpus for o in mine if not o.accepted)

    def for_nobody(self, p: Pool) -> int:
        """GPUs on their way to a pool whose tranche is lost."""
        mine = [o for o in self.orders if o.lot and o.lot.lost and o.placed and not o.accepted]
        return sum(o.gpus for o in mine if (o.gpu, o.site) == (p.gpu, p.site))

    def is_placed(self, lot: Lot) -> bool:
        """Whether the hardware of a lot is ordered, or there already."""
        return all(o.placed for o in self.orders if o.lot is lot)

    def change_lives(self, d: dt.date, books: Books) -> None:
        """From the day of a change on, what is not charged is spread over what is left."""
        for p in self.op.fleet.pools.values():
            change = self.op.spec.gpus[p.gpu].life_change
            if not change or change.date != d:
                continue
            for v in p.vintages:
                for a in v.servers:
                    cost = a.month(d - DAY)
                    books.add(**{CHARGE[a.line]: cost, a.line + "_acc": cost})
                    a.gross, a.before = a.all_cost(), a.all_charged()
                    a.cost, a.charged = a.gross - a.before, 0
                    a.start, a.end = d, years_later(v.service, change.years)

    def room(self, site: str, d: dt.date) -> int:
        """Power of a site that neither what stands there nor any order will take."""
        open_ = [o for o in self.orders if o.site == site and not o.fitted_from]
        coming = sum(o.uw for o in open_ if o.placed or o.stated or (o.lot and not o.lot.lost))
        return self.sites[site].powered(d) - self.used[site] - coming

    def _replace(self, d: dt.date, books: Books) -> None:
        """Replacements and spares that are wanted, on the day after a month's end."""
        if d.day > 1 or not self.op.months:
            return
        for p in list(self.op.fleet.pools.values()):
            wanted = self.op.fleet.wanted(p, d, self.coming(p))
            n = min(wanted, self.room(p.site, d) // p.uw)
            if n > 0:
                wait = self.op.spec.gpus[p.gpu].acceptance.planned_days
                o = Order(None, None, p.uw * n, p.gpu, p.site, n, wait)
                self.orders.append(o)
                self._place(o, d, books)

    def order_day(self, t: Tranche) -> dt.date:
        gpu = self.op.spec.gpus[t.gpu]
        back = t.lots[0].after_service + gpu.fitout.planned_days + gpu.lead.planned_days
        back += self.op.spec.operator.order_ahead_days
        return max(t.start - back * DAY, t.contract.spec.signed, self.op.as_of + DAY)

    def _place(self, o: Order, d: dt.date, books: Books) -> None:
        gpu = self.op.spec.gpus[o.gpu]
        o.placed = d
        o.delivery = d + gpu.lead.planned_days * DAY
        o.cost = round_half(o.gpus * price_of(gpu, self.op.as_of, d) * 100)
        o.deposit = round_half(o.cost * gpu.deposit_share)
        books.add(cash=-o.deposit, supplier_deposits=o.deposit, capex_cash=o.deposit)
        if o.terms():
            self.op.debts.promise(o, d)

    def _deliver(self, o: Order, d: dt.date, books: Books) -> None:
        op, gpu = self.op, self.op.spec.gpus[o.gpu]
        o.delivered = d
        o.cip = o.cost
        lent = op.debts.vendor_lends(o, d, books) if o.terms() else 0
        o.bill = o.cost - o.deposit - lent
        o.bill_due = d + gpu.payment_days * DAY
        books.add(
            construction_in_progress=o.cost, supplier_deposits=-o.deposit, payables_capex=o.bill
        )

    def pay_bills(self, d: dt.date, books: Books) -> None:
        for work in self.works:
            work.pay(d, books)
        for o in self.orders:
            if o.bill_due == d and o.bill:
                if o.terms():
                    self.op.debts.draw_for(o, d, books)
                o.bill = self.op.treasury.capex_bill(o.bill, d, books)
                if o.bill:
                    self.op.treasury.bills.append(o)

    def _serve(self, o: Order, d: dt.date, books: Books) -> None:
        gpu = self.op.spec.gpus[o.gpu]
        if o.to_come:
            lent = self.op.debts.vendor_lends(o, d, books)
            o.bill = o.to_come - lent
            o.bill_due = d + gpu.payment_days * DAY
            o.cip += o.to_come
            books.add(construction_in_progress=o.to_come, payables_capex=o.bill)
        o.service = d
        self.service[o.site] += o.uw
        infra = round_half(o.cip * gpu.infrastructure_share)
        servers = o.cip - infra
        books.add(construction_in_progress=-o.cip, servers=servers, infrastructure=infra)
        self.op.tax.placed(o.cip, d)
        self.put_in_service += o.cip
        o.cip = 0
        change = gpu.life_change
        book = change.years if change and change.date <= d else gpu.book_life_years
        for line, cost, salvage, life in (
            ("servers", servers, round_half(servers * gpu.salvage_share), book),
            ("infrastructure", infra, 0, gpu.infrastructure_life_years),
        ):
            asset = Asset(line, cost, salvage, d, years_later(d, life))
            asset.retires = line == "infrastructure"
            asset.born = d
            asset.course = course_of(gpu) if line == "servers" else []
            o.assets.append(asset)
            self.assets.append(asset)
        life = gpu.economic_life_years or gpu.book_life_years
        pool = self.op.fleet.pool(o.gpu, o.site)
        o.vintage = Vintage(pool, o.gpus, d, years_later(d, life), [o.assets[0]])
        o.vintage.row = self.orders.index(o)
        pool.vintages.append(o.vintage)

    def capitalise(
        self,
        amount: int,
        weights: list[tuple[Order | Building, float]],
        last: dt.date,
        books: Books,
    ) -> None:
        """Interest into orders, by half of what each had in construction at start and end."""
        total = sum(w for _, w in weights)
        left = amount
        for k, (o, w) in enumerate(weights):
            part = left if k == len(weights) - 1 else round_half(amount * w / total)
            left -= part
            o.capitalised += part
            if o.service is None:
                o.cip += part
                books.add(construction_in_progress=part)
                continue
            o.late_interest = True
            cost = sum(a.cost for a in o.assets) or 1
            rest = part
            for j, a in enumerate(list(o.assets)):
                share = rest if j == len(o.assets) - 1 else round_half(part * a.cost / cost)
                rest -= share
                books.add(**{a.line: share})
                hardware = isinstance(o, Order) and a.line == "servers"
                keep = self.op.spec.gpus[o.gpu].salvage_share if hardware else 0
                kept = round_half(share * keep)
                late = Asset(a.line, share, kept, last + DAY, a.end)
                late.retires = a.retires
                late.course, late.born = a.course, a.born
                self.assets.append(late)
                if isinstance(o, Order) and a.line == "servers":
                    o.vintage.servers.append(late)
                    o.vintage.late = last
            if isinstance(o, Building):
                o.assets.append(late)
                o.for_tax(part, last)
            else:
                self.op.tax.placed(part, last)

    def remove(self, assets: list[Asset], gone: int, of: int, d: dt.date, books: Books) -> int:
        """Part of the assets leaves the books on a day: the book value of that part."""
        value = 0
        for a in assets:
            cost = a.month(d - DAY)
            books.add(**{CHARGE[a.line]: cost, a.line + "_acc": cost})
            gross, charged = (
                a.all_cost() * gone // of,
                a.all_charged() * gone // of,
            )
            books.add(**{a.line: -gross, a.line + "_acc": -charged})
            value += gross - charged
            a.keep(gone, of)
        return value

    def rent_paid(self, amount: int, books: Books) -> None:
        books.add(lease_liabilities=-amount, cash=-amount, cash_for_rent=-amount)

    def leaves(self, site: str, uw: int) -> None:
        self.used[site] -= uw
        self.service[site] -= uw

    def depreciate(self, last: dt.date, books: Books) -> None:
        for a in self.assets:
            cost = a.month(last)
            books.add(**{CHARGE[a.line]: cost, a.line + "_acc": cost})
            if a.retires and a.end <= last:
                a.retires = False
                lost = a.all_cost() - a.all_charged()
                books.add(**{a.line: -a.all_cost(), a.line + "_acc": -a.all_charged()})
                books.add(disposal_gain=-lost, loss_on_retirement=lost, book_value_gone=lost)
