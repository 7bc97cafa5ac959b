"""Usual ranges and defaults that several keys share, each with its source, or that are long."""

from __future__ import annotations

from typing import Final

from gpusim.scenario.language.fields import assumed, plausible

GPUS: Final = plausible(
    8,
    2000000,
    "76,000 GPUs in one contract: IREN and Microsoft, models/data/operators_deals.csv",
)
ENERGY_PRICE: Final = plausible(
    0.01,
    0.5,
    "industrial prices of 0.061 to 0.095 in models/data/site_costs.csv",
    above="cents?",
    below="thousands of USD, a MWh's price?",
)
FINANCED_SHARE: Final = plausible(
    0.1, 1, "80% and 85% of cost in models/data/operators_deals.csv", below="cash's share?"
)
PREPAID_SHARE: Final = plausible(
    0.02,
    0.6,
    "15% to 25% in models/data/coreweave_contracts.csv",
    above="in percent, with the point left out?",
    below="percent?",
)
COVER_AT_SIGNING: Final = plausible(
    1,
    4,
    "1.40x of DDTL 3.0, models/data/coreweave_debt_terms.csv",
    above="in percent?",
    below="debt service over cash?",
)
LOAN_TO_VALUE: Final = plausible(
    0.2,
    2,
    "80% and 85% of cost in models/data/operators_deals.csv",
    above="in percent?",
    below="value over loan, or percent?",
)
ADVANCE_RATE: Final = plausible(
    0.2, 1, "80% and 85% of cost in models/data/operators_deals.csv", below="cash's share?"
)
MARGIN: Final = plausible(
    -0.02,
    0.2,
    "coupons and margins of 1.75% to 13% in models/data/coreweave_debt_terms.csv",
    above="in percent, with the point left out?",
)
BASE_FLOOR: Final = plausible(0, 0.08, "floors of 0 to 1%", above="in percent?")
UNDRAWN_FEE: Final = plausible(
    0, 0.03, "0.5% to 1%: models/data/coreweave_debt_terms.csv", above="in percent?"
)
DRAW_DISCOUNT: Final = plausible(
    0.001,
    0.1,
    "up to 1.5% in bundled models",
    above="in percent, with the point left out?",
    below="percent?",
)
UPFRONT_FEE: Final = plausible(
    0.001,
    0.05,
    "as what lenders keep of draws, up to 1.5% in bundled models",
    above="in percent, with the point left out?",
    below="percent?",
)
RESERVE_SHARE: Final = plausible(
    0.002,
    0.25,
    "1% to 4% of what is drawn in models/data/coreweave_debt_terms.csv",
    above="in percent, with the point left out?",
    below="percent?",
)
RUNNING_COST_SHARE: Final = plausible(
    0.03,
    0.8,
    "0.29 to 0.32 of what the master agreement pays",
    above="in percent, with the point left out?",
    below="in percent, with the point left out?",
)
LEVERAGE: Final = plausible(
    1,
    25,
    "CoreWeave at 5.1 in Q4'25, lenders of 2025 bore 6",
    above="in percent?",
    below="of a month's EBITDA?",
)
RENT: Final = plausible(
    0.05,
    25,
    "1.7 to 12.29 in models/data/gpu_rental_prices.csv",
    above="a day's or a month's?",
    below="thousands?",
)
UNRATED: Final = assumed("few customers of a small operator are rated investment grade")
PAYMENT_DAYS: Final = plausible(
    0, 365, "30 to 120 days in models/data/operators_deals.csv"
) | assumed("30 to 120 days in models/data/operators_deals.csv", 15, 60)
LATE_START: Final = assumed(
    "delays moved start and end together at CoreWeave: the customer kept its full term"
)
TAKE_OR_PAY: Final = assumed("88% to 98% of CoreWeave's revenue of 2023 to 2025")
PRICE: Final = plausible(
    0.2,
    25,
    "1.7 to 7.2 in models/data/gpu_rental_prices.csv",
    above="a day's or a month's?",
    below="thousands?",
)
KW_PRICE: Final = plausible(
    40,
    500,
    "rents of 120 to 250 in models/data/site_costs.csv",
    above="a year's, or a MW's?",
    below="a square foot's, or thousands?",
)
CAP_RATE: Final = plausible(
    0.04,
    0.12,
    "let data centres of Digital Realty were sold at 6.0% (2019) and 6.5% (2023); half to twice",
    above="in percent?",
)
FORCED_SALE: Final = plausible(
    0.3,
    1,
    "US supervisors lend 65% of raw land to 85% of improved property, 12 CFR 34 subpart D",
    above="in percent?",
    below="what is lost?",
)
LET_KW: Final = plausible(
    5, 2_000_000, "one rack, up to 590 MW let at once in models/data/site_costs.csv", below="MW?"
)
PUT_PRICE: Final = plausible(
    0.05,
    25,
    "1.7 to 7.2 in models/data/gpu_rental_prices.csv",
    above="a day's or a month's?",
    below="thousands?",
)
