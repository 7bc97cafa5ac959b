"""The [operator] table: the firm's own terms and habits."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field

from gpusim.scenario.language.fields import (
    Date,
    Days,
    Problem,
    Rate,
    Share,
    SignedRate,
    Table,
    Usd,
    assumed,
    plausible,
)

Step = Literal[
    "taxes",
    "operating",
    "rent",
    "fees",
    "interest",
    "principal",
    "suppliers",
    "reserve",
    "revolver",
    "sweep",
    "trap",
]
Source = Literal["loan", "vendor", "cash", "revolver"]
STEPS: tuple[Step, ...] = (
    "taxes",
    "operating",
    "rent",
    "fees",
    "interest",
    "principal",
    "suppliers",
    "reserve",
    "revolver",
    "sweep",
    "trap",
)
"""Steps of the waterfall, as in economics/core/state.py (a test holds the two together)."""
OPTIONAL: tuple[Step, ...] = ("revolver", "sweep", "trap")
FUNDING: tuple[Source, ...] = ("loan", "vendor", "cash", "revolver")
"""Where money is sought where a model does not say."""


class SharePrice(Table):
    """A point of the share price's path: linear between, flat after and before."""

    date: Date = Field(description="Day of the price [date]")
    price_usd: Annotated[float, Field(gt=0, le=1_000_000)] = Field(
        description="Share price [USD/share]"
    )


class EquityBackstop(Table):
    """Shareholders' promise to buy new shares when something due would stay unpaid."""

    capacity_usd: Usd = Field(description="In all [USD]")
    price_usd_per_share: Annotated[float, Field(gt=0, le=1_000_000)] = Field(
        description="Issue price [USD/share]"
    )


