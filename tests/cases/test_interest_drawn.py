"""Interest before the first rent that a loan is drawn for, by hand: size, draws, room, outlook."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from gpusim.appraisal import lot_loans, unit_sizes
from gpusim.appraisal.unit_cash import blank, borrow
from gpusim.appraisal.unit_lots import lots_of
from gpusim.economics.books.ledger import (
    CASH_FOR_INTEREST,
    CASH_FROM_DRAWS,
    CASH_TO_RESERVES,
    FIRST_CASH,
    LAST_CASH,
    LOANS,
    RESTRICTED_CASH,
)
from gpusim.economics.core.agenda import RAISE
from gpusim.economics.core.state import DRAWS, NEVER
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.debt.sizing import CAP_ADVANCE, CAP_COMMITMENT
from gpusim.economics.decisions import outlook, prospects
from gpusim.engines.process import run
from gpusim.engines.story import Trace, tell
from gpusim.scenario import ScenarioError
from gpusim.scenario.checks.planned.early_interest import early_interest
from gpusim.scenario.checks.scale import off_scale
from tests.cases.test_cost_base import M, loan, moved, played
from tests.engines.build import book_of, contract, gpu, merged, quiet, scenario_of, site, world_of
from tests.engines.watch import Watched, watch

CASH_ROWS = slice(FIRST_CASH, LAST_CASH + 1)
BILLED, RENT = dt.date(2026, 5, 31), dt.date(2027, 6, 1)
"""A year of 360 days, and the day after it."""
SHARE = 0.7 / (1 - 0.7 * 0.07)
LENT = 100 * SHARE
"""Of 100m of hardware, with fees of 2% and 5% in reserve: 73.607m."""


def terms(*counted: str, every: int = 12, **changes: Any) -> dict[str, Any]:
    """As in the cost base, at 10% a year, paid so often."""
    plan = {"law": "straight", "months": 60, "grace_months": 24, "every_months": every}
    own = {"margin": 0.1, "amortisation": plan, "available_to": dt.date(2028, 3, 31)}
    return loan(*(counted or ("fees", "reserve", "interest")), **merged(own, changes))


def firm(debt: dict[str, Any], **tables: Any) -> dict[str, Any]:
    """100m of hardware, delivered and paid on 31 May 2026, that is let from 1 June 2027 on."""
    whole = contract(
        [{"gpus": 10_000, "start": RENT, "value_usd": 90e6}], facility="L", term_months=12
    )
    base = quiet(
        debt={"L": debt},
        contracts={"C": whole},
        gpus={"G": gpu(payment_days=0, fitout={"planned_days": 366, "sd_days": 0})},
        sites={"S": site([{"it_mw": 100, "ready": dt.date(2026, 1, 1)}])},
        balance={"cash_usd": 60e6},
    )
    base["model"]["quarters"] = 8
    if not debt.get("recourse", True):
        base["operator"] |= {"forced_sale_share": 0.5}
    return merged(base, tables)


def drawn(final: Any) -> list[tuple[dt.date, float]]:
    """Day and size of every draw, USD m; nothing has been repaid."""
    rows = [final.draws[d] for d in range(final.count[DRAWS])]
    return [(day_of(r.drawn), r.principal / M) for r in rows]


def day_of(day: Any) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(int(day))


def amounts(final: Any) -> Any:
    return pytest.approx([amount for _, amount in drawn(final)], abs=1e-6)


def drawn_quarterly(hardware: float, quarters: int) -> list[float]:
    """Of what is owed 2.5% falls due, and the lender's share of that is drawn."""
    found = [hardware]
    for _ in range(quarters):
        found.append(sum(found) * 0.025 * SHARE)
    return found


# --- what is drawn, and the size that holds it


def test_interest_that_falls_due_once():
    """73.607 x 10% = 7.3607, of which 0.73607 is drawn = 5.418: 79.025 of 112.892."""
    final = played(firm(terms()))
    facility = final.facilities[0]
    assert drawn(final)[1][0] == dt.date(2027, 5, 31)
    assert amounts(final) == [73.606730, 5.417951]
    assert facility.size_binds == CAP_ADVANCE
    assert facility.commitment / M == pytest.approx(79.024680, abs=1e-6)
    assert facility.used / M == pytest.approx(79.024680, abs=1e-6)
    assert pytest.approx(112.892401, abs=1e-6) == 79.024680 / 0.7


