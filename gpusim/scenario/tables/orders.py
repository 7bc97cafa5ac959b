"""The [orders.NAME] tables: GPUs that are bought without a contract, to be sold on demand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from gpusim.scenario.language import usual
from gpusim.scenario.language.fields import Date, Problem, Share, Table, needs


class StatedOrder(Table):
    """GPUs ordered on a day for nobody: sold on demand, or for whoever signs."""

    gpus: Annotated[int, Field(gt=0, le=10_000_000)] = Field(
        json_schema_extra=usual.GPUS, description="GPUs bought [GPUs]"
    )
    gpu: str = Field(description="GPU generation [name]")
    site: str = Field(description="Where they will stand [name]")
    date: Date = Field(
        description="Planned order day, not before the as-of day; that of the as-of day itself is "
        "placed on the day after [date]"
    )
    facility: str = Field(
        default="",
        description='Loan that lends on them: a [debt] name of the firm\'s, or "" [name]',
    )
    loan_share: Share | None = Field(
        json_schema_extra=usual.FINANCED_SHARE,
        default=None,
        description="Share of order cost on the loan, at most its advance rate; left out: its "
        "advance rate [share]",
    )
    vendor: str = Field(default="", description='Vendor line: a [debt] name or "" [name]')
    vendor_share: Share = Field(default=0.0, description="Share of order cost on it [share]")

    def cost(self, capex_usd_per_gpu: float) -> float:
        """What its GPUs cost at a price of one [USD]."""
        return capex_usd_per_gpu * self.gpus

    def problems(self) -> Iterator[Problem]:
        if self.loan_share is not None and not self.facility:
            yield needs(self, "facility", "because loan_share is given")
        if self.vendor_share and not self.vendor:
            yield needs(self, "vendor", "because vendor_share is given")
        if (self.loan_share or 0.0) + self.vendor_share > 1:
            yield Problem(
                ("vendor_share",),
                f"loan_share {self.loan_share:g} and vendor_share {self.vendor_share:g}",
                "a sum of at most 1",
            )
