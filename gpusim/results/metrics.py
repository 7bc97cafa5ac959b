"""The metrics: what each is called, its unit, its meaning, and how it follows from the books.

A metric is an array [replications, periods]. An undefined figure is NaN here, null in every file,
and has a reason: a place in `REASONS`, 0 where the figure is defined.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from gpusim.economics.books import measures
from gpusim.economics.books.statements import BALANCE, line
from gpusim.economics.core import state
from gpusim.economics.core.state import Floats, Ints
from gpusim.results.payload import LENT, Panel
from gpusim.results.periods import Calendar, ends, sums, trailing
from gpusim.units_of_measure import CENTS_PER_USD

Codes = npt.NDArray[np.int8]

MICROWATTS_PER_MW: Final = 1e12
MONTHS_PER_YEAR: Final = 12
OWN_COVER: Final = "dscr."
"""Before the name of a facility: its own cover."""

REASONS: Final = (
    "",
    "no debt service yet",
    "fewer than four quarters",
    "adjusted EBITDA is not positive",
    "no interest expense",
    "no GPUs in service",
    "none of its contracts has billed",
    "no revenue",
    "the firm has ended",
)
NO_SERVICE, TOO_SHORT, NO_EBITDA, NO_INTEREST, NO_GPUS, NO_BILLING, NO_REVENUE = 1, 2, 3, 4, 5, 6, 7
ENDED = 8


class Metric(NamedTuple):
    """How a metric reads."""

    unit: str
    meaning: str


METRICS: Final[dict[str, Metric]] = {
    "revenue": Metric("USD", "committed and on-demand revenue of the period"),
    "revenue_committed": Metric("USD", "revenue of signed take-or-pay contracts"),
    "revenue_on_demand": Metric("USD", "revenue of GPU-hours sold without a commitment"),
    "cost_of_revenue": Metric(
        "USD", "rent, power, site costs and depreciation of power equipment and improvements"
    ),
    "technology_and_infrastructure": Metric("USD", "server depreciation and engineering"),
    "sales_and_marketing": Metric("USD", "includes amortisation of acquired intangibles"),
    "general_and_administrative": Metric("USD", "overheads, stock compensation included"),
    "impairment": Metric("USD", "servers written down, without cash"),
    "disposal_gain": Metric(
        "USD", "gains less losses on hardware that is sold, retired or has failed"
    ),
    "operating_income": Metric(
        "USD", "revenue less the four cost lines and impairment, and gains on disposals"
    ),
    "adjusted_operating_income": Metric(
        "USD",
        "operating income + stock compensation + amortisation of acquired intangibles + impairment "
        "- gains on disposals",
    ),
    "adjusted_ebitda": Metric("USD", "adjusted operating income + depreciation"),
    "depreciation_and_amortization": Metric("USD", "all lines"),
    "interest_expense": Metric("USD", "face of the income statement, net of capitalised interest"),
    "interest_expense_debt": Metric("USD", "interest expense without the financing component"),
    "other_income_net": Metric("USD", "interest income, and debt forgiven by its lender"),
    "income_tax": Metric("USD", "current and deferred; a benefit is negative"),
    "net_income": Metric("USD", "after interest and tax"),
    "stock_compensation": Metric("USD", "paid in shares, all lines"),
    "operating_cash_flow": Metric("USD", "after interest and tax paid"),
    "capex_cash": Metric(
        "USD", "paid to suppliers, deposits and capitalised interest included, vendor credit not"
    ),
    "capex_accrued": Metric("USD", "additions to construction in progress"),
    "capex_in_service": Metric("USD", "cost moved from construction in progress to service"),
    "cash": Metric("USD", "unrestricted cash at period end"),
    "receivables": Metric("USD", "invoiced and not collected, at period end"),
    "ppe_net": Metric("USD", "property and equipment with construction in progress, at period end"),
    "construction_in_progress": Metric("USD", "delivered and not in service, at period end"),
    "deferred_revenue": Metric("USD", "collected or invoiced and not earned, at period end"),
    "debt_principal": Metric("USD", "face of all debt, vendor finance included, at period end"),
    "equity": Metric("USD", "paid in capital less accumulated deficit, at period end"),
    "backlog": Metric("USD", "unrecognised value of signed contracts, at period end"),
    "rpo": Metric("USD", "part of backlog whose amount is fixed, at period end"),
    "backlog_signed": Metric("USD", "value of contracts signed in the period"),
    "backlog_recognised": Metric("USD", "backlog that became committed revenue"),
    "backlog_cancelled": Metric("USD", "backlog lost to cancellation by the customer"),
    "backlog_slipped": Metric(
        "USD", "net value moved out of the period it was planned in; negative when earned back"
    ),
    "contracted_mw": Metric("MW", "critical IT power of all signed site capacity, at period end"),
    "powered_mw": Metric("MW", "handed over and energised, at period end"),
    "active_mw": Metric("MW", "IT power of GPUs in service, at period end"),
    "billing_mw": Metric("MW", "IT power of GPUs that earn revenue, at period end"),
    "gpus_in_service": Metric("GPUs", "accepted or in acceptance, at period end"),
    "utilisation": Metric("share", "billed over in-service GPU-hours of the period"),
    "dscr": Metric(
        "ratio", "cash available for debt service over debt service, last 12 months or since start"
    ),
    "operating_cash_cover": Metric(
        "ratio",
        "operating cash flow before interest, customers' prepayments included, over debt service, "
        "last 12 months or since start",
    ),
    "net_debt_to_ebitda": Metric(
        "ratio", "(debt principal - cash) over adjusted EBITDA of the last 12 months"
    ),
    "interest_coverage": Metric("ratio", "adjusted EBITDA over interest expense, last 12 months"),
    "liquidity": Metric("USD", "cash + revolver that can be drawn today, at period end"),
}
"""Every metric, in the order of the files."""

STOCK_FLOWS: Final = {
    "capex_accrued": measures.CAPEX_ACCRUED,
    "capex_in_service": measures.CAPEX_IN_SERVICE,
}
STOCK_CENTS: Final = {"backlog": measures.BACKLOG, "rpo": measures.RPO}
STOCK_MICROWATTS: Final = {
    "contracted_mw": measures.CONTRACTED_MICROWATTS,
    "powered_mw": measures.POWERED_MICROWATTS,
    "active_mw": measures.ACTIVE_MICROWATTS,
    "billing_mw": measures.BILLING_MICROWATTS,
}
MOVEMENTS: Final = {
    "backlog_signed": state.SIGNED,
    "backlog_recognised": state.RECOGNISED,
    "backlog_cancelled": state.CANCELLED,
    "backlog_slipped": state.SLIPPED,
}


class Values(NamedTuple):
    """One metric of a run."""

    figures: Floats  # [replications, periods]; NaN where undefined
    reasons: Codes | None  # [replications, periods]; None: always defined


def metric_of(name: str) -> Metric:
    """How a metric reads, also one of a single facility."""
    if name.startswith(OWN_COVER):
        own = name.removeprefix(OWN_COVER)
        return Metric("ratio", f"cash of the contracts that {own} finances over its debt service")
    return METRICS[name]


def compute(panel: Panel, calendar: Calendar, facilities: Sequence[str] = ()) -> dict[str, Values]:
    """All metrics by period, in the order of `METRICS`, then the cover of each named facility."""
    values = _lines(panel, calendar)
    values |= {
        name: _usd(sums(panel.stocks[:, row], calendar)) for name, row in STOCK_FLOWS.items()
    }
    values |= {
        name: _usd(ends(panel.stocks[:, row], calendar)) for name, row in STOCK_CENTS.items()
    }
    values |= {
        name: Values(ends(panel.stocks[:, row], calendar) / MICROWATTS_PER_MW, None)
        for name, row in STOCK_MICROWATTS.items()
    }
    values |= {
        name: _usd(panel.backlog.movement(calendar, move)) for name, move in MOVEMENTS.items()
    }
    gpus = ends(panel.stocks[:, measures.GPUS_IN_SERVICE], calendar)
    values["gpus_in_service"] = Values(gpus.astype(np.float64), None)
    values |= _ratios(panel, calendar)
    told = {name: values[name] for name in METRICS} | own_cover(panel, calendar, facilities)
    gone = ~calendar.running(panel.defaulted)
    return {name: _while_running(value, gone) for name, value in told.items()}


def own_cover(panel: Panel, calendar: Calendar, facilities: Sequence[str]) -> dict[str, Values]:
    """Debt service cover by facility, trailing twelve months or since its contracts billed first.

    See `economics.cover`, which tests it. facilities: names in the order of `Panel.lent`.
    """
    told: dict[str, Values] = {}
    months = np.arange(panel.ledger.shape[-1])
    last = calendar.last_months
    for place, name in enumerate(facilities):
        billed = panel.lent[:, place, LENT.index("first_month")]
        counted = months[None, :] >= billed[:, None]
        cash, service = (
            trailing(np.where(counted, panel.cover[:, row, place], 0), calendar, MONTHS_PER_YEAR)
            for row in (0, 1)
        )
        none = (billed == 0)[:, None] | (last[None, :] < billed[:, None])
        told[OWN_COVER + name] = _ratio(
            cash, service, (service == 0, NO_SERVICE), (none, NO_BILLING)
        )
    return told


def liquidity(panel: Panel) -> Ints:
    """Cash and the revolver that can be drawn, at every month's end [cents]."""
    return line(panel.ledger, "cash") + panel.stocks[:, measures.REVOLVER_AVAILABLE]


