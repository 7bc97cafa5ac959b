"""Which inputs of a model are drawn: its assumptions with a range, one input a key.

All values of one key (the PUE of every site) are one input, "how wrong are we about PUE", so one
level moves them together, each within its own range. Ranges of an input of several values are
taken at three quarters of their width: values that are each off by themselves spread a total less.
Decisions and terms that parties agree on are not drawn, unless their assumption says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from pydantic import TypeAdapter

from gpusim.scenario.checks.sources import Row, source_rows
from gpusim.scenario.checks.validate import frozen
from gpusim.scenario.drawn.ranges import key_of, within
from gpusim.scenario.language.errors import Mistake, ScenarioError, dotted, nearest
from gpusim.scenario.language.fields import KeyPath
from gpusim.scenario.language.provenance import LAWS, PROVENANCE, Assumption, SourceEntry
from gpusim.scenario.overlay import LEVERS
from gpusim.scenario.paths import Change, Pattern, leads_to, parse_path
from gpusim.scenario.reading.tree import Tree, paths_of
from gpusim.scenario.scenario import Scenario
from gpusim.scenario.schema import type_at

TOGETHER: Final = 0.75
"""Share of its range that a value of an input with several is drawn within."""
DAYS: Final = "days ahead"
"""The input of all dates whose range is `ahead`: who is late is late in most."""
DECISION: Final = "a decision"
FIRM: Final = ("operator",)
"""Of its keys some are decisions and some are not, so they stand apart."""
CHOSEN: Final[Mapping[Pattern, str]] = {
    **{lever: DECISION for lever in LEVERS if lever != FIRM},
    (*FIRM, "minimum_cash_usd"): DECISION,
    (*FIRM, "acceptance_lot_mw"): DECISION,
    (*FIRM, "on_demand_share"): DECISION,
    (*FIRM, "order_ahead_days"): DECISION,
    (*FIRM, "shares_outstanding"): "a count that is known",
    ("equity",): DECISION,
    ("gpus", "*", "book_life_years"): "an accounting policy",
    ("gpus", "*", "infrastructure_life_years"): "an accounting policy",
    ("gpus", "*", "salvage_share"): "an accounting policy",
    ("sites", "*", "phases", "*", "it_mw"): "power that is agreed and that GPUs are sold for",
    ("debt",): "a term of a loan",
    ("rates", "curve", "*", "date"): "a point of a curve",
    ("contracts",): "a term of a contract",
}
"""Keys that a run does not draw unless their assumption says so, and why."""
STILL_DRAWN: Final[tuple[Pattern, ...]] = (
    ("contracts", "*", "signed"),
    ("contracts", "*", "tranches", "*", "start"),
    ("contracts", "*", "tranches", "*", "hardware", "delivery"),
    ("contracts", "*", "prepayment", "due"),
)
"""Dates on which something is expected to happen, of those."""


_SOURCES = TypeAdapter(dict[str, SourceEntry])
_ASSUMPTIONS = TypeAdapter(dict[str, Assumption])


class Leaf(NamedTuple):
    """A value that is drawn, and its law."""

    path: KeyPath
    law: int  # of LAWS
    low: float  # of a date, days from the as-of day
    mode: float
    high: float
    day: dt.date | None  # the as-of day, of a date
    whole: bool


class Input(NamedTuple):
    """One input: its leaves are drawn at one level."""

    name: str
    leaves: tuple[Leaf, ...]

    @property
    def family(self) -> str:
        """The table it belongs to; of a group, that of its first value; dates by themselves."""
        if self.name == DAYS:
            return "dates"
        return str(self.leaves[0].path[0])


class Follower(NamedTuple):
    """A value that moves with another: in proportion, or by as many days."""

    path: KeyPath
    leader: KeyPath


class Drawable(NamedTuple):
    """What is drawn of a model."""

    inputs: tuple[Input, ...]
    followers: tuple[Follower, ...]
    kept: tuple[tuple[str, str], ...]  # inputs with a range that are not, and why


def of_tree(scenario: Scenario, tree: Tree) -> Scenario:
    """A scenario as its model alone says where numbers come from.

    tree: of the model, before changes.
    """
    tables = {name: frozen(tree.values.get(name, {})) for name in PROVENANCE}
    bare = scenario.model_copy(
        update={
            "sources": _SOURCES.validate_python(tables["sources"]),
            "assumptions": _ASSUMPTIONS.validate_python(tables["assumptions"]),
        }
    )
    bare._tree = tree
    return bare


def drawable(scenario: Scenario, rows: Iterable[Row] | None = None) -> Drawable:
    """What is drawn of a model, in the order of its files.

    rows: its values with their assumptions, if they are at hand.

    Raises:
        ScenarioError: a value follows what is not drawn, or a lognormal range reaches zero.
    """
    leaves: dict[str, list[Leaf]] = {}
    kept: dict[str, str] = {}
    follows: list[tuple[Row, KeyPath]] = []
    places = {dotted(path): path for path in paths_of(scenario.tree.values)}
    for row in source_rows(scenario) if rows is None else rows:
        if row.assumed is None:
            continue
        path = places[row.path]
        if row.assumed.follows is not None:
            follows.append((row, path))
            continue
        if row.low is None or row.high is None or row.low == row.high:
            continue
        pattern = tuple(str(part) for part in path)
        name = row.assumed.group or (DAYS if _is_ahead(row) else key_of(pattern))
        if why := _why_not(row, pattern):
            kept[key_of(pattern)] = why
        else:
            leaves.setdefault(name, []).append(_leaf(scenario, row, path))
    inputs = tuple(Input(name, _narrowed(own)) for name, own in leaves.items())
    drawn = {leaf.path for one in inputs for leaf in one.leaves}
    followers = tuple(_follower(scenario, row, path, drawn, places) for row, path in follows)
    return Drawable(inputs, followers, tuple(kept.items()))


def _is_ahead(row: Row) -> bool:
    """Whether a date's range is a ratio of the days until then, which all such dates share."""
    assert row.assumed is not None
    stated = isinstance(row.assumed.low, dt.date)
    return row.assumed.ahead is not None and isinstance(row.value, dt.date) and not stated


