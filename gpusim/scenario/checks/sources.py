"""Provenance: every number of a model file is disclosed by someone or assumed with a range."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, NamedTuple

from gpusim.scenario.language.errors import Mistake, as_path, dotted, shown
from gpusim.scenario.language.fields import KeyPath, Problem
from gpusim.scenario.language.provenance import PROVENANCE, Assumption, Source, is_explained
from gpusim.scenario.paths import NO_CHOICE, Pattern, chooses, parse_path
from gpusim.scenario.reading.bundled import shown_path
from gpusim.scenario.reading.tree import ADDED, paths_of
from gpusim.scenario.scenario import Scenario

Kind = Literal["source", "assumption"]
REPORT_DAYS = 120
"""A quarter's own report comes out within this time [days]."""
WITHOUT = "without a source or an assumption"
NO_RANGE = "no range"
TABLE_OF: Final[Mapping[Kind, str]] = {"source": "sources", "assumption": "assumptions"}
ANY = "*"
"""The segment of a path that stands for any name."""
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
    place: int  # among all entries


class Value(NamedTuple):
    """A number or date as written, and who speaks of it."""

    path: KeyPath
    value: float | dt.date
    spoken_of: bool  # whether any entry's path leads to it, also one of a parent
    by: list[Group]  # the entries that do with the longest path; the first of all first


@dataclass(eq=False, slots=True)
class Group:
    """The entries with one pattern, and what they are found to speak of."""

    youngest: list[Entry] = field(default_factory=list)  # of the file that was merged last
    values: list[Value] = field(default_factory=list)  # that the youngest speak of
    matches: bool = False  # whether there is any value at the pattern or below it

    def add(self, entry: Entry) -> None:
        """Count an entry in, unless its file says the same path in another spelling."""
        if self.youngest and entry.rank > self.youngest[0].rank:
            self.youngest = []
        rank = self.youngest[0].rank if self.youngest else entry.rank
        if entry.rank == rank and self.of(entry.kind) is None:
            self.youngest.append(entry)

    def of(self, kind: Kind) -> Entry | None:
        """The youngest entry of a kind."""
        return next((entry for entry in self.youngest if entry.kind == kind), None)

    @property
    def weight(self) -> tuple[int, int, int]:
        """Longer patterns win; among equals the one with fewer stars, then the child's."""
        first = self.youngest[0]
        return len(first.pattern), -first.pattern.count(ANY), first.rank

    @property
    def turn(self) -> tuple[bool, int]:
        """Where it stands among its equals: by name before any name, then as written."""
        first = self.youngest[0]
        return first.pattern[0] == ANY, first.place


@dataclass(eq=False, slots=True)
class Branch:
    """All patterns with one beginning: those that end here, and those that go on, by segment."""

    group: Group = field(default_factory=Group)
    further: dict[str, Branch] = field(default_factory=dict)

    def grow(self, pattern: Pattern) -> Group:
        """The group of a pattern, new if need be."""
        branch = self
        for segment in pattern:
            branch = branch.further.setdefault(segment, Branch())
        return branch.group

    def covering(self, path: Sequence[str]) -> Iterator[Group]:
        """The groups whose patterns a path fits, or lies below."""
        if self.group.youngest:
            yield self.group
        if path:
            for segment in dict.fromkeys((path[0], ANY)):
                if segment in self.further:
                    yield from self.further[segment].covering(path[1:])


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
    assumed: Assumption | None = None  # None for sources


def source_rows(scenario: Scenario) -> list[Row]:
    """Each number and date of the files with its source or assumption, in the order of the file."""
    return [
        _row(scenario, value)
        for value in _values(scenario, _branches(_entries(scenario)))
        if value.path[0] not in CHOICES
    ]


SMALL: Final = ("staff on site", "hardware failures")
"""What `models check` says alone where it is left out altogether."""


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


def absent(scenario: Scenario) -> list[str]:
    """What every operator has and a model has nothing of at all: its costs are then none."""
    sites, gpus = scenario.sites.values(), scenario.gpus.values()
    powered = any(level.usd_per_kwh for site in sites for level in site.tariffs())
    leased = [site for site in sites if site.kind != "owned"]
    lacks = {
        "overheads": not scenario.overheads,
        "power tariff": bool(sites) and not powered,
        "rent": bool(leased) and not any(site.rent_usd_per_kw_month for site in leased),
        "staff on site": bool(leased) and not any(site.staff_usd_per_kw_month for site in sites),
        "hardware failures": bool(gpus) and not any(gpu.failures for gpu in gpus),
        "income tax": not scenario.tax.rate,
    }
    return [name for name, there_is_none in lacks.items() if there_is_none]


def absent_text(scenario: Scenario, *, small: bool) -> str:
    """The same in words, empty where nothing is left out; small: also what costs little."""
    names = [name for name in absent(scenario) if small or name not in SMALL]
    return f"left out altogether, so that it costs nothing: {', '.join(names)}" if names else ""


def explained(rows: Iterable[Row]) -> Explained:
    """How many values have a source, are assumed with a reason, or neither."""
    kinds = [row.kind for row in rows]
    return Explained(*(kinds.count(kind) for kind in ("source", "assumption", "none")))


