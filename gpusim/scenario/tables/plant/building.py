"""What an own building to come costs, when that is billed, and who pays it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import Field

from gpusim.scenario.language import usual
from gpusim.scenario.language.fields import (
    Life,
    Problem,
    Share,
    Table,
    Term,
    Usd,
    assumed,
    needs,
    plausible,
)
from gpusim.scenario.tables.sales.tenancies import TENANCY
from gpusim.units_of_measure import add_months, cents_of

if TYPE_CHECKING:
    from gpusim.scenario.scenario import Scenario
    from gpusim.scenario.tables.sites import Phase, Site


CapRate = Annotated[float, Field(ge=0.001, le=1)]


class Part(NamedTuple):
    """One bill for a building."""

    due: dt.date
    cents: int


class Building(Table):
    """Shell, power and cooling of a phase to come, built for the operator."""

    usd_per_mw: Annotated[float, Field(gt=0, le=1e9)] = Field(
        json_schema_extra=plausible(
            3_000_000,
            25_000_000,
            "9 to 11 million a MW of critical IT in models/data/site_costs.csv, more for liquid "
            "cooling",
            above="the GPUs too?",
            below="a kW's?",
        ),
        description="Cost of a MW of critical IT: shell, power and cooling [USD/MW]",
    )
    months: Term = Field(
        default=12,
        json_schema_extra=plausible(3, 36, "a year or two from ground to power in filings")
        | assumed("a year or two from ground to power", 6, 24),
        description="Months over which it is billed, up to the planned handover [months]",
    )
    spent_usd: Usd = Field(
        default=0.0, description="Of that, in construction on the as-of day [USD]"
    )
    life_years: Life = Field(
        default=25.0,
        json_schema_extra=assumed(
            "8 to 20 years of power equipment in bundled models, some 40 of a shell", 15, 40
        ),
        description="Straight-line life from the handover on [years]",
    )
    tax_life_years: Life = Field(
        default=39.0,
        json_schema_extra=assumed(
            "nonresidential real property in the United States; what is equipment is shorter",
            15,
            39,
        ),
        description="Years over which tax deducts it, in equal parts [years]",
    )
    cap_rate: CapRate | None = Field(
        default=None,
        json_schema_extra=usual.CAP_RATE,
        description="Net operating income of its let power over what that is worth; left out: "
        "nobody values it, and it counts at cost less depreciation [1/year]",
    )
    forced_sale_share: Share | None = Field(
        default=None,
        json_schema_extra=usual.FORCED_SALE,
        description="Of its market value, or without a cap_rate of its book value, what it fetches "
        "after a default, costs of the sale taken off; left out: the operator's [share]",
    )
    facility: str = Field(default="", description="Loan that pays part of it: a [debt] name [name]")
    loan_share: Share | None = Field(
        json_schema_extra=usual.FINANCED_SHARE,
        default=None,
        description="That part, at most its advance rate; left out: its advance rate [share]",
    )

    def problems(self) -> Iterator[Problem]:
        if self.loan_share is not None and not self.facility:
            yield needs("facility", "because loan_share is given")

    def cents(self, it_mw: float) -> int:
        """What it costs in all [cents]."""
        return cents_of(self.usd_per_mw * it_mw)

    def parts(self, it_mw: float, ready: dt.date, as_of: dt.date) -> list[Part]:
        """Its bills after the as-of day, in order; earlier ones have the cents that are over.

        Source: definitions, own buildings to come.
        """
        days = [add_months(ready, -n) - dt.timedelta(1) for n in range(self.months - 1, -1, -1)]
        days = [day for day in days if day > as_of]
        left = self.cents(it_mw) - cents_of(self.spent_usd)
        if not days or left <= 0:
            return []
        each, over = divmod(left, len(days))
        return [Part(day, each + (n < over)) for n, day in enumerate(days)]


def buildings_of(site: Site) -> Iterator[tuple[int, Phase, Building]]:
    """The phases of a site that are built for it, with their places."""
    for place, phase in enumerate(site.phases):
        if phase.building is not None:
            yield place, phase, phase.building


class Billed(NamedTuple):
    """A bill for a building, of which phase of which site."""

    site: str
    phase: int
    building: Building
    part: Part


def bills_of_buildings(scenario: Scenario) -> list[Billed]:
    """Bills for buildings to come, the earliest first, then as the file has them."""
    found = [
        Billed(name, place, building, part)
        for name, site in scenario.sites.items()
        for place, phase, building in buildings_of(site)
        for part in building.parts(phase.it_mw, phase.ready, scenario.model.as_of)
    ]
    return sorted(found, key=lambda bill: bill.part.due)


def buildings_to_come(scenario: Scenario) -> int:
    """How many halls are built for the operator."""
    return sum(1 for site in scenario.sites.values() for _ in buildings_of(site))


def building_problems(site: Site) -> Iterator[Problem]:
    """Buildings of sites that are leased, or that come only where an order needs them."""
    for place, phase, _ in buildings_of(site):
        at = ("phases", place, "building")
        if site.kind != "owned":
            yield Problem(at, f"a building of a {site.kind}", 'none, or kind = "owned"')
        if phase.taken != "when-ready":
            yield Problem(at, f'a building of a phase taken = "{phase.taken}"', "when-ready")


def buildings_amiss(s: Scenario) -> Iterator[Problem]:
    """Buildings that stand or are overspent; loans that can know neither them nor a tenant."""
    for name, site in s.sites.items():
        for place, phase, building in buildings_of(site):
            at = ("sites", name, "phases", place, "building")
            ready = ("sites", name, "phases", place, "ready")
            left = building.cents(phase.it_mw) - cents_of(building.spent_usd)
            if phase.ready <= s.model.as_of:
                found = "a building that stands on the as-of day"
                most = "a later day, or its cost as a table [assets] of category infrastructure"
                yield Problem(ready, found, most)
            elif left < 0:
                most = f"at most what it costs, {building.usd_per_mw * phase.it_mw:,.0f}"
                yield Problem((*at, "spent_usd"), f"{building.spent_usd:,.0f}", most)
            elif left > 0 and not building.parts(phase.it_mw, phase.ready, s.model.as_of):
                found = f"a building handed over on {phase.ready} and not yet paid for"
                yield Problem(ready, found, f"two days after {s.model.as_of}, or all of it spent")
            valued = building.cap_rate is not None
            yield from _loan_amiss(s, (*at, "facility"), building.facility, valued)
    built = {own.facility for site in s.sites.values() for _, _, own in buildings_of(site)}
    for name, contract in s.contracts.items():
        if contract.kind == TENANCY:
            key, loan = ("contracts", name, "facility"), contract.facility
            yield from _loan_amiss(s, key, loan, valued=loan in built)


def _loan_amiss(
    s: Scenario, at: tuple[str | int, ...], loan: str, valued: bool
) -> Iterator[Problem]:
    """A loan that looks at the value of GPUs alone, or that has nothing but them.

    valued: whether the building has a value that its lender can look at.
    """
    debt = s.debt.get(loan)
    if debt is None:
        return
    if not debt.recourse:
        yield Problem(at, f'"{loan}", without recourse', "a loan with recourse")
    tests = debt.covenants
    found = f'"{loan}", which lends on the value of GPUs'
    if debt.size_ltv:
        yield Problem(at, found, "a loan without size_ltv")
    elif tests and (tests.ltv or tests.ltv_market) and not valued:
        wanted = "a loan without ltv and ltv_market, or a cap_rate of the buildings it pays for"
        yield Problem(at, found, wanted)
