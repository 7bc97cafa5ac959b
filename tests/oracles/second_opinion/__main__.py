"""python -m tests.oracles.second_opinion --operators 500 --seed 1 [--only N]."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from tests.oracles.second_opinion.compare import differences
from tests.oracles.second_opinion.generate import LAYERS, operator


def main() -> int:
    ask = argparse.ArgumentParser(prog="second_opinion")
    ask.add_argument("--operators", type=int, default=500)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--only", type=int)
    ask.add_argument("--layer", choices=LAYERS, help="left out: each in turn")
    ask.add_argument("--keep", type=Path, default=Path("second-opinion"))
    ask.add_argument("--lines", type=int, default=6, help="disagreements told per operator")
    said = ask.parse_args()
    said.keep.mkdir(parents=True, exist_ok=True)
    numbers = [said.only] if said.only is not None else range(said.operators)
    bad, lines = 0, Counter[str]()
    for n in numbers:
        layer = said.layer or LAYERS[n % len(LAYERS)]
        path = said.keep / f"{layer}-{said.seed}-{n}.toml"
        path.write_text(operator(said.seed * 1_000_000 + n, layer))
        try:
            found = differences(path)
        except Exception as error:
            print(f"{path}: {type(error).__name__}: {error}", flush=True)
            bad += 1
            continue
        if not found:
            path.unlink()
            continue
        bad += 1
        lines.update({d.line for d in found})
        seen: list[str] = []
        for d in found:
            if d.line not in seen:
                seen.append(d.line)
                if len(seen) <= said.lines:
                    print(
                        f"{path.name} {d.period} {d.line}: {d.ours / 100:,.2f}, "
                        f"theirs {d.theirs / 100:,.2f}",
                        flush=True,
                    )
    print(f"{len(numbers)} operators, {len(numbers) - bad} agree on every line of every month")
    for line, count in lines.most_common():
        print(f"  {line}: {count}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
