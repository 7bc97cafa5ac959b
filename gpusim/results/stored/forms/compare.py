"""The folder of a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gpusim.results.stored.columns import (
    COUNT,
    DRAWN_INPUTS,
    FLAG,
    NUMBER,
    REPLICATION,
    TEXT,
    Column,
    Form,
    of,
    one_of,
    or_empty,
)
from gpusim.results.stored.trees import fields, items, text

NAMES: Final = items(text)
ONE_OF: Final = {"models": "model", "strategies": "strategy", "capital": "capital"}
"""What one of a kind is called, of the kinds that are crossed with shocks."""
ASKED: Final = fields({}, dict.fromkeys((*ONE_OF, "shocks"), NAMES))
MANIFEST: Final = fields({"model": text, "requests": items(ASKED, 1)})


def of_a_figure(_: str) -> Column:
    """A column of a figure that was asked for."""
    return or_empty(NUMBER)


ENDS: Final = ("mean", "low", "high", "difference", "difference_low", "difference_high")
REGRET: Final = ("mean", "cvar", "cvar_low", "cvar_high", "cvar_bias", "worst")
CELL: Final = ("mean", "low", "high", "regret", "regret_low", "regret_high")
ROW: Final = tuple(
    f"{name}{end}" for name in ("worst_regret", "mean_regret") for end in ("", "_low", "_high")
)
CHOSEN: Final = tuple(f"{kind}{end}" for kind in ONE_OF.values() for end in ("", "_title"))
"""Of options that are one of several kinds each: of which, by name and title."""
TABLES: Final[Mapping[str, Form]] = {
    "options": Form(
        {"option": TEXT, "model": TEXT, "same_as_base": FLAG, "scenario_hash": TEXT}
        | of(("strategy", "shock", "capital", "title"), or_empty(TEXT)),
        newer=frozenset({"capital", "title"}),
    ),
    "replications": Form({"option": TEXT, "replication": REPLICATION}, of_a_figure),
    "comparison": Form(
        of(("metric", "option", "unit"), TEXT)
        | of(("mean_how", "how", "regret_cvar_by"), or_empty(TEXT))
        | of(("n",), COUNT)
        | of(("sd", *ENDS, "wins", "ties", "variance_reduction"), or_empty(NUMBER))
        | of((f"regret_{name}" for name in REGRET), or_empty(NUMBER))
        | of(("best", "sure", "in_race"), FLAG)
        | {"higher_is_better": or_empty(FLAG)}
        | {"indifference": or_empty(NUMBER), "out_after_replications": or_empty(COUNT)}
    ),
    "crossed": Form(
        of(("metric", "option", "shock", "unit", "mean_how", "regret_how"), TEXT)
        | {"n": COUNT}
        | of(CELL, or_empty(NUMBER))
        | of(("best", "higher_is_better"), FLAG)
        | {"shock_title": or_empty(TEXT)},
        newer=frozenset({"shock_title"}),
    ),
    "regrets": Form(
        of(("metric", "option", "title", "unit", "worst_shock"), TEXT)
        | of(("worst_regret_how", "mean_regret_how"), TEXT)
        | of(ROW, or_empty(NUMBER))
        | of(("least_worst", "may_be_least_worst", "least_mean", "may_be_least_mean"), FLAG)
        | of(("best", "sure", "in_race"), FLAG)
        | of(CHOSEN, TEXT),
        newer=frozenset(CHOSEN),
    ),
    "drawn_inputs": DRAWN_INPUTS,
    "conditions": Form(
        of(("option", "condition"), TEXT)
        | {"of": one_of("probability", "replications"), "met": or_empty(TEXT)}
        | of(("share", "low", "high"), or_empty(NUMBER))
    ),
}
