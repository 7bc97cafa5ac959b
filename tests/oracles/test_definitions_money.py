"""The word list's examples of capex, interest, leases, tax and cover, through the engine."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from gpusim.economics.books import measures
from gpusim.economics.books.ledger import ACCOUNTS
from gpusim.economics.core.state import State
from tests.engines.build import Tables, contract, gpu, merged, played, quiet, same, site

CASE = "definitions"
APRIL_30 = dt.date(2026, 4, 30)
FAR = dt.date(2040, 1, 1)
NO_ROOM = dt.date(2029, 1, 1)


def moved(final: State, *names: str) -> np.ndarray:
    """Movements of accounts by simulated month, debits less credits [cents]."""
    return final.ledger[[ACCOUNTS.index(name) for name in names], 1:].sum(axis=0)


def stood(final: State, name: str) -> np.ndarray:
    """Balance of an account at each month's end, the as-of month first [cents]."""
    return final.ledger[ACCOUNTS.index(name)].cumsum()


def counted(final: State, measure: int) -> np.ndarray:
    """A measure by simulated month."""
    return final.stocks[measure, 1:]


# --- capital expenditure -----------------------------------------------------------------------


def vendor_financed() -> Tables:
    """1,000 GPUs of USD 10,000: a fifth paid ahead, 30% lent by the supplier; notes at 12%."""
    tranche = {"gpus": 1_000, "start": dt.date(2026, 10, 1), "value_usd": 1_000_000}
    return quiet(
        operator={"capitalised_interest_share": 0.5},
        gpus={
            "G": gpu(deposit_share=0.2, payment_days=45, lead={"planned_days": 60, "sd_days": 0})
        },
        sites={"S": site([{"it_mw": 1, "ready": dt.date(2026, 11, 15)}])},
        contracts={"C": contract([tranche], vendor="V", vendor_share=0.3)},
        debt={
            "N": notes(50_000_000, 0.12),
            "V": {
                "kind": "vendor",
                "commitment_usd": 10_000_000,
                "available_to": FAR,
                "base": "fixed",
                "margin": 0.1,
                "day_count": "30/360",
                "amortisation": {"law": "straight", "months": 24, "every_months": 3},
                "maturity": FAR,
                "seniority": 1,
            },
        },
    )


def notes(principal: int, coupon: float) -> Tables:
    """Notes outstanding, interest twice a year."""
    return {
        "kind": "notes",
        "base": "fixed",
        "margin": coupon,
        "day_count": "30/360",
        "maturity": FAR,
        "seniority": 2,
        "opening": {
            "principal_usd": principal,
            "every_months": 6,
            "repayments": {"2040": principal},
        },
    }


@pytest.fixture(scope="module")
def financed():
    return played(vendor_financed())


def test_vendor_finance_is_debt_without_cash(financed, compare):
    lent = counted(financed, measures.DEBT_NONCASH)
    compare("lent in a month: values [cents]", sorted(set(lent.tolist())), [0, 3_000_000_00])
    compare("lent in all [cents]", lent.sum(), 3_000_000_00)
    bought = counted(financed, measures.BOUGHT_ON_CREDIT)
    compare("bought on credit by month [cents]", bought.tolist(), lent.tolist())
    assert not moved(financed, "cash_from_draws").any()
    assert -moved(financed, "vendor_debt").max() <= 3_000_000_00


def test_capex_accrued_is_cash_payables_deposits_vendor_and_interest_not_yet_paid(
    financed, compare
):
    """The identity of the word list, in every month."""
    paid = -moved(financed, "cash_for_capex", "cash_for_capitalised_interest")
    payables = -moved(financed, "payables_capex")
    deposits = moved(financed, "supplier_deposits")
    vendor = counted(financed, measures.DEBT_NONCASH)
    capitalised = -moved(financed, "interest_capitalised")
    unpaid = capitalised + moved(financed, "cash_for_capitalised_interest")
    accrued = counted(financed, measures.CAPEX_ACCRUED)
    compare(
        "capex accrued by month against its parts [cents]",
        accrued.tolist(),
        (paid + payables - deposits + vendor + unpaid).tolist(),
    )
    compare("accrued without interest [cents]", accrued.sum() - capitalised.sum(), 10_000_000_00)
    assert all(part.any() for part in (paid, payables, deposits, vendor, unpaid))


