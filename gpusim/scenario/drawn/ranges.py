"""Inputs by their key, and their ranges within what the key allows."""

from __future__ import annotations

import datetime as dt
import typing
from typing import Final

from pydantic.fields import FieldInfo

from gpusim.scenario import schema
from gpusim.scenario.language.errors import dotted, whole_number
from gpusim.scenario.paths import Pattern

NAMED: Final = (
    "gpus",
    "sites",
    "assets",
    "contracts",
    "orders",
    "segments",
    "customers",
    "debt",
    "equity",
    "overheads",
)
"""Tables keyed by name: one key of all of them is one input."""


def key_of(path: Pattern, *, apart: bool = False) -> str:
    """The name of an input: one key of all tables of a name, and of all items of a list.

    apart: of each table by itself.

    >>> key_of(("sites", "texas", "phases", "0", "it_mw"))
    'sites.*.phases.*.it_mw'
    """
    return dotted(
        "*"
        if whole_number(part) is not None or (n == 1 and path[0] in NAMED and not apart)
        else part
        for n, part in enumerate(path)
    )


def within(path: Pattern, value: float | dt.date) -> float | dt.date:
    """An end of a range that is given in percent, moved to the limit of its key.

    >>> within(("sites", "a", "pue"), 0.96)
    1.0
    >>> within(("market", "resale", "residual_by_age", "0"), 1.2)
    1.0
    """
    if isinstance(value, dt.date):
        return value
    ends = range(len(path), 0, -1)
    info = next((own for end in ends if (own := schema.field_at(path[:end])) is not None), None)
    if info is None:
        return value
    limits = [*info.metadata, *_limits(info.annotation)]
    for limit in limits:
        if (least := getattr(limit, "ge", None)) is not None:
            value = max(value, float(least))
        if (most := getattr(limit, "le", None)) is not None:
            value = min(value, float(most))
    return value


def _limits(kind: typing.Any) -> typing.Iterator[typing.Any]:
    """Limits that a type, or the types it is made of, were given."""
    for own in getattr(kind, "__metadata__", ()):
        yield from own.metadata if isinstance(own, FieldInfo) else (own,)
    for inner in typing.get_args(kind):
        yield from _limits(inner)
