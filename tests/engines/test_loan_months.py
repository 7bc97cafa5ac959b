"""What is kept of each loan by month: it agrees with the books, the tests, and sums by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from gpusim.economics.books.ledger import INTEREST_CONTRACTUAL, RESTRICTED_CASH
from gpusim.economics.books.measures import CURED, DEBT_PRINCIPAL, RESALE_VALUE
from gpusim.economics.core.state import (
    COUNTED,
    FACILITIES,
    LOAN_INTEREST,
    LOAN_LEFT,
    LOAN_LIFE_CASH,
    LOAN_PRINCIPAL,
    LOAN_PROJECT_CASH,
    LOAN_RECEIVED,
    LOAN_RESALE,
    LOAN_RESERVE,
    LOAN_VALUE,
    MINIMUM_LIQUIDITY,
    NEEDED,
    NEVER,
    State,
)
from gpusim.economics.debt.covenants import KINDS, LTV, LTV_MARKET
from gpusim.engines.process import run
from tests.engines.build import contract, gpu, merged, notes, own_gpus, played, quiet, same, site
from tests.engines.generate import plays
from tests.engines.profile import EXAMPLES
from tests.engines.test_debt_terms import firm as owing
from tests.engines.test_debt_terms import liquidity
from tests.engines.test_debt_terms import loan as outstanding
from tests.engines.test_sculpted import loan, tables

RESALE = {"rent_elasticity": 1, "residual_by_age": {"0": 1, "5": 0}}
DAILY = 1000 * 24 * 2.0
"""What 1,000 GPUs earn in a day of the contract of `test_sculpted` [USD]."""
LAST = dt.date(2028, 4, 30)


def row(final: State, what: int, month: int) -> float:
    """Of the first loan [USD]."""
    return float(final.loan_months[0, what, month]) / 100


def worth(day: dt.date, last: dt.date, pays_after: int = 15, rate: float = 0.12) -> float:
    """Each day's earnings after a day up to the last, paid so many days later; day by day [USD]."""
    days = range(1, (last - day).days + 1)
    return sum(DAILY * (1 + rate / 365) ** -(n + pays_after) for n in days)


def billed(days: int, pays_after: int = 15, rate: float = 0.12) -> float:
    """What the invoice of a month of so many days is worth on the month's last day [USD]."""
    return days * DAILY * (1 + rate / 365) ** -pays_after


@EXAMPLES
@given(plays())
def test_loans_add_up_to_the_books_in_every_month(play):
    """Principal of all to the face of debt; reserves to restricted cash at most; interest too."""
    final = run(play.book.state, play.world)
    months = final.loan_months
    assert months[:, LOAN_PRINCIPAL, 1:].sum(axis=0).tolist() == (
        final.stocks[DEBT_PRINCIPAL, 1:].tolist()
    )
    restricted = np.cumsum(final.ledger[RESTRICTED_CASH])[1:]
    assert (months[:, LOAN_RESERVE, 1:].sum(axis=0) <= restricted).all()
    interest = months[:, LOAN_INTEREST].sum(axis=0) - final.ledger[INTEREST_CONTRACTUAL]
    taken = np.asarray(final.facilities["seized"])
    days = play.world.month_end[: months.shape[-1]]
    reversed_in = np.searchsorted(days, taken[taken < NEVER])
    assert not np.delete(interest, reversed_in).any()
    assert (interest[reversed_in] >= 0).all()  # what was never paid is taken back in the books


@EXAMPLES
@given(plays())
def test_the_first_test_that_fails_is_the_first_breach(play):
    """By what each test counted and what it needed, in both engines' one record of it."""
    final = run(play.book.state, play.world)
    for f in range(final.count[FACILITIES]):
        for number, kind in enumerate(KINDS):
            counted, needed = final.covenant_tests[f, number]
            gap = needed - counted
            if kind.side == "least":  # without service, or a plan, a test holds
                gap = np.where(needed == 0, 0, counted - needed)
            broken = final.covenants[f, number].broken
            if broken >= NEVER:
                assert (gap >= 0).all()
                continue
            month = int(np.searchsorted(play.world.month_end, broken))
            assert play.world.month_end[month] == broken
            assert gap[month] <= 0  # a limit in parts of a cent is rounded where it is noted
            assert (gap[:month] >= 0).all()


