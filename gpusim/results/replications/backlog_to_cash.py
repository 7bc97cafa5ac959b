"""From backlog to cash for shareholders: one exact chain of steps a replication.

Backlog becomes revenue, revenue becomes customers' cash, and what power, sites, overhead, tax,
equipment and lenders leave of it is the shareholders'. Every step is a signed amount of cents over
the whole run, and the steps of a part sum to its end exactly.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from gpusim.economics.books import measures
from gpusim.economics.books.ledger import ACCOUNTS
from gpusim.economics.books.statements import line
from gpusim.economics.core import state
from gpusim.economics.core.state import Ints
from gpusim.results.payload import Panel
from gpusim.results.replications.outcomes import backstop_unused, lost, price_raised

SITE_ACCOUNTS: Final = ("cost_rent", "cost_variable_rent", "cost_site")


class Step(NamedTuple):
    """How a step reads. A total is the sum of all steps above it."""

    name: str
    label: str
    meaning: str
    total: bool = False


STEPS: Final = (
    Step("backlog_opening", "Backlog at the as-of date", "signed and not yet earned"),
    Step("signed", "Renewed and newly signed", "contracts and renewals of the run, with accretion"),
    Step("repriced", "Prices of what is signed moved", "by an index, prepayments kept, no losses"),
    Step("planned_later", "Planned after the run", "part of the closing backlog on time"),
    Step("slipped", "Slipped past the end", "planned within the run, not earned by its end"),
    Step("backstop_unused", "Backstop unused", "expired unused, which is no loss"),
    Step("lost", "Lost", "cancelled, defaulted, expired, given back as credits"),
    Step("recognised", "Earned under contract", "backlog that became revenue", total=True),
    Step("on_demand", "On demand, other revenue", "revenue that was never backlog"),
    Step("collection", "Earned, cash not yet in (or before)", "receivables, deferred revenue"),
    Step("collected", "Cash from customers", "all that customers paid", total=True),
    Step("power", "Power", "energy charged"),
    Step("site", "Site", "rent, variable rent, site costs charged"),
    Step("overhead", "Overhead", "other operating costs but depreciation and paid in shares"),
    Step("payment", "Charged, paid later (or before)", "payables, prepaid rent, write-offs"),
    Step("tax", "Tax", "paid"),
    Step("capex", "Capital expenditure", "paid to suppliers less proceeds of disposals"),
    Step("drawn", "Debt drawn", "cash of draws after discounts, notes raised too"),
    Step("interest", "Interest", "paid, capitalised part included, less interest received"),
    Step("principal", "Principal", "repaid in cash"),
    Step(
        "debt_costs",
        "Costs of debt",
        "fees paid; cash set aside for lenders, less what is released",
    ),
    Step(
        "left_for_shareholders",
        "Left for shareholders",
        "change in cash without new shares",
        total=True,
    ),
)


def backlog_to_cash(panel: Panel) -> dict[str, Ints]:
    """All steps over the run, [replications] each, signed as they move the chain [cents]."""

    def moved(*moves: int) -> Ints:
        return panel.backlog.of_run(*moves).total()

    def flow(*names: str) -> Ints:
        return np.asarray(sum(line(panel.ledger, name)[:, 1:].sum(axis=1) for name in names))

    opening = panel.stocks[:, measures.BACKLOG, 0]
    recognised, slipped = moved(state.RECOGNISED), moved(state.SLIPPED)
    closing = panel.stocks[:, measures.BACKLOG, -1]
    unused = backstop_unused(panel)
    revenue, collected = flow("revenue"), flow("cash_from_customers")
    site = np.asarray(
        sum(panel.ledger[:, ACCOUNTS.index(a), 1:].sum(axis=1) for a in SITE_ACCOUNTS)
    )
    power, costs = flow("power"), revenue - flow("adjusted_ebitda")
    paid = flow("cash_for_operations", "cash_for_rent")
    capitalised = panel.ledger[:, ACCOUNTS.index("cash_for_capitalised_interest"), 1:].sum(axis=1)
    cash = line(panel.ledger, "cash")
    return {
        "backlog_opening": opening,
        "signed": moved(state.SIGNED, state.ACCRETION),
        "repriced": price_raised(panel),
        "planned_later": slipped - closing,
        "slipped": -slipped,
        "backstop_unused": -unused,
        "lost": -lost(panel).sum(axis=1),
        "recognised": recognised,
        "on_demand": revenue - recognised,
        "collection": collected - revenue,
        "collected": collected,
        "power": -power,
        "site": -site,
        "overhead": power + site - costs,
        "payment": paid + costs,
        "tax": flow("cash_for_tax"),
        "capex": flow("investing_cash_flow") - capitalised,
        "drawn": flow("debt_drawn_cash"),
        "interest": flow("cash_for_interest", "cash_interest_received") + capitalised,
        "principal": flow("debt_repaid_cash"),
        "debt_costs": flow("debt_costs_paid", "transfer_to_reserves"),
        "left_for_shareholders": cash[:, -1] - cash[:, 0] - flow("equity_raised"),
    }
