"""The [debt.NAME] tables: what lenders agree to, and how it is repaid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from gpusim.scenario.language import usual
from gpusim.scenario.language.calendar_periods import (
    CalendarPeriod,
    month_of,
    months_of,
    overlapping,
)
from gpusim.scenario.language.fields import (
    Date,
    EveryMonths,
    Months,
    Problem,
    Rate,
    Share,
    SignedRate,
    Table,
    Term,
    Usd,
    needs,
    plausible,
)
from gpusim.scenario.tables.lending.amortisation import Amortisation, Stub
from gpusim.scenario.tables.lending.cash_sweep import CashSweep, sweep_problems
from gpusim.scenario.tables.lending.cash_trap import CashTrap, trap_problems
from gpusim.scenario.tables.lending.cost_base import CostBase, cost_of_debt_problems
from gpusim.scenario.tables.lending.covenants import Covenants, Ratio
from gpusim.scenario.tables.lending.fees import LOAN_KIND, UpfrontFee, fee_problems
from gpusim.scenario.tables.lending.leases import lease_problems
from gpusim.scenario.tables.lending.rates import Hedge, MarginStep, margin_problems
from gpusim.units_of_measure import cents_of

if TYPE_CHECKING:
    from gpusim.scenario.tables.lending.programme import Programme

Price = Annotated[float, Field(gt=0, le=1_000_000)]
DebtKind = Literal["delayed-draw", "notes", "convertible", "revolver", "vendor", "finance-lease"]
Seniority = Annotated[int, Field(ge=0, le=1000)]
SIZE_DSCR = "Size at signing: planned contract cash over debt service; left out: no cap [ratio]"
SIZE_LTV = "Size at signing and each draw: loan over hardware value; left out: no cap [ratio]"
RUNNING = "Of planned contract cash, goes to power, rent and staff before debt service [share]"


class DebtOpening(Table):
    """What is outstanding on the as-of day, and the calendar of its repayment."""

    principal_usd: Usd = Field(description="Face outstanding [USD]")
    discount_usd: Usd = Field(default=0.0, description="Unamortised discount and fees [USD]")
    accrued_interest_usd: Usd = Field(
        default=0.0, description="Interest accrued and not yet due [USD]"
    )
    every_months: EveryMonths = Field(description="Between payments: 1, 3, 6 or 12 [months]")
    repayments: dict[CalendarPeriod, Usd] = Field(
        description="Principal by calendar year (2027), quarter (2027Q1) or month (2027-05), in "
        "equal parts on its payment dates, summing to principal_usd [USD]"
    )
    stub: Stub = Field(
        default="last",
        description="Payment dates counted from the as-of day, the shorter period last, or back "
        "from the maturity, the shorter period first [name]",
    )

    def problems(self) -> Iterator[Problem]:
        total = sum(cents_of(usd) for usd in self.repayments.values())
        difference = total - cents_of(self.principal_usd)
        if difference:
            yield Problem(
                ("repayments",),
                f"amounts that sum to {total / 100:,.2f}",
                f"principal_usd, {self.principal_usd:,.2f} (difference {difference / 100:,.2f})",
            )
        yield from overlapping("repayments", self.repayments)
        if self.discount_usd > self.principal_usd:
            yield Problem(("discount_usd",), f"{self.discount_usd:,.2f}", "at most the principal")


class Refinance(Table):
    """What lenders offer for a balloon or bullet on its day, if the loan market is open."""

    months: Term = Field(description="From the old maturity to the new [months]")
    margin_shift: SignedRate = Field(
        json_schema_extra=plausible(
            -0.08,
            0.1,
            "margins of 1.75% to 13% in models/data/coreweave_debt_terms.csv",
            above="in percent, with the point left out?",
            below="in percent, with the point left out?",
        ),
        description="Added to the margin, beside the market's spread of the day [1/year]",
    )


class Debt(Table):
    """A debt agreement. Without commitment_usd it only runs off."""

    kind: DebtKind = Field(description="Kind of debt, its line in the balance sheet [name]")
    commitment_usd: Usd = Field(
        default=0.0, description="Largest principal, drawn and undrawn; 0: no draws [USD]"
    )
    available_to: Date | None = Field(default=None, description="Last day of draws [date]")
    opens: Date | None = Field(
        default=None, description="First day of draws; left out: the as-of day [date]"
    )
    advance_rate: Share = Field(
        json_schema_extra=usual.ADVANCE_RATE,
        default=0.0,
        description="Draws over the cost of the orders they pay [share]",
    )
    cost_base: CostBase = None
    base: Literal["SOFR", "fixed"] = Field(description="Floating on SOFR, or fixed [name]")
    margin: SignedRate = Field(
        json_schema_extra=usual.MARGIN,
        description="Over the base; the coupon itself if fixed [1/year]",
    )
    margin_steps: tuple[MarginStep, ...] | None = Field(
        default=None,
        description="Other margins from a day on, in order; left out: none [tables]",
    )
    base_floor: Rate = Field(
        json_schema_extra=usual.BASE_FLOOR,
        default=0.0,
        description="The base counts at least this [1/year]",
    )
    day_count: Literal["act/360", "30/360", "act/365", "30e/360"] = Field(
        description="act/360 for loans, 30/360 for notes, every month of thirty days; 30e/360: the "
        "last day of February is no thirtieth [name]"
    )
    first_payment: Date | None = Field(
        default=None,
        description="First payment date, the others every so many months after it; left out: "
        "month ends counted from the first draw, or from the as-of day [date]",
    )
    undrawn_fee: Rate = Field(
        json_schema_extra=usual.UNDRAWN_FEE,
        default=0.0,
        description="On the undrawn commitment [1/year]",
    )
    draw_discount: Share = Field(
        json_schema_extra=usual.DRAW_DISCOUNT,
        default=0.0,
        description="Of each draw, kept by the lender [share]",
    )
    upfront_fee: UpfrontFee = None
    amortisation: Amortisation | None = Field(
        default=None, description="How draws to come are repaid [table]"
    )
    maturity: Date = Field(description="Last payment date; nothing is outstanding after it [date]")
    reserve_share: Share = Field(
        json_schema_extra=usual.RESERVE_SHARE,
        default=0.0,
        description="Of the principal, kept as restricted cash [share]",
    )
    reserve_months: Months = Field(
        default=0, description="Of debt service ahead, kept as restricted cash [months]"
    )
    hedge: Hedge | None = Field(default=None, description="Swap of the base rate [table]")
    refinance: Refinance | None = Field(
        default=None, description="How balloons are rolled over; left out: never [table]"
    )
    conversion_price_usd: Price | None = Field(
        default=None, description="Above it at maturity a convertible becomes shares [USD/share]"
    )
    size_dscr: Ratio | None = Field(
        json_schema_extra=usual.COVER_AT_SIGNING, default=None, description=SIZE_DSCR
    )
    size_ltv: Ratio | None = Field(
        json_schema_extra=usual.LOAN_TO_VALUE, default=None, description=SIZE_LTV
    )
    running_cost_share: Share | None = Field(
        json_schema_extra=usual.RUNNING_COST_SHARE,
        default=None,
        description=RUNNING,
    )
    recourse: bool = Field(
        default=True,
        description="false: paid from the cash of the contracts it finances alone [flag]",
    )
    default_after_months: Annotated[int, Field(ge=0, le=60)] = Field(
        default=0,
        description="Without recourse: months with something unpaid, after which its lender takes "
        "the hardware [months]",
    )
    seniority: Seniority = Field(description="Order within a waterfall step, 0 first [number]")
    opening: DebtOpening | None = Field(
        default=None, description="Outstanding on the as-of day [table]"
    )
    covenants: Covenants | None = Field(default=None, description="What is tested [table]")
    cash_sweep: CashSweep | None = Field(
        default=None,
        description="Share of spare cash that repays it early, without a breach too; left out: "
        "none [table]",
    )
    cash_trap: CashTrap | None = Field(
        default=None,
        description="Spare cash that its lender keeps while cover is thin, without a breach; left "
        "out: none [table]",
    )

    def problems(self) -> Iterator[Problem]:
        if self.commitment_usd:
            yield from self._draw_problems()
            if self.opening and self.opening.principal_usd > self.commitment_usd:
                yield Problem(
                    ("opening", "principal_usd"),
                    f"{self.opening.principal_usd:,.2f}",
                    f"at most commitment_usd, {self.commitment_usd:,.2f}",
                )
        elif self.opening is None:
            yield Problem((), "neither commitment_usd nor opening", "at least one of the two")
        yield from fee_problems(self)
        yield from cost_of_debt_problems(self)
        yield from _running_problems(self, self.amortisation)
        yield from self._recourse_problems()
        yield from self._calendar_problems()
        yield from self._kind_problems()
        yield from sweep_problems(self)
        yield from trap_problems(self)
        yield from margin_problems(self)
        yield from lease_problems(self)
        if self.hedge and self.base == "fixed":
            yield Problem(("hedge",), "a hedge of a fixed rate", 'base = "SOFR", or no hedge')
        for key in ("ltv", "ltv_market"):
            if self.opening and self.covenants and getattr(self.covenants, key):
                yield Problem(
                    ("covenants", key),
                    "a test on debt with an opening balance",
                    "none: only hardware bought in the run counts as its value",
                )
        if self.opening:
            for period in self.opening.repayments:
                if months_of(period).start > month_of(self.maturity):
                    yield Problem(
                        ("opening", "repayments", period),
                        f"principal in {period}",
                        f"periods up to maturity, {self.maturity}",
                    )

    def _kind_problems(self) -> Iterator[Problem]:
        """What its kind of debt cannot have."""
        for key in ("size_dscr", "size_ltv"):
            if getattr(self, key) and (self.kind != LOAN_KIND or not self.commitment_usd):
                yield Problem((key,), "a size of nothing to draw", f"a {LOAN_KIND} commitment")
            elif getattr(self, key) and self.opening:
                yield Problem((key,), "a size of debt with an opening balance", "none")
        if self.amortisation and self.amortisation.law == "sculpted" and self.kind != LOAN_KIND:
            yield Problem(
                ("amortisation", "law"), f"sculpted {self.kind} debt", f'kind = "{LOAN_KIND}"'
            )
        if self.conversion_price_usd and self.kind != "convertible":
            yield Problem(
                ("conversion_price_usd",), f"a price of {self.kind} debt", 'kind = "convertible"'
            )
        if self.refinance and self.kind == "revolver":
            yield Problem(("refinance",), "a revolver", "another kind of debt, or no refinance")

    def _calendar_problems(self) -> Iterator[Problem]:
        """One calendar per debt: a first date and a frequency, by the months or by a stub."""
        if self.first_payment is None:
            pass
        elif self.first_payment > self.maturity:
            yield Problem(
                ("first_payment",),
                self.first_payment.isoformat(),
                f"on or before maturity, {self.maturity}",
            )
        else:
            for key in ("amortisation", "opening"):
                if getattr(getattr(self, key), "stub", None) == "first":
                    found = 'stub = "first" beside first_payment'
                    yield Problem((key, "stub"), found, "one of the two")
        if self.amortisation and self.opening:
            every = self.opening.every_months
            if self.amortisation.every_months != every:
                yield Problem(
                    ("amortisation", "every_months"),
                    f"{self.amortisation.every_months} beside {every} of the opening balance",
                    "the same: a debt has one calendar",
                )

    def _recourse_problems(self) -> Iterator[Problem]:
        """Only a loan to be drawn can do without recourse, and then says when it ends."""
        if self.recourse:
            if self.default_after_months:
                yield Problem(("default_after_months",), "months of a loan with recourse", "none")
            return
        if self.kind != LOAN_KIND or not self.commitment_usd:
            yield Problem(("recourse",), "false", f"true, or a {LOAN_KIND} commitment")
        if self.opening:
            yield Problem(("recourse",), "false, with an opening balance", "true, or no opening")
        if not self.default_after_months:
            yield needs("default_after_months", "because there is no recourse")

    def _draw_problems(self) -> Iterator[Problem]:
        why = f"because a {self.kind} line with a commitment can be drawn"
        required = ["available_to"]
        if self.kind != "revolver":
            required.append("amortisation")
        if self.kind == "delayed-draw":
            required += ["advance_rate", "undrawn_fee", "draw_discount"]
        for key in required:
            if key not in self.model_fields_set:
                yield needs(key, why)
        if self.available_to:
            if self.opens and self.available_to < self.opens:
                yield Problem(
                    ("available_to",),
                    self.available_to.isoformat(),
                    f"on or after opens, {self.opens}",
                )
            if self.maturity < self.available_to:
                yield Problem(
                    ("maturity",),
                    self.maturity.isoformat(),
                    f"on or after available_to, {self.available_to}",
                )


def _running_problems(
    terms: Debt | Programme, amortisation: Amortisation | None
) -> Iterator[Problem]:
    """Who counts on planned contract cash says what running costs take of it."""
    sculpted = amortisation is not None and amortisation.law == "sculpted"
    needed = sculpted or terms.size_dscr is not None
    if needed and terms.running_cost_share is None:
        yield needs("running_cost_share", "because the lender counts on contract cash")
    elif not needed and terms.running_cost_share is not None:
        yield Problem(
            ("running_cost_share",),
            "a share that nothing uses",
            'size_dscr or law = "sculpted", or none',
        )
