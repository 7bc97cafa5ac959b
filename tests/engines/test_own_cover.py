"""Cover of a loan by its own contracts: what they bring and cost, and nothing of the others'."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from gpusim.economics.books.measures import DEBT_SERVICE
from gpusim.economics.core.state import DSCR, NEVER, State
from gpusim.results import metrics, periods
from gpusim.results.metric import REASONS
from gpusim.results.payload import payload_of, stack
from gpusim.units_of_measure import date_of
from tests.engines.build import AS_OF, contract, merged, played, quiet, site

FAR = dt.date(2031, 3, 31)
ALL_YEAR = dt.date(2026, 6, 30)


def loan(**changes: Any) -> dict[str, Any]:
    """USD 3m at 12%, equal principal over three years, drawn on delivery."""
    return merged(
        {
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
        },
        changes,
    )


def covered(minimum: float, scope: str, **more: Any) -> dict[str, Any]:
    test = {"minimum": minimum, "from": ALL_YEAR, "scope": scope} | more
    return {"covenants": {"dscr": test, "stops_draws": False}}


def firm(rich: dict[str, Any], poor: dict[str, Any], **changes: Any) -> State:
    """Two contracts of 500 GPUs each on their own loans: USD 2 and USD 0.10 an hour."""

    def own(name: str, price: float) -> dict[str, Any]:
        tranches = [{"gpus": 500, "start": dt.date(2026, 5, 1)}]
        terms = {"facility": name, "price_usd_per_gpu_hour": price, "term_months": 24}
        return contract(tranches, customer=name, **terms)

    return played(
        quiet(
            debt={"rich": rich, "poor": poor},
            contracts={"rich": own("rich", 2), "poor": own("poor", 0.1)},
            **changes,
        )
    )


def test_each_loan_is_covered_by_its_own_contracts():
    """36,000 a month against some 110,000 of service, and the firm as a whole three times over."""
    final = firm(loan(**covered(1.2, "facility")), loan(**covered(1.2, "facility")))
    assert final.covenants[0, DSCR].broken == NEVER
    assert date_of(final.covenants[1, DSCR].broken) == dt.date(2026, 6, 30)
    whole = firm(loan(**covered(1.2, "operator")), loan(**covered(1.2, "operator")))
    assert [whole.covenants[f, DSCR].broken for f in range(2)] == [NEVER, NEVER]


def test_the_scope_of_a_test_without_consequences_moves_nothing_else():
    own = firm(loan(**covered(1.2, "facility")), loan(**covered(1.2, "facility")))
    whole = firm(loan(**covered(1.2, "operator")), loan(**covered(1.2, "operator")))
    assert (own.ledger == whole.ledger).all()
    assert (own.stocks == whole.stocks).all()
    assert (own.backlog == whole.backlog).all()


def test_own_cash_is_what_was_collected_less_fee_and_costs_by_watts():
    """USD 1,000 a month of staff at a site whose load is two contracts of 500 kW each."""
    place = site([{"it_mw": 1, "ready": dt.date(2026, 1, 1)}], staff_usd_per_kw_month=1)
    plain = firm(loan(), loan(), sites={"S": place})
    fee = {"service_fee_share": 0.25}
    final = firm(loan(**covered(0.1, "facility", **fee)), loan(), sites={"S": place})
    month = 8
    for f, kept in ((0, 0.75), (1, 1.0)):
        assert final.own_cash[f, month] == kept * final.received[f, month] - 500_00
        assert plain.own_cash[f, month] == plain.received[f, month] - 500_00
    assert final.own_service[:, month].sum() == final.stocks[DEBT_SERVICE, month]


def test_months_before_the_first_bill_do_not_count_once_it_is_there():
    """Undrawn fees run from April, bills from May: cover counts from May."""
    fee = {"undrawn_fee": 0.01}
    final = firm(loan(**fee), loan(**fee))
    assert final.own_service[0, 1] > 0
    assert final.facilities[0].first_month == 2


@pytest.fixture(scope="module")
def told() -> dict[str, metrics.Values]:
    late = {"contracts": {"poor": {"tranches": [{"gpus": 500, "start": dt.date(2027, 2, 1)}]}}}
    notes = {
        "kind": "notes",
        "base": "fixed",
        "margin": 0.1,
        "day_count": "30/360",
        "maturity": FAR,
        "seniority": 2,
        "opening": {
            "principal_usd": 1_000,
            "every_months": 6,
            "repayments": {"2031": 1_000},
        },
    }
    rich, poor = loan(undrawn_fee=0.01), loan(undrawn_fee=0.01)
    tranches = [{"gpus": 500, "start": dt.date(2026, 5, 1)}]
    terms = {"facility": "rich", "price_usd_per_gpu_hour": 2, "term_months": 24}
    one = contract(tranches, **terms)
    other = contract(
        late["contracts"]["poor"]["tranches"], **(terms | {"facility": "poor", "customer": "b"})
    )
    final = played(
        quiet(
            debt={"rich": rich, "poor": poor, "notes": notes},
            contracts={"rich": one, "poor": other},
        )
    )
    panel = stack([payload_of(final, 0)])
    return metrics.compute(panel, periods.quarters(AS_OF, 12), ["rich", "poor", "notes"])


def test_every_named_facility_has_a_cover_or_a_reason(told):
    reasons = {
        name: [REASONS[code] for code in told[f"dscr.{name}"].reasons[0]]
        for name in ("rich", "poor", "notes")
    }
    silent = "none of its contracts has billed"
    assert reasons["rich"] == [""] * 4
    assert reasons["poor"] == [silent] * 3 + [""]
    assert reasons["notes"] == [silent] * 4
    assert np.isnan(told["dscr.notes"].figures).all()
    assert (told["dscr.rich"].figures > 1.2).all()


def test_a_facilitys_cover_says_its_unit_and_meaning(told):
    described = metrics.described(told)["dscr.rich"]
    assert described["unit"] == "ratio"
    assert "rich" in described["meaning"]
