"""Credits by a share of each invoice, and what runs on to renewals, by hand.

100 GPUs in service at 2.00 USD an hour bring 4,800 a day from 1 April 2026, for three months:
144,000 in April and June, 148,800 in May. 100,000 are paid ahead on 1 April. Renewals are at half
the price, 2,400 a day: 74,400 in July, August, October and December, 72,000 between them.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from gpusim.appraisal.unit_lots import lots_of
from gpusim.economics.books.ledger import (
    CASH_FROM_CUSTOMERS,
    DEFERRED_REVENUE,
    INTEREST_FINANCING_COMPONENT,
    REVENUE_COMMITTED,
)
from gpusim.economics.core.state import ACCRETION, CONTRACTS, State
from gpusim.scenario import ScenarioError
from tests.cases.test_late_credits_of_segments import asked, foreseen
from tests.cases.test_late_payment import APRIL, CENTS, JUNE, MAY, checked, firm
from tests.engines.build import Tables, book_of, contract, own_gpus, quiet, scenario_of, world_of
from tests.parity.difference import first_difference

PAID = 100_000
FIRST = dt.date(2026, 4, 1)
HALF = {"renewal": {"chance": 1, "term_months": 6, "price_share": 0.5, "times": 1}}
SECOND_HALF = [31 * 2_400, 31 * 2_400, 30 * 2_400, 31 * 2_400, 30 * 2_400, 31 * 2_400]


def ahead(**law: Any) -> Tables:
    """The prepayment of the heading, on its first day."""
    plan = {"amount_usd": PAID, "due": FIRST, "unconditional": True}
    return {"payment_days": 0, "prepayment": plan | law}


def credits_of(final: State) -> list[float]:
    """What invoices from April 2026 on are lower by than what is earned, in the months of bills."""
    bills = [int(x) / CENTS for x in final.ledger[CASH_FROM_CUSTOMERS, 1:]]
    earned = [-int(x) / CENTS for x in final.ledger[REVENUE_COMMITTED, 1:]]
    bills[0] -= PAID
    return [want - got for want, got in zip(earned, bills, strict=True)]


def test_a_share_of_each_invoice_until_nothing_is_left():
    """A quarter of 144,000 and of 148,800, then the 26,800 that are left."""
    final = checked(firm(None, **ahead(credit_share=0.25)))
    assert credits_of(final) == [36_000, 37_200, 26_800, *[0] * 9]
    assert -final.ledger[REVENUE_COMMITTED, 1:4].sum() == (APRIL + MAY + JUNE) * CENTS


def test_what_no_invoice_took_is_kept_when_the_contract_is_over():
    """A tenth: 14,400, 14,880, 14,400; 56,320 are revenue of July, with no invoice."""
    final = checked(firm(None, **ahead(credit_share=0.1)))
    assert credits_of(final)[:4] == [14_400, 14_880, 14_400, 56_320]
    assert -final.ledger[REVENUE_COMMITTED, 4] == 56_320 * CENTS


def test_months_beside_a_share_are_the_first_and_the_one_that_takes_all():
    final = checked(firm(None, **ahead(credit_share=0.1, credited_months=[2, 3])))
    assert credits_of(final)[:4] == [0, 14_880, PAID - 14_880, 0]


def test_a_share_of_one_takes_whole_invoices():
    final = checked(firm(None, **ahead(credit_share=1)))
    assert credits_of(final)[:2] == [PAID, 0]


def test_an_older_balance_comes_first_and_shares_are_of_the_whole_invoice():
    """100,000 of an opening balance are credited in April, of 144,000; a share of a half of it is
    72,000, of which 44,000 fit; the 56,000 that are left come off May."""
    opening = {"deferred_revenue_usd": PAID, "credited_from": FIRST, "credited_to": FIRST}
    final = checked(firm(None, opening=opening, **ahead(credit_share=0.5)))
    assert credits_of(final)[:3] == [PAID + 44_000, 56_000, 0]


@pytest.mark.parametrize("last", [None, dt.date(2026, 5, 31)])
def test_an_opening_balance_by_share(last):
    """From May on a tenth; where May is its last month, all that is left."""
    own: Tables = {
        "deferred_revenue_usd": 20_000,
        "credited_from": dt.date(2026, 5, 1),
        "credit_share": 0.1,
    }
    final = checked(firm(None, opening=own | ({"credited_to": last} if last else {})))
    may, june = (20_000, 0) if last else (14_880, 5_120)
    found = [int(x) / CENTS for x in final.ledger[DEFERRED_REVENUE, 1:4]]
    assert found == [0, may, june]


def test_what_is_left_runs_on_to_the_renewal():
    """56,320 after June; tenths of 74,400 and 72,000 to December, 44,160; 12,160 are kept."""
    final = checked(firm(None, **ahead(credit_share=0.1, runs_on=True), **HALF))
    tenths = [x / 10 for x in SECOND_HALF]
    assert credits_of(final) == [14_400, 14_880, 14_400, *tenths, 12_160, 0, 0]
    assert -final.ledger[REVENUE_COMMITTED, 10] == 12_160 * CENTS


def test_a_term_that_ends_within_a_month_runs_on_from_the_next():
    """From 16 April 2026 to 15 July: half months of 72,000 at both ends, tenths of four invoices,
    43,680; the renewal's own 16 days of July have no credit. Tenths from August to December are
    36,720; the 15 days of January, 36,000, take 3,600, and 16,000 are kept in that month."""
    own: dict[str, Any] = {"tranches": [{"gpus": 100, "start": dt.date(2026, 4, 16)}]}
    final = checked(firm(None, **own, **ahead(credit_share=0.1, runs_on=True), **HALF))
    tenths = [x / 10 for x in SECOND_HALF[1:]]
    first = [7_200, 14_880, 14_400, 7_200]
    assert credits_of(final) == [*first, *tenths, 3_600 + 16_000, 0, 0]
    assert -final.ledger[REVENUE_COMMITTED, 4] == (72_000 + 16 * 2_400) * CENTS
    assert -final.ledger[REVENUE_COMMITTED, 10] == (36_000 + 16_000) * CENTS


def test_what_is_kept_of_a_term_that_ends_within_a_month_is_revenue_of_that_month():
    """The same without `runs_on`: 56,320 of it are revenue of July, in which the term is over."""
    own: dict[str, Any] = {"tranches": [{"gpus": 100, "start": dt.date(2026, 4, 16)}]}
    final = checked(firm(None, **own, **ahead(credit_share=0.1), **HALF))
    assert credits_of(final)[:5] == [7_200, 14_880, 14_400, 7_200 + 56_320, 0]
    assert -final.ledger[REVENUE_COMMITTED, 4] == (72_000 + 56_320 + 16 * 2_400) * CENTS


def test_level_credits_run_on_over_their_months():
    """120,000 would be; 100,000 over five months, of which the term has three."""
    final = checked(firm(None, **ahead(credited_months=[1, 5], runs_on=True), **HALF))
    assert credits_of(final)[:6] == [20_000] * 5 + [0]


@pytest.mark.parametrize("law", [{"credit_share": 0.1}, {"credited_months": [1, 3]}])
def test_without_a_renewal_nothing_runs_on(law):
    never = {"renewal": {**HALF["renewal"], "chance": 0}}
    plain = checked(firm(None, **ahead(**law)))
    for terms in ({}, never):
        final = checked(firm(None, **ahead(**law, runs_on=True), **terms))
        assert (final.ledger == plain.ledger).all()


def two(**terms: Any) -> Tables:
    """60 GPUs until June and 40 until May, each renewed at half its price."""
    tranches = [
        {"gpus": 60, "start": FIRST, "term_months": 3},
        {"gpus": 40, "start": FIRST, "term_months": 2},
    ]
    own = {"price_usd_per_gpu_hour": 2.0} | terms
    return quiet(assets=own_gpus(100), contracts={"C": contract(tranches, **own)})


def test_it_is_divided_by_the_value_of_the_renewals_that_run():
    """After the last term's June: 100,000 less a tenth of 144,000, 148,800 and 60% of 144,000.

    62,080 are left. The renewals are worth 60 x 24 x 184 days and 40 x 24 x 183 days. A tenth of
    both their invoices comes off from July on, as of one invoice.
    """
    final = checked(two(**ahead(credit_share=0.1, runs_on=True), **HALF))
    assert credits_of(final)[:4] == [14_400, 14_880, 8_640, 7_440]
    assert final.count[CONTRACTS] == 3
    book = book_of(two(**ahead(credit_share=0.001, runs_on=True), **HALF))
    world = world_of(book)
    assert first_difference(book, world) is None


def test_a_financing_component_of_a_share():
    """1% a month: 1,000 in April. Of 101,000 half of 144,000 is credited: two months at that pace,
    an annuity of 101,000 / (1 + 1 / 1.01) = 50,751.24, 751.24 more than half of 100,000. Of the
    28,248.76 that are left 282.49 grow in May, and all of it is released: 531.25."""
    final = checked(firm(None, **ahead(credit_share=0.5), sfc_rate=0.12))
    grown = [int(x) / CENTS for x in final.ledger[INTEREST_FINANCING_COMPONENT, 1:4]]
    assert grown == [1_000, 282.49, 0]
    earned = [-int(x) / CENTS for x in final.ledger[REVENUE_COMMITTED, 1:4]]
    assert earned == pytest.approx([APRIL + 751.24, MAY + 531.25, JUNE], abs=0.001)


def test_what_it_grew_by_runs_on_too():
    """All that grows is revenue by the end, in the backlog of the signature that earns it."""
    final = checked(firm(None, **ahead(credit_share=0.1, runs_on=True), sfc_rate=0.12, **HALF))
    grown = final.ledger[INTEREST_FINANCING_COMPONENT].sum()
    firsts, renewal = (APRIL + MAY + JUNE) * CENTS, sum(SECOND_HALF) * CENTS
    assert -final.ledger[REVENUE_COMMITTED].sum() == firsts + renewal + 12_160 * CENTS + grown
    assert final.backlog[:, ACCRETION].sum() == grown
    ran = final.backlog[2, ACCRETION].sum()
    assert ran > 0
    assert final.ledger[DEFERRED_REVENUE].sum() == 0


def test_the_outlook_credits_by_the_same_law():
    """On 10 May: what is invoiced for May and June, less a quarter and what is then left."""
    own = ahead(credit_share=0.25) | {"payment_days": 15}
    dollar = {"equity": {"note": {"date": dt.date(2026, 5, 10), "amount_usd": 1}}}
    book = book_of(firm(None, dollar, **own))
    found = foreseen(book, world_of(book), dt.date(2026, 5, 10))
    assert found == [APRIL - 36_000, MAY - 37_200, JUNE - 26_800, 0]


def test_unit_economics_credit_by_the_same_law():
    """Average months of 100 x 730 x 2.00 = 146,000; a quarter of each is 36,500."""
    lot = lots_of(scenario_of(firm(None, **ahead(credit_share=0.25))))[0]
    assert lot.cash.credited.tolist() == pytest.approx([0, 36_500, 36_500, 27_000])


def test_customers_to_come_are_credited_by_share():
    law = {"chance": 1, "share": 0.5, "days_before_start": 0, "credit_share": 0.25}
    book, world = asked(None, prepayment=law)
    assert first_difference(book, world) is None


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ({"prepayment": {"amount_usd": 1, "due": FIRST, "credit_share": 0}}, "credit_share"),
        (
            {"prepayment": {"amount_usd": 1, "due": FIRST, "credited_months": [1, 4]}},
            "longest term",
        ),
        (
            {"prepayment": {"amount_usd": 1, "due": FIRST, "credited_months": [4, 4]}},
            "longest term",
        ),
        (
            {"opening": {"deferred_revenue_usd": 1, "credited_from": FIRST}},
            "neither credited_to nor credit_share",
        ),
        (
            ahead(credit_share=0.1, runs_on=True)
            | {
                "opening": {
                    "deferred_revenue_usd": 1,
                    "credited_from": FIRST,
                    "credited_to": FIRST,
                }
            },
            "of which one runs on",
        ),
    ],
)
def test_what_cannot_be_is_refused(terms, told):
    with pytest.raises(ScenarioError, match=told):
        book_of(firm(None, **terms))
