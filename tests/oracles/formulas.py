"""Formulas of published answers that the product has no use for, and readings of its rules."""

from __future__ import annotations

from collections.abc import Callable

from gpusim.economics.books.depreciation import charged_after


def charged_through(base: int, start: int, life_days: int, through: int) -> int:
    """What the rule of depreciation has charged by a day, the first and that one included."""
    life = max(life_days, 1)
    return int(charged_after(base, base // life, base % life, life_days, through - start + 1))


def implied_life_years(capital: float, charge_per_quarter: float) -> float:
    """Years over which a capital base is written off at a quarter's charge (Chanos, 2025)."""
    return capital / (4.0 * charge_per_quarter)


def straight_capacity(cash: float, dscr: float, rate_period: float, instalments: int) -> float:
    """The loan with equal principal whose first payment is covered `dscr` times by the cash.

    The first payment, L / N + r L, is the dearest of the schedule.
    """
    return cash / dscr / (1.0 / instalments + rate_period)


def fixed_point(
    rule: Callable[[float], float], start: float, *, tolerance: float = 1e-12, steps: int = 500
) -> float | None:
    """The value that a rule gives back, for amounts that depend on themselves; None if not found.

    Steffensen's iteration: each step extrapolates two applications of the rule.
    """
    value = start
    for _ in range(steps):
        once = rule(value)
        twice = rule(once)
        bend = twice - 2.0 * once + value
        following = twice if bend == 0 else value - (once - value) ** 2 / bend
        if abs(following - value) <= tolerance * max(1.0, abs(following)):
            return following
        value = following
    return None
