"""Steps: a list of tables, each with when it begins and with what holds from then on.

By date of a cost line (`overheads.NAME.steps`) and of a site's power (`sites.NAME.tariff_steps`),
where what a step leaves out stays as it was; by months of a contract's term (`price_steps`,
`commitment`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Protocol, TypeVar

from gpusim.scenario.language.fields import Problem

Begin = TypeVar("Begin", dt.date, int)


class Dated(Protocol):
    """What holds from a day on."""

    @property
    def date(self) -> dt.date:
        """Its first day."""


def unordered_steps(key: str, field: str, begins: Sequence[Begin], later: str) -> Iterator[Problem]:
    """Steps of a list that do not each begin later than the one before.

    key of the list; field of a step that says when it begins; later: "a day after", say, what is
    expected of it against that of the step before.
    """
    for place, (one, other) in enumerate(pairwise(begins), start=1):
        if other <= one:
            expected = f"{later} {one}, that of the step before"
            yield Problem((key, place, field), str(other), expected)


def unordered_dates(key: str, steps: Sequence[Dated]) -> Iterator[Problem]:
    """Steps by date that are out of order."""
    return unordered_steps(key, "date", [step.date for step in steps], "a day after")
