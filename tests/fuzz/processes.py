"""Commands as real processes, and what lies in their folders."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST_WAITED = 900
"""Wall time after which a process is taken to hang [s]."""
LUCKY = ("command", "written", "seconds", "manifest_hash")
"""Entries of a manifest that two runs of the same work need not share."""


def start(cwd: Path, *words: str, more: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """The command line as a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "gpusim", *words],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"} | dict(more or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )


def call(cwd: Path, *words: str, more: Mapping[str, str] | None = None) -> tuple[int, str, str]:
    """The command line to its end: exit code and what it printed."""
    process = start(cwd, *words, more=more)
    out, said = process.communicate(timeout=MOST_WAITED)
    return process.returncode, out, said


def tables(path: Path) -> dict[str, bytes]:
    """The bytes of every file of a folder but its manifest, without what time decides."""
    found = {}
    for file in sorted(path.rglob("*")):
        if file.is_file() and file.name != "manifest.json":
            found[str(file.relative_to(path))] = file.read_bytes()
    manifest = json.loads((path / "manifest.json").read_text())
    kept = {key: value for key, value in manifest.items() if key not in LUCKY}
    return found | {"manifest.json": json.dumps(kept, sort_keys=True).encode()}


def differences(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> list[str]:
    """Names of files that differ or are missing."""
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))
