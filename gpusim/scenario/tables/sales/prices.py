"""What an hour, or a kW and month, is worth: price steps, escalator, minimum, renewals, credits."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Protocol

from pydantic import Field

from gpusim.economics.core.calendar import MONTHS_PER_YEAR
from gpusim.scenario.language import usual
from gpusim.scenario.language.dated import unordered_steps
from gpusim.scenario.language.fields import Days, Problem, Share, Table, Term, plausible
from gpusim.scenario.tables.gpus import UsdPerGpuHour
from gpusim.scenario.tables.sites import UsdPerKwMonth

PRICE_KEYS = ("price_usd_per_gpu_hour", "price_usd_per_kw_month")
Growth = Annotated[float, Field(gt=-1, le=1)]


class Renewal(Table):
    """What happens at the end of a term."""

    chance: Share = Field(description="Chance that the customer stays on its GPUs [share]")
    term_months: Term = Field(description="For this long [months]")
    times: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None,
        description="Renewals at most, one after the other; left out: no limit [count]",
    )
    price_share: Annotated[float, Field(gt=0, le=2)] | None = Field(
        json_schema_extra=plausible(
            0.1,
            1.5,
            "H100 from 3.05 to 1.70 in three years, models/data/gpu_rental_prices.csv",
            below="the discount?",
        ),
        default=None,
        description="Price of a renewal over that of the term before; left out: that day's market "
        "price for the term [share]",
    )


class PriceStep(Table):
    """Another price from some month of a tranche's term on, in the unit of the contract's."""

    after_months: Term = Field(description="Months of the term before it holds [months]")
    price_usd_per_gpu_hour: UsdPerGpuHour | None = Field(
        default=None,
        json_schema_extra=usual.PRICE,
        description="Price from then on [USD/GPU-hour]",
    )
    price_usd_per_kw_month: UsdPerKwMonth | None = Field(
        default=None,
        json_schema_extra=usual.KW_PRICE,
        description="Of a colocation: price from then on [USD/kW-month]",
    )

    @property
    def price(self) -> float:
        """Price from then on, of a GPU-hour or of a kW and month [USD]."""
        return self.price_usd_per_gpu_hour or self.price_usd_per_kw_month or 0.0


class CommitmentStep(Table):
    """A share of the reserved GPUs that is paid for from some month of a tranche's term on."""

    after_months: Annotated[int, Field(ge=0, le=600)] = Field(
        description="Months of the term before it holds; 0: from its start [months]"
    )
    share: Share = Field(description="Share of the reserved hours that is paid for [share]")


class PriceIndex(Table):
    """How a price follows the rental index of its generation, between a floor and a cap."""

    every_months: Annotated[int, Field(ge=1, le=600)] = Field(
        json_schema_extra=plausible(
            1, 60, "long-term gas and power contracts are reset by the month to every five years"
        ),
        description="Months of a tranche's term from one reset to the next [months]",
    )
    share: Share = Field(description="Share of the price that follows the index [share]")
    floor_share: Share = Field(
        default=0.0,
        json_schema_extra=plausible(
            0.3,
            1,
            "floors under indexed prices: half of the price and more",
            below="none?",
        ),
        description="Least price after a reset, over the price stated; 0: none [share]",
    )
    cap_share: Annotated[float, Field(ge=1, le=100)] | None = Field(
        default=None,
        json_schema_extra=plausible(
            1, 3, "caps of contracts that follow an index: up to some times the price"
        ),
        description="Most, over the price stated; left out: no cap [share]",
    )
    base_usd_per_gpu_hour: UsdPerGpuHour | None = Field(
        default=None,
        json_schema_extra=usual.PRICE,
        description="Rental index that the price stated stands for; left out: that of the day of "
        "signature, or of the as-of day if it was signed by then [USD/GPU-hour]",
    )

    @property
    def most(self) -> float:
        """Most that a price is after a reset, over the price stated; endless: no cap [ratio]."""
        return math.inf if self.cap_share is None else self.cap_share


class ServiceLevel(Table):
    """What the customer gets back for hours of GPUs, or of power, that it has not got."""

    availability: Share = Field(
        json_schema_extra=plausible(
            0.9, 1, "public clouds promise 99% to 99.9%", below="what may be missed?"
        ),
        description="Share of reserved hours below which credits are due [share]",
    )
    credit_multiple: Annotated[float, Field(ge=0, le=100)] = Field(
        json_schema_extra=plausible(
            0.1,
            72,
            "from the fee itself to a tenth of a month's for a tenth of a point",
            above="in percent?",
        ),
        description="Credit for each missing hour below it, over the price of the hour [ratio]",
    )


class LateCredits(Table):
    """What the customer gets back for a late start, on the invoices that follow."""

    price_share: Annotated[float, Field(gt=0, le=10)] = Field(
        json_schema_extra=plausible(
            0.1,
            2,
            "leases of data centres abate a day's rent, or two, for each day of delay",
            above="in percent?",
        ),
        description="Credit for each GPU and day of delay, over the price of the day [share]",
    )
    grace_days: Days = Field(
        default=0, description="Days of delay without a credit; 0: it begins at once [days]"
    )
    cap_share: Share = Field(
        default=1.0,
        json_schema_extra=plausible(
            0.02, 1, "construction contracts cap delay damages at 5% to 10%", below="nothing?"
        ),
        description="Most that a tranche is credited with, as a share of its value [share]",
    )


