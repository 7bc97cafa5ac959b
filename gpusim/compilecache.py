"""Where compiled rules are kept between runs.

The folder is named by a hash of every source file of the package, so that a change in one file can
never meet machine code compiled from another version of it. Where those files lie does not matter:
two installations of one version share what is compiled. Where it cannot be written, rules are
compiled for one run into a temporary folder, and a line on stderr says so.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

import platformdirs

PACKAGE = Path(__file__).parent
COMPILED = ("economics", "world", "engines")
"""Folders of the package whose sources are compiled."""
PASSED_ON = "GPUSIM_COMPILED"
"""Names a temporary folder to worker processes."""


@cache
def source_hash() -> str:
    """Hash of the package's compiled sources and of the compiler's version, 16 hex digits."""
    import numba

    digest = hashlib.sha256(numba.__version__.encode())
    for folder in COMPILED:
        for path in sorted((PACKAGE / folder).rglob("*.py")):
            digest.update(path.relative_to(PACKAGE).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def folder() -> Path:
    """The cache folder for this version of the sources; not created here.

    Machine code that checks bounds is kept apart: numba itself would mix the two.
    """
    checked = "-checked" if os.environ.get("NUMBA_BOUNDSCHECK", "0") not in ("", "0") else ""
    name = f"compiled-{source_hash()}{checked}"
    return Path(platformdirs.user_cache_dir("gpusim")) / name


@cache
def usable() -> Path:
    """A folder that can be written: the cache, else a temporary one for this run."""
    if passed_on := os.environ.get(PASSED_ON):
        return Path(passed_on)
    wanted = folder()
    try:
        wanted.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=wanted):
            return wanted
    except OSError as error:
        reason = f"{wanted} cannot be written ({error.strerror})"
    for_now = Path(tempfile.mkdtemp(prefix="gpusim-"))
    os.environ[PASSED_ON] = str(for_now)
    atexit.register(shutil.rmtree, for_now, ignore_errors=True)
    print(f"compiled rules are not kept: {reason}", file=sys.stderr, flush=True)
    return for_now


def place_of(source: str) -> str | None:
    """Folder in which rules of a source file are kept; None for a file that is not hashed."""
    path, package = Path(source).resolve(), PACKAGE.resolve()
    if any(path.is_relative_to(package / name) for name in COMPILED):
        return str(usable() / path.parent.relative_to(package))
    return None


def make(place: str) -> None:
    """Make a folder for rules."""
    Path(place).mkdir(parents=True, exist_ok=True)


def note(what: str) -> None:
    """Remember that all rules of something are compiled and kept."""
    if usable() == folder() and not compilation_is_off():
        (folder() / what).touch()


def knows(*names: str) -> bool:
    """Whether any of these was compiled before on this machine, from these sources."""
    return compilation_is_off() or any((folder() / what).exists() for what in names)


def compilation_is_off() -> bool:
    """Whether rules run as plain Python, for debugging."""
    import numba

    return bool(numba.config.DISABLE_JIT)  # type: ignore[attr-defined]
