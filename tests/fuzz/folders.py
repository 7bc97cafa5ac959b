"""Folders as they may arrive, changed at random, on every command that reads one.

Changed with and without hashes made to fit. What is promised stands in docs/security.md.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import tempfile
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from gpusim.experiments.sweep.sweep_files import LINE_HASH, REQUEST_HASH, entry_line
from tests.cases.reading import MODELS, gpusim
from tests.fuzz.kept import Broken, Case
from tests.security.folders import READERS, forge, link

PROMISED = (
    "docs/security.md: exit code 0, 2 or 3 in words, nothing outside touched, no steering sign"
)
MODEL = str(MODELS / "late-hall.toml")
SHORT = ("--set", "model.quarters=4", "-q", "-j", "1")
MADE: dict[str, tuple[str, ...]] = {
    "run": ("run", MODEL, "--reps", "2", "--units", "--events", "1", "--monthly"),
    "sweep": ("sweep", MODEL, "--vary", "tax.rate=0.2,0.3", "--reps", "2"),
    "compare": (
        "compare", MODEL, "--reps", "100", "--most", "100",
        "--strategy", "none", "--strategy", "liquidity-first",
    ),
    "crossed": (
        "compare", MODEL, "--reps", "100", "--most", "100", "--cross",
        "--strategy", "none", "--strategy", "liquidity-first",
        "--capital", "none", "--capital", "equity",
        "--shock", "none", "--shock", "higher-for-longer",
    ),
    "sensitivity": ("sensitivity", MODEL, "--vary", "tax.rate=0.1:0.3", "--reps", "4"),
    "solve": ("solve", MODEL, "--for", "tax.rate=0:0.9", "--until", "equity<0", "--reps", "10"),
}  # fmt: skip
ALL_READERS = {kind: READERS.get(kind, READERS["compare"]) for kind in MADE}
STEER = "\x1b]0;owned\x07\x1b[2J\u202e\u200f<script>alert(1)</script>"
ODD = [
    None, 0, -1, 7, 1e400, float("nan"), 2**63, 10**30, True, "", "x", STEER, [], {}, [[]], [None],
    {"a": []}, "../../victim", "/etc/hostname", "2026-01-01", "\ud800", "victim.py:Mine",
    0.5, "run",
    "sweep", ["x", "y"], "single-site", "firm.toml", "1" * 5_000,
]  # fmt: skip
KEPT: dict[str, Path] = {}


def kept(kind: str) -> Path:
    """A finished folder of a kind, made once."""
    if kind not in KEPT:
        KEPT[kind] = Path(tempfile.mkdtemp(prefix="fuzz-")) / "kept"
        done = gpusim(*MADE[kind], *SHORT, "--out", str(KEPT[kind]))
        if done.returncode:
            raise AssertionError(done.stderr)
    return KEPT[kind]


def pick(luck: random.Random, path: Path) -> Path:
    """A file of a folder; the larger part of the time one that commands read first."""
    files = sorted(file for file in path.rglob("*") if file.is_file() and not file.is_symlink())
    texts = [file for file in files if file.suffix in (".json", ".jsonl", ".toml")]
    return luck.choice(texts if texts and luck.random() < 0.5 else files)


def bytes_changed(luck: random.Random, path: Path) -> str:
    file = pick(luck, path)
    data = bytearray(file.read_bytes())
    how = luck.choice(["flip", "cut", "empty", "more", "zeros"])
    if how == "flip" and data:
        for _ in range(luck.choice([1, 1, 4, 30])):
            data[luck.randrange(len(data))] ^= 1 << luck.randrange(8)
    elif how == "cut" and data:
        del data[luck.randrange(len(data)) :]
    elif how == "more":
        data += luck.randbytes(luck.choice([1, 100, 10_000]))
    elif how == "zeros" and data:
        start = luck.randrange(len(data))
        data[start : start + 64] = bytes(len(data[start : start + 64]))
    else:
        data.clear()
    file.write_bytes(bytes(data))
    return f"{file.name}: {how}"


def files_moved(luck: random.Random, path: Path) -> str:
    """Two files swapped, one lost, doubled, or of another kind."""
    one, other = pick(luck, path), pick(luck, path)
    how = luck.choice(["swap", "lose", "double", "link", "pipe", "folder", "hard link", "over"])
    outside = path.parent / "outside" / "victim"
    if how == "swap":
        first, second = one.read_bytes(), other.read_bytes()
        one.write_bytes(second)
        other.write_bytes(first)
    elif how == "lose":
        one.unlink()
    elif how == "double":
        name = luck.choice(
            ["copy", "victim.py", ".hidden", "manifest.json.bak", "é", STEER.replace("/", "")]
        )
        shutil.copy(one, path / name)
    elif how == "over":
        other.write_bytes(one.read_bytes())
    elif how == "link":
        link(one, luck.choice([outside, path.parent / "none", one, Path("/dev/zero"), other]))
    elif how == "pipe":
        one.unlink()
        os.mkfifo(one)
    elif how == "folder":
        one.unlink()
        one.mkdir()
    else:
        one.unlink()
        os.link(outside, one)
    return f"{one.name}, {other.name}: {how}"


def json_changed(luck: random.Random, tree: Any) -> str:
    """One value somewhere in a tree of JSON; what was done, in words."""
    at, where = tree, []
    while True:
        keys: list[Any] = list(at) if isinstance(at, dict) else list(range(len(at)))
        if not keys:
            return "nothing"
        key = luck.choice(keys)
        where.append(key)
        inner = at[key]
        if not isinstance(inner, dict | list) or luck.random() < 0.3:
            break
        at = inner
    how, value = luck.choice(["set", "set", "set", "lose", "near", "more"]), luck.choice(ODD)
    if how == "lose":
        del at[key]
    elif how == "near" and isinstance(inner, int | float) and not isinstance(inner, bool):
        at[key] = value = luck.choice([inner + 1, inner - 1, -inner, inner * 2, float(inner)])
    elif how == "more" and isinstance(at, dict):
        at[luck.choice([STEER, "x", "", "points", "request"])] = value
    else:
        at[key] = value
    return f"{where}: {how} {str(value)[:60]!r}"


def text_changed(luck: random.Random, path: Path) -> str:
    """A value in one of the JSON files; a journal's lines get hashes that fit."""
    every = ("manifest.json", "design.json", "inputs.json", "metrics.json", "journal.jsonl")
    names = [n for n in every if (path / n).is_file() and not (path / n).is_symlink()]
    if not names:
        return "nothing"
    name = luck.choice([names[0], *names])
    try:
        if name == "journal.jsonl":
            key = json.loads((path / "manifest.json").read_text()).get(REQUEST_HASH, "")
            lines = [json.loads(line) for line in (path / name).read_text().splitlines()]
            told = json_changed(luck, lines)
            for entry in lines:
                if isinstance(entry, dict):
                    entry.pop(LINE_HASH, None)
            (path / name).write_text("".join(entry_line(entry, key) for entry in lines))
        else:
            tree = json.loads((path / name).read_text())
            told = json_changed(luck, tree)
            (path / name).write_text(json.dumps(tree))
    except (ValueError, TypeError, AttributeError, OSError, RecursionError) as error:
        return f"{name}: cannot be changed any more: {error}"
    return f"{name}: {told}"


