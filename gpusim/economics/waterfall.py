"""Who is paid first: cash goes down a list in order until it is gone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gpusim.economics.kernel import kernel

Ints = npt.NDArray[np.int64]


@kernel
def pay_in_order(available: int, due: Ints, paid: Ints) -> int:
    """Pay each amount due as far as the cash goes, the first in full before the second.

    available [cents]; due [cents], 1-d, senior first; paid [cents], 1-d, is filled in. Returns
    what is left [cents].
    Source: priority of payments in credit agreements and indentures.

    >>> paid = np.zeros(3, np.int64)
    >>> pay_in_order(150, np.array([100, 80, 20]), paid), paid.tolist()
    (0, [100, 50, 0])
    """
    left = available
    for step in range(len(due)):
        amount = min(max(due[step], 0), max(left, 0))
        paid[step] = amount
        left -= amount
    return left
