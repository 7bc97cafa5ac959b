"""The folder of a break-even."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gpusim.results.stored.columns import (
    COUNT,
    DAY,
    FLAG,
    NUMBER,
    SHARE,
    TEXT,
    Column,
    Form,
    of,
    one_of,
    or_empty,
)
from gpusim.results.stored.trees import fields, items, or_nothing, text

ASKED: Final = fields({"key": text, "until": text, "along": or_nothing(text)})
MANIFEST: Final = fields({"model": text, "requests": items(ASKED, 1)})
LEVEL: Final = Column("numbers or days", (*NUMBER.kinds, *DAY.kinds), empty=True)
"""Values of a key, of one type in a column."""
SIDES: Final = ("above", "below", "unsure")
TABLES: Final[Mapping[str, Form]] = {
    "breakevens": Form(
        of(("until", "metric", "key", "unit"), TEXT)
        | {"probability": or_empty(SHARE), "why": or_empty(TEXT), "turns": or_empty(FLAG)}
        | of(("along", "low", "high", "estimate"), LEVEL)
        | {"target": or_empty(NUMBER), "undefined_replications": COUNT}
    ),
    "tested": Form(
        of(("until", "unit"), TEXT)
        | of(("along", "value"), LEVEL)
        | of(("mean", "low", "high"), or_empty(NUMBER))
        | {"replications": COUNT, "side": one_of(*SIDES)}
    ),
}
