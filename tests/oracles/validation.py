"""`python -m tests.oracles.validation` writes VALIDATION.md and docs/validation/: checks, verdicts.

VALIDATION.md is a summary of one page; every table stands on a page of docs/validation/.

Runs every known answer, every backtest and what sizes the gaps, some minutes on two cores. Every
verdict is computed; what is missed is shown as missed. Exit code 1 if a known answer fails.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

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
SUMMARY = "VALIDATION.md"
FOLDER = "docs/validation"
BACKTESTS, LEFT_OUT = "backtests.md", "left_out.md"
TITLES = {
    "published.md": "Known answers: published figures",
    "theory.md": "Known answers: exact theory",
    "programs.md": "Known answers: other programs",
    "by_hand.md": "Known answers: worked by hand",
}
"""Pages of the known answers."""
OWN_TEST = "test_validation.py"
NO_REASON = "NOT EXPLAINED"
SAID = {"passed": "as stated", "failed": "otherwise", "skipped": "not run here"}
WRITTEN = """Written by `python -m tests.oracles.validation` (needs `pip install '.[dev]'`);
not edited by hand.
"""
HEAD = f"""# Validation

{WRITTEN}
Expected figures stand in the tests with their sources, obtained ones are what the rules gave, and
each verdict is computed from the two. The tables are in [{FOLDER}]({FOLDER}/); how often an
interval or a "sure" is wrong is [measured apart]({FOLDER}/confidence.md).
"""
AMOUNTS = "Amounts in USD million unless said otherwise.\n"


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


class Section(NamedTuple):
    """A case as its page tells it."""

    page: str
    lines: list[str]


def known_answers(ran: Sequence[Ran]) -> tuple[list[str], list[Section]]:
    """The summary and the sections of the cases."""
    by_case: dict[str, list[Ran]] = defaultdict(list)
    case = modules()
    for one in ran:
        by_case[case[one.module]].append(one)
    summary = [["case", "what", "figures compared", "tests", "verdict"]]
    sections = []
    for key, (title, source) in CASES.items():
        own = by_case[key]
        bad = sum(one.outcome == "failed" for one in own)
        count = sum(len(one.compared) for one in own)
        verdict = "MISSED" if bad or not own else "holds"
        place = f"{FOLDER}/{page_of(key)}#{anchor(key, title)}"
        summary.append([f"[{key}]({place})", title, str(count), str(len(own)), verdict])
        lines = [f"## {key}: {title}", "", f"Source: {source}.", ""]
        for name, belongs in case.items():
            if belongs == key:
                told = ", ".join(f"`{test}`" for test in tests_of(HERE / name))
                lines += [f"`tests/oracles/{name}`: {told}.", ""]
        rows = [["figure", "expected", "obtained", "tolerance", "verdict"]]
        rows += [row for one in own for row in rows_of(one)]
        sections.append(Section(page_of(key), [*lines, *grid(rows), ""]))
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


def backtest_page(found: backtests.Backtests) -> str:
    """Bars with verdicts, then every table."""
    lines = [
        "# Backtests\n",
        WRITTEN,
        f"Each model of a past quarter, {backtests.REPLICATIONS} replications, seed "
        f"{backtests.SEED}, inputs drawn at {backtests.INPUTS} points, scored against what was "
        "reported. How, and what was tried: [docs/backtest.md](../backtest.md). The bars were "
        "looked at while the models were built, so that a bar met is met on known rounds.",
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
        verdict = "holds" if v.holds else "MISSED"
        rows.append([v.line, v.column, v.ahead, v.bar, v.obtained, verdict, why_missed(v)])
    lines += ["", f"## Bars, {backtests.JUDGED}", "", *grid(rows), ""]
    for operator in found.rounds:
        cells = found.cells(operator)
        for ahead in sorted({cell.ahead for cell in cells}):
            for column in COLUMNS:
                table = backtests.table(cells, column, ahead)
                if len(table) > 1:
                    lines += [f"## {operator}, {ahead} ahead, {column}", "", *grid(table), ""]
    return text_of(lines)


def why_missed(verdict: backtests.Verdict) -> str:
    """Why a bar is missed; nothing where it holds."""
    kind = verdict.bar.partition(" ")[0]
    return "" if verdict.holds else MISSES.get(kind, MISSES.get(verdict.line, NO_REASON))


def backtest_summary(told: Sequence[backtests.Verdict]) -> list[str]:
    """How many bars hold, by column and quarters ahead, and which do not."""
    rows = [["inputs", "ahead", "bars", "hold", "missed"]]
    for column, ahead in dict.fromkeys((v.column, v.ahead) for v in told):
        own = [v for v in told if (v.column, v.ahead) == (column, ahead)]
        missed = ", ".join(f"{v.line} {v.obtained} (bar {v.bar})" for v in own if not v.holds)
        held = sum(v.holds for v in own)
        rows.append([column, ahead, str(len(own)), str(held), missed or "none"])
    return grid(rows)


def assumed() -> list[list[str]]:
    """Share of assumed inputs of each bundled model, a row each."""
    rows = []
    for name in names("operators"):
        own = source_rows(load(name))
        count = explained(own)
        rows.append([name, str(len(own)), str(count.assumed), f"{count.assumed_share:.0%}"])
    return rows


def page_of(key: str) -> str:
    """The page of docs/validation/ that tells of a case.

    >>> page_of("A1"), page_of("B10"), page_of("hand check"), page_of("QuantLib")
    ('published.md', 'theory.md', 'by_hand.md', 'programs.md')
    """
    if key in ("definitions", "hand check"):
        return "by_hand.md"
    return {"A": "published.md", "B": "theory.md"}.get(key[0], "programs.md")


def anchor(key: str, title: str) -> str:
    """A heading's place on the page, as GitHub names it."""
    kept = "".join(c for c in f"{key}: {title}".lower() if c.isalnum() or c in " -_")
    return kept.replace(" ", "-")


