"""Known answers C5: rent that steps every year, as leases state it and as the books level it, USD.

Sources and what stands for what: the head of `models/stepped-rent.toml`. The schedules are to the
cent: a year's rent is rounded and the next one may be worked out from it, a month's is cut off, not
rounded (20,825 / 12 is 1,735.4167 and stands as 1,735.41). So both may differ by a cent. The cost
of a lease is level by the day, so months of the books differ by their days, and years do not.
"""

import numpy as np
import polars as pl
import pytest

from tests.cases.reading import table
from tests.oracles.unit_rows import MODELS

CASE = "C5"
MODEL = str(MODELS / "stepped-rent")
CENT = 0.0101
# fmt: off
TWELVE_YEARS = (
    21_080_000.00, 21_628_080.00, 22_190_410.08, 22_767_360.74, 23_359_312.12, 23_966_654.24,
    24_589_787.25, 25_229_121.72, 25_885_078.88, 26_558_090.93, 27_248_601.29, 27_957_064.93,
)
MONTHS_OF_TWELVE = (
    1_756_666.66, 1_802_340.00, 1_849_200.84, 1_897_280.06, 1_946_609.34, 1_997_221.19,
    2_049_148.94, 2_102_426.81, 2_157_089.91, 2_213_174.24, 2_270_716.77, 2_329_755.41,
)
# fmt: on
FIVE_YEARS = (20_825.00, 21_449.75, 22_093.24, 22_756.04, 23_438.72)
MONTHS_OF_FIVE = (1_735.41, 1_787.47, 1_841.10, 1_896.33, 1_953.22)


def hall(kw: int, copies: int, rent: float, escalator: float, years: int) -> tuple[str, ...]:
    """So many of the premises, with the rent of one in its first year [USD/year]."""
    return (
        f"sites.premises.phases=[{{ it_mw = {copies * kw / 1_000}, ready = 2026-01-01 }}]",
        f"sites.premises.rent_usd_per_kw_month={rent / 12 / kw!r}",
        f"sites.premises.rent_escalator={escalator}",
        f"sites.premises.lease_years={years}",
        f"model.quarters={4 * years}",
    )


LEASES = {
    "twelve years": ((), 100, TWELVE_YEARS, MONTHS_OF_TWELVE),
    "five years": (hall(10, 1_000, 20_825, 0.03, 5), 1_000, FIVE_YEARS, MONTHS_OF_FIVE),
}
"""What is let of it, how many times the premises, and its schedule by year and by month."""
STEP = hall(50, 1, 120_000, 1.0, 2)
"""10,000 a month, then 20,000."""


def years_of(line: str, *changes: str) -> np.ndarray:
    """A line's months, in rows of a year from 2026 on [USD]."""
    lines = table("statements_monthly", MODEL, *changes)
    return lines.filter(pl.col("period") > "2026")[line].to_numpy().reshape(-1, 12) / 100


@pytest.mark.parametrize("lease", LEASES)
def test_what_is_paid(lease, compare):
    changes, copies, yearly, monthly = LEASES[lease]
    paid = -years_of("cash_for_rent", *changes) / copies
    assert (paid == paid[:, :1]).all(), "a lease year has one rent"
    compare(f"rent per month, lease of {lease} [USD]", paid[:, 0], monthly, abs=CENT)
    compare(f"rent per annum, lease of {lease} [USD]", paid.sum(1), yearly, abs=CENT)


def test_the_books_level_it(compare):
    """Two years of 365 days: a year's cost is twelve times the published month's."""
    cost = years_of("rent", *STEP).sum(1)
    compare("straight-line rent, by month of each year [USD]", cost / 12, [15_000, 15_000])
    paid = -years_of("cash_for_rent", *STEP)
    compare("rent paid, years 1-2 [USD]", paid.sum(1), [120_000, 240_000])
    compare("paid less cost, year 1 [USD]", paid.sum(1)[0] - cost[0], -60_000)


def test_what_is_deferred_lies_between_asset_and_liability(compare):
    """Under ASC 842 there is no line for it: the asset is less than the liability by as much."""
    asset, owed = (years_of(line, *STEP)[:, -1] for line in ("lease_assets", "lease_liabilities"))
    compare("asset less liability at the ends of years [USD]", asset - owed, [-60_000, 0])


@pytest.mark.parametrize("lease", LEASES)
def test_cost_over_the_term_is_what_is_paid(lease, compare):
    changes, copies, yearly, _ = LEASES[lease]
    cost, room = years_of("rent", *changes).sum() / copies, CENT * len(yearly)
    compare(f"cost of the lease of {lease} over its term [USD]", cost, sum(yearly), abs=room)
