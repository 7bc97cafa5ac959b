"""Whatever stands in a file or a --set, loading ends in a scenario or in told mistakes."""

from __future__ import annotations

import tomllib
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from gpusim.scenario import ScenarioError, check, load
from gpusim.scenario.language.errors import dotted
from gpusim.scenario.reading.tree import paths_of
from gpusim.scenario.render import toml_value

SMALL = Path(__file__).parent / "fixtures" / "small.toml"
PATHS = sorted(dotted(p) for p in paths_of(tomllib.loads(SMALL.read_text())) if p)
JUNK = [
    "0", "-1", "1", "40", "1e300", "-1e300", "inf", "nan", "10000000000000000000000", "true",
    '""', '"ddtl"', '"alpha"', '"*"', "[]", "[0]", "[[]]", "{}", "{ a = 1 }", "[{}]",
    '[{ amount_usd = 1 }]', "2025-12-31", "1066-01-01", "9999-12-31", "2026-01-01T00:00:00",
    "12:00:00", '{ "2026" = 1 }', "bare", "'",
]  # fmt: skip


def outcome(sets):
    try:
        return load(str(SMALL), sets=sets), ()
    except ScenarioError as error:
        return None, error.mistakes


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(PATHS), st.sampled_from(["=", "*=", "+="]), st.sampled_from(JUNK)
        ),
        min_size=1,
        max_size=3,
    )
)
def test_any_value_anywhere_gives_a_scenario_or_mistakes(changes):
    sets = ["".join(change) for change in changes]
    scenario, mistakes = outcome(sets)
    assert (scenario is None) == bool(mistakes)
    assert all(m.found and m.expected and m.file for m in mistakes)
    if scenario is not None:
        assert tomllib.loads(scenario.resolved_toml())


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30))
def test_any_setting_gives_a_scenario_or_mistakes(text):
    scenario, mistakes = outcome([text])
    assert (scenario is None) == bool(mistakes)


words = st.sampled_from(
    ["debt", "gpus", "sites", "sources", "assumptions", "balance", "contracts", "payables", "tax"]
)
junk = st.recursive(
    st.one_of(st.integers(), st.floats(), st.text(max_size=3), st.dates(), st.booleans()),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(words, inner, max_size=2)),
    max_leaves=5,
)


def inline(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {inline(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return toml_value(value)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(words, junk, max_size=4))
def test_any_toml_gives_mistakes_with_lines(tmp_path_factory, tables):
    path = tmp_path_factory.mktemp("any") / "any.toml"
    path.write_text("".join(f"{k} = {inline(v)}\n" for k, v in tables.items()))
    mistakes = check(str(path))
    assert mistakes
    assert all(m.line for m in mistakes if m.file == str(path))
