"""Load that a site sheds when its grid or utility asks, and what it is paid for that."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import Field

from gpusim.economics.core.outages import SECONDS_PER_DAY
from gpusim.scenario.language.fields import Date, Problem, Share, Table, plausible

PLAIN_YEAR: Final = 2025
"""One of 365 days."""
HOURS: Final = 24


class Curtailment(Table):
    """Hours of a year in which a part of what a site's GPUs draw is switched off."""

    hours_per_year: Annotated[float, Field(ge=0, le=8_760)] = Field(
        json_schema_extra=plausible(
            2,
            900,
            "0.25% to 1% of what is drawn, Duke University, Rethinking Load Growth, 2025",
            below="days, or a share?",
        ),
        description="In how many hours of a year it is asked for [hours/year]",
    )
    load_share: Share = Field(
        default=1.0,
        description="Share of what its GPUs draw that is switched off in them [share]",
    )
    months: tuple[Annotated[int, Field(ge=1, le=12)], ...] | None = Field(
        default=None,
        description="Calendar months in which it is asked for, 1 to 12; left out: all [list]",
    )
    usd_per_mwh: Annotated[float, Field(ge=0, le=100_000)] = Field(
        default=0.0,
        json_schema_extra=plausible(
            10,
            6_000,
            "assumed: ERCOT's price is capped at 5,000 USD a MWh",
            below="a kWh's price?",
        ),
        description="Paid for energy that is not drawn for it [USD/MWh]",
    )
    usd_per_kw_year: Annotated[float, Field(ge=0, le=10_000)] = Field(
        default=0.0,
        json_schema_extra=plausible(
            2,
            250,
            "assumed: PJM's capacity auction for 2025/26 had 98.5, 269.92 a MW-day",
            above="a MW's?",
            below="a month's?",
        ),
        description="Paid for each kW of grid power that stands ready to be switched off, over its "
        "months [USD/kW-year]",
    )
    runs_from: Date | None = Field(
        default=None, alias="from", description="Its first day; left out: the run's [date]"
    )
    until: Date | None = Field(
        default=None, description="Its last day; left out: it has no end [date]"
    )

    @property
    def days_of_year(self) -> int:
        """Days of its months in a year of 365."""
        return sum(
            calendar.monthrange(PLAIN_YEAR, month)[1] for month in self.months or range(1, 13)
        )

    @property
    def month_bits(self) -> int:
        """Its months, bit 0 for January."""
        return sum(1 << month - 1 for month in self.months or range(1, 13))

    @property
    def seconds_a_day(self) -> int:
        """For which each GPU is switched off on each day of its months [s]."""
        hours = self.load_share * self.hours_per_year
        return round(SECONDS_PER_DAY * hours / (HOURS * self.days_of_year))

    def problems(self) -> Iterator[Problem]:
        if self.runs_from and self.until and self.until < self.runs_from:
            found = self.until.isoformat()
            yield Problem(("until",), found, f"no day before from, {self.runs_from}")
        if self.months is not None and not self.months:
            yield Problem(("months",), "an empty list", "at least one month, or no key for all")
            return
        if self.months and len(set(self.months)) < len(self.months):
            found = ", ".join(map(str, self.months))
            yield Problem(("months",), f"a month twice in {found}", "each month once")
            return
        most = HOURS * self.days_of_year
        if self.hours_per_year > most:
            found = f"{self.hours_per_year:g}"
            yield Problem(("hours_per_year",), found, f"at most {most}, the hours of its months")
