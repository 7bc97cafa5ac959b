"""Where compiled rules are kept between runs, and how they are read back.

The folder is named by a hash of every source file of the package, so that a change in one file can
never meet machine code compiled from another version of it. Where those files lie does not matter:
two installations of one version share what is compiled.

What is kept is machine code and pickles, which run when they are loaded. So a folder is used only
if nobody but the user can have written in it, and a file only if it is whole: it begins with a hash
of the rest. Where the folder cannot be used, rules are compiled for one run into a temporary
folder, and a line on stderr says so. A file that is not whole is compiled again and replaced.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import multiprocessing
import os
import secrets
import shlex
import shutil
import stat
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import BinaryIO, Final

import platformdirs

PACKAGE = Path(__file__).parents[1]
COMPILED = ("compiling", "economics", "world", "engines/batch")
"""Folders of the package whose sources are compiled, or say how."""
LAID_OUT = ("scenario/spec.py",)
"""Sources by whose order of fields compiled rules find what they are given."""
PASSED_ON = "GPUSIM_COMPILED"
"""Names a temporary folder to worker processes."""
LINKING: Final = "GPUSIM_LINKING"
"""`off` in it: rules are compiled by numba alone, without `linking`."""
MARK: Final = b"gpusim compiled 1\n"
"""How a kept file begins; then follow the size of the rest, its hash, the rest."""
LENGTH: Final = 8
HASH: Final = 32
HEAD: Final = len(MARK) + LENGTH + HASH
UNFINISHED: Final = ".unfinished-"
"""How the name of a file begins that is being written."""
STALE: Final = 3600.0
"""Age of an unfinished file whose writer is taken for dead [s]."""
OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
SAID: Final[set[str]] = set()
"""What was said on stderr, each once a process."""
HUSHED: Final[list[bool]] = []
"""Not empty where another process is to speak."""
DAMAGED: Final = "some compiled rules were damaged; they are compiled again"
NOT_KEPT: Final = "compiled rules are not kept"


@cache
def source_hash() -> str:
    """Hash of the package's compiled sources and of the compiler's version, 16 hex digits."""
    import numba

    digest = hashlib.sha256(numba.__version__.encode())
    for path in hashed_sources():
        digest.update(path.relative_to(PACKAGE).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def hashed_sources() -> list[Path]:
    """The sources on which machine code depends."""
    compiled = (path for name in COMPILED for path in sorted((PACKAGE / name).rglob("*.py")))
    return [*compiled, *(PACKAGE / name for name in LAID_OUT)]


def version() -> str:
    """What the code of a cache was compiled from, and how.

    Machine code that checks bounds is kept apart: numba itself would mix the two. So is what numba
    compiles alone.
    """
    checked = "-checked" if os.environ.get("NUMBA_BOUNDSCHECK", "0") not in ("", "0") else ""
    return f"compiled-{source_hash()}{'-unlinked' if linking_is_off() else ''}{checked}"


def linking_is_off() -> bool:
    """Whether numba compiles rules alone; `linking` and numba's inner names are then not needed."""
    asked = os.environ.get(LINKING, "")
    if asked not in ("", "on", "off"):
        say(f"{LINKING}={asked} is not used: it is on or off")
    return asked == "off"


def folder() -> Path:
    """The cache folder for this version of the sources; not created here."""
    return Path(platformdirs.user_cache_dir("gpusim")) / version()


@cache
def usable() -> Path:
    """A folder that can be written, by the user alone: the cache, or a temporary one for this run.

    It may have been passed on by the process that started this one.
    """
    if passed_on := os.environ.pop(PASSED_ON, None):
        given = Path(passed_on)
        reason = mistrusted(given) or unsafe_above(given)
        if reason is None:
            os.environ[PASSED_ON] = passed_on
            return given
        say(f"{PASSED_ON} is not used: {reason}")
    wanted = folder()
    reason = unusable(wanted)
    if reason is None:
        return wanted
    for_now = Path(tempfile.mkdtemp(prefix="gpusim-"))
    os.environ[PASSED_ON] = str(for_now)
    atexit.register(shutil.rmtree, for_now, ignore_errors=True)
    say(f"{NOT_KEPT}: {reason}")
    return for_now


def unusable(wanted: Path) -> str | None:
    """Why a folder cannot be the cache, if it cannot; it is made if it is not there."""
    try:
        reason = suspect(wanted)
        if reason is None:
            make(str(wanted))
            reason = suspect(wanted)
        if reason is None:
            with tempfile.TemporaryFile(dir=wanted):
                pass
    except OSError as error:
        return f"{wanted} cannot be written ({error.strerror})"
    return reason


def suspect(cached: Path) -> str | None:
    """Why somebody else may have written in a cache, of which not all need be there."""
    sources = (path for name in COMPILED for path in (PACKAGE / name).rglob("*.py"))
    above = (path.relative_to(PACKAGE).parents for path in sources)
    names = {"claims", *(str(folder) for folders in above for folder in folders)} - {"."}
    for path in (cached.parent, cached, *(cached / name for name in sorted(names))):
        if os.path.lexists(path) and (reason := mistrusted(path)) is not None:
            return reason
    return unsafe_above(cached.parent) if cached.parent.exists() else None


