"""From files to a Scenario: read, extend, overlay, validate; all mistakes at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from gpusim.own_code import is_python
from gpusim.scenario import overlay, schema
from gpusim.scenario.checks.consistency import disagreements, references
from gpusim.scenario.checks.retired import leave_out
from gpusim.scenario.checks.sources import Row, source_rows
from gpusim.scenario.checks.validate import validate
from gpusim.scenario.counts import too_many
from gpusim.scenario.drawn.inputs import drawable, leave, of_tree
from gpusim.scenario.drawn.laying import Draws, ready
from gpusim.scenario.drawn.laying import lay as lay_drawn
from gpusim.scenario.language.errors import Mistake, ScenarioError, listed, nearest
from gpusim.scenario.language.fields import Problem
from gpusim.scenario.language.limits import CHANGES, MISTAKES, SETTINGS
from gpusim.scenario.listing import HEADS, several
from gpusim.scenario.paths import Change, parse_setting
from gpusim.scenario.reading import bundled, catalogue, own_files
from gpusim.scenario.reading.extends import read_model
from gpusim.scenario.reading.files import is_there
from gpusim.scenario.reading.parts import name_parts
from gpusim.scenario.reading.toml.toml_file import read_file
from gpusim.scenario.reading.tree import Tree
from gpusim.scenario.scenario import Scenario
from gpusim.scenario.starting import capital as financing
from gpusim.scenario.starting.filling import fill, fill_again
from gpusim.scenario.starting.laid import standing, told
from gpusim.scenario.starting.opening import fill_opening


class Uncertain(NamedTuple):
    """What is drawn of a draft, and what is not."""

    model: Draws  # of the model and its capital, before any change
    changes: Draws  # of ranges that a strategy, a shock or a setting stated
    kept: tuple[tuple[str, str], ...]  # inputs with a range that are not drawn, and why

    @property
    def families(self) -> dict[str, str]:
        """The table of each input that is drawn, by its name."""
        pairs = [(own.names, own.families) for own in (self.model, self.changes)]
        return {name: family for names, of in pairs for name, family in zip(names, of, strict=True)}


class Draft(NamedTuple):
    """A model with its strategy, shocks and settings laid over it, not validated yet.

    What many scenarios that differ in a few settings share; needs no file any more.
    """

    name: str  # stem of the model's file
    tree: Tree
    mistakes: tuple[Mistake, ...]  # in changes that could not be made
    bare: Tree  # the model and its capital alone, filled in, without any change
    changes: tuple[tuple[Change, ...], ...]  # of each strategy, shock and of the settings
    lent: tuple[str, ...] = ()  # debts of the option of capital that bring cash on the as-of day
    financed: str = ""  # the option of capital: its name and, in brackets, its title; see `effect`
    shocked: tuple[str, ...] = ()  # titles of the shocks, in order
    laid: tuple[str, ...] = ()  # what files brought that the model has not, see `starting.laid`


def load(
    model: str,
    *,
    shocks: Iterable[str] = (),
    strategy: str | None = None,
    sets: Iterable[str] = (),
    capital: str | None = None,
) -> Scenario:
    """A scenario from a model, its capital, a strategy, shocks in order, then settings in order.

    model, shocks, strategy, capital: a bundled name or a file, "-" as a model is standard input, of
    a shock also FILE.py:NAME; sets: as after --set.
    Raises: ScenarioError with every mistake found, ShockError.
    """
    return finish(draft(model, shocks=shocks, strategy=strategy, sets=sets, capital=capital))


def draft(
    model: str,
    *,
    shocks: Iterable[str] = (),
    strategy: str | None = None,
    sets: Iterable[str] = (),
    capital: str | None = None,
) -> Draft:
    """Read all files and make all changes, as `load` does.

    Raises: ScenarioError if the model cannot be read, ShockError if a user's own shock fails.
    """
    path = find("operators", model)
    tree = read_model(path, schema.type_at)
    if not tree.values:
        found = "an empty file, or comments alone"
        expected = "a model, such as `gpusim new NAME` writes to begin with"
        raise ScenarioError([Mistake(bundled.shown_path(path), 1, 1, "", found, expected)])
    _refuse_many(tree)
    name_parts(tree)
    there = standing(tree)
    lent, financed, mistakes = _capitalised(tree, capital)
    brought = list(told(f"capital {capital}", there, standing(tree)))
    fill(tree)
    bare, titles, layers = tree.copy(), list[str](), list[tuple[Change, ...]]()
    files = [("strategies", strategy)] if strategy is not None else []
    for kind, name in [*files, *(("shocks", shock) for shock in shocks)]:
        try:
            there = standing(tree)
            layers.append(tuple(_changes(tree, kind, name)))
            mistakes += _laid(tree, kind, name, layers[-1])
            brought += told(f"{HEADS[kind]} {name}", there, standing(tree))
            fill_again(tree)
            titles += [title_of(kind, name)] if kind == "shocks" else []
        except ScenarioError as error:
            mistakes += error.mistakes
    settings, wrong = _settings(sets)
    mistakes += [*wrong, *overlay.apply(tree, settings)]
    catalogue.lay(tree)
    fill_again(tree)
    layers.append(tuple(settings))
    name = bundled.shown_path(path) if path == own_files.STDIN else path.stem
    changed = (tuple(mistakes), bare, tuple(layers))
    return Draft(name, tree, *changed, lent, financed, tuple(titles), tuple(brought))


def uncertain(drafted: Draft, scenario: Scenario) -> Uncertain:
    """What is drawn of a draft's model, and of ranges that its changes stated.

    scenario: of the draft. Raises: ScenarioError if an assumption says what cannot be drawn.
    """
    bare, model = drafted.bare, drawable(of_tree(scenario, drafted.bare))
    rows = [row for row in source_rows(scenario) if _is_stated_after(row, drafted.tree, bare)]
    changed = drawable(scenario, rows)
    model = leave(model, bare, chain.from_iterable(drafted.changes), changed)
    return Uncertain(ready(model), ready(changed), model.kept)


def _is_stated_after(row: Row, tree: Tree, bare: Tree) -> bool:
    """Whether a change stated the range of a value, as a range at its key."""
    entry = ("assumptions", row.path)
    return entry in tree.origins and tree.origins[entry] != bare.origins.get(entry)


def redrawn(drafted: Draft, drawn: Uncertain, levels: Mapping[str, float]) -> Draft:
    """The draft with inputs drawn at levels [0 to 1]; those that have none stay as stated.

    Its changes are made anew: one that multiplies does so on what is drawn, one that replaces
    replaces it. A user's own shock was asked once, of the stated values.
    """
    tree = drafted.bare.copy()
    lay_drawn(tree, drawn.model, levels)
    fill_again(tree)
    for changes in filter(None, drafted.changes):
        overlay.apply(tree, changes)
        fill_again(tree)
    lay_drawn(tree, drawn.changes, levels)
    catalogue.lay(tree)
    fill_again(tree)
    return drafted._replace(tree=tree)


def _laid(tree: Tree, kind: str, name: str, changes: tuple[Change, ...]) -> list[Mistake]:
    """Lay a shock or strategy over a model; what is wrong, once for all that the model has not."""
    wrong = overlay.apply(tree, changes)
    if kind != "shocks" or not wrong:
        return wrong
    lacked = {
        (own.origin.where, own.origin.line, own.origin.column): what
        for own in changes
        if (what := overlay.lacked(tree, own))
    }
    others = [one for one in wrong if (one.file, one.line, one.column) not in lacked]
    if len(others) == len(wrong):
        return wrong
    first = next(one for one in wrong if one not in others)
    found = f"a shock of {listed(dict.fromkeys(lacked.values()))}, which the model has not"
    fits = [own for own in bundled.names(kind) if own != name and _fits(tree, kind, own)]
    expected = f"one about what it has: {listed(fits, 40)}"
    if there := _there(tree, lacked.values()):
        expected += f"; or a copy of {first.file} with what the model has: {listed(there)}"
    return [*others, first._replace(key=name, found=found, expected=expected, nearest="")]


def _there(tree: Tree, lacked: Iterable[str]) -> list[str]:
    """What a model has in place of the tables and names that it has not."""
    nouns = dict.fromkeys(what.partition(".")[0] for what in lacked)
    here = {noun: tree.get((noun,)) for noun in nouns}
    return [f"{noun}.{name}" for noun, own in here.items() if own for name in own]


def _fits(tree: Tree, kind: str, name: str) -> bool:
    """Whether a bundled shock changes what a model has, whatever else it needs."""
    return overlay.all_lead(tree, changes_of(kind, read_file(find(kind, name))))


def _changes(tree: Tree, kind: str, name: str) -> list[Change]:
    """The changes of a shock or strategy to a model with those before it."""
    if kind == "shocks" and is_python(name):
        return overlay.own_changes(name, tree)
    read = read_file(find(kind, name))
    tree.texts |= read.texts
    return changes_of(kind, read)


def _capitalised(tree: Tree, capital: str | None) -> tuple[tuple[str, ...], str, list[Mistake]]:
    """Lay an option of capital over a model, where one is named.

    Its debts that bring cash on the as-of day, its name and title, and what is wrong with it.
    """
    if capital is None:
        return (), "", []
    try:
        own = read_file(find("capital", capital))
        if wrong := financing.amiss(own):
            return (), "", wrong
        file, mistakes = validate(own, financing.CapitalFile)
        before = tree.copy()
        if file is not None:
            mistakes = financing.lay(tree, own, file)
        if file is None or mistakes:
            return (), "", mistakes
        text = f"{capital} ({titled('capital', own, capital)}){financing.effect(before, tree)}"
        return financing.lent(file), text, []
    except ScenarioError as error:
        return (), "", list(error.mistakes)


def title_of(kind: str, name: str) -> str:
    """The title in a file of a kind of `listing.HEADS`, in one line; its name where there is none.

    Raises: ScenarioError if there is no such file.
    """
    if is_python(name):
        return name
    return titled(kind, read_file(find(kind, name)), name)


def titled(kind: str, own: Tree, name: str) -> str:
    """The title in a file that was read, in one line; its name where there is none."""
    head = own.values.get(HEADS[kind])
    title = head.get("title") if isinstance(head, dict) else None
    return (" ".join(title.split()) if isinstance(title, str) else "") or name


def further(drafted: Draft, sets: Iterable[str]) -> Draft:
    """A draft with further settings laid over it; the draft is left as it is."""
    tree = drafted.tree.copy()
    settings, wrong = _settings(sets)
    mistakes = (*drafted.mistakes, *wrong, *overlay.apply(tree, settings))
    changes = (*drafted.changes, tuple(settings))
    return drafted._replace(tree=tree, mistakes=mistakes, changes=changes)


def finish(drafted: Draft, sets: Iterable[str] = ()) -> Scenario:
    """The scenario of a draft and further settings; the draft is left as it is.

    Raises: ScenarioError with every mistake found.
    """
    return _finished(further(drafted, sets))


def drawn_at(drafted: Draft, drawn: Uncertain, levels: Mapping[str, float]) -> Scenario:
    """The scenario of a draft with inputs at levels, see `redrawn`.

    Raises: ScenarioError with every mistake found.
    """
    return _finished(redrawn(drafted, drawn, levels))


def _finished(drafted: Draft) -> Scenario:
    """The scenario of a draft, whose tree is used up."""
    tree, mistakes = drafted.tree, list(drafted.mistakes)
    catalogue.lay(tree)
    _refuse_many(tree)
    name_parts(tree)
    leave_out(tree)
    fill_again(tree)
    financing.pay_out(tree, drafted.lent)
    scenario, found = validate(tree, Scenario)
    told_of = {(mistake.file, mistake.key) for mistake in mistakes}
    mistakes += [mistake for mistake in found if (mistake.file, mistake.key) not in told_of]
    mistakes += [tree.mistake(p) for p in islice(references(tree), MISTAKES.most)]
    if scenario is None or mistakes:
        raise ScenarioError(mistakes)
    scenario = fill_opening(tree, scenario)
    mistakes += [tree.mistake(p) for p in islice(disagreements(scenario), MISTAKES.most)]
    if mistakes:
        raise ScenarioError(mistakes)
    scenario._name = drafted.name
    scenario._tree = tree
    scenario._financed = drafted.financed
    scenario._shocked = drafted.shocked
    scenario._laid = drafted.laid
    return scenario


def _refuse_many(tree: Tree) -> None:
    """Check how many tables there are. Raises: ScenarioError if too many."""
    if many := [tree.mistake(problem) for problem in too_many(tree)]:
        raise ScenarioError(many)


def _settings(sets: Iterable[str]) -> tuple[list[Change], list[Mistake]]:
    """The changes that settings ask for, and what is wrong with the others."""
    sets = tuple(sets)
    if len(sets) > SETTINGS.most:
        raise ScenarioError([Mistake("--set", 0, 0, "", f"{len(sets):,} settings", str(SETTINGS))])
    parsed = [parse_setting(text) for text in sets]
    return (
        [change for change in parsed if isinstance(change, Change)],
        [mistake for mistake in parsed if isinstance(mistake, Mistake)],
    )


def check(model: str, *, strict: bool | None = None) -> list[Mistake]:
    """All mistakes of a model file, its provenance included; an empty list if there are none.

    strict: whether every number needs a source or an assumption with a range; None: in bundled
    models, not in a file of one's own.
    """
    return checked(model, strict=strict)[0]


def checked(
    model: str,
    *,
    strict: bool | None = None,
    shocks: Iterable[str] = (),
    strategy: str | None = None,
    sets: Iterable[str] = (),
    capital: str | None = None,
) -> tuple[list[Mistake], Scenario | None]:
    """The same with changes as `load` takes them, and the scenario; None for its mistakes."""
    from gpusim.scenario.checks.sources import check_sources

    try:
        scenario = load(model, shocks=shocks, strategy=strategy, sets=sets, capital=capital)
        files = [find("operators", model), *([find("capital", capital)] if capital else [])]
        strict = all(map(own_files.is_bundled, files)) if strict is None else strict
    except ScenarioError as error:
        return list(error.mistakes), None
    return check_sources(scenario, strict=strict), scenario


def changes_of(kind: str, tree: Tree) -> list[Change]:
    """The changes of a shock or strategy that was read."""
    form = overlay.StrategyFile if kind == "strategies" else overlay.ShockFile
    table, mistakes = validate(tree, form)
    if table is None:
        raise ScenarioError(mistakes)
    if len(tree.values["change"]) > CHANGES.most:
        found = f"{len(tree.values['change']):,} changes"
        raise ScenarioError([tree.mistake(Problem(("change",), found, str(CHANGES)))])
    return overlay.changes_of(tree, strategy=kind == "strategies")


def find(kind: str, name: str) -> Path:
    """The file that a name or a path means. Raises: ScenarioError if there is none."""
    as_file = Path(name)
    if kind == "operators" and as_file == own_files.STDIN:
        return as_file
    if name.endswith(".toml") or len(as_file.parts) > 1:
        if own_files.is_there(as_file):
            return as_file
        stems: list[str] = []  # every file here ends in .toml: that is no likeness
        if not own_files.are_kept() and is_there(as_file.parent):
            stems = sorted(p.stem for p in as_file.parent.glob("*.toml") if p.is_file())
        near = nearest(as_file.stem, stems)
        if near:
            near = (as_file.parent / f"{near}.toml").as_posix()
        raise ScenarioError([Mistake(name, 0, 0, "", "no such file", "a TOML file", near)])
    path = bundled.path_of(kind, name)
    if is_there(path):
        return path
    names = bundled.names(kind)
    what = f"a file or one of the bundled {several(kind)}: {listed(names, 40)}"
    raise ScenarioError(
        [Mistake(name, 0, 0, "", "no file and no bundled name", what, nearest(name, names))]
    )