def _why_not(row: Row, path: Pattern) -> str:
    """Why a range is not drawn; empty where it is."""
    assert row.assumed is not None
    if row.assumed.drawn is not None:
        return "" if row.assumed.drawn else "its assumption says so"
    if row.assumed.law is not None or any(_is_at(own, path) for own in STILL_DRAWN):
        return ""
    return next((why for own, why in CHOSEN.items() if _is_at(own, path)), "")


def _is_at(pattern: Pattern, path: Pattern) -> bool:
    """Whether a path is at a pattern or below it."""
    return leads_to(pattern, path, {})


def _leaf(scenario: Scenario, row: Row, path: KeyPath) -> Leaf:
    """A value with its law."""
    assert row.assumed is not None
    law = LAWS.index(row.assumed.law or LAWS[0])
    pattern = tuple(str(part) for part in path)
    day = scenario.model.as_of if isinstance(row.value, dt.date) else None
    low, mode, high = (
        _number(within(pattern, end), day)
        for end in (row.low, row.value, row.high)
        if end is not None
    )
    if law == LAWS.index("lognormal") and min(low, mode) <= 0:
        found = "a lognormal range that reaches zero" + (" days ahead" if day else "")
        raise _wrong(scenario, row, found, 'a range above zero, or law = "pert"')
    return Leaf(path, law, min(low, mode), mode, max(high, mode), day, type_at(path) is int)


def _number(value: Any, day: dt.date | None) -> float:
    return float((value - day).days) if day is not None else float(value)


def _narrowed(leaves: list[Leaf]) -> tuple[Leaf, ...]:
    """Leaves of one input, nearer to their modes where they are several."""
    if len(leaves) == 1:
        return tuple(leaves)
    return tuple(
        one._replace(low=_nearer(one, one.low), high=_nearer(one, one.high)) for one in leaves
    )


def _nearer(leaf: Leaf, end: float) -> float:
    """An end moved towards the mode; of a lognormal law in proportion."""
    if leaf.law == LAWS.index("lognormal"):
        return float(leaf.mode * (end / leaf.mode) ** TOGETHER)
    return leaf.mode + TOGETHER * (end - leaf.mode)


def leave(drawn: Drawable, tree: Tree, changes: Iterable[Change], anew: Drawable) -> Drawable:
    """What is drawn, less what would follow a value that a change puts a stated one in place of.

    tree: of the model, before changes; anew: what is drawn of ranges that changes stated.
    Source: definitions, drawn inputs.
    """
    sets = [own.pattern for own in changes if own.op == "set"]
    again = {leaf.path for one in anew.inputs for leaf in one.leaves}

    def stays(one: Follower) -> bool:
        place = tuple(str(part) for part in one.leader)
        gone = any(leads_to(pattern, place, tree.values) for pattern in sets)
        return gone and one.leader not in again

    pace = tuple(one for one in drawn.followers if not stays(one))
    return drawn._replace(followers=pace)


def _follower(
    scenario: Scenario,
    row: Row,
    path: KeyPath,
    drawn: set[KeyPath],
    places: Mapping[str, KeyPath],
) -> Follower:
    """A value that follows a drawn one of its kind."""
    assert row.assumed is not None
    assert row.assumed.follows is not None
    text = dotted(parse_path(row.assumed.follows) or (row.assumed.follows,))
    leader = places.get(text)
    if leader is None or leader not in drawn:
        near = nearest(text, [dotted(own) for own in drawn]) or ""
        found = f"{text}, which is not drawn"
        raise _wrong(scenario, row, found, "the path of a value that is drawn", near)
    led = scenario.tree.get(leader)
    if isinstance(led, dt.date) != isinstance(row.value, dt.date):
        raise _wrong(scenario, row, f"{text}, of another kind", "a date for a date, or a number")
    if led == 0:
        raise _wrong(scenario, row, f"{text}, which is 0", "a value other than 0 to keep pace with")
    return Follower(path, leader)


def _wrong(
    scenario: Scenario, row: Row, found: str, expected: str, near: str = ""
) -> ScenarioError:
    """A mistake in the assumption of a value."""
    origin = scenario.tree.origin(("assumptions", row.path))
    place = (origin.where, origin.line, origin.column) if origin.where else ("assumptions", 0, 0)
    return ScenarioError([Mistake(*place, f"assumptions.{row.path}", found, expected, near)])
