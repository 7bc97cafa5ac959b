"""Modules, functions and folders that a reader can see whole; exceptions have a name and a reason.

A limit is no goal: what is long is split where a reader would want a name. What is listed has a
limit of its own and is taken off the list when it is short enough.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "gpusim").rglob("*.py"))
MOST_OF_A_MODULE = 400
"""Lines."""
MOST_OF_A_FUNCTION = 50
"""Lines, with its signature and docstring."""
MOST_IN_A_FOLDER = 12
"""Modules, besides `__init__`."""
# lists begin
LONG_MODULES = {
    "economics/core/state.py": (
        1200,
        "one state: every noun as a record of columns, read as a table",
    ),
}
LONG_FUNCTIONS = {
    "engines/batch/advance.py perform": (
        70,
        "the dispatcher: a branch a phase, plain lines in the order of phases",
    ),
}
FULL_FOLDERS: dict[str, tuple[int, str]] = {}
# lists end


def name_of(path):
    return str(path.relative_to(ROOT / "gpusim"))


def lengths_of_modules():
    return {name_of(path): path.read_text(encoding="utf-8").count("\n") for path in MODULES}


def lengths_of_functions():
    found = {}
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                key = f"{name_of(path)} {node.name}"
                found[key] = max(found.get(key, 0), node.end_lineno - node.lineno + 1)
    return found


def modules_of_folders():
    folders = {}
    for path in MODULES:
        if path.name != "__init__.py":
            folder = name_of(path.parent)
            folders[folder] = folders.get(folder, 0) + 1
    return folders


LIMITS = {
    "module": (lengths_of_modules, MOST_OF_A_MODULE, LONG_MODULES),
    "function": (lengths_of_functions, MOST_OF_A_FUNCTION, LONG_FUNCTIONS),
    "folder": (modules_of_folders, MOST_IN_A_FOLDER, FULL_FOLDERS),
}


@pytest.mark.parametrize("kind", LIMITS)
def test_what_is_larger_than_the_limit_has_a_name_and_a_reason(kind):
    measure, most, known = LIMITS[kind]
    found = {name: size for name, size in measure().items() if size > most}
    assert sorted(found) == sorted(known)
    assert {name: size for name, size in found.items() if size > known[name][0]} == {}
    assert all(len(reason) > 20 for _, reason in known.values())


def test_limits_measure_what_they_say():
    """A module, a function and a folder that are known to be long are seen to be."""
    assert lengths_of_modules()["economics/core/state.py"] > MOST_OF_A_MODULE
    assert lengths_of_functions()["engines/batch/advance.py perform"] > MOST_OF_A_FUNCTION
    assert modules_of_folders()["economics/core"] >= 7
