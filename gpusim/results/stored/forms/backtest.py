"""The file of a backtest, which has no folder of tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gpusim.results.stored.columns import Form
from gpusim.results.stored.trees import (
    anything,
    by_name,
    fields,
    flag,
    items,
    number,
    or_nothing,
    text,
    whole,
)

MANIFEST: Final = anything
TABLES: Final[Mapping[str, Form]] = {}
SCORED: Final = ("actual", "median", "error", "crps", "pit")
BANDS: Final = tuple(f"{part}_{width}" for part in ("low", "high", "score") for width in (50, 80))
CELL: Final = fields(
    {
        **dict.fromkeys(("column", "metric", "quarter", "unit"), text),
        **dict.fromkeys((*SCORED, *BANDS), number),
        **dict.fromkeys(("holds_50", "holds_80"), flag),
        "ahead": whole(0, 1_000),
        "percent": or_nothing(number),
        "opponents": by_name(or_nothing(number)),
    }
)
SHARES: Final = ("holds_50", "holds_80", "pit_mean")
DOCUMENT: Final = fields(
    {
        "record": fields({"model": text, "as_of": text}),
        "next_quarter": items(fields({"metric": text})),
        "summary": items(
            fields(
                {"column": text, "ahead": whole(0, 1_000), "cells": whole(0)}
                | dict.fromkeys(SHARES, number)
            )
        ),
        "cells": items(CELL),
    }
)
"""All of a backtest."""
