"""What the repository promises its reader: commands that exist, a page beside each package."""

import tomllib
from pathlib import Path

import pytest

import gpusim

ROOT = Path(__file__).parents[2]
PACKAGES = sorted(path.parent for path in (ROOT / "gpusim").glob("*/**/__init__.py"))
RUN = "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/gpusim run coreweave-2025q4"
TEST = "python3 -m venv .venv && .venv/bin/pip install '.[dev]' && .venv/bin/pytest"


def test_the_tree_is_tested_not_an_installed_copy():
    assert Path(gpusim.__file__).parent == ROOT / "gpusim"


def test_readme_gives_both_commands():
    lines = (ROOT / "README.md").read_text().splitlines()
    assert RUN in [line.strip() for line in lines]
    assert TEST in [line.strip() for line in lines]


def test_ci_plays_the_readme_commands_in_order():
    lines = (ROOT / ".ci/run").read_text().splitlines()
    assert [line for line in lines if line in (f"({RUN})", f"({TEST})")] == [
        f"({RUN})",
        f"({TEST})",
    ]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_package_has_a_page(package: Path):
    assert (package / "README.md").read_text().strip()


def test_every_folder_of_modules_is_a_package():
    folders = {path.parent for path in (ROOT / "gpusim").rglob("*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_every_dependency_is_imported():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    sources = "\n".join(path.read_text() for path in (ROOT / "gpusim").rglob("*.py"))
    names = [requirement.split(">")[0] for requirement in project["dependencies"]]
    unused = [n for n in names if f"import {n}" not in sources and f"from {n}" not in sources]
    assert unused == []
