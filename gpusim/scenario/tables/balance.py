"""The [balance], [leases], [receivables] and [payables] tables, and the ties between them all.

The opening balance sheet is written as disclosed; what the rest of the file says about the same
lines must add up to it, to the cent.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeAlias

from pydantic import Field

from gpusim.scenario.language import usual
from gpusim.scenario.language.calendar_periods import YearOrAfter
from gpusim.scenario.language.fields import (
    Date,
    Months,
    Problem,
    Share,
    SignedUsd,
    Table,
    Usd,
    needs,
)
from gpusim.scenario.tables.plant.building import buildings_of
from gpusim.units_of_measure import CENTS_PER_USD, cents_of

if TYPE_CHECKING:
    from gpusim.scenario.scenario import Scenario

Detail: TypeAlias = tuple[str, str, list[float]]
"""A line, words for a sum, and the amounts that it is to be the sum of [USD]."""


class Leases(Table):
    """The operating leases in force on the as-of day, in one."""

    liability_usd: Usd = Field(default=0.0, description="Lease liability [USD]")
    asset_usd: Usd = Field(default=0.0, description="Right-of-use asset [USD]")
    remaining_months: Months = Field(default=0, description="Until the last payment [months]")
    payments: dict[YearOrAfter, Usd] = Field(
        default={},
        description='Fixed payments by calendar year; the last key may be "after" [USD]',
    )

    def problems(self) -> Iterator[Problem]:
        years = list(self.payments)
        for place, (a, b) in enumerate(pairwise(years)):
            if a == "after" or (b != "after" and int(b) <= int(a)):
                yield Problem(("payments", years[place + 1]), b, f"a year in order, not after {a}")
        total = sum(cents_of(usd) for usd in self.payments.values())
        if total < cents_of(self.liability_usd):
            yield Problem(
                ("payments",),
                f"payments of {total / 100:,.2f} in all",
                f"at least liability_usd, {self.liability_usd:,.2f}",
            )
        if self.payments and not self.remaining_months:
            yield needs("remaining_months", "because there are payments")


class Invoice(Table):
    """Money customers owe on a day."""

    amount_usd: Usd = Field(description="Amount [USD]")
    due: Date = Field(description="Day it is collected [date]")
    prepayment: bool = Field(
        default=False,
        description="true: a prepayment that is billed, which is no cash available for debt "
        "service [flag]",
    )


class Receivables(Table):
    """What customers owe on the as-of day."""

    invoices: tuple[Invoice, ...] = Field(default=(), description="Invoices [list of tables]")


class Bill(Table):
    """Money suppliers are owed on a day."""

    amount_usd: Usd = Field(description="Amount [USD]")
    due: Date = Field(description="Day it is paid [date]")


class CapexBill(Bill):
    """Money a supplier of equipment is owed on a day."""

    facility: str = Field(default="", description='Loan that pays part of it, or "" [name]')
    loan_share: Share = Field(
        json_schema_extra=usual.FINANCED_SHARE,
        default=0.0,
        description="That part [share]",
    )

    def problems(self) -> Iterator[Problem]:
        if self.loan_share and not self.facility:
            yield needs("facility", "because loan_share is given")


class Payables(Table):
    """What suppliers are owed on the as-of day."""

    operating: tuple[Bill, ...] = Field(default=(), description="Operating [list of tables]")
    capex: tuple[CapexBill, ...] = Field(default=(), description="Equipment [list of tables]")


class Balance(Table):
    """The opening balance sheet: each line positive in its natural direction.

    A line that is left out is the sum that other tables spell out, or 0; of equity what balances.
    """

    cash_usd: Usd = Field(default=0.0, description="Unrestricted cash [USD]")
    restricted_cash_usd: Usd = Field(default=0.0, description="Current and not [USD]")
    marketable_securities_usd: Usd = Field(default=0.0, description="Securities [USD]")
    receivables_usd: Usd = Field(default=0.0, description="Sum of receivables.invoices [USD]")
    prepaid_and_other_current_usd: Usd = Field(default=0.0, description="Other current [USD]")
    supplier_deposits_usd: Usd = Field(default=0.0, description="Sum of deposit_usd [USD]")
    construction_in_progress_usd: Usd = Field(
        default=0.0,
        description="Sum of in_progress_usd of delivered hardware, and of spent_usd of "
        "buildings [USD]",
    )
    servers_gross_usd: Usd = Field(default=0.0, description="Sum over servers [USD]")
    infrastructure_gross_usd: Usd = Field(default=0.0, description="Sum over infrastructure [USD]")
    other_equipment_gross_usd: Usd = Field(
        default=0.0, description="Sum over other-equipment [USD]"
    )
    servers_accumulated_usd: Usd = Field(default=0.0, description="Depreciation so far [USD]")
    infrastructure_accumulated_usd: Usd = Field(
        default=0.0, description="Depreciation so far [USD]"
    )
    other_equipment_accumulated_usd: Usd = Field(
        default=0.0, description="Depreciation so far [USD]"
    )
    intangibles_gross_usd: Usd = Field(default=0.0, description="Sum over intangibles [USD]")
    intangibles_accumulated_usd: Usd = Field(default=0.0, description="Amortisation so far [USD]")
    goodwill_usd: Usd = Field(default=0.0, description="Goodwill [USD]")
    lease_assets_usd: Usd = Field(default=0.0, description="As leases.asset_usd [USD]")
    other_noncurrent_assets_usd: Usd = Field(default=0.0, description="Other non-current [USD]")
    payables_operating_usd: Usd = Field(default=0.0, description="Sum of operating bills [USD]")
    payables_capex_usd: Usd = Field(default=0.0, description="Sum of capex bills [USD]")
    accrued_interest_usd: Usd = Field(default=0.0, description="Sum over debt [USD]")
    tax_payable_usd: Usd = Field(default=0.0, description="Current tax unpaid [USD]")
    deferred_revenue_usd: Usd = Field(default=0.0, description="Sum over contracts [USD]")
    customer_liabilities_usd: Usd = Field(
        default=0.0, description="Refundable deposits and amounts owed to customers [USD]"
    )
    lease_liabilities_usd: Usd = Field(default=0.0, description="As leases.liability_usd [USD]")
    loans_usd: Usd = Field(default=0.0, description="Face of delayed-draw loans [USD]")
    notes_usd: Usd = Field(default=0.0, description="Face of notes [USD]")
    convertibles_usd: Usd = Field(default=0.0, description="Face of convertibles [USD]")
    revolver_usd: Usd = Field(default=0.0, description="Face of the revolver [USD]")
    vendor_debt_usd: Usd = Field(default=0.0, description="Face of vendor finance [USD]")
    finance_leases_usd: Usd = Field(default=0.0, description="Face of finance leases [USD]")
    debt_discount_usd: Usd = Field(
        default=0.0, description="Unamortised, taken off the face of debt [USD]"
    )
    deferred_tax_usd: SignedUsd = Field(
        default=0.0, description="Net deferred tax liability; an asset is negative [USD]"
    )
    other_liabilities_usd: SignedUsd = Field(default=0.0, description="Other [USD]")
    paid_in_capital_usd: SignedUsd = Field(
        default=0.0, description="Paid-in capital and other equity but the deficit [USD]"
    )
    accumulated_deficit_usd: SignedUsd = Field(
        default=0.0, description="A deficit is positive, retained earnings negative [USD]"
    )


ASSET_LINES = (
    "cash_usd",
    "restricted_cash_usd",
    "marketable_securities_usd",
    "receivables_usd",
    "prepaid_and_other_current_usd",
    "supplier_deposits_usd",
    "construction_in_progress_usd",
    "servers_gross_usd",
    "infrastructure_gross_usd",
    "other_equipment_gross_usd",
    "intangibles_gross_usd",
    "goodwill_usd",
    "lease_assets_usd",
    "other_noncurrent_assets_usd",
)
CONTRA_ASSET_LINES = (
    "servers_accumulated_usd",
    "infrastructure_accumulated_usd",
    "other_equipment_accumulated_usd",
    "intangibles_accumulated_usd",
)
CONTRA_CLAIM_LINES = ("debt_discount_usd", "accumulated_deficit_usd")
CLAIM_LINES = tuple(
    line
    for line in Balance.model_fields
    if line not in ASSET_LINES + CONTRA_ASSET_LINES + CONTRA_CLAIM_LINES
)
"""Liabilities and equity."""


FACE_LINES: Final = {
    "delayed-draw": "loans_usd",
    "notes": "notes_usd",
    "convertible": "convertibles_usd",
    "revolver": "revolver_usd",
    "vendor": "vendor_debt_usd",
    "finance-lease": "finance_leases_usd",
}
"""Line of each kind of debt's face."""
EQUITY: Final = ("paid_in_capital_usd", "accumulated_deficit_usd")


