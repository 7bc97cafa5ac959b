"""What each site of a run had and cost, by quarter: power, halls, GPUs in service, energy, rent.

A row a site and quarter, and a row of what no site is told of: the opening leases together. Their
sums are power, rent and site costs of the statements, and the measures of power, to the cent.

Imported by workers: numpy only.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from gpusim.economics.core.calendar import MONTHS_PER_QUARTER
from gpusim.economics.core.state import N_SITE_MONTHS, SITE_LOAD, Ints, State

KEYS: Final = ("site", "quarter")
COLUMNS: Final = (
    "handed_microwatts",
    "powered_microwatts",
    "in_service_microwatts",
    "power",
    "staff",
    "variable_rent",
    "lease_rent",
)
"""In the order of `State.site_months`: critical IT power at the quarter's end, then cents of it."""
POWER: Final = COLUMNS[: int(SITE_LOAD) + 1]
"""Of them, what stands at an end; the others, AMOUNTS, are sums."""
IN_MW: Final = {name: name.replace("microwatts", "mw") for name in POWER}
"""What they are called in a table of MW."""
AMOUNTS: Final = COLUMNS[len(POWER) :]
WIDTH: Final = len(KEYS) + len(COLUMNS)
NO_SITE: Final = "opening leases"
"""What the last row is called."""


def realise(s: State) -> Ints:
    """What each site had and cost in a finished run [sites and one more x quarters, WIDTH]."""
    months = s.site_months
    quarters = -(-(months.shape[2] - 1) // MONTHS_PER_QUARTER)
    starts = 1 + np.arange(quarters) * MONTHS_PER_QUARTER
    last = np.minimum(starts + MONTHS_PER_QUARTER, months.shape[2]) - 1
    table = np.zeros((len(months), quarters, WIDTH), np.int64)
    table[:, :, 0] = np.arange(len(months))[:, None]
    table[:, :, 1] = np.arange(quarters)
    for row in range(int(N_SITE_MONTHS)):
        sums = np.add.reduceat(months[:, row], starts, axis=1)
        table[:, :, len(KEYS) + row] = months[:, row, last] if row < len(POWER) else sums
    found: Ints = table.reshape(-1, WIDTH)
    return found
