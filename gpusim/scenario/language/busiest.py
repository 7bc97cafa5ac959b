"""Power that a site must have at its busiest time, for the GPUs and tenants signed for it."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import numpy as np

from gpusim.scenario.language.at_once import AtOnce, Counts, Span
from gpusim.scenario.language.fields import KeyPath

LET = ""
"""What power that is let is counted as, microwatt by microwatt, where others name a generation."""


class Wanted(NamedTuple):
    """A tranche's GPUs at a site, over its planned term; or the uW that it lets, of "GPU" LET."""

    path: KeyPath
    contract: str
    gpu: str
    gpus: int
    start: dt.date
    end: dt.date
    priority: int
    by: dt.date
    """Before that day, of its own end or the run's, it must start."""
    keeps_end: bool
    lasts: dt.date
    """What it uses is there for another until then: GPUs are let go, room is for ever."""
    until: dt.date | None = None
    """GPUs bought for it alone, whatever stands idle, are there until then."""


class Busiest:
    """Power that a site must have at the busiest time, as tranches are added.

    GPUs stay when their terms are over, so each generation counts with the most there has been;
    tenants go.
    """

    def __init__(
        self, power: dict[str, int], signed: list[Wanted], standing: dict[str, int]
    ) -> None:
        """power: of a GPU of each generation [uW]; signed: all tranches that may be added.

        standing: GPUs of each generation that are there anyway.
        """
        kinds, self.power = [*power, LET], power | {LET: 1}
        days: dict[str, set[dt.date]] = {gpu: set() for gpu in kinds}
        for wanted in signed:
            days[wanted.gpu] |= {wanted.start, wanted.end}
        self.lets = bool(days[LET])
        if self.lets:
            days = dict.fromkeys(kinds, set().union(*days.values()))
        self.at_once = {gpu: AtOnce(own, standing.get(gpu, 0)) for gpu, own in days.items()}
        self.left: dict[str, set[tuple[dt.date, dt.date]]] = {gpu: set() for gpu in kinds}

    @property
    def needed(self) -> int:
        """What the site must have as things stand [uW]."""
        if self.lets:
            return self._over_time(LET, self.at_once[LET].course())
        return sum(self.power[gpu] * own.most for gpu, own in self.at_once.items())

    def _over_time(self, changed: str, course: Counts) -> int:
        """The most on one day, with another course of one kind, where tenants come and go [uW]."""
        total = np.zeros(len(course), np.int64)
        for gpu, own in self.at_once.items():
            each = course if gpu == changed else own.course()
            total += self.power[gpu] * (each if gpu == LET else np.maximum.accumulate(each))
        return int(total.max())

    def with_one(self, wanted: Wanted) -> int:
        """What the site must have with one tranche more [uW]."""
        own = self.at_once[wanted.gpu]
        if self.lets:
            return self._over_time(wanted.gpu, own.course(_span(wanted), wanted.until))
        more = own.with_one(_span(wanted), wanted.until) - own.most
        return self.needed + self.power[wanted.gpu] * more

    def fits_from(self, wanted: Wanted, room: int) -> dt.date | None:
        """The first day, after another's term, from which a tranche fits into a site's room [uW].

        On what the other leaves, if that lasts as long as its own term. None if there is none
        before the run is over, or its own term where that keeps its end.
        """
        for day, lasts in sorted(self.left[wanted.gpu] | self.left[LET]):
            end = wanted.end if wanted.keeps_end else day + (wanted.end - wanted.start)
            if wanted.start < day < wanted.by and end <= lasts:
                moved = wanted._replace(start=day, end=end)
                if self.with_one(moved) <= room:
                    return day
        return None

    def with_order(self, gpu: str, may: int, apart: int) -> int:
        """What the site must have with an order more [uW], of so many GPUs.

        may: those that may serve contracts; apart: the others.
        """
        own = self.at_once[gpu]
        if self.lets:
            return self._over_time(gpu, own.course(more=may, apart=apart))
        return self.needed + self.power[gpu] * (own.with_standing(may, apart) - own.most)

    def stand(self, gpu: str, may: int, apart: int) -> None:
        """An order more, of GPUs that may serve contracts and of others."""
        self.at_once[gpu].stand(may, apart)

    def add(self, wanted: Wanted) -> None:
        """One tranche more."""
        self.left[wanted.gpu].add((wanted.end, wanted.lasts))
        self.at_once[wanted.gpu].add(_span(wanted), wanted.until)


def _span(wanted: Wanted) -> Span:
    return wanted.start, wanted.end, wanted.gpus
