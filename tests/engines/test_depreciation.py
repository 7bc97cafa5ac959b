"""Servers depreciated otherwise than straight line, by year and by day."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from gpusim.appraisal.planned.book_values import depreciation as of_a_lot
from gpusim.economics.books.checks import residuals
from gpusim.economics.books.statements import line
from gpusim.scenario import ScenarioError
from tests.engines.build import contract, gpu, merged, played, quiet, scenario_of

CRANE = {
    "category": "servers", "gpu": "G", "site": "S", "gpus": 1, "gross_usd": 500_000,
    "accumulated_usd": 0, "salvage_usd": 50_000, "remaining_life_years": 5,
}  # fmt: skip
DECLINING = {"method": "declining-balance"}
DIGITS = {"method": "sum-of-years-digits"}
FRONT = {"method": "by-year", "by_year": [0.30, 0.25, 0.20, 0.15, 0.10]}


def owned(depreciation: Any, *, asset: Any = None, quarters: int = 20, **changes: Any) -> Any:
    """A crane that cost 500,000 and will be worth 50,000 after five years from 1 April 2026 on.

    Source: Kieso, Weygandt and Warfield, Intermediate Accounting, chapter 11.
    """
    terms = gpu(salvage_share=0.1, economic_life_years=10, depreciation=depreciation, **changes)
    tables = quiet(assets={"crane": CRANE | (asset or {})}, gpus={"G": terms})
    return tied(played(merged(tables, {"model": {"quarters": quarters}})))


def tied(s: Any) -> Any:
    assert not any(residuals(s.ledger[None], s.stocks[None], s.backlog[None]).values())
    return s


def charges(s: Any) -> np.ndarray:
    """Depreciation by month [cents]."""
    return line(s.ledger, "depreciation_and_amortization")[1:]


def by_year(s: Any) -> list[int]:
    """Depreciation by year from 1 April on [USD]; whole dollars."""
    cents = charges(s).reshape(-1, 12).sum(axis=1)
    assert not (cents % 100).any()
    return [int(year) // 100 for year in cents]


@pytest.mark.parametrize(
    ("depreciation", "expected"),
    [
        (DIGITS, [150_000, 120_000, 90_000, 60_000, 30_000]),
        (DECLINING, [200_000, 120_000, 72_000, 43_200, 14_800]),
        (FRONT, [135_000, 112_500, 90_000, 67_500, 45_000]),
    ],
)
def test_a_crane_of_the_textbook_is_charged_as_the_textbook_has_it(depreciation, expected):
    assert by_year(owned(depreciation)) == expected


def test_declining_balance_goes_over_to_the_straight_line_where_that_charges_more():
    """30% a year of 500,000, all charged: 150,000; 105,000; then 245,000 in thirds."""
    own = DECLINING | {"rate_per_year": 0.3}
    plain = quiet(
        assets={"crane": CRANE | {"salvage_usd": 0}},
        gpus={"G": gpu(depreciation=own, economic_life_years=10)},
    )
    s = tied(played(merged(plain, {"model": {"quarters": 20}})))
    found = (charges(s).reshape(-1, 12).sum(axis=1) / 100).tolist()
    third = pytest.approx(245_000 / 3, abs=0.02)
    assert found == [150_000, 105_000, third, third, third]
    assert charges(s).sum() == 50_000_000


def test_a_year_is_charged_evenly_by_its_days():
    """135,000 over 365 days: 30 in April, 31 in May."""
    april, may = charges(owned(FRONT, quarters=4))[:2]
    assert april == 13_500_000 * 30 // 365
    assert april + may == 13_500_000 * 61 // 365


def test_used_servers_go_on_from_the_age_that_their_remaining_life_says():
    """Two of five years old: the rest of the cost over 0.20, 0.15 and 0.10 of 0.45."""
    used = {"accumulated_usd": 180_000, "remaining_life_years": 3}
    assert by_year(owned(FRONT, asset=used, quarters=12)) == [120_000, 90_000, 60_000]


def test_servers_that_are_bought_are_charged_as_those_that_are_owned():
    """A million, a tenth of it never charged: 30% of 900,000 in the first year of service."""
    terms = gpu(capex_usd_per_gpu=10_000, salvage_share=0.1, depreciation=FRONT, payment_days=0)
    lot = {"gpus": 100, "start": dt.date(2026, 5, 1), "hardware": {"status": "planned"}}
    deal = contract([lot], term_months=12, price_usd_per_gpu_hour=3)
    tables = quiet(gpus={"G": terms}, contracts={"anchor": deal})
    s = tied(played(merged(tables, {"model": {"quarters": 8}})))
    first = np.flatnonzero(charges(s))[0]
    assert charges(s)[first : first + 12].sum() == 27_000_000


def test_a_longer_life_stretches_what_is_left_of_the_course():
    """On 1 April 2028 five years become six, 731 days are over, and 2,192 in all are known then.

    The years of service by the calendar end after 365, 731, 1096, 1461 and 1826 days; of 2,192 days
    after 438, 877, 1315, 1753 and 2192. At 731 days 0.30 + 0.25 x 293 / 439 are over.
    """
    change = {"date": dt.date(2028, 4, 1), "years": 6}
    s = owned(FRONT, quarters=24, life_change=change)
    yearly = charges(s).reshape(-1, 12).sum(axis=1) / 100
    assert yearly[:2].tolist() == [135_000, 112_500]
    assert charges(s).sum() == 45_000_000
    ends = [0, 438, 877, 1315, 1753, 2192]
    shares = np.interp([731, 1096, 1461, 1826, 2192], ends, [0, 0.3, 0.55, 0.75, 0.9, 1])
    rest = 202_500 * np.diff(shares) / (1 - shares[0])
    assert yearly[2:] == pytest.approx(rest, abs=0.02)


def test_a_write_down_leaves_the_rest_to_the_rest_of_the_course():
    """Of no use and worth nothing: what a quarter has left is written off, and none is charged."""
    s = owned(FRONT, quarters=4)
    tables = quiet(
        assets={"crane": CRANE | {"salvage_usd": 0}},
        gpus={"G": gpu(depreciation=FRONT)},
        operator={"impairment_test": True},
    )
    written = tied(played(merged(tables, {"model": {"quarters": 4}})))
    assert charges(s)[:3].sum() > 0
    assert charges(written)[3:].sum() == 0
    assert line(written.ledger, "impairment")[3] == 50_000_000 - charges(written)[:3].sum()


@pytest.mark.parametrize(
    ("own", "more", "said"),
    [
        (FRONT | {"by_year": [0.5, 0.4]}, {}, "add up to 1"),
        (FRONT | {"by_year": [0.5, 0.5]}, {}, "the book life"),
        (DECLINING | {"by_year": [0.5, 0.5]}, {}, "declining-balance"),
        (DIGITS | {"rate_per_year": 0.5}, {}, "sum-of-years-digits"),
        ({"method": "by-year"}, {}, "by-year"),
        (DIGITS, {"book_life_years": 5.5}, "whole number of years"),
    ],
)
def test_a_course_that_does_not_fit_is_refused(own, more, said):
    with pytest.raises(ScenarioError, match=said):
        played(quiet(gpus={"G": gpu(depreciation=own, **more)}))


def test_a_lot_of_units_is_charged_along_the_course():
    """New for five years; two years old, 270,000 of 320,000 to charge and 50,000 to stay."""
    old = CRANE | {"accumulated_usd": 180_000, "remaining_life_years": 3}
    terms = gpu(salvage_share=0.1, depreciation=FRONT)
    scenario = scenario_of(quiet(assets={"crane": old}, gpus={"G": terms}))
    new = of_a_lot(scenario, "G", 500_000, 66)
    yearly = [new[first : first + 12].sum() for first in range(1, 61, 12)]
    assert yearly == pytest.approx([135_000, 112_500, 90_000, 67_500, 45_000], abs=0.02)
    assert not new[61:].any()
    used = of_a_lot(scenario, "G", 320_000, 36, in_service=True)
    yearly = [used[first : first + 12].sum() for first in (1, 13, 25)]
    assert yearly == pytest.approx([120_000, 90_000, 60_000], abs=0.02)
