"""What `gpusim report` writes: a page, pictures and a workbook of a finished folder."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Final, NamedTuple, Protocol, cast

from gpusim import files
from gpusim.experiments.saved import registry
from gpusim.reports.figures import backtest_figures
from gpusim.reports.pages import page, workbook
from gpusim.reports.pages.figure import Figure
from gpusim.results.stored.opened import RUN, NotARunError, Opened

PAGE: Final = "report.html"


class Page(Protocol):
    """What `figures/NAME_figures.py` has of the folders of an experiment."""

    def title(self, run: Opened) -> str:
        """What was asked, in a few words."""

    def answer(self, run: Opened) -> str:
        """The answer in a sentence."""

    def figures(self, run: Opened) -> list[Figure]:
        """Its figures, each with the table under it; nothing is drawn yet."""


class Written(NamedTuple):
    """The files of a report."""

    page: Path
    pictures: list[Path]
    workbook: Path | None


class Findings(NamedTuple):
    """What a page tells: its title, the answer in a sentence, its figures."""

    title: str
    answer: str
    figures: list[Figure]


def write(
    run: Opened,
    out: Path | None,
    png: Path | None,
    xlsx: Path | None,
    found: Findings | None = None,
) -> Written:
    """Write the page, pictures and workbook asked for.

    found: what is told, where it is known already.

    A page goes into its folder, or beside the backtest it is made of, unless a file is named.

    A report can always be made again, so one that exists is replaced, in one rename.

    Raises:
        NotARunError: the folder cannot be reported, or a file cannot be written there.
    """
    target = out or (run.path / PAGE if run.path.is_dir() else run.path.with_suffix(".html"))
    for path in (target, xlsx):
        if path is not None:
            refuse_unwritable(path)
    found = findings(run) if found is None else found
    replace(target, page_of(run, found).encode("utf-8"))
    pictures = write_pictures(found.figures, png) if png is not None else []
    if xlsx is not None:
        replace(xlsx, workbook.workbook(run, found.figures))
    return Written(target, pictures, xlsx)


def findings(run: Opened) -> Findings:
    """What the page of a folder, or of a backtest's file, tells; nothing is drawn yet.

    Raises:
        NotARunError: it holds nothing that has a page.
    """
    if run.path.is_file():
        return of_backtest(backtest_figures.read(run.path))
    kind = RUN if is_run(run) else run.manifest.get("kind", RUN)
    if kind not in registry.names() or (kind == RUN and not is_run(run)):
        raise NotARunError(f"{run.path} is no run, sweep or answer: it has no statements.parquet")
    own = page_module(kind)
    return Findings(own.title(run), own.answer(run), own.figures(run))


def page_module(name: str) -> Page:
    """The page of an experiment's folders."""
    return cast("Page", import_module(f"gpusim.reports.figures.{name}_figures"))


def of_backtest(own: backtest_figures.Told) -> Findings:
    """What the page of a backtest tells."""
    title, answer = backtest_figures.title(own), backtest_figures.answer(own)
    return Findings(title, answer, backtest_figures.figures(own))


def is_run(run: Opened) -> bool:
    """Whether a folder is that of one scenario."""
    return run.path.is_dir() and run.has("statements") and run.has("outcomes")


def page_of(run: Opened, found: Findings) -> str:
    """The page of a folder."""
    if is_run(run):
        return page.of_run(run, found.figures)
    return page.of_design(run, found.title, found.answer, found.figures)


def write_pictures(figures: list[Figure], folder: Path) -> list[Path]:
    """A PNG a figure.

    Raises:
        NotARunError: the folder cannot be made.
    """
    refuse_unwritable(folder / "figure.png")
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for figure in figures:
        if figure.draw is not None:
            path = folder / f"{figure.key}.png"
            replace(path, figure.png())
            written.append(path)
    return written


def replace(path: Path, data: bytes) -> None:
    """Write a file whole, for the last words to name."""
    files.write(path, data)
    files.in_hand.append(path)


def refuse_unwritable(path: Path) -> None:
    """Check that a file can be written, before any work is done.

    Raises:
        NotARunError: it cannot.
    """
    if path.is_dir():
        raise NotARunError(f"{path} is a folder; name a file")
    standing = next(parent for parent in path.absolute().parents if parent.exists())
    if not standing.is_dir() or not os.access(standing, os.W_OK):
        raise NotARunError(f"{path} cannot be written: {standing} is not a writable folder")
    path.parent.mkdir(parents=True, exist_ok=True)
