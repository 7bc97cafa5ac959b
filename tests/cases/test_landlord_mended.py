"""Contracts that let power, by hand: what ends, who waits for whom, what is paid ahead, no rent.

Each operator has a hall of 1 MW and lets at most that. Power is 0.06 USD a kWh and 5 a kW and
month, at a PUE of 1.25 and a load factor of 0.8: 1,000 kW cost 43,200 + 6,250 in a month of 30
days, 44,640 + 6,250 in one of 31.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from gpusim.economics.books.ledger import (
    CASH_FROM_CUSTOMERS,
    COST_VARIABLE_RENT,
    REVENUE_COMMITTED,
    REVENUE_RECHARGED,
)
from gpusim.economics.books.measures import BACKLOG, RPO
from gpusim.economics.books.rent import rent_of_term
from gpusim.economics.core.state import BILLED_LOAD, CANCELLED, EXPIRED, SITE, TRANCHES
from gpusim.economics.core.state_pointer import to_pointer
from gpusim.economics.decisions import outlook
from gpusim.engines import batch
from gpusim.engines.process import run
from gpusim.scenario import ScenarioError
from gpusim.scenario.checks.warnings import warnings_of
from gpusim.units_of_measure import date_of, day_of
from tests.cases.test_let_power import CENTS, UTILITY, dollars, tenant
from tests.engines.build import (
    AS_OF,
    Tables,
    book_of,
    contract,
    gpu,
    merged,
    played,
    quiet,
    scenario_of,
    site,
    world_of,
)
from tests.engines.watch import Watched, watch

MONTHS_OF_POWER = (49_450, 50_890)
"""What 1,000 kW cost in a month of 30 and of 31 days [USD]."""
AT_ONCE = {"planned_days": 30, "sd_days": 0}


def building(ready: dt.date = dt.date(2026, 1, 1), **contracts: Tables) -> Tables:
    """An operator of a hall of 1 MW with some contracts."""
    tables = quiet(contracts=contracts, gpus={"G": gpu(lead=AT_ONCE)})
    hall = site([{"it_mw": 1, "ready": ready}], load_factor=0.8, **UTILITY)
    return tables | {"sites": {"S": hall}}


def gpus(many: int, start: dt.date, **terms: Any) -> Tables:
    usual = {"price_usd_per_gpu_hour": 1, "term_months": 12, "signed": AS_OF}
    return contract([{"gpus": many, "start": start}], **usual | terms)


def by_cause(final: Any, move: int) -> Any:
    return final.backlog[:, move].sum(axis=(0, 2)) / CENTS


def seen(tables: Tables, day: dt.date, what: Callable[[Watched], Any], **luck: Any) -> Any:
    """What is seen on a day of the run, in which a dollar of equity comes in."""
    found: list[Any] = []

    def note(sim: Watched) -> Iterator[Any]:
        if sim.day == day_of(day) and not found:
            found.append(what(sim))
        yield from ()

    book = book_of(merged(tables, {"equity": {"note": {"date": day, "amount_usd": 1}}}))
    book.state.policy.liquidity_months = 12
    watch(book, world_of(book)._replace(**luck), event=note)
    return found[0]


def foreseen(sim: Watched) -> list[float]:
    """Cash of this month and the twelve after it [USD]."""
    outlook.look_ahead(sim.h, sim.w, 12)
    month = int(sim.s.clock[0].month)
    return (sim.s.outlook[month : month + 13] / CENTS).tolist()


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"contracts": {"T": {"tranches": [{"it_kw": 1e-10, "start": AS_OF}]}}}, "it_kw"),
        ({"gpus": {"G": {"it_kw_per_gpu": 1e-10}}}, "it_kw_per_gpu"),
    ],
)
def test_power_that_rounds_to_nothing_is_refused(changes, key):
    tables = building(T=tenant(500, dt.date(2026, 6, 1), signed=AS_OF))
    with pytest.raises(ScenarioError, match=rf"{key}: found 1e-1\d; expected at least"):
        scenario_of(merged(tables, changes))


@pytest.mark.parametrize("engine", [run, batch.run])
def test_the_least_power_is_let(engine):
    terms = {"term_months": 6, "price_usd_per_kw_month": 1_000, "signed": AS_OF}
    book = book_of(building(T=tenant(0.0001, dt.date(2026, 6, 1), **terms)))
    final = engine(book.state, world_of(book))
    assert final.tranches[0].start == day_of(dt.date(2026, 6, 1))
    assert dollars(final, REVENUE_COMMITTED)[2:8] == [0.1] * 6


def test_a_hall_that_is_kept_for_nobody_goes_back():
    """A shell, leased until 30 June; who has signed for 1.5 MW of December fails on 15 August.

    Holdover of 1.5 times 100,000 in July, of 15 of 31 days in August, and no more.
    """
    phases = [
        {"it_mw": 1, "ready": dt.date(2026, 4, 1)},
        {"it_mw": 1, "ready": dt.date(2028, 1, 1)},
    ]
    lease = {"rent_usd_per_kw_month": 100, "lease_years": 0.25, "load_factor": 1}
    for signed in (
        tenant(1_500, dt.date(2026, 12, 1), term_months=12, signed=AS_OF),
        gpus(1_500, dt.date(2026, 12, 1)),
    ):
        tables = building(T=signed)
        tables["sites"] = {"S": site(phases, kind="leased-shell", **lease)}
        tables["customers"] = {"customer": {"defaults_on": dt.date(2026, 8, 15)}}
        final = played(tables)
        rent = final.ledger[COST_VARIABLE_RENT, 1:] / CENTS
        assert rent[3:].tolist() == pytest.approx([150_000, 150_000 * 15 / 31, *[0] * 7], abs=0.01)
        assert final.halls[0].returned == day_of(dt.date(2026, 8, 16))


@pytest.mark.parametrize(
    "start", [dt.date(2026, 3, 15), dt.date(2026, 5, 14), dt.date(2026, 5, 15)]
)
def test_gpus_that_find_the_site_full_of_a_tenant_wait_for_the_site(start):
    """800 of 1 kW planned for 1 June come on 1 July; 500 kW are let until 15 August.

    75 days of 800 x 24 are lost to the site, whatever let the tenant in: it is full before they are
    there. One who signs on 14 May is let in on the 15th by the pass that installs GPUs.
    """
    months = 5 if start.month == 3 else 3
    signed = start if start.day == 14 else min(start, AS_OF)
    own = tenant(500, start, term_months=months, signed=signed, customer="t")
    late = gpus(800, dt.date(2026, 6, 1), term_months=3, late_start="keeps-end")
    book = book_of(building(T=own, G=late))
    world = world_of(book)
    final = run(book.state, world._replace(lead_days=np.full_like(world.lead_days, 60)))
    lost = by_cause(final, EXPIRED)
    assert lost[SITE] == lost.sum() == 75 * 800 * 24


def prepaid(power: str, **terms: Any) -> Tables:
    """1,000 kW for a year from 1 April at 100,000 a month, paid ahead, credited in six months."""
    ahead = {"share": 1, "due": dt.date(2026, 4, 1), "credited_months": [1, 6]}
    usual = {"term_months": 12, "price_usd_per_kw_month": 100, "prepayment": ahead, "signed": AS_OF}
    return building(T=tenant(1_000, dt.date(2026, 4, 1), power=power, **usual | terms))


def test_rent_that_is_paid_ahead_pays_for_no_power():
    """1.2 million come in April; the power of each month is paid for with its invoice."""
    final = played(prepaid("passed-through"))
    april, may = MONTHS_OF_POWER
    power = [april, may, april, may, may, april]
    assert dollars(final, REVENUE_RECHARGED)[:6] == pytest.approx(power, abs=0.01)
    cash = (final.ledger[CASH_FROM_CUSTOMERS, 1:7] / CENTS).tolist()
    assert cash == pytest.approx([1_200_000 + april, *power[1:]], abs=0.01)


def test_the_outlook_of_rent_paid_ahead_is_what_comes():
    """Looked at on 2 April: the power of each month is paid for as it is paid, so nothing is left.

    With power in the rent, its cost is.
    """
    days = dt.date(2026, 4, 2)
    passed = seen(prepaid("passed-through"), days, foreseen)
    assert passed[:12] == pytest.approx([0] * 12, abs=0.01)
    april, may = MONTHS_OF_POWER
    own = seen(prepaid("included"), days, foreseen)
    assert own[:3] == pytest.approx([-april, -may, -april], abs=0.01)


@pytest.mark.parametrize("power", ["included", "passed-through"])
def test_who_leaves_has_paid_ahead_what_is_kept_whatever_his_power(power):
    """Gone on 31 August, after 500,000 of rent: 700,000 are kept, and nothing of it is lost."""
    final = played(prepaid(power, exit_on=dt.date(2026, 6, 2), exit_notice_days=90))
    earned = dollars(final, REVENUE_COMMITTED)
    assert sum(earned) == pytest.approx(1_200_000, abs=0.01)
    assert earned[:4] == pytest.approx([100_000] * 4, abs=0.01)
    assert by_cause(final, CANCELLED).sum() == 0
    for measure in (BACKLOG, RPO):
        left = (final.stocks[measure, 1:6] / CENTS).tolist()
        assert left == pytest.approx([1_100_000, 1_000_000, 900_000, 800_000, 0], abs=0.01)


@pytest.mark.parametrize("price", [0, 0.01])
def test_a_month_without_rent_is_a_month_by_the_calendar(price):
    """Planned for February 2027, his hall late to 1 March: he stays all of March, and pays for it.

    500 kW of March: 22,320 of energy and 3,125 of demand.
    """
    start = dt.date(2027, 2, 1)
    terms = {"term_months": 1, "price_usd_per_kw_month": price, "power": "passed-through"}
    tables = building(start, T=tenant(500, start, signed=AS_OF, **terms))
    final = played(tables, hall_delay=np.array([28]))
    assert date_of(int(final.tranches[0].end)) == dt.date(2027, 4, 1)
    assert dollars(final, REVENUE_RECHARGED)[11] == pytest.approx(22_320 + 3_125, abs=0.01)


@pytest.mark.parametrize("price", [0, 0.01])
def test_power_that_is_let_for_nothing_is_renewed_as_other_power(price):
    """A month from 1 April and, at the same price, two more; June's power is 43,200 + 6,250."""
    renewed = {"chance": 1, "term_months": 2, "times": 1, "price_share": 1}
    terms = {"term_months": 1, "price_usd_per_kw_month": price, "power": "passed-through"}
    own = tenant(1_000, dt.date(2026, 4, 1), signed=AS_OF, renewal=renewed, **terms)
    april, may = MONTHS_OF_POWER
    paid = dollars(played(building(T=own)), REVENUE_RECHARGED)
    assert paid == pytest.approx([april, may, april, *[0] * 9], abs=0.01)


