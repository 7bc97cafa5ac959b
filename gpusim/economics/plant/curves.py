"""Forward prices: what quotes for contracts of several terms say about single months.

A quote is one price for every hour of a contract that starts today; the price of a later stretch
is what the longer contract adds to the shorter one, by hours. Nothing is discounted.
"""

from __future__ import annotations

from gpusim.compiling.kernel import const, kernel
from gpusim.economics.core.state import NONE, Floats, Ints

BISECTIONS = const(200)
MONTHS_PER_YEAR = const(12)


@kernel
def forward_rate(near_term: int, near_price: float, far_term: int, far_price: float) -> float:
    """Price of the stretch between two terms that makes both quotes worth the same an hour.

    near_term, far_term [month] with near_term < far_term, near_term 0 for the first quote;
    near_price, far_price [USD/GPU-hour or cents/GPU-hour].
    Source: The Next Platform, 2023-07-27: AWS p5 at 7.20 for one year and 5.40 for three.

    >>> round(forward_rate(12, 7.20, 36, 5.40), 6)
    4.5
    """
    return (far_term * far_price - near_term * near_price) / (far_term - near_term)


@kernel
def first_refused(terms: Ints, prices: Floats) -> int:
    """Row of the first quote that implies a forward of zero or less; NONE if all are positive.

    terms [quotes] [month], rising; prices [quotes] [USD/GPU-hour].

    >>> import numpy as np
    >>> int(first_refused(np.array([12, 36]), np.array([7.2, 2.4])))
    1
    """
    term, price = 0, 0.0
    for k in range(len(terms)):
        if forward_rate(term, price, terms[k], prices[k]) <= 0.0:
            return k
        term, price = terms[k], prices[k]
    return int(NONE)


@kernel
def yearly_ratio(level: float, years: int, mean: float) -> float:
    """Ratio q of each year's price to the year before, given a stretch's mean price.

    level: price of the year before the stretch; years [year] of the stretch; mean: its forward
    price, same unit as level. Solves level (q + ... + q^years) = years x mean by bisection.
    Source: The Next Platform, 2023-07-27: 7.20 (1 + q + q^2) = 16.20.

    >>> round(yearly_ratio(7.20, 2, 4.50), 7)
    0.7247449
    """
    low, high = 0.0, max(1.0, years * mean / level)
    for _ in range(BISECTIONS):
        q = 0.5 * (low + high)
        total = 0.0
        for _ in range(years):
            total = (total + level) * q
        if total < years * mean:
            low = q
        else:
            high = q
    return 0.5 * (low + high)


@kernel
def flat_forwards(terms: Ints, prices: Floats, path: Floats) -> None:
    """Expected price by month, flat between terms and after the last, into `path` [months + 1].

    Column 0, the as-of month, is left alone; month m is the m-th of a contract that starts now.

    >>> import numpy as np
    >>> path = np.zeros(38)
    >>> flat_forwards(np.array([12, 36]), np.array([7.2, 5.4]), path)
    >>> [round(float(path[m]), 6) for m in (1, 12, 13, 36, 37)]
    [7.2, 7.2, 4.5, 4.5, 4.5]
    """
    k, near_term, near_price = 0, 0, 0.0
    for m in range(1, len(path)):
        if m > terms[k] and k + 1 < len(terms):
            near_term, near_price = terms[k], prices[k]
            k += 1
        path[m] = forward_rate(near_term, near_price, terms[k], prices[k])


@kernel
def falling_forwards(terms: Ints, prices: Floats, path: Floats) -> None:
    """Expected price by month, changing by one ratio a year between terms, into `path`.

    The first quote's stretch is flat, and after the last term the price stays. terms [quotes]
    [month], whole years; path [months + 1], column 0 left alone.

    >>> import numpy as np
    >>> path = np.zeros(37)
    >>> falling_forwards(np.array([12, 36]), np.array([7.2, 5.4]), path)
    >>> [round(float(path[m]), 4) for m in (12, 13, 25)]
    [7.2, 5.2182, 3.7818]
    """
    k, near_term, near_price = 0, 0, 0.0
    level, q = prices[0], 1.0
    for m in range(1, len(path)):
        if m > terms[k] and k + 1 < len(terms):
            near_term, near_price = terms[k], prices[k]
            k += 1
            mean = forward_rate(near_term, near_price, terms[k], prices[k])
            q = yearly_ratio(level, (terms[k] - near_term) // MONTHS_PER_YEAR, mean)
        if k > 0 and m <= terms[k] and (m - 1 - near_term) % MONTHS_PER_YEAR == 0:
            level *= q
        path[m] = level
