"""The metrics by period: a declaration each (`metric.Metric`), which everything else loops over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from gpusim.economics.books import measures
from gpusim.economics.books.ledger import COST_LINES
from gpusim.economics.books.statements import line
from gpusim.economics.core import state
from gpusim.economics.core.state import Ints
from gpusim.results.metric import (
    MONTHS_PER_YEAR,
    RATIOS,
    REASONS,
    Better,
    Books,
    Coded,
    Metric,
    Values,
    count,
    flow,
    megawatts,
    movement,
    ratio,
    stock,
    usd,
)
from gpusim.results.payload import LENT, Panel
from gpusim.results.periods import Calendar

OWN_COVER: Final = "dscr."
"""Before the name of a facility: its own cover."""
ENDED: Final = "the firm has ended"
HIGHER, LOWER, NEITHER = Better.HIGHER, Better.LOWER, Better.NEITHER


def _utilisation(books: Books) -> Values:
    """Billed over in-service GPU-hours."""
    billed = books.sums(books.measure(measures.BILLED_GPU_HOURS))
    there = books.sums(books.measure(measures.IN_SERVICE_GPU_HOURS))
    return ratio(billed, there, (there == 0, "no GPUs in service"))


def _dscr(books: Books) -> Values:
    """Cash available for debt service over debt service."""
    return _over_service(books, books.measure(measures.CFADS))


def _operating_cash_cover(books: Books) -> Values:
    """Operating cash flow before interest over debt service."""
    return _over_service(books, books.line("operating_cash_flow") - books.line("cash_for_interest"))


def _net_debt_to_ebitda(books: Books) -> Values:
    """Debt less cash over a year's adjusted EBITDA."""
    net_debt = books.ends(books.line("debt_principal") - books.line("cash"))
    ebitda = books.year(books.line("adjusted_ebitda"))
    none = (ebitda <= 0, "adjusted EBITDA is not positive")
    return ratio(net_debt, ebitda, none, _too_short(books))


def _interest_coverage(books: Books) -> Values:
    """A year's adjusted EBITDA over its interest expense."""
    ebitda, interest = (
        books.year(books.line(name)) for name in ("adjusted_ebitda", "interest_expense")
    )
    return ratio(ebitda, interest, (interest == 0, "no interest expense"), _too_short(books))


def _over_service(books: Books, cash: Ints) -> Values:
    service = books.year(books.measure(measures.DEBT_SERVICE))
    return ratio(books.year(cash), service, (service == 0, "no debt service yet"))


def _too_short(books: Books) -> tuple[npt.NDArray[np.bool_], str]:
    """The periods that end before a year has passed."""
    shape = (len(books.panel.replications), len(books.calendar.names))
    short = books.calendar.last_months < MONTHS_PER_YEAR
    return np.broadcast_to(short, shape), "fewer than four quarters"


def liquidity(panel: Panel) -> Ints:
    """Cash and the revolver that can be drawn, at every month's end [cents]."""
    return line(panel.ledger, "cash") + panel.stocks[:, measures.REVOLVER_AVAILABLE]


def _liquidity(books: Books) -> Values:
    return usd(books.ends(liquidity(books.panel)))


