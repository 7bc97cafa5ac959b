"""A relation: a change of a firm whose effect is known without knowing either result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pytest

from gpusim.economics.books.statements import BALANCE, LINES
from tests.engines.build import Tables, toml
from tests.relations.firms import firm
from tests.relations.playing import REPS, Played, played

Change = Callable[[Tables], None]
Claim = Callable[[Played, Played], None]
NO_LUCK = ("calm", "still")
MONEY = list(LINES)


class Relation(NamedTuple):
    """What is changed in which firms, and what then holds of before and after."""

    name: str
    change: Change  # in place
    holds: Claim
    firms: tuple[str, ...]
    prepare: Change = lambda tables: None  # what both sides have, in place
    fault: str = ""  # why it is known not to hold yet

    def sides(self, name: str) -> tuple[Tables, Tables]:
        """A firm before and after."""
        before, after = firm(name), firm(name)
        for tables in (before, after):
            self.prepare(tables)
        self.change(after)
        assert toml(after) != toml(before), "nothing was changed"
        return before, after

    def check(self, name: str) -> None:
        """Play both sides and compare."""
        before, after = self.sides(name)
        reps = 1 if name.startswith(NO_LUCK) else REPS
        self.holds(played(before, reps), played(after, reps))


def cases(relations: Iterable[Relation]) -> list[Any]:
    """A test for each relation and firm."""
    return [
        pytest.param(
            relation,
            name,
            id=f"{relation.name}: {name}",
            marks=[pytest.mark.xfail(reason=relation.fault, strict=True)] if relation.fault else [],
        )
        for relation in relations
        for name in relation.firms
    ]


def leaves(tables: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Path, container and key of every value that is no table or list of tables."""
    items = tables.items() if isinstance(tables, dict) else enumerate(tables)
    for key, value in items:
        here = (*path, str(key))
        if isinstance(value, dict) or (isinstance(value, list) and value):
            yield from leaves(value, here)
        else:
            yield here, tables, key


# What may hold


def same_but(*measures: str) -> Claim:
    """Nothing moved, to the cent and to the last bit, but these measures by definition."""

    def holds(before: Played, after: Played) -> None:
        for name in MONEY:
            first_unlike(name, before.line(name), after.line(name), before)
        told(before.backlog, after.backlog, "backlog")
        for one, other, what in pairs(before, after):
            shared = [name for name in one.columns if name in set(other.columns) - set(measures)]
            told(one.select(shared), other.select(shared), what)

    return holds


same: Claim = same_but()
"""Nothing moved at all."""


def pairs(before: Played, after: Played) -> list[tuple[pl.DataFrame, pl.DataFrame, str]]:
    """Tables whose columns may differ: a facility more has a cover and covenants of its own."""
    return [
        (before.metrics, after.metrics, "metrics"),
        (before.outcomes, after.outcomes, "outcomes"),
    ]


def same_figures(before: Played, after: Played) -> None:
    """Nothing moved but dates: lines and measures month by month, and how it ended."""
    for name in MONEY:
        first_unlike(name, before.line(name), after.line(name), before)
    for one, other, what in pairs(before, after):
        shared = set(one.columns) & set(other.columns)
        figures = [n for n, kind in one.schema.items() if kind.is_numeric() and n in shared]
        told(one.select(figures), other.select(figures), what)


def told(one: pl.DataFrame, other: pl.DataFrame, what: str) -> None:
    """Two tables are equal, or the first unlike column is shown."""
    if one.equals(other):
        return
    assert one.shape == other.shape, f"{what}: {one.shape} and {other.shape}"
    for name in one.columns:
        unlike = ~one[name].eq_missing(other[name])
        if unlike.any():
            row = int(unlike.arg_max() or 0)
            pytest.fail(
                f"{what}.{name}, row {row}: {other[name][row]} where {one[name][row]} is right"
            )


def same_lines(*names: str) -> Claim:
    """These lines of the statements did not move."""

    def holds(before: Played, after: Played) -> None:
        for name in names:
            first_unlike(name, before.line(name), after.line(name), before)

    return holds


def near(flow: int, *, times: float = 1) -> Claim:
    """Every line is `times` what it was, but for so many cents of rounding a month [cents].

    A line of the balance sheet may be off by as much for every month that has passed.
    """

    def holds(before: Played, after: Played) -> None:
        months = len(before.statements) // before.statements["replication"].n_unique()
        passed = np.arange(len(before.statements)) % months + 1
        for name in MONEY:
            slack = flow * (passed if name in BALANCE else 1)
            first_unlike(name, times * before.line(name), after.line(name), before, slack)

    return holds


def first_unlike(
    name: str, expected: np.ndarray, found: np.ndarray, at: Played, slack: Any = 0
) -> None:
    """Fail with the first month in which a line is not what it should be."""
    off = np.flatnonzero(abs(found - expected) > slack)
    if len(off):
        row = at.statements.row(int(off[0]), named=True)
        where = f"{name} of {row['period']}, replication {row['replication']}"
        pytest.fail(f"{where}: {found[off[0]]} where {expected[off[0]]} is right [cents]")
