"""What lenders test: the covenants table of [debt.NAME] and of [programme]."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from gpusim.scenario.language import usual
from gpusim.scenario.language.fields import (
    Date,
    Problem,
    Share,
    Table,
    Usd,
    plausible,
)

Ratio = Annotated[float, Field(gt=0, le=100)]


Scope = Annotated[
    Literal["operator", "facility"],
    Field(
        description="Whose cash and service: the whole operator's, or the loan's own and that of "
        "the contracts it finances [name]"
    ),
]


class Tested(Table):
    """A covenant: what all kinds have."""

    tested_from: Date = Field(alias="from", description="First test date [date]")


class DscrCovenant(Tested):
    """Debt service cover over the trailing twelve months, tested at quarter ends."""

    minimum: Ratio = Field(
        json_schema_extra=plausible(
            0.9,
            4,
            "1.40x of DDTL 3.0, models/data/coreweave_debt_terms.csv",
            above="in percent?",
            below="debt service over cash?",
        ),
        description="Cover below this is a breach [ratio]",
    )
    scope: Scope = "operator"
    service_fee_share: Share = Field(
        json_schema_extra=plausible(
            0.001,
            0.4,
            "rent, power and staff are 29% to 32% of what contracts pay",
            above="in percent, with the point left out?",
            below="percent?",
        ),
        default=0.0,
        description="Scope facility: of what its contracts pay, kept by who runs them [share]",
    )

    def problems(self) -> Iterator[Problem]:
        if self.service_fee_share and self.scope != "facility":
            yield Problem(
                ("service_fee_share",),
                f"{self.service_fee_share:g} on a test of the whole operator",
                'scope = "facility", or none',
            )


class LiquidityCovenant(Tested):
    """Unrestricted cash, tested at month ends."""

    minimum_usd: Usd = Field(description="Cash below this is a breach [USD]")


class RealisationCovenant(Tested):
    """Cash received on the facility's contracts over their plan at signing, last three months."""

    minimum: Share = Field(
        json_schema_extra=plausible(
            0.5, 1, "0.85 in the agreement of DDTL 3.0", below="what may be missing?"
        ),
        description="Received over planned below this is a breach [ratio]",
    )


class LtvCovenant(Tested):
    """Principal less reserve cash over the value of the hardware it paid for."""

    maximum: Ratio = Field(
        json_schema_extra=usual.LOAN_TO_VALUE,
        description="Loan to value above this is a breach [ratio]",
    )


class LoanLifeCovenant(Tested):
    """Worth of its contracts' cash to come over its principal (LLCR), tested at quarter ends."""

    minimum: Ratio = Field(
        json_schema_extra=plausible(
            0.9,
            4,
            "an assumption: no agreement cited; as a DSCR, a cover of the same cash",
            above="in percent?",
            below="debt over cash?",
        ),
        description="Cover below this is a breach [ratio]",
    )


class LeverageCovenant(Tested):
    """All debt over adjusted EBITDA of the trailing twelve months, tested at quarter ends."""

    maximum: Ratio = Field(
        json_schema_extra=usual.LEVERAGE,
        description="Debt over EBITDA above this is a breach [ratio]",
    )


class Cures(Table):
    """Equity that shareholders may pay in to cure a test."""

    count: Annotated[int, Field(ge=0, le=100)] = Field(description="Cures allowed [number]")
    until: Date = Field(description="Last day of a cure [date]")
    max_usd_each: Usd = Field(description="Largest cure; beyond it the test fails [USD]")


class Covenants(Table):
    """What the lender tests, and what a breach does until the test is passed again."""

    dscr: DscrCovenant | None = Field(default=None, description="Debt service cover [table]")
    minimum_liquidity: LiquidityCovenant | None = Field(
        default=None, description="Minimum liquidity [table]"
    )
    contract_realisation: RealisationCovenant | None = Field(
        default=None, description="Cash received against the plan, at month ends [table]"
    )
    ltv: LtvCovenant | None = Field(
        default=None, description="Loan to lender's value, at month ends [table]"
    )
    ltv_market: LtvCovenant | None = Field(
        default=None, description="Loan to what its GPUs fetch that day, at month ends [table]"
    )
    llcr: LoanLifeCovenant | None = Field(
        default=None, description="Loan life cover, at quarter ends [table]"
    )
    leverage: LeverageCovenant | None = Field(
        default=None, description="Debt of the operator over EBITDA, at quarter ends [table]"
    )
    stops_draws: bool = Field(
        default=True, description="Whether draws stop while in breach [true or false]"
    )
    sweep_share: Share = Field(
        default=0.0,
        description="Of spare cash, repays the facility while in breach [share]",
    )
    cross_default: bool = Field(
        default=False,
        description="Whether a breach of another facility or an unpaid amount is one of this "
        "[true or false]",
    )
    cures: Cures | None = Field(default=None, description="Equity cures [table]")
