"""Own buildings to come: bills up to the handover, a loan's part, the life from then on, worth."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.oracles.second_opinion import dated
from tests.oracles.second_opinion.books import Books, cents, round_half
from tests.oracles.second_opinion.days import DAY, MICROWATTS, add_months, exact, years_later
from tests.oracles.second_opinion.tax import Basis

if TYPE_CHECKING:
    from tests.oracles.second_opinion.plant import Asset


@dataclass
class Bill:
    due: dt.date
    amount: int
    loan: int = 0  # promised


@dataclass
class Building:
    """What is built for one phase; in construction it is looked at as an order is."""

    op: Any
    site: str
    phase: Any
    terms: Any
    ready: dt.date
    cip: int
    cip_before: int
    bills: list[Bill]
    service: dt.date | None = None
    capitalised: int = 0
    late_interest: bool = False
    assets: list[Asset] = field(default_factory=list)

    def for_tax(self, cost: int, d: dt.date) -> None:
        """In equal parts over its own years, none of it at once."""
        self.op.tax.bases.append(Basis(cost, d, 0.0, self.terms.tax_life_years * 12))

    def carried(self, d: dt.date) -> int:
        """Cost less depreciation; what is billed while it is built [cents]."""
        if not self.service:
            return self.cip
        left = [a for a in self.assets if d < a.end - DAY]
        return sum(a.all_cost() - a.all_charged() for a in left)

    def worth(self, d: dt.date) -> int:
        """By the income of what is let of it, the rest by its cost [cents]."""
        cost, plant = self.carried(d), self.op.plant
        if not self.service or not cost or self.phase.powered > d:
            return cost
        powered = plant.sites[self.site].powered(d)
        part = Fraction(round(exact(self.phase.it_mw) * 1000 * MICROWATTS), powered)
        vacant = 1 - Fraction(plant.let[self.site], powered)
        income = max(let_income(self.op, self.site, d), Fraction(0)) * part
        return round_half(float(income * 100 / exact(self.terms.cap_rate) + vacant * cost))

    def day(self, d: dt.date, books: Books) -> None:
        """The handover, if it is today."""
        if d != self.ready:
            return
        from tests.oracles.second_opinion.plant import Asset

        self.service = d
        books.add(construction_in_progress=-self.cip, infrastructure=self.cip)
        asset = Asset("infrastructure", self.cip, 0, d, years_later(d, self.terms.life_years))
        asset.retires = True
        self.assets.append(asset)
        self.op.plant.assets.append(asset)
        self.op.plant.put_in_service += self.cip
        self.for_tax(self.cip, d)
        self.cip = 0

    def pay(self, d: dt.date, books: Books) -> None:
        """Bills of the day: cost in construction, its loan's part drawn, the rest from cash."""
        for bill in self.bills:
            if bill.due != d:
                continue
            self.cip += bill.amount
            books.add(construction_in_progress=bill.amount, payables_capex=bill.amount)
            if bill.loan:
                f = self.op.debts.facilities[self.terms.facility]
                f.promised -= bill.loan
                if f.is_open(d):
                    f.draw_for_bill(bill.loan, d, books)
            left = self.op.treasury.capex_bill(bill.amount, d, books)
            self.op.treasury.capex_due += left


def parts(phase: Any, as_of: dt.date) -> list[tuple[dt.date, int]]:
    """Days and amounts of the bills for a building [cents]."""
    own = phase.building
    days = [add_months(phase.ready, -n) - DAY for n in range(own.months)]
    days = sorted(day for day in days if day > as_of)
    left = cents(own.usd_per_mw * phase.it_mw) - cents(own.spent_usd)
    bills = []
    for n, day in enumerate(days if left else []):
        part = left // (len(days) - n)
        part += 1 if left % (len(days) - n) else 0
        bills.append((day, part))
        left -= part
    return bills


def still_billed(op: Any, loan: str) -> int:
    """What will be billed for buildings that a loan pays a part of [cents]."""
    phases = [phase for site in op.spec.sites.values() for phase in site.phases]
    built = [phase for phase in phases if phase.building and phase.building.facility == loan]
    return sum(amount for phase in built for _, amount in parts(phase, op.as_of))


def buildings_of(op: Any) -> list[Building]:
    """All that is built, with what loans promise of it on the as-of day."""
    found = []
    for site, spec in op.spec.sites.items():
        for phase in spec.phases:
            own = phase.building
            if own is None:
                continue
            spent = cents(own.spent_usd)
            bills = [Bill(day, part) for day, part in parts(phase, op.as_of)]
            found.append(Building(op, site, phase, own, phase.ready, spent, spent, bills))
    ahead = [(bill, b.terms) for b in found for bill in b.bills if b.terms.facility]
    for bill, terms in sorted(ahead, key=lambda pair: pair[0].due):
        f = op.debts.facilities[terms.facility]
        rate = f.spec.advance_rate
        share = f.of_cost(rate if terms.loan_share is None else min(terms.loan_share, rate))
        bill.loan = max(min(round_half(bill.amount * share), f.size - f.used() - f.promised), 0)
        f.promised += bill.loan
    return found


# what they are worth ---------------------------------------------------------------------


