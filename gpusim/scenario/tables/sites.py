"""The [sites.NAME] tables: a place with power, its landlord and its utility."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import Field

from gpusim.scenario.language import usual
from gpusim.scenario.language.dated import unordered_dates
from gpusim.scenario.language.errors import shown
from gpusim.scenario.language.fields import (
    NO_DELAY,
    Date,
    Delay,
    Problem,
    Share,
    SignedRate,
    Table,
    Text,
    UsdPerKwh,
    Years,
    assumed,
    plausible,
)
from gpusim.scenario.reading.parts import twice
from gpusim.scenario.tables.plant.building import Building, building_problems
from gpusim.scenario.tables.plant.curtailment import Curtailment
from gpusim.scenario.tables.plant.ppa import Ppa

UsdPerKwMonth = Annotated[float, Field(ge=0, le=10_000)]
DEMAND = plausible(
    0.2,
    60,
    "demand charges of US utilities, a few USD to some 30",
    above="a year's, or a MW's?",
)

OF_A_LEASE: Final = (
    "rent_usd_per_kw_month",
    "rent_escalator",
    "lease_years",
    "holdover_rent_ratio",
)
"""What only a landlord's lease says."""


class Phase(Table):
    """A part of a site that is handed over as one. Ready on or before the as-of day: in use."""

    it_mw: Annotated[
        float,
        Field(
            json_schema_extra=plausible(
                0.005,
                2000,
                "590 MW let at once in models/data/site_costs.csv, 944 in bundled models",
                above="kW?",
            ),
            gt=0,
            le=100_000,
        ),
    ] = Field(description="Critical IT capacity [MW of IT]")
    ready: Date = Field(description="Planned handover by the landlord [date]")
    power_ready: Date | None = Field(
        default=None, description="Planned energisation, if after the handover [date]"
    )
    name: str = Field(
        default="",
        description="Identity of its draws; left out: its date and MW as the files say [name]",
    )
    taken: Literal["when-ready", "with-first-order"] = Field(
        default="when-ready",
        description="Whether it is taken over when ready, or only once an order needs it [name]",
    )
    building: Building | None = Field(
        default=None, description="Of an own site: what it costs to build; left out: none [table]"
    )

    @property
    def powered(self) -> dt.date:
        """Planned energisation, never before the handover."""
        return max(self.ready, self.power_ready or self.ready)


class TariffStep(Table):
    """Another price of a site's power from a day on; what is left out stays as it was."""

    date: Date = Field(description="First day of the new prices [date]")
    tariff_usd_per_kwh: UsdPerKwh | None = Field(
        default=None,
        json_schema_extra=usual.ENERGY_PRICE,
        description="Energy price from then on [USD/kWh]",
    )
    grid_charge_usd_per_kw_month: UsdPerKwMonth | None = Field(
        default=None,
        json_schema_extra=DEMAND,
        description="Demand charge on grid power from then on [USD/kW-month]",
    )

    def problems(self) -> Iterator[Problem]:
        if self.tariff_usd_per_kwh is None and self.grid_charge_usd_per_kw_month is None:
            wanted = "tariff_usd_per_kwh or grid_charge_usd_per_kw_month"
            yield Problem((), "a step without a price", wanted)


class DatedOutage(Table):
    """An outage of a site that is known, or supposed, to come on a day."""

    date: Date = Field(description="Its first day, which it takes from the start on [date]")
    hours: Annotated[float, Field(gt=0, le=87_600)] = Field(
        json_schema_extra=plausible(
            0.5, 2_200, "assumed: from a switchover to a season's repair", above="in minutes?"
        ),
        description="How long it lasts [hours]",
    )


class Outages(Table):
    """When all of a site stands still: the grid, the cooling, a fire, a maintenance."""

    per_year: Annotated[float, Field(ge=0, le=12)] = Field(
        default=0.0,
        json_schema_extra=plausible(
            0.02,
            4,
            "assumed: one in decades for a fault-tolerant site, one a season for a plain one",
            above="in percent?",
        ),
        description="How many come by chance in a year, at most one a month [1/year]",
    )
    mean_hours: Annotated[float, Field(ge=1, le=744)] | None = Field(
        default=None,
        json_schema_extra=plausible(
            1, 240, "assumed: a few hours, some days after a fire or a storm", above="in minutes?"
        ),
        description="Mean length of one that comes by chance [hours]",
    )
    sd_hours: Annotated[float, Field(ge=0, le=744)] = Field(
        default=0.0, description="Standard deviation of it; 0: always the mean [hours]"
    )
    dated: tuple[DatedOutage, ...] = Field(
        default=(),
        description="Those that come for certain; an hour in two of them counts once; left out: "
        "none [list of tables]",
    )

    def problems(self) -> Iterator[Problem]:
        yield from unordered_dates("dated", self.dated)
        if self.per_year > 0 and self.mean_hours is None:
            yield Problem((), "outages by chance without a length", "mean_hours")
        if self.mean_hours is None and not self.dated and self.per_year == 0:
            yield Problem((), "no outage", "per_year and mean_hours, or dated ones")


