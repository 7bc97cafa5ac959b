"""Replications by the chunk, on threads: the workspace they need, and room for it when it is short.

What is kept of a replication is the same bytes whatever chunk and thread it was played in.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from gpusim.compiling.kernel import const
from gpusim.economics.core.array_capacity import (
    GROWING,
    grow,
    lengthen,
    rows_of_nouns,
    widen_calendar,
    with_rows,
)
from gpusim.economics.core.records import Rows, rows
from gpusim.economics.core.state import (
    COMING,
    CONTRACTS,
    FACILITIES,
    NEEDING,
    ORDERS,
    TRANCHES,
    UNSETTLED,
    WAITING,
    Floats,
    Ints,
    Offer,
    State,
)
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.engines.batch.advance import PLACES, ROWS
from gpusim.engines.batch.chunk import APART, CELLS, OFFERS, WHOLE, play_chunk
from gpusim.world.draws import blank, refuse_unkeyed
from gpusim.world.spec_pointer import spec_to_pointer

if TYPE_CHECKING:
    from gpusim.scenario.spec import Spec

FIRST_OFFERS, FIRST_PLACES, FIRST_CELLS = 64, 4_096, 4_096
"""Room that a workspace starts with for offers, for events, and for kept cells a replication."""
MOST_IDLE = 8
"""Workspaces that are kept for scenarios to come."""
KEPT_WHOLE = ("clock", "firm", "ledger", "stocks", "sized", "slips")
"""Columns of State that are kept of every replication."""
REWRITTEN = ("backlog", "due", "outbox", "plan", "received")
"""Columns of State that are not restored as the others: the backlog by its marks, the event
calendar by the keys that are left; a contract's plan, and what is received of it, are written anew
at its signature, if they will be read."""
OF_FACILITIES = (
    "facilities",
    "covenants",
    "own_cash",
    "own_service",
    "loan_months",
    "covenant_tests",
)
"""Columns of which the rows of facilities that the scenario names are kept."""
NOT_WRITTEN = ("earned", "contract_moves", "site_months")
"""Columns that are neither kept nor written: what is told by contract and by site."""
OF_ORDERS = ("orders",)
"""Likewise of the orders that the scenario has."""
KEPT = (*KEPT_WHOLE, *OF_FACILITIES, *OF_ORDERS)


class Drawn(NamedTuple):
    """Columns of World that are kept of every replication, see there."""

    market: Ints
    base_rate: Floats
    on_demand_price: Floats
    on_demand_use: Floats
    hardware_factor: Floats
    resale: Floats
    rental_index: Floats


class EndState(NamedTuple):
    """What is left of one replication."""

    replication: int
    clock: Any  # [1] Clock
    firm: Any  # [1] Firm
    terms: Any  # [loans' terms] LoanTerms, the same of every replication
    gens: Any  # [generations] Generation, likewise
    facilities: Any  # [facilities of the scenario] Facility
    covenants: Any  # [facilities of the scenario, KINDS of covenants] Covenant
    orders: Any  # [orders of the scenario] Order
    ledger: Ints  # [accounts, months + 1]
    stocks: Ints  # [measures, months + 1]
    sized: Ints  # [CAPS of sizing]
    slips: Ints  # [N_CAUSES]
    own_cash: Ints  # [facilities of the scenario, months + 1]
    own_service: Ints  # [facilities of the scenario, months + 1]
    loan_months: Ints  # [facilities of the scenario, N_LOAN_MONTHS, months + 1]
    covenant_tests: Ints  # [facilities of the scenario, KINDS, 2, months + 1]
    backlog_shape: tuple[int, ...]
    backlog_cells: Ints  # flat places of what is not zero in the backlog, rising
    backlog_cents: Ints
    drawn: Drawn


class Named(NamedTuple):
    """How many rows the scenario names."""

    facilities: int
    orders: int

    def of(self, name: str) -> int | None:
        """Rows of a column that are kept; None: all."""
        if name in OF_FACILITIES:
            return self.facilities
        return self.orders if name in OF_ORDERS else None


class Room:
    """What batches of scenarios that differ in values alone need of memory, one after another.

    Sizes that one of them had to grow to, and workspaces that none uses. Several threads may share
    it.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.rows: dict[str, int] = {}
        self.offers, self.places, self.cells = FIRST_OFFERS, FIRST_PLACES, FIRST_CELLS
        self.idle: list[Workspace] = []

    def take(self, template: State, spec: Spec, named: Named, places: int) -> Workspace | None:
        """A workspace that a scenario fits into, made ready for it; None if there is none."""
        with self.lock:
            fitting = (own for own in self.idle if own.takes(template, named, places))
            space = next(fitting, None)
            if space is not None:
                self.idle.remove(space)
        if space is not None:
            space.turn_to(template, spec)
        return space

    def give(self, done: Batch) -> None:
        """Keep the sizes and the workspaces of a batch that is done."""
        grown = rows_of_nouns(done.template)
        with self.lock:
            self.rows = {name: max(n, self.rows.get(name, 0)) for name, n in grown.items()}
            self.offers = max(self.offers, len(done.template.offers))
            self.places, self.cells = max(self.places, done.places), max(self.cells, done.cells)
            self.idle += done.idle
            del self.idle[:-MOST_IDLE]


