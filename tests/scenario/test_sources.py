"""Every number has a source or an assumption with a range, as old as the model says it is."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpusim.scenario import (
    bundled_names,
    check,
    check_sources,
    explained,
    load,
    source_rows,
)
from gpusim.scenario.checks.sources import Branch, Entry, _longest

ALL = """\
operator = "Invented for the tests"
market = "Invented for the tests"
gpus = "Invented for the tests"
sites = "Invented for the tests"
assets = "Invented for the tests"
contracts = "Invented for the tests"
equity = "Invented for the tests"
leases = "Invented for the tests"
overheads = "Invented for the tests"
tax = "Invented for the tests"
receivables = "Invented for the tests"
payables = "Invented for the tests"
balance = "Invented for the tests"
"""


def covered(spoiled, more="", sources="", *edits):
    """The small model with a source for every table."""
    head = '"rates.curve" = "Invented for the tests"\n'
    return spoiled.write(
        (head, f'rates = "Invented for the tests"\n{ALL}{sources}'), *edits, more=more
    )


def problems(path):
    return {m.key: m for m in check_sources(load(path))}


def test_a_file_with_an_entry_for_each_table_is_covered(spoiled):
    assert check(covered(spoiled)) == []


def test_a_number_without_an_entry_is_named_with_its_line(small):
    found = {m.key: m for m in check(small, strict=True)}
    assert found["sites.alpha.pue"].line == 56
    assert "debt.ddtl.margin" not in found
    assert "sites.alpha.delay.probability" not in found


def test_dates_need_an_entry_too(small):
    assert "contracts.first.signed" in {m.key for m in check(small, strict=True)}


def test_an_entry_that_matches_nothing_is_stale(spoiled):
    found = problems(covered(spoiled, sources='"sites.beta" = "x"\n'))
    assert list(found) == ['sources."sites.beta"']
    assert found['sources."sites.beta"'].line == spoiled.line_of("sites.beta")


def test_a_source_and_an_assumption_for_the_same_path_contradict(spoiled):
    more = '\n[assumptions."tax.rate"]\nreason = "r"\nrelative = 0.1\n'
    found = problems(covered(spoiled, more, '"tax.rate" = "x"\n'))
    assert list(found) == ["tax.rate"]


def test_the_longest_path_wins(spoiled):
    more = '\n[assumptions."tax.rate"]\nreason = "r"\nrelative = 0.1\n'
    rows = {r.path: r for r in source_rows(load(covered(spoiled, more)))}
    assert rows["tax.rate"].kind == "assumption"
    assert (rows["tax.rate"].low, rows["tax.rate"].high) == pytest.approx((0.225, 0.275))
    assert rows["tax.loss_cap_share"].kind == "source"


def test_a_star_covers_any_name(spoiled):
    path = covered(
        spoiled, '\n[assumptions."overheads.*.growth_per_year"]\nreason = "r"\nrelative = 1.0\n'
    )
    rows = {r.path: r.kind for r in source_rows(load(path))}
    assert rows["overheads.technology.growth_per_year"] == "assumption"
    assert rows["overheads.administration.growth_per_year"] == "assumption"
    assert rows["overheads.technology.monthly_usd"] == "source"


def test_an_assumption_needs_a_range(spoiled):
    found = problems(covered(spoiled, '\n[assumptions."tax.rate"]\nreason = "r"\n'))
    assert found['assumptions."tax.rate"'].expected == "low and high, or relative"


def test_a_range_holds_the_value(spoiled):
    found = problems(covered(spoiled, "", "", ("low = 0.3", "low = 0.45")))
    (key,) = found
    assert key == 'assumptions."sites.alpha.delay.probability"'
    assert "sites.alpha.delay.probability = 0.4" in found[key].expected


@pytest.mark.parametrize(
    ("entry", "fine"),
    [
        ('"10-K of 2025-12-01"', True),
        ('"10-K of 2026-02-26"', False),
        ('{ source = "10-K of 2026-02-26", as_of = 2025-12-31 }', True),
        ('{ source = "10-K", published = 2026-02-26 }', True),
        ('{ source = "10-K", published = 2026-06-30 }', False),
        ('{ source = "10-Q", as_of = 2026-03-31 }', False),
    ],
)
def test_nothing_is_known_after_the_as_of_day_but_that_quarters_own_report(spoiled, entry, fine):
    found = problems(covered(spoiled, sources=f'"tax.rate" = {entry}\n'))
    assert (not found) == fine


def test_a_source_without_a_date_speaks_of_the_as_of_day(spoiled):
    sources = '"tax.rate" = { source = "x", as_of = 2025-09-30 }\n'
    rows = {r.path: r for r in source_rows(load(covered(spoiled, sources=sources)))}
    assert rows["tax.rate"].as_of == dt.date(2025, 9, 30)
    assert rows["tax.loss_cap_share"].as_of == dt.date(2025, 12, 31)


def test_a_parents_entry_does_not_cover_a_value_that_the_child_replaces(spoiled, tmp_path):
    covered(spoiled)
    child = tmp_path / "child.toml"
    child.write_text('extends = "model.toml"\n[tax]\nrate = 0.3\n')
    found = problems(str(child))
    assert list(found) == ["tax.rate"]
    assert (found["tax.rate"].file, found["tax.rate"].line) == (str(child), 3)
    child.write_text(child.read_text() + '[sources]\n"tax.rate" = "a new law"\n')
    assert problems(str(child)) == {}


def test_the_share_assumed_counts_values(small):
    rows = [r for r in source_rows(load(small)) if r.path.startswith("sites.alpha.delay.")]
    assert [r.kind for r in rows] == ["assumption", "none", "none"]
    assert explained(rows).assumed_share == pytest.approx(1 / 3)


@pytest.mark.parametrize("name", bundled_names("operators"))
def test_every_number_of_a_bundled_model_is_accounted_for(name):
    assert check(name) == []


def test_a_path_spelled_in_two_ways_is_one_path(spoiled):
    twice = '"operator.\\"cash_yield_margin\\"" = "Here"\n"operator.cash_yield_margin" = "There"\n'
    found = problems(covered(spoiled, sources=twice))
    assert len(found) == 1
    assert all(m.found.startswith("the path of the entry") for m in found.values())


PATTERNS = st.lists(st.sampled_from(["a", "b", "*"]), min_size=1, max_size=3).map(tuple)
PATHS = st.lists(st.sampled_from(["a", "b", "c", 0]), min_size=1, max_size=4).map(tuple)


@given(st.lists(st.tuples(PATTERNS, st.integers(0, 2)), max_size=8), PATHS, st.integers(0, 2))
def test_what_speaks_of_a_value_is_what_a_look_at_every_entry_says(drawn, path, rank):
    """The longest pattern that fits, the fewest stars, the child's; of its file or a later one."""
    entries = [
        Entry("source", str(n), pattern, None, of, n)
        for n, (pattern, of) in enumerate(dict(drawn).items())
    ]
    root = Branch()
    for entry in entries:
        root.grow(entry.pattern).add(entry)
    words = tuple(map(str, path))
    fit = [
        entry
        for entry in entries
        if len(entry.pattern) <= len(words)
        and all(one in ("*", other) for one, other in zip(entry.pattern, words, strict=False))
    ]
    groups = list(root.covering(words))
    assert sorted(e.key for group in groups for e in group.youngest) == sorted(e.key for e in fit)
    own = [entry for entry in fit if entry.rank >= rank]
    best = max(((len(e.pattern), -e.pattern.count("*"), e.rank) for e in own), default=None)
    expected = {e.key for e in own if (len(e.pattern), -e.pattern.count("*"), e.rank) == best}
    found = _longest(groups, rank)
    assert {e.key for group in found for e in group.youngest} == expected
