"""Income tax of whole runs, month by month, against one written from docs/definitions.md."""

import pytest

from tests.cases.tax_by_hand import MONTHS, Terms, check, check_booked, line

DET = "det"
PREPAID = 0.20 * 24_000 * 2.91 * 24 * (1_826 + 1_827)
"""Received on 30 September 2026, credited from February 2029 on: income of December 2027."""
CREDITS = {f"{2029 + m // 12}-{m % 12 + 1:02}": -PREPAID / 36 for m in range(1, 37)}
APART = {"2027-12": PREPAID} | CREDITS


def test_bonus_depreciation_and_losses():
    check(APART, Terms(bonus=1.0), DET)


def test_a_part_at_once_and_the_rest_over_the_life_from_a_full_first_month():
    """Of the first half, in service on 31 December 2026: 40%, and a sixtieth of 60%, in 2026."""
    check(APART, Terms(bonus=0.4), DET, "tax.bonus_depreciation=0.4")


def test_the_interest_cap_carries_forward():
    """At 3% of tax EBITDA it binds while the loan is large, and lets go later."""
    changes = ("tax.interest_cap_share=0.03", "tax.bonus_depreciation=0")
    check(APART, Terms(cap=0.03), DET, *changes)


def test_opening_losses_cover_four_fifths():
    losses = ("tax.opening.losses_usd=400000000", "tax.bonus_depreciation=0")
    check(APART, Terms(losses=400e6), DET, *losses)


def test_opening_disallowed_interest_is_deducted_within_the_cap():
    changes = ("tax.opening.disallowed_interest_usd=60000000", "tax.bonus_depreciation=0")
    check(APART, Terms(disallowed=60e6), DET, *changes)


def test_tax_comes_only_at_quarter_ends():
    paid = line("cash_for_tax", DET, "tax.bonus_depreciation=0")
    assert {n % 3 for n, amount in enumerate(paid) if amount} == {2}


def test_what_was_paid_too_much_is_carried_forward():
    """A second half in service in late 2027 takes income away that the first three quarters paid
    for: nothing is paid in December, nothing comes back, and March 2028 pays what is left."""
    late = ("contracts.anchor.tranches.1.start=2028-01-01", "sites.alpha.phases.1.ready=2027-10-01")
    half = "contracts.anchor.prepayment.share=0.04"  # so that invoices can carry its credits
    changes = (*late, half, "tax.bonus_depreciation=0.1")
    paid = check({}, Terms(bonus=0.1), "credits_next_year", *changes)
    assert paid["2027-06"] > 0
    assert paid["2027-12"] == 0
    assert paid["2028-03"] < paid["2028-06"]


# --- amortisation of intangibles


SPREAD, WITH_BOOKS = "tax.bonus_depreciation=0", "tax.advance_payment_share=0"


def test_amortisation_of_intangibles_lowers_no_taxable_income():
    """20.0 a year of 80.0 bought with a firm's shares: net income less 15.0, tax as without.

    Prepayments are taxed with the books, so that no asset of theirs hides what is deferred.
    """
    check({}, Terms(), "intangibles", WITH_BOOKS)
    plain, bought = (DET, SPREAD, WITH_BOOKS), ("intangibles", WITH_BOOKS)
    assert line("cash_for_tax", *bought) == pytest.approx(line("cash_for_tax", *plain), abs=1.0)
    pairs = zip(line("net_income", *plain), line("net_income", *bought), strict=True)
    lower = [without - with_them for without, with_them in pairs]
    year = slice(MONTHS.index("2029-01"), MONTHS.index("2029-12") + 1)
    assert sum(lower[year]) == pytest.approx(80e6 * 365 / 1_461 * 0.75, abs=2.0)


# --- discount of debt that is repaid early


SWEPT = (
    "debt.ddtl.covenants={ sweep_share = 1.0, stops_draws = false, "
    "dscr = { minimum = 9.0, from = 2029-03-31 } }",
    "operator.waterfall=['taxes', 'operating', 'rent', 'fees', 'interest', 'principal', "
    "'suppliers', 'reserve', 'sweep']",
    "debt.ddtl.draw_discount=0.05",
)


@pytest.mark.parametrize("cap", [1.0, 0.05])
def test_discount_that_a_repayment_writes_off_is_interest_for_tax(cap):
    """From April 2029 on all spare cash repays the loan at month ends, and takes its discount."""
    changes = (*SWEPT, SPREAD, f"tax.interest_cap_share={cap}")
    discount = line("noncash_interest", DET, *changes)
    assert discount[MONTHS.index("2029-04")] > 5 * discount[MONTHS.index("2029-03")]
    check_booked(APART, Terms(cap=cap), DET, *changes)
