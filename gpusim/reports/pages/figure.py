"""A figure: the answer it gives, the table under it, and how it is drawn."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl
from matplotlib.figure import Figure as Canvas

from gpusim.reports.pages import style

DPI: Final = 150
PATH: Final = re.compile(rb' d="[^"]*"')
LONG: Final = re.compile(rb"(\.\d{2})\d+")
"""Coordinates of paths keep two decimals, a hundredth of a point."""
SVG_SALT: Final = "gpusim"
"""Names inside an SVG follow from this and its content: the same run gives the same bytes."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a page."""

    key: str  # its file name, and its sheet in a workbook
    title: str
    answer: str  # a sentence or two
    table: pl.DataFrame
    units: Mapping[str, str]  # by column of the table; none for names
    draw: Callable[[Canvas], None] | None = None  # None: the table is all there is
    size: tuple[float, float] = (9.6, 4.2)  # [inch]
    notes: Sequence[str] = field(default_factory=tuple)

    def svg(self) -> bytes:
        """The picture as SVG; letters are outlines, so that it looks alike everywhere."""
        return PATH.sub(lambda found: LONG.sub(rb"\1", found[0]), self._drawn("svg"))

    def png(self) -> bytes:
        """The picture as PNG."""
        return self._drawn("png")

    def canvas(self) -> Canvas:
        """The picture as a figure of matplotlib, which nothing has shown yet.

        Raises:
            ValueError: the table is all there is.
        """
        if self.draw is None:
            raise ValueError(f"{self.key} has no picture")
        import matplotlib as mpl

        settings: Any = style.RC
        with mpl.rc_context(settings):
            canvas = Canvas(figsize=self.size, layout="constrained")
            self.draw(canvas)
        return canvas

    def _drawn(self, form: str) -> bytes:
        import matplotlib as mpl

        settings: Any = style.RC | {"svg.hashsalt": SVG_SALT}
        with mpl.rc_context(settings):
            stream = io.BytesIO()
            fixed = {"Date": None} if form == "svg" else {"Software": None}
            self.canvas().savefig(stream, format=form, dpi=DPI, metadata=fixed)
        return stream.getvalue()
