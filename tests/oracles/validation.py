"""`python -m tests.oracles.validation` writes VALIDATION.md: what was checked, and how it came out.

Runs every known answer, every backtest and what sizes the gaps, some minutes on two cores. Every
verdict is computed; what is missed is shown as missed. Exit code 1 if a known answer fails.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gpusim.experiments.backtest.backtest import COLUMNS
from gpusim.scenario import load
from gpusim.scenario.checks.sources import explained, source_rows
from gpusim.scenario.reading.bundled import names
from tests.oracles import backtests, left_out
from tests.oracles.cases import CASES, MISSES, NOT_REPRODUCED
from tests.oracles.recording import Comparison, comparisons

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PAGE = ROOT / "VALIDATION.md"
OWN_TEST = "test_validation.py"
NO_REASON = "NOT EXPLAINED"
SAID = {"passed": "as stated", "failed": "otherwise", "skipped": "not run here"}
HEAD = """# Validation

Written by `python -m tests.oracles.validation` (needs `pip install '.[dev]'`); not edited by hand.
Expected figures stand in the tests with their sources, obtained ones are what the rules gave, and
each verdict is computed from the two. Amounts in USD million unless said otherwise.
"""


class Ran(NamedTuple):
    """A test as it went."""

    module: str
    name: str  # of the function
    told: str  # as a sentence, with what it was asked
    outcome: str
    compared: list[Comparison]


class Collector:
    """Gathers the tests of a run, also from its workers."""

    def __init__(self) -> None:
        self.ran: list[Ran] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a test's call, or what kept it from being called."""
        if report.when != "call" and report.outcome == "passed":
            return
        path, _, rest = report.nodeid.partition("::")
        name, _, asked = rest.partition("[")
        words = name.removeprefix("test_").replace("_", " ")
        told = f"{words} ({asked[:-1]})" if asked else words
        own = comparisons(report.user_properties)
        self.ran.append(Ran(Path(path).name, name, told, report.outcome, own))


def modules() -> dict[str, str]:
    """The case of each module of known answers."""
    found = {}
    for path in sorted(HERE.glob("test_*.py")):
        if path.name != OWN_TEST:
            found[path.name] = case_of(path)
    return found


def case_of(path: Path) -> str:
    """The value of a module's `CASE`."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CASE":
            return str(ast.literal_eval(node.value))
    raise ValueError(f"{path.name} names no CASE")


def tests_of(path: Path) -> list[str]:
    """Names of a module's tests."""
    body = ast.parse(path.read_text()).body
    return [n.name for n in body if isinstance(n, ast.FunctionDef) and n.name.startswith("test_")]


def run_known_answers() -> list[Ran]:
    """All known answers, in the order of the files."""
    collector = Collector()
    files = [str(HERE / name) for name in modules()]
    code = pytest.main([*files, "-q", "-p", "no:cacheprovider"], plugins=[collector])
    if code > pytest.ExitCode.TESTS_FAILED:
        raise SystemExit(f"the tests could not be run: {code!r}")
    place = {
        (path.name, name): (m, n)
        for m, path in enumerate(map(HERE.joinpath, modules()))
        for n, name in enumerate(tests_of(path))
    }
    return sorted(collector.ran, key=lambda ran: (place[ran.module, ran.name], ran.told))


def known_answers(ran: Sequence[Ran]) -> tuple[list[str], list[str]]:
    """The summary and the sections of the cases."""
    by_case: dict[str, list[Ran]] = defaultdict(list)
    case = modules()
    for one in ran:
        by_case[case[one.module]].append(one)
    summary = [["case", "what", "figures compared", "tests", "verdict"]]
    sections = []
    for key, (title, source) in CASES.items():
        own = by_case[key]
        rows = [["figure", "expected", "obtained", "tolerance", "verdict"]]
        for one in own:
            rows += rows_of(one)
        bad = sum(one.outcome == "failed" for one in own)
        count = sum(len(one.compared) for one in own)
        verdict = "MISSED" if bad or not own else "holds"
        summary.append(
            [f"[{key}](#{anchor(key, title)})", title, str(count), str(len(own)), verdict]
        )
        sections += [f"### {key}: {title}", "", f"Source: {source}.", ""]
        for name, belongs in case.items():
            if belongs == key:
                told = ", ".join(f"`{test}`" for test in tests_of(HERE / name))
                sections += [f"`tests/oracles/{name}`: {told}.", ""]
        sections += [*grid(rows), ""]
    return grid(summary), sections


