"""Changes laid over a model: shock files, shocks in Python, strategy files and --set."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from functools import partial
from itertools import islice
from typing import Any, Protocol

from pydantic import Field

from gpusim.own_code import SHOCK, failing, load, own_of
from gpusim.scenario import schema
from gpusim.scenario.language.dated import stating
from gpusim.scenario.language.errors import (
    Mistake,
    ScenarioError,
    as_path,
    dotted,
    listed,
    nearest,
    shown,
    stands_for_any,
)
from gpusim.scenario.language.fields import Date, KeyPath, Problem, Table, Text
from gpusim.scenario.language.limits import CHANGED, CHANGES, DEPTH
from gpusim.scenario.language.provenance import PROVENANCE
from gpusim.scenario.paths import (
    Change,
    Op,
    Pattern,
    as_chosen,
    children,
    chosen_by,
    parse_path,
    parse_setting,
    places,
)
from gpusim.scenario.reading import estimates
from gpusim.scenario.reading.tree import Origin, Tree, paths_of

LEVERS: tuple[Pattern, ...] = (
    ("operator",),
    ("levers",),
    ("programme",),
    ("raising",),
    ("debt", "*", "hedge"),
    ("gpus", "*", "economic_life_years"),
    ("contracts", "*", "facility"),
    ("contracts", "*", "vendor"),
    ("contracts", "*", "loan_share"),
    ("contracts", "*", "vendor_share"),
    ("orders",),
)
"""What an operator can decide, so what a strategy file may change."""


THAT_CHOOSES = "that is a name, a date, a whole number, true or false"
"""What a path can choose by."""


class Shock(Protocol):
    """Anything with a `changes`."""

    def changes(self, model: Mapping[str, Any]) -> Iterable[str]:
        """Settings: PATH=VALUE, PATH*=FACTOR or PATH+=AMOUNT, as after --set, in order.

        model: a copy of the tables of the model file with the shocks before this one, units as the
        keys name them. The same model must always get the same settings.
        """


class ShockHead(Table):
    """What the shock stands for."""

    title: Text = Field(description="One line that says what happens [text]")
    source: Text = Field(description="The public event behind it [text]")
    as_of: Date = Field(description="Day of that event [date]")


class StrategyHead(Table):
    """What the strategy is."""

    title: Text = Field(description="One line that says what the operator does [text]")
    reason: Text = Field(description="Why one would [text]")


class ChangeTable(Table):
    """A [[change]]: one of set, times and plus, on every value whose path fits."""

    path: Text = Field(
        description="Key path; * stands for any one name or index, *[KEY:VALUE] for tables whose "
        "key has that value [text]"
    )
    set: Any = Field(default=None, description="The new value [unit of the key]")
    times: float | None = Field(default=None, description="Factor on the value [ratio]")
    plus: float | None = Field(
        default=None, description="Added to the value; to a date, in days [unit of the key]"
    )
    optional: bool = Field(
        default=False,
        description="true: a path that matches nothing, or no value, is no error [flag]",
    )

    def problems(self) -> Iterator[Problem]:
        given = [key for key in ("set", "times", "plus") if key in self.model_fields_set]
        if len(given) != 1:
            yield Problem((), " and ".join(given) or "none", "exactly one of set, times, plus")
        if parse_path(self.path) is None:
            yield Problem(("path",), shown(self.path), f"keys joined by dots, {DEPTH}")


class ShockFile(Table):
    """A file of models/shocks/."""

    shock: ShockHead = Field(description="What it is [table]")
    change: tuple[ChangeTable, ...] = Field(description="What it changes [list of tables]")


class StrategyFile(Table):
    """A file of models/strategies/."""

    strategy: StrategyHead = Field(description="What it is [table]")
    change: tuple[ChangeTable, ...] = Field(description="What it changes [list of tables]")


def own_changes(name: str, tree: Tree) -> list[Change]:
    """What a shock of the user's own changes.

    Raises:
        ShockError: it cannot be loaded, failed, gave no texts, or a folder names it and the user
            did not.
        ScenarioError: a text is no setting, or there are too many.
    """
    own = own_of(SHOCK, name)
    assert own is not None, f"{name} is no FILE.py:NAME"
    shock: Shock = load(SHOCK, own)
    with failing(SHOCK, f"{own}: changes(model)"):
        told = shock.changes(deepcopy(tree.values))
        given = None if isinstance(told, str) else list(islice(told, CHANGES.most + 1))
    if given is None or not all(isinstance(text, str) for text in given):
        raise SHOCK.error(f"{own}: changes(model): expected texts, such as 'tax.rate=0.3'")
    if len(given) > CHANGES.most:
        found = f"more than {CHANGES.most:,} changes"
        raise ScenarioError([Mistake(name, 0, 0, "", found, str(CHANGES))])
    parsed = [parse_setting(text, name) for text in given]
    if wrong := [one for one in parsed if isinstance(one, Mistake)]:
        raise ScenarioError(wrong)
    return [one for one in parsed if isinstance(one, Change)]


def changes_of(tree: Tree, *, strategy: bool) -> list[Change]:
    """The changes of a shock or strategy file that has been validated."""
    changes = []
    for place, table in enumerate(tree.values["change"]):
        op: Op = next(key for key in ("set", "times", "plus") if key in table)
        origin = tree.origin(("change", place, op))
        pattern = parse_path(table["path"]) or ()
        optional = bool(table.get("optional", False))
        changes.append(Change(pattern, op, table[op], origin, strategy, optional))
    return changes


def apply(tree: Tree, changes: Iterable[Change]) -> list[Mistake]:
    """Make the changes in order; mistakes for those that cannot be made."""
    mistakes = []
    for change in changes:
        if len(tree.changed) > CHANGED.most:
            mistakes.append(_mistake(change, f"{len(tree.changed):,} values changed", str(CHANGED)))
            break
        if change.strategy and not any(_fits(lever, change.pattern) for lever in LEVERS):
            mistakes.append(_mistake(change, "a change that no operator can decide", _levers()))
            continue
        if change.strategy and _lacks(tree, change.pattern[0]):
            found = f"no [{change.pattern[0]}] in the model"
            mistakes.append(_mistake(change, found, "a model that has it"))
            continue
        found_at = _leads_to(tree, change)
        if change.optional and change.op != "set":
            found_at = [p for p in found_at if (tree.get(p), schema.default_at(p)) != (None, None)]
        if change.op != "set" and len(change.pattern) > 1:
            found_at = stating(found_at, change.pattern[-2], tree.get)
        if not found_at and not change.optional:
            mistakes.append(_no_match(tree, change))
        for path in found_at:
            problem = _make(tree, path, change)
            if problem is None:
                tree.changed.append(path)
            else:
                mistakes.append(problem)
    return mistakes


def lacked(tree: Tree, change: Change) -> str:
    """The table or name that a change is about and a model has not, nor one of a similar name.

    As it is written, such as sites.helios; empty where the change leads to something.
    """
    if change.optional or _leads_to(tree, change):
        return ""
    here: list[KeyPath] = [()]
    for depth, segment in enumerate(change.pattern[:2]):
        nexts = _below(tree, here, segment)
        if not nexts:
            there = map(str, children(tree.get(here[0]), "*"))
            unlike = not stands_for_any(segment) and not nearest(segment, there)
            return dotted(change.pattern[: depth + 1]) if unlike else ""
        here = nexts
    return ""


def all_lead(tree: Tree, changes: Iterable[Change]) -> bool:
    """Whether each change is about something that a model has."""
    return all(change.optional or _leads_to(tree, change) for change in changes)


def _leads_to(tree: Tree, change: Change) -> list[KeyPath]:
    """Where a change is to be made."""
    beyond = partial(_could_be, whole=change.op == "set" and isinstance(change.value, dict))
    return list(places(tree.values, change.pattern, beyond=beyond, left_out=schema.default_at))


def _lacks(tree: Tree, name: Any) -> bool:
    """Whether a model leaves out a table that is not there by default: a strategy adds none."""
    return name not in tree.values and schema.default_at((name,)) is None


def _make(tree: Tree, path: KeyPath, change: Change) -> Mistake | None:
    """Make one change at one place."""
    origin = change.origin
    _write_defaults(tree, path)
    if change.op == "set":
        tree.put(path, change.value, origin)
        return next(iter(estimates.lay(tree, schema.type_at, path)), None)
    old = tree.get(path)
    if old is None:
        old, base = schema.default_at(path), "the default"
    else:
        base = str(tree.origin(path))
    new = _changed(old, change.op, change.value)
    if new is None:
        found = "no value" if old is None else shown(old)
        return _mistake(change, found, f"a number to apply {change.op} to", key=dotted(path))
    if isinstance(new, float):  # 15 digits: 0.06 + 0.01 is written 0.07
        new = round(new) if schema.type_at(path) is int else float(f"{new:.15g}")
    how = f"({change.op} {change.value:g} on {shown(old)} of {base})"
    tree.put(path, new, Origin(origin.where, origin.line, origin.column, origin.rank, how))
    return None


def _write_defaults(tree: Tree, path: KeyPath) -> None:
    """Spell out the tables on the way to a key that are there only by default."""
    for end in range(1, len(path)):
        default = schema.default_at(path[:end])
        if tree.get(path[:end]) is None and isinstance(default, Table):
            tree.put(path[:end], default.model_dump(exclude_none=True), Origin("default"))


def _changed(old: Any, op: Op, amount: float) -> Any:
    """The value after a product or a sum; None if there is none."""
    try:
        if isinstance(old, dt.date) and op == "plus":
            return old + dt.timedelta(days=amount)
        if isinstance(old, bool) or not isinstance(old, (int, float)):
            return None
        new = old * amount if op == "times" else old + amount
        return new if math.isfinite(new) else None
    except (OverflowError, ValueError):
        return None


def _could_be(value: Any, rest: Pattern, at: KeyPath, *, whole: bool) -> Iterator[KeyPath]:
    """What a pattern leads to that is not there: an optional key, where it leaves the tree.

    whole: whether a table is set, which may be a new one under a name of its own, or the next of a
    list.
    """
    if isinstance(value, dict) and rest[0] not in value and not any(map(stands_for_any, rest)):
        path = (*at, *rest)
        steps = [path[:end] for end in range(len(at) + 1, len(path) + 1)]
        named = steps.pop() if whole and _is_new_table(path) else None
        if all(schema.field_at(step) is not None for step in steps) and (named or steps):
            yield path
    if whole and isinstance(value, list) and rest == (str(len(value)),):
        yield (*at, len(value))


def _is_new_table(path: KeyPath) -> bool:
    """Whether a path ends in a name that is the user's to give."""
    if schema.field_at(path) is not None:
        return False
    kind = schema.type_at(path)
    return isinstance(kind, type) and issubclass(kind, Table)


