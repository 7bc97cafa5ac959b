"""The folders of a sweep, a comparison, a sensitivity and break-evens, for Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gpusim.api.result import Result
from gpusim.experiments.common.pool import Progress
from gpusim.experiments.compare import compare
from gpusim.experiments.run.simulate import RunError
from gpusim.experiments.sensitivity import sensitivity
from gpusim.experiments.solve import solve
from gpusim.experiments.sweep import sweep
from gpusim.own_code import Named
from gpusim.results.stored.opened import Opened, open_run

if TYPE_CHECKING:
    import polars as pl


class Sweep(Result):
    """Many points of a model, each with many replications."""

    kind = "sweep"

    def __init__(self, opened: Opened, found: sweep.SweepResult | None = None) -> None:
        super().__init__(opened)
        self.found = found
        """What the experiment returned; None of a folder that was opened."""

    def design(self) -> pl.DataFrame:
        """A row a point: the value of each varied key."""
        return self.table("design")

    def points(self) -> pl.DataFrame:
        """A row a finished point: its values, how it ended, why it failed if it did."""
        return self.table("points")

    def results(self) -> pl.DataFrame:
        """A row a point and metric: mean, its 95% interval, percentiles [see `unit`]."""
        return self.table("results")

    def resume(
        self,
        *,
        strategies: Sequence[str] = (),
        metrics: Sequence[str] = (),
        shocks: Sequence[str] = (),
        workers: int | None = None,
        cluster: str | None = None,
        progress: Progress | None = None,
    ) -> Sweep:
        """Go on with a sweep that was interrupted or killed; a finished one stays as it is.

        strategies, metrics, shocks: as of `verify`; workers: None: one a core; cluster:
        tcp://HOST:PORT of a Dask scheduler.

        Raises:
            ScenarioError: its model or the rules are not what they were.
            NotARunError: its files are not what was written.
            OwnCodeError: it names Python code that the caller did not.
            RunError: no worker could go on; what is finished is kept.
            KeyboardInterrupt: interrupted again; what is finished is kept.
        """
        means = sweep.Means(workers, cluster, command=("gpusim.Sweep.resume",))
        named = Named(tuple(strategies), tuple(metrics), tuple(shocks))
        found = sweep.resume(self.path, means, progress, named)
        return finished(found)


def finished(found: sweep.SweepResult) -> Sweep:
    """The result of a sweep that has ended.

    Raises:
        KeyboardInterrupt: it was interrupted.
        RunError: every point failed.
    """
    if found.interrupted:
        asked = len(found.request.design.rows)
        told = f"{len(found.entries)} of {asked} points finished, kept in {found.path}"
        raise KeyboardInterrupt(f"{told}; open_run(...).resume() goes on")
    if len(found.failed) == len(found.entries):
        first = found.failed[0]["error"]
        raise RunError(f"every point failed; the first: {first}; kept in {found.path}")
    return Sweep(open_run(str(found.path)), found)


class Comparison(Result):
    """Options on the same replications, and which is first."""

    kind = "compare"

    def __init__(self, opened: Opened, found: compare.Comparison | None = None) -> None:
        super().__init__(opened)
        self.found = found
        """What the experiment returned; None of a folder that was opened."""

    def options(self) -> pl.DataFrame:
        """A row an option: model, strategy, shock, capital, title, whether it is the base."""
        return self.table("options")

    def crossed(self) -> pl.DataFrame:
        """Of options under shocks, a row a metric, option and shock: mean and regret [see `unit`].

        Raises:
            NotARunError: nothing was crossed.
        """
        return self.table("crossed")

    def regrets(self) -> pl.DataFrame:
        """Of options under shocks, a row a metric and option: worst and mean regret [see `unit`].

        Raises:
            NotARunError: nothing was crossed.
        """
        return self.table("regrets")

    def comparison(self) -> pl.DataFrame:
        """A row a metric and option: mean, difference from the base, regret, place [see `unit`]."""
        return self.table("comparison")

    def replications(self) -> pl.DataFrame:
        """A row an option and replication, a column a metric [unit of the metric]."""
        return self.table("replications")

    def conditions(self) -> pl.DataFrame:
        """A row an option and condition of `satisfy`: its share, interval, whether it is met.

        Raises:
            NotARunError: there were no conditions.
        """
        return self.table("conditions")


class Sensitivity(Result):
    """Which inputs move a metric; of the methods' tables, those of the one asked for are there."""

    kind = "sensitivity"

    def __init__(self, opened: Opened, found: sensitivity.Sensitivity | None = None) -> None:
        super().__init__(opened)
        self.found = found
        """What the experiment returned; None of a folder that was opened."""

    def inputs(self) -> pl.DataFrame:
        """A row an input: both ends of its range."""
        return self.table("inputs")

    def points(self) -> pl.DataFrame:
        """A row a point: the metric's mean [its unit], the level of each input [share of range]."""
        return self.table("points")

    def replications(self) -> pl.DataFrame:
        """A row a point and replication: the metric [its unit]."""
        return self.table("replications")

    def bars(self) -> pl.DataFrame:
        """Of `tornado`, a row an input and end: what it changes [see `unit`]."""
        return self.table("bars")

    def effects(self) -> pl.DataFrame:
        """Of `morris`, a row an input: mean size of its effect, and how it varies [see `unit`]."""
        return self.table("effects")

    def indices(self) -> pl.DataFrame:
        """Of `sobol`, a row an input and order: its share of the variance [share]."""
        return self.table("indices")

    def box(self) -> pl.DataFrame:
        """Of `discover`, a row a limit of the region in which the event happens."""
        return self.table("box")

    def region(self) -> pl.DataFrame:
        """Of `discover`, one row: how well the region fits [shares]."""
        return self.table("region")

    def peeling(self) -> pl.DataFrame:
        """Of `discover`, a row a step in which the region was made smaller [shares]."""
        return self.table("peeling")


class Solution(Result):
    """Break-evens: the values of a key at which metrics cross their targets."""

    kind = "solve"

    def __init__(self, opened: Opened, found: Sequence[solve.Solution] | None = None) -> None:
        super().__init__(opened)
        self.found = found
        """What the experiment returned, by `until`; None of a folder that was opened."""

    def breakevens(self) -> pl.DataFrame:
        """A row a condition and value of `along`: bracket and estimate [unit of the key]."""
        return self.table("breakevens")

    def tested(self) -> pl.DataFrame:
        """A row a value that was simulated: the metric with its interval [see `unit`]."""
        return self.table("tested")
