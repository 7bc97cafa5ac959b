"""In a pipe nothing is wider than 100 columns, or than COLUMNS where it is stated."""

import pytest

from tests.cases.reading import gpusim

COMMANDS = (
    ("models", "schema", "--keys"),
    ("models", "metrics"),
    ("models", "show", "single-site", "--sources"),
    ("models", "diff", "single-site", "spot-heavy"),
    ("models", "catalogue", "gpus.GB200"),
    ("models", "list"),
)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("columns", "most"), [("", 100), ("70", 70), ("140", 140)])
def test_reference_tables_in_a_pipe(command, columns, most, monkeypatch):
    """What is wider is one word, a key or a path, that would be no use in two parts."""
    monkeypatch.setenv("COLUMNS", columns)
    lines = gpusim(*command).stdout.splitlines()
    assert len(lines) > 5
    assert [line for line in lines if len(line) > most and len(line.split()) > 1] == []


def test_a_key_is_whole_with_its_meaning_below(monkeypatch):
    monkeypatch.setenv("COLUMNS", "")
    lines = gpusim("models", "schema", "--keys").stdout.splitlines()
    at = lines.index("model.as_of")
    assert lines[at + 1] == "  unit: date; required: yes"
    assert lines[at + 2].startswith("  meaning: Last day that is known; a calendar quarter's end")


def test_a_wide_pipe_has_a_table(monkeypatch):
    monkeypatch.setenv("COLUMNS", "220")
    first = gpusim("models", "schema", "--keys").stdout.splitlines()[0]
    assert first.split() == ["key", "unit", "required", "usually", "meaning", "left", "out"]
