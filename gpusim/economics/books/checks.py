"""The books against themselves: what must be zero in every month of every run, to the cent.

Each check compares two records that different rules keep, so a rule that forgets one of them shows.
Arrays have any leading axes (replications); the last axis is months, column 0 the as-of month.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gpusim.economics.books import measures
from gpusim.economics.books.ledger import ACCOUNTS
from gpusim.economics.books.statements import DEBT, GROSS, INDIRECT, line
from gpusim.economics.core import state
from gpusim.economics.core.state import Ints

LOSSES = (state.CANCELLED, state.DEFAULTED, state.EXPIRED)
BALANCE_MOVES = (
    (state.OPENING, 1),
    (state.SIGNED, 1),
    (state.ACCRETION, 1),
    (state.REPRICED, 1),
    (state.RECOGNISED, -1),
    (state.CANCELLED, -1),
    (state.DEFAULTED, -1),
    (state.EXPIRED, -1),
)
"""Movements that make a vintage's balance, with their sign."""


class Breach(NamedTuple):
    """A check that failed: by how much [cents, GPUs or W], and in which month."""

    check: str
    month: int
    residual: int


def backlog_balance(moves: Ints) -> Ints:
    """Backlog of each vintage at each month's end [..., vintages, months] [cents].

    moves [..., vintages, moves, months], over all causes.
    """
    moved = np.zeros((*moves.shape[:-2], moves.shape[-1]), np.int64)
    for move, sign in BALANCE_MOVES:
        moved += sign * moves[..., move, :]
    return np.cumsum(moved, axis=-1)


def residual_series(ledger: Ints, stocks: Ints, backlog: Ints) -> dict[str, Ints]:
    """Every check as what is left over in each month [..., months]; all zero when books tie.

    ledger [..., accounts, months]; stocks [..., measures, months]; backlog [..., vintages, moves,
    causes + 1, months].
    """
    return residuals_of_moves(ledger, stocks, backlog.sum(axis=-2))


def residuals_of_moves(ledger: Ints, stocks: Ints, moves: Ints) -> dict[str, Ints]:
    """The same for a backlog over all causes: moves [..., vintages, moves, months]."""

    def stock(measure: int) -> Ints:
        return stocks[..., measure, :]

    def moved(*accounts: str) -> Ints:
        rows = ledger[..., [ACCOUNTS.index(name) for name in accounts], :]
        return _after(rows.sum(axis=-2))

    def flow(name: str) -> Ints:
        return _after(line(ledger, name))

    vintages = backlog_balance(moves)
    recognised, let = moves[..., state.RECOGNISED, :].sum(axis=-2), stock(measures.LET_MICROWATTS)
    balance_sheet = (
        line(ledger, "total_assets") - line(ledger, "total_liabilities") - line(ledger, "equity")
    )
    all_cash = line(ledger, "cash") + line(ledger, "restricted_cash")
    debt_moved = (
        stock(measures.DEBT_DRAWN) + stock(measures.DEBT_NONCASH) - stock(measures.DEBT_REPAID)
    )
    accrued, in_service = stock(measures.CAPEX_ACCRUED), stock(measures.CAPEX_IN_SERVICE)
    return {
        "trial balance": ledger.sum(axis=-2),
        "balance sheet": balance_sheet,
        "cash flow": _change(all_cash)
        - flow("operating_cash_flow")
        - flow("investing_cash_flow")
        - flow("financing_cash_flow"),
        "indirect cash flow": sum(flow(name) for name in INDIRECT) - flow("operating_cash_flow"),
        "backlog": vintages.sum(axis=-2) - stock(measures.BACKLOG),
        "backlog of a vintage": np.minimum(vintages, 0).min(axis=-2),
        "committed revenue": _after(recognised) - flow("revenue_committed"),
        "debt accounts": -moved(*DEBT) - _after(debt_moved),
        "debt principal": _change(stock(measures.DEBT_PRINCIPAL)) - _after(debt_moved),
        "debt balance": line(ledger, "debt_principal") - stock(measures.DEBT_PRINCIPAL),
        "construction in progress": moved("construction_in_progress")
        - _after(accrued - in_service),
        "gross plant": moved(*GROSS) - _after(in_service - stock(measures.RETIRED_COST)),
        "GPUs in service": _change(stock(measures.GPUS_IN_SERVICE))
        - _after(
            stock(measures.GPUS_ADDED) - stock(measures.GPUS_RETIRED) - stock(measures.GPUS_FAILED)
        ),
        "active microwatts": _change(stock(measures.ACTIVE_MICROWATTS) - let)
        - _after(stock(measures.MICROWATTS_ADDED) - stock(measures.MICROWATTS_RETIRED)),
        "powered microwatts": _change(stock(measures.POWERED_MICROWATTS))
        - _after(stock(measures.ENERGISED_MICROWATTS)),
    }


def residuals(ledger: Ints, stocks: Ints, backlog: Ints) -> dict[str, int]:
    """Largest absolute residual of every check [cents, GPUs or W]."""
    series = residual_series(ledger, stocks, backlog)
    return {name: int(np.abs(left).max(initial=0)) for name, left in series.items()}


def first_breach(ledger: Ints, stocks: Ints, backlog: Ints) -> Breach | None:
    """The first check of one replication that does not tie; None when all do."""
    (breach,) = breaches(ledger[None], stocks[None], backlog.sum(axis=-2)[None])
    return breach


def breaches(ledger: Ints, stocks: Ints, moves: Ints) -> list[Breach | None]:
    """The first check that does not tie, of each replication; None where all do.

    ledger [replications, accounts, months]; stocks [replications, measures, months]; moves
    [replications, vintages, moves, months], over all causes.
    """
    found: list[Breach | None] = [None] * len(ledger)
    for name, left in residuals_of_moves(ledger, stocks, moves).items():
        for n in np.flatnonzero(left.any(axis=-1)).tolist():
            month = int(np.flatnonzero(left[n])[0])
            found[n] = found[n] or Breach(name, month, int(left[n, month]))
    return found


def _change(balance: Ints) -> Ints:
    """Month on month change; zero in the as-of month."""
    return np.diff(balance, axis=-1, prepend=balance[..., :1])


def _after(flow: Ints) -> Ints:
    """A flow without the as-of month, whose column holds opening balances."""
    kept = flow.copy()
    kept[..., 0] = 0
    return kept
