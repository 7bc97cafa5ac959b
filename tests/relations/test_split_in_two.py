"""One thing cut into two that are together what it was: the same firm but for rounding."""

from __future__ import annotations

import copy
import itertools
from typing import Any

import pytest

from tests.engines.build import Tables
from tests.relations.changes import amounts, even, lacking
from tests.relations.relation import Change, Relation, cases, near

HALF = " half"


def halved(own: Tables, *keys: str) -> tuple[Tables, Tables]:
    """Two of a table with half of these numbers each: cents and GPUs are not cut."""
    first, second = copy.deepcopy(own), copy.deepcopy(own)
    for key in keys:
        if own.get(key):
            first[key], second[key] = half_of(own[key], key)
    return first, second


def half_of(value: float, key: str) -> tuple[float, float]:
    """Two halves of a number, to the cent or to the GPU."""
    if key.endswith(("_usd", "_each")):
        cents = round(100 * value)
        return cents // 2 / 100, (cents - cents // 2) / 100
    if key == "gpus":
        return value // 2, value - value // 2
    return value / 2, value / 2


def in_two(kind: str, *keys: str) -> Change:
    """Every table of a kind, these numbers halved."""

    def change(tables: Tables) -> None:
        for name, own in list(tables.get(kind, {}).items()):
            tables[kind][name], tables[kind][name + HALF] = halved(own, *keys)

    return change


def list_in_two(kind: str, name: str, key: str) -> Change:
    """Every row of a list in a top table, this number halved."""

    def change(tables: Tables) -> None:
        rows = tables.get(kind, {}).get(name, [])
        if rows:
            tables[kind][name] = [part for row in rows for part in halved(row, key)]

    return change


def parts_in_two(kind: str, name: str, *keys: str) -> Change:
    """Every phase or tranche, these numbers and every amount halved."""

    def change(tables: Tables) -> None:
        for own in tables.get(kind, {}).values():
            rows = []
            for row in own.get(name, []):
                first, second = both = halved(row, *keys)
                halve_amounts(row, *both)
                rows += [first, second | {"name": f"{row['name']}{HALF}"}]
            own[name] = rows

    return change


def halve_amounts(own: Any, first: Any, second: Any) -> None:
    """Every amount in USD inside a table, to the cent, in both of its copies."""
    for (table, key), (one, _), (other, _) in zip(
        list(amounts(own)), list(amounts(first)), list(amounts(second)), strict=True
    ):
        if not isinstance(table[key], list):
            one[key], other[key] = half_of(table[key], "_usd")


def contracts_in_two(tables: Tables) -> None:
    """Every contract: half the GPUs, half of each amount."""
    for name, own in list(tables.get("contracts", {}).items()):
        first, second = copy.deepcopy(own), copy.deepcopy(own)
        halve_amounts(own, first, second)
        for whole, *halves in zip(
            *(part["tranches"] for part in (own, first, second)), strict=True
        ):
            if "gpus" in whole:
                halves[0]["gpus"], halves[1]["gpus"] = half_of(whole["gpus"], "gpus")
        tables["contracts"][name], tables["contracts"][name + HALF] = first, second
    for line in tables.get("overheads", {}).values():
        if "usd_per_contract_month" in line:
            line["usd_per_contract_month"] /= 2


def debts_in_two(tables: Tables, *, named: bool) -> None:
    """Debts that contracts name, or those that none does: half of each amount but least cash."""
    naming = {
        own.get(key) for own in tables["contracts"].values() for key in ("facility", "vendor")
    }
    naming |= {bill.get("facility") for bill in tables.get("payables", {}).get("capex", [])}
    for name, own in list(tables.get("debt", {}).items()):
        if (name in naming) != named:
            continue
        first, second = copy.deepcopy(own), copy.deepcopy(own)
        halve_amounts(own, first, second)
        for part in (first, second):
            if "minimum_liquidity" in part.get("covenants", {}):
                part["covenants"]["minimum_liquidity"] = own["covenants"]["minimum_liquidity"]
        tables["debt"][name], tables["debt"][name + HALF] = first, second


def other_debts_in_two(tables: Tables) -> None:
    """Every debt that finances no contract and no bill."""
    debts_in_two(tables, named=False)


