"""The [sources] and [assumptions] tables: where each number comes from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field

from gpusim.scenario.language.errors import listed, shown
from gpusim.scenario.language.fields import Date, Problem, Table, Text

PROVENANCE: Final = ("sources", "assumptions")
"""Tables of a model that say where its numbers come from, and nothing that is simulated."""


Positive = Annotated[float, Field(gt=0, le=100)]
LAWS: Final = ("pert", "uniform", "lognormal")
"""Laws of what is drawn within a range, see `scenario.drawn.laws`."""


def is_explained(value: Any) -> bool:
    """Whether a value of a model is one that a source or an assumption speaks of.

    >>> [is_explained(value) for value in (3, 0.5, dt.date(2027, 1, 1), True, "fixed", None)]
    [True, True, True, False, False, False]
    """
    return isinstance(value, (int, float, dt.date)) and not isinstance(value, bool)


class Source(Table):
    """Who disclosed a figure. A text without as_of speaks of the model's own as-of day."""

    source: Text = Field(description="Document, date and place in it [text]")
    as_of: Date | None = Field(default=None, description="Day the figure holds for [date]")
    published: Date | None = Field(
        default=None, description="Day of publication, if after the as-of day [date]"
    )


class Assumption(Table):
    """Why an undisclosed figure is what it is, and how far it may be off."""

    reason: Text = Field(description="Why this figure [text]")
    low: float | dt.date | None = Field(
        default=None, description="Least plausible value [unit of the figure]"
    )
    high: float | dt.date | None = Field(
        default=None, description="Largest plausible value [unit of the figure]"
    )
    relative: Annotated[float, Field(ge=0, le=10)] | None = Field(
        default=None, description="Instead of low and high: 0.2 means 20% either way [share]"
    )
    ahead: tuple[Positive, Positive] | None = Field(
        default=None,
        description="Of dates after the as-of day: least and most of the days until then, "
        "[0.6, 1.67]; one input for all of them [ratios]",
    )
    law: Literal["pert", "uniform", "lognormal"] | None = Field(
        default=None, description="How it lies in its range; left out: pert [name]"
    )
    group: Text | None = Field(
        default=None, description="Inputs of one group are off together, all by as much [text]"
    )
    follows: Text | None = Field(
        default=None, description="Path of the value it moves with, in proportion [text]"
    )
    drawn: bool | None = Field(
        default=None,
        description="Whether runs draw it; left out: unless it is a decision or a term [flag]",
    )

    @property
    def has_range(self) -> bool:
        """Whether a range is given, one way or the other."""
        return self.relative is not None or self.low is not None or self.ahead is not None

    def problems(self) -> Iterator[Problem]:
        if (self.low is None) != (self.high is None):
            yield Problem((), "one of low and high", "both or neither")
        elif self.low is not None and self.relative is not None:
            yield Problem(("relative",), "a value beside low and high", "one kind of range")
        elif isinstance(self.low, dt.date) != isinstance(self.high, dt.date):
            yield Problem(("high",), "a date and a number", "low and high of one kind")
        elif self.low is not None and self.low > self.high:  # type: ignore[operator]
            found = f"{shown(self.high)} below {shown(self.low)}"
            yield Problem(("high",), found, "low at most high")
        if self.ahead is not None and not self.ahead[0] <= 1.0 <= self.ahead[1]:
            found = f"{shown(self.ahead[0])} to {shown(self.ahead[1])}"
            yield Problem(("ahead",), found, "least and most, with 1 between them")
        yield from self._drawn_amiss()

    def _drawn_amiss(self) -> Iterator[Problem]:
        """What is said of how it is drawn, and does not fit."""
        said = [key for key in ("law", "group") if getattr(self, key) is not None]
        if self.follows is not None and (self.has_range or said):
            found = f"{listed([*said, *(['a range'] if self.has_range else [])])} beside follows"
            yield Problem(("follows",), found, "one of them: what follows is drawn with the other")
        elif not self.has_range and (said or (self.drawn and self.follows is None)):
            found = f"{said[0] if said else 'drawn'} without a range"
            yield Problem((said[0] if said else "drawn",), found, "low and high, or relative")
        elif self.drawn is False and (said or self.follows is not None):
            yield Problem(("drawn",), "false beside how it is drawn", "one of them")


def _as_table(entry: Any) -> Any:
    return {"source": entry} if isinstance(entry, str) else entry


SourceEntry = Annotated[Source, BeforeValidator(_as_table, json_schema_input_type=str | Source)]
