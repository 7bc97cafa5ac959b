"""The [market] and [rates] tables: the parts of the world every generation and loan shares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from gpusim.scenario.fields import Date, Name, Problem, Rate, Share, SignedRate, Table

MarketState = Literal["glut", "balanced", "scarce"]
Elasticity = Annotated[float, Field(ge=0, le=10)]
OLDEST = 30
"""Greatest age with a residual value [years]."""
Drift = Annotated[float, Field(ge=-5, le=5)]


class StateShares(Table):
    """A share for each state of the market."""

    glut: Share = Field(description="When GPUs are in glut [share]")
    balanced: Share = Field(description="When the market is balanced [share]")
    scarce: Share = Field(description="When GPUs are scarce [share]")


class StateRates(Table):
    """A yearly rate, of either sign, for each state of the market."""

    glut: SignedRate = Field(description="When GPUs are in glut [1/year]")
    balanced: SignedRate = Field(description="When the market is balanced [1/year]")
    scarce: SignedRate = Field(description="When GPUs are scarce [1/year]")


class StateDrifts(Table):
    """A drift of the logarithm for each state of the market."""

    glut: Drift = Field(description="When GPUs are in glut [1/year]")
    balanced: Drift = Field(description="When the market is balanced [1/year]")
    scarce: Drift = Field(description="When GPUs are scarce [1/year]")


class Resale(Table):
    """What used GPUs fetch."""

    rent_elasticity: Elasticity = Field(
        description="Elasticity of resale prices in the rental index [ratio]"
    )
    residual_by_age: dict[Name, Share] = Field(
        description="Value by years of age as a share of new; linear between, flat after [share]"
    )

    def problems(self) -> Iterator[Problem]:
        for age in self.residual_by_age:
            if not (age.isascii() and age.isdigit() and int(age) <= OLDEST):
                expected = f"whole years of age, 0 to {OLDEST}"
                yield Problem(("residual_by_age", age), f"the key {age}", expected)
        if "0" not in self.residual_by_age:
            yield Problem(("residual_by_age",), "no value at age 0", 'a key "0"')


class Market(Table):
    """A monthly Markov chain of glut, balanced and scarce, and what each state does.

    Glut and scarce leave to balanced; balanced leaves to either.
    """

    start_state: MarketState = Field(description="State of the as-of month [name]")
    stay: StateShares = Field(description="Chance a month of staying in the state [share]")
    balanced_to_scarce: Share = Field(
        description="Share of the exits from balanced that go to scarce [share]"
    )
    drift_per_year: StateDrifts = Field(
        description="Drift of the logarithm of the on-demand price [1/year]"
    )
    volatility_per_year: Rate = Field(
        description="Volatility of the logarithm of the on-demand price [1/year^0.5]"
    )
    on_demand_use: StateShares = Field(
        description="Share of the GPU-hours offered on demand that is sold [share]"
    )
    resale: Resale | None = Field(
        default=None, description="Resale market; without it used GPUs fetch nothing [table]"
    )
    spread_shift: StateRates = Field(
        description="Added to the margins of new programme loans [1/year]"
    )
    loan_market_open: StateShares = Field(
        description="Chance a month that new loans can close [share]"
    )


class CurvePoint(Table):
    """The base rate expected on a day."""

    date: Date = Field(description="Day of the point [date]")
    rate: SignedRate = Field(description="Base rate (SOFR) on that day [1/year]")


class Rates(Table):
    """The base rate: a curve, linear between its points and flat outside, plus noise."""

    curve: tuple[CurvePoint, ...] = Field(description="Points in order of date [table]")
    volatility_per_year: Rate = Field(
        description="Absolute volatility of the noise around the curve [1/year per year^0.5]"
    )
    mean_reversion_per_year: Annotated[float, Field(ge=0, le=50)] = Field(
        description="Speed at which the noise returns to zero [1/year]"
    )

    def problems(self) -> Iterator[Problem]:
        if not self.curve:
            yield Problem(("curve",), "an empty list", "at least one point {date=, rate=}")
        for place, (a, b) in enumerate(zip(self.curve, self.curve[1:], strict=False), 1):
            if b.date <= a.date:
                yield Problem(
                    ("curve", place, "date"), b.date.isoformat(), f"a date after {a.date}"
                )
