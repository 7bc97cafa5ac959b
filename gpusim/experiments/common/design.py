"""Designs: which points a sweep visits.

An axis is a key of the scenario and what it goes through: a range of numbers or dates, or a list
of values of any kind. A value is kept as the TOML text that a setting would have.
"""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import math
import warnings
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats
from gpusim.experiments.common.toml_text import toml
from gpusim.scenario import schema
from gpusim.scenario.language.errors import (
    Mistake,
    ScenarioError,
    listed,
    nearest,
    shortened,
    shown,
    whole_number,
)
from gpusim.scenario.language.limits import AXES, POINTS
from gpusim.scenario.paths import (
    any_one,
    bare_or_toml,
    key_and_operation,
    no_value,
    parse_path,
    refused,
    split_setting,
)
from gpusim.scenario.reading.files import read_rows
from gpusim.scenario.reading.plain_text import unfit

GRID, ZIP, LIST, LHS, SOBOL = "grid", "zip", "list", "lhs", "sobol"
KINDS: Final = (GRID, ZIP, LIST, LHS, SOBOL)
SPREAD: Final = (LHS, SOBOL)
"""Designs that fill the space with a number of points."""
SHOWN: Final = 300
"""Characters of an option that a message tells whole."""
AS_IT_IS: Final = "as it is"


