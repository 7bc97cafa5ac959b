"""Who asks for capacity, when, for how much and for how long.

Arrivals follow the market's state and the share of buyers that build for themselves; nothing here
depends on what the operator does. An offer's identity is its segment, calendar month and number
within the month, so a segment more or a longer horizon changes no other offer.
"""

from __future__ import annotations

import math

import numpy as np

from gpusim.compiling.kernel import ZERO, const, kernel
from gpusim.economics.core.calendar import (
    DAYS_PER_AVERAGE_YEAR,
    MONTHS_PER_YEAR,
    month_number,
    month_start,
)
from gpusim.economics.core.records import Rows
from gpusim.economics.core.state import NEVER, Floats, Ints, Offer
from gpusim.world.customers import common_credit
from gpusim.world.laws import chance_given, exponential_days, lognormal_days, normal
from gpusim.world.philox import OFFER_COUNT, OFFER_STREAM, u01

YEARS = 100  # beyond which nobody fails
MAX_A_MONTH = const(24)
MONTH = 1.0 / 12.0
MONTHS_BITS = const(12)
(
    DAY,
    SIZE,
    TERM,
    START,
    PREPAYS,
    WILLING,
    WALKS,
    FAILS,
    FAILS_DAY,
    RENEWS,
    FITOUT,
    ACCEPTANCE,
    STAY,
    TIE,
) = (const(n) for n in range(14))
"""What each random number of an offer decides."""
TERM_LAW, TERM_SD = const(12), const(13)
"""Places of a term's law and of its spread in a segment's laws."""
FIXED, EXPONENTIAL = 0.0, 1.0
"""Laws of a term, in the order of `lowering.frame.index.TERM_LAWS`; the third is log-normal."""


@kernel
def arrivals(u: float, mean: float) -> int:
    """A Poisson number by inversion, at most MAX_A_MONTH.

    >>> [int(arrivals(u, 1.0)) for u in (0.3, 0.5, 0.9)]
    [0, 1, 2]
    """
    count, chance = 0, math.exp(-mean)
    below = chance
    while u > below and count < MAX_A_MONTH:
        count += 1
        chance *= mean / count
        below += chance
    return count


@kernel
def count_offers(
    seed: int,
    replication: int,
    calendar: Ints,
    state: Ints,
    segments: Ints,
    rate: Floats,
    self_build: Floats,
    since: Ints,
    count: Ints,
) -> int:
    """Offers by segment and month, into `count` [segments, months]; returns their sum.

    rate [segments, 3] [1/year]; self_build [segments, 2]: share at as-of, growth [1/year]; since
    [segments]: first month in which the segment asks.
    """
    total = 0
    for i in range(len(segments)):
        for m in range(max(since[i], 1), len(calendar)):
            gone = min(max(self_build[i, 0] + self_build[i, 1] * m * MONTH, 0.0), 1.0)
            mean = rate[i, state[m]] * MONTH * (1.0 - gone)
            u = u01(seed, replication, OFFER_COUNT, segments[i], calendar[m])
            count[i, m] = arrivals(u, mean)
            total += count[i, m]
    return total


@kernel
def draw_offers(
    seed: int,
    replication: int,
    calendar: Ints,
    month_end: Ints,
    segments: Ints,
    count: Ints,
    terms: Rows[Offer],
    choices: Ints,
    weights: Floats,
    law: Floats,
    correlation: float,
    offers: Rows[Offer],
) -> None:
    """Fill the offers in order of day, those of one day in a drawn order.

    terms: one row a segment with what is the same for all its offers; choices, weights
    [segments, terms]: term days and their cumulative weights; law [segments, 14]: median GPUs, log
    sd, multiple, start mean, start sd, prepayment chance, willingness, its log sd, walk chance,
    failure [1/year], renewal chance, fit-out sd, law of the term, its sd over its mean.
    """
    row = 0
    most = MAX_A_MONTH * len(segments)
    asks, tie = np.zeros(most, np.int64), np.zeros(most)
    who, own, place = np.zeros(most, np.int64), np.zeros(most, np.int64), np.zeros(most, np.int64)
    for m in range(1, len(calendar)):
        total = ZERO
        length = month_end[m] - month_end[m - 1]
        for i in range(len(segments)):
            for n in range(count[i, m]):
                key = (segments[i] ^ (calendar[m] << MONTHS_BITS)) ^ n
                asks[total] = int(u01(seed, replication, OFFER_STREAM, key, DAY) * length)
                tie[total] = u01(seed, replication, OFFER_STREAM, key, TIE)
                who[total], own[total] = i, n
                put_in_order(asks, tie, place, total)
                total += 1
        for k in range(total):
            n, i = own[place[k]], who[place[k]]
            key = (segments[i] ^ (calendar[m] << MONTHS_BITS)) ^ n
            offer = offers[row]
            fill_offer(seed, replication, key, terms[i], law[i], offer)
            offer.id = key
            offer.day = month_end[m - 1] + 1 + asks[place[k]]
            offer.term_days = choose(
                u01(seed, replication, OFFER_STREAM, key, TERM), choices[i], weights[i]
            )
            if law[i, TERM_LAW] != FIXED:
                offer.term_days = contract_days(seed, replication, key, offer.term_days, law[i])
            offer.fails = failure_day(seed, replication, key, law[i, 9], correlation, offer.day)
            row += 1