def test_a_test_is_noted_before_its_cure():
    """April counts 4,938,000 of 5,000,000, May 4,938,500, both cured; June is not."""
    cures = {"count": 2, "until": dt.date(2030, 3, 31), "max_usd_each": 100_000}
    final = owing(outstanding(covenants=liquidity(cures=cures)))
    assert final.stocks[CURED, 1:4].tolist() == [62_000_00, 61_500_00, 0]
    counted = final.covenant_tests[0, MINIMUM_LIQUIDITY, COUNTED]
    assert counted[1:4].tolist() == [4_938_000_00, 4_938_500_00, 4_939_000_00]
    assert (final.covenant_tests[0, MINIMUM_LIQUIDITY, NEEDED, 1:4] == 5_000_000_00).all()


def test_interest_and_principal_of_a_loan_that_is_repaid_by_month():
    """USD 1.2m at 12%: 50,000 a month in 2026."""
    final = owing(outstanding())
    assert [row(final, LOAN_PRINCIPAL, m) for m in (1, 2, 3)] == [1.15e6, 1.1e6, 1.05e6]
    assert [row(final, LOAN_INTEREST, m) for m in (1, 2, 3)] == [12_000, 11_500, 11_000]


def sold(**changes: Any) -> State:
    """The loan of `test_sculpted`, whose GPUs are resold."""
    return played(tables(loan(**changes), market={"resale": RESALE}))


def test_hardware_of_a_loan_is_worth_what_its_covenants_count():
    """Both values, times the limit, are what the tests of the same day hold against the loan."""
    ends = {"from": dt.date(2026, 6, 30), "maximum": 0.5}
    final = sold(covenants={"ltv": ends, "ltv_market": ends})
    for what, kind in ((LOAN_VALUE, LTV), (LOAN_RESALE, LTV_MARKET)):
        tested = np.flatnonzero(final.covenant_tests[0, kind, NEEDED])
        assert len(tested) > 0
        for month in tested:
            needed = final.covenant_tests[0, kind, NEEDED, month]
            assert abs(needed - 0.5 * final.loan_months[0, what, month]) <= 0.5  # to the cent
    assert row(final, LOAN_VALUE, 3) == pytest.approx(1e7 * (1 - 60 / 2191.5), rel=0.002)


def test_the_fleet_would_fetch_what_its_gpus_do_by_age():
    """300 GPUs that were new on the as-of day, of 10,000: a tenth of a year takes 2% of 5 years."""
    final = played(
        quiet(
            assets=own_gpus(300),
            gpus={"G": gpu(on_demand_usd_per_gpu_hour=2, floor_usd_per_gpu_hour=1)},
            market={"resale": RESALE},
        )
    )
    new = 300 * 10_000
    ages = np.array([30, 61, 91])
    start = int(final.assets[0].new_day)
    first = int((np.datetime64("2026-03-31") - np.datetime64("1970-01-01")).astype(int)) - start
    expected = new * (1 - (first + ages) / (5 * 365))
    found = final.stocks[RESALE_VALUE, 1:4] / 100
    assert found.tolist() == pytest.approx(expected.tolist(), abs=300 * 0.01)


def test_cash_to_come_is_the_worth_of_each_day_to_come_and_of_the_invoice_that_is_out():
    """Fifth of running costs; 12% fixed; the last day is 30 April 2028, before the maturity.

    June and September are invoiced, 1.44m each, and due 15 days later.
    """
    final = played(tables(loan()))
    for month, day in ((3, dt.date(2026, 6, 30)), (6, dt.date(2026, 9, 30))):
        come = 0.8 * (worth(day, LAST) + billed(30))
        assert row(final, LOAN_PROJECT_CASH, month) == pytest.approx(come, rel=1e-6)
        assert row(final, LOAN_LIFE_CASH, month) == pytest.approx(come, rel=1e-6)
    assert row(final, LOAN_PROJECT_CASH, 3) == pytest.approx(24_120_890, abs=100)  # definitions
    assert row(final, LOAN_PROJECT_CASH, 4) == 0.0  # no quarter's end


