"""What shareholders put in and what it is worth at the end of a run: multiple and rate of return.

Worth is told at book value, and with GPUs in service at what they would fetch instead. No rule of a
run pays a dividend, so all that comes back is the value at the end. See "Equity's return" in
docs/definitions.md.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gpusim.economics.books.statements import line
from gpusim.economics.core.calendar import MONTHS_PER_YEAR
from gpusim.economics.core.state import NEVER, Floats, Ints
from gpusim.results.formulas.firm import hardware_at_resale
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
    def has_return(self) -> npt.NDArray[np.bool_]:
        """Whether there is something that a return is on [replications].

        Equity on the as-of day is not below nothing, and with what was paid in before the last
        month it is above.
        """
        early = self.opening + self.raised[:, :-1].sum(axis=1)
        return np.asarray((self.opening >= 0) & (early > 0))

    @property
    def all_have_return(self) -> bool:
        """The same, in each replication."""
        return bool(self.has_return.all())

    @property
    def multiple(self) -> Floats:
        """Value at the end over what was put in [replications] [ratio]."""
        return np.asarray(self.value / self.paid_in)

    def npv(self, hurdle: float) -> Floats:
        """Worth on the as-of day of the value at the end, less that of what was put in [cents].

        hurdle: at which both are discounted, by months [1/year].
        """
        flows = np.column_stack([-self.opening, -self.raised]).astype(np.float64)
        flows[:, -1] += self.value
        factors = (1.0 + hurdle) ** (-np.arange(flows.shape[1]) / MONTHS_PER_YEAR)
        return np.asarray(flows @ factors)

    def where(self, rows: npt.NDArray[np.bool_]) -> Equity:
        """Of some replications."""
        return Equity(self.opening[rows], self.raised[rows], self.value[rows])

    @property
    def irr(self) -> Floats:
        """Rate at which what was put in grows to the value at the end [replications] [1/year].

        -1 where nothing is left.
        """
        flows = np.column_stack([self.opening, self.raised]).astype(np.float64)
        return monthly_growth(flows, self.value.astype(np.float64)) ** MONTHS_PER_YEAR - 1.0


def of_panel(panel: Panel) -> Equity:
    """Equity of all replications."""
    return _valued(panel, line(panel.ledger, "equity")[:, -1])


def of_panel_at_resale(panel: Panel) -> Equity:
    """The same, whose value at the end is at resale, see `at_resale`."""
    return _valued(panel, at_resale(panel)[:, -1])


def _valued(panel: Panel, last: Ints) -> Equity:
    left = np.where(panel.defaulted < NEVER, 0, np.maximum(last, 0))
    opening = line(panel.ledger, "equity")[:, 0]
    return Equity(opening, line(panel.ledger, "equity_raised")[:, 1:], left)


def at_resale(panel: Panel) -> Ints:
    """Equity with servers at what their GPUs would fetch and buildings at market value.

    [replications, months + 1] [cents], see `hardware_at_resale`.
    """
    book = line(panel.ledger, "ppe_net")
    return np.asarray(line(panel.ledger, "equity") - book + hardware_at_resale(panel))


def payback(panel: Panel) -> Floats:
    """Years until equity at resale is for good no less than what was put in [replications].

    By month ends; NaN where it is not by the last, or the firm ended.
    """
    raised = line(panel.ledger, "equity_raised")[:, 1:]
    put_in = line(panel.ledger, "equity")[:, :1] + raised.cumsum(axis=1)
    back = at_resale(panel)[:, 1:] >= put_in
    held = np.cumprod(back[:, ::-1], axis=1).sum(axis=1)
    never = (held == 0) | (panel.defaulted < NEVER)
    return np.where(never, np.nan, (back.shape[1] - held + 1) / MONTHS_PER_YEAR)


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
        if ((middle == low) | (middle == high)).all():
            break  # nothing lies between
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
    if equity.all_have_return:
        told |= {"multiple": _band(equity.multiple), "irr": _band(equity.irr)}
    return told


def _band(figures: Floats) -> dict[str, float]:
    """Median and 80% band."""
    low, middle, high = np.percentile(figures, (10, 50, 90))
    return {"p10": float(low), "p50": float(middle), "p90": float(high)}
