"""Known answers C3: a plant with a royalty that rises, twenty years in one run, by NREL's SAM, USD.

Published line by line: see the head of `models/sam-royalty.toml`. Plant, revenue and loan are those
of C1; what is new is a cost that is a share of revenue, by steps, a price that steps every year in
one contract, and 80 quarters. Figures are published to the dollar. What a run shows otherwise is
told in `docs/other_models.md`.
"""

import numpy as np
import polars as pl

from tests.cases.reading import table
from tests.oracles.test_c1_sam_plant import (
    BALANCE,
    DOLLAR,
    INTEREST,
    PRINCIPAL,
    REVENUE,
    RUNNING,
    SALVAGE,
    SERVICE,
    THREE,
)
from tests.oracles.unit_rows import MODELS

CASE = "C3"
MODEL = str(MODELS / "sam-royalty")
YEARS = 20
OPENING = 6_000_000
"""Cash on the first day."""
# fmt: off
ROYALTY = (
    1_714_220, 2_069_952, 2_516_875, 2_991_037, 3_492_966, 4_022_825, 4_164_255, 4_305_473,
    4_446_544, 4_587_507, 4_728_390, 4_869_211, 5_009_984, 5_150_718, 5_291_422, 5_432_101,
    5_572_760, 5_713_403, 5_854_032, 5_994_619,
)
EBITDA = (
    25_944_033, 25_803_111, 26_812_335, 27_770_781, 28_691_626, 29_579_278, 30_852_150, 32_123_117,
    33_392_753, 34_661_421, 35_929_366, 37_196_755, 38_463_711, 39_730_322, 40_996_656, 42_262_766,
    43_528_695, 44_794_480, 46_060_142, 160_229_694,
)
PRETAX = (
    18_696_249, 18_555_327, 19_564_550, 20_522_997, 21_443_842, 22_331_493, 23_604_366, 24_875_332,
    26_144_968, 27_413_637, 28_681_582, 29_948_971, 31_215_926, 32_482_537, 33_748_872, 35_014_981,
    36_280_910, 37_546_696, 38_812_358, 152_981_909,
)
COVER = (
    3.58, 3.56, 3.70, 3.83, 3.96, 4.08, 4.26, 4.43, 4.61, 4.78, 4.96, 5.13, 5.31, 5.48, 5.66, 5.83,
    6.01, 6.18, 6.36, 22.11,
)
# fmt: on
TO_ITS_HOLDER, A_YEAR = 87.93, 4.40
"""Millions, of all years and of one."""


def months(line: str) -> np.ndarray:
    """A line's months, in rows of a year from 2026 on [USD]."""
    lines = table("statements_monthly", MODEL).filter(pl.col("period") > "2026")
    return lines[line].to_numpy().reshape(YEARS, 12) / 100


def flow(line: str) -> np.ndarray:
    """A line by year."""
    return months(line).sum(1)


def without_sale(figures: tuple[int, ...]) -> np.ndarray:
    """Published figures without the sale of the plant in year 20, which a run does not have."""
    return np.array([*figures[:-1], figures[-1] - SALVAGE])


def test_revenue_by_a_price_of_each_year(compare):
    compare("revenue, years 1-20 [USD]", flow("revenue"), REVENUE, abs=DOLLAR)


def test_the_royalty_is_a_share_of_revenue_that_steps(compare):
    royalty = flow("cost_of_revenue") - RUNNING
    compare("royalty, years 1-20 [USD]", royalty, ROYALTY, abs=2 * DOLLAR)
    total = royalty.sum() / 1e6
    compare("royalty of twenty years [USD m]", round(total, 2), TO_ITS_HOLDER)
    compare("royalty a year [USD m]", round(total / YEARS, 2), A_YEAR)


def test_ebitda_and_the_loan(compare):
    ebitda = flow("adjusted_ebitda")
    compare("EBITDA, years 1-20 [USD]", ebitda, without_sale(EBITDA), abs=THREE)
    interest, principal = -flow("cash_for_interest"), -flow("debt_repaid_cash")
    compare("interest paid, years 1-20 [USD]", interest, INTEREST, abs=DOLLAR)
    compare("principal paid, years 1-20 [USD]", principal, PRINCIPAL, abs=DOLLAR)
    compare("owed at ends of years [USD]", months("debt_principal")[:, -1], BALANCE, abs=DOLLAR)
    cover = ebitda / (interest + principal)
    cover[-1] += SALVAGE / SERVICE
    compare("cover of each year, to a hundredth", np.round(cover, 2), COVER)


def test_cash_before_tax(compare):
    """A contract in force on the first day pays at the end of each month: nothing stays open."""
    cash = np.diff([OPENING, *months("cash")[:, -1]])
    known = without_sale(PRETAX)
    compare("cash before tax, years 1-20 [USD]", cash, known, abs=2 * DOLLAR)


def test_cover_as_the_run_tells_it(compare):
    """CFADS over a year's service, tested at quarter ends; without tax it is SAM's cover."""
    told = table("metrics", MODEL)["dscr"].to_numpy()[3::4][:YEARS]
    told[-1] += SALVAGE / SERVICE
    compare("cover at ends of years, to a hundredth", np.round(told, 2), COVER)
