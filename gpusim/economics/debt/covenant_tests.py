"""What lenders test at month ends, and what a breach does; the kinds stand in `covenants`.

The first breach of each test is recorded, before any cure. While a test fails and is not cured,
the facility is in breach: draws stop, the waterfall's `sweep` step repays it from spare cash, and
facilities that cross-default with it are in breach too. A test passed again ends the breach.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, const, kernel
from gpusim.economics.books.ledger import CASH_FROM_EQUITY, PAID_IN_CAPITAL, post
from gpusim.economics.books.measures import CURED, SHORTFALL
from gpusim.economics.core.calendar import MONTHS_PER_QUARTER
from gpusim.economics.core.state import (
    COUNTED,
    FACILITIES,
    MINIMUM_LIQUIDITY,
    NEEDED,
    NEVER,
    NONE,
    State,
    World,
)
from gpusim.economics.debt.covenants import KINDS, N_KINDS, measure
from gpusim.economics.debt.facilities import (
    is_agreed,
    is_live,
    liquidity_minimum,
    terms_of,
    tests_liquidity,
)
from gpusim.economics.debt.service.repayment import prepay_principal

QUARTERLY = tuple(kind.quarterly for kind in KINDS)
AT_LEAST = tuple(kind.side == "least" for kind in KINDS)
CURABLE = tuple(kind.curable for kind in KINDS)
REPAYS = tuple(kind.repays for kind in KINDS)

FAILS_CROSS, ACCELERATED, FIRST_BIT = const(1), const(2), const(4)
"""Bits of `Facility.failing`: two that are no test of its own, then one a kind, see `bit_of`."""


@kernel
def check_covenants(s: State, w: World, month: int, day: int) -> None:
    """Test every facility: cover at quarter ends, the rest at month ends, each from its date.

    Cash is tested last, so that what cures pay in counts for every lender alike. Cross-default is
    decided once all own tests are done.
    """
    untested = not_due(month)
    for f in range(s.count[FACILITIES]):
        facility = s.facilities[f]
        live = is_live(s, f)
        facility.failing = facility.failing & untested if live else ZERO
        if facility.accelerated < NEVER:
            facility.failing |= ACCELERATED
        if not live:
            continue
        for kind in range(N_KINDS):
            if kind != MINIMUM_LIQUIDITY and is_agreed(s, f, kind, day) and is_due(kind, month):
                check(s, w, f, kind, month, day)
    f = next_floor(s, day, NONE)
    while f != NONE:
        check(s, w, f, MINIMUM_LIQUIDITY, month, day)
        f = next_floor(s, day, f)
    stop_and_clear(s, month, day)


@kernel
def stop_and_clear(s: State, month: int, day: int) -> None:
    """Cross-defaults, and which facilities are in breach from today on or no longer."""
    any_failing = 0
    for f in range(s.count[FACILITIES]):
        if s.facilities[f].failing != 0:
            any_failing += 1
    for f in range(s.count[FACILITIES]):
        facility = s.facilities[f]
        others = any_failing - (1 if facility.failing != 0 else 0)
        if terms_of(s, f).cross_default != 0 and (others > 0 or s.stocks[SHORTFALL, month] > 0):
            facility.failing |= FAILS_CROSS
        if facility.failing != 0 and facility.stopped >= NEVER:
            facility.stopped = day
            facility.first_stopped = min(facility.first_stopped, day)
        elif facility.failing == 0 and facility.stopped < NEVER:
            facility.stopped = NEVER
            facility.cleared = day


@kernel
def check(s: State, w: World, f: int, kind: int, month: int, day: int) -> None:
    """Test a covenant; where it fails, and shareholders may and do not cure it, it is in breach."""
    fails, counted, needed = measure(s, w, f, kind, month, day)
    s.covenant_tests[f, kind, COUNTED, month] = counted
    s.covenant_tests[f, kind, NEEDED, month] = needed
    if not fails:
        return
    missing = needed - counted if AT_LEAST[kind] else counted - needed
    covenant = s.covenants[f, kind]
    covenant.broken = min(covenant.broken, day)
    if not CURABLE[kind] or not cure(s, f, missing, day):
        s.facilities[f].failing |= bit_of(kind)
    elif REPAYS[kind]:
        prepay_principal(s, f, missing)


@kernel
def bit_of(kind: int) -> int:
    """A kind's bit of `Facility.failing`.

    >>> int(bit_of(0)), int(bit_of(3))
    (4, 32)
    """
    return FIRST_BIT << kind


@kernel
def not_due(month: int) -> int:
    """Bits of the kinds that are not tested at the end of a month: one that failed still does.

    Of DSCR, LLCR and leverage in the second month of a quarter, of none at its end.

    >>> int(not_due(5)) == int(bit_of(0) | bit_of(5) | bit_of(6)), int(not_due(6))
    (True, 0)
    """
    bits = ZERO
    for kind in range(N_KINDS):
        if not is_due(kind, month):
            bits |= bit_of(kind)
    return bits


@kernel
def is_due(kind: int, month: int) -> bool:
    """Whether a kind is tested at the end of a month; the quarters are those since the as-of day.

    >>> is_due(0, 5), is_due(0, 6), is_due(3, 5)
    (False, True, True)
    """
    return not QUARTERLY[kind] or month % MONTHS_PER_QUARTER == 0


@kernel
def next_floor(s: State, day: int, after: int) -> int:
    """The lender that tests cash next after one, the highest minimum first; NONE if there is none.

    A cure of the highest minimum is all that the others need. after: NONE for the first; of equal
    minima the senior is first, then by name.
    """
    found = NONE
    for f in range(s.count[FACILITIES]):
        if f != after and tests_liquidity(s, f, day):
            later = after == NONE or tested_before(s, after, f)
            if later and (found == NONE or tested_before(s, f, found)):
                found = f
    return int(found)


@kernel
def tested_before(s: State, one: int, other: int) -> bool:
    """Whether a facility's cash is tested before another's."""
    if liquidity_minimum(s, one) != liquidity_minimum(s, other):
        return liquidity_minimum(s, one) > liquidity_minimum(s, other)
    rank, below = terms_of(s, one).seniority, terms_of(s, other).seniority
    if rank != below:
        return bool(rank < below)
    return bool(s.facilities[one].named < s.facilities[other].named)


@kernel
def cure(s: State, f: int, missing: int, day: int) -> bool:
    """Shareholders pay in what a test misses, if the agreement lets them; whether they did.

    Each cure counts, is limited in size and holds for that test alone.
    Source: equity cure rights in credit agreements.
    """
    facility, terms = s.facilities[f], terms_of(s, f)
    if facility.cures_left <= 0 or day > terms.cures_until or missing > terms.cure_limit:
        return False
    facility.cures_left -= 1
    facility.cured = day
    post(s, CASH_FROM_EQUITY, PAID_IN_CAPITAL, missing)
    s.stocks[CURED, s.clock[0].month] += missing
    return True
