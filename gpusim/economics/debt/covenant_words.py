"""What lenders' tests are called: the one list that stories, reports and pages take them from."""

from __future__ import annotations

from typing import Final, NamedTuple


class Words(NamedTuple):
    """A test of a lender in words."""

    name: str  # "the NAME covenant of ddtl is missed"
    short: str  # on an axis
    limit: str  # "LIMIT of at least 1.40x"
    least: bool  # whether less than the limit is the breach; else more
    unit: str  # of the limit: ratio, share or USD
    missed: str  # field of a month's facts: whose test failed first that day


COVENANTS: Final[dict[str, Words]] = {
    "dscr": Words("debt service cover", "DSCR", "DSCR", True, "ratio", "cover_missed"),
    "minimum_liquidity": Words(
        "cash", "unrestricted cash", "cash", True, "USD", "liquidity_missed"
    ),
    "contract_realisation": Words(
        "contract realisation",
        "contract realisation",
        "contract realisation",
        True,
        "share",
        "realisation_missed",
    ),
    "ltv": Words(
        "loan to value", "LTV on book value", "loan to value", False, "share", "ltv_missed"
    ),
    "ltv_market": Words(
        "loan to resale value",
        "LTV on market value",
        "loan to resale value",
        False,
        "share",
        "ltv_market_missed",
    ),
}
"""By the key of the test in [debt.NAME.covenants]."""
