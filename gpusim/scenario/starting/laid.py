"""What a file that is laid over a model brings that the model has not: whole tables, other sizes.

A path to a value that the model lacks is a mistake; a table that is set whole may be new, on
purpose or under a name that was meant for another model. So it is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from gpusim.scenario import schema
from gpusim.scenario.language.errors import dotted
from gpusim.scenario.language.fields import KeyPath
from gpusim.scenario.language.provenance import PROVENANCE
from gpusim.scenario.reading.tree import Tree

SIZE: Final = "commitment_usd"
MOST: Final = 6
"""Tables or sizes told of one file."""
Standing = dict[KeyPath, Any]


def standing(tree: Tree) -> Standing:
    """Tables of a model by path, those under a name of the user's with the size they state."""
    found: Standing = {}
    for noun, table in tree.values.items():
        if noun in PROVENANCE or not isinstance(table, (dict, list)):
            continue
        own = table if isinstance(table, dict) else {}
        named = [name for name in own if schema.field_at((noun, name)) is None]
        if named:
            found |= {(noun, name): _size(own[name]) for name in named}
        elif table and schema.default_at((noun,)) is None:
            found[(noun,)] = None
    return found


def _size(table: Any) -> Any:
    return table.get(SIZE) if isinstance(table, dict) else None


def told(who: str, before: Standing, after: Standing) -> Iterator[str]:
    """What a file brought, in a sentence each; who: "shock late", say.

    >>> there, then = {("debt", "ddtl"): 640e6}, {("debt", "ddtl"): 2.2e9, ("sites", "b"): None}
    >>> list(told("capital bank", there, then))  # doctest: +NORMALIZE_WHITESPACE
    ['capital bank adds sites.b, which the model has not',
     'capital bank: debt.ddtl.commitment_usd is 2,200,000,000, the model has 640,000,000']
    """
    added = [dotted(path) for path in after if path not in before]
    if added:
        more = f" and {len(added) - MOST} more" if len(added) > MOST else ""
        yield f"{who} adds {', '.join(added[:MOST])}{more}, which the model has not"
    sizes = [path for path, size in after.items() if _differs(before.get(path), size)]
    for path in sizes[:MOST]:
        new, old = after[path], before[path]
        yield f"{who}: {dotted((*path, SIZE))} is {new:,.0f}, the model has {old:,.0f}"


def _differs(old: Any, new: Any) -> bool:
    return all(isinstance(size, (int, float)) for size in (old, new)) and old != new
