"""What the repository promises its reader: commands that exist, a page beside each package."""

import re
import tomllib
from importlib.metadata import version
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


def test_checks_before_a_commit_are_those_of_ci():
    """All that .ci/run calls between installing and its first run."""
    lines = (ROOT / ".ci/run").read_text().splitlines()
    first = lines.index(".venv/bin/pip install --quiet '.[dev]'") + 1
    checks = lines[first : lines.index("", first)]
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()
    entries = [line.split("entry: ")[1] for line in hooks.splitlines() if "entry: " in line]
    assert entries == checks
    assert len(checks) == 4
    assert "repo: local" in hooks
    assert hooks.count("repo: ") == 1, "nothing is fetched"


def test_recipes_name_files_that_exist():
    named = re.findall(r"`([\w/]+/\w+\.\w+)`", (ROOT / "CONTRIBUTING.md").read_text())
    assert len(set(named)) > 40
    assert [path for path in named if "NAME" not in path and not (ROOT / path).is_file()] == []


def test_a_source_distribution_has_what_the_repository_promises():
    """All that git keeps at the top, but for what only git reads."""
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    told = {name.split("/")[0] for name in tool["hatch"]["build"]["targets"]["sdist"]["include"]}
    unkept = (ROOT / ".gitignore").read_text().split()
    there = {
        path.name
        for path in ROOT.iterdir()
        if path.name not in (".git", "runs") and f"{path.name}/" not in unkept
    }
    assert there - {".gitignore", ".coverage", "pyproject.toml"} <= told
    assert [name for name in told if not (ROOT / name).exists()] == []


def test_the_version_to_cite_is_that_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    cited = (ROOT / "CITATION.cff").read_text().splitlines()
    assert f"version: {gpusim.__version__}" in cited
    assert f"license: {project['license']}" in cited
    assert "Apache License" in (ROOT / "LICENSE").read_text()


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


def test_numba_has_an_upper_bound():
    """`linking` and `handle` use inner names of numba: a release is tried before it is allowed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (numba,) = [text for text in project["dependencies"] if text.startswith("numba")]
    low, high = numba.removeprefix("numba").split(",")
    major, minor = map(int, low.removeprefix(">=").split("."))
    assert high == f"<{major}.{minor + 1}"
    assert version("numba").startswith(f"{major}.{minor}.")
