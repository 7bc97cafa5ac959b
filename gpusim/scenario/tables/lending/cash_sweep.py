"""What of its cash an operator repays early, by agreement and without any breach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from gpusim.scenario.language.fields import Date, Problem, Share, Table, plausible
from gpusim.scenario.tables.lending.covenants import Scope
from gpusim.scenario.tables.lending.shares import HARDWARE_KINDS

if TYPE_CHECKING:
    from gpusim.scenario.tables.lending.debt import Debt


class CashSweep(Table):
    """A share of each quarter's cash left after debt service, which repays the debt early."""

    share: Annotated[Share, Field(gt=0)] = Field(
        json_schema_extra=plausible(
            0.1,
            1,
            "credit agreements sweep a quarter to all of excess cash flow",
            below="percent?",
        ),
        description="Of a quarter's cash available for debt service less debt service and what "
        "matured, repays the debt at the quarter's end [share]",
    )
    swept_from: Date = Field(alias="from", description="First quarter's end that sweeps [date]")
    scope: Scope = "operator"


def sweep_problems(debt: Debt) -> Iterator[Problem]:
    """A sweep of debt that is not repaid early, or of cash that a lender without recourse lacks."""
    sweep = debt.cash_sweep
    if sweep is None:
        return
    if debt.kind not in ("delayed-draw", *HARDWARE_KINDS):
        expected = "a delayed-draw loan, a vendor line or a finance lease, or no cash_sweep"
        yield Problem(("cash_sweep",), f"a sweep for {debt.kind} debt", expected)
    if sweep.swept_from > debt.maturity:
        found, wanted = sweep.swept_from.isoformat(), f"up to maturity, {debt.maturity}"
        yield Problem(("cash_sweep", "from"), found, wanted)
    if not debt.recourse and sweep.scope == "operator":
        found = 'scope = "operator" of a loan without recourse'
        yield Problem(("cash_sweep", "scope"), found, 'scope = "facility"')
