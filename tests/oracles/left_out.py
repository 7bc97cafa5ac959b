"""What the model leaves out, and how much each might matter where that can be computed honestly.

Sizes come from runs of one model against itself with a shock or a changed input in the same
replications, from reported figures, or from other pages of docs/validation. Where none of these
says anything, the size is said to be unknown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from gpusim.economics.books import measures
from gpusim.economics.books.statements import line
from gpusim.economics.core.state import Floats
from gpusim.experiments.backtest.backtest import ALIASES
from gpusim.experiments.backtest.cells import Cell
from gpusim.experiments.common.replicate import BATCH, Job
from gpusim.experiments.run.simulate import simulate
from gpusim.results import metrics, periods
from gpusim.results.payload import Panel, stack
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.scenario.reading.published.actuals import bundled, read
from gpusim.world.demand import MAX_A_MONTH
from tests.oracles.backtests import chosen
from tests.oracles.recording import Comparison

MODEL, REPLICATIONS, SEED = "coreweave-2025q4", 100, 1
YEAR = slice(1, 13)
"""Months of 2026."""
FIRST_OF_2025 = dt.date(2025, 1, 1)
MILLION = 1e8
HALF_A_MONTH = 15 / 360
MOST_ASKS_A_YEAR = 60


class Gap(NamedTuple):
    """Something the model has not."""

    what: str
    size: str
    how: str


class Played(NamedTuple):
    """Means over replications of what a gap is measured against; 2026, USD m."""

    panel: Panel
    revenue: float
    ebitda: float
    net_income: float
    interest: float
    debt: float
    repaid: float
    plant: float
    tax: float
    shortfall: float  # share of replications in which something due stays unpaid


def play(shocks: Sequence[str] = (), sets: Sequence[str] = ()) -> Played:
    """The model in the same replications, with a shock or a setting."""
    scenario = load(MODEL, shocks=tuple(shocks), sets=tuple(sets))
    done = simulate(Job(lower(scenario), SEED, 0, None, BATCH), REPLICATIONS, None, None)
    panel = stack([replicated.payload for replicated in done.results.values()])
    calendar = periods.quarters(scenario.model.as_of, 3 * scenario.model.quarters)
    values = metrics.compute(panel, calendar)

    def year(name: str) -> float:
        return float(values[name].figures[:, :4].sum(axis=1).mean()) / 1e6

    def end(name: str) -> float:
        return mean(line(panel.ledger, name)[:, YEAR][:, -1])

    return Played(
        panel,
        year("revenue"),
        year("adjusted_ebitda"),
        year("net_income"),
        year("interest_expense"),
        end("debt_principal"),
        mean(panel.stocks[:, measures.DEBT_REPAID, YEAR].sum(axis=1)),
        end("ppe_gross"),
        mean(line(panel.ledger, "income_tax")[:, YEAR].sum(axis=1)),
        float((panel.stocks[:, measures.SHORTFALL] > 0).any(axis=1).mean()),
    )


def mean(cents: Floats) -> float:
    """Mean of cents [USD m]."""
    return float(np.mean(cents)) / MILLION


def against(changed: float, base: float) -> str:
    """A change in USD m and as a share."""
    return f"{changed - base:+,.0f} ({(changed - base) / abs(base):+.1%})"


def gaps(cells: Sequence[Cell], compared: Sequence[Comparison]) -> list[Gap]:
    """Each gap with its size."""
    base = play()
    failing = play(shocks=["gpu-failures"])
    dearer = play(sets=["sites.*.tariff_usd_per_kwh*=1.1"])
    default = play(shocks=["largest-customer-default"])
    late = HALF_A_MONTH * base.repaid * base.interest / base.debt
    runs = f"{REPLICATIONS} replications of {MODEL}, 2026, USD m"
    capex = [c.percent for c in chosen(cells, "capex_in_service", cells[0].column, 1)]
    return [
        Gap(
            "GPU failures, in models tied to reports (their cost is in the reported lines)",
            f"revenue {against(failing.revenue, base.revenue)}, adjusted EBITDA "
            f"{against(failing.ebitda, base.ebitda)}",
            f"`--shock gpu-failures` in the same replications, {runs}",
        ),
        Gap(
            "Insurance and warranty",
            f"each 0.1% of gross plant a year costs {0.001 * base.plant:,.0f}",
            f"gross plant of {base.plant:,.0f} at the end of 2026, {runs}; no premium is sourced",
        ),
        Gap(
            "Randomness in the price of power: tariffs are as stated",
            f"10% on all tariffs: adjusted EBITDA {against(dearer.ebitda, base.ebitda)}",
            f"`--set sites.*.tariff_usd_per_kwh*=1.1` in the same replications, {runs}",
        ),
        Gap(
            "Customers that pull each other down: given the market's state they fail apart",
            f"the largest one fails: an amount stays unpaid in {default.shortfall:.0%} of "
            f"replications instead of {base.shortfall:.0%} (whole horizon)",
            f"`--shock largest-customer-default`, {REPLICATIONS} replications of {MODEL}",
        ),
        Gap(
            "Tax by state or country: one rate, losses never expire",
            f"tax of the year is {base.tax:,.0f} on a net income of {base.net_income:,.0f}: none "
            "while losses last",
            runs,
        ),
        Gap(
            "Days of repayment within a month: principal is paid at month ends",
            f"at most {late:,.0f} of interest too much, of {base.interest:,.0f}",
            f"half a month on {base.repaid:,.0f} repaid at the mean rate, {runs}",
        ),
        Gap("Days of draws, which no filing discloses", *interest_of(compared)),
        Gap("The financing component of prepayments, in models that state none", *component()),
        Gap(
            "Sites that convert whole: megawatts come by stated phases and their delays",
            f"capex one quarter ahead is {sum(capex) / len(capex):.0%} off on average",
            "backtests",
        ),
        Gap(
            f"More than {int(MAX_A_MONTH)} asks of a segment in a month",
            f"chance {stats.poisson.sf(MAX_A_MONTH, MOST_ASKS_A_YEAR / 12):.0e} a month at "
            f"{MOST_ASKS_A_YEAR} a year, the most a file may state",
            "Poisson law",
        ),
        Gap(
            "Hours: days are whole",
            "half a day of a term: 0.14% of a year's contract, 0.03% of five years'",
            "arithmetic; B1 to B4 measure it",
        ),
        Gap(
            "What the operator does to the market: rents, hardware prices and rivals do not react "
            "to it",
            "unknown",
            "the World is drawn before the run, so that strategies meet the same random draws",
        ),
        Gap(
            "Talks with lenders: no waivers, amendments or exchanges, only declared cures",
            "unknown; breaches are counted in every run",
            "docs/definitions.md, covenants",
        ),
        Gap(
            "Racks, networks and halls within a site: power is pooled by site, GPUs by generation",
            "unknown; an order can fill any remainder of a site's power",
            "DESIGN.md, time and the order of a day",
        ),
        Gap(
            "Foreign currency, inflation beyond stated growth, hedges at market value",
            "unknown; the bundled models state all in US dollars",
            "no field in a model file",
        ),
    ]


def interest_of(compared: Sequence[Comparison]) -> tuple[str, str]:
    """How far A8's interest is off."""
    (found,) = [c for c in compared if c.what.startswith("contractual interest of the quarter")]
    off = float(found.obtained.replace(",", "")) / float(found.expected.replace(",", "")) - 1
    return f"{off:+.1%} of a quarter's contractual interest", "case A8"


def component() -> tuple[str, str]:
    """Interest outside the debt note, as reported by CoreWeave in 2025."""
    path = bundled(MODEL)
    assert path is not None
    table = read(path, ALIASES)
    net = {day: row.value for (day, name), row in table.items() if name == "interest_expense"}
    own = {day: row.value for (day, name), row in table.items() if name == "interest_expense_debt"}
    days = sorted(day for day in set(net) & set(own) if day >= FIRST_OF_2025)
    apart = [(net[day] - own[day]) / 1e6 for day in days]
    share = [(net[day] - own[day]) / net[day] for day in days]
    return (
        f"{min(apart):,.0f} to {max(apart):,.0f} USD m a quarter, {min(share):.0%} to "
        f"{max(share):.0%} of net interest",
        f"net interest less that of the debt note, as reported, {days[0]} to {days[-1]}",
    )
