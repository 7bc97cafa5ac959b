"""What a kW earns that is let: tied to what a run books, by hand, and to a published deal.

The operator builds 2 MW at 10m a MW, ready on 1 October 2026, in six equal bills on the last days
of April to September 2026 (as of 31 March), and lets all of it for two years at 150 USD a kW and
month, with a free month and 3% more a year. Power is 0.06 USD a kWh and 5 a kW, at a PUE of 1.25
and a load factor of 0.8; staff are 4 a kW.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import numpy as np
import pytest

import gpusim as api
from gpusim.appraisal.let_power.kw_figures import LET, NO_CAP_RATE, LetRow
from gpusim.appraisal.let_power.letting import Letting, letting_of
from gpusim.appraisal.let_power.tenants import LEASED, NO_ROOM, STANDS, TAKEN, UNSTATED, Tenant
from gpusim.appraisal.nouns import realised_contracts, realised_sites
from gpusim.appraisal.unit_economics import compute
from gpusim.appraisal.view.timing import View, timing_of
from gpusim.economics.books.ledger import (
    CASH_FROM_DRAWS,
    COST_POWER,
    COST_SITE,
    COST_VARIABLE_RENT,
    INTEREST_CONTRACTUAL,
    LOANS,
    REVENUE_COMMITTED,
    REVENUE_RECHARGED,
)
from gpusim.economics.books.measures import CAPEX_ACCRUED
from gpusim.economics.core.state import State
from gpusim.engines.process import run
from gpusim.results import figures
from gpusim.results.planned import Planned
from gpusim.scenario import Scenario
from tests.cases.reading import gpusim
from tests.economics import test_buildings as buildings
from tests.engines.build import (
    AS_OF,
    Tables,
    balanced,
    book_of,
    gpu,
    quiet,
    scenario_of,
    site,
    toml,
    world_of,
)
from tests.engines.build import contract as lot

CENTS = 100
READY = dt.date(2026, 10, 1)
UTILITY = {
    "pue": 1.25,
    "tariff_usd_per_kwh": 0.06,
    "grid_charge_usd_per_kw_month": 5,
    "load_factor": 0.8,
    "staff_usd_per_kw_month": 4,
}
FREE_MONTH = [{"after_months": 0, "share": 0}, {"after_months": 1, "share": 1}]


def hall(mw: float = 2, ready: dt.date = READY, **building: Any) -> Tables:
    own = {"usd_per_mw": 10_000_000, "months": 6, "life_years": 25} | building
    return {"it_mw": mw, "ready": ready, "building": own}


def tenant(kw: float = 2_000, start: dt.date = READY, **terms: Any) -> Tables:
    return {
        "customer": "tenant",
        "kind": "colocation",
        "site": "S",
        "price_usd_per_kw_month": 150,
        "price_escalator": 0.03,
        "commitment": FREE_MONTH,
        "power": "passed-through",
        "term_months": 24,
        "signed": AS_OF,
        "payment_days": 0,
        "tranches": [{"it_kw": kw, "start": start}],
    } | terms


def loan(**changes: Any) -> Tables:
    """12m, 60% of each bill, at 6% by thirties; level over two years after half a year."""
    return {
        "kind": "delayed-draw",
        "commitment_usd": 12_000_000,
        "available_to": dt.date(2027, 12, 31),
        "advance_rate": 0.6,
        "base": "fixed",
        "margin": 0.06,
        "day_count": "30/360",
        "undrawn_fee": 0.0,
        "draw_discount": 0.0,
        "amortisation": {"law": "level", "months": 30, "grace_months": 6, "every_months": 1},
        "maturity": dt.date(2040, 1, 1),
        "seniority": 0,
    } | changes


def firm(*phases: Tables, contracts: dict[str, Tables], **tables: Any) -> Tables:
    own = site(list(phases), **UTILITY) | tables.pop("site", {})
    base = quiet(sites={"S": own}, contracts=contracts, gpus={}, **tables)
    base["model"]["quarters"] = 12
    return base


def operator_of_both() -> Tables:
    """A tenant, and a thousand GPUs at another site, with an on-demand price."""
    tables = firm(hall(), contracts={"A": tenant(), "G": lot([{"gpus": 1_000, "start": READY}])})
    tables["sites"]["H"] = site([{"it_mw": 1, "ready": AS_OF}])
    tables["gpus"] = {"G": gpu(on_demand_usd_per_gpu_hour=2)}
    tables["contracts"]["G"] |= {"site": "H", "price_usd_per_gpu_hour": 2, "term_months": 24}
    return tables


def let(scenario: Scenario, residual: float | None = None) -> Letting:
    return letting_of(scenario, View(), residual)


def only(tables: Tables, residual: float | None = None) -> Tenant:
    (found,) = let(scenario_of(tables), residual).tenants
    return found


def rows(tables: Tables, **options: Any) -> dict[tuple[str, str], LetRow]:
    return {(row.kind, row.name): row for row in compute(scenario_of(tables), **options).let}


def figure(tables: Tables, name: str, row: tuple[str, str] = ("tenant", "A")) -> float:
    value = rows(tables)[row].figures[name].value
    assert value is not None
    return value


def reason(tables: Tables, name: str, row: tuple[str, str] = ("tenant", "A")) -> str:
    found = rows(tables)[row].figures[name]
    assert found.value is None
    return found.reason


def played(tables: Tables) -> tuple[Any, State]:
    book = book_of(tables)
    world = world_of(book)
    return world, run(book.state, world)


def by_month(state: State, account: int, months: int = 30) -> list[float]:
    """What is debited to an account, from April 2026 on [USD]."""
    return (state.ledger[account, 1 : months + 1] / CENTS).tolist()


CASES = {
    "passed through": {},
    "included": {"power": "included"},
    "mid-month": {"tranches": [{"it_kw": 2_000, "start": dt.date(2026, 10, 16)}]},
    "a part": {"tranches": [{"it_kw": 1_250, "start": READY}]},
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("more", [{}, {"minimum_take": 0.9, "variable_rent_usd_per_kw_month": 3}])
def test_a_tenant_alone_has_in_each_month_what_a_run_books(case, more):
    """Rent, power paid on top, power, staff, variable rent, bills: April 2026 to the term's end.

    A tenant of 1,250 of 2,000 kW has 5/8 of what the site costs whether it is let or not; one who
    leaves within a month its days of what the site costs all month.
    """
    tables = firm(hall(), contracts={"A": tenant(**CASES[case])}, site=more)
    own, (world, state) = only(tables), played(tables)
    month = len(own.rent)
    share, exact = (0.625 if case == "a part" else 1.0), 0.01
    assert month == (31 if case == "mid-month" else 30)  # month 0 is April, that of the first bill

    last = 15 / 31 if case == "mid-month" else 1.0

    def told(account: int, sign: int = 1) -> list[float]:
        return [sign * amount for amount in by_month(state, account, month)]

    def cost(account: int) -> list[float]:
        *before, end = told(account)
        return [amount * share for amount in (*before, end * last)]

    assert own.rent.tolist() == pytest.approx(told(REVENUE_COMMITTED, -1), abs=1e-9)
    assert own.recharged.tolist() == pytest.approx(told(REVENUE_RECHARGED, -1), abs=1e-9)
    assert own.cash.revenue.tolist() == (own.rent + own.recharged).tolist()
    paid = (state.stocks[CAPEX_ACCRUED, 1 : month + 1] / CENTS * share).tolist()
    assert own.cash.capital.tolist() == pytest.approx(paid, abs=1e-6)
    for row, account in ((own.cash.staff, COST_SITE), (own.cash.rent, COST_VARIABLE_RENT)):
        assert row.tolist() == pytest.approx(cost(account), abs=exact)
    if case != "a part":
        assert own.cash.power[:-1].tolist() == pytest.approx(told(COST_POWER)[:-1], abs=1e-9)
        books = book_of(tables).names
        contracts = realised_contracts.realise(state, world, books)[0]
        at = len(realised_contracts.KEYS)
        for name, row in (("recognised", own.rent), ("recharged", own.recharged)):
            whole = contracts[at + realised_contracts.COLUMNS.index(name)]
            assert row.sum() * CENTS == pytest.approx(whole, abs=1e-4)
        sites = realised_sites.realise(state)
        quarter = sites[(sites[:, 0] == 0) & (sites[:, 1] == 3)][0]  # January to March 2027
        power = quarter[len(realised_sites.KEYS) + realised_sites.COLUMNS.index("power")]
        assert own.cash.power[9:12].sum() * CENTS == pytest.approx(power, abs=1e-4)


LAWS = {
    "monthly": {},
    "quarterly": {"every_months": 3},
    "balloon": {"balloon_share": 0.3},
    "straight": {"law": "straight"},
    "sculpted": {"law": "sculpted", "dscr": 1.3},
}


@pytest.mark.parametrize("law", LAWS)
def test_its_loan_is_drawn_paid_and_repaid_as_a_run_does(law):
    """60% of six bills of 3.33m; each draw pays interest from the month after it.

    Compared up to the month before the last, at whose end what is owed is repaid here.
    """
    agreed = loan(**({"running_cost_share": 0.05} if law == "sculpted" else {}))
    agreed["amortisation"] |= LAWS[law]
    building = hall(facility="B", loan_share=0.6)
    tables = firm(building, contracts={"A": tenant(facility="B")}, debt={"B": agreed})
    own, (_, state) = only(tables), played(tables)
    assert own.levered.drawn.tolist() == pytest.approx(by_month(state, CASH_FROM_DRAWS), abs=1e-6)
    assert own.levered.drawn.sum() == pytest.approx(12_000_000)
    interest, repaid = own.levered.interest, own.levered.principal + own.levered.balloon
    booked = np.cumsum(by_month(state, INTEREST_CONTRACTUAL))
    due = np.arange(30) % 3 == 0 if law == "quarterly" else np.arange(30) < 29
    assert np.cumsum(interest)[due].tolist() == pytest.approx(booked[due].tolist(), abs=0.5)
    owed = (repaid - own.levered.drawn)[:-1].tolist()
    assert owed == pytest.approx(by_month(state, LOANS)[:-1], abs=0.5)
    assert repaid.sum() == pytest.approx(own.levered.drawn.sum())


def by_hand(flows: list[float]) -> float:
    """Internal rate of return of monthly flows, compounded to a year, by bisection."""
    low, high = -0.5, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        worth = sum(flow / (1 + middle) ** month for month, flow in enumerate(flows))
        low, high = (middle, high) if worth > 0 else (low, middle)
    return float((1 + low) ** 12 - 1)


def test_its_return_yield_and_chain_are_those_by_hand():
    """20m in six bills; rents of 300,000 and 309,000 a month; staff of 8,000; power is on top.

    The first twelve months that are paid in full are November 2026 to October 2027: eleven at 150
    and one at 154.5. At the end the building, 9,131 days of life, has been in use for 731.
    """
    tables = firm(hall(), contracts={"A": tenant()})
    left = 20e6 * (1 - 731 / 9_131)
    rents = [0.0, *[300_000.0] * 11, *[309_000.0] * 12]
    flows = [-20e6 / 6] * 6 + [rent - 8_000 for rent in rents]
    flows[-1] += left
    income = 11 * 300_000 + 309_000 - 12 * 8_000
    wanted = {
        "rent_first": 150,
        "rent": sum(rents) / 2_000 / 24,
        "recharge": pytest.approx(1.25 * (0.8 * 24 * 731 / 24 * 0.06 + 5), rel=1e-6),
        "power_borne": 0,
        "staff_per_kw_month": 4,
        "noi_per_kw_month": sum(rents) / 2_000 / 24 - 4,
        "noi_share": 1 - 4 * 48_000 / sum(rents),
        "building_per_kw": 10_000,
        "noi_first_full_year": income,
        "yield_on_cost": income / 20e6,
        "residual": pytest.approx(left, abs=0.01),
        "irr_unlevered": pytest.approx(by_hand(flows), abs=1e-8),
        "npv": pytest.approx(sum(f / 1.1 ** (m / 12) for m, f in enumerate(flows)), abs=0.01),
        "npv_per_kw": figure(tables, "npv") / 2_000,
        "multiple_unlevered": pytest.approx((sum(flows) + 20e6 + 8_000) / (20e6 + 8_000)),
    }
    for name, value in wanted.items():
        expected = value if not isinstance(value, float | int) else pytest.approx(value, abs=1e-9)
        assert figure(tables, name) == expected, name
    assert rows(tables)["tenant", "A"].term_years == 2


def test_a_cap_rate_tells_what_let_power_is_worth():
    """Of (11 x 150 + 154.5 - 48) x 2,000 = 3,513,000 a year at 6.5%: 54.0m, 27,023 a kW."""
    tables = firm(hall(cap_rate=0.065), contracts={"A": tenant()})
    assert figure(tables, "value_per_kw") == pytest.approx(3_513_000 / 0.065 / 2_000)
    assert reason(firm(hall(), contracts={"A": tenant()}), "value_per_kw") == NO_CAP_RATE


def test_the_rent_at_the_hurdle_has_no_present_value():
    tables = firm(hall(), contracts={"A": tenant()})
    factor = figure(tables, "rent_at_hurdle") / figure(tables, "rent")
    tables["contracts"]["A"]["price_usd_per_kw_month"] = 150 * factor
    assert figure(tables, "npv") == pytest.approx(0, abs=1)


def test_the_owners_return_after_the_loan_is_that_of_what_is_left():
    building = hall(facility="B", loan_share=0.6)
    tables = firm(building, contracts={"A": tenant(facility="B")}, debt={"B": loan()})
    own = only(tables)
    cash = own.levered
    flows = own.cash.unlevered + cash.drawn - cash.interest - cash.principal - cash.balloon
    assert figure(tables, "irr_levered") == pytest.approx(by_hand(flows.tolist()), abs=1e-8)
    assert figure(tables, "loan") == pytest.approx(12e6)
    assert figure(tables, "advance_share") == pytest.approx(0.6)
    served = [(cash.interest + cash.principal)[first : first + 12].sum() for first in (6, 18)]
    earned = [own.noi[first : first + 12].sum() for first in (6, 18)]
    lowest = min(e / s for e, s in zip(earned, served, strict=True))
    assert figure(tables, "dscr_lowest") == pytest.approx(lowest)


def test_a_published_deal_yields_on_its_cost_what_it_says():
    """A warehouse of USD 25m, let net for twenty years at a constant of 8%: USD 2m a year.

    2,500 kW at 10,000 a kW, and 2m / 12 a month over them. Source: NAIOP, Development, fall 2018,
    creditworthy tenants yield financing alternatives: a build-to-suit with a triple-net lease.
    """
    phase = hall(2.5, usd_per_mw=10_000_000)
    price = 2_000_000 / 12 / 2_500
    net = tenant(2_500, price_usd_per_kw_month=price, price_escalator=0, commitment=[])
    net["term_months"] = 240
    tables = firm(phase, contracts={"A": net}, site={"staff_usd_per_kw_month": 0})
    assert figure(tables, "building_per_kw") * 2_500 == pytest.approx(25_000_000)
    assert figure(tables, "noi_first_full_year") == pytest.approx(2_000_000, abs=0.1)
    assert figure(tables, "yield_on_cost") == pytest.approx(0.08, abs=1e-8)


STANDING = {"it_mw": 2, "ready": dt.date(2026, 1, 1)}
OTHER = {"it_mw": 2, "ready": READY}


@pytest.mark.parametrize(
    ("phases", "contracts", "more", "why"),
    [
        ([STANDING], {"A": tenant()}, {}, STANDS),
        ([OTHER], {"A": tenant()}, {}, UNSTATED),
        ([OTHER], {"A": tenant()}, {"kind": "colocation", "lease_years": 10}, LEASED),
        (
            [hall()],
            {"Z": tenant(), "A": tenant(start=dt.date(2028, 10, 1))},
            {},
            TAKEN,
        ),
        ([hall(1)], {"A": tenant()}, {}, NO_ROOM),
    ],
)
def test_without_a_known_cost_there_is_no_return_and_it_is_said_why(phases, contracts, more, why):
    tables = firm(*phases, contracts=contracts, site=more)
    for name in ("building_per_kw", "yield_on_cost", "irr_unlevered", "payback_years", "loan"):
        assert reason(tables, name) == why
    assert figure(tables, "rent_first") == 150
    if why != LEASED:
        assert reason(tables, "npv") == why


def test_a_tenant_of_a_leased_site_bears_its_rent_and_has_a_present_value():
    """130 of rent, 4 of staff; a free month, 23 of 150 to 154.5 and power on top."""
    lease = {"kind": "colocation", "lease_years": 10, "rent_usd_per_kw_month": 130}
    tables = firm(OTHER, contracts={"A": tenant()}, site=lease | {"rent_escalator": 0.03})
    assert figure(tables, "site_rent_per_kw_month") == pytest.approx((130 + 133.9) / 2)
    rents = [0.0, *[150.0] * 11, *[154.5] * 12]
    costs = [134.0] * 12 + [137.9] * 12
    flows = [2_000 * (rent - cost) for rent, cost in zip(rents, costs, strict=True)]
    worth = sum(flow / 1.1 ** (month / 12) for month, flow in enumerate(flows, start=1))
    assert figure(tables, "npv") == pytest.approx(worth, abs=0.05)


def test_overheads_are_in_cash_and_in_no_operating_income():
    """30,000 a month for all that is signed, and 2% of revenue, power on top included."""
    line = {"line": "administration", "monthly_usd": 30_000, "revenue_share": 0.02}
    plain = firm(hall(), contracts={"A": tenant()})
    tables = firm(hall(), contracts={"A": tenant()}, overheads={"staff": line})
    own = only(tables)
    wanted = np.where(np.arange(30) >= 6, 30_000 + 0.02 * own.cash.revenue, 0.0)
    assert own.cash.overhead.tolist() == pytest.approx(wanted.tolist())
    for name in ("noi_per_kw_month", "yield_on_cost"):
        assert figure(tables, name) == figure(plain, name)
    before = figure(plain, "irr_unlevered")
    assert figure(tables, "irr_before_overheads") == before > figure(tables, "irr_unlevered")


def test_what_is_spent_counts_on_the_as_of_day_and_what_nobody_takes_in_no_row():
    """8m of 20m spent, six bills of 2m; the tenant has 5/8 of it all."""
    tables = firm(hall(spent_usd=8e6), contracts={"A": tenant(1_250)})
    own = only(tables)
    assert own.cash.capital[:7].tolist() == pytest.approx([5e6, *[1.25e6] * 6])
    assert figure(tables, "building_per_kw") == pytest.approx(10_000)
    notes = rows(tables)["tenant", "A"].notes
    assert any("of 2,000 kW" in note and "750 are let to nobody" in note for note in notes)


def test_a_building_may_be_worth_another_share_of_its_cost_at_the_end():
    tables = firm(hall(), contracts={"A": tenant()})
    (row,) = compute(scenario_of(tables), building_residual=0.5).let
    assert row.figures["residual"].value == pytest.approx(10e6)


def test_a_prepayment_comes_on_its_day_and_is_credited_to_rent():
    """A tenth of 7,008,000 comes 61 days before the start, credited over the year after the first.

    Of a month's invoice no more than its rent: the first is free.
    """
    ahead = {"share": 0.1, "days_before_start": 61, "credited_months": [2, 13]}
    contract = tenant(prepayment=ahead)
    own = only(firm(hall(), contracts={"A": contract}))
    value = 11 * 300_000 + 12 * 309_000
    assert own.cash.prepaid[4] == pytest.approx(value / 10)  # 1 August
    assert own.cash.credited[7:19].tolist() == pytest.approx([value / 120] * 12)
    assert own.cash.credited.sum() == pytest.approx(own.cash.prepaid.sum())


@pytest.mark.parametrize(("late", "months"), [("shifts", 24), ("keeps-end", 23)])
def test_a_tenant_begins_when_its_phase_is_planned_to_have_power(late, months):
    """Planned from 1 September for two years, a month before its only phase."""
    early = tenant(start=dt.date(2026, 9, 1), late_start=late)
    tables = firm(hall(), contracts={"A": early})
    own = only(tables)
    assert (own.since, own.months) == (6, months)
    assert any("begins on 2026-10-01" in note for note in own.notes)
    _, state = played(tables)
    sold = [-amount for amount in by_month(state, REVENUE_COMMITTED, 6 + months)]
    assert own.rent.tolist() == pytest.approx(sold, abs=1e-9)


def test_power_that_comes_after_the_hall_is_waited_for():
    """Handed over on 1 October, powered on 1 December: staff from October on, rent from December.

    A month of it is free. Its first full year is from January 2027 on.
    """
    phase = hall() | {"power_ready": dt.date(2026, 12, 1)}
    tables = firm(phase, contracts={"A": tenant()})
    own, (_, state) = only(tables), played(tables)
    assert own.cash.staff[6:8].tolist() == [8_000, 8_000]
    assert own.rent.tolist() == pytest.approx(
        [-amount for amount in by_month(state, REVENUE_COMMITTED, len(own.rent))], abs=1e-9
    )
    assert own.cash.staff.tolist() == pytest.approx(by_month(state, COST_SITE, len(own.rent)))
    income = 11 * 300_000 + 309_000 - 12 * 8_000
    assert figure(tables, "noi_first_full_year") == pytest.approx(income)


def test_who_would_have_power_only_after_a_term_that_keeps_its_end_has_no_room():
    short = tenant(start=dt.date(2026, 4, 1), late_start="keeps-end", term_months=6)
    tables = firm(hall(ready=dt.date(2026, 11, 1)), contracts={"A": short})
    assert reason(tables, "npv") == NO_ROOM


def test_a_loan_that_opens_later_pays_the_bills_from_then_on():
    """Open from 15 July: of six bills of 3.33m those of July, August and September, 2m of each."""
    building = hall(facility="B", loan_share=0.6)
    late = loan(opens=dt.date(2026, 7, 15))
    own = only(firm(building, contracts={"A": tenant(facility="B")}, debt={"B": late}))
    assert own.levered.drawn[:7].tolist() == pytest.approx([0, 0, 0, 2e6, 2e6, 2e6, 0])


def test_a_tenant_of_the_as_of_day_has_what_is_left_of_its_term():
    """Since 16 January 2026 for a year: 9 months and 15 of 31 days of January are left."""
    since = tenant(start=dt.date(2026, 1, 16), signed=dt.date(2026, 1, 1), term_months=12)
    tables = firm(STANDING, contracts={"A": since})
    own, (_, state) = only(tables), played(tables)
    sold = [-amount for amount in by_month(state, REVENUE_COMMITTED, 10)]
    assert own.rent[1:].tolist() == pytest.approx(sold, abs=1e-9)
    assert float(own.in_force.sum()) == pytest.approx(9 + 15 / 31)


def test_several_tranches_sites_and_tenants_have_rows_that_add_up():
    both = [{"it_kw": 500, "start": READY}, {"it_kw": 700, "start": READY}]
    contracts = {"A": tenant(tranches=both), "B": tenant(800, price_usd_per_kw_month=120)}
    tables = firm(hall(), contracts=contracts)
    found = rows(tables)
    names = [
        ("tenant", "A"),
        ("tranche", "A.tranches.0"),
        ("tranche", "A.tranches.1"),
        ("tenant", "B"),
    ]
    assert list(found) == [*names, ("tenants", "all tenants")]
    for name in ("npv", "noi_first_full_year", "residual"):
        parts = [found[key].figures[name].value or 0.0 for key in names]
        assert parts[0] == pytest.approx(parts[1] + parts[2])
        whole = found["tenants", "all tenants"].figures[name].value
        assert whole == pytest.approx(parts[0] + parts[3])
    mean = found["tenants", "all tenants"].figures["rent_first"].value
    assert mean == pytest.approx((1_200 * 150 + 800 * 120) / 2_000)
    assert all(set(row.figures) == set(LET) for row in found.values())


def test_figures_are_metrics_of_the_tenant_and_of_all_where_there_are_no_gpus():
    plans = Planned(scenario_of(firm(hall(), contracts={"A": tenant()})))
    known = figure(firm(hall(), contracts={"A": tenant()}), "yield_on_cost")
    for name in ("units.", "units.A.", "units.tenant.A."):
        assert plans.value(f"{name}yield_on_cost") == known
    assert "units.price_at_hurdle" not in plans.names()
    listed = figures.known([], [], tenants=["A"])
    assert {"units.A.yield_on_cost", "units.yield_on_cost"} < set(listed)
    assert listed["units.A.noi_per_kw_month"].unit == "USD/kW-month"


def test_of_a_model_with_both_a_figure_of_all_is_of_the_gpus_unless_only_a_kw_has_it():
    tables = operator_of_both()
    plans = Planned(scenario_of(tables))
    assert plans.value("units.npv") == plans.value("units.G.npv") != plans.value("units.A.npv")
    assert plans.value("units.yield_on_cost") == plans.value("units.A.yield_on_cost")
    assert plans.value("units.A.npv") == figure(tables, "npv")


def test_what_a_loan_has_promised_to_a_building_is_not_there_for_gpus():
    """12m for 60% of 20m leave nothing of 12m, and 3m of 15m, for 10m of GPUs that want 6m."""
    for commitment, left in ((12e6, 0.0), (15e6, 3e6)):
        tables = operator_of_both()
        tables["sites"]["S"]["phases"] = [hall(facility="B")]
        tables["contracts"]["G"]["facility"] = "B"
        tables["debt"] = {"B": loan(commitment_usd=commitment)}
        units = compute(scenario_of(tables))
        lent = units.rows[0].figures["loan"].value or 0.0
        assert lent == pytest.approx(left)
        assert units.let[0].figures["loan"].value == pytest.approx(12e6)


def test_a_tenant_is_not_split_where_one_phase_takes_it_whole():
    """1 MW stands; 10 MW come on the day on which 8 MW are let."""
    old = {"it_mw": 1, "ready": dt.date(2026, 1, 1)}
    tables = firm(old, hall(10), contracts={"A": tenant(8_000), "B": tenant(1_000)})
    assert figure(tables, "building_per_kw") == pytest.approx(10_000)
    assert reason(tables, "building_per_kw", ("tenant", "B")) == STANDS


def test_by_quarters_and_years_flows_are_summed():
    tables = firm(hall(), contracts={"A": tenant()})
    own = only(tables)
    (row,) = compute(scenario_of(tables), timing=timing_of("yearly", "end")).let
    whole = own.cash.unlevered
    flows = [whole[0], *(whole[1 + 12 * n : 13 + 12 * n].sum() for n in range(3))]
    worth = sum(flow / 1.1**year for year, flow in enumerate(flows))
    assert row.figures["npv"].value == pytest.approx(worth)


def test_the_command_and_the_api_tell_the_same(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text(toml(balanced(operator_of_both())), encoding="utf-8")
    told = json.loads(gpusim("units", str(file), "--building-residual", "0.5", "--json").stdout)
    units = api.units(str(file), building_residual=0.5)
    (row,) = told["let"]["rows"]
    (own,) = units.let().rows(named=True)
    assert {name: own[name] for name in LET} == {
        name: figure["value"] for name, figure in row["figures"].items()
    }
    assert units.let_reasons()["figure"].to_list() == [
        name for name, figure in row["figures"].items() if figure["value"] is None
    ]
    assert len(units.let_years()) == len(row["years"])
    assert set(LET) <= set(units.meanings()["figure"])
    assert told["let"]["building_residual_share"] == 0.5
    only_a = json.loads(gpusim("units", str(file), "--contract", "A", "--json").stdout)
    assert [one["name"] for one in only_a["let"]["rows"]] == ["A"]
    assert only_a["rows"] == []


def test_gpus_in_a_building_to_come_are_told_that_its_cost_is_in_no_row():
    tables = operator_of_both()
    assert not any("building" in note for note in compute(scenario_of(tables)).rows[0].notes)
    tables["contracts"]["G"]["site"] = "S"
    tables["sites"]["S"]["phases"] = [hall(), hall(1)]
    notes = compute(scenario_of(tables)).rows[0].notes
    assert "in a building to come: what that costs is in no row of GPUs" in notes


def test_a_loan_sized_on_rent_that_nobody_pays_to_it_lends_nothing() -> None:
    """Its cover counts contracts that name it, and none does: nothing is drawn."""
    terms = buildings.loan(size_dscr=1.2, running_cost_share=0.0)
    terms["amortisation"] = {"law": "level", "months": 60, "every_months": 1}
    tables = buildings.firm(
        buildings.hall(facility="B"), debt={"B": terms}, contracts={"T": buildings.tenant()}
    )
    assert not buildings.played(tables).facilities[0].used
    (row,) = compute(scenario_of(tables)).let
    assert row.figures["loan"].value is None
