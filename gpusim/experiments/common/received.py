"""Work done again from a folder, whoever made it.

A folder keeps the texts of the files that it was made from, so that nothing outside it is read.
Nothing that it names is run: a strategy, metric or shock in Python runs only where the user names
its file again, and only the file whose hash the folder has.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from gpusim.own_code import (
    KINDS,
    METRIC,
    NOTHING,
    SHOCK,
    STRATEGY,
    Kind,
    Named,
    hash_of,
    only_named,
    own_of,
)
from gpusim.results.stored import folder
from gpusim.results.stored.opened import NotARunError, Opened
from gpusim.results.stored.trees import entries, text
from gpusim.scenario.reading import own_files
from gpusim.scenario.reading.tree import Tree

INPUTS: Final = "inputs.json"
TEXTS: Final = entries(text)
"""What it holds."""


def inputs_of(trees: Iterable[Tree]) -> dict[str, str]:
    """The file of a folder that keeps the texts of the user's own files; none where there are none.

    trees: the models as they were read.
    """
    texts: dict[str, str] = {}
    for tree in trees:
        texts |= tree.texts
    return {INPUTS: folder.json_text(texts)} if texts else {}


def code_hashes(
    strategies: str | Iterable[str | None] | None, shocks: Iterable[str], metrics: Iterable[str]
) -> dict[str, dict[str, str]]:
    """Entries of a manifest: the hash of the file of each piece of the user's own code, by name.

    Raises:
        OwnCodeError: there is no such file, or a folder names it and the user did not.
    """
    given = (strategies,) if strategies is None or isinstance(strategies, str) else strategies
    found: dict[str, dict[str, str]] = {}
    for kind, names in ((STRATEGY, given), (SHOCK, shocks), (METRIC, metrics)):
        owned = [(name, own_of(kind, name)) for name in names if name is not None]
        found[kind.hashes] = {name: hash_of(own, kind) for name, own in owned if own is not None}
    return found


@contextlib.contextmanager
def received(*runs: Opened, named: Named = NOTHING, asked: Sequence[str] = ()) -> Iterator[None]:
    """Read only what folders keep, and run only what the user names.

    named: what of the folders' code he names, as he typed it; asked: metrics of his own that the
    folders need not know.

    Raises:
        NotARunError: what a folder keeps is not what was written, or two keep one name for
            different texts.
        OwnCodeError: what he names is no folder's.
    """
    texts: dict[str, str] = {}
    recorded: dict[Kind, dict[str, str]] = {kind: {} for kind in KINDS}
    for run in runs:
        own = texts_of(run)
        if apart := sorted(name for name in own if texts.get(name, own[name]) != own[name]):
            raise NotARunError(f"the runs were made from different texts of {', '.join(apart)}")
        texts |= own
        for kind in KINDS:
            recorded[kind] |= run.manifest.get(kind.hashes) or {}
    known = {kind: named_for(kind, recorded[kind], named.of(kind)) for kind in KINDS}
    known[METRIC] |= {name: name for name in asked}
    with own_files.kept(texts), only_named(known):
        yield


def texts_of(run: Opened) -> Mapping[str, str]:
    """The texts of the files that a folder was made from, by name.

    Raises:
        NotARunError: they are not what was written.
    """
    if not (run.path / INPUTS).is_file():
        return {}
    found: dict[str, str] = run.tree(INPUTS, TEXTS)
    return found


def named_for(kind: Kind, recorded: Mapping[str, str], named: Sequence[str]) -> dict[str, str]:
    """What the user typed for each piece of code of a kind that a folder names.

    recorded: the hash of each one's file, by the folder's name for it.

    Raises:
        OwnCodeError: the folder names none of that file and name, or it has another hash.
    """
    found = {}
    for typed in named:
        fit = [name for name in recorded if _end(name) == _end(typed)]
        if not fit:
            known = ", ".join(recorded) or "none"
            raise kind.error(f"{typed}: the folder names no such {kind.name}; it names {known}")
        now = hash_of(typed, kind)
        for name in fit:
            if recorded[name] != now:
                raise kind.error(
                    f"{typed} is not the file that the folder was made with: its SHA-256 begins "
                    f"{now[:12]}, that one's {str(recorded[name])[:12]}"
                )
            found[name] = typed
    return found


def _end(code: str) -> tuple[str, str]:
    """The file's own name and the name in it."""
    file, _, name = code.rpartition(":")
    return Path(file).name, name
