"""Power let to tenants, by hand: 3 MW with a free month, a step, a late phase and a renewal.

The operator has a hall of 1 MW and, planned for 1 May 2026, one of 2 MW that comes on 16 May.
Tenant A has 1,000 kW from 1 April for a year at 120 USD a kW and month: a month is free, and
after six months it is 126. So May to September pay 120,000 each, whatever their days, and October
to March 126,000. Tenant B has 2,000 kW for six months at 150 USD, 300,000 a month, planned from 1
May. It starts on 16 May: 16 of 31 days of May, five months, 15 of 30 days of November. It stays for
two months more at 90% of that rent: 15 of 30 days of November, December, 15 of 31 days of January.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from gpusim.economics.books.checks import first_breach
from gpusim.economics.books.ledger import (
    COST_POWER,
    REVENUE_COMMITTED,
    REVENUE_ON_DEMAND,
    REVENUE_RECHARGED,
)
from gpusim.economics.books.measures import (
    ACTIVE_MICROWATTS,
    BILLED_GPU_HOURS,
    BILLING_MICROWATTS,
    COLOCATION_REVENUE,
    GPUS_IN_SERVICE,
    IDLE_GPUS,
    IN_SERVICE_GPU_HOURS,
    LATE_CREDITS,
    LET_MICROWATTS,
)
from gpusim.economics.core.state import EXPIRED, POWER, REPRICED, SITE
from gpusim.economics.decisions import outlook
from gpusim.scenario import ScenarioError
from gpusim.scenario.checks.warnings import warnings_of
from gpusim.units_of_measure import day_of
from tests.engines.build import (
    Tables,
    book_of,
    contract,
    merged,
    played,
    quiet,
    scenario_of,
    site,
    world_of,
)
from tests.engines.watch import Watched, watch

CENTS, MW = 100, 10**12
UTILITY = {"pue": 1.25, "tariff_usd_per_kwh": 0.06, "grid_charge_usd_per_kw_month": 5}
HALLS = [{"it_mw": 1, "ready": dt.date(2026, 1, 1)}, {"it_mw": 2, "ready": dt.date(2026, 5, 1)}]
FREE_MONTH = [{"after_months": 0, "share": 0}, {"after_months": 1, "share": 1}]
SIX_MONTHS = [{"after_months": 6, "price_usd_per_kw_month": 126}]
RENEWED = {"chance": 1, "term_months": 2, "times": 1, "price_share": 0.9}
LATE = np.array([0, 15])
A = [0, 120_000, 120_000, 120_000, 120_000, 120_000, *[126_000] * 6]
MAY, NOVEMBER = 300_000 * 16 / 31, 150_000
B = [0, MAY, *[300_000] * 5, NOVEMBER, *[0] * 4]
B_AGAIN = [0] * 7 + [135_000, 270_000, 270_000 * 15 / 31, 0, 0]


def tenant(kw: float, start: dt.date, **terms: Any) -> Tables:
    """A colocation of a quiet contract; `tranche` of the terms is laid over its only tranche."""
    tranche = {"it_kw": kw, "start": start} | terms.pop("tranche", {})
    usual = {"kind": "colocation", "price_usd_per_kw_month": 150, "gpu": None}
    own = contract([tranche], **usual | terms)
    return {key: value for key, value in own.items() if value is not None}


def landlord(**terms_of_b: Any) -> Tables:
    """The operator of the heading, where every GPU that is free would be sold."""
    a = tenant(
        1_000,
        dt.date(2026, 4, 1),
        term_months=12,
        price_usd_per_kw_month=120,
        price_steps=SIX_MONTHS,
        commitment=FREE_MONTH,
        power="included",
        signed=dt.date(2026, 3, 1),
    )
    terms = {"term_months": 6, "renewal": RENEWED, "power": "passed-through"} | terms_of_b
    b = tenant(2_000, dt.date(2026, 5, 1), **terms)
    tables = quiet(contracts={"A": a, "B": b}, gpus={"G": {"on_demand_usd_per_gpu_hour": 5}})
    always = {"glut": 1, "balanced": 1, "scarce": 1}
    sold = {"market": {"on_demand_use": always}, "operator": {"on_demand_share": 1}}
    tables["sites"] = {"S": site(HALLS, load_factor=0.8, **UTILITY)}
    return merged(tables, sold)


def dollars(final: Any, account: int) -> list[float]:
    """What an account was credited with in each month of the run [USD]."""
    assert first_breach(final.ledger, final.stocks, final.backlog) is None
    return (-final.ledger[account, 1:] / CENTS).tolist()


def test_each_whole_month_pays_the_same_and_parts_of_months_their_days():
    final = played(landlord(), hall_delay=LATE)
    wanted = [sum(parts) for parts in zip(A, B, B_AGAIN, strict=True)]
    assert dollars(final, REVENUE_COMMITTED) == pytest.approx(wanted, abs=0.005)
    assert (final.stocks[COLOCATION_REVENUE, 1:] / CENTS).tolist() == pytest.approx(
        wanted, abs=0.005
    )
    repriced = final.backlog[:, REPRICED].sum() / CENTS
    assert repriced == pytest.approx(MAY + NOVEMBER - 300_000, abs=0.005)


def test_an_end_that_is_kept_loses_the_days_of_the_late_phase():
    final = played(landlord(late_start="keeps-end", renewal=None), hall_delay=LATE)
    wanted = [a + b for a, b in zip(A, [0, MAY, *[300_000] * 5, *[0] * 5], strict=True)]
    assert dollars(final, REVENUE_COMMITTED) == pytest.approx(wanted, abs=0.005)
    expired = final.backlog[:, EXPIRED].sum(axis=(0, 2)) / CENTS
    assert expired[SITE] == expired.sum() == pytest.approx(300_000 * 15 / 31, abs=0.005)


def test_power_that_comes_after_its_hall_is_a_cause_of_its_own():
    final = played(landlord(late_start="keeps-end", renewal=None), power_delay=LATE)
    expired = final.backlog[:, EXPIRED].sum(axis=(0, 2)) / CENTS
    assert expired[POWER] == expired.sum() == pytest.approx(300_000 * 15 / 31, abs=0.005)


def test_a_late_phase_is_credited_where_that_is_agreed():
    """15 days, five of them free: ten days of a term of 184 days that is worth 1,804,838.71."""
    agreed = {"price_share": 0.5, "grace_days": 5}
    final = played(landlord(late_credits=agreed), hall_delay=LATE)
    given = (1_500_000 + MAY + NOVEMBER) / 184 * 10 * 0.5
    assert (final.stocks[LATE_CREDITS, 1:] / CENTS).tolist() == pytest.approx(
        [0, given, *[0] * 10], abs=0.01
    )


def test_power_passed_through_is_revenue_at_its_cost_and_nothing_else():
    """B's 2,000 kW at 80%: 86,400 of energy and 12,500 of demand in June; A's is the operator's."""
    final = played(landlord(), hall_delay=LATE)
    june, demand = 2_000 * 0.8 * 24 * 30 * 0.06 * 1.25, 2_000 * 1.25 * 5
    may = june / 30 * 16 + demand / 31 * 16
    assert (june, demand) == (86_400, 12_500)
    assert dollars(final, REVENUE_RECHARGED)[:3] == pytest.approx([0, may, june + demand], abs=0.01)
    alone = (june + demand) / 2
    assert final.ledger[COST_POWER, 3] / CENTS == pytest.approx(june + demand + alone, abs=0.01)
    included = played(landlord(power="included"), hall_delay=LATE)
    assert not any(dollars(included, REVENUE_RECHARGED))
    assert included.ledger[COST_POWER].tolist() == final.ledger[COST_POWER].tolist()
    assert dollars(included, REVENUE_COMMITTED) == dollars(final, REVENUE_COMMITTED)


