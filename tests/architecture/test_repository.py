"""What the repository promises its reader: commands that exist, a page beside each package."""

import importlib
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

import gpusim

ROOT = Path(__file__).parents[2]
PACKAGES = sorted(path.parent for path in (ROOT / "gpusim").glob("*/**/__init__.py"))
LINKED = sorted(
    page
    for pattern in ("*.md", "docs/**/*.md", "gpusim/**/README.md", "tests/**/README.md")
    for page in ROOT.glob(pattern)
)
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


PLACEHOLDER = re.compile(r"NAME|KIND|TEST_|[^\w./-]")
"""What stands for another word, or is no path and no name."""
SOURCES = [
    path for folder in ("gpusim", "tests", "models") for path in (ROOT / folder).rglob("*.*")
]

KNOWN = {path.stem for path in SOURCES} | {
    word
    for path in SOURCES
    if path.suffix in (".py", ".toml")
    for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))
}
"""Every word of the code, the tests and the models."""


def told_in_recipes() -> list[str]:
    """What CONTRIBUTING.md has in code font and is no placeholder, no command, no expression."""
    named = re.findall(r"`([^`\n]+)`", (ROOT / "CONTRIBUTING.md").read_text())
    return sorted({name for name in named if not PLACEHOLDER.search(name)})


def test_recipes_name_files_and_folders_that_exist():
    paths = [name for name in told_in_recipes() if "/" in name]
    assert len(paths) > 40
    places = (ROOT, ROOT / "gpusim")
    assert [path for path in paths if not any((at / path).exists() for at in places)] == []
    names = {path.name for path in SOURCES} | {path.name for path in ROOT.iterdir()}
    files = [name for name in told_in_recipes() if re.fullmatch(r"\.?\w+(-\w+)*\.\w{2,4}", name)]
    files = [name for name in files if name.rsplit(".")[-1] in ("py", "md", "toml", "yaml")]
    assert [name for name in files if name not in names] == []


def test_recipes_name_what_is_in_the_code():
    words = [name for name in told_in_recipes() if re.fullmatch(r"\w+(\.\w+)*", name)]
    words = [name for name in words if not name.endswith((".py", ".md", ".toml"))]
    assert len(words) > 40
    assert [name for name in words if not set(name.split(".")) <= KNOWN] == []


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


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_page_of_a_package_names_what_exists(package: Path):
    """`module.py` of its own, `room/module.name` or `name` of any: none is left from before."""
    text = re.sub(r"```.*?```", "", (package / "README.md").read_text(), flags=re.DOTALL)
    told = {name for name in re.findall(r"`([^`\n]+)`", text) if not PLACEHOLDER.search(name)}
    places = (ROOT, ROOT / "gpusim", package, package.parent, ROOT / "gpusim/economics")
    stale = []
    for name in sorted(told):
        path, _, own = name.rpartition(".")
        whole = any((at / name).exists() for at in places)
        part = [at / f"{path}.py" for at in places if (at / f"{path}.py").is_file()]
        if "/" in name and not name.endswith("/"):
            stale += [name] * (not whole and not any(own in file.read_text() for file in part))
        elif name.endswith(".py"):
            stale += [name] * (name not in {source.name for source in SOURCES})
        elif re.fullmatch(r"[A-Za-z_]\w*(\.\w+)*", name):
            stale += [name] * (not set(name.split(".")) <= KNOWN)
    assert stale == []


def heads_of(page: Path) -> set[str]:
    """Where links of a page's headings lead, as GitHub names them."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", LINKED, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_of_a_page_lead_somewhere(page: Path):
    links = re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", page.read_text(encoding="utf-8"))
    lost = []
    for target, place in links:
        aim = page.parent / target if target else page
        known = "://" in target or (aim.exists() and (not place or place in heads_of(aim)))
        lost += [] if known else [f"{target}#{place}"]
    assert lost == []


def test_no_file_has_the_marks_of_a_merge():
    marks = re.compile(r"^(<<<<<<<|>>>>>>>)", re.MULTILINE)
    pages = [*LINKED, *(path for path in SOURCES if path.suffix in (".py", ".toml", ".md", ".csv"))]
    assert [page for page in pages if marks.search(page.read_text(encoding="utf-8"))] == []


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
    """`linking` and `state_pointer` use numba's inner names: a release is tried before allowed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (numba,) = [text for text in project["dependencies"] if text.startswith("numba")]
    low, high = numba.removeprefix("numba").split(",")
    major, minor = map(int, low.removeprefix(">=").split("."))
    assert high == f"<{major}.{minor + 1}"
    assert version("numba").startswith(f"{major}.{minor}.")


def patterns() -> Iterator[tuple[str, str]]:
    """Every pattern that a module of the package keeps, and where."""
    for found in pkgutil.walk_packages(gpusim.__path__, "gpusim."):
        if found.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(found.name)).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                yield f"{found.name}.{name}", value.pattern


def test_no_pattern_is_matched_otherwise_by_an_early_python_3_11():
    """Possessive quantifiers and atomic groups: Python 3.11.2 matches them wrongly."""
    told = dict(patterns())
    assert "gpusim.scenario.reading.toml.nesting._TOKEN" in told
    possessive = re.compile(r"(?<!\\)[*+?}]\+|\(\?>")
    assert [name for name, pattern in told.items() if possessive.search(pattern)] == []