def left_out(scenario: Scenario) -> Iterator[tuple[str, float, str]]:
    """Lines that the file leaves out and the rest of it decides: line, amount [USD], and why.

    A line that other tables spell out is their sum. Where neither line of equity is given, paid-in
    capital is what balances.
    """
    balance = scenario.balance
    told = balance.model_fields_set
    for line, what, amounts in _details(scenario):
        if line not in told and (summed := sum(map(cents_of, amounts))):
            usd = summed / CENTS_PER_USD
            balance = balance.model_copy(update={line: usd})
            yield line, usd, what
    if not told.intersection(EQUITY):
        assets = _total(balance, ASSET_LINES) - _total(balance, CONTRA_ASSET_LINES)
        rest = assets - _total(balance, CLAIM_LINES) + _total(balance, CONTRA_CLAIM_LINES)
        if rest:
            yield EQUITY[0], rest / CENTS_PER_USD, "what balances"


def ties(scenario: Scenario) -> Iterator[Problem]:
    """Where the opening balance sheet does not agree with itself or with the rest of the file."""
    balance = scenario.balance
    assets = _total(balance, ASSET_LINES) - _total(balance, CONTRA_ASSET_LINES)
    claims = _total(balance, CLAIM_LINES) - _total(balance, CONTRA_CLAIM_LINES)
    if assets != claims:
        yield Problem(
            ("balance",),
            f"assets of {_usd(assets)} and liabilities and equity of {_usd(claims)}, "
            f"difference {_usd(assets - claims)}",
            "assets = liabilities + equity, to the cent",
        )
    for line, what, amounts in _details(scenario):
        stated, summed = cents_of(getattr(balance, line)), sum(map(cents_of, amounts))
        if stated != summed:
            yield Problem(
                ("balance", line),
                f"{_usd(stated)}, but {what} is {_usd(summed)}, difference {_usd(stated - summed)}",
                f"{line} = {what}, to the cent",
            )


