"""From files to a Scenario: read, extend, overlay, validate; all mistakes at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from gpusim.files import UnsafeFileError
from gpusim.scenario import bundled, overlay, own_files
from gpusim.scenario.consistency import disagreements, references
from gpusim.scenario.errors import Mistake, ScenarioError, listed, nearest, shown
from gpusim.scenario.fields import KeyPath, Problem
from gpusim.scenario.locate import locate
from gpusim.scenario.parts import name_parts
from gpusim.scenario.retired import leave_out
from gpusim.scenario.scenario import Scenario
from gpusim.scenario.tree import Origin, Tree
from gpusim.scenario.validate import validate

_AT = re.compile(r"(?P<what>.*?) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of .*)\)")


class Draft(NamedTuple):
    """A model with its strategy, shocks and settings laid over it, not validated yet.

    What many scenarios that differ in a few settings share; needs no file any more.
    """

    name: str  # stem of the model's file
    tree: Tree
    mistakes: tuple[Mistake, ...]  # in changes that could not be made


def load(
    model: str,
    *,
    shocks: Iterable[str] = (),
    strategy: str | None = None,
    sets: Iterable[str] = (),
) -> Scenario:
    """A scenario from a model, a strategy, shocks in order, then settings in order.

    model, shocks, strategy: a bundled name or a file; sets: as after --set.
    Raises: ScenarioError with every mistake found.
    """
    return finish(draft(model, shocks=shocks, strategy=strategy, sets=sets))


def draft(
    model: str,
    *,
    shocks: Iterable[str] = (),
    strategy: str | None = None,
    sets: Iterable[str] = (),
) -> Draft:
    """Read all files and make all changes, as `load` does.

    Raises: ScenarioError if the model cannot be read.
    """
    path = find("operators", model)
    tree = _Reader().read(path, ())
    name_parts(tree)
    mistakes: list[Mistake] = []
    changes: list[overlay.Change] = []
    files = [("strategies", strategy)] if strategy is not None else []
    for kind, name in [*files, *(("shocks", shock) for shock in shocks)]:
        try:
            read = read_file(find(kind, name), rank=0)
            tree.texts |= read.texts
            changes += changes_of(kind, read)
        except ScenarioError as error:
            mistakes += error.mistakes
    settings, wrong = _settings(sets)
    mistakes += [*wrong, *overlay.apply(tree, [*changes, *settings])]
    return Draft(path.stem, tree, tuple(mistakes))


def finish(drafted: Draft, sets: Iterable[str] = ()) -> Scenario:
    """The scenario of a draft and further settings; the draft is left as it is.

    Raises: ScenarioError with every mistake found.
    """
    tree = drafted.tree.copy()
    settings, wrong = _settings(sets)
    mistakes = [*drafted.mistakes, *wrong, *overlay.apply(tree, settings)]
    name_parts(tree)
    leave_out(tree)
    scenario, found = validate(tree, Scenario)
    mistakes += found
    mistakes += [tree.mistake(problem) for problem in references(tree)]
    if scenario is None or mistakes:
        raise ScenarioError(mistakes)
    mistakes += [tree.mistake(problem) for problem in disagreements(scenario)]
    if mistakes:
        raise ScenarioError(mistakes)
    scenario._name = drafted.name
    scenario._tree = tree
    return scenario


def _settings(sets: Iterable[str]) -> tuple[list[overlay.Change], list[Mistake]]:
    """The changes that settings ask for, and what is wrong with the others."""
    parsed = [overlay.parse_setting(text) for text in sets]
    return (
        [change for change in parsed if isinstance(change, overlay.Change)],
        [mistake for mistake in parsed if isinstance(mistake, Mistake)],
    )


def check(model: str) -> list[Mistake]:
    """All mistakes of a model file, its provenance included; an empty list if there are none."""
    from gpusim.scenario.sources import check_sources

    try:
        return check_sources(load(model))
    except ScenarioError as error:
        return list(error.mistakes)


def read_changes(kind: str, name: str) -> list[overlay.Change]:
    """The changes of a shock or strategy, by bundled name or file."""
    return changes_of(kind, read_file(find(kind, name), rank=0))


def changes_of(kind: str, tree: Tree) -> list[overlay.Change]:
    """The changes of a shock or strategy that was read."""
    form = overlay.StrategyFile if kind == "strategies" else overlay.ShockFile
    table, mistakes = validate(tree, form)
    if table is None:
        raise ScenarioError(mistakes)
    return overlay.changes_of(tree, strategy=kind == "strategies")


def find(kind: str, name: str) -> Path:
    """The file that a name or a path means. Raises: ScenarioError if there is none."""
    as_file = Path(name)
    if name.endswith(".toml") or len(as_file.parts) > 1:
        if own_files.is_there(as_file):
            return as_file
        stems: list[str] = []  # every file here ends in .toml: that is no likeness
        if not own_files.are_kept():
            if as_file.exists():
                found = "a folder" if as_file.is_dir() else "no regular file"
                raise ScenarioError([Mistake(name, 0, 0, "", found, "a TOML file")])
            if as_file.parent.is_dir():
                stems = sorted(p.stem for p in as_file.parent.glob("*.toml") if p.is_file())
        near = nearest(as_file.stem, stems)
        if near:
            near = (as_file.parent / f"{near}.toml").as_posix()
        raise ScenarioError([Mistake(name, 0, 0, "", "no such file", "a TOML file", near)])
    path = bundled.path_of(kind, name)
    if path.is_file():
        return path
    names = bundled.names(kind)
    what = f"a file or one of the bundled {kind}: {listed(names, 40)}"
    raise ScenarioError(
        [Mistake(name, 0, 0, "", "no file and no bundled name", what, nearest(name, names))]
    )


def read_file(path: Path, rank: int) -> Tree:
    """One TOML file with the line of each key. Raises: ScenarioError on bad syntax."""
    where = bundled.shown_path(path)
    try:
        text = own_files.read(path).decode("utf-8").replace("\r\n", "\n")
        values = tomllib.loads(text)
    except OSError as error:
        raise _unreadable(where, error.strerror or "an unreadable file") from None
    except UnsafeFileError as error:
        raise _unreadable(where, str(error)) from None
    except UnicodeDecodeError:
        raise _unreadable(where, "bytes that are no UTF-8 text") from None
    except RecursionError:
        raise _unreadable(where, "lists or tables nested too deeply") from None
    except ValueError as error:
        raise _bad_syntax(where, text, str(error)) from None
    origins: dict[KeyPath, Origin] = {(): Origin(where, 1, 1, rank)}
    for key, (line, column) in locate(text).items():
        origins[key] = Origin(where, line, column, rank)
    texts = {} if own_files.is_bundled(path) else {path.as_posix(): text}
    return Tree(values, origins, texts=texts)


class _Reader:
    """Reads a file and what it extends, parents first."""

    def __init__(self) -> None:
        self.rank = 0

    def read(self, path: Path, stack: tuple[Path, ...]) -> Tree:
        """The file laid over its parents."""
        own = read_file(path, 0)
        merged = Tree(origins={(): own.origins[()]}, texts=dict(own.texts))
        for key, name in _extends(own):
            parent = self.parent(own, key, name, path, stack)
            merged.merge(self.read(parent, (*stack, path)))
        own.values.pop("extends", None)
        self.rank += 1
        ranked = {
            key: Origin(o.where, o.line, o.column, self.rank) for key, o in own.origins.items()
        }
        merged.merge(Tree(own.values, ranked))
        return merged

    def parent(
        self, own: Tree, key: KeyPath, name: str, path: Path, stack: tuple[Path, ...]
    ) -> Path:
        """The file an entry of `extends` means."""
        beside, base = path.parent / name, bundled.path_of("operators", name)
        base_is = base.resolve().is_relative_to(bundled.root().resolve())
        near = (beside, base) if base_is else (beside,)  # a name leads to no file beside ours
        found = next((p for p in near if own_files.is_there(p)), None)
        if found is None:
            names = bundled.names("operators") + bundled.base_names()
            names += sorted(p.name for p in path.parent.glob("*.toml"))
            raise ScenarioError(
                [
                    own.mistake(
                        Problem(
                            key,
                            f"{shown(name)}, which is no file",
                            "a file beside this one, or a bundled name",
                            nearest(name, names),
                        )
                    )
                ]
            )
        chain = (*stack, path)
        resolved = [p.resolve() for p in chain]
        if found.resolve() in resolved:
            loop = [*chain[resolved.index(found.resolve()) :], found]
            words = " -> ".join(bundled.shown_path(p) for p in loop)
            raise ScenarioError(
                [own.mistake(Problem(key, f"a cycle, {words}", "files that end in a base file"))]
            )
        return found


def _extends(tree: Tree) -> list[tuple[KeyPath, str]]:
    """The entries of `extends` with their places."""
    value = tree.values.get("extends", [])
    entries: list[tuple[KeyPath, object]] = (
        [(("extends", k), v) for k, v in enumerate(value)]
        if isinstance(value, list)
        else [(("extends",), value)]
    )
    names = []
    for key, entry in entries:
        if not isinstance(entry, str) or not entry:
            problem = Problem(key, shown(entry), "the name of a file, or a list of names")
            raise ScenarioError([tree.mistake(problem)])
        names.append((key, entry))
    return names


def _unreadable(where: str, found: str) -> ScenarioError:
    return ScenarioError([Mistake(where, 0, 0, "", found, "a readable TOML file")])


def _bad_syntax(where: str, text: str, message: str) -> ScenarioError:
    match = _AT.fullmatch(message)
    line, column, what = text.count("\n") + 1, 1, message
    if match:
        what = match["what"]
        if match["line"]:
            line, column = int(match["line"]), int(match["column"])
    found = f"text that is no TOML ({what})"
    return ScenarioError([Mistake(where, line, column, "", found, "valid TOML")])
