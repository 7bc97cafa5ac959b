"""Files of a folder are taken for tables, JSON or TOML in one place, which checks them."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "gpusim"
ROOMS = ("results", "experiments", "reports", "api", "cli")
READING = {
    *("read_parquet", "scan_parquet", "read_ipc", "scan_ipc", "read_csv", "scan_csv", "read_json"),
    *("read_ndjson", "scan_ndjson", "loads", "load_json", "raw_decode"),
    *("open", "fdopen", "read_text", "read_bytes", "files.read"),
}
"""Names of calls that open a file, or take what is in one for something."""
CONTENTS = "results/stored/contents.py"
"""The one place that takes bytes of a folder for what they are."""
OTHERS = {
    "results/stored/opened.py": (
        {"files.read", "read_json"},
        "bytes of a folder's files, and manifests",
    ),
    "results/stored/folder.py": (
        {"loads", "fdopen", "open", "read_text"},
        "the manifest's own text as it is written, and the user's list of what was written here",
    ),
    "results/stored/renamed.py": ({"loads", "read_text"}, "its own list beside it"),
    "experiments/sweep/sweep_files.py": (
        {"files.read", "loads"},
        "the journal's bytes for their hash, and the manifest's own text as it is written",
    ),
    "experiments/sweep/executors.py": ({"loads"}, "what this command sent to a worker"),
    "experiments/common/toml_text.py": ({"loads"}, "one value of a key, a text that was read"),
    "experiments/backtest/backtest.py": ({"read_bytes"}, "CSV files that the user names"),
    "experiments/common/compile_schedule.py": ({"open", "read_bytes"}, "locks in the cache"),
    "experiments/common/memory.py": ({"read_text"}, "how much memory the system allows"),
    "experiments/explain/posting_rules.py": ({"read_text"}, "the text of gpusim's own rules"),
    "api/figures.py": ({"loads"}, "a text that was made here"),
    "cli/errors.py": ({"fdopen"}, "a file for the trace, written"),
    "cli/streams.py": ({"open"}, "where what is printed goes"),
    "cli/folders/report.py": ({"open"}, "a page in the browser"),
    "cli/modelling/new.py": ({"open"}, "the new model, written"),
}
"""Modules that read something else, and what."""


def calls(path):
    """Names of reading calls in a module, with what a function is asked of."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            of = getattr(getattr(node.func, "value", None), "id", "")
            found |= {name, f"{of}.{name}"} & READING
    return found


def readers():
    paths = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    found = {path.relative_to(ROOT).as_posix(): calls(path) for path in paths}
    return {name: names for name, names in found.items() if names}


def test_no_other_module_reads_a_file_of_a_folder():
    found = readers()
    assert {"read_parquet", "scan_parquet", "loads", "files.read"} <= found.pop(CONTENTS)
    assert found == {name: names for name, (names, _) in OTHERS.items()}


@pytest.mark.parametrize("name", OTHERS)
def test_an_exception_has_a_reason(name):
    assert len(OTHERS[name][1]) > 15
