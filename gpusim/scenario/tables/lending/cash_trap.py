"""What of its cash an operator leaves with a lender while cover is thin, without any breach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from gpusim.scenario.language.fields import Date, Problem, Table, plausible
from gpusim.scenario.tables.lending.covenants import Scope

if TYPE_CHECKING:
    from gpusim.scenario.tables.lending.debt import Debt

Level = Annotated[float, Field(ge=0, le=100)]
InARow = Annotated[int, Field(ge=1, le=400)]
NO_TRAP = ("revolver", "convertible")
"""Kinds of debt that have no account of the lender's."""


class CashTrap(Table):
    """Cash left after debt service that a lender keeps while cover is below a level."""

    min_dscr: Level = Field(
        json_schema_extra=plausible(
            0.9,
            4,
            "1.35x of DataBank Issuer and Centersquare Issuer, docs/definitions.md",
            above="in percent?",
            below="debt service over cash?",
        ),
        description="Cover below this, as covenants.dscr counts it, traps cash; 0: never [ratio]",
    )
    trapped_from: Date | None = Field(
        alias="from",
        default=None,
        description="First test; left out: the first quarter's end [date]",
    )
    release_quarters: InARow = Field(
        default=1,
        json_schema_extra=plausible(
            1, 4, "until the condition is cured, or two dates in a row", above="months?"
        ),
        description="Tests met in a row after which all of it comes back [number]",
    )
    prepay_quarters: InARow | None = Field(
        default=None,
        json_schema_extra=plausible(1, 8, "an assumption: a quarter to two years", above="months?"),
        description="Tests missed in a row after which it repays principal; left out: never "
        "[number]",
    )
    scope: Scope = "operator"


def trap_problems(debt: Debt) -> Iterator[Problem]:
    """A trap of debt without an account, or of cash that a lender without recourse lacks."""
    trap = debt.cash_trap
    if trap is None:
        return
    if debt.kind in NO_TRAP:
        expected = "another kind of debt, or no cash_trap"
        yield Problem(("cash_trap",), f"a trap for {debt.kind} debt", expected)
    if trap.trapped_from and trap.trapped_from > debt.maturity:
        found, wanted = trap.trapped_from.isoformat(), f"up to maturity, {debt.maturity}"
        yield Problem(("cash_trap", "from"), found, wanted)
    if not debt.recourse and trap.scope == "operator":
        found = 'scope = "operator" of a loan without recourse'
        yield Problem(("cash_trap", "scope"), found, 'scope = "facility"')
