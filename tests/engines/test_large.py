"""What lets a large operator be simulated in time near linear in its size: bounds, chains, memory.

A pool keeps two bounds so that it is not searched each day, a contract a chain of its tranches so
that all are not looked through, and a site a mark that room may lack for some order. Each is held
against the search that it saves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from hypothesis import given, settings

from benchmarks.scaling import model_of
from gpusim.economics.core import state
from gpusim.economics.core.state import COMING, CONTRACTS, NONE, ORDERS, TRANCHES, State
from gpusim.engines.process import run
from gpusim.scenario.load import load
from gpusim.scenario.lower import lower
from tests.engines.build import world_of
from tests.engines.generate import plays
from tests.engines.profile import COMPILED, EXAMPLES
from tests.engines.watch import Watched, read, watch

FEWER = settings(EXAMPLES, max_examples=30 if COMPILED else 6)
"""Each day of a run is searched."""
A_SEGMENT = 500_000
"""Bytes of workspace that a segment may take."""


def bounds_that_do_not_hold(sim: Watched) -> Iterator[str]:
    """No term of a pool ends before its bound; where it says that no order comes, none does."""
    s = sim.s
    tranches = read(s.tranches[: s.count[TRANCHES]])
    orders = read(s.orders[: s.count[ORDERS]])
    for p, pool in enumerate(read(s.pools)):
        for k, tranche in enumerate(tranches):
            if tranche.pool == p and tranche.status < state.TRANCHE_ENDED:
                live = tranche.status == state.TRANCHE_LIVE
                planned = tranche.planned_start + tranche.term_days
                ends = min(tranche.end if live else planned, tranche.leaves)
                if ends < pool.first_end:
                    yield f"tranche {k} of pool {p} ends on {ends}, before {pool.first_end}"
        if pool.none_coming:
            for o, order in enumerate(orders):
                comes = state.ORDER_PLACED <= order.status < state.ORDER_ACCEPTED
                if comes and order.pool == p and order.tranche == NONE and not order.replacement:
                    yield f"order {o} comes to pool {p}, for which none should"


def chains_that_miss_a_tranche(sim: Watched) -> Iterator[str]:
    """The chains of all contracts hold each tranche once, with its own contract, in row order."""
    s = sim.s
    tranches = read(s.tranches[: s.count[TRANCHES]])
    seen: Counter[int] = Counter()
    for c, contract in enumerate(read(s.contracts[: s.count[CONTRACTS]])):
        k = contract.first_tranche
        while k != NONE:
            seen[k] += 1
            if tranches[k].contract != c:
                yield f"tranche {k} of contract {tranches[k].contract} in the chain of {c}"
            if NONE != tranches[k].following <= k:
                yield f"after tranche {k} comes {tranches[k].following}"
                break
            k = tranches[k].following
    if seen != Counter(range(len(tranches))):
        yield f"{len(tranches)} tranches, chained: {sorted(seen.elements())}"


def full_sites_that_nobody_noted(sim: Watched) -> Iterator[str]:
    """At a site without the mark each order to come has room, and nothing says otherwise."""
    s = sim.s
    orders = read(s.orders[: s.count[ORDERS]])
    for site, place in enumerate(read(s.sites)):
        left = place.powered_microwatts - place.used_microwatts
        for k in map(int, s.coming[: s.count[COMING]]):
            if place.crowded or orders[k].site != site or orders[k].status >= state.ORDER_FITTING:
                continue
            needs = orders[k].gpus * s.gens[orders[k].gen].it_microwatts
            if orders[k].full_since < state.NEVER or needs > left:
                yield f"order {k} has no room at site {site}, which is not marked"


@FEWER
@given(plays())
def test_a_site_without_the_mark_has_room_for_each_order_to_come(play):
    assert watch(play.book, play.world, day=full_sites_that_nobody_noted).faults == []


@FEWER
@given(plays())
def test_a_pools_bounds_hold_on_each_day(play):
    assert watch(play.book, play.world, day=bounds_that_do_not_hold).faults == []


@FEWER
@given(plays())
def test_a_contracts_chain_holds_all_its_tranches_and_no_other(play):
    assert watch(play.book, play.world, day=chains_that_miss_a_tranche).faults == []


def room(s: State) -> int:
    """Bytes of a workspace."""
    return sum(column.nbytes for column in s)


def test_a_segment_that_asks_ten_times_takes_little_of_the_workspace(tmp_path):
    of = {}
    for size in (8, 72):
        path = tmp_path / f"{size}.toml"
        path.write_text(model_of("segments", size), encoding="utf-8")
        book = lower(load(str(path)))
        of[size] = room(run(book.state, world_of(book)))
    assert of[8] < of[72] <= of[8] + 64 * A_SEGMENT