def test_construction_in_progress_is_opening_plus_accrued_less_put_in_service(financed, compare):
    accrued = counted(financed, measures.CAPEX_ACCRUED).cumsum()
    in_service = counted(financed, measures.CAPEX_IN_SERVICE).cumsum()
    compare(
        "construction in progress by month [cents]",
        stood(financed, "construction_in_progress")[1:].tolist(),
        (accrued - in_service).tolist(),
    )
    assert in_service[-1] > 10_000_000_00


def test_a_deposit_is_no_capex_until_title_passes(financed, compare):
    deposits = stood(financed, "supplier_deposits")
    month = int(np.flatnonzero(deposits)[0])
    compare("deposit [cents]", deposits[month], 2_000_000_00)
    compare(
        "capex accrued in its month [cents]",
        counted(financed, measures.CAPEX_ACCRUED)[month - 1],
        0,
    )
    compare(
        "cash for capex in its month [cents]",
        moved(financed, "cash_for_capex")[month - 1],
        -2_000_000_00,
    )


# --- capitalised interest ----------------------------------------------------------------------


def building(share: float, in_progress: int, principal: int) -> Tables:
    """Hardware that waits all year for a hall, and notes at 12%."""
    hardware = {"status": "delivered", "in_progress_usd": in_progress}
    tranche = {"gpus": 1, "start": APRIL_30, "value_usd": 1, "hardware": hardware}
    return quiet(
        operator={"capitalised_interest_share": share},
        sites={"S": site([{"it_mw": 1, "ready": NO_ROOM}])},
        contracts={"C": contract([tranche])},
        debt={"N": notes(principal, 0.12)},
    )


def test_interest_is_capitalised_on_the_qualifying_share_of_construction(compare):
    """A month at 12% a year on half of USD 40m: 200,000; the next on half of 40.1m on average."""
    final = played(building(0.5, 40_000_000, 100_000_000))
    capitalised = -moved(final, "interest_capitalised")
    compare("capitalised in month 1 [cents]", capitalised[0], 200_000_00)
    compare("capitalised in month 2 [cents]", capitalised[1], 201_000_00)
    compare(
        "contractual interest of month 1 [cents]",
        moved(final, "interest_contractual")[0],
        1_000_000_00,
    )
    compare(
        "construction in progress after month 2 [cents]",
        stood(final, "construction_in_progress")[2],
        40_401_000_00,
    )


def test_no_more_interest_is_capitalised_than_was_incurred(compare):
    final = played(building(1.0, 40_000_000, 10_000_000))
    compare("capitalised in month 1 [cents]", -moved(final, "interest_capitalised")[0], 100_000_00)
    compare(
        "contractual interest of month 1 [cents]",
        moved(final, "interest_contractual")[0],
        100_000_00,
    )


def test_capitalised_interest_is_investing_cash_when_it_is_paid(compare):
    final = played(building(0.5, 40_000_000, 100_000_000))
    capitalised = -moved(final, "interest_capitalised")
    paid = -moved(final, "cash_for_capitalised_interest")
    compare(
        "investing cash for interest by month [cents]",
        paid.tolist()[:6],
        [0, 0, 0, 0, 0, capitalised[:6].sum()],
    )
    both = paid - moved(final, "cash_for_interest")
    compare("interest paid in month 6 in all [cents]", both[5], 6_000_000_00)


# --- debt --------------------------------------------------------------------------------------