def table_changed(luck: random.Random, path: Path) -> str:
    """Cells, columns, rows or kinds of a table."""
    tables = sorted(file for file in path.rglob("*.parquet") if file.is_file())
    if not tables:
        return "nothing"
    file = luck.choice(tables)
    try:
        table = pl.read_parquet(file)
    except Exception as error:  # damaged by a change before: whatever the reader says
        return f"{file.name}: cannot be read any more: {error}"[:100]
    if not table.width:
        return "nothing"
    name = luck.choice(table.columns)
    values = [None, STEER, "", -1, 0, 2**62, 1e300, float("nan"), float("inf"), True, "x", [1], 7]
    hows = ["cell", "cell", "column", "drop", "rename", "rows", "none", "kind"]
    how, value = luck.choice(hows), luck.choice(values)
    if how == "drop":
        table = table.drop(name)
    elif how == "rename":
        free = [new for new in ("other", STEER, "metric ") if new not in table.columns]
        if not free:  # by changes before
            return "nothing"
        table = table.rename({name: luck.choice(free)})
    elif how == "rows":
        table = pl.concat([table, table.head(luck.randint(1, 5))])
    elif how == "none":
        table = table.clear()
    elif how == "kind":
        dtype = luck.choice([pl.String, pl.Float32, pl.Int8, pl.Boolean, pl.Date, pl.Binary])
        with contextlib.suppress(pl.exceptions.InvalidOperationError):  # such a cast is not known
            table = table.with_columns(pl.col(name).cast(dtype, strict=False))
    elif how == "column":
        table = table.with_columns(pl.lit(value).alias(name))
    else:
        row = luck.randrange(max(table.height, 1))
        column = table[name].to_list()
        with contextlib.suppress(Exception):  # of another kind: left as it is
            changed = [*column[:row], value, *column[row + 1 :]]
            table = table.with_columns(pl.Series(name, changed, dtype=table[name].dtype))
    table.write_parquet(file)
    return f"{file.name}: {how} of {name[:40]}, row of {str(value)[:20]!r}"


