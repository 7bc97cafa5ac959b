"""What is paid ahead: when it is due, and by which law it is credited against invoices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from gpusim.scenario.language import usual
from gpusim.scenario.language.fields import Date, Days, Problem, Share, Table, Term, Usd, plausible

CreditShare = Annotated[float, Field(gt=0, le=1)]
OF_EACH_INVOICE = plausible(
    0.02,
    1,
    "advance payments are repaid by 25% of each certificate (FIDIC, 14.2)",
    below="percent?",
)
RUNS_ON = (
    "true: what is left when the first term is over is credited against renewals; false, and "
    "where nothing is renewed: it is kept [flag]"
)
"""What `runs_on` says, of a prepayment to come and of one that is there."""


class Credited(Table):
    """How a prepayment is credited: over months, by a share of each invoice, or by both."""

    credited_months: tuple[Term, Term] | None = Field(
        default=None,
        description="First and last month of the credits; 1 is the first billing month. Beside "
        "credit_share: its first month, and the one that takes all that is left [months]",
    )
    credit_share: CreditShare | None = Field(
        default=None,
        json_schema_extra=OF_EACH_INVOICE,
        description="Share of each invoice that is credited, until nothing is left; left out: "
        "equal parts over credited_months [share]",
    )
    runs_on: bool = Field(default=False, description=RUNS_ON)

    @property
    def window(self) -> tuple[int, int | None]:
        """First month of the credits, and the one that takes all that is left, if any [months]."""
        return self.credited_months or (1, None)

    def wrong_credits(self) -> Iterator[Problem]:
        """Months in order, or a share."""
        first, last = self.window
        if last is not None and first > last:
            yield Problem(("credited_months",), f"[{first}, {last}]", "[first, last] in order")
        if self.credited_months is None and self.credit_share is None:
            yield Problem((), "neither credited_months nor credit_share", "one of them, or both")


class Prepayment(Credited):
    """Money paid ahead and credited back against later invoices."""

    share: Share | None = Field(
        json_schema_extra=usual.PREPAID_SHARE,
        default=None,
        description="Of the contract's value, instead of amount_usd [share]",
    )
    amount_usd: Usd | None = Field(default=None, description="Amount, instead of share [USD]")
    due: Date | None = Field(
        default=None, description="Due day, instead of days_before_start [date]"
    )
    days_before_start: Days | None = Field(
        default=None, description="Due this long before the first planned start [days]"
    )
    unconditional: bool = Field(
        default=False,
        description="true: a receivable and deferred revenue on its due day; false: booked when "
        "received [flag]",
    )

    def problems(self) -> Iterator[Problem]:
        for one, other in (("share", "amount_usd"), ("due", "days_before_start")):
            given = [key for key in (one, other) if getattr(self, key) is not None]
            if len(given) != 1:
                found = "both" if given else "neither"
                yield Problem((), f"{found} of {one} and {other}", f"exactly one of {one}, {other}")
        yield from self.wrong_credits()

    def beyond(self, longest: int) -> Iterator[Problem]:
        """Months of credits that no invoice can have; longest: the longest term [months]."""
        first, last = self.window
        if last is not None and last > longest and not self.runs_on:
            found, most = f"{last}", f"at most the longest term, {longest} months"
            yield Problem(("prepayment", "credited_months", 1), found, most)
        elif first > longest:
            found, most = f"{first}", f"at most the longest term, {longest} months"
            yield Problem(("prepayment", "credited_months", 0), found, most)


class SegmentPrepayment(Credited):
    """What part of the segment pays ahead, and how much."""

    chance: Share = Field(description="Chance that an offer comes with a prepayment [share]")
    share: Share = Field(
        json_schema_extra=usual.PREPAID_SHARE,
        description="Of the contract's value, where it does [share]",
    )
    days_before_start: Days = Field(description="Due this long before the planned start [days]")

    def problems(self) -> Iterator[Problem]:
        yield from self.wrong_credits()


class ContractOpening(Table):
    """What the customer had paid ahead by the as-of day."""

    deferred_revenue_usd: Usd = Field(description="Paid and not yet earned [USD]")
    credited_from: Date = Field(description="A day in the first month of the credits [date]")
    credited_to: Date | None = Field(
        default=None,
        description="A day in the last month of the credits; left out, beside credit_share: "
        "there is none [date]",
    )
    credit_share: CreditShare | None = Field(
        default=None,
        json_schema_extra=OF_EACH_INVOICE,
        description="Share of each invoice that is credited, until nothing is left or the last "
        "month takes all of it; left out: equal parts over the months [share]",
    )
    runs_on: bool = Field(default=False, description=RUNS_ON)
    received: Date | None = Field(
        default=None,
        description="Day it was received, for tax, which has it by the end of the year after; left "
        "out: so long ago that it was taxed by the as-of day [date]",
    )

    def problems(self) -> Iterator[Problem]:
        if self.credited_to is None:
            if self.credit_share is None:
                yield Problem((), "neither credited_to nor credit_share", "one of them, or both")
        elif self.credited_to < self.credited_from:
            yield Problem(
                ("credited_to",),
                self.credited_to.isoformat(),
                f"on or after credited_from, {self.credited_from}",
            )


def runs_unlike(plan: Prepayment | None, opening: ContractOpening | None) -> Iterator[Problem]:
    """What is paid ahead for one contract runs on, or none of it."""
    if plan is not None and opening is not None and plan.runs_on != opening.runs_on:
        found = "a prepayment and an opening balance of which one runs on"
        yield Problem(("opening", "runs_on"), found, "the same of both")