DECLARED: Final = (
    Metric("revenue", "USD", "committed and on-demand revenue of the period", HIGHER),
    Metric("revenue_committed", "USD", "revenue of signed take-or-pay contracts", HIGHER),
    Metric("revenue_on_demand", "USD", "revenue of GPU-hours sold without a commitment", HIGHER),
    *(Metric(line.statement, "USD", line.meaning, LOWER) for line in COST_LINES),
    Metric("impairment", "USD", "servers written down, without cash", LOWER),
    Metric(
        "disposal_gain",
        "USD",
        "gains less losses on hardware that is sold, retired or has failed",
        HIGHER,
    ),
    Metric(
        "operating_income",
        "USD",
        "revenue less the four cost lines and impairment, and gains on disposals",
        HIGHER,
    ),
    Metric(
        "adjusted_operating_income",
        "USD",
        "operating income + stock compensation + amortisation of acquired intangibles + "
        "impairment - gains on disposals",
        HIGHER,
    ),
    Metric("adjusted_ebitda", "USD", "adjusted operating income + depreciation", HIGHER),
    Metric("depreciation_and_amortization", "USD", "all lines", LOWER),
    Metric(
        "interest_expense",
        "USD",
        "face of the income statement, net of capitalised interest",
        LOWER,
    ),
    Metric(
        "interest_expense_debt", "USD", "interest expense without the financing component", LOWER
    ),
    Metric("other_income_net", "USD", "interest income, and debt forgiven by its lender", HIGHER),
    Metric("income_tax", "USD", "current and deferred; a benefit is negative", LOWER),
    Metric("net_income", "USD", "after interest and tax", HIGHER),
    Metric("stock_compensation", "USD", "paid in shares, all lines", LOWER),
    Metric("operating_cash_flow", "USD", "after interest and tax paid", HIGHER),
    Metric(
        "capex_cash",
        "USD",
        "paid to suppliers, deposits and capitalised interest included, vendor credit not",
        LOWER,
    ),
    Metric(
        "capex_accrued",
        "USD",
        "additions to construction in progress",
        LOWER,
        flow(measures.CAPEX_ACCRUED),
    ),
    Metric(
        "capex_in_service",
        "USD",
        "cost moved from construction in progress to service",
        LOWER,
        flow(measures.CAPEX_IN_SERVICE),
    ),
    Metric("cash", "USD", "unrestricted cash at period end", HIGHER),
    Metric("receivables", "USD", "invoiced and not collected, at period end", NEITHER),
    Metric(
        "ppe_net",
        "USD",
        "property and equipment with construction in progress, at period end",
        NEITHER,
    ),
    Metric(
        "construction_in_progress", "USD", "delivered and not in service, at period end", NEITHER
    ),
    Metric(
        "deferred_revenue", "USD", "collected or invoiced and not earned, at period end", NEITHER
    ),
    Metric(
        "debt_principal", "USD", "face of all debt, vendor finance included, at period end", LOWER
    ),
    Metric("equity", "USD", "paid in capital less accumulated deficit, at period end", HIGHER),
    Metric(
        "backlog",
        "USD",
        "unrecognised value of signed contracts, at period end",
        HIGHER,
        stock(measures.BACKLOG),
    ),
    Metric(
        "rpo",
        "USD",
        "part of backlog whose amount is fixed, at period end",
        HIGHER,
        stock(measures.RPO),
    ),
    Metric(
        "backlog_signed",
        "USD",
        "value of contracts signed in the period",
        HIGHER,
        movement(state.SIGNED),
    ),
    Metric(
        "backlog_recognised",
        "USD",
        "backlog that became committed revenue",
        HIGHER,
        movement(state.RECOGNISED),
    ),
    Metric(
        "backlog_cancelled",
        "USD",
        "backlog lost to cancellation by the customer",
        LOWER,
        movement(state.CANCELLED),
    ),
    Metric(
        "backlog_slipped",
        "USD",
        "net value moved out of the period it was planned in; negative when earned back",
        LOWER,
        movement(state.SLIPPED),
    ),
    Metric(
        "contracted_mw",
        "MW",
        "critical IT power of all signed site capacity, at period end",
        HIGHER,
        megawatts(measures.CONTRACTED_MICROWATTS),
    ),
    Metric(
        "powered_mw",
        "MW",
        "handed over and energised, at period end",
        HIGHER,
        megawatts(measures.POWERED_MICROWATTS),
    ),
    Metric(
        "active_mw",
        "MW",
        "IT power of GPUs in service, at period end",
        HIGHER,
        megawatts(measures.ACTIVE_MICROWATTS),
    ),
    Metric(
        "billing_mw",
        "MW",
        "IT power of GPUs that earn revenue, at period end",
        HIGHER,
        megawatts(measures.BILLING_MICROWATTS),
    ),
    Metric(
        "gpus_in_service",
        "GPUs",
        "accepted or in acceptance, at period end",
        HIGHER,
        count(measures.GPUS_IN_SERVICE),
    ),
    Metric(
        "utilisation",
        "share",
        "billed over in-service GPU-hours of the period",
        HIGHER,
        _utilisation,
    ),
    Metric(
        "dscr",
        "ratio",
        "cash available for debt service over debt service, last 12 months or since start",
        HIGHER,
        _dscr,
    ),
    Metric(
        "operating_cash_cover",
        "ratio",
        "operating cash flow before interest, customers' prepayments included, over "
        "debt service, last 12 months or since start",
        HIGHER,
        _operating_cash_cover,
    ),
    Metric(
        "net_debt_to_ebitda",
        "ratio",
        "(debt principal - cash) over adjusted EBITDA of the last 12 months",
        LOWER,
        _net_debt_to_ebitda,
    ),
    Metric(
        "interest_coverage",
        "ratio",
        "adjusted EBITDA over interest expense, last 12 months",
        HIGHER,
        _interest_coverage,
    ),
    Metric(
        "liquidity",
        "USD",
        "cash + revolver that can be drawn today, at period end",
        HIGHER,
        _liquidity,
    ),
)
METRICS: Final = {metric.name: metric for metric in DECLARED}
"""Every metric, in the order of the files."""


