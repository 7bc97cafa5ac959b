"""What a caller asks for, checked and made into the request of an experiment.

Commands and functions of the API make their requests here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from numbers import Integral
from pathlib import Path
from typing import Final, TypeAlias

from gpusim.experiments.bridge import bridge as bridges
from gpusim.experiments.common import design
from gpusim.experiments.common.design import Design
from gpusim.experiments.common.received import received
from gpusim.experiments.run.points import Point
from gpusim.experiments.sweep import sweep as sweeps
from gpusim.experiments.sweep.sweep_point import Until
from gpusim.results.folder import near
from gpusim.results.opened import open_single
from gpusim.scenario import Mistake, ScenarioError
from gpusim.scenario.language.errors import nearest
from gpusim.strategies import Strategy, StrategyError, is_python

Texts: TypeAlias = str | Iterable[str]
"""One text or several."""
AnyStrategy: TypeAlias = str | Strategy | type[Strategy]
"""A bundled name, a TOML file, FILE.py:NAME, or what has that name in an imported file."""
LIST: Final = "list"
BRIDGE_REPS: Final = 100
"""Replications of a bridge between two ends of a model, where none are asked for."""


def texts(given: Texts | None) -> tuple[str, ...]:
    """One text or several as several.

    >>> texts("late-shell"), texts(["a", "b"]), texts(None)
    (('late-shell',), ('a', 'b'), ())
    """
    if given is None:
        return ()
    return (given,) if isinstance(given, str) else tuple(given)


def within(name: str, value: float | None, low: float, high: float) -> None:
    """Check an argument; whole where its bounds are. None is not checked.

    Raises:
        ScenarioError: it is out of bounds, or not whole.

    >>> within("reps", 0, 1, 1_000_000)
    Traceback (most recent call last):
    gpusim.scenario.language.errors.ScenarioError: reps: found 0; expected 1 to 1,000,000
    """
    if value is None:
        return
    whole = isinstance(low, int)
    form = isinstance(value, Integral if whole else (int, float)) and not isinstance(value, bool)
    if not form or not low <= value <= high:
        what = f"{'a whole number, ' if whole and not form else ''}{low:,} to {high:,}"
        raise ScenarioError([Mistake(name, 0, 0, "", repr(value), what)])


def one_of(name: str, value: str | None, known: Sequence[str]) -> None:
    """Check a choice. None is not checked.

    Raises:
        ScenarioError: it is none of those known.

    >>> one_of("engine", "proces", ("batch", "process"))
    Traceback (most recent call last):
    gpusim.scenario.language.errors.ScenarioError: engine: found proces; expected batch or \
