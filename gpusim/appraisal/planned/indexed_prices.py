"""Prices of a planned term by month: as stated, and what the rental index makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gpusim.economics.core.calendar import HOURS_PER_MONTH, MONTHS_PER_YEAR
from gpusim.economics.core.state import Floats
from gpusim.economics.plant.market import indexed_price_share, least_price_share
from gpusim.scenario.tables.sales.prices import rate

if TYPE_CHECKING:
    from gpusim.scenario import Scenario
    from gpusim.scenario.tables.contracts import Contract
    from gpusim.scenario.tables.sales.tranches import Tranche


def stated_revenue(contract: Contract, tranche: Tranche, months: int) -> Floats:
    """Of each month, at the price stated for it; the last months of a term that has begun [USD]."""
    whole = tranche.term_months or contract.term_months
    rates: Floats = np.array([rate(contract, month) for month in range(whole - months, whole)])
    if tranche.value_usd is not None:
        return np.asarray(tranche.value_usd * rates / rates.sum())
    return np.asarray(rates * tranche.gpus * HOURS_PER_MONTH)


def index_ratios(
    scenario: Scenario,
    contract: Contract,
    tranche: Tranche,
    months: int,
    start: int,
    price_path: Sequence[float],
) -> Floats:
    """Price of each month over the price stated, where it follows the index [months + 1] [ratio].

    The index is today's times the path's year, counted from the as-of day; start: month of the run
    that is the first. Source: `contracts.reset_price`.
    """
    index, own = contract.price_index, scenario.gpus.get(contract.gpu)
    ratios = np.ones(months + 1)
    if index is None or own is None:
        return ratios
    begun = (tranche.term_months or contract.term_months) - months
    least = own.floor_usd_per_gpu_hour
    base = index.base_usd_per_gpu_hour or max(own.on_demand_usd_per_gpu_hour, least)
    for month in range(months):
        reset = (begun + month) // index.every_months * index.every_months
        if reset >= max(begun, 1):
            year = (start - 1 + reset - begun) // MONTHS_PER_YEAR
            path = price_path[min(year, len(price_path) - 1)]
            today = max(own.on_demand_usd_per_gpu_hour * path, least)
            ratios[month + 1] = indexed_price_share(
                today, base, index.share, index.floor_share, index.most
            )
    return ratios


def lowest_ratios(contract: Contract, tranche: Tranche, months: int) -> Floats:
    """The same at the least that a price can be after its first reset, which lenders count on."""
    index = contract.price_index
    ratios = np.ones(months + 1)
    if index is not None:
        begun = (tranche.term_months or contract.term_months) - months
        first = -(-max(begun, 1) // index.every_months) * index.every_months - begun
        ratios[first + 1 :] = least_price_share(index.share, index.floor_share)
    return ratios