def own_cover(name: str, place: int = 0) -> Metric:
    """The debt service cover of a facility: trailing twelve months, or since its first billing.

    See `economics.cover`, which tests it. place: of the facility in `Panel.lent`.
    """

    def cover(books: Books) -> Values:
        panel, last = books.panel, books.calendar.last_months
        months = np.arange(panel.ledger.shape[-1])
        billed = panel.lent[:, place, LENT.index("first_month")]
        counted = months[None, :] >= billed[:, None]
        cash, service = (
            books.year(np.where(counted, panel.cover[:, row, place], 0)) for row in (0, 1)
        )
        none = (billed == 0)[:, None] | (last[None, :] < billed[:, None])
        return ratio(
            cash,
            service,
            (service == 0, "no debt service yet"),
            (none, "none of its contracts has billed"),
        )

    meaning = f"cash of the contracts that {name} finances over its debt service"
    return Metric(f"{OWN_COVER}{name}", "ratio", meaning, HIGHER, cover)


def metric_of(name: str) -> Metric:
    """How a metric reads, also one of a single facility."""
    if name.startswith(OWN_COVER):
        return own_cover(name.removeprefix(OWN_COVER))
    return METRICS[name]


def compute(
    panel: Panel,
    calendar: Calendar,
    facilities: Sequence[str] = (),
    own: Sequence[Coded] = (),
) -> dict[str, Values]:
    """All metrics by period: in the order of `METRICS`, cover by named facility, the user's own.

    facilities: names in the order of `Panel.lent`.
    """
    books = Books(panel, calendar)
    covers = (own_cover(name, place) for place, name in enumerate(facilities))
    metrics = (*DECLARED, *covers, *(one.metric for one in own))
    return {metric.name: value(metric, books) for metric in metrics}


def value(metric: Metric, books: Books) -> Values:
    """A metric by period, undefined where it is a ratio and the firm has ended.

    Amounts and stocks stay as the firm left them.
    """
    found = metric.of(books)
    gone = ~books.calendar.running(books.panel.defaulted)
    if found.reasons is None or metric.unit not in RATIOS or not gone.any():
        return found
    figures, reasons = found.figures.copy(), found.reasons.copy()
    figures[gone], reasons[gone] = np.nan, REASONS.index(ENDED)
    return Values(figures, reasons)


def described(values: Mapping[str, Values], own: Sequence[Coded] = ()) -> dict[str, dict[str, str]]:
    """Unit and meaning by metric, for the file beside the table."""
    mine = {one.metric.name: one.metric for one in own}
    told = {name: mine.get(name) or metric_of(name) for name in values}
    return {name: {"unit": m.unit, "meaning": m.meaning} for name, m in told.items()}
