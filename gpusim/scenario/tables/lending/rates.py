"""What the rate of a debt is made of, beside base and margin: a swap, steps of the margin."""

from __future__ import annotations

from collections.abc import Iterator
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


def margin_between(debt: Debt, since: Day, until: Day) -> float:
    """A debt's margin over the days from the end of one to the end of another, on average [1/year].

    By actual days. Source: definitions, margins by date; a run's own is `facilities.rise_between`.
    """
    if not debt.margin_steps:
        return debt.margin
    total, begin, holds = 0.0, since, debt.margin
    for step in debt.margin_steps:
        eve = day_of(step.date) - 1
        if eve >= until:
            break
        if eve > begin:
            total += holds * (eve - begin)
            begin = eve
        holds = step.margin
    return (total + holds * (until - begin)) / (until - since)


def margin_problems(debt: Debt) -> Iterator[Problem]:
    """Steps out of order, or of days on which the debt is not there any more."""
    steps = debt.margin_steps or ()
    yield from unordered_dates("margin_steps", steps)
    for place, step in enumerate(steps):
        if step.date > debt.maturity:
            found, wanted = step.date.isoformat(), f"up to maturity, {debt.maturity}"
            yield Problem(("margin_steps", place, "date"), found, wanted)
