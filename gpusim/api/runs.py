"""The folder of a run, for Python."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from gpusim.api.figures import RealisedUnits
from gpusim.api.result import Result, html_of
from gpusim.experiments.explain import covers
from gpusim.experiments.explain import explain as explaining
from gpusim.experiments.explain import replay as replaying
from gpusim.experiments.explain.covers import Cover
from gpusim.experiments.explain.explain import Explained
from gpusim.experiments.explain.loss_chain import chains
from gpusim.experiments.run.run import RunResult
from gpusim.own_code import Named
from gpusim.reports.credit import write as memo
from gpusim.reports.pages import page
from gpusim.results import intervals
from gpusim.results.intervals import Interval
from gpusim.results.stored.opened import Opened, open_run

if TYPE_CHECKING:
    import polars as pl

Floats: TypeAlias = npt.NDArray[np.float64]
DAY_WIDTH = 10
"""Characters of a day, YYYY-MM-DD; two spaces follow."""


class OwnFigure(NamedTuple):
    """A figure of the caller's own, and the interval of its mean."""

    values: Floats  # [replications], NaN where undefined
    interval: Interval  # mean, low, high (95%) and how they were made


class Story(NamedTuple):
    """One replication told day by day."""

    replication: int
    lines: tuple[tuple[dt.date, str], ...]  # an event that matters, in order
    chains: tuple[tuple[str, ...], ...]  # how backlog came to be lost, cause by cause

    def __str__(self) -> str:
        return "\n".join(f"{day}  {text}" for day, text in self.lines)


