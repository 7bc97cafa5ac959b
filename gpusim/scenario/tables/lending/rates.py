"""What the rate of a debt is made of, beside base and margin: a swap, steps of the margin."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from gpusim.scenario.language import usual
from gpusim.scenario.language.dated import unordered_dates
from gpusim.scenario.language.fields import (
    Date,
    Problem,
    Rate,
    Share,
    SignedRate,
    Table,
    plausible,
)
from gpusim.units_of_measure import Day, day_of

if TYPE_CHECKING:
    from gpusim.scenario.tables.lending.debt import Debt
    from gpusim.scenario.tables.lending.programme import Programme


class Hedge(Table):
    """A swap on part of the principal."""

    share: Share = Field(description="Of principal, pays the swap rate for the base [share]")
    swap_rate: Rate = Field(
        json_schema_extra=plausible(
            0.001, 0.12, "SOFR of 3.66% to 4.41% in models/data/rates_sofr.csv", above="in percent?"
        ),
        description="Fixed rate of the swap, before the margin [1/year]",
    )


class MarginStep(Table):
    """Another margin from a day on, agreed at the outset."""

    date: Date = Field(description="First day of interest at it [date]")
    margin: SignedRate = Field(
        json_schema_extra=usual.MARGIN,
        description="From then on, over the base; the coupon itself if fixed [1/year]",
    )


class MarginRise(Table):
    """How much more a loan of the programme costs from a day on, agreed at the outset."""

    date: Date = Field(description="First day of interest at it [date]")
    rise: SignedRate = Field(
        json_schema_extra=plausible(
            -0.05,
            0.1,
            "margins of mini-perm loans that step by 0.25% to 1% at anniversaries",
            above="in percent, or the whole margin?",
        ),
        description="From then on, over the margin at which each loan closes [1/year]",
    )


def margin_between(debt: Debt, since: Day, until: Day) -> float:
    """A debt's margin over the days from the end of one to the end of another, on average [1/year].

    By actual days. Source: definitions, margins by date; a run's own is `facilities.rise_between`.
    """
    steps = [(step.date, step.margin) for step in debt.margin_steps or ()]
    return _average(debt.margin, steps, since, until)


def rise_between(programme: Programme, since: Day, until: Day) -> float:
    """What the steps of a programme add to its loans' margins over such days, likewise [1/year]."""
    steps = [(step.date, step.rise) for step in programme.margin_steps or ()]
    return _average(0.0, steps, since, until)


def _average(holds: float, steps: Sequence[tuple[dt.date, float]], since: Day, until: Day) -> float:
    """What holds over days, until the first step and from the day of each on, on average."""
    if not steps:
        return holds
    total, begin = 0.0, since
    for date, then in steps:
        eve = day_of(date) - 1
        if eve >= until:
            break
        if eve > begin:
            total += holds * (eve - begin)
            begin = eve
        holds = then
    return (total + holds * (until - begin)) / (until - since)


def margin_problems(debt: Debt) -> Iterator[Problem]:
    """Steps out of order, or of days on which the debt is not there any more."""
    steps = debt.margin_steps or ()
    yield from unordered_dates("margin_steps", steps)
    for place, step in enumerate(steps):
        if step.date > debt.maturity:
            found, wanted = step.date.isoformat(), f"up to maturity, {debt.maturity}"
            yield Problem(("margin_steps", place, "date"), found, wanted)
