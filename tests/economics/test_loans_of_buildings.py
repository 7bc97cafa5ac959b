"""Loans of buildings by hand: rent to come, and cures that repay draws of several months."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from gpusim.economics.books.ledger import CASH_FOR_CAPITALISED_INTEREST, CASH_FOR_INTEREST
from gpusim.economics.books.measures import CURED, DEBT_SERVICE
from gpusim.economics.core.state import (
    COUNTED,
    LOAN_LIFE_CASH,
    LOAN_PRINCIPAL,
    LOAN_PROJECT_CASH,
    NEEDED,
)
from gpusim.economics.debt.covenants import CONTRACT_REALISATION
from tests.economics.test_buildings import MILLION, firm, hall, loan, played, tenant
from tests.engines.build import AS_OF, Tables, gpu, quiet, site


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


def let(repaid: Tables, wait: int = 0, place: Tables | None = None, **terms: Any) -> Tables:
    """8,000 kW of 10 MW at 150 from 1 April 2026 for two years, power passed through.

    A loan of 6.0m owed from the start without interest, repaid by year or quarter as stated; wait
    of the tenant's payments [days]; place: keys of the site.
    """
    opening = {"principal_usd": 6_000_000, "every_months": 1, "repayments": repaid}
    lent = loan(
        commitment_usd=6_000_000, available_to=AS_OF, maturity=dt.date(2028, 9, 30),
        opening=opening, **terms,
    )  # fmt: skip
    lent["amortisation"] = {"law": "bullet", "months": 36, "every_months": 1}
    own = tenant(facility="B", term_months=24, payment_days=wait, power="passed-through")
    own["tranches"] = [{"it_kw": 8_000, "start": dt.date(2026, 4, 1)}]
    return quiet(
        sites={"S": site([{"it_mw": 10, "ready": AS_OF}], **(place or {}))},
        gpus={"G": gpu()}, debt={"B": lent}, contracts={"T": own},
    )  # fmt: skip


@pytest.mark.parametrize("tariff", [0.0, 0.04, 0.0862])
@pytest.mark.parametrize("wait", [0, 30])
def test_power_passed_through_is_neither_paid_nor_to_come(tariff: float, wait: int) -> None:
    """Power at a tariff and 5 a kW and month; staff of 10 MW at 24 a kW, 240,000 of 1.2m of rent.

    0.8 is left. On 30 June 21 months of 1.2m are to come, and June's invoice where it is paid after
    30 days: what was paid in May and June was then for power of April and May.
    """
    place = {
        "tariff_usd_per_kwh": tariff,
        "grid_charge_usd_per_kw_month": 5,
        "staff_usd_per_kw_month": 24,
    }
    final = played(let({"2028": 6_000_000}, wait, place))
    june = 1_200_000_00 if wait else 0
    assert final.loan_months[0, LOAN_PROJECT_CASH, 3] == 0.8 * (21 * 1_200_000_00 + june)


def test_what_comes_in_for_power_realises_no_rent() -> None:
    """3.6m of rent in three months, all of it paid at once; 0.9 of the plan is asked for, 3.24m.

    Power of 60 a kW comes on top, which no plan has.
    """
    asked = {"contract_realisation": {"minimum": 0.9, "from": dt.date(2026, 6, 30)}}
    place = {"grid_charge_usd_per_kw_month": 60}
    final = played(let({"2028": 6_000_000}, 0, place, covenants=asked))
    kept = final.covenant_tests[0, CONTRACT_REALISATION]
    assert kept[COUNTED, 3] == 3_600_000_00
    assert kept[NEEDED, 3] == 3_240_000_00
