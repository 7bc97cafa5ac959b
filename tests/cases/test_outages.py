"""Sites that stand still, by hand: 100 GPUs in service at 2.00 USD an hour, 4,800 a day.

Reserved from 1 April 2026 to 30 June, paid with the books of the month; of May 744 hours, 48 are
lost: 2 days of 4,800 where no service level says otherwise.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from gpusim.economics.books.checks import first_breach
from gpusim.economics.books.ledger import (
    COST_POWER,
    REVENUE_COMMITTED,
    REVENUE_ON_DEMAND,
    REVENUE_RECHARGED,
)
from gpusim.economics.books.measures import (
    BILLED_GPU_HOURS,
    MISSING_GPU_HOURS,
    ON_DEMAND_GPU_HOURS,
    SERVICE_CREDITS,
)
from gpusim.economics.core.state import FAILURE, REPRICED, State
from gpusim.engines.process import run
from gpusim.scenario import ScenarioError
from gpusim.scenario.checks.warnings import warnings_of
from gpusim.scenario.lower import Book
from tests.cases.test_let_power import tenant
from tests.engines.build import (
    Tables,
    book_of,
    contract,
    merged,
    own_gpus,
    quiet,
    same,
    scenario_of,
    site,
    world_of,
)
from tests.parity.difference import first_difference

CENTS = 100
DAY = 4_800
TEN_MAY = {"date": dt.date(2026, 5, 10), "hours": 48}
UTILITY = {"pue": 1.25, "tariff_usd_per_kwh": 0.06, "grid_charge_usd_per_kw_month": 5}


def firm(*dated: Tables, **terms: Any) -> Tables:
    """The operator of the heading, whose site stands still on some days."""
    tranche = {"gpus": 100, "start": dt.date(2026, 4, 1)}
    own = {"price_usd_per_gpu_hour": 2.0, "payment_days": 0} | terms
    tables = quiet(assets=own_gpus(100), contracts={"C": contract([tranche], **own)})
    name = next(iter(tables["sites"]))
    still = {"outages": {"dated": list(dated)}} if dated else {}
    return merged(tables, {"sites": {name: still}})


def checked(tables: Tables) -> State:
    """The final State, the same in both engines, with books that tie."""
    book: Book = book_of(tables)
    world = world_of(book)
    assert first_difference(book, world) is None
    final: State = run(book.state, world)
    assert first_breach(final.ledger, final.stocks, final.backlog) is None
    return final


def in_months(row: Any) -> list[float]:
    """Of April, May and June."""
    found: list[float] = row[1:4].tolist()
    return found


def revenue(final: State) -> list[float]:
    """Committed, of April, May and June [USD]."""
    return [-usd / CENTS for usd in in_months(final.ledger[REVENUE_COMMITTED])]


def test_hours_of_an_outage_are_not_paid_for():
    final = checked(firm(TEN_MAY))
    assert revenue(final) == [30 * DAY, 29 * DAY, 30 * DAY]
    assert in_months(final.stocks[MISSING_GPU_HOURS]) == [0, 4_800, 0]
    assert in_months(final.stocks[BILLED_GPU_HOURS]) == [72_000, 74_400 - 4_800, 72_000]
    assert in_months(final.stocks[SERVICE_CREDITS] / CENTS) == [0, 2 * DAY, 0]


def test_one_over_a_months_end_is_of_both():
    # from 30 April, 24 of its hours in each
    final = checked(firm({"date": dt.date(2026, 4, 30), "hours": 48}))
    assert revenue(final) == [29 * DAY, 30 * DAY, 30 * DAY]
    assert in_months(final.stocks[MISSING_GPU_HOURS]) == [2_400, 2_400, 0]


def test_an_hour_in_two_outages_counts_once():
    # 48 hours from 10 May and 48 from the 11th are 72
    final = checked(firm(TEN_MAY, {"date": dt.date(2026, 5, 11), "hours": 48}))
    assert revenue(final) == [30 * DAY, 28 * DAY, 30 * DAY]
    assert in_months(final.stocks[MISSING_GPU_HOURS]) == [0, 7_200, 0]


@pytest.mark.parametrize(
    ("begins", "days"),
    [(dt.date(2026, 5, 1), 21), (dt.date(2026, 5, 6), 16), (dt.date(2026, 5, 12), 11)],
)
def test_one_that_starts_within_the_month_bears_the_hours_of_its_own_days(
    begins: dt.date, days: int
):
    # 240 hours, for one that starts on the 11th and has 21 days of May
    tables = merged(firm({"date": begins, "hours": 240}), {})
    tables["contracts"]["C"]["tranches"] = [{"gpus": 100, "start": dt.date(2026, 5, 11)}]
    final = checked(tables)
    assert revenue(final)[1] == days * DAY
    assert final.stocks[MISSING_GPU_HOURS][2] == (21 - days) * 2_400
    assert final.stocks[BILLED_GPU_HOURS][2] == days * 2_400


def test_one_that_ends_within_the_month_bears_the_hours_of_its_own_days():
    # a term of a month from 16 April ends with 15 May; the site stands still from 15 May on
    tables = merged(firm({"date": dt.date(2026, 5, 15), "hours": 72}), {})
    tables["contracts"]["C"] |= {"term_months": 1}
    tables["contracts"]["C"]["tranches"] = [{"gpus": 100, "start": dt.date(2026, 4, 16)}]
    assert revenue(checked(tables)) == [15 * DAY, 14 * DAY, 0]


def test_a_tenant_bears_the_hours_of_his_own_days():
    # 1,000 kW at 120 a month from 11 May; 240 hours from 6 May are five of his 21 days
    own = tenant(1_000, dt.date(2026, 5, 11), price_usd_per_kw_month=120, power="passed-through")
    still = {"outages": {"dated": [{"date": dt.date(2026, 5, 6), "hours": 240}]}}
    place = site([{"it_mw": 1, "ready": dt.date(2026, 1, 1)}], load_factor=0.8, **UTILITY) | still
    final = checked(quiet(contracts={"T": own}, sites={"S": place}))
    assert revenue(final)[1] == pytest.approx(120_000 * 16 / 31, abs=0.01)
    bill = 1_000 * 1.25 * (0.8 * 16 * 24 * 0.06 + 5 * 21 / 31)
    assert -final.ledger[REVENUE_RECHARGED][2] / CENTS == pytest.approx(bill, abs=0.01)
    assert final.ledger[COST_POWER][2] / CENTS == pytest.approx(bill, abs=0.01)


def test_hours_on_demand_are_lost_on_the_days_on_which_gpus_are_free():
    # all free until the 11th: of 10 days of 2,400 hours, those from the 6th to the 10th are lost
    spot = {
        "gpus": {"G": {"on_demand_usd_per_gpu_hour": 1.0}},
        "market": {"on_demand_use": same(0.5)},
        "operator": {"on_demand_share": 1},
    }
    tables = merged(firm({"date": dt.date(2026, 5, 6), "hours": 240}), spot)
    tables["contracts"]["C"]["tranches"] = [{"gpus": 100, "start": dt.date(2026, 5, 11)}]
    assert checked(tables).stocks[ON_DEMAND_GPU_HOURS][2] == 5 * 2_400 / 2


def test_what_is_paid_ahead_is_not_given_back():
    # all of 436,800 is paid ahead; what 48 hours are credited is breakage after the term
    paid = {"prepayment": {"share": 1, "due": dt.date(2026, 4, 1), "credited_months": [1, 3]}}
    final = checked(firm(TEN_MAY, **paid))
    assert revenue(final) == pytest.approx([30 * DAY, 29 * DAY, 30 * DAY], abs=0.01)
    assert -final.ledger[REVENUE_COMMITTED].sum() / CENTS == 91 * DAY


@pytest.mark.parametrize(
    ("day", "hours", "told"),
    [(dt.date(2026, 3, 31), 24, True), (dt.date(2026, 3, 31), 25, False)],
)
def test_one_that_is_over_with_the_as_of_day_is_warned_of(day: dt.date, hours: float, told: bool):
    scenario = scenario_of(firm({"date": day, "hours": hours}))
    warned = [text for text in warnings_of(scenario) if "has an outage" in text]
    assert bool(warned) == told


@pytest.mark.parametrize("dated", [[], [TEN_MAY]])
def test_a_tenants_service_level_that_nothing_misses_is_warned_of(dated: list[Tables]):
    level = {"sla": {"availability": 0.99, "credit_multiple": 2}}
    own = tenant(1_000, dt.date(2026, 4, 1), price_usd_per_kw_month=120, **level)
    stands = {"outages": {"dated": dated}} if dated else {}
    place = site([{"it_mw": 1, "ready": dt.date(2026, 1, 1)}], **stands)
    scenario = scenario_of(quiet(contracts={"T": own}, sites={"S": place}))
    told = [text for text in warnings_of(scenario) if "its sla has no effect" in text]
    assert len(told) == (0 if dated else 1)


def test_none_a_year_is_a_base_of_more():
    never = {"sites": {"S": {"outages": {"per_year": 0, "mean_hours": 24}}}}
    assert revenue(checked(merged(firm(), never))) == [30 * DAY, 31 * DAY, 30 * DAY]


def test_a_service_level_pays_for_what_is_beyond_its_allowance():
    # 48 of 744 hours less 5%, three times: 6,480 of 148,800
    level = {"sla": {"availability": 0.95, "credit_multiple": 3}}
    assert revenue(checked(firm(TEN_MAY, **level))) == [30 * DAY, 31 * DAY - 6_480, 30 * DAY]
    kept = {"sla": {"availability": 0.9, "credit_multiple": 3}}
    assert revenue(checked(firm(TEN_MAY, **kept))) == [30 * DAY, 31 * DAY, 30 * DAY]


def test_one_longer_than_a_month_takes_all_of_it():
    # from 20 April to 10 June: 1,248 hours, of which 264 are of April, 744 of May, 240 of June
    final = checked(firm({"date": dt.date(2026, 4, 20), "hours": 1_248}))
    assert revenue(final) == [19 * DAY, 0, 20 * DAY]


def test_the_backlog_is_repriced_through_failure():
    final = checked(firm(TEN_MAY))
    assert in_months(final.backlog[:, REPRICED, FAILURE].sum(axis=0) / CENTS) == [0, -2 * DAY, 0]


def test_nothing_is_sold_on_demand_meanwhile():
    # 50 more GPUs, half of whose hours are sold at 1.00
    spot = {
        "gpus": {"G": {"on_demand_usd_per_gpu_hour": 1.0}},
        "market": {"on_demand_use": same(0.5)},
        "operator": {"on_demand_share": 1},
        "assets": own_gpus(150),
    }
    final = checked(merged(firm(TEN_MAY), spot))
    assert in_months(final.stocks[ON_DEMAND_GPU_HOURS]) == [18_000, 17_400, 18_000]
    assert in_months(-final.ledger[REVENUE_ON_DEMAND] / CENTS) == [18_000, 17_400, 18_000]
    assert revenue(final) == [30 * DAY, 29 * DAY, 30 * DAY]


@pytest.mark.parametrize(("gpus", "kw"), [(100, 80.0), (150, 90.0)])
def test_no_energy_is_drawn_but_the_demand_charge_is_paid(gpus: int, kw: float):
    """100 let GPUs draw 0.8 kW, those that wait 0.2: 696 hours of May, at 0.06 and PUE 1.25."""
    site = UTILITY | {"load_factor": 0.8, "idle_load_factor": 0.2}
    own = {"sites": {"S": site}, "assets": own_gpus(gpus)}
    final = checked(merged(firm(TEN_MAY), own))
    bills = [kw * hours * 1.25 * 0.06 + gpus * 1.25 * 5 for hours in (720, 696, 720)]
    assert in_months(final.ledger[COST_POWER] / CENTS) == pytest.approx(bills, abs=0.01)


def test_what_is_paid_for_used_or_not_is_paid_all_the_same():
    site = UTILITY | {"minimum_take": 0.9}
    final = checked(merged(firm(TEN_MAY), {"sites": {"S": site}}))
    bill = 900 * 1.25 * (744 * 0.06 + 5)
    assert final.ledger[COST_POWER][2] / CENTS == pytest.approx(bill, abs=0.01)


def test_a_tenant_without_power_pays_neither_rent_nor_energy():
    # 1,000 kW at 120 a month, its power passed on at cost: 48 of 744 hours less of both
    own = tenant(1_000, dt.date(2026, 4, 1), price_usd_per_kw_month=120, power="passed-through")
    place = site([{"it_mw": 1, "ready": dt.date(2026, 1, 1)}], load_factor=0.8, **UTILITY)
    tables = quiet(contracts={"T": own}, sites={"S": place | {"outages": {"dated": [TEN_MAY]}}})
    final = checked(tables)
    rent = [120_000, 120_000 * 696 / 744, 120_000]
    assert revenue(final) == pytest.approx(rent, abs=0.01)
    energy = [1_000 * 0.8 * hours * 1.25 * 0.06 + 6_250 for hours in (720, 696, 720)]
    recharged = in_months(-final.ledger[REVENUE_RECHARGED] / CENTS)
    assert recharged == pytest.approx(energy, abs=0.01)
    assert in_months(final.ledger[COST_POWER] / CENTS) == pytest.approx(energy, abs=0.01)


def test_a_tenants_service_level_allows_some_of_it():
    # 48 of 744 hours less 5%, twice: 3,483.87 of 120,000
    level = {"availability": 0.95, "credit_multiple": 2}
    own = tenant(1_000, dt.date(2026, 4, 1), price_usd_per_kw_month=120, sla=level)
    still = site([{"it_mw": 1, "ready": dt.date(2026, 1, 1)}], outages={"dated": [TEN_MAY]})
    final = checked(quiet(contracts={"T": own}, sites={"S": still}))
    may = 120_000 * (1 - 2 * (48 / 744 - 0.05))
    assert revenue(final) == pytest.approx([120_000, may, 120_000], abs=0.01)


def test_it_stands_still_for_its_own_site_alone():
    tables = firm(TEN_MAY)
    elsewhere = tables["sites"]["S"]
    here = {key: value for key, value in elsewhere.items() if key != "outages"}
    tables["sites"] = {"S": here, "other": elsewhere}
    assert revenue(checked(tables)) == [30 * DAY, 31 * DAY, 30 * DAY]


def test_without_one_all_figures_are_those_of_a_site_that_never_stands_still():
    far = {"date": dt.date(2040, 1, 1), "hours": 48}
    one, other = checked(firm()), checked(firm(far))
    assert all(a.tobytes() == b.tobytes() for a, b in zip(one, other, strict=True))


def test_those_that_come_by_chance_take_their_length():
    # one a month for certain, of 24 hours: a day of each
    law = {"sites": {"S": {"outages": {"per_year": 12, "mean_hours": 24}}}}
    final = checked(merged(firm(), law))
    assert revenue(final) == [29 * DAY, 30 * DAY, 29 * DAY]


@pytest.mark.parametrize(
    ("law", "told"),
    [
        ({"per_year": 1}, "outages by chance without a length"),
        ({"sd_hours": 1}, "no outage"),
        ({"dated": [TEN_MAY, TEN_MAY | {"date": dt.date(2026, 5, 1)}]}, "a day after"),
        ({"per_year": 13, "mean_hours": 1}, "13"),
        ({"dated": [TEN_MAY | {"hours": 0}]}, "0"),
    ],
)
def test_what_cannot_be_is_refused(law: Tables, told: str):
    with pytest.raises(ScenarioError, match=told):
        checked(merged(firm(), {"sites": {"S": {"outages": law}}}))


@pytest.mark.parametrize(("minutes", "lost"), [(24, 0), (36, 3)])
def test_hours_that_are_not_paid_are_rounded_for_each_tranche_by_itself(minutes, lost):
    """Three of a GPU each at a cent an hour: 24 minutes are 0.4 cents each, 36 are 0.6 each."""
    of_one = {"gpus": 1, "start": dt.date(2026, 4, 1)}
    own = contract([of_one] * 3, price_usd_per_gpu_hour=0.01, payment_days=0)
    still = {"outages": {"dated": [{"date": dt.date(2026, 5, 10), "hours": minutes / 60}]}}
    tables = quiet(assets=own_gpus(3), contracts={"C": own})
    tables = merged(tables, {"sites": {next(iter(tables["sites"])): still}})
    final = checked(tables)
    assert in_months(final.ledger[REVENUE_COMMITTED]) == [-2_160, lost - 3 * 744, -2_160]
