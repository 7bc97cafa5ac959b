"""How debt and firms end: refinancing, conversion, backstop, default; and what shareholders pay."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from gpusim.economics.books import measures
from gpusim.economics.books.checks import residuals
from gpusim.economics.books.ledger import CASH_FOR_PRINCIPAL, CASH_FROM_EQUITY, PAID_IN_CAPITAL
from gpusim.economics.core.state import NEVER, State
from gpusim.results.payload import payload_of, stack
from gpusim.results.periods import quarters
from gpusim.results.tables import outcome_table
from gpusim.units_of_measure import date_of
from tests.engines import build
from tests.engines.build import AS_OF, book_of, played, quiet, world_of

MATURITY = dt.date(2026, 9, 30)
AFTER_TWO = {"default_after_months": 2, "forced_sale_share": 0.4}


def notes(**changes: Any) -> dict[str, Any]:
    """USD 6m at 12% fixed, all due at the end of September; interest monthly."""
    return build.notes(6_000_000, 0.12, MATURITY, 1, **changes)


def firm(debt: dict[str, Any], cash: float = 10_000_000, *, luck: Any = None, **more: Any) -> State:
    tables = quiet(debt={"notes": debt}, balance={"cash_usd": cash}, **more)
    final = played(tables, **(luck or {}))
    left = residuals(final.ledger[None], final.stocks[None], final.backlog[None])
    assert not any(left.values()), left
    return final


def test_an_open_market_rolls_a_bullet_over_at_the_new_margin():
    offer = {"months": 24, "margin_shift": 0.02}
    final = firm(notes(refinance=offer))
    facility, draw = final.facilities[0], final.draws[0]
    assert date_of(facility.refinanced) == MATURITY
    assert facility.principal == 6_000_000_00
    assert draw.margin == pytest.approx(0.14)
    assert date_of(draw.next_day) == dt.date(2028, 9, 30)
    plain = firm(notes())
    assert plain.facilities[0].principal == 0
    months = slice(1, 6)
    assert (plain.ledger[:, months] == final.ledger[:, months]).all()


def test_a_shut_market_refuses_and_the_bullet_must_be_paid():
    offer = {"months": 24, "margin_shift": 0.02}
    shut = np.ones(13, np.int64)
    shut[6] = 0
    final = firm(notes(refinance=offer), luck={"market_open": shut})
    assert date_of(final.facilities[0].refused) == MATURITY
    assert final.facilities[0].principal == 0
    assert (final.ledger == firm(notes()).ledger).all()
    poor = firm(notes(refinance=offer), 1_000_000, luck={"market_open": shut})
    assert date_of(poor.clock[0].first_shortfall) == MATURITY


def path(usd: float) -> dict[str, Any]:
    points = [{"date": AS_OF, "price_usd": 50}, {"date": MATURITY, "price_usd": usd}]
    return {"share_price_usd": points, "shares_outstanding": 1_000_000}


@pytest.mark.parametrize(("price", "issued"), [(101, 60_000), (100, 0), (20, 0)])
def test_a_convertible_becomes_shares_above_its_price_alone(price, issued):
    debt = notes(kind="convertible", conversion_price_usd=100, opening={"discount_usd": 60_000})
    final = firm(debt, operator=path(price))
    assert final.firm[0].shares_issued == issued
    assert final.firm[0].shares == 1_000_000 + issued
    assert final.facilities[0].principal == 0
    paid = 0 if issued else 6_000_000_00
    assert -final.ledger[CASH_FOR_PRINCIPAL].sum() == paid
    if issued:
        # Principal less what little of the discount is left becomes paid-in capital.
        added = -final.ledger[PAID_IN_CAPITAL, 1:].sum()
        assert 6_000_000_00 - 60_000_00 < added <= 6_000_000_00
        assert final.ledger[CASH_FROM_EQUITY].sum() == 0


def test_new_equity_counts_whole_shares_at_its_price():
    raised = {"date": dt.date(2026, 5, 15), "amount_usd": 1_000_001, "costs_usd": 1}
    priced = raised | {"price_usd_per_share": 4}
    operator = {"shares_outstanding": 750_000}
    with_price = firm(notes(), operator=operator, equity={"one": priced})
    without = firm(notes(), operator=operator, equity={"one": raised})
    assert with_price.firm[0].shares_issued == 250_000
    assert without.firm[0].shares_issued == 0
    assert (with_price.ledger == without.ledger).all()


def test_a_backstop_pays_what_is_missing_and_no_more():
    backstop = {"capacity_usd": 4_000_000, "price_usd_per_share": 2}
    operator = {"equity_backstop": backstop, "shares_outstanding": 1}
    final = firm(notes(), 3_000_000, operator=operator)
    # Six months of 60,000 interest leave 2,640,000 for 6,000,000 of principal.
    assert final.ledger[CASH_FROM_EQUITY].sum() == 3_360_000_00
    assert final.firm[0].shares_issued == 1_680_000
    assert final.clock[0].first_shortfall == NEVER
    small = operator | {"equity_backstop": backstop | {"capacity_usd": 1_000_000}}
    assert firm(notes(), 3_000_000, operator=small).clock[0].first_shortfall < NEVER


def test_a_firm_that_owes_for_the_stated_months_ends_and_its_books_stand_still():
    final = firm(notes(), 3_000_000, operator=AFTER_TWO)
    assert date_of(final.firm[0].defaulted) == dt.date(2026, 10, 31)
    assert (final.ledger[:, 8:] == 0).all()
    for measure in (measures.DEBT_PRINCIPAL, measures.SHORTFALL):
        assert (final.stocks[measure, 8:] == final.stocks[measure, 7]).all()
    assert firm(notes(), 3_000_000).firm[0].defaulted == NEVER
    assert firm(notes(), 10_000_000, operator=AFTER_TWO).firm[0].defaulted == NEVER


def test_a_month_paid_in_full_starts_the_count_again():
    raised = {"date": dt.date(2026, 10, 15), "amount_usd": 4_000_000, "costs_usd": 0}
    final = firm(notes(), 3_000_000, operator=AFTER_TWO, equity={"one": raised})
    assert final.clock[0].first_shortfall < NEVER
    assert final.firm[0].defaulted == NEVER


def test_lenders_recover_by_seniority_from_cash_and_hardware_at_the_forced_sale_price():
    assets = {
        "plant": {
            "category": "infrastructure",
            "gross_usd": 5_000_000,
            "accumulated_usd": 0,
            "remaining_life_years": 100,
        }
    }
    debts = {
        "senior": notes(seniority=0, opening={"principal_usd": 1_000_000,
                                              "repayments": {"2026": 1_000_000}}),
        "one": notes(),
        "two": notes(opening={"principal_usd": 3_000_000, "repayments": {"2026": 3_000_000}}),
    }  # fmt: skip
    tables = quiet(debt=debts, balance={"cash_usd": 700_000}, assets=assets, operator=AFTER_TWO)
    final = played(tables)
    senior, one, two = (final.facilities[f] for f in range(3))
    assert date_of(final.firm[0].defaulted) < dt.date(2027, 3, 31)
    assert senior.recovered == senior.creditor_claim
    assert 0 < one.recovered < one.creditor_claim
    assert one.recovered / one.creditor_claim == pytest.approx(
        two.recovered / two.creditor_claim, rel=1e-6
    )
    hardware = 0.4 * 5_000_000_00
    recovered = senior.recovered + one.recovered + two.recovered
    assert 0.98 * hardware < recovered <= hardware + 700_000_00


def test_a_default_is_an_outcome_with_its_date():
    book = book_of(
        quiet(
            debt={"notes": notes()},
            balance={"cash_usd": 3_000_000},
            operator=AFTER_TWO | {"shares_outstanding": 5},
        )
    )
    final = played(
        quiet(debt={"notes": notes()}, balance={"cash_usd": 3_000_000}, operator=AFTER_TWO)
    )
    assert world_of(book)
    table = outcome_table(stack([payload_of(final, 0)]), quarters(AS_OF, 12))
    assert table["defaulted"].to_list() == [dt.date(2026, 10, 31)]
    assert table["claims_at_default"].item() > table["recovered_at_default"].item() >= 0
