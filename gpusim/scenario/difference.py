"""What differs between two models, by what it means: the same noun against the same noun.

Sources, assumptions and where a value is written are left out: two models that say the same differ
in nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from gpusim.scenario.language.errors import quoted_key
from gpusim.scenario.language.fields import KeyPath
from gpusim.scenario.language.provenance import PROVENANCE
from gpusim.scenario.reading.parts import NAMED
from gpusim.scenario.scenario import Scenario
from gpusim.scenario.schema import unit_at


class Difference(NamedTuple):
    """A value, a row or a whole table that is not the same in both."""

    table: str  # top-level table, with the noun's name where it holds nouns by name
    key: str  # within it; a row in brackets, by its name or date; empty: all of the table
    unit: str
    first: Any  # None: not there
    second: Any


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a list of tables, and what it is known by."""

    label: str
    place: int
    is_named: bool  # False: its name is only its date and size
    values: dict[str, Any]


def differences(first: Scenario, second: Scenario) -> list[Difference]:
    """What differs, table by table in the order of the schema.

    Tables and nouns are matched by name. Rows of a list are matched by their name, or else their
    first date; phases and tranches without a name of their own by date and size, and those that
    are left in the order in which they stand.
    """
    both = [
        {key: _known(scenario, (key,), value) for key, value in scenario.plain().items()}
        for scenario in (first, second)
    ]
    found = []
    for table in (name for name in Scenario.model_fields if name not in PROVENANCE):
        before, after = (values.get(table) for values in both)
        found += list(_walk((table,), ((table, False),), before, after))
    return found


def _known(scenario: Scenario, path: KeyPath, value: Any) -> Any:
    """A value whose lists of tables are rows that know what they are called."""
    if isinstance(value, dict):
        return {key: _known(scenario, (*path, key), inner) for key, inner in value.items()}
    if not (isinstance(value, (list, tuple)) and value and isinstance(value[0], dict)):
        return value
    seen: Counter[str] = Counter()
    rows = []
    for place, row in enumerate(value):
        is_named = scenario.tree.origin((*path, place, "name")) != NAMED
        label = _label(row, place)
        seen[label] += 1
        label += f" ({seen[label]})" if seen[label] > 1 else ""
        told = {key: inner for key, inner in row.items() if key != "name"}
        rows.append(Row(label, place, is_named, _known(scenario, (*path, place), told)))
    return rows


def _label(row: dict[str, Any], place: int) -> str:
    """What a row of a list is known by: its name, its first date, or its place from 1.

    >>> _label({"rate": 0.04, "date": dt.date(2026, 1, 31)}, 0), _label({"rate": 0.04}, 0)
    ('2026-01-31', '1')
    """
    dates = (value.isoformat() for value in row.values() if isinstance(value, dt.date))
    return str(row.get("name") or next(dates, place + 1))


def _walk(
    path: KeyPath, shown: tuple[tuple[str, bool], ...], first: Any, second: Any
) -> Iterator[Difference]:
    """Differences at and below a key path; shown: its segments, and whether each is a row."""
    if isinstance(first, dict) and isinstance(second, dict):
        for key in dict.fromkeys((*first, *second)):
            below = (*shown, (quoted_key(key), False))
            yield from _walk((*path, key), below, first.get(key), second.get(key))
    elif _are_rows(first) and _are_rows(second) and (first or second):
        for label, place, before, after in _matched(first, second):
            yield from _walk((*path, place), (*shown, (label, True)), before, after)
    elif first != second:
        yield _told(path, shown, first, second)


def _told(
    path: KeyPath, shown: tuple[tuple[str, bool], ...], first: Any, second: Any
) -> Difference:
    """A difference in words of the model."""
    own = 2 if len(path) > 1 and _holds_nouns(path[0]) else 1
    table = ".".join(text for text, _ in shown[:own])
    key = "".join(f"[{text}]" if is_row else f".{text}" for text, is_row in shown[own:])
    unit = unit_at(path) or unit_at(path[:-1])  # of 2027 in "payments by year"
    if isinstance(first, dict | Row) or isinstance(second, dict | Row):
        unit = ""
    return Difference(table, key.lstrip("."), unit, _values(first), _values(second))


def _holds_nouns(table: str | int) -> bool:
    """Whether a top-level table holds tables by name.

    >>> _holds_nouns("sites"), _holds_nouns("market")
    (True, False)
    """
    kind = Scenario.model_fields[str(table)].annotation
    return getattr(kind, "__origin__", None) is dict


def _are_rows(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(row, Row) for row in value)


def _matched(
    first: list[Row], second: list[Row]
) -> Iterator[tuple[str, int, dict[str, Any] | None, dict[str, Any] | None]]:
    """Rows of two lists that are the same: label, place, values in each; None: not there."""
    others = {row.label: row for row in second}
    pairs = {row.label: others.pop(row.label) for row in first if row.label in others}
    moved = [row for row in others.values() if not row.is_named]
    for row in first:
        if row.label not in pairs and not row.is_named and moved:
            pairs[row.label] = moved.pop(0)
            del others[pairs[row.label].label]
    for row in first:
        after = pairs.get(row.label)
        yield row.label, row.place, row.values, after.values if after else None
    for row in others.values():
        yield row.label, row.place, None, row.values


def _values(value: Any) -> Any:
    """A value as the model file has it: rows are tables again."""
    if isinstance(value, Row):
        value = value.values
    if isinstance(value, dict):
        return {key: _values(inner) for key, inner in value.items()}
    return [_values(item) for item in value] if isinstance(value, (list, tuple)) else value