def _details(s: Scenario) -> Iterator[Detail]:
    """The lines that other tables spell out."""
    yield from _details_of_assets(s)
    yield from _details_of_debts(s)


def _details_of_assets(s: Scenario) -> Iterator[Detail]:
    hardware = [t.hardware for c in s.contracts.values() for t in c.tranches]
    invoices = [i.amount_usd for i in s.receivables.invoices]
    in_progress = [h.in_progress_usd for h in hardware]
    built = [b.spent_usd for site in s.sites.values() for _, _, b in buildings_of(site)]
    yield "receivables_usd", "the sum of receivables.invoices", invoices
    yield "supplier_deposits_usd", "the sum of deposit_usd", [h.deposit_usd for h in hardware]
    yield (
        "construction_in_progress_usd",
        "the sum of in_progress_usd and of spent_usd",
        [
            *in_progress,
            *built,
        ],
    )
    for category in ("servers", "infrastructure", "other-equipment", "intangibles"):
        own = [a for a in s.assets.values() if a.category == category]
        word = category.replace("-", "_")
        what = f"the sum over assets of category {category}"
        yield f"{word}_gross_usd", what, [a.gross_usd for a in own]
        yield f"{word}_accumulated_usd", what, [a.accumulated_usd for a in own]
    yield "lease_assets_usd", "leases.asset_usd", [s.leases.asset_usd]


def _details_of_debts(s: Scenario) -> Iterator[Detail]:
    openings = [(d.kind, d.opening) for d in s.debt.values() if d.opening]
    operating, capex = s.payables.operating, s.payables.capex
    yield "lease_liabilities_usd", "leases.liability_usd", [s.leases.liability_usd]
    what = "the sum of payables.operating"
    yield "payables_operating_usd", what, [b.amount_usd for b in operating]
    yield "payables_capex_usd", "the sum of payables.capex", [b.amount_usd for b in capex]
    yield (
        "deferred_revenue_usd",
        "the sum of the contracts' opening.deferred_revenue_usd",
        [c.opening.deferred_revenue_usd for c in s.contracts.values() if c.opening],
    )
    for kind, line in FACE_LINES.items():
        what = f"the sum of opening.principal_usd of {kind} debt"
        yield line, what, [o.principal_usd for k, o in openings if k == kind]
    what = "the sum of opening.discount_usd of debt"
    yield "debt_discount_usd", what, [o.discount_usd for _, o in openings]
    what = "the sum of opening.accrued_interest_usd of debt"
    yield "accrued_interest_usd", what, [o.accrued_interest_usd for _, o in openings]


def _total(balance: Balance, lines: tuple[str, ...]) -> int:
    return sum(cents_of(getattr(balance, line)) for line in lines)


def _usd(cents: int) -> str:
    return f"USD {cents / 100:,.2f}"
