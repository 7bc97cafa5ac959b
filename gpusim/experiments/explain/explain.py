"""A statement cell taken apart: account pairs, events, the rules behind them; sums to the cent."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final, NamedTuple

import numpy as np

from gpusim.economics.books.ledger import ACCOUNTS
from gpusim.economics.books.statements import BALANCE, LINES, line, terms
from gpusim.economics.core.agenda import PHASES, day_of_key, phase_of_key, subject_of_key
from gpusim.economics.core.state import Ints
from gpusim.experiments.explain.posting_rules import Rule, rules_of
from gpusim.experiments.explain.replay import (
    Replayed,
    calendar_of,
    check,
    refuse_missing,
    refuse_other,
    replay_run,
)
from gpusim.experiments.explain.shares import SHARED, Months, Share, shares_of
from gpusim.own_code import NOTHING, Named
from gpusim.results import periods as calendars
from gpusim.results.metrics import METRICS
from gpusim.results.periods import Calendar
from gpusim.results.stored.opened import NotARunError, Opened, nearest_of
from gpusim.scenario.naming import called
from gpusim.units_of_measure import date_of

ORIGINS: Final = {
    "revenue.recognise": ("START",),
    "book_charges.charge": ("FITTED",),
    "costs.lease_month": ("HANDOVER",),
    "site_costs.month_costs": ("HANDOVER", "ENERGISE"),
    "accruals.accrue_draw": ("PAY", "CLOSE"),
    "accruals.accrue_fee": ("CLOSE",),
    "revenue.sell_on_demand": ("FITTED", "END"),
    "month_end.accrue_interest": ("RAISE", "PAY"),
}
"""What starts that which a rule then charges month by month."""


class Pair(NamedTuple):
    """All postings of one pair of accounts."""

    debit: str
    credit: str
    postings: int
    amount: int  # on the line [cents]
    rules: tuple[Rule, ...]


class Part(NamedTuple):
    """What one event posted to one pair."""

    date: str
    event: str  # phase in lower case
    name: str  # of the event's subject
    text: str  # the event in words
    pair: str
    rule: str
    postings: int
    amount: int  # on the line [cents]


class Origin(NamedTuple):
    """An event that set going what a rule charges month by month."""

    rule: str
    date: str
    text: str
    size: int | None  # the money it is about [cents]


class Explained(NamedTuple):
    """A cell and what it is made of."""

    line: str
    period: str
    replication: int
    cell: int  # [cents]
    before: int | None  # a balance's opening [cents]; None: a flow
    pairs: list[Pair]
    parts: list[Part]
    origins: list[Origin]
    accounts: list[str]
    same_rules: bool
    shares: list[Share]  # of revenue and power: whose they are


def no_line(name: str) -> str:
    """Why something is not explained, and where else it is told."""
    if (metric := METRICS.get(name)) is not None:
        return (
            f"{name} is a metric, {metric.meaning}: it is worked out from balances and stocks and "
            f"has no entries of its own; `gpusim run MODEL --lines {name}` shows it by period, and "
            "explain takes the statement lines and covers apart that it rests on"
        )
    near = nearest_of(name, LINES)
    return f"{name} is not a statement line{near}; lines are the columns of statements.parquet"


def explain(
    run: Opened, name: str, period: str, replication: int = 0, named: Named = NOTHING
) -> Explained:
    """Take a cell apart, after checking that the whole line is what the folder has.

    named: code that the user allows, see `received`.

    Raises:
        NotARunError: there is no such line, period or replication, or the model has changed.
        RunError: played again, the line is not the stored one.
    """
    if name not in LINES:
        raise NotARunError(no_line(name))
    refuse_missing(run, replication)
    first, last = months_of(period, calendar_of(run))
    seen = Months(name, first, last)
    told = replay_run(run, replication, named, seen)
    check(told, name)
    state = told.state
    journal: Any = np.asarray(state.journal)[: int(state.clock[0].journal)].view(np.recarray)
    effect = effects(name, journal.debit, journal.credit, journal.amount)
    inside = (journal.month > first) & (journal.month <= last) & (effect != 0)
    series = line(state.ledger, name)
    balance = name in BALANCE
    before = int(series[first]) if balance else None
    cell = int(series[last]) if balance else int(series[first + 1 : last + 1].sum())
    pairs = paired(journal[inside], effect[inside])
    parts = parted(told, journal[inside], effect[inside])
    total = sum(pair.amount for pair in pairs)
    refuse_other(total + (before or 0), cell, f"the sum of {name} postings in {period}", told)
    return Explained(
        name,
        period,
        replication,
        cell,
        before,
        pairs,
        parts,
        origins(told, pairs, last),
        [f"{'+' if sign > 0 else '-'}{account}" for account, sign in terms(name)],
        told.same_rules,
        shares_of(state, told.names, seen, cell) if name in SHARED else [],
    )


def months_of(period: str, quarterly: Calendar) -> tuple[int, int]:
    """The month before a period and its last: a quarter, a month such as 2026-07, or a year.

    Raises:
        NotARunError: the run has no such period.
    """
    monthly = calendars.by_month(quarterly.as_of, quarterly.months, quarterly.year_ends)
    yearly = calendars.fiscal_years(quarterly.as_of, quarterly.months, quarterly.year_ends)
    for calendar in (quarterly, monthly, yearly):
        names = [n.upper() for n in calendar.names]
        wanted = period.upper().removeprefix("FY")
        if wanted in names:
            place = names.index(wanted)
            return calendar.bounds[place], calendar.bounds[place + 1]
    raise NotARunError(
        f"the run has no period {period}{nearest_of(period, quarterly.names)}; it has "
        f"{quarterly.names[0]} to {quarterly.names[-1]}, their months ({monthly.names[0]}) and "
        f"whole years"
    )


def effects(name: str, debit: Ints, credit: Ints, amount: Ints) -> Ints:
    """What each posting adds to a line [cents]."""
    signs = np.zeros(len(ACCOUNTS), np.int64)
    for account, sign in terms(name):
        signs[ACCOUNTS.index(account)] += sign
    return np.asarray(amount * (signs[debit] - signs[credit]))


def paired(journal: Any, effect: Ints) -> list[Pair]:
    """Postings by pair of accounts, the largest first."""
    found: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    for debit, credit, amount in zip(
        journal.debit.tolist(), journal.credit.tolist(), effect.tolist(), strict=True
    ):
        entry = found[debit, credit]
        entry[0] += 1
        entry[1] += amount
    pairs = [
        Pair(ACCOUNTS[d], ACCOUNTS[c], n, total, tuple(rules_of(ACCOUNTS[d], ACCOUNTS[c])))
        for (d, c), (n, total) in found.items()
    ]
    return sorted(pairs, key=lambda pair: (-abs(pair.amount), pair.debit, pair.credit))


def parted(told: Replayed, journal: Any, effect: Ints) -> list[Part]:
    """Postings by event and pair, the largest first."""
    said = {
        event.key: sentence.text
        for event, sentence in zip(told.trace.events, told.sentences, strict=True)
    }
    found: dict[tuple[int, int, int], list[int]] = defaultdict(lambda: [0, 0])
    for key, debit, credit, amount in zip(
        journal.key.tolist(),
        journal.debit.tolist(),
        journal.credit.tolist(),
        effect.tolist(),
        strict=True,
    ):
        entry = found[key, debit, credit]
        entry[0] += 1
        entry[1] += amount
    parts = []
    for (key, debit, credit), (count, total) in found.items():
        phase, subject = int(phase_of_key(key)), int(subject_of_key(key))
        pair = ACCOUNTS[debit], ACCOUNTS[credit]
        parts.append(
            Part(
                date_of(int(day_of_key(key))).isoformat(),
                PHASES[phase].lower(),
                called(told.names, phase, subject),
                said.get(key, ""),
                " / ".join(pair),
                ", ".join(rule.name for rule in rules_of(*pair)),
                count,
                total,
            )
        )
    return sorted(parts, key=lambda part: (-abs(part.amount), part.date, part.pair))


def origins(told: Replayed, pairs: list[Pair], last: int) -> list[Origin]:
    """The events that set going what the pairs' rules charge, up to the period's end."""
    until = int(told.book.spec.month_end[last])
    said = list(zip(told.trace.events, told.sentences, strict=True))
    found = []
    for rule in dict.fromkeys(rule.name for pair in pairs for rule in pair.rules):
        for event, sentence in said:
            if PHASES[event.phase] in ORIGINS.get(rule, ()) and event.day <= until:
                date = date_of(event.day).isoformat()
                found.append(Origin(rule, date, sentence.text, sentence.amount))
    return sorted(found, key=lambda origin: (-abs(origin.size or 0), origin.date))
