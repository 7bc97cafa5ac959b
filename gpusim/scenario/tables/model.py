"""The [model] table: what the file describes and from when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from gpusim.scenario.language.fields import Date, Problem, Table, Text, assumed, plausible

QUARTER_ENDS = ((3, 31), (6, 30), (9, 30), (12, 31))


class Model(Table):
    """What is simulated, from which day, for how long."""

    title: Text = Field(
        default="untitled",
        json_schema_extra=assumed("nobody has given it one"),
        description="One line that says what this model is [text]",
    )
    as_of: Date = Field(description="Last day that is known; a calendar quarter's end [date]")
    quarters: Annotated[int, Field(ge=1, le=80)] = Field(
        default=20,
        json_schema_extra=plausible(1, 80, "the twenty years that a run may have", above="months?")
        | assumed("five years, the term of most contracts and of the loans against them", 8, 40),
        description="Quarters to simulate from the as-of day on [quarters]",
    )
    fiscal_year_ends: Literal[3, 6, 9, 12] = Field(
        default=12,
        json_schema_extra=assumed("the calendar year is the fiscal year of most firms"),
        description="Last month of a fiscal year: of tax, and of tables by year [month]",
    )
    catalogue: Text | None = Field(
        default=None,
        description='Version of the catalogue that tables with use = "catalogue" name; left out: '
        "the newest [text]",
    )
    note: str = Field(default="", description="Anything a reader should know [text]")

    def problems(self) -> Iterator[Problem]:
        if (self.as_of.month, self.as_of.day) not in QUARTER_ENDS:
            year = self.as_of.year
            ends = [self.as_of.replace(month=m, day=d) for m, d in QUARTER_ENDS]
            near = min(ends, key=lambda end: abs((end - self.as_of).days))
            yield Problem(
                ("as_of",),
                self.as_of.isoformat(),
                f"the last day of a quarter, such as {year}-03-31",
                near.isoformat(),
            )