class TariffLevel(NamedTuple):
    """What a site's power costs from a day on."""

    date: dt.date
    usd_per_kwh: float
    usd_per_kw_month: float


class Site(Table):
    """A leased powered shell, a colocation or an own building."""

    kind: Literal["leased-shell", "colocation", "owned"] = Field(
        default="colocation",
        json_schema_extra=assumed("most who start rent the building and the power equipment"),
        description="Who owns the building and the power equipment [name]",
    )
    developer: Text = Field(
        description="Who builds it; delays of one developer come together [name]"
    )
    region: Text | None = Field(
        default=None,
        description="Grid, market or state, by which shocks and settings choose sites, as in "
        "sites.*[region:texas]; left out: none [name]",
    )
    pue: Annotated[
        float,
        Field(
            json_schema_extra=plausible(1.0, 2.2, "1.10 to 1.80 in models/data/site_costs.csv")
            | assumed(
                "1.10 to 1.80 in models/data/site_costs.csv, hyperscale average 1.20 to 1.30",
                1.1,
                1.5,
            ),
            ge=1,
            le=5,
        ),
    ] = Field(default=1.3, description="Grid power over IT power [ratio]")
    tariff_usd_per_kwh: UsdPerKwh = Field(
        default=0.0862,
        json_schema_extra=usual.ENERGY_PRICE
        | assumed(
            "average industrial price of the United States in 2025, EIA "
            "(models/data/site_costs.csv)",
            0.055,
            0.11,
        ),
        description="Energy price [USD/kWh]",
    )
    grid_charge_usd_per_kw_month: UsdPerKwMonth = Field(
        default=0.0,
        json_schema_extra=DEMAND
        | assumed("in the tariff, unless a utility bills demand apart", 0, 15),
        description="Demand charge on grid power [USD/kW-month]",
    )
    tariff_steps: tuple[TariffStep, ...] | None = Field(
        default=None,
        description="Other prices of power from a day on, in order; left out: none [tables]",
    )
    ppa: Ppa | None = Field(
        default=None,
        description="Power bought ahead in a fixed volume at a fixed price; left out: none [table]",
    )
    curtailment: Curtailment | None = Field(
        default=None,
        description="Load of its GPUs that it sheds when it is asked to; left out: none [table]",
    )
    minimum_take: Share = Field(
        default=0.0,
        json_schema_extra=assumed(
            "power is paid as it is used, unless the lease says otherwise", 0, 0.8
        ),
        description="Share of the powered capacity whose energy is paid, used or not [share]",
    )
    load_factor: Share = Field(
        default=0.75,
        json_schema_extra=plausible(
            0.3, 1, "0.65 to 1 in bundled models", below="what is left unused?"
        )
        | assumed("0.65 to 1 in bundled models", 0.65, 1),
        description="Average draw of a GPU in service over its IT power, of let power too [share]",
    )
    idle_load_factor: Share | None = Field(
        default=None,
        json_schema_extra=plausible(
            0.05, 0.9, "assumed: fans, memory and hosts of a server that waits", below="percent?"
        ),
        description="Average draw of one in service that is not billed; left out: the load factor "
        "[share]",
    )
    rent_usd_per_kw_month: UsdPerKwMonth = Field(
        default=155.0,
        json_schema_extra=plausible(
            20,
            500,
            "120 to 250 in models/data/site_costs.csv",
            above="a year's, or a MW's?",
            below="a square foot's, or thousands?",
        )
        | assumed(
            "powered shells let in late 2025: 142 to 189 (models/data/site_costs.csv); small "
            "colocation asks 196",
            120,
            215,
        ),
        description="Fixed rent of critical IT at handover [USD/kW-month]",
    )
    rent_escalator: SignedRate = Field(
        default=0.03,
        json_schema_extra=plausible(-0.05, 0.1, "3% a year: Hut 8, 2025-12-17", above="in percent?")
        | assumed("3% a year: Hut 8, 2025-12-17", 0, 0.035),
        description="Yearly step of the fixed rent [1/year]",
    )
    lease_years: Years = Field(
        default=10.0,
        json_schema_extra=assumed("10 to 15 years in models/data/site_costs.csv", 5, 15),
        description="Term of each phase's lease from handover [years]",
    )
    holdover_rent_ratio: Annotated[float, Field(ge=1, le=5)] = Field(
        json_schema_extra=plausible(
            1, 2.5, "leases in the United States set 1.25 to 2", above="in percent?"
        ),
        default=1.5,
        description="Rent of a phase kept beyond its lease's end, over the lease's last [ratio]",
    )
    variable_rent_usd_per_kw_month: UsdPerKwMonth = Field(
        default=0.0,
        json_schema_extra=plausible(
            1,
            300,
            "common charges beside rents of 120 to 250 in models/data/site_costs.csv",
            above="a year's, or a MW's?",
            below="thousands?",
        )
        | assumed("common charges are in the rent, unless billed apart", 0, 15),
        description="Rent beyond the fixed part, such as common charges [USD/kW-month]",
    )
    staff_usd_per_kw_month: UsdPerKwMonth = Field(
        default=8.0,
        json_schema_extra=plausible(
            0.5,
            60,
            "site staff of bundled models, 2 to 15",
            above="a year's, or a MW's?",
            below="thousands?",
        )
        | assumed("site staff of bundled models, 3.5 to 15", 3.5, 15),
        description="Site staff and other site costs from handover [USD/kW-month]",
    )
    delay: Delay = Field(
        default=Delay(probability=0.4, mean_days=120.0, sd_days=90.0),
        json_schema_extra=assumed(
            "30% to 50% of US projects of 2026 are expected to slip, some by two quarters "
            "(models/data/site_costs.csv)",
            relative=0.5,
        ),
        description="How late the landlord hands over [table]",
    )
    power_delay: Delay = Field(
        default=NO_DELAY, description="How much later than the hall its power comes [table]"
    )
    outages: Outages | None = Field(
        default=None,
        description="When all of it stands still and delivers nothing; left out: never [table]",
    )
    phases: tuple[Phase, ...] = Field(description="Its phases [list of tables]")

    @property
    def idle_load(self) -> float:
        """Average draw of a GPU in service that is not billed [share]."""
        return self.load_factor if self.idle_load_factor is None else self.idle_load_factor

    @property
    def idle_keys(self) -> tuple[str, ...]:
        """Keys that have no effect: those of a lease, on an own building."""
        return OF_A_LEASE if self.kind == "owned" else ()

    @property
    def fixed_rent(self) -> float:
        """Fixed rent as it is paid: an own building has none [USD/kW-month]."""
        return 0.0 if self.kind == "owned" else self.rent_usd_per_kw_month

    def tariffs(self) -> list[TariffLevel]:
        """What its power costs: before all steps, then from the day of each."""
        level = TariffLevel(dt.date.min, self.tariff_usd_per_kwh, self.grid_charge_usd_per_kw_month)
        found = [level]
        for step in self.tariff_steps or ():
            energy, demand = step.tariff_usd_per_kwh, step.grid_charge_usd_per_kw_month
            level = TariffLevel(
                step.date,
                level.usd_per_kwh if energy is None else energy,
                level.usd_per_kw_month if demand is None else demand,
            )
            found.append(level)
        return found

    def problems(self) -> Iterator[Problem]:
        yield from unordered_dates("tariff_steps", self.tariff_steps or ())
        if self.idle_load > self.load_factor:
            most = f"at most load_factor, {self.load_factor:g}"
            yield Problem(("idle_load_factor",), f"{self.idle_load:g}", most)
        for place, name in twice([phase.name for phase in self.phases]):
            found = f"{shown(name)}, the name of another phase"
            yield Problem(("phases", place, "name"), found, "a name of its own, or none")
        if not self.phases:
            yield Problem(("phases",), "an empty list", "at least one phase {it_mw=, ready=}")
        yield from building_problems(self)
        if self.kind != "owned" and self.lease_years == 0:
            yield Problem(("lease_years",), "0", f"a term above 0 for a {self.kind}")
