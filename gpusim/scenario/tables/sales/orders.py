"""The [orders.NAME] tables: GPUs that are bought without a contract, to be sold on demand.

A loan lends on such hardware where nothing of it counts on contracts: its commitment, its advance
rate and the value of what it financed are all it looks at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from gpusim.scenario.language import usual
from gpusim.scenario.language.fields import (
    USD_LIMIT,
    Date,
    KeyPath,
    Problem,
    Share,
    Table,
)
from gpusim.scenario.tables.lending.shares import share_problems

if TYPE_CHECKING:
    from gpusim.scenario.scenario import Scenario
    from gpusim.scenario.tables.lending.debt import Debt

ON_CONTRACTS = "a loan that lends on hardware alone: with recourse, without size_dscr"


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
    vendor: str = Field(default="", description='Vendor line or lease: a [debt] name or "" [name]')
    vendor_share: Share = Field(default=0.0, description="Share of order cost on it [share]")

    def cost(self, capex_usd_per_gpu: float) -> float:
        """What its GPUs cost at a price of one [USD]."""
        return capex_usd_per_gpu * self.gpus

    def problems(self) -> Iterator[Problem]:
        yield from share_problems(self)


def orders_amiss(s: Scenario) -> Iterator[Problem]:
    """Orders before the as-of day, beyond any amount, or on a loan that lends on contracts."""
    for name, order in s.orders.items():
        at: KeyPath = ("orders", name)
        if order.date < s.model.as_of:
            yield Problem(
                (*at, "date"), order.date.isoformat(), f"the as-of day, {s.model.as_of}, or later"
            )
        gpu = s.gpus.get(order.gpu)
        cost = order.cost(gpu.capex_usd_per_gpu) if gpu else 0.0
        if cost > USD_LIMIT:
            found = f"{order.gpus} GPUs costing USD {cost:,.0f}"
            yield Problem((*at, "gpus"), found, f"at most USD {USD_LIMIT:,.0f} an order")
        debt = s.debt.get(order.facility)
        counted = counts_on_contracts(debt) if debt else ""
        if counted:
            yield Problem(
                (*at, "facility"),
                f'"{order.facility}", {counted}, and the order has no contract',
                f"{ON_CONTRACTS}, a sculpted law or a cover of its own contracts",
            )


def counts_on_contracts(debt: Debt) -> str:
    """What of a loan counts on cash of the contracts that it finances, in words; empty: nothing."""
    test = debt.covenants.dscr if debt.covenants else None
    if not debt.recourse:
        return "which is paid from its own contracts alone"
    if test and test.scope == "facility":
        return "which is tested on its own contracts"
    if debt.size_dscr:
        return "which is sized on planned contract cash"
    if debt.amortisation and debt.amortisation.law == "sculpted":
        return "which is repaid from planned contract cash"
    return ""
