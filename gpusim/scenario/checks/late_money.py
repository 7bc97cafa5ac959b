"""Prepayments that fall due when nothing is left to pay ahead: allowed, as defined, and said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gpusim.scenario.language.fields import KeyPath
from gpusim.units_of_measure import add_months

if TYPE_CHECKING:
    from gpusim.scenario.scenario import Scenario


def late_prepayments(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Prepayments due on or after the planned end of their contract's last term: none is asked for.

    Source: definitions, notice and long stop: a prepayment due after all is over is not owed.
    """
    for name, contract in scenario.contracts.items():
        due = contract.prepayment.due if contract.prepayment else None
        over = max(
            add_months(t.start, t.term_months or contract.term_months) for t in contract.tranches
        )
        if due is not None and due >= over:
            yield (
                ("contracts", name, "prepayment", "due"),
                f"the prepayment of {name} is due on {due}, and its last planned term ends before "
                f"{over}: where nothing starts later, it is not asked for",
            )
