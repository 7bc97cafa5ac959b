"""Figures of a whole replication that lenders ask for, and owners: cover, headroom, returns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from gpusim.appraisal.view.hurdle import HURDLE
from gpusim.economics.books import measures
from gpusim.economics.books.statements import line
from gpusim.economics.core.state import Floats, Ints
from gpusim.results.formulas import loans
from gpusim.results.metric import NO_RESALE, Better
from gpusim.results.replications.outcome import NOTHING_PUT_IN, Ended, Outcome
from gpusim.results.verdict import equity
from gpusim.results.verdict.equity import Equity

HIGHER, LOWER = Better.HIGHER, Better.LOWER


def _whole_cents(amount: Floats) -> Ints | Floats:
    """Rounded [cents]; NaN stays."""
    whole = np.rint(amount)
    return whole if np.isnan(whole).any() else whole.astype(np.int64)


def _of_equity(own: Equity, figure: Callable[[Equity], Floats]) -> Floats:
    """A figure where there is something that a return is on; NaN elsewhere [replications]."""
    there = own.has_return
    found = np.full(len(there), np.nan)
    if there.any():
        found[there] = figure(own.where(there))
    return found


def _at_resale(end: Ended, amount: Ints | Floats) -> Ints | Floats:
    """The same where the model says what used GPUs fetch; NaN elsewhere [replications]."""
    resold = end.panel.resold
    return amount if resold.all() else np.where(resold, amount.astype(np.float64), np.nan)


def _returns(
    name: str, words: str, of: Callable[[Ended], Equity], *reasons: str
) -> tuple[Outcome, ...]:
    """Value at the end, multiple, rate of return and net present value.

    name: what ends theirs; reasons: why there may be none of them at this value.
    """

    def where_known(end: Ended, figures: Ints | Floats) -> Ints | Floats:
        return _at_resale(end, figures) if NO_RESALE in reasons else figures

    def of_put_in(figure: Callable[[Equity], Floats]) -> Callable[[Ended], Floats]:
        return lambda end: np.asarray(where_known(end, _of_equity(of(end), figure)), np.float64)

    return (
        Outcome(
            f"equity_value{name}",
            "USD",
            f"equity at the end, {words}",
            HIGHER,
            lambda end: where_known(end, of(end).value),
            reasons,
        ),
        Outcome(
            f"equity_multiple{name}",
            "ratio",
            f"equity at the end over what shareholders put in, {words}",
            HIGHER,
            of_put_in(lambda own: own.multiple),
            (NOTHING_PUT_IN, *reasons),
        ),
        Outcome(
            f"equity_irr{name}",
            "share",
            f"yearly rate at which what was put in grows to it, {words}",
            HIGHER,
            of_put_in(lambda own: own.irr),
            (NOTHING_PUT_IN, *reasons),
        ),
        Outcome(
            f"equity_npv{name}",
            "USD",
            "worth on the as-of day of equity at the end less that of what shareholders put in, "
            f"both at {HURDLE:.0%} a year, {words}",
            HIGHER,
            lambda end: _whole_cents(of_put_in(lambda own: own.npv(HURDLE))(end)),
            (NOTHING_PUT_IN, *reasons),
        ),
    )


OF_LENDERS: Final = (
    Outcome(
        "dscr_lowest",
        "ratio",
        "lowest DSCR at a quarter's end, from the first test of a cover covenant on until the firm "
        "ends",
        HIGHER,
        lambda end: loans.lowest(end.covers),
        ("no cover was tested",),
    ),
    Outcome(
        "headroom_lowest",
        "share",
        "least headroom of all tests of all covenants; an end that counts as a breach is -1",
        HIGHER,
        lambda end: loans.lowest(end.headrooms),
        ("not tested",),
    ),
)
OF_OWNERS: Final = (
    Outcome(
        "resale_ending",
        "USD",
        "what GPUs in service at the end would fetch",
        HIGHER,
        lambda end: _at_resale(end, end.last(measures.RESALE_VALUE)),
        (NO_RESALE,),
    ),
    Outcome(
        "resale_less_debt",
        "USD",
        "what GPUs in service at the end would fetch less the face of all debt at the end",
        HIGHER,
        lambda end: _at_resale(
            end, end.last(measures.RESALE_VALUE) - line(end.panel.ledger, "debt_principal")[:, -1]
        ),
        (NO_RESALE,),
    ),
    *_returns("", "at book value", lambda end: end.equity),
    *_returns(
        "_resale",
        "GPUs in service at what they would fetch and buildings at market value",
        lambda end: end.equity_at_resale,
        NO_RESALE,
    ),
    Outcome(
        "equity_payback",
        "years",
        "until equity, GPUs in service at what they would fetch, is for good no less than put in",
        LOWER,
        lambda end: _at_resale(
            end, np.where(end.equity.has_return, equity.payback(end.panel), np.nan)
        ),
        ("not paid back by the end", NOTHING_PUT_IN, NO_RESALE),
        worst_undefined=True,
    ),
)
