"""What the check says of orders for nobody beside contracts, by hand, and that runs agree."""

from __future__ import annotations

import datetime as dt

import pytest

from gpusim.economics.core import state as st
from gpusim.scenario import load
from gpusim.scenario.checks.warnings import warnings_of
from gpusim.scenario.language.at_once import AtOnce
from tests.engines.build import Tables, contract, merged, played, quiet, scenario_of, site
from tests.engines.test_stated_orders import loan, merchant, stock

SEPTEMBER = dt.date(2026, 9, 1)
"""Of 61 days from order to acceptance: what starts then is ordered on 2 July."""


def deal(gpus: int = 600, **changes: object) -> Tables:
    return contract([{"gpus": gpus, "start": SEPTEMBER}], price_usd_per_gpu_hour=3, **changes)


def firm(*stocks: Tables, **contracts: Tables) -> Tables:
    """1 MW, so 1,000 GPUs of 1 kW."""
    return merchant(*stocks, contracts=contracts)


def told(tables: Tables, what: str) -> list[str]:
    return [text for text in warnings_of(scenario_of(tables)) if what in text]


@pytest.mark.parametrize(("gpus", "warned"), [(400, 0), (401, 1), (600, 1)])
def test_orders_have_the_room_that_dedicated_contracts_leave(gpus: int, warned: int) -> None:
    """1,000 - 600 = 400."""
    found = told(firm(stock(gpus=gpus), c=deal(hardware_source="dedicated")), "can never all")
    assert len(found) == warned


def test_the_excess_is_that_of_the_order() -> None:
    """600 + 600 - 1,000 = 200 GPUs of 1 kW."""
    (text,) = told(firm(stock(gpus=600), c=deal(hardware_source="dedicated")), "can never all")
    assert "its 600 G draw 0.6 MW, 0.2 MW more than the contracts leave there, of 1 MW" in text


def test_what_may_serve_a_contract_counts_once() -> None:
    assert not told(firm(stock(gpus=600), c=deal()), "room")
    assert not told(firm(stock(gpus=1_000), c=deal()), "room")


@pytest.mark.parametrize(
    ("order", "terms"),
    [
        ({"date": dt.date(2026, 7, 2)}, {}),
        ({}, {"term_months": 58}),
    ],
    ids=["ordered too late", "let go before the term is over"],
)
def test_what_comes_too_late_or_lives_too_short_serves_nobody(order: Tables, terms: Tables) -> None:
    """In service on 12 May 2026 for five years: a term of 56 months from September on is in it."""
    found = told(firm(stock(gpus=600) | order, c=deal(**terms)), "can never all have room")
    assert len(found) == 1
    near = {"date": dt.date(2026, 7, 1)} if order else {}
    months = {"term_months": 56} if terms else {}
    assert not told(firm(stock(gpus=600) | near, c=deal(**months)), "can never all have room")


def test_what_another_lender_lent_on_serves_nobody() -> None:
    tables = firm(stock(gpus=600, facility="bank"), c=deal(facility="other"))
    lent = merged(tables, {"debt": {"bank": loan(), "other": loan()}})
    assert len(told(lent, "can never all have room")) == 1
    own = merged(
        firm(stock(gpus=600, facility="bank"), c=deal(facility="bank")), {"debt": {"bank": loan()}}
    )
    assert not told(own, "can never all have room")


def test_dedicated_hardware_of_a_term_that_is_over_is_still_there() -> None:
    """600 from September to November, 600 more from January on: 0.2 MW too much."""

    def both(source: str) -> Tables:
        own = {"price_usd_per_gpu_hour": 3, "hardware_source": source}
        later = contract([{"gpus": 600, "start": dt.date(2027, 1, 1)}], **own)
        return firm(c=deal(hardware_source="dedicated"), d=later)

    assert len(told(both("dedicated"), "contract d can never bill")) == 1
    waiting, served = played(both("dedicated")), played(both("shared"))
    assert waiting.tranches[1].status == st.TRANCHE_WAITING
    assert served.tranches[1].status == st.TRANCHE_LIVE
    assert not told(both("shared"), "can never bill")


def test_orders_alone_add_up() -> None:
    found = told(firm(stock(gpus=600), stock(gpus=500)), "can never be installed whole")
    assert len(found) == 1
    assert "order lot-2" in found[0]
    assert "0.1 MW more" in found[0]


