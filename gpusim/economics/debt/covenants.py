"""Covenants: what lenders test at month ends, and what a breach does.

The first breach of each test is recorded, before any cure. While a test fails and is not cured,
the facility is in breach: draws stop, the waterfall's `sweep` step repays it from spare cash, and
facilities that cross-default with it are in breach too. A test passed again ends the breach.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, const, kernel
from gpusim.economics.books.ledger import CASH_FROM_EQUITY, PAID_IN_CAPITAL, cash, post
from gpusim.economics.books.measures import CURED, SHORTFALL
from gpusim.economics.core.calendar import MONTHS_PER_QUARTER
from gpusim.economics.core.money import cents
from gpusim.economics.core.state import (
    ASSETS,
    FACILITIES,
    NEVER,
    NONE,
    SERVERS,
    State,
    World,
)
from gpusim.economics.debt.cover import cover_of
from gpusim.economics.debt.facilities import is_live, tests_liquidity
from gpusim.economics.debt.repayment import prepay_principal
from gpusim.economics.plant.market import resale_price
from gpusim.economics.sales.plans import realisation

LENDER_LIFE_DAYS = 2191.5
(
    FAILS_DSCR,
    FAILS_REALISATION,
    FAILS_LTV,
    FAILS_LIQUIDITY,
    FAILS_CROSS,
    FAILS_LTV_MARKET,
    ACCELERATED,
) = (const(1), const(2), const(4), const(8), const(16), const(32), const(64))
"""Bits of `Facility.failing`."""


@kernel
def covers(cfads: int, service: int, minimum: float) -> bool:
    """Whether cash available for debt service covers it `minimum` times; no service, no breach.

    cfads, service [cents] over the same months; minimum [ratio].
    Source: loan agreements, debt service coverage ratio, trailing twelve months.

    >>> covers(140, 100, 1.40), covers(139, 100, 1.40), covers(-5, 0, 1.40)
    (True, False, True)
    """
    return service == 0 or cfads >= minimum * service


@kernel
def lender_value(gross: int, days: int) -> int:
    """What a lender counts hardware as: cost, straight down to nothing in 72 months.

    gross [cents]; days since in service [day].
    Source: definitions, LTV on book: cost x (1 - months in service / 72).

    >>> lender_value(7_200, 1096)
    3599
    """
    return cents(gross * max(1.0 - days / LENDER_LIFE_DAYS, 0.0))


@kernel
def collateral(s: State, f: int, day: int) -> int:
    """Lender's value of the accepted hardware a facility paid for; undelivered counts 0 [cents]."""
    total = 0
    for a in range(s.count[ASSETS]):
        asset = s.assets[a]
        if asset.retired != 0 or asset.order == NONE:
            continue
        order = s.orders[asset.order]
        if order.facility == f and order.accepted <= day:
            total += lender_value(asset.gross, day - asset.new_day)
    return total


@kernel
def market_value(s: State, w: World, f: int, day: int) -> int:
    """What the accepted GPUs a facility paid for fetch today; undelivered count 0 [cents]."""
    total = 0
    for a in range(s.count[ASSETS]):
        asset = s.assets[a]
        if asset.retired != 0 or asset.order == NONE or asset.category != SERVERS:
            continue
        order = s.orders[asset.order]
        if order.facility == f and order.accepted <= day:
            price = resale_price(w, asset.gen, s.clock[0].month, day - asset.new_day)
            total += asset.gpus * price
    return total


@kernel
def check_covenants(s: State, w: World, month: int, day: int) -> None:
    """Test every facility: cover at quarter ends, the rest at month ends, each from its date.

    Cash is tested last, so that what cures pay in counts for every lender alike. Cross-default is
    decided once all own tests are done.
    """
    any_failing = 0
    for f in range(s.count[FACILITIES]):
        facility = s.facilities[f]
        live = is_live(s, f)
        facility.failing = facility.failing & FAILS_DSCR if live else ZERO
        if facility.accelerated < NEVER:
            facility.failing |= ACCELERATED
        if live:
            test_cover(s, f, month, day)
            test_realisation(s, w, f, month, day)
            test_ltv(s, w, f, day)
    f = next_floor(s, day, NONE)
    while f != NONE:
        test_liquidity(s, f, day)
        f = next_floor(s, day, f)
    for f in range(s.count[FACILITIES]):
        if s.facilities[f].failing != 0:
            any_failing += 1
    for f in range(s.count[FACILITIES]):
        facility = s.facilities[f]
        others = any_failing - (1 if facility.failing != 0 else 0)
        if facility.cross_default != 0 and (others > 0 or s.stocks[SHORTFALL, month] > 0):
            facility.failing |= FAILS_CROSS
        if facility.failing != 0 and facility.stopped >= NEVER:
            facility.stopped = day
            facility.first_stopped = min(facility.first_stopped, day)
        elif facility.failing == 0 and facility.stopped < NEVER:
            facility.stopped = NEVER
            facility.cleared = day