@pytest.mark.parametrize("late_start", ["keeps-end", "shifts"])
def test_who_waits_is_expected_to_pay_for_power_from_today_on(late_start):
    """Planned for 1 May, his hall late; looked at on 20 May: 12 days of power, paid and passed on.

    So his rent of 100,000 is what each month leaves, and May has its plan.
    """
    may = dt.date(2026, 5, 1)
    terms = {"term_months": 12, "price_usd_per_kw_month": 100, "power": "passed-through"}
    tables = building(may, T=tenant(1_000, may, signed=AS_OF, late_start=late_start, **terms))
    looked = seen(tables, dt.date(2026, 5, 20), foreseen, hall_delay=np.array([30]))
    assert looked[:3] == pytest.approx([100_000] * 3, abs=0.01)


def test_looking_ahead_again_sees_the_same_power():
    def thrice(sim: Watched) -> list[float]:
        found = []
        for _ in range(3):
            outlook.look_ahead(sim.h, sim.w, 6)
            found.append(float(sim.s.expected[BILLED_LOAD, 0, 5]))
        return found

    one = tenant(800, dt.date(2026, 6, 1), term_months=12, signed=AS_OF)
    first, *more = seen(building(T=one), dt.date(2026, 4, 2), thrice)
    assert more == [first, first]
    idle = merged(building(T=one), {"sites": {"S": {"idle_load_factor": 0.3}}})
    first, *more = seen(idle, dt.date(2026, 4, 2), thrice)
    assert more == [first, first]
    assert first == 0.8e12 * 31


