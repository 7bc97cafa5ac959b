"""What became of each contract of a run: signed, recognised, invoiced, collected, lost and why.

A row a contract the scenario names, one of all that were signed in the run, renewals among them,
and one of what no contract is behind: hours sold on demand and receivables of the opening books.
Their sums are revenue and collections of the statements, and the backlog's movements, to the cent.

Imported by workers: numpy only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from gpusim.economics.books.ledger import REVENUE_ON_DEMAND
from gpusim.economics.core.calendar import HOURS_PER_DAY
from gpusim.economics.core.state import (
    ACCRETION,
    CANCELLED,
    CAUSES,
    CONTRACTS,
    CUSTOMERS,
    DEFAULTED,
    EXPIRED,
    INVOICES,
    NEVER,
    NONE,
    OPENING,
    RECOGNISED,
    REPRICED,
    SETTLED,
    SIGNED,
    TRANCHES,
    Ints,
    State,
    World,
)

if TYPE_CHECKING:
    from gpusim.scenario.spec import Names

LOST_BY: Final = tuple(f"lost_{cause.replace('-', '_')}" for cause in (*CAUSES, "else"))
"""Lost to each cause of lateness, and to none of them: months of a put that nobody used."""
AMOUNTS: Final = (
    "signed",
    "repriced",
    "accreted",
    "recognised",
    "recharged",
    *LOST_BY,
    "backlog",
    "invoiced",
    "collected",
    "written_off",
)
"""In cents. signed: what the opening backlog has of it included; recognised: revenue out of the
backlog, and on demand of no contract; recharged: revenue of power that its tenant pays for at cost,
which is in no backlog; lost: cancelled, defaulted and expired; backlog: what is left at the end;
invoiced: prepayments too; written_off: of what was invoiced."""
DAYS: Final = ("first_billing", "customer_failed")
COLUMNS: Final = (*AMOUNTS, "gpu_hours", "days_late", *DAYS)
"""gpu_hours: reserved and billed. days_late: from the first planned start to the first billing;
NEVER where none has billed, or the first bill was written by the as-of day, of which the run knows
no plan. Days: NEVER where there is none, and in rows of no one contract."""
KEYS: Final = ("contract",)
WIDTH: Final = len(KEYS) + len(COLUMNS)
SIGNED_LATER, NO_CONTRACT = -1, -2
UNNAMED: Final = {SIGNED_LATER: "new contracts", NO_CONTRACT: "no contract"}
"""What the rows are called that are of no contract of the scenario."""


def realise(s: State, world: World, names: Names) -> Ints:
    """What became of each contract in a finished run [contracts and two more, WIDTH]."""
    signed = int(s.count[CONTRACTS])
    each = np.zeros((signed, len(COLUMNS)), np.int64)
    _backlog(s, each)
    nobody = _invoices(s, each)
    _use(s, int(world.month_end[0]), each)
    named = min(len(names.contracts), signed)
    rows = np.concatenate([each[:named], each[named:].sum(axis=0, keepdims=True), nobody[None]])
    last = (COLUMNS.index("days_late"), *(COLUMNS.index(day) for day in DAYS))
    rows[:, last] = NEVER
    keys = np.array([*range(named), SIGNED_LATER, NO_CONTRACT], np.int64)
    rows[:named, last] = _days(s, world, named)
    found: Ints = np.concatenate([keys[:, None], rows], axis=1)
    return found


def _of(name: str) -> int:
    return COLUMNS.index(name)


def _backlog(s: State, each: Ints) -> None:
    """What moved of each contract's backlog, into its columns."""
    moves = s.contract_moves[: len(each)]
    total = moves.sum(axis=2)
    lost = moves[:, [CANCELLED, DEFAULTED, EXPIRED]].sum(axis=1)
    each[:, _of("signed")] = total[:, OPENING] + total[:, SIGNED]
    each[:, _of("repriced")] = total[:, REPRICED]
    each[:, _of("accreted")] = total[:, ACCRETION]
    each[:, _of("recognised")] = total[:, RECOGNISED]
    each[:, _of("recharged")] = s.earned[: len(each)].sum(axis=1) - total[:, RECOGNISED]
    first = _of(LOST_BY[0])
    each[:, first : first + len(LOST_BY)] = lost
    added = total[:, OPENING] + total[:, SIGNED] + total[:, REPRICED] + total[:, ACCRETION]
    each[:, _of("backlog")] = added - total[:, RECOGNISED] - lost.sum(axis=1)


def _invoices(s: State, each: Ints) -> Ints:
    """What was invoiced and paid of each contract, into its columns; the row of no contract."""
    nobody = np.zeros(len(COLUMNS), np.int64)
    bills = np.asarray(s.invoices)[: int(s.count[INVOICES])]
    over, never = bills["status"] == SETTLED, bills["due"] >= NEVER
    of_nobody = bills["contract"] == NONE
    parts = {"invoiced": ~of_nobody, "collected": over & ~never, "written_off": over & never}
    for name, part in parts.items():
        own = part & ~of_nobody
        np.add.at(each[:, _of(name)], bills["contract"][own], bills["amount"][own])
        nobody[_of(name)] = bills["amount"][part & of_nobody].sum()
    on_demand = -int(s.ledger[REVENUE_ON_DEMAND, 1:].sum())
    nobody[_of("recognised")] = on_demand
    nobody[_of("collected")] += on_demand
    return nobody


def _use(s: State, as_of: int, each: Ints) -> None:
    """GPU-hours that each contract reserved and was billed for after a day, into their column."""
    terms = np.asarray(s.tranches)[: int(s.count[TRANCHES])]
    first = np.maximum(terms["start"], as_of + 1)
    days = np.where(terms["start"] < NEVER, np.maximum(terms["through"] - first + 1, 0), 0)
    np.add.at(each[:, _of("gpu_hours")], terms["contract"], terms["gpus"] * days * HOURS_PER_DAY)


def _days(s: State, world: World, named: int) -> Ints:
    """Days late, first billing and failure of the customer of each named contract [_, 3]."""
    rows = np.asarray(s.contracts)[:named]
    terms = np.asarray(s.tranches)[: int(s.count[TRANCHES])]
    planned = np.full(named, NEVER, np.int64)
    own = terms["contract"] < named
    np.minimum.at(planned, terms["contract"][own], terms["planned_start"][own])
    billed = rows["first_billing"]
    told = (billed > int(world.month_end[0])) & (billed < NEVER)
    late = np.where(told, billed - planned, NEVER)
    customers = np.asarray(s.customers)[: int(s.count[CUSTOMERS])]
    stated = customers["planned_default"].copy()
    drawn = min(len(world.default_day), len(stated))
    stated[:drawn] = np.minimum(stated[:drawn], world.default_day[:drawn])
    failed = np.where(customers["defaulted"] != 0, stated, NEVER)[rows["customer"]]
    found: Ints = np.stack([late, billed, failed], axis=1)
    return found
