"""Every experiment that keeps its work: a module of `experiments`, or a room's `experiment.py`.

Names are read from the files, so that a list of them loads nothing; an experiment is loaded when
it is asked for.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gpusim.experiments.run.declaration import AnyExperiment

ROOMS: Final = Path(__file__).parents[1]
FIRST: Final = "run"


@cache
def names() -> tuple[str, ...]:
    """Names of all experiments: `run`, which others are made of, then by the alphabet."""
    rooms = {file.parent.name for file in ROOMS.glob("*/experiment.py")}
    modules = {file.stem for file in ROOMS.glob("*.py")} - {"__init__"}
    return (FIRST, *sorted((rooms | modules) - {FIRST}))


def listed(last: str = "or") -> str:
    """The names in a sentence.

    >>> listed().startswith("run, ")
    True
    """
    *others, end = names()
    return f"{', '.join(others)} {last} {end}"


def experiment(name: str) -> AnyExperiment:
    """An experiment by name.

    Raises:
        KeyError: there is none of that name.
    """
    if name not in names():
        raise KeyError(name)
    module = f"gpusim.experiments.{name}"
    room = (ROOMS / name).is_dir()
    found: AnyExperiment = import_module(f"{module}.experiment" if room else module).EXPERIMENT
    return found


def experiments() -> list[AnyExperiment]:
    """All of them, in the order of their names."""
    return [experiment(name) for name in names()]
