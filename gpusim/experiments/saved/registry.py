"""Every experiment that keeps its work: a folder of `experiments` that has an `experiment.py`.

Names are read from the folders, so that a list of them loads nothing; an experiment is loaded when
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
    found = sorted(file.parent.name for file in ROOMS.glob("*/experiment.py"))
    return (FIRST, *(name for name in found if name != FIRST))


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
    module = import_module(f"gpusim.experiments.{name}.experiment")
    found: AnyExperiment = module.EXPERIMENT
    return found


def experiments() -> list[AnyExperiment]:
    """All of them, in the order of their names."""
    return [experiment(name) for name in names()]
