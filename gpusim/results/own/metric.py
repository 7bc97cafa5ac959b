"""A user's own metric: FILE.py:NAME, a `Metric` or anything else that says what a `Metric` says.

It sees one replication at a time, so that a figure is the same whatever else is simulated beside
it: with any workers, in blocks of any size.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from gpusim.economics.core.state import Floats
from gpusim.own_code import METRIC, failing, hash_of, load, named_in, own_of
from gpusim.results.figures import BY_PERIOD, OUTCOMES
from gpusim.results.metric import (
    PROBABILITY,
    REASONS,
    UNDEFINED,
    Better,
    Books,
    Coded,
    Metric,
    Values,
)
from gpusim.results.own.replication import Replication, one_of
from gpusim.scenario.reading.plain_text import hidden_in

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
MOST_TEXT: Final = 200
"""Characters of a unit or a meaning at most."""
TAKEN: Final = ("replication", "period", "firm_ended", "point", "option", "metric", "world")
"""Columns of the tables that figures stand in."""
ENDINGS: Final = ("_reason", "_margin")


class OwnMetric(Protocol):
    """What an object has to have to be a metric; `gpusim.Metric` has it."""

    name: str  # small letters, digits and _
    unit: str  # USD, MW, ratio, share, months ...; probability: zeros and ones
    meaning: str
    better: str  # higher, lower or neither

    def compute(self, books: Replication) -> npt.ArrayLike:
        """Its figures, NaN where undefined [periods], of the books of one replication."""


def allowed(texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Each FILE.py:NAME in some texts, and what may be loaded for it.

    Raises:
        MetricError: a folder names it and the user did not.
    """
    return tuple((name, own) for name in named_in(texts) if (own := own_of(METRIC, name)))


def loaded(codes: Iterable[tuple[str, str]]) -> tuple[Coded, ...]:
    """The metrics of what `allowed` returned.

    Raises:
        MetricError: one cannot be loaded, is none, or two go by one name.
    """
    found = tuple(Coded(name, _kept(own, hash_of(own, METRIC))) for name, own in codes)
    by_name: dict[str, str] = {}
    for code, metric in found:
        if by_name.setdefault(metric.name, code) != code:
            first = by_name[metric.name]
            raise METRIC.error(f"{first} and {code} are both called {metric.name}")
    return found


@lru_cache(maxsize=64)
def _kept(own: str, _: str) -> Metric:
    """A metric of a file, loaded once as long as the file has the same hash."""
    return declared(own, load(METRIC, own))


def declared(own: str, found: Any) -> Metric:
    """The declaration of a user's own metric, checked.

    own: FILE.py:NAME.

    Raises:
        MetricError: it says too little, or what no metric says.
    """
    fields = {name: getattr(found, name, None) for name in ("name", "unit", "meaning", "better")}
    for field, text in fields.items():
        if not isinstance(text, str) or not 0 < len(text) <= MOST_TEXT or hidden_in(text):
            what = f"a plain text of at most {MOST_TEXT} characters"
            raise METRIC.error(f"{own}: {field}: found {text!r}; expected {what}")
    name, unit, meaning, better = (str(text) for text in fields.values())
    if not NAME.fullmatch(name) or name in TAKEN or name.endswith(ENDINGS):
        what = f"small letters, digits and _, not ending in {' or '.join(ENDINGS)}"
        raise METRIC.error(f"{own}: name: found {name!r}; expected {what}")
    if name in BY_PERIOD or name in OUTCOMES:
        raise METRIC.error(f"{own}: name: found {name!r}, which is one of gpusim's own metrics")
    if better not in list(Better):
        raise METRIC.error(f"{own}: better: found {better!r}; expected {', '.join(Better)}")

    def compute(books: Books) -> Values:
        figures = np.stack(
            [_one(own, found, books, n) for n in range(len(books.panel.replications))]
        )
        undefined = np.isnan(figures)
        return Values(figures, np.where(undefined, REASONS.index(UNDEFINED), 0).astype(np.int8))

    return Metric(name, unit, meaning, Better(better), compute)


def _one(own: str, found: Any, books: Books, place: int) -> Floats:
    """The figures of one replication [periods].

    Raises:
        MetricError: it failed, or gave other than a figure a period.
    """
    alone = Replication(one_of(books.panel, place), books.calendar)
    expected = len(books.calendar.names)
    with failing(METRIC, f"{own}: compute()"), np.errstate(all="ignore"):
        told = found.compute(alone)
        figures = np.asarray(told.figures if isinstance(told, Values) else told, np.float64)
        if figures.shape == (1, expected):
            figures = figures[0]
    if figures.shape != (expected,):
        raise METRIC.error(f"{own}: found figures of shape {figures.shape}; expected ({expected},)")
    if np.isinf(figures).any():
        raise METRIC.error(f"{own}: found an infinite figure; expected NaN where one is undefined")
    if found.unit == PROBABILITY and not np.isin(figures, (0.0, 1.0)).all():
        raise METRIC.error(f"{own}: found a probability that is neither 0 nor 1")
    return figures


def names(own: Iterable[Coded]) -> dict[str, str]:
    """What each is called in tables, by FILE.py:NAME."""
    return {one.code: one.metric.name for one in own}
