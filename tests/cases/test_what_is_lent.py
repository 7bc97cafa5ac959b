"""How much a loan or a supplier lends on its day, by hand; what is unpaid counts once."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import numpy as np
import pytest

from gpusim.economics.books.checks import first_breach
from gpusim.economics.books.ledger import (
    CASH_FOR_CAPEX,
    CASH_FOR_INTEREST,
    CASH_FOR_PRINCIPAL,
    CASH_FOR_TAX,
    CASH_FROM_DRAWS,
    FINANCE_LEASES,
    LOANS,
    VENDOR_DEBT,
)
from gpusim.economics.books.measures import SHORTFALL
from gpusim.economics.core.agenda import RAISE
from gpusim.economics.decisions import outlook
from gpusim.engines.process import run
from gpusim.scenario import ScenarioError
from gpusim.scenario.checks.warnings import warnings_of
from gpusim.units_of_measure import date_of
from tests.cases.reading import usd
from tests.engines.build import book_of, contract, gpu, quiet, scenario_of, world_of
from tests.engines.watch import Watched, watch

USD = 100
FAR = dt.date(2040, 1, 1)
START = dt.date(2026, 7, 2)
"""Of 100 GPUs for USD 1m, ordered and delivered that day, billed 30 days later."""


def line(kind: str, **changes: Any) -> dict[str, Any]:
    """USD 2m, seven tenths of cost, bullet, interest by thirties at nothing."""
    terms: dict[str, Any] = {
        "kind": kind,
        "commitment_usd": 2_000_000,
        "available_to": FAR,
        "advance_rate": 0.7,
        "base": "fixed",
        "margin": 0.0,
        "day_count": "30/360",
        "undrawn_fee": 0.0,
        "draw_discount": 0.0,
        "amortisation": {"law": "bullet", "months": 60, "every_months": 1},
        "maturity": FAR,
        "seniority": 0,
    }
    return terms | changes


def bought(debt: dict[str, Any], **terms: Any) -> dict[str, Any]:
    """One contract's 100 GPUs, a tenth paid ahead; the quiet firm's own cash is plenty."""
    tranches = [{"gpus": 100, "start": START, "value_usd": 1}]
    return quiet(
        gpus={"G": gpu(deposit_share=0.1)},
        contracts={"C": contract(tranches, term_months=24, **terms)},
        debt=debt,
    )


def played(tables: dict[str, Any]) -> Any:
    book = book_of(tables)
    final = run(book.state, world_of(book))
    assert first_breach(final.ledger, final.stocks, final.backlog) is None
    return final


# --- a loan's share of cost and its advance rate


@pytest.mark.parametrize(("share", "drawn"), [(0.9, 700_000), (0.7, 700_000), (0.5, 500_000)])
def test_a_loan_draws_no_more_of_a_cost_than_its_advance_rate(share: float, drawn: int) -> None:
    """Of 1m at a rate of 0.7: the lesser of the share that is asked and 0.7m."""
    final = played(bought({"L": line("delayed-draw")}, facility="L", loan_share=share))
    assert -final.ledger[LOANS].sum() == drawn * USD
    assert -final.ledger[CASH_FOR_CAPEX].sum() == 1_000_000 * USD


def test_a_share_above_the_advance_rate_is_said() -> None:
    asked = bought({"L": line("delayed-draw")}, facility="L", loan_share=0.9)
    told = [text for text in warnings_of(scenario_of(asked)) if "loan_share" in text]
    assert len(told) == 1
    assert "0.9 of its hardware's cost, more than L advances: its advance_rate of 0.7" in told[0]
    asked["contracts"]["C"]["loan_share"] = 0.7
    assert not [text for text in warnings_of(scenario_of(asked)) if "loan_share" in text]


# --- a supplier's line and its last day


@pytest.mark.parametrize(("last", "lent"), [(START, 600_000), (dt.date(2026, 7, 1), 0)])
def test_a_supplier_lends_on_the_day_of_delivery_while_its_line_is_open(last, lent) -> None:
    """Ordered on 1 June with 31 days of lead: delivered on 2 July, billed 30 days later.

    The deposit is 0.1m. The bill is 0.3m, or 0.9m where the line ended the day before.
    """
    tables = bought({"V": line("vendor", available_to=last)}, vendor="V", vendor_share=0.6)
    lead = {"planned_days": 31, "sd_days": 0}
    tables["gpus"] = {"G": gpu(deposit_share=0.1, lead=lead)}
    final = played(tables)
    assert date_of(final.orders[0].placed) == dt.date(2026, 6, 1)
    assert date_of(final.orders[0].delivered) == START
    assert -final.ledger[VENDOR_DEBT].sum() == lent * USD
    assert final.orders[0].lent == lent * USD
    assert final.bills[0].whole == (900_000 - lent) * USD
    assert date_of(final.bills[0].due) == dt.date(2026, 8, 1)
    assert final.facilities[0].reserved == 0


def test_a_supplier_does_not_lend_while_its_covenant_is_broken() -> None:
    """Cash of 200m is asked for from 31 May on and 100m is there: nothing is lent in July."""
    test = {"minimum_liquidity": {"minimum_usd": 200_000_000, "from": dt.date(2026, 6, 30)}}
    tables = bought({"V": line("vendor", covenants=test)}, vendor="V", vendor_share=0.6)
    lead = {"planned_days": 31, "sd_days": 0}
    tables["gpus"] = {"G": gpu(deposit_share=0.1, lead=lead)}
    final = played(tables)
    assert final.ledger[VENDOR_DEBT].sum() == 0
    assert final.bills[0].whole == 900_000 * USD


# --- a finance lease


def test_a_finance_lease_is_a_purchase_on_credit_repaid_in_rents() -> None:
    """1.0m at 9% in 36 rents and a tenth with the last, delivered on 2 July, by the annuity.

    (1m - 0.1m x 1.0075^-36) x 0.0075 / (1 - 1.0075^-36) = 29,369.76 a month, of which 7,500.00 of
    the first is interest: 21,869.76 of principal, and then 1.0075 as much each month.
    """
    terms = {"law": "level", "months": 36, "every_months": 1, "balloon_share": 0.1}
    lease = line("finance-lease", margin=0.09, amortisation=terms)
    tables = bought({"L": lease}, vendor="L", vendor_share=1.0)
    tables["gpus"] = {"G": gpu()}
    final = played(tables)
    assert date_of(final.orders[0].delivered) == START
    assert final.ledger[CASH_FOR_CAPEX].sum() == 0
    assert final.ledger[CASH_FROM_DRAWS].sum() == 0
    assert final.ledger[[LOANS, VENDOR_DEBT]].sum() == 0
    assert len(final.bills) == 0 or final.bills[0].whole == 0
    owed = -final.ledger[FINANCE_LEASES].cumsum()
    lent = [int(n) for n, amount in enumerate(owed) if amount == 1_000_000 * USD]
    assert lent  # from July on
    paid = [int(a - b) for a, b in itertools.pairwise(owed[lent[-1] :])]
    assert paid[:3] == [21_869_76, 22_033_78, 22_199_04]


def rented(**terms: Any) -> dict[str, Any]:
    """The same lease, with these terms."""
    law = {"law": "level", "months": 36, "every_months": 1, "balloon_share": 0.1}
    lease = line("finance-lease", margin=0.09, amortisation=law) | terms
    return bought({"L": lease}, vendor="L", vendor_share=1.0) | {"gpus": {"G": gpu()}}


def test_rents_of_a_lease_are_equal_in_short_and_long_months() -> None:
    """29,369.76 a month, from August on; two cents of rounding at most."""
    final = played(rented())
    rents = -(final.ledger[CASH_FOR_INTEREST] + final.ledger[CASH_FOR_PRINCIPAL])
    months = np.flatnonzero(final.ledger[CASH_FOR_PRINCIPAL])
    assert len(months) == 8  # each month after delivery
    assert all(abs(int(rent) - 29_369_76) <= 2 for rent in rents[months[1:-1]])


@pytest.mark.parametrize("count", ["act/360", "act/365", "30e/360"])
def test_a_lease_of_equal_rents_counts_by_months(count: str) -> None:
    with pytest.raises(ScenarioError, match="of a lease of equal rents, which would follow"):
        scenario_of(rented(day_count=count))
    floating = scenario_of(rented(day_count=count, base="SOFR"))
    assert floating.debt["L"].day_count == count


def test_a_lease_that_states_no_day_count_has_months_of_thirty_days() -> None:
    tables = rented()
    del tables["debt"]["L"]["day_count"]
    assert scenario_of(tables).debt["L"].day_count == "30/360"


# --- what is unpaid counts once


def hard_up(**more: Any) -> dict[str, Any]:
    """Tax of 3m due on 30 June, cash of 1m; 5m of shares come on 10 July."""
    shares = {"amount_usd": 5_000_000, "costs_usd": 0}
    return quiet(
        balance={"cash_usd": 1_000_000, "tax_payable_usd": 3_000_000},
        equity={"one": shares | {"date": dt.date(2026, 7, 10)}},
        **more,
    )


def test_tax_that_cash_does_not_pay_is_paid_as_soon_as_it_can_be() -> None:
    """1m at the end of June and 2m at the end of July, not in September: unpaid for a month."""
    final = played(hard_up())
    paid = (-final.ledger[CASH_FOR_TAX]).tolist()
    assert paid[1:7] == [0, 0, 1_000_000 * USD, 2_000_000 * USD, 0, 0]
    assert final.stocks[SHORTFALL].tolist()[1:6] == [0, 0, 2_000_000 * USD, 0, 0]


def seen_on(tables: dict[str, Any], date: dt.date) -> list[int]:
    """What the outlook expects of each month on the day on which shares come [USD]."""
    book = book_of(tables)
    seen: list[int] = []

    def look(sim: Watched) -> list[str]:
        if sim.phase == RAISE and date_of(sim.s.clock[0].today) == date:
            outlook.look_ahead(sim.h, sim.w, 6)
            seen[:] = [round(int(flow) / USD) for flow in sim.s.outlook[1:8]]
        return []

    watch(book, world_of(book), event=look)
    return seen


def test_unpaid_tax_is_expected_once() -> None:
    """On 10 July: the 2m that June left, and nothing else."""
    assert seen_on(hard_up(), dt.date(2026, 7, 10)) == [0, 0, 0, -2_000_000, 0, 0, 0]


def test_tax_is_expected_in_the_month_that_pays_it() -> None:
    """On 10 May the 3m of June."""
    tables = hard_up()
    tables["equity"]["one"]["date"] = dt.date(2026, 5, 10)
    assert seen_on(tables, dt.date(2026, 5, 10)) == [0, 0, -3_000_000, 0, 0, 0, 0]


def test_a_bill_and_a_coupon_unpaid_within_the_month_are_expected_once() -> None:
    """A bill of 3m on 2 July, coupons of 0.6m on 5 July; 1m is there, so 2m and 0.6m are left."""
    notes = {
        "kind": "notes",
        "base": "fixed",
        "margin": 0.12,
        "day_count": "30/360",
        "first_payment": dt.date(2026, 7, 5),
        "maturity": dt.date(2028, 7, 5),
        "seniority": 0,
        "opening": {
            "principal_usd": 20_000_000,
            "every_months": 3,
            "accrued_interest_usd": 0,
            "repayments": {"2028": 20_000_000},
        },
    }
    tables = hard_up(
        debt={"N": notes},
        payables={"capex": [{"amount_usd": 3_000_000, "due": dt.date(2026, 7, 2)}]},
    )
    tables["balance"]["tax_payable_usd"] = 0
    flows = seen_on(tables, dt.date(2026, 7, 10))
    coupon = round(20e6 * 0.12 * 95 / 360)  # by thirties from 31 March to 5 July
    assert flows[3] == pytest.approx(-(2_000_000 + coupon), abs=1)
    assert flows[6] == pytest.approx(-600_000, abs=1)


def test_the_lender_s_72_months_count_from_the_day_in_service():
    """Interest that is capitalised later, like an impairment or a new book life, starts none anew.

    40.0m of GPUs delivered on 31 July are in service on 20 August; 24.0m, 0.6 of them, are drawn.
    Of August's interest, 31 days at 10%, what falls on (40.0m + 0) / 2 in construction is
    capitalised at the month's end. On 31 January 2027, 164 days after service, 20.0m more come.
    """
    interest = 24_000_000 * 0.1 * 31 / 360
    cost = 40_000_000 + interest * 20 / 24
    room = (cost * (1 - 164 / (72 * 365.25 / 12)) + 20_000_000) * 0.6 - 24_000_000
    assert room == pytest.approx(10_299_570, abs=1)
    assert usd("debt_drawn_cash", "2026-07", "aged_from_service") == 24_000_000
    drawn = usd("debt_drawn_cash", "2027-01", "aged_from_service")
    assert drawn == pytest.approx(room, abs=1)


@pytest.mark.parametrize(("opens", "lent"), [("2026-07-10", 28_000_000), ("2026-08-10", 0)])
def test_a_loan_funds_what_falls_due_from_its_opening_on(opens: str, lent: float):
    """Of the bill of 35.0m on 4 August: 0.7 of 40.0m, or nothing, and nothing is reimbursed."""
    model = ("ordered_before_loan", f"debt.d0.opens={opens}")
    assert usd("debt_drawn_cash", "2026-08", *model) == pytest.approx(lent, abs=0.01)
    assert usd("capex_cash", "2026-08", *model) == pytest.approx(35_000_000, abs=0.01)
    assert usd("loans", "2026-12", *model) == pytest.approx(lent, abs=0.01)