class Priced(Protocol):
    """What has a price that may change within a term: a contract."""

    @property
    def price(self) -> float | None:
        """The first price, of a GPU-hour or of a kW and month [USD]."""

    @property
    def price_key(self) -> str:
        """The key in which it and its steps are stated."""

    @property
    def price_steps(self) -> tuple[PriceStep, ...]:
        """Later prices, in order."""

    @property
    def price_escalator(self) -> float:
        """Growth after every 12 months [1/year]."""

    @property
    def commitment(self) -> tuple[CommitmentStep, ...]:
        """Shares that are paid for, in order; none: all."""


class Indexed(Priced, Protocol):
    """What may have a price that follows an index: a contract."""

    @property
    def kind(self) -> str:
        """What is sold."""

    @property
    def late_start(self) -> str:
        """Whether a late start moves the end."""

    @property
    def price_index(self) -> PriceIndex | None:
        """How the price follows it, if it does."""


def is_level(own: Priced) -> bool:
    """Whether each hour of a term is worth the same."""
    return not (own.price_steps or own.price_escalator or own.commitment)


def rate(own: Priced, month: int) -> float:
    """What an hour of a reserved GPU is worth in a month of a tranche's term, 0 the first.

    USD/GPU-hour, or over the price of a first hour paid in full where tranches state their value.
    Likewise what a kW of a colocation is worth in that month [USD/kW-month].
    """
    price, months = own.price, month
    price = 1.0 if price is None else price
    for step in own.price_steps:
        if step.after_months <= month:
            price, months = step.price, month - step.after_months
    share = paid_share(own, month)
    return float(price * (1.0 + own.price_escalator) ** (months // MONTHS_PER_YEAR) * share)


def paid_share(own: Priced, month: int) -> float:
    """Of what is reserved, the share paid for in a month of a tranche's term, 0 the first."""
    share = 1.0 if not own.commitment else 0.0
    for paid in own.commitment:
        if paid.after_months <= month:
            share = paid.share
    return share


def mean_price(own: Priced, months: int) -> float:
    """Price of a reserved hour over a term of so many months, each counted as long as the others.

    USD/GPU-hour, or USD/kW-month; nothing where tranches state their value.
    """
    if own.price is None:
        return 0.0
    if is_level(own):
        return own.price
    return sum(rate(own, month) for month in range(months)) / months


def wrong_index(own: Indexed, longest: int) -> Iterator[Problem]:
    """A price that follows an index: of GPU-hours, stated as one price, on a term that shifts.

    longest: term of the contract's tranches [months].
    """
    index = own.price_index
    if index is None:
        return
    instead = {
        "a backstop": (own.kind == "backstop", "none: its customer buys at put_usd_per_gpu_hour"),
        "a colocation": (own.kind == "colocation", "none: price_escalator or price_steps raise it"),
        "price_steps": (own.price_steps, "one of the two: the index moves one price"),
        "price_escalator": (own.price_escalator, "one of the two: the index moves one price"),
        "no price": (own.price is None, "price_usd_per_gpu_hour instead of value_usd"),
        'late_start = "keeps-end"': (own.late_start != "shifts", 'late_start = "shifts"'),
    }
    for beside, (there, wanted) in instead.items():
        if there:
            yield Problem(("price_index",), f"an index beside {beside}", wanted)
    if index.every_months >= longest:
        wanted = f"less than the longest term, {longest} months, or no price_index"
        yield Problem(("price_index", "every_months"), f"{index.every_months}", wanted)


def wrong_steps(own: Priced, longest: int) -> Iterator[Problem]:
    """Steps in order, of a price that there is, within a term; a minimum from its start on.

    longest: term of the contract's tranches [months].
    """
    if own.price_steps and own.price is None:
        found, wanted = "nothing", f"{own.price_key}, the price before the first of them"
        yield Problem((own.price_key,), found, wanted)
    for place, step in enumerate(own.price_steps):
        given = [key for key in PRICE_KEYS if getattr(step, key) is not None]
        if given != [own.price_key]:
            found = f"a step with {' and '.join(given) or 'no price'}"
            yield Problem(("price_steps", place), found, own.price_key)
    months = {
        "price_steps": [step.after_months for step in own.price_steps],
        "commitment": [step.after_months for step in own.commitment],
    }
    for key, places in months.items():
        yield from unordered_steps(key, "after_months", places, "more than")
        if places and places[-1] >= longest:
            found, most = f"{places[-1]}", f"less than the longest term, {longest} months"
            yield Problem((key, len(places) - 1, "after_months"), found, most)
    if own.commitment and own.commitment[0].after_months:
        first = own.commitment[0].after_months
        yield Problem(("commitment", 0, "after_months"), f"{first}", "0, the start of the term")
    if own.commitment and not any(paid.share for paid in own.commitment):
        yield Problem(("commitment",), "nothing that is paid for", "a share above 0")
