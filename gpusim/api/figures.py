"""Results that are no folder: a bridge, a backtest, unit economics."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from gpusim.api.frames import framed, listed, reasons, worded
from gpusim.api.result import Drawn, Tabled, html_of
from gpusim.appraisal import unit_economics, unit_figures
from gpusim.appraisal.let_power.kw_figures import LET
from gpusim.appraisal.returns import Figure
from gpusim.appraisal.sides.by_year import CashYear
from gpusim.appraisal.sides.lender import LenderYear
from gpusim.experiments.backtest import backtest
from gpusim.experiments.bridge import bridge
from gpusim.reports import report
from gpusim.reports.figures import backtest_figures
from gpusim.reports.layout import counted
from gpusim.reports.printed import backtest_report
from gpusim.reports.report import Findings
from gpusim.results.replications import realised_units
from gpusim.results.stored.opened import NotARunError, Opened, nearest_of

if TYPE_CHECKING:
    from gpusim.scenario import Scenario

BACKTEST: Final = "backtest.json"


class Frames(Tabled):
    """Tables that are in memory, by the names of the methods that return them."""

    _frames: dict[str, pl.DataFrame]

    @property
    def tables(self) -> list[str]:
        """Names of its tables."""
        return sorted(self._frames)

    def table(self, name: str) -> pl.DataFrame:
        """A table by name.

        Raises:
            NotARunError: there is none of that name.
        """
        if name not in self._frames:
            known = ", ".join(self.tables)
            raise NotARunError(f"no table {name}{nearest_of(name, self.tables)}; there is {known}")
        return self._frames[name]


class Bridge(Frames):
    """What moved a metric between two ends, cause by cause; the parts sum exactly."""

    def __init__(self, found: bridge.Bridge) -> None:
        self.found = found
        """What the experiment returned."""

    @property
    def start(self) -> float:
        """The mean at the first end [unit of the metric]."""
        return self.found.start / self.found.scale

    @property
    def end(self) -> float:
        """The mean at the second end [unit of the metric]."""
        return self.found.end / self.found.scale

    def causes(self) -> pl.DataFrame:
        """A row a cause, in order: what it did to the mean, as a figure and in whole units.

        `whole_units` [cents, or billionths of the unit] sum to the difference of the ends.
        """
        return self.table("causes")

    @cached_property
    def _frames(self) -> dict[str, pl.DataFrame]:  # type: ignore[override]
        found = self.found
        rows = [
            {"cause": str(part.cause)}
            | part.cause._asdict()
            | {"effect": part.amount / found.scale, "whole_units": part.amount}
            | {"low": part.interval.low, "high": part.interval.high, "how": part.interval.how}
            | {"unit": found.figure.unit}
            for part in found.parts
        ]
        return {"causes": framed(rows)}

    def __repr__(self) -> str:
        found = self.found
        first, second = found.request.names
        return (
            f"<Bridge of {found.figure.text} from {first} to {second}: {self.start:,.6g} to "
            f"{self.end:,.6g} {found.figure.unit}, {counted(len(found.parts), 'cause')}>"
        )

    def _repr_html_(self) -> str:
        """What a notebook shows: a row a cause."""
        table = worded(self.causes().select("cause", "effect", "low", "high", "how", "unit"))
        told = Findings(f"bridge of {self.found.figure.text}", repr(self)[1:-1], [])
        return html_of(told, table)


class Backtest(Frames, Drawn):
    """Forecasts from a model's as-of day, scored against what was reported."""

    def __init__(self, document: dict[str, Any], path: Path | None = None) -> None:
        self.document = document
        """All of it, as backtest.json has it."""
        self.path = path
        """The file; None where nothing was written."""

    @classmethod
    def of(cls, found: backtest.Backtest, path: Path | None = None) -> Backtest:
        """A backtest that was made here."""
        return cls(json.loads(backtest_report.text(found)), path)

    @classmethod
    def read(cls, path: Path) -> Backtest:
        """A backtest from its file.

        Raises:
            NotARunError: the file is not the JSON of a backtest.
        """
        return cls(backtest_figures.read(path), path)

    @property
    def record(self) -> dict[str, Any]:
        """What was asked, and hashes of the inputs taken before anything was scored."""
        return dict(self.document["record"])

    def cells(self) -> pl.DataFrame:
        """A row a column, line and quarter: reported, forecast, errors, scores [see `unit`].

        Errors of the opponents stand in columns of their names [share].
        """
        return self.table("cells")

    def summary(self) -> pl.DataFrame:
        """A row a column and number of quarters ahead: how often bands hold [shares]."""
        return self.table("summary")

    def next_quarter(self) -> pl.DataFrame:
        """A row a line with guidance: the forecast beside it [USD]."""
        return self.table("next_quarter")

    def report(self, path: str | Path | None = None, *, png: str | Path | None = None) -> Path:
        """Write the page, over an earlier one; returns its path.

        path: of the page; None: beside backtest.json; png: a folder for the pictures.

        Raises:
            NotARunError: there is no file to put it beside, or it cannot be written there.
        """
        if path is None and self.path is None:
            raise NotARunError("this backtest has no folder; name the file of its page")
        own = Opened(self.path or Path(BACKTEST), {})
        out, pictures = (None if one is None else Path(one) for one in (path, png))
        return report.write(own, out, pictures, None, self._told).page

    @cached_property
    def _told(self) -> Findings:
        return report.of_backtest(self.document)

    @cached_property
    def _frames(self) -> dict[str, pl.DataFrame]:  # type: ignore[override]
        cells = [
            {key: value for key, value in cell.items() if key != "opponents"} | cell["opponents"]
            for cell in self.document["cells"]
        ]
        return {
            "cells": framed(cells),
            "summary": framed(self.document["summary"]),
            "next_quarter": framed(self.document["next_quarter"]),
        }

    def __repr__(self) -> str:
        record = self.record
        told = f"{record['model']} as of {record['as_of']}, {record['replications']} replications"
        cells = counted(len(self.document["cells"]), "cell")
        return f"<Backtest of {told}, seed {record['seed']}: {cells}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the title, the answer, how often bands hold."""
        return html_of(self._told, worded(self.summary()))