def test_interest_that_falls_due_quarterly():
    """73.607 x (1 + 0.025 x 0.73607)^4 = 79.176 of 113.109."""
    final = played(firm(terms(every=3)))
    days = [day for day, _ in drawn(final)]
    assert days == [
        BILLED,
        dt.date(2026, 8, 31),
        dt.date(2026, 11, 30),
        dt.date(2027, 2, 28),
        dt.date(2027, 5, 31),
    ]
    assert drawn_quarterly(LENT, 4) == amounts(final)
    assert final.facilities[0].commitment / M == pytest.approx(79.176073, abs=1e-6)
    assert final.facilities[0].used / M == pytest.approx(79.176073, abs=1e-6)


@pytest.mark.parametrize("every", [12, 3])
def test_the_advance_rate_is_of_all_uses(every):
    """Hardware, 2% in fees, 5% in reserve, and interest: 70% of them are lent."""
    final = played(firm(terms(every=every)))
    debt = final.facilities[0].used / M
    interest = -moved(final, CASH_FOR_INTEREST, 14)
    assert debt == pytest.approx(0.7 * (100 + 0.07 * debt + interest), abs=1e-6)
    assert moved(final, CASH_FROM_DRAWS, 14) == pytest.approx(0.99 * debt, abs=1e-6)
    assert -moved(final, LOANS, 14) == pytest.approx(debt, abs=1e-6)
    assert moved(final, RESTRICTED_CASH, 14) == pytest.approx(0.05 * debt, abs=1e-6)
    assert moved(final, CASH_TO_RESERVES, 14) == -moved(final, RESTRICTED_CASH, 14)


def test_without_it_the_firm_pays_its_interest():
    final = played(firm(terms("fees", "reserve")))
    assert amounts(final) == [LENT]
    assert final.facilities[0].commitment / M == pytest.approx(LENT, abs=1e-6)
    assert final.facilities[0].interest_room == 0


def test_interest_alone():
    """No fee and no reserve counts: 70, and 0.7 of 7."""
    final = played(firm(terms("interest")))
    assert amounts(final) == [70.0, 4.9]


def test_nothing_is_drawn_from_the_first_rent_on():
    """The instalment of 31 May is a day too late where rent begins on it."""
    early = {"contracts": {"C": {"tranches": [{"gpus": 10_000, "start": RENT}]}}}
    early["contracts"]["C"]["tranches"][0] |= {"start": dt.date(2027, 5, 31), "value_usd": 90e6}
    early["gpus"] = {"G": gpu(payment_days=0, fitout={"planned_days": 365, "sd_days": 0})}
    final = played(firm(terms(every=3), **early))
    assert drawn_quarterly(LENT, 3) == amounts(final)
    assert final.facilities[0].commitment / M == pytest.approx(
        sum(drawn_quarterly(LENT, 3)), abs=1e-6
    )


def test_an_order_of_later_draws_less_interest():
    """Half of the hardware six months later: 36.803, 0.677, 0.690, then 36.803 and two more."""
    lots = [
        {"gpus": 5_000, "start": RENT, "value_usd": 45e6},
        {"gpus": 5_000, "start": dt.date(2027, 12, 1), "value_usd": 45e6},
    ]
    final = played(firm(terms(every=3), contracts={"C": {"tranches": lots}}))
    half = LENT / 2
    first, second = drawn_quarterly(half, 2)[1:]
    third = (half + first + second + half) * 0.025 * SHARE
    fourth = (2 * half + first + second + third) * 0.025 * SHARE
    assert round(first, 6) == 0.677244
    hardware = [amount for _, amount in drawn(final) if amount > 30]
    interest = [amount for _, amount in drawn(final) if amount < 30]
    assert hardware == pytest.approx([half, half], abs=1e-6)
    assert interest == pytest.approx([first, second, third, fourth], abs=1e-6)
    assert final.facilities[0].used / M == pytest.approx(
        final.facilities[0].commitment / M, abs=1e-6
    )


# --- what limits it


@pytest.mark.parametrize("less", [{"size_ltv": None, "commitment_usd": 75e6}, {"size_ltv": 0.75}])
def test_a_loan_that_is_too_small_leaves_room_for_interest(less):
    """75 of the 79.025 that would be: 69.858 for hardware, and 5.142 of its interest of 6.986."""
    final = played(firm(terms(**less)))
    scale = 75 / 79.0246804
    assert amounts(final) == [LENT * scale, 5.4179506 * scale]
    assert final.facilities[0].interest_room == 0


