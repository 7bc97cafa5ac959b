"""One point of an experiment: a model with changes, made ready, simulated, read.

What comparisons, sweeps, solvers and sensitivities are made of. Files are read once a `Base`;
points that differ only in settings start from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

from gpusim.appraisal.let_power.letting import TENANT
from gpusim.compiling import cache as compilecache
from gpusim.engines.batch import Batch
from gpusim.experiments.common import pool
from gpusim.experiments.common.compile_schedule import compile_rules
from gpusim.experiments.common.drawn_sets import CommonSets, Sets, sets_of
from gpusim.experiments.common.memory import refuse_too_many
from gpusim.experiments.common.replicate import BATCH, Job, Replicated, replicate, replicate_chunk
from gpusim.experiments.run.simulate import RunError, compiled_by, refuse_untied
from gpusim.results import figures, periods
from gpusim.results.figures import Figure
from gpusim.results.metric import Coded, Values
from gpusim.results.own.metric import allowed, loaded
from gpusim.results.payload import Panel, stack
from gpusim.results.periods import Calendar
from gpusim.results.planned import Planned
from gpusim.results.replications.covenants import Covenant, covenants_of
from gpusim.scenario import Draft, Scenario, draft, finish
from gpusim.scenario.load import further
from gpusim.scenario.lower import Book, lower
from gpusim.strategies import is_python, load_strategy, own_strategy


class Point(NamedTuple):
    """What is simulated: all that `load` takes, and values set by a design among `sets`."""

    model: str
    strategy: str | None = None  # a bundled name, a file, or a user's own as FILE.py:NAME
    shocks: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    capital: str | None = None  # a bundled name or a file


class Base(NamedTuple):
    """A point whose files have been read. Can be sent to another process or machine."""

    point: Point
    draft: Draft
    codes: tuple[tuple[str, str], ...] = ()  # the user's own metrics, see `own.metric.allowed`


class Prepared(NamedTuple):
    """A point ready to be simulated."""

    point: Point
    scenario: Scenario
    book: Book
    calendar: Calendar  # quarters
    metrics: tuple[Coded, ...]  # the user's own
    plans: Planned  # figures of `units`
    sets: Sets | None = None  # of drawn inputs; None: every replication has the book

    @property
    def own(self) -> str | None:
        """The user's own strategy, FILE.py:NAME."""
        return self.point.strategy if is_python(self.point.strategy) else None

    @property
    def facilities(self) -> list[str]:
        """Names of its facilities, in the order of the panel."""
        return self.book.names.facilities

    @property
    def contracts(self) -> list[str]:
        """Names of the contracts of GPUs that `units` has figures of."""
        return list(
            dict.fromkeys(name for kind, name in self.plans.places.values() if kind == "contract")
        )

    @property
    def tenants(self) -> list[str]:
        """Names of the contracts that let power, of which it has figures of a kW."""
        places = self.plans.let_places.values()
        return list(dict.fromkeys(name for kind, name in places if kind == TENANT))

    @property
    def gpus(self) -> list[str]:
        """Names of its GPU generations, in the order of the panel."""
        return self.book.names.gens

    @property
    def covenants(self) -> tuple[Covenant, ...]:
        """Covenants that its loans agreed, in the order of the panel."""
        return covenants_of(self.book.state, self.facilities)

    def same_as(self, other: Prepared) -> bool:
        """Whether it is the same scenario under the same strategy of the user's own.

        Where inputs are drawn, in all sets.
        """
        if self.own != other.own or self.scenario.hash() != other.scenario.hash():
            return False
        return self.sets is None or other.sets is None or self.sets.same_as(other.sets)

    def figure(self, text: str) -> Figure:
        """A figure from METRIC or METRIC@PERIOD, see `results.figures`.

        Raises:
            ScenarioError: no such metric or period; names the nearest.
        """
        return figures.parse(
            text,
            self.calendar,
            self.facilities,
            self.metrics,
            self.plans,
            self.covenants,
            self.gpus,
        )

    def read(self, panel: Panel, asked: Sequence[Figure]) -> list[Values]:
        """Figures of every replication, and reasons where one is NaN [replications]."""
        return figures.columns(
            panel, self.calendar, self.facilities, asked, self.plans, self.covenants, self.gpus
        )