UNDRAWN = {
    "kind": "delayed-draw",
    "commitment_usd": 100_000_000,
    "available_to": dt.date(2026, 6, 15),
    "advance_rate": 0.7,
    "base": "fixed",
    "margin": 0.14,
    "day_count": "30/360",
    "undrawn_fee": 0.005,
    "draw_discount": 0.0,
    "amortisation": {"law": "straight", "months": 12, "every_months": 1},
    "maturity": FAR,
    "seniority": 0,
}


def test_an_undrawn_fee_runs_on_the_unused_commitment_while_it_is_available(compare):
    """USD 100m at 0.5% for 30 and 31 days of 360; the line lapses on 15 June."""
    fees = moved(played(quiet(debt={"L": UNDRAWN})), "interest_undrawn_fees")
    compare("fees of April and May [cents]", fees[:2].tolist(), [41_666_67, 43_055_56])
    compare("fee to 15 June [cents]", fees[2], 20_833_33)
    assert not fees[3:].any()


def test_cover_of_the_first_month_of_the_worked_loan(compare):
    """38.28 in 12 equal principals at 14%, cash of 4.545: (3.19 + 0.447) is covered 1.25 times."""
    loan = UNDRAWN | {"commitment_usd": 38_280_000, "available_to": APRIL_30, "undrawn_fee": 0.0}
    bill = {"amount_usd": 38_280_000, "due": APRIL_30, "facility": "L", "loan_share": 1}
    customer = {"amount_usd": 4_545_000, "due": dt.date(2026, 5, 20)}
    final = played(
        quiet(
            debt={"L": loan},
            payables={"capex": [bill]},
            receivables={"invoices": [customer]},
        )
    )
    compare("drawn [cents]", counted(final, measures.DEBT_DRAWN)[0], 38_280_000_00)
    compare(
        "debt service of April and May [cents]",
        counted(final, measures.DEBT_SERVICE)[:2].tolist(),
        [0, 3_190_000_00 + 446_600_00],
    )
    compare("CFADS of May [cents]", counted(final, measures.CFADS)[1], 4_545_000_00)
    cover = counted(final, measures.CFADS)[1] / counted(final, measures.DEBT_SERVICE)[1]
    compare("DSCR", cover, 1.25, abs=0.0005)


def test_discount_is_interest_over_the_life_of_the_draw_and_gone_at_its_end(compare):
    loan = UNDRAWN | {
        "commitment_usd": 12_000_000,
        "available_to": APRIL_30,
        "draw_discount": 0.02,
        "undrawn_fee": 0.0,
        "amortisation": {"law": "straight", "months": 6, "every_months": 1},
    }
    bill = {"amount_usd": 12_000_000, "due": APRIL_30, "facility": "L", "loan_share": 1}
    final = played(quiet(debt={"L": loan}, payables={"capex": [bill]}))
    compare("cash from the draw [cents]", moved(final, "cash_from_draws")[0], 11_760_000_00)
    compare("discount at first [cents]", stood(final, "debt_discount")[1], 240_000_00)
    compare("amortised in all [cents]", moved(final, "interest_amortisation")[:7].sum(), 240_000_00)
    compare("discount at the end [cents]", stood(final, "debt_discount")[7], 0)
    compare("loan at the end [cents]", stood(final, "loans")[7], 0)


# --- leases ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def leased():
    """Half a year of 1 MW at USD 100 a kW-month from 1 May 2026."""
    shell = site(
        [{"it_mw": 1, "ready": dt.date(2026, 5, 1)}],
        kind="leased-shell",
        rent_usd_per_kw_month=100,
        lease_years=0.5,
    )
    return played(quiet(sites={"S": shell}))


def test_lease_cost_is_the_same_every_day(leased, compare):
    """USD 600,000 over 184 days, 1 May to 31 October."""
    cost = moved(leased, "cost_rent")
    days = np.array([0, 31, 30, 31, 31, 30, 31, 0, 0, 0, 0, 0])
    compare("lease cost by month [cents]", cost, 600_000_00 / 184 * days, abs=1)
    compare("lease cost in all [cents]", cost.sum(), 600_000_00)


