"""Warnings of money that never comes as a model may think: by hand, beside what is not told."""

import pytest

from gpusim.scenario import load
from gpusim.scenario.checks.warnings import warnings_of

FIRM = """
[model]
title = "A firm by hand"
as_of = 2026-09-30
quarters = 12
[gpus.A]
it_kw_per_gpu = 1.0
capex_usd_per_gpu = 40_000
on_demand_usd_per_gpu_hour = 3.0
deposit_share = 0.1
payment_days = 30
lead = { planned_days = 120, sd_days = 0 }
fitout = { planned_days = 30, sd_days = 0 }
acceptance = { planned_days = 30, sd_days = 0 }
[sites.hall]
kind = "owned"
phases = [{ it_mw = 2, ready = 2026-12-31 }]
"""
CONTRACT = """
[contracts.lab]
gpu = "A"
site = "hall"
price_usd_per_gpu_hour = 3.0
term_months = 24
tranches = [{{ gpus = 100, start = 2027-08-01 }}]
{terms}
[balance]
cash_usd = 50_000_000
"""


@pytest.fixture
def told(tmp_path):
    def of(text, said, *sets):
        file = tmp_path / "firm.toml"
        file.write_text(FIRM + text)
        return [text for text in warnings_of(load(str(file), sets=sets)) if said in text]

    return of


@pytest.mark.parametrize(
    ("plan", "kept"),
    [
        # 20% paid ahead; 15% of 24 equal invoices come off: 5 of 20 are kept
        ("share = 0.2, due = 2026-11-30, credit_share = 0.15", "25%"),
        # due in the 13th month: 15% of the last 12 of 24 are 7.5: 12.5 of 20 are kept
        ("share = 0.2, due = 2028-08-31, credit_share = 0.15", "62%"),
        # 15% of 24 x 219,000 are 788,400 of a million
        ("amount_usd = 1e6, due = 2026-11-30, credit_share = 0.15", "21%"),
        # nobody renews, so nothing is there to run on to
        ("share = 0.2, due = 2026-11-30, credit_share = 0.15, runs_on = true", "25%"),
        ("share = 0.2, due = 2026-11-30, credit_share = 0.2", None),
        ("share = 0.2, due = 2026-11-30, credited_months = [1, 12]", None),
        # the months are over by then: what is left comes off the next invoices
        ("share = 0.2, due = 2028-08-31, credited_months = [1, 6]", None),
        ("share = 0.2, due = 2026-11-30, credit_share = 0.1, credited_months = [1, 24]", None),
    ],
)
def test_prepayments_that_are_never_credited(told, plan, kept):
    found = told(CONTRACT.format(terms=f"prepayment = {{ {plan} }}"), "never credited")
    assert [text.partition(" ")[0] for text in found] == ([kept] if kept else [])


def test_one_that_runs_on_into_renewals_is_not_told(told):
    terms = (
        "prepayment = { share = 0.2, due = 2026-11-30, credit_share = 0.15, runs_on = true }\n"
        "renewal = { chance = 0.6, term_months = 12, times = 2, price_share = 0.8 }"
    )
    assert not told(CONTRACT.format(terms=terms), "never credited")


LEASE = """vendor = "lease"
vendor_share = 0.6
[debt.lease]
kind = "finance-lease"
commitment_usd = 10_000_000
available_to = {until}
base = "fixed"
margin = 0.09
amortisation = {{ law = "level", months = 36, every_months = 1 }}
"""


@pytest.mark.parametrize(("until", "late"), [("2027-05-22", True), ("2027-05-23", False)])
def test_a_lease_that_closes_before_delivery(told, until, late):
    """Ordered ten days ahead, 30 + 30 days of work before 1 August 2027: 23 May."""
    found = told(CONTRACT.format(terms=LEASE.format(until=until)), "the lease lease can never pay")
    assert len(found) == late
    assert not late or "first delivery is planned on 2027-05-23" in found[0]


ORDER = """
[orders.more]
gpu = "A"
site = "hall"
gpus = 1_000
date = 2026-10-31
[debt.notes]
kind = "notes"
margin = 0.0
base = "fixed"
maturity = {maturity}
opening = {{ principal_usd = 30_000_000, every_months = 1, repayments = {{ 2027 = 30_000_000 }} }}
[balance]
cash_usd = {cash}
"""


@pytest.mark.parametrize(
    ("cash", "maturity", "lacks"),
    [
        # 40m of hardware, its bill on 30 March 2027, after notes of 30m: 70m are needed
        (60_000_000, "2027-01-31", "10.0m"),
        (71_000_000, "2027-01-31", None),
        # 1,000 GPUs at 3 USD an hour from 29 April on have earned 17.7m by the end of the year
        (60_000_000, "2027-12-31", None),
        # without the order too little for the notes: no order is to blame
        (20_000_000, "2027-01-31", None),
    ],
)
def test_an_order_that_takes_the_cash_of_debt_service(told, cash, maturity, lacks):
    found = told(ORDER.format(cash=cash, maturity=maturity), "cash that debt service needs")
    assert len(found) == (lacks is not None)
    assert lacks is None or f"USD {lacks} more than there is" in found[0]


TAX = """
[assets.building]
category = "infrastructure"
gross_usd = 100_000_000
accumulated_usd = 20_000_000
remaining_life_years = 20
[tax]
rate = 0.25
[tax.opening]
{opening}
[balance]
cash_usd = 10_000_000
deferred_tax_usd = {deferred}
"""


@pytest.mark.parametrize(
    ("opening", "deferred", "missing"),
    [
        ("ppe_basis_usd = 0", 0, "20.0m"),  # 25% of 80m of books
        ("ppe_basis_usd = 30_000_000", 0, "12.5m"),
        ("ppe_basis_usd = 30_000_000\nlosses_usd = 50_000_000", 0, None),  # they stand against it
        ("ppe_basis_usd = 0", 20_000_000, None),
        ("ppe_basis_usd = 80_000_000", 0, None),
        ("losses_usd = 0", 0, None),  # left out: it follows from the books
    ],
)
def test_a_basis_that_no_deferred_tax_goes_with(told, opening, deferred, missing):
    found = told(TAX.format(opening=opening, deferred=deferred), "never to be")
    assert len(found) == (missing is not None)
    assert missing is None or f"stands for a deferred tax of USD {missing}" in found[0]