def _no_match(tree: Tree, change: Change) -> Mistake:
    """Where a pattern leaves the tree, and the nearest path that does not."""
    fits: list[KeyPath] = [()]
    for depth, segment in enumerate(change.pattern):
        nexts = _below(tree, fits, segment)
        if nexts:
            fits = nexts
            continue
        here = fits[0]
        if chosen := chosen_by(segment):
            return _none_chosen(tree, change, depth, here, *chosen)
        names = _names(tree, here)
        where = dotted(here) or "the model"
        if segment in names:  # a table that a model may have and this one has not
            return _mistake(
                change,
                f"a path that matches nothing (there is no {shown(segment)} in {where})",
                "a path to what the model states; a table that it lacks is set whole, as "
                f"{dotted(change.pattern[: depth + 1])}={{...}}",
            )
        return _mistake(
            change,
            f"a path that matches nothing ({shown(segment)} is not in {where})",
            f"one of {listed(names)}" if names else f"no key below {where}, which is a value",
            near=_corrected(tree, change.pattern, depth, fits)
            or _nearest_path(tree, change.pattern, here),
        )
    return _mistake(change, "a path that matches nothing", "the path of a value")


def _none_chosen(
    tree: Tree, change: Change, depth: int, here: KeyPath, key: str, value: str
) -> Mistake:
    """No table at a path has a key with the value that a pattern names: those that there are."""
    found = [tree.get((*here, name)) for name in children(tree.get(here), "*")]
    there = [as_chosen(one.get(key)) for one in found if isinstance(one, dict)]
    values = sorted({value for value in there if value is not None})
    where = dotted(here) or "the model"
    near = nearest(value, values)
    right = (*change.pattern[:depth], f"*[{key}:{near}]", *change.pattern[depth + 1 :])
    return _mistake(
        change,
        f"a path that matches nothing (no {key} of {where} is {shown(value)})",
        f"one of {listed(values)}" if values else f"a key of {where} {THAT_CHOOSES}",
        near=dotted(right) if near else "",
    )


