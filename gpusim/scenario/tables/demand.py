"""The [segments.NAME] and [levers] tables: who asks for capacity, and what the operator signs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from gpusim.scenario.language import usual
from gpusim.scenario.language.fields import (
    Date,
    Days,
    Gpus,
    Months,
    Problem,
    Rate,
    Rating,
    Share,
    Table,
    Term,
    Usd,
    assumed,
    plausible,
)
from gpusim.scenario.tables.contracts import PriceShare
from gpusim.scenario.tables.customers import LatePayment
from gpusim.scenario.tables.sales.prepayments import SegmentPrepayment
from gpusim.scenario.tables.sales.prices import LateCredits, Renewal, ServiceLevel

Arrivals = Annotated[float, Field(ge=0, le=60)]
Ratio = Annotated[float, Field(gt=0, le=10)]
Spread = Annotated[float, Field(ge=0, le=3)]
TermLaw = Literal["fixed", "exponential", "log-normal"]


class StateArrivals(Table):
    """How many customers ask in a year, for each state of the market."""

    glut: Arrivals = Field(description="When GPUs are in glut [1/year]")
    balanced: Arrivals = Field(description="When the market is balanced [1/year]")
    scarce: Arrivals = Field(description="When GPUs are scarce [1/year]")


class SelfBuild(Table):
    """The share of buyers that build for themselves or buy direct instead of asking."""

    share: Share = Field(description="On the as-of day [share]")
    growth_per_year: Annotated[float, Field(ge=-1, le=1)] = Field(
        description="Added each year, within 0 and 1 [share/year]"
    )


class StartLag(Table):
    """When a customer wants to start, counted from the day it asks."""

    planned_days: Days = Field(description="Mean [days]")
    sd_days: Days = Field(description="Standard deviation [days]")


class Segment(Table):
    """Customers that ask alike."""

    rating: Rating = Field(
        default="other",
        json_schema_extra=usual.UNRATED,
        description="Their credit, which sets loan margins [name]",
    )
    gpu: str = Field(description="Generation they want [name]")
    asks_from: Date | None = Field(
        default=None,
        alias="from",
        description="Asks from the first whole month on or after this day; left out: from the "
        "as-of day on [date]",
    )
    arrivals_per_year: StateArrivals = Field(description="How often one asks [table]")
    self_build: SelfBuild = Field(
        default=SelfBuild(share=0.0, growth_per_year=0.0),
        json_schema_extra=assumed("small buyers do not build", relative=0.0),
        description="Who builds for itself instead [table]",
    )
    gpus_median: Annotated[
        int,
        Field(
            json_schema_extra=plausible(
                1,
                200000,
                "76,000 GPUs in one contract: IREN and Microsoft, models/data/operators_deals.csv",
            ),
            gt=0,
            le=10_000_000,
        ),
    ] = Field(description="Median size of an offer [GPUs]")
    gpus_log_sd: Spread = Field(
        default=0.7,
        json_schema_extra=plausible(
            0.05,
            2,
            "0.4 to 0.9 in bundled models",
            above="the size itself, or in percent?",
        )
        | assumed("0.4 to 0.9 in bundled models", 0.4, 0.9),
        description="Spread of the logarithm of the size [number]",
    )
    gpus_multiple: Annotated[int, Field(gt=0, le=100_000)] = Field(
        default=8,
        json_schema_extra=assumed("servers of eight", 1, 72),
        description="Sizes are multiples of this [GPUs]",
    )
    term_months: tuple[Term, ...] = Field(description="Terms they may want [list of months]")
    term_weights: tuple[Share, ...] = Field(description="How often each, sum 1 [list of shares]")
    term_law: TermLaw = Field(
        default="fixed",
        description="fixed: one of those terms; exponential, log-normal: that term is the mean of "
        "the law from which the customer's own is drawn [name]",
    )
    term_sd_share: Spread = Field(
        json_schema_extra=plausible(
            0.02,
            1.5,
            "terms of 2 months to 15 years in models/data/operators_deals.csv",
            above="months?",
        ),
        default=0.0,
        description="Standard deviation of a log-normal term over its mean [share]",
    )
    start: StartLag = Field(
        default=StartLag(planned_days=60, sd_days=30),
        json_schema_extra=assumed("7 to 420 days in bundled models", relative=0.8),
        description="When they want to start [table]",
    )
    prepayment: SegmentPrepayment = Field(
        default=SegmentPrepayment(
            chance=0.0, share=0.0, days_before_start=0, credited_months=(1, 1)
        ),
        json_schema_extra=assumed("nobody pays ahead, unless it is stated", relative=0.0),
        description="What they pay ahead [table]",
    )
    willingness: Ratio = Field(
        default=1.05,
        json_schema_extra=plausible(
            0.5,
            3,
            "contracts at 1.05 to 1.12 times the term prices of the market",
            above="in percent?",
            below="the markup alone?",
        )
        | assumed(
            "1.02 to 1.35 times the market's price for the term in bundled models",
            1.0,
            1.35,
        ),
        description="Median of the highest price accepted, over the market's for the term [ratio]",
    )
    willingness_log_sd: Spread = Field(
        default=0.12,
        json_schema_extra=plausible(
            0.01,
            0.7,
            "contracts at 1.05 to 1.12 times the term prices of the market",
            above="in percent?",
        )
        | assumed("0.08 to 0.15 in bundled models", 0.05, 0.2),
        description="Spread of its logarithm [number]",
    )
    payment_days: Days = Field(
        default=30,
        json_schema_extra=assumed("30 to 120 days in models/data/operators_deals.csv", 15, 60),
        description="From invoice to cash [days]",
    )
    late_payment: LatePayment | None = Field(
        default=None,
        description="Invoices of months that are paid after their day, each by its own chance; "
        "left out: all are paid on it [table]",
    )
    exit_notice_days: Days = Field(
        default=0,
        json_schema_extra=assumed("nobody may leave early, unless it is stated", 0, 90),
        description="Notice to leave; 0: no such right [days]",
    )
    exit_price_share: PriceShare = Field(
        default=0.0,
        json_schema_extra=assumed("nobody may leave early, unless it is stated", 0, 0.8),
        description="Gives notice when the market falls below this share of its price [share]",
    )
    long_stop_days: Days = Field(
        default=0,
        json_schema_extra=assumed("nobody may cancel a late start, unless it is stated", 0, 180),
        description="Late start after which it may cancel [days]",
    )
    long_stop_use: Share = Field(
        default=1.0,
        json_schema_extra=assumed("who may cancel a late start does", 0, 1),
        description="Chance that it then cancels [share]",
    )
    renewal: Renewal = Field(
        default=Renewal(chance=0.0, term_months=12),
        json_schema_extra=assumed("terms end, unless it is stated", relative=0.0),
        description="At the end of the term [table]",
    )
    sla: ServiceLevel | None = Field(
        default=None,
        description="Credits for missing GPU-hours; left out: those hours are not paid [table]",
    )
    late_credits: LateCredits | None = Field(
        default=None,
        description="Credits for a late start, liquidated damages; left out: none [table]",
    )

    def problems(self) -> Iterator[Problem]:
        if not self.term_months:
            yield Problem(("term_months",), "an empty list", "at least one term")
        if len(self.term_months) != len(self.term_weights):
            yield Problem(
                ("term_weights",),
                f"{len(self.term_weights)} weights",
                f"one for each of the {len(self.term_months)} terms",
            )
        elif abs(sum(self.term_weights) - 1.0) > 1e-9:
            yield Problem(("term_weights",), f"a sum of {sum(self.term_weights):g}", "a sum of 1")
        if (self.term_law == "log-normal") != (self.term_sd_share > 0):
            yield Problem(
                ("term_sd_share",),
                f"{self.term_sd_share:g} with term_law {self.term_law}",
                "above 0 with a log-normal term, 0 with any other",
            )


class Levers(Table):
    """What the operator decides about new business."""

    takes_offers: bool = Field(
        default=True,
        json_schema_extra=assumed("who names its levers signs"),
        description="false: it signs nobody new [flag]",
    )
    price_markup: Ratio = Field(
        default=1.0,
        json_schema_extra=plausible(
            0.5,
            2,
            "contracts at 1.05 to 1.12 times the term prices of the market",
            above="in percent?",
            below="the markup alone?",
        )
        | assumed("it asks what the market asks", 0.9, 1.15),
        description="Its ask over the market's price for the term [ratio]",
    )
    hurdle_margin: Annotated[float, Field(ge=-1, le=10)] = Field(
        default=0.1,
        json_schema_extra=assumed("a tenth over full cost", 0, 0.3),
        description="Least margin of the ask over the cost of a GPU-hour [ratio]",
    )
    capital_rate: Rate = Field(
        default=0.12,
        json_schema_extra=plausible(
            0.02,
            0.3,
            "effective rates of 9% to 15% in models/data/coreweave_debt_terms.csv",
            above="in percent, with the point left out?",
            below="a month's?",
        )
        | assumed(
            "effective rates of 9% to 15% in models/data/coreweave_debt_terms.csv", 0.08, 0.16
        ),
        description="Rate at which hardware is recovered over its economic life [1/year]",
    )
    minimum_term_months: Months = Field(
        default=0,
        json_schema_extra=assumed("any term", 0, 36),
        description="Shortest term it signs; 0: any [months]",
    )
    maximum_term_months: Term = Field(
        default=60,
        json_schema_extra=assumed("five years, the longest of most deals", 12, 84),
        description="Longest term it signs [months]",
    )
    minimum_prepayment: Share = Field(
        default=0.0,
        json_schema_extra=usual.PREPAID_SHARE | assumed("none is asked for", 0, 0.25),
        description="Least prepayment it accepts [share]",
    )
    investment_grade_only: bool = Field(
        default=False,
        json_schema_extra=assumed("anybody who passes the other levers"),
        description="true: signs no other customer [flag]",
    )
    concentration_cap: Share = Field(
        default=1.0,
        json_schema_extra=assumed("no cap", 0.3, 1),
        description="Largest share of the backlog a new contract may be [share]",
    )
    contract_share: Annotated[float, Field(ge=0, le=2)] = Field(
        default=1.0,
        json_schema_extra=assumed("all may be under contract", 0.3, 2),
        description="Largest share of GPUs in service and on order under contract; 2: any [share]",
    )
    leverage_cap: Annotated[float, Field(ge=0, le=1000)] = Field(
        default=0.0,
        json_schema_extra=usual.LEVERAGE | assumed("no cap", 0, 8),
        description="Net debt over the last month's annualised EBITDA above which it signs "
        "nothing; 0: none [ratio]",
    )
    build_ahead_share: Annotated[float, Field(ge=0, le=2)] = Field(
        default=0.0,
        json_schema_extra=plausible(0.005, 1, "up to 0.1 in bundled models")
        | assumed("GPUs are bought for customers only", 0, 0.2),
        description="Uncommitted GPUs it keeps, over those committed [share]",
    )
    build_gpu: str = Field(default="", description="Generation it builds ahead [name]")
    vendor: str = Field(default="", description='Vendor line or lease of new orders, or "" [name]')
    vendor_share: Share = Field(
        default=0.0,
        json_schema_extra=assumed("no supplier lends", 0, 0.3),
        description="Share of their cost on it [share]",
    )
    programme: bool = Field(
        default=False,
        json_schema_extra=assumed("no loan closes for new contracts, unless it is stated"),
        description="true: a loan closes for each new contract [flag]",
    )
    refresh_age_days: Days = Field(
        default=0, description="Free GPUs older than this are sold; 0: at their life's end [days]"
    )
    liquidity_floor_usd: Usd = Field(
        default=0.0,
        description="Signs and builds nothing that takes its outlook of cash and undrawn revolver "
        "below this [USD]",
    )
    liquidity_months: Annotated[int, Field(ge=0, le=120)] = Field(
        default=0, description="How far that outlook reaches; 0: no such test [months]"
    )
    raising_share: Share = Field(
        default=0.0,
        description="Of what [raising] allows in a year, counted as there in that outlook [share]",
    )
    waiting_gpus: Gpus = Field(
        json_schema_extra=plausible(
            1,
            2000000,
            "76,000 GPUs in one contract: IREN and Microsoft, models/data/operators_deals.csv",
        ),
        default=0,
        description="GPUs of a generation that it signs for where none are idle and no site has "
        "power: those customers wait, in turn, until the terms of others end [GPUs]",
    )

    def problems(self) -> Iterator[Problem]:
        if self.minimum_term_months > self.maximum_term_months:
            yield Problem(
                ("minimum_term_months",),
                f"{self.minimum_term_months}",
                f"at most maximum_term_months, {self.maximum_term_months}",
            )
        if self.build_ahead_share > 0 and not self.build_gpu:
            yield Problem(("build_gpu",), "nothing", "a generation, because it builds ahead")