class Batch:
    """One scenario's replications. Its chunks may be played by several threads at once."""

    def __init__(self, opening: State, spec: Spec, seed: int, room: Room | None = None) -> None:
        """Make ready.

        room: of scenarios like this one, of which it takes what fits; see `Room.give`.

        Raises:
            ValueError: the seed is outside what the generator's key holds.
        """
        refuse_unkeyed(seed, 0)
        self.seed = seed
        self.spec = spec
        self.named = Named(len(opening.facilities), int(opening.count[ORDERS]))
        self.lock = threading.Lock()
        self.room = room or Room()
        lean = opening._replace(**{name: getattr(opening, name)[:0] for name in NOT_WRITTEN})
        if self.room.rows:
            lean = with_rows(lean, rows_of_nouns(lean) | self.room.rows)
        self.template = with_offers(lean, self.room.offers)
        self.places = max(self.room.places, 2 * len(self.template.outbox))
        self.cells = self.room.cells
        self.idle: list[Workspace] = []

    def play(self, replications: Sequence[int]) -> list[EndState]:
        """Play a chunk of replications, in order."""
        results: list[EndState] = []
        todo = np.array(replications, np.int64)
        if len(todo):
            refuse_unkeyed(self.seed, int(todo.max()))
        while len(todo):
            space = self.space()
            done = space.play(todo, const(self.seed), self.cells)
            results.extend(space.results(todo[:done]))
            if done < len(todo):
                self.enlarge(space)
            else:
                with self.lock:
                    self.idle.append(space)
            todo = todo[done:]
        return results

    def space(self) -> Workspace:
        """A workspace nobody uses, as large as any has had to be."""
        with self.lock:
            while self.idle:
                space = self.idle.pop()
                if space.template is self.template and len(space.heap) >= self.places:
                    return space
            template, places = self.template, self.places
        ready = self.room.take(template, self.spec, self.named, places)
        return ready or Workspace(template, self.spec, places, self.named)

    def enlarge(self, space: Workspace) -> None:
        """More of what a workspace had too little of, unless another thread was first."""
        why = int(space.why[0])
        with self.lock:
            if why == CELLS:
                self.cells = max(self.cells, 2 * space.room)
                self.idle.append(space)
            elif why == PLACES:
                self.places = max(self.places, 2 * len(space.heap) + len(space.own.outbox))
            elif space.template is self.template:
                if why == ROWS:
                    self.template = grow(self.template, space.own.count)
                if why == OFFERS:
                    self.template = with_offers(self.template, 2 * len(self.template.offers))


def with_offers(s: State, offers: int) -> State:
    """A State with places for so many offers."""
    return s._replace(
        offers=lengthen(s.offers, offers),
        due=widen_calendar(s.due, offers),
        outbox=lengthen(s.outbox, len(s.outbox) + 2 * offers),
    )


def flat(s: State) -> tuple[Ints, ...]:
    """A State's columns as whole numbers, row by row; the same memory."""
    return tuple(np.asarray(column).view(np.int64).reshape(-1) for column in s)


def rows_of(s: State) -> Ints:
    """Which noun each column has rows of, and the numbers in a row, see `chunk.restore`."""
    nouns = dict(GROWING) | {
        "covenants": FACILITIES,
        "loan_months": FACILITIES,
        "covenant_tests": FACILITIES,
        "earned": CONTRACTS,
        "contract_moves": CONTRACTS,
        "breakage": CONTRACTS,
        "waits": TRANCHES,
        "dropped": TRANCHES,
        "unsettled": UNSETTLED,
        "coming": COMING,
        "waiting": WAITING,
        "needing": NEEDING,
    }
    table = np.full((2, len(s)), WHOLE, np.int64)
    for n, (name, column) in enumerate(zip(State._fields, flat(s), strict=True)):
        if name in nouns:
            table[:, n] = nouns[name], len(column) // max(len(getattr(s, name)), 1)
        elif name in REWRITTEN:
            table[0, n] = APART
    return table


