"""Steps: a list of tables, each with when it begins and with what holds from then on.

By date of a cost line (`overheads.NAME.steps`) and of a site's power (`sites.NAME.tariff_steps`),
where what a step leaves out stays as it was; by months of a contract's term (`price_steps`,
`commitment`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Protocol, TypeVar

from gpusim.scenario.language.errors import stands_for_any
from gpusim.scenario.language.fields import KeyPath, Problem

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


def stating(
    places: Sequence[KeyPath], segment: str, get: Callable[[KeyPath], Any]
) -> list[KeyPath]:
    """Of keys of all rows of lists of steps by date, those that their rows state.

    A product or a sum of what a step leaves out, which stays as it was before, is none. segment of
    the pattern that the rows fit, a * where all are meant; get: the value at a path. Other places,
    and all where no row states the key, stay: there is something wrong with each of them.
    """
    if not stands_for_any(segment):
        return list(places)
    kept = [place for place in places if get(place) is not None or not _in_a_step(place, get)]
    return kept or list(places)


def _in_a_step(place: KeyPath, get: Callable[[KeyPath], Any]) -> bool:
    """Whether a key is of a row of a list of steps by date."""
    row = get(place[:-1])
    return isinstance(place[-2], int) and isinstance(row, dict) and "date" in row
