"""Modules, functions and folders that a reader can see whole; exceptions have a name and a reason.

A limit is no goal: what is long is split where a reader would want a name. What is listed here may
only shrink or go: a listed size that is larger than the real one fails too.
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
LONG_MODULES = {}
LONG_FUNCTIONS = {}
FULL_FOLDERS = {}


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
    assert found == {name: size for name, (size, _) in known.items()}
    assert all(len(reason) > 20 for _, reason in known.values())
