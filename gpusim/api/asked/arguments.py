"""Arguments that several questions take: what may be given, and how it is checked."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from numbers import Integral
from pathlib import Path
from typing import Any, Final, TypeAlias

from gpusim.experiments.compare.options import NONE
from gpusim.experiments.run.points import Point
from gpusim.own_code import SHOCK, STRATEGY, Kind
from gpusim.results.metric import Metric
from gpusim.results.own.metric import OwnMetric
from gpusim.results.stored.folder import near
from gpusim.scenario import Mistake, Scenario, ScenarioError
from gpusim.scenario.language.errors import nearest
from gpusim.scenario.language.limits import MOST_REPS, MOST_SEED
from gpusim.scenario.overlay import Shock
from gpusim.strategies import Strategy

Texts: TypeAlias = str | Iterable[str]
"""One text or several."""
AnyStrategy: TypeAlias = str | Strategy | type[Strategy]
"""A bundled name, a TOML file, FILE.py:NAME, or what has that name in an imported file."""
AnyMetric: TypeAlias = str | Metric | OwnMetric | type[OwnMetric]
"""METRIC or METRIC@PERIOD, FILE.py:NAME[@PERIOD], or what has that name in an imported file."""
AnyShock: TypeAlias = str | Shock | type[Shock]
"""A bundled name, a TOML file, FILE.py:NAME, or what has that name in an imported file."""
Metrics: TypeAlias = AnyMetric | Iterable[AnyMetric]
"""One or several."""
Shocks: TypeAlias = AnyShock | Iterable[AnyShock]
"""One or several, in order."""
MOST_WORKERS: Final = 256
OPTION: Final = "one option of capital, a bundled name or a file; compare takes several"


def texts(given: Texts | None) -> tuple[str, ...]:
    """One text or several as several.

    >>> texts("late-shell"), texts(["a", "b"]), texts(None)
    (('late-shell',), ('a', 'b'), ())
    """
    if given is None:
        return ()
    return (given,) if isinstance(given, str) else tuple(given)


def within(name: str, value: float | None, low: float, high: float, why: str = "") -> None:
    """Check an argument; whole where its bounds are. None is not checked.

    why: of its least.

    Raises:
        ScenarioError: it is out of bounds, or not whole.

    >>> within("reps", 1, 2, 1_000_000, "one alone has no spread")
    Traceback (most recent call last):
    gpusim.scenario.language.errors.ScenarioError: reps: found 1; expected 2 to 1,000,000: one \
alone has no spread
    """
    if value is None:
        return
    whole = isinstance(low, int)
    form = isinstance(value, Integral if whole else (int, float)) and not isinstance(value, bool)
    if not form or not low <= value <= high:
        what = f"{'a whole number, ' if whole and not form else ''}{low:,} to {high:,}"
        what += f": {why}" if why and form and value < low else ""
        raise ScenarioError([Mistake(name, 0, 0, "", repr(value), what)])


def check_backtest(reps: int, inputs: int) -> None:
    """Check what a backtest plays. Raises: ScenarioError: it is out of bounds."""
    within("reps", reps, 10, MOST_REPS, "a band of 80% leaves one in ten beyond either end")
    within("inputs", inputs, 0, 10_000)


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


def named(own: Any, kind: Kind = STRATEGY) -> str | None:
    """A strategy, metric or shock as a command takes it.

    A folder says what it was made with, and makes it again from there: a Python object stands in
    a file by a name.

    Raises:
        OwnCodeError: an object has no name in an imported Python file.
    """
    if own is None or isinstance(own, str):
        return own
    made_in = own if isinstance(own, type) else type(own)
    function = getattr(own, "compute", None)  # a Metric is of gpusim's module, its function is not
    for place in dict.fromkeys((made_in.__module__, getattr(function, "__module__", ""))):
        module = sys.modules.get(place)
        file = getattr(module, "__file__", None) or ""
        name = next((name for name, one in vars(module or object).items() if one is own), None)
        if name is not None and place != "__main__" and file.endswith(".py"):
            return f"{near(Path(file))}:{name}"
    raise kind.error(
        f"{own!r} has no name in a Python file that was imported; put it into a file of "
        f"its own and name it, {kind.name}='FILE.py:NAME'"
    )


def several(given: Any, kind: Kind) -> tuple[str, ...]:
    """One text or object of the user's own, or several, as texts.

    Raises:
        OwnCodeError: see `named`.

    >>> several("late-shell", SHOCK), several(None, SHOCK)
    (('late-shell',), ())
    """
    alone = isinstance(given, str | type | Metric) or not isinstance(given, Iterable)
    many = (given,) if alone else given
    return tuple(name for one in many if (name := named(one, kind)) is not None)


def one_name(what: str, given: Any, expected: str, *, none: bool = False) -> str | None:
    """A name or a file, as a text; None is not checked.

    none: whether `none` is a choice, as it is for a comparison and the second end of a bridge.

    Raises:
        ScenarioError: it is something else.

    >>> one_name("capital", ["bank"], "one name")
    Traceback (most recent call last):
    gpusim.scenario.language.errors.ScenarioError: capital: found a value of type list; expected \
one name
    """
    if given is not None and not isinstance(given, str):
        found = f"a value of type {type(given).__name__}"
        raise ScenarioError([Mistake(what, 0, 0, "", found, expected)])
    if given == NONE and not none:
        how = f"no {what} at all: a model alone is as it is; {NONE} is for compare"
        raise ScenarioError([Mistake(what, 0, 0, "", NONE, how)])
    return given


def model_name(given: Any) -> str:
    """A model as a text.

    Raises:
        ScenarioError: it is something else, such as a scenario that was loaded.
    """
    what = "a bundled model's name or a file; what is laid over it goes to sets, shocks, strategy"
    return one_name("model", given, f"{what} and capital") or ""


def many_names(what: str, given: Any) -> tuple[str, ...]:
    """One name or several, as texts.

    Raises:
        ScenarioError: one of them is something else.
    """
    several_given = isinstance(given, Iterable) and not isinstance(given, str | Scenario)
    many = texts(given) if several_given or given is None else (given,)
    for one in many:
        if not isinstance(one, str):
            expected = "a bundled name or a file, or several of them"
            found = f"a value of type {type(one).__name__}"
            raise ScenarioError([Mistake(what, 0, 0, "", found, expected)])
    return many


def point(
    model: str,
    strategy: AnyStrategy | None,
    shocks: Shocks | None,
    sets: Texts | None,
    capital: str | None = None,
    *,
    none: bool = False,
) -> Point:
    """A model with what is laid over it.

    none: see `one_name`, of the strategy and the option of capital.

    Raises:
        OwnCodeError: see `named`.
        ScenarioError: see `one_name`.
    """
    for shock in (laid := several(shocks, SHOCK)):
        one_name("shock", shock, "a shock")
    return Point(
        model_name(model),
        one_name("strategy", named(strategy), "a strategy", none=none),
        laid,
        texts(sets),
        one_name("capital", capital, OPTION, none=none),
    )


def check_means(seed: int, workers: int | None) -> None:
    """Check what every question takes.

    Raises:
        ScenarioError: they are out of bounds.
    """
    within("seed", seed, 0, MOST_SEED)
    within("workers", workers, 1, MOST_WORKERS)


def refuse_folder(name: str, what: str) -> None:
    """Check that a model is not a folder.

    Raises:
        ScenarioError: it is.
    """
    if Path(name).is_dir():
        raise ScenarioError([Mistake(name, 0, 0, "", "a folder", what)])
