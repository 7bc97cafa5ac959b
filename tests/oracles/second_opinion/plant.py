"""Plant: sites and their leases, orders, hardware in service."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tests.oracles.second_opinion.books import Books, round_half
from tests.oracles.second_opinion.contracts import Lot, Tranche
from tests.oracles.second_opinion.days import (
    DAY,
    add_months,
    days_in_month,
    is_month_end,
    month_end,
    months_between,
    nearest,
    years_later,
)


@dataclass
class Phase:
    kw: Fraction
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


class Site:
    def __init__(self, name: str, spec: Any, op: Any) -> None:
        self.name, self.spec, self.op = name, spec, op
        self.phases = [
            Phase(Fraction(str(p.it_mw)) * 1000, p.ready, p.powered, p.ready <= op.as_of, self)
            for p in sorted(spec.phases, key=lambda p: p.ready)
        ]
        self.kw_days_service = Fraction(0)
        self.kw_days_energised = Fraction(0)

    def powered_kw(self, d: dt.date) -> Fraction:
        return sum((p.kw for p in self.phases if p.powered <= d), Fraction(0))

    def day(self, d: dt.date, books: Books) -> None:
        for p in self.phases:
            if p.ready == d and not p.in_use and self.spec.kind == "leased-shell":
                self._lease(p, d, books)

    def _lease(self, p: Phase, d: dt.date, books: Books) -> None:
        s = self.spec
        count = round(s.lease_years * 12)
        p.end = years_later(d, s.lease_years)
        p.days = (p.end - d).days
        at = month_end(d) if d.day == 1 else month_end(add_months(d.replace(day=1), 1))
        step = 1 + Fraction(str(s.rent_escalator))
        rent = nearest(p.kw * Fraction(str(s.rent_usd_per_kw_month)) * 100)
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
            if p.ready > last:
                continue
            days = (last - max(p.ready - DAY, last.replace(day=1) - DAY)).days
            share = Fraction(days, n)
            staff = round_half(float(p.kw * Fraction(str(s.staff_usd_per_kw_month)) * share * 100))
            books.add(staff=staff)
            later += staff
            variable = Fraction(0)
            variable += Fraction(str(s.variable_rent_usd_per_kw_month)) * share * p.kw
            if s.kind == "colocation":
                variable += self._colocation(p, last)
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
        while d <= last:
            years = 0
            while add_months(p.ready, 12 * (years + 1)) <= d:
                years += 1
            rate = (
                Fraction(str(s.rent_usd_per_kw_month))
                * (1 + Fraction(str(s.rent_escalator))) ** years
            )
            total += rate * p.kw / days_in_month(last)
            d += DAY
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

    def _power(self, last: dt.date, books: Books) -> int:
        s, n = self.spec, days_in_month(last)
        floor = self.kw_days_energised * Fraction(str(s.minimum_take))
        used = self.kw_days_service
        pue = Fraction(str(s.pue))
        energy = max(used * Fraction(str(s.load_factor)), floor) * pue * 24
        demand = max(used, floor) / n * pue
        usd = energy * Fraction(str(s.tariff_usd_per_kwh))
        usd += demand * Fraction(str(s.grid_charge_usd_per_kw_month))
        cost = round_half(float(usd * 100))
        self.kw_days_service = self.kw_days_energised = Fraction(0)
        books.add(power=cost)
        return cost


@dataclass
class Order:
    tranche: Tranche
    lot: Lot
    kw: Fraction
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
    assets: list[Asset] = field(default_factory=list)


@dataclass
class Asset:
    """Cost that is charged straight line by the day."""

    line: str  # servers, infrastructure, other_equipment, intangibles
    cost: int
    salvage: int
    start: dt.date  # first day charged
    end: dt.date  # first day no more charged
    charged: int = 0
    gross: int = -1  # in the books, where not the cost
    before: int = 0  # charged before the as-of day
    retires: bool = False  # leaves the books when its life is over

    def month(self, last: dt.date) -> int:
        days = max(min((last - self.start).days + 1, (self.end - self.start).days), 0)
        due = (self.cost - self.salvage) * days // max((self.end - self.start).days, 1)
        cost = due - self.charged
        self.charged = due
        return cost


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
        self.orders: list[Order] = []
        self.assets: list[Asset] = []
        self.used_kw: dict[str, Fraction] = dict.fromkeys(self.sites, Fraction(0))
        self.service_kw: dict[str, Fraction] = dict.fromkeys(self.sites, Fraction(0))
        for c in op.contracts:
            for t in c.tranches:
                if t.live or t.spec.hardware.status == "in-service":
                    continue
                gpu = op.spec.gpus[t.gpu]
                for lot in t.lots:
                    kw = Fraction(str(gpu.it_kw_per_gpu)) * lot.gpus
                    self.orders.append(Order(t, lot, kw))
        self.orders.sort(key=lambda o: (o.tranche.spec.priority, o.lot.planned))

    def day(self, d: dt.date, books: Books) -> None:
        op = self.op
        for s in self.sites.values():
            s.day(d, books)
        for o in self.orders:
            t = o.tranche
            gpu = op.spec.gpus[t.gpu]
            if o.placed is None and d >= self.order_day(t):
                self._place(o, d, books)
            if o.placed and not o.delivered and o.delivery <= d:
                self._deliver(o, d, books)
            if o.delivered and not o.fitted_from:
                site = self.sites[t.site]
                if self.used_kw[t.site] + o.kw <= site.powered_kw(d):
                    self.used_kw[t.site] += o.kw
                    o.fitted_from = d
            if (
                o.fitted_from
                and not o.service
                and d >= o.fitted_from + gpu.fitout.planned_days * DAY
            ):
                self._serve(o, d, books)
            if o.service:
                lot = o.lot
                if lot.accepted is None and d >= o.service + lot.after_service * DAY:
                    lot.accepted = d
        for name, site in self.sites.items():
            site.kw_days_service += self.service_kw[name]
            site.kw_days_energised += site.powered_kw(d)

    def order_day(self, t: Tranche) -> dt.date:
        gpu = self.op.spec.gpus[t.gpu]
        back = t.lots[0].after_service + gpu.fitout.planned_days + gpu.lead.planned_days
        back += self.op.spec.operator.order_ahead_days
        return max(t.start - back * DAY, t.contract.spec.signed, self.op.as_of + DAY)

    def _place(self, o: Order, d: dt.date, books: Books) -> None:
        gpu = self.op.spec.gpus[o.tranche.gpu]
        o.placed = d
        o.delivery = d + gpu.lead.planned_days * DAY
        o.cost = round_half(o.lot.gpus * price_of(gpu, self.op.as_of, d) * 100)
        o.deposit = round_half(o.cost * gpu.deposit_share)
        books.add(cash=-o.deposit, supplier_deposits=o.deposit, capex_cash=o.deposit)
        self.op.debts.promise(o, d)

    def _deliver(self, o: Order, d: dt.date, books: Books) -> None:
        op, gpu = self.op, self.op.spec.gpus[o.tranche.gpu]
        o.delivered = d
        o.cip = o.cost
        lent = op.debts.vendor_lends(o, d, books)
        o.bill = o.cost - o.deposit - lent
        o.bill_due = d + gpu.payment_days * DAY
        books.add(
            construction_in_progress=o.cost, supplier_deposits=-o.deposit, payables_capex=o.bill
        )

    def pay_bills(self, d: dt.date, books: Books) -> None:
        for o in self.orders:
            if o.bill_due == d and o.bill:
                self.op.debts.draw_for(o, d, books)
                books.add(cash=-o.bill, payables_capex=-o.bill, capex_cash=o.bill)
                o.bill = 0

    def _serve(self, o: Order, d: dt.date, books: Books) -> None:
        gpu = self.op.spec.gpus[o.tranche.gpu]
        o.service = d
        self.service_kw[o.tranche.site] += o.kw
        infra = round_half(o.cip * gpu.infrastructure_share)
        servers = o.cip - infra
        books.add(construction_in_progress=-o.cip, servers=servers, infrastructure=infra)
        self.op.tax.placed(o.cip, d)
        o.cip = 0
        for line, cost, salvage, life in (
            ("servers", servers, round_half(servers * gpu.salvage_share), gpu.book_life_years),
            ("infrastructure", infra, 0, gpu.infrastructure_life_years),
        ):
            asset = Asset(line, cost, salvage, d, years_later(d, life))
            o.assets.append(asset)
            self.assets.append(asset)

    def capitalise(
        self, amount: int, weights: list[tuple[Order, float]], last: dt.date, books: Books
    ) -> None:
        """Interest into orders, by half of what each had in construction at start and end."""
        total = sum(w for _, w in weights)
        left = amount
        for k, (o, w) in enumerate(weights):
            part = left if k == len(weights) - 1 else round_half(amount * w / total)
            left -= part
            if o.service is None:
                o.cip += part
                books.add(construction_in_progress=part)
                continue
            cost = sum(a.cost for a in o.assets) or 1
            rest = part
            for j, a in enumerate(list(o.assets)):
                share = rest if j == len(o.assets) - 1 else round_half(part * a.cost / cost)
                rest -= share
                books.add(**{a.line: share})
                keep = self.op.spec.gpus[o.tranche.gpu].salvage_share if a.line == "servers" else 0
                kept = round_half(share * keep)
                self.assets.append(Asset(a.line, share, kept, last + DAY, a.end))
            self.op.tax.placed(part, last)

    def depreciate(self, last: dt.date, books: Books) -> None:
        name = {
            "servers": "depreciation_servers",
            "infrastructure": "depreciation_infrastructure",
            "other_equipment": "depreciation_other",
            "intangibles": "amortisation",
        }
        for a in self.assets:
            cost = a.month(last)
            books.add(**{name[a.line]: cost, a.line + "_acc": cost})
            if a.retires and a.end <= last:
                a.retires = False
                lost = a.gross - a.before - a.charged
                books.add(**{a.line: -a.gross, a.line + "_acc": -a.before - a.charged})
                books.add(other_income=-lost, loss_on_retirement=lost)
