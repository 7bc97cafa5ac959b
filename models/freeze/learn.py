"""What the procedure believes on a report's day: stated priors, and the errors seen by then.

A prior counts as one round. `docs/freeze.md` gives reasons and ranges. Every function looks at
`known` alone: the quarters reported by that day, oldest first.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from typing import Any, NamedTuple

DAYS = 91.25  # of a quarter

CONVERSION = 0.60  # of opening construction in progress goes into service in a quarter
LAG_DAYS, LAG_SD = 75.0, 20.0  # from active to billing, its ramp included
PRICE_NOISE = 0.03  # sd of revenue a billed MW from one quarter to the next
LAG_GRID = range(15, 151, 3)
CAPITALISED = 0.17  # of interest that construction in progress would bear; 0.12 to 0.22
COUPON = 1.0  # interest paid over what stated coupons give

Rows = list[dict[str, Any]]


class Belief(NamedTuple):
    """What was learned by one report."""

    conversion: float  # [share of opening construction in progress a quarter]
    shortfall: float  # what the last plan held and did not come; negative: came beyond it [USD m]
    plan: float  # to be placed in service next quarter [USD m]
    lag_days: float  # from active to billing [day]
    per_mw_day: float  # revenue of a billed MW [USD m/day]
    billing_mw: float  # active one lag before the as-of day [MW]
    pace: float  # megawatts that became active in the quarter [MW]
    capitalised: float  # share of construction in progress that qualifies
    coupon: float  # interest paid over what stated coupons give
    financing: float  # rate of the financing component on what is prepaid [1/year]


def known_by(history: Rows, as_of: dt.date) -> Rows:
    """The quarters reported by the report of `as_of`."""
    return [row for row in history if row["at"] <= as_of]


def updated(prior: float, seen: list[float]) -> float:
    """A prior worth one round, and the rounds seen."""
    return (prior + sum(seen)) / (1 + len(seen))


def learn(known: Rows, lag: float | None = None) -> Belief:
    """Everything the procedure takes from the past.

    lag: from active to billing, where the megawatts told are those that bill [day].
    """
    conversions = [
        now["in_service"] / before["cip"]
        for before, now in itertools.pairwise(known)
        if "in_service" in now and "cip" in before
    ]
    last = known[-1]
    conversion = updated(CONVERSION, conversions)
    short = shortfall(known)
    lag = lag_of(known) if lag is None else lag
    months = Path.of(known)
    return Belief(
        conversion=conversion,
        shortfall=short,
        plan=planned(conversion, last["cip"], short),
        lag_days=lag,
        per_mw_day=last["revenue"] / months.billed(len(known) - 1, lag) / last["days"],
        billing_mw=months.at(len(known) - 1 - lag / DAYS),
        pace=last["active"] - known[-2]["active"],
        capitalised=updated(CAPITALISED, capitalised_seen(known)),
        coupon=updated(COUPON, [r["contractual"] / r["stated"] for r in known if "stated" in r]),
        financing=4 * last.get("financing", 0.0) / last["deferred"],
    )


def planned(conversion: float, cip: float, short: float) -> float:
    """What should go into service next quarter [USD m].

    A share of construction in progress; but what is late goes in whole, and what came early is not
    there to go in again. cip: construction in progress now; short: what the last plan held and did
    not come, or came beyond it (negative) [USD m].
    """
    return max(conversion * cip + (1 - conversion) * short, 0.25 * conversion * cip)


def shortfall(known: Rows) -> float:
    """What the plan for the last quarter held and did not go into service [USD m].

    Each plan is what `planned` gave on its day, with the share believed in then.
    """
    short, seen = 0.0, []
    for before, now in itertools.pairwise(known):
        if "in_service" not in now or "cip" not in before:
            continue
        short = planned(updated(CONVERSION, seen), before["cip"], short) - now["in_service"]
        seen.append(now["in_service"] / before["cip"])
    return short


def capitalised_seen(known: Rows) -> list[float]:
    """Interest capitalised over what all construction in progress would have borne, by quarter."""
    shares = []
    for before, now in itertools.pairwise(known):
        if "capitalised" in now and "cip" in before:
            rate = now["contractual"] / (before["principal"] + now["principal"])
            shares.append(now["capitalised"] / ((before["cip"] + now["cip"]) * rate))
    return shares


class Path(NamedTuple):
    """Active megawatts over time, in a line between the quarter-ends that were told."""

    points: tuple[tuple[int, float], ...]  # place of a quarter-end among the rows, MW

    @classmethod
    def of(cls, known: Rows) -> Path:
        """From the rows that tell them."""
        return cls(tuple((k, row["active"]) for k, row in enumerate(known) if "active" in row))

    def at(self, quarters: float) -> float:
        """Active megawatts at a time, in quarters; row 0 ends at 0."""
        if quarters <= self.points[0][0]:
            return self.points[0][1]
        for (a, low), (b, high) in itertools.pairwise(self.points):
            if quarters <= b:
                return low + (high - low) * (quarters - a) / (b - a)
        return self.points[-1][1]

    def billed(self, quarter: int, lag: float) -> float:
        """Megawatts that billed on average in the quarter that ends at a row."""
        steps = 400
        times = (quarter - 1 + (k + 0.5) / steps - lag / DAYS for k in range(steps))
        return sum(self.at(t) for t in times) / steps


def lag_of(known: Rows) -> float:
    """Mean of the lag from active to billing [day].

    Megawatts that bill are those active one lag ago. Prior: normal; likelihood: revenue a billed
    MW stays the same from quarter to quarter but for a few percent, from the first year-end with
    reported megawatts at both ends on.
    """
    path = Path.of(known)
    told = [k for k, row in enumerate(known) if "active" in row and "revenue" in row]
    weights = []
    for lag in LAG_GRID:
        price = [known[k]["revenue"] / path.billed(k, lag) for k in told]
        away = [(lag - LAG_DAYS) / LAG_SD]
        away += [math.log(b / a) / PRICE_NOISE for a, b in itertools.pairwise(price)]
        weights.append(math.exp(-0.5 * sum(z * z for z in away)))
    return sum(lag * w for lag, w in zip(LAG_GRID, weights, strict=True)) / sum(weights)