CHANGES: list[Callable[[random.Random, Path], str]] = [
    *(bytes_changed, files_moved),
    *(text_changed, text_changed, text_changed),
    *(table_changed, table_changed),
]


def refit(path: Path) -> bool:
    """Make the manifest's hashes fit; False where there is no such manifest any more."""
    if not (path / "manifest.json").is_file():
        return False  # a pipe would be waited for
    try:
        forge(path, lambda manifest: None)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return False
    return True


def steering(text: str) -> set[str]:
    """Signs in what was printed that steer a terminal or turn the direction of text."""
    plain = {"\n", "\t"}
    return {s for s in text if unicodedata.category(s) in ("Cc", "Cs", "Cf") and s not in plain}


def outside(place: Path, but: Path) -> dict[str, tuple[int, bytes]]:
    """All that lies beside a folder: kinds and bytes."""
    found = {}
    for file in sorted(place.rglob("*")):
        if file != but and not file.is_relative_to(but):
            data = file.read_bytes() if file.is_file() else b""
            found[str(file)] = file.lstat().st_mode, data
    return found


def one(case: Case) -> None:
    """A folder, changed, on three of the commands that read one."""
    luck = case.luck
    kind = luck.choice(sorted(MADE))
    path = case.place / "received"
    shutil.copytree(kept(kind), path)
    beside = case.place / "outside"
    beside.mkdir()
    (beside / "victim").write_text("precious")
    mark = beside / "ran"
    mine = f"import pathlib\npathlib.Path({str(mark)!r}).touch()\n"
    (case.place / "victim.py").write_text(mine)
    done = [luck.choice(CHANGES)(luck, path) for _ in range(luck.choice([1, 1, 1, 2, 3]))]
    fits = luck.random() < 0.7 and refit(path)
    readers = ALL_READERS[kind]
    chosen = luck.sample(readers, min(3, len(readers)))
    before = outside(case.place, path)
    traces = Path(tempfile.mkdtemp(prefix="fuzz-"))
    tempfile.tempdir = str(traces)
    try:
        for words in chosen:
            said = [word.format(path) for word in words]
            case.note(input={"kind": kind, "changes": done, "hashes fit": fits}, command=said)
            ended = gpusim(*said)
            told = ended.stdout + ended.stderr
            last = (
                ": of its form, by the last resort" if "holds what gpusim does not" in told else ""
            )
            case.end = f"exit {ended.returncode}{last}"
            if ended.returncode not in (0, 2, 3) or "it is gpusim's fault" in told:
                trace = "".join(file.read_text() for file in traces.glob("gpusim-*.txt"))
                came = f"{words[0]}: exit {ended.returncode}: {told[-600:]}\n{trace[-3_000:]}"
                raise Broken(came, PROMISED)
            if steering(told):
                raise Broken(f"{words[0]}: printed {sorted(steering(told))!r}", PROMISED)
            if ended.returncode and not ended.stderr.strip() and not ended.stdout.strip():
                raise Broken(f"{words[0]}: exit {ended.returncode} without a word", PROMISED)
            if outside(case.place, path) != before:
                raise Broken(f"{words[0]}: something outside the folder is changed", PROMISED)
    finally:
        shutil.rmtree(traces, ignore_errors=True)