def test_what_is_paid_after_the_maturity_is_in_the_project_cover_alone():
    """Due on 31 March 2027: what is earned up to the 16th is paid by then."""
    early = dt.date(2027, 3, 31)
    law = {"law": "straight", "months": 9, "every_months": 1, "dscr": None}
    debt = merged(loan(maturity=early, available_to=dt.date(2026, 12, 31)), {})
    del debt["running_cost_share"], debt["amortisation"]
    debt["amortisation"] = {k: v for k, v in law.items() if v is not None}
    final = played(tables(debt))
    day = dt.date(2026, 6, 30)
    assert row(final, LOAN_PRINCIPAL, 3) == pytest.approx(8e6 * 8 / 9)  # one of nine instalments
    # no site costs: all that was paid is left, without a stated share of running costs
    life = worth(day, early - dt.timedelta(15)) + billed(30)
    assert row(final, LOAN_LIFE_CASH, 3) == pytest.approx(life)
    come = worth(day, LAST) + billed(30)
    assert row(final, LOAN_PROJECT_CASH, 3) == pytest.approx(come, rel=1e-6)


def short(payment_days: int, maturity: dt.date, **changes: Any) -> dict[str, Any]:
    """The reviewed case: 1,000 GPUs for five months, 2m to be repaid in six instalments."""
    terms = {"commitment_usd": 2_000_000, "advance_rate": 0.2, "maturity": maturity}
    debt = loan(**(terms | {"available_to": dt.date(2026, 5, 31)} | changes))
    del debt["running_cost_share"], debt["amortisation"]
    debt["amortisation"] = {"law": "straight", "months": 6, "every_months": 1}
    terms = {"term_months": 5, "payment_days": payment_days}
    return merged(tables(debt), {"contracts": {"one": terms}})


def test_an_invoice_counts_for_the_loans_life_if_it_is_due_by_the_maturity():
    """Paid after 50 days: on 30 September August is due on 20 October, September on 19 November."""
    final = played(short(50, dt.date(2026, 10, 31)))
    august, september = billed(31, 20), billed(30, 50)
    assert row(final, LOAN_PRINCIPAL, 6) > 0
    assert row(final, LOAN_LIFE_CASH, 6) == pytest.approx(august)
    assert row(final, LOAN_PROJECT_CASH, 6) == pytest.approx(august + september)


def test_an_invoice_of_a_customer_who_has_failed_is_not_to_come():
    """It fails on 10 September: August, unpaid, is written off, and September is bad debt."""
    plan = short(30, dt.date(2026, 12, 31))
    fails = merged(plan, {"customers": {"customer": {"defaults_on": dt.date(2026, 9, 10)}}})
    final = played(fails)
    assert row(final, LOAN_PROJECT_CASH, 3) > 0
    assert row(final, LOAN_PROJECT_CASH, 6) == 0.0
    assert row(final, LOAN_PRINCIPAL, 6) > 0


def test_a_prepayment_that_is_invoiced_is_not_to_come_for_the_loan():
    """Due on 30 June and paid on 15 July, booked when it is due or when it is paid: the same."""
    found = []
    for unconditional in (True, False):
        ahead = {"share": 0.2, "due": dt.date(2026, 6, 30), "unconditional": unconditional}
        ahead["credited_months"] = [13, 24]
        final = played(merged(tables(loan()), {"contracts": {"one": {"prepayment": ahead}}}))
        found.append(row(final, LOAN_PROJECT_CASH, 3))
    left = DAILY * (LAST - dt.date(2026, 6, 30)).days
    value = DAILY * (LAST - dt.date(2026, 4, 30)).days
    come = (1 - 0.2 * value / left) * worth(dt.date(2026, 6, 30), LAST) + billed(30)
    assert found == [pytest.approx(0.8 * come, rel=1e-6)] * 2


