"""All that a credit memo tells of a run, and of a downside beside it."""

from __future__ import annotations

from typing import Final, NamedTuple

from gpusim.results.credit.by_date import ByDate, by_date
from gpusim.results.credit.capital import Capital, capital
from gpusim.results.credit.downside import Compared, compared, untold
from gpusim.results.credit.loans import Loan, loans, owed_by_others
from gpusim.results.stored.opened import RUN, NotARunError, Opened

MOST_DATES: Final = 6
"""Dates that a page has room for."""


class Memo(NamedTuple):
    """The parts of a credit memo."""

    run: Opened
    downside: Opened | None
    capital: Capital
    loans: list[Loan]
    owed_by_others: float  # mean [USD], see `loans`
    by_date: ByDate
    figures: list[Compared]
    untold: int  # covenants whose chance of a breach is not among the figures
    downside_loans: list[Loan]  # none where there is no downside


def of_run(run: Opened, downside: Opened | None = None) -> Memo:
    """The memo of a run's folder.

    Raises:
        NotARunError: it is no run, or the downside is not one of it.
    """
    for one in (run, downside):
        if one is not None and (one.path.is_file() or one.kind != RUN):
            what = f"the folder of a {one.kind}" if one.path.is_dir() else "a file"
            raise NotARunError(f"{one.path} is {what}; a credit memo is made of a run")
    figures = compared(run, downside)
    return Memo(
        run,
        downside,
        capital(run),
        loans(run),
        owed_by_others(run),
        by_date(run, MOST_DATES),
        figures,
        untold(run),
        loans(downside) if downside is not None else [],
    )
