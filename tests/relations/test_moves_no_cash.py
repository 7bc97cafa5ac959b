"""What the books say and no bank account sees: cash stays to the cent, the books move."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.engines.build import Tables
from tests.relations.changes import everywhere, in_turn, of, put, shifted
from tests.relations.playing import Played
from tests.relations.relation import MONEY, Relation, cases, same_lines

CASH = (
    "cash",
    "restricted_cash",
    "cash_from_customers",
    "cash_for_operations",
    "cash_for_rent",
    "cash_for_tax",
    "debt_drawn_cash",
    "debt_repaid_cash",
    "equity_raised",
    "debt_principal",
    "receivables",
)


def only_books(before: Played, after: Played) -> None:
    """All cash is the same, and some line of the books is not."""
    same_lines(*CASH)(before, after)
    assert any((before.line(name) != after.line(name)).any() for name in MONEY), "nothing moved"


def untaxed(tables: Tables) -> None:
    """No income tax, and nothing that looks at book values or lenders' values."""
    tables["tax"]["rate"] = 0
    tables["operator"]["impairment_test"] = False
    tables["operator"]["default_after_months"] = 0
    for line in of(tables, "overheads"):
        line.pop("hardware_cost_share_per_year", None)
        line.pop("book_value_share_per_year", None)
    for gpu in of(tables, "gpus"):
        gpu.setdefault("economic_life_years", gpu["book_life_years"])
        gpu.pop("life_change", None)
        gpu.pop("depreciation", None)
    for own in of(tables, "debt"):
        for test in ("ltv", "ltv_market"):
            own.get("covenants", {}).pop(test, None)
        own.pop("size_ltv", None)
        own["recourse"] = True
        own.pop("default_after_months", None)


def new_lives(tables: Tables) -> None:
    """Books change the life of what stands there."""
    for gpu in of(tables, "gpus"):
        day = tables["model"]["as_of"] + dt.timedelta(100)
        gpu["life_change"] = {"date": day, "years": gpu["book_life_years"] + 2}


def charged_early(tables: Tables) -> None:
    """Servers are charged by declining balance."""
    for gpu in of(tables, "gpus"):
        gpu["book_life_years"] = max(round(gpu["book_life_years"]), 2)
        gpu["depreciation"] = {"method": "declining-balance"}


def in_whole_years(tables: Tables) -> None:
    """Book lives of whole years, beside what `untaxed` does."""
    untaxed(tables)
    for gpu in of(tables, "gpus"):
        gpu["book_life_years"] = max(round(gpu["book_life_years"]), 2)


def tax_law(tables: Tables) -> None:
    """Everything about a tax whose rate is nothing."""
    tables["tax"] |= {
        "interest_cap_share": 0.1,
        "loss_cap_share": 0.1,
        "bonus_depreciation": 0.5,
        "life_years": 9,
        "advance_payment_share": 1,
        "opening": {"losses_usd": 10**7, "disallowed_interest_usd": 10**7, "ppe_basis_usd": 10**7},
    }


def other_lines(tables: Tables) -> None:
    """Overheads on other lines of the income statement."""
    order = ["cost-of-revenue", "technology", "sales", "administration"]
    for own in of(tables, "overheads"):
        own["line"] = order[(order.index(own["line"]) + 1) % 4]


def discount_of_opening_debt(tables: Tables) -> None:
    """Notes that were issued at a larger discount, to be charged over their life."""
    for own in of(tables, "debt"):
        opening = own.get("opening")
        if opening and own["kind"] != "revolver":
            more = round(opening["principal_usd"] * 0.01, 2)
            opening["discount_usd"] = round(opening.get("discount_usd", 0) + more, 2)
            balance = tables["balance"]
            balance["debt_discount_usd"] = round(balance.get("debt_discount_usd", 0) + more, 2)
            balance["paid_in_capital_usd"] = round(balance["paid_in_capital_usd"] + more, 2)