def test_gpus_that_come_first_are_expected_in_the_room_they_will_take():
    """500 GPUs of July beside 800 kW that are let from January on: they have the room until then.

    From July on they earn 500 x 24 a day and cost half of what 1,000 kW do.
    """
    own = tenant(800, dt.date(2027, 1, 1), term_months=12, signed=AS_OF, customer="t")
    tables = building(T=own, G=gpus(500, dt.date(2026, 7, 1)))
    tables["gpus"] = {"G": gpu(lead=AT_ONCE, capex_usd_per_gpu=0)}
    looked = seen(tables, dt.date(2026, 4, 2), foreseen)
    april, may = MONTHS_OF_POWER
    july, september = 500 * 24 * 31 - may / 2, 500 * 24 * 30 - april / 2
    assert looked[3:6] == pytest.approx([july, july, september], abs=0.01)


def never(**contracts: Tables) -> list[str]:
    told = warnings_of(scenario_of(building(**contracts)))
    return [str(text) for text in told if "can never bill" in text or "cannot bill" in text]


def test_who_fits_once_another_has_left_is_not_said_to_wait_for_ever():
    """500 kW are let from June to August; 600 from August on fit from September on."""
    first = tenant(500, dt.date(2026, 6, 1), term_months=3, signed=AS_OF)
    second = tenant(600, dt.date(2026, 8, 1), term_months=60, signed=AS_OF)
    (told,) = never(T=first, U=second)
    assert "contract U cannot bill what it lets of 0.6 MW at S before 2026-09-01" in told
    final = played(building(T=first, U=second))
    assert [date_of(int(own.start)) for own in final.tranches[:2]] == [
        dt.date(2026, 6, 1),
        dt.date(2026, 9, 1),
    ]
    (told,) = never(T=first | {"term_months": 60}, U=second)
    assert "contract U can never bill what it lets" in told
    gone = second | {"term_months": 1, "late_start": "keeps-end"}
    (told,) = never(T=first, U=gone)
    assert "contract U can never bill what it lets" in told