class Run(Result):
    """One scenario, many replications, one folder.

    A row of a table is a replication and quarter unless said otherwise. What each column means is
    in docs/definitions.md.

    >>> import gpusim
    >>> run = gpusim.run("single-site", reps=2, sets="model.quarters=4", out="small")
    >>> run
    <Run of single-site, 2 replications, seed 1: small>
    >>> run.summary().filter(metric="revenue", period="2026Q3").select("unit", "n").rows()
    [('USD', 2)]
    >>> gpusim.open_run("small").statements().equals(run.statements())
    True
    """

    kind = "run"

    def __init__(self, opened: Opened, found: RunResult | None = None) -> None:
        super().__init__(opened)
        self.found = found
        """What the experiment returned; None of a folder that was opened."""

    def summary(self) -> pl.DataFrame:
        """A row a metric and period: n, mean, 95% interval, percentiles [see `unit`]."""
        return self.table("summary")

    def metrics(self) -> pl.DataFrame:
        """A column a metric, null where undefined [USD, MW, ratios: see `metric_units`]."""
        return self.table("metrics")

    def metric_units(self) -> dict[str, dict[str, str]]:
        """Unit and meaning of each metric, by name."""
        return self._opened.described()

    def statements(self) -> pl.DataFrame:
        """A column a line of the statements [whole US cents]."""
        return self.table("statements")

    def backlog(self) -> pl.DataFrame:
        """A row a replication, vintage, quarter, movement and cause; no zeros [US cents]."""
        return self.table("backlog")

    def outcomes(self) -> pl.DataFrame:
        """A row a replication: how it ended [US cents, dates, names]."""
        return self.table("outcomes")

    def outcome_summary(self) -> pl.DataFrame:
        """A row a figure of `outcomes`, of loans and covenants too: mean, percentiles, worst tail.

        In the figure's unit [see `unit`]; `tail` is the mean of the worst twentieth.
        """
        return self.table("outcome_summary")

    def facilities(self) -> pl.DataFrame:
        """A row a replication and facility: what became of its lender [US cents, dates]."""
        return self.table("facilities")

    def covenants(self) -> pl.DataFrame:
        """A row a covenant: limit [ratio or USD], first test, its column in `outcomes`."""
        return self.table("covenants")

    def debt_service(self) -> pl.DataFrame:
        """What was due and paid, and cash for it [US cents]."""
        return self.table("debt_service")

    def backlog_to_cash(self) -> pl.DataFrame:
        """A row a replication, a column a step from backlog to shareholders [US cents]."""
        return self.table("backlog_to_cash")

    def sources_and_uses(self) -> pl.DataFrame:
        """A row a replication, a column a part; sources sum to what uses sum to [US cents]."""
        return self.table("sources_and_uses")

    def events(self) -> pl.DataFrame:
        """A row an event of the replications told, in a run with `events` [USD, W, days].

        Raises:
            NotARunError: the run kept none.
        """
        return self.table("events")

    def realised_units(self) -> RealisedUnits:
        """Unit economics as the run realised them, in a run with `units`.

        Raises:
            NotARunError: the run kept none.
        """
        return RealisedUnits(self._opened)

    def metric(self, own: Callable[[Run], npt.ArrayLike], *, chance: bool = False) -> OwnFigure:
        """A figure of the caller's own, with the interval that gpusim's own figures have.

        own: a function of this run that returns one figure a replication, in the order of
        `outcomes()`, NaN where undefined [replications]; chance: whether they are zeros and ones,
        whose mean is a probability.

        Raises:
            ValueError: another number of figures, one that is infinite, or a chance that is
                neither 0 nor 1.

        >>> import gpusim, polars as pl
        >>> run = gpusim.run("single-site", reps=2, sets="model.quarters=4", out="own")
        >>> def dearest_quarter(run: gpusim.Run) -> pl.Series:
        ...     rows = run.statements().group_by("replication", maintain_order=True)
        ...     return rows.agg(pl.col("capex_cash").max() / 100)["capex_cash"]
        >>> run.metric(dearest_quarter).values.shape
        (2,)
        """
        values = np.asarray(own(self), dtype=np.float64)
        count = self.outcomes().height
        if values.shape != (count,):
            raise ValueError(f"found figures of shape {values.shape}; expected ({count},)")
        if np.isinf(values).any():
            raise ValueError("found an infinite figure; expected NaN where one is undefined")
        if chance and not np.isin(values[~np.isnan(values)], (0.0, 1.0)).all():
            raise ValueError("found a chance that is neither 0 nor 1")
        return OwnFigure(values, intervals.of_mean(values, chance=chance))

    def report(
        self,
        path: str | Path | None = None,
        *,
        png: str | Path | None = None,
        xlsx: str | Path | None = None,
        credit: bool = False,
        downside: Run | str | Path | None = None,
    ) -> Path:
        """Write the page, or a credit memo, as `gpusim report` does; returns its path.

        path: of the page; None: report.html in the folder, of a memo credit.html; png: a folder
        for the pictures; xlsx: a workbook of the tables; credit: whether a credit memo is asked
        for; downside: of a memo, a run of the same model under a shock.

        Raises:
            NotARunError: a file cannot be written there, or the downside is not one of this run.
            ValueError: a downside without a memo; pictures or a workbook of one.
        """
        if not credit:
            if downside is not None:
                raise ValueError("found a downside; expected it with credit=True")
            return super().report(path, png=png, xlsx=xlsx)
        if png is not None or xlsx is not None:
            raise ValueError("found png or xlsx; expected neither with credit=True")
        if isinstance(downside, Run):
            other: Opened | None = downside._opened
        else:
            other = None if downside is None else open_run(str(downside))
        return memo.write(self._opened, other, None if path is None else Path(path))

    def explain(
        self,
        line: str,
        period: str,
        rep: int = 0,
        *,
        strategies: Sequence[str] = (),
        shocks: Sequence[str] = (),
    ) -> Explained:
        """A statement's cell taken apart: postings, events, rules; sums to the cent [US cents].

        line: a column of `statements`; period: 2026Q3, 2026-07 or 2026; rep: the replication;
        strategies, shocks: see `verify`.

        Raises:
            NotARunError: there is no such line, period or replication, or the model has changed.
            OwnCodeError: the folder names Python code that the caller did not.
            RunError: played again, the line is not the stored one.
        """
        named = Named(tuple(strategies), (), tuple(shocks))
        return explaining.explain(self._opened, line, period, rep, named)

    def explain_cover(
        self,
        line: str,
        period: str,
        rep: int = 0,
        *,
        strategies: Sequence[str] = (),
        shocks: Sequence[str] = (),
    ) -> Cover:
        """A cover taken apart into its cash by month, or by quarter to come [US cents].

        line: dscr, or dscr.LOAN, llcr.LOAN, plcr.LOAN; period: the one at whose end it is told;
        rep: the replication; strategies, shocks: see `verify`. `pl.DataFrame(cover.rows)` is its
        table.

        Raises:
            NotARunError: there is no such loan, period or replication, it has no value there, or
                the model has changed.
            OwnCodeError: the folder names Python code that the caller did not.
            RunError: played again, it is not the stored one.
        """
        named = Named(tuple(strategies), (), tuple(shocks))
        return covers.explain_cover(self._opened, line, period, rep, named)

    def replay(
        self,
        rep: int = 0,
        *,
        since: dt.date | None = None,
        until: dt.date | None = None,
        strategies: Sequence[str] = (),
        shocks: Sequence[str] = (),
    ) -> Story:
        """One replication as a story, with what caused what, from the process engine.

        rep: the replication; since, until: first and last day told; strategies, shocks: see
        `verify`.

        Raises:
            NotARunError: there is no such replication, the model has changed, or the last day is
                before the first.
            OwnCodeError: the folder names Python code that the caller did not.
            RunError: played again, its books are not the stored ones.
        """
        replaying.refuse_empty(since, until)
        named = Named(tuple(strategies), (), tuple(shocks))
        told = replaying.replay_run(self._opened, rep, named)
        replaying.tie(told)
        lines = replaying.story(told, since, until)
        return Story(
            rep,
            tuple(
                (dt.date.fromisoformat(line[:DAY_WIDTH]), line[DAY_WIDTH + 2 :]) for line in lines
            ),
            tuple(tuple(links) for links in chains(told)),
        )

    def _repr_html_(self) -> str:
        """What a notebook shows: the title, the answer, the statements by quarter."""
        return html_of(self._told, page.statements(self._opened))