def test_lease_liability_is_the_present_value_of_what_is_left_to_pay(leased, compare):
    monthly = 0.1 / 12
    worth = sum(100_000_00 / (1 + monthly) ** n for n in range(1, 7))
    compare(
        "liability before and a month after handover [cents]",
        -stood(leased, "lease_liabilities")[1:3],
        [0, worth * (1 + monthly) - 100_000_00],
        abs=2,
    )


def test_lease_asset_and_liability_end_at_zero(leased, compare):
    compare("liability at the end [cents]", stood(leased, "lease_liabilities")[-1], 0)
    compare("asset at the end [cents]", stood(leased, "lease_assets")[-1], 0)
    compare("rent paid [cents]", -moved(leased, "cash_for_rent").sum(), 600_000_00)


def test_a_lease_that_starts_within_a_month_ends_at_zero_too(compare):
    shell = site(
        [{"it_mw": 1, "ready": dt.date(2026, 5, 20)}],
        kind="leased-shell",
        rent_usd_per_kw_month=100,
        lease_years=0.25,
    )
    final = played(quiet(sites={"S": shell}))
    compare("liability at the end [cents]", stood(final, "lease_liabilities")[-1], 0)
    compare("asset at the end [cents]", stood(final, "lease_assets")[-1], 0)
    compare("lease cost in all [cents]", moved(final, "cost_rent").sum(), 300_000_00)


# --- tax ---------------------------------------------------------------------------------------


def taxed(losses: int, **terms: object) -> State:
    """USD 1m earned from April to December at 25%, and losses carried forward."""
    fleet = {
        "category": "servers",
        "gpu": "G",
        "site": "S",
        "gpus": 1,
        "gross_usd": 0,
        "accumulated_usd": 0,
        "remaining_life_years": 50,
    }
    tranche = {
        "gpus": 1,
        "start": dt.date(2026, 4, 1),
        "value_usd": 1_000_000,
        "hardware": {"status": "in-service"},
    }
    tax = {"rate": 0.25, "loss_cap_share": 0.8, "opening": {"losses_usd": losses}}
    return played(
        quiet(
            assets={"F": fleet},
            contracts={"C": contract([tranche], term_months=9)},
            tax=merged(tax, terms),
        )
    )


def test_losses_shelter_four_fifths_of_a_years_income(compare):
    """A fifth of USD 1m is taxed at 25%: 50,000."""
    final = taxed(5_000_000)
    compare("current tax of the year [cents]", moved(final, "tax_current")[:9].sum(), 50_000_00)
    compare("losses carried forward [cents]", final.tax[0].losses, 5_000_000_00 - 800_000_00)


def test_losses_run_out(compare):
    final = taxed(300_000)
    compare("current tax of the year [cents]", moved(final, "tax_current")[:9].sum(), 175_000_00)
    compare("losses carried forward [cents]", final.tax[0].losses, 0)


def test_a_years_loss_is_carried_to_the_next(compare):
    """Three months' rent with no income in 2026's last quarters, income after: less tax later."""
    without = taxed(0)
    compare(
        "current tax of the year without losses [cents]",
        moved(without, "tax_current")[:9].sum(),
        250_000_00,
    )
    overhead = {"O": {"line": "administration", "monthly_usd": 100_000}}
    final = played(quiet(overheads=overhead, tax={"rate": 0.25, "loss_cap_share": 0.8}))
    assert not moved(final, "tax_current").any()
    compare("losses carried forward [cents]", final.tax[0].losses, 900_000_00)
    compare("loss of the next year so far [cents]", -final.tax[0].year_pretax, 300_000_00)


def test_cash_earns_the_base_rate_less_a_margin(compare):
    """USD 100m at 4% - 1% for the 30 days of April."""
    tables = quiet(
        operator={"cash_yield_margin": -0.01},
        rates={"curve": [{"date": dt.date(2026, 1, 1), "rate": 0.04}]},
        market={"spread_shift": same(0)},
    )
    income = -moved(played(tables), "interest_income")
    compare("interest income of April [cents]", income[0], 246_575_34)