def test_gpus_that_fit_once_a_tenant_has_left_neither():
    """800 GPUs planned for September have room of a tenant who leaves at the end of August.

    Planned for August they wait a month, and those of June keep the tenant out for good.
    """
    first = tenant(500, dt.date(2026, 6, 1), term_months=3, signed=AS_OF)
    assert not never(T=first, G=gpus(800, dt.date(2026, 9, 1)))
    (told,) = never(T=first, G=gpus(800, dt.date(2026, 8, 1)))
    assert "contract G cannot bill all of its 800 G at S before 2026-09-01" in told
    (told,) = never(T=first, G=gpus(800, dt.date(2026, 5, 1)))
    assert "contract T can never bill what it lets" in told


@pytest.mark.parametrize("steps", [[], [{"after_months": 3, "price_usd_per_kw_month": 210}]])
def test_a_term_is_worth_what_its_rule_says_when_it_is_read(steps):
    """Value of terms as read from a file, in the building and to come: `rent_of_term` of each."""
    terms = {"term_months": 9, "price_steps": steps, "price_escalator": 0.03}
    free = [{"after_months": 0, "share": 0}, {"after_months": 1, "share": 1}]
    since = dt.date(2026, 1, 15)
    book = book_of(
        building(
            A=tenant(123.4, since, signed=since, **terms),
            B=tenant(500, dt.date(2026, 8, 31), signed=AS_OF, commitment=free, **terms),
        )
    )
    s, state = book.state, to_pointer(book.state)
    for k in range(int(s.count[TRANCHES])):
        assert s.tranches[k].value == rent_of_term(state, k, int(s.tranches[k].planned_start)) > 0
