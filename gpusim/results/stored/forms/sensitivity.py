"""The folder of a sensitivity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gpusim.results.stored.columns import (
    COUNT,
    FLAG,
    NUMBER,
    REPLICATION,
    SHARE,
    TEXT,
    Column,
    Form,
    of,
    one_of,
    or_empty,
)
from gpusim.results.stored.trees import fields, items, text

MANIFEST: Final = fields(
    {"model": text, "requests": items(fields(dict.fromkeys(("method", "metric", "when"), text)), 1)}
)


def of_a_metric(_: str) -> Column:
    """A column of the metric that was asked for, or of the level of an input."""
    return or_empty(NUMBER)


MAYBE: Final = or_empty(NUMBER)
TABLES: Final[Mapping[str, Form]] = {
    "inputs": Form(of(("input", "low", "high"), TEXT) | {"values": COUNT}),
    "points": Form({"point": COUNT, "refused": or_empty(TEXT)}, of_a_metric),
    "replications": Form({"point": COUNT, "replication": REPLICATION}, of_a_metric),
    "bars": Form(
        of(("input", "value", "unit"), TEXT)
        | {"end": one_of("low", "high"), "how": or_empty(TEXT), "refused": or_empty(TEXT)}
        | of(("change", "change_low", "change_high"), MAYBE)
        | of(("swing", "swing_low", "swing_high", "chance"), MAYBE)
        | {"matters": or_empty(FLAG)}
    ),
    "effects": Form(
        of(("input", "unit"), TEXT)
        | {"how": or_empty(TEXT), "matters": or_empty(FLAG)}
        | of(("mean", "size", "spread", "low", "high", "noise", "chance"), MAYBE)
    ),
    "indices": Form(
        of(("input", "unit"), TEXT)
        | {"order": one_of("first", "total"), "moved": or_empty(FLAG)}
        | of(("value", "low", "high", "design", "noise"), MAYBE)
    ),
    "box": Form(
        {"input": TEXT}
        | of(("low", "high"), or_empty(TEXT))
        | of(("low_level", "high_level"), NUMBER)
        | {"chance": MAYBE}
    ),
    "region": Form(
        of(("coverage", "density", "density_low", "density_high", "mass", "base_rate"), MAYBE)
        | {"points": COUNT}
    ),
    "peeling": Form({"step": COUNT} | of(("coverage", "density", "mass"), or_empty(SHARE))),
}
