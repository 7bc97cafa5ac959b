"""The operator, day by day."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Collection
from fractions import Fraction
from typing import Any

from tests.oracles.second_opinion import buildings, dated, leases, loan_life
from tests.oracles.second_opinion.books import Books, cents, round_half
from tests.oracles.second_opinion.contracts import Contract
from tests.oracles.second_opinion.covenants import Cover, test_all
from tests.oracles.second_opinion.days import (
    DAY,
    MICROWATTS,
    base_rate,
    is_month_end,
    microwatts,
    years_later,
)
from tests.oracles.second_opinion.debt import Debts
from tests.oracles.second_opinion.endings import cheaper_elsewhere, endings
from tests.oracles.second_opinion.fleet import Fleet, hand_on, start_on_loose
from tests.oracles.second_opinion.impairment import impair
from tests.oracles.second_opinion.market import Market
from tests.oracles.second_opinion.plant import Asset, Plant
from tests.oracles.second_opinion.tax import Tax
from tests.oracles.second_opinion.tenants import LET, Tenancy, first_come
from tests.oracles.second_opinion.treasury import Treasury


class MetError(Exception):
    """A known fault of gpusim bears on this operator."""


class Operator:
    def __init__(self, spec: Any, spared: Collection[str] = ()) -> None:
        self.spec = spec
        self.spared = spared  # faults to stop at, by their name in known.KNOWN
        self.as_of: dt.date = spec.model.as_of
        self.curve = [(p.date, p.rate) for p in spec.rates.curve]
        self.books = Books()
        self.incurred = self.coupons = self.fees = self.amortised = 0
        self.repaid_principal = 0
        self.after_balance: list[int] = []
        self.earned_without_tax = 0
        self.unpaid_capitalised = 0
        self.interest_days = 0
        self.months = 0
        self.treasury = Treasury(self)
        self.cover = Cover()
        self.prepaid = 0  # paid by customers in the month
        self.market = Market(self)
        self.fleet = Fleet(self)
        signed = spec.contracts.items()
        self.contracts = [Contract(n, c, self) for n, c in signed if c.kind != LET]
        self.debts = Debts(self)
        self.tax = Tax(self)
        self.plant = Plant(self)
        self.tenants = [Tenancy(n, c, self) for n, c in signed if c.kind == LET]
        self._open()
        self.fleet.set_spares_aside()
        self.tax.open()
        self.debts.new_month()

    def meet(self, fault: str) -> None:
        """Here gpusim is known to be wrong."""
        if fault in self.spared:
            raise MetError(fault)

    def base(self, d: dt.date) -> float:
        return base_rate(self.curve, d)

    def _open(self) -> None:
        b, s = self.spec.balance, self.books.stock
        for name in [
            "cash",
            "restricted_cash",
            "marketable_securities",
            "receivables",
            "prepaid_and_other_current",
            "supplier_deposits",
            "construction_in_progress",
            "goodwill",
            "lease_assets",
            "other_noncurrent_assets",
            "payables_operating",
            "payables_capex",
            "accrued_interest",
            "tax_payable",
            "deferred_revenue",
            "customer_liabilities",
            "lease_liabilities",
            "loans",
            "notes",
            "convertibles",
            "revolver",
            "vendor_debt",
            "finance_leases",
            "debt_discount",
            "deferred_tax",
            "other_liabilities",
            "paid_in_capital",
            "accumulated_deficit",
        ]:
            s[name] = cents(getattr(b, name + "_usd"))
        if new := self.spec.opening_equity:
            came = cents(new.amount_usd) - cents(new.costs_usd)
            s["cash"] += came
            s["paid_in_capital"] += came
        for name in ("servers", "infrastructure", "other_equipment", "intangibles"):
            s[name] = cents(getattr(b, name + "_gross_usd"))
            s[name + "_acc"] = cents(getattr(b, name + "_accumulated_usd"))
        self.books.before = dict(s)
        for a in self.spec.assets.values():
            line = a.category.replace("-", "_")
            start = self.as_of + DAY
            rest = cents(a.gross_usd) - cents(a.accumulated_usd)
            end = years_later(start, a.remaining_life_years)
            asset = Asset(line, rest, cents(a.salvage_usd), start, end)
            asset.gross, asset.before = cents(a.gross_usd), cents(a.accumulated_usd)
            asset.retires = not a.gpus
            self.plant.assets.append(asset)
            if a.gpus:
                uw = microwatts(self.spec.gpus[a.gpu].it_kw_per_gpu) * a.gpus
                self.plant.used[a.site] += uw
                self.plant.service[a.site] += uw
                self.fleet.opening(a, asset)

    def run(self) -> list[tuple[str, dict[str, int]]]:
        out = []
        d = self.as_of
        n = 3 * self.spec.model.quarters
        while len(out) < n:
            d += DAY
            self.day(d)
            if is_month_end(d):
                self.month_end(d)
                worth = {"building_value": buildings.in_use(self, d)}
                out.append((f"{d:%Y-%m}", self.books.close() | self.covers() | worth))
                self.months += 1
        return out

    def covers(self) -> dict[str, int]:
        """Of each loan that owes, what is to come by its maturity, and in all [cents]."""
        out = {}
        for f in self.debts.facilities.values():
            if f.to_come and f.principal():
                out[f"llcr.{f.name}"] = round_half(f.to_come.life)
                out[f"plcr.{f.name}"] = round_half(f.to_come.project)
        return out

    def day(self, d: dt.date) -> None:
        books = self.books
        self.equity(d)
        for f in self.debts.in_order():
            f.begin_day(d, books)
        for site in self.plant.sites.values():
            leases.go_back(site, d)
        self.fleet.begin_day(d, books)
        for c in self.contracts:
            c.day(d, books)
        for inv in self.spec.receivables.invoices:
            if max(inv.due, self.as_of + DAY) == d:
                x = cents(inv.amount_usd)
                books.add(cash=x, receivables=-x, cash_from_customers=x)
                self.prepaid += x if inv.prepayment else 0
        for tenant in self.tenants:
            tenant.day(d, books)
            tenant.ends(d)
        for c in self.contracts:
            endings(c, d)
        self.fleet.ends(d, books)
        for pool in self.fleet.pools.values():
            hand_on(pool)
        waiting = first_come(self.tenants)
        for tenant, room in waiting:
            if room.planned < d:
                tenant.starts(d, room)
        self.plant.day(d, books)
        for tenant, room in waiting:
            there = room.live
            tenant.starts(d, room)
            if room.live and not there:  # its first day counts too
                self.plant.sites[room.site].uw_days_service += room.uw
                self.plant.sites[room.site].uw_days_let += room.uw
                self.plant.sites[room.site].stands(d, room.uw, room.uw)
        for pool in self.fleet.pools.values():
            hand_on(pool)
            start_on_loose(pool, d)
        for c in self.contracts:
            c.starts(d)
        self.debts.between(d, books)
        self.plant.pay_bills(d, books)
        for bill in self.spec.payables.capex:
            if max(bill.due, self.as_of + DAY) == d:
                left = self.treasury.capex_bill(cents(bill.amount_usd), d, books)
                self.treasury.capex_due += left
        self.fleet.end_day(d)
        self.interest_days += books.stock["cash"] + books.stock["restricted_cash"]

    def equity(self, d: dt.date) -> None:
        for e in self.spec.equity.values():
            if e.date == d:
                x = cents(e.amount_usd) - cents(e.costs_usd)
                self.books.add(cash=x, equity_raised=x, paid_in_capital=x)

    def month_end(self, last: dt.date) -> None:
        books, op = self.books, self.spec.operator
        cip_open = {id(o): o.cip_before for o in self.plant.in_construction()}
        revenue = credited = taxed = billing = 0
        self.fleet.deliver(last)
        for c in self.contracts:
            r, cr, tx = c.month(last, books)
            revenue += r
            billing += r > 0
            credited += cr
            taxed += tx
        for tenant in self.tenants:
            billing += tenant.month(last, books) > 0
        sold = self.fleet.on_demand(last, books)  # paid at the month's end, in that day's balance
        books.add(cash=sold, cash_from_customers=sold)
        self.interest_days += sold
        for x in self.after_balance:  # paid on the day: in that day's balance
            books.add(cash=x, receivables=-x, cash_from_customers=x)
            self.interest_days += x
        self.after_balance = []
        costs, rent_now = 0, self.plant.opening.month(last, books)
        kw_days = Fraction(sum(s.uw_days_service for s in self.plant.sites.values()), MICROWATTS)
        for s in self.plant.sites.values():
            later, now = s.month(last, books)
            costs += later
            rent_now += now
        loan_life.month(self, costs + rent_now)
        total_revenue = books.flow.get("revenue_committed", 0) + books.flow.get(
            "revenue_on_demand", 0
        )
        total_revenue += books.flow.get("revenue_recharged", 0)
        costs += self.overheads(last, total_revenue, kw_days, billing)
        # interest
        self.debts.incur(last, books)
        self.capitalise(last, cip_open)
        self.plant.depreciate(last, books)
        self.fleet.fail(last, books)
        impair(self, last, books)
        rate = max(self.base(last) + op.cash_yield_margin, 0.0)
        earned = round_half(self.interest_days * rate / 365)
        self.interest_days = 0
        books.add(interest_income=earned, cash=earned, cash_interest_received=earned)
        self.income_tax(last, credited, taxed)
        # waterfall
        money = self.treasury
        money.operating.append((self.months + op.payables_months, costs))
        books.add(payables_operating=costs)
        money.operating_due += sum(x for m, x in money.operating if m == self.months)
        for bill in self.spec.payables.operating:
            if bill.due.year * 12 + bill.due.month == last.year * 12 + last.month or (
                bill.due <= self.as_of and self.months == 0
            ):
                money.operating_due += cents(bill.amount_usd)
        money.rent_due += rent_now
        books.add(lease_liabilities=rent_now)  # until it is paid
        before = self.amortised
        money.month_end(last, books)
        service = sum(f.service for f in self.debts.facilities.values())
        self.cover.month(books, self.prepaid, service)
        self.prepaid = 0
        for f in self.debts.facilities.values():
            f.service = 0
            f.to_come = loan_life.to_come(f, last) if last.month % 3 == 0 else None
        test_all(self, last, books)
        if self.amortised > before:  # written off by the payments of the day
            self.tax.after(last, self.amortised - before, books)
        self.debts.new_month()
        for c in self.contracts:
            cheaper_elsewhere(c, last)
        for o in self.plant.in_construction():
            o.cip_before = o.cip
        self.incurred = self.coupons = self.fees = self.amortised = 0

    def capitalise(self, last: dt.date, cip_open: dict[int, int]) -> None:
        principal = self.debts.open_principal(last)
        if not principal:
            return
        own = self.spec.operator
        built = []  # hardware, then buildings: who shares an amount, and how large it may be
        for things, share in (
            (self.plant.orders, own.capitalised_interest_share),
            (self.plant.works, own.buildings_interest_share),
        ):
            weights = [(o, (cip_open[id(o)] + o.cip) / 2) for o in things]
            weights = [(o, w) for o, w in weights if w]
            average = sum(w for _, w in weights)
            built.append((weights, round_half(share * average * self.incurred / principal)))
        whole = sum(amount for _, amount in built)
        if whole > self.incurred:
            buildings = self.incurred * built[1][1] // whole
            capped = (self.incurred - buildings, buildings)
            built = [(weights, amount) for (weights, _), amount in zip(built, capped, strict=True)]
        for weights, amount in built:
            if amount > 0:
                self.books.add(interest_capitalised=amount)
                self.unpaid_capitalised += amount
                self.plant.capitalise(amount, weights, last, self.books)

    def overheads(self, last: dt.date, revenue: int, kw_days: Fraction, billing: int) -> int:
        total = 0
        n = calendar.monthrange(last.year, last.month)[1]
        hardware = self.books.stock["servers"] + self.books.stock["infrastructure"]
        hardware -= sum(  # their life is over by now, and they leave the books with its last charge
            a.all_cost()
            for a in self.plant.assets
            if a.retires and a.end <= last and a.line in ("servers", "infrastructure")
        )
        before = self.books.before
        net = sum(before[x] - before[x + "_acc"] for x in ("servers", "infrastructure"))
        net += self.plant.put_in_service
        self.plant.put_in_service = 0
        gpus = Fraction(self.plant.gpu_days, n)
        self.plant.gpu_days = 0
        went_by = {  # in cents where the rate is a share, in cents per USD where it is USD
            "revenue_share": revenue,
            "usd_per_kw_month": kw_days / n * 100,
            "hardware_cost_share_per_year": Fraction(hardware, 12),
            "usd_per_gpu_year": gpus / 12 * 100,
            "book_value_share_per_year": Fraction(net, 12),
            "usd_per_contract_month": billing * 100,
        }
        for o in self.spec.overheads.values():
            usd = dated.fixed(o, last, self.as_of) * 100
            usd += sum(float(dated.rate(o, key, last) * amount) for key, amount in went_by.items())
            whole = round_half(usd + dated.one_offs(o, last, self.as_of))
            shares = round_half(whole * o.stock_share)
            self.books.add(
                **{"overhead_" + o.line: whole},
                stock_compensation=shares,
                paid_in_capital=shares,
            )
            total += whole - shares
        return total

    def income_tax(self, last: dt.date, credited: int, taxed: int) -> None:
        f = self.books.flow
        line_net = self._pretax()
        share = self.spec.tax.advance_payment_share
        beside = -share * taxed
        ends = self.spec.model.fiscal_year_ends
        year = dated.fiscal_year(last, ends)
        if last.month == ends:
            for c in self.contracts:
                for a in c.ahead:
                    over = a.taxed_year is not None and a.taxed_year <= year
                    if over and not a.taxed:
                        a.taxed = True
                        beside += share * a.left
        beside += f.get("accretion", 0) - self.earned_without_tax
        self.earned_without_tax = 0
        book = (
            f.get("depreciation_servers", 0)
            + f.get("depreciation_infrastructure", 0)
            + f.get("depreciation_other", 0)
            + f.get("amortisation", 0)
            + f.get("impairment", 0)
            + f.get("book_value_gone", 0)
        )
        net = self.coupons + self.fees + self.amortised - f.get("interest_capitalised", 0)
        net -= f.get("interest_income", 0)
        self.tax.month(
            last,
            {"pretax": line_net, "book": book, "net_interest": net, "prepayments": beside},
            self.books,
        )

    def _pretax(self) -> int:
        from tests.oracles.second_opinion.books import statement

        return statement(self.books.stock, self.books.before, self.books.flow)["pretax_income"]


def bears(spec: Any, faults: Collection[str]) -> str:
    """The first of these faults of gpusim that bears on the operator, or nothing."""
    try:
        Operator(spec, faults).run()
    except MetError as met:
        return str(met)
    return ""


def months(spec: Any) -> list[tuple[str, dict[str, int]]]:
    """Every statement line of every month [cents]."""
    return Operator(spec).run()
