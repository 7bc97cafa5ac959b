"""Amounts against what they are part of: a floor of cash above all the firm has, GPUs at USD 58.

No filing says how large an amount of another firm is. What does is the model itself: what the firm
owns and buys, the hardware a bill is for, the hours a value is for. Where that measure is itself
outside its usual range, which is said elsewhere, nothing is said here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from gpusim.economics.core.calendar import HOURS_PER_MONTH
from gpusim.scenario import schema
from gpusim.scenario.checks.plausible import outside, range_at, shown
from gpusim.scenario.language.errors import dotted
from gpusim.scenario.language.fields import KeyPath
from gpusim.scenario.reading.tree import paths_of
from gpusim.scenario.tables.balance import ASSET_LINES
from gpusim.scenario.tables.plant.building import buildings_of
from gpusim.scenario.tables.sales.prices import mean_price
from gpusim.scenario.tables.tax import book_to_tax
from gpusim.units_of_measure import CENTS_PER_USD

if TYPE_CHECKING:
    from gpusim.scenario.scenario import Scenario
    from gpusim.scenario.tables.contracts import Contract
    from gpusim.scenario.tables.sales.tranches import Tranche

MILLION: Final = 1e6
TAKE_OR_PAY: Final = "take-or-pay"
TINY: Final = 1e-6
"""Part of the firm's size below which an amount was meant in thousands or millions."""
MOST: Final = 10.0
"""Times the hardware's cost from which a part of it is said; slips are a thousand or a million."""
LEAST: Final = 1e-3
SEEN: Final = 0.05
"""Part of the tax on all of the books up to which no deferred tax is said to be missing [share]."""
NO_END: Final = float("inf")

OF_THE_FIRM: Final = {
    ("operator", "minimum_cash_usd"): 1.0,
    ("levers", "liquidity_floor_usd"): 1.0,
    ("raising", "floor_usd"): 1.0,
    ("debt", "NAME", "covenants", "minimum_liquidity", "minimum_usd"): 1.0,
    ("programme", "covenants", "minimum_liquidity", "minimum_usd"): 1.0,
    ("raising", "smallest_usd"): 1.0,
    ("equity", "NAME", "amount_usd"): MOST,
    ("opening_equity", "amount_usd"): MOST,
    ("overheads", "NAME", "one_offs", "N", "amount_usd"): 1.0,
    ("tax", "opening", "losses_usd"): MOST,
    ("tax", "opening", "disallowed_interest_usd"): MOST,
    ("tax", "opening", "ppe_basis_usd"): MOST,
    ("operator", "equity_backstop", "capacity_usd"): NO_END,
    ("raising", "notes", "capacity_usd_per_year"): NO_END,
    ("raising", "equity", "capacity_usd_per_year"): NO_END,
    ("debt", "NAME", "covenants", "cures", "max_usd_each"): NO_END,
    ("programme", "covenants", "cures", "max_usd_each"): NO_END,
}
"""Most of what the firm owns and is to buy that an amount can sensibly be; a limit of what may be
had has no end: a very large one is how none is said."""
OF_THE_HARDWARE: Final = ("deposit_usd", "in_progress_usd", "cost_to_come_usd")


