"""What the draws need to know of a scenario: calendar, identities and laws, as plain arrays.

The world is drawn from this alone. Everything drawn is keyed by an identity, a stable number made
from a name; rows only say where the result is stored.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from gpusim.economics.core.records import Rows
from gpusim.economics.core.state import Floats, Ints, Offer


class Spec(NamedTuple):
    """Laws and identities. Market arrays of length 3 run glut, balanced, scarce."""

    month_end: Ints  # [months + 1 + ahead] last day of each month, the as-of month first
    months: int  # of the run; the calendar goes on as far beyond it as anybody looks
    gen_ids: Ints  # [gens]
    gen_price: Floats  # [gens] on-demand price at as-of [cents/GPU-hour]
    gen_floor: Floats  # [gens] rents never fall below [cents/GPU-hour]
    gen_forward: Floats  # [gens, months + 1] expected index by month; 0: none [cents/GPU-hour]
    gen_server_price: Floats  # [gens] price of what is resold at as-of: servers [cents/GPU]
    gen_inflation: Floats  # [gens] expected growth of that price [1/year]
    gen_failure_sd: Floats  # [gens] of the logarithm of a month's failures
    lead_planned: Floats  # [gens] order to delivery [days]
    lead_sd: Floats  # [gens] [days]
    hall_ids: Ints  # [halls]
    hall_developers: Ints  # [halls] halls of one developer slip together
    hall_open: Ints  # [halls] 1: handed over before the as-of day, no delay to draw
    hall_probability: Floats  # [halls] that handover is late
    hall_mean: Floats  # [halls] delay if late [days]
    hall_sd: Floats  # [halls] [days]
    power_probability: Floats  # [halls] that power is later than the hall
    power_mean: Floats  # [halls] [days]
    power_sd: Floats  # [halls] [days]
    site_ids: Ints  # [sites with outages]
    outage_law: Floats  # [sites with outages, 3] chance of one in a month, mean and sd of its hours
    outage_dated: Ints  # [sites with outages, days + 1] from a day's start on, in stated ones [s]
    order_ids: Ints  # [orders]
    fitout_planned: Floats  # [orders] [days]
    fitout_sd: Floats  # [orders] [days]
    acceptance_planned: Floats  # [orders] [days]
    acceptance_sd: Floats  # [orders] [days]
    contract_ids: Ints  # [contracts]
    contract_late: Floats  # [contracts, 3] chance that an invoice is late, mean and sd [days]
    customer_ids: Ints  # [customers]
    customer_hazard: Floats  # [customers, 3] that it stops paying [1/year]
    customer_correlation: float  # of customers' failures, see `laws.chance_given`
    tranche_ids: Ints  # [tranches]
    segment_ids: Ints  # [segments]
    segment_rate: Floats  # [segments, 3] offers by market state [1/year]
    segment_since: Ints  # [segments] first month in which one asks
    self_build: Floats  # [segments, 2] share that builds for itself, and its growth [1/year]
    segment_terms: Rows[Offer]  # [segments] what all offers of a segment share
    segment_late: Floats  # [segments, 3] as `contract_late`
    segment_law: Floats  # [segments, 14] see world/demand.py
    term_choices: Ints  # [segments, terms] [days]
    term_weights: Floats  # [segments, terms] cumulative
    start_state: int  # market state of the as-of month: 0 glut, 1 balanced, 2 scarce
    stay: Floats  # [3] monthly probability of staying in a state
    balanced_to_scarce: float  # share of exits from balanced that go to scarce
    drift: Floats  # [3] log drift of the rental index [1/year]
    volatility: float  # of the rental index, common to all generations [1/sqrt(year)]
    own_volatility: float  # of each generation's index beyond that [1/sqrt(year)]
    release_month: Ints  # [releases] first month of the fall, 1 or later
    release_over: Ints  # [releases] how long the fall takes [month]
    release_step: Floats  # [releases] whole fall of older generations' rents [share]
    release_older: Ints  # [releases, gens] 1 where it falls
    list_adjustment: float  # share of the gap to the index that the list price closes a month
    on_demand_use: Floats  # [3] share of offered GPU-hours sold where list and index agree
    use_elasticity: float  # of that share in index / list price
    term_ratio: Floats  # [terms + 1] contract price by months of term, as a share of the index
    hardware_drift: Floats  # [3] added to hardware inflation [1/year]
    hardware_volatility: float  # [1/sqrt(year)]
    resale_elasticity: float  # of resale prices in the index
    residual: Floats  # [years + 1] resale value by years of age, as a share of new
    cholesky: Floats  # [4, 4] lower triangle: price, rates, hardware, spreads
    spread_shift: Floats  # [3] added to margins of programme loans [1/year]
    spread_volatility: float  # of noise around that [1/year/sqrt(year)]
    spread_reversion: float  # [1/year]
    loan_market_open: Floats  # [3] monthly probability that a new loan can close
    base_curve: Floats  # [months + 1] expected base rate at each month's end [1/year]
    rate_volatility: float  # absolute [1/year/sqrt(year)]
    mean_reversion: float  # [1/year]


class Names(NamedTuple):
    """What the rows of each noun are called, for traces and reports."""

    gens: list[str]
    pools: list[str]
    sites: list[str]
    halls: list[str]
    orders: list[str]
    contracts: list[str]
    tranches: list[str]
    facilities: list[str]
    assets: list[str]
    vintages: list[str]
    customers: list[str]
    segments: list[str]


def identity(name: str) -> int:
    """A stable 63-bit number for a name.

    >>> identity("gpus.GB300") == identity("gpus.GB300") != identity("gpus.GB200")
    True
    """
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