@kernel
def put_in_order(day: Ints, tie: Floats, place: Ints, new: int) -> None:
    """Insert a new place among those before it, in order of day and then of a drawn number."""
    k = new
    while k > 0:
        old = place[k - 1]
        if day[old] < day[new] or (day[old] == day[new] and tie[old] <= tie[new]):
            break
        place[k] = old
        k -= 1
    place[k] = new


@kernel
def choose(u: float, choices: Ints, weights: Floats) -> int:
    """The choice whose cumulative weight first reaches u."""
    for n in range(len(choices)):
        if u <= weights[n]:
            return int(choices[n])
    return int(choices[len(choices) - 1])


@kernel
def contract_days(seed: int, replication: int, key: int, mean_days: int, law: Floats) -> int:
    """A customer's own term [days] where terms spread around a mean [days]."""
    if law[TERM_LAW] == EXPONENTIAL:
        u = u01(seed, replication, OFFER_STREAM, key, STAY)
        return exponential_days(float(mean_days), u)
    z = normal(seed, replication, OFFER_STREAM, key, STAY)
    return lognormal_days(float(mean_days), law[TERM_SD] * mean_days, z)


@kernel
def failure_day(
    seed: int, replication: int, key: int, hazard: float, correlation: float, day: int
) -> int:
    """The day on which a customer that asks on a day stops paying; NEVER within a hundred years.

    hazard [1/year]: constant, or by calendar years, each given its common factor.
    """
    if hazard <= 0.0:
        return NEVER
    left = -math.log(u01(seed, replication, OFFER_STREAM, key, FAILS))
    if correlation == 0.0:
        days = left / hazard * DAYS_PER_AVERAGE_YEAR
        return day + int(days) + 1 if days < YEARS * DAYS_PER_AVERAGE_YEAR else NEVER
    first, this = day, month_number(day) // MONTHS_PER_YEAR
    for year in range(this, this + YEARS):
        own = chance_given(hazard, correlation, common_credit(seed, replication, year))
        last = month_start((year + 1) * MONTHS_PER_YEAR)
        length = (last - first) / DAYS_PER_AVERAGE_YEAR
        if left < own * length:
            return first + int(left / own * DAYS_PER_AVERAGE_YEAR) + 1
        left -= own * length
        first = last
    return NEVER


@kernel
def fill_offer(
    seed: int, replication: int, key: int, terms: Offer, law: Floats, offer: Offer
) -> None:
    """One offer: the segment's terms, and what is drawn by its laws."""
    offer.segment = terms.segment
    offer.gen = terms.gen
    offer.rating = terms.rating
    offer.payment_days = terms.payment_days
    offer.expected_delay = terms.expected_delay
    offer.exit_notice_days = terms.exit_notice_days
    offer.exit_price_share = terms.exit_price_share
    offer.long_stop_days = terms.long_stop_days
    offer.prepayment_days = terms.prepayment_days
    offer.credited_from = terms.credited_from
    offer.credited_to = terms.credited_to
    offer.credit_share = terms.credit_share
    offer.runs_on = terms.runs_on
    offer.renew_months = terms.renew_months
    offer.renew_price_share = terms.renew_price_share
    offer.renew_times = terms.renew_times
    offer.sla_allowance = terms.sla_allowance
    offer.sla_multiple = terms.sla_multiple
    offer.late_price_share = terms.late_price_share
    offer.late_grace_days = terms.late_grace_days
    offer.late_cap_share = terms.late_cap_share
    size = math.exp(law[1] * normal(seed, replication, OFFER_STREAM, key, SIZE))
    offer.gpus = int(max(law[0] * size / law[2] + 0.5, 1.0)) * int(law[2])
    z = normal(seed, replication, OFFER_STREAM, key, START)
    offer.start_days = lognormal_days(law[3], law[4], z)
    pays = u01(seed, replication, OFFER_STREAM, key, PREPAYS) < law[5]
    offer.prepayment_share = terms.prepayment_share if pays else 0.0
    z = normal(seed, replication, OFFER_STREAM, key, WILLING)
    offer.willingness = law[6] * math.exp(law[7] * z)
    offer.walks = 1 if u01(seed, replication, OFFER_STREAM, key, WALKS) < law[8] else 0
    offer.renews = 1 if u01(seed, replication, OFFER_STREAM, key, RENEWS) < law[10] else 0
    z = normal(seed, replication, OFFER_STREAM, key, FITOUT)
    offer.fitout_days = lognormal_days(float(terms.fitout_days), law[11], z)
    z = normal(seed, replication, OFFER_STREAM, key, ACCEPTANCE)
    offer.acceptance_days = lognormal_days(float(terms.acceptance_days), law[11], z)
