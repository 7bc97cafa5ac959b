"""The tranches of a contract, and where their GPUs stand on the as-of day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from gpusim.scenario.language import usual
from gpusim.scenario.language.fields import (
    Date,
    Days,
    Gpus,
    Problem,
    Table,
    Term,
    Usd,
    needs,
)
from gpusim.units_of_measure import SMALLEST_KW


class Hardware(Table):
    """Where a tranche's GPUs stand on the as-of day."""

    status: Literal["planned", "ordered", "delivered", "in-service"] = Field(
        default="planned",
        description="planned: ordered when needed; ordered: on its way; delivered: title has "
        "passed; in-service: uses GPUs of [assets] [name]",
    )
    delivery: Date | None = Field(default=None, description="Ordered: planned delivery [date]")
    deposit_usd: Usd = Field(default=0.0, description="Ordered: paid so far [USD]")
    in_progress_usd: Usd = Field(
        default=0.0, description="Delivered: cost so far in construction in progress [USD]"
    )
    cost_to_come_usd: Usd | None = Field(
        default=None,
        description="Cost not yet booked or paid. Delivered: billed at in service, left out: "
        "none. Ordered: total cost, deposit included; left out: GPUs x capex [USD]",
    )

    def problems(self) -> Iterator[Problem]:
        allowed = {
            "planned": (),
            "in-service": (),
            "delivered": ("in_progress_usd", "cost_to_come_usd"),
            "ordered": ("delivery", "deposit_usd", "cost_to_come_usd"),
        }[self.status]
        for key in ("delivery", "deposit_usd", "in_progress_usd", "cost_to_come_usd"):
            if getattr(self, key) and key not in allowed:
                yield Problem((key,), "a value", f"no {key} on hardware that is {self.status}")
        if self.status == "ordered" and self.delivery is None:
            yield needs("delivery", "because the hardware is ordered")
        if self.status == "delivered" and "in_progress_usd" not in self.model_fields_set:
            yield needs("in_progress_usd", "because the hardware is delivered")


class Tranche(Table):
    """GPUs, or kW, of a contract that start together. Started by the as-of day: live."""

    gpus: Gpus = Field(
        json_schema_extra=usual.GPUS,
        default=0,
        description="GPUs reserved; none in a backstop and in a colocation [GPUs]",
    )
    it_kw: Annotated[float, Field(ge=SMALLEST_KW, le=10_000_000)] | None = Field(
        json_schema_extra=usual.LET_KW,
        default=None,
        description="Of a colocation: critical IT power that the tenant gets [kW]",
    )
    start: Date = Field(description="Planned first day of billing [date]")
    term_months: Term | None = Field(
        default=None, description="Term of this tranche; left out: the contract's [months]"
    )
    value_usd: Usd | None = Field(
        default=None,
        description="Value of the whole term, or of what is left of it after the as-of day if "
        "live; instead of the contract's price [USD]",
    )
    long_stop_days: Days = Field(
        default=0,
        description="Waiting after which the customer may cancel; 0: no such right [days]",
    )
    name: str = Field(
        default="",
        description="Identity of its draws; left out: its start and GPUs as the files say [name]",
    )
    site: str = Field(default="", description="Where; left out: the contract's site [name]")
    priority: Annotated[int, Field(ge=0, le=1000)] = Field(
        default=0, description="Order in the queue for free GPUs, 0 first [number]"
    )
    hardware: Hardware = Field(
        default=Hardware(), description="Where its GPUs stand on the as-of day [table]"
    )

    def cost_to_come(self, capex_usd_per_gpu: float) -> float:
        """Cost of its own GPUs not yet booked or paid, deposit included [USD]."""
        if self.hardware.cost_to_come_usd is not None:
            return self.hardware.cost_to_come_usd
        return 0.0 if self.hardware.status == "delivered" else capex_usd_per_gpu * self.gpus
