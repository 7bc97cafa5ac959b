"""The [market] and [rates] tables: the parts of the world every generation and loan shares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from gpusim.economics.core.state import Floats
from gpusim.scenario.language.fields import (
    Date,
    Name,
    Problem,
    Rate,
    Share,
    SignedRate,
    Table,
    Term,
    assumed,
    plausible,
)

MarketState = Literal["glut", "balanced", "scarce"]
Drift = Annotated[float, Field(ge=-5, le=5)]
Ratio = Annotated[float, Field(gt=0, le=2)]
Elasticity = Annotated[float, Field(ge=0, le=10)]
Speed = Annotated[float, Field(ge=0, le=50)]
SMALLEST_EIGENVALUE = 1e-9
OLDEST = 30
"""Greatest age with a residual value [years]."""


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


class Release(Table):
    """A new generation comes to market: rents of the older ones step down.

    Prices at as-of hold what releases did before it, so the whole step is still to come; one
    dated before the as-of day starts at once.
    """

    date: Date = Field(description="First day the fall is felt [date]")
    gpus: str = Field(
        default="", description="The new generation, spared the fall if it is in gpus [name]"
    )
    step: Annotated[float, Field(ge=0, lt=1)] = Field(
        json_schema_extra=plausible(
            0.01, 0.6, "each generation halves the cost of the same work", below="percent?"
        ),
        description="Share that older generations' rents fall by in all [share]",
    )
    over_months: Term = Field(description="How long the fall takes [months]")


class TermRatios(Table):
    """Contract prices by term as a share of the index; linear between, flat after the last."""

    months_12: Ratio = Field(alias="12", description="One-year contract [share]")
    months_24: Ratio = Field(alias="24", description="Two-year contract [share]")
    months_36: Ratio = Field(alias="36", description="Three-year contract [share]")
    months_48: Ratio = Field(alias="48", description="Four-year contract [share]")
    months_60: Ratio = Field(alias="60", description="Five-year contract [share]")


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


class SpreadNoise(Table):
    """Noise of credit spreads around the market state's shift."""

    volatility_per_year: Rate = Field(
        json_schema_extra=plausible(
            0.0005,
            0.06,
            "margins of 1.75% to 13% in models/data/coreweave_debt_terms.csv",
            above="in percent?",
            below="a day's?",
        ),
        description="Absolute volatility of the noise [1/year per year^0.5]",
    )
    mean_reversion_per_year: Speed = Field(
        description="Speed at which the noise returns to zero [1/year]"
    )


class Correlations(Table):
    """Correlations between the monthly shocks that all share; pairs left out are independent."""

    price_rates: SignedRate = Field(
        default=0.0, alias="price-rates", description="Rental index and base rate [ratio]"
    )
    price_hardware: SignedRate = Field(
        default=0.0, alias="price-hardware", description="Rental index and hardware price [ratio]"
    )
    price_spreads: SignedRate = Field(
        default=0.0, alias="price-spreads", description="Rental index and credit spreads [ratio]"
    )
    rates_hardware: SignedRate = Field(
        default=0.0, alias="rates-hardware", description="Base rate and hardware price [ratio]"
    )
    rates_spreads: SignedRate = Field(
        default=0.0, alias="rates-spreads", description="Base rate and credit spreads [ratio]"
    )
    hardware_spreads: SignedRate = Field(
        default=0.0,
        alias="hardware-spreads",
        description="Hardware price and credit spreads [ratio]",
    )

    def matrix(self) -> Floats:
        """All pairs, in the order price, rates, hardware, spreads [4, 4]."""
        pr, ph, ps = self.price_rates, self.price_hardware, self.price_spreads
        rh, rs, hs = self.rates_hardware, self.rates_spreads, self.hardware_spreads
        return np.array([[1, pr, ph, ps], [pr, 1, rh, rs], [ph, rh, 1, hs], [ps, rs, hs, 1.0]])

    def problems(self) -> Iterator[Problem]:
        smallest = float(np.linalg.eigvalsh(self.matrix())[0])
        if smallest < SMALLEST_EIGENVALUE:
            found = f"correlations with a smallest eigenvalue of {smallest:.3g}"
            yield Problem((), found, "ones that can hold together (a positive definite matrix)")


NO_CORRELATIONS = Correlations()
NO_DRIFTS = StateDrifts(glut=0.0, balanced=0.0, scarce=0.0)
NO_NOISE = SpreadNoise(volatility_per_year=0.0, mean_reversion_per_year=0.0)


