"""Power that a site buys ahead: a fixed volume in every hour, at a price of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from gpusim.scenario.language import usual
from gpusim.scenario.language.fields import (
    Date,
    Problem,
    Share,
    SignedRate,
    Table,
    UsdPerKwh,
    plausible,
)


class Ppa(Table):
    """A power purchase agreement of fixed volume: paid for in every hour, used or not."""

    mw: Annotated[float, Field(ge=0, le=100_000)] = Field(
        json_schema_extra=plausible(
            0.05, 2000, "from a row of racks to the largest sites in bundled models", above="kW?"
        ),
        description="Power bought in every hour, at the grid's side of the meter [MW]",
    )
    price_usd_per_kwh: UsdPerKwh = Field(
        json_schema_extra=usual.ENERGY_PRICE,
        description="Price of it, from its first day on [USD/kWh]",
    )
    runs_from: Date = Field(alias="from", description="First day of delivery [date]")
    until: Date | None = Field(
        default=None, description="Last day of delivery; left out: it has no end [date]"
    )
    escalation_per_year: SignedRate = Field(
        default=0.0,
        json_schema_extra=plausible(
            -0.05, 0.06, "assumed: from a falling price to inflation", above="in percent?"
        ),
        description="Step of its price at each anniversary of its first day [1/year]",
    )
    resale_usd_per_kwh: UsdPerKwh | None = Field(
        default=None,
        json_schema_extra=usual.ENERGY_PRICE,
        description="What a kWh brings that the site does not draw; left out: by share [USD/kWh]",
    )
    resale_tariff_share: Share | None = Field(
        default=None,
        description="The same as a share of the tariff; both left out: nothing [share]",
    )

    def problems(self) -> Iterator[Problem]:
        if self.until and self.until < self.runs_from:
            found = self.until.isoformat()
            yield Problem(("until",), found, f"no day before from, {self.runs_from}")
        if self.resale_usd_per_kwh is not None and self.resale_tariff_share is not None:
            found = f"{self.resale_tariff_share:g}, beside resale_usd_per_kwh"
            yield Problem(("resale_tariff_share",), found, "one of the two")