def rows_of(one: Ran) -> list[list[str]]:
    """A row a figure; a test without figures is a sentence that holds or does not."""
    rows = [
        [said(one, c), c.expected, c.obtained, c.tolerance, "holds" if c.holds else "MISSED"]
        for c in one.compared
    ]
    if not rows or (one.outcome == "failed" and all(c.holds for c in one.compared)):
        verdict = {"passed": "holds", "failed": "MISSED", "skipped": "not run"}[one.outcome]
        rows.append([one.told, "as stated", SAID[one.outcome], "exact", verdict])
    return rows


def said(one: Ran, compared: Comparison) -> str:
    """What was compared; the word list's examples say what for by their tests."""
    return f"{one.told}: {compared.what}" if compared.case == "definitions" else compared.what


def backtest_section(found: backtests.Backtests) -> list[str]:
    """Bars with verdicts, then every table."""
    lines = [
        f"Each model of a past quarter, {backtests.REPLICATIONS} replications, seed "
        f"{backtests.SEED}, inputs drawn at {backtests.INPUTS} points, scored against what was "
        "reported. How, and what was tried: docs/backtest.md. The bars were looked at while the "
        "models were built, so that a bar met is met on known rounds.",
        "",
    ]
    for record in found.records:
        lines.append(
            f"* {record['model']}: as of {record['as_of']}, newest datum {record['newest_datum']}, "
            f"inputs {record['inputs_hash'][:16]}, hashed before scoring"
        )
    if found.unscored:
        told = ", ".join(found.unscored)
        lines.append(f"* nothing reported after their as-of day yet: {told}")
    rows = [["line", "column", "ahead", "bar", "obtained", "verdict", "why"]]
    for v in backtests.verdicts(found):
        why = "" if v.holds else MISSES.get(v.bar.partition(" ")[0], MISSES.get(v.line, NO_REASON))
        verdict = "holds" if v.holds else "MISSED"
        rows.append([v.line, v.column, v.ahead, v.bar, v.obtained, verdict, why])
    lines += ["", f"### Bars, {backtests.JUDGED}", "", *grid(rows), ""]
    for operator in found.rounds:
        cells = found.cells(operator)
        for ahead in sorted({cell.ahead for cell in cells}):
            for column in COLUMNS:
                table = backtests.table(cells, column, ahead)
                if len(table) > 1:
                    lines += [f"### {operator}, {ahead} ahead, {column}", "", *grid(table), ""]
    return lines


def assumed_section() -> list[str]:
    """Share of assumed inputs of each bundled model."""
    rows = [["model", "numbers", "assumed", "share"]]
    for name in names("operators"):
        own = source_rows(load(name))
        count = explained(own)
        rows.append([name, str(len(own)), str(count.assumed), f"{count.assumed_share:.0%}"])
    return grid(rows)


def anchor(key: str, title: str) -> str:
    """A heading's place on the page, as GitHub names it."""
    kept = "".join(c for c in f"{key}: {title}".lower() if c.isalnum() or c in " -_")
    return kept.replace(" ", "-")


def grid(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as a Markdown table, the first as its head."""
    told = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return [told[0], "|---" * len(rows[0]) + "|", *told[1:]]


def page(ran: Sequence[Ran], found: backtests.Backtests, gaps: Iterable[left_out.Gap]) -> str:
    """All of VALIDATION.md."""
    summary, sections = known_answers(ran)
    missing: list[list[Any]] = [["figure", "why"], *map(list, NOT_REPRODUCED.items())]
    lacks = [["left out", "size", "how it was sized"], *map(list, gaps)]
    parts = [
        HEAD,
        "## Known answers",
        "",
        *summary,
        "",
        *sections,
        "## Not reproduced",
        "",
        *grid(missing),
        "",
        "## Backtests",
        "",
        *backtest_section(found),
        "## Assumed inputs",
        "",
        "Share of a model's numbers that no source states, by count; `gpusim models show MODEL "
        "--sources` names each with its reason and range.",
        "",
        *assumed_section(),
        "",
        "## What is left out, and how much it might matter",
        "",
        *grid(lacks),
    ]
    return "\n".join(parts) + "\n"


def main() -> int:
    """Write the page; 1 if a known answer fails."""
    ran = run_known_answers()
    found = backtests.play()
    compared = [c for one in ran for c in one.compared]
    PAGE.write_text(
        page(ran, found, left_out.gaps(found.cells(backtests.JUDGED), compared)), encoding="utf-8"
    )
    print(f"written to {PAGE.name}")
    return int(any(one.outcome == "failed" for one in ran))


if __name__ == "__main__":
    sys.exit(main())
