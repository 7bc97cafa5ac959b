"""Prints what each shock and strategy does: python -m tests.experiments.shock_table [REPS]

On the model of `test_shocks`: the metric each should move, its mean without, the paired mean
difference with it, the standard error of that difference, and the sign expected. Amounts in USD.
"""

import sys

import numpy as np

from tests.experiments.test_shocks import SHOCKS, STRATEGIES, Effect, figure, simulated


def row(name: str, effect: Effect, kind: str, reps: int) -> str:
    """One line of the table."""
    base = figure(simulated(reps=reps), effect)
    other = simulated(shock=name, reps=reps) if kind == "shock" else simulated("", name, reps)
    moved = figure(other, effect) - base
    error = moved.std(ddof=1) / np.sqrt(len(moved))
    held = "as expected" if np.sign(moved.mean()) == effect.sign else "NOT AS EXPECTED"
    quarters = f"Q{effect.first}-Q{effect.last}"
    sign = "+" if effect.sign > 0 else "-"
    return (
        f"{name:26} {effect.metric:18} {quarters:8} {base.mean():14,.3f} {moved.mean():14,.3f} "
        f"{error:12,.3f}  {sign}  {held}"
    )


def main() -> None:
    """All shocks, then all strategies; the number of replications may be given."""
    reps = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    for kind, effects in (("shock", SHOCKS), ("strategy", STRATEGIES)):
        print(kind)
        for name, effect in effects.items():
            print(row(name, effect, kind, reps), flush=True)


if __name__ == "__main__":
    main()