def base(point: Point, asked: Iterable[str] = ()) -> Base:
    """Read a point's files.

    asked: metrics and conditions in which the user's own metrics may stand.

    Raises:
        ScenarioError: the model cannot be read.
        OwnCodeError: code of the user's own cannot be loaded.
    """
    codes = allowed(asked)
    loaded(codes)
    own = own_strategy(point.strategy)
    if own is not None:
        load_strategy(own)
        point = point._replace(strategy=own)
    strategy = None if own else point.strategy
    read = draft(
        point.model,
        shocks=point.shocks,
        strategy=strategy,
        sets=point.sets,
        capital=point.capital,
    )
    return Base(point, read, codes)


def at(based: Base, sets: Sequence[str] = (), drawn: int | None = None) -> Prepared:
    """The point of a base with further settings.

    drawn: seed by which its inputs are drawn; None: all as stated.

    Raises:
        ScenarioError: the scenario is wrong, with every mistake found.
    """
    drafted = further(based.draft, sets)
    scenario = finish(drafted)
    point = based.point._replace(sets=(*based.point.sets, *sets))
    calendar = periods.of_model(scenario.model)
    book, codes = lower(scenario), loaded(based.codes)
    own = None if drawn is None else sets_of(drafted, scenario, drawn)
    return Prepared(point, scenario, book, calendar, codes, Planned(scenario), own)


def prepare(point: Point, asked: Iterable[str] = (), drawn: int | None = None) -> Prepared:
    """Load and lower a point; asked: see `base`; drawn: see `at`.

    Raises:
        ScenarioError: the scenario is wrong.
        OwnCodeError: code of the user's own cannot be loaded.
    """
    return at(base(point, asked), drawn=drawn)


def in_common(prepared: Sequence[Prepared]) -> list[Prepared]:
    """Points that are compared, on the same inputs: one that some cannot draw none draws."""
    drawn = [one.sets for one in prepared if one.sets is not None]
    if len(drawn) < len(prepared):
        return list(prepared)
    common = CommonSets(drawn).members
    return [one._replace(sets=own) for one, own in zip(prepared, common, strict=True)]


class Player:
    """A prepared point's replications. Several threads may call it at once."""

    def __init__(self, prepared: Prepared, seed: int, engine: str = BATCH) -> None:
        self.job = Job(prepared.book, seed, 0, prepared.own, engine)
        together = engine == BATCH and prepared.own is None
        self.batch = Batch(prepared.book.state, prepared.book.spec, seed) if together else None

    def play(
        self, numbers: Sequence[int], workers: int = 1, progress: pool.Progress | None = None
    ) -> Panel:
        """Replications by number; the same bytes for any workers.

        workers: threads, or processes where the engine or the strategy holds the interpreter.

        Raises:
            TooManyError: they do not fit into memory at once.
            RunError: a replication failed or its books do not tie.
            KeyboardInterrupt: interrupted; what was finished is lost.
        """
        refuse_too_many(self.job.book.state, len(numbers))
        try:
            done = self._done(numbers, workers, progress)
        except (pool.TaskError, pool.WorkerDiedError) as error:
            raise RunError(str(error)) from error
        if done.interrupted:
            raise KeyboardInterrupt
        compilecache.note(compiled_by(self.job.engine, self.job.strategy))
        refuse_untied(self.job, done.results)
        return stack([replicated.payload for replicated in done.results.values()])

    def _done(
        self, numbers: Sequence[int], workers: int, progress: pool.Progress | None
    ) -> pool.Done[Replicated]:
        if self.batch is None:
            return pool.run(replicate, self.job, numbers, workers, progress)
        compile_rules()
        chunk = partial(replicate_chunk, self.batch)
        if workers > 1:
            return pool.on_threads(chunk, numbers, workers, progress)
        return pool.in_chunks(chunk, numbers, progress)


def play(
    prepared: Prepared,
    seed: int,
    numbers: Sequence[int],
    *,
    workers: int = 1,
    progress: pool.Progress | None = None,
    engine: str = BATCH,
) -> Panel:
    """Simulate replications of a prepared point, books checked.

    Raises:
        RunError: a replication failed or its books do not tie.
        KeyboardInterrupt: interrupted; what was finished is lost.
    """
    return Player(prepared, seed, engine).play(numbers, workers, progress)
