"""A reserve of months of service in the cost that a loan advances on, by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from gpusim.appraisal import lot_loans, unit_sizes
from gpusim.appraisal.unit_cash import blank, borrow
from gpusim.appraisal.unit_lots import lots_of
from gpusim.scenario import ScenarioError
from gpusim.scenario.tables.lending.amortisation import Amortisation
from gpusim.scenario.tables.lending.cost_base import first_service
from tests.cases.test_cost_base import M, played
from tests.cases.test_interest_drawn import BILLED, LENDER, drawn_quarterly, firm, terms
from tests.engines.build import book_of, scenario_of, world_of
from tests.engines.watch import Watched, watch

AT_ONCE = {"law": "straight", "months": 60, "grace_months": 0, "every_months": 3}
"""Of 20 instalments: 2.5% and 5%, then 2.375% and 5%, are 14.875% in six months."""


def lender(*counted: str, **changes: Any) -> dict[str, Any]:
    """10% a year quarterly, fees of 2%, six months of service in reserve."""
    own = {"every": 3, "reserve_share": None, "reserve_months": 6}
    return terms(*(counted or ("fees", "reserve")), **(own | changes))


def held_on(debt: dict[str, Any], day: dt.date) -> float:
    """What the reserve holds at the end of a day, USD m."""
    book, held = book_of(firm(debt)), []

    def look(sim: Watched) -> list[str]:
        today = dt.date(1970, 1, 1) + dt.timedelta(int(sim.s.clock[0].today))
        if today <= day:
            held[:] = [sim.s.facilities[0].reserve_held / M]
        return []

    watch(book, world_of(book), day=look)
    return float(held[0])


@pytest.mark.parametrize(
    ("plan", "months", "share"),
    [
        ({"law": "straight", "months": 60, "grace_months": 24, "every_months": 3}, 6, 0.05),
        (AT_ONCE, 6, 0.14875),
        (AT_ONCE, 2, 0.0),
        # 1 and 2 years of a level 0.57619, half of it left as a balloon: 0.338095
        ({"law": "level", "months": 24, "every_months": 12}, 12, 0.5761905),
        ({"law": "level", "months": 24, "every_months": 12, "balloon_share": 0.5}, 12, 0.3380952),
        ({"law": "bullet", "months": 24, "every_months": 6}, 12, 0.1),
        ({"law": "bullet", "months": 12, "every_months": 6}, 24, 0.1),
        # a month of interest to the grid, then a whole quarter
        ({"law": "straight", "months": 64, "grace_months": 4, "every_months": 3}, 4, 0.1 / 3),
    ],
)
def test_what_a_draw_pays_in_its_first_months(plan, months, share):
    assert first_service(Amortisation(**plan), months, 0.1) == pytest.approx(share, abs=1e-7)


def test_a_reserve_of_interest_alone_is_one_of_its_share():
    """Two quarters at 10% are 5%, so the loan is that of reserve_share 0.05, 73.607."""
    final = played(firm(lender()))
    assert final.facilities[0].commitment / M == pytest.approx(70 / (1 - 0.7 * 0.07), abs=1e-6)
    assert held_on(lender(), BILLED) == pytest.approx(3.680336, abs=1e-6)


def test_instalments_are_in_it():
    """2% and 14.875%: 70 / (1 - 0.7 x 0.16875) = 79.376, of which 11.807 into the reserve."""
    debt = lender(amortisation=AT_ONCE)
    final = played(firm(debt))
    assert final.facilities[0].commitment / M == pytest.approx(79.376329, abs=1e-6)
    assert final.facilities[0].used == final.facilities[0].commitment
    assert held_on(debt, BILLED) == pytest.approx(0.14875 * 79.376329, abs=1e-6)
    uses = 100 + 0.16875 * 79.376329
    assert 0.7 * uses == pytest.approx(79.376329, abs=1e-6)


def test_with_interest_it_is_as_with_a_share():
    final = played(firm(lender("fees", "reserve", "interest")))
    expected = drawn_quarterly(70 / (1 - 0.7 * 0.07), 4)
    assert final.facilities[0].used / M == pytest.approx(sum(expected), abs=1e-6)


def test_a_floating_loan_counts_the_rate_of_the_as_of_day():
    """4% on it and 6% later: 4% of a base with a floor of 5%, a margin of 4%: 9% on 365 / 360."""
    rates = {"curve": [{"date": dt.date(2026, 3, 31), "rate": 0.04}]}
    rates["curve"].append({"date": dt.date(2026, 9, 30), "rate": 0.06})
    changes = {"base": "SOFR", "margin": 0.04, "base_floor": 0.05, "day_count": "act/360"}
    scenario = scenario_of(firm(lender("reserve", **changes), rates=rates))
    share = 0.09 * 365 / 360 / 2
    assert scenario.loan_share("C") == pytest.approx(0.7 / (1 - 0.7 * share), abs=1e-12)
    swapped = changes | {"hedge": {"share": 0.5, "swap_rate": 0.03}}
    half = scenario_of(firm(lender("reserve", **swapped), rates=rates)).loan_share("C")
    share = 0.08 * 365 / 360 / 2
    assert half == pytest.approx(0.7 / (1 - 0.7 * share), abs=1e-12)


def test_units_carry_it():
    scenario = scenario_of(firm(lender(amortisation=AT_ONCE)))
    ((own,),) = lot_loans.loans_of(scenario, lots_of(scenario, None), unit_sizes.sizes(scenario))
    assert own.amount == pytest.approx(79_376_328.8, abs=1)
    cash = borrow(blank(12), own.loan)
    assert cash.reserve[0] == pytest.approx(0.14875 * 79_376_328.8, abs=1)


def test_what_does_not_count_it_is_as_it_was():
    final = played(firm(lender("fees")))
    assert final.facilities[0].commitment / M == pytest.approx(70 / (1 - 0.7 * 0.02), abs=1e-6)
    terms_row = final.terms[final.facilities[0].terms]
    assert np.isclose(terms_row.reserve_counted, 0.0)


@pytest.mark.parametrize(
    ("debt", "tables", "said"),
    [
        (
            {"amortisation": {"law": "sculpted", "dscr": 1.3}, "running_cost_share": 0.3},
            {},
            "a law that is not sculpted",
        ),
        ({"amortisation": {"months": 61, "stub": "last"}}, {}, "has no stub"),
        (
            {},
            {"programme": LENDER | {"reserve_months": 6, "upfront_fee": 0}},
            "margins differ by rating",
        ),
    ],
)
def test_what_is_not_built_is_refused(debt, tables, said):
    with pytest.raises(ScenarioError) as caught:
        scenario_of(firm(lender(**debt), **tables))
    told = [f"{m.key} {m.found}; expected {m.expected}" for m in caught.value.mistakes]
    assert any("cost_base" in line and said in line for line in told), told
