"""The catalogue: tables that models name instead of writing them out, `use = "catalogue"`.

A version is a file of `models/catalogue`, which is never changed once it is published. A table that
names an entry stands over it: what it says itself counts. The entry's values keep their place in
the catalogue, and its sources and assumptions come along under the name that the model gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from gpusim.scenario.language.errors import ScenarioError, dotted, listed, nearest, shown
from gpusim.scenario.language.fields import KeyPath, Problem
from gpusim.scenario.language.provenance import PROVENANCE
from gpusim.scenario.reading import bundled
from gpusim.scenario.reading.toml.toml_file import read_file
from gpusim.scenario.reading.tree import Origin, Tree

FOLDER: Final = "catalogue"
USE: Final = "use"
WORD: Final = "catalogue"
NOUNS: Final = ("gpus", "sites", "debt", "overheads")
"""Tables that may name an entry."""
VERSION: Final = ("model", "catalogue")
"""The key of a model that names a version."""


class Released(NamedTuple):
    """When a generation was first shipped, as far as that is known."""

    date: Any
    reason: str


class Catalogue(NamedTuple):
    """A version of the catalogue."""

    version: str
    tree: Tree

    @property
    def released(self) -> dict[str, Released]:
        """Generations with the day of their release."""
        rows = self.tree.values["released"]
        return {name: Released(row["date"], row["reason"]) for name, row in rows.items()}

    def entries(self) -> Iterator[tuple[str, str]]:
        """Noun and name of each entry, in the order of the file."""
        for noun in NOUNS:
            for name in self.tree.values.get(noun, {}):
                yield noun, name


def versions() -> list[str]:
    """Names of the versions, the newest last."""
    return sorted(path.stem for path in (bundled.root() / FOLDER).glob("*.toml"))


def version(name: str = "") -> Catalogue:
    """A version of the catalogue, which is there; without a name the newest."""
    name = name or versions()[-1]
    return Catalogue(name, read_file(bundled.path_of(FOLDER, name)))


def version_of(trees: Sequence[Tree]) -> str:
    """The version that a model's files name, the last of them first; empty if none does.

    Raises:
        ScenarioError: there is no such version.
    """
    for tree in reversed(trees):
        name = tree.get(VERSION)
        if name is None:
            continue
        if name not in versions():
            known = versions()
            near = nearest(name, known) if isinstance(name, str) else ""
            problem = Problem(VERSION, shown(name), f"a version: {listed(known)}", near)
            raise ScenarioError([tree.mistake(problem)])
        return str(name)
    return ""


def used(own: Tree, name: str, rank: int) -> Tree:
    """What a file's tables use of the catalogue, under their names; their `use` is taken out.

    own: the file; name: of the version; rank: of the origins of what is used.

    Raises:
        ScenarioError: a table names an entry that there is not.
    """
    found = Tree()
    wrong = []
    for noun in NOUNS:
        tables = own.values.get(noun)
        for table, body in list(tables.items()) if isinstance(tables, dict) else ():
            if not isinstance(body, dict) or USE not in body:
                continue
            of = version(name)
            entry, problem = _entry(of, noun, table, body[USE])
            if problem is not None:
                wrong.append(own.mistake(problem))
                continue
            own.drop((noun, table, USE))
            _take(found, of, (noun, entry), (noun, table), rank)
    if wrong:
        raise ScenarioError(wrong)
    for key in PROVENANCE:
        entries = own.values.get(key)
        for said in entries if isinstance(entries, dict) else ():
            found.drop((key, said))
    return found


def lay(tree: Tree) -> None:
    """Lay the entries that tables use under them, where shocks and settings have added such.

    Raises:
        ScenarioError: a table names an entry that there is not.
    """
    name = tree.get(VERSION)
    tree.under(used(tree, name if name in versions() else "", 0))


def _entry(of: Catalogue, noun: str, table: str, named: Any) -> tuple[str, Problem | None]:
    """The entry that a table uses, or what is wrong with how it names it.

    named: "catalogue", which is the entry of the table's own name, or "catalogue/NAME".
    """
    word, _, name = named.partition("/") if isinstance(named, str) else ("", "", "")
    known = list(of.tree.values.get(noun, {}))
    entry, at = name or table, (noun, table, USE)
    expected = f'"{WORD}/NAME" with one of {listed(known, 40)}'
    if word != WORD:
        return "", Problem(at, shown(named), f'"{WORD}", or {expected}')
    if entry not in known:
        found = f"{shown(named)}, and the catalogue {of.version} has no {noun} {shown(entry)}"
        return "", Problem(at, found, expected, nearest(entry, known))
    return entry, None


def _take(
    found: Tree, of: Catalogue, entry: tuple[str, str], table: tuple[str, str], rank: int
) -> None:
    """Put an entry into a tree under a table's name, with what speaks of it."""
    found.put(table, of.tree.get(entry), _ranked(of.tree.origin(entry), rank))
    for path, origin in of.tree.origins.items():
        if path[:2] == entry and len(path) > len(entry):
            found.origins[(*table, *path[2:])] = _ranked(origin, rank)
    for key, said, rest in speak_of(of, entry):
        own: KeyPath = (key, dotted(table) + rest)
        found.put(own, of.tree.get((key, said)), _ranked(of.tree.origin((key, said)), rank))


def speak_of(of: Catalogue, entry: tuple[str, str]) -> Iterator[tuple[str, str, str]]:
    """What a catalogue says of an entry: table, key, and the key's end behind the entry's name.

    Of two that end alike the entry's own comes alone, not the one of all entries of its noun.
    """
    heads, whole = (dotted(entry), f"{entry[0]}.*"), of.tree
    ends: set[str] = set()
    for head in heads:
        for key in PROVENANCE:
            for said in of.tree.values.get(key, {}):
                rest = said[len(head) :]
                fits = said.startswith(head) and (not rest or rest.startswith("."))
                there = fits and whole.get((*entry, *filter(None, rest.split(".")))) is not None
                if there and (head == heads[0] or rest not in ends):
                    ends.add(rest)
                    yield key, said, rest


def _ranked(origin: Origin, rank: int) -> Origin:
    return Origin(origin.where, origin.line, origin.column, rank)