def test_a_prepayment_takes_its_part_off_every_day_to_come():
    """A fifth of the value is paid ahead, to be credited in the second year."""
    plain = played(tables(loan()))
    ahead = {
        "share": 0.2,
        "due": dt.date(2026, 5, 1),
        "unconditional": False,
        "credited_months": [13, 24],
    }
    paid = played(merged(tables(loan()), {"contracts": {"one": {"prepayment": ahead}}}))
    left = DAILY * (LAST - dt.date(2026, 6, 30)).days
    value = DAILY * (LAST - dt.date(2026, 4, 30)).days
    share = 1 - 0.2 * value / left
    for what in (LOAN_LIFE_CASH, LOAN_PROJECT_CASH):
        invoiced = 0.8 * billed(30)  # of the first year: nothing is credited
        come = share * (row(plain, what, 3) - invoiced) + invoiced
        assert row(paid, what, 3) == pytest.approx(come, rel=1e-6)


def test_what_a_prepayment_grows_by_is_credited_to_no_invoice():
    """A fifth is paid ahead on 1 May 2026; at 6% it grows, and no invoice is lower for that."""
    ahead = {
        "share": 0.2,
        "due": dt.date(2026, 5, 1),
        "unconditional": False,
        "credited_months": [13, 24],
    }
    paid = merged(tables(loan()), {"contracts": {"one": {"prepayment": ahead, "sfc_rate": 0.06}}})
    final = played(paid)
    left = DAILY * (LAST - dt.date(2026, 9, 30)).days
    value = DAILY * (LAST - dt.date(2026, 4, 30)).days
    come = (1 - 0.2 * value / left) * worth(dt.date(2026, 9, 30), LAST) + billed(30)
    assert row(final, LOAN_PROJECT_CASH, 6) == pytest.approx(0.8 * come, rel=1e-6)


def test_a_prepayment_due_after_the_customer_has_left_is_not_to_come():
    """Notice on 10 June, 90 days; a fifth would be due on 1 December."""
    ahead = {"share": 0.2, "due": dt.date(2026, 12, 1), "credited_months": [13, 24]}
    leaves = {"exit_on": dt.date(2026, 6, 10), "exit_notice_days": 90}
    terms = {"prepayment": {**ahead, "unconditional": False}, **leaves}
    final = played(merged(tables(loan()), {"contracts": {"one": terms}}))
    come = worth(dt.date(2026, 6, 30), dt.date(2026, 9, 7)) + billed(30)
    assert row(final, LOAN_PROJECT_CASH, 3) == pytest.approx(0.8 * come, rel=1e-6)


def test_a_customer_who_leaves_has_the_days_before_it_does():
    """Notice on 10 June, 90 days: 7 September is the last, and nothing comes after October."""
    leaves = {"exit_on": dt.date(2026, 6, 10), "exit_notice_days": 90}
    final = played(merged(tables(loan()), {"contracts": {"one": leaves}}))
    come = worth(dt.date(2026, 6, 30), dt.date(2026, 9, 7)) + billed(30)
    assert row(final, LOAN_PROJECT_CASH, 3) == pytest.approx(0.8 * come, rel=1e-6)


def test_a_late_start_that_keeps_its_end_has_the_days_to_that_end():
    """The hall comes on 21 May, three weeks late: 30 April 2028 stays the last day."""
    place = site([{"it_mw": 1, "ready": dt.date(2026, 5, 21)}])
    late = {"contracts": {"one": {"late_start": "keeps-end"}}}
    final = played(merged(tables(loan(), sites={"S": place}), late))
    assert row(final, LOAN_RECEIVED, 3) == 11 * DAILY
    come = worth(dt.date(2026, 6, 30), LAST) + billed(30)
    assert row(final, LOAN_PROJECT_CASH, 3) == pytest.approx(0.8 * come, rel=1e-6)


