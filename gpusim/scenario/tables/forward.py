"""The [gpus.NAME.forward] table: a rental price curve of the user's, quoted or drawn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from gpusim.economics.core.state import NONE
from gpusim.economics.plant.curves import first_refused, forward_rate
from gpusim.scenario.language import usual
from gpusim.scenario.language.fields import Date, Problem, Table, Term

UsdPerGpuHour = Annotated[float, Field(gt=0, le=1_000)]


class Quote(Table):
    """What a contract that starts on the as-of day costs an hour, for its whole term."""

    term_months: Term = Field(description="Term of the quoted contract [months]")
    usd_per_gpu_hour: UsdPerGpuHour = Field(
        json_schema_extra=usual.RENT,
        description="Its price [USD/GPU-hour]",
    )


class PricePoint(Table):
    """The rental price expected for a day."""

    date: Date = Field(description="Day of the point [date]")
    usd_per_gpu_hour: UsdPerGpuHour = Field(
        json_schema_extra=usual.RENT,
        description="Index expected then [USD/GPU-hour]",
    )


class Forward(Table):
    """What the rental index is expected to be, instead of the drift of the market's states.

    The states still move it around that. It holds what releases do; prices stand at the level
    of the index, so a discount for long terms must be taken out of the quotes first.
    """

    quotes: tuple[Quote, ...] = Field(
        default=(), description="Contract prices in order of term; exclusive of curve [table]"
    )
    between: Literal["flat", "falling"] = Field(
        default="flat",
        description="Price within a stretch between two terms: one, or one ratio a year [name]",
    )
    curve: tuple[PricePoint, ...] = Field(
        default=(),
        description="Points in order of date, linear between; exclusive of quotes [table]",
    )

    def problems(self) -> Iterator[Problem]:
        if bool(self.quotes) == bool(self.curve):
            found = "both quotes and curve" if self.quotes else "neither quotes nor curve"
            yield Problem((), found, "one of quotes and curve")
        for place, (a, b) in enumerate(zip(self.curve, self.curve[1:], strict=False), 1):
            if b.date <= a.date:
                at = ("curve", place, "date")
                yield Problem(at, b.date.isoformat(), f"a date after {a.date}")
        rising = list(self._unordered())
        yield from rising
        if self.quotes and not rising:
            yield from self._refused()

    def _unordered(self) -> Iterator[Problem]:
        for place, (a, b) in enumerate(zip(self.quotes, self.quotes[1:], strict=False), 1):
            if b.term_months <= a.term_months:
                at = ("quotes", place, "term_months")
                yield Problem(at, str(b.term_months), f"more than {a.term_months}")
        for place, quote in enumerate(self.quotes):
            if self.between == "falling" and quote.term_months % 12:
                at = ("quotes", place, "term_months")
                yield Problem(at, str(quote.term_months), "whole years where between is falling")

    def _refused(self) -> Iterator[Problem]:
        terms = np.array([q.term_months for q in self.quotes], np.int64)
        prices = np.array([q.usd_per_gpu_hour for q in self.quotes])
        k = int(first_refused(terms, prices))
        if k == NONE:
            return
        near, far = int(terms[k - 1]), int(terms[k])
        implied = forward_rate(near, prices[k - 1], far, prices[k])
        yield Problem(
            ("quotes", k, "usd_per_gpu_hour"),
            f"{prices[k]:g}, which with {prices[k - 1]:g} for {near} months implies "
            f"{implied:.2f} for months {near + 1} to {far}",
            f"more than {prices[k - 1] * near / far:.4g}, so that the forward is positive",
        )
