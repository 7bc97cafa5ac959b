"""Provenance: every number of a model file is disclosed by someone or assumed with a range."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from gpusim.scenario.errors import Mistake, as_path, dotted, shown
from gpusim.scenario.fields import KeyPath, Problem
from gpusim.scenario.overlay import PROVENANCE, Pattern, parse_path
from gpusim.scenario.provenance import Assumption, Source
from gpusim.scenario.scenario import Scenario
from gpusim.scenario.tree import paths_of

Kind = Literal["source", "assumption"]
REPORT_DAYS = 120
"""A quarter's own report comes out within this time [days]."""
WITHOUT = "without a source or an assumption"
CHOICES = ("model",)
"""Tables whose numbers are the author's choice and need no source."""

_ISO_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")


class Entry(NamedTuple):
    """An entry of [sources] or [assumptions]."""

    kind: Kind
    key: str
    pattern: Pattern
    body: Source | Assumption
    rank: int  # of its file


class Value(NamedTuple):
    """A number or date as written, and the entries that speak of it."""

    path: KeyPath
    value: float | dt.date
    matched: list[Entry]
    by: list[Entry]  # of these, the ones with the longest path


class Row(NamedTuple):
    """Where one value comes from."""

    path: str
    value: float | dt.date
    kind: Kind | Literal["none"]
    text: str
    as_of: dt.date | None  # None for assumptions
    low: float | dt.date | None  # None for sources
    high: float | dt.date | None
    origin: str  # file and line of the value


def source_rows(scenario: Scenario) -> list[Row]:
    """Each number and date of the files with its source or assumption, in the order of the file."""
    return [
        _row(scenario, value)
        for value in _values(scenario, _entries(scenario))
        if value.path[0] not in CHOICES
    ]


class Explained(NamedTuple):
    """How many numbers and dates of a model someone disclosed, someone chose, nobody explained."""

    sourced: int
    assumed: int
    unexplained: int

    @property
    def assumed_share(self) -> float:
        """Share of all that are assumed, by count; 0 if there are none [share]."""
        return self.assumed / (sum(self) or 1)

    def __str__(self) -> str:
        """All three in a sentence.

        >>> print(Explained(12, 87, 1))
        Of the model's 100 numbers and dates 12 have a source, 87 are assumptions, 1 is unexplained
        """
        told = (
            f"{count:,} {one if count == 1 else many}" if count else f"none {one}"
            for count, one, many in (
                (self.sourced, "has a source", "have a source"),
                (self.assumed, "is an assumption", "are assumptions"),
                (self.unexplained, "is unexplained", "are unexplained"),
            )
        )
        return f"Of the model's {sum(self):,} numbers and dates {', '.join(told)}"


def explained(rows: Iterable[Row]) -> Explained:
    """How many values have a source, are assumed with a reason, or neither."""
    kinds = [row.kind for row in rows]
    return Explained(*(kinds.count(kind) for kind in ("source", "assumption", "none")))


def check_sources(scenario: Scenario) -> list[Mistake]:
    """What the provenance of a scenario lacks."""
    entries = _entries(scenario)
    values = _values(scenario, entries)
    problems = [p for value in values if value.path[0] not in CHOICES for p in _coverage(value)]
    for entry in entries:
        problems += _entry_problems(scenario, entry, values)
    return [scenario.tree.mistake(p) for p in problems]


def _coverage(value: Value) -> Iterator[Problem]:
    if not value.by:
        found = f"{shown(value.value)} {WITHOUT}"
        if value.matched:
            found += " of its own; the parent's entry speaks of the value replaced here"
        yield Problem(value.path, found, "an entry in [sources] or [assumptions]")
    elif len({entry.kind for entry in value.by}) > 1:
        yield Problem(
            value.path, "a source and an assumption", "one of the two, or one with a longer path"
        )


def _entry_problems(scenario: Scenario, entry: Entry, values: list[Value]) -> Iterator[Problem]:
    at: KeyPath = ("sources" if entry.kind == "source" else "assumptions", entry.key)
    if not any(entry in value.matched for value in values):
        yield Problem(at, "a path that matches no number or date", "the path of one")
    if isinstance(entry.body, Source):
        yield from _late(at, entry.body, scenario.model.as_of)
    elif not entry.body.has_range:
        yield Problem(at, "no range", "low and high, or relative")
    else:
        yield from _outside(at, entry.body, [v for v in values if entry in v.by])


