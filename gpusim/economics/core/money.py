"""Whole cents: how a computed amount is rounded, and shares of amounts without overflow."""

from __future__ import annotations

import math

from gpusim.compiling.kernel import ZERO, kernel

A_HAIR = 1e-6
A_FEW_ROUNDINGS = 1e-15
"""Of an amount: what some products of binary fractions may be off."""


@kernel
def cents(x: float) -> int:
    """A computed amount as whole cents, halves up.

    x [cents].
    Source: rounding rule of the ledger: to the nearest cent.

    >>> cents(1912.5), cents(-1912.5)
    (1913, -1912)
    """
    return math.floor(x + 0.5)


@kernel
def muldiv(a: int, b: int, c: int) -> int:
    """The amount a times b over c, rounded down; exact for any amount and counts of days.

    a [cents]; b, c [day] or any other whole unit, c > 0. For three amounts see `in_proportion`.
    Source: floor(a b / c) = floor(a / c) b + floor((a mod c) b / c).

    >>> muldiv(1_000_000_000_000_000, 8999, 9000)
    999888888888888
    """
    return muldiv_split(a // c, a % c, b, c)


@kernel
def muldiv_split(quotient: int, rest: int, b: int, c: int) -> int:
    """`muldiv` of an amount whose quotient and rest by c are known.

    quotient, rest [cents]; b, c [day] or any other whole unit, c > 0.

    >>> muldiv_split(10, 1, 2, 3) == muldiv(31, 2, 3)
    True
    """
    return quotient * b + rest * b // c


@kernel
def in_proportion(a: int, b: int, c: int) -> int:
    """The amount a times b over c, rounded down, of three amounts, whose product may be too large.

    a, b, c [cents], none below 0, c above 0 and below 2 to the 62nd; b at most c.
    Source: long multiplication by the binary digits of b, each sum divided as it grows.

    >>> in_proportion(1, 2, 2), in_proportion(54_042_727_085, 15_096_572_535, 83_345_660_872)
    (1, 9788871320)
    """
    quotient, rest = ZERO, ZERO
    for bit in range(61, -1, -1):
        quotient, rest = 2 * quotient, 2 * rest
        if rest >= c:
            quotient, rest = quotient + 1, rest - c
        if (b >> bit) & 1:
            quotient, rest = quotient + a // c, rest + a % c
            if rest >= c:
                quotient, rest = quotient + 1, rest - c
    return int(quotient)


@kernel
def share_of(amount: int, share: float) -> int:
    """A share of an amount, to the nearest cent.

    amount [cents]; share [fraction].
    Source: rounding rule of the ledger: to the nearest cent.

    >>> share_of(999, 0.5)
    500
    """
    return cents(amount * share)


@kernel
def whole(x: float) -> int:
    """Whole units of a product of decimals, which binary fractions may have left a hair below.

    >>> 0.29 * 100, int(0.29 * 100), whole(0.29 * 100), whole(28.999)
    (28.999999999999996, 28, 29, 28)
    """
    return int(x + A_HAIR)


@kernel
def bought(amount: int, price: float) -> int:
    """Whole units that an amount buys; a price counts as the decimal that it was written as.

    amount [cents]; price [cents/unit], above 0, within a few roundings of what is meant: 1.10 USD
    are a hair above 110 cents, for which 110 cents would buy none.
    Source: definitions, equity on the as-of day.

    >>> 1.1 * 100, bought(110, 1.1 * 100), bought(109, 1.1 * 100), bought(219, 1.1 * 100)
    (110.00000000000001, 1, 0, 1)
    """
    units = math.floor(amount / price + 0.5)
    return units if units * price <= amount * (1.0 + A_FEW_ROUNDINGS) else units - 1
