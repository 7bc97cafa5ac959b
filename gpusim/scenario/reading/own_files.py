"""A user's own files: models, strategies, shocks and options of capital that are not bundled.

A run folder keeps their texts, each under the name by which it was asked for. What is done again
from a folder reads these texts and bundled files and nothing else: a name in a folder opens no
file.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import BinaryIO, Final

from gpusim import files as opened
from gpusim.scenario.language.errors import Mistake, ScenarioError
from gpusim.scenario.language.limits import FILE_BYTES
from gpusim.scenario.reading import bundled, files

STDIN: Final = Path("-")
"""What stands for the model that comes in on standard input."""

_kept: list[Mapping[str, str]] = []
"""Texts that stand for files, the innermost last; empty where files are read."""


@contextlib.contextmanager
def kept(texts: Mapping[str, str]) -> Iterator[None]:
    """Read these texts by name instead of files, and bundled files, and no other."""
    _kept.append(texts)
    try:
        yield
    finally:
        _kept.pop()


def are_kept() -> bool:
    """Whether texts of a folder stand for files."""
    return bool(_kept)


def is_bundled(path: Path) -> bool:
    """Whether a file comes with gpusim."""
    return path.resolve().is_relative_to(bundled.root().resolve())


def is_there(path: Path) -> bool:
    """Whether there is a text that is kept, a bundled file, or anything else by a name."""
    if _kept and not is_bundled(path):
        return path.as_posix() in _kept[-1]
    return path == STDIN or files.is_there(path)


def read(path: Path) -> str:
    """The text of a TOML file, or the one that is kept for it.

    Raises:
        ScenarioError: it is no regular file, too large, or unreadable; there is no standard input.
    """
    if _kept and not is_bundled(path):
        return _kept[-1][path.as_posix()]
    if path == STDIN:
        if sys.stdin is None:
            where = bundled.shown_path(STDIN)
            expected = "a model in TOML"
            raise ScenarioError([Mistake(where, 0, 0, "", "no standard input", expected)])
        return _from_stdin(sys.stdin.buffer)
    return files.read_text(path, bundled.shown_path(path), "a readable TOML file")


def read_beside(folder: Path, name: str) -> tuple[Path, str]:
    """A CSV file beside a model file, or below it, by a name in it: its path and its text.

    Raises:
        ScenarioError: the name leads elsewhere or through a link, or there is no such file.
    """
    expected = "a CSV file beside the model or below it, which is no link"
    try:
        path = opened.inside(folder, name)
    except opened.UnsafeFileError as error:
        raise ScenarioError([Mistake(name, 0, 0, "", error.found, expected)]) from None
    except ValueError:  # a name with a null byte
        raise ScenarioError([Mistake(name, 0, 0, "", "no name of a file", expected)]) from None
    if _kept and not is_bundled(path):
        if path.as_posix() not in _kept[-1]:
            raise ScenarioError([Mistake(name, 0, 0, "", "no such file", expected)])
        return path, _kept[-1][path.as_posix()]
    return path, files.read_text(path, bundled.shown_path(path), expected)


@cache
def _from_stdin(stream: BinaryIO) -> str:
    """The text on standard input, which can be read once; no more of it than a file may have.

    Raises:
        ScenarioError: it is too long, or no UTF-8 text.
    """
    where, data = bundled.shown_path(STDIN), stream.read(FILE_BYTES.most + 1)
    if len(data) > FILE_BYTES.most:
        found = f"more than {FILE_BYTES.most:,} bytes"
        raise ScenarioError([Mistake(where, 0, 0, "", found, str(FILE_BYTES))])
    return files.text_of(data, where, "a model in TOML")
