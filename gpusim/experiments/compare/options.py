"""What is compared: options made ready, each a model with what is laid over it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Final, NamedTuple

from gpusim.experiments.run import points
from gpusim.experiments.run.points import Point, Prepared
from gpusim.scenario import Mistake, ScenarioError, bundled_names
from gpusim.scenario.language.limits import OPTIONS
from gpusim.scenario.listing import several as several_of
from gpusim.scenario.load import title_of

if TYPE_CHECKING:
    from gpusim.experiments.compare.compare import Request

NONE: Final = "none"
"""What stands for no strategy, shock or option of capital in a comparison."""
AS_IS: Final = "as is"
AND: Final = " + "
"""Between the names of one of each kind."""
WAYS: Final = "two or more models, --strategy, --capital or --shock"


class Named(NamedTuple):
    """A name as it was typed, and the title in its file; or one of each kind, taken together."""

    name: str
    title: str
    parts: tuple[Named, ...] = ()  # of which it is made up, one of each kind


class Option(NamedTuple):
    """One of the things compared."""

    name: str
    prepared: Prepared
    same: bool  # as the base
    title: str  # in its file


class Options(NamedTuple):
    """All that is compared."""

    every: tuple[Option, ...]  # the first is the base; crossed: shock by shock within each row
    left_out: tuple[str, ...] = ()  # bundled strategies that do not fit the model
    rows: tuple[Named, ...] = ()  # crossed: what an operator decides, of several kinds each pair
    shocks: tuple[Named, ...] = ()  # crossed: what it is met by
    kinds: tuple[str, ...] = ()  # crossed: of which the rows are


def options_of(request: Request) -> Options:
    """The options asked for, made ready.

    Raises:
        ScenarioError: there is no such file, more than one kind of thing differs and they are not
            to be crossed, or nothing does.
    """
    kinds = {
        "models": request.models,
        "strategies": request.strategies,
        "capital": request.capital,
        "shocks": request.shocks,
    }
    left_out: tuple[str, ...] = ()
    if len(request.models) == 1 and not any(kinds[kind] for kind in list(kinds)[1:]):
        kinds["strategies"], left_out = fitting(request.models[0], request.sets)
    several = [kind for kind, names in kinds.items() if len(names) > 1]
    counts = [len(kinds[kind]) for kind in several]
    if request.cross:
        _refuse_many(f"options, {' x '.join(_counted(several, kinds))}", math.prod(counts))
    for kind in ("strategies", "capital", "shocks"):
        for name in kinds[kind]:
            named(kind, name)
    _refuse_axes(several, kinds, cross=request.cross)
    for kind in several:
        _refuse_twice(kind, kinds[kind])
    if not request.cross:
        return Options(_lined_up(request, kinds, several[0]), left_out)
    over = tuple(kind for kind in several if kind != "shocks")
    rows = _alternatives(kinds, over)
    shocks = tuple(named("shocks", name) for name in kinds["shocks"])
    every = _crossed(request, kinds, over, rows, shocks)
    return Options(every, left_out, tuple(rows), shocks, over)


def _counted(several: Sequence[str], kinds: dict[str, tuple[str, ...]]) -> list[str]:
    """How many there are of each kind, in words."""
    return [f"{len(kinds[kind])} {several_of(kind)}" for kind in several]


def _refuse_axes(several: list[str], kinds: dict[str, tuple[str, ...]], *, cross: bool) -> None:
    """Check that one kind of thing differs; crossed, shocks and one or more."""
    found = " and ".join(_counted(several, kinds)) or "one option"
    crossed = len(several) > 1 and several[-1] == "shocks"
    if cross and not crossed:
        what = "two or more models, --strategy or --capital, and two or more --shock"
        raise ScenarioError([Mistake("compare --cross", 0, 0, "", found, what)])
    if not cross and len(several) != 1:
        what = f"{WAYS}, one kind of them" + ("; or --cross, each under each" if crossed else "")
        raise ScenarioError([Mistake("compare", 0, 0, "", found, what)])


def _refuse_twice(kind: str, names: tuple[str, ...]) -> None:
    """Check how many names of a kind there are, and that each is there once."""
    words = several_of(kind)
    _refuse_many(words, len(names))
    if twice := [name for n, name in enumerate(names) if name in names[:n]]:
        what = f"each of the {words} once"
        raise ScenarioError([Mistake("compare", 0, 0, "", f"{twice[0]} twice", what)])


def _refuse_many(kind: str, count: int) -> None:
    if count > OPTIONS.most:
        raise ScenarioError([Mistake("compare", 0, 0, "", f"{count:,} {kind}", str(OPTIONS))])


def _lined_up(request: Request, kinds: dict[str, tuple[str, ...]], kind: str) -> tuple[Option, ...]:
    """An option for each name of a kind, with the one of each other kind."""
    ready = points.in_common([_ready(request, kinds | {kind: (name,)}) for name in kinds[kind]])
    return tuple(
        Option(own.name, one, one.same_as(ready[0]), own.title)
        for own, one in zip((named(kind, name) for name in kinds[kind]), ready, strict=True)
    )


def _alternatives(
    kinds: dict[str, tuple[str, ...]], over: tuple[str, ...]
) -> dict[Named, tuple[str, ...]]:
    """Every one of a kind, or of several kinds each with each, and the names it was typed by.

    Raises:
        ScenarioError: two of them have one name.
    """
    axes = [[(named(kind, name), name) for name in kinds[kind]] for kind in over]
    found: dict[Named, tuple[str, ...]] = {}
    for chosen in product(*axes):
        found[together(tuple(own for own, _ in chosen))] = tuple(name for _, name in chosen)
    if len({own.name for own in found}) < math.prod(len(axis) for axis in axes):
        what = "names that tell options apart when they are joined by a plus sign"
        raise ScenarioError([Mistake("compare --cross", 0, 0, "", "two of one name", what)])
    return found


def together(parts: tuple[Named, ...]) -> Named:
    """One of each kind as one option, by all of their names and titles.

    >>> together((Named("a", "Build ahead"), Named("b", "Bank")))[:2]
    ('a + b', 'Build ahead + Bank')
    >>> as_is = Named("as is", "as is")
    >>> together((as_is, as_is))[:2], together((as_is, Named("b", "Bank"))).title
    (('as is', 'as is'), 'as is + Bank')
    """
    if len(parts) == 1:
        return parts[0]
    names, titles = zip(*(own[:2] for own in parts), strict=True)
    return Named(_joined(names), _joined(titles), parts)


def _joined(words: Sequence[str]) -> str:
    """Words of one of each kind; what is as is in all of them is as is."""
    return AND.join(words) if set(words) != {AS_IS} else AS_IS


def _crossed(
    request: Request,
    kinds: dict[str, tuple[str, ...]],
    over: tuple[str, ...],
    rows: dict[Named, tuple[str, ...]],
    shocks: tuple[Named, ...],
) -> tuple[Option, ...]:
    """Every option under every shock; rows: options, and the names that each was typed by."""
    words, ready = list[tuple[str, str]](), list[Prepared]()
    for own, names in rows.items():
        chosen = kinds | {kind: (name,) for kind, name in zip(over, names, strict=True)}
        for shock, by in zip(shocks, kinds["shocks"], strict=True):
            ready.append(_ready(request, chosen | {"shocks": (by,)}))
            words.append((f"{own.name} under {shock.name}", f"{own.title} under {shock.title}"))
    ready = points.in_common(ready)
    return tuple(
        Option(name, one, n == 0 or one.same_as(ready[0]), title)
        for n, ((name, title), one) in enumerate(zip(words, ready, strict=True))
    )


def _ready(request: Request, kinds: dict[str, tuple[str, ...]]) -> Prepared:
    """The one of each kind, made ready."""
    own = {kind: next((n for n in names if n != NONE), None) for kind, names in kinds.items()}
    shocks = (own["shocks"],) if own["shocks"] else ()
    model = request.models[0] if own["models"] is None else own["models"]
    point = Point(model, own["strategies"], shocks, request.sets, own["capital"])
    return points.prepare(point, request.figures, request.drawn)


def named(kind: str, name: str) -> Named:
    """A name as it was typed, and the title in its file.

    kind: models, strategies, capital or shocks.

    Raises:
        ScenarioError: there is no such file.
    """
    if name == NONE:
        return Named(AS_IS, AS_IS)
    return Named(name, title_of("operators" if kind == "models" else kind, name))


def labels(options: tuple[Named, ...]) -> list[str]:
    """What options are called on a screen: titles, up to the colon where that tells them apart.

    Titles that several have stand behind their names.

    >>> labels((Named("a", "Bank: a loan"), Named("b", "Notes: of seven years")))
    ['Bank', 'Notes']
    >>> labels((Named("a", "Build ahead: early"), Named("b", "Build ahead: more")))
    ['Build ahead: early', 'Build ahead: more']
    >>> labels((Named("a", "One site"), Named("b", "One site")))
    ['a: One site', 'b: One site']
    >>> both = Named("a", "Build ahead: early"), Named("b", "Bank: a loan")
    >>> labels((together(both),))
    ['Build ahead + Bank']
    """
    if options and all(own.parts for own in options):
        called = [dict(zip(axis, labels(axis), strict=True)) for axis in axes(options)]
        return [
            _joined([names[part] for names, part in zip(called, own.parts, strict=True)])
            for own in options
        ]
    for words in (
        [own.title.partition(": ")[0] for own in options],
        [own.title for own in options],
    ):
        if len(set(words)) == len(words) and all(words):
            return words
    return [own.name if own.name == own.title else f"{own.name}: {own.title}" for own in options]


def axes(options: tuple[Named, ...]) -> list[tuple[Named, ...]]:
    """The options of each kind, of options that are one of each; of others all of them."""
    each = zip(*(own.parts or (own,) for own in options), strict=True)
    return [tuple(dict.fromkeys(axis)) for axis in each]


def listed(options: tuple[Named, ...]) -> str:
    """Options in words; of those that are one of each kind, those of each kind.

    >>> listed((Named("a", "One: 1"), Named("b", "Two: 2")))
    'One, Two'
    >>> first, last = Named("as is", "as is"), Named("b", "Two: 2")
    >>> listed(tuple(together((own, other)) for own in (first, last) for other in (first, last)))
    'as is, Two, each with as is, Two'
    """
    return ", each with ".join(", ".join(labels(axis)) for axis in axes(options))


def fitting(model: str, sets: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The model as it is and the bundled strategies that fit it; and those that do not.

    Raises:
        ScenarioError: the model is wrong, or no strategy fits it.
    """
    points.prepare(Point(model, sets=sets))
    fit, left_out, why = [NONE], [], ""
    for name in bundled_names("strategies"):
        try:
            points.prepare(Point(model, name, sets=sets))
            fit.append(name)
        except ScenarioError as error:
            left_out.append(name)
            why = why or f"{error.mistakes[0].key}: {error.mistakes[0].found}"
    if len(fit) == 1:
        what = "two or more --strategy or --shock, or models"
        found = f"no bundled strategy that fits {model} ({left_out[0]}: {why})"
        raise ScenarioError([Mistake("compare", 0, 0, "", found, what)])
    return tuple(fit), tuple(left_out)
