"""Names that users read and docs/definitions.md hold together: none is missing, none stale."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from gpusim.economics.books.ledger import ACCOUNTS
from gpusim.economics.books.measures import MEASURES
from gpusim.economics.books.statements import LINES
from gpusim.economics.core.agenda import PHASES
from gpusim.economics.core.state import CAUSES, MOVES, SOURCES, STEPS
from gpusim.economics.debt.sizing import CAPS
from gpusim.experiments.saved import registry
from gpusim.experiments.solve.experiment import SIDES
from gpusim.reports.first_screen import lines as run_lines
from gpusim.reports.first_screen import sentences as run_verdict
from gpusim.results import figures, intervals, metric, metrics
from gpusim.results.formulas import lenders
from gpusim.results.replications import backlog_to_cash, sources_and_uses
from gpusim.scenario.schema import json_schema
from gpusim.scenario.tables.lending.covenants import Covenants
from tests import tables

PAGE = (Path(__file__).parents[2] / "docs/definitions.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`([^`]+)`")
PERIODS = set(figures.BY_PERIOD)
DECLARED = {
    "Accounts": set(ACCOUNTS),
    "Statement lines": set(LINES) - set(ACCOUNTS) - set(metrics.METRICS) | {"accumulated_deficit"},
    "Metrics": PERIODS - (set(LINES) - set(metrics.METRICS)),
    "Outcomes": set(figures.OUTCOMES),
    "Figures of a loan or covenant": {
        f"{one.word}.FACILITY{'.TEST' * (one.of == 'covenant')}"
        for one in lenders.FAMILIES
        if one.of != "gpu"
    },
    "Figures of a GPU": {f"{one.word}.GPU" for one in lenders.FAMILIES if one.of == "gpu"},
    "The first screen of a run": {
        *run_verdict.WORDS,
        *run_verdict.TERMS,
        *run_lines.LINES.values(),
    },
    "From backlog to cash": {step.name for step in backlog_to_cash.STEPS},
    "Sources and uses": {part.name for part in sources_and_uses.PARTS},
    "Measures": set(MEASURES),
    "Covenants": set(Covenants.model_fields),
    "Movements of backlog": set(MOVES),
    "Causes": set(CAUSES),
    "Intervals and answers": {
        *(intervals.T, intervals.SKEWED, intervals.COUNTS, intervals.FEW, intervals.ALIKE),
        *(intervals.SAME, intervals.ONE, intervals.NONE),
        *SIDES.values(),
        *registry.names(),
    },
    "Events": {phase.lower() for phase in PHASES},
}
"""What each section has a row for. The deficit of a statement is not that of its account."""
GENERATED = {
    "Metrics": "metrics",
    "Outcomes": "outcomes",
    "Figures of a loan or covenant": "of_loans",
    "Figures of a GPU": "of_gpus",
    "The first screen of a run": "verdict",
    "From backlog to cash": "to_cash_steps",
    "Sources and uses": "sources_and_uses",
}


def section(title: str) -> str:
    """The text under a heading of the glossary, up to the next."""
    glossary = PAGE.partition("\n## Names in tables and messages\n")[2]
    assert f"\n### {title}\n" in glossary, f"no section {title}"
    return re.split(r"\n##", glossary.partition(f"\n### {title}\n")[2])[0]


def rows(title: str) -> list[list[str]]:
    """Cells of a section's rows, without the heads."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for before, line in pairwise(["", *lines])
        if not set(line) <= set("|- ") and "`" in line
    ]


def words_of_schema(part: Any, key: str = "") -> Iterator[tuple[str, frozenset[str]]]:
    """Names that a key of a model file chooses among, with the key."""
    if isinstance(part, list):
        for inner in part:
            yield from words_of_schema(inner, key)
    elif isinstance(part, dict):
        words = frozenset(word for word in part.get("enum", ()) if isinstance(word, str))
        if words:
            yield key, words
        for name, inner in part.items():
            if name == "properties":
                for own, value in inner.items():
                    yield from words_of_schema(value, own)
            else:
                yield from words_of_schema(inner, key)


@pytest.mark.parametrize("title", DECLARED)
def test_every_name_has_an_entry_and_every_entry_is_a_name(title):
    told = [NAMED.findall(row[0])[0] for row in rows(title)]
    assert sorted(set(told) - DECLARED[title]) == [], "no such name any more"
    assert sorted(DECLARED[title] - set(told)) == [], f"add it to docs/definitions.md, {title}"
    assert len(told) == len(set(told)), "told twice"


@pytest.mark.parametrize("title", DECLARED)
def test_every_entry_has_a_meaning(title):
    assert [row for row in rows(title) if len(row[-1]) < len("paid")] == []


@pytest.mark.parametrize(("title", "made"), GENERATED.items())
def test_entries_that_are_declared_are_told_as_they_are_declared(title, made):
    found = section(title).partition(f"<!-- $ python -m tests.tables {made} -->\n")[2]
    assert found.partition("\n<!-- end -->")[0] == tables.TABLES[made](), (
        "python -m tests.pages --write docs/definitions.md"
    )


def test_every_word_of_a_model_file_has_an_entry_under_its_key():
    key, told = "", dict[str, set[str]]()
    for row in rows("Words of a model file"):
        key = NAMED.findall(row[0])[0] if row[0] else key
        told.setdefault(key, set()).add(NAMED.findall(row[1])[0])
    found = {(key.split(".")[-1], frozenset(words)) for key, words in told.items()}
    asked = set(words_of_schema(json_schema()))
    assert sorted(map(str, asked - found)) == []
    assert sorted(map(str, found - asked)) == []
    assert {*SOURCES, *STEPS} <= {word for _, words in found for word in words}


@pytest.mark.parametrize("word", [*CAPS, *(reason for reason in metric.REASONS if reason)])
def test_what_bounds_a_loan_and_why_a_ratio_is_blank_are_named(word):
    assert word in NAMED.findall(section("Covenants").replace("\n", " "))
