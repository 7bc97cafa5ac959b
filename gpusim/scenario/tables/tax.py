"""The [tax] and [overheads.NAME] tables: a cost line has a key for each of `BASES`, and dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, create_model

from gpusim.economics.books.ledger import COST_LINES
from gpusim.economics.core.calendar import MONTHS_PER_YEAR
from gpusim.economics.core.money import share_of
from gpusim.economics.decisions.cost_bases import BASES, Basis
from gpusim.scenario.language.dated import unordered_dates
from gpusim.scenario.language.fields import (
    Date,
    Life,
    Problem,
    Share,
    SignedRate,
    Table,
    Usd,
    assumed,
    plausible,
)
from gpusim.units_of_measure import CENTS_PER_USD, cents_of

if TYPE_CHECKING:
    from gpusim.scenario.scenario import Scenario

    LineName = str
else:
    LineName = Literal[tuple(line.key for line in COST_LINES)]


class TaxOpening(Table):
    """Tax attributes on the as-of day."""

    losses_usd: Usd = Field(default=0.0, description="Losses carried forward [USD]")
    disallowed_interest_usd: Usd = Field(
        default=0.0, description="Disallowed interest carried forward [USD]"
    )
    ppe_basis_usd: Usd = Field(
        default=0.0,
        description="Tax basis of property and equipment; left out: their book value less what the "
        "deferred tax stands for [USD]",
    )


def bases_of_assets(scenario: Scenario) -> Iterator[tuple[int, int]]:
    """What tax deducts of assets with a tax life of their own: book value [cents], and months."""
    for own in scenario.assets.values():
        if own.tax_life_years is not None:
            book = cents_of(own.gross_usd) - cents_of(own.accumulated_usd)
            yield book, max(round(own.tax_life_years * MONTHS_PER_YEAR), 1)


def book_to_tax(scenario: Scenario) -> int:
    """Book value that `ppe_basis_usd` goes with: assets with a tax life of their own left out.

    [cents].
    """
    book, balance = 0, scenario.balance
    for word in ("servers", "infrastructure", "other_equipment", "intangibles"):
        book += cents_of(getattr(balance, f"{word}_gross_usd"))
        book -= cents_of(getattr(balance, f"{word}_accumulated_usd"))
    return book - sum(own for own, _ in bases_of_assets(scenario))


def basis_left_out(scenario: Scenario) -> float:
    """The tax basis of what is in service, where a file does not state it [USD].

    That with which its deferred tax is explained: book value, of intangibles too, where there is
    none of it, else less that tax over the rate and what counts against it. Source: definitions,
    deferred tax.
    """
    tax, balance = scenario.tax, scenario.balance
    if "ppe_basis_usd" in tax.opening.model_fields_set or not tax.rate:
        return 0.0
    basis = book_to_tax(scenario)
    deferred = cents_of(balance.deferred_tax_usd)
    if deferred > 0:
        basis -= round(deferred / tax.rate)
        basis -= cents_of(tax.opening.losses_usd) + cents_of(tax.opening.disallowed_interest_usd)
        basis -= share_of(cents_of(balance.deferred_revenue_usd), tax.advance_payment_share)
    return max(basis, 0) / CENTS_PER_USD


class Tax(Table):
    """Income tax: current on taxable income, deferred on the differences."""

    rate: Share = Field(
        default=0.25,
        json_schema_extra=plausible(
            0.05,
            0.45,
            "21% federal and some 4 points of state tax, 26 U.S.C. 11",
            above="in percent?",
            below="the state's alone?",
        )
        | assumed("21% federal (26 U.S.C. 11) and about 4 points of state tax", 0.22, 0.27),
        description="Enacted rate, federal and state [share]",
    )
    interest_cap_share: Share = Field(
        default=0.30,
        json_schema_extra=plausible(0.1, 1, "30%: 26 U.S.C. 163(j)", below="percent?")
        | assumed("26 U.S.C. 163(j)", 0.30, 0.30),
        description="Net interest is deductible up to this share of tax EBITDA [share]",
    )
    loss_cap_share: Share = Field(
        default=0.80,
        json_schema_extra=plausible(0.3, 1, "80%: 26 U.S.C. 172", below="what stays taxed?")
        | assumed("26 U.S.C. 172(a)(2)", 0.80, 0.80),
        description="Losses carried forward cover up to this share of taxable income [share]",
    )
    bonus_depreciation: Share = Field(
        default=1.0,
        json_schema_extra=plausible(
            0.2, 1, "100% now, 80% to 20% before: 26 U.S.C. 168(k)", below="percent?"
        )
        | assumed("26 U.S.C. 168(k): full expensing of property acquired after 2025-01-19", 0.4, 1),
        description="Share of cost deducted when placed in service [share]",
    )
    life_years: Life = Field(
        default=5.0,
        json_schema_extra=assumed(
            "26 U.S.C. 168(e): information technology equipment is five-year property", 5, 5
        ),
        description="The rest is deducted straight line over this time [years]",
    )
    advance_payment_share: Share = Field(
        default=1.0,
        json_schema_extra=assumed(
            "26 U.S.C. 451(c): an advance payment is income of the next year at the latest", 0.5, 1
        ),
        description="Share of prepayments taxed the year after receipt, not when earned [share]",
    )
    opening: TaxOpening = Field(
        default=TaxOpening(), description="Attributes on the as-of day [table]"
    )


def rate_field(basis: Basis, *, of_step: bool = False) -> tuple[Any, Any]:
    """A cost line's key for something it may go by: its type and what is declared of it.

    of_step: as a step has it, where it may be left out.
    """
    low, high, source, above, below = basis.usual
    usual = plausible(low, high, source, above=above, below=below)
    kind: Any = Annotated[float, Field(ge=0, le=basis.most)]
    default, then = (None, ", from then on") if of_step else (0.0, "")
    told = f"{basis.meaning}{then} [{basis.unit}]"
    field = Field(default=default, json_schema_extra=usual, description=told)
    return (kind | None if of_step else kind), field


class OverheadStepTerms(Table):
    """Other rates of a cost line from a day on; what is left out stays as it was."""

    date: Date = Field(description="First day of the new rates [date]")

    def problems(self) -> Iterator[Problem]:
        if all(self.stated(basis) is None for basis in BASES):
            keys = ", ".join(basis.key for basis in BASES)
            yield Problem((), "a step without a rate", f"one of {keys}")

    def stated(self, basis: Basis) -> float | None:
        """Its rate for something a line may go by; None where it leaves it [unit of the key]."""
        rate = getattr(self, basis.key)
        return None if rate is None else float(rate)


if TYPE_CHECKING:
    OverheadStep = OverheadStepTerms
else:
    OverheadStep = create_model(
        "OverheadStep",
        __base__=OverheadStepTerms,
        __doc__=OverheadStepTerms.__doc__,
        **{basis.key: rate_field(basis, of_step=True) for basis in BASES},
    )


class OneOff(Table):
    """A cost of one day, beside the rates of its line."""

    date: Date = Field(description="Day whose month it is a cost of [date]")
    amount_usd: Usd = Field(description="Cost [USD]")


class OverheadTerms(Table):
    """What a cost line has whatever it goes by."""

    line: LineName = Field(description="Line of the income statement [name]")
    growth_per_year: SignedRate = Field(
        json_schema_extra=plausible(
            -0.5, 1, "overheads that at most double in a year", above="in percent?"
        ),
        default=0.0,
        description="Growth of the fixed part [1/year]",
    )
    stock_share: Share = Field(default=0.0, description="Share of the whole paid in shares [share]")
    runs_from: Date | None = Field(
        default=None,
        alias="from",
        description="First day of the line; left out: it runs on the as-of day [date]",
    )
    until: Date | None = Field(
        default=None, description="Last day of the line; left out: it has no end [date]"
    )
    steps: tuple[OverheadStep, ...] | None = Field(
        default=None, description="Other rates from a day on, in order; left out: none [tables]"
    )
    one_offs: tuple[OneOff, ...] | None = Field(
        default=None, description="Costs of one day, in or out of its time; left out: none [tables]"
    )

    def problems(self) -> Iterator[Problem]:
        steps = self.steps or ()
        if self.runs_from and self.until and self.until < self.runs_from:
            yield Problem(
                ("until",), self.until.isoformat(), f"no day before from, {self.runs_from}"
            )
        yield from unordered_dates("steps", steps)
        for place, step in enumerate(steps):
            at = ("steps", place, "date")
            if self.runs_from and step.date <= self.runs_from:
                after = f"a day after the line's first, {self.runs_from}"
                yield Problem(at, step.date.isoformat(), after)
            if self.until and step.date > self.until:
                yield Problem(at, step.date.isoformat(), f"no day after until, {self.until}")

    def stated(self, basis: Basis) -> float:
        """Its first rate for something it may go by, 0 where it does not [unit of the key]."""
        return float(getattr(self, basis.key))

    def levels(self, basis: Basis) -> list[tuple[dt.date, float]]:
        """Its rates for something it may go by, each with its first day [unit of the key].

        Nothing from the day after its last.
        """
        found = [(self.runs_from or dt.date.min, self.stated(basis))]
        for step in self.steps or ():
            rate = step.stated(basis)
            if rate is not None:
                found.append((step.date, rate))
        if self.until:
            found.append((self.until + dt.timedelta(days=1), 0.0))
        return found


if TYPE_CHECKING:
    Overhead = OverheadTerms
else:
    Overhead = create_model(
        "Overhead",
        __base__=OverheadTerms,
        __doc__="A cost that is not a site's: the sum of the parts that are given.",
        **{basis.key: rate_field(basis) for basis in BASES},
    )
