"""The [programme] table: terms on which new loans close, one for each new contract."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from gpusim.scenario.language import usual
from gpusim.scenario.language.dated import unordered_dates
from gpusim.scenario.language.fields import (
    ByRating,
    Days,
    Months,
    Problem,
    Rate,
    Share,
    Table,
    Term,
)
from gpusim.scenario.tables.lending.amortisation import Amortisation
from gpusim.scenario.tables.lending.cost_base import CostBase, cost_of_programme_problems
from gpusim.scenario.tables.lending.covenants import Covenants, Ratio
from gpusim.scenario.tables.lending.debt import (
    RUNNING,
    SIZE_DSCR,
    SIZE_LTV,
    Seniority,
    _running_problems,
)
from gpusim.scenario.tables.lending.fees import UpfrontFee
from gpusim.scenario.tables.lending.rates import Hedge, MarginRise


class Programme(Table):
    """Terms on which a new loan closes for each contract with facility = "programme"."""

    closing_days: Days = Field(description="From application to the first draw [days]")
    availability_months: Term = Field(
        description="Draws are allowed for this long after closing [months]"
    )
    advance_rate: Share = Field(
        json_schema_extra=usual.ADVANCE_RATE,
        description="Draws over the cost of the orders [share]",
    )
    cost_base: CostBase = None
    margin_by_rating: ByRating = Field(
        json_schema_extra=usual.MARGIN,
        description="Over the base, by the customer's rating [1/year]",
    )
    margin_steps: tuple[MarginRise, ...] | None = Field(
        default=None,
        description="Rises of the margins of its loans from a day on, in order; left out: none "
        "[tables]",
    )
    base_floor: Rate = Field(
        json_schema_extra=usual.BASE_FLOOR,
        description="The base counts at least this [1/year]",
    )
    undrawn_fee: Rate = Field(
        json_schema_extra=usual.UNDRAWN_FEE,
        description="On the undrawn commitment [1/year]",
    )
    draw_discount: Share = Field(
        json_schema_extra=usual.DRAW_DISCOUNT,
        description="Of each draw, kept by the lender [share]",
    )
    upfront_fee: UpfrontFee = None
    amortisation: Amortisation = Field(description="How each draw is repaid [table]")
    reserve_share: Share = Field(
        json_schema_extra=usual.RESERVE_SHARE,
        description="Of the principal, kept as restricted cash [share]",
    )
    reserve_months: Months = Field(
        default=0, description="Of debt service ahead, kept as restricted cash [months]"
    )
    hedge: Hedge | None = Field(default=None, description="Swap of the base rate [table]")
    size_dscr: Ratio | None = Field(
        json_schema_extra=usual.COVER_AT_SIGNING,
        default=None,
        description=SIZE_DSCR,
    )
    size_ltv: Ratio | None = Field(
        json_schema_extra=usual.LOAN_TO_VALUE,
        default=None,
        description=SIZE_LTV,
    )
    running_cost_share: Share | None = Field(
        json_schema_extra=usual.RUNNING_COST_SHARE,
        default=None,
        description=RUNNING,
    )
    seniority: Seniority = Field(description="Order within a waterfall step, 0 first [number]")
    covenants: Covenants | None = Field(default=None, description="What is tested [table]")

    def problems(self) -> Iterator[Problem]:
        yield from _running_problems(self, self.amortisation)
        yield from cost_of_programme_problems(self)
        yield from unordered_dates("margin_steps", self.margin_steps or ())