class Axis(NamedTuple):
    """One varied key."""

    path: str
    op: str  # = or *= or +=
    low: Any = None  # a number or a date; None: a list of values
    high: Any = None
    steps: int | None = None  # of a range
    values: tuple[Any, ...] = ()  # of a list

    @property
    def name(self) -> str:
        """What its column is called."""
        return self.path + self.op.removesuffix("=")

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers make sense."""
        return self.op != "*=" and type_of(self.path) is int

    def levels(self) -> list[Any]:
        """Its values, from low to high or as listed.

        Raises:
            ScenarioError: a range without a number of steps.
        """
        if self.low is None:
            return list(self.values)
        if self.steps is None:
            raise wrong(self.name, "a range without a number of points", "PATH=LO:HI:N")
        shares = np.linspace(0, 1, self.steps) if self.steps > 1 else np.zeros(1)
        return list(dict.fromkeys(self.at(float(share)) for share in shares))

    def at(self, share: float) -> Any:
        """Its value at a share of the way, 0 to 1."""
        if self.low is None:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        if isinstance(self.low, dt.date):
            return self.low + dt.timedelta(days=round(share * (self.high - self.low).days))
        value = self.low + share * (self.high - self.low)
        return round(value) if self.is_whole else float(f"{value:.15g}")


class Design(NamedTuple):
    """The points of a sweep."""

    kind: str
    names: tuple[str, ...]  # of the columns: a path, with * or + where it multiplies or adds
    rows: tuple[tuple[str | None, ...], ...]  # TOML texts; None: left as it is

    def settings(self, point: int) -> tuple[str, ...]:
        """What a point sets, as after --set."""
        return tuple(
            f"{name}={text}"
            for name, text in zip(self.names, self.rows[point], strict=True)
            if text is not None
        )


@cache
def type_of(path: str) -> Any:
    """What may stand at a dotted path; a star stands for any name or index."""
    pattern = parse_path(path) or ()
    return schema.type_at(any_one(pattern))


def parse_axis(text: str) -> Axis:
    """An axis from PATH=LO:HI:N, PATH=LO:HI or PATH=a,b,c; also with *= and +=.

    Raises:
        ScenarioError: it is none, or its values cannot stand at that key.
    """
    if problem := refused(text):
        raise wrong(shortened(text), problem.found, problem.expected)
    setting = split_setting(text)
    if setting is None or parse_path(setting.path) is None or not setting.value:
        raise wrong(text, "no range and no list", "PATH=LO:HI:N or PATH=a,b,c")
    path, op, value = setting
    axis = _range(text, path, op, value) if ":" in value else None
    if axis is None:
        axis = Axis(path, op, values=tuple(_value(text, part) for part in _listed(text, value)))
    for level in (axis.low, axis.high) if axis.low is not None else axis.values:
        refuse_kind(text, path, op, level)
    return axis


def _listed(text: str, value: str) -> list[str]:
    """The values of a list, on one line."""
    try:
        rows = list(csv.reader([value], skipinitialspace=True, strict=True))
    except csv.Error as error:
        raise wrong(text, f"no list ({error})", "PATH=a,b,c on one line") from None
    return rows[0] if rows else []


def _range(text: str, path: str, op: str, value: str) -> Axis | None:
    """A range; None if the colons belong to something else, such as a time."""
    parts = value.split(":")
    ends = [_value(text, part) for part in parts[:2]]
    dates = all(type(end) is dt.date for end in ends)
    if not dates and not all(_is_number(end) for end in ends):
        raise wrong(text, shown(value), "a range LO:HI:N of numbers or dates")
    if len(parts) > 3:
        raise wrong(text, shown(value), "at most two colons, as in LO:HI:N")
    low, high = ends
    if high < low or (high == low and parts[2:] != ["1"]):
        raise wrong(text, f"an empty range from {low} to {high}", "LO below HI")
    steps = None
    if len(parts) == 3:
        steps = whole_number(parts[2].strip())
        if not steps:
            found = f"{shortened(parts[2]) or 'no'} points"
            raise wrong(text, found, "a whole number of points, at least 1")
        if steps > POINTS.most:
            raise wrong(text, f"{steps:,} points", str(POINTS))
    return Axis(path, op, low, high, steps)


def refuse_kind(text: str, path: str, op: str, value: Any) -> None:
    """Check that a value is of the kind its key takes.

    Raises:
        ScenarioError: it is not; for a key of fixed names with the nearest.
    """
    kind, pattern = type_of(path), parse_path(path) or ()
    if op != "=":
        if not _is_number(value):
            raise wrong(text, shown(value), f"a number after {op}")
        return
    choices = schema.choices_at(any_one(pattern))
    if choices and value not in choices:
        raise wrong(text, shown(value), f"one of {listed(choices)}", nearest(str(value), choices))
    if choices:
        return
    fits = {
        float: (_is_number(value), "a number"),
        int: (type(value) is int or (type(value) is float and value.is_integer()), "whole numbers"),
        bool: (type(value) is bool, "true or false"),
        str: (type(value) is str, "a text"),
        dt.date: (type(value) is dt.date, "a date such as 2026-03-31"),
    }
    good, expected = fits.get(kind, (True, ""))
    if not good:
        unit = schema.unit_at(any_one(pattern))
        raise wrong(text, shown(value), f"{expected} for {path}" + (f" [{unit}]" if unit else ""))


def as_it_is() -> Design:
    """One point: the model with nothing varied.

    >>> as_it_is().settings(0)
    ()
    """
    return Design(AS_IT_IS, (), ((),))


def make(
    kind: str,
    axes: Sequence[Axis],
    points: int | None = None,
    seed: int = 1,
    correlations: Sequence[str] = (),
) -> Design:
    """The points of a design.

    points: of a Latin hypercube or a Sobol' sequence; correlations: A,B=RHO each, by the ranks of
    a Gaussian copula.

    Raises:
        ScenarioError: the axes do not fit the design.
    """
    names = [axis.name for axis in axes]
    if not axes:
        what = "--vary PATH=LO:HI:N, --list FILE.csv, or --until for the model as it is"
        raise wrong("", "nothing to vary", what)
    refuse_axes(names, "--vary")
    if kind not in SPREAD and (points is not None or correlations):
        option = "--points" if points is not None else "--correlate"
        raise wrong("", f"{option} with --design {kind}", "--design lhs or sobol", flag="--design")
    if kind == ZIP:
        levels = [axis.levels() for axis in axes]
        if len({len(column) for column in levels}) > 1:
            sizes = ", ".join(f"{n}: {len(c)}" for n, c in zip(names, levels, strict=True))
            raise wrong("", f"lists of different lengths ({sizes})", "equally many values each")
        rows = list(zip(*levels, strict=True))
    elif kind == GRID:
        columns = [axis.levels() for axis in axes]
        size = math.prod(map(len, columns))
        if size > POINTS.most:
            raise wrong("", f"a grid of {size:,} points", str(POINTS))
        rows = list(itertools.product(*columns))
    else:
        if points is None or not 1 <= points <= POINTS.most:
            expected = f"--points N, {POINTS}"
            raise wrong("", f"{points or 'no'} points for {kind}", expected, flag="--points")
        shares = correlate(spread(kind, len(axes), points, seed), matrix(names, correlations))
        rows = [
            tuple(axis.at(float(share)) for axis, share in zip(axes, row, strict=True))
            for row in shares
        ]
    return Design(kind, tuple(names), tuple(tuple(toml(v) for v in row) for row in rows))


def refuse_axes(names: Sequence[str], flag: str) -> None:
    """Check that each key is varied once, and that they are not too many.

    Raises:
        ScenarioError: says which key, or how many.
    """
    if len(names) > AXES.most:
        raise wrong("", f"{len(names):,} keys", str(AXES), flag=flag)
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise wrong(min(twice), "the same key twice", "each key once", flag=flag)


def spread(kind: str, axes: int, points: int, seed: int) -> Floats:
    """Points that fill the unit cube [points, axes].

    Source: McKay, Beckman, Conover, 1979 (lhs); Owen's scrambling of Sobol' points.
    """
    from scipy.stats import qmc

    maker = qmc.LatinHypercube if kind == LHS else qmc.Sobol
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Sobol' points that are no power of two
        return np.asarray(maker(axes, rng=np.random.default_rng(seed)).random(points))


def matrix(names: Sequence[str], correlations: Sequence[str]) -> Floats:
    """The correlation matrix of A,B=RHO texts.

    Raises:
        ScenarioError: unknown keys, no number between -1 and 1, or together impossible.
    """
    table = np.eye(len(names))
    for text in correlations:
        if problem := refused(text):
            raise wrong(shortened(text), problem.found, problem.expected, flag="--correlate")
        pair, _, number = text.rpartition("=")
        both = [part.strip() for part in pair.split(",")]
        for name in both:
            if name not in names:
                what = f"two of the varied keys: {listed(names)}"
                raise wrong(text, f"{name!r}", what, nearest(name, names), flag="--correlate")
        try:
            rho = float(number)
        except ValueError:
            rho = math.nan
        if len(set(both)) != 2 or not -1 < rho < 1:
            raise wrong(
                text, shown(number), "A,B=RHO with RHO between -1 and 1", flag="--correlate"
            )
        first, second = map(names.index, both)
        table[first, second] = table[second, first] = rho
    if np.linalg.eigvalsh(table).min() < 1e-9:
        what = "correlations that can hold together"
        raise wrong("", "a correlation matrix that is not positive", what, flag="--correlate")
    return table


def correlate(shares: Floats, table: Floats) -> Floats:
    """Points of the unit cube [points, axes] with correlated normal scores; still uniform.

    Source: Gaussian copula; the first of two correlated axes keeps its places.
    """
    if np.array_equal(table, np.eye(len(table))):
        return shares
    from scipy.special import ndtr, ndtri

    scores = ndtri(np.clip(shares, 1e-12, 1 - 1e-12))
    return np.asarray(ndtr(scores @ np.linalg.cholesky(table).T))


def read_list(path: Path) -> Design:
    """A design from a CSV file: a header of key paths, a row a point; an empty cell sets nothing.

    Raises:
        ScenarioError: it cannot be read, or has no rows.
    """
    flag = "--list"
    rows = read_rows(path, f"{flag} {path}")
    _, heads = next(rows, (0, []))
    names = [name.strip() for name in heads]
    refuse_axes(names, flag)
    lines = list(rows)
    if len(lines) > POINTS.most:
        raise wrong(str(path), f"{len(lines):,} points", str(POINTS), flag=flag)
    points = []
    for number, cells in lines:
        if len(cells) != len(names):
            found = f"{len(cells)} cells in row {number}"
            raise wrong(str(path), found, f"{len(names)}, as in the header", flag=flag)
        points.append(tuple(_cell(path, number, *pair) for pair in zip(names, cells, strict=True)))
    if not points:
        raise wrong(str(path), "no points", "a header of key paths, and a row a point", flag=flag)
    return Design(LIST, tuple(names), tuple(points))


def _cell(path: Path, number: int, name: str, cell: str) -> str | None:
    if not cell.strip():
        return None
    where = f"{path} row {number}"
    for text in (name, cell):
        if problem := refused(text):
            raise wrong(where, problem.found, problem.expected, flag="--list")
    key, op = key_and_operation(name)
    if parse_path(name) is None:
        raise wrong(where, shown(name), "keys joined by dots", flag="--list")
    value = _value(where, cell)
    refuse_kind(where, key, op, value)
    return toml(value)


def _value(text: str, part: str) -> Any:
    try:
        value = bare_or_toml(part.strip())
    except ValueError:
        raise wrong(text, *no_value(part.strip())) from None
    if unfitting := next(unfit(value), None):
        raise wrong(text, unfitting.found, unfitting.expected)
    if isinstance(value, float) and not math.isfinite(value):
        raise wrong(text, part.strip(), "a finite number")
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def wrong(
    text: str, found: str, expected: str, near: str = "", flag: str = "--vary"
) -> ScenarioError:
    """What is wrong with an option."""
    where = f"{flag} {text if len(text) <= SHOWN else shortened(text)}".rstrip()
    return ScenarioError([Mistake(where, 0, 0, "", found, expected, near)])