def let_income(op: Any, site: str, d: dt.date) -> Fraction:
    """Of a year, what tenants who have their power at a site that day leave [USD]."""
    spec, total = op.plant.sites[site].spec, Fraction(0)
    tariff, charge = (
        exact(dated.stated_on(spec, spec.tariff_steps, key, d)[0])
        for key in ("tariff_usd_per_kwh", "grid_charge_usd_per_kw_month")
    )
    load, least, pue = exact(spec.load_factor), exact(spec.minimum_take), exact(spec.pue)
    used = pue * (load * 730 * tariff + charge)
    power = pue * (max(load, least) * 730 * tariff + max(Fraction(1), least) * charge)
    others = exact(spec.staff_usd_per_kw_month) + exact(spec.variable_rent_usd_per_kw_month)
    for tenant in op.tenants:
        borne = power - used if tenant.spec.power == "passed-through" else power
        for room in tenant.rooms:
            if room.live and room.site == site:
                kw = Fraction(room.uw, MICROWATTS)
                total += 12 * kw * (price(room.terms[-1], d) - borne - others)
    return total


def price(term: Any, d: dt.date) -> Fraction:
    """Of the month of a term in which a day lies, or of the next that pays [USD per kW]."""
    month = 0
    while month + 1 < len(term.prices) and add_months(term.origin, month + 1) <= d:
        month += 1
    return next((own for own in term.prices[month:] if own > 0), Fraction(0))


def in_use(op: Any, d: dt.date) -> int:
    """What buildings in use that have a cap rate are worth [cents]."""
    works = [w for w in op.plant.works if w.terms.cap_rate is not None and w.service]
    return sum(w.worth(d) for w in works)


def to_lender(op: Any, loan: str, d: dt.date, market: bool) -> int:
    """What its lender counts the buildings as that a loan pays for [cents]."""
    works = [w for w in op.plant.works if w.terms.facility == loan]
    return sum(w.worth(d) if market else w.carried(d) for w in works)


# operators -------------------------------------------------------------------------------


def built(draw: Any) -> None:
    """Some halls to come of own sites are built, some on a loan that hardware may have too."""
    r = random.Random(f"{draw.seed}/buildings")
    loans = [name for name, debt in draw.tree["debt"].items() if lends(debt)]
    for site in draw.tree["sites"].values():
        for phase in site["phases"] if site["kind"] == "owned" else ():
            soon = phase["ready"] <= draw.as_of + DAY or "taken" in phase
            if soon or "building" in phase or r.random() < 0.3:
                continue
            cost = r.choice([900_000.0, 10_000_000.0, 11_234_567.89])
            phase["building"] = {
                "usd_per_mw": cost,
                "months": r.choice([1, 6, 12, 24]),
                "life_years": r.choice([1.5, 10, 25]),
                "tax_life_years": r.choice([0.5, 15, 39]),
            }
            if r.random() < 0.3:
                phase["building"]["spent_usd"] = round(cost * phase["it_mw"] / 3, 2)
            if loans and r.random() < 0.7:
                phase["building"]["facility"] = r.choice(loans)
                if r.random() < 0.5:
                    phase["building"]["loan_share"] = r.choice([0.3, 0.9])


def spent(tree: dict[str, Any]) -> float:
    """What of buildings is in construction on the as-of day [USD]."""
    phases = [phase for site in tree["sites"].values() for phase in site["phases"]]
    return round(sum(p.get("building", {}).get("spent_usd", 0.0) for p in phases), 2)


def lends(debt: dict[str, Any]) -> bool:
    """A loan that is drawn, and not sized on the value of GPUs."""
    return debt["kind"] == "delayed-draw" and "commitment_usd" in debt and "size_ltv" not in debt


def valued(draw: Any) -> None:
    """Most have a market value, and lenders test some that pay for nothing else."""
    r, t = random.Random(f"{draw.seed}/values"), draw.tree
    halls = [phase for site in t["sites"].values() for phase in site["phases"]]
    built = [phase["building"] for phase in halls if "building" in phase]
    for own in built:
        if r.random() < (0.95 if draw.layer == "let" else 0.7):
            own["cap_rate"] = r.choice([0.04, 0.065, 0.12])
    bought = [c for c in t["contracts"].values() if c.get("kind") != "colocation"]
    for thing in (bought, t.get("orders", {}).values(), t.get("payables", {}).get("capex", ())):
        others = {x.get("facility") for x in thing}
        built = [own for own in built if own.get("facility") not in others]
    for name in dict.fromkeys(own["facility"] for own in built if own.get("facility")):
        known = all("cap_rate" in own for own in built if own.get("facility") == name)
        if not known or r.random() < 0.2:
            continue
        if draw.layer == "let" and r.random() < 0.7:
            t["market"]["resale"] = {"rent_elasticity": 1.0, "residual_by_age": {"0": 0.8, "5": 0}}
        first = draw.as_of + r.randint(1, 500) * DAY
        tests = t["debt"][name].setdefault("covenants", {})
        tests["ltv"] = {"maximum": r.choice([0.3, 0.6, 0.9]), "from": first}
        if "resale" in t["market"]:
            tests["ltv_market"] = {"maximum": r.choice([0.2, 0.6, 1.1]), "from": first}
