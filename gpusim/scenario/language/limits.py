"""How large an input may be: checked before memory or time is spent on it.

Every limit of what a user gives stands here, with the reason for it; `docs/limits.md` lists them
all. The ranges of single keys stand with the keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Limit(NamedTuple):
    """The most of something that an input may have."""

    most: int
    of: str  # what is counted
    why: str

    def __str__(self) -> str:
        """What is expected, in a message.

        >>> print(CHAIN)
        at most 32 files in a chain of extends
        """
        return f"at most {self.most:,} {self.of}"


MOST_REPS: Final = 10**6
"""Replications of a run: its tables would fill a disk beyond."""
MOST_SEED: Final = 2**63 - 1
"""The largest whole number of 64 bits: a seed is part of the key of each draw."""
FILE_BYTES: Final = Limit(
    10_000_000,
    "bytes in a file, and in a model with all that it extends",
    "ten thousand contracts of a kilobyte each; the largest bundled model has 60,000",
)
FILES: Final = Limit(256, "files in a model with all that it extends", "bundled models have 1 to 4")
CHAIN: Final = Limit(32, "files in a chain of extends", "bundled models have 1 to 3")
DEPTH: Final = Limit(16, "keys in a path", "the deepest key of a model has 6")
VALUES: Final = Limit(
    500_000, "values in a model", "ten thousand contracts have some 350,000, read in seconds"
)
KEY: Final = Limit(500, "characters in a key", "keys are told in messages and head columns")
TEXT: Final = Limit(20_000, "characters in a text", "a page or two of notes")
SETTING: Final = Limit(20_000, "characters in a setting or an option", "a text, and its path")
CHANGES: Final = Limit(2_000, "changes in a shock or strategy", "bundled ones have up to 30")
SETTINGS: Final = Limit(2_000, "settings", "more belong into a file")
CHANGED: Final = Limit(1_000_000, "values changed", "every value of the largest model, twice")
MISTAKES: Final = Limit(100, "mistakes told at once", "the first lines of a list are read")

TABLES: Final[Mapping[str, Limit]] = {
    noun: Limit(most, f"[{noun}] tables", why)
    for noun, most, why in (
        ("gpus", 64, "pools are kept for each generation at each site"),
        ("sites", 1_000, "the largest operators have some fifty"),
        ("assets", 20_000, "ten thousand contracts, and room"),
        ("contracts", 20_000, "time and memory are measured up to ten thousand"),
        ("orders", 20_000, "one a contract"),
        ("segments", 512, "time and memory are measured up to 256"),
        ("customers", 20_000, "one a contract"),
        ("debt", 5_000, "the books walk every loan each month"),
        ("equity", 5_000, "the issues of a run"),
        ("overheads", 5_000, "the books walk every cost line each month"),
        ("sources", 50_000, "every number of a model is held against them"),
        ("assumptions", 50_000, "every number of a model is held against them"),
    )
}
"""Tables of a noun."""
PHASES: Final = Limit(10_000, "phases of all sites", "ten for each site")
STEPS: Final = Limit(
    20_000, "steps and one-off costs of all lines or sites", "ten years by month of 160 of them"
)
TRANCHES: Final = Limit(20_000, "tranches of all contracts", "one a contract")
LOTS_OF_TRANCHE: Final = Limit(
    1_000, "lots of a tranche", "each is ordered and accepted apart; halls take 1 to 50"
)
LOTS: Final = Limit(20_000, "lots of all tranches", "time and memory are measured up to that")
BILLS: Final = Limit(20_000, "invoices and bills", "two a contract")
STATE_BYTES: Final = Limit(
    2_000_000_000,
    "bytes for the tables of a replication",
    "ten thousand contracts over ten years take a quarter of it; a thread has one",
)

REPLICATIONS: Final = Limit(
    1_000_000, "replications", "a mean is then known to a thousandth of its spread"
)
EVENTS: Final = Limit(
    10_000, "replications whose events are written", "each is played by the process engine"
)
POINTS: Final = Limit(100_000, "points of a sweep", "each is a row in memory and a file")
ASKED: Final = Limit(200_000, "points of a sensitivity", "each is a model of its own in memory")
LEVELS: Final = Limit(
    100_000_000, "levels of a design", "inputs times points; each takes eight bytes, and copies"
)
OPTIONS: Final = Limit(100, "options of a comparison", "each is held against every other")
FIGURES: Final = Limit(
    100_000_000,
    "figures of an answer",
    "metrics times replications times points or options; each takes eight bytes, and copies",
)
AXES: Final = Limit(500, "varied keys", "designs and correlations take their square")
ROWS: Final = Limit(200_000, "rows in a CSV file", "each is checked before anything is run")
