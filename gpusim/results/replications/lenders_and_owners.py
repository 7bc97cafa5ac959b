"""Figures of a whole replication that lenders ask for, and owners: cover, headroom, returns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from gpusim.appraisal.view.hurdle import HURDLE
from gpusim.economics.books import measures
from gpusim.economics.books.statements import line
from gpusim.economics.core.state import Floats, Ints
from gpusim.results.formulas import lenders
from gpusim.results.metric import Better
from gpusim.results.replications.outcome import Ended, Outcome
from gpusim.results.verdict import equity
from gpusim.results.verdict.equity import Equity

HIGHER, LOWER = Better.HIGHER, Better.LOWER


def _whole_cents(amount: Floats) -> Ints:
    return np.rint(amount).astype(np.int64)


def _of_equity(own: Equity, figure: Callable[[Equity], Floats]) -> Floats:
    """A figure where shareholders have put something in; NaN elsewhere [replications]."""
    told = own.told
    found = np.full(len(told), np.nan)
    if told.any():
        found[told] = figure(own.where(told))
    return found


def _returns(name: str, words: str, of: Callable[[Ended], Equity]) -> tuple[Outcome, ...]:
    """Value at the end, multiple, rate of return and net present value; name: what ends theirs."""
    nobody = "nobody has put anything in"
    return (
        Outcome(
            f"equity_value{name}",
            "USD",
            f"equity at the end, {words}",
            HIGHER,
            lambda end: of(end).value,
        ),
        Outcome(
            f"equity_multiple{name}",
            "ratio",
            f"equity at the end over what shareholders put in, {words}",
            HIGHER,
            lambda end: _of_equity(of(end), lambda own: own.multiple),
            nobody,
        ),
        Outcome(
            f"equity_irr{name}",
            "share",
            f"yearly rate at which what was put in grows to it, {words}",
            HIGHER,
            lambda end: _of_equity(of(end), lambda own: own.irr),
            nobody,
        ),
        Outcome(
            f"equity_npv{name}",
            "USD",
            f"its worth on the as-of day less that of what was put in, at 10% a year, {words}",
            HIGHER,
            lambda end: _whole_cents(of(end).npv(HURDLE)),
        ),
    )


OF_LENDERS: Final = (
    Outcome(
        "dscr_lowest",
        "ratio",
        "lowest DSCR at a quarter's end, from the first test of a cover covenant on",
        HIGHER,
        lambda end: lenders.lowest(end.covers),
        "no cover was tested",
    ),
    Outcome(
        "headroom_lowest",
        "share",
        "least headroom of all tests of all covenants",
        HIGHER,
        lambda end: lenders.lowest(end.headrooms),
        "not tested",
    ),
)
OF_OWNERS: Final = (
    Outcome(
        "resale_ending",
        "USD",
        "what GPUs in service at the end would fetch",
        HIGHER,
        lambda end: end.last(measures.RESALE_VALUE),
    ),
    Outcome(
        "resale_less_debt",
        "USD",
        "that less the face of all debt at the end",
        HIGHER,
        lambda end: (
            end.last(measures.RESALE_VALUE) - line(end.panel.ledger, "debt_principal")[:, -1]
        ),
    ),
    *_returns("", "at book value", lambda end: end.equity),
    *_returns(
        "_resale", "GPUs in service at what they would fetch", lambda end: end.equity_at_resale
    ),
    Outcome(
        "equity_payback",
        "years",
        "until equity, GPUs in service at what they would fetch, is for good no less than put in",
        LOWER,
        lambda end: equity.payback(end.panel),
        "not paid back by the end",
    ),
)
