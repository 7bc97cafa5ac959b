"""Prints the backtest's bars as Markdown: mean errors and bands over the rounds, from saved ones.

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
    "backlog": (None, None, None),
    "active_mw": (None, None, None),
}
GIVEN_SIGNINGS = 0.01  # of backlog, one ahead
YEAR = 0.05  # of a fiscal year's revenue, guidance as an input


def shares(cells: list[dict], name: str | None = None) -> list[float]:
    """Errors of the model, or of an opponent, where there are any."""
    found = [c["percent"] if name is None else c["opponents"][name] for c in cells]
    return [x for x in found if x is not None]


def mean(figures: list[float]) -> float:
    """The mean."""
    return sum(figures) / len(figures)


def percent(figures: list[float]) -> str:
    """The mean, in words."""
    return f"{mean(figures):.1%}" if figures else "-"


def half_width(cell: dict) -> float:
    """Half of the 80% band over what errors are a share of: revenue for income lines."""
    whole = abs(cell["error"]) / cell["percent"] if cell["percent"] else abs(cell["actual"])
    return (cell["high_80"] - cell["low_80"]) / 2 / whole


def of(cells: list[dict], metric: str, column: str, ahead: int) -> list[dict]:
    """The cells of a metric, a round each."""
    wanted = (metric, column, ahead)
    return [c for c in cells if (c["metric"], c["column"], c["ahead"]) == wanted]


def table(cells: list[dict], ahead: int) -> None:
    """Errors, bars and opponents of one number of quarters ahead."""
    rivals = list(cells[0]["opponents"])
    print("| line | bar | " + " | ".join((*COLUMNS, "verdict", "half-width", *rivals)) + " |")
    print("|---" * (6 + len(rivals)) + "|")
    for metric, bars in BARS.items():
        bar = bars[ahead - 1] if ahead <= 2 else None
        row, passed = [], []
        for column in COLUMNS:
            errors = shares(of(cells, metric, column, ahead))
            row.append(f"{percent(errors)} ({', '.join(f'{100 * e:.1f}' for e in errors)})")
            if bar is not None and errors:
                passed.append("holds" if mean(errors) <= bar else "misses")
        first = of(cells, metric, COLUMNS[0], ahead)
        wide = percent([half_width(c) for c in first]) + (
            f" (bar {bars[2]:.0%})" if bars[2] else ""
        )
        others = [percent(shares(first, name)) for name in rivals]
        told = f"{bar:.0%}" if bar is not None else ""
        print(
            f"| {metric} | {told} | " + " | ".join((*row, "/".join(passed), wide, *others)) + " |"
        )


def coverage(cells: list[dict], ahead: int) -> None:
    """How many figures the bands hold, and where outcomes lie in them."""
    for column in COLUMNS:
        own = [c for c in cells if c["column"] == column and c["ahead"] == ahead]
        barred = [c for c in own if c["metric"] in BARS]
        fifths = [sum(min(int(5 * c["pit"]), 4) == k for c in own) for k in range(5)]
        print(
            f"\n{column}: 80% bands hold {sum(c['holds_80'] for c in barred)} of {len(barred)} "
            f"cells of these lines, {sum(c['holds_80'] for c in own)} of {len(own)} of all; "
            f"50% bands {sum(c['holds_50'] for c in barred)} of {len(barred)}; PIT of all in "
            f"fifths {', '.join(map(str, fifths))}"
        )


def given_signings(rounds: list[list[dict]]) -> list[float]:
    """Backlog's errors once later signings are known: what was recognised too much or too little."""
    errors = []
    for cells in rounds:
        for revenue in of(cells, "revenue", COLUMNS[0], 1):
            for backlog in of(cells, "backlog", COLUMNS[0], 1):
                errors.append(abs(revenue["error"]) / backlog["actual"])
    return errors


def year(rounds: list[list[dict]], column: str) -> list[float]:
    """Errors of the rest of the fiscal year's revenue, over what the whole year brought."""
    errors, whole = [], 0.0
    for cells in rounds:
        own = [c for c in cells if c["metric"] == "revenue" and c["column"] == column]
        if not whole:  # the first round lacks the quarter before it, its "last value"
            rise = own[0]["opponents"]["last value"]
            whole = own[0]["actual"] * (1 - rise) + sum(c["actual"] for c in own)
        errors.append(abs(sum(c["error"] for c in own)) / whole)
    return errors


def main() -> None:
    """Print the tables."""
    rounds = [
        json.loads((Path(folder) / "backtest.json").read_text())["cells"] for folder in sys.argv[1:]
    ]
    cells = [cell for own in rounds for cell in own]
    for ahead in sorted({c["ahead"] for c in cells}):
        count = len({c["quarter"] for c in cells if c["ahead"] == ahead})
        print(f"\n### {ahead} ahead, {count} round{'s' if count > 1 else ''}\n")
        table(cells, ahead)
        coverage(cells, ahead)
    errors = given_signings(rounds)
    told = ", ".join(f"{e:.2%}" for e in errors)
    verdict = "holds" if mean(errors) <= GIVEN_SIGNINGS else "misses"
    print(f"\nbacklog, given signings, one ahead (bar {GIVEN_SIGNINGS:.0%}): {told}: {verdict}\n")
    for column in COLUMNS:
        told = ", ".join(f"{e:.1%}" for e in year(rounds, column))
        print(f"fiscal year's revenue by round, {column} (bar {YEAR:.0%}): {told}")


if __name__ == "__main__":
    main()
