"""Sets of drawn inputs: the scenario and the book of each, and what cannot be drawn.

A run that draws its inputs plays 8 replications of luck in each set. A range that breaks what a
model must hold (shares of a total, days in order, GPUs that fit into a hall) stays as stated:
throughout if it does so with the others at an end of theirs, else in the sets in which it does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats
from gpusim.experiments.common.replicate import Replicated
from gpusim.results.drawn.sets import EACH
from gpusim.scenario import Draft, Mistake, Scenario, ScenarioError
from gpusim.scenario.drawn.levels import levels
from gpusim.scenario.language.errors import dotted
from gpusim.scenario.load import Uncertain, drawn_at, uncertain
from gpusim.scenario.lower import Book, lower

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDS: Final = (0.02, 0.98)
"""Levels at which it is tried what can be drawn."""
Levels = Mapping[str, float]
Refused = Callable[[Levels], Sequence[Mistake]]
"""What is wrong with a model whose inputs are at levels; nothing if it can be simulated."""


class LeftOut(NamedTuple):
    """An input that stays as stated, and what its range would break."""

    name: str
    why: str


class Set(NamedTuple):
    """One set: its scenario, what it is run from, and which of its inputs stayed as stated."""

    scenario: Scenario
    book: Book
    levels: dict[str, float]
    stayed: tuple[LeftOut, ...]


class DrawnInputs(NamedTuple):
    """Which inputs a run drew, and which not."""

    levels: dict[str, Floats]  # of each input in each set [sets]
    families: dict[str, str]  # the table that each input belongs to
    left_out: tuple[LeftOut, ...]  # as stated throughout
    stayed: dict[str, tuple[int, str]]  # as stated in some sets: in how many, and why
    kept: tuple[tuple[str, str], ...]  # with a range, but a decision or a term, and which
    fingerprint: str  # of laws, ranges and what is left out


class Sets:
    """The sets of a draft. Can be sent to another process; keeps the last one that was made."""

    def __init__(self, draft: Draft, drawn: Uncertain, seed: int) -> None:
        self.draft, self.drawn, self.seed = draft, drawn, seed
        self.names = tuple(drawn.families)
        self.left_out: tuple[LeftOut, ...] = ()
        self._last: tuple[int, Set] | None = None

    def __getstate__(self) -> dict[str, object]:
        return self.__dict__ | {"_last": None}

    def of(self, replication: int) -> Set:
        """The set that a replication belongs to."""
        return self.at(replication // EACH)

    def at(self, number: int) -> Set:
        """A set by its number, from 0.

        Raises:
            ScenarioError: it cannot be simulated though its inputs stay as stated.
        """
        last = self._last
        if last is None or last[0] != number:
            last = self._last = number, self.made(number)
        return last[1]

    def levels(self, number: int) -> dict[str, float]:
        """Levels of the inputs that are drawn in a set, by name."""
        left = {one.name for one in self.left_out}
        names = [name for name in self.names if name not in left]
        return dict(zip(names, levels(self.seed, names, number).tolist(), strict=True))

    def made(self, number: int, stay: frozenset[str] = frozenset()) -> Set:
        """A set by its number, made anew.

        stay: inputs that stay as stated in it, whether this model could draw them or not.

        Raises:
            ScenarioError: see `at`.
        """
        drawn = self.levels(number)
        wanted = {name: level for name, level in drawn.items() if name not in stay}
        try:
            return Set(*self.played(wanted), wanted, ())
        except ScenarioError:
            stayed = tuple(self.breaking(wanted))
        kept = without(wanted, stayed)
        return Set(*self.played(kept), kept, stayed)

    def leaving(self, left: Sequence[LeftOut]) -> Sets:
        """The same with these inputs as stated throughout."""
        other = Sets(self.draft, self.drawn, self.seed)
        other.left_out = tuple(left)
        return other

    def same_as(self, other: Sets) -> bool:
        """Whether all sets are the same scenarios, by what is drawn and by both of its ends."""
        if self.fingerprint() != other.fingerprint():
            return False
        names = set(self.names) - {one.name for one in self.left_out}
        ends = [dict.fromkeys(names, end) for end in ENDS]
        return all(_hashes(self, at) == _hashes(other, at) for at in ends)

    def played(self, at: Levels) -> tuple[Scenario, Book]:
        """The scenario with inputs at levels, and its book.

        Raises:
            ScenarioError: it cannot be simulated.
        """
        scenario = self.scenario(at)
        return scenario, lower(scenario)

    def scenario(self, at: Levels) -> Scenario:
        """The scenario with inputs at levels.

        Raises:
            ScenarioError: it is none.
        """
        return drawn_at(self.draft, self.drawn, at)

    def breaking(self, at: Levels) -> list[LeftOut]:
        """Inputs that must stay as stated so that a model at these levels can be simulated.

        Raises:
            ScenarioError: it cannot though all stay.
        """
        left = list[LeftOut]()
        for make in (self.scenario, self.played):
            left += breaking(partial(refused, make), self.paths(), without(at, left))
        return left

    def fingerprint(self) -> str:
        """A hash of all that decides what is drawn, but for the seed."""
        drawn = self.drawn
        told = (drawn.model.leaves, drawn.model.followers, drawn.changes.leaves, self.names)
        left = sorted(one.name for one in self.left_out)
        return hashlib.sha256(repr((told, left)).encode()).hexdigest()

    def paths(self) -> dict[str, list[str]]:
        """Keys of the values of each input, as messages name them."""
        found: dict[str, list[str]] = {}
        for draws in (self.drawn.model, self.drawn.changes):
            for of, leaf in zip(draws.of_input.tolist(), draws.leaves, strict=True):
                found.setdefault(draws.names[of], []).append(dotted(leaf.path))
        return found


def sets_of(draft: Draft, scenario: Scenario, seed: int) -> Sets:
    """The sets of a draft whose scenario is known, less what cannot be drawn.

    Raises:
        ScenarioError: an assumption says what cannot be drawn.
    """
    sets = Sets(draft, uncertain(draft, scenario), seed)
    left: list[LeftOut] = []
    for turn in range(4):
        at = {
            name: ENDS[(turn + n * (turn // 2)) % 2]
            for n, name in enumerate(sets.names)
            if name not in {one.name for one in left}
        }
        left += sets.breaking(at)
    sets.left_out = tuple(left)
    return sets


class CommonSets:
    """Sets of models that are compared: an input that one of them cannot draw none draws.

    The level of an input is the same in all of them, for it is keyed by its name and the set. So
    they differ by what they are, and not by an input that is drawn in one and stated in another.
    """

    def __init__(self, members: Sequence[Sets]) -> None:
        left = {one.name: one for own in reversed(members) for one in reversed(own.left_out)}
        self.members = tuple(own.leaving(list(left.values())[::-1]) for own in members)

    def at(self, number: int) -> list[Set]:
        """The set of each model, by its number.

        Raises:
            ScenarioError: one cannot be simulated though its inputs stay as stated.
        """
        made = [own.made(number) for own in self.members]
        stayed: dict[str, LeftOut] = {}
        while True:
            stayed = {one.name: one for own in made for one in own.stayed} | stayed
            again = [n for n, own in enumerate(made) if stayed.keys() & own.levels.keys()]
            if not again:
                return [own._replace(stayed=tuple(stayed.values())) for own in made]
            for n in again:
                made[n] = self.members[n].made(number, frozenset(stayed))


def _hashes(sets: Sets, at: Levels) -> str | None:
    """The hash of the scenario with inputs at levels; None where there is none."""
    try:
        return sets.scenario(at).hash()
    except ScenarioError:
        return None


def drawn_inputs(sets: Sets, results: Mapping[int, Replicated]) -> DrawnInputs:
    """What was drawn in the sets of these replications."""
    numbers = sorted({replication // EACH for replication in results})
    at = [sets.levels(number) for number in numbers]
    names = list(at[0]) if at else []
    stayed: dict[str, tuple[int, str]] = {}
    for _, replicated in sorted(results.items()):
        for one in replicated.stayed:
            stayed[one.name] = (stayed.get(one.name, (0, ""))[0] + 1, one.why)
    return DrawnInputs(
        {name: np.array([own[name] for own in at]) for name in names},
        sets.drawn.families,
        sets.left_out,
        stayed,
        sets.drawn.kept,
        sets.fingerprint(),
    )


def refused(make: Callable[[Levels], object], at: Levels) -> Sequence[Mistake]:
    """What is wrong with what is made of levels."""
    try:
        make(at)
    except ScenarioError as error:
        return error.mistakes
    return ()


def without(at: Levels, left: Sequence[LeftOut]) -> dict[str, float]:
    """Levels of the others."""
    names = {one.name for one in left}
    return {name: level for name, level in at.items() if name not in names}


def breaking(refused: Refused, paths: Mapping[str, Sequence[str]], at: Levels) -> list[LeftOut]:
    """Inputs that must stay as stated so that a model at these levels can be simulated.

    Those whose own keys are named in what is wrong; else, one by one, the first without which
    those before it can be drawn.

    Raises:
        ScenarioError: it is refused though all stay.
    """
    left: list[LeftOut] = []
    while found := refused(without(at, left)):
        now = without(at, left)
        if not now:
            raise ScenarioError(list(found))
        named = {mistake.key: mistake for mistake in found}
        own = list(_named(now, paths, named))
        left += own or [_first(refused, now)]
    return left


def _named(
    at: Levels, paths: Mapping[str, Sequence[str]], named: Mapping[str, Mistake]
) -> Iterator[LeftOut]:
    """Inputs of which a value is named in what is wrong."""
    for name in at:
        for path in paths[name]:
            if path in named:
                yield LeftOut(name, _told(named[path]))
                break


def _first(refused: Refused, at: Levels) -> LeftOut:
    """An input with which a model is refused, and without which it is not, the later ones left out.

    By halves: `good` first inputs are taken, `bad` are not.
    """
    names = list(at)
    good, bad = 0, len(names)
    why = refused(at)
    while bad - good > 1:
        middle = (good + bad) // 2
        found = refused({name: at[name] for name in names[:middle]})
        if found:
            bad, why = middle, found
        else:
            good = middle
    return LeftOut(names[bad - 1], _told(why[0]))


def _told(mistake: Mistake) -> str:
    """What a range breaks."""
    return f"{mistake.key}: {mistake.found}; {mistake.expected}"
