"""What a text may hold: nothing that a terminal obeys or that hides what is written."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any, Final

from gpusim.scenario.language.fields import KeyPath, Problem
from gpusim.scenario.language.limits import DEPTH, KEY, TEXT, Limit
from gpusim.signs import steers

WHOLE: Final = 2**63
"""Whole numbers are smaller than this, either way; TOML promises no more."""
_SUSPECT: Final = (dict, list, str, int)
KINDS: Final = {"Cc": "control character", "Cf": "mark that turns the writing", "Cs": "half of one"}


def hidden_in(text: str) -> str:
    r"""What a text holds that it may not, in words; empty if nothing.

    >>> hidden_in("a\x1b"), hidden_in("50 % of $x_$\n")
    ('the control character U+001B', '')
    """
    sign = steers(text)
    return sign and f"the {KINDS[unicodedata.category(sign)]} U+{ord(sign):04X}"


def unfit(values: Any, at: KeyPath = ()) -> Iterator[Problem]:
    """Keys, texts, numbers and depths that no input may have.

    What is given nests no deeper than `nesting.excess` lets it.
    """
    if len(at) > DEPTH.most:
        yield Problem(at[: DEPTH.most], "a table or list nested deeper", str(DEPTH))
    elif isinstance(values, dict):
        for key, inner in values.items():
            if len(key) > KEY.most or steers(key):
                yield from _text((*at, key), key, "a key with ", KEY)
            elif isinstance(inner, _SUSPECT):
                yield from unfit(inner, (*at, key))
    elif isinstance(values, list):
        for place, inner in enumerate(values):
            if isinstance(inner, _SUSPECT):
                yield from unfit(inner, (*at, place))
    elif isinstance(values, str):
        yield from _text(at, values, "", TEXT)
    elif isinstance(values, int) and not -WHOLE <= values < WHOLE:
        yield Problem(at, "a whole number of more than 64 bits", "one of at most 64 bits")


def _text(path: KeyPath, text: str, where: str, limit: Limit) -> Iterator[Problem]:
    """What is wrong with a key or a text; a key that is too long is not told whole."""
    if len(text) > limit.most:
        short = (*path[:-1], f"{text[:40]}...") if where else path
        yield Problem(short, f"{where}{len(text):,} characters", str(limit))
    elif hidden := hidden_in(text):
        yield Problem(
            path, f"{where}{hidden}", "plain text; newlines and tabs are its only controls"
        )
