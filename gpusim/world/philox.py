"""Numbers keyed by what they are for: a counter-based generator without any state.

A number is a pure function of (seed, replication, stream, entity, index). Nothing is consumed, so
neither the order of calls nor the presence of other entities can change it.

Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011),
Philox4x32 with ten rounds.
"""

from __future__ import annotations

import numpy as np

from gpusim.compiling.kernel import const, kernel

Word = np.uint64
"""32 bits held in 64, so that a product fits; mixed with int64 numba would compute in floats."""

MULTIPLY_0, MULTIPLY_1 = Word(0xD2511F53), Word(0xCD9E8D57)
WEYL_0, WEYL_1 = Word(0x9E3779B9), Word(0xBB67AE85)
MASK, HALF, LOW_BITS = Word(0xFFFFFFFF), Word(32), Word(12)
STREAM_BITS = Word(8)
ROUNDS = const(10)
UNIT = 2.0**-52

MAX_SEED = (1 << 63) - 1
MAX_REPLICATION = (1 << 24) - 1

(
    MARKET,
    PRICE,
    BASE_RATE,
    LOAN_MARKET,
    HALL_DELAY,
    HALL_DEVELOPER,
    POWER_DELAY,
    POWER_DEVELOPER,
    LEAD,
    FITOUT,
    ACCEPTANCE,
    COLLECTION,
    HARDWARE,
    SPREAD,
    OWN_PRICE,
    CUSTOMER_FAILS,
    CUSTOMER_DAY,
    WALK_AWAY,
    RENEWAL,
    OFFER_COUNT,
    OFFER_STREAM,
    FAILURE,
    COMMON_CREDIT,
    OUTAGE,
    OUTAGE_HOUR,
) = (const(n) for n in range(25))
"""Streams: one a purpose. A new one goes to the end, so that old runs keep their draws."""


@kernel
def philox4x32(
    c0: Word, c1: Word, c2: Word, c3: Word, k0: Word, k1: Word
) -> tuple[Word, Word, Word, Word]:
    """Four 32-bit words from a counter of four and a key of two."""
    for _ in range(ROUNDS):
        product_0 = MULTIPLY_0 * c0
        product_1 = MULTIPLY_1 * c2
        c0 = (product_1 >> HALF) ^ c1 ^ k0
        c2 = (product_0 >> HALF) ^ c3 ^ k1
        c1 = product_1 & MASK
        c3 = product_0 & MASK
        k0 = (k0 + WEYL_0) & MASK
        k1 = (k1 + WEYL_1) & MASK
    return c0, c1, c2, c3


@kernel
def u01(seed: int, replication: int, stream: int, entity: int, index: int) -> float:
    """A uniform number, strictly between 0 and 1, of 52 random bits.

    The key is the seed; the counter is (index, entity, replication and stream): all bits of
    each are kept, so different arguments never share a counter. seed and entity < 2^63,
    replication < 2^24, stream < 2^8, index < 2^32, none negative.
    """
    key = np.uint64(seed)
    who = np.uint64(entity)
    which = (np.uint64(replication) << STREAM_BITS) | np.uint64(stream)
    high, low, _, _ = philox4x32(
        np.uint64(index) & MASK, who & MASK, who >> HALF, which, key & MASK, key >> HALF
    )
    bits = ((high << HALF) | low) >> LOW_BITS
    return (float(bits) + 0.5) * UNIT
