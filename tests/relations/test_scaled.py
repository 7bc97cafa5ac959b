"""Sizes, money and dates in other units or at another scale: every figure follows."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.engines.build import Tables
from tests.relations.changes import (
    GPU_COUNTS,
    PER_GPU_HOUR,
    PER_SHARE,
    amounts,
    even,
    numbers_of,
    prices,
    times,
    whole_gpus,
)
from tests.relations.relation import Change, Relation, cases, leaves, near, same_figures


def money(factor: float) -> Change:
    """Every amount and every price in USD."""

    def change(tables: Tables) -> None:
        times(amounts(tables), factor)
        times(prices(tables), factor)

    return change


def sizes(factor: float) -> Change:
    """Every count of GPUs and shares, every MW, every amount, and what as many contracts cost."""

    def change(tables: Tables) -> None:
        times(amounts(tables), factor)
        words = GPU_COUNTS | {"it_mw", "it_kw", "mw", "acceptance_lot_mw", "shares_outstanding"}
        times(numbers_of(tables, words | {"usd_per_contract_month"}), factor)

    return change


def pairs(tables: Tables) -> None:
    """What was two GPUs is one that draws, costs and earns as much."""
    times(numbers_of(tables, GPU_COUNTS), 0.5)
    of_one = {"it_kw_per_gpu", "capex_usd_per_gpu", "usd_per_gpu_year"}
    times(numbers_of(tables, of_one | PER_GPU_HOUR), 2)


def later(years: int) -> Change:
    """Every date and calendar year."""

    def change(tables: Tables) -> None:
        for _, table, key in list(leaves(tables)):
            if isinstance(table[key], dt.date):
                table[key] = table[key].replace(year=table[key].year + years)
        plans = [own["opening"] for own in tables.get("debt", {}).values() if "opening" in own]
        for plan, name in [(p, "repayments") for p in plans] + [(tables["leases"], "payments")]:
            if name in plan:
                plan[name] = {
                    str(int(year) + years) if year != "after" else year: amount
                    for year, amount in plan[name].items()
                }

    return change


def grid_power_for_tariff(tables: Tables) -> None:
    """Twice the grid power at half its price."""
    for site in tables["sites"].values():
        site["pue"] *= 2
        site["tariff_usd_per_kwh"] /= 2
        site["grid_charge_usd_per_kw_month"] /= 2
        bought_ahead(site, 2)


def all_energy(tables: Tables) -> None:
    """Sites that pay for energy drawn and nothing else of power."""
    for site in tables["sites"].values():
        site |= {"minimum_take": 0, "grid_charge_usd_per_kw_month": 0, "load_factor": 0.8}


def draw_for_tariff(tables: Tables) -> None:
    """Half the draw at twice the tariff."""
    for site in tables["sites"].values():
        site["load_factor"] /= 2
        site["tariff_usd_per_kwh"] *= 2
        bought_ahead(site, 0.5)


def bought_ahead(site: Tables, times: float) -> None:
    """So many times the power that a site buys ahead, or sheds, at as much less a kWh."""
    own = site.get("ppa", {})
    for key, factor in (
        ("mw", times), ("price_usd_per_kwh", 1 / times), ("resale_usd_per_kwh", 1 / times),
    ):  # fmt: skip
        if key in own:
            own[key] *= factor
    for key in ("usd_per_mwh", "usd_per_kw_year"):
        if "curtailment" in site:
            site["curtailment"][key] /= times


def split_shares(tables: Tables) -> None:
    """Ten shares for one, each worth a tenth."""
    times(numbers_of(tables, {"shares_outstanding"}), 10)
    times(numbers_of(tables, PER_SHARE), 0.1)


CALM, STILL, WILD = ("calm-1", "calm-3"), ("still-0", "still-1"), ("wild-1", "growing")
RELATIONS = [
    Relation("ten times all money", money(10), near(10_000, times=10), (*CALM, *WILD)),
    Relation("64 times all sizes", sizes(64), near(100_000, times=64), (*CALM, *WILD), whole_gpus),
    Relation("twice all sizes", sizes(2), near(10_000, times=2), (*CALM, *WILD), whole_gpus),
    Relation("pairs of GPUs", pairs, near(10_000), (*CALM, *WILD), even),
    Relation("all dates 4 years later", later(4), same_figures, (*CALM, *STILL)),
    Relation("all dates 28 years later", later(28), same_figures, (*CALM, *STILL)),
    Relation("PUE for tariff", grid_power_for_tariff, near(100), (*CALM, *WILD)),
    Relation("load for tariff", draw_for_tariff, near(100), (*CALM, *WILD), all_energy),
    Relation("ten shares for one", split_shares, near(0), ("wild-1", "wild-2", "wild-3")),
]


@pytest.mark.parametrize(("relation", "firm"), cases(RELATIONS))
def test_every_figure_follows(relation, firm):
    relation.check(firm)
