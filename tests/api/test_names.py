"""`import gpusim`: light, with every name it promises, each told of."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import gpusim
from tests.api.commands import printed

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
NAMES = sorted(set(gpusim.__all__) - {"__version__"})


def test_import_reads_nothing_else():
    """In a process of its own: a submodule gives the package its name, so `units` is asked last."""
    program = (
        "import sys, gpusim; before = set(sys.modules); gpusim.ScenarioError;"
        "heavy = {'polars', 'numba', 'numpy', 'pandas', 'matplotlib', 'typer'};"
        "print(sorted(m for m in before if m.startswith('gpusim.') or m in heavy));"
        "print(sorted(m for m in sys.modules if m in {'polars', 'pandas', 'matplotlib', 'typer'}));"
        "gpusim.run; gpusim.Run; print(callable(gpusim.units), callable(gpusim.run))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["[]", "[]", "True True"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_there_and_told_of(name):
    found = getattr(gpusim, name)
    assert inspect.getdoc(found)
    page = (ROOT / "gpusim/api/README.md").read_text()
    of_protocol = {"Decision", "View", "Strategy", "Explained", "OwnFigure", "Verified"}
    of_protocol |= {"Story", "RealisedUnits", "Result"}
    assert name in of_protocol or f"`{name}`" in page


@pytest.mark.parametrize("name", [n for n in NAMES if n[0].islower()])
def test_a_function_has_an_example_and_tells_what_it_raises(name):
    told = inspect.getdoc(getattr(gpusim, name))
    assert ">>> " in told
    assert "Raises:" in told


@pytest.mark.parametrize(
    "name",
    [
        n
        for n in NAMES
        if inspect.isclass(getattr(gpusim, n)) and "api" in getattr(gpusim, n).__module__
    ],
)
def test_every_method_is_told_of(name):
    own = vars(getattr(gpusim, name)).items()
    public = [value for key, value in own if not key.startswith("_") and callable(value)]
    assert [value.__name__ for value in public if not inspect.getdoc(value)] == []


def test_what_is_not_there_is_no_attribute():
    with pytest.raises(AttributeError, match="no attribute 'runn'"):
        gpusim.runn  # noqa: B018
    assert set(gpusim.__all__) <= set(dir(gpusim))


def test_the_version_is_printed():
    assert printed("--version") == f"gpusim {gpusim.__version__}\n"


def test_the_python_of_the_readme(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (program,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(program.splitlines()) <= 11
    exec(compile(program, "README.md", "exec"), {})
    told = capsys.readouterr().out
    assert "2026Q3" in told
    assert "tariffs.html" in told
    assert {path.name for path in tmp_path.iterdir()} == {"runs", "cash.png", "tariffs.html"}