def test_more_than_was_planned_is_drawn_as_far_as_the_commitment_goes():
    """Fit-out takes six months more: two instalments more, of a commitment of 81 one and a part."""
    tables = firm(terms(every=3, size_ltv=None, commitment_usd=81e6))
    book = book_of(tables)
    late = world_of(book).fitout_days + 183
    final = play(book, late)
    wanted = drawn_quarterly(LENT, 6)
    wanted[6] = 81 - sum(wanted[:6])
    assert wanted == amounts(final)
    assert final.facilities[0].cut_by == CAP_COMMITMENT
    sized = play(book_of(firm(terms(every=3))), late)
    assert drawn_quarterly(LENT, 4) == pytest.approx(
        [amount for _, amount in drawn(sized)][:5], abs=1e-6
    )
    assert sized.facilities[0].used <= sized.facilities[0].commitment


def play(book: Any, fitout_days: Any) -> Any:
    return run(book.state, world_of(book)._replace(fitout_days=fitout_days))


def test_after_the_last_day_of_draws_the_firm_bears_it():
    final = played(firm(terms(every=3, available_to=dt.date(2026, 12, 31))))
    assert drawn_quarterly(LENT, 2) == amounts(final)
    assert final.facilities[0].commitment / M == pytest.approx(
        sum(drawn_quarterly(LENT, 2)), abs=1e-6
    )


def test_room_is_free_once_rent_has_begun():
    """Payments of 31 August find rent: what late availability kept is not kept any more."""
    final = played(firm(terms(every=3, size_ltv=None, commitment_usd=200e6)))
    assert final.facilities[0].interest_room == 0


# --- without recourse

ALONE = {"recourse": False, "default_after_months": 3}


@pytest.mark.parametrize("every", [12, 3])
def test_without_recourse_the_same_is_drawn(every):
    """The sponsor pays what is not drawn, as the firm does of its own loan."""
    final = played(firm(terms(every=every, **ALONE)))
    own = played(firm(terms(every=every)))
    assert drawn(final) == drawn(own)
    assert moved(final, CASH_FOR_INTEREST, 14) == moved(own, CASH_FOR_INTEREST, 14)
    facility = final.facilities[0]
    assert (facility.most_unpaid, facility.seized, facility.accelerated) == (0, NEVER, NEVER)


def test_without_recourse_what_is_not_counted_stays_due_before_rent():
    """2.5% of 73.607 on 31 August, and no cash of contracts: after three months it is lost."""
    final = played(firm(terms("fees", "reserve", every=3, reserve_share=0.0, **ALONE)))
    share = 0.7 / (1 - 0.7 * 0.02)
    assert final.facilities[0].most_unpaid / M >= 100 * share * 0.025
    assert day_of(final.facilities[0].accelerated) == dt.date(2026, 10, 31)


def test_check_says_that_nobody_pays_it():
    """And names the months after which it is lost."""
    told = said_of_interest("fees", every=3)
    assert told == [
        "interest of L falls due from 2026-08-31 on, and rent of its contracts begins on "
        "2027-06-01: without recourse nobody pays it until then, and its lender ends the loan "
        'after 3 months of it. cost_base = ["interest"] has it drawn, the rest paid by the firm'
    ]
    assert "ends the loan" not in said_of_interest("fees", every=3, default_after_months=12)[0]


@pytest.mark.parametrize("changes", [{"every": 12}, {"every": 12, "first_payment": RENT}])
def test_check_says_nothing_of_interest_that_is_paid(changes):
    """With recourse, drawn, or due once rent comes."""
    assert said_of_interest("fees", "interest", **changes) == []
    assert said_of_interest("fees", recourse=True, default_after_months=None, **changes) == []
    late = said_of_interest("fees", **changes)
    assert (late == []) == ("first_payment" in changes)


def said_of_interest(*counted: str, **changes: Any) -> list[str]:
    debt = terms(*counted, **{"reserve_share": 0.0, **ALONE, **changes})
    return [text for _, text in early_interest(scenario_of(firm(debt)))]


def test_without_recourse_the_sponsor_bears_what_cannot_be_drawn():
    """Draws end with 2026: 2.5% of what is owed in February and May are the firm's alone."""
    last = dt.date(2026, 12, 31)
    final = played(firm(terms(every=3, available_to=last, **ALONE)))
    assert drawn_quarterly(LENT, 2) == amounts(final)
    owed = [LENT]
    for amount in drawn_quarterly(LENT, 2)[1:]:
        owed.append(owed[-1] + amount)
    due = 0.025 * sum([*owed, owed[-1]])
    assert -moved(final, CASH_FOR_INTEREST, 14) == pytest.approx(due, abs=1e-5)
    assert final.facilities[0].most_unpaid == 0


