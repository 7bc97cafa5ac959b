"""Where compiled rules are kept between runs.

The folder is named by a hash of every source file of the package, so that a change in one file can
never meet machine code compiled from another version of it.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import platformdirs

PACKAGE = Path(__file__).parent


@cache
def source_hash() -> str:
    """Hash of the package's compiled sources and of the compiler's version, 16 hex digits."""
    import numba

    digest = hashlib.sha256(numba.__version__.encode())
    for folder in ("economics", "world", "engines"):
        for path in sorted((PACKAGE / folder).rglob("*.py")):
            digest.update(path.relative_to(PACKAGE).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def folder() -> Path:
    """The cache folder for this version of the sources; not created here."""
    return Path(platformdirs.user_cache_dir("gpusim")) / f"compiled-{source_hash()}"
