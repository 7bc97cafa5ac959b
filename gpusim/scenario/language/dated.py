"""Steps by date: a list of tables, each with a `date` and with what holds from that day on.

Of a cost line (`overheads.NAME.steps`) and of a site's power (`sites.NAME.tariff_steps`). What a
step leaves out stays as it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Protocol

from gpusim.scenario.language.fields import Problem


class Dated(Protocol):
    """What holds from a day on."""

    @property
    def date(self) -> dt.date:
        """Its first day."""


def unordered_steps(key: str, steps: Sequence[Dated]) -> Iterator[Problem]:
    """Steps of a list that are not each later than the one before."""
    for place, (one, other) in enumerate(pairwise(steps), start=1):
        if other.date <= one.date:
            later = f"a day after {one.date}, that of the step before"
            yield Problem((key, place, "date"), other.date.isoformat(), later)
