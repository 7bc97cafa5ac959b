"""One replication of a finished run played again, with its journal and its events."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import polars as pl

from gpusim.compiling import cache as compilecache
from gpusim.economics.books.statements import BALANCE, line
from gpusim.economics.core.calendar import MONTHS_PER_QUARTER
from gpusim.economics.core.state import State
from gpusim.engines import process
from gpusim.engines.process.simulation import Onlooker
from gpusim.engines.story import Sentence, Trace, sentences, tell
from gpusim.experiments.common.drawn_sets import sets_of
from gpusim.experiments.common.received import received
from gpusim.experiments.run.simulate import RunError
from gpusim.own_code import NOTHING, Named
from gpusim.results import periods as calendars
from gpusim.results.drawn.sets import DRAWN
from gpusim.results.periods import Calendar, ends, of_model, sums
from gpusim.results.stored.opened import NotARunError, Opened, refuse_incomplete
from gpusim.scenario import Draft, Scenario, draft, finish
from gpusim.scenario.lower import Book, lower
from gpusim.scenario.naming import grown
from gpusim.scenario.spec import Names
from gpusim.strategies import load_strategy, own_strategy
from gpusim.world import draw


class Replayed(NamedTuple):
    """A replication as it was, and what the run's folder cannot hold: postings and events."""

    run: Opened
    replication: int
    scenario: Scenario
    book: Book
    calendar: Calendar
    state: State
    trace: Trace
    names: Names  # rows that arose in the run included
    same_rules: bool  # as those that wrote the folder

    @property
    def sentences(self) -> list[Sentence]:
        """A sentence for every event, in order."""
        return sentences(self.names, self.trace)


def replay_run(
    run: Opened, replication: int, named: Named = NOTHING, closing: Onlooker | None = None
) -> Replayed:
    """Play a replication of a run again, as its manifest says.

    named: code that the user allows, see `received`; closing: looks at months, see `process.run`.

    Raises:
        NotARunError: the folder is no run, has no such replication, or its model has changed.
        ScenarioError, StrategyError: the model cannot be loaded any more.
    """
    refuse_missing(run, replication)
    manifest = run.manifest
    with received(run, named=named):
        own = own_strategy(manifest["strategy"])
        drafted = draft(
            manifest["model_argument"],
            shocks=tuple(manifest["shocks"]),
            strategy=None if own else manifest["strategy"],
            sets=tuple(manifest["sets"]),
            capital=manifest.get("capital"),
        )
        scenario = finish(drafted)
    if scenario.hash() != manifest["scenario_hash"]:
        raise NotARunError(
            f"{manifest['model']}, which comes with gpusim, has changed since {run.path} was "
            f"written: run it again"
        )
    scenario, book = _of_its_set(manifest, drafted, scenario, replication)
    world, trace = draw(book.spec, int(manifest["seed"]), replication), Trace()
    state = process.run(
        book.state,
        world,
        trace=trace,
        journal=True,
        strategy=load_strategy(own) if own else None,
        names=book.names,
        closing=closing,
    )
    return Replayed(
        run,
        replication,
        scenario,
        book,
        of_model(scenario.model),
        state,
        trace,
        grown(book.names, state, world.offers),
        manifest.get("rules_hash") == compilecache.source_hash(),
    )


def _of_its_set(
    manifest: dict[str, Any], drafted: Draft, stated: Scenario, replication: int
) -> tuple[Scenario, Book]:
    """The scenario of a replication, with the inputs of its set where they were drawn."""
    if manifest.get("inputs") != DRAWN:
        return stated, lower(stated)
    own = sets_of(drafted, stated, int(manifest["seed"])).of(replication)
    return own.scenario, own.book


def calendar_of(run: Opened) -> Calendar:
    """The quarters of a run."""
    about = run.manifest
    as_of, months = dt.date.fromisoformat(about["as_of"]), MONTHS_PER_QUARTER * about["quarters"]
    return calendars.quarters(as_of, months, run.scenario()["model"].get("fiscal_year_ends", 12))


def refuse_missing(run: Opened, replication: int) -> None:
    """Check that a folder holds a replication.

    Raises:
        NotARunError: it does not.
    """
    refuse_incomplete(run)
    numbers = run.table("outcomes")["replication"]
    if replication not in numbers:
        raise NotARunError(
            f"{run.path} has no replication {replication}; it has {numbers[0]} to {numbers[-1]} "
            f"({len(numbers)})"
        )


def stored(run: Opened, replication: int, column: str) -> dict[str, int]:
    """A statement line of a replication as the run's folder has it, by period [cents]."""
    rows = run.table("statements").filter(pl.col("replication") == replication)
    return dict(zip(rows["period"], rows[column], strict=True))


def refuse_other(cell: int, was: int, where: str, told: Replayed) -> None:
    """Check that what was played again is what is stored.

    Raises:
        RunError: it is not, and the likely cause.
    """
    if cell != was:
        cause = (
            "the model's rules are the same: please report it"
            if told.same_rules
            else "the rules have changed since the run was written: run it again"
        )
        raise RunError(f"{where} is {cell:,} cents played again, {was:,} in the folder; {cause}")


def story(told: Replayed, since: dt.date | None, until: dt.date | None) -> list[str]:
    """The replication in words, a line an event that matters, between two days."""
    lines = tell(told.names, told.trace)
    return [
        line
        for line in lines
        if (since is None or line[:10] >= since.isoformat())
        and (until is None or line[:10] <= until.isoformat())
    ]


def refuse_empty(since: dt.date | None, until: dt.date | None) -> None:
    """Check that days are in order.

    Raises:
        NotARunError: the last is before the first.
    """
    if since is not None and until is not None and until < since:
        raise NotARunError(f"--to {until} is before --from {since}")


def tie(told: Replayed) -> None:
    """Check that cash, debt and revenue, played again, are what the folder has in every quarter.

    Raises:
        RunError: they are not.
    """
    for name in ("revenue", "net_income", "cash", "debt_principal"):
        check(told, name)


def check(told: Replayed, name: str) -> None:
    """Check that a line, played again, is what the folder has in every quarter.

    Raises:
        RunError: it is not.
    """
    series = line(told.state.ledger, name)
    by_quarter = (ends if name in BALANCE else sums)(series, told.calendar)
    was = stored(told.run, told.replication, name)
    for period, cents in zip(told.calendar.names, by_quarter, strict=True):
        refuse_other(int(cents), was[period], f"{name} of {period}", told)
