"""The two engines on every bundled operator, and the batch engine on one thread and on two.

Within a round each plays the same replications, a ratio is taken within a round, and the median of
the rounds is printed, the least and the largest of the ratios behind it. Engines by processor time
of one thread, drawing included; threads by the clock on the wall.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from statistics import median

from measure import show

from gpusim.engines import process
from gpusim.engines.batch import Batch
from gpusim.engines.story import Trace
from gpusim.experiments.common import pool
from gpusim.experiments.common.replicate import replicate_chunk
from gpusim.scenario import load
from gpusim.scenario.lower import Book, lower
from gpusim.scenario.reading.bundled import names
from gpusim.world import draw

SEED = 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--times", type=int, default=10, help="replications a round, engines")
    parser.add_argument("--reps", type=int, default=1000, help="replications a round, threads")
    parser.add_argument("--model", default="coreweave-2025q4", help="operator for threads")
    given = parser.parse_args()
    print("| operator | events | process ms | batch ms | process / batch | us an event |")
    print("|---|---|---|---|---|---|")
    for name in names("operators"):
        print(engines(name, given.rounds, given.times), flush=True)
    threads(given.model, given.rounds, given.reps)


def engines(name: str, rounds: int, times: int) -> str:
    """A row of the table: both engines on one operator."""
    book = lower(load(name))
    batch, worlds = Batch(book.state, book.spec, SEED), range(times)
    batch.play(worlds)  # compiles and makes room
    one_by_one(book, worlds)
    traces = [Trace() for _ in worlds]
    for number, trace in enumerate(traces):
        process.run(book.state, draw(book.spec, SEED, number), trace=trace)
    events = sum(len(trace.events) for trace in traces) / times
    slow, fast = [], []
    for _ in range(rounds):
        slow.append(seconds(time.thread_time, partial(one_by_one, book, worlds)) / times)
        fast.append(seconds(time.thread_time, partial(batch.play, worlds)) / times)
    ratios = sorted(s / f for s, f in zip(slow, fast, strict=True))
    took = median(fast)
    return (
        f"| {name} | {events:,.0f} | {1000 * median(slow):.2f} | {1000 * took:.3f} | "
        f"{median(ratios):.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f}) | {1e6 * took / events:.2f} |"
    )


def one_by_one(book: Book, numbers: range) -> None:
    for number in numbers:
        process.run(book.state, draw(book.spec, SEED, number))


def threads(name: str, rounds: int, reps: int) -> None:
    """Replications on one thread and on two, each chunk drawn, played and kept."""
    book = lower(load(name))
    batch = Batch(book.state, book.spec, SEED)

    def play(workers: int) -> None:
        pool.on_threads(partial(replicate_chunk, batch), range(reps), workers)

    play(2)
    took: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(rounds):
        for workers, found in took.items():
            found.append(seconds(time.perf_counter, partial(play, workers)))
    ratios = sorted(one / two for one, two in zip(took[1], took[2], strict=True))
    show(f"{name}, {reps} replications, one thread", median(took[1]), "s")
    show(f"{name}, {reps} replications, two threads", median(took[2]), "s")
    show("one over two", median(ratios), f"times ({ratios[0]:.2f} to {ratios[-1]:.2f})")


def seconds(clock: Callable[[], float], task: Callable[[], object]) -> float:
    began = clock()
    task()
    return clock() - began


if __name__ == "__main__":
    main()