def test_what_is_delivered_first_has_the_room_in_a_run() -> None:
    """The order, of the day after the as-of day, is installed; the contract waits."""
    s = played(firm(stock(gpus=600), c=deal(hardware_source="dedicated")))
    own, nobody = s.orders[0], s.orders[1]
    assert nobody.tranche == st.NONE
    assert nobody.status == st.ORDER_ACCEPTED
    assert own.status == st.ORDER_DELIVERED
    assert s.tranches[0].status == st.TRANCHE_WAITING


def test_gpus_that_go_to_contracts_are_told() -> None:
    """60 of 100 from September to November; 80 of them from January on."""
    later = contract([{"gpus": 80, "start": dt.date(2027, 1, 1)}], price_usd_per_gpu_hour=3)
    (text,) = told(firm(stock(), c=deal(60), d=later), "are planned to go to")
    assert "order lot-1: 80 of its 100 G are planned to go to contracts c, d" in text


@pytest.mark.parametrize("source", ["shared", "dedicated"])
def test_who_says_where_its_gpus_come_from_is_not_told(source: str) -> None:
    assert not told(firm(stock(), c=deal(60, hardware_source=source)), "are planned to go to")


def test_a_run_has_the_contract_order_so_many_fewer() -> None:
    """130 less the 100 of the order: 30."""
    tables = firm(stock(), c=deal(130))
    (text,) = told(tables, "are planned to go to")
    assert "100 of its 100 G" in text
    s = played(tables)
    assert s.orders[0].gpus == 30
    assert s.tranches[0].status == st.TRANCHE_ENDED


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("rent_usd_per_kw_month", 100),
        ("rent_escalator", 0.02),
        ("lease_years", 10),
        ("holdover_rent_ratio", 2),
    ],
)
def test_terms_of_a_lease_on_an_own_site_are_told(key: str, value: float) -> None:
    phases = [{"it_mw": 1, "ready": dt.date(2026, 3, 31)}]
    found = told({**quiet(), "sites": {"S": site(phases, **{key: value})}}, "has no effect")
    assert len(found) == 1
    assert key in found[0]
    assert not told(quiet(), "no effect")
    leased = site(phases, lease_years=10, kind="colocation") | {key: value}
    assert not told({**quiet(), "sites": {"S": leased}}, "no effect")


def test_what_the_catalogue_says_of_a_lease_is_not_told(tmp_path) -> None:
    """Its entry is of a site that is let; who owns one like it has not said so."""
    path = tmp_path / "own.toml"
    path.write_text(
        """[model]
title = "An own hall"
as_of = 2026-03-31
quarters = 4
[sites.hall]
use = "catalogue/us-colocation"
kind = "owned"
phases = [{ it_mw = 1, ready = 2026-06-30 }]
[balance]
cash_usd = 1_000_000
"""
    )
    assert not [text for text in warnings_of(load(str(path))) if "no effect" in text]
    changed = load(str(path), sets=["sites.hall.rent_usd_per_kw_month=300"])
    assert len([text for text in warnings_of(changed) if "no effect" in text]) == 1


def test_an_own_site_is_shown_without_a_rent(tmp_path) -> None:
    tables = quiet()
    for key in ("rent_usd_per_kw_month", "rent_escalator", "lease_years"):
        del tables["sites"]["S"][key]
    scenario = scenario_of(tables)
    shown = scenario.resolved_toml()
    assert "rent_escalator" not in shown
    assert "lease_years" not in shown
    assert "\nrent_usd_per_kw_month" not in shown
    path = tmp_path / "shown.toml"
    path.write_text(shown)
    assert load(str(path)).hash() == scenario.hash()


def test_what_is_bought_for_one_alone_is_there_beside_what_stands() -> None:
    """5 stand; 3 for one alone until March; then 4 of anybody's from 5 + none done with."""
    day = [dt.date(2026, month, 1) for month in range(1, 6)]
    some = AtOnce(day, standing=5)
    some.add((day[0], day[1], 3), until=day[3])
    assert some.most == 8
    some.add((day[1], day[4], 8))  # of 5 and of 3 that are done with: none more
    assert some.most == 8
    assert some.with_standing(1, 2) == 11
