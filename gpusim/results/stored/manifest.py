"""What the manifest of any folder says, checked before anybody relies on it."""

from __future__ import annotations

from typing import Final

from gpusim.own_code import KINDS
from gpusim.results.stored.folder import FILES
from gpusim.results.stored.trees import (
    Shape,
    anything,
    entries,
    fields,
    items,
    or_nothing,
    text,
    whole,
)
from gpusim.scenario.language.limits import MOST_REPS, MOST_SEED

MOST: Final = 10**15
"""Replications of all points, at most."""
OBJECT: Final = fields({})
ENTRIES: Final[dict[str, Shape]] = {
    **dict.fromkeys(("kind", "status", "written", "model", "title", "as_of", "engine"), text),
    **dict.fromkeys(("model_argument", "scenario_hash", "draft_hash", "rules_hash"), text),
    **dict.fromkeys(("points", "quarters"), whole(0, MOST)),
    **dict.fromkeys(("command", "shocks", "shock_titles", "sets", "metrics"), items(text)),
    **dict.fromkeys(("versions", "seconds", "explained", "request", "standing"), OBJECT),
    **dict.fromkeys((*(kind.hashes for kind in KINDS), "metric_names", FILES), entries(text)),
    "amounts": text,
    "assumed_share": anything,
    "requests": items(OBJECT),
    "strategy": or_nothing(text),
    "capital": or_nothing(text),
    "inputs": text,
    "seed": whole(0, MOST_SEED),
    "replications": or_nothing(whole(0, MOST)),
    "replications_asked": whole(1, MOST_REPS),
}
SAID: Final = fields({}, ENTRIES)
"""Each may be missing: which of them a command needs, it says itself, or `forms/KIND.py` does."""
