"""No month of a run knows where the run ends."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from gpusim.economics.books.ledger import RESTRICTED_CASH
from gpusim.economics.books.measures import RAISED_EQUITY
from tests.cases.reading import gpusim, table, usd
from tests.engines.build import played, quiet

SHORT, LONG = "horizon-12", "horizon-16"
MONTHLY = ("statements_monthly", "metrics_monthly", "backlog_monthly")
QUARTERLY = ("statements", "metrics", "backlog", "debt_service")
MILLION = 100_000_000  # [cents]


@pytest.mark.parametrize("name", MONTHLY + QUARTERLY)
def test_twelve_quarters_are_the_first_twelve_of_sixteen(name):
    short, long = table(name, SHORT), table(name, LONG)
    shared = long.filter(pl.col("period").is_in(short["period"].unique().to_list()))
    assert len(short) < len(long)
    assert short.equals(shared)


def test_the_firm_raises_for_a_need_beyond_the_last_month():
    """900 of notes fall due fourteen months after the shorter run ends.

    The longer run raised its smallest issue, 100 less 1.5 of costs, in time: 1,499.5 in September
    2028. The shorter one had not seen the need: 1,400.4. Other rules have since moved both by the
    same 25, less than what tells them apart.
    """
    short, long = usd("cash", "2028-09", SHORT), usd("cash", "2028-09", LONG)
    assert short == long
    assert long / 1e6 == pytest.approx(1_499.5, abs=40)


def notes(maturity: dt.date) -> dict[str, object]:
    """USD 150m without interest, due at once."""
    return {
        "kind": "notes", "base": "fixed", "margin": 0, "day_count": "30/360",
        "maturity": maturity, "seniority": 0,
        "opening": {
            "principal_usd": 150_000_000, "every_months": 6,
            "repayments": {str(maturity.year): 150_000_000},
        },
    }  # fmt: skip


RAISING = {
    "months_ahead": 6,
    "floor_usd": 5_000_000,
    "smallest_usd": 0,
    "leverage_cap": 1,
    "notes": {
        "capacity_usd_per_year": 0, "months": 12, "margin": 0, "costs_share": 0,
        "every_months": 6, "seniority": 0,
    },
    "equity": {"capacity_usd_per_year": 500_000_000, "discount": 0, "costs_share": 0},
}  # fmt: skip


def test_a_maturity_two_months_after_the_end_is_paid_for_before_it():
    """USD 100m of cash, 150m due on 31 May 2027, run to March 2027, six months of outlook.

    On 1 November 2026 (month 8) the outlook reaches month 14, which is May 2027: 100 - 150 is 55
    below the floor of 5. Shares for 55m, then, and nothing before.
    """
    final = played(
        quiet(
            debt={"N": notes(dt.date(2027, 5, 31))},
            raising=RAISING,
            operator={
                "shares_outstanding": 1_000_000,
                "share_price_usd": [{"date": dt.date(2026, 1, 1), "price_usd": 50}],
            },
        )
    )
    raised = final.stocks[RAISED_EQUITY].tolist()
    assert raised == [0] * 8 + [55 * MILLION] + [0] * 4


def test_rent_after_the_end_is_seen_too():
    """Opening leases: nothing in 2026, 150m over the twelve months of 2027; run to December 2026.

    Month 4 (July 2026) looks six months ahead, to January 2027: 100 - 12.5 is above the floor of 5.
    Month 9 (December) is the last and looks to June: 100 - 6 x 12.5 = 25. With 96m of cash a floor
    of 30 is missed by 30 - (96 - 75) = 9 in December, and by 30 - (96 - 62.5) < 0 in November.
    """
    tables = quiet(
        model={"quarters": 3},
        balance={"cash_usd": 96_000_000},
        leases={
            "liability_usd": 100_000_000,
            "asset_usd": 100_000_000,
            "remaining_months": 21,
            "payments": {"2026": 0, "after": 150_000_000},
        },
        raising=RAISING | {"floor_usd": 30_000_000},
        operator={
            "shares_outstanding": 1_000_000,
            "share_price_usd": [{"date": dt.date(2026, 1, 1), "price_usd": 50}],
        },
    )
    assert played(tables).stocks[RAISED_EQUITY].tolist() == [0] * 9 + [9 * MILLION]


def test_a_reserve_holds_instalments_that_fall_due_after_the_end():
    """12m without interest, 1m at each month end of 2027; the reserve is six months of service.

    On 31 December 2026, the last day of the run, the next six instalments are January to June.
    """
    loan = {
        "kind": "delayed-draw", "base": "fixed", "margin": 0, "day_count": "30/360",
        "maturity": dt.date(2027, 12, 31), "seniority": 0, "reserve_months": 6,
        "opening": {
            "principal_usd": 12_000_000, "every_months": 1, "repayments": {"2027": 12_000_000},
        },
    }  # fmt: skip
    final = played(quiet(model={"quarters": 3}, debt={"L": loan}))
    assert final.ledger[RESTRICTED_CASH].cumsum()[-1] == 6 * MILLION


def test_units_do_not_depend_on_how_long_a_run_would_be():
    """The base rate falls until 2028; a term of five years lasts beyond any of these runs."""
    told = [
        gpusim("units", "single-site", "--json", "--set", f"model.quarters={quarters}").stdout
        for quarters in (4, 24)
    ]
    assert told[0]
    assert told[0] == told[1]
