"""What is credited of an amount paid ahead: in equal parts, or by a share of each invoice."""

from __future__ import annotations

import random
from typing import Any

from tests.oracles.second_opinion.days import exact, nearest

LONGEST = 1200
"""Months over which a financing component is released at most."""


def of_month(left: int, months: int | None, share: float | None, invoice: int) -> int:
    """What a balance would credit in a month, before the invoice bounds it [cents].

    months: left, this one included; None: no month takes all that is left. invoice: as it is
    before any credit.
    """
    if months is not None and months <= 1:
        return left
    if share is None:
        assert months is not None
        return left // months
    return min(left, nearest(exact(share) * invoice))


def months_of(left: int, months: int | None, share: float | None, invoice: int) -> int:
    """Months over which a financing component is released, this one included."""
    if share is None:
        assert months is not None
        return months
    each = nearest(exact(share) * invoice)
    count = min(-(-left // each), LONGEST) if each else LONGEST
    return max(count if months is None else min(count, months), 1)


def shares(draw: Any) -> None:
    """Some of what is paid ahead is credited by a share of invoices, with a last month or none."""
    r = random.Random(f"{draw.seed}/credits")
    for contract in draw.tree["contracts"].values():
        for key, last in (("prepayment", "credited_months"), ("opening", "credited_to")):
            plan = contract.get(key)
            if contract["kind"] == "colocation" or plan is None or r.random() < 0.7:
                continue
            plan["credit_share"] = r.choice([0.03, 0.25, 0.6, 1.0])
            if r.random() < 0.6:
                plan.pop(last, None)