def test_a_kw_is_no_gpu():
    """Nothing of it is in service, billed, idle or sold as one: before, while, after it is let."""
    final = played(landlord(), hall_delay=LATE)
    for measure in (GPUS_IN_SERVICE, IDLE_GPUS, IN_SERVICE_GPU_HOURS, BILLED_GPU_HOURS):
        assert not final.stocks[measure].any()
    assert not any(dollars(final, REVENUE_ON_DEMAND))
    let = [1, *[3] * 8, 1, 1, 1]  # on the last day of January B has gone, of March A has not
    for measure in (LET_MICROWATTS, ACTIVE_MICROWATTS, BILLING_MICROWATTS):
        assert (final.stocks[measure, 1:] / MW).tolist() == let


def test_what_is_left_goes_to_who_waits_and_no_further():
    """C waits for 500 kW from 1 June; B leaves on 16 January, and C has it from that day on.

    D, behind it, has no room in the 1.5 MW that are left: it walks away after its long stop.
    """
    tables = landlord()
    tables["contracts"]["C"] = tenant(500, dt.date(2026, 6, 1), signed=dt.date(2026, 4, 1))
    walks = {"long_stop_days": 30}
    tables["contracts"]["D"] = tenant(
        2_600, dt.date(2026, 6, 2), tranche=walks, signed=dt.date(2026, 4, 1)
    )
    final = played(tables, hall_delay=LATE)
    assert first_breach(final.ledger, final.stocks, final.backlog) is None
    row = {k: final.tranches[k] for k in range(4)}
    starts = sorted(int(own.start) for own in row.values())
    assert starts[2] == day_of(dt.date(2027, 1, 16))
    assert starts[3] > day_of(dt.date(2100, 1, 1))
    assert (final.stocks[LET_MICROWATTS, 10] / MW) == 1.5