def mistrusted(path: Path) -> str | None:
    """Why somebody else may have written in a folder, if they may."""
    try:
        found = path.lstat()
    except OSError as error:
        return f"{path} cannot be read ({error.strerror})"
    if stat.S_ISLNK(found.st_mode):
        return f"{path} is a symbolic link"
    if not stat.S_ISDIR(found.st_mode):
        return f"{path} is not a folder"
    if found.st_uid != os.geteuid():
        return f"{path} belongs to another user"
    if found.st_mode & OTHERS_WRITE:
        return others_write(path)
    return None


def others_write(path: Path) -> str:
    """That others may write in a folder of the user's own, and what helps."""
    command = f"chmod go-w {shlex.quote(str(path))}"
    return f"others may write in {path}; `{command}` if you trust what lies there, else remove it"


def unsafe_above(path: Path) -> str | None:
    """Why somebody else may put another folder in the place of this one, if they may."""
    found = path.parent.stat()
    if found.st_uid not in (0, os.geteuid()):
        return f"{path.parent} belongs to another user"
    if found.st_mode & OTHERS_WRITE and not found.st_mode & stat.S_ISVTX:
        return f"others may write in {path.parent}; `chmod go-w {shlex.quote(str(path.parent))}`"
    return None


def place_of(source: str) -> str | None:
    """Folder in which rules of a source file are kept; None for a file that is not hashed."""
    path, package = Path(source).resolve(), PACKAGE.resolve()
    if any(path.is_relative_to(package / name) for name in COMPILED):
        return str(usable() / path.parent.relative_to(package))
    return None


def make(place: str) -> None:
    """Make a folder for rules, and those above it, for the user alone."""
    path = Path(place)
    if path.is_dir():
        return
    if path.parent != path:
        make(str(path.parent))
    path.mkdir(mode=0o700, exist_ok=True)


def read(place: str, name: str) -> bytes | None:
    """What was kept in a file; None if it is not there or not whole, or not the user's own."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK  # a pipe would wait for a writer
    try:
        with os.fdopen(os.open(Path(place, name), flags), "rb") as file:
            found = os.fstat(file.fileno())
            own = found.st_uid == os.geteuid() and not found.st_mode & OTHERS_WRITE
            data = unpacked(name, file, found.st_size) if own else None
    except FileNotFoundError:
        return None
    except OSError:
        data = None
    if data is None:
        say(DAMAGED)
    return data


def unpacked(name: str, file: BinaryIO, size: int) -> bytes | None:
    """What was kept in a file of a size [bytes]; None if it is not what was written."""
    head = file.read(HEAD)
    mark, length, told = head[: len(MARK)], head[len(MARK) : -HASH], head[-HASH:]
    if mark != MARK or size != HEAD + int.from_bytes(length, "big"):
        return None
    data = file.read()
    return data if told == hash_of(name, data) else None


def keep(place: str, name: str, data: bytes) -> None:
    """Write a file, whole or not at all; where that fails, a line says so."""
    writing = Path(place, f"{UNFINISHED}{secrets.token_hex(8)}")
    try:
        make(place)
        clear(place)
        with os.fdopen(os.open(writing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(MARK + len(data).to_bytes(LENGTH, "big") + hash_of(name, data))
            file.write(data)
        writing.replace(Path(place, name))
    except OSError as error:
        say_unkept(error)
    finally:
        with contextlib.suppress(OSError):
            writing.unlink(missing_ok=True)


def hash_of(name: str, data: bytes) -> bytes:
    """What a file is known by: its name, the version of the rules, what is in it."""
    digest = hashlib.sha256(f"{name}\n{version()}\n".encode())
    digest.update(data)
    return digest.digest()


@cache
def clear(place: str) -> None:
    """Remove what writers that died left unfinished; once a process."""
    for path in Path(place).glob(f"{UNFINISHED}*"):
        with contextlib.suppress(FileNotFoundError):  # another clears too
            if time.time() - path.lstat().st_mtime > STALE:
                path.unlink()


def say(text: str) -> None:
    """A line on stderr, once, by the process that the user started."""
    if text not in SAID and not HUSHED and multiprocessing.parent_process() is None:
        print(text, file=sys.stderr, flush=True)
    SAID.add(text)


def say_unkept(error: OSError) -> None:
    """Say, once, that files of the cache cannot be written."""
    say(f"{NOT_KEPT}: {usable()} cannot be written ({error.strerror})")


def hush() -> None:
    """Leave it to another process to say what is damaged or cannot be kept."""
    HUSHED.append(True)


def note(what: str) -> None:
    """Remember that all rules of something are compiled and kept."""
    if usable() == folder() and not compilation_is_off():
        try:
            (folder() / what).touch()
        except OSError as error:
            say_unkept(error)


def knows(*names: str) -> bool:
    """Whether any of these was compiled before on this machine, from these sources."""
    if compilation_is_off():
        return True
    return usable() == folder() and any((folder() / what).exists() for what in names)


def compilation_is_off() -> bool:
    """Whether rules run as plain Python, for debugging."""
    import numba

    return bool(numba.config.DISABLE_JIT)  # type: ignore[attr-defined]