def written_off(tables: Tables) -> None:
    """Half of what the opening hardware's books still hold is written off by the as-of day."""
    for own in of(tables, "assets"):
        cut = round((own["gross_usd"] - own["accumulated_usd"]) / 2, 2) - own.get("salvage_usd", 0)
        if cut > 0:
            own["accumulated_usd"] = round(own["accumulated_usd"] + cut, 2)
            balance, line = tables["balance"], own["category"].replace("-", "_")
            balance[f"{line}_accumulated_usd"] = round(balance[f"{line}_accumulated_usd"] + cut, 2)
            balance["paid_in_capital_usd"] = round(balance["paid_in_capital_usd"] - cut, 2)


def impairment(tables: Tables) -> None:
    tables["operator"]["impairment_test"] = True


def residuals(tables: Tables) -> None:
    """Half of what used GPUs would fetch, where none is sold."""
    ages = tables["market"]["resale"]["residual_by_age"]
    tables["market"]["resale"]["residual_by_age"] = {age: share / 2 for age, share in ages.items()}


def never_sold(tables: Tables) -> None:
    """Nothing is sold, tested or written down at resale prices, but by the impairment test."""
    untaxed(tables)
    tables["operator"]["impairment_test"] = True
    for gpu in of(tables, "gpus"):
        gpu["economic_life_years"] = 40
    if "levers" in tables:
        tables["levers"]["refresh_age_days"] = 0


def shareholders(tables: Tables) -> None:
    """Number of shares, where none is issued at a price and nothing converts."""
    tables["operator"]["shares_outstanding"] = 7_000_000


def ratings(tables: Tables) -> None:
    """The other credit class for every customer who has signed, without a programme."""
    other = {"other": "investment-grade", "investment-grade": "other"}
    for own in of(tables, "contracts"):
        own["rating"] = other[own["rating"]]


BOOK_LIVES = shifted("gpus", 2.5, "book_life_years", "infrastructure_life_years")
ASSET_LIVES = shifted("assets", 1.5, "remaining_life_years")
CALM, STILL = ("calm-1", "calm-3"), ("still-1",)
BOTH = (*CALM, *STILL)
NO_SHARE_OF_REVENUE = everywhere("overheads", revenue_share=0)
RELATIONS = [
    Relation("book lives", BOOK_LIVES, only_books, BOTH, untaxed),
    Relation("salvage", shifted("gpus", 0.1, "salvage_share"), only_books, BOTH, untaxed),
    Relation("a change of life", new_lives, only_books, BOTH, untaxed),
    Relation("declining balance", charged_early, only_books, BOTH, in_whole_years),
    Relation("lives of opening assets", ASSET_LIVES, only_books, (*CALM, "still-0"), untaxed),
    Relation("opening assets written off", written_off, only_books, (*CALM, "still-0"), untaxed),
    Relation(
        "infrastructure share",
        everywhere("gpus", infrastructure_share=0.4),
        only_books,
        BOTH,
        never_sold,
    ),
    Relation("tax law at no rate", tax_law, same_lines(*CASH), BOTH, untaxed),
    Relation(
        "accretion of prepayments",
        shifted("contracts", 0.07, "sfc_rate"),
        only_books,
        (*BOTH, "calm-2"),
        in_turn(untaxed, NO_SHARE_OF_REVENUE),
    ),
    Relation(
        "capitalised interest",
        put("operator", capitalised_interest_share=0.8),
        only_books,
        ("calm-0", "calm-3", "still-1", "still-3"),
        in_turn(untaxed, put("operator", capitalised_interest_share=0.1)),
    ),
    Relation(
        "discount of leases",
        put("operator", lease_rate=0.2),
        only_books,
        CALM,
        in_turn(untaxed, put("operator", lease_rate=0.05)),
    ),
    Relation(
        "discount of opening debt",
        discount_of_opening_debt,
        only_books,
        ("calm-0", "calm-1", "still-1", "still-3"),
        untaxed,
    ),
    Relation("lines of overheads", other_lines, only_books, BOTH),
    Relation("impairment", impairment, same_lines(*CASH), BOTH, untaxed),
    Relation("residual values", residuals, same_lines(*CASH), ("still-0", "wild-0"), never_sold),
    Relation("shares outstanding", shareholders, same_lines(*MONEY), CALM),
    Relation("ratings", ratings, same_lines(*MONEY), CALM),
]


@pytest.mark.parametrize(("relation", "firm"), cases(RELATIONS))
def test_no_cash_moves(relation, firm):
    relation.check(firm)
