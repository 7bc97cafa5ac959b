"""The [gpus.NAME] tables: a GPU generation, as its supplier sells it and the market rents it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from gpusim.economics.core.calendar import DAYS_PER_YEAR
from gpusim.scenario.language.fields import (
    Date,
    Days,
    Duration,
    Life,
    Problem,
    Rate,
    Share,
    Table,
    assumed,
    plausible,
)
from gpusim.scenario.tables.forward import Forward
from gpusim.scenario.tables.plant.depreciation import MOST_YEARS, Depreciation
from gpusim.units_of_measure import SMALLEST_KW

UsdPerGpu = Annotated[float, Field(ge=0, le=10_000_000)]
Inflation = Annotated[float, Field(gt=-1, le=5)]
UsdPerGpuHour = Annotated[float, Field(ge=0, le=1_000)]
RepairsPerYear = Annotated[float, Field(ge=0, le=12)]
LogSpread = Annotated[float, Field(ge=0, le=3)]


class Repair(Table):
    """Failures that are repaired."""

    rate_per_year: RepairsPerYear = Field(
        json_schema_extra=plausible(
            0.01,
            4,
            "0.17: Meta, The Llama 3 Herd of Models, 2024",
            above="a month's, or a server's?",
            below="a day's?",
        ),
        description="Repairs a GPU needs [1/year]",
    )
    days: Days = Field(description="Out of service each time [days]")

    def problems(self) -> Iterator[Problem]:
        if self.rate_per_year * self.days >= DAYS_PER_YEAR:
            yield Problem(
                ("days",),
                f"{self.rate_per_year:g} repairs a year of {self.days} days",
                "less than a year out of service a year",
            )


class Failures(Table):
    """How GPUs fail and what stands in for them."""

    rate_per_year: Rate = Field(
        default=0.04,
        json_schema_extra=plausible(
            0.002,
            0.3,
            "2.5% to 6% in surveys; 6.1%: Meta, The Llama 3 Herd of Models, 2024",
            above="in percent, with the point left out?",
            below="a month's or a day's?",
        )
        | assumed("2.5% to 6% a year in public surveys of H100 fleets", 0.025, 0.06),
        description="Accepted GPUs that fail for good [1/year]",
    )
    log_sd: LogSpread = Field(
        default=0.3,
        json_schema_extra=plausible(0.05, 1.5, "months that differ by a third", above="in percent?")
        | assumed("months differ by a third: bad batches, heat, new firmware", 0, 0.6),
        description="Spread of the logarithm of a month's failures, repairs too, around that "
        "[number]",
    )
    repair: Repair = Field(
        default=Repair(rate_per_year=0.17, days=4),
        json_schema_extra=assumed(
            "0.17 interruptions a GPU-year (Meta, The Llama 3 Herd of Models, 2024), "
            "three to five days each with parts on site",
            relative=0.5,
        ),
        description="Failures that are repaired [table]",
    )
    spare_share: Annotated[Share, Field(lt=1)] = Field(
        default=0.02,
        json_schema_extra=plausible(
            0.002, 0.3, "a spare pool of 5%", above="in percent, with the point left out?"
        )
        | assumed("2% where other GPUs can stand in, 5% where all are sold", 0, 0.08),
        description="Spares kept out of the pool, of accepted GPUs; what lacks is bought where "
        "contracts need it [share]",
    )
    short_start_share: Share = Field(
        default=0.05,
        json_schema_extra=plausible(
            0.001,
            0.3,
            "a few trays of a cluster, some 5%",
            above="in percent, with the point left out?",
        )
        | assumed("a cluster is taken over with a few trays missing", 0, 0.1),
        description="Of a tranche's GPUs, that may be missing when it starts because they have "
        "failed and their replacement is on its way [share]",
    )


class LifeChange(Table):
    """A change of the book life; what is not yet charged is spread over what it leaves."""

    date: Date = Field(description="First day of the new life [date]")
    years: Life = Field(description="Life from in service on [years]")


class Gpu(Table):
    """A GPU generation."""

    it_kw_per_gpu: Annotated[
        float,
        Field(
            json_schema_extra=plausible(
                0.3,
                6,
                "1.3 to 2.4 in models/data/gpu_hardware.csv; 0.8 for A100",
                above="a server's or a rack's, or watts?",
                below="MW, or the chip alone?",
            ),
            ge=SMALLEST_KW,
            le=100,
        ),
    ] = Field(description="Critical IT power per GPU, network and storage included [kW/GPU]")
    capex_usd_per_gpu: UsdPerGpu = Field(
        json_schema_extra=plausible(
            1500,
            250000,
            "31,250 in models/data/gpu_hardware.csv to 107,900 in bundled models",
            above="a server's or a rack's?",
            below="thousands?",
        ),
        description="All-in price at order: server, network, storage, installation [USD/GPU]",
    )
    infrastructure_share: Share = Field(
        default=0.0,
        json_schema_extra=plausible(
            0.01,
            0.7,
            "16.5% of CoreWeave's additions of 2025, up to 29% in bundled models",
            above="in percent, with the point left out?",
            below="percent?",
        )
        | assumed(
            "the landlord provides power and cooling; 16.5% of CoreWeave's additions of 2025",
            0,
            0.3,
        ),
        description="Share of that price in power equipment and leasehold improvements [share]",
    )
    deposit_share: Share = Field(
        default=0.10,
        json_schema_extra=assumed("a tenth at order: 0 to 0.5 in bundled models", 0, 0.5),
        description="Share of the price paid at order [share]",
    )
    payment_days: Days = Field(
        default=30,
        json_schema_extra=assumed("15 to 60 days after delivery in bundled models", 0, 90),
        description="The rest is due this long after delivery [days]",
    )
    book_life_years: Life = Field(
        default=5.0,
        json_schema_extra=plausible(
            1, 25, "4 to 6 years in models/data/gpu_hardware.csv", above="months?"
        )
        | assumed(
            "Nebius 4, Lambda and Amazon 5, Meta 5.5, CoreWeave 6 in 2025 "
            "(models/data/gpu_hardware.csv)",
            4,
            6,
        ),
        description="Book life of the servers [years]",
    )
    economic_life_years: Life | None = Field(
        default=None,
        description="Age at which free GPUs are sold; left out: their book life [years]",
    )
    depreciation: Depreciation | None = Field(
        default=None,
        description="How their cost is spread over that life; left out: straight line [table]",
    )
    life_change: LifeChange | None = Field(
        default=None, description="Change of the book life in mid-run; left out: none [table]"
    )
    infrastructure_life_years: Life = Field(
        default=10.0,
        json_schema_extra=assumed("8 to 20 years in bundled models", 8, 20),
        description="Straight-line life of the infrastructure part [years]",
    )
    salvage_share: Share = Field(
        default=0.0,
        json_schema_extra=plausible(
            0.005,
            0.4,
            "filings write hardware down to nothing",
            above="in percent, with the point left out?",
            below="percent?",
        )
        | assumed("filings write servers down to nothing", 0, 0.1),
        description="Share of server cost never depreciated [share]",
    )
    lead: Duration = Field(
        default=Duration(planned_days=120, sd_days=30.0),
        json_schema_extra=assumed(
            "four months from order to delivery, 4 to 8 where supply is short", relative=0.5
        ),
        description="From order to delivery [table]",
    )
    fitout: Duration = Field(
        default=Duration(planned_days=30, sd_days=10.0),
        json_schema_extra=assumed(
            "one to two months without revenue after the handover of a shell", relative=0.5
        ),
        description="From delivery in a powered hall to in service, ready for use [table]",
    )
    acceptance: Duration = Field(
        default=Duration(planned_days=30, sd_days=8.0),
        json_schema_extra=assumed(
            "in service to billing takes 15 to 60 days, docs/definitions.md", relative=0.5
        ),
        description="From in service to accepted by the customer, when billing starts [table]",
    )
    redeploy_days: Days = Field(
        default=0,
        description="From the end of a contract until its GPUs can serve another customer [days]",
    )
    failures: Failures | None = Field(
        default=None, description="How GPUs fail; left out: none does [table]"
    )
    on_demand_usd_per_gpu_hour: UsdPerGpuHour = Field(
        json_schema_extra=plausible(
            0.05,
            25,
            "1.34 to 12.29 in models/data/gpu_rental_prices.csv",
            above="a day's or a month's?",
            below="thousands?",
        ),
        description="Rental index on the as-of day, the list price then too [USD/GPU-hour]",
    )
    floor_usd_per_gpu_hour: UsdPerGpuHour = Field(
        default=0.3,
        json_schema_extra=plausible(
            0.01,
            8,
            "cash costs of 0.3 to 1.2 an hour in bundled models",
            above="a day's or a month's?",
        )
        | assumed(
            "the lowest cash cost of an hour in bundled models: below it GPUs are switched off",
            0,
            1.2,
        ),
        description="The rental index never falls below this, the cash cost [USD/GPU-hour]",
    )
    forward: Forward | None = Field(
        default=None, description="Expected index of later months, as quoted [table]"
    )
    hardware_inflation_per_year: Inflation = Field(
        json_schema_extra=plausible(
            -0.6, 0.6, "prices of generations fall by up to a half a year", above="in percent?"
        ),
        default=0.0,
        description="Expected growth of this generation's price at order; 0: it stays [1/year]",
    )

    def problems(self) -> Iterator[Problem]:
        if self.floor_usd_per_gpu_hour > self.on_demand_usd_per_gpu_hour:
            yield Problem(
                ("floor_usd_per_gpu_hour",),
                f"{self.floor_usd_per_gpu_hour:g}",
                f"at most on_demand_usd_per_gpu_hour, which is {self.on_demand_usd_per_gpu_hour:g}",
            )
        if self.depreciation is not None:
            yield from self._course_problems(self.depreciation)

    def _course_problems(self, own: Depreciation) -> Iterator[Problem]:
        """A course goes by whole years: as many as the book life has."""
        years, stated = self.book_life_years, own.by_year
        if years != int(years) or not 1 <= years <= MOST_YEARS:
            yield Problem(
                ("book_life_years",),
                f"{years:g}",
                f"a whole number of years, 1 to {MOST_YEARS}, because depreciation goes by years",
            )
        elif stated is not None and len(stated) != years:
            yield Problem(
                ("depreciation", "by_year"), f"{len(stated)} years", f"{years:g}, the book life"
            )

    def course(self) -> list[float]:
        """Charged by the end of each year of service, of what is charged in all; [] straight line.

        Source: as `Depreciation.course`.
        """
        if self.depreciation is None:
            return []
        return self.depreciation.course(round(self.book_life_years), self.salvage_share)
