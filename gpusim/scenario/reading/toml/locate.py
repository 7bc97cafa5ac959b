"""Where each key of a TOML text stands: key path -> (line, column), both from 1.

Works on text that `tomllib` has accepted, so it never judges, it only walks.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

from gpusim.scenario.language.fields import KeyPath
from gpusim.scenario.reading.toml.nesting import BLANKS, STRING

Position = tuple[int, int]

_BLANK = re.compile(BLANKS)
_KEY_PART = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|\'[^\']*\'|[A-Za-z0-9_-]+')
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_STRING = re.compile(STRING, re.DOTALL)
_SCALAR = re.compile(r"[^,\]}#\n]+")


def locate(text: str) -> dict[KeyPath, Position]:
    r"""Positions of all keys, list items and table headers.

    >>> locate("[a]\nb = {c = 1}")[("a", "b", "c")]
    (2, 6)
    """
    walker = _Walker(text)
    walker.document()
    starts = [0] + [m.end() for m in re.finditer("\n", text)]
    found: dict[KeyPath, Position] = {}
    for path, offset in walker.found.items():
        line = bisect_right(starts, offset)
        found[path] = (line, offset - starts[line - 1] + 1)
    return found


class _Walker:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[KeyPath, int] = {}
        self.lengths: dict[KeyPath, int] = {}  # arrays of tables so far

    def document(self) -> None:
        table: KeyPath = ()
        self.skip(_BLANK)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)
            self.skip(_BLANK)

    def header(self) -> KeyPath:
        start = self.at
        array = self.text.startswith("[[", self.at)
        self.at += 2 if array else 1
        self.skip(_BLANK)
        *outer, last = self.key()
        path: KeyPath = ()
        for part in outer:
            path = self.item((*path, part), start)
        path = (*path, last)
        if array:
            self.lengths[path] = self.lengths.get(path, 0) + 1
        path = self.item(path, start)
        self.skip(_BLANK)
        self.at += 2 if array else 1
        return path

    def item(self, path: KeyPath, start: int) -> KeyPath:
        """The table a header means: of an array of tables, its newest."""
        self.found.setdefault(path, start)
        if path in self.lengths:
            path = (*path, self.lengths[path] - 1)
            self.found.setdefault(path, start)
        return path

    def pair(self, table: KeyPath) -> None:
        start = self.at
        path = table
        for part in self.key():
            path = (*path, part)
            self.found.setdefault(path, start)
        self.skip(_BLANK)
        self.at += 1  # the equals sign
        self.value(path)

    def key(self) -> list[str]:
        parts = []
        while True:
            match = _KEY_PART.match(self.text, self.at)
            assert match is not None
            self.at = match.end()
            parts.append(_plain(match.group()))
            if not _DOT.match(self.text, self.at):
                return parts
            self.skip(_DOT)

    def value(self, path: KeyPath) -> None:
        self.skip(_BLANK)
        if self.text[self.at] in "\"'":
            self.skip(_STRING)
        elif self.text[self.at] == "[":
            self.items(path, "]")
        elif self.text[self.at] == "{":
            self.items(path, "}")
        else:
            self.skip(_SCALAR)

    def items(self, path: KeyPath, close: str) -> None:
        """The items of an array, or the pairs of an inline table."""
        self.at += 1
        place = 0
        self.skip(_BLANK)
        while self.text[self.at] != close:
            if close == "]":
                self.found[(*path, place)] = self.at
                self.value((*path, place))
                place += 1
            else:
                self.pair(path)
            self.skip(_BLANK)
            if self.text[self.at] == ",":
                self.at += 1
                self.skip(_BLANK)
        self.at += 1

    def skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        assert match is not None
        self.at = match.end()


def _plain(word: str) -> str:
    """A part of a key without its quotation marks and escapes."""
    if word[0] == '"' and "\\" in word:
        return next(iter(tomllib.loads(f"{word} = 0")))
    return word[1:-1] if word[0] in "\"'" else word