def lenders_in_two(tables: Tables) -> None:
    """Every contract and every loan that contracts name, each half with its own half."""
    debts_in_two(tables, named=True)
    contracts_in_two(tables)
    for name, own in tables["contracts"].items():
        if name.endswith(HALF):
            for key in ("facility", "vendor"):
                if own.get(key):
                    own[key] += HALF


def curve_in_two(tables: Tables) -> None:
    """A point more on every stretch of the base-rate curve, on the line between its ends."""
    points = tables["rates"]["curve"]
    more = [
        {
            "date": one["date"] + (other["date"] - one["date"]) / 2,
            "rate": one["rate"]
            + (other["rate"] - one["rate"])
            * ((other["date"] - one["date"]) / 2).days
            / (other["date"] - one["date"]).days,
        }
        for one, other in itertools.pairwise(points)
    ]
    tables["rates"]["curve"] = sorted([*points, *more], key=lambda point: point["date"])


def residuals_in_two(tables: Tables) -> None:
    """A point more between two ages, on the line between them."""
    ages = tables["market"]["resale"]["residual_by_age"]
    for one, other in itertools.pairwise(sorted(ages, key=int)):
        if int(other) - int(one) > 1:
            slope = (ages[other] - ages[one]) / (int(other) - int(one))
            ages[str(int(one) + 1)] = ages[one] + slope


def all_halls_taken(tables: Tables) -> None:
    """No hall waits for an order, none goes back while the run lasts."""
    for site in tables["sites"].values():
        site["lease_years"] = 30
        for phase in site["phases"]:
            phase["taken"] = "when-ready"


RATES = (
    "monthly_usd",
    "revenue_share",
    "usd_per_kw_month",
    "hardware_cost_share_per_year",
    "usd_per_gpu_year",
    "book_value_share_per_year",
    "usd_per_contract_month",
)


def overheads_in_two(tables: Tables) -> None:
    """Every cost line, its rates halved at all times, and every cost of one day."""
    in_two("overheads", *RATES)(tables)
    for own in tables["overheads"].values():
        for name in ("steps", "one_offs"):
            if name in own:
                own[name] = [halved(row, *RATES, "amount_usd")[0] for row in own[name]]


ASSETS = in_two("assets", "gross_usd", "accumulated_usd", "salvage_usd", "gpus")
TRANCHES = parts_in_two("contracts", "tranches", "gpus")
RELATIONS = [
    Relation("overheads", overheads_in_two, near(200), ("calm-1", "wild-1")),
    Relation("equity", in_two("equity", "amount_usd", "costs_usd"), near(2), ("calm-7", "wild-2")),
    Relation("assets", ASSETS, near(200), ("calm-1", "calm-3", "wild-1"), even),
    Relation(
        "invoices",
        list_in_two("receivables", "invoices", "amount_usd"),
        near(2),
        ("calm-1", "wild-2"),
    ),
    Relation(
        "bills", list_in_two("payables", "operating", "amount_usd"), near(2), ("calm-1", "wild-1")
    ),
    Relation(
        "bills for hardware",
        list_in_two("payables", "capex", "amount_usd"),
        near(2),
        ("calm-1", "wild-2"),
    ),
    Relation(
        "phases",
        parts_in_two("sites", "phases", "it_mw"),
        near(100),
        ("calm-1", "calm-2", "still-1", "still-3"),
        all_halls_taken,
    ),
    Relation("tranches", TRANCHES, near(1000), ("calm-1", "calm-3", "still-0"), even),
    Relation("contracts", contracts_in_two, near(1000), ("calm-1", "calm-3", "still-0"), even),
    Relation(
        "debts",
        other_debts_in_two,
        near(1000),
        ("calm-1", "calm-4", "wild-3"),
        lacking("debt", "covenants"),
    ),
    Relation(
        "revolvers",
        other_debts_in_two,
        near(1000),
        ("wild-1",),
        lacking("debt", "covenants"),
    ),
    Relation(
        "fleets at the end of their life",
        ASSETS,
        near(200),
        ("still-0",),
        even,
    ),
    Relation("contracts and their lenders", lenders_in_two, near(1000), ("calm-1", "calm-3"), even),
    Relation("base-rate curve", curve_in_two, near(10), ("calm-1", "calm-2")),
    Relation("residual values", residuals_in_two, near(10), ("wild-0", "hyperscaler-anchor")),
]


@pytest.mark.parametrize(("relation", "firm"), cases(RELATIONS))
def test_two_halves_are_the_whole(relation, firm):
    relation.check(firm)
