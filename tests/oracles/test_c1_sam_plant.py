"""Known answers C1: twenty years of a plant's cash flow by NREL's System Advisor Model, USD.

Published line by line with all inputs: see the head of `models/sam-plant.toml`. A run has at most
twenty years, and the first quarter buys the plant, so years 1-19 are played in one and year 20 from
the published balance of the loan on. Figures are published to the dollar. What agrees, what differs
and why is told in `docs/other_models.md`.
"""

import datetime as dt
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from gpusim.appraisal.returns import irr
from tests.cases.reading import table
from tests.oracles.unit_rows import MODELS

CASE = "C1"
DOLLAR = 1.0
"""Two roundings to the dollar: an input's and the answer's."""
THREE = 1.55
"""Revenue, costs and the answer are rounded; a day's cost is, to the cent, 4 cents a year."""
MODEL = str(MODELS / "sam-plant")
COST, EQUITY, LOAN, YEARS = 225_808_536, 135_485_121, 90_323_414, 20
WORKING = 5_000_000
RATE, RUNNING, CREDIT, SERVICE = 0.2653, 6_626_143, 67_742_561, 7_247_784
# fmt: off
REVENUE = (
    34_284_397, 34_499_207, 35_955_353, 37_387_962, 38_810_736, 40_228_246, 41_642_549, 43_054_733,
    44_465_440, 45_875_072, 47_283_899, 48_692_110, 50_099_838, 51_507_184, 52_914_222, 54_321_010,
    55_727_598, 57_134_026, 58_540_317, 59_946_188,
)
EBITDA = (
    27_658_253, 27_873_064, 29_329_209, 30_761_818, 32_184_592, 33_602_102, 35_016_405, 36_428_590,
    37_839_297, 39_248_929, 40_657_756, 42_065_966, 43_473_694, 44_881_040, 46_288_078, 47_694_867,
    49_101_455, 50_507_883, 51_914_174, 166_224_312,
)
INTEREST = (
    4_516_171, 4_379_590, 4_236_180, 4_085_600, 3_927_491, 3_761_476, 3_587_161, 3_404_130,
    3_211_947, 3_010_155, 2_798_274, 2_575_798, 2_342_199, 2_096_919, 1_839_376, 1_568_956,
    1_285_014, 986_876, 673_830, 345_133,
)
PRINCIPAL = (
    2_731_614, 2_868_194, 3_011_604, 3_162_184, 3_320_294, 3_486_308, 3_660_624, 3_843_655,
    4_035_838, 4_237_629, 4_449_511, 4_671_986, 4_905_586, 5_150_865, 5_408_408, 5_678_829,
    5_962_770, 6_260_909, 6_573_954, 6_902_652,
)
BALANCE = (
    87_591_801, 84_723_606, 81_712_002, 78_549_818, 75_229_524, 71_743_216, 68_082_592, 64_238_937,
    60_203_100, 55_965_470, 51_515_959, 46_843_973, 41_938_387, 36_787_522, 31_379_114, 25_700_285,
    19_737_515, 13_476_606, 6_902_652, 0,
)
PRETAX = (
    20_410_469, 20_625_279, 22_081_425, 23_514_034, 24_936_808, 26_354_318, 27_768_621, 29_180_806,
    30_591_512, 32_001_144, 33_409_972, 34_818_182, 36_225_910, 37_633_256, 39_040_294, 40_447_082,
    41_853_670, 43_260_098, 44_666_390, 158_976_528,
)
COVER = (
    3.82, 3.85, 4.05, 4.24, 4.44, 4.64, 4.83, 5.03, 5.22, 5.42, 5.61, 5.80, 6.0, 6.19, 6.39, 6.58,
    6.77, 6.97, 7.16, 22.93,
)
TAX_DEPRECIATION = (4_798_431, *[9_596_863] * 19)
FEDERAL = (
    3_582_515, 2_714_008, 3_026_401, 3_335_598, 3_644_345, 3_953_607, 4_263_864, 4_575_410,
    4_888_454, 5_203_165, 5_519_690, 5_838_163, 6_158_714, 6_481_471, 6_806_564, 7_134_123,
    7_464_284, 7_797_185, 8_132_972, 30_521_937,
)
STATE = (
    1_284_056, 972_763, 1_084_732, 1_195_555, 1_306_217, 1_417_063, 1_528_267, 1_639_932, 1_752_134,
    1_864_934, 1_978_383, 2_092_531, 2_207_424, 2_323_108, 2_439_629, 2_557_033, 2_675_370,
    2_794_690, 2_915_044, 10_939_762,
)
AFTER_TAX = (
    83_286_459, 16_938_508, 17_970_292, 18_982_881, 19_986_247, 20_983_647, 21_976_490, 22_965_464,
    23_950_924, 24_933_045, 25_911_899, 26_887_488, 27_859_772, 28_828_676, 29_794_101, 30_755_926,
    31_714_016, 32_668_223, 33_618_374, 117_514_829,
)
CUMULATIVE_IRR = (
    -38.53, -22.41, -8.85, 0.69, 7.21, 11.71, 14.89, 17.19, 18.87, 20.13, 21.08, 21.81, 22.38,
    22.82, 23.17, 23.44, 23.66, 23.84, 23.98, 24.35,
)
# fmt: on
SALVAGE = 112_904_268
"""Half the cost comes back in year 20: gpusim has no sale at the end of a calendar."""
LAST = 19
WINDOWS = [(0, LAST), (LAST, YEARS)]


