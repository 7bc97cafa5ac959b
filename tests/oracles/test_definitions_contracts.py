"""The word list's examples of revenue, prepayment, backlog and RPO, through the engine."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from gpusim.economics.books import measures
from gpusim.economics.books.ledger import ACCOUNTS
from gpusim.economics.core import state
from gpusim.economics.core.state import INVOICES, State
from tests.engines.build import AS_OF, Tables, contract, merged, played, quiet

CASE = "definitions"
START = dt.date(2026, 4, 1)
IN_SERVICE = {"status": "in-service"}
FLEET = {
    "category": "servers",
    "gpu": "G",
    "site": "S",
    "gpus": 1_000,
    "gross_usd": 0,
    "accumulated_usd": 0,
    "remaining_life_years": 90,
}


def firm(value: float, months: int, quarters: int, **terms: object) -> Tables:
    """One contract on GPUs that are there, billing from 1 April 2026."""
    tranche = {"gpus": 1_000, "start": START, "value_usd": value, "hardware": IN_SERVICE}
    return quiet(
        model={"quarters": quarters},
        assets={"F": FLEET},
        contracts={"C": contract([tranche], term_months=months, **terms)},
    )


def account(final: State, name: str) -> np.ndarray:
    """Movements of an account by month, from the first simulated one [cents]."""
    return final.ledger[ACCOUNTS.index(name), 1:]


def invoiced(final: State) -> list[int]:
    """Amounts of the invoices, in the order they were written [cents]."""
    return final.invoices[: final.count[INVOICES]].amount.tolist()


def days_in_months(final: State) -> np.ndarray:
    """Days of the contract's first sixty months."""
    ends = np.array([START.toordinal()])
    for n in range(1, 61):
        month = START.month - 1 + n
        day = dt.date(START.year + month // 12, month % 12 + 1, 1).toordinal()
        ends = np.append(ends, day)
    return np.diff(ends)


# --- 9,700 over 60 months, 1,940 prepaid, credited in months 25 to 60 --------------------------

PRICE, PAID = 9_700_000_000_00, 1_940_000_000_00
"""Of the contract and of its prepayment [cents]."""
PLAN = {
    "amount_usd": 1_940e6,
    "due": dt.date(2026, 4, 1),
    "unconditional": True,
    "credited_months": [25, 60],
}


@pytest.fixture(scope="module")
def prepaid():
    return played(firm(9_700e6, 60, 21, prepayment=PLAN, payment_days=30))


def test_a_credit_never_lowers_revenue(prepaid, compare):
    revenue = -account(prepaid, "revenue_committed")[:60]
    days = days_in_months(prepaid)
    compare("days of the term", days.sum(), 1_826)
    compare("revenue by month [cents]", revenue, PRICE / 1_826 * days, abs=1)
    compare("revenue in all [cents]", revenue.sum(), PRICE)
    compare("mean revenue of a month [USD m]", revenue.mean() / 1e8, 161.67, abs=0.005)


def test_invoices_are_full_for_two_years_and_lower_by_the_credit_from_month_25(prepaid, compare):
    prepayment, *monthly = invoiced(prepaid)
    compare("first invoice [cents]", prepayment, PAID)
    billed = np.array(monthly[:60])
    revenue = -account(prepaid, "revenue_committed")[:60]
    compare(
        "invoices of months 1-24 against revenue [cents]",
        billed[:24].tolist(),
        revenue[:24].tolist(),
    )
    compare("invoices of months 25-60 [cents]", billed[24:60], revenue[24:60] - PAID / 36, abs=1)
    compare(
        "mean invoice from month 25 [USD m]",
        PRICE / 60 / 1e8 - (revenue - billed)[24:60].mean() / 1e8,
        107.78,
        abs=0.005,
    )
    compare("invoiced after the prepayment [cents]", billed.sum(), PRICE - PAID)


def test_deferred_revenue_stands_for_two_years_and_is_level_to_zero_by_month_60(prepaid, compare):
    deferred = -account(prepaid, "deferred_revenue").cumsum()
    compare(
        "deferred revenue in months 1, 13, 24 [cents]",
        deferred[[0, 12, 23]].tolist(),
        [PAID, PAID, PAID],
    )
    compare(
        "deferred revenue of months 25-60 [cents]",
        deferred[24:60],
        PAID - PAID / 36 * np.arange(1, 37),
        abs=36,
    )
    compare("deferred revenue in month 60 [cents]", deferred[59], 0)


def test_backlog_includes_what_was_prepaid(prepaid, compare):
    backlog = prepaid.stocks[measures.BACKLOG]
    compare(
        "backlog at signature and after 60 months [cents]", [backlog[0], backlog[60]], [PRICE, 0]
    )


# --- conditional and unconditional -------------------------------------------------------------


@pytest.mark.parametrize(("unconditional", "month"), [(True, 2), (False, 3)])
def test_a_prepayment_is_booked_when_due_if_unconditional_and_else_when_received(
    unconditional, month, compare
):
    """Due on 10 May, paid on 19 June, credited in months 4 to 6."""
    plan = {
        "amount_usd": 1_200,
        "due": dt.date(2026, 5, 10),
        "unconditional": unconditional,
        "credited_months": [4, 6],
    }
    final = played(firm(12_000, 12, 4, prepayment=plan, payment_days=40))
    deferred = -account(final, "deferred_revenue")
    expected = [0] * 12
    expected[month - 1] = 1_200_00
    expected[3:6] = [-400_00] * 3
    compare("change of deferred revenue by month [cents]", deferred.tolist(), expected)


def test_a_credit_larger_than_an_invoice_waits_for_the_next(compare):
    plan = PLAN | {"amount_usd": 3_000, "credited_months": [2, 3]}
    final = played(firm(12_000, 12, 4, prepayment=plan))
    billed = invoiced(final)[1:]
    deferred = -account(final, "deferred_revenue").cumsum()
    revenue = -account(final, "revenue_committed")
    assert revenue[1] < 1_500_00
    compare(
        "deferred revenue of months 1-4 [cents]",
        deferred[:4].tolist(),
        [
            3_000_00,
            3_000_00 - revenue[1],
            3_000_00 - revenue[1] - revenue[2],
            0,
        ],
    )
    compare("invoiced after the prepayment [cents]", sum(billed), 12_000_00 - 3_000_00)


# --- significant financing component -----------------------------------------------------------


@pytest.fixture(scope="module")
def financed():
    return played(firm(9_700e6, 60, 21, prepayment=PLAN, payment_days=30, sfc_rate=0.06))


def test_a_financing_component_adds_its_interest_to_revenue_and_ends_at_zero(financed, compare):
    interest = account(financed, "interest_financing_component")
    revenue = -account(financed, "revenue_committed")
    compare("revenue in all [cents]", revenue.sum(), PRICE + interest.sum())
    compare("deferred revenue at the end [cents]", account(financed, "deferred_revenue").sum(), 0)
    compare("accretion of month 1 [cents]", interest[0], PAID * 0.06 / 12)
    compare("accretion of month 2 [cents]", interest[1], PAID * 1.005 * 0.005, abs=1)
    assert not interest[60:].any()


def test_a_financing_component_leaves_invoices_alone(financed, prepaid, compare):
    compare(
        "invoices with and without the component [cents]",
        invoiced(financed),
        invoiced(prepaid),
        abs=1,
    )
    compare(
        "invoiced in all, with and without [cents]", sum(invoiced(financed)), sum(invoiced(prepaid))
    )


def test_releases_with_a_financing_component_are_level(financed, compare):
    deferred = -account(financed, "deferred_revenue")
    interest = account(financed, "interest_financing_component")
    releases = (interest - deferred)[24:60]
    compare("releases of months 25-60 [cents]", releases, [releases[0]] * 36, abs=40)


def test_accretion_is_backlog_until_it_is_released(financed, compare):
    backlog = financed.stocks[measures.BACKLOG]
    interest = account(financed, "interest_financing_component")
    revenue = -account(financed, "revenue_committed")
    compare(
        "backlog after 24 months [cents]",
        backlog[24],
        PRICE - revenue[:24].sum() + interest[:24].sum(),
    )
    compare("backlog after 60 months [cents]", backlog[60], 0)


# --- backlog and RPO ---------------------------------------------------------------------------


def test_an_exit_right_limits_rpo_to_the_notice(compare):
    """36 months at 100 a 30-day month, 90 days' notice: backlog whole, RPO 300."""
    days = (dt.date(2029, 4, 1) - START).days
    final = played(firm(days * 100 / 30, 36, 4, exit_notice_days=90))
    backlog, rpo = final.stocks[measures.BACKLOG] / 100, final.stocks[measures.RPO] / 100
    compare("backlog at signature [USD]", backlog[0], days * 100 / 30, abs=0.01)
    compare("RPO of a year's month ends [USD]", rpo[:13], [300] * 13, abs=0.01)


def test_without_an_exit_right_rpo_is_backlog(compare):
    final = played(firm(3_600, 36, 4))
    compare(
        "RPO against backlog [cents]",
        final.stocks[measures.RPO].tolist(),
        final.stocks[measures.BACKLOG].tolist(),
    )


def test_a_backstop_is_backlog_and_no_rpo_and_expires_month_by_month(compare):
    put = {
        "customer": "customer",
        "rating": "other",
        "kind": "backstop",
        "term_months": 6,
        "signed": AS_OF,
        "payment_days": 0,
        "late_start": "keeps-end",
        "tranches": [{"start": START, "value_usd": 18_300}],
    }
    final = played(quiet(contracts={"P": put}))
    backlog = final.stocks[measures.BACKLOG] / 100
    compare(
        "backlog at month ends [USD]",
        backlog[:7].tolist(),
        [18_300, 15_300, 12_200, 9_200, 6_100, 3_000, 0],
    )
    assert not final.stocks[measures.RPO].any()
    assert not final.ledger[ACCOUNTS.index("revenue_committed")].any()
    assert not final.backlog[0, state.SLIPPED].any()


def test_a_contract_signed_later_has_a_vintage_of_its_own(compare):
    later = merged(firm(3_650, 12, 4), {"contracts": {"C": {"signed": dt.date(2026, 5, 15)}}})
    later["contracts"]["C"]["tranches"][0]["start"] = dt.date(2026, 8, 1)
    final = played(later)
    signed = final.backlog[:, state.SIGNED].sum(axis=1) / 100
    assert signed[1, 2] == signed.sum() == 3_650
    backlog = final.stocks[measures.BACKLOG] / 100
    compare("backlog at month ends [USD]", backlog[:3].tolist(), [0, 0, 3_650])
