"""The reference model in gpusim, in plain SimPy and in C, in one table of ratios from one run.

All play the same replications from the same drawn numbers, one after the other, round by round, so
that other jobs on the machine hit all alike. Before anything is timed their quarterly rows and
their number of events must be equal. Processor time of one thread; a ratio is taken within a
round, and the median, least and largest of the rounds are printed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np

from benchmarks.reference import contenders, plain
from gpusim.engines import process
from gpusim.world import draw

QUARTERS = plain.MONTHS // 3
PLAIN, IN_C, PROCESS, BATCH = "plain SimPy", "C", "gpusim process", "gpusim batch"
WITH_ROWS, WITH_LUCK = "gpusim batch and its rows", "gpusim batch, drawing included"
LUCK = "drawing alone, called from Python"


class Contender(NamedTuple):
    play: Callable[[int], object]  # one replication, by its place
    times: int  # played so often a round, to outlast the clock's grain


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--replications", type=int, default=3, help="played by each in a round")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without-process", action="store_true", help="skip the process engine")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        field, events = prepare(Path(folder), args.seed, args.replications, args.without_process)
        print(f"{args.replications} replications of {events:,.0f} events on average: equal rows")
        took = race(field, args.rounds, args.replications)
    report(took, events)


def prepare(
    folder: Path, seed: int, replications: int, without_process: bool
) -> tuple[dict[str, Contender], float]:
    """Who takes part, checked against each other, and the events of a replication."""
    book = contenders.book()
    worlds = [draw(book.spec, seed, number) for number in range(replications)]
    drawn = [contenders.drawn(w) for w in worlds]
    field = {PLAIN: Contender(lambda n: plain.run(drawn[n]), 1)}
    expected, events = zip(*(plain.run(d) for d in drawn), strict=True)

    words = [contenders.words(w) for w in worlds]
    table = np.zeros((QUARTERS, len(plain.COLUMNS)), np.int64)
    try:
        in_c = contenders.Reference(folder)
    except contenders.NoCompilerError as error:
        print(f"without C: {error}", file=sys.stderr)
    else:
        for n in range(replications):
            counted = in_c.run(words[n], table)
            same(IN_C, n, np.array_equal(table, expected[n]) and counted == events[n])
        field[IN_C] = Contender(lambda n: in_c.run(words[n], table), 40)

    if not without_process:
        for n, w in enumerate(worlds):
            rows = contenders.rows(process.run(book.state, w), w)
            same(PROCESS, n, np.array_equal(rows, expected[n]))
        field[PROCESS] = Contender(lambda n: process.run(book.state, worlds[n]), 1)
    fast = contenders.InBatch(book, seed, worlds)
    for n, w in enumerate(worlds):
        same(BATCH, n, np.array_equal(contenders.rows(fast.run(n), w), expected[n]))
    field[BATCH] = Contender(fast.run, 10)
    field[WITH_LUCK] = Contender(fast.run_drawn, 10)
    field[WITH_ROWS] = Contender(lambda n: contenders.rows(fast.run(n), worlds[n]), 10)
    field[LUCK] = Contender(lambda n: draw(book.spec, seed, n), 10)
    return field, sum(events) / replications


def same(name: str, replication: int, equal: bool) -> None:
    if not equal:
        sys.exit(f"{name} differs from {PLAIN} in replication {replication}: nothing is timed")


def race(field: dict[str, Contender], rounds: int, replications: int) -> dict[str, list[float]]:
    """Milliseconds a replication, by contender and round; each round starts with another one."""
    took: dict[str, list[float]] = {name: [] for name in field}
    names = list(field)
    for turn in range(rounds):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            play, times = field[name]
            began = time.process_time()
            for _ in range(times):
                for number in range(replications):
                    play(number)
            spent = time.process_time() - began
            took[name].append(1000 * spent / (times * replications))
    return took


def report(took: dict[str, list[float]], events: float) -> None:
    print(f"\n{'':34s}{'ms a replication':>18s}{'us an event':>13s}")
    for name, spent in took.items():
        print(f"{name:34s}{median(spent):18.2f}{1000 * median(spent) / events:13.3f}")
    pairs = [(PLAIN, name) for name in (BATCH, WITH_ROWS, WITH_LUCK, IN_C, PROCESS)]
    pairs += [(name, IN_C) for name in (BATCH, WITH_ROWS, WITH_LUCK)] + [(PROCESS, BATCH)]
    print(f"\n{'ratio, within a round':52s}{'median':>9s}{'least':>9s}{'largest':>9s}")
    for above, below in pairs:
        if above in took and below in took:
            ratios = [a / b for a, b in zip(took[above], took[below], strict=True)]
            label = f"{above} / {below}"
            figures = "".join(f"{x:9.1f}" for x in (median(ratios), min(ratios), max(ratios)))
            print(f"{label:52s}{figures}")


if __name__ == "__main__":
    main()
