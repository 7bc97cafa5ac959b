"""What no single table can see: names that refer to each other, dates against the as-of day, room.

`references` reads what was written, so it works beside other mistakes; `disagreements` needs a
scenario whose tables are all valid.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from typing import Any

from gpusim.economics.core.calendar import HOURS_PER_DAY
from gpusim.scenario import schema
from gpusim.scenario.language.calendar_periods import month_of, months_of
from gpusim.scenario.language.errors import dotted, listed, nearest, shown
from gpusim.scenario.language.fields import USD_LIMIT, KeyPath, Problem
from gpusim.scenario.reading.tree import Tree
from gpusim.scenario.scenario import Scenario
from gpusim.scenario.tables.assets import Asset
from gpusim.scenario.tables.balance import ties
from gpusim.scenario.tables.contracts import PROGRAMME, Contract
from gpusim.scenario.tables.gpus import Gpu
from gpusim.scenario.tables.lending.cost_base import interest_problems
from gpusim.scenario.tables.lending.covenants import Covenants
from gpusim.scenario.tables.lending.shares import HARDWARE_KINDS
from gpusim.scenario.tables.operator import Step, listing, with_steps
from gpusim.scenario.tables.plant.building import buildings_amiss
from gpusim.scenario.tables.sales.orders import orders_amiss
from gpusim.scenario.tables.sales.prices import mean_price
from gpusim.scenario.tables.sales.tenancies import TENANCY
from gpusim.scenario.tables.sales.tranches import Tranche
from gpusim.units_of_measure import add_months, cents_of, microwatts_of, mw_text

REFERENCES: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...] = (
    (("assets", "*", "gpu"), "gpus", ()),
    (("assets", "*", "site"), "sites", ()),
    (("contracts", "*", "gpu"), "gpus", ()),
    (("contracts", "*", "site"), "sites", ()),
    (("contracts", "*", "tranches", "*", "site"), "sites", ()),
    (("contracts", "*", "facility"), "debt", ("delayed-draw",)),
    (("contracts", "*", "vendor"), "debt", HARDWARE_KINDS),
    (("orders", "*", "gpu"), "gpus", ()),
    (("orders", "*", "site"), "sites", ()),
    (("orders", "*", "facility"), "debt", ("delayed-draw",)),
    (("orders", "*", "vendor"), "debt", HARDWARE_KINDS),
    (("segments", "*", "gpu"), "gpus", ()),
    (("levers", "build_gpu"), "gpus", ()),
    (("levers", "vendor"), "debt", HARDWARE_KINDS),
    (("payables", "capex", "*", "facility"), "debt", ("delayed-draw",)),
    (("sites", "*", "phases", "*", "building", "facility"), "debt", ("delayed-draw",)),
)
"""Which key names a table of which noun, and of which kinds where that matters."""


def references(tree: Tree) -> Iterator[Problem]:
    """Names that no table has; an empty one only where none is what the schema assumes."""
    for pattern, noun, kinds in REFERENCES:
        for path, name in _values(tree.values, pattern):
            if isinstance(name, str) and (name or schema.default_at(path) != ""):
                yield from _reference(tree, path, name, noun, kinds)
    if isinstance(tree.get(("debt", PROGRAMME)), dict):
        yield Problem(
            ("debt", PROGRAMME), f'"{PROGRAMME}"', "another name; this one means [programme]"
        )


def disagreements(s: Scenario) -> Iterator[Problem]:
    """Tables that are valid alone and wrong together."""
    yield from _dates(s)
    yield from _shares(s)
    yield from _sweeps(s)
    yield from _values_at_market(s)
    yield from _own_cover(s)
    yield from _sized_bills(s)
    yield from interest_problems(s)
    for name, contract in s.contracts.items():
        yield from _contract(s, name, contract)
    yield from orders_amiss(s)
    yield from buildings_amiss(s)
    yield from _fleet(s)
    yield from _room(s)
    yield from ties(s)


def _shares(s: Scenario) -> Iterator[Problem]:
    """New shares at a price take their part of the firm: of how many is known."""
    if s.opening_equity and not s.operator.shares_outstanding:
        yield Problem(
            ("operator", "shares_outstanding"),
            "0, and new shares are sold at opening_equity.price_usd_per_share",
            "the shares there are before them, of which the new ones take a part",
        )


def _sweeps(s: Scenario) -> Iterator[Problem]:
    """A sweep and a trap need their place in the waterfall."""
    terms: dict[KeyPath, Covenants | None] = {
        ("debt", name, "covenants"): debt.covenants for name, debt in s.debt.items()
    }
    if s.programme:
        terms["programme", "covenants"] = s.programme.covenants
    for path, covenants in terms.items():
        if covenants and covenants.sweep_share > 0:
            yield from _placed(s, (*path, "sweep_share"), "sweep", "0")
    for name, debt in s.debt.items():
        if debt.cash_sweep:
            yield from _placed(s, ("debt", name, "cash_sweep"), "sweep", "no cash_sweep")
        if debt.cash_trap:
            yield from _placed(s, ("debt", name, "cash_trap"), "trap", "no cash_trap")


def _placed(s: Scenario, path: KeyPath, step: Step, otherwise: str) -> Iterator[Problem]:
    """That a term has its step in the waterfall: if not, the list that has it."""
    stated = s.operator.waterfall
    if step not in stated:
        wanted = listing(with_steps(stated, [step]))
        expected = f"that step, as in waterfall = {wanted} in [operator], or {otherwise}"
        yield Problem(path, f'no step "{step}" in operator.waterfall, which it needs', expected)


def _values_at_market(s: Scenario) -> Iterator[Problem]:
    """A test on resale value needs a resale market."""
    if s.market.resale is not None:
        return
    terms: dict[KeyPath, Covenants | None] = {
        ("debt", name, "covenants"): debt.covenants for name, debt in s.debt.items()
    }
    if s.programme:
        terms["programme", "covenants"] = s.programme.covenants
    for path, covenants in terms.items():
        if covenants and covenants.ltv_market:
            yield Problem((*path, "ltv_market"), "a test", "[market.resale], or no such test")


def _own_cover(s: Scenario) -> Iterator[Problem]:
    """A loan tested on its own contracts finances some."""
    financed = {contract.facility for contract in s.contracts.values()}
    for name, debt in s.debt.items():
        test = debt.covenants.dscr if debt.covenants else None
        if test and test.scope == "facility" and name not in financed:
            yield Problem(
                ("debt", name, "covenants", "dscr", "scope"),
                "a test on its own contracts, and no contract names it as its facility",
                'scope = "operator", or a contract it finances',
            )
        for key, what in (("cash_sweep", "a sweep"), ("cash_trap", "a trap")):
            kept = getattr(debt, key)
            if kept and kept.scope == "facility" and name not in financed:
                yield Problem(
                    ("debt", name, key, "scope"),
                    f"{what} of its own contracts, and no contract names it as its facility",
                    'scope = "operator", or a contract it finances',
                )
        if debt.covenants and debt.covenants.llcr and name not in financed:
            yield Problem(
                ("debt", name, "covenants", "llcr"),
                "a test on its own contracts, and no contract names it as its facility",
                "a contract it finances, or no such test",
            )
        if not debt.recourse and name not in financed:
            yield Problem(("debt", name, "recourse"), "false, and it finances no contract", "true")
        if not debt.recourse and s.operator.forced_sale_share is None:
            yield Problem(
                ("operator", "forced_sale_share"),
                "nothing",
                f"what hardware fetches when the lender of {dotted(('debt', name))} takes it",
            )


def _sized_bills(s: Scenario) -> Iterator[Problem]:
    """A loan that is sized on its hardware pays for no other."""
    for k, bill in enumerate(s.payables.capex):
        debt = s.debt.get(bill.facility)
        if debt and (debt.size_dscr or debt.size_ltv):
            yield Problem(
                ("payables", "capex", k, "facility"),
                f'"{bill.facility}", which is sized on hardware bought in the run',
                "another loan, or one without size_dscr and size_ltv",
            )


def _reference(
    tree: Tree, path: KeyPath, name: str, noun: str, kinds: tuple[str, ...]
) -> Iterator[Problem]:
    tables = tree.get((noun,))
    tables = tables if isinstance(tables, dict) else {}
    if name == PROGRAMME and path[-1] == "facility" and path[0] == "contracts":
        if tree.get((PROGRAMME,)) is None:
            yield Problem(path, f'"{PROGRAMME}"', "a [programme] table, which the file lacks")
        return
    if name in tables and (not kinds or _kind(tables[name]) in kinds):
        return
    fitting = [n for n, t in tables.items() if not kinds or _kind(t) in kinds]
    of_kind = f" of kind {' or '.join(kinds)}" if kinds else ""
    if name not in tables:
        near = nearest(name, fitting)
        expected = f"the name of a [{noun}] table{of_kind}: {listed(fitting)}"
        yield Problem(path, shown(name), expected, near)
    else:
        yield Problem(
            path,
            f'"{name}", which is of kind {_kind(tables[name])}',
            f"a [{noun}] table{of_kind}: {listed(fitting)}",
        )


def _dates(s: Scenario) -> Iterator[Problem]:
    as_of = s.model.as_of
    future: list[tuple[KeyPath, dt.date]] = []
    future += [(("equity", n, "date"), e.date) for n, e in s.equity.items()]
    future += [(("debt", n, "maturity"), d.maturity) for n, d in s.debt.items()]
    future += [
        (("receivables", "invoices", k, "due"), i.due) for k, i in enumerate(s.receivables.invoices)
    ]
    for key, bills in (("operating", s.payables.operating), ("capex", s.payables.capex)):
        future += [(("payables", key, k, "due"), b.due) for k, b in enumerate(bills)]
    for path, date in future:
        yield from _after(path, date, as_of)
    tomorrow = as_of + dt.timedelta(days=1)
    first_year = tomorrow.year
    for name, debt in s.debt.items():
        if debt.upfront_fee and (debt.opens is None or debt.opens <= as_of):
            found = f"{debt.upfront_fee:g} of a loan that has closed"
            expected = f"opens after the as-of day, {as_of}, or 0: it is paid"
            yield Problem(("debt", name, "upfront_fee"), found, expected)
        for period in debt.opening.repayments if debt.opening else ():
            if months_of(period)[-1] < month_of(tomorrow):
                path = ("debt", name, "opening", "repayments", period)
                yield Problem(path, f"principal in {period}", f"periods from {tomorrow} on")
    for year in s.leases.payments:
        if year != "after" and int(year) < first_year:
            yield Problem(
                ("leases", "payments", year), f"payments in {year}", f"years from {first_year} on"
            )


def _contract(s: Scenario, name: str, contract: Contract) -> Iterator[Problem]:
    as_of, at = s.model.as_of, ("contracts", name)
    if contract.prepayment and contract.prepayment.due:
        yield from _after((*at, "prepayment", "due"), contract.prepayment.due, as_of)
    if contract.opening:
        if contract.opening.credited_to:
            yield from _after((*at, "opening", "credited_to"), contract.opening.credited_to, as_of)
        received = contract.opening.received
        if received and received > as_of:
            found, wanted = received.isoformat(), f"the as-of day, {as_of}, or a day before it"
            yield Problem((*at, "opening", "received"), found, wanted)
    own = s.gpus.get(contract.gpu)
    if contract.price_index and own and own.on_demand_usd_per_gpu_hour <= 0:
        found = f"an index of {contract.gpu}, which has no rental price"
        wanted = f"gpus.{contract.gpu}.on_demand_usd_per_gpu_hour above 0, or no price_index"
        yield Problem((*at, "price_index"), found, wanted)
    for k, tranche in enumerate(contract.tranches):
        place: KeyPath = (*at, "tranches", k)
        yield from _tranche(as_of, place, contract, tranche)
        gpu = s.gpus.get(contract.gpu)
        yield from _deposit(place, tranche, gpu)
        term = tranche.term_months or contract.term_months
        hours = (add_months(tranche.start, term) - tranche.start).days * HOURS_PER_DAY
        value = tranche.gpus * hours * mean_price(contract, term)
        let = (tranche.it_kw or 0.0) * term * mean_price(contract, term)
        if let > USD_LIMIT:
            found, most = f"kW worth USD {let:,.0f}", f"at most USD {USD_LIMIT:,.0f} a tranche"
            yield Problem((*place, "it_kw"), found, most)
        cost = tranche.gpus * (gpu.capex_usd_per_gpu if gpu else 0.0)
        if max(value, cost) > USD_LIMIT:
            yield Problem(
                (*place, "gpus"),
                f"{tranche.gpus} GPUs worth or costing USD {max(value, cost):,.0f}",
                f"at most USD {USD_LIMIT:,.0f} a tranche",
            )


def _tranche(
    as_of: dt.date, at: KeyPath, contract: Contract, tranche: Tranche
) -> Iterator[Problem]:
    hardware = tranche.hardware
    if hardware.delivery:
        yield from _after((*at, "hardware", "delivery"), hardware.delivery, as_of)
    if tranche.start > as_of:
        return
    end = add_months(tranche.start, tranche.term_months or contract.term_months)
    if end <= as_of:
        yield Problem(
            (*at, "start"), f"a term that ended on {end}", f"a term that runs past {as_of}"
        )
    if contract.kind == "take-or-pay" and hardware.status != "in-service":
        yield Problem(
            (*at, "start"),
            f"{tranche.start} with hardware that is {hardware.status}",
            f'a start after {as_of}, or hardware = {{ status = "in-service" }}',
        )


def _deposit(at: KeyPath, tranche: Tranche, gpu: Gpu | None) -> Iterator[Problem]:
    """No deposit is above the cost that it is a part of."""
    paid = tranche.hardware.deposit_usd
    if gpu is None or not paid:
        return
    cost = tranche.cost_to_come(gpu.capex_usd_per_gpu)
    if cents_of(paid) > cents_of(cost):
        yield Problem(
            (*at, "hardware", "deposit_usd"),
            f"USD {paid:,.2f} paid of hardware that costs USD {cost:,.2f}",
            "at most the cost: GPUs x capex_usd_per_gpu, or cost_to_come_usd as it was agreed",
        )


def _fleet(s: Scenario) -> Iterator[Problem]:
    """Live tranches use GPUs that [assets] has at their site."""
    owned: Counter[tuple[str, str]] = Counter()
    for asset in s.assets.values():
        owned[asset.gpu, asset.site] += asset.gpus
    used: Counter[tuple[str, str]] = Counter()
    for name, contract in s.contracts.items():
        for k, tranche in enumerate(contract.tranches):
            live = tranche.start <= s.model.as_of and tranche.hardware.status == "in-service"
            if contract.kind != "take-or-pay" or not live:
                continue
            gpu, site = contract.gpu, tranche.site or contract.site
            used[gpu, site] += tranche.gpus
            if used[gpu, site] > owned[gpu, site]:
                yield Problem(
                    ("contracts", name, "tranches", k, "gpus"),
                    f"{used[gpu, site]:,} {gpu} GPUs in live tranches at {site} so far",
                    f"at most the {owned[gpu, site]:,} that [assets] has in service there",
                )
                return


def _room(s: Scenario) -> Iterator[Problem]:
    """GPUs in service fit into the phases that are in use."""
    fleets: dict[str, list[tuple[str, Asset]]] = {}
    for name, asset in s.assets.items():
        if asset.gpu in s.gpus:
            fleets.setdefault(asset.site, []).append((name, asset))
    for site_name, site in s.sites.items():
        in_use = sum(microwatts_of(mw=p.it_mw) for p in site.phases if p.powered <= s.model.as_of)
        fleet = fleets.get(site_name, [])
        load = sum(a.gpus * microwatts_of(kw=s.gpus[a.gpu].it_kw_per_gpu) for _, a in fleet)
        if load > in_use:
            yield Problem(
                ("assets", fleet[-1][0], "gpus"),
                f"GPUs that draw {mw_text(load)} at {site_name}",
                f"at most the {mw_text(in_use)} of its phases in use on {s.model.as_of}",
            )
            continue
        for path, let in _let_today(s, site_name):
            load += let
            if load > in_use:
                yield Problem(
                    path,
                    f"{mw_text(load)} of GPUs and tenants at {site_name} so far",
                    f"at most the {mw_text(in_use)} of its phases in use on {s.model.as_of}",
                )
                break


def _let_today(s: Scenario, site: str) -> Iterator[tuple[KeyPath, int]]:
    """What live tenancies have at a site [uW], by the key of it."""
    for name, contract in s.contracts.items():
        for k, tranche in enumerate(contract.tranches if contract.kind == TENANCY else ()):
            if tranche.start <= s.model.as_of and (tranche.site or contract.site) == site:
                yield (
                    ("contracts", name, "tranches", k, "it_kw"),
                    microwatts_of(kw=tranche.it_kw or 0.0),
                )


def _after(path: KeyPath, date: dt.date, as_of: dt.date) -> Iterator[Problem]:
    if date <= as_of:
        yield Problem(path, date.isoformat(), f"a date after the as-of day, {as_of}")


def _kind(table: Any) -> str:
    return str(table.get("kind", "")) if isinstance(table, dict) else ""


def _values(
    value: Any, pattern: tuple[str, ...], at: KeyPath = ()
) -> Iterator[tuple[KeyPath, Any]]:
    """Every value whose path fits a pattern of keys and `*`."""
    if not pattern:
        yield at, value
    elif isinstance(value, dict):
        for key in list(value) if pattern[0] == "*" else [pattern[0]]:
            if key in value:
                yield from _values(value[key], pattern[1:], (*at, key))
    elif isinstance(value, list) and pattern[0] == "*":
        for place, item in enumerate(value):
            yield from _values(item, pattern[1:], (*at, place))
