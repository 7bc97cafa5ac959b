"""A copy of the tree in which rules are changed: the working tree is never touched."""

from __future__ import annotations

import compileall
import os
import shutil
import sys
from pathlib import Path

from tests.mutants.places import ROOT, file_of

KEPT = ("gpusim", "tests", "models", "docs", "benchmarks", "pyproject.toml")
PAGES = ("README.md", "VALIDATION.md", "DESIGN.md", "CHANGELOG.md")
START = '''"""Started by every Python here: what it executes of the rules is written down."""

import os

if os.environ.get("MUTANTS_RECORD"):
    from tests.mutants.record import record_this_process

    record_this_process(os.environ["MUTANTS_RECORD"])
'''


def copied(folder: Path) -> Path:
    """A tree of its own, with Python's byte code made in advance where it is missing."""
    ignored = shutil.ignore_patterns("*.nbi", "*.nbc", ".hypothesis")
    for name in KEPT + PAGES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy2(source, folder / name)
    (folder / "sitecustomize.py").write_text(START, encoding="utf-8")
    for name in ("gpusim", "tests"):
        compileall.compile_dir(folder / name, quiet=2)
    return folder


def settings(tree: Path) -> dict[str, str]:
    """Variables of a Python that runs in a copy: nothing compiled, nothing kept of it."""
    return {
        "NUMBA_DISABLE_JIT": "1",
        "PYTHONPATH": str(tree),
        "PYTHONDONTWRITEBYTECODE": "1",
        "XDG_CACHE_HOME": str(tree / "cache"),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "POLARS_MAX_THREADS": "1",
    }


def command(tree: Path, *words: str) -> tuple[list[str], dict[str, str]]:
    """Words and variables of a Python in a copy."""
    return [sys.executable, *words], os.environ | settings(tree)


def write(tree: Path, module: str, source: str) -> None:
    """Put a module's text into a copy; its byte code from before is no longer taken."""
    path = tree / file_of(module)
    path.write_text(source, encoding="utf-8")
    for kept in (path.parent / "__pycache__").glob(f"{module}.*.pyc"):
        kept.unlink()
