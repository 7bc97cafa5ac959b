"""The compile cache: never stale, not needed, shared by processes that start at once.

And nothing is loaded from it that is not whole, or that somebody else can have put there.
"""

from __future__ import annotations

import os
import pickle
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import gpusim
from gpusim.compiling import cache as compilecache

PACKAGE = Path(gpusim.__file__).parent
NOBODY = 65534
SAID = f"{compilecache.DAMAGED}\n"
PROGRAM = """
from gpusim.compiling import cache as compilecache
from gpusim.economics.books.depreciation import charged_after
from gpusim.compiling.kernel import const
print(charged_after(const(1_000), const(250), const(0), const(4), const(1)))
print(sum(charged_after.entry.stats.cache_hits.values()))
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
    money = tree / "gpusim/economics/core/money.py"
    source = money.read_text()
    stamp = money.stat()
    body = "def muldiv_split(quotient: int, rest: int, b: int, c: int) -> int:"
    assert body in source
    changed = source.replace(
        body, f"{body}\n    return 999\n\n\n@kernel\n" + body.replace("muldiv_split", "was")
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
from gpusim.compiling import cache as compilecache
print(compilecache.folder().name)
"""


def test_code_that_checks_bounds_has_a_folder_of_its_own(tree, tmp_path, monkeypatch):
    plain, _ = start(tree, tmp_path, CHECKED).communicate()
    monkeypatch.setenv("NUMBA_BOUNDSCHECK", "1")
    checked, _ = start(tree, tmp_path, CHECKED).communicate()
    assert checked.strip() == f"{plain.strip()}-checked"


KEPT = b"machine code" * 1000


class Trap:
    """What makes a file when it is unpickled."""

    def __init__(self, sprung: Path) -> None:
        self.sprung = sprung

    def __reduce__(self):
        return Path.touch, (self.sprung,)


def flipped(at: int) -> Callable[[Path], None]:
    """Change a bit of a file."""

    def change(path: Path) -> None:
        data = bytearray(path.read_bytes())
        data[at] ^= 1
        path.write_bytes(data)

    return change


