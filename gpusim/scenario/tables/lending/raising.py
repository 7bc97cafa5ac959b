"""The [raising], [equity.NAME] and [opening_equity] tables: new money for the whole firm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from gpusim.economics.core.money import bought
from gpusim.scenario.language import usual
from gpusim.scenario.language.fields import (
    Date,
    EveryMonths,
    Problem,
    Share,
    SignedRate,
    Table,
    Term,
    Usd,
    plausible,
)
from gpusim.scenario.tables.lending.debt import Price, Seniority
from gpusim.units_of_measure import CENTS_PER_USD, cents_of


class NotesIssue(Table):
    """Senior notes the firm can issue."""

    capacity_usd_per_year: Usd = Field(description="In a calendar year [USD]")
    months: Term = Field(description="From issue to the one repayment [months]")
    margin: SignedRate = Field(
        json_schema_extra=usual.MARGIN,
        description="Of the fixed coupon over the base rate of the day; the market's spread shift "
        "comes on top [1/year]",
    )
    costs_share: Share = Field(
        json_schema_extra=plausible(
            0.002,
            0.1,
            "1.5% in bundled models",
            above="in percent, with the point left out?",
            below="percent?",
        ),
        description="Issue discount and fees [share]",
    )
    every_months: EveryMonths = Field(description="Between coupons: 1, 3, 6 or 12 [months]")
    seniority: Seniority = Field(description="Order within a waterfall step, 0 first [number]")


class EquityIssue(Table):
    """Shares the firm can issue, at operator.share_price_usd."""

    capacity_usd_per_year: Usd = Field(description="In a calendar year [USD]")
    discount: Annotated[float, Field(ge=0, lt=1)] = Field(
        json_schema_extra=plausible(
            0.005,
            0.4,
            "5% in bundled models",
            above="in percent, with the point left out?",
            below="percent?",
        ),
        description="Of the issue price to the market's [share]",
    )
    costs_share: Share = Field(
        json_schema_extra=plausible(
            0.002,
            0.12,
            "2% in bundled models",
            above="in percent, with the point left out?",
            below="percent?",
        ),
        description="Costs of the issue [share]",
    )


class Raising(Table):
    """New money for the whole firm, raised on the first of a month that foresees a need."""

    months_ahead: Annotated[int, Field(ge=1, le=120)] = Field(
        description="How far the firm looks [months]"
    )
    floor_usd: Usd = Field(
        description="Cash and undrawn revolver it wants at every month end until then [USD]"
    )
    smallest_usd: Usd = Field(description="Smallest issue [USD]")
    leverage_cap: Annotated[float, Field(ge=0, le=1000)] = Field(
        json_schema_extra=usual.LEVERAGE,
        description="Net debt over the last month's annualised EBITDA up to which notes find "
        "buyers [ratio]",
    )
    notes: NotesIssue = Field(description="Comes first, where the loan market is open [table]")
    equity: EquityIssue = Field(description="Pays for the rest [table]")


class Equity(Table):
    """Equity that comes in on a day."""

    date: Date = Field(description="Day the money comes in [date]")
    amount_usd: Usd = Field(description="Gross proceeds [USD]")
    costs_usd: Usd = Field(description="Costs of the issue [USD]")
    price_usd_per_share: Price | None = Field(
        default=None, description="Issue price; left out: shares are not counted [USD/share]"
    )

    def problems(self) -> Iterator[Problem]:
        if self.costs_usd > self.amount_usd:
            yield Problem(("costs_usd",), f"{self.costs_usd:,.2f}", "at most amount_usd")


class OpeningEquity(Table):
    """New shares paid for on the as-of day, beside what the opening balance sheet says.

    What they bring after costs is cash and paid-in capital of that day, so that it balances.
    """

    amount_usd: Usd = Field(description="Gross proceeds [USD]")
    price_usd_per_share: Price = Field(description="Issue price [USD/share]")
    costs_usd: Usd = Field(default=0.0, description="Costs of the issue [USD]")

    @property
    def net(self) -> int:
        """What comes in after costs [cents]."""
        return cents_of(self.amount_usd) - cents_of(self.costs_usd)

    @property
    def shares(self) -> int:
        """Whole shares that the gross proceeds buy [shares]."""
        return bought(cents_of(self.amount_usd), self.price_usd_per_share * CENTS_PER_USD)

    def problems(self) -> Iterator[Problem]:
        if self.costs_usd > self.amount_usd:
            yield Problem(("costs_usd",), f"{self.costs_usd:,.2f}", "at most amount_usd")
