"""What has been run: list, show, repeat, remove. Works on folders that have a manifest."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

from gpusim import files
from gpusim.experiments.common import received
from gpusim.experiments.common.pool import Progress
from gpusim.experiments.run.declaration import OwnFiles, OwnFolder
from gpusim.experiments.saved import answers, registry
from gpusim.files import UnsafeFileError
from gpusim.own_code import NOTHING, Named
from gpusim.results.stored import contents, folder, opened, renamed
from gpusim.results.stored.folder import FILES, MANIFEST, OWN_HASH
from gpusim.results.stored.opened import RUN, SCENARIO, NotARunError, Opened, finished
from gpusim.scenario.language.errors import listed, shown
from gpusim.signs import visible

REPEATED_BY: Final = (SCENARIO, received.INPUTS)
"""Files that any folder is repeated by, beside its manifest."""
REPORTED: Final = (".html", ".png", ".xlsx")
"""What `report` writes."""
SAME, MISSING, CHANGED = "same", "missing", "changed since it was written"
UNREADABLE: Final = "not relied on"
STATED: Final = ("scenario_hash", "draft_hash", "rules_hash")


class Row(NamedTuple):
    """A run in the list."""

    name: str
    kind: str
    status: str
    model: str
    points: int
    replications: int | None  # of all points; None: not known before the end
    seed: int
    written: str
    bytes: int


class Compared(NamedTuple):
    """A file of a run against its repetition."""

    file: str
    verdict: str  # same, differs, missing, new, changed since it was written


class Verified(NamedTuple):
    """What came of repeating a run."""

    path: Path
    files: list[Compared]
    notes: list[str]  # what has changed since

    @property
    def same(self) -> bool:
        """Whether every table has the same bytes."""
        return all(compared.verdict == SAME for compared in self.files)


def manifest(path: Path) -> dict[str, Any]:
    """What a folder says of itself.

    Raises:
        NotARunError: its manifest cannot be read, or is not what was written.
    """
    return {"kind": "run", "written": "", **opened.read_manifest(path)}


def rows(parent: Path = folder.DEFAULT_PARENT) -> list[Row]:
    """Every run, the newest last; one whose manifest is not relied on says so."""
    return sorted(
        (row_of(path) for path in (parent / name for name in finished(parent))),
        key=lambda r: (r.written, r.name),
    )


def row_of(path: Path) -> Row:
    """A run's line in the list."""
    name = visible(path.name)
    size = sum(file.lstat().st_size for file in own_files(path.rglob("*")))
    try:
        about = manifest(path)
    except NotARunError:
        return Row(name, "", UNREADABLE, "", 0, None, 0, "", size)
    return Row(
        name,
        about["kind"],
        about.get("status", ""),
        about.get("model", ""),
        about.get("points", 1),
        about.get("replications"),
        about.get("seed", 0),
        about["written"],
        size,
    )


def own_files(paths: Iterable[Path]) -> list[Path]:
    """Those that are files themselves, in order of their names; what a link points to is none."""
    return sorted(path for path in paths if path.is_file() and not path.is_symlink())


def files_of(path: Path) -> list[dict[str, Any]]:
    """The files of a run, with rows and columns of tables; a sweep's parts as one."""
    found = []
    for file in own_files(path.iterdir()):
        if file.name.startswith("."):
            continue
        entry: dict[str, Any] = {"file": visible(file.name), "bytes": file.stat().st_size}
        if file.suffix == ".parquet":
            entry |= contents.shape_of(file)
        found.append(entry)
    for table in ("outcomes", "summary"):
        parts = own_files(path.glob(f"parts/{table}-*.parquet"))
        if parts:
            size = sum(part.stat().st_size for part in parts)
            found.append({"file": f"parts/{table}-*.parquet", "bytes": size, "parts": len(parts)})
    return found


def verify(
    path: Path,
    workers: int | None = None,
    progress: Progress | None = None,
    named: Named = NOTHING,
) -> Verified:
    """Check each file of a run against its hash, repeat it, and compare the bytes of all tables.

    It is repeated only where all that it is repeated by is what was written.

    named: code that the user allows, see `received`.

    Raises:
        NotARunError: it is unfinished, or of no kind that can be repeated.
        StrategyError: it names a Python strategy that the user did not.
        RunError: the repetition failed.
    """
    run = opened.open_run(str(path))
    about = manifest(path)
    if about["kind"] not in registry.names() or about.get("status") != "finished":
        found = f"{about.get('status')} {about['kind']}"
        *nouns, last = (one.noun for one in registry.experiments())
        expected = f"a finished {', '.join(nouns)} or {last}"
        raise NotARunError(f"run {path.name}: {found}, expected {expected}")
    experiment = registry.experiment(about["kind"])
    repeated_by = (*REPEATED_BY, *experiment.files.repeated_by)
    checked = checked_files(run)
    if any(one.file in repeated_by and one.verdict != SAME for one in checked):
        return Verified(path, checked, ["it was not repeated: what it is repeated by has changed"])
    with files.new_folder(path.absolute().parent / f"{path.absolute().name}.again") as space:
        target = space / "again"
        with received.received(run, named=named):
            if isinstance(experiment.keeps, OwnFolder):
                experiment.keeps.repeat(run, target, workers, progress)
            else:
                answers.repeat(experiment, about, target, workers, progress)
        notes = [
            f"{key}: was {shown(about.get(key))}, is {shown(now)}"
            for key, now in opened.read_manifest(target).items()
            if key in STATED and about.get(key) != now
        ]
        again = compared(path, target)
    verdicts = {one.file: one for one in checked}
    verdicts |= {
        one.file: one
        for one in again
        if one.file not in verdicts or verdicts[one.file].verdict == SAME
    }
    return Verified(path, list(verdicts.values()), notes)