def piped(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def linked(path: Path) -> None:
    """Have a name lead to the same, elsewhere."""
    path.rename(path.parent.parent / f"{path.name}-elsewhere")
    path.symlink_to(path.parent.parent / f"{path.name}-elsewhere")


def given_away(path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file to another user")
    os.chown(path, NOBODY, NOBODY)


def loosened(mode: int) -> Callable[[Path], None]:
    """Let others write."""
    return lambda path: path.chmod(mode)


IN_MARK, IN_LENGTH, IN_HASH, IN_REST = 3, len(compilecache.MARK) + 7, compilecache.HEAD - 1, -1
DAMAGE: dict[str, Callable[[Path], None]] = {
    "empty": lambda path: os.truncate(path, 0),
    "cut in its head": lambda path: os.truncate(path, compilecache.HEAD - 5),
    "cut to its head": lambda path: os.truncate(path, compilecache.HEAD),
    "cut in half": lambda path: os.truncate(path, path.stat().st_size // 2),
    "longer": lambda path: os.truncate(path, path.stat().st_size + 1),
    "endless": lambda path: os.truncate(path, 1 << 42),
    "a bit of its mark": flipped(IN_MARK),
    "a bit of its length": flipped(IN_LENGTH),
    "a bit of its hash": flipped(IN_HASH),
    "a bit of the rest": flipped(IN_REST),
    "a link": linked,
    "a pipe": piped,
    "not the user's": given_away,
    "its group writes": loosened(0o660),
    "others write": loosened(0o602),
}


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was said yet."""
    monkeypatch.setattr(compilecache, "SAID", set())


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("how", DAMAGE)
def test_a_file_that_is_not_as_it_was_written_is_not_read_and_can_be_replaced(
    tmp_path, capsys, how
):
    place = str(tmp_path / "place")
    compilecache.keep(place, "rule", KEPT)
    assert compilecache.read(place, "rule") == KEPT
    DAMAGE[how](tmp_path / "place/rule")
    assert compilecache.read(place, "rule") is None
    assert compilecache.read(place, "rule") is None
    assert capsys.readouterr().err == f"{compilecache.DAMAGED}\n", "once"
    compilecache.keep(place, "rule", KEPT)
    assert compilecache.read(place, "rule") == KEPT
    assert [path.name for path in (tmp_path / "place").iterdir()] == ["rule"]


@pytest.mark.usefixtures("fresh")
def test_a_file_that_is_missing_is_nothing_to_speak_of(tmp_path, capsys):
    assert compilecache.read(str(tmp_path), "rule") is None
    assert compilecache.read(str(tmp_path / "none"), "rule") is None
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("fresh")
def test_a_file_under_anothers_name_or_of_another_version_is_not_read(tmp_path, monkeypatch):
    compilecache.keep(str(tmp_path), "rule", KEPT)
    shutil.copy(tmp_path / "rule", tmp_path / "other")
    assert compilecache.read(str(tmp_path), "other") is None
    monkeypatch.setattr(compilecache, "version", lambda: "compiled-earlier")
    assert compilecache.read(str(tmp_path), "rule") is None


@pytest.mark.usefixtures("fresh")
def test_what_a_dead_writer_left_goes_and_what_a_living_one_writes_stays(tmp_path):
    old, new = (tmp_path / f"{compilecache.UNFINISHED}{name}" for name in ("old", "new"))
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    compilecache.keep(str(tmp_path), "rule", KEPT)
    assert not old.exists()
    assert new.exists()


@pytest.mark.usefixtures("fresh")
def test_a_file_that_cannot_be_written_is_said_and_leaves_nothing(tmp_path, capsys):
    (tmp_path / "rule").mkdir()
    compilecache.keep(str(tmp_path), "rule", KEPT)
    compilecache.keep(str(tmp_path), "rule", KEPT)
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["rule"]


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which a rule is kept: its part and its entry."""
    cache = tmp_path_factory.mktemp("warm")
    assert charge(PACKAGE.parent, cache) == (250, 0, str(next(cache.glob("gpusim/*"))), "")
    return cache


@pytest.fixture
def kept(warm: Path, tmp_path: Path) -> Path:
    """A copy of that cache."""
    return shutil.copytree(warm, tmp_path / "cache", copy_function=shutil.copy2)


def entry_in(cache: Path) -> Path:
    """The file of the entry."""
    (entry,) = cache.rglob("entry-depreciation.charged_after-*.nbc")
    return entry


def files_of(cache: Path) -> dict[str, bytes]:
    """All files of a cache."""
    return {str(p.relative_to(cache)): p.read_bytes() for p in cache.rglob("*.nbc")}


@pytest.mark.parametrize(
    ("which", "how"),
    [
        ("entries", "empty"),
        ("entries", "a bit of the rest"),
        ("parts", "cut in half"),
        ("all", "a bit of the rest"),
    ],
)
def test_a_damaged_rule_is_compiled_again_and_replaced(kept, which, how):
    whole = files_of(kept)
    entries = {name for name in whole if Path(name).name.startswith("entry-")}
    parts = set(whole) - entries
    assert entries
    assert parts
    if which == "parts":
        for name in entries:
            (kept / name).unlink()
    for name in {"entries": entries, "parts": parts, "all": whole}[which]:
        DAMAGE[how](kept / name)
    assert charge(PACKAGE.parent, kept) == (250, 0, str(next(kept.glob("gpusim/*"))), SAID)
    assert set(files_of(kept)) == set(whole)
    assert charge(PACKAGE.parent, kept)[1:4:2] == (1, "")


@pytest.mark.parametrize("head", ["of numba", "of another file", "of its own"])
def test_nothing_is_unpickled_that_was_not_written_by_the_user(kept, tmp_path, head):
    """Not even where its head is that of a whole file."""
    entry, sprung = entry_in(kept), tmp_path / "sprung"
    trap = pickle.dumps(Trap(sprung))
    if head == "of another file":
        compilecache.keep(str(tmp_path / "made"), "other", trap)
        data = (tmp_path / "made/other").read_bytes()
    else:
        length = len(trap).to_bytes(compilecache.LENGTH, "big")
        own = entry.read_bytes()[compilecache.HEAD - compilecache.HASH : compilecache.HEAD]
        data = trap if head == "of numba" else compilecache.MARK + length + own + trap
    entry.write_bytes(data)
    assert charge(PACKAGE.parent, kept)[0::3] == (250, SAID)
    assert not sprung.exists()
    pickle.loads(trap)
    assert sprung.exists(), "it would have"


FOLDERS = {"the cache": "gpusim", "a version's": "gpusim/*", "a part's": "gpusim/*/economics"}
REFUSED: dict[str, tuple[Callable[[Path], None], str]] = {
    "foreign": (given_away, "belongs to another user"),
    "its group writes": (loosened(0o770), "others may write in"),
    "all write": (loosened(0o707), "others may write in"),
    "a link": (linked, "is a symbolic link"),
}


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("how", REFUSED)
@pytest.mark.parametrize("which", FOLDERS)
def test_why_a_folder_is_refused(kept, which, how):
    """Of the user's own folders, from the cache down."""
    (path,) = kept.glob(FOLDERS[which])
    cached = next(kept.glob("gpusim/*"))
    assert compilecache.unusable(cached) is None
    spoil, words = REFUSED[how]
    spoil(path)
    told = compilecache.unusable(cached)
    assert told is not None
    assert told.split(";")[0] in (f"{path} {words}", f"{words} {path}")


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("which", FOLDERS)
def test_what_helps_where_others_may_write_can_be_copied(kept, which):
    """Also where there is a space in the name."""
    spaced = kept.with_name("a cache of mine")
    kept.rename(spaced)
    (path,) = spaced.glob(FOLDERS[which])
    cached = next(spaced.glob("gpusim/*"))
    path.chmod(0o777)
    told = compilecache.unusable(cached)
    assert told is not None
    command = told.split("`")[1]
    assert command == f"chmod go-w '{path}'"
    subprocess.run(shlex.split(command), check=True)
    assert compilecache.unusable(cached) is None


@pytest.mark.parametrize("how", REFUSED)
def test_a_folder_that_others_could_write_in_is_neither_read_nor_written(kept, how):
    (path,) = kept.glob("gpusim/*")
    whole = files_of(kept)
    spoil, words = REFUSED[how]
    spoil(path)
    amount, hits, place, messages = charge(PACKAGE.parent, kept)
    assert (amount, hits) == (250, 0)
    assert messages.startswith(f"{compilecache.NOT_KEPT}: ")
    assert words in messages
    assert len(messages.splitlines()) == 1
    assert not Path(place).is_relative_to(kept)
    assert not Path(place).exists(), "the temporary folder is removed at the end"
    assert sorted(files_of(kept).values()) == sorted(whole.values()) or how == "a link"


@pytest.mark.parametrize("how", ["foreign", "its group writes", "all write"])
def test_a_folder_that_others_could_put_another_for_is_refused(kept, how):
    cached = next(kept.glob("gpusim/*"))
    spoil, words = REFUSED[how]
    spoil(kept)
    told = (compilecache.unusable(cached) or "").split(";")[0]
    assert told in (f"{kept} {words}", f"{words} {kept}")


def test_a_link_that_leads_nowhere_makes_no_folder_there(tmp_path):
    (tmp_path / "gpusim").symlink_to(tmp_path / "elsewhere")
    reason = compilecache.unusable(tmp_path / "gpusim/compiled")
    assert reason == f"{tmp_path / 'gpusim'} is a symbolic link"
    assert not (tmp_path / "elsewhere").exists()


def test_the_folder_of_all_caches_may_be_a_link_or_one_in_which_nobody_moves_anothers(kept):
    kept.chmod(0o1777)
    assert charge(PACKAGE.parent, kept)[1:4:2] == (1, "")
    linked(kept)
    assert charge(PACKAGE.parent, kept)[1:4:2] == (1, "")


def test_folders_and_files_are_made_for_the_user_alone(tmp_path):
    before = os.umask(0)
    try:
        charge(PACKAGE.parent, tmp_path / "cache")
    finally:
        os.umask(before)
    made = [path for path in tmp_path.rglob("*") if path.name != "compiled-batch"]
    assert len(made) > 5
    assert {path.name for path in made if path.stat().st_mode & 0o77} == set()


@pytest.fixture
def passed_on(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder that this process is given; its own cache would be another."""
    given = tmp_path / "given"
    given.mkdir(0o700)
    monkeypatch.setattr(compilecache, "folder", lambda: next(kept.glob("gpusim/*")))
    monkeypatch.setenv(compilecache.PASSED_ON, str(given))
    return given


@pytest.mark.usefixtures("fresh")
def test_a_folder_that_is_passed_on_is_used_and_passed_on_again(passed_on, capsys):
    assert compilecache.usable.__wrapped__() == passed_on
    assert os.environ[compilecache.PASSED_ON] == str(passed_on)
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("how", [*REFUSED, "gone"])
def test_a_folder_that_is_passed_on_is_checked_by_the_same_rule(passed_on, capsys, how):
    """Where it is refused the cache is used, and nothing is passed on."""
    gone = (Path.rmdir, "cannot be read")
    spoil, words = REFUSED.get(how, gone)
    spoil(passed_on)
    assert compilecache.usable.__wrapped__() == compilecache.folder()
    assert compilecache.PASSED_ON not in os.environ
    said = capsys.readouterr().err
    assert said.startswith(f"{compilecache.PASSED_ON} is not used: ")
    assert words in said
    assert len(said.splitlines()) == 1


FULL = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))
"""


def test_a_disk_that_is_full_ends_no_run(tmp_path):
    """A limit on the size of files stands for it."""
    cache = tmp_path / "cache"
    process = start(PACKAGE.parent, cache, FULL + PROGRAM)
    said, messages = process.communicate(timeout=300)
    assert process.returncode == 0, messages
    assert said.split()[:2] == ["250", "0"]
    assert messages.startswith(f"{compilecache.NOT_KEPT}: ")
    assert len(messages.splitlines()) == 1
    assert [path for path in cache.rglob("*") if path.is_file()] == []


def test_code_for_other_types_is_another_file(kept):
    """Two processes that compile a rule for different types write over nothing of each other's."""
    whole = files_of(kept)
    reals = """
from gpusim.economics.core.money import muldiv
import numpy as np
print(int(muldiv(np.int32(7), np.int32(6), np.int32(3))))
"""
    said, messages = start(PACKAGE.parent, kept, reals).communicate(timeout=300)
    assert (said, messages) == ("14\n", "")
    after = files_of(kept)
    assert {name: after[name] for name in whole} == whole
    assert len(after) > len(whole)
    assert charge(PACKAGE.parent, kept)[1] == 1
