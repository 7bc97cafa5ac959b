"""What a loan costs when it closes and when it is drawn, beside interest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from gpusim.scenario.language import usual
from gpusim.scenario.language.fields import Problem, Share
from gpusim.scenario.tables.lending.shares import HARDWARE_KINDS

if TYPE_CHECKING:
    from gpusim.scenario.tables.lending.debt import Debt

UpfrontFee = Annotated[
    Share | None,
    Field(
        json_schema_extra=usual.UPFRONT_FEE,
        description="Of the commitment, paid in cash on the day it closes; left out: none [share]",
    ),
]
LOAN_KIND = "delayed-draw"


def fee_problems(debt: Debt) -> Iterator[Problem]:
    """Who lends the price of hardware keeps nothing; who has lent already has been paid for it."""
    if debt.draw_discount and debt.kind in HARDWARE_KINDS:
        found = f"{debt.draw_discount:g} of {debt.kind} debt"
        yield Problem(("draw_discount",), found, "0: the price is lent in full")
    if not debt.upfront_fee:
        return
    if debt.kind != LOAN_KIND or not debt.commitment_usd:
        found = f"{debt.upfront_fee:g} of {debt.kind} debt"
        yield Problem(("upfront_fee",), found, f"0, or a {LOAN_KIND} commitment")
    elif debt.opening:
        found = f"{debt.upfront_fee:g} of debt with an opening balance"
        yield Problem(
            ("upfront_fee",), found, "0: it is paid, what is left is opening.discount_usd"
        )