def described(values: Mapping[str, Values]) -> dict[str, dict[str, str]]:
    """Unit and meaning by metric, for the file beside the table."""
    told = {name: metric_of(name) for name in values}
    return {name: {"unit": m.unit, "meaning": m.meaning} for name, m in told.items()}


def _lines(panel: Panel, calendar: Calendar) -> dict[str, Values]:
    from_books = (
        set(METRICS)
        - set(STOCK_FLOWS)
        - set(STOCK_CENTS)
        - set(STOCK_MICROWATTS)
        - set(MOVEMENTS)
        - {"gpus_in_service", "utilisation", "dscr", "net_debt_to_ebitda", "interest_coverage"}
        - {"operating_cash_cover", "liquidity"}
    )
    pick = {name: ends if name in BALANCE else sums for name in from_books}
    return {name: _usd(pick[name](line(panel.ledger, name), calendar)) for name in from_books}


def _ratios(panel: Panel, calendar: Calendar) -> dict[str, Values]:
    stocks, ledger = panel.stocks, panel.ledger

    def year(flow: Ints) -> Ints:
        return trailing(flow, calendar, MONTHS_PER_YEAR)

    ebitda = year(line(ledger, "adjusted_ebitda"))
    interest = year(line(ledger, "interest_expense"))
    net_debt = ends(line(ledger, "debt_principal") - line(ledger, "cash"), calendar)
    too_short = np.broadcast_to(calendar.last_months < MONTHS_PER_YEAR, ebitda.shape)
    service = year(stocks[:, measures.DEBT_SERVICE])
    before_interest = line(ledger, "operating_cash_flow") - line(ledger, "cash_for_interest")
    in_service = sums(stocks[:, measures.IN_SERVICE_GPU_HOURS], calendar)
    return {
        "utilisation": _ratio(
            sums(stocks[:, measures.BILLED_GPU_HOURS], calendar),
            in_service,
            (in_service == 0, NO_GPUS),
        ),
        "dscr": _ratio(year(stocks[:, measures.CFADS]), service, (service == 0, NO_SERVICE)),
        "operating_cash_cover": _ratio(year(before_interest), service, (service == 0, NO_SERVICE)),
        "net_debt_to_ebitda": _ratio(
            net_debt, ebitda, (ebitda <= 0, NO_EBITDA), (too_short, TOO_SHORT)
        ),
        "interest_coverage": _ratio(
            ebitda, interest, (interest == 0, NO_INTEREST), (too_short, TOO_SHORT)
        ),
        "liquidity": _usd(ends(liquidity(panel), calendar)),
    }


def _while_running(value: Values, gone: npt.NDArray[np.bool_]) -> Values:
    """A ratio is undefined once the firm has ended; amounts and stocks stay as it left them.

    gone [replications, periods].
    """
    if value.reasons is None or not gone.any():
        return value
    figures, reasons = value.figures.copy(), value.reasons.copy()
    figures[gone], reasons[gone] = np.nan, ENDED
    return Values(figures, reasons)


def _ratio(
    numerator: Ints, denominator: Ints, *undefined: tuple[npt.NDArray[np.bool_], int]
) -> Values:
    """A quotient; where a condition holds it is undefined, for the last condition's reason."""
    reasons = np.zeros(numerator.shape, np.int8)
    for where, code in undefined:
        reasons[where] = code
    quotient = np.full(numerator.shape, np.nan)
    np.divide(numerator, denominator, out=quotient, where=reasons == 0)
    return Values(quotient, reasons)


def _usd(cents: Ints) -> Values:
    return Values(cents / CENTS_PER_USD, None)
