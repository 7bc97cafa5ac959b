"""What a shorter useful life and a cheaper second contract do: one setting each."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

import numpy as np
import pytest

from gpusim.economics.books.checks import residuals
from gpusim.economics.books.statements import line
from gpusim.economics.core import state as st
from gpusim.engines.process import run
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.world import draw
from tests.engines.build import contract, gpu, merged, played, quiet

COREWEAVE = ("model.quarters=6", "levers.takes_offers=false")
HOPPER_LEFT = 4.47  # years of six left on the as-of day
DAYS_PER_YEAR = 365.25


@cache
def coreweave(*sets: str) -> Any:
    book = lower(load("coreweave-2025q4", sets=(*COREWEAVE, *sets)))
    s = run(book.state, draw(book.spec, 1, 0))
    assert not any(residuals(s.ledger[None], s.stocks[None], s.backlog[None]).values())
    return s


def usd(s: Any, name: str) -> np.ndarray:
    """A statement line by month from the first simulated one [cents]."""
    return line(s.ledger, name)[1:]


def change_to(years: int) -> str:
    return f"gpus.*.life_change={{date=2026-01-01, years={years}}}"


def test_a_shorter_life_raises_depreciation_and_lowers_operating_income_by_as_much():
    base = usd(coreweave(), "depreciation_and_amortization")
    higher = [usd(coreweave(change_to(n)), "depreciation_and_amortization") for n in (5, 4, 3)]
    for one, more in zip([base, *higher], higher, strict=False):
        assert (more[:12] > one[:12]).all()
    for years, charge in zip((5, 4, 3), higher, strict=True):
        income = usd(coreweave(change_to(years)), "operating_income")
        assert np.array_equal(usd(coreweave(), "operating_income") - income, charge - base)


@pytest.mark.parametrize("line_", ["revenue", "capex_cash", "operating_cash_flow", "cash"])
def test_a_change_of_life_is_no_event_in_cash(line_):
    assert np.array_equal(usd(coreweave(), line_), usd(coreweave(change_to(4)), line_))


def test_the_opening_fleet_is_charged_over_what_the_new_life_leaves():
    """Hopper servers are 1.53 of six years old; four years leave 2.47 of them."""
    book = lower(load("coreweave-2025q4", sets=(*COREWEAVE, change_to(4))))
    row = book.state.assets[book.names.assets.index("hopper")]
    assert row.life_days / DAYS_PER_YEAR == pytest.approx(HOPPER_LEFT - 2, abs=0.01)


def test_another_life_from_the_start_is_for_new_hardware_and_signs_the_same():
    """`gpus.*.book_life_years=5`: the fleet's remaining life is a figure of its own."""
    sets = ("model.quarters=6",)
    book = lower(load("coreweave-2025q4", sets=(*sets, "gpus.*.book_life_years=5")))
    plain = lower(load("coreweave-2025q4", sets=sets))
    one = run(plain.state, draw(plain.spec, 1, 0))
    other = run(book.state, draw(book.spec, 1, 0))
    assert np.array_equal(one.backlog[:, st.SIGNED], other.backlog[:, st.SIGNED])
    name = "depreciation_and_amortization"
    assert usd(other, name)[:12].sum() > usd(one, name)[:12].sum()


def recontract(share: float | None, **more: Any) -> Any:
    """A hundred GPUs for April to June at USD 2, renewed for half a year."""
    own = {
        "category": "servers", "gpu": "G", "site": "S", "gpus": 100, "gross_usd": 1_200_000,
        "accumulated_usd": 0, "remaining_life_years": 5,
    }  # fmt: skip
    lot = {"gpus": 100, "start": dt.date(2026, 4, 1), "hardware": {"status": "in-service"}}
    renewal = {"chance": 1, "term_months": 6} | ({} if share is None else {"price_share": share})
    deal = contract([lot], price_usd_per_gpu_hour=2, renewal=renewal)
    tables = quiet(assets={"fleet": own}, contracts={"anchor": deal}, gpus={"G": gpu()})
    return played(merged(tables, more))


@pytest.mark.parametrize("share", [0.5, 1.0, 1.5])
def test_a_recontract_at_a_share_of_the_old_price_earns_that_share(share):
    """A day in July against a day in May, both of 31; nothing else is sold."""
    revenue = usd(recontract(share), "revenue")
    assert revenue[3] / revenue[1] == pytest.approx(share, rel=1e-3)


def test_without_a_stated_share_the_market_of_the_day_sets_the_price():
    assert usd(recontract(None), "revenue")[3] == 0  # the quiet market's price is zero
    rents = {"gpus": {"G": gpu(on_demand_usd_per_gpu_hour=1)}}
    ratios = {"12": 0.5, "24": 0.4, "36": 0.4, "48": 0.4, "60": 0.4}
    year = {"contracts": {"anchor": {"renewal": {"term_months": 12}}}}
    term = {"market": {"term_ratio": ratios}}
    july = usd(recontract(None, **rents, **term, **year), "revenue")[3] / 100
    assert july == pytest.approx(0.5 * 100 * 24 * 31, rel=0.01)


def test_a_recontract_at_half_the_price_impairs_what_full_price_does_not():
    """Five years from June on: USD 8.8m at the full price pay for GPUs of 6m, 4.4m do not."""
    terms = {"term_months": 2, "renewal": {"term_months": 60}}
    dear = {"operator": {"impairment_test": True}, "assets": {"fleet": {"gross_usd": 6_000_000}}}
    tables = merged(dear, {"contracts": {"anchor": terms}})
    assert not usd(recontract(1.0, **tables), "impairment").any()
    assert usd(recontract(0.5, **tables), "impairment")[2] > 0


def test_coreweave_recontracts_at_half_the_price_in_one_setting():
    """Renewals bring less revenue than at the full price, and the opening contracts the same."""
    terms = "contracts.*.renewal={{chance=1, term_months=24, price_share={}}}"
    full, half = coreweave(terms.format(1.0)), coreweave(terms.format(0.5))
    assert (usd(full, "revenue") >= usd(half, "revenue")).all()
    assert usd(full, "revenue").sum() > usd(half, "revenue").sum()
    assert np.array_equal(full.backlog[0], half.backlog[0])
    signed = [s.backlog[1:, st.SIGNED].sum() for s in (full, half)]
    assert signed[1] == pytest.approx(signed[0] / 2, rel=1e-6)
