"""What tax deducts of what a firm owns on the as-of day, by hand.

An own building of USD 180m, of which 14.4m are charged and the rest is over 23 years, that stands
and is let for 1.8m a month: in the books for 165.6m.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from gpusim.economics.books.checks import first_breach
from gpusim.economics.books.ledger import DEFERRED_TAX, TAX_CURRENT, TAX_DEFERRED
from gpusim.economics.closing.opening import open_run
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.engines.process import run
from gpusim.scenario import ScenarioError
from tests.engines.build import (
    AS_OF,
    Tables,
    book_of,
    gpu,
    merged,
    quiet,
    scenario_of,
    site,
    world_of,
)

MILLION = 100_000_000
"""In cents."""


def landlord(**tables: Any) -> Tables:
    """The firm of the heading, taxed at a quarter, five years of tax life, no bonus."""
    terms = {
        "customer": "tenant", "rating": "other", "kind": "colocation", "site": "S",
        "price_usd_per_kw_month": 150, "power": "included", "term_months": 120, "signed": AS_OF,
        "payment_days": 0, "late_start": "shifts",
        "tranches": [{"it_kw": 12_000, "start": AS_OF + dt.timedelta(1)}],
    }  # fmt: skip
    building = {
        "category": "infrastructure", "gross_usd": 180_000_000, "accumulated_usd": 14_400_000,
        "remaining_life_years": 23,
    }  # fmt: skip
    base = quiet(
        sites={"S": site([{"it_mw": 20, "ready": dt.date(2024, 10, 1)}])}, gpus={"G": gpu()},
        contracts={"T": terms}, assets={"building": building}, tax={"rate": 0.25, "life_years": 5},
    )  # fmt: skip
    return merged(base, tables)


def played(tables: Tables) -> Any:
    book = book_of(tables)
    final = run(book.state, world_of(book))
    assert first_breach(final.ledger, final.stocks, final.backlog) is None
    return final


def test_a_basis_left_out_is_the_book_value_and_there_is_no_deferred_tax_asset():
    """Deducted over 60 months, 2.76m each, more than the rent: no tax, and a liability at most."""
    assert scenario_of(landlord()).tax.opening.ppe_basis_usd == 165_600_000
    final = played(landlord())
    assert final.tax_schedule[1:13].tolist() == [2_760_000_00] * 12
    assert not final.ledger[TAX_CURRENT].any()
    owed = -final.ledger[DEFERRED_TAX, 1:].cumsum()
    assert (owed >= 0).all()


def test_a_basis_that_is_stated_as_nothing_stays_nothing():
    none = landlord(tax={"opening": {"ppe_basis_usd": 0}})
    assert scenario_of(none).tax.opening.ppe_basis_usd == 0
    assert not played(none).tax_schedule.any()


def test_what_deferred_tax_stands_for_comes_off():
    """10m at a quarter is 40m; a loss of 5m and disallowed interest of 3m count against it."""
    told = landlord(balance={"deferred_tax_usd": 10_000_000})
    assert scenario_of(told).tax.opening.ppe_basis_usd == 125_600_000
    more = {"losses_usd": 5_000_000, "disallowed_interest_usd": 3_000_000}
    told = merged(told, {"tax": {"opening": more}})
    assert scenario_of(told).tax.opening.ppe_basis_usd == 117_600_000
    far = landlord(balance={"deferred_tax_usd": 50_000_000})
    assert scenario_of(far).tax.opening.ppe_basis_usd == 0


def test_intangibles_that_came_with_their_liability_leave_the_rest_its_basis():
    """8m of a firm that was bought, with 2m of deferred tax, a quarter: the building keeps all of
    its 165.6m. Without deferred tax they have a basis too."""
    names = {
        "category": "intangibles", "gross_usd": 8_000_000, "accumulated_usd": 0,
        "remaining_life_years": 4,
    }  # fmt: skip
    bought = landlord(assets={"names": names}, balance={"deferred_tax_usd": 2_000_000})
    assert scenario_of(bought).tax.opening.ppe_basis_usd == 165_600_000
    alone = landlord(assets={"names": names})
    assert scenario_of(alone).tax.opening.ppe_basis_usd == 173_600_000


PAID_AHEAD = {
    "opening": {
        "deferred_revenue_usd": 20_000_000, "credited_from": dt.date(2026, 5, 1),
        "credited_to": dt.date(2027, 4, 30),
    }
}  # fmt: skip


@pytest.mark.parametrize(
    "tables",
    [
        {},
        {"balance": {"deferred_tax_usd": 10_000_000}},
        {
            "balance": {"deferred_tax_usd": 10_000_000},
            "tax": {"opening": {"losses_usd": 5e6, "disallowed_interest_usd": 3e6}},
        },
        {"contracts": {"T": PAID_AHEAD}, "tax": {"advance_payment_share": 0.5}},
        {
            "contracts": {"T": PAID_AHEAD},
            "tax": {"advance_payment_share": 0.5},
            "balance": {"deferred_tax_usd": 10_000_000},
        },
    ],
)
def test_the_deferred_tax_of_the_opening_balance_is_explained(tables: Tables):
    """Nothing of it is beyond what the rules have, so nothing is kept beside them for ever."""
    book = book_of(landlord(**tables))
    open_run(to_pointer(book.state), world_to_pointer(world_of(book)))
    assert abs(int(book.state.firm[0].deferred_tax_other)) <= 1


def test_a_tax_life_of_its_own():
    """165.6m over 444 months are 372,972.97 and a fraction, whose cents make one more at times.

    Taxable are 1.8m of rent less that: 356,756.76 of tax a month at a quarter. Book depreciation
    is faster, so nothing is deferred.
    """
    own = landlord(assets={"building": {"tax_life_years": 37}})
    assert scenario_of(own).tax.opening.ppe_basis_usd == 0
    final = played(own)
    each = final.tax_schedule[1:13]
    assert each.sum() == 12 * 165_600_000_00 // 444
    assert set(each.tolist()) == {372_972_97, 372_972_98}
    taxed = final.ledger[TAX_CURRENT, 1:13].sum()
    assert taxed == pytest.approx(0.25 * (12 * 1_800_000_00 - each.sum()), abs=12)
    assert not final.ledger[TAX_DEFERRED].any()


def test_a_tax_life_beside_others():
    """20m of servers are the basis; the building has its own."""
    servers = {
        "category": "servers", "gross_usd": 30_000_000, "accumulated_usd": 10_000_000,
        "remaining_life_years": 4,
    }  # fmt: skip
    own = landlord(assets={"building": {"tax_life_years": 37}, "old": servers})
    assert scenario_of(own).tax.opening.ppe_basis_usd == 20_000_000
    first = played(own).tax_schedule[1]
    assert first == 20_000_000_00 // 60 + 372_972_97


def test_intangibles_have_none():
    names = {
        "category": "intangibles", "gross_usd": 8_000_000, "accumulated_usd": 0,
        "remaining_life_years": 4, "tax_life_years": 15,
    }  # fmt: skip
    with pytest.raises(ScenarioError, match="they have no basis"):
        scenario_of(landlord(assets={"names": names}))
