"""The folder of a sweep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from gpusim.results.stored.columns import (
    COUNT,
    FLAG,
    NUMBER,
    TEXT,
    VALUE,
    Column,
    Form,
    one_of,
    or_empty,
)
from gpusim.results.stored.trees import (
    Shape,
    among,
    fields,
    flag,
    items,
    number,
    or_nothing,
    text,
    whole,
)
from gpusim.results.summary import PERCENTILES
from gpusim.scenario.language.limits import MOST_REPS, MOST_SEED, POINTS

DONE, FAILED = "done", "failed"
PART_TABLES: Final = ("outcomes", "summary")
"""Tables of each point, in a folder of their own."""
FIGURES: Final[dict[str, Column]] = {
    "metric": TEXT,
    "unit": TEXT,
    "n": COUNT,
    "mean": or_empty(NUMBER),
    "sd": or_empty(NUMBER),
    "ci_low": or_empty(NUMBER),
    "ci_high": or_empty(NUMBER),
    "ci_by": TEXT,
    "rests_on": COUNT,
} | {f"p{percentile:02d}": or_empty(NUMBER) for percentile in PERCENTILES}
"""Of a point and metric, in `results.parquet` and in the journal."""
POINT: Final[dict[str, Column]] = {
    "status": one_of(DONE, FAILED),
    "error_kind": or_empty(TEXT),
    "error": or_empty(TEXT),
    "replications": COUNT,
    "enough": or_empty(FLAG),
}
"""Of a point, in `points.parquet` and in the journal."""


def of_a_key(_: str) -> Column:
    """A column of a varied key."""
    return VALUE


TABLES: Final[Mapping[str, Form]] = {
    "design": Form({"point": COUNT}, of_a_key),
    "points": Form({"point": COUNT} | POINT, of_a_key),
    "results": Form({"point": COUNT} | FIGURES, of_a_key),
}
SHAPES: Final[Mapping[Any, Shape]] = {
    pl.String: text,
    pl.Int64: whole(0),
    pl.Float64: number,
    pl.Boolean: flag,
}


def in_journal(columns: Mapping[str, Column]) -> dict[str, Shape]:
    """The same columns as entries of JSON."""
    found = {}
    for name, column in columns.items():
        shape = among(*column.among) if column.among else SHAPES[column.kinds[0]]
        found[name] = or_nothing(shape) if column.empty else shape
    return found


DESIGN: Final = fields(
    {"kind": text, "names": items(text, 1), "rows": items(items(or_nothing(text)), 1)}
)
"""What `design.json` holds."""
LINE: Final = fields(
    {
        "point": whole(0, POINTS.most),
        **in_journal(POINT),
        "figures": items(fields(in_journal(FIGURES))),
        "sha256": fields({}, dict.fromkeys(PART_TABLES, text), closed=True),
    },
    {"fail_if": items(fields({}))},
)
"""What a line of `journal.jsonl` holds, beside its hash."""
TEXTS: Final = items(text)
POINT_ASKED: Final = fields(
    {"model": text, "strategy": or_nothing(text), "shocks": TEXTS, "sets": TEXTS},
    {"capital": or_nothing(text)},
)
UNTIL: Final = fields({"metric": text, "half": number, "relative": flag}, closed=True)
MANIFEST: Final = fields(
    {
        "request": fields(
            {
                "point": POINT_ASKED,
                "seed": whole(0, MOST_SEED),
                "reps": whole(1, MOST_REPS),
                "until": items(UNTIL),
                "metrics": TEXTS,
                "engine": text,
            },
            {"fail_if": TEXTS},
        )
    },
    {"standing": fields({}), "request_hash": text, "rules_hash": text, "draft_hash": text},
)
