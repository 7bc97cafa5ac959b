"""What a sensitivity or a solver moves: inputs, each a value or a group of values with a range.

Without --vary the inputs are the model's assumptions: all values under one key (the PUE of every
site, the lead time of every generation) are one input, and move together, each from the low to the
high end of its own range.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gpusim.scenario import Mistake, Row, Scenario, ScenarioError, schema, source_rows
from gpusim.scenario.drawn.ranges import key_of, within
from gpusim.scenario.language.errors import nearest, shortened
from gpusim.scenario.overlay import apply
from gpusim.scenario.paths import (
    Pattern,
    any_one,
    key_and_operation,
    leads_to,
    parse_path,
    parse_setting,
    refused,
    split_setting,
)
from gpusim.scenario.reading.tree import paths_of

Value = float | dt.date


class Leaf(NamedTuple):
    """A setting with a range."""

    path: str
    op: str  # =, *= or +=
    low: Value
    high: Value
    whole: bool  # whether only whole numbers may stand there
    base: Value | None  # what stands there now; of a product 1, of a sum 0; None: several values


class Input(NamedTuple):
    """One input: its leaves move together."""

    name: str
    leaves: tuple[Leaf, ...]

    def at(self, level: float) -> tuple[str, ...]:
        """The settings that put it at a level of its range, 0 low and 1 high."""
        return tuple(f"{a.path}{a.op}{shown(value_at(a, level))}" for a in self.leaves)

    def label(self, level: float) -> str:
        """Its value at a level, for people; of a group, the level."""
        if len({(a.op, a.low, a.high) for a in self.leaves}) == 1:
            first = self.leaves[0]
            sign = {"=": "", "*=": "x ", "+=": "+ "}[first.op]
            return f"{sign}{brief(value_at(first, level))}"
        return (
            f"{level:.0%} of its ranges" if 0 < level < 1 else ("low end", "high end")[round(level)]
        )


def value_at(leaf: Leaf, level: float) -> Value:
    """A leaf's value at a level of its range."""
    if isinstance(leaf.low, dt.date) and isinstance(leaf.high, dt.date):
        return leaf.low + dt.timedelta(days=round(level * (leaf.high - leaf.low).days))
    assert isinstance(leaf.low, int | float)
    assert isinstance(leaf.high, int | float)
    value = leaf.low + level * (leaf.high - leaf.low)
    return round(value) if leaf.whole else float(f"{value:.12g}")


def shown(value: Value) -> str:
    """A value as TOML."""
    return value.isoformat() if isinstance(value, dt.date) else repr(value)


def brief(value: Value) -> str:
    """A value for people.

    >>> brief(12_000_000.0), brief(0.0375)
    ('12,000,000', '0.0375')
    """
    return value.isoformat() if isinstance(value, dt.date) else f"{float(f'{value:.6g}'):,.10g}"


def parse_vary(text: str, scenario: Scenario) -> Input:
    """An input from PATH=LO:HI, PATH*=LO:HI or PATH+=LO:HI.

    Raises:
        ScenarioError: it is none, or the path fits nothing.
    """
    if problem := refused(text):
        raise wrong(shortened(text), problem.found, problem.expected)
    setting = split_setting(text)
    ends = setting.value.split(":") if setting else []
    if setting is None or len(ends) != 2 or not all(end.strip() for end in ends):
        raise wrong(text, "no range", "PATH=LO:HI, PATH*=LO:HI or PATH+=LO:HI")
    path, op = setting.path, setting.op
    pattern = parse_path(path)
    if pattern is None:
        raise wrong(text, shortened(path) or "nothing", "keys joined by dots")
    low, high = (number(end, text, op) for end in ends)
    if isinstance(low, dt.date) != isinstance(high, dt.date):
        raise wrong(text, "a date and a number", "two of a kind")
    if low >= high:  # type: ignore[operator]
        raise wrong(text, f"a range from {brief(low)} to {brief(high)}", "one that rises")
    refuse_lost(f"{path}{op}{shown(low)}", scenario)
    places = places_of(pattern, scenario)
    at = places[0] if places else any_one(pattern)
    whole = op == "=" and schema.type_at(at) is int
    found = standing(f"{path}{op[:-1]}", scenario)
    now = found if isinstance(found, int | float | dt.date) else None
    return Input(f"{path}{'' if op == '=' else op[0]}", (Leaf(path, op, low, high, whole, now),))


