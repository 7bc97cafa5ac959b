"""What an experiment that keeps its work declares of itself, for all that loop over them.

A small one is a module of `experiments`, a larger one a room, whose `experiment.py` holds
EXPERIMENT; `saved/registry.py` finds it by the name of either.
What stands above experiments has a module of that name in its own ring:
`reports/figures/NAME_figures.py` and `cli/questions/NAME.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeAlias, TypeVar

from gpusim.experiments.common.pool import Progress
from gpusim.experiments.run.points import Prepared
from gpusim.results.stored.opened import Opened

if TYPE_CHECKING:
    import polars as pl

R = TypeVar("R")
F = TypeVar("F")


class ManifestEntry(NamedTuple):
    """What a manifest says of what one request found."""

    request: Any  # a dataclass with `seed` and `workers`; its other fields go into the manifest
    strategies: tuple[str | None, ...]  # that it names
    models: tuple[Prepared, ...]  # whose files it was made from; the first is kept resolved
    points: int
    replications: int  # of all points
    interrupted: bool


class Figures(NamedTuple):
    """A table whose figures `runs diff` compares with those of another folder of the kind."""

    table: str
    keys: tuple[str, ...]
    value: str = "mean"
    ends: tuple[str, str] = ("low", "high")  # its 95% interval where the table has no sd and n
    numbered: tuple[str, str] | None = None
    """A key that is the number of a row of another table: what it stands for is compared."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[F]):
    """Kept when the work is done: the folder is written by `saved/answers.py`.

    It is asked again by what its manifest says of its requests.
    """

    manifest_entry: Callable[[F], ManifestEntry]
    tables: Callable[[Sequence[F]], dict[str, pl.DataFrame]]
    """All tables of what the requests found, by name of file."""


class OwnFiles(NamedTuple):
    """Files of a folder beside those that every folder has."""

    names: tuple[str, ...] = ()  # that its manifest need not list
    repeated_by: tuple[str, ...] = ()  # that it is repeated by, beside manifest and model
    list_file: str = ""  # which lists further files, with their hashes
    differing: Callable[[Opened], list[str]] = lambda _: []  # those that are not what it says


@dataclass(frozen=True, slots=True)
class OwnFolder:
    """Kept by the experiment itself."""

    repeat: Callable[[Opened, Path, int | None, Progress | None], None]
    """Do the work of a folder again, into another one, on so many workers."""
    files: OwnFiles


@dataclass(frozen=True, slots=True)
class Experiment(Generic[R, F]):
    """A question that is asked by a command and kept in a folder."""

    name: str
    """Of its folder of modules, its command, and its kind in a manifest."""
    noun: str
    """What its folder is called in a message."""
    request: type[R]
    run: Callable[[R, Progress | None], F]
    """Raises what the API says of a question; of an interruption it keeps what is finished."""
    keeps: Answer[F] | OwnFolder
    compared: tuple[Figures, ...] = ()
    """The first that both runs have is compared."""

    @property
    def files(self) -> OwnFiles:
        """Files of its own; an answer has none, its manifest lists all."""
        return self.keeps.files if isinstance(self.keeps, OwnFolder) else OwnFiles()


AnyExperiment: TypeAlias = Experiment[Any, Any]