def test_a_lender_may_count_on_no_running_costs():
    """Stated as 0: all is left, whatever staff costs."""
    place = site([{"it_mw": 1, "ready": dt.date(2026, 1, 1)}], staff_usd_per_kw_month=500)
    final = played(tables(loan(running_cost_share=0.0), sites={"S": place}))
    come = worth(dt.date(2026, 6, 30), LAST) + billed(30)
    assert row(final, LOAN_PROJECT_CASH, 3) == pytest.approx(come, rel=1e-6)


def test_costs_of_all_sites_are_shared_by_the_power_of_a_months_last_day():
    """600 of 1,000 kW on 30 June, since the 16th: 60,000 of 100,000, nothing has come in."""
    place = site([{"it_mw": 1, "ready": dt.date(2026, 1, 1)}], staff_usd_per_kw_month=100)
    terms = {"price_usd_per_gpu_hour": 2, "term_months": 24, "payment_days": 15}
    own = contract([{"gpus": 600, "start": dt.date(2026, 6, 16)}], facility="loan", **terms)
    other = contract([{"gpus": 400, "start": dt.date(2026, 5, 1)}], **terms)
    model = tables(loan(), sites={"S": place})
    model["contracts"] = {"one": own, "two": other}
    final = played(model)
    assert [row(final, LOAN_LEFT, m) for m in (2, 3)] == [0, -60_000]


def test_prices_that_step_are_worth_their_own_days():
    """From month 13 of the term on half the price; days of 2026 and 2027 are told apart."""
    steps = [{"after_months": 12, "price_usd_per_gpu_hour": 1}]
    final = played(merged(tables(loan()), {"contracts": {"one": {"price_steps": steps}}}))
    day, turn = dt.date(2026, 6, 30), dt.date(2027, 4, 30)
    come = billed(30) + worth(day, turn) + (worth(day, LAST) - worth(day, turn)) / 2
    assert row(final, LOAN_PROJECT_CASH, 3) == pytest.approx(0.8 * come, rel=1e-6)


def test_nothing_is_to_come_of_a_customer_who_has_left():
    """Notice on 1 July, 30 days: September has nothing to come."""
    leaves = {"exit_on": dt.date(2026, 7, 1), "exit_notice_days": 30}
    final = played(merged(tables(loan()), {"contracts": {"one": leaves}}))
    assert row(final, LOAN_PROJECT_CASH, 3) > 0
    assert row(final, LOAN_PROJECT_CASH, 6) == 0.0
    assert row(final, LOAN_PRINCIPAL, 6) > 0


def test_the_balance_of_a_firm_that_has_ended_stays_as_it_was():
    poor = {"operator": {"default_after_months": 1, "forced_sale_share": 0.5}}
    final = played(merged(quiet(debt={"loan": outstanding()}, balance={"cash_usd": 70_000}), poor))
    assert final.firm[0].defaulted < NEVER
    balance = final.loan_months[0, LOAN_PRINCIPAL, 1:]
    assert balance.tolist() == final.stocks[DEBT_PRINCIPAL, 1:].tolist()
    assert balance[-1] > 0


def test_months_before_anybody_has_paid_say_nothing_of_what_is_left():
    """Staff of 5,000 a month from April on; May is paid on 15 June: its month alone counts."""
    place = site([{"it_mw": 1, "ready": dt.date(2026, 1, 1)}], staff_usd_per_kw_month=5)
    debt = loan()
    del debt["running_cost_share"]
    debt["amortisation"] = {"law": "straight", "months": 36, "every_months": 1}
    final = played(tables(debt, sites={"S": place}))
    paid = 31 * DAILY
    left = (paid - 5_000) / paid
    expected = left * (worth(dt.date(2026, 6, 30), LAST) + billed(30))
    assert row(final, LOAN_PROJECT_CASH, 3) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("price", [0.2, 4.0])
