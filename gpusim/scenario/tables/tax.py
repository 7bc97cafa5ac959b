"""The [tax] and [overheads.NAME] tables."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gpusim.scenario.language.fields import Life, Share, SignedRate, Table, Usd, plausible


class TaxOpening(Table):
    """Tax attributes on the as-of day."""

    losses_usd: Usd = Field(default=0.0, description="Losses carried forward [USD]")
    disallowed_interest_usd: Usd = Field(
        default=0.0, description="Disallowed interest carried forward [USD]"
    )
    ppe_basis_usd: Usd = Field(default=0.0, description="Tax basis of property and equipment [USD]")


class Tax(Table):
    """Income tax: current on taxable income, deferred on the differences."""

    rate: Share = Field(
        json_schema_extra=plausible(
            0.05,
            0.45,
            "21% federal and some 4 points of state tax, 26 U.S.C. 11",
            above="in percent?",
            below="the state's alone?",
        ),
        description="Enacted rate, federal and state [share]",
    )
    interest_cap_share: Share = Field(
        json_schema_extra=plausible(0.1, 1, "30%: 26 U.S.C. 163(j)", below="percent?"),
        description="Net interest is deductible up to this share of tax EBITDA [share]",
    )
    loss_cap_share: Share = Field(
        json_schema_extra=plausible(0.3, 1, "80%: 26 U.S.C. 172", below="what stays taxed?"),
        description="Losses carried forward cover up to this share of taxable income [share]",
    )
    bonus_depreciation: Share = Field(
        json_schema_extra=plausible(
            0.2, 1, "100% now, 80% to 20% before: 26 U.S.C. 168(k)", below="percent?"
        ),
        description="Share of cost deducted when placed in service [share]",
    )
    life_years: Life = Field(
        description="The rest is deducted straight line over this time [years]"
    )
    advance_payment_share: Share = Field(
        description="Share of prepayments taxed the year after receipt, not when earned [share]"
    )
    opening: TaxOpening = Field(
        default=TaxOpening(), description="Attributes on the as-of day [table]"
    )


class Overhead(Table):
    """A cost that is not a site's: the sum of the parts that are given."""

    line: Literal["cost-of-revenue", "technology", "sales", "administration"] = Field(
        description="Line of the income statement [name]"
    )
    monthly_usd: Usd = Field(
        json_schema_extra=plausible(
            100,
            1000000000,
            "CoreWeave's overheads, some 100m a month, models/data/coreweave_quarterly.csv",
            above="a year's, or cents?",
            below="thousands or millions?",
        ),
        default=0.0,
        description="Fixed part in the first month [USD/month]",
    )
    growth_per_year: SignedRate = Field(
        json_schema_extra=plausible(
            -0.5, 1, "overheads that at most double in a year", above="in percent?"
        ),
        default=0.0,
        description="Growth of the fixed part [1/year]",
    )
    revenue_share: Share = Field(
        json_schema_extra=plausible(
            0.001,
            0.6,
            "0.5% to 15% in bundled models",
            above="in percent, with the point left out?",
            below="percent?",
        ),
        default=0.0,
        description="Part that follows revenue [share]",
    )
    usd_per_kw_month: Annotated[
        float,
        Field(
            json_schema_extra=plausible(
                0.1,
                100,
                "site costs in models/data/site_costs.csv",
                above="a year's, or a MW's?",
                below="thousands?",
            ),
            ge=0,
            le=10_000,
        ),
    ] = Field(default=0.0, description="Part that follows active IT power [USD/kW-month]")
    stock_share: Share = Field(default=0.0, description="Share of the whole paid in shares [share]")