class Operator(Table):
    """How the firm runs its cash, pays its suppliers and funds its orders."""

    minimum_cash_usd: Usd = Field(
        default=0.0,
        json_schema_extra=assumed("no lender and no board is known to ask for any", 0, 100_000_000),
        description="Cash kept free of orders and repayments, and drawn for on a revolver [USD]",
    )
    payables_months: Annotated[int, Field(ge=0, le=3)] = Field(
        default=1,
        json_schema_extra=assumed("suppliers are paid at the end of the month after", 0, 2),
        description="Operating costs are paid this many months after they arise [months]",
    )
    capitalised_interest_share: Share = Field(
        default=0.15,
        json_schema_extra=plausible(
            0.02,
            0.6,
            "0.13 to 0.23 of CoreWeave's construction in progress, docs/freeze.md",
            above="in percent, with the point left out?",
            below="in percent, with the point left out?",
        )
        | assumed("0.13 to 0.23 of CoreWeave's construction in progress, docs/freeze.md", 0, 0.25),
        description="Share of hardware in construction that bears capitalised interest, of all of "
        "it, paid for or not: below one, for what is not paid for bears none [share]",
    )
    buildings_interest_share: Share = Field(
        default=1.0,
        json_schema_extra=plausible(
            0.02,
            1,
            "a building's bills are paid on their day, so that all of its cost bears interest",
            above="in percent, with the point left out?",
            below="in percent, with the point left out?",
        )
        | assumed("a building's bills are paid on their day; US GAAP then takes all of it", 0, 1),
        description="Share of own buildings in construction that bears capitalised interest "
        "[share]",
    )
    cash_yield_margin: SignedRate = Field(
        default=-0.0025,
        json_schema_extra=plausible(
            -0.03,
            0.01,
            "SOFR less a fund's costs, -0.25% in bundled models",
            above="in percent?",
            below="in percent?",
        )
        | assumed("SOFR less a fund's costs, as in base/neocloud.toml", -0.01, 0),
        description="Interest earned on cash over the base rate, usually negative [1/year]",
    )
    lease_rate: Rate = Field(
        default=0.10,
        json_schema_extra=plausible(
            0.02,
            0.2,
            "12% in models/data/coreweave_leases.csv",
            above="in percent?",
            below="a month's?",
        )
        | assumed("6% to 12% in bundled models", 0.06, 0.13),
        description="Borrowing rate that discounts the payments of new leases [1/year]",
    )
    acceptance_lot_mw: Annotated[float, Field(gt=0, le=100_000)] = Field(
        default=30.0,
        json_schema_extra=plausible(
            0.1,
            500,
            "halls of 50 MW: IREN Horizon, models/data/operators_deals.csv",
            above="kW?",
            below="GW?",
        )
        | assumed("a hall at a time: 5 to 50 MW in bundled models", 5, 60),
        description="Tranches larger than this are bought and accepted in equal lots [MW of IT]",
    )
    on_demand_share: Share = Field(
        default=1.0,
        json_schema_extra=assumed(
            "what nobody has reserved is offered at once, as in base/neocloud.toml", 0.7, 1
        ),
        description="Share of accepted GPUs under no contract that is offered on demand [share]",
    )
    order_ahead_days: Days = Field(
        default=10,
        json_schema_extra=assumed(
            "orders are placed just in time, as in base/neocloud.toml", 0, 60
        ),
        description="Orders are placed this long before the last possible day [days]",
    )
    reuse_wait_days: Days = Field(
        default=30,
        description="A planned start waits for so long for GPUs that come free from another "
        "contract; beyond that new ones are ordered [days]",
    )
    impairment_test: bool = Field(
        default=False,
        description="true: GPUs are tested every quarter and written down to their resale price "
        "where the cash they will earn is below their book value [flag]",
    )
    funding_order: tuple[Source, ...] = Field(
        default=FUNDING,
        json_schema_extra=assumed(
            "a lender's money first, then the supplier's, the firm's own, the bank's"
        ),
        description="Where the money for an order is sought, first to last [names]",
    )
    waterfall: tuple[Step, ...] = Field(
        default=tuple(step for step in STEPS if step not in ("sweep", "trap")),
        json_schema_extra=assumed("the order in which bundled models pay; no sweep"),
        description="What each month's cash pays, first to last; revolver (spare cash repays it), "
        "sweep (debt in breach, likewise), trap (kept for a lender) may be left out [names]",
    )

    shares_outstanding: Annotated[int, Field(ge=0, le=10**12)] = Field(
        json_schema_extra=plausible(
            1000000,
            50000000000,
            "497,886,000 of CoreWeave, release of 2025-11-10",
            below="thousands or millions?",
        ),
        default=0,
        description="Shares on the as-of day; 0: dilution is not told [shares]",
    )
    share_price_usd: tuple[SharePrice, ...] = Field(
        default=(), description="Stated path of the share price; convertibles read it [list]"
    )
    equity_backstop: EquityBackstop | None = Field(
        default=None, description="Equity for what cash and revolver do not pay [table]"
    )
    default_after_months: Annotated[int, Field(ge=0, le=60)] = Field(
        default=0,
        description="Month ends in a row with something unpaid that end the firm; 0: never "
        "[months]",
    )
    forced_sale_share: Share | None = Field(
        default=None, description="Of book value, what hardware fetches after a default [share]"
    )

    def problems(self) -> Iterator[Problem]:
        if self.default_after_months and self.forced_sale_share is None:
            yield Problem(
                ("forced_sale_share",), "nothing", "a share, because the firm can default"
            )
        dates = [point.date for point in self.share_price_usd]
        if dates != sorted(set(dates)):
            yield Problem(("share_price_usd",), "dates out of order", "dates that rise")
        yield from _unique("funding_order", self.funding_order)
        yield from _unique("waterfall", self.waterfall)
        if not self.funding_order:
            expected = f"at least one source of money, such as {listing(FUNDING)}"
            yield Problem(("funding_order",), "an empty list", expected)
        missing = [step for step in STEPS if step not in (*OPTIONAL, *self.waterfall)]
        if missing:
            yield Problem(
                ("waterfall",),
                f"no {', '.join(missing)}",
                f"every step; revolver, sweep and trap are optional: "
                f"{listing(with_steps(self.waterfall, missing))}",
            )


def with_steps(waterfall: Sequence[Step], wanted: Sequence[Step]) -> list[Step]:
    """A waterfall with further steps, each behind all that come before it usually.

    >>> with_steps(["rent", "taxes", "sweep"], ["operating", "trap"])
    ['rent', 'taxes', 'operating', 'sweep', 'trap']
    """
    steps = list(waterfall)
    for step in wanted:
        before = [steps.index(own) + 1 for own in STEPS[: STEPS.index(step)] if own in steps]
        steps.insert(max(before, default=0), step)
    return steps


def listing(names: Sequence[str]) -> str:
    """Names as a list of a model file, to be written as it stands.

    >>> listing(["taxes", "rent"])
    '["taxes", "rent"]'
    """
    return json.dumps(list(names))


def _unique(key: str, names: Sequence[str]) -> Iterator[Problem]:
    for place, name in enumerate(names):
        if name in names[:place]:
            yield Problem((key, place), f'"{name}" a second time', "each name once")
