"""The [sites.NAME] tables: a place with power, its landlord and its utility."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

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
    Years,
    plausible,
)
from gpusim.scenario.reading.parts import twice

UsdPerKwMonth = Annotated[float, Field(ge=0, le=10_000)]


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

    @property
    def powered(self) -> dt.date:
        """Planned energisation, never before the handover."""
        return max(self.ready, self.power_ready or self.ready)


class Site(Table):
    """A leased powered shell, a colocation or an own building."""

    kind: Literal["leased-shell", "colocation", "owned"] = Field(
        description="Who owns the building and the power equipment [name]"
    )
    developer: Text = Field(
        description="Who builds it; delays of one developer come together [name]"
    )
    pue: Annotated[
        float,
        Field(
            json_schema_extra=plausible(1.0, 2.2, "1.10 to 1.80 in models/data/site_costs.csv"),
            ge=1,
            le=5,
        ),
    ] = Field(description="Grid power over IT power [ratio]")
    tariff_usd_per_kwh: Annotated[
        float,
        Field(
            json_schema_extra=plausible(
                0.01,
                0.5,
                "industrial prices of 0.061 to 0.095 in models/data/site_costs.csv",
                above="cents?",
                below="thousands of USD, a MWh's price?",
            ),
            ge=0,
            le=10,
        ),
    ] = Field(description="Energy price [USD/kWh]")
    grid_charge_usd_per_kw_month: UsdPerKwMonth = Field(
        json_schema_extra=plausible(
            0.2,
            60,
            "demand charges of US utilities, a few USD to some 30",
            above="a year's, or a MW's?",
        ),
        description="Demand charge on grid power [USD/kW-month]",
    )
    minimum_take: Share = Field(
        description="Share of the powered capacity whose energy is paid, used or not [share]"
    )
    load_factor: Share = Field(
        json_schema_extra=plausible(
            0.3, 1, "0.65 to 1 in bundled models", below="what is left unused?"
        ),
        description="Average draw of a GPU in service over its IT power [share]",
    )
    rent_usd_per_kw_month: UsdPerKwMonth = Field(
        json_schema_extra=plausible(
            20,
            500,
            "120 to 250 in models/data/site_costs.csv",
            above="a year's, or a MW's?",
            below="a square foot's, or thousands?",
        ),
        description="Fixed rent of critical IT at handover [USD/kW-month]",
    )
    rent_escalator: SignedRate = Field(
        json_schema_extra=plausible(
            -0.05, 0.1, "3% a year: Hut 8, 2025-12-17", above="in percent?"
        ),
        description="Yearly step of the fixed rent [1/year]",
    )
    lease_years: Years = Field(description="Term of each phase's lease from handover [years]")
    holdover_rent_ratio: Annotated[float, Field(ge=1, le=5)] = Field(
        json_schema_extra=plausible(
            1, 2.5, "leases in the United States set 1.25 to 2", above="in percent?"
        ),
        default=1.5,
        description="Rent of a phase kept beyond its lease's end, over the lease's last [ratio]",
    )
    variable_rent_usd_per_kw_month: UsdPerKwMonth = Field(
        json_schema_extra=plausible(
            1,
            300,
            "common charges beside rents of 120 to 250 in models/data/site_costs.csv",
            above="a year's, or a MW's?",
            below="thousands?",
        ),
        description="Rent beyond the fixed part, such as common charges [USD/kW-month]",
    )
    staff_usd_per_kw_month: UsdPerKwMonth = Field(
        json_schema_extra=plausible(
            0.5,
            60,
            "site staff of bundled models, 2 to 15",
            above="a year's, or a MW's?",
            below="thousands?",
        ),
        description="Site staff and other site costs from handover [USD/kW-month]",
    )
    delay: Delay = Field(description="How late the landlord hands over [table]")
    power_delay: Delay = Field(
        default=NO_DELAY, description="How much later than the hall its power comes [table]"
    )
    phases: tuple[Phase, ...] = Field(description="Its phases [list of tables]")

    @property
    def fixed_rent(self) -> float:
        """Fixed rent as it is paid: an own building has none [USD/kW-month]."""
        return 0.0 if self.kind == "owned" else self.rent_usd_per_kw_month

    def problems(self) -> Iterator[Problem]:
        for place, name in twice([phase.name for phase in self.phases]):
            found = f"{shown(name)}, the name of another phase"
            yield Problem(("phases", place, "name"), found, "a name of its own, or none")
        if not self.phases:
            yield Problem(("phases",), "an empty list", "at least one phase {it_mw=, ready=}")
        if self.kind != "owned" and self.lease_years == 0:
            yield Problem(("lease_years",), "0", f"a term above 0 for a {self.kind}")
