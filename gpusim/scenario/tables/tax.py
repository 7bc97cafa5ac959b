"""The [tax] table."""

from __future__ import annotations

from pydantic import Field

from gpusim.scenario.language.fields import Life, Share, Table, Usd, assumed, plausible


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
        default=0.25,
        json_schema_extra=plausible(
            0.05,
            0.45,
            "21% federal and some 4 points of state tax, 26 U.S.C. 11",
            above="in percent?",
            below="the state's alone?",
        )
        | assumed("21% federal (26 U.S.C. 11) and about 4 points of state tax", 0.22, 0.27),
        description="Enacted rate, federal and state [share]",
    )
    interest_cap_share: Share = Field(
        default=0.30,
        json_schema_extra=plausible(0.1, 1, "30%: 26 U.S.C. 163(j)", below="percent?")
        | assumed("26 U.S.C. 163(j)", 0.30, 0.30),
        description="Net interest is deductible up to this share of tax EBITDA [share]",
    )
    loss_cap_share: Share = Field(
        default=0.80,
        json_schema_extra=plausible(0.3, 1, "80%: 26 U.S.C. 172", below="what stays taxed?")
        | assumed("26 U.S.C. 172(a)(2)", 0.80, 0.80),
        description="Losses carried forward cover up to this share of taxable income [share]",
    )
    bonus_depreciation: Share = Field(
        default=1.0,
        json_schema_extra=plausible(
            0.2, 1, "100% now, 80% to 20% before: 26 U.S.C. 168(k)", below="percent?"
        )
        | assumed("26 U.S.C. 168(k): full expensing of property acquired after 2025-01-19", 0.4, 1),
        description="Share of cost deducted when placed in service [share]",
    )
    life_years: Life = Field(
        default=5.0,
        json_schema_extra=assumed(
            "26 U.S.C. 168(e): information technology equipment is five-year property", 5, 5
        ),
        description="The rest is deducted straight line over this time [years]",
    )
    advance_payment_share: Share = Field(
        default=1.0,
        json_schema_extra=assumed(
            "26 U.S.C. 451(c): an advance payment is income of the next year at the latest", 0.5, 1
        ),
        description="Share of prepayments taxed the year after receipt, not when earned [share]",
    )
    opening: TaxOpening = Field(
        default=TaxOpening(), description="Attributes on the as-of day [table]"
    )