process; nearest valid name: process
    """
    if value is not None and value not in known:
        what = (
            " or ".join(filter(None, (", ".join(known[:-1]), *known[-1:]))) or "none: there is none"
        )
        near_by = nearest(str(value), known)
        raise ScenarioError([Mistake(name, 0, 0, "", str(value), what, near_by)])


def named(strategy: AnyStrategy | None) -> str | None:
    """A strategy as a command takes it.

    A folder says what it was made with, and makes it again from there: a Python object stands in
    a file by a name.

    Raises:
        StrategyError: an object has no name in an imported Python file.
    """
    if strategy is None or isinstance(strategy, str):
        return strategy
    kind = strategy if isinstance(strategy, type) else type(strategy)
    module = sys.modules.get(kind.__module__)
    file = getattr(module, "__file__", None)
    name = next((name for name, own in vars(module).items() if own is strategy), None)
    if file is None or name is None or kind.__module__ == "__main__" or not file.endswith(".py"):
        raise StrategyError(
            f"{strategy!r} has no name in a Python file that was imported; put it into a file of "
            f"its own and name it, strategy='FILE.py:NAME'"
        )
    return f"{near(Path(file))}:{name}"


def sweep(
    point: Point,
    *,
    vary: Sequence[str],
    kind: str | None,
    points: int | None,
    list_file: Path | None,
    correlate: Sequence[str],
    reps: int | None,
    until: Sequence[str],
    metrics: Sequence[str],
    seed: int,
    engine: str,
    fail_if: Sequence[str],
) -> sweeps.Request:
    """The request of a sweep; where there is something to wait for, one point will do.

    Raises:
        ScenarioError: an `until` is none, or there are no points, or they cannot be.
    """
    waiting = tuple(until_of(text) for text in dict.fromkeys(until))
    return sweeps.Request(
        point,
        design_of(vary, kind, points, list_file, correlate, seed, alone=bool(waiting)),
        seed,
        reps or (sweeps.MOST_REPS if waiting else sweeps.DEFAULT_REPS),
        waiting,
        tuple(dict.fromkeys(metrics or sweeps.DEFAULT_METRICS)),
        engine,
        tuple(fail_if),
    )


def design_of(
    vary: Sequence[str],
    kind: str | None,
    points: int | None,
    list_file: Path | None,
    correlate: Sequence[str],
    seed: int,
    *,
    alone: bool,
) -> Design:
    """The points asked for.

    alone: the model as it is will do, for there is something to wait for.

    Raises:
        ScenarioError: there are none, or they cannot be.
    """
    listing = (list_file, kind, points) != (None, None, None)
    if alone and not (vary or correlate or listing):
        return design.as_it_is()
    if list_file is None and kind != LIST:
        axes = [design.parse_axis(text) for text in vary]
        return design.make(kind or "grid", axes, points, seed, correlate)
    if list_file is None or vary or points is not None or correlate or kind not in (None, LIST):
        expected = "--list FILE.csv alone: the file holds keys and points"
        raise design.wrong(
            "", "a list of points mixed with another design", expected, flag="--list"
        )
    return design.read_list(list_file)


def until_of(text: str) -> Until:
    """METRIC:HALFWIDTH or METRIC:P%.

    Raises:
        ScenarioError: it is neither.

    >>> until_of("revenue:1%")
    Until(metric='revenue', half=0.01, relative=True)
    """
    metric, _, width = text.rpartition(":")
    relative = width.endswith("%")
    try:
        half = float(width.removesuffix("%")) / (100 if relative else 1)
    except ValueError:
        half = 0.0
    if not metric or not 0 < half < float("inf"):
        expected = "METRIC:HALFWIDTH, such as cash:5e6, revenue:1% or shortfall:0.02"
        raise design.wrong(text, "no metric with a half-width above 0", expected, flag="--until")
    return Until(metric, half, relative)


@contextmanager
def bridge(
    first: str,
    second: str | None,
    *,
    metric: str,
    sets: Sequence[str],
    shocks: Sequence[str],
    strategy: str | None,
    to_sets: Sequence[str],
    to_shocks: Sequence[str],
    to_strategy: str | None,
    method: str | None,
    reps: int | None,
    seed: int,
    workers: int | None,
) -> Iterator[bridges.Request]:
    """The request of a bridge, while what two folders keep is read and nothing else.

    Raises:
        ScenarioError: the ends are no two ends.
        NotARunError: an end is no run.
        StrategyError: see `received`.
    """
    own, other = (*sets, *shocks), (*to_sets, *to_shocks)
    if second is not None:
        named = [name for name in (strategy, to_strategy) if name is not None]
        if own or other or not all(map(is_python, named)):
            what = "two run folders alone, or a model with --to-set, --to-shock, --to-strategy"
            raise ScenarioError([Mistake("bridge", 0, 0, "", "both kinds of ends", what)])
        runs = open_single(first), open_single(second)
        with received(*runs, named=named):
            (start, n), (end, m) = map(bridges.end_of_run, runs)
            worlds = reps or min(n, m, bridges.MOST_REPLAYED)
            yield bridges.Request(start, end, metric, worlds, (first, second), method, workers)
        return
    if not other and not to_strategy:
        what = "a second run folder, or --to-set, --to-shock, --to-strategy"
        raise ScenarioError([Mistake("bridge", 0, 0, "", "one end", what)])
    base = Point(first, strategy, tuple(shocks), tuple(sets))
    goal = base._replace(
        strategy=to_strategy or strategy,
        shocks=(*base.shocks, *to_shocks),
        sets=(*base.sets, *to_sets),
    )
    yield bridges.Request(
        bridges.End(base, seed),
        bridges.End(goal, seed),
        metric,
        reps or BRIDGE_REPS,
        (first, f"{first} changed"),
        method,
        workers,
    )


def refuse_folder(name: str, what: str) -> None:
    """Check that a model is not a folder.

    Raises:
        ScenarioError: it is.
    """
    if Path(name).is_dir():
        raise ScenarioError([Mistake(name, 0, 0, "", "a folder", what)])
