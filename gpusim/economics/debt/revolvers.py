"""Revolvers: which is asked next, and drawing what cash lacks of its floor."""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, const, kernel
from gpusim.economics.books.ledger import cash
from gpusim.economics.core.agenda import FUND, TREASURY, schedule_now
from gpusim.economics.core.state import FACILITIES, NEEDING, NONE, REVOLVER, State, World
from gpusim.economics.debt.draws import cash_draw
from gpusim.economics.debt.facilities import (
    liquidity_minimum,
    rate_of,
    terms_of,
    tests_liquidity,
    undrawn_available,
)

TO_DRAW, TO_REPAY = const(0), const(1)
"""In which order revolvers are asked."""


@kernel
def next_revolver(s: State, w: World, after: int, turn: int) -> int:
    """The revolver whose turn is next after one's, NONE: the first; NONE if there is no other.

    turn: TO_DRAW, or TO_REPAY, which is the other way round.
    """
    found = NONE
    for f in range(s.count[FACILITIES]):
        if s.facilities[f].kind != REVOLVER or f == after:
            continue
        later = after == NONE or drawn_before(s, w, after, f, turn)
        if later and (found == NONE or drawn_before(s, w, f, found, turn)):
            found = f
    return int(found)


@kernel
def drawn_before(s: State, w: World, one: int, other: int, turn: int) -> bool:
    """Whether a revolver's turn is before another's: drawn by rank, then today's rate, then name.

    Source: definitions, which payment a loan funds.
    """
    if turn == TO_REPAY:
        one, other = other, one
    first, second = s.facilities[one], s.facilities[other]
    rank, below = terms_of(s, one).seniority, terms_of(s, other).seniority
    if rank != below:
        return bool(rank < below)
    base, today = w.base_rate[s.clock[0].month], s.clock[0].today
    rate = rate_of(s, one, base, first.margin, today)
    dearer = rate_of(s, other, base, second.margin, today)
    if rate != dearer:
        return bool(rate < dearer)
    return bool(first.named < second.named)


@kernel
def revolvers_available(s: State, day: int) -> int:
    """What the revolvers would give that can still be drawn on a day, as they are now [cents]."""
    total = ZERO
    for f in range(s.count[FACILITIES]):
        facility = s.facilities[f]
        if facility.kind == REVOLVER and facility.closes >= day and facility.maturity > day:
            total += undrawn_available(s, f)
    return int(total)


@kernel
def cash_floor(s: State, day: int) -> int:
    """Cash that the firm keeps free [cents]: its own floor, or the most that a lender tests today.

    Source: definitions, which payment a loan funds; minimum liquidity in credit agreements.
    """
    floor = s.firm[0].minimum_cash
    if s.firm[0].liquidity_tests == 0:
        return int(floor)
    for f in range(s.count[FACILITIES]):
        if tests_liquidity(s, f, day):
            floor = max(floor, liquidity_minimum(s, f))
    return int(floor)


@kernel
def release_tested_cash(s: State, f: int) -> None:
    """Cash that a lender tested may be promised, now that its agreement ends: orders ask again."""
    if liquidity_minimum(s, f) > 0 and s.count[NEEDING] > 0:
        schedule_now(s, FUND, TREASURY)


@kernel
def draw_revolver(s: State, w: World, due: int, day: int) -> int:
    """Draw what cash lacks to pay an amount and keep its floor; returns what came in [cents].

    Each revolver gives what it can before the next one is asked. Due at its maturity. What its
    lender keeps of a draw is drawn too.
    """
    missing = due + cash_floor(s, day) - cash(s)
    came = ZERO
    if missing <= 0:
        return 0
    f = next_revolver(s, w, NONE, TO_DRAW)
    while f != NONE and came < missing:
        kept = terms_of(s, f).draw_discount
        if kept < 1.0:
            face = missing - came
            if kept > 0.0:
                face = int(face / (1.0 - kept)) + 1
            came += cash_draw(s, w, f, min(face, undrawn_available(s, f)), day)
        f = next_revolver(s, w, f, TO_DRAW)
    return int(came)
