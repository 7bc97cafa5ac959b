"""How the cost of servers is spread over their book life, where not straight line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import Annotated, Literal

from pydantic import Field

from gpusim.economics.core.calendar import MONTHS_PER_YEAR
from gpusim.scenario.language.fields import Problem, Share, Table, needs, plausible

MOST_YEARS = 25
"""Years of a course of depreciation, at most."""
SUM_TOLERANCE = 1e-6


class Depreciation(Table):
    """The course of what is charged of servers, by years of service."""

    method: Literal["declining-balance", "sum-of-years-digits", "by-year"] = Field(
        description="a share of book value each year until straight line charges more, years left "
        "over the sum of all years' numbers, or a stated share for each year [name]"
    )
    rate_per_year: Annotated[float, Field(gt=0, le=1)] | None = Field(
        default=None,
        json_schema_extra=plausible(
            0.05,
            0.8,
            "twice the straight line of 3 to 10 years is 0.67 to 0.2",
            above="in percent, with the point left out?",
            below="a month's, or percent?",
        ),
        description="Share of book value, salvage included, charged each year, of "
        "declining-balance; left out: twice the straight line, 2 over the life [1/year]",
    )
    by_year: Annotated[tuple[Share, ...], Field(max_length=MOST_YEARS)] | None = Field(
        default=None,
        description="Share of what is charged in all that each year of service charges, of by-year "
        "[list of shares]",
    )

    def problems(self) -> Iterator[Problem]:
        stated, other = self.by_year is not None, self.method != "by-year"
        if other and stated:
            yield Problem(("by_year",), "a schedule", f"none with method {self.method}")
        if not other and not stated:
            yield needs("by_year", "because the method is by-year")
        if self.method != "declining-balance" and self.rate_per_year is not None:
            found = f"{self.rate_per_year:g}"
            yield Problem(("rate_per_year",), found, f"none with method {self.method}")
        total = sum(self.by_year or (1.0,))
        if abs(total - 1.0) > SUM_TOLERANCE:
            yield Problem(("by_year",), f"{total:.6g} in all", "shares that add up to 1")

    def course(self, years: int, salvage_share: float) -> list[float]:
        """Charged by the end of each year of service, of what is charged in all, from 0 to 1.

        Source: ASC 360-10-35-7; IAS 16.62. Kieso, Weygandt and Warfield, Intermediate Accounting,
        chapter 11: a crane of 500,000 with 50,000 left after five years.

        >>> crane = Depreciation(method="sum-of-years-digits")
        >>> [round(450_000 * share) for share in crane.course(5, 0.1)]
        [0, 150000, 270000, 360000, 420000, 450000]
        >>> crane = Depreciation(method="declining-balance")
        >>> [round(450_000 * share) for share in crane.course(5, 0.1)]
        [0, 200000, 320000, 392000, 435200, 450000]
        """
        if self.method == "by-year":
            parts = list(self.by_year or ())
        elif self.method == "sum-of-years-digits":
            parts = [2 * (years - year) / (years * (years + 1)) for year in range(years)]
        else:
            parts = self._declining(years, salvage_share)
        return [0.0, *(min(share, 1.0) for share in accumulate(parts[:-1])), 1.0]

    def _declining(self, years: int, salvage_share: float) -> list[float]:
        """Charged in each year, of what is charged in all: the more of the two methods."""
        rate = 2 / years if self.rate_per_year is None else self.rate_per_year
        left, parts = 1.0, []
        for year in range(years):
            rest = left - salvage_share
            charge = min(max(rate * left, rest / (years - year)), rest)
            parts.append(charge)
            left -= charge
        in_all = 1.0 - salvage_share
        return [charge / in_all if in_all else 1 / years for charge in parts]


def rest_of_course(course: list[float], used: float, left: float, months: int) -> list[float]:
    """Share of what is left that a course charges by the end of each month [months + 1].

    used and left of the life [years]. []: evenly, for want of a course or of a rest of it.

    >>> [rest_of_course([0.0, 0.75, 1.0], 1.0, 1.0, 12)[month] for month in (0, 3, 12)]
    [0.0, 0.25, 1.0]
    """
    if not course or (before := _along(course, used / (used + left))) >= 1.0:
        return []
    ages = [used + min(month / MONTHS_PER_YEAR, left) for month in range(months + 1)]
    return [(_along(course, age / (used + left)) - before) / (1.0 - before) for age in ages]


def _along(course: list[float], part: float) -> float:
    """What a course has charged at a part of its life, from 0 to 1."""
    years = len(course) - 1
    year = min(int(part * years), years - 1)
    return course[year] + (course[year + 1] - course[year]) * (part * years - year)