def _below(tree: Tree, paths: list[KeyPath], segment: str) -> list[KeyPath]:
    """Where a segment leads from some paths."""
    return [
        (*path, key)
        for path in paths
        for key in children(tree.get(path), segment, path, schema.default_at)
    ]


def _names(tree: Tree, here: KeyPath) -> list[str]:
    """What can follow a path: keys that are there, then those that could be."""
    return list(dict.fromkeys([*map(str, children(tree.get(here), "*")), *schema.keys_at(here)]))


def _corrected(tree: Tree, pattern: Pattern, depth: int, fits: list[KeyPath]) -> str:
    """A pattern whose wrong names from `depth` on are the nearest ones, as far as there are any."""
    right = pattern[:depth]
    for segment in pattern[depth:]:
        names = _names(tree, fits[0])
        name = segment if stands_for_any(segment) or segment in names else nearest(segment, names)
        if not name:
            break
        right = (*right, name)
        fits = _below(tree, fits, name) or [(*fits[0], name)]
    return dotted(right) if len(right) > depth else ""


def _nearest_path(tree: Tree, pattern: Pattern, here: KeyPath) -> str:
    """The path most like a pattern in what follows `here`, up to where the pattern is right."""
    depth = len(here)
    paths = {
        dotted(path[depth:]): dotted(path)
        for path in paths_of(tree.values)
        if len(path) > depth and path[0] not in PROVENANCE and path[:depth] == here
    }
    near = nearest(dotted(pattern[depth:]), paths, cutoff=0.6 if depth else 0.5)
    return paths.get(near, "")


def _mistake(change: Change, found: str, expected: str, near: str = "", key: str = "") -> Mistake:
    origin = change.origin
    key = key or dotted(change.pattern)
    return Mistake(origin.where, origin.line, origin.column, key, found, expected, near)


def _fits(lever: Pattern, pattern: Pattern) -> bool:
    """Whether a pattern stays within a lever."""
    head = as_path(pattern[: len(lever)])
    return len(head) == len(lever) and all(a in ("*", b) for a, b in zip(lever, head, strict=True))


def _levers() -> str:
    return f"a lever of the operator: {', '.join(dotted(lever) for lever in LEVERS)}"
