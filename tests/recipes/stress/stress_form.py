"""The folder of a stress."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gpusim.results.stored.columns import NUMBER, TEXT, Form, of, or_empty
from gpusim.results.stored.trees import fields, items

MANIFEST: Final = fields({"requests": items(fields({}), 1)})
ENDS: Final = ("mean", "mean_low", "mean_high", "change", "change_low", "change_high")
TABLES: Final[Mapping[str, Form]] = {
    "stress": Form(of(("shock", "metric", "unit"), TEXT) | of(ENDS, or_empty(NUMBER)))
}
