"""What customers paid ahead, credited on their invoices over the months of a planned term."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats


def level(amount: float, first: int, last: int, months: int) -> Floats:
    """An amount in equal parts over months `first` to `last`, the later ones cut at the end.

    >>> level(90.0, 2, 4, 3).tolist()
    [0.0, 0.0, 30.0, 30.0]
    """
    spread = np.zeros(months + 1)
    spread[first : last + 1] = amount / (last - first + 1)
    return spread


class CreditLaw(NamedTuple):
    """How what is paid ahead is credited."""

    first: int  # month of the term
    last: int | None  # the one that takes all that is left; None: there is none
    share: float | None  # of each invoice; None: level
    runs_on: bool


def credits_of_term(amount: float, law: CreditLaw, revenue: Floats) -> Floats:
    """Credits over the term; level ones that would fall outside it are moved into it.

    Those that run on are not: no renewal is counted on. Level ones not by `advances.level_credit`,
    whose cap by the invoice would not move in proportion to the price, as break-even prices take
    them to; a share of invoices and a prepayment that is one of value do.

    >>> quarter = CreditLaw(2, None, 0.25, False)
    >>> credits_of_term(50.0, quarter, np.array([0.0, 100, 100, 60, 60])).tolist()
    [0.0, 0.0, 25.0, 15.0, 10.0]
    >>> credits_of_term(90.0, CreditLaw(2, 4, None, True), np.array([0.0, 100, 100])).tolist()
    [0.0, 0.0, 30.0]
    """
    months = len(revenue) - 1
    first, last = max(law.first, 1), law.last
    if law.share is None:
        last = max(last or months, 1)
        if not law.runs_on:
            last = min(last, months)
        first = min(first, last, months)
        return level(amount, first, last, months)
    credited, left = np.zeros(months + 1), amount
    for month in range(first, months + 1):
        most = left if last is not None and month >= last else law.share * float(revenue[month])
        credited[month] = min(most, left, float(revenue[month]))
        left -= credited[month]
    return credited
