"""Names of what stands in lists: phases of a site, tranches of a contract.

Luck is keyed by names, so what has none is given one by what it is: its date and its size as the
files say them, before shocks, strategies and settings change them. A setting that moves a date or a
size leaves the draws, and neither does the order of a list matter nor what else stands in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from gpusim.scenario.reading.tree import Origin, Tree


class Kind(NamedTuple):
    """A list of parts: where it stands, and which keys tell one part from another."""

    table: str
    key: str
    date: str
    size: str
    unit: str


PHASES = Kind("sites", "phases", "ready", "it_mw", "MW")
TRANCHES = Kind("contracts", "tranches", "start", "gpus", "GPUs")
NAMED = Origin("named by date and size")


def name_parts(tree: Tree) -> None:
    """Give every phase and tranche a name that has none; what is no list of tables stays."""
    for kind in (PHASES, TRANCHES):
        tables = tree.values.get(kind.table)
        for owner, table in (tables if isinstance(tables, dict) else {}).items():
            parts = table.get(kind.key) if isinstance(table, dict) else None
            if isinstance(parts, list):
                for place, name in fresh_names(parts, kind):
                    tree.put((kind.table, owner, kind.key, place, "name"), name, NAMED)


def fresh_names(parts: Sequence[Any], kind: Kind) -> Iterator[tuple[int, str]]:
    """Place and name of each part without one.

    Parts of one date and size are numbered in the order of what else they say.

    >>> list(fresh_names([{"ready": "2026-12-01", "it_mw": 50.0}] * 2, PHASES))
    [(0, '2026-12-01 50 MW'), (1, '2026-12-01 50 MW (2)')]
    """
    tables = [(place, part) for place, part in enumerate(parts) if isinstance(part, dict)]
    taken = {part["name"] for _, part in tables if isinstance(part.get("name"), str)}
    nameless = [(place, part) for place, part in tables if not part.get("name")]
    last: dict[str, int] = {}  # number of the last part of a label; all before it are taken
    for place, part in sorted(nameless, key=lambda own: written(own[1])):
        label = label_of(part, kind)
        number = last.get(label, 1)
        name = label if number == 1 else f"{label} ({number})"
        while name in taken:
            number += 1
            name = f"{label} ({number})"
        last[label] = number
        taken.add(name)
        yield place, name


def label_of(part: dict[str, Any], kind: Kind) -> str:
    """Date and size of a part; 50 and 50.0 are one size."""
    size = part.get(kind.size, 0)
    if isinstance(size, float) and size.is_integer():
        size = int(size)
    return f"{part.get(kind.date)} {size} {kind.unit}"


def written(part: dict[str, Any]) -> str:
    """All that a part says, in one order."""
    return json.dumps(part, sort_keys=True, default=str)


def twice(names: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Place and name of each part whose name another before it has."""
    before: set[str] = set()
    for place, name in enumerate(names):
        if name and name in before:
            yield place, name
        before.add(name)
