"""Income tax year to date: interest cap, losses, advance payments, deferred tax."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpusim.economics.books import ledger
from gpusim.economics.books.tax import (
    close_year,
    deferred_liability,
    tax_of_month,
    tax_outside_books,
)
from gpusim.economics.books.tax_charge import book_tax, deduct_for_tax, depreciable_net
from gpusim.economics.closing.opening import open_run
from gpusim.economics.core.records import Rows, rows
from gpusim.economics.core.state import Tax
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from tests.engines.build import book_of, own_gpus, quiet, world_of

money = st.integers(-(10**11), 10**11)
cost = st.integers(0, 10**11)
month = st.tuples(money, cost, cost, money)
year = st.lists(month, min_size=12, max_size=12)


def terms() -> Rows[Tax]:
    tax: Rows[Tax] = rows(Tax, 1)
    row = tax[0]
    row.rate, row.interest_cap_share, row.loss_cap_share = 0.25, 0.30, 0.80
    row.advance_share = 0.50
    return tax


FIRST = (-50_00, 600_00, 900_00, 400_00)
SECOND = (450_00, 600_00, 300_00, 300_00)


def test_a_loss_year_pays_nothing_and_carries_losses_and_interest_forward():
    """EBITDA -50 + 600 + 400 = 950, cap 285, so 115 is disallowed; loss 235."""
    tax = terms()
    assert tax_of_month(tax, *FIRST) == 0
    close_year(tax)
    assert (tax[0].losses, tax[0].disallowed_interest) == (235_00, 115_00)


def test_the_next_year_uses_both():
    """EBITDA 1,350, cap 405 of 415 interest; taxable 645, losses 235 (under 516), tax on 410."""
    tax = terms()
    tax_of_month(tax, *FIRST)
    close_year(tax)
    assert tax_of_month(tax, *SECOND) == 102_50
    close_year(tax)
    assert (tax[0].losses, tax[0].disallowed_interest) == (0, 10_00)


def test_losses_cover_at_most_their_share_of_income():
    tax = terms()
    tax[0].losses = 1_000_00
    assert tax_of_month(tax, 100_00, 0, 0, 0) == 5_00
    close_year(tax)
    assert tax[0].losses == 920_00


def test_a_bad_month_gives_back_tax_of_the_same_year_only():
    tax = terms()
    assert tax_of_month(tax, 100_00, 0, 0, 0) == 25_00
    assert tax_of_month(tax, -40_00, 0, 0, 0) == -10_00
    close_year(tax)
    assert tax_of_month(tax, -100_00, 0, 0, 0) == 0


@given(year)
def test_monthly_tax_adds_up_to_the_tax_of_the_whole_year(months):
    by_month, at_once = terms(), terms()
    total = sum(tax_of_month(by_month, *one) for one in months)
    assert total == tax_of_month(at_once, *(sum(parts) for parts in zip(*months, strict=True)))
    assert total >= 0


@given(st.lists(year, min_size=1, max_size=4))
def test_nothing_carried_forward_is_ever_negative(years):
    tax = terms()
    for months in years:
        for pretax, book, by_tax, interest in months:
            tax_of_month(tax, pretax, book, by_tax, abs(interest))
        close_year(tax)
        assert tax[0].losses >= 0
        assert tax[0].disallowed_interest >= 0
        assert tax[0].year_current == 0


def test_the_share_of_prepayments_that_is_taxed_apart():
    """Income beside the books of 300 on half of the prepayments: 150, taxed at 25%."""
    tax = terms()
    tax[0].untaxed = 300_00
    tax_outside_books(tax, 300_00, 300_00)
    assert tax_of_month(tax, 0, 0, 0, 0) == 37_50
    assert tax[0].untaxed == 0


def test_a_financing_component_is_neither_interest_nor_income():
    """Book income after 40 of it is 100; tax adds it back and caps nothing: 140 x 25%."""
    tax = terms()
    tax[0].year_financing = 40_00
    assert tax_of_month(tax, 100_00, 0, 0, 0) == 35_00


@given(year, st.lists(st.tuples(cost, money), min_size=12, max_size=12), cost, cost, cost)
def test_closing_the_year_moves_no_deferred_tax(months, prepaid, book, basis, left):
    tax = terms()
    tax[0].basis, tax[0].losses = basis, 10_000_00
    for one, (waited, more) in zip(months, prepaid, strict=True):
        tax_outside_books(tax, waited, more)
        tax_of_month(tax, *one)
    before = deferred_liability(tax, book, left)
    close_year(tax)
    assert deferred_liability(tax, book, left) == before


@pytest.mark.parametrize(
    ("book", "deferred_revenue", "liability"),
    [(2_000_00, 200_00, 122_50), (1_500_00, 200_00, 0), (1_000_00, 0, 0)],
)
def test_assets_offset_liabilities_and_no_more(book, deferred_revenue, liability):
    """Basis 1,400 and 10 of disallowed interest: (600 - 10 - 100) x 25%; then nothing is left."""
    tax = terms()
    tax[0].basis, tax[0].disallowed_interest = 1_400_00, 10_00
    assert deferred_liability(tax, book, deferred_revenue) == liability


def test_a_part_of_cost_is_deducted_at_once_and_a_full_first_month_of_the_rest():
    """100,000 in November, bonus 40%, five years: 41,000, then 1,000 a month: sixty months."""
    state = lower(load("single-site", sets=["tax.bonus_depreciation=0.4"])).state
    own = to_pointer(state._replace(tax_schedule=np.zeros(80, np.int64)))
    own.clock[0].month = 5
    deduct_for_tax(own, 100_000_00)
    expected = [0] * 5 + [41_000_00] + [1_000_00] * 59 + [0] * 15
    assert own.tax_schedule.tolist() == expected
    assert own.tax[0].basis == 100_000_00


def test_all_that_is_depreciated_has_a_book_value_and_goodwill_is_not():
    """700 of servers, 160 of infrastructure, 40 of other equipment and 60 of intangibles."""
    state = book_of(quiet()).state
    for name, gross, accumulated in (
        ("SERVERS", 1_000, 300),
        ("INFRASTRUCTURE", 200, 40),
        ("OTHER_EQUIPMENT", 50, 10),
        ("INTANGIBLES", 80, 20),
    ):
        state.balance[getattr(ledger, f"{name}_GROSS")] = gross
        state.balance[getattr(ledger, f"{name}_ACCUMULATED")] = -accumulated
    state.balance[ledger.GOODWILL] = 5_000
    state.balance[ledger.CONSTRUCTION_IN_PROGRESS] = 900
    assert depreciable_net(to_pointer(state)) == 700 + 160 + 40 + 60


def test_deferred_tax_that_the_opening_does_not_explain_stays():
    """Books of 100,000, a basis of 60,000 and 25% explain 10,000 of 13,000: the rest is kept."""
    book = book_of(
        quiet(
            assets=own_gpus(10),
            tax={"rate": 0.25, "opening": {"ppe_basis_usd": 60_000}},
            balance={"deferred_tax_usd": 13_000},
        )
    )
    s = to_pointer(book.state)
    open_run(s, world_to_pointer(world_of(book)))
    assert book.state.firm[0].deferred_tax_other == 3_000_00
    book_tax(s, 0, 0, 0, 0)
    assert book.state.balance[ledger.DEFERRED_TAX] == -13_000_00
