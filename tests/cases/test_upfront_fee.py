"""An upfront fee, by hand: paid at closing, charged by draws' yield, lost with what lapses."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from gpusim.economics.books.checks import first_breach
from gpusim.economics.books.ledger import (
    CASH_FOR_CAPEX,
    CASH_FOR_DEBT_COSTS,
    CASH_FROM_DRAWS,
    DEBT_DISCOUNT,
    INTEREST_AMORTISATION,
    LOANS,
)
from gpusim.economics.books.measures import DEBT_SERVICE, SHORTFALL
from gpusim.economics.core.agenda import RAISE
from gpusim.economics.decisions import outlook
from gpusim.engines.process import run
from gpusim.engines.story import Trace, tell
from gpusim.scenario import ScenarioError
from gpusim.units_of_measure import date_of
from tests.engines.build import book_of, contract, merged, quiet, scenario_of, world_of
from tests.engines.watch import Watched, watch

CENTS_PER_M = 100_000_000
APRIL_10, APRIL_30 = dt.date(2026, 4, 10), dt.date(2026, 4, 30)
FAR = dt.date(2030, 3, 31)


def loan(**changes: Any) -> dict[str, Any]:
    """USD 100m at 14%, in halves of a year; 2% when it closes on 10 April."""
    terms = {
        "kind": "delayed-draw",
        "commitment_usd": 100_000_000,
        "opens": APRIL_10,
        "available_to": dt.date(2026, 6, 15),
        "advance_rate": 0.7,
        "base": "fixed",
        "margin": 0.14,
        "day_count": "30/360",
        "undrawn_fee": 0.0,
        "draw_discount": 0.0,
        "upfront_fee": 0.02,
        "amortisation": {"law": "straight", "months": 6, "every_months": 1},
        "maturity": FAR,
        "seniority": 0,
    }
    return merged(terms, changes)


def firm(one: dict[str, Any], drawn: float = 60.0, **tables: Any) -> dict[str, Any]:
    """It draws so many USD m on 30 April."""
    bill = {"amount_usd": drawn * 1e6, "due": APRIL_30, "facility": "L", "loan_share": 1}
    base = quiet(debt={"L": one}, payables={"capex": [bill]} if drawn else {})
    return merged(base, tables)


def played(tables: dict[str, Any]) -> Any:
    book = book_of(tables)
    final = run(book.state, world_of(book))
    assert first_breach(final.ledger, final.stocks, final.backlog) is None
    return final


def by_month(final: Any, account: int) -> list[float]:
    """USD m of each month from April on, debits less credits."""
    return (final.ledger[account, 1:] / CENTS_PER_M).tolist()


def yield_of(received: float, flows: list[float]) -> float:
    """The rate a month at which flows of the months after are worth what was received."""
    low, high = 0.0, 0.5
    for _ in range(80):
        rate = (low + high) / 2
        worth = sum(flow / (1 + rate) ** (n + 1) for n, flow in enumerate(flows))
        low, high = (rate, high) if worth > received else (low, rate)
    return rate


def test_the_fee_is_paid_at_closing_and_charged_by_the_yield():
    """Of 2.0 the draw of 60 takes 1.2, the 40 that lapse on 16 June cost 0.8 that day.

    60 in six parts of 10, interest of 14% / 12: the yield of 58.8 that comes in.
    """
    final = played(firm(loan()))
    assert by_month(final, CASH_FOR_DEBT_COSTS)[:2] == [-2.0, 0.0]
    assert by_month(final, CASH_FROM_DRAWS)[0] == 60.0
    month = 0.14 / 12
    rate = yield_of(58.8, [10 + (60 - 10 * n) * month for n in range(6)])
    carried, charged = 58.8, []
    for n in range(6):
        owed = 60 - 10 * n
        charged.append(carried * rate - owed * month)
        carried += charged[-1] - 10
    assert sum(charged) == pytest.approx(1.2)
    charged[1] += 0.8
    assert by_month(final, INTEREST_AMORTISATION)[1:7] == pytest.approx(charged, abs=1e-6)
    assert final.ledger[DEBT_DISCOUNT].sum() == 0
    left = final.ledger[DEBT_DISCOUNT].cumsum() / CENTS_PER_M
    assert left[1:4] == pytest.approx([2.0, 2.0 - charged[0], 1.2 - charged[0] - charged[1] + 0.8])


def test_wholly_drawn_it_costs_what_a_discount_of_as_much_does():
    """100 drawn at once: 2 paid before or kept of the draw, one charge a month."""
    paid = played(firm(loan(), drawn=100.0))
    kept = played(firm(loan(upfront_fee=0.0, draw_discount=0.02), drawn=100.0))
    assert by_month(paid, INTEREST_AMORTISATION) == by_month(kept, INTEREST_AMORTISATION)
    assert by_month(kept, CASH_FROM_DRAWS)[0] == 98.0
    assert (paid.stocks[DEBT_SERVICE] == kept.stocks[DEBT_SERVICE]).all()


def test_each_draw_takes_its_part_to_the_cent():
    """A fee of 33.34 on 1,000.33: 333.44 takes 11.11, what is left of the commitment the rest."""
    bills = [
        {"amount_usd": usd, "due": day, "facility": "L", "loan_share": 1}
        for usd, day in ((333.44, APRIL_30), (666.89, dt.date(2026, 5, 31)))
    ]
    debt = loan(commitment_usd=1000.33, upfront_fee=0.03333, margin=0.0)
    final = played(quiet(debt={"L": debt}, payables={"capex": bills}))
    assert final.ledger[CASH_FOR_DEBT_COSTS].sum() == -33_34
    assert final.ledger[INTEREST_AMORTISATION].sum() == 33_34
    assert final.facilities[0].upfront_left == 0
    first, second = final.draws[0].yield_month, final.draws[1].yield_month
    assert first == pytest.approx(yield_of(322.33, [333.44 / 6] * 6), abs=2e-4)
    assert second == pytest.approx(yield_of(644.66, [666.89 / 6] * 6), abs=2e-4)


def test_a_loan_that_is_sized_pays_on_its_size():
    """1,000 GPUs for 10m, 0.5 of them: 5m of 100m, 0.1m."""
    one = contract([{"gpus": 1000, "start": dt.date(2026, 5, 1), "value_usd": 1}], facility="L")
    terms = loan(advance_rate=0.8, size_ltv=0.5)
    final = played(quiet(debt={"L": terms}, contracts={"C": one}))
    assert final.facilities[0].commitment == 5 * CENTS_PER_M
    assert by_month(final, CASH_FOR_DEBT_COSTS)[0] == -0.1


def test_loans_of_the_programme_pay_it_too():
    """0.8 of 10m is lent five days after the as-of day: 2% of 8m."""
    lender = {
        "closing_days": 5,
        "availability_months": 12,
        "advance_rate": 0.8,
        "base_floor": 0,
        "margin_by_rating": {"investment-grade": 0.03, "other": 0.05},
        "undrawn_fee": 0,
        "draw_discount": 0,
        "upfront_fee": 0.02,
        "reserve_share": 0,
        "seniority": 0,
        "amortisation": {"law": "straight", "months": 12, "every_months": 1},
    }
    one = contract(
        [{"gpus": 1000, "start": dt.date(2026, 6, 1), "value_usd": 1}], facility="programme"
    )
    final = played(quiet(contracts={"C": one}, programme=lender))
    assert final.ledger[CASH_FOR_DEBT_COSTS].sum() == -0.16 * CENTS_PER_M
    assert -final.ledger[LOANS, :].min() > 0


# --- without the cash for it a loan closes later


def short(**tables: Any) -> dict[str, Any]:
    """1m of cash, 5m more on 20 May; the loan is drawn for nothing."""
    equity = {"one": {"date": dt.date(2026, 5, 20), "amount_usd": 5_000_000, "costs_usd": 0}}
    return firm(
        loan(), drawn=0.0, **merged({"balance": {"cash_usd": 1e6}, "equity": equity}, tables)
    )


def test_without_cash_for_its_fee_a_loan_closes_a_month_later():
    """10 April and 1 May lack 1m; 1 June pays 2m, and draws end 52 days later, on 6 August."""
    book = book_of(short())
    trace = Trace()
    final = run(book.state, world_of(book), trace=trace)
    assert by_month(final, CASH_FOR_DEBT_COSTS)[:4] == [0.0, 0.0, -2.0, 0.0]
    assert date_of(final.facilities[0].opens) == dt.date(2026, 6, 1)
    assert date_of(final.facilities[0].closes) == dt.date(2026, 8, 6)
    assert by_month(final, INTEREST_AMORTISATION)[:6] == [0, 0, 0, 0, 2.0, 0]
    assert not final.stocks[SHORTFALL].any()
    story = tell(book.names, trace)
    (told,) = [line for line in story if "cannot close" in line]
    assert told.startswith("2026-04-10")
    assert "L cannot close, cash lacks its upfront fee" in told
    (closes,) = [line for line in story if "L closes" in line]
    assert closes.startswith("2026-06-01")
    assert "52 days late" in closes
    assert "for a fee of USD 2" in closes


def test_a_revolver_pays_it_and_the_backstop_does_not():
    """1m of cash and 1m of a revolver; a backstop of 5m is for what is due."""
    line = {
        "kind": "revolver",
        "commitment_usd": 10_000_000,
        "available_to": FAR,
        "base": "fixed",
        "margin": 0.0,
        "day_count": "30/360",
        "maturity": FAR,
        "seniority": 0,
    }
    backed = {"operator": {"equity_backstop": {"capacity_usd": 5e6, "price_usd_per_share": 1}}}
    drawn = played(short(debt={"R": line}))
    assert by_month(drawn, CASH_FOR_DEBT_COSTS)[0] == -2.0
    assert by_month(drawn, CASH_FROM_DRAWS)[0] == 1.0
    waits = played(short(**backed))
    assert by_month(waits, CASH_FOR_DEBT_COSTS)[:3] == [0.0, 0.0, -2.0]


def test_the_outlook_expects_it_on_the_day_of_closing():
    """Seen on 20 April: 2m in July."""
    equity = {"one": {"date": dt.date(2026, 4, 20), "amount_usd": 1, "costs_usd": 0}}
    debt = loan(opens=dt.date(2026, 7, 5), available_to=dt.date(2026, 12, 31))
    book = book_of(firm(debt, drawn=0.0, equity=equity))
    seen: list[float] = []

    def look(sim: Watched) -> list[str]:
        if sim.phase == RAISE:
            outlook.look_ahead(sim.h, sim.w, 6)
            seen[:] = (np.asarray(sim.s.outlook[1:8]) / CENTS_PER_M).tolist()
        return []

    watch(book, world_of(book), event=look)
    assert seen == [0, 0, 0, -2.0, 0, 0, 0]


# --- who has none


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"opens": dt.date(2026, 3, 31)}, "0.02 of a loan that has closed; expected opens after"),
        ({"kind": "vendor"}, "0.02 of vendor debt; expected 0, or a delayed-draw commitment"),
    ],
)
def test_who_has_been_paid_or_lends_otherwise_has_no_fee(changes, said):
    with pytest.raises(ScenarioError) as caught:
        scenario_of(firm(loan(**changes), drawn=0.0))
    (mistake,) = caught.value.mistakes
    assert mistake.key == "debt.L.upfront_fee"
    assert said in f"{mistake.found}; expected {mistake.expected}"


def test_capital_spending_is_not_touched():
    paid, free = played(firm(loan())), played(firm(loan(upfront_fee=0.0)))
    assert (paid.ledger[CASH_FOR_CAPEX] == free.ledger[CASH_FOR_CAPEX]).all()