@kernel
def next_floor(s: State, day: int, after: int) -> int:
    """The lender that tests cash next after one, the highest minimum first; NONE if there is none.

    A cure of the highest minimum is all that the others need. after: NONE for the first; of equal
    minima the senior is first, then by name.
    """
    found = NONE
    for f in range(s.count[FACILITIES]):
        if f != after and tests_liquidity(s, f, day):
            later = after == NONE or asks_before(s, after, f)
            if later and (found == NONE or asks_before(s, f, found)):
                found = f
    return int(found)


@kernel
def asks_before(s: State, one: int, other: int) -> bool:
    """Whether a facility's cash is tested before another's."""
    first, second = s.facilities[one], s.facilities[other]
    if first.liquidity_minimum != second.liquidity_minimum:
        return bool(first.liquidity_minimum > second.liquidity_minimum)
    if first.seniority != second.seniority:
        return bool(first.seniority < second.seniority)
    return bool(first.named < second.named)


@kernel
def test_cover(s: State, f: int, month: int, day: int) -> None:
    """Debt service cover, the firm's or the loan's own, at quarter ends; see `cover`."""
    facility = s.facilities[f]
    if facility.dscr_minimum <= 0.0 or day < facility.dscr_from or month % MONTHS_PER_QUARTER != 0:
        return
    facility.failing &= ~FAILS_DSCR
    cfads, service = cover_of(s, f, month)
    if covers(cfads, service, facility.dscr_minimum):
        return
    facility.dscr_breach = min(facility.dscr_breach, day)
    if not cure(s, f, cents(facility.dscr_minimum * service) - cfads, day):
        facility.failing |= FAILS_DSCR


@kernel
def test_realisation(s: State, w: World, f: int, month: int, day: int) -> None:
    """Cash received on the facility's contracts over the plan's, trailing three months.

    Equity cannot cure it: it is about what customers pay.
    """
    facility = s.facilities[f]
    if facility.realisation_minimum <= 0.0 or day < facility.realisation_from:
        return
    received, planned = realisation(s, w, f, month, MONTHS_PER_QUARTER)
    if received < facility.realisation_minimum * planned:
        facility.realisation_breach = min(facility.realisation_breach, day)
        facility.failing |= FAILS_REALISATION


@kernel
def test_ltv(s: State, w: World, f: int, day: int) -> None:
    """Principal less reserve cash over value, by book and by resale; a cure repays the loan.

    Source: definitions, LTV.
    """
    facility = s.facilities[f]
    if facility.ltv_maximum > 0.0 and day >= facility.ltv_from:
        beyond = beyond_value(s, f, facility.ltv_maximum, collateral(s, f, day))
        if beyond > 0:
            facility.ltv_breach = min(facility.ltv_breach, day)
            if not repay_by_cure(s, f, beyond, day):
                facility.failing |= FAILS_LTV
    if facility.ltv_market_maximum > 0.0 and day >= facility.ltv_market_from:
        beyond = beyond_value(s, f, facility.ltv_market_maximum, market_value(s, w, f, day))
        if beyond > 0:
            facility.ltv_market_breach = min(facility.ltv_market_breach, day)
            if not repay_by_cure(s, f, beyond, day):
                facility.failing |= FAILS_LTV_MARKET


@kernel
def beyond_value(s: State, f: int, maximum: float, value: int) -> int:
    """How much principal less reserve cash exceeds what a value allows [cents]."""
    return s.facilities[f].principal - s.facilities[f].reserve_held - cents(maximum * value)


@kernel
def repay_by_cure(s: State, f: int, beyond: int, day: int) -> bool:
    """Shareholders repay what a value does not carry; whether they did."""
    if not cure(s, f, beyond, day):
        return False
    prepay_principal(s, f, beyond)
    return True


@kernel
def test_liquidity(s: State, f: int, day: int) -> None:
    """Unrestricted cash, of a facility that tests it today."""
    facility = s.facilities[f]
    missing = facility.liquidity_minimum - cash(s)
    if missing <= 0:
        return
    facility.liquidity_breach = min(facility.liquidity_breach, day)
    if not cure(s, f, missing, day):
        facility.failing |= FAILS_LIQUIDITY


@kernel
def cure(s: State, f: int, missing: int, day: int) -> bool:
    """Shareholders pay in what a test misses, if the agreement lets them; whether they did.

    Each cure counts, is limited in size and holds for that test alone.
    Source: equity cure rights in credit agreements.
    """
    facility = s.facilities[f]
    if facility.cures_left <= 0 or day > facility.cures_until or missing > facility.cure_limit:
        return False
    facility.cures_left -= 1
    facility.cured = day
    post(s, CASH_FROM_EQUITY, PAID_IN_CAPITAL, missing)
    s.stocks[CURED, s.clock[0].month] += missing
    return True
