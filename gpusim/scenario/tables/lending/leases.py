"""What the terms of a finance lease have to say together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gpusim.scenario.language.fields import Problem

if TYPE_CHECKING:
    from gpusim.scenario.tables.lending.debt import Debt

LEASE_KIND = "finance-lease"
MONTHLY_COUNT = "30/360"


def lease_problems(debt: Debt) -> Iterator[Problem]:
    """Equal rents are the same in a short and a long month."""
    level = debt.amortisation is not None and debt.amortisation.law == "level"
    leased = level and debt.kind == LEASE_KIND and debt.base == "fixed"
    if leased and debt.day_count != MONTHLY_COUNT:
        yield Problem(
            ("day_count",),
            f'"{debt.day_count}" of a lease of equal rents, which would follow the days',
            f'"{MONTHLY_COUNT}"',
        )
