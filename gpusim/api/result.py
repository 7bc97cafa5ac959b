"""What every result can do: its tables, its figures, its page."""

from __future__ import annotations

import html
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from gpusim.experiments.common.pool import Progress
from gpusim.experiments.saved import runs
from gpusim.experiments.saved.runs import Verified
from gpusim.own_code import Named
from gpusim.reports import report
from gpusim.reports.layout import counted
from gpusim.reports.pages import page
from gpusim.reports.report import Findings
from gpusim.results import tables as frames
from gpusim.results.stored.folder import near
from gpusim.results.stored.opened import RUN, NotARunError, Opened, nearest_of, open_run

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    from matplotlib.figure import Figure


class Tabled:
    """Something with tables by name."""

    @property
    def tables(self) -> list[str]:
        """Names of its tables."""
        raise NotImplementedError

    def table(self, name: str) -> pl.DataFrame:
        """A table by name.

        Raises:
            NotARunError: there is none of that name.
        """
        raise NotImplementedError

    def to_pandas(self, name: str) -> pd.DataFrame:
        """A table by name, for pandas: null is None or NaN, dates are `datetime.date`.

        Raises:
            NotARunError: there is none of that name.
        """
        return frames.to_pandas(self.table(name))


class Drawn:
    """Something with a page of figures."""

    @cached_property
    def _told(self) -> Findings:
        raise NotImplementedError

    @property
    def figures(self) -> list[str]:
        """Names of the figures that its page draws, in their order there."""
        return [figure.key for figure in self._told.figures if figure.draw is not None]

    @property
    def answer(self) -> str:
        """The answer in a sentence, as its page has it."""
        return self._told.answer

    def plot(self, name: str) -> Figure:
        """A figure of its page; `savefig` writes it, a notebook shows it.

        Raises:
            NotARunError: there is none of that name, or the folder holds none.
        """
        for figure in self._told.figures:
            if figure.key == name and figure.draw is not None:
                return figure.canvas()
        raise NotARunError(
            f"there is no figure {name}{nearest_of(name, self.figures)}; there are "
            f"{', '.join(self.figures) or 'none'}"
        )


class Result(Tabled, Drawn):
    """Finished work in a folder: what each kind of folder has in common."""

    kind: ClassVar[str]
    """As the folder's manifest has it."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    @classmethod
    def open(cls, name: str | Path, *, runs: str | Path = "runs") -> Self:
        """Open a folder of this kind, as `open_run` does.

        @last is the last one of this kind.

        Raises:
            NotARunError: nothing, or more than one folder, goes by that name, or it is of another
                kind.
        """
        found = open_run(str(name), Path(runs), cls.kind)
        kind = found.manifest.get("kind", RUN)
        if kind != cls.kind:
            raise NotARunError(f"{found.path} is the folder of a {kind}, not of a {cls.kind}")
        return cls(found)

    @property
    def path(self) -> Path:
        """The folder."""
        return self._opened.path

    @property
    def manifest(self) -> dict[str, Any]:
        """What was asked, by what, when, and how it ended; a copy."""
        return dict(self._opened.manifest)

    @property
    def tables(self) -> list[str]:
        """Names of the tables in the folder."""
        return sorted(path.stem for path in self.path.glob("*.parquet"))

    def table(self, name: str) -> pl.DataFrame:
        """A table of the folder by name, after a look at its hash.

        Raises:
            NotARunError: there is none of that name, or it is not the one that was written.
        """
        if not self._opened.has(name):
            known = ", ".join(self.tables)
            near_by = nearest_of(name, self.tables)
            raise NotARunError(f"{self.path} has no table {name}{near_by}; it has {known}")
        return self._opened.table(name)

    def sources(self) -> pl.DataFrame:
        """A row a number or date of the model: its source, or reason and range [as written]."""
        return self.table("sources")

    def report(
        self,
        path: str | Path | None = None,
        *,
        png: str | Path | None = None,
        xlsx: str | Path | None = None,
    ) -> Path:
        """Write the page, as `gpusim report` does, over an earlier one; returns its path.

        path: of the page; None: report.html in the folder; png: a folder for the pictures; xlsx:
        a workbook of the tables.

        Raises:
            NotARunError: a file cannot be written there.
        """
        out, pictures, book = (None if one is None else Path(one) for one in (path, png, xlsx))
        return report.write(self._opened, out, pictures, book, self._told).page

    def verify(
        self,
        *,
        strategies: Sequence[str] = (),
        metrics: Sequence[str] = (),
        shocks: Sequence[str] = (),
        workers: int | None = None,
        progress: Progress | None = None,
    ) -> Verified:
        """Check every file against its hash, do the work again, compare the bytes of all tables.

        strategies, metrics, shocks: Python code that the folder names and that may run,
        FILE.py:NAME; workers: None: one a core. `same` of what is returned says whether all are.

        Raises:
            NotARunError: the folder is unfinished.
            OwnCodeError: it names Python code that the caller did not.
            RunError: the repetition failed.
        """
        named = Named(tuple(strategies), tuple(metrics), tuple(shocks))
        return runs.verify(self.path, workers, progress, named)

    @cached_property
    def _told(self) -> Findings:
        return report.findings(self._opened)

    def __repr__(self) -> str:
        about = self._opened.manifest
        told = [str(about.get("model", "")), f"seed {about.get('seed')}"]
        if about.get("replications") is not None:
            told.insert(1, counted(about["replications"], "replication"))
        if about.get("status") != "finished":
            told.append(str(about.get("status")))
        return f"<{type(self).__name__} of {', '.join(told)}: {near(self.path)}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the title, the answer, the first table of the page."""
        told = self._told
        return html_of(told, page.table_of(told.figures[0]) if told.figures else None)


def html_of(told: Findings, table: page.Table | None) -> str:
    """A title, an answer and a table as HTML; nothing in them is read as tags.

    >>> html_of(Findings("a<b", "Yes.", []), None)
    '<h4>a&lt;b</h4><p>Yes.</p>'
    """
    text = f"<h4>{html.escape(told.title)}</h4><p>{html.escape(told.answer)}</p>"
    if table is None:
        return text
    heads = "".join(_cell("th", cell) for cell in table.heads)
    rows = "".join(f"<tr>{''.join(_cell('td', cell) for cell in row)}</tr>" for row in table.rows)
    return f"{text}<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _cell(tag: str, cell: page.Cell) -> str:
    side = "right" if cell.numeric else "left"
    text = html.escape(cell.text).replace("\n", "<br>")
    return f'<{tag} style="text-align:{side}">{text}</{tag}>'
