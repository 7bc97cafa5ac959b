"""Work done again from a folder, whoever made it.

A folder keeps the texts of the files that it was made from, so that nothing outside it is read.
Nothing that it names is run: a Python strategy runs only where the user names its file again, and
only the file whose hash the folder has.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from gpusim.results import folder
from gpusim.results.opened import NotARunError, Opened
from gpusim.scenario.reading import own_files
from gpusim.scenario.reading.tree import Tree
from gpusim.strategies import StrategyError, hash_of, only_named, own_of

INPUTS: Final = "inputs.json"
HASHES: Final = "strategy_hashes"
"""Entry of a manifest: the hash of the file of each Python strategy."""


def inputs_of(trees: Iterable[Tree]) -> dict[str, str]:
    """The file of a folder that keeps the texts of the user's own files; none where there are none.

    trees: the models as they were read.
    """
    texts: dict[str, str] = {}
    for tree in trees:
        texts |= tree.texts
    return {INPUTS: folder.json_text(texts)} if texts else {}


def strategy_hashes(strategies: Iterable[str | None]) -> dict[str, str]:
    """The hash of the file of each Python strategy, by its name.

    Raises:
        StrategyError: there is no such file, or a folder names it and the user did not.
    """
    owned = [(name, own_of(name)) for name in strategies if name is not None]
    return {name: hash_of(own) for name, own in owned if own is not None}


@contextlib.contextmanager
def received(*runs: Opened, named: Sequence[str] = ()) -> Iterator[None]:
    """Read only what folders keep, and run only what the user names.

    named: Python strategies as he typed them, FILE.py:NAME.

    Raises:
        NotARunError: what a folder keeps is not what was written, or two keep one name for
            different texts.
        StrategyError: a strategy that he names is no folder's.
    """
    texts: dict[str, str] = {}
    hashes: dict[str, str] = {}
    for run in runs:
        own = texts_of(run)
        if apart := sorted(name for name in own if texts.get(name, own[name]) != own[name]):
            raise NotARunError(f"the runs were made from different texts of {', '.join(apart)}")
        texts |= own
        hashes |= run.manifest.get(HASHES) or {}
    with own_files.kept(texts), only_named(named_for(hashes, named)):
        yield


def texts_of(run: Opened) -> Mapping[str, str]:
    """The texts of the files that a folder was made from, by name.

    Raises:
        NotARunError: they are not what was written.
    """
    if not (run.path / INPUTS).is_file():
        return {}
    try:
        found = json.loads(run.read(INPUTS))
    except (ValueError, RecursionError) as error:
        raise NotARunError(f"{run.path / INPUTS} is not JSON: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise NotARunError(f"{run.path / INPUTS} holds no texts by name")
    return found


def named_for(recorded: Mapping[str, str], named: Sequence[str]) -> dict[str, str]:
    """What the user typed for each strategy that a folder names.

    recorded: the hash of each strategy's file, by the folder's name for it.

    Raises:
        StrategyError: the folder names none of that file and name, or it has another hash.
    """
    found = {}
    for typed in named:
        fit = [name for name in recorded if _end(name) == _end(typed)]
        if not fit:
            known = ", ".join(recorded) or "none"
            raise StrategyError(f"{typed}: the folder names no such strategy; it names {known}")
        now = hash_of(typed)
        for name in fit:
            if recorded[name] != now:
                raise StrategyError(
                    f"{typed} is not the file that the folder was made with: its SHA-256 begins "
                    f"{now[:12]}, that one's {str(recorded[name])[:12]}"
                )
            found[name] = typed
    return found


def _end(strategy: str) -> tuple[str, str]:
    """The file's own name and the name in it."""
    file, _, name = strategy.rpartition(":")
    return Path(file).name, name
