"""How draws are repaid: the `amortisation` of a debt and of the programme."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from gpusim.scenario.language import usual
from gpusim.scenario.language.fields import (
    EveryMonths,
    Months,
    Problem,
    Share,
    Table,
    Term,
    needs,
)
from gpusim.scenario.tables.lending.covenants import Ratio

Stub = Literal["first", "last"]


class Amortisation(Table):
    """How each draw is repaid, from the month of the draw on."""

    law: Literal["level", "straight", "bullet", "sculpted"] = Field(
        description="level payment, straight line of principal, all at the end, or sculpted: what "
        "the planned cash of its contracts covers dscr times, less interest [name]"
    )
    months: Term = Field(description="From the draw to its last instalment [months]")
    grace_months: Months = Field(default=0, description="Without principal at first [months]")
    every_months: EveryMonths = Field(
        description="Between payment dates: 1, 3, 6 or 12; interest, fees and instalments fall due "
        "on them [months]"
    )
    balloon_share: Share = Field(
        default=0.0, description="Of the draw, due with the last instalment [share]"
    )
    dscr: Ratio | None = Field(
        json_schema_extra=usual.COVER_AT_SIGNING,
        default=None,
        description="Sculpted: planned contract cash over debt service, every instalment [ratio]",
    )
    cover: Literal["stated", "resulting"] = Field(
        default="stated",
        description="Sculpted: instalments at dscr, so that a loan that another cap limits is over "
        "early, or, if that is more, at the cover that repays each draw over its term [name]",
    )
    stub: Stub | None = Field(
        default=None,
        description="Where the term is no whole number of periods: whether the shorter one comes "
        "first or last; left out: such a term is refused [name]",
    )

    @property
    def uneven(self) -> bool:
        """Whether the term is no whole number of periods."""
        return (self.months - self.grace_months) % self.every_months != 0

    def problems(self) -> Iterator[Problem]:
        if self.grace_months >= self.months:
            yield Problem(
                ("grace_months",), f"{self.grace_months}", f"less than months, {self.months}"
            )
        elif self.law != "bullet" and self.uneven and self.stub is None:
            yield Problem(
                ("months",),
                f"{self.months} months, {self.grace_months} of grace",
                f"a whole number of instalments, one every {self.every_months} months, or a stub: "
                'stub = "first" or "last"',
            )
        if self.stub and not self.uneven:
            yield Problem(
                ("stub",), f"a stub of {self.months} months", "none: nothing is left over"
            )
        if self.law == "bullet" and (self.balloon_share or self.grace_months):
            yield Problem((), "a bullet with balloon_share or grace_months", "a bullet without")
        if self.law == "sculpted" and self.dscr is None:
            yield needs("dscr", "because the law is sculpted")
        if self.law != "sculpted" and self.dscr is not None:
            yield Problem(("dscr",), f"a cover of a {self.law} law", 'law = "sculpted", or no dscr')
        if self.law != "sculpted" and self.cover != "stated":
            yield Problem(
                ("cover",), f"a cover of a {self.law} law", 'law = "sculpted", or no cover'
            )
        if self.balloon_share == 1:
            yield Problem(("balloon_share",), "1", 'less than 1, or law = "bullet"')
