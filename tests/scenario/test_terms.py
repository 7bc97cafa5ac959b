"""The pages of terms say what the declarations say, and their examples are read as they stand."""

from __future__ import annotations

import re

import pytest

from gpusim.scenario import load, reference
from gpusim.scenario.checks.warnings import warnings_of
from tests import terms
from tests.scenario.test_left_out import SHORT

PAGE = {name: (terms.PAGES / f"{name}.md").read_text(encoding="utf-8") for name in terms.TABLES}


@pytest.mark.parametrize("name", terms.TABLES)
def test_a_page_is_what_the_declarations_say(name):
    assert PAGE[name] == terms.whole(name), "python -m tests.terms --write"


def test_every_table_that_a_deal_is_told_in_is_on_a_page():
    """What is on none is about the others: sources and assumptions."""
    told = {table for tables in terms.TABLES.values() for table in tables}
    tables = {terms.first(key) for key in reference()}
    assert tables - told == {"sources", "assumptions"}


@pytest.mark.parametrize("name", terms.TABLES)
def test_the_example_of_a_page_is_a_model(name, tmp_path):
    """With the rest of a short one beside it, whose tables of the same names it replaces."""
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE[name], re.DOTALL)
    own = tuple(re.findall(r"^\[.*?\]", example, re.MULTILINE))
    parts = re.split(r"^(?=\[)", SHORT, flags=re.MULTILINE)
    kept = [part for part in parts if not part.startswith(own)]
    file = tmp_path / "example.toml"
    file.write_text("".join(kept) + "\n" + example)
    scenario = load(str(file))
    assert own
    unusual = [text for text in warnings_of(scenario) if "outside the usual" in text]
    assert unusual == []
