"""More of one thing is never less of another: the direction is known, the size is not."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from tests.engines.build import Tables
from tests.relations.changes import everywhere, in_turn, lacking, of, put, scaled, shifted
from tests.relations.playing import Played
from tests.relations.relation import Change, Claim, Relation, cases

ROUNDING = 50
"""What a sum over months may be off by [cents]."""


def so_far(played: Played, line: str) -> np.ndarray:
    """A line of the statements summed from the first month on [replications, months] [cents]."""
    reps = played.statements["replication"].n_unique()
    return np.cumsum(played.line(line).reshape(reps, -1), axis=1)


def by_month(played: Played, line: str) -> np.ndarray:
    """The same month by month."""
    reps = played.statements["replication"].n_unique()
    return played.line(line).reshape(reps, -1)


def more(*lines: str, of_each: bool = False) -> Claim:
    """Lines that are nowhere less, summed so far or in each month, and somewhere more."""

    def holds(before: Played, after: Played) -> None:
        for line in lines:
            take = by_month if of_each else so_far
            rise = take(after, line) - take(before, line)
            assert rise.min() >= -ROUNDING, (line, np.argwhere(rise < -ROUNDING)[0], rise.min())
            assert rise.max() > ROUNDING, f"{line} did not move"

    return holds


def less(*lines: str, of_each: bool = False) -> Claim:
    """Lines that are nowhere more, and somewhere less."""
    rises = more(*lines, of_each=of_each)
    return lambda before, after: rises(after, before)


def both(*claims: Claim) -> Claim:
    def holds(before: Played, after: Played) -> None:
        for claim in claims:
            claim(before, after)

    return holds


def closing_for(fee: float) -> Change:
    """Loans to be drawn close on the first day, for a fee."""

    def change(tables: Tables) -> None:
        first = tables["model"]["as_of"] + dt.timedelta(days=1)
        for own in of(tables, "debt"):
            if own["kind"] == "delayed-draw" and own.get("commitment_usd") and "opening" not in own:
                own |= {"opens": first, "upfront_fee": fee}

    return change


def dearer_ahead(tables: Tables) -> None:
    """0.01 more a kWh of the 10 MW that every site buys ahead."""
    for site in of(tables, "sites"):
        site["ppa"]["price_usd_per_kwh"] += 0.01


def some_ahead(tables: Tables) -> None:
    for site in of(tables, "sites"):
        site["ppa"] = {"mw": 10, "price_usd_per_kwh": 0.05, "from": dt.date(2020, 1, 1)}


def first_day(played: Played, prefix: str) -> np.ndarray:
    """First day of any outcome whose name begins so, by replication; the year 9999 if none."""
    names = [name for name in played.outcomes.columns if name.startswith(prefix)]
    never = dt.date(9999, 1, 1)
    rows = played.outcomes.select(names).fill_null(never).rows()
    return np.array([min(row).toordinal() for row in rows])


def later(prefix: str) -> Claim:
    """The first of these days never comes earlier."""

    def holds(before: Played, after: Played) -> None:
        was, now = first_day(before, prefix), first_day(after, prefix)
        assert (now >= was).all(), (was, now)
        assert (now > was).any(), "nothing moved"

    return holds


def earlier(prefix: str) -> Claim:
    return lambda before, after: later(prefix)(after, before)


def dearer_contracts(tables: Tables) -> None:
    for own in of(tables, "contracts"):
        for table in (own, *own["tranches"]):
            for key in ("price_usd_per_gpu_hour", "value_usd"):
                if table.get(key):
                    table[key] = round(table[key] * 1.1, 2)


def halls_later(tables: Tables) -> None:
    """Halls to come, sixty days later."""
    for site in of(tables, "sites"):
        for phase in site["phases"]:
            for key in ("ready", "power_ready"):
                if key in phase and phase[key] > tables["model"]["as_of"]:
                    phase[key] += dt.timedelta(60)


def richer(tables: Tables) -> None:
    """A million more of cash, from shareholders."""
    for line in ("cash_usd", "paid_in_capital_usd"):
        tables["balance"][line] += 1_000_000


def higher_coupons(tables: Tables) -> None:
    """A point on each margin, the steps by date among them."""
    shifted("debt", 0.01, "margin")(tables)
    for own in of(tables, "debt"):
        for step in own.get("margin_steps") or ():
            step["margin"] += 0.01


def a_point_more(tables: Tables) -> None:
    """Base rates a point higher."""
    for point in tables["rates"]["curve"]:
        point["rate"] += 0.01


def covenants_later(tables: Tables) -> None:
    """Every covenant is first tested half a year later."""
    for own in of(tables, "debt"):
        for test in own.get("covenants", {}).values():
            if isinstance(test, dict) and "from" in test:
                test["from"] += dt.timedelta(182)


def covenants_harder(tables: Tables) -> None:
    """Half as much again of the cover and the cash that covenants ask for."""
    for own in of(tables, "debt"):
        for test, least in (("dscr", "minimum"), ("minimum_liquidity", "minimum_usd")):
            if test in own.get("covenants", {}):
                own["covenants"][test][least] *= 1.5


def failing(rate: float) -> Change:
    """GPUs fail, and are replaced."""

    def change(tables: Tables) -> None:
        for gpu in of(tables, "gpus"):
            gpu["failures"] = {
                "rate_per_year": rate,
                "log_sd": 0,
                "repair": {"rate_per_year": 0, "days": 0},
                "spare_share": 0,
                "short_start_share": 0.1,
            }

    return change


def with_sla(availability: float) -> Change:
    def change(tables: Tables) -> None:
        for own in of(tables, "contracts"):
            if own["kind"] == "take-or-pay":
                own["sla"] = {"availability": availability, "credit_multiple": 3}

    return change


def paid_later(tables: Tables) -> None:
    tables["operator"]["payables_months"] += 1


def ordered_earlier(tables: Tables) -> None:
    tables["operator"]["order_ahead_days"] += 30


def one_price(tables: Tables) -> None:
    """Hardware costs the same on every day."""
    for gpu in of(tables, "gpus"):
        gpu["hardware_inflation_per_year"] = 0


CALM = ("calm-1", "calm-3")
BREACHED = ("wild-0", "wild-4", "covenant-chain")
UNPAID = ("wild-0", "wild-4", "wild-10")
RELATIONS = [
    Relation("dearer contracts", dearer_contracts, more("revenue", "cash_from_customers"), CALM),
    Relation("halls later", halls_later, less("revenue_committed"), ("calm-0", "calm-3")),
    Relation("more cash", richer, more("cash", of_each=True), CALM),
    Relation(
        "dearer energy",
        scaled("sites", 1.2, "tariff_usd_per_kwh"),
        both(more("power", of_each=True), less("operating_income")),
        CALM,
        lacking("sites", "ppa"),
    ),
    Relation(
        "dearer power bought ahead",
        dearer_ahead,
        both(more("power", of_each=True), less("operating_income")),
        CALM,
        some_ahead,
    ),
    Relation(
        "dearer demand",
        shifted("sites", 2, "grid_charge_usd_per_kw_month"),
        more("power", of_each=True),
        CALM,
    ),
    Relation("more grid power", scaled("sites", 1.1, "pue"), more("power", of_each=True), CALM),
    Relation(
        "higher load",
        everywhere("sites", load_factor=1),
        more("power", of_each=True),
        CALM,
        everywhere("sites", load_factor=0.7),
    ),
    Relation(
        "minimum take",
        everywhere("sites", minimum_take=1),
        more("power", of_each=True),
        CALM,
        everywhere("sites", minimum_take=0),
    ),
    Relation(
        "dearer rent",
        scaled("sites", 1.2, "rent_usd_per_kw_month"),
        more("rent", of_each=True),
        CALM,
    ),
    Relation(
        "dearer staff",
        shifted("sites", 3, "staff_usd_per_kw_month"),
        less("operating_income"),
        CALM,
    ),
    Relation("higher coupons", higher_coupons, more("interest_expense"), CALM),
    Relation("higher base rates", a_point_more, more("interest_income", of_each=True), CALM),
    Relation(
        "dearer commitments",
        shifted("debt", 0.01, "undrawn_fee"),
        more("interest_expense"),
        ("calm-3", "calm-4"),
    ),
    Relation(
        "larger commitments",
        scaled("debt", 1.3, "commitment_usd"),
        more("debt_drawn_cash"),
        ("calm-3", "calm-5"),
    ),
    Relation(
        "a discount on draws",
        shifted("debt", 0.02, "draw_discount"),
        less("cash"),
        ("calm-3", "calm-5"),
    ),
    Relation(
        "a fee at closing",
        closing_for(0.02),
        less("cash", "debt_costs_paid"),
        ("calm-3", "calm-5"),
        closing_for(0),
    ),
    Relation("more tax", put("tax", rate=0.3), less("cash_for_tax"), CALM, put("tax", rate=0)),
    Relation(
        "customers pay later",
        shifted("contracts", 30, "payment_days"),
        less("cash_from_customers"),
        CALM,
    ),
    Relation(
        "suppliers wait longer",
        shifted("gpus", 30, "payment_days"),
        more("investing_cash_flow"),
        CALM,
    ),
    Relation(
        "larger deposits",
        shifted("gpus", 0.3, "deposit_share"),
        less("investing_cash_flow"),
        CALM,
        everywhere("gpus", deposit_share=0.1),
    ),
    Relation(
        "dearer hardware",
        scaled("gpus", 1.1, "capex_usd_per_gpu"),
        less("investing_cash_flow"),
        CALM,
    ),
    Relation(
        "orders placed earlier", ordered_earlier, less("investing_cash_flow"), CALM, one_price
    ),
    Relation(
        "larger overheads",
        shifted("overheads", 100_000, "monthly_usd"),
        less("operating_income", of_each=True),
        CALM,
    ),
    Relation(
        "overheads paid in shares",
        everywhere("overheads", stock_share=0.5),
        more("cash", of_each=True),
        CALM,
        everywhere("overheads", stock_share=0),
    ),
    Relation("bills paid later", paid_later, more("operating_cash_flow"), CALM, put("tax", rate=0)),
    Relation(
        "salvage",
        shifted("gpus", 0.1, "salvage_share"),
        less("depreciation_and_amortization", of_each=True),
        CALM,
    ),
    Relation(
        "longer book lives",
        shifted("gpus", 2, "book_life_years", "infrastructure_life_years"),
        less("depreciation_and_amortization"),
        CALM,
    ),
    Relation("covenants tested later", covenants_later, later("breach_"), BREACHED),
    Relation("harder covenants", covenants_harder, earlier("breach_"), ("wild-29", "wild-46")),
    Relation(
        "patience with what is unpaid",
        put("operator", default_after_months=4),
        later("defaulted"),
        UNPAID,
        put("operator", default_after_months=1),
    ),
    Relation(
        "failures", failing(0.1), less("revenue_committed"), CALM, lacking("gpus", "failures")
    ),
    Relation(
        "a higher service level",
        with_sla(0.999),
        less("revenue_committed"),
        CALM,
        in_turn(failing(0.1), with_sla(0.9)),
    ),
]


@pytest.mark.parametrize(("relation", "firm"), cases(RELATIONS))
def test_the_direction_is_known(relation, firm):
    relation.check(firm)
