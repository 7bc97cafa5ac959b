"""What stays unpaid on a loan without recourse is told; its early fees are its sponsor's."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from gpusim.economics.books.checks import first_breach
from gpusim.economics.books.ledger import CASH_FOR_INTEREST
from gpusim.economics.books.measures import SHORTFALL
from gpusim.economics.core.state import NEVER
from gpusim.engines.process import run
from gpusim.reports.printed.run_report import liquidity_lines
from gpusim.results import periods
from gpusim.results.payload import payload_of, stack
from gpusim.results.replications import outcomes
from gpusim.results.tables import facilities
from gpusim.units_of_measure import date_of
from tests.engines.build import AS_OF, book_of, contract, merged, quiet, world_of

USD = 100
FAR = dt.date(2040, 1, 1)


def loan(**changes: Any) -> dict[str, Any]:
    """3m of 5m at 12% by thirties, equal principal over three years; unpaid for long."""
    terms = {
        "kind": "delayed-draw",
        "commitment_usd": 3_000_000,
        "available_to": FAR,
        "advance_rate": 0.6,
        "base": "fixed",
        "margin": 0.12,
        "day_count": "30/360",
        "undrawn_fee": 0,
        "draw_discount": 0,
        "maturity": FAR,
        "seniority": 1,
        "amortisation": {"law": "straight", "months": 36, "every_months": 1},
        "recourse": False,
        "default_after_months": 60,
    }
    return merged(terms, changes)


def firm(start: dt.date, debt: dict[str, Any], **more: Any) -> Any:
    """500 GPUs at USD 0.10 an hour from a day on: 1,200 a day, invoiced and paid at month ends."""
    tranches = [{"gpus": 500, "start": start}]
    terms = {"facility": "spv", "price_usd_per_gpu_hour": 0.1, "term_months": 24}
    tables = merged(
        quiet(
            debt={"spv": debt},
            contracts={"C": contract(tranches, **terms)},
            operator={"forced_sale_share": 0.4},
        ),
        more,
    )
    book = book_of(tables)
    final = run(book.state, world_of(book))
    assert first_breach(final.ledger, final.stocks, final.backlog) is None
    return final


# --- told


def test_first_day_and_most_that_stays_unpaid_on_a_loan():
    """Drawn on 31 May; interest before principal, and principal that is not paid bears it on.

    June: due 83,333 + 30,000, in 61 x 1,200 = 73,200, unpaid 40,133; 2,956,800 are left. July: in
    37,200, 29,568 of it interest; unpaid 40,133 + 83,333 - 7,632 = 115,835. August: 29,492 of
    interest, unpaid 115,835 + 83,333 - 7,708 = 191,460. September: in 36,000, interest of 29,415,
    unpaid 191,460 + 83,333 - 6,585 = 268,208.
    """
    final = firm(dt.date(2026, 5, 1), loan(), model={"quarters": 2})
    spv = final.facilities[0]
    assert date_of(spv.first_unpaid) == dt.date(2026, 6, 30)
    assert spv.most_unpaid == pytest.approx(268_207.61 * USD, abs=5)
    assert final.stocks[SHORTFALL].sum() == 0
    assert final.clock[0].first_shortfall == NEVER


def test_the_report_and_json_have_a_line_for_it():
    state = firm(dt.date(2026, 5, 1), loan())
    panel = stack([payload_of(state, 0)])
    head = outcomes.headline(panel, periods.quarters(AS_OF, 12), (), ["spv"])
    told = head["unpaid_loans"]
    assert [row["facility"] for row in told] == ["spv"]
    assert told[0]["unpaid_probability"] == 1
    assert told[0]["unpaid_median_date"] == "2026-06-30"
    assert told[0]["unpaid_worst_median"] == state.facilities[0].most_unpaid / USD
    json.dumps(told, allow_nan=False)
    lines = [line.plain for line in liquidity_lines(head)]
    assert any(
        "spv, without recourse, is due an amount that stays unpaid in 100.0%" in line
        and "first on 2026-06-30 (median)" in line
        for line in lines
    )
    row = facilities(panel, ["spv"], periods.quarters(AS_OF, 6)).row(0, named=True)
    assert row["first_unpaid"] == dt.date(2026, 6, 30)
    assert row["most_unpaid"] == state.facilities[0].most_unpaid
    assert row["recourse"] is False


def test_a_loan_that_is_paid_has_no_line():
    state = firm(
        dt.date(2026, 5, 1), loan(recourse=True, default_after_months=0), model={"quarters": 2}
    )
    panel = stack([payload_of(state, 0)])
    head = outcomes.headline(panel, periods.quarters(AS_OF, 6), (), ["spv"])
    assert head["unpaid_loans"] == []
    assert facilities(panel, ["spv"], periods.quarters(AS_OF, 6))["first_unpaid"].null_count() == 1


# --- the most at once, on any day


def test_the_worst_shortfall_is_of_any_day():
    """A bill of 3m on 2 July and 1m of cash; 5m come on 10 July: at worst 2m, at no month's end."""
    final = run_of(
        quiet(
            balance={"cash_usd": 1_000_000},
            payables={
                "capex": [
                    {"amount_usd": 3_000_000, "due": dt.date(2026, 7, 2)},
                    {"amount_usd": 500_000, "due": dt.date(2026, 7, 3)},
                ]
            },
            equity={"r": {"date": dt.date(2026, 7, 10), "amount_usd": 5_000_000, "costs_usd": 0}},
        )
    )
    assert final.stocks[SHORTFALL].sum() == 0
    assert date_of(final.clock[0].first_shortfall) == dt.date(2026, 7, 2)
    assert final.firm[0].shortfall == 2_500_000 * USD


def run_of(tables: dict[str, Any]) -> Any:
    book = book_of(tables)
    return run(book.state, world_of(book))


# --- its sponsor's fees


def early(**changes: Any) -> dict[str, Any]:
    """A fee of 3.6% on 3m that is not drawn before September: 300 a day."""
    return loan(undrawn_fee=0.036, **changes)


def test_fees_before_its_first_contract_bills_are_the_firm_s():
    """Billing from 10 September: fees of April to August, 30 or 31 x 300, on their days.

    September's 9,000 are its own, and 21 x 1,200 have come in.
    """
    final = firm(dt.date(2026, 9, 10), early(default_after_months=2), model={"quarters": 2})
    paid = [-int(cents) // USD for cents in final.ledger[CASH_FOR_INTEREST]]
    assert paid[1:] == [9_000, 9_300, 9_000, 9_300, 9_300, 9_000]
    spv = final.facilities[0]
    assert spv.first_unpaid == NEVER
    assert spv.trapped == (21 * 1_200 - 9_000) * USD


def test_a_sponsor_that_has_no_cash_for_them_falls_short():
    """Cash of 10,000: April's 9,000 are paid, of May's 9,300 all but 1,000 stay unpaid."""
    final = firm(
        dt.date(2026, 9, 10),
        early(),
        balance={"cash_usd": 10_000},
        model={"quarters": 1},
    )
    assert date_of(final.clock[0].first_shortfall) == dt.date(2026, 5, 31)
    assert final.stocks[SHORTFALL, 2] == 8_300 * USD
    assert date_of(final.facilities[0].first_unpaid) == dt.date(2026, 5, 31)
    assert final.facilities[0].most_unpaid == 17_300 * USD
