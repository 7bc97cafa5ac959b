"""The metrics by period: a declaration each (`metric.Metric`), which everything else loops over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from gpusim.economics.books import measures
from gpusim.economics.books.ledger import COST_LINES
from gpusim.economics.core import state
from gpusim.results.formulas import firm, lenders, market
from gpusim.results.metric import (
    ENDED,
    RATIOS,
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
    undefined_where,
    usd,
)
from gpusim.results.payload import Panel
from gpusim.results.periods import Calendar

if TYPE_CHECKING:
    from gpusim.results.replications.covenants import Covenant

HIGHER, LOWER, NEITHER = Better.HIGHER, Better.LOWER, Better.NEITHER


def _utilisation(books: Books) -> Values:
    """Billed over in-service GPU-hours."""
    billed = books.sums(books.measure(measures.BILLED_GPU_HOURS))
    there = books.sums(books.measure(measures.IN_SERVICE_GPU_HOURS))
    return ratio(billed, there, (there == 0, "no GPUs in service"))


def _liquidity(books: Books) -> Values:
    """Cash and the revolver that can be drawn, at the period's end."""
    return usd(books.ends(firm.liquidity(books.panel)))


DECLARED: Final = (
    Metric("revenue", "USD", "committed, on-demand and recharged revenue of the period", HIGHER),
    Metric(
        "revenue_committed",
        "USD",
        "revenue of signed contracts: take-or-pay, backstops that are put, colocation",
        HIGHER,
    ),
    Metric(
        "revenue_colocation",
        "USD",
        "of committed revenue, that of contracts of kind colocation",
        HIGHER,
        flow(measures.COLOCATION_REVENUE),
    ),
    Metric("revenue_on_demand", "USD", "revenue of GPU-hours sold without a commitment", HIGHER),
    Metric("revenue_recharged", "USD", "power that tenants used and pay for at its cost", NEITHER),
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
        "paid to suppliers, deposits and capitalised interest included; not vendor credit, nor "
        "finance leases",
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
        "debt_principal",
        "USD",
        "face of all debt, vendor finance and finance leases included, at period end",
        LOWER,
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
        "IT power of GPUs in service and of what is let to tenants, at period end",
        HIGHER,
        megawatts(measures.ACTIVE_MICROWATTS),
    ),
    Metric(
        "billing_mw",
        "MW",
        "IT power of GPUs under contract and of what is let to tenants, at period end",
        HIGHER,
        megawatts(measures.BILLING_MICROWATTS),
    ),
    Metric(
        "let_mw",
        "MW",
        "IT power let to tenants, at period end",
        HIGHER,
        megawatts(measures.LET_MICROWATTS),
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
        firm.dscr,
    ),
    Metric(
        "operating_cash_cover",
        "ratio",
        "operating cash flow before interest, customers' prepayments included, over "
        "debt service, last 12 months or since start",
        HIGHER,
        firm.operating_cash_cover,
    ),
    Metric(
        "net_debt_to_ebitda",
        "ratio",
        "(debt principal - cash) over adjusted EBITDA of the last 12 months",
        LOWER,
        firm.net_debt_to_ebitda,
    ),
    Metric(
        "net_debt_to_annualised_ebitda",
        "ratio",
        "(debt principal - cash) over four times adjusted EBITDA of the last three months",
        LOWER,
        firm.annualised_net_debt,
    ),
    Metric(
        "ltv",
        "share",
        "debt principal less restricted cash over book value of property and equipment",
        LOWER,
        firm.loan_to_value(firm.book_value),
    ),
    Metric(
        "ltv_market",
        "share",
        "debt principal less restricted cash over book value of property and equipment, with "
        "what GPUs in service would fetch for that of servers, and own buildings at market value",
        LOWER,
        firm.where_resold(firm.loan_to_value(firm.market_value)),
    ),
    Metric(
        "resale_value",
        "USD",
        "what GPUs in service would fetch, at period end",
        HIGHER,
        firm.where_resold(stock(measures.RESALE_VALUE)),
    ),
    Metric(
        "building_value",
        "USD",
        "market value of own buildings in use that have a cap rate: their let power at its income "
        "over that rate, the rest at cost less depreciation, at period end",
        HIGHER,
        stock(measures.BUILDING_VALUE),
    ),
    Metric(
        "interest_coverage",
        "ratio",
        "adjusted EBITDA over interest expense, last 12 months",
        HIGHER,
        firm.interest_coverage,
    ),
    Metric(
        "liquidity",
        "USD",
        "cash + revolver that can be drawn today, at period end",
        HIGHER,
        _liquidity,
    ),
    Metric(
        "base_rate", "1/year", "base rate, mean of the period's months", NEITHER, market.base_rate
    ),
    Metric(
        "market_scarce",
        "share",
        "share of the period's months in which GPUs are scarce",
        NEITHER,
        market.months_in("scarce"),
    ),
    Metric(
        "market_glut",
        "share",
        "share of the period's months in which there is a glut of GPUs",
        NEITHER,
        market.months_in("glut"),
    ),
)
METRICS: Final = {metric.name: metric for metric in DECLARED}
"""Every metric, in the order of the files."""


def metric_of(name: str) -> Metric:
    """How a metric reads, also one of a single facility, covenant or GPU."""
    return METRICS[name] if name in METRICS else lenders.metric_of(name)


def compute(
    panel: Panel,
    calendar: Calendar,
    facilities: Sequence[str] = (),
    own: Sequence[Coded] = (),
    covenants: Sequence[Covenant] = (),
    gpus: Sequence[str] = (),
) -> dict[str, Values]:
    """All metrics by period: in the order of `METRICS`, of loans, covenants, GPUs, the user's own.

    facilities: names in the order of `Panel.lent`; covenants: in that of `Panel.tests`; gpus: of
    generations, in that of `Panel.market`.
    """
    books = Books(panel, calendar, covenants)
    known = lenders.known(facilities, covenants, gpus).values()
    of_subjects = (metric for metric in known if lenders.by_period(metric.name))
    metrics = (*DECLARED, *of_subjects, *(one.metric for one in own))
    return {metric.name: value(metric, books) for metric in metrics}


def value(metric: Metric, books: Books) -> Values:
    """A metric by period, undefined where it is a ratio and the firm has ended.

    Amounts and stocks stay as the firm left them.
    """
    found = metric.of(books)
    if found.reasons is None or metric.unit not in RATIOS:
        return found
    return undefined_where(found, ~books.calendar.running(books.panel.defaulted), ENDED)


def described(values: Mapping[str, Values], own: Sequence[Coded] = ()) -> dict[str, dict[str, str]]:
    """Unit and meaning by metric, for the file beside the table."""
    mine = {one.metric.name: one.metric for one in own}
    told = {name: mine.get(name) or metric_of(name) for name in values}
    return {name: {"unit": m.unit, "meaning": m.meaning} for name, m in told.items()}
