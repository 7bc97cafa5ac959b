"""The sections of a credit memo about loans: what they are, and what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

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
    if others:
        left = [*[Cell(NONE)] * 3, Cell(show.show(others)), *[Cell(NONE)] * 4]
        rows.append(Row("Loans and notes closed in the run", left))
    rows.append(Row("All", [*(Cell(show.show(t)) for t in totals), *[Cell("")] * 4], True))
    notes = [
        f"{show.unit}, means over replications. Used: drawn at some time, what stood on the as-of "
        f"day among it; of a revolver what is drawn at the end. Committed: 0 where nothing can be "
        f"drawn in the run."
    ]
    return Section(DEBT, "Debt by facility", heads, rows, notes, TERMS)


def _terms(loan: Loan, opening: float, show: Quantity) -> list[Cell]:
    amounts = [loan.commitment, opening, loan.used, loan.owed]
    terms = loan.terms
    if terms is None:
        return [*(Cell(show.show(amount)) for amount in amounts), *[Cell(NONE)] * 4]
    words = (rate(terms), matures(terms), "yes" if loan.recourse else "no", repaid(terms))
    return [*(Cell(show.show(amount)) for amount in amounts), *(Cell(plain(w)) for w in words)]


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
    return f"{terms.law}{months}, {every}"


def default(memo: Memo) -> Section:
    """A row a loan that defaults in some replication: chance, what it was owed, what came back."""
    title, trials = "Default and recovery by loan", memo.run.manifest["replications"]
    heads = ["Facility", "Default", "Owed then", "Recovered"]
    if memo.downside is not None:
        heads += ["Downside: default", "Owed then", "Recovered"]
    if not memo.loans:
        return Section(DEFAULT, title, heads, [], [], frozenset())
    pairs = paired(memo.loans, memo.downside_loans)
    hit = [pair for pair in pairs if any(loan is not None and loan.defaults for loan in pair)]
    notes = _notes(memo, len(pairs) - len(hit), trials)
    show = quantity("USD", [loan.claim for pair in hit for loan in pair if loan is not None])
    rows = []
    for own, other in hit:
        both = (own, other) if memo.downside is not None else (own,)
        name = next(loan.name for loan in (own, other) if loan is not None)
        rows.append(labelled(name, [c for loan in both for c in _became(loan, show, trials)]))
    if rows:
        told = [loan.recovered for pair in hit for loan in pair if loan is not None]
        notes = [
            f"Chance with its 95% interval; {show.unit} owed and share recovered: means over the "
            f"replications in which the loan defaults, with the 95% interval.",
            *intervals.legend([one for one in told if one.how == intervals.FEW], trials),
            *(["alike: the same in each of them."] if _any_alike(told) else []),
            *notes,
        ]
    return Section(DEFAULT, title, heads, rows, notes)


def _any_alike(told: Sequence[Interval]) -> bool:
    return any(one.how == intervals.ALIKE for one in told)


def paired(base: Sequence[Loan], downside: Sequence[Loan]) -> list[tuple[Loan | None, Loan | None]]:
    """Loans of both runs by name; of new loans together one of them may have none."""
    of_base, of_other = ({loan.name: loan for loan in loans} for loans in (base, downside))
    names = dict.fromkeys([*of_base, *of_other])
    return [(of_base.get(name), of_other.get(name)) for name in names]


def _became(loan: Loan | None, show: Quantity, trials: int) -> list[Cell]:
    percent = quantity("share", [])
    if loan is None or not loan.defaults:
        high = intervals.wilson(0, trials)[1]
        return [Cell("0.0%", f"0.0% to {high:.1%}"), Cell(NONE), Cell(NONE)]
    return [
        of_interval(loan.default, percent),
        Cell(show.show(loan.claim)),
        of_interval(loan.recovered, percent),
    ]


def _notes(memo: Memo, without: int, trials: int) -> list[str]:
    if no_default(memo.run):
        without -= sum(loan.recourse and not loan.defaults for loan in memo.loans)
    notes = []
    if without > 0:
        high = intervals.wilson(0, trials)[1]
        also = ", base or downside" if memo.downside is not None else ""
        whose = counted(without, "loan")
        verb = "does" if without == 1 else "do"
        notes.append(
            f"{whose} {verb} not default in any of {counted(trials, 'replication')}{also}: the "
            f"chance of each is at most {high:.1%} (95% interval from 0%)."
        )
    text = "A loan defaults where the firm ends while it is owed, or its lender takes the hardware."
    if no_default(memo.run):
        text += (
            " In this model no firm ends, however long it does not pay "
            "(operator.default_after_months is 0): of loans with recourse it was not asked."
        )
    return [*notes, text]
