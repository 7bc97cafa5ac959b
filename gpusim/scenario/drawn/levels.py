"""The level of an input in a set: a number between 0 and 1, keyed by the input's name.

Sets come in blocks of 16. In a block each input takes every sixteenth of its law once, in an order
of its own (a Latin hypercube of 16 points). So more sets, or one input more, leave what was drawn
of the others as it was.

Source: McKay, Beckman and Conover, 1979, Technometrics 21(2).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from gpusim.economics.core.state import Floats

STRATA: Final = 16
"""Sets of a block."""
WORD: Final = 2.0**32


def levels(seed: int, names: Sequence[str], number: int) -> Floats:
    """Levels of inputs in a set [inputs].

    number: of the set, from 0.

    >>> block = np.stack([levels(1, ["tariff"], number) for number in range(16)])
    >>> sorted((block[:, 0] * 16).astype(int).tolist()) == list(range(16))
    True
    """
    block, place = divmod(number, STRATA)
    return np.array([_block(seed, name, block)[place] for name in names], np.float64)


@lru_cache(maxsize=4_096)
def _block(seed: int, name: str, block: int) -> tuple[float, ...]:
    """Levels of an input in the sets of a block."""
    order = np.argsort(_words(f"order {seed} {block} {name}"), kind="stable")
    within = (_words(f"place {seed} {block} {name}") + 0.5) / WORD
    return tuple(((order + within) / STRATA).tolist())


def _words(key: str) -> Floats:
    """Whole numbers below 2^32 that a key decides [STRATA]."""
    digest = hashlib.blake2b(key.encode(), digest_size=4 * STRATA).digest()
    return np.frombuffer(digest, "<u4").astype(np.float64)
