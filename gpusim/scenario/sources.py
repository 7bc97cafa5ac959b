"""Provenance: every number of a model file is disclosed by someone or assumed with a range."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

from gpusim.scenario.errors import Mistake, as_path, dotted, shown
from gpusim.scenario.fields import KeyPath, Problem
from gpusim.scenario.overlay import PROVENANCE, Pattern, parse_path
from gpusim.scenario.provenance import Assumption, Source
from gpusim.scenario.scenario import Scenario
from gpusim.scenario.tree import paths_of

Kind = Literal["source", "assumption"]
REPORT_DAYS = 120
"""A quarter's own report comes out within this time [days]."""
CHOICES = ("model", *PROVENANCE)
"""Tables whose numbers are the author's choice and need no source."""

_ISO_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")


class Entry(NamedTuple):
    """An entry of [sources] or [assumptions]."""

    kind: Kind
    key: str
    pattern: Pattern
    body: Source | Assumption
    rank: int  # of its file


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
    entries = _entries(scenario)
    return [_row(scenario, path, value, entries) for path, value in _leaves(scenario)]


def assumed_share(rows: Iterable[Row]) -> float:
    """Share of the values that are assumed, by count; 0 if there are none [share]."""
    kinds = [row.kind for row in rows]
    return kinds.count("assumption") / len(kinds) if kinds else 0.0


def check_sources(scenario: Scenario) -> list[Mistake]:
    """What the provenance of a scenario lacks."""
    entries = _entries(scenario)
    leaves = _leaves(scenario)
    problems = list(_coverage(scenario, leaves, entries))
    for entry in entries:
        problems += _entry_problems(scenario, entry, leaves)
    return [scenario.tree.mistake(p) for p in problems]


def _coverage(
    scenario: Scenario, leaves: list[tuple[KeyPath, Any]], entries: list[Entry]
) -> Iterator[Problem]:
    for path, value in leaves:
        covering = _covering(scenario, path, entries)
        if not covering:
            older = [e for e in entries if _covers(e.pattern, path)]
            found = f"{shown(value)} without a source or an assumption"
            if older:
                found += " of its own; the parent's entry speaks of the value replaced here"
            yield Problem(path, found, "an entry in [sources] or [assumptions]")
        elif len({e.kind for e in covering}) > 1:
            yield Problem(
                path, "a source and an assumption", "one of the two, or one with a longer path"
            )


def _entry_problems(
    scenario: Scenario, entry: Entry, leaves: list[tuple[KeyPath, Any]]
) -> Iterator[Problem]:
    table = "sources" if entry.kind == "source" else "assumptions"
    at: KeyPath = (table, entry.key)
    if not any(_covers(entry.pattern, path) for path, _ in leaves):
        yield Problem(at, "a path that matches no number or date", "the path of one")
    if isinstance(entry.body, Source):
        yield from _late(at, entry.body, scenario.model.as_of)
    elif not entry.body.has_range:
        yield Problem(at, "no range", "low and high, or relative")
    else:
        used = [(p, v) for p, v in leaves if entry in _covering(scenario, p, [entry])]
        yield from _outside(at, entry.body, used)


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


def _outside(
    at: KeyPath, assumption: Assumption, leaves: list[tuple[KeyPath, Any]]
) -> Iterator[Problem]:
    low, high = assumption.low, assumption.high
    if low is None or high is None:
        return
    for path, value in leaves:
        try:
            inside = low <= value <= high
        except TypeError:
            inside = False
        if not inside:
            yield Problem(
                at,
                f"a range from {shown(low)} to {shown(high)}",
                f"one that holds {dotted(path)} = {shown(value)}",
            )


def _row(scenario: Scenario, path: KeyPath, value: Any, entries: list[Entry]) -> Row:
    covering = _covering(scenario, path, entries)
    origin = str(scenario.tree.origin(path))
    if not covering:
        return Row(dotted(path), value, "none", "", None, None, None, origin)
    body = covering[0].body
    if isinstance(body, Source):
        as_of = body.as_of or scenario.model.as_of
        return Row(dotted(path), value, "source", body.source, as_of, None, None, origin)
    low, high = body.low, body.high
    if body.relative is not None and isinstance(value, (int, float)):
        ends = sorted((value * (1 - body.relative), value * (1 + body.relative)))
        low, high = ends[0], ends[1]
    return Row(dotted(path), value, "assumption", body.reason, None, low, high, origin)


def _entries(scenario: Scenario) -> list[Entry]:
    kinds: tuple[tuple[Kind, str, dict[str, Any]], ...] = (
        ("source", "sources", scenario.sources),
        ("assumption", "assumptions", scenario.assumptions),
    )
    return [
        Entry(kind, key, parse_path(key) or (key,), body, scenario.tree.origin((table, key)).rank)
        for kind, table, bodies in kinds
        for key, body in bodies.items()
    ]


def _leaves(scenario: Scenario) -> list[tuple[KeyPath, Any]]:
    """Numbers and dates as written; what a key left out means is the schema's to say."""
    tree = scenario.tree
    found = []
    for path in paths_of(tree.values):
        if path and path[0] not in CHOICES:
            value = tree.get(path)
            if isinstance(value, (int, float, dt.date)) and not isinstance(value, bool):
                found.append((path, value))
    return found


def _covering(scenario: Scenario, path: KeyPath, entries: list[Entry]) -> list[Entry]:
    """The entries with the longest match that speak of the value as its file gives it."""
    origin = scenario.tree.origin(path)
    fitting = [e for e in entries if _covers(e.pattern, path) and e.rank >= origin.rank]
    best = max((_weight(e) for e in fitting), default=None)
    return [e for e in fitting if _weight(e) == best]


def _weight(entry: Entry) -> tuple[int, int]:
    """Longer patterns win; among equals the one with fewer stars."""
    return len(entry.pattern), -entry.pattern.count("*")


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
