"""Courses of depreciation: what each year of service charges, and how they are drawn."""

from __future__ import annotations

import datetime as dt
import random
from fractions import Fraction
from itertools import accumulate
from typing import Any

from tests.oracles.second_opinion.days import exact, years_later

COURSES = 0.25
"""Share of the generations of whole years that have one."""


def course_of(gpu: Any) -> list[Fraction]:
    """Share charged by the end of each year of service, 0 first; [] for the straight line."""
    own = gpu.depreciation
    if own is None:
        return []
    n = int(gpu.book_life_years)
    if own.method == "by-year":
        years = [exact(share) for share in own.by_year]
    elif own.method == "sum-of-years-digits":
        years = [Fraction(n - k, n * (n + 1) // 2) for k in range(n)]
    else:
        rate = Fraction(2, n) if own.rate_per_year is None else exact(own.rate_per_year)
        years, book, kept = [], Fraction(1), exact(gpu.salvage_share)
        for k in range(n):
            level = (book - kept) / (n - k)
            years.append(min(book - kept, rate * book if rate * book > level else level))
            book -= years[-1]
        years = [year / (1 - kept) for year in years]
    return [Fraction(0), *list(accumulate(years))[:-1], Fraction(1)]


def along(course: list[Fraction], born: dt.date, end: dt.date, d: dt.date) -> Fraction:
    """Of all that a life charges, what is charged before a day; the life begins at birth."""
    n, gone, life = len(course) - 1, (d - born).days, (end - born).days
    if gone >= life:
        return Fraction(1)
    stated = (years_later(born, n) - born).days
    marks = [(years_later(born, k) - born).days * life // stated for k in range(n + 1)]
    k = max(k for k in range(n) if marks[k] <= gone)
    return course[k] + (course[k + 1] - course[k]) * Fraction(
        gone - marks[k], marks[k + 1] - marks[k]
    )


def part_of_rest(
    course: list[Fraction], born: dt.date, start: dt.date, end: dt.date, d: dt.date
) -> Fraction:
    """Of what is left at a start, what is charged before a later day."""
    before = along(course, born, end, start)
    if before == 1:
        return Fraction((d - start).days, max((end - start).days, 1))
    return (along(course, born, end, d) - before) / (1 - before)


def courses(draw: Any) -> None:
    """Some generations charge more in their first years, drawn apart from all else."""
    r = random.Random(f"{draw.seed}/courses")
    for g in draw.tree["gpus"].values():
        n = g["book_life_years"]
        if r.random() >= COURSES or n != int(n):
            continue
        n = int(n)
        front = [round(2 * (n - k) / (n * n + n), 4) for k in range(1, n)]
        g["depreciation"] = r.choice(
            [
                {"method": "declining-balance"},
                {"method": "declining-balance", "rate_per_year": r.choice([0.15, 0.4, 0.9])},
                {"method": "sum-of-years-digits"},
                {"method": "by-year", "by_year": [round(1 - sum(front), 4), *front]},
            ]
        )