def _late(at: KeyPath, source: Source, as_of: dt.date) -> Iterator[Problem]:
    """A model uses nothing dated after its as-of day, except that quarter's own report."""
    if source.as_of and source.as_of > as_of:
        yield Problem(
            (*at, "as_of"), source.as_of.isoformat(), f"a figure known on {as_of}, the as-of day"
        )
    last = as_of + dt.timedelta(days=REPORT_DAYS)
    if source.published and source.published > last:
        yield Problem((*at, "published"), source.published.isoformat(), f"a day up to {last}")
    if source.as_of is None and source.published is None:
        later = [d for d in _dates_in(source.source) if d > as_of]
        if later:
            yield Problem(
                at,
                f"a source dated {max(later)}, after the as-of day",
                "as_of = the day the figure holds for, or published = the day of the report",
            )


def _outside(at: KeyPath, assumption: Assumption, values: list[Value]) -> Iterator[Problem]:
    low, high = assumption.low, assumption.high
    if low is None or high is None:
        return
    for value in values:
        if isinstance(value.value, dt.date) == isinstance(low, dt.date) and not (
            low <= value.value <= high  # type: ignore[operator]
        ):
            yield Problem(
                at,
                f"a range from {shown(low)} to {shown(high)}",
                f"one that holds {dotted(value.path)} = {shown(value.value)}",
            )


def _row(scenario: Scenario, value: Value) -> Row:
    path, number = dotted(value.path), value.value
    origin = str(scenario.tree.origin(value.path))
    if not value.by:
        return Row(path, number, "none", "", None, None, None, origin)
    body = value.by[0].body
    if isinstance(body, Source):
        as_of = body.as_of or scenario.model.as_of
        return Row(path, number, "source", body.source, as_of, None, None, origin)
    low, high = body.low, body.high
    if body.relative is not None and not isinstance(number, dt.date):
        low, high = sorted((number * (1 - body.relative), number * (1 + body.relative)))
    elif isinstance(low, dt.date) != isinstance(number, dt.date):
        low = high = None
    return Row(path, number, "assumption", body.reason, None, low, high, origin)


def _entries(scenario: Scenario) -> list[Entry]:
    kinds: tuple[tuple[Kind, str, Mapping[str, Source | Assumption]], ...] = (
        ("source", "sources", scenario.sources),
        ("assumption", "assumptions", scenario.assumptions),
    )
    return [
        Entry(kind, key, parse_path(key) or (key,), body, scenario.tree.origin((table, key)).rank)
        for kind, table, bodies in kinds
        for key, body in bodies.items()
    ]


def _values(scenario: Scenario, entries: list[Entry]) -> list[Value]:
    """Numbers and dates as written; what a key left out means is the schema's to say."""
    tree = scenario.tree
    by_head: dict[str, list[Entry]] = {}
    for entry in entries:
        by_head.setdefault(entry.pattern[0], []).append(entry)
    found = []
    for path in paths_of(tree.values):
        value = tree.get(path)
        number = isinstance(value, (int, float, dt.date)) and not isinstance(value, bool)
        if number and path[0] not in PROVENANCE:
            near = by_head.get(str(path[0]), []) + by_head.get("*", [])
            matched = [e for e in near if _covers(e.pattern, path)]
            found.append(Value(path, value, matched, _longest(matched, tree.origin(path).rank)))
    return found


def _longest(matched: list[Entry], rank: int) -> list[Entry]:
    """The entries with the longest match that speak of the value as its own file gives it."""
    own = [e for e in matched if e.rank >= rank]
    best = max((_weight(e) for e in own), default=None)
    return [e for e in own if _weight(e) == best]


def _weight(entry: Entry) -> tuple[int, int, int]:
    """Longer patterns win; among equals the one with fewer stars, then the child's."""
    return len(entry.pattern), -entry.pattern.count("*"), entry.rank


def _covers(pattern: Pattern, path: KeyPath) -> bool:
    """Whether a value is at or below a pattern."""
    head = as_path(path[: len(pattern)])
    return len(head) == len(pattern) and all(
        a in ("*", b) for a, b in zip(pattern, head, strict=True)
    )


def _dates_in(text: str) -> Iterator[dt.date]:
    for year, month, day in _ISO_DATE.findall(text):
        try:
            yield dt.date(int(year), int(month), int(day))
        except ValueError:
            continue
