"""The operators that relations are tried on, by name: bundled, from a file, or drawn by a seed.

`calm-N` has no luck and plenty of cash, `wild-N` has luck and often too little of everything,
`still-N` is `wild-N` without its luck, `calm-new-N` is calm and owns nothing yet.
Every key of a firm is written out, names of phases and tranches among them, so that a relation
may change any of them and keep the luck of the rest.
"""

from __future__ import annotations

import copy
import functools
import random
import tempfile
import tomllib
from pathlib import Path

from gpusim.scenario import load
from tests.engines.build import Tables, balanced, toml
from tests.engines.generate import Maker
from tests.oracles.second_opinion.generate import operator

ROOT = Path(__file__).parents[2]
FILES = {
    "growing": ROOT / "tests/fixtures/growing.toml",
    "every-table": ROOT / "tests/cases/models/every-table.toml",
}
QUARTERS = 8


class Seeded(Maker):
    """A random operator from a seed alone."""

    def __init__(self, seed: int) -> None:
        self.luck = random.Random(seed)
        super().__init__(None)

    def any(self, *choices):
        return self.luck.choice(choices)

    def whole(self, low: int, high: int) -> int:
        return self.luck.randint(low, high)

    def shuffled(self, names: list[str]) -> list[str]:
        return self.luck.sample(names, len(names))


def firm(name: str) -> Tables:
    """A firm's tables, to be changed by whoever asked."""
    return copy.deepcopy(_firm(name))


@functools.cache
def _firm(name: str) -> Tables:
    kind, _, seed = name.partition("-")
    if kind == "calm":
        new = seed.startswith("new-")
        number = int(seed.removeprefix("new-"))
        return resolved(operator(number, "tax") if new else operator(number))
    if kind == "wild":
        return resolved(toml(balanced(Seeded(int(seed)).tables())))
    if kind == "still":
        tables = copy.deepcopy(_firm(f"wild-{seed}"))
        still(tables)
        return tables
    tables = whole(str(FILES.get(name, name)))
    tables["model"]["quarters"] = QUARTERS
    return tables


def resolved(text: str) -> Tables:
    """A model's text with every default written out."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.toml"
        path.write_text(text, encoding="utf-8")
        return whole(str(path))


def whole(model: str) -> Tables:
    """A model with what it extends and every default, but for where its numbers come from."""
    tables = tomllib.loads(load(model).resolved_toml())
    return {name: table for name, table in tables.items() if name not in {"sources", "assumptions"}}


def still(tables: Tables) -> None:
    """Take all luck out: what may happen never does, what takes time takes its mean."""
    for shared in ("segments", "levers", "defaults"):
        tables.pop(shared, None)
    market = tables["market"]
    market["volatility_per_year"] = tables["rates"]["volatility_per_year"] = 0
    market["own_volatility_per_year"] = market["hardware_volatility_per_year"] = 0
    market["stay"] = {"glut": 1, "balanced": 1, "scarce": 1}
    market["loan_market_open"] = {"glut": 1, "balanced": 1, "scarce": 1}
    for gpu in tables["gpus"].values():
        for step in ("lead", "fitout", "acceptance"):
            gpu[step]["sd_days"] = 0
        gpu.pop("failures", None)
    for site in tables["sites"].values():
        for late in ("delay", "power_delay"):
            site[late] |= {"probability": 0, "sd_days": 0}
        site.pop("outages", None)
    for contract in tables.get("contracts", {}).values():
        contract.pop("renewal", None)
        contract.pop("late_payment", None)
        contract["long_stop_use"] = 1
