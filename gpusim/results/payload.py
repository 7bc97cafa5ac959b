"""What one replication leaves behind, small enough to send between processes.

Imported by workers: numpy only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from gpusim.economics.state import NEVER, Facility, Ints, State
from gpusim.units import CENTS_PER_USD

LENT = ("claim", "recovered", "refinanced", "refused", "converted")
"""What a payload keeps of each named facility."""
NOTHING_LENT: Ints = np.zeros((0, len(LENT)), np.int64)


class Payload(NamedTuple):
    """One replication. The backlog cube is nearly empty and travels as its non-zero cells."""

    replication: int
    ledger: Ints  # [accounts, months + 1]
    stocks: Ints  # [measures, months + 1]
    backlog_shape: tuple[int, ...]  # vintages, moves, causes + 1, months + 1
    backlog_cells: Ints  # flat places in that cube, rising
    backlog_cents: Ints
    first_shortfall: int  # [day]; NEVER if nothing stayed unpaid
    worst_shortfall: int  # [cents]
    breaches: Ints  # [covenants] first day of breach; NEVER if none
    defaulted: int = NEVER  # [day]
    shares: tuple[int, int] = (0, 0)  # outstanding at the end; issued since the as-of day
    lent: Ints = NOTHING_LENT  # [facilities, LENT], see `lent_of`


class EventRow(NamedTuple):
    """One event of a replication's story."""

    key: int  # of the agenda
    cause: int  # key of the event that caused it; -1: none
    day: int
    phase: int
    subject: int  # row of the phase's noun
    name: str  # what that row is called
    facts: str  # JSON; cents, W, days, rows
    text: str  # a sentence
    amount: int | None  # the money it is about [cents]
    told: bool  # whether it belongs in the story


class Panel(NamedTuple):
    """All replications of a run, stacked in order of their number."""

    replications: Ints  # [replications]
    ledger: Ints  # [replications, accounts, months + 1]
    stocks: Ints  # [replications, measures, months + 1]
    backlog: Ints  # rows of (place, vintage, move, cause, month, cents), in rising order
    first_shortfall: Ints  # [replications] [day]
    worst_shortfall: Ints  # [replications] [cents]
    breaches: Ints  # [replications, covenants] first day of breach; NEVER if none
    defaulted: Ints  # [replications] day on which the firm ended; NEVER
    shares: Ints  # [replications, 2] outstanding at the end; issued since the as-of day
    lent: Ints  # [replications, facilities, LENT], see `lent_of`


def payload_of(state: State, replication: int) -> Payload:
    """The payload of a finished run."""
    cells = np.flatnonzero(state.backlog)
    return pack(state, replication, state.backlog.shape, cells, state.backlog.ravel()[cells])


def pack(end: Any, replication: int, shape: tuple[int, ...], cells: Ints, cents: Ints) -> Payload:
    """The payload of a finished run and its backlog's cells that are not zero.

    end: a State, or what the batch engine keeps of one.
    """
    clock, firm = end.clock[0], end.firm[0]
    facilities = stated(end.facilities)
    return Payload(
        replication,
        end.ledger.copy(),
        end.stocks.copy(),
        shape,
        cells,
        cents,
        int(clock.first_shortfall),
        int(firm.shortfall),
        first_breaches(facilities),
        int(firm.defaulted),
        (int(firm.shares), int(firm.shares_issued)),
        lent_of(facilities),
    )


def stated(facilities: Any) -> list[Any]:
    """The facilities that the scenario names, as plain objects: records are slow to read."""
    table = np.asarray(facilities)
    named = table[table["stated"] != 0]
    fields = table.dtype.names or ()
    return [SimpleNamespace(**dict(zip(fields, row, strict=True))) for row in named.tolist()]


def lent_of(facilities: Sequence[Any]) -> Ints:
    """What became of each facility that the scenario names [facilities, LENT].

    Claim and recovery at the firm's end [cents]; last refinancing and last refusal [day]; converted
    [cents].
    """
    rows = [[getattr(facility, name) for name in LENT] for facility in facilities]
    return np.array(rows, np.int64).reshape(-1, len(LENT))


def first_breaches(facilities: Iterable[Any]) -> Ints:
    """Day each covenant was first broken, facility by facility; NEVER where it was not."""
    return np.array([day for f in facilities for *_, day in tests_of(f)], np.int64)


def tests_of(facility: Facility) -> Iterator[tuple[str, float, int, int]]:
    """What a facility tests: name, limit [ratio or USD], first test day, first breach day.

    Loans that close for contracts signed in the run are left out: they differ by replication.
    """
    if not facility.stated:
        return
    if facility.dscr_minimum > 0:
        minimum, day = float(facility.dscr_minimum), int(facility.dscr_from)
        yield "dscr", minimum, day, int(facility.dscr_breach)
    if facility.liquidity_minimum > 0:
        minimum = facility.liquidity_minimum / CENTS_PER_USD
        day = int(facility.liquidity_from)
        yield "minimum_liquidity", minimum, day, int(facility.liquidity_breach)
    if facility.realisation_minimum > 0:
        minimum, day = float(facility.realisation_minimum), int(facility.realisation_from)
        yield "contract_realisation", minimum, day, int(facility.realisation_breach)
    if facility.ltv_maximum > 0:
        limit, day = float(facility.ltv_maximum), int(facility.ltv_from)
        yield "ltv", limit, day, int(facility.ltv_breach)


def stack(payloads: Sequence[Payload]) -> Panel:
    """Payloads as one panel; the order they arrive in does not matter.

    Raises:
        ValueError: there is none.
    """
    if not payloads:
        raise ValueError("a run needs at least one finished replication")
    ordered = sorted(payloads, key=lambda p: p.replication)
    return Panel(
        np.array([p.replication for p in ordered], np.int64),
        np.stack([p.ledger for p in ordered]),
        np.stack([p.stocks for p in ordered]),
        np.concatenate([_rows(place, p) for place, p in enumerate(ordered)]),
        np.array([p.first_shortfall for p in ordered], np.int64),
        np.array([p.worst_shortfall for p in ordered], np.int64),
        np.stack([p.breaches for p in ordered]),
        np.array([p.defaulted for p in ordered], np.int64),
        np.array([p.shares for p in ordered], np.int64),
        np.stack([p.lent for p in ordered]),
    )


def shortfall_happened(panel: Panel) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether an amount ever stayed due and unpaid, by replication."""
    return np.asarray(panel.first_shortfall < NEVER)


def _rows(place: int, p: Payload) -> Ints:
    table = np.empty((len(p.backlog_cells), 6), np.int64)
    table[:, 0] = place
    for column, index in enumerate(np.unravel_index(p.backlog_cells, p.backlog_shape), start=1):
        table[:, column] = index
    table[:, 5] = p.backlog_cents
    return table