def test_without_recourse_its_sponsor_without_cash_leaves_it_unpaid():
    """As the firm does of its own loan."""
    poor = {"balance": {"cash_usd": 31.4e6}}
    final = played(firm(terms(every=3, **ALONE), **poor))
    own = played(firm(terms(every=3), **poor))
    assert final.firm[0].shortfall == own.firm[0].shortfall > 0
    assert final.clock[0].first_shortfall == own.clock[0].first_shortfall


# --- who knows of it


def flows(debt: dict[str, Any], day: dt.date, months: int) -> tuple[list[float], list[float]]:
    """The outlook of a day by month, and what cash did in those months, USD m."""
    equity = {"one": {"date": day, "amount_usd": 1, "costs_usd": 0}}
    book = book_of(firm(debt, equity=equity))
    seen: list[float] = []
    first: list[int] = []

    def look(sim: Watched) -> list[str]:
        if sim.phase == RAISE:
            month = int(sim.s.clock[0].month)
            outlook.look_ahead(sim.h, sim.w, months)
            seen[:] = (np.asarray(sim.s.outlook[month : month + months]) / M).tolist()
            first[:] = [month]
        return []

    final = watch(book, world_of(book), event=look)
    cash = np.asarray(final.s.ledger)[CASH_ROWS].sum(axis=0) / M
    return seen, cash[first[0] : first[0] + months].tolist()


@pytest.mark.parametrize("every", [12, 3])
@pytest.mark.parametrize("day", [dt.date(2026, 4, 20), dt.date(2026, 10, 20)])
def test_the_outlook_expects_what_comes(every, day):
    """Before the hardware is ordered, and with draws that are there: every month to the cent."""
    seen, came = flows(terms(every=every, upfront_fee=None), day, 18)
    assert seen[1:] == pytest.approx(came[1:], abs=1e-5)
    assert any(abs(flow) > 0.1 for flow in seen[1:])


def test_the_outlook_of_a_quarter_by_hand():
    """August: interest of 1.840, and of 1.354 drawn 99% less 5% in reserve."""
    seen, _ = flows(terms(every=3), dt.date(2026, 4, 20), 6)
    interest = LENT * 0.025
    assert seen[4] == pytest.approx(-interest + 0.94 * interest * SHARE, abs=1e-6)


def test_units_carry_what_a_run_draws():
    """In month 0 the loan of 79.025, its fee of 2%, 5% in reserve, and interest of 7.361."""
    scenario = scenario_of(firm(terms()))
    lots = lots_of(scenario, None)
    ((own,),) = lot_loans.loans_of(scenario, lots, unit_sizes.sizes(scenario))
    assert own.amount == pytest.approx(79_024_680.4, abs=1)
    assert own.loan.interest_before == pytest.approx(7_360_673.0, abs=1)
    assert own.caps["advance rate"] == pytest.approx(79_024_680.4, abs=1)
    cash = borrow(blank(12), own.loan)
    assert cash.interest[0] == pytest.approx(0.02 * 79_024_680.4 + 7_360_673.0, abs=1)
    assert cash.reserve[0] == pytest.approx(0.05 * 79_024_680.4, abs=1)


def test_units_of_a_commitment_that_is_too_small():
    scenario = scenario_of(firm(terms(size_ltv=None, commitment_usd=75e6)))
    lots = lots_of(scenario, None)
    ((own,),) = lot_loans.loans_of(scenario, lots, unit_sizes.sizes(scenario))
    assert own.amount == pytest.approx(75e6, abs=1)
    assert own.loan.interest_before == pytest.approx(7_360_673.0 * 75 / 79.0246804, abs=1)
    assert own.caps["commitment"] == pytest.approx(75e6, abs=1)


def test_it_is_told():
    trace = Trace()
    book = book_of(firm(terms()))
    run(book.state, world_of(book), trace=trace)
    said = "USD 5.4m of L is drawn for interest before the first rent"
    assert [line for line in tell(book.names, trace) if said in line.replace("  ", " ")]


def test_it_is_told_within_a_month():
    trace = Trace()
    book = book_of(firm(terms(first_payment=dt.date(2027, 5, 15))))
    run(book.state, world_of(book), trace=trace)
    said = "for interest before the first rent"
    (told,) = [line for line in tell(book.names, trace) if said in line]
    assert "L is paid" in told


