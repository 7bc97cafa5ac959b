"""Replications with inputs drawn over the same with inputs fixed, in turns, in processor time."""

from __future__ import annotations

import argparse
import resource
from statistics import median

from measure import show

from gpusim.experiments.common.drawn_sets import sets_of
from gpusim.experiments.common.replicate import BATCH, Job
from gpusim.experiments.run.simulate import simulate
from gpusim.results.drawn.sets import EACH
from gpusim.scenario import draft, finish
from gpusim.scenario.lower import lower

SEED = 1


def busy() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(own.ru_utime + own.ru_stime for own in used)


def measure(model: str, replications: int, turns: int) -> None:
    drafted = draft(model)
    scenario = finish(drafted)
    began = busy()
    sets = sets_of(drafted, scenario, SEED)
    show(f"{model}: what cannot be drawn is found", busy() - began, "s")
    fixed = Job(lower(scenario), SEED, 0, None, BATCH)
    drawn = fixed._replace(sets=sets)
    simulate(fixed, 2 * EACH, 1, None)  # loads the compiled rules
    spent: dict[str, list[float]] = {"fixed": [], "drawn": []}
    for turn in range(turns):
        pairs = [("fixed", fixed), ("drawn", drawn)]
        for name, job in pairs if turn % 2 == 0 else reversed(pairs):
            began = busy()
            simulate(job, replications, None, None)
            spent[name].append(busy() - began)
    for name, told in spent.items():
        show(f"  {replications} replications, inputs {name}, processor time", median(told), "s")
    ratios = [a / b for a, b in zip(spent["drawn"], spent["fixed"], strict=True)]
    show("  drawn over fixed", median(ratios), f"({min(ratios):.2f} to {max(ratios):.2f})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reps", type=int, default=1_024)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("models", nargs="*", default=["coreweave-2025q4"])
    asked = parser.parse_args()
    for model in asked.models:
        measure(model, asked.reps, asked.turns)


if __name__ == "__main__":
    main()