class Market(Table):
    """A monthly Markov chain of glut, balanced and scarce, and what each state does.

    Glut and scarce leave to balanced; balanced leaves to either.
    """

    start_state: MarketState = Field(description="State of the as-of month [name]")
    stay: StateShares = Field(
        json_schema_extra=plausible(
            0.5,
            0.995,
            "0.85 to 0.94 in bundled models: states that last half a year to more than a year",
            below="the chance of leaving?",
        ),
        description="Chance a month of staying in the state [share]",
    )
    balanced_to_scarce: Share = Field(
        description="Share of the exits from balanced that go to scarce [share]"
    )
    drift_per_year: StateDrifts = Field(
        json_schema_extra=plausible(
            -1.2,
            1.2,
            "-0.37 to 0.82, fits to models/data/gpu_rental_prices.csv",
            above="in percent?",
            below="in percent?",
        ),
        description="Drift of the logarithm of the rental index [1/year]",
    )
    volatility_per_year: Rate = Field(
        json_schema_extra=plausible(
            0.02,
            0.8,
            "0.13 to 0.16, fits to models/data/gpu_rental_prices.csv",
            above="in percent?",
            below="a day's, or of the variance?",
        ),
        description="Volatility of the logarithm of the rental index, common [1/year^0.5]",
    )
    own_volatility_per_year: Rate = Field(
        json_schema_extra=plausible(
            0.01,
            0.6,
            "0.06 to 0.08: a quarter of the variance of all prices",
            above="in percent?",
            below="a day's, or of the variance?",
        ),
        default=0.0,
        description="Volatility of each generation's index beyond the common one [1/year^0.5]",
    )
    releases: dict[Name, Release] = Field(
        default={}, description="New generations by name [tables]"
    )
    list_adjustment: Share = Field(
        default=1.0,
        description="Share of its gap to the index that the list price closes a month [share]",
    )
    on_demand_use: StateShares = Field(
        json_schema_extra=plausible(
            0.2,
            1,
            "about half sold in a glut, nearly all in a shortage",
            below="what is left unsold?",
        ),
        description="Share of the GPU-hours offered on demand that is sold [share]",
    )
    use_elasticity: Elasticity = Field(
        default=0.0, description="Elasticity of that share in index over list price [ratio]"
    )
    term_ratio: TermRatios | None = Field(
        json_schema_extra=plausible(
            0.3,
            1.3,
            "0.70 to 0.86 of one-year and three-year prices in models/data/gpu_rental_prices.csv",
            below="the discount?",
        ),
        default=None,
        description="Contract prices by term; without it all at the index [table]",
    )
    hardware_drift_per_year: StateDrifts = Field(
        json_schema_extra=plausible(
            -0.6,
            0.6,
            "-0.1 to 0.1 in bundled models",
            above="in percent?",
            below="in percent?",
        ),
        default=NO_DRIFTS,
        description="Added to the growth of hardware prices [1/year]",
    )
    hardware_volatility_per_year: Rate = Field(
        json_schema_extra=plausible(
            0.01,
            0.6,
            "0.08: memory, a tenth of a rack's cost, may double",
            above="in percent?",
            below="a day's, or of the variance?",
        ),
        default=0.0,
        description="Volatility of the logarithm of hardware prices [1/year^0.5]",
    )
    resale: Resale | None = Field(
        default=None, description="Resale market; without it used GPUs fetch nothing [table]"
    )
    spread_shift: StateRates = Field(
        json_schema_extra=plausible(
            -0.05,
            0.08,
            "margins of 1.75% to 13% in models/data/coreweave_debt_terms.csv",
            above="in percent, with the point left out?",
            below="in percent, with the point left out?",
        ),
        description="Added to the margins of new programme loans [1/year]",
    )
    spread_noise: SpreadNoise = Field(
        default=NO_NOISE, description="Noise of spreads beyond the state's shift [table]"
    )
    loan_market_open: StateShares = Field(
        json_schema_extra=plausible(
            0.3,
            1,
            "GPU-backed loans closed in every quarter of 2024",
            below="the chance that it is shut?",
        ),
        description="Chance a month that new loans can close [share]",
    )
    correlations: Correlations = Field(
        default=NO_CORRELATIONS, description="Between the shocks that all share [table]"
    )


class CurvePoint(Table):
    """The base rate expected on a day."""

    date: Date = Field(description="Day of the point [date]")
    rate: SignedRate = Field(
        json_schema_extra=plausible(
            -0.01,
            0.12,
            "3.66% to 4.41% in models/data/rates_sofr.csv",
            above="in percent?",
            below="percent of percent?",
        ),
        description="Base rate (SOFR) on that day [1/year]",
    )


class Rates(Table):
    """The base rate: a curve, linear between its points and flat outside, plus noise."""

    curve: tuple[CurvePoint, ...] = Field(description="Points in order of date [table]")
    volatility_per_year: Rate = Field(
        default=0.009,
        json_schema_extra=plausible(
            0.001,
            0.03,
            "3.66% to 4.41% in models/data/rates_sofr.csv within a year",
            above="in percent?",
            below="a day's?",
        )
        | assumed(
            "the overnight rate moved by about 0.9 points a year outside the rise of 2022",
            0.006,
            0.012,
        ),
        description="Absolute volatility of the noise around the curve [1/year per year^0.5]",
    )
    mean_reversion_per_year: Speed = Field(
        default=0.25,
        json_schema_extra=assumed("half way back to the curve in about three years", 0.1, 0.5),
        description="Speed at which the noise returns to zero [1/year]",
    )

    def problems(self) -> Iterator[Problem]:
        if not self.curve:
            yield Problem(("curve",), "an empty list", "at least one point {date=, rate=}")
        for place, (a, b) in enumerate(zip(self.curve, self.curve[1:], strict=False), 1):
            if b.date <= a.date:
                yield Problem(
                    ("curve", place, "date"), b.date.isoformat(), f"a date after {a.date}"
                )