# --- loans of the programme

LENDER = {
    "closing_days": 5,
    "availability_months": 24,
    "advance_rate": 0.7,
    "cost_base": ["fees", "reserve", "interest"],
    "base_floor": 0,
    "margin_by_rating": {"investment-grade": 0.1, "other": 0.1},
    "undrawn_fee": 0,
    "draw_discount": 0.01,
    "upfront_fee": 0.01,
    "reserve_share": 0.05,
    "seniority": 0,
    "amortisation": {"law": "straight", "months": 60, "grace_months": 24, "every_months": 3},
}
DAYS = (92, 91, 90, 92)
"""Of the four quarters from 31 May 2026 on; interest of the programme is by ACT/360."""


def programme(**tables: Any) -> dict[str, Any]:
    debts = firm(terms(), programme=LENDER, contracts={"C": {"facility": "programme"}}, **tables)
    del debts["debt"]
    return debts


def test_loans_of_the_programme_are_drawn_for_it_too():
    """73.607, then 10% x days / 360 of what is owed, 0.73607 of it."""
    final, expected = played(programme()), [LENT]
    for days in DAYS:
        expected.append(sum(expected) * 0.1 * days / 360 * SHARE)
    assert round(expected[1], 6) == 1.384587
    assert amounts(final) == expected
    assert final.facilities[0].commitment / M == pytest.approx(sum(expected), abs=1e-6)
    own = constructions_of(programme())["C"]
    assert own.drawn == pytest.approx(sum(expected[1:]) * 1e6, abs=1)


def constructions_of(tables: dict[str, Any]) -> dict[str, Any]:
    """By the contract whose loan of the programme it is."""
    found = unit_sizes.constructions(scenario_of(tables))
    return {"C": found[unit_sizes.loan_of("programme", "C")]}


def test_units_carry_a_loan_of_the_programme():
    scenario = scenario_of(programme())
    ((own,),) = lot_loans.loans_of(scenario, lots_of(scenario, None), unit_sizes.sizes(scenario))
    planned = constructions_of(programme())["C"]
    assert own.amount == pytest.approx(LENT * 1e6 + planned.drawn, abs=1)
    assert own.loan.interest_before == pytest.approx(planned.interest, abs=1)


def test_a_deal_expects_what_its_loan_is_drawn_for_interest():
    """A draw of 73.607m on 31 May 2026 for a deal that starts a year later, as the loan above."""
    book = book_of(programme())
    state, world = book.state, world_of(book)
    h, w = to_pointer(state), world_to_pointer(world)
    state.clock[0].month, state.clock[0].today = 1, int(world.month_end[0])
    day, start = int(world.month_end[2]), int(world.month_end[14]) + 1
    came = prospects.project_draw(h, w, 0, round(LENT * M), day, start, day - 60, 20) / M
    owed, expected = LENT, [0.94 * LENT]
    for days in DAYS:
        interest = owed * 0.1 * days / 360
        expected.append(interest * (0.94 * SHARE - 1))
        owed += interest * SHARE
    seen = np.asarray(state.outlook)[[2, 5, 8, 11, 14]] / M
    assert seen == pytest.approx(expected, abs=1e-6)
    assert came == pytest.approx(owed - LENT, abs=1e-6)
    assert np.count_nonzero(state.outlook[:15]) == 5


# --- who has none


OPENED = {"principal_usd": 1, "every_months": 12, "repayments": {"2030": 1}}


@pytest.mark.parametrize(
    ("debt", "tables", "said"),
    [
        ({"opening": OPENED, "size_ltv": None}, {}, '"interest" beside an opening balance'),
        ({}, {"contracts": {"C": {"facility": ""}}}, "which lends for no contract"),
    ],
)
def test_what_is_not_built_is_refused(debt, tables, said):
    with pytest.raises(ScenarioError) as caught:
        scenario_of(firm(terms(**debt), **tables))
    told = [f"{m.key} {m.found}; expected {m.expected}" for m in caught.value.mistakes]
    assert any("cost_base" in line and said in line for line in told), told


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"available_to": dt.date(2026, 12, 31)}, "can be drawn until 2026-12-31"),
        ({}, ""),
    ],
)
def test_check_says_what_is_not_drawn(changes, said):
    told = [
        text for _, text in off_scale(scenario_of(firm(terms(**changes)))) if "interest" in text
    ]
    assert (len(told) == 1 and said in told[0]) if said else not told
