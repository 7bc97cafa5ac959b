"""The sections of a credit memo about loans: what they are, and what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from gpusim.economics.core.state import Ints
from gpusim.reports.credit.cells import NONE, Cell, Row, Section, labelled, of_interval, plain
from gpusim.reports.layout import counted
from gpusim.reports.pages.headline import no_default
from gpusim.reports.quantity import Quantity, quantity
from gpusim.results import intervals
from gpusim.results.credit.loans import Loan, Terms
from gpusim.results.credit.memo import Memo
from gpusim.results.intervals import Interval
from gpusim.results.payload import NEW_LOANS

EVERY: Final = {1: "monthly", 3: "quarterly", 6: "half-yearly", 12: "yearly"}
DEBT, DEFAULT = "debt", "default"
NOT_ASKED: Final = "not asked"
TERMS: Final = frozenset((4, 5, 6, 7))
"""Columns of the table of debt that hold words."""


def debt(memo: Memo) -> Section:
    """A row a loan: what it is committed to, drawn and owed, and on which terms."""
    heads = ["Facility", "Committed", "As-of day", "Used", "Owed at end"]
    heads += ["Rate", "Matures", "Recourse", "Repaid"]
    named = [loan for loan in memo.loans if loan.name != NEW_LOANS]
    if not named and not memo.owed_by_others:
        return Section(DEBT, "Debt by facility", heads, [], ["The model has no loan."], TERMS)
    opening = [0.0 if loan.terms is None else loan.terms.opening for loan in named]
    every = [
        amount
        for loan, first in zip(named, opening, strict=True)
        for amount in (loan.commitment, first, loan.used, loan.owed)
    ]
    others = memo.owed_by_others
    show = quantity("USD", [*every, others])
    rows = [
        labelled(loan.name, _terms(loan, first, show))
        for loan, first in zip(named, opening, strict=True)
    ]
    totals = [sum(every[place::4]) for place in range(4)]
    totals[3] += others
    whole = [Cell(""), *(Cell(show.show(total)) for total in totals[1:]), *[Cell("")] * 4]
    if others:
        left = [*[Cell(NONE)] * 3, Cell(show.show(others)), *[Cell(NONE)] * 4]
        rows.append(Row("Loans and notes closed in the run", left))
        whole[2] = Cell(NONE)  # what those have used is not known
    rows.append(Row("All", whole, strong=True))
    notes = [
        f"{show.unit}, means over replications. Used: drawn at some time, what stood on the as-of "
        f"day among it; of a revolver what is drawn at the end. Committed: a dash where nothing "
        f"can be drawn in the run."
    ]
    if any(loan.cover is not None for loan in named):
        notes.append(
            "Covered: planned contract cash over the instalments that repay each draw over its "
            "term, at least the cover that was agreed; median and 80% band."
        )
    return Section(DEBT, "Debt by facility", heads, rows, notes, TERMS)


def _terms(loan: Loan, opening: float, show: Quantity) -> list[Cell]:
    committed = Cell(show.show(loan.commitment) if loan.commitment else NONE)
    amounts = [Cell(show.show(amount)) for amount in (opening, loan.used, loan.owed)]
    terms = loan.terms
    if terms is None:
        return [committed, *amounts, *[Cell(NONE)] * 4]
    how = repaid(terms)
    if loan.cover is not None:
        how += f", covered {loan.cover.p50:.2f}x ({loan.cover.p10:.2f} to {loan.cover.p90:.2f})"
    words = (rate(terms), matures(terms), "yes" if loan.recourse else "no", how)
    return [committed, *amounts, *(Cell(plain(word)) for word in words)]


def rate(terms: Terms) -> str:
    """Base and margin.

    >>> rate(Terms("vendor", "fixed", (0.095, 0.095), None, None, 0, 1, 0.0))
    '9.50% fixed'
    >>> rate(Terms("programme", "SOFR", (0.04, 0.0425), None, "level", 60, 3, 0.0))
    'SOFR + 4.00 to 4.25%'
    """
    low, high = terms.margins
    margin = f"{low:.2%}" if low == high else f"{100 * low:.2f} to {high:.2%}"
    return f"{margin} fixed" if terms.base == "fixed" else f"{terms.base} + {margin}"


def matures(terms: Terms) -> str:
    """The last payment date."""
    return "by draw" if terms.matures is None else str(terms.matures)


def repaid(terms: Terms) -> str:
    """How a loan is repaid: what stood on the as-of day by its schedule, draws by a law."""
    every = EVERY.get(terms.every_months, "")
    if terms.kind == "revolver":
        return "revolving"
    if terms.law is None:
        return f"schedule, {every}" if terms.opening else "at maturity"
    months = f", {terms.months} months" if terms.law != "bullet" else ""
    if terms.opening:
        return f"schedule; draws {terms.law}{months}"
    return f"{terms.law}{months}, {every}"


def default(memo: Memo) -> list[Section]:
    """A row a loan that defaults in some replication: chance, what it was owed, what came back.

    No section where no run has a loan.
    """
    trials, sets = memo.run.manifest["replications"], memo.run.sets()
    heads = ["Facility", "Default", "Owed then", "Recovered"]
    if memo.downside is not None:
        heads += ["Downside: default", "Owed then", "Recovered"]
    pairs = [_asked(pair, memo) for pair in paired(memo.loans, memo.downside_loans)]
    if not pairs:
        return []
    hit = [pair for pair in pairs if any(_defaults(loan) for loan in pair)]
    told = [loan for pair in hit for loan in pair if isinstance(loan, Loan) and loan.defaults]
    show = quantity("USD", [loan.claim for loan in told])
    rows = [
        labelled(_name(pair), [cell for loan in pair for cell in _became(loan, show, trials, sets)])
        for pair in hit
    ]
    notes = _notes(memo, [pair for pair in pairs if pair not in hit], trials)
    if rows:
        back = [loan.recovered for loan in told]
        notes = [
            f"Chance with its 95% interval; {show.unit} owed and share recovered: means over the "
            f"replications in which the loan defaults, with the 95% interval.",
            *intervals.legend([one for one in back if one.how == intervals.FEW], trials),
            *(["alike: the same in each of them."] if _any_alike(back) else []),
            *notes,
        ]
    return [Section(DEFAULT, "Default and recovery by loan", heads, rows, notes)]


class NotAsked(NamedTuple):
    """A loan with recourse of a model in which no firm ends."""

    name: str


Asked: TypeAlias = Loan | NotAsked | None
"""None: the run has no loan of that name."""


def _asked(pair: tuple[Loan | None, Loan | None], memo: Memo) -> list[Asked]:
    """A loan of the base, and of the downside if there is one."""
    runs = (memo.run, memo.downside)
    return [
        NotAsked(loan.name)
        if loan is not None and loan.recourse and not loan.defaults and no_default(run)
        else loan
        for loan, run in zip(pair, runs, strict=True)
        if run is not None
    ]


def _defaults(loan: Asked) -> bool:
    return isinstance(loan, Loan) and loan.defaults > 0


def _name(pair: Sequence[Asked]) -> str:
    return next(loan.name for loan in pair if loan is not None)


def _any_alike(told: Sequence[Interval]) -> bool:
    return any(one.how == intervals.ALIKE for one in told)


def paired(base: Sequence[Loan], downside: Sequence[Loan]) -> list[tuple[Loan | None, Loan | None]]:
    """Loans of both runs by name; of new loans together one of them may have none."""
    of_base, of_other = ({loan.name: loan for loan in loans} for loans in (base, downside))
    names = dict.fromkeys([*of_base, *of_other])
    return [(of_base.get(name), of_other.get(name)) for name in names]


def _became(loan: Asked, show: Quantity, trials: int, sets: Ints | None) -> list[Cell]:
    percent = quantity("share", [])
    if isinstance(loan, NotAsked):
        return [Cell(NOT_ASKED), Cell(NONE), Cell(NONE)]
    if loan is None or not loan.defaults:
        high = intervals.of_chance(np.zeros(trials), sets)[1]
        return [Cell("0.0%", f"0.0% to {high:.1%}"), Cell(NONE), Cell(NONE)]
    return [
        of_interval(loan.default, percent, trials),
        Cell(show.show(loan.claim)),
        of_interval(loan.recovered, percent, loan.defaults),
    ]


def _notes(memo: Memo, rest: Sequence[Sequence[Asked]], trials: int) -> list[str]:
    """Of loans that default in no replication, by the runs in which it was asked; what it means."""
    runs = ("base", "downside")[: 1 if memo.downside is None else 2]
    high = intervals.of_chance(np.zeros(trials), memo.run.sets())[1]
    groups: dict[tuple[str, ...], int] = {}
    for pair in rest:
        where = tuple(
            name for name, loan in zip(runs, pair, strict=True) if not isinstance(loan, NotAsked)
        )
        groups[where] = groups.get(where, 0) + 1
    notes = [
        f"{counted(count, 'loan')} {'does' if count == 1 else 'do'} not default in any of "
        f"{counted(trials, 'replication')}{', ' + ' or '.join(where) if len(runs) > 1 else ''}: "
        f"the chance of each is at most {high:.1%} (95% interval from 0%)."
        for where, count in groups.items()
        if where
    ]
    text = "A loan defaults where the firm ends while it is owed, or its lender takes the hardware."
    return [*notes, " ".join([text, *not_asked(memo, "of loans with recourse")])]


def not_asked(memo: Memo, what: str = "") -> list[str]:
    """A sentence where a model, of base or downside, lets no firm end; what: of what it is."""
    runs = {"base": memo.run, "downside": memo.downside}
    there = {name: run for name, run in runs.items() if run is not None}
    without = [name for name, run in there.items() if no_default(run)]
    if not without:
        return []
    where = f", {without[0]}" if len(without) < len(there) else ""
    of = f", {what}" if what else ""
    return [
        f"Not asked{of}{where}: the model has no end of the firm "
        f"(operator.default_after_months is 0)."
    ]