class UnitEconomics(Frames):
    """Unit economics on the planned path: of a GPU-hour, a contract, a megawatt, a kW let."""

    def __init__(self, found: unit_economics.Units) -> None:
        self.found = found
        """What was worked out, with roots and notes."""

    @property
    def scenario(self) -> Scenario:
        """The model."""
        return self.found.scenario

    def rows(self) -> pl.DataFrame:
        """A row a contract, generation, site and the total; a column a figure [see `meanings`]."""
        return self.table("rows")

    def reasons(self) -> pl.DataFrame:
        """A row a figure that is null in `rows`, and why."""
        return self.table("reasons")

    def dscr(self) -> pl.DataFrame:
        """A row a row of `rows` and year of its term: cash over debt service [ratio]."""
        return self.table("dscr")

    def dscr_periods(self) -> pl.DataFrame:
        """A row a row of `rows` and period of the timing: cash over debt service [ratio].

        Where a loan pays less often than that, periods are as long as between its payments.
        Null where a period has no debt service: its cash counts with the next that has.
        """
        return self.table("dscr_periods")

    def years(self) -> pl.DataFrame:
        """A row a row of `rows` and year: rent, what it pays for, owner's cash [USD].

        year 0: month 0; part: contract, re-let, order or on-demand; levered: cash of the owner
        after debt.
        """
        return self.table("years")

    def lender(self) -> pl.DataFrame:
        """A row a contract with loans and year of its term: owed, values, recovery [USD, share]."""
        return self.table("lender")

    def meanings(self) -> pl.DataFrame:
        """A row a figure: its unit and what it is."""
        return self.table("meanings")

    def let(self) -> pl.DataFrame:
        """A row a tenant, its tranches and all tenants; a column a figure of a kW [`meanings`]."""
        return self.table("let")

    def let_reasons(self) -> pl.DataFrame:
        """A row a figure that is null in `let`, and why."""
        return self.table("let_reasons")

    def let_years(self) -> pl.DataFrame:
        """A row a row of `let` and year from the first bill on: as `years` [USD]."""
        return self.table("let_years")

    @cached_property
    def _frames(self) -> dict[str, pl.DataFrame]:  # type: ignore[override]
        rows, let = self.found.rows, self.found.let
        let_heads = [{"kind": row.kind, "name": row.name} for row in let]
        heads = [{"kind": row.kind, "name": row.name} for row in rows]
        plain: list[dict[str, Any]] = [
            head
            | {"gpus": row.gpus, "mw": row.mw, "term_years": row.term_years}
            | {name: row.figures[name].value for name in unit_figures.UNITS}
            for head, row in zip(heads, rows, strict=True)
        ]
        years = [
            head | {"year": year, "dscr": after.value, "dscr_before_rent": before.value}
            for head, row in zip(heads, rows, strict=True)
            for year, (after, before) in enumerate(
                zip(row.dscr, row.dscr_before_rent, strict=True), start=1
            )
        ]
        units = (LET | unit_figures.UNITS).items()
        return {
            "let": framed(
                [
                    head
                    | {"kw": row.kw, "term_years": row.term_years}
                    | {name: figure.value for name, figure in row.figures.items()}
                    for head, row in zip(let_heads, let, strict=True)
                ]
            ),
            "let_reasons": reasons(
                [(head, row.figures) for head, row in zip(let_heads, let, strict=True)]
            ),
            "let_years": listed(let_heads, [row.years for row in let], CashYear._fields),
            "rows": framed(plain),
            "reasons": reasons(
                [(head, row.figures) for head, row in zip(heads, rows, strict=True)]
            ),
            "dscr": framed(years),
            "dscr_periods": framed(
                [
                    head | {"period": period, "dscr": one.value}
                    for head, row in zip(heads, rows, strict=True)
                    for period, one in enumerate(row.dscr_periods, start=1)
                ]
            ),
            "years": listed(heads, [row.years for row in rows], CashYear._fields),
            "lender": listed(heads, [row.lender for row in rows], LenderYear._fields),
            "meanings": framed(
                [{"figure": name, "unit": one.unit, "meaning": one.meaning} for name, one in units]
            ),
        }

    def __repr__(self) -> str:
        name = self.found.scenario.name
        return f"<UnitEconomics of {name}: {counted(len(self.found.rows), 'row')}, planned path>"

    def _repr_html_(self) -> str:
        """What a notebook shows: a row a contract, its price, cost and return."""
        told = Findings(repr(self)[1:-1], str(self.found.explained), [])
        shown = ("kind", "name", "gpus", "rent_price", "margin", "irr_unlevered", "payback_years")
        return html_of(told, worded(self.rows().select(shown)))