def changes(first: int) -> tuple[str, ...]:
    """The model from a later year on: its loan, what of its term is left, its revenues."""
    if first == 0:
        return ()
    loan = BALANCE[first - 1]
    months = 12 * (YEARS - first)
    revenues = [*REVENUE[first:], *REVENUE][:LAST]
    return (
        f"debt.term.commitment_usd={loan}",
        f"debt.term.amortisation.months={months}",
        f"debt.term.maturity={2025 + YEARS - first}-12-31",
        f"balance.cash_usd={COST - loan + WORKING}",
        f"balance.paid_in_capital_usd={COST - loan + WORKING}",
        *(f"contracts.year-{n + 1}.tranches.0.value_usd={usd}" for n, usd in enumerate(revenues)),
    )


def monthly(first: int, line: str, count: int) -> np.ndarray:
    """A line's months, in rows of a year from 2026 on [USD]."""
    lines = table("statements_monthly", MODEL, *changes(first))
    years = lines.filter(pl.col("period") > "2026")[line].to_numpy()
    return years.reshape(-1, 12)[:count] / 100


def flow(first: int, line: str, count: int) -> list[float]:
    """A line by year."""
    return [float(x) for x in monthly(first, line, count).sum(1)]


def stock(first: int, line: str, count: int) -> list[float]:
    """A balance at the ends of years."""
    return [float(x) for x in monthly(first, line, count)[:, -1]]


def less_salvage(figures, first: int, end: int) -> list[float]:
    """Published figures of the operating cash of some years."""
    return [usd - SALVAGE * (year == YEARS - 1) for year, usd in enumerate(figures)][first:end]


@pytest.mark.parametrize(("first", "end"), WINDOWS)
def test_revenue_costs_and_ebitda(first, end, compare):
    count, years = end - first, f"years {first + 1}-{end}"
    revenue = flow(first, "revenue", count)
    compare(f"revenue, {years} [USD]", revenue, REVENUE[first:end], abs=DOLLAR)
    costs = flow(first, "cost_of_revenue", count)
    compare(f"operating expenses, {years} [USD]", costs, [RUNNING] * count, abs=DOLLAR)
    ebitda = flow(first, "adjusted_ebitda", count)
    known = less_salvage(EBITDA, first, end)
    compare(f"EBITDA without the sale in year 20, {years} [USD]", ebitda, known, abs=THREE)


@pytest.mark.parametrize(("first", "end"), WINDOWS)
def test_the_loan(first, end, compare):
    count, years = end - first, f"years {first + 1}-{end}"
    for what, line, known in (
        ("interest", "interest_expense_debt", INTEREST),
        ("interest paid", "cash_for_interest", [-usd for usd in INTEREST]),
        ("principal paid", "debt_repaid_cash", [-usd for usd in PRINCIPAL]),
    ):
        compare(f"{what}, {years} [USD]", flow(first, line, count), known[first:end], abs=DOLLAR)
    balance = stock(first, "debt_principal", count)
    compare(f"balance of the loan, {years} [USD]", balance, BALANCE[first:end], abs=DOLLAR)
    interest, principal = (
        np.array(flow(first, line, count)) for line in ("cash_for_interest", "debt_repaid_cash")
    )
    service = [float(-usd) for usd in interest + principal]
    compare(f"debt service, {years} [USD]", service, [SERVICE] * count, abs=DOLLAR)


