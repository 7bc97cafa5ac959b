"""What was written, as nested tables, and the origin of each value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from gpusim.scenario.language.errors import Mistake, dotted
from gpusim.scenario.language.fields import KeyPath, Problem

KindOf = Callable[[KeyPath], Any]
"""The type of the value at a key path; None where there is no such key."""
NOBODY: Final = -1
"""Rank of a value that is filled in, or follows from others, and needs no source."""
ADDED: Final = -2
"""Rank of the same where a file stated a part of it, of which its provenance may still speak."""


@dataclass(frozen=True)
class Origin:
    """Which file and line, or which setting, gave a value."""

    where: str  # a file, or the words of a --set
    line: int = 0
    column: int = 0
    rank: int = 0  # order in which the files were merged; the child's is highest; < 0: no file
    how: str = ""  # what a shock or setting did, and to what

    @property
    def place(self) -> str:
        """File and line, or the setting."""
        return f"{self.where}:{self.line}" if self.line else self.where

    def __str__(self) -> str:
        return f"{self.place} {self.how}".rstrip()


class Changes(NamedTuple):
    """Origins of the values that shocks, strategies and settings changed."""

    until: int  # how many changes were known
    by_table: dict[KeyPath | None, dict[Origin, None]]  # of all under None; in order


@dataclass
class Tree:
    """Nested tables and lists, and origins by key path; a path without one has its parent's."""

    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[KeyPath, Origin] = field(default_factory=dict)
    changed: list[KeyPath] = field(default_factory=list)  # by shocks, strategies and settings
    retired: list[tuple[KeyPath, Origin]] = field(default_factory=list)  # keys left out
    texts: dict[str, str] = field(default_factory=dict)  # of the user's own files, by name
    brought: dict[KeyPath, float] = field(default_factory=dict)
    """What an option of capital put on lines of the opening balance once all changes were made."""
    filled: dict[KeyPath, Origin] = field(default_factory=dict)
    """What no file gave and was filled in, with the origin that it was given then."""
    market: str | None = None  # name of the market of base files that was laid under it, if any
    _told: Changes | None = field(default=None, repr=False, compare=False)

    def origin(self, path: KeyPath) -> Origin:
        """Where a value, or the nearest table around it, was written."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.origins:
                return self.origins[path[:end]]
        return Origin("")

    def get(self, path: KeyPath) -> Any:
        """The value at a path; None if there is none."""
        value: Any = self.values
        for segment in path:
            if not has(value, segment):
                return None
            value = value[segment]
        return value

    def put(self, path: KeyPath, value: Any, origin: Origin) -> None:
        """Write a value, making the tables on the way to it; one beyond a list's end is added."""
        holder: Any = self.values
        for depth, segment in enumerate(path[:-1], 1):
            if not has(holder, segment):
                holder[segment] = {}
                self.origins[path[:depth]] = origin
            holder = holder[segment]
        if has(holder, path[-1]) and isinstance(holder[path[-1]], (dict, list)):
            self.forget(path)
        if isinstance(holder, list) and path[-1] == len(holder):
            holder.append(None)
        holder[path[-1]] = _copy(value)
        self.origins[path] = origin

    def revalue(self, path: KeyPath, value: Any) -> None:
        """Another number or date where one stands, as if it had been written there."""
        holder = self.get(path[:-1])
        assert has(holder, path[-1]), path
        holder[path[-1]] = value

    def copy(self) -> Tree:
        """The same tree, to be changed apart."""
        return Tree(
            _copy(self.values),
            dict(self.origins),
            list(self.changed),
            list(self.retired),
            dict(self.texts),
            dict(self.brought),
            dict(self.filled),
            self.market,
        )

    def merge(self, child: Tree) -> None:
        """Lay a child over this tree: tables are merged, everything else replaced."""
        self.texts |= child.texts
        _merge(self, child, (), child.values)

    def under(self, parent: Tree, at: KeyPath = ()) -> None:
        """Lay a parent under this tree: what is not there is taken from it, with its origins."""
        for key, value in (parent.get(at) if at else parent.values).items():
            path = (*at, key)
            own = self.get(path)
            if isinstance(own, dict) and isinstance(value, dict):
                self.under(parent, path)
            elif own is None:
                self.put(path, value, parent.origin(path))
                for below in paths_of(value, path):
                    if below in parent.origins:
                        self.origins[below] = parent.origins[below]

    def forget(self, path: KeyPath) -> None:
        """Drop the origins of a value that is there and of all below it."""
        for known in paths_of(self.get(path), path):
            self.origins.pop(known, None)

    def drop(self, path: KeyPath) -> None:
        """Remove a value with its origins; nothing where there is none."""
        holder = self.get(path[:-1])
        if has(holder, path[-1]):
            self.forget(path)
            del holder[path[-1]]

    def is_untouched(self, path: KeyPath) -> bool:
        """Whether a value that was filled in stands as it was, and all that is in it."""
        there = (below for below in paths_of(self.get(path), path) if below in self.origins)
        return path in self.origins and all(
            self.origins[below] == self.filled.get(below) for below in there
        )

    def mistake(self, problem: Problem) -> Mistake:
        """A problem, placed where the user wrote the value, or the table it was filled into."""
        origin, found = self.origin(problem.path), problem.found
        if origin.rank == NOBODY and not origin.line:
            found = f"{found} ({origin})"
            ends = (problem.path[:end] for end in range(len(problem.path), -1, -1))
            around = (self.origin(end) for end in ends)
            origin = next((o for o in around if o.rank != NOBODY or o.line), origin)
        return Mistake(
            origin.where,
            origin.line,
            origin.column,
            dotted(problem.path),
            found + self._after_changes(problem.path, origin),
            problem.expected,
            problem.nearest,
        )

    def _after_changes(self, path: KeyPath, origin: Origin) -> str:
        """The changes that may be behind a problem seen elsewhere: in its table, or else all.

        Lines of the file in which it is seen are not elsewhere.
        """
        changes = self._changes()
        if origin in changes.by_table.get(None, {}):
            return ""
        near = changes.by_table.get(path[:2]) or changes.by_table.get(None, {})
        places = list(dict.fromkeys(o.place for o in near if o.where != origin.where))
        more = f" and {len(places) - 3} more" if len(places) > 3 else ""
        return f" (after {', '.join(places[:3])}{more})" if places else ""

    def _changes(self) -> Changes:
        """The origins of all changes, kept until there is one more."""
        if self._told is None or self._told.until != len(self.changed):
            by_table: dict[KeyPath | None, dict[Origin, None]] = {}
            for changed in self.changed:
                origin = self.origin(changed)
                by_table.setdefault(None, {})[origin] = None
                by_table.setdefault(changed[:2], {})[origin] = None
            self._told = Changes(len(self.changed), by_table)
        return self._told


def has(value: Any, segment: str | int) -> bool:
    """Whether a table or list holds a key or an index."""
    if isinstance(value, dict):
        return segment in value
    return isinstance(value, list) and isinstance(segment, int) and 0 <= segment < len(value)


def _copy(value: Any) -> Any:
    """Tables and lists anew; what stands in them is never changed."""
    if isinstance(value, dict):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value


def paths_of(value: Any, at: KeyPath = ()) -> Iterator[KeyPath]:
    """The path of a value and of everything in it."""
    yield at
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths_of(inner, (*at, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from paths_of(inner, (*at, place))


def _merge(tree: Tree, child: Tree, at: KeyPath, table: dict[str, Any]) -> None:
    for key, value in table.items():
        path = (*at, key)
        old = tree.get(path)
        if isinstance(value, dict) and isinstance(old, dict):
            if path in child.origins:
                tree.origins[path] = child.origins[path]
            _merge(tree, child, path, value)
        else:
            tree.put(path, value, child.origin(path))
            for below in paths_of(value, path):
                if below in child.origins:
                    tree.origins[below] = child.origins[below]
