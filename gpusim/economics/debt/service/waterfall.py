"""Who is paid first: cash goes down a list in order until it is gone; equals share it.

Rows of the list are `State.payments_due`: step, facility, due, paid, the first row that ranks
alike, and a name, which decides over a last cent so that the order of the file does not.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.core.state import NONE, State
from gpusim.economics.debt.facilities import terms_of

Ints = npt.NDArray[np.int64]


@kernel
def list_payment_due(s: State, n: int, step: int, f: int, due: int) -> int:
    """Write a payment due in the next row of the list; returns the rows in use.

    Facilities of one rank in one step rank alike.
    """
    s.payments_due[0, n] = step
    s.payments_due[1, n] = f
    s.payments_due[2, n] = due
    s.payments_due[3, n] = 0
    s.payments_due[4, n] = n
    s.payments_due[5, n] = 0
    if f != NONE:
        s.payments_due[5, n] = s.facilities[f].named
        before = s.payments_due[1, n - 1] if n > 0 and s.payments_due[0, n - 1] == step else NONE
        if before != NONE and terms_of(s, before).seniority == terms_of(s, f).seniority:
            s.payments_due[4, n] = s.payments_due[4, n - 1]
    return n + 1


@kernel
def pay_listed(s: State, n: int, available: int) -> int:
    """Go on paying the list from an amount in hand, its own payments among it; what is left.

    [cents] What a row has been paid before it keeps.
    """
    return int(
        pay_in_order(
            available,
            s.payments_due[2, :n],
            s.payments_due[3, :n],
            s.payments_due[4, :n],
            s.payments_due[5, :n],
        )
    )


@kernel
def pay_in_order(available: int, due: Ints, paid: Ints, alike: Ints, names: Ints) -> int:
    """Pay each amount due as far as the cash goes, the first in full before the second.

    available: in hand, what is paid already among it [cents]; due [cents], 1-d, senior first; paid
    [cents], 1-d, is added to; alike: the first row that ranks as a row does, these stand together;
    names: see `share_alike`. Returns what is left [cents].
    Source: priority of payments in credit agreements and indentures; equals rank pari passu.

    >>> paid = np.zeros(4, np.int64)
    >>> alike, names = np.array([0, 1, 1, 3]), np.array([1, 2, 3, 4])
    >>> pay_in_order(150, np.array([100, 80, 20, 9]), paid, alike, names), paid.tolist()
    (0, [100, 40, 10, 0])
    """
    left = available
    for row in range(len(due)):
        left -= paid[row]
    first = ZERO
    while first < len(due):
        last, total = first, ZERO
        while last < len(due) and alike[last] == alike[first]:
            total += max(due[last] - paid[last], 0)
            last += 1
        if total <= left:
            for row in range(first, last):
                paid[row] += max(due[row] - paid[row], 0)
            left -= total
        elif left > 0:
            share_alike(left, total, due, paid, names, first, last)
            left = ZERO
        first = last
    return int(left)


@kernel
def share_alike(
    cash: int, total: int, due: Ints, paid: Ints, names: Ints, first: int, last: int
) -> None:
    """Share cash among rows in proportion to what each still lacks, to the cent.

    cash, less than the total that rows `first` to `last` lack [cents]. What rounding leaves goes a
    cent each to those who lost most by it; among equals, to the first by name.

    >>> paid = np.zeros(3, np.int64)
    >>> share_alike(100, 300, np.array([100, 100, 100]), paid, np.array([7, 9, 8]), 0, 3)
    >>> paid.tolist()
    [34, 33, 33]
    """
    share = cash / total
    left = cash
    wanted = np.zeros(last - first)
    given = np.zeros(last - first, np.int64)
    for n in range(last - first):
        wanted[n] = max(due[first + n] - paid[first + n], 0) * share
        given[n] = int(wanted[n])
        left -= given[n]
    while left != 0:
        step = 1 if left > 0 else -1
        best = -1
        for n in range(last - first):
            lacks = max(due[first + n] - paid[first + n], 0)
            if (step > 0 and given[n] >= lacks) or (step < 0 and given[n] <= 0):
                continue
            gap = step * (wanted[n] - given[n])
            most = step * (wanted[best] - given[best]) if best >= 0 else 0.0
            by_name = best >= 0 and gap == most and names[first + n] < names[first + best]
            if best < 0 or gap > most or by_name:
                best = n
        given[best] += step
        left -= step
    for n in range(last - first):
        paid[first + n] += given[n]