@pytest.mark.parametrize(("first", "end"), WINDOWS)
def test_cover_differs_by_tax_and_by_invoices_still_open(first, end, compare):
    """SAM's cover is EBITDA over service; ours counts what customers paid, less tax paid."""
    count = end - first
    service = table("debt_service", MODEL, *changes(first)).filter(pl.col("period") > "2026")
    cash = service["cfads"].to_numpy().reshape(-1, 4)[:count].sum(1) / 100
    due = service["debt_service"].to_numpy().reshape(-1, 4)[:count].sum(1) / 100
    quarters = table("metrics", MODEL, *changes(first)).filter(pl.col("period") > "2026")
    told = quarters["dscr"].to_numpy()[3::4][:count]
    ours = [float(x) for x in cash / due]
    compare(f"cover of year ends, years {first + 1}-{end}", [*map(float, told)], ours, abs=1e-6)
    tax = -np.array(flow(first, "cash_for_tax", count))
    owed = np.array(stock(first, "receivables", count))
    opened = owed - np.array([0.0, *owed[:-1]])
    before = [float(x) for x in (cash + tax + opened) / due]
    known = [e / SERVICE for e in less_salvage(EBITDA, first, end)]
    compare(f"cover before tax and open invoices, years {first + 1}-{end}", before, known, abs=1e-6)
    assert [round(e / SERVICE, 2) for e in EBITDA] == list(COVER)


def test_tax_differs_by_the_basis_of_depreciation(compare):
    """SAM: 85% of cost (half the 30% credit is taken off), a half year first. Ours: all of it, from
    the month in service on, so that December 2025 has a twelfth, and its loss goes to 2026."""
    assert TAX_DEPRECIATION[1] == round(0.85 * COST / YEARS)
    assert TAX_DEPRECIATION[0] == round(0.85 * COST / YEARS / 2)
    income = [e - i - d for e, i, d in zip(EBITDA, INTEREST, TAX_DEPRECIATION, strict=True)]
    published = [f + s for f, s in zip(FEDERAL, STATE, strict=True)]
    compare("SAM's tax at one rate [USD]", [RATE * x for x in income], published, abs=DOLLAR)
    ours = [-usd for usd in flow(0, "cash_for_tax", LAST)]
    yearly = COST / YEARS
    day_before = RUNNING / 12 / 31
    loss = [yearly / 12 + day_before, *[0.0] * (LAST - 1)]
    known = [
        tax + RATE * (theirs - yearly - lost)
        for tax, theirs, lost in zip(published[:LAST], TAX_DEPRECIATION, loss, strict=False)
    ]
    compare("tax paid, years 1-19, by our depreciation [USD]", ours, known, abs=2 * DOLLAR)


def test_book_depreciation_is_by_the_day(compare):
    """SAM has none. Cost over 20 calendar years from 31 December 2025, by their days."""
    days = (dt.date(2045, 12, 31) - dt.date(2025, 12, 31)).days
    ends = [
        (dt.date(year, 12, 31) - dt.date(2025, 12, 30)).days for year in range(2025, 2026 + LAST)
    ]
    known = [COST * (b - a) / days for a, b in pairwise(ends)]
    found = flow(0, "depreciation_and_amortization", LAST)
    compare("book depreciation, years 1-19 [USD]", found, known, abs=DOLLAR)


def pretax_cash() -> list[float]:
    """What a year leaves before tax, had its invoices been paid in it, years 1-19."""
    cash, tax = stock(0, "cash", LAST), flow(0, "cash_for_tax", LAST)
    before = table("statements_monthly", MODEL).filter(pl.col("period") == "2025-12")
    grown = np.diff([before["cash"].item() / 100, *cash])
    owed = np.diff([before["receivables"].item() / 100, *stock(0, "receivables", LAST)])
    return [float(x) for x in grown - np.array(tax) + owed]


def test_cash_before_tax(compare):
    known = PRETAX[:LAST]
    compare("cash flow before tax, years 1-19 [USD]", pretax_cash(), known, abs=2 * DOLLAR)


def test_purchase_and_its_sources(compare):
    lines = table("statements_monthly", MODEL).filter(pl.col("period") == "2025-12")
    for what, line, known in (("cost", "capex_cash", COST), ("loan", "debt_drawn_cash", LOAN)):
        compare(f"{what} of the plant [USD]", lines[line].item() / 100, known, abs=DOLLAR)
    compare("of it paid by shareholders [USD]", float(COST - LOAN), EQUITY, abs=DOLLAR)


def test_rate_of_return_year_by_year(compare):
    """After tax with the investment credit, as if the plant were worth nothing after each year."""
    flows = np.array([-EQUITY, *AFTER_TAX], float)
    found = [round(100 * irr(flows[: n + 2]).value, 2) for n in range(YEARS)]
    compare("cumulative IRR after tax of the published flows [%]", found, CUMULATIVE_IRR)


def test_rate_of_return_of_the_run(compare):
    """Its cash before tax, less the published taxes, with the credit that gpusim does not have."""
    taxes = [f + s for f, s in zip(FEDERAL, STATE, strict=True)]
    after = [cash - tax for cash, tax in zip(pretax_cash(), taxes, strict=False)]
    after[0] += CREDIT
    found = round(100 * irr(np.array([-EQUITY, *after])).value, 2)
    compare("IRR after tax of nineteen years [%]", found, CUMULATIVE_IRR[LAST - 1])
