"""Loans of buildings by hand: rent to come, and cures that repay draws of several months."""

from __future__ import annotations

import datetime as dt

import pytest

from gpusim.economics.books.ledger import CASH_FOR_CAPITALISED_INTEREST, CASH_FOR_INTEREST
from gpusim.economics.books.measures import CURED, DEBT_SERVICE
from gpusim.economics.core.state import LOAN_LIFE_CASH, LOAN_PRINCIPAL, LOAN_PROJECT_CASH
from tests.economics.test_buildings import MILLION, firm, hall, loan, played, tenant
from tests.engines.build import AS_OF, gpu, quiet, site


def test_a_cure_pays_the_interest_of_draws_that_it_repays():
    """14m drawn at the ends of April, May and June at 12%, ACT/360, paid once a year.

    Rent to come carries less than 14m at 100x, so that on 30 June a cure repays the first two: with
    them goes the interest of 61 days of the one and 30 of the other, 284,666.67 and 140,000.
    """
    terms = loan(
        margin=0.12, base="fixed", day_count="act/360",
        amortisation={"law": "bullet", "months": 60, "every_months": 12},
        first_payment=dt.date(2027, 3, 31),
        covenants={
            "llcr": {"minimum": 100, "from": dt.date(2026, 6, 30)},
            "cures": {"count": 1, "until": dt.date(2026, 6, 30), "max_usd_each": 50_000_000},
        },
    )  # fmt: skip
    before = [{"it_kw": 10, "start": AS_OF + dt.timedelta(1)}]
    signed = {
        "T": tenant(facility="B"),
        "paid": tenant(facility="B", customer="paid", tranches=before),
    }
    final = played(firm(hall(facility="B", loan_share=0.7), debt={"B": terms}, contracts=signed))
    cured, interest = int(final.stocks[CURED, 3]), 284_666_67 + 140_000_00
    assert 28 * MILLION < cured < 42 * MILLION
    assert final.loan_months[0, LOAN_PRINCIPAL, 3] == 42 * MILLION - cured
    paid = final.ledger[CASH_FOR_INTEREST] + final.ledger[CASH_FOR_CAPITALISED_INTEREST]
    assert -paid[1:5].cumsum() == pytest.approx([0, 0, interest, interest])
    assert final.stocks[DEBT_SERVICE, 1:5].tolist() == [0, 0, interest, 0]


def test_rent_after_free_months_is_to_come_when_it_is_paid():
    """8,000 kW at 150 from 1 July 2026 for a year, the first six months free, nothing at interest.

    On 30 June 7.2m are to come, all of it in 2027. A loan that ends on 31 March 2027 has 90 of the
    181 days that pay.
    """
    terms = loan(
        commitment_usd=6_000_000, available_to=AS_OF, maturity=dt.date(2027, 3, 31),
        opening={
            "principal_usd": 6_000_000, "every_months": 1, "repayments": {"2027": 6_000_000},
        },
    )  # fmt: skip
    terms["amortisation"] = {"law": "bullet", "months": 24, "every_months": 1}
    free = [{"after_months": 0, "share": 0.0}, {"after_months": 6, "share": 1.0}]
    own = tenant(facility="B", term_months=12, commitment=free)
    own["tranches"] = [{"it_kw": 8_000, "start": dt.date(2026, 7, 1)}]
    before = [{"it_kw": 10, "start": AS_OF + dt.timedelta(1)}]
    small = tenant(facility="B", customer="paid", term_months=2, tranches=before)
    tables = quiet(
        sites={"S": site([{"it_mw": 10, "ready": AS_OF}])}, gpus={"G": gpu()},
        debt={"B": terms}, contracts={"T": own, "paid": small},
    )  # fmt: skip
    final = played(tables)
    assert final.loan_months[0, LOAN_PROJECT_CASH, 3] == 7_200_000_00
    assert final.loan_months[0, LOAN_LIFE_CASH, 3] == round(7_200_000_00 * 90 / 181)
