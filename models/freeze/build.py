"""Builds the models that the backtest starts from: one procedure, every quarter.

    python models/freeze/build.py [FOLDER]     writes them, into models/operators by default
    python models/freeze/build.py --check      compares them with what is there; exit code 1

Reads `models/freeze/facts.toml` (what was public by each report). The procedure, its priors and
their ranges are in `docs/freeze.md`. Nothing here looks at a later quarter than the one it builds.
Prints the digest of each file, which is on record before anything is scored.
"""

from __future__ import annotations

import hashlib
import sys
import tomllib
from pathlib import Path

import funds
import tables
from learn import Rows, known_by, learn
from plan import Facts, plan

HERE = Path(__file__).resolve().parent


def build(f: Facts, history: Rows) -> str:
    """The text of one model: its operator's terms, its quarter's facts, the quarters before."""
    known = known_by(history, f["as_of"])
    last, before = known[-1], known[-2]
    f = f | {
        "active": last["active"],
        "active_before": before["active"],
        "days": last["days"],
        "revenue": last["revenue"],
        "deferred_revenue": last["deferred"],
    }
    b = learn(known, f.get("lag_days"))
    p = plan(f, b, f["active"])
    return "\n".join(
        text
        for text in (
            tables.head(f, b),
            tables.hardware(f, b),
            tables.sites(f, b, p),
            tables.assets(f, p),
            tables.contracts(f, b, p),
            funds.debt(f, b),
            funds.new_money(f, b, p),
            funds.equity(f),
            funds.leases(f),
            funds.overheads(f),
            funds.working_capital(f),
            funds.balance(f, p),
            funds.provenance(f),
        )
        if text
    )


def models() -> dict[str, str]:
    """Every model of the facts file, by name."""
    facts = tomllib.loads((HERE / "facts.toml").read_text(encoding="utf-8"))
    return {
        name: build(facts["operators"][f["operator"]] | f, facts["history"][f["operator"]])
        for name, f in facts["models"].items()
    }


def main() -> None:
    """Write the models, or compare them with the files."""
    check = sys.argv[1:] == ["--check"]
    folder = HERE.parent / "operators"
    if sys.argv[1:] and not check:
        folder = Path(sys.argv[1])
    stale = []
    for name, text in models().items():
        path = folder / f"{name}.toml"
        if not check:
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(path.name)
        print(hashlib.sha256(text.encode()).hexdigest(), path.name)
    if stale:
        raise SystemExit(f"not what the procedure builds: {', '.join(stale)}")


if __name__ == "__main__":
    main()