def checked_files(run: Opened) -> list[Compared]:
    """Whether each file is what the manifest, or a sweep's journal, says was written.

    Raises:
        NotARunError: the manifest keeps no hashes, or a line of the journal has another one.
    """
    hashes = run.manifest.get(FILES)
    if OWN_HASH not in run.manifest or hashes is None:
        raise NotARunError(f"{run.path} was written by an earlier version, which kept no hashes")
    found = []
    for name, told in hashes.items():
        if not os.path.lexists(run.path / name):
            found.append(Compared(name, MISSING))
            continue
        try:
            same = files.digest_of(files.inside(run.path, name)) == told
        except (UnsafeFileError, OSError):
            same = False
        found.append(Compared(name, SAME if same else CHANGED))
    own = registry.experiment(run.manifest.get("kind", RUN)).files
    if own.list_file and Compared(own.list_file, CHANGED) not in found:
        found += [Compared(file, CHANGED) for file in own.differing(run)]
    return found


def is_as_written(path: Path) -> bool:
    """Whether a folder, or the file of a backtest, is what was written on this machine, all of it.

    Hashes alone do not say: who changes a folder can make them fit (`folder.note`).
    """
    try:
        if path.is_file():
            return folder.is_noted(files.digest_of(path))
        run = opened.open_run(str(path))
        whole = all(one.verdict == SAME for one in checked_files(run))
    except (NotARunError, UnsafeFileError, OSError, KeyError):
        return False
    return whole and folder.is_noted(run.manifest[OWN_HASH])


def compared(first: Path, second: Path) -> list[Compared]:
    """Every table of two folders, by bytes; the first may have names of an earlier version."""
    tables = [
        {
            renamed.file_now(file.relative_to(path).as_posix()): file
            for file in path.rglob("*.parquet")
            if not file.name.startswith(".")
        }
        for path in (first, second)
    ]
    verdicts = []
    for name in sorted(set(tables[0]) | set(tables[1])):
        if name not in tables[1]:
            verdict = MISSING
        elif name not in tables[0]:
            verdict = "new"
        else:
            before, after = (table[name] for table in tables)
            now = files.digest_of(after)
            same = now in (files.digest_of(before), contents.digest_now(before))
            verdict = SAME if same else "differs"
        own = tables[0].get(name)
        verdicts.append(Compared(own.relative_to(first).as_posix() if own else name, verdict))
    return verdicts


def remove(path: Path) -> None:
    """Remove a run: out of sight in one rename, then for good.

    Raises:
        NotARunError: it is not a folder that gpusim wrote, or holds more than it wrote.
    """
    refuse_foreign(path)
    hidden = files.hidden(path.absolute())
    path.absolute().rename(hidden)
    shutil.rmtree(hidden)


def refuse_foreign(path: Path) -> None:
    """Check that a folder is a run's and holds nothing else.

    Raises:
        NotARunError: it is not, or does.
    """
    if path.is_symlink():
        raise NotARunError(f"{path} is a link, not a run folder")
    if Path.cwd().is_relative_to(path.resolve()):
        raise NotARunError(f"{path} is the folder in which you stand, or one above it")
    about = manifest(path)
    if "rules_hash" not in about or "versions" not in about:
        raise NotARunError(f"{path} is not a folder that gpusim wrote; it is left alone")
    known = about["kind"] in registry.names()
    own = registry.experiment(about["kind"]).files if known else OwnFiles()
    ours = {*about.get(FILES, ()), *own.names, MANIFEST, SCENARIO}
    written = REPORTED if FILES in about else (*REPORTED, ".parquet")  # earlier: no list of files
    others = sorted(
        visible(file.name)
        for file in path.iterdir()
        if file.name not in ours
        and file.suffix not in written
        and not files.LEFT_BEHIND.fullmatch(file.name)
    )
    if others:
        raise NotARunError(
            f"{path} holds {listed(others, 5)}, which gpusim did not write; it is left alone"
        )