def test_gpus_and_tenants_share_a_site():
    """GPUs for a contract come into what tenants leave free, and tenants have what GPUs leave."""
    tables = landlord()
    gpus = contract(
        [{"gpus": 800, "start": dt.date(2026, 6, 1)}],
        price_usd_per_gpu_hour=1,
        term_months=2,
        signed=dt.date(2026, 3, 31),
    )
    tables["contracts"]["G"] = gpus
    final = played(tables, hall_delay=LATE)
    assert first_breach(final.ledger, final.stocks, final.backlog) is None
    live = [int(own.start) for own in final.tranches[: final.count[4]] if own.gpus]
    assert live == [day_of(dt.date(2027, 1, 16))]


def test_the_outlook_sees_what_comes():
    """On 10 May B is late and expected from that day on; its plan is paid as signed.

    Of June: 420,000 of rent, and 98,900 for B's power; the utility is paid 148,350.
    """
    seen: list[list[float]] = []

    def note(sim: Watched) -> Iterator[Any]:
        if sim.day == day_of(dt.date(2026, 5, 10)) and not seen:
            outlook.look_ahead(sim.h, sim.w, 6)
            seen.append((sim.s.outlook[2:6] / CENTS).tolist())
        yield from ()

    dollar = {"equity": {"note": {"date": dt.date(2026, 5, 10), "amount_usd": 1}}}
    book = book_of(merged(landlord(), dollar))
    book.state.policy.liquidity_months = 12
    watch(book, world_of(book)._replace(hall_delay=LATE), event=note)
    assert seen[0][1] == pytest.approx(420_000 + 98_900 - 148_350, abs=0.02)


@pytest.mark.parametrize(
    ("terms", "key"),
    [
        ({"gpu": "G"}, "gpu"),
        ({"facility": "loan"}, "facility"),
        ({"price_usd_per_gpu_hour": 2}, "price_usd_per_gpu_hour"),
        ({"exit_price_share": 0.5, "exit_notice_days": 30}, "exit_price_share"),
        ({"renewal": {"chance": 1, "term_months": 2}}, "renewal.price_share"),
        ({"tranche": {"gpus": 5}}, "gpus"),
        ({"price_steps": [{"after_months": 1, "price_usd_per_gpu_hour": 2}]}, "price_steps"),
    ],
)
def test_what_a_colocation_cannot_have_is_refused(terms, key):
    tables = landlord()
    tables["contracts"]["B"] = tenant(2_000, dt.date(2026, 5, 1), **terms)
    with pytest.raises(ScenarioError, match=key):
        book_of(tables)


@pytest.mark.parametrize("key", ["price_usd_per_kw_month", "power"])
def test_what_only_a_colocation_has_is_refused_elsewhere(key):
    value = "included" if key == "power" else 100
    gpus = contract([{"gpus": 8, "start": dt.date(2026, 6, 1)}], price_usd_per_gpu_hour=1)
    tables = merged(landlord(), {"contracts": {"G": gpus | {key: value}}})
    with pytest.raises(ScenarioError, match=key):
        book_of(tables)


def test_kw_that_no_site_will_ever_have_are_warned_of():
    tables = landlord()
    tables["contracts"]["C"] = tenant(5_000, dt.date(2026, 6, 1))
    (said,) = [text for text in warnings_of(scenario_of(tables)) if "can never bill" in text]
    assert "contract C can never bill what it lets of 5 MW at S" in said


def test_tenants_of_the_as_of_day_must_fit_into_what_is_in_use():
    tables = landlord()
    signed = dt.date(2025, 1, 1)
    tables["contracts"]["C"] = tenant(1_001, signed, term_months=36, signed=signed)
    with pytest.raises(ScenarioError, match="tenants at S so far; expected at most the 1 MW"):
        book_of(tables)


def test_a_tenant_of_the_as_of_day_pays_what_is_left_of_his_term():
    """From 15 January 2026 for a year at 200, 210 after six months: July has 14 days at 200."""
    tables = landlord()
    del tables["contracts"]["A"], tables["contracts"]["B"]
    steps = [{"after_months": 6, "price_usd_per_kw_month": 210}]
    start = dt.date(2026, 1, 15)
    terms = {"price_usd_per_kw_month": 200, "price_steps": steps, "signed": start}
    tables["contracts"]["C"] = tenant(1_000, start, term_months=12, **terms)
    july = 200_000 * 14 / 31 + 210_000 * 17 / 31
    wanted = [200_000] * 3 + [july] + [210_000] * 5 + [210_000 * 14 / 31, 0, 0]
    assert dollars(played(tables), REVENUE_COMMITTED) == pytest.approx(wanted, abs=0.01)