class RealisedUnits(Frames):
    """Unit economics as a run realised them, in means over its replications."""

    def __init__(self, run: Opened) -> None:
        for name in (realised_units.UNITS, realised_units.CASH):
            if not run.has(name):
                raise NotARunError(f"{run.path} holds no {name}.parquet; run with units=True")
        tables = run.table(realised_units.UNITS), run.table(realised_units.CASH)
        self.found = realised_units.judge(*tables, run.manifest["replications"])
        """What was worked out, with roots and notes."""
        self.path = run.path
        """The folder of the run."""

    def rows(self) -> pl.DataFrame:
        """A row a contract, generation, vintage and the total.

        Revenue to margin are USD a billed GPU-hour; what ends in mw_year USD a MW and year;
        capital_per_mw USD a MW; irr 1/year.
        """
        return self.table("rows")

    def reasons(self) -> pl.DataFrame:
        """A row a figure that is null in `rows`, and why."""
        return self.table("reasons")

    @cached_property
    def _frames(self) -> dict[str, pl.DataFrame]:  # type: ignore[override]
        heads = [{"noun": row.noun, "name": row.name} for row in self.found]
        figures = [
            row.chain | {k: v for k, v in row._asdict().items() if isinstance(v, Figure)}
            for row in self.found
        ]
        plain: list[dict[str, Any]] = [
            head | {"gpus": row.gpus} | {name: figure.value for name, figure in own.items()}
            for head, row, own in zip(heads, self.found, figures, strict=True)
        ]
        pairs = list(zip(heads, figures, strict=True))
        return {"rows": framed(plain), "reasons": reasons(pairs)}

    def __repr__(self) -> str:
        return f"<RealisedUnits of {self.path.name}: {counted(len(self.found), 'row')}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: its rows."""
        shown = ("noun", "name", "gpus", "revenue", "margin", "utilisation", "irr", "payback_years")
        told = Findings(repr(self)[1:-1], "", [])
        return html_of(told, worded(self.rows().select(shown)))
