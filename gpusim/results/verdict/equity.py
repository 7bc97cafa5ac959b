"""What shareholders put in and what it is worth at the end of a run: multiple and rate of return.

Worth is told at book value, hardware too: a run keeps no resale value of its fleet. No rule of a
run pays a dividend, so all that comes back is the value at the end. See "Equity's return" in
docs/definitions.md.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gpusim.economics.books.statements import line
from gpusim.economics.core.calendar import MONTHS_PER_YEAR
from gpusim.economics.core.state import NEVER, Floats, Ints
from gpusim.results.payload import Panel
from gpusim.units_of_measure import CENTS_PER_USD

HALVINGS = 100
"""Halvings of the range of a rate: far below the last bit of any."""


class Equity(NamedTuple):
    """All shareholders together, by replication."""

    opening: Ints  # book value on the as-of day [cents]
    raised: Ints  # [replications, months] paid in for new shares, after costs [cents]
    value: Ints  # book value at the end; nothing where it is negative or the firm ended [cents]

    @property
    def paid_in(self) -> Ints:
        """Opening value and new shares [replications] [cents]."""
        return np.asarray(self.opening + self.raised.sum(axis=1))

    @property
    def defined(self) -> bool:
        """Whether shareholders have put in something before the last month, in each replication."""
        early = self.opening + self.raised[:, :-1].sum(axis=1)
        return bool((self.opening >= 0).all() and (early > 0).all())

    @property
    def multiple(self) -> Floats:
        """Value at the end over what was put in [replications] [ratio]."""
        return np.asarray(self.value / self.paid_in)

    @property
    def irr(self) -> Floats:
        """Rate at which what was put in grows to the value at the end [replications] [1/year].

        -1 where nothing is left.
        """
        flows = np.column_stack([self.opening, self.raised]).astype(np.float64)
        return monthly_growth(flows, self.value.astype(np.float64)) ** MONTHS_PER_YEAR - 1.0


def of_panel(panel: Panel) -> Equity:
    """Equity of all replications."""
    book = line(panel.ledger, "equity")
    left = np.where(panel.defaulted < NEVER, 0, np.maximum(book[:, -1], 0))
    return Equity(book[:, 0], line(panel.ledger, "equity_raised")[:, 1:], left)


def monthly_growth(flows: Floats, value: Floats) -> Floats:
    """The factor a month g at which payments grow to a value [replications] [1/month].

    flows [replications, months + 1]: paid in at each month's end, none below zero, one above it
    before the last; value [replications] [money] after the last month. The sum of c_m g^(n - m),
    which is at least its first part, rises with g,
    so that there is one root at most, found by halving: of all replications at once, for which
    `appraisal.returns.irr`, of any flows, takes them one by one.

    >>> round(float(monthly_growth(np.array([[100.0, 0.0, 0.0]]), np.array([121.0]))[0]), 12)
    1.1
    """
    months = flows.shape[1] - 1
    paid = np.flatnonzero(flows.any(axis=0))
    low = np.zeros(len(flows))
    first = (flows > 0).argmax(axis=1)
    high = np.maximum(
        1.0, (value / flows[np.arange(len(flows)), first]) ** (1.0 / (months - first))
    )
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        grown = np.zeros(len(flows))
        for m in paid:
            grown += flows[:, m] * middle ** (months - m)
        less = grown < value
        low, high = np.where(less, middle, low), np.where(less, high, middle)
    return np.where(value > 0, (low + high) / 2, 0.0)


def headline(panel: Panel) -> dict[str, Any]:
    """Multiple and rate of return with their 80% bands, and of what the value at the end is made.

    Amounts in USD, means over replications: of the parts, cash (restricted cash too), hardware at
    its book value, other assets, debt and other liabilities, which add up to the book value.
    """
    equity = of_panel(panel)
    last = {
        name: float(line(panel.ledger, name)[:, -1].mean()) / CENTS_PER_USD
        for name in ("cash", "restricted_cash", "ppe_net", "debt_principal", "equity")
    }
    cash = last["cash"] + last["restricted_cash"]
    told: dict[str, Any] = {
        "opening": float(equity.opening.mean()) / CENTS_PER_USD,
        "raised": float(equity.raised.sum(axis=1).mean()) / CENTS_PER_USD,
        "value": float(equity.value.mean()) / CENTS_PER_USD,
        "nothing_left_probability": float((equity.value == 0).mean()),
        "book": {
            "cash": cash,
            "hardware": last["ppe_net"],
            "debt": last["debt_principal"],
            "other": last["equity"] - cash - last["ppe_net"] + last["debt_principal"],
            "equity": last["equity"],
        },
        "multiple": None,
        "irr": None,
    }
    if equity.defined:
        told |= {"multiple": _band(equity.multiple), "irr": _band(equity.irr)}
    return told


def _band(figures: Floats) -> dict[str, float]:
    """Median and 80% band."""
    low, middle, high = np.percentile(figures, (10, 50, 90))
    return {"p10": float(low), "p50": float(middle), "p90": float(high)}
