"""An estimate where a number stands: a range as people write one, read as a value and its range.

`tariff_usd_per_kwh = "0.05 to 0.08"` is the middle, 0.065, assumed to lie between the ends;
`capex_usd_per_gpu = { low = 84_000, mode = 96_000, high = 102_000 }` is the likeliest, 96,000.
Dates are told likewise. The range becomes the value's entry of [assumptions], or goes into the one
that stands there and has none.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple, get_args

from gpusim.scenario.language import cells
from gpusim.scenario.language.errors import Mistake, dotted, shown
from gpusim.scenario.language.fields import KeyPath, Problem
from gpusim.scenario.language.provenance import PROVENANCE, is_explained
from gpusim.scenario.reading.tree import KindOf, Tree, paths_of

FROM_TO: Final = re.compile(r"\s*(\S+)\s+to\s+(\S+)\s*")
LOW, MODE, HIGH = "low", "mode", "high"
DRAWN: Final = "drawn"
"""Key of an assumption: whoever writes a range where a value stands does not know the value."""
KINDS: Final = (float, int, dt.date)
"""Types of keys that an estimate may be of."""
REASON: Final = "an estimate, stated as a range"
HEAD: Final = "model"
"""The table whose dates and numbers say what is simulated: none of them is an estimate."""
RANGE: Final = (LOW, HIGH, "relative")
"""Keys of an assumption that give its range."""

SCHEMA_NAME: Final = "Estimate"
SCHEMA: Final = {
    "description": "A number or a date that is not known: a range, and what is likeliest in it",
    "anyOf": [
        {"type": "string", "pattern": r"^\s*\S+\s+to\s+\S+\s*$"},
        {
            "type": "object",
            "properties": {name: {"type": ["number", "string"]} for name in (LOW, MODE, HIGH)},
            "required": [LOW, HIGH],
            "additionalProperties": False,
        },
    ],
}
"""What editors are told of a range, see `schema.json_schema`."""
End = float | dt.date


class Estimate(NamedTuple):
    """A range and what is likeliest in it."""

    low: End
    mode: End
    high: End


def lay(tree: Tree, kind_of: KindOf, at: KeyPath = ()) -> list[Mistake]:
    """Write each estimate at a path or below it as its value, with its assumption.

    kind_of: the type of the value at a key path. Returns what is wrong with others: ends or modes
    that are not in order, a range that is told twice.
    """
    mistakes = []
    for path, kind in list(_found(tree, kind_of, at)):
        told = tree.get(path)
        stated, wrong = _read(told, kind)
        if stated is None:
            mistakes.append(tree.mistake(Problem(path, shown(told), wrong)))
            continue
        origin = tree.origin(path)
        tree.put(path, stated.mode, origin)
        entry = ("assumptions", dotted(path))
        body = tree.get(entry)
        body = body if isinstance(body, dict) else {"reason": REASON}
        if any(key in body for key in RANGE) and tree.origin(entry) != origin:
            found = f"a range beside that of {shown(told)} at the key"
            mistakes.append(tree.mistake(Problem(entry, found, "one range")))
            continue
        tree.put(entry, {DRAWN: True} | body | {LOW: stated.low, HIGH: stated.high}, origin)
        tree.drop(("sources", dotted(path)))
    return mistakes


def is_told(kind: Any, text: str) -> bool:
    """Whether a text may be the estimate of a key of a type, as a cell of a CSV file has it.

    >>> is_told(float | None, "0.05 to 0.08"), is_told(str, "5 to 8"), is_told(float, "0.05")
    (True, False, False)
    """
    return FROM_TO.fullmatch(text) is not None and _number_or_date(kind) is not None


def _found(tree: Tree, kind_of: KindOf, at: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    """Paths of estimates, and the type of what their keys are."""
    for path in paths_of(tree.get(at) if at else tree.values, at):
        if not path or path[0] in (*PROVENANCE, HEAD):
            continue
        value = tree.get(path)
        if not (isinstance(value, str) and FROM_TO.fullmatch(value)) and not _is_table(value):
            continue
        if (kind := _number_or_date(kind_of(path))) is not None:
            yield path, kind


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) and {LOW, HIGH} <= set(value) <= {LOW, MODE, HIGH}


def _number_or_date(kind: Any) -> type | None:
    """What a key takes that may be a number or a date; None if it takes texts, or neither."""
    plain = cells.bare(kind)
    kinds = [cells.bare(one) for one in get_args(plain)] if plain not in KINDS else [plain]
    return next((one for one in KINDS if one in kinds), None) if str not in kinds else None


def _read(told: Any, kind: type) -> tuple[Estimate | None, str]:
    """An estimate of a type, or None and what is expected."""
    ends: list[Any]
    if isinstance(told, str):
        found = FROM_TO.fullmatch(told)
        assert found is not None
        read = [cells.value_of(kind, text.replace("_", "")) for text in found.groups()]
        if wrong := next((expected for value, expected in read if value is None), ""):
            return None, f'"LOW to HIGH", each {wrong}'
        ends = [value for value, _ in read]
    else:
        ends = [told[LOW], told[HIGH]]
    mode: Any = told.get(MODE) if isinstance(told, dict) else None
    if mode is None and _are_of(kind, ends):
        mode = _middle(ends[0], ends[1], kind)
    if not _are_of(kind, [*ends, mode]):
        return None, f"low, mode and high, each {'a date' if kind is dt.date else 'a number'}"
    if not ends[0] <= mode <= ends[1]:
        return None, "a range that rises, from low over the likeliest to high"
    return Estimate(ends[0], mode, ends[1]), ""


def _are_of(kind: type, values: list[Any]) -> bool:
    """Whether all are dates, or all are numbers."""
    is_date = kind is dt.date
    return all(is_explained(one) and isinstance(one, dt.date) == is_date for one in values)


def _middle(low: Any, high: Any, kind: type) -> Any:
    """Half way between two ends, to 12 digits; a whole number, or a day, where it must be one.

    >>> _middle(0.05, 0.08, float), _middle(3, 8, int)
    (0.065, 6)
    >>> _middle(dt.date(2026, 4, 1), dt.date(2026, 4, 11), dt.date)
    datetime.date(2026, 4, 6)
    """
    middle = low + (high - low) / 2
    if kind is dt.date:
        return middle
    return round(middle) if kind is int else float(f"{middle:.12g}")


def or_range(own: dict[str, Any]) -> dict[str, Any]:
    """The schema of a key that may be a range too where it is a number or a date."""
    kinds = own.get("anyOf", [own])
    if any(kind.get("type") == "string" and kind.get("format") != "date" for kind in kinds):
        return own
    if not any(_is_number_or_date(kind) for kind in kinds):
        return own
    told = ("description", "title", "default", "assumed", "plausible")
    around = {key: own[key] for key in told if key in own}
    kinds = [{key: limit for key, limit in kind.items() if key not in told} for kind in kinds]
    return {**around, "anyOf": [*kinds, {"$ref": f"#/$defs/{SCHEMA_NAME}"}]}


def _is_number_or_date(kind: dict[str, Any]) -> bool:
    return kind.get("type") in ("number", "integer") or kind.get("format") == "date"