def check_sources(scenario: Scenario, *, strict: bool = True) -> list[Mistake]:
    """What the provenance of a scenario lacks.

    strict: False leaves out numbers that nobody explains, assumptions without a range, and what
    the entries of bundled files lack; what is wrong in an entry of one's own is told.
    """
    entries = _entries(scenario)
    branches = _branches(entries)
    values = _values(scenario, branches)
    problems = [p for value in values if value.path[0] not in CHOICES for p in _coverage(value)]
    if not strict:
        problems = [p for p in problems if WITHOUT not in p.found]
    own = {shown_path(Path(name)) for name in scenario.tree.texts}
    for entry in entries:
        told = _entry_problems(scenario, entry, branches.grow(entry.pattern))
        at = scenario.tree.origin((TABLE_OF[entry.kind], entry.key))
        if strict or at.where in own:
            problems += [p for p in told if strict or p.found != NO_RANGE]
    return [scenario.tree.mistake(p) for p in problems]


def _coverage(value: Value) -> Iterator[Problem]:
    if not value.by:
        found = f"{shown(value.value)} {WITHOUT}"
        if value.spoken_of:
            found += " of its own; the parent's entry speaks of the value replaced here"
        yield Problem(value.path, found, "an entry in [sources] or [assumptions]")
    elif len({entry.kind for group in value.by for entry in group.youngest}) > 1:
        yield Problem(
            value.path, "a source and an assumption", "one of the two, or one with a longer path"
        )


def _entry_problems(scenario: Scenario, entry: Entry, group: Group) -> Iterator[Problem]:
    at: KeyPath = (TABLE_OF[entry.kind], entry.key)
    if chooses(entry.pattern):
        yield Problem(at, *NO_CHOICE)
    elif not group.matches:
        yield Problem(at, "a path that matches no number or date", "the path of one")
    twin = group.of(entry.kind)
    if twin is not None and twin.rank == entry.rank and twin.key != entry.key:
        yield Problem(at, f"the path of the entry {shown(twin.key)}", "one entry for it")
    if isinstance(entry.body, Source):
        yield from _late(at, entry.body, scenario.model.as_of)
    elif not entry.body.has_range:
        yield Problem(at, NO_RANGE, "low and high, or relative")
    else:
        yield from _outside(at, entry.body, group.values if twin is entry else [])


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
    body = value.by[0].youngest[0].body
    if isinstance(body, Source):
        as_of = body.as_of or scenario.model.as_of
        return Row(path, number, "source", body.source, as_of, None, None, origin)
    low, high = body.low, body.high
    if body.ahead is not None and isinstance(number, dt.date) and not isinstance(low, dt.date):
        low, high = _ahead(scenario.model.as_of, number, body.ahead)
    elif body.relative is not None and not isinstance(number, dt.date):
        low, high = sorted((number * (1 - body.relative), number * (1 + body.relative)))
    elif isinstance(low, dt.date) != isinstance(number, dt.date):
        low = high = None
    return Row(path, number, "assumption", body.reason, None, low, high, origin, body)


def _ahead(
    as_of: dt.date, day: dt.date, ratios: tuple[float, float]
) -> tuple[dt.date, dt.date] | tuple[None, None]:
    """The range of a day ahead; a day that is past is known.

    >>> _ahead(dt.date(2026, 3, 31), dt.date(2026, 7, 9), (0.6, 1.67))
    (datetime.date(2026, 5, 30), datetime.date(2026, 9, 14))
    """
    days = (day - as_of).days
    if days <= 0:
        return None, None
    low, high = (as_of + dt.timedelta(days=round(days * ratio)) for ratio in ratios)
    return low, high


def _entries(scenario: Scenario) -> list[Entry]:
    kinds: tuple[tuple[Kind, str, Mapping[str, Source | Assumption]], ...] = (
        ("source", "sources", scenario.sources),
        ("assumption", "assumptions", scenario.assumptions),
    )
    entries: list[Entry] = []
    for kind, table, bodies in kinds:
        for key, body in bodies.items():
            rank, pattern = scenario.tree.origin((table, key)).rank, parse_path(key) or (key,)
            entries.append(Entry(kind, key, pattern, body, rank, len(entries)))
    return entries


def _branches(entries: Iterable[Entry]) -> Branch:
    root = Branch()
    for entry in entries:
        root.grow(entry.pattern).add(entry)
    return root


def _values(scenario: Scenario, branches: Branch) -> list[Value]:
    """Numbers and dates as written; what a key left out means is the schema's to say."""
    tree = scenario.tree
    found = []
    for path in paths_of(tree.values):
        value = tree.get(path)
        rank = tree.origin(path).rank
        if not is_explained(value) or path[0] in PROVENANCE or (rank < 0 and rank != ADDED):
            continue
        groups = list(branches.covering(as_path(path)))
        for group in groups:
            group.matches = True
        if rank >= 0:
            by = _longest(groups, rank)
            found.append(Value(path, value, bool(groups), by))
            for group in by:
                group.values.append(found[-1])
    return found


def _longest(groups: list[Group], rank: int) -> list[Group]:
    """Those with the longest match that speak of the value as its own file gives it.

    rank: of that file.
    """
    own = [group for group in groups if group.youngest[0].rank >= rank]
    best = max((group.weight for group in own), default=None)
    return sorted((group for group in own if group.weight == best), key=lambda group: group.turn)


def _dates_in(text: str) -> Iterator[dt.date]:
    for year, month, day in _ISO_DATE.findall(text):
        try:
            yield dt.date(int(year), int(month), int(day))
        except ValueError:
            continue
