"""A model file and all that it extends: each file read once, and laid over the others once.

A file stands over the files it extends, and of those the later over the earlier. Where two parents
extend the same file, its values come with the last of them: over the parents before that one, under
it and under those that follow. So a model reads as if every parent had been written out in full, in
time that grows with the files and not with the ways that lead to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gpusim.scenario.language.errors import ScenarioError, nearest, shown
from gpusim.scenario.language.fields import KeyPath, Problem
from gpusim.scenario.language.limits import CHAIN, FILE_BYTES, FILES, VALUES, Limit
from gpusim.scenario.reading import bundled, catalogue, estimates, own_files
from gpusim.scenario.reading.books import no_kind, read_books
from gpusim.scenario.reading.toml.toml_file import read_file
from gpusim.scenario.reading.tree import KindOf, Origin, Tree


class Parent(NamedTuple):
    """An entry of `extends`: where it stands, and the file it means."""

    key: KeyPath
    path: Path


class File(NamedTuple):
    """A file as it was read, and the files it extends."""

    path: Path
    tree: Tree
    parents: list[Parent]

    @property
    def name(self) -> str:
        """What messages call it."""
        return bundled.shown_path(self.path)

    def wrong(self, key: KeyPath, found: str, expected: str, near: str = "") -> ScenarioError:
        """What is wrong with an entry of its `extends`."""
        return ScenarioError([self.tree.mistake(Problem(key, found, expected, near))])


def read_model(path: Path, kind_of: KindOf = no_kind) -> Tree:
    """A model file laid over everything it extends, and each over what it uses of the catalogue.

    kind_of: the type of the value at a key path, for cells of CSV files.

    Raises:
        ScenarioError: one cannot be read, or uses what no catalogue has.
    """
    files = _Reader(kind_of).read_all(path)
    merged = Tree()
    ordered = in_order(files, path.resolve())
    version = catalogue.version_of([file.tree for file in ordered])
    for rank, file in enumerate(ordered, start=1):
        own = file.tree
        own.drop(("extends",))
        merged.merge(catalogue.used(own, version, 2 * rank - 1))
        own.origins = {
            key: Origin(o.where, o.line, o.column, 2 * rank) for key, o in own.origins.items()
        }
        merged.merge(own)
        merged.origins[()] = own.origins[()]
    return merged


def in_order(files: dict[Path, File], first: Path) -> list[File]:
    """The files as they are laid over each other, the first one last of all."""
    found: dict[Path, File] = {}
    waiting = [first]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found[path] = files[path]
            waiting += [parent.path.resolve() for parent in files[path].parents]
    return list(reversed(found.values()))


class _Reader:
    """Reads files, and counts what is in them."""

    def __init__(self, kind_of: KindOf) -> None:
        self.kind_of = kind_of
        self.files: dict[Path, File] = {}
        self.bytes = 0
        self.values = 0

    def read_all(self, path: Path) -> dict[Path, File]:
        """A file and all that it extends, by their resolved paths, parents in turn."""
        chain = [self.read(path, [])]
        parents = [iter(chain[-1].parents)]
        while chain:
            parent = next(parents[-1], None)
            if parent is None:
                chain.pop()
                parents.pop()
                continue
            resolved = parent.path.resolve()
            places = [file.path.resolve() for file in chain]
            if resolved in places:
                loop = [*(file.name for file in chain[places.index(resolved) :])]
                words = " -> ".join([*loop, bundled.shown_path(parent.path)])
                expected = "files that end in a base file"
                raise chain[-1].wrong(parent.key, f"a cycle, {words}", expected)
            if resolved not in self.files:
                self.refuse_more(chain, parent)
                chain.append(self.read(parent.path, [*chain]))
                parents.append(iter(chain[-1].parents))
        return self.files

    def refuse_more(self, chain: list[File], parent: Parent) -> None:
        """Check that a model may have one file more, and its chain be one longer."""
        ends = f"from {chain[0].name} to {bundled.shown_path(parent.path)}"
        for count, limit, of in (
            (len(chain) + 1, CHAIN, "a chain of"),
            (len(self.files) + 1, FILES, ""),
        ):
            if count > limit.most:
                found = f"{of} {count} files, {ends}".strip()
                raise chain[-1].wrong(parent.key, found, str(limit))

    def read(self, path: Path, chain: list[File]) -> File:
        """A file of the model, once it is known that there is room for it."""
        name = bundled.shown_path(path)
        tree = read_file(path)
        read_books(tree, path.parent, self.kind_of)
        if mistakes := estimates.lay(tree, self.kind_of):
            raise ScenarioError(mistakes)
        self.bytes += sum(len(text.encode()) for text in tree.texts.values())
        self.values += len(tree.origins)
        for count, limit, unit in (
            (self.bytes, FILE_BYTES, "bytes"),
            (self.values, VALUES, "values"),
        ):
            _refuse(count, limit, unit, name, tree, chain)
        own = File(path, tree, [])
        own.parents.extend(_parents(own))
        self.files[path.resolve()] = own
        return own


def _refuse(count: int, limit: Limit, unit: str, name: str, tree: Tree, chain: list[File]) -> None:
    if count > limit.most:
        start = chain[0].name if chain else name
        found = f"{count:,} {unit} from {start} to {name}"
        raise ScenarioError([tree.mistake(Problem((), found, str(limit)))])


def _parents(file: File) -> Iterator[Parent]:
    """The files that the entries of `extends` mean: beside the file, or bundled."""
    for key, name in _entries(file):
        beside, base = file.path.parent / name, bundled.path_of("operators", name)
        base_is = base.resolve().is_relative_to(bundled.root().resolve())
        near = (beside, base) if base_is else (beside,)  # a name leads to no file beside ours
        found = next((p for p in near if p != own_files.STDIN and own_files.is_there(p)), None)
        if found is None:
            names = bundled.names("operators") + bundled.base_names()
            names += sorted(path.name for path in file.path.parent.glob("*.toml"))
            expected = "a file beside this one, or a bundled name"
            raise file.wrong(
                key, f"{shown(name)}, which is no file", expected, nearest(name, names)
            )
        yield Parent(key, found)


def _entries(file: File) -> Iterator[tuple[KeyPath, str]]:
    """The entries of `extends` with their places."""
    value = file.tree.values.get("extends", [])
    listed: list[tuple[KeyPath, object]] = (
        [(("extends", place), entry) for place, entry in enumerate(value)]
        if isinstance(value, list)
        else [(("extends",), value)]
    )
    for key, entry in listed:
        if not isinstance(entry, str) or not entry:
            raise file.wrong(key, shown(entry), "the name of a file, or a list of names")
        yield key, entry
