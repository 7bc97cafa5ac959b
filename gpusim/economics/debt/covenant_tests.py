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
    OWN_CONTRACTS,
    State,
    World,
)
from gpusim.economics.debt.covenants import KINDS, N_KINDS, measure
from gpusim.economics.debt.facilities import (
    is_live,
    is_tested,
    terms_of,
)
from gpusim.economics.debt.service.repayment import pay_interest_of_repaid, prepay_principal

QUARTERLY = tuple(kind.quarterly for kind in KINDS)
AT_LEAST = tuple(kind.side == "least" for kind in KINDS)
CURABLE = tuple(kind.curable for kind in KINDS)
REPAYS = tuple(kind.repays for kind in KINDS)
FIRM_WIDE = tuple(kind.firm_wide for kind in KINDS)

FAILS_CROSS, ACCELERATED, FIRST_BIT = const(1), const(2), const(4)
"""Bits of `Facility.failing`: two that are no test of its own, then one a kind, see `bit_of`."""


@kernel
def check_covenants(s: State, w: World, month: int, day: int) -> None:
    """Test every facility, each kind when it is due and from its date on.

    What a loan's own is tested first. What cures pay into the firm counts for every lender alike:
    tests of the whole firm count it from then on, and cash is tested last. Cross-default is decided
    once all own tests are done.
    """
    untested, paid_in = not_due(month), ZERO
    for f in range(s.count[FACILITIES]):
        facility = s.facilities[f]
        live = is_live(s, f)
        facility.failing = facility.failing & untested if live else ZERO
        if facility.accelerated < NEVER:
            facility.failing |= ACCELERATED
        for kind in range(N_KINDS):
            if is_due(kind, month) and is_own(s, f, kind) and is_tested(s, f, kind, day):
                paid_in += check(s, w, f, kind, month, day, paid_in)
    for kind in range(N_KINDS):
        if kind != MINIMUM_LIQUIDITY and is_due(kind, month):
            paid_in += check_firm(s, w, kind, month, day, paid_in)
    check_firm(s, w, MINIMUM_LIQUIDITY, month, day, paid_in)
    stop_and_clear(s, month, day)


@kernel
def check_firm(s: State, w: World, kind: int, month: int, day: int, paid_in: int) -> int:
    """Test a kind of the whole firm for each of its lenders; as `check`, of all of them [cents]."""
    more = ZERO
    f = next_strictest(s, kind, day, NONE)
    while f != NONE:
        more += check(s, w, f, kind, month, day, paid_in + more)
        f = next_strictest(s, kind, day, f)
    return int(more)


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
def check(s: State, w: World, f: int, kind: int, month: int, day: int, paid_in: int) -> int:
    """Test a covenant; where it fails, and shareholders may and do not cure it, it is in breach.

    paid_in: what cures of the day paid in before that stays in the firm; returns what this one
    does [cents].
    """
    fails, counted, needed = measure(s, w, f, kind, month, paid_in)
    s.covenant_tests[f, kind, COUNTED, month] = counted
    s.covenant_tests[f, kind, NEEDED, month] = needed
    if not fails:
        return ZERO
    missing = needed - counted if AT_LEAST[kind] else counted - needed
    covenant = s.covenants[f, kind]
    covenant.broken = min(covenant.broken, day)
    if not CURABLE[kind] or not cure(s, f, missing, day):
        s.facilities[f].failing |= bit_of(kind)
        return ZERO
    if REPAYS[kind]:
        prepay_principal(s, f, missing)
        pay_interest_of_repaid(s)
        return ZERO
    return int(missing)


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
def is_own(s: State, f: int, kind: int) -> bool:
    """Whether a covenant is of the loan alone: its hardware, contracts or their cash."""
    return bool(not FIRM_WIDE[kind] or s.covenants[f, kind].scope == OWN_CONTRACTS)


@kernel
def next_strictest(s: State, kind: int, day: int, after: int) -> int:
    """The lender that tests a kind of the whole firm next after one, the strictest limit first.

    A cure of the strictest is all that the others need; NONE if there is none. after: NONE for the
    first; of equal limits the senior is first, then by name.
    """
    found = NONE
    for f in range(s.count[FACILITIES]):
        if f != after and not is_own(s, f, kind) and is_tested(s, f, kind, day):
            later = after == NONE or tested_before(s, kind, after, f)
            if later and (found == NONE or tested_before(s, kind, f, found)):
                found = f
    return int(found)


@kernel
def tested_before(s: State, kind: int, one: int, other: int) -> bool:
    """Whether a facility's covenant of the whole firm is tested before another's."""
    limit, against = s.covenants[one, kind].limit, s.covenants[other, kind].limit
    if limit != against:
        return bool(limit > against if AT_LEAST[kind] else limit < against)
    rank, below = terms_of(s, one).seniority, terms_of(s, other).seniority
    if rank != below:
        return bool(rank < below)
    return bool(s.facilities[one].named < s.facilities[other].named)


@kernel
def cure(s: State, f: int, missing: int, day: int) -> bool:
    """Shareholders pay in what a test misses, if the agreement lets them; whether they did.

    Each cure counts, is limited in size and holds for tests of that day alone.
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
