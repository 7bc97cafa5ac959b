"""Folders as an attacker would send them: a run, a sweep, a comparison, and changes of them."""

from __future__ import annotations

import functools
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gpusim.results.own import metric
from gpusim.results.stored import folder
from tests.cases.reading import MODELS, gpusim

OWN_CODE = """
from pathlib import Path
from gpusim.strategies import Decision
Path({mark!r}).touch()
class Careful:
    def decide(self, view):
        return Decision(sign=view.verdict == "signed")
class Spare:
    name, unit, meaning, better = "spare", "USD", "cash less a million", "higher"
    def compute(self, books):
        return books.metric("cash") - 1e6
class Dearer:
    def changes(self, model):
        return [f"sites.{{name}}.tariff_usd_per_kwh*=1.1" for name in model["sites"]]
"""
"""A strategy, a metric and a shock; whoever imports the file leaves a mark."""
NAMES = {"strategy": "Careful", "metric": "Spare", "shock": "Dearer"}
SHORT = ("--set", "model.quarters=4", "-q")
KINDS = ("run", "sweep", "compare")


@functools.cache
def made(kind: str, code: str = "") -> Path:
    """A finished folder of a kind; code: of NAMES, made with such code that leaves a mark."""
    place = Path(tempfile.mkdtemp())
    shutil.copy(MODELS / "late-hall.toml", place / "firm.toml")
    mine = place / "mine.py"
    mine.write_text(OWN_CODE.format(mark=str(place / "ran")))
    own = (f"--{code}", f"{mine}:{NAMES[code]}") if code else ()
    model, out = str(place / "firm.toml"), ("--out", str(place / "kept"))
    words = {
        "run": ("run", model, "--reps", "2", *own),
        "sweep": ("sweep", model, "--vary", "tax.rate=0.2,0.3", "--reps", "2", *own),
        "compare": (
            *("compare", model, "--reps", "100", "--most", "100", "--strategy", "none", *own),
            *(() if code == "strategy" else ("--strategy", "liquidity-first")),
        ),
    }[kind]
    done = gpusim(*words, *SHORT, *out)
    assert done.returncode == 0, done.stderr
    (place / "ran").unlink(missing_ok=True)
    metric._kept.cache_clear()  # who loads it again leaves its mark again
    return place


def received(kind: str, target: Path, code: str = "") -> Path:
    """A copy of such a folder, as it would arrive: nothing of what it was made from beside it."""
    shutil.copytree(made(kind, code) / "kept", target)
    return target


def forge(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change a manifest and make all its hashes fit again, as who knows gpusim would."""
    manifest = json.loads((path / "manifest.json").read_text())
    change(manifest)
    hashes = {
        name: folder.digest((path / name).read_bytes())
        for name in manifest["files"]
        if (path / name).is_file()
    }
    manifest.pop(folder.OWN_HASH, None)
    (path / "manifest.json").write_text(folder.manifest_text(manifest, hashes))


def link(path: Path, to: Path) -> None:
    """Put a link in a file's place."""
    path.unlink(missing_ok=True)
    path.symlink_to(to)


READERS: dict[str, tuple[tuple[str, ...], ...]] = {
    "run": (
        ("runs", "verify", "{}", "-q"),
        ("runs", "show", "{}"),
        ("runs", "diff", "{}", "{}"),
        ("report", "{}"),
        ("report", "{}", "--credit"),
        ("report", "{}", "--credit", "--text"),
        ("explain", "{}", "--line", "revenue", "--period", "2026Q4"),
        ("replay", "{}"),
        ("bridge", "{}", "{}", "-q"),
        ("units", "{}"),
    ),
    "sweep": (
        ("runs", "verify", "{}", "-q"),
        ("runs", "show", "{}"),
        ("runs", "diff", "{}", "{}"),
        ("report", "{}"),
        ("sweep", "--resume", "{}", "-q"),
    ),
    "compare": (
        ("runs", "verify", "{}", "-q"),
        ("runs", "show", "{}"),
        ("runs", "diff", "{}", "{}"),
        ("report", "{}"),
    ),
}
"""Every command that reads a folder, by the kind of folder."""


def commands(kind: str, path: Path) -> list[tuple[str, ...]]:
    """Every command that reads a folder of a kind."""
    return [tuple(word.format(path) for word in words) for words in READERS[kind]]