def test_what_is_sold_on_demand_is_left_of_nothing_that_contracts_paid(price):
    """Two contracts of 500 GPUs, one ends on 31 July; GPUs without one are sold on demand after it.

    Staff of 600,000 a month is borne by all, from August on by half. June to September are paid
    1,488,000 + 1,440,000 + 1,488,000 + 744,000, and 888,000 + 840,000 + 1,188,000 + 444,000 left.
    """
    place = site([{"it_mw": 1, "ready": dt.date(2026, 1, 1)}], staff_usd_per_kw_month=600)
    debt = loan(recourse=False, default_after_months=60)
    del debt["running_cost_share"]
    debt["amortisation"] = {"law": "straight", "months": 36, "every_months": 1}
    tranches = [{"gpus": 500, "start": dt.date(2026, 5, 1)}]
    terms = {"facility": "loan", "price_usd_per_gpu_hour": 2, "payment_days": 15}
    both = {n: contract(tranches, term_months=m, **terms) for n, m in (("one", 24), ("two", 3))}
    final = played(
        merged(
            tables(debt, sites={"S": place}),
            {
                "contracts": both,
                "operator": {"on_demand_share": 1.0, "forced_sale_share": 0.5},
                "gpus": {"G": {"on_demand_usd_per_gpu_hour": price, "floor_usd_per_gpu_hour": 0.1}},
                "market": {"on_demand_use": same(1)},
            },
        )
    )
    left = [888_000, 840_000, 1_188_000, 444_000]
    assert [row(final, LOAN_LEFT, m) for m in (3, 4, 5, 6)] == pytest.approx(left, abs=1)
    sold = price * 500 * 24 * 30  # for the other half of September's costs
    assert final.own_cash[0, 6] / 100 == pytest.approx(444_000 - 300_000 + sold, abs=1)
    share = 3_360_000 / 5_160_000
    come = share * (worth(dt.date(2026, 9, 30), LAST) + billed(30)) / 2
    assert row(final, LOAN_PROJECT_CASH, 6) == pytest.approx(come, rel=1e-6)


def test_the_reserve_of_a_firm_that_has_ended_stays_as_it_was():
    """May ends with 56,500 of restricted cash, which the books keep to the end of the run."""
    poor = {"operator": {"default_after_months": 1, "forced_sale_share": 0.5}}
    junior = outstanding(seniority=2, maturity=dt.date(2026, 7, 31))
    due = {"principal_usd": 2_000_000, "every_months": 1, "repayments": {"2026": 2_000_000}}
    junior["opening"] = due
    debts = {"loan": outstanding(reserve_months=2), "z": junior}
    final = played(merged(quiet(debt=debts, balance={"cash_usd": 700_000}), poor))
    assert final.firm[0].defaulted < NEVER
    restricted = np.cumsum(final.ledger[RESTRICTED_CASH])[1:]
    assert restricted[-1] > 0
    assert final.loan_months[0, LOAN_RESERVE, 1:].tolist() == restricted.tolist()


@pytest.mark.parametrize(
    ("changes", "in_force"),
    [
        ({}, 0),  # five instalments of 2m: repaid in 2026, stated to run to 2031
        ({"amortisation": {"law": "straight", "months": 24, "every_months": 1}}, 1),
        ({"commitment_usd": 4_000_000, "available_to": dt.date(2028, 3, 31)}, 1),  # 2m undrawn
    ],
)
def test_a_loan_is_in_force_at_the_firms_end_if_it_owes_or_can_be_drawn(changes, in_force):
    """The firm ends when it cannot pay a bond of 150m on 31 March 2027."""
    law = {"law": "straight", "months": 5, "every_months": 1}
    plan = short(30, dt.date(2031, 3, 31), **({"undrawn_fee": 0} | changes))
    plan["debt"]["loan"]["amortisation"] = changes.get("amortisation", law)
    bond = notes(150_000_000, 0.0001, dt.date(2027, 3, 31), 3, seniority=2)
    final = played(
        merged(
            plan,
            {
                "debt": {"bond": bond},
                "contracts": {"one": {"term_months": 9}},
                "operator": {"default_after_months": 1, "forced_sale_share": 0.5},
                "model": {"quarters": 6},
            },
        )
    )
    assert final.firm[0].defaulted < NEVER
    assert sorted(int(final.facilities[f].in_force) for f in range(2)) == sorted([1, in_force])
    owed = [int(final.facilities[f].creditor_claim) for f in range(2)]
    assert owed.count(0) == (0 if "amortisation" in changes else 1)