def odd_amounts(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Every amount that hardly fits what it is part of."""
    yield from _of_the_firm(scenario)
    for name, contract in scenario.contracts.items():
        if contract.kind == TAKE_OR_PAY:
            yield from _prepaid(name, contract)
            for k, tranche in enumerate(contract.tranches):
                at = ("contracts", name, "tranches", k)
                yield from _priced(scenario, contract, tranche, at)
                yield from _of_the_hardware(scenario, contract, tranche, at)
    yield from _owned(scenario)
    yield from _untaxed(scenario)


def _untaxed(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """A stated tax basis that the deferred tax of the balance sheet does not go with.

    Deferred tax starts from what is stated and moves by the rate times the difference of books and
    basis: from nothing, beside a basis far below the books, it falls to an asset that there is
    never to be. Source: definitions, deferred tax.
    """
    tax, stated = scenario.tax, scenario.balance.deferred_tax_usd
    if "ppe_basis_usd" not in tax.opening.model_fields_set or not tax.rate:
        return
    book = book_to_tax(scenario) / CENTS_PER_USD
    ahead = scenario.balance.deferred_revenue_usd * tax.advance_payment_share
    against = tax.opening.losses_usd + tax.opening.disallowed_interest_usd + ahead
    basis = tax.opening.ppe_basis_usd
    rules = tax.rate * (book - basis - against)
    if stated <= 0 and rules > SEEN * tax.rate * book:
        yield (
            ("tax", "opening", "ppe_basis_usd"),
            f"a tax basis of USD {basis / MILLION:,.1f}m beside a book value of USD "
            f"{book / MILLION:,.1f}m stands for a deferred tax of USD {rules / MILLION:,.1f}m, and "
            f"balance.deferred_tax_usd is {stated / MILLION:,.1f}m: it falls by as much, to a net "
            "asset that there is never to be; left out, the basis follows from the two",
        )


def size_of(scenario: Scenario) -> float:
    """What the firm owns on the as-of day, before depreciation, and is to buy [USD].

    0 where the price of what it buys is unusual itself.
    """
    owned = sum(float(getattr(scenario.balance, line)) for line in ASSET_LINES)
    new = [
        (contract.gpu, sum(t.gpus for t in contract.tranches if t.hardware.status == "planned"))
        for contract in scenario.contracts.values()
        if contract.kind == TAKE_OR_PAY
    ]
    new += [(order.gpu, order.gpus) for order in scenario.orders.values()]
    bought = 0.0
    for gpu, planned in new:
        price = scenario.gpus[gpu].capex_usd_per_gpu if planned else 0.0
        if planned and outside(("gpus", gpu, "capex_usd_per_gpu"), price):
            return 0.0
        bought += planned * price
    for site in scenario.sites.values():
        for _, phase, building in buildings_of(site):
            bought += building.usd_per_mw * phase.it_mw - building.spent_usd
    return owned + bought


def _of_the_firm(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Amounts against all that the firm owns and is to buy."""
    size, tree = size_of(scenario), scenario.tree
    for path in paths_of(tree.values) if size else ():
        most = OF_THE_FIRM.get(schema.pattern_of(path))
        usd = tree.get(path)
        if most is None or not usd or TINY * size <= usd <= most * size:
            continue
        against = "more than" if usd > size else "less than a millionth of"
        slip = "too many digits?" if usd > size else "thousands or millions?"
        yield (
            path,
            f"{dotted(path)} is USD {shown(usd)}, {against} the USD {shown(size / MILLION)}m that "
            f"the firm owns and is to buy: {slip}",
        )


def _priced(
    scenario: Scenario, contract: Contract, tranche: Tranche, at: KeyPath
) -> Iterator[tuple[KeyPath, str]]:
    """Values that give an hour a price that no GPU has; of one that lives only what is left."""
    months = tranche.term_months or contract.term_months
    hours = tranche.gpus * months * HOURS_PER_MONTH
    usual = range_at(("contracts", "0", "price_usd_per_gpu_hour"))
    unlikely = outside((*at[:2], "term_months"), months) or outside((*at, "gpus"), tranche.gpus)
    if not tranche.value_usd or not hours or usual is None or unlikely:
        return
    price = tranche.value_usd / hours
    low = 0.0 if tranche.start <= scenario.model.as_of else usual.low
    if not low <= price <= usual.high:
        yield (
            (*at, "value_usd"),
            f"{dotted(at)}.value_usd is USD {shown(tranche.value_usd)}, USD {price:,.3g} for each "
            f"of its GPU-hours, outside the usual {shown(usual.low)} to {shown(usual.high)} "
            f"({usual.source}): thousands or millions?",
        )


def _of_the_hardware(
    scenario: Scenario, contract: Contract, tranche: Tranche, at: KeyPath
) -> Iterator[tuple[KeyPath, str]]:
    """Parts of the cost of a tranche's hardware against all of it."""
    price = scenario.gpus[contract.gpu].capex_usd_per_gpu
    whole = tranche.gpus * price
    if not whole or outside(("gpus", contract.gpu, "capex_usd_per_gpu"), price):
        return
    for key in OF_THE_HARDWARE:
        usd = getattr(tranche.hardware, key)
        if usd and not LEAST * whole <= usd <= MOST * whole:
            path = (*at, "hardware", key)
            yield (
                path,
                f"{dotted(path)} is USD {shown(usd)}, for hardware of USD "
                f"{shown(whole / MILLION)}m: thousands or millions?",
            )


def _prepaid(name: str, contract: Contract) -> Iterator[tuple[KeyPath, str]]:
    """Prepayments against the value of the whole contract."""
    usd = contract.prepayment.amount_usd if contract.prepayment else None
    if any(
        outside(("contracts", name, key), getattr(contract, key))
        for key in ("price_usd_per_gpu_hour", "term_months")
    ):
        return
    months = [tranche.term_months or contract.term_months for tranche in contract.tranches]
    value = sum(
        tranche.value_usd or mean_price(contract, length) * tranche.gpus * length * HOURS_PER_MONTH
        for tranche, length in zip(contract.tranches, months, strict=True)
    )
    if usd and value and not LEAST * value <= usd <= value:
        path = ("contracts", name, "prepayment", "amount_usd")
        yield (
            path,
            f"{dotted(path)} is USD {shown(usd)}, of a contract worth USD "
            f"{shown(value / MILLION)}m: thousands or millions?",
        )


def _owned(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """What GPUs cost that stand on the as-of day, for each."""
    usual = range_at(("gpus", "0", "capex_usd_per_gpu"))
    for name, asset in scenario.assets.items():
        if usual is None or not asset.gpus or not asset.gross_usd:
            continue
        each = asset.gross_usd / asset.gpus
        if not usual.low <= each <= usual.high:
            path = ("assets", name, "gpus")
            yield (
                path,
                f"{dotted(path)} is {asset.gpus:,}, at a cost of USD {shown(each)} each, outside "
                f"the usual {shown(usual.low)} to {shown(usual.high)} ({usual.source}): racks, or "
                "thousands of USD?",
            )
