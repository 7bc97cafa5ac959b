"""One replication in the batch engine, given its world."""

from __future__ import annotations

import numpy as np

from gpusim.compiling.kernel import const
from gpusim.economics.closing.opening import open_run
from gpusim.economics.core.agenda import subject_of_key
from gpusim.economics.core.array_capacity import copy, grow, with_journal
from gpusim.economics.core.state import NONE, Ints, State, World
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.decisions.demand import decide_offer
from gpusim.engines.batch.advance import DECIDE, DONE, PLACES, advance
from gpusim.engines.deciding import decide
from gpusim.scenario.spec import Names
from gpusim.strategies import Strategy

FIRST_PLACES = 4_096
"""Places of a new heap."""
NO, YES = const(0), const(1)


def run(
    opening: State,
    world: World,
    *,
    journal: bool = False,
    strategy: Strategy | None = None,
    names: Names | None = None,
) -> State:
    """Play one replication.

    opening: State at the as-of day, left as it is; world: what is drawn; journal: keep every
    posting; strategy: a user's own, asked about each offer with a view that calls rows by their
    names. Returns the final State, the same as the process engine's to the last bit.
    Raises: StrategyError if a strategy does not answer with a Decision.
    """
    state = copy(opening, world)
    if journal:
        state = with_journal(state)
    heap = new_heap(max(FIRST_PLACES, 2 * len(state.outbox)))
    h, w = to_pointer(state), world_to_pointer(world)
    open_run(h, w)
    taken, asks = NONE, NO if strategy is None else YES
    while (why := advance(h, w, heap, taken, asks)) != DONE:
        taken = NONE
        if why == DECIDE:
            offer = subject_of_key(state.clock[0].now)
            verdict, markup = decide(state, world, h, w, offer, strategy, names)
            decide_offer(h, w, offer, const(verdict), markup, state.clock[0].today)
        elif why == PLACES:
            heap = lengthen(heap, 2 * len(heap) + len(state.outbox))
        else:
            taken = state.clock[0].now
            state = grow(state)
            h = to_pointer(state)
    return state


def new_heap(places: int) -> Ints:
    """An empty heap."""
    return np.zeros(places, np.int64)


def lengthen(heap: Ints, places: int) -> Ints:
    """The same heap with more places."""
    new = new_heap(max(places, len(heap)))
    new[: len(heap)] = heap
    return new
