"""The [contracts.NAME] tables: what a customer signed, in tranches that start as one each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from gpusim.scenario.language import usual
from gpusim.scenario.language.errors import shown
from gpusim.scenario.language.fields import (
    Date,
    Days,
    Problem,
    Rate,
    Rating,
    Share,
    Table,
    Term,
    Text,
    needs,
    plausible,
)
from gpusim.scenario.reading.parts import twice
from gpusim.scenario.tables.customers import LatePayment
from gpusim.scenario.tables.gpus import UsdPerGpuHour
from gpusim.scenario.tables.lending.shares import share_problems
from gpusim.scenario.tables.sales.prepayments import ContractOpening, Prepayment, runs_unlike
from gpusim.scenario.tables.sales.prices import (
    CommitmentStep,
    Growth,
    LateCredits,
    PriceIndex,
    PriceStep,
    Renewal,
    ServiceLevel,
    is_level,
    wrong_index,
    wrong_steps,
)
from gpusim.scenario.tables.sales.tenancies import TENANCY, tenancy_problems
from gpusim.scenario.tables.sales.tranches import Tranche
from gpusim.scenario.tables.sites import UsdPerKwMonth

PROGRAMME = "programme"
"""The facility of a contract that has a loan of its own, on the terms of [programme]."""
PriceShare = Annotated[float, Field(ge=0, le=2)]


class Contract(Table):
    """A contract: who, what, at which price, for how long, and how it is financed."""

    customer: Text = Field(description="Who signed [name]")
    rating: Rating = Field(
        default="other",
        json_schema_extra=usual.UNRATED,
        description="The customer's credit, which sets loan margins [name]",
    )
    kind: Literal["take-or-pay", "backstop", "colocation"] = Field(
        default="take-or-pay",
        json_schema_extra=usual.TAKE_OR_PAY,
        description="take-or-pay: pays for reserved GPUs, used or not; backstop: a put on unsold "
        "GPUs, counted in backlog, not in RPO; colocation: power of a site is let to a tenant, who "
        "brings the hardware [name]",
    )
    gpu: str = Field(
        default="",
        description="GPU generation; in a backstop only what a put with a price takes [name]",
    )
    site: str = Field(default="", description="Site of the tranches that name none [name]")
    price_usd_per_gpu_hour: UsdPerGpuHour | None = Field(
        json_schema_extra=usual.PRICE,
        default=None,
        description="Price of a reserved GPU, instead of value_usd on every tranche [USD/GPU-hour]",
    )
    price_usd_per_kw_month: UsdPerKwMonth | None = Field(
        json_schema_extra=usual.KW_PRICE,
        default=None,
        description="Of a colocation: rent of a kW of critical IT, instead of value_usd on every "
        "tranche [USD/kW-month]",
    )
    power: Literal["included", "passed-through"] | None = Field(
        default=None,
        description="Of a colocation: whether the power that the tenant uses is in its rent, or "
        "billed at its cost on top; left out: included [name]",
    )
    price_steps: tuple[PriceStep, ...] = Field(
        default=(), description="Other prices later in a tranche's term, in order [list of tables]"
    )
    price_escalator: Growth = Field(
        json_schema_extra=plausible(
            -0.3,
            0.1,
            "rents of data centres step by 2% to 3% a year; prices of GPU-hours fall by a third",
            above="in percent?",
            below="in percent?",
        ),
        default=0.0,
        description="Growth of the price after every 12 months of a tranche's term; negative: it "
        "falls [1/year]",
    )
    commitment: tuple[CommitmentStep, ...] = Field(
        default=(),
        description="Share of the reserved GPUs that is paid for, by month of a tranche's term; "
        "left out: all of them [list of tables]",
    )
    price_index: PriceIndex | None = Field(
        default=None,
        description="Resets of the price by the rental index, between a floor and a cap; left out: "
        "the price stands [table]",
    )
    term_months: Term = Field(description="Term of each tranche from its start [months]")
    signed: Date = Field(description="Day of signature [date]")
    payment_days: Days = Field(
        default=30,
        json_schema_extra=usual.PAYMENT_DAYS,
        description="From invoice to cash [days]",
    )
    late_payment: LatePayment | None = Field(
        default=None,
        description="Invoices of months that are paid after their day, each by its own chance; "
        "left out: all are paid on it [table]",
    )
    late_start: Literal["shifts", "keeps-end"] = Field(
        default="shifts",
        json_schema_extra=usual.LATE_START,
        description="Whether a late start moves the end, which keeps the value, or not [name]",
    )
    exit_notice_days: Days = Field(
        default=0, description="Notice to leave without penalty; 0: no such right [days]"
    )
    exit_price_share: PriceShare = Field(
        default=0.0,
        description="Gives notice when the market price for the rest of its term falls below this "
        "share of its own; 0: never [share]",
    )
    exit_on: Date | None = Field(
        default=None, description="Day it gives notice whatever the market does [date]"
    )
    long_stop_use: Share = Field(
        default=1.0, description="Chance that it cancels a tranche after its long stop [share]"
    )
    put_usd_per_gpu_hour: UsdPerGpuHour | None = Field(
        json_schema_extra=usual.PUT_PRICE,
        default=None,
        description="Backstop: price at which it must take GPU-hours nobody else bought; left "
        "out: it expires unused [USD/GPU-hour]",
    )
    renewal: Renewal | None = Field(
        default=None, description="What happens at the end of its terms; left out: it ends [table]"
    )
    hardware_source: Literal["shared", "dedicated"] = Field(
        default="shared",
        description="Where the GPUs of planned tranches come from. shared: first those of its "
        "generation at its site that are free, or come free by the start, and are promised to "
        "nobody, and the rest is ordered; dedicated: those ordered for it alone [name]",
    )
    sfc_rate: Rate = Field(
        json_schema_extra=plausible(
            0.005,
            0.2,
            "up to 5% in bundled models",
            above="in percent, with the point left out?",
            below="a month's?",
        ),
        default=0.0,
        description="Rate of the significant financing component; 0: none [1/year]",
    )
    sla: ServiceLevel | None = Field(
        default=None,
        description="Credits for missing GPU-hours; left out: those hours are not paid [table]",
    )
    late_credits: LateCredits | None = Field(
        default=None,
        description="Credits for a late start, liquidated damages; left out: none [table]",
    )
    prepayment: Prepayment | None = Field(
        default=None, description="Prepayment still to come [table]"
    )
    opening: ContractOpening | None = Field(
        default=None, description="Prepaid before the as-of day [table]"
    )
    facility: str = Field(
        default="",
        description='Loan that finances its orders: a [debt] name, "programme" or "" [name]',
    )
    vendor: str = Field(default="", description='Vendor line or lease: a [debt] name or "" [name]')
    loan_share: Share | None = Field(
        json_schema_extra=usual.FINANCED_SHARE,
        default=None,
        description="Share of order cost on the loan, at most its advance rate; left out: its "
        "advance rate [share]",
    )
    vendor_share: Share = Field(default=0.0, description="Share of order cost on it [share]")
    tranches: tuple[Tranche, ...] = Field(description="Its tranches [list of tables]")

    @property
    def price_key(self) -> str:
        """The key of its price, and of its price steps."""
        return "price_usd_per_kw_month" if self.kind == TENANCY else "price_usd_per_gpu_hour"

    @property
    def price(self) -> float | None:
        """Its first price: of a GPU-hour, or of a colocation's kW and month [USD]."""
        price: float | None = getattr(self, self.price_key)
        return price

    def problems(self) -> Iterator[Problem]:
        if not self.tranches:
            yield Problem(("tranches",), "an empty list", "at least one tranche")
        yield from self._value_problems()
        yield from tenancy_problems(self)
        if self.kind == "backstop" and not is_level(self):
            yield Problem((), "steps of a price", "none on a backstop")
        if self.kind == "backstop" and self.late_credits is not None:
            yield Problem(("late_credits",), "credits for a late start", "none on a backstop")
        longest = max(
            [t.term_months or self.term_months for t in self.tranches] or [self.term_months]
        )
        yield from wrong_steps(self, longest)
        yield from wrong_index(self, longest)
        yield from share_problems(self)
        if self.kind == "take-or-pay" and not self.gpu:
            yield needs("gpu", "the generation a take-or-pay contract reserves")
        yield from self._exit_problems()
        for place, name in twice([tranche.name for tranche in self.tranches]):
            found = f"{shown(name)}, the name of another tranche"
            yield Problem(("tranches", place, "name"), found, "a name of its own, or none")
        for k, tranche in enumerate(self.tranches):
            if tranche.start < self.signed:
                yield Problem(
                    ("tranches", k, "start"),
                    tranche.start.isoformat(),
                    f"on or after signed, {self.signed}",
                )
            yield from self._tranche_problems(k, tranche)
        if self.prepayment and self.tranches:
            yield from self.prepayment.beyond(longest)
        yield from runs_unlike(self.prepayment, self.opening)

    def _tranche_problems(self, k: int, tranche: Tranche) -> Iterator[Problem]:
        at: tuple[str | int, ...] = ("tranches", k)
        if self.kind != "take-or-pay":
            if tranche.gpus:
                yield Problem((*at, "gpus"), f"{tranche.gpus}", f"no gpus in a {self.kind}")
            if tranche.hardware.status != "planned":
                found, wanted = tranche.hardware.status, f"none in a {self.kind}"
                yield Problem((*at, "hardware"), found, wanted)
        if self.kind == "backstop":
            return
        if tranche.gpus == 0 and self.kind == "take-or-pay":
            yield Problem(
                (*at, "gpus"), "0 or nothing", "at least one GPU in a take-or-pay tranche"
            )
        if not (tranche.site or self.site):
            yield Problem((*at, "site"), "nothing", "site, here or on the contract")

    def _exit_problems(self) -> Iterator[Problem]:
        if (self.exit_price_share or self.exit_on) and not self.exit_notice_days:
            yield needs("exit_notice_days", "because the customer may leave")
        if self.put_usd_per_gpu_hour is not None:
            if self.kind != "backstop":
                yield Problem(
                    ("put_usd_per_gpu_hour",), "a put price", f"none on a {self.kind} contract"
                )
            elif not self.gpu:
                yield needs("gpu", "the generation the put takes")

    def _value_problems(self) -> Iterator[Problem]:
        priced, key = self.price is not None, self.price_key
        if self.kind == "backstop" and priced:
            yield Problem(
                ("price_usd_per_gpu_hour",), "a price", "value_usd on each tranche of a backstop"
            )
            return
        for k, tranche in enumerate(self.tranches):
            valued = tranche.value_usd is not None
            if priced and valued:
                yield Problem(
                    ("tranches", k, "value_usd"),
                    "a value beside the contract's price",
                    f"{key} or value_usd on every tranche, not both",
                )
            elif not priced and not valued:
                yield Problem(
                    ("tranches", k, "value_usd"),
                    "nothing",
                    f"value_usd on every tranche, or {key} on the contract",
                )
