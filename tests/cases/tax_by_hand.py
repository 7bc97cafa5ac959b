"""Income tax written from docs/definitions.md, beside a run's own.

It takes income before tax, book depreciation, interest and additions from the run's statements, and
works out by itself what tax makes of them: nothing here calls the product's rules.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.cases.reading import table

MONTHS = [f"{2026 + m // 12}-{m % 12 + 1:02}" for m in range(6, 72)]
QUARTER_ENDS = ("03", "06", "09", "12")


class Terms(NamedTuple):
    """Those of the file."""

    rate: float = 0.25
    cap: float = 0.30  # of tax EBITDA
    loss_cap: float = 0.80
    bonus: float = 0.0
    life: int = 60  # [months]
    losses: float = 0.0  # [USD]
    disallowed: float = 0.0  # [USD]
    year_ends: int = 12  # last month of a fiscal year


class Taxed(NamedTuple):
    """By month [USD]."""

    paid: list[float]
    deferred: list[float]
    current: list[float]  # of the year so far


def line(name: str, model: str, *changes: str) -> list[float]:
    """A line of the monthly statements [USD]."""
    return [x / 100 for x in table("statements_monthly", model, *changes)[name]][: len(MONTHS)]


def by_hand(apart: dict[str, float], terms: Terms, model: str, *changes: str) -> Taxed:
    """Tax paid and deferred tax by month.

    apart: income of a month that tax has and the books have not [USD].
    """
    pretax = line("pretax_income", model, *changes)
    charged = line("depreciation_and_amortization", model, *changes)
    spent = line("interest_expense_debt", model, *changes)
    earned = line("interest_income", model, *changes)
    gross = line("ppe_gross", model, *changes)
    under_way = line("construction_in_progress", model, *changes)
    net = line("ppe_net", model, *changes)
    bought = line("intangibles_net", model, *changes)
    losses, disallowed, basis, ahead = terms.losses, terms.disallowed, 0.0, 0.0
    taxed_early, in_service = 0.0, 0.0
    added = [0.0] * len(MONTHS)
    paid, deferred, current = [], [], []
    year = [
        0.0,
        0.0,
        0.0,
    ]  # income before interest, depreciation and losses; depreciation; interest
    paid_this_year = 0.0
    for n, month in enumerate(MONTHS):
        added[n] = gross[n] - under_way[n] - in_service
        in_service += added[n]
        rest = 1.0 - terms.bonus
        deducted = terms.bonus * added[n]
        deducted += rest * sum(added[max(n - terms.life + 1, 0) : n + 1]) / terms.life
        basis += added[n] - deducted
        taxed_early += apart.get(month, 0.0)
        interest = spent[n] - earned[n]
        year[0] += pretax[n] + charged[n] + interest + apart.get(month, 0.0)
        year[1] += deducted
        year[2] += interest
        allowed = min(year[2] + disallowed, terms.cap * max(year[0], 0.0))
        income = year[0] - year[1] - allowed
        used = min(losses, terms.loss_cap * max(income, 0.0))
        tax = terms.rate * max(income - used, 0.0)
        left = losses - used + max(-income, 0.0)
        waits = disallowed + year[2] - allowed
        current.append(tax)
        difference = net[n] - under_way[n] + bought[n] - basis - left - waits - taxed_early
        deferred.append(terms.rate * max(difference, 0.0))
        due = max(tax - paid_this_year - ahead, 0.0) if month[5:] in QUARTER_ENDS else 0.0
        paid.append(due)
        paid_this_year += due
        if int(month[5:]) == terms.year_ends:
            ahead += paid_this_year - tax
            losses, disallowed, year, paid_this_year = left, waits, [0.0, 0.0, 0.0], 0.0
    return Taxed(paid, deferred, current)


def check(apart: dict[str, float], terms: Terms, model: str, *changes: str) -> dict[str, float]:
    """Compare every month with the run; returns tax paid in USD m by month."""
    found = [-x for x in line("cash_for_tax", model, *changes)]
    expected = by_hand(apart, terms, model, *changes)
    for n, month in enumerate(MONTHS):
        assert found[n] == pytest.approx(expected.paid[n], abs=2.0), month
    owed = line("deferred_tax", model, *changes)
    for n, month in enumerate(MONTHS):
        assert owed[n] == pytest.approx(expected.deferred[n], abs=2.0), month
    return {month: x / 1e6 for month, x in zip(MONTHS, found, strict=True)}


def check_booked(apart: dict[str, float], terms: Terms, model: str, *changes: str) -> None:
    """Compare current and deferred tax of every month with the run, whatever was paid when."""
    both = line("income_tax", model, *changes)
    later = line("noncash_tax", model, *changes)
    owed = line("deferred_tax", model, *changes)
    expected, so_far = by_hand(apart, terms, model, *changes), 0.0
    for n, month in enumerate(MONTHS):
        so_far = (
            both[n] - later[n] + (0.0 if int(month[5:]) == terms.year_ends % 12 + 1 else so_far)
        )
        assert so_far == pytest.approx(expected.current[n], abs=2.0), month
        assert owed[n] == pytest.approx(expected.deferred[n], abs=2.0), month


def level(amount: float, first: str, months: int) -> dict[str, float]:
    """An amount in equal parts over months."""
    start = MONTHS.index(first)
    return dict.fromkeys(MONTHS[start : start + months], amount / months)


def minus(parts: dict[str, float], since: str) -> dict[str, float]:
    """Credits from a month on as income the books have and tax had before."""
    return {month: -amount for month, amount in parts.items() if month >= since}
