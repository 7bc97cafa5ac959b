"""Many replications in one compiled call: each is drawn, played and kept without the GIL.

A workspace is used over and over: the opening State is copied in before each replication. State
has columns of eight bytes only, so that copying sees them all as whole numbers, row by row.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, const, kernel
from gpusim.economics.closing.opening import open_run
from gpusim.economics.core.agenda import phase_of_key, subject_of_key
from gpusim.economics.core.records import Rows
from gpusim.economics.core.state import (
    CELLS_A_MARK,
    NEVER,
    NONE,
    Flat,
    Grid,
    Offer,
    State,
    World,
)
from gpusim.engines.batch.advance import DONE, advance
from gpusim.scenario.spec import Spec
from gpusim.world.draws import draw_demand, draw_world

OFFERS, CELLS = const(4), const(5)
"""Why a chunk stopped, besides the reasons of `advance`: too little room for the offers of the
world, or for what is kept of the backlog."""
BY_LEVERS = const(0)
WHOLE, APART = const(-1), const(-2)
"""How a column is restored that has no rows of a noun."""
BACKLOG, COUNT, DUE, MARKS, OUTBOX = (
    const(State._fields.index(name)) for name in ("backlog", "count", "due", "marks", "outbox")
)
Columns = tuple[Flat, ...]


@kernel
def copy(of: Flat, to: Flat, first: int, end: int) -> None:
    """Copy the numbers from `first` until before `end`."""
    for n in range(first, end):
        to[n] = of[n]


@kernel
def clear(what: Flat, first: int, end: int) -> None:
    """Make the numbers from `first` until before `end` zero."""
    for n in range(first, end):
        what[n] = 0


@kernel
def restore(template: Columns, own: Columns, count: Flat, row: Grid) -> None:
    """Make the workspace the opening State again, where the last replication may have written.

    count: rows in use by noun; row [2, columns]: the noun that a column has rows of, WHOLE for a
    column that is restored whole, APART for one that is treated apart, and the numbers in a row.
    Rows not in use, and lines of the backlog without a mark, are as they were. The opening State
    has zeros below its own rows.
    """
    for line in range(len(own[MARKS])):
        if own[MARKS][line] != 0:
            first = line * CELLS_A_MARK
            end = min(first + CELLS_A_MARK, len(own[BACKLOG]))
            copy(template[BACKLOG], own[BACKLOG], first, end)
    for n in range(len(own)):
        if row[0, n] >= 0:
            used = count[row[0, n]] * row[1, n]
            opening = template[COUNT][row[0, n]] * row[1, n]
            copy(template[n], own[n], ZERO, opening)
            clear(own[n], opening, used)
    for n in range(len(own)):
        if row[0, n] == WHOLE:
            copy(template[n], own[n], ZERO, len(own[n]))


@kernel
def cancel_all(template: Columns, own: Columns, s: State, heap: Flat, outbox: int) -> None:
    """Make the event calendar the opening one: what is scheduled has a key in heap or outbox.

    outbox: keys in that of the opening State.
    """
    for n in range(1, heap[0] + 1):
        s.due[phase_of_key(heap[n]), subject_of_key(heap[n])] = NEVER
    for n in range(s.clock[0].outbox):
        s.due[phase_of_key(s.outbox[n]), subject_of_key(s.outbox[n])] = NEVER
    heap[0] = 0
    for n in range(outbox):
        key = template[OUTBOX][n]
        own[OUTBOX][n] = key
        cell = phase_of_key(key) * s.due.shape[1] + subject_of_key(key)
        own[DUE][cell] = template[DUE][cell]


@kernel
def open_again(
    template: Columns, own: Columns, row: Grid, s: State, heap: Flat, outbox: int
) -> None:
    """Make a workspace and its heap ready for the next replication."""
    cancel_all(template, own, s, heap, outbox)
    restore(template, own, s.count, row)


@kernel
def play(
    template: Columns,
    own: Columns,
    row: Grid,
    s: State,
    w: World,
    p: Spec,
    store: Rows[Offer],
    blank: Flat,
    heap: Flat,
    outbox: int,
    seed: int,
    replication: int,
) -> int:
    """Draw and play one replication; DONE, or what there was too little of.

    template, own, row, outbox: see `open_again`; s: the workspace as rules take it;
    store, blank: places for offers, and the same as whole numbers.
    """
    asks = draw_world(p, w, seed, replication)
    if asks > min(len(store), len(s.offers)):
        return OFFERS
    clear(blank, ZERO, asks * (len(blank) // len(store)))
    w.offers = store[:asks]  # type: ignore[misc, assignment, index]
    draw_demand(p, w, seed, replication)
    open_again(template, own, row, s, heap, outbox)
    open_run(s, w)
    return advance(s, w, heap, NONE, BY_LEVERS)


@kernel
def play_chunk(
    template: Columns,
    own: Columns,
    row: Grid,
    s: State,
    w: World,
    p: Spec,
    store: Rows[Offer],
    blank: Flat,
    heap: Flat,
    outbox: int,
    seed: int,
    replications: Flat,
    kept: tuple[Flat, ...],
    place: Flat,
    width: Flat,
    drawn: Columns,
    drawn_kept: Columns,
    cells: Grid,
    why: Flat,
) -> int:
    """Play replications and keep what is asked of each; returns how many were played.

    kept [k][replications, width[k]]: the first numbers of column place[k]; drawn: columns of the
    world, drawn_kept [k][replications, all of column k]; cells [3, room]: rows
    of the replication's place, the cell of the backlog and its cents, for cells that are not zero;
    why [2]: why it stopped, and how many rows of `cells` are in use.
    """
    why[1] = 0
    for n in range(len(replications)):
        why[0] = play(
            template, own, row, s, w, p, store, blank, heap, outbox, seed, replications[n]
        )
        if why[0] != DONE:
            return n
        for k in range(len(kept)):
            copy_out(own[place[k]], width[k], kept[k], n * width[k])
        for k in range(len(drawn)):
            copy_out(drawn[k], len(drawn[k]), drawn_kept[k], n * len(drawn[k]))
        if not copy_backlog(own[BACKLOG], own[MARKS], n, cells, why):
            why[0] = CELLS
            return n
    return len(replications)


@kernel
def copy_out(column: Flat, width: int, kept: Flat, first: int) -> None:
    """Copy the first numbers of a column to where they are kept."""
    for n in range(width):
        kept[first + n] = column[n]


@kernel
def copy_backlog(backlog: Flat, marks: Flat, n: int, cells: Grid, why: Flat) -> bool:
    """Write the backlog's cells that are not zero, in order; whether there was room."""
    used = why[1]
    for line in range(len(marks)):
        if marks[line] == 0:
            continue
        for cell in range(line * CELLS_A_MARK, min((line + 1) * CELLS_A_MARK, len(backlog))):
            if backlog[cell] != 0:
                if used == cells.shape[1]:
                    return False
                cells[0, used] = n
                cells[1, used] = cell
                cells[2, used] = backlog[cell]
                used += 1
    why[1] = used
    return True