class Workspace:
    """Memory for one replication at a time, and for what is kept of a chunk."""

    def __init__(self, template: State, spec: Spec, places: int, named: Named) -> None:
        self.own = State._make(column.copy() for column in template)
        self.row = rows_of(self.own)
        # Plain arrays: numba asks one of a class of its own, as records are, for an attribute, and
        # forgets whatever that raises, the KeyboardInterrupt of a user among it.
        store = np.asarray(rows(Offer, max(len(template.offers), 1)))
        self.store, self.blank = cast("Rows[Offer]", store), store.view(np.int64).reshape(-1)
        self.s = to_pointer(self.own)
        self.heap = np.zeros(places, np.int64)
        self.begin(template, spec)
        self.why = np.zeros(2, np.int64)
        self.named = named
        names = KEPT
        self.place = np.array([State._fields.index(name) for name in names], np.int64)
        widths = [len(self.columns[1][place]) for place in self.place]
        for n, name in enumerate(names):
            if (own := named.of(name)) is not None:
                widths[n] = own * (widths[n] // len(getattr(template, name))) if own else 0
        self.width = np.array(widths, np.int64)
        self.drawn_kept: tuple[Ints, ...] = ()
        self.room = 0
        self.kept: tuple[Ints, ...] = ()
        self.cells: Ints = np.zeros((3, 0), np.int64)

    def begin(self, template: State, spec: Spec) -> None:
        """Take a scenario's opening State, of which its own is a copy, and what is drawn of it."""
        self.template = template
        self.columns = flat(template), flat(self.own)
        self.outbox = const(int(template.clock[0].outbox))
        self.world = blank(spec)
        self.w, self.p = world_to_pointer(self.world), spec_to_pointer(spec)
        drawn = (getattr(self.world, name) for name in Drawn._fields)
        self.drawn = tuple(column.view(np.int64).reshape(-1) for column in drawn)

    def takes(self, template: State, named: Named, places: int) -> bool:
        """Whether a scenario has its shapes."""
        shapes = [[np.asarray(column).shape for column in own] for own in (self.own, template)]
        return shapes[0] == shapes[1] and self.named == named and len(self.heap) >= places

    def turn_to(self, template: State, spec: Spec) -> None:
        """Begin with another scenario of the same shapes."""
        for own, opening in zip(self.own, template, strict=True):
            np.copyto(np.asarray(own), np.asarray(opening))
        self.heap[:] = 0
        self.begin(template, spec)

    def play(self, todo: Ints, seed: int, cells: int) -> int:
        """Play replications until they are done or room is short; how many were played."""
        self.room = cells
        self.kept = tuple(np.zeros(len(todo) * width, np.int64) for width in self.width)
        self.drawn_kept = tuple(np.zeros(len(todo) * len(own), np.int64) for own in self.drawn)
        self.cells = np.zeros((3, cells * len(todo)), np.int64)
        return int(
            play_chunk(
                *self.columns,
                self.row,
                self.s,
                self.w,
                self.p,
                self.store,
                self.blank,
                self.heap,
                self.outbox,
                seed,
                todo,
                self.kept,
                self.place,
                self.width,
                self.drawn,
                self.drawn_kept,
                self.cells,
                self.why,
            )
        )

    def results(self, replications: Ints) -> Iterator[EndState]:
        """What the last call kept of the replications it played."""
        columns = {
            name: self.shaped(name, kept, width)
            for name, kept, width in zip(KEPT, self.kept, self.width, strict=True)
        }
        many = len(replications)
        drawn = [self.drawn_of(name, n, many) for n, name in enumerate(Drawn._fields)]
        used = int(self.why[1])
        ends = np.searchsorted(self.cells[0, :used], np.arange(len(replications) + 1))
        for n, replication in enumerate(replications.tolist()):
            own = slice(ends[n], ends[n + 1])
            yield EndState(
                replication,
                **{name: column[n] if len(column) else column for name, column in columns.items()},
                terms=self.template.terms,
                gens=self.template.gens,
                backlog_shape=self.own.backlog.shape,
                backlog_cells=self.cells[1, own].copy(),
                backlog_cents=self.cells[2, own].copy(),
                drawn=Drawn(*(column[n] for column in drawn)),
            )

    def drawn_of(self, name: str, n: int, replications: int) -> Any:
        """What is kept of a column of the world, by replication, in the shape that World has.

        A model without GPUs has columns without rows.
        """
        column = getattr(self.world, name)
        if column.size == 0:
            return np.zeros((replications, *column.shape), column.dtype)
        return self.drawn_kept[n].view(column.dtype).reshape(-1, *column.shape)

    def shaped(self, name: str, kept: Ints, width: int) -> Any:
        """What is kept of a column, by replication, in the shape that State has."""
        column = getattr(self.own, name)
        if width == 0:
            return column[:0]
        if column.dtype.names is None:
            named = self.named.of(name)
            rows_kept = len(column) if named is None else named
            return kept.reshape(-1, rows_kept, *column.shape[1:])
        shape = len(kept) // width, -1, *column.shape[1:]
        return kept.view(column.dtype).reshape(shape).view(np.recarray)
