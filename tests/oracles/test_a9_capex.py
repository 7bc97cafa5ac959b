"""A9: capex as some operators report it, on a run with retirements and vendor finance.

Reported capex is what was placed in service: the change of gross plant less the change of
construction in progress. That holds only once the cost of what was retired is added back.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from gpusim.economics.books import measures
from gpusim.economics.books.statements import line
from tests.engines.build import merged, played
from tests.oracles.test_definitions_money import vendor_financed

CASE = "A9"
RETIRED, BOUGHT = 3_000_000_00, 10_000_000_00
"""Cost of the old fleet and price of the new one [cents]."""


@pytest.fixture(scope="module")
def final():
    """An old fleet is retired in May; a new one, partly lent by its supplier, comes in November."""
    old = {
        "category": "servers",
        "gpu": "G",
        "site": "S",
        "gpus": 100,
        "gross_usd": 3_000_000,
        "accumulated_usd": 2_900_000,
        "remaining_life_years": 0.15,
    }
    tables = merged(vendor_financed(), {"assets": {"old": old}})
    tables["sites"]["S"]["phases"].append({"it_mw": 0.2, "ready": dt.date(2026, 1, 1)})
    return played(tables)


def quarters(flow: np.ndarray) -> np.ndarray:
    return flow[1:].reshape(-1, 3).sum(axis=1)


def change(balance: np.ndarray) -> np.ndarray:
    return np.diff(balance[::3])


def test_placed_in_service_is_the_change_of_plant_less_construction_with_retirements_back(
    final, compare
):
    plant = change(line(final.ledger, "ppe_gross"))
    construction = change(line(final.ledger, "construction_in_progress"))
    retired = quarters(final.stocks[measures.RETIRED_COST])
    in_service = quarters(final.stocks[measures.CAPEX_IN_SERVICE])
    what = "placed in service by quarter against change of plant less construction [cents]"
    compare(what, in_service, plant - construction + retired)
    compare("retired cost by quarter [cents]", retired, [RETIRED, 0, 0, 0])
    assert np.flatnonzero(in_service).tolist() == [2]
    assert in_service[2] > BOUGHT


def test_without_the_retirements_the_shortcut_is_short_by_their_cost(final, compare):
    plant = change(line(final.ledger, "ppe_gross"))
    construction = change(line(final.ledger, "construction_in_progress"))
    found = (plant - construction)[0]
    compare("the shortcut without retirements, first quarter [cents]", found, -RETIRED)


def test_cash_capex_is_another_series(final, compare):
    """Cash leaves out what the supplier lends and comes in other quarters."""
    cash = quarters(line(final.ledger, "capex_cash"))
    in_service = quarters(final.stocks[measures.CAPEX_IN_SERVICE])
    lent = quarters(final.stocks[measures.DEBT_NONCASH])
    compare("capex lent by the supplier, not in cash [cents]", lent.sum(), 3_000_000_00)
    assert np.flatnonzero(cash).tolist() != np.flatnonzero(in_service).tolist()
    interest = -quarters(line(final.ledger, "capitalised_interest_unpaid"))
    capitalised = quarters(line(final.ledger, "interest_capitalised"))
    paid_to_suppliers = cash.sum() - (capitalised.sum() - abs(interest.sum()))
    compare("paid to suppliers [cents]", paid_to_suppliers, BOUGHT - lent.sum(), abs=1)
