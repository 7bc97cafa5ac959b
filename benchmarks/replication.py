"""Processor time of a replication of each bundled model in the process engine, and of an event."""

from __future__ import annotations

import argparse

from measure import median_ms, show

from gpusim.engines import process
from gpusim.scenario import load
from gpusim.scenario.bundled import names
from gpusim.scenario.lower import lower
from gpusim.world import draw


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=30, help="replications measured a model")
    times = parser.parse_args().times
    for name in names("operators"):
        book = lower(load(name))
        worlds = [draw(book.spec, 1, number) for number in range(times)]
        process.run(book.state, worlds[0])
        luck = median_ms(lambda n, spec=book.spec: draw(spec, 1, n), times)
        run = median_ms(lambda n, b=book, w=worlds: process.run(b.state, w[n]), times)
        traces = [process.Trace() for _ in worlds]
        told = median_ms(
            lambda n, b=book, w=worlds, t=traces: process.run(b.state, w[n], trace=t[n]), times
        )
        events = sum(len(trace.events) for trace in traces) / times
        show(f"{name}, quarters", (worlds[0].month_end.size - 1) / 3, "")
        show(f"{name}, luck of a replication", luck, "ms")
        show(f"{name}, replication", run, "ms")
        show(f"{name}, replication told event by event", told, "ms")
        show(f"{name}, events a replication", events, "")
        show(f"{name}, an event", 1000 * run / events, "us")


if __name__ == "__main__":
    main()
