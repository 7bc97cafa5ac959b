"""Prints the backtest's bars: mean errors and bands over the rounds, from saved backtests.

for q in q1 q2 q3; do gpusim backtest coreweave-2025$q --out runs/backtest-$q; done
python models/freeze/bars.py runs/backtest-q1 runs/backtest-q2 runs/backtest-q3
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

COLUMNS = ("without guidance", "guidance as an input")
BARS = {  # metric: (one ahead, two ahead, half-width of the 80% band)
    "revenue": (0.04, 0.08, 0.06),
    "cost_of_revenue": (0.05, 0.07, 0.09),
    "depreciation_and_amortization": (0.04, 0.06, 0.07),
    "technology_and_infrastructure": (0.04, 0.06, None),
    "operating_income": (0.04, None, None),
    "adjusted_operating_income": (0.04, None, None),
    "adjusted_ebitda": (0.06, None, None),
    "interest_expense_debt": (0.08, None, 0.14),
    "interest_expense": (0.09, None, 0.14),
    "capex_in_service": (0.24, None, 0.60),
    "ppe_net": (0.06, None, 0.10),
    "construction_in_progress": (0.18, None, None),
    "debt_principal": (0.08, None, 0.14),
    "deferred_revenue": (None, None, None),
    "backlog": (0.01, None, None),
    "active_mw": (None, None, None),
}


def shares(cells: list[dict], name: str | None = None) -> list[float]:
    """Errors of the model, or of an opponent, where there are any."""
    found = [c["percent"] if name is None else c["opponents"][name] for c in cells]
    return [x for x in found if x is not None]


def percent(figures: list[float]) -> str:
    """The mean."""
    return f"{sum(figures) / len(figures):.1%}" if figures else "-"


def main() -> None:
    """Print the tables as Markdown."""
    cells = []
    for folder in sys.argv[1:]:
        cells += json.loads((Path(folder) / "backtest.json").read_text())["cells"]
    rivals = list(cells[0]["opponents"])
    for ahead in sorted({c["ahead"] for c in cells}):
        rounds = len({c["quarter"] for c in cells if c["ahead"] == ahead})
        print(f"\n### {ahead} ahead, {rounds} rounds\n")
        print("| line | bar | " + " | ".join((*COLUMNS, "verdict", "half-width", *rivals)) + " |")
        print("|---" * (6 + len(rivals)) + "|")
        for metric, bars in BARS.items():
            row, passed = [], []
            for column in COLUMNS:
                own = [
                    c
                    for c in cells
                    if (c["metric"], c["column"], c["ahead"]) == (metric, column, ahead)
                ]
                errors = shares(own)
                row.append(f"{percent(errors)} ({', '.join(f'{100 * e:.1f}' for e in errors)})")
                if ahead <= 2 and bars[ahead - 1] is not None and errors:
                    passed.append(sum(errors) / len(errors) <= bars[ahead - 1])
                if column == COLUMNS[0]:
                    first = own
            wide = [(c["high_80"] - c["low_80"]) / 2 / abs(c["actual"]) for c in first]
            bar = f"{bars[ahead - 1]:.0%}" if ahead <= 2 and bars[ahead - 1] is not None else ""
            verdict = "/".join("holds" if p else "misses" for p in passed)
            others = [percent(shares(first, name)) for name in rivals]
            held = f"{percent(wide)}" + (f" (bar {bars[2]:.0%})" if bars[2] else "")
            print(f"| {metric} | {bar} | " + " | ".join((*row, verdict, held, *others)) + " |")
        for column in COLUMNS:
            own = [c for c in cells if c["column"] == column and c["ahead"] == ahead]
            barred = [c for c in own if c["metric"] in BARS]
            print(
                f"\n{column}: 80% bands hold {sum(c['holds_80'] for c in barred)} of {len(barred)} "
                f"cells of these lines, {sum(c['holds_80'] for c in own)} of {len(own)} of all; "
                f"50% bands {sum(c['holds_50'] for c in barred)} of {len(barred)}"
            )


if __name__ == "__main__":
    main()
