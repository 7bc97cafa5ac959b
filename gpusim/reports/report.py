"""What `gpusim report` writes: a page, pictures and a workbook of a finished folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final, NamedTuple

from gpusim import files
from gpusim.reports.pages import (
    backtest_figures,
    compare_figures,
    page,
    run_figures,
    sensitivity_figures,
    solve_figures,
    sweep_figures,
    workbook,
)
from gpusim.reports.pages.figure import Figure
from gpusim.results.opened import NotARunError, Opened

PAGE: Final = "report.html"
ANSWERS: Final[dict[str, Any]] = {
    "sweep": sweep_figures,
    "compare": compare_figures,
    "sensitivity": sensitivity_figures,
    "solve": solve_figures,
}
"""What has a title, an answer and figures, by the kind of its folder."""


class Written(NamedTuple):
    """The files of a report."""

    page: Path
    pictures: list[Path]
    workbook: Path | None


def write(run: Opened, out: Path | None, png: Path | None, xlsx: Path | None) -> Written:
    """Write the page, pictures and workbook asked for.

    A page goes into its folder, or beside the backtest it is made of, unless a file is named.

    A report can always be made again, so one that exists is replaced, in one rename.

    Raises:
        NotARunError: the folder cannot be reported, or a file cannot be written there.
    """
    target = out or (run.path / PAGE if run.path.is_dir() else run.path.with_suffix(".html"))
    for path in (target, xlsx):
        if path is not None:
            refuse_unwritable(path)
    figures, text = page_of(run)
    _written(target, text.encode("utf-8"))
    pictures = write_pictures(figures, png) if png is not None else []
    if xlsx is not None:
        _written(xlsx, workbook.workbook(run, figures))
    return Written(target, pictures, xlsx)


def page_of(run: Opened) -> tuple[list[Figure], str]:
    """The figures of a folder and its page.

    Raises:
        NotARunError: it holds nothing that has a page.
    """
    if run.path.is_file():
        told = backtest_figures.read(run.path)
        figures = backtest_figures.figures(told)
        title, answer = backtest_figures.title(told), backtest_figures.answer(told)
        return figures, page.of_design(run, title, answer, figures)
    if run.has("statements") and run.has("outcomes"):
        figures = run_figures.figures(run)
        return figures, page.of_run(run, figures)
    kind = run.manifest.get("kind")
    if kind not in ANSWERS:
        raise NotARunError(f"{run.path} is no run, sweep or answer: it has no statements.parquet")
    own = ANSWERS[kind]
    figures = own.figures(run)
    return figures, page.of_design(run, own.title(run), own.answer(run), figures)


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
            _written(path, figure.png())
            written.append(path)
    return written


def _written(path: Path, data: bytes) -> None:
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