def grid(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as a Markdown table, the first as its head."""
    told = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return [told[0], "|---" * len(rows[0]) + "|", *told[1:]]


def text_of(lines: Iterable[str]) -> str:
    """Lines as a file."""
    return "\n".join(lines).rstrip("\n") + "\n"


def case_pages(sections: Sequence[Section]) -> dict[str, str]:
    """The pages of the known answers, by file name."""
    pages = {}
    for name, title in TITLES.items():
        own = [line for section in sections if section.page == name for line in section.lines]
        pages[name] = text_of([f"# {title}\n", WRITTEN + AMOUNTS, *own])
    return pages


def left_out_page(rows: Sequence[Sequence[str]], gaps: Iterable[left_out.Gap]) -> str:
    """What no source states, and what the model has not."""
    return text_of(
        [
            "# Assumed inputs and what is left out\n",
            WRITTEN + AMOUNTS,
            "## Assumed inputs\n",
            "Share of a model's numbers that no source states, by count; `gpusim models show MODEL "
            "--sources` names each with its reason and range.\n",
            *grid([["model", "numbers", "assumed", "share"], *rows]),
            "\n## What is left out, and how much it might matter\n",
            *grid([["left out", "size", "how it was sized"], *gaps]),
        ]
    )


def summary_page(
    answers: Sequence[str],
    verdicts: Sequence[backtests.Verdict],
    rows: Sequence[Sequence[str]],
    gaps: Sequence[left_out.Gap],
) -> str:
    """VALIDATION.md: one page."""
    shares = sorted((int(share.rstrip("%")), model) for model, *_, share in rows)
    return text_of(
        [
            HEAD,
            "## Known answers\n",
            f"{held(answers)}.\n",
            *answers,
            "\n## Not reproduced\n",
            *grid([["figure", "why"], *map(list, NOT_REPRODUCED.items())]),
            "\n## Backtests\n",
            f"{backtests.JUDGED}, against what it reported. Other operators, every line, and why a "
            f"bar is missed: [backtests.md]({FOLDER}/backtests.md).\n",
            *backtest_summary(verdicts),
            "\n## What is assumed and what is left out\n",
            f"No source states {shares[0][0]}% ({shares[0][1]}) to {shares[-1][0]}% "
            f"({shares[-1][1]}) of a bundled model's numbers.\n",
            f"Left out of the model, each with its size where one can be computed in "
            f"[left_out.md]({FOLDER}/left_out.md):\n",
            f"{'. '.join(gap.what for gap in gaps)}.",
        ]
    )


def held(table: Sequence[str]) -> str:
    """How many rows of a table of verdicts hold, in words.

    >>> held(["| case | verdict |", "|---|---|", "| A1 | holds |", "| A2 | MISSED |"])
    '1 of 2 hold; missed: A2'
    """
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table[2:]]
    missed = [re.sub(r"\[(.*?)\]\(.*\)", r"\1", row[0]) for row in rows if row[-1] != "holds"]
    told = f"{len(rows) - len(missed)} of {len(rows)} hold"
    return f"{told}; missed: {', '.join(missed)}" if missed else told


def main() -> int:
    """Write the pages; 1 if a known answer fails."""
    ran = run_known_answers()
    found = backtests.play()
    compared = [c for one in ran for c in one.compared]
    answers, sections = known_answers(ran)
    rows, gaps = assumed(), left_out.gaps(found.cells(backtests.JUDGED), compared)
    pages = {f"{FOLDER}/{name}": text for name, text in case_pages(sections).items()} | {
        f"{FOLDER}/{BACKTESTS}": backtest_page(found),
        f"{FOLDER}/{LEFT_OUT}": left_out_page(rows, gaps),
        SUMMARY: summary_page(answers, backtests.verdicts(found), rows, gaps),
    }
    for name, text in pages.items():
        (ROOT / name).write_text(text, encoding="utf-8")
        print(f"written to {name}")
    return int(any(one.outcome == "failed" for one in ran))


if __name__ == "__main__":
    sys.exit(main())
