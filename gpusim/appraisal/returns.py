"""What a row of cash flows is worth: present value, rates of return, payback, break-even.

Flows are one-dimensional, one entry a period, period 0 first; outflows are negative. A rate is a
fraction a period. Plain functions, not kernels: they judge a run or a contract, no rule of a run
calls them. A figure that does not exist says why (`Figure.reason`) and is never a NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from gpusim.appraisal.roots import NOISE
from gpusim.appraisal.roots import roots as zeros_of
from gpusim.economics.debt.loan_arithmetic import sculpted_capacity
from gpusim.economics.debt.sizing import least_cap

Floats = npt.NDArray[np.float64]

HALVINGS: Final = 200
EPSILON: Final = float(np.finfo(np.float64).eps)


class Figure(NamedTuple):
    """A figure, or why there is none."""

    value: float | None
    reason: str = ""


class Irr(NamedTuple):
    """Rates at which flows are worth nothing: the chosen one, all of them, and what to know."""

    value: float | None  # [1/period]
    roots: tuple[float, ...]  # ascending [1/period]
    reason: str = ""  # why there is no value
    note: str = ""  # how it was chosen where that was a choice


def present_value(flows: Floats, rate: float) -> float:
    """Worth at period 0 of flows, each at its period's end.

    flows [money]; rate [1/period], above -1.
    Source: sum of c_t / (1 + r)^t.

    >>> round(present_value(np.array([-100.0, 60.0, 60.0]), 0.1), 6)
    4.132231
    """
    total = 0.0
    for flow in flows[::-1]:
        total = total / (1.0 + rate) + float(flow)
    return total


def annualised(rate: float, periods_per_year: int) -> float:
    """A rate a period, compounded to a year [1/year].

    >>> round(annualised(0.01, 12), 6)
    0.126825
    """
    return float((1.0 + rate) ** periods_per_year - 1.0)


def irr(flows: Floats, times: Floats | None = None) -> Irr:
    """Internal rate of return: every real root above -1, and the one that counts.

    Chosen is the root where present value falls through zero as the rate rises (below it a hurdle
    is met, above it missed); of several, the one nearest to zero. Flows without such a root are
    borrowing: the root nearest to zero is then what the money costs.
    flows [money], one a period from period 0 on, or at `times` [periods], in any order.
    Source: see `roots.roots`. A present value within rounding of nothing is nothing, so flows that
    just return what was put in have a rate of zero, and two equal roots are one that touches.

    >>> round(irr(np.array([-100.0, 110.0])).value, 12)
    0.1
    >>> irr(np.array([100.0, -200.0, 100.0]))[:2]
    (0.0, (0.0,))
    >>> round(irr(np.array([-100.0, 121.0]), np.array([1.0, 3.0])).value, 12)
    0.1
    >>> irr(np.array([100.0, 10.0])).reason
    'no flow is negative'
    """
    given = np.asarray(flows, np.float64)
    days = np.arange(len(given), dtype=np.float64) if times is None else times
    when, place = np.unique(days, return_inverse=True)
    summed = np.bincount(place, given, len(when)) if len(when) else given
    used, when = summed[summed != 0], when[summed != 0]
    if len(used) == 0:
        return Irr(None, (), "every flow is zero")
    if not (used < 0).any():
        return Irr(None, (), "no flow is negative")
    if not (used > 0).any():
        return Irr(None, (), "no flow is positive")
    found = [(float(np.expm1(force)), way) for force, way in zeros_of(used, when)]
    if not found:
        return Irr(None, (), "present value is never zero, at any rate")
    falling = [root for root, way in found if way < 0]
    roots = tuple(root for root, _ in found)
    chosen = min(falling or roots, key=abs)
    note = ""
    if not falling and all(way == 0 for _, way in found):
        note = "present value touches zero and goes back"
    elif not falling:
        note = "the flows are borrowing: their cost, as present value rises with the rate"
    elif len(roots) > 1:
        note = f"{len(roots)} roots; chosen: the one where present value falls through zero"
        if len(falling) > 1:
            note += ", nearest to a rate of zero"
    return Irr(chosen, roots, "", note)


def annualised_multiple(flows: Floats, periods_per_year: int) -> Figure:
    """What is got back over what was put in at first, as a yearly rate of growth.

    flows [money], the first one the investment. Later flows count net.
    Source: (sum of flows after the first / investment)^(1 / years) - 1; known answers A6, where it
    was published as an "IRR".

    >>> round(annualised_multiple(np.array([-100.0, 60.5, 60.5]), 1).value, 6)
    0.1
    """
    if len(flows) < 2:
        return Figure(None, "nothing follows the first flow")
    invested, returned = -float(flows[0]), float(flows[1:].sum())
    if invested <= 0:
        return Figure(None, "nothing is put in at first")
    if returned <= 0:
        return Figure(None, "nothing is got back")
    years = (len(flows) - 1) / periods_per_year
    return Figure((returned / invested) ** (1.0 / years) - 1.0)


def joint_multiple(parts: Sequence[Floats], periods_per_year: int) -> Figure:
    """The yearly rate of growth of several investments side by side, each over its own term.

    parts: flows of each, the first one the investment [money]. The rate at which what all put in
    has grown, each part to the end of its own term, to what all get back; it lies between theirs.

    >>> short, long = np.array([-100.0, 110.0]), np.array([-100.0, 0.0, 144.0])
    >>> round(joint_multiple([short, long], 1).value, 6)  # 100 x + 100 x^2 = 254
    0.170329
    """
    if len(parts) == 1:
        return annualised_multiple(parts[0], periods_per_year)
    if any(len(flows) < 2 for flows in parts):
        return Figure(None, "nothing follows the first flow")
    invested = np.array([-float(flows[0]) for flows in parts])
    returned = sum(float(flows[1:].sum()) for flows in parts)
    if invested.min() <= 0:
        return Figure(None, "nothing is put in at first")
    if returned <= 0:
        return Figure(None, "nothing is got back")
    years = np.array([(len(flows) - 1) / periods_per_year for flows in parts])
    alone = [annualised_multiple(flows, periods_per_year).value for flows in parts]
    rates = [-1.0 if rate is None else rate for rate in alone]
    low, high = min(rates), max(rates)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if float((invested * (1.0 + middle) ** years).sum()) < returned:
            low = middle
        else:
            high = middle
    return Figure((low + high) / 2)


def payback_on_days(flows: Floats, years: Floats) -> Figure:
    """Years from the first flow until what came back equals what was put in, for good.

    flows [money], at `years` from any day, ascending; linear between the two flows about that
    moment. A sum within rounding of nothing is nothing.

    >>> payback_on_days(np.array([20.0, -100.0, 40.0, 80.0]), np.array([1.0, 2.0, 3.0, 4.0])).value
    2.5
    >>> payback_on_days(np.array([-100.0, 40.0, 40.0, 40.0]), np.arange(4.0)).value
    2.5
    """
    total = np.cumsum(flows)
    below = np.flatnonzero(total < -NOISE * len(total) * np.cumsum(np.abs(flows)))
    if len(below) == 0:
        return Figure(None, "nothing has to come back")
    last = int(below[-1])
    if last + 1 == len(total):
        return Figure(None, "not paid back by the last flow")
    share = min(float(-total[last] / flows[last + 1]), 1.0)
    return Figure(float(years[last] + share * (years[last + 1] - years[last]) - years[0]))


def break_even(net: Callable[[float], float], low: float, high: float) -> Figure:
    """The point where a function that rises or falls throughout is zero, to the last bit.

    net, of a price or any other lever; low, high [its unit], the range searched.
    Source: Chandrupatla (1997), inverse quadratic interpolation where it is safe, else bisection.

    >>> break_even(lambda price: 2.0 * price - 3.0, 0.0, 10.0).value
    1.5
    """
    at_low, at_high = net(low), net(high)
    if at_low == 0:
        return Figure(low)
    if at_high == 0:
        return Figure(high)
    if (at_low > 0) == (at_high > 0):
        kind = "above" if at_low > 0 else "below"
        return Figure(None, f"{kind} zero from {low:g} to {high:g}")
    return Figure(_crossing(net, low, high, at_low, at_high))


def multiple(flows: Floats) -> Figure:
    """What comes back over what is put in, each month's flows netted [ratio].

    flows [money]. Source: multiple of invested capital, distributions over paid-in capital.

    >>> multiple(np.array([-100.0, -20.0, 60.0, 120.0])).value
    1.5
    """
    put_in = -float(flows[flows < 0].sum())
    if put_in <= 0:
        return Figure(None, "nothing is put in")
    return Figure(float(flows[flows > 0].sum()) / put_in)


class DebtSize(NamedTuple):
    """How much may be borrowed, and what sets it."""

    amount: float  # [money]
    binding: str  # the cap's name
    caps: dict[str, float]  # each cap by name [money]


def sculpted(cash: Floats, dscr: float, rate: float) -> float:
    """The loan whose service is cash / DSCR in every period, by the rule that sizes loans in a run.

    cash available for debt service in periods 1, 2, ... [money]; dscr [ratio]; rate [1/period].
    A period without cash pays nothing, and its interest is added. See `sculpted_capacity`.

    >>> round(sculpted(np.array([121.0, 121.0]), 1.1, 0.1), 6)
    190.909091
    """
    flows = np.ascontiguousarray(cash, np.float64)
    return float(sculpted_capacity(flows, float(dscr), np.full(len(flows), float(rate))))


def debt_size(caps: dict[str, float]) -> DebtSize:
    """The least of the caps on a loan, and its name; the first of equal ones.

    caps: amounts by name, such as dscr, advance, ltv, commitment [money].
    Source: definitions, LTV: size at signing = min(sculpted DSCR, advance, LTV, commitment).

    >>> debt_size({"dscr": 120.0, "ltv": 90.0})[:2]
    (90.0, 'ltv')
    """
    names = list(caps)
    binding = names[least_cap(np.array([caps[name] for name in names], np.float64))]
    return DebtSize(caps[binding], binding, dict(caps))


def _crossing(
    net: Callable[[float], float], low: float, high: float, at_low: float, at_high: float
) -> float:
    """The zero between two points with values of opposite sign."""
    a, b, fa, fb = high, low, at_high, at_low
    part = 0.5
    for _ in range(HALVINGS):
        x = a + part * (b - a)
        fx = net(x)
        if (fx > 0) == (fa > 0):
            c, fc = a, fa
        else:
            c, b, fc, fb = b, a, fb, fa
        a, fa = x, fx
        best, least = (a, fa) if abs(fa) < abs(fb) else (b, fb)
        if least == 0:
            return best
        narrow = 2.0 * EPSILON * abs(best) / abs(b - a) if b != a else 1.0
        if narrow > 0.5:
            return best
        place, height = (a - b) / (c - b), (fa - fb) / (fc - fb)
        part = 0.5
        if height**2 < place and (1.0 - height) ** 2 < 1.0 - place:
            part = fa / (fb - fa) * fc / (fb - fc)
            part += (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
        part = min(max(part, narrow), 1.0 - narrow)
    return best
