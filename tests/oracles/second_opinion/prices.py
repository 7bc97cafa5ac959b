"""Prices of a tranche's term: steps, what grows after twelve months, a minimum that moves in."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.oracles.second_opinion.days import add_months, exact, nearest


@dataclass(frozen=True)
class Piece:
    """Days of a term at one price, to the next piece or without end."""

    day: int  # its first; 0 is the first of the term
    price: Fraction  # of a GPU-hour that is paid for [cents]
    share: Fraction = Fraction(1)  # of the reserved GPUs that is paid for

    def an_hour(self) -> Fraction:
        """What the day brings for a reserved GPU-hour [cents]."""
        return self.price * self.share


@dataclass(frozen=True)
class Prices:
    pieces: tuple[Piece, ...]

    def worth(self, day: int, until: int) -> Fraction:
        """Of a reserved GPU on the days of the term from one to before another [cents]."""
        total = Fraction(0)
        stops = [*(p.day for p in self.pieces[1:]), until]
        for p, stop in zip(self.pieces, stops, strict=True):
            days = min(stop, until) - max(p.day, day)
            total += p.an_hour() * 24 * max(days, 0)
        return total

    def earned(self, days: int, term_days: int, gpus: int) -> int:
        """By so many first days of a term of some GPUs [cents].

        To the nearest cent at each change of price, and down between two changes.
        """
        begin = self.on(days).day
        end = min([p.day for p in self.pieces if p.day > begin], default=term_days)
        if days >= min(end, term_days):
            return nearest(self.worth(0, term_days) * gpus)
        low = nearest(self.worth(0, begin) * gpus)
        high = nearest(self.worth(0, min(end, term_days)) * gpus)
        return low + (high - low) * max(days - begin, 0) // (min(end, term_days) - begin)

    def on(self, day: int) -> Piece:
        return [p for p in self.pieces if p.day <= max(day, 0)][-1]

    def onwards(self, stated: Prices, day: int, factor: Fraction) -> Prices:
        """These before a day of the term, and what is stated times a factor from it on."""
        before = [p for p in self.pieces if p.day < day]
        later = [p for p in stated.times(factor).pieces if p.day > day]
        now = stated.times(factor).on(day)
        return Prices((*before, Piece(day, now.price, now.share), *later))

    def times(self, factor: Fraction) -> Prices:
        return Prices(tuple(Piece(p.day, p.price * factor, p.share) for p in self.pieces))


def flat(price: Fraction) -> Prices:
    return Prices((Piece(0, price),))


def prices_of(spec: Any, base: Fraction, start: dt.date, months: int) -> Prices:
    """The prices of a term that is declared to start on a day, by what the contract says.

    base: the price of its first month [cents a GPU-hour].
    """
    steps = [(0, base)]
    steps += [(s.after_months, exact(s.price_usd_per_gpu_hour) * 100) for s in spec.price_steps]
    priced: dict[int, Fraction] = {}
    grows = 1 + exact(spec.price_escalator)
    for (m, price), (stop, _) in itertools.pairwise([*sorted(steps), (months, base)]):
        for k, at in enumerate(range(m, stop, 12)):
            priced[at] = price * grows**k
    shares = {0: Fraction(1)} | {c.after_months: exact(c.share) for c in spec.commitment}
    pieces = []
    for m in sorted({*priced, *shares}):
        if m < months:
            price = priced[max(x for x in priced if x <= m)]
            share = shares[max(x for x in shares if x <= m)]
            pieces.append(Piece((add_months(start, m) - start).days, price, share))
    return Prices(tuple(pieces))


def resets(own: Any, begin: dt.date, end: dt.date) -> list[dt.date]:
    """The days on which the price of a term is reset: the first of every so many whole months."""
    first = begin if begin.day == 1 else add_months(begin.replace(day=1), 1)
    days, n = [], 1
    while (day := add_months(first, n * own.every_months)) < end:
        days.append(day)
        n += 1
    return days


def moved(own: Any, index: float, base: float) -> Fraction:
    """Price after a reset over the price stated."""
    factor = 1 + exact(own.share) * (Fraction(index) / Fraction(base) - 1)
    factor = max(factor, exact(own.floor_share))
    return factor if own.cap_share is None else min(factor, exact(own.cap_share))


def least(own: Any) -> Fraction:
    """The least that it can be."""
    return max(exact(own.floor_share), 1 - exact(own.share))
