"""The pages of validation tell of every known answer there is, and what compares them can fail."""

import json
import re

import pytest

from gpusim.scenario.reading.bundled import names
from tests.oracles import validation
from tests.oracles.cases import CASES, NOT_REPRODUCED
from tests.oracles.recording import Compare, comparisons

ONE_PAGE = 90
"""Lines that the summary has at most."""
SUMMARY = (validation.ROOT / validation.SUMMARY).read_text(encoding="utf-8")
PAGES = {
    path.name: path.read_text(encoding="utf-8")
    for path in sorted((validation.ROOT / validation.FOLDER).glob("*.md"))
}
TESTS = [
    (module, case, name)
    for module, case in validation.modules().items()
    for name in validation.tests_of(validation.HERE / module)
]


@pytest.mark.parametrize(("module", "case", "name"), TESTS)
def test_a_page_lists_every_test_under_its_case(module, case, name):
    page = PAGES[validation.page_of(case)]
    section = page.partition(f"\n## {case}: {CASES[case].title}\n")[2].partition("\n## ")[0]
    assert f"`tests/oracles/{module}`" in section
    assert f"`{name}`" in section


def test_every_case_has_a_test_and_every_published_case_is_there():
    published = [f"A{n}" for n in range(1, 10)] + [f"B{n}" for n in range(1, 11)]
    assert set(published) <= set(CASES) == set(validation.modules().values())


def test_the_summary_is_one_page_and_leads_to_every_case_and_page():
    assert len(SUMMARY.splitlines()) <= ONE_PAGE
    targets = re.findall(r"\]\(docs/validation/([\w.]+)(?:#([\w-]+))?\)", SUMMARY)
    assert {page for page, _ in targets} == set(PAGES)
    places = {(validation.page_of(k), validation.anchor(k, c.title)) for k, c in CASES.items()}
    assert {(page, place) for page, place in targets if place} == places
    for page, place in places:
        titles = re.findall(r"^## (.+)$", PAGES[page], re.MULTILINE)
        assert place in [validation.anchor(*title.split(": ", 1)) for title in titles]


def test_the_summary_says_of_every_case_what_its_page_says():
    for key, case in CASES.items():
        page = PAGES[validation.page_of(key)]
        section = page.partition(f"\n## {key}: {case.title}\n")[2].partition("\n## ")[0]
        verdicts = {row.split(" | ")[-1].strip(" |") for row in section.splitlines() if "|" in row}
        said = next(row for row in SUMMARY.splitlines() if row.startswith(f"| [{key}]("))
        assert said.endswith("| MISSED |" if "MISSED" in verdicts else "| holds |")


def test_the_summary_counts_its_verdicts():
    table = [line for line in SUMMARY.partition("## Not")[0].splitlines() if line[:1] == "|"]
    assert f"\n{validation.held(table)}.\n" in SUMMARY
    assert len(table) == 2 + len(CASES)


def test_the_pages_say_what_is_not_reproduced_and_list_every_model():
    for figure, why in NOT_REPRODUCED.items():
        assert f"| {figure} | {why} |" in SUMMARY
    for model in names("operators"):
        assert f"\n| {model} | " in PAGES[validation.LEFT_OUT]


def test_every_missed_bar_says_why_and_stands_in_the_summary():
    bars = PAGES[validation.BACKTESTS].partition("## Bars")[2].partition("\n## ")[0].splitlines()
    missed = [line.split(" | ") for line in bars if "| MISSED |" in line]
    assert missed
    assert [
        row for row in missed if not row[-1].strip(" |") or validation.NO_REASON in row[-1]
    ] == []
    for line, _, _, bar, obtained, *_ in missed:
        assert f"{line.strip(' |')} {obtained} (bar {bar})" in SUMMARY


@pytest.mark.parametrize(
    ("obtained", "expected", "how", "holds"),
    [
        (1.004, 1.0, {"abs": 0.005}, True),
        (1.006, 1.0, {"abs": 0.005}, False),
        (-1.006, 1.0, {"abs": 0.005}, False),
        (104.9, 100.0, {"rel": 0.05}, True),
        (105.1, 100.0, {"rel": 0.05}, False),
        (0.53, 0.5, {"errors": 0.0101}, True),
        (0.53, 0.5, {"errors": 0.0099}, False),
        (float("nan"), 0.5, {"abs": 1.0}, False),
        (3, 3, {}, True),
        (3, 4, {}, False),
        ([1.0, 2.0], [1.0, 2.1], {"abs": 0.05}, False),
        ([1.0, 2.0], [1.0], {"abs": 0.05}, False),
        ("LTV", "DSCR", {}, False),
    ],
)
def test_a_figure_too_far_from_its_answer_fails_and_is_kept_as_missed(
    obtained, expected, how, holds
):
    kept = []
    compare = Compare("A1", kept)
    if holds:
        compare("a figure", obtained, expected, **how)
    else:
        with pytest.raises(AssertionError, match="a figure"):
            compare("a figure", obtained, expected, **how)
    (said,) = comparisons(json.loads(json.dumps(kept)))
    assert (said.case, said.what, said.holds) == ("A1", "a figure", holds)
    one = validation.Ran("m", "n", "t", "passed" if holds else "failed", [said])
    assert validation.rows_of(one)[0][-1] == ("holds" if holds else "MISSED")


def test_limits_of_one_side():
    kept = []
    compare = Compare("B10", kept)
    compare.least("a share", 0.95, 0.95)
    compare.most("a distance", 3.0, 3.0)
    with pytest.raises(AssertionError):
        compare.least("a share", 0.949, 0.95)
    with pytest.raises(AssertionError):
        compare.most("a distance", 3.1, 3.0)
    assert [said.holds for said in comparisons(kept)] == [True, True, False, False]


def test_a_test_that_fails_before_it_compares_is_missed():
    one = validation.Ran("m", "n", "what it states", "failed", [])
    assert validation.rows_of(one) == [
        ["what it states", "as stated", "otherwise", "exact", "MISSED"]
    ]
