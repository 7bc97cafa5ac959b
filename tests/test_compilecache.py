"""The compile cache: never stale, not needed, and shared by processes that start at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import gpusim

PACKAGE = Path(gpusim.__file__).parent
PROGRAM = """
from gpusim import compilecache
from gpusim.economics.depreciation import charged_through
from gpusim.economics.kernel import const
print(charged_through(const(1_000), const(10), const(4), const(10)))
print(sum(charged_through.entry.stats.cache_hits.values()))
print(compilecache.usable())
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the sources to change."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, tmp_path / "tree/gpusim", ignore=ignored)
    return tmp_path / "tree"


def start(tree: Path, cache: Path, program: str = PROGRAM) -> subprocess.Popen[str]:
    own = {"PYTHONPATH": str(tree), "XDG_CACHE_HOME": str(cache), "PYTHONDONTWRITEBYTECODE": "1"}
    rest = {
        k: v for k, v in os.environ.items() if k not in ("NUMBA_DISABLE_JIT", "GPUSIM_COMPILED")
    }
    return subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=tree,
        env=rest | own,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def charge(tree: Path, cache: Path) -> tuple[int, int, str, str]:
    """The charge a rule computes, how often it came from the cache, where that is, and stderr."""
    process = start(tree, cache)
    said, messages = process.communicate(timeout=300)
    assert process.returncode == 0, messages
    amount, hits, place = said.split()
    return int(amount), int(hits), place, messages


def test_machine_code_of_an_earlier_version_is_never_used(tree, tmp_path):
    """A rule is compiled again when only a rule that it calls, in another file, has changed."""
    cache = tmp_path / "cache"
    assert charge(tree, cache)[:2] == (250, 0)
    assert charge(tree, cache)[:2] == (250, 1)
    money = tree / "gpusim/economics/money.py"
    source = money.read_text()
    stamp = money.stat()
    body = "def muldiv_known(quotient: int, rest: int, b: int, c: int) -> int:"
    assert body in source
    changed = source.replace(
        body, f"{body}\n    return 999\n\n\n@kernel\n" + body.replace("muldiv_known", "was")
    )
    money.write_text(changed)
    os.utime(money, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert charge(tree, cache)[:2] == (999, 0)
    money.write_text(source)
    assert charge(tree, cache)[:2] == (250, 1)


def test_two_installations_of_one_version_share_what_is_compiled(tree, tmp_path):
    cache, other = tmp_path / "cache", tmp_path / "elsewhere"
    shutil.copytree(tree, other)
    assert charge(tree, cache)[:2] == (250, 0)
    assert charge(other, cache)[:2] == (250, 1)


def test_a_cache_that_cannot_be_written_is_said_and_not_needed(tree, tmp_path):
    blocked = tmp_path / "cache"
    blocked.write_text("a file where the folder should be")
    amount, hits, place, messages = charge(tree, blocked)
    assert (amount, hits) == (250, 0)
    assert messages.startswith("compiled rules are not kept: ")
    assert len(messages.splitlines()) == 1
    assert not Path(place).exists(), "the temporary folder is removed at the end"


def test_nothing_is_written_beside_the_sources(tree, tmp_path):
    """So an installation that cannot be written works."""
    before = sorted(tree.rglob("*"))
    charge(tree, tmp_path / "cache")
    assert sorted(tree.rglob("*")) == before


def test_processes_that_start_cold_at_once_end_right(tree, tmp_path):
    cache = tmp_path / "cache"
    both = [start(tree, cache), start(tree, cache), start(tree, cache)]
    for process in both:
        said, messages = process.communicate(timeout=300)
        assert (process.returncode, messages) == (0, "")
        assert said.split()[0] == "250"
    assert charge(tree, cache)[:2] == (250, 1)


CHECKED = """
from gpusim import compilecache
print(compilecache.folder().name)
"""


def test_code_that_checks_bounds_has_a_folder_of_its_own(tree, tmp_path, monkeypatch):
    plain, _ = start(tree, tmp_path, CHECKED).communicate()
    monkeypatch.setenv("NUMBA_BOUNDSCHECK", "1")
    checked, _ = start(tree, tmp_path, CHECKED).communicate()
    assert checked.strip() == f"{plain.strip()}-checked"