def standing(name: str, scenario: Scenario) -> Value | str | None:
    """What stands at a key of a design: of a product 1, of a sum 0, else the one value there is.

    name: PATH, PATH* or PATH+. None: several values, none, or a table or list.
    """
    key, op = key_and_operation(name)
    if op != "=":
        return 1.0 if op == "*=" else 0.0
    pattern = parse_path(key) or ()
    places = [place for place in places_of(pattern, scenario) if len(place) == len(pattern)]
    if len({str(scenario.tree.get(place)) for place in places}) != 1:
        return None
    found = scenario.tree.get(places[0])
    if brought := scenario.tree.brought.get(places[0]):  # laid on top of what is set there
        return round(float(found) - brought, 2)
    return found if isinstance(found, bool | int | float | str | dt.date) else None


def places_of(pattern: Pattern, scenario: Scenario) -> list[Pattern]:
    """Paths of all values at or below a pattern."""
    paths, values = leaf_paths(scenario), scenario.tree.values
    return [path for path in paths if leads_to(pattern, path, values, schema.default_at)]


def refuse_lost(setting: str, scenario: Scenario) -> None:
    """Check that a setting has a place in a scenario.

    Raises:
        ScenarioError: its path fits nothing; names the nearest.
    """
    change = parse_setting(setting)
    found = [change] if isinstance(change, Mistake) else apply(scenario.tree.copy(), [change])
    if found:
        raise ScenarioError(found)


def number(text: str, vary: str, op: str) -> Value:
    """An end of a range.

    Raises:
        ScenarioError: no number and no date.
    """
    text = text.strip()
    try:
        if op == "=" and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return dt.date.fromisoformat(text)
        value = float(text.replace("_", ""))
    except ValueError:
        value = float("nan")
    if not abs(value) < float("inf"):
        raise wrong(vary, f"{text!r}", "a number, or a date after =")
    return value


def inputs_of(scenario: Scenario, vary: Sequence[str]) -> list[Input]:
    """The inputs asked for: ranges, or patterns of assumptions; without any, all assumptions.

    Raises:
        ScenarioError: one is wrong.
    """
    if not vary:
        return grouped(assumed(scenario), apart=False)
    found: list[Input] = []
    for text in vary:
        if "=" in text:
            found.append(parse_vary(text, scenario))
            continue
        pattern = parse_path(text)
        rows = assumed(scenario)
        there = set(places_of(pattern, scenario)) if pattern else set()
        held = [row for row in rows if parse_path(row.path) in there]
        if not held:
            near = nearest(text, [r.path for r in rows], cutoff=0.4)
            raise wrong(
                text, "no assumption with a range there", "PATH=LO:HI, or a path that has one", near
            )
        found += grouped(held, apart=True)
    names = [one.name for one in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise wrong(twice[0], "the same input twice", "each input once")
    return found


def assumed(scenario: Scenario) -> list[Row]:
    """Assumptions whose range has a width."""
    rows = source_rows(scenario)
    return [r for r in rows if r.low is not None and r.high is not None and r.low != r.high]


def grouped(rows: Iterable[Row], *, apart: bool) -> list[Input]:
    """Assumptions as inputs: items of a list together; names of a table too, unless apart."""
    groups: dict[str, list[Leaf]] = {}
    for row in rows:
        path = parse_path(row.path) or ()
        name = key_of(path, apart=apart)
        assert row.low is not None
        assert row.high is not None
        whole = schema.type_at(path) is int
        low, high = (within(path, end) for end in (row.low, row.high))
        if low != high:
            leaf = Leaf(row.path, "=", low, high, whole, row.value)
            groups.setdefault(name, []).append(leaf)
    return [Input(name, tuple(leaves)) for name, leaves in groups.items()]


def leaf_paths(scenario: Scenario) -> list[Pattern]:
    """Paths of all values as text."""
    return [tuple(str(part) for part in path) for path in paths_of(scenario.tree.values)]


def wrong(text: str, found: str, expected: str, near: str = "") -> ScenarioError:
    """A mistake in a --vary or --for."""
    return ScenarioError([Mistake(text, 0, 0, "", found, expected, near)])
