"""A word in front of a line and its sentence beside it, broken to the width of the screen."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from rich.text import Text

from gpusim.reports.first_screen.size import NO_BREAK

FULL_WIDTH: Final = 100
"""Columns that sentences use at most, for no eye follows longer ones [characters]."""
INDENT: Final = 18
NARROW: Final = 60
"""Columns below which sentences begin under their word, not beside it [characters]."""


def paragraphs(sentences: Iterator[tuple[str, str]], width: int) -> list[Text]:
    """The lines of all; width [characters]."""
    return [line for word, text in sentences for line in paragraph(word, text, width)]


def paragraph(word: str, text: str, width: int) -> list[Text]:
    """A word in front, and its sentence beside it, or below on a narrow screen."""
    narrow = width < NARROW
    indent = " " * (2 if narrow else INDENT)
    body = [f"{indent}{line}" for line in wrapped(text, width - len(indent))]
    if narrow:
        return [*([Text(word, style="bold")] if word else []), *map(Text, body)]
    first = Text.assemble((f"{word:<{INDENT}}", "bold"), body[0][INDENT:])
    return [first, *map(Text, body[1:])]


def fitting(sentences: Sequence[tuple[str, str]], width: int, room: int, whole: int) -> list[Text]:
    """As many sentences as there is room for, the first ones anyway, and how many are left out.

    whole: how many stand anyway.
    """
    own = [paragraph(word, text, width) for word, text in sentences]
    if sum(map(len, own)) <= room:
        return [line for lines in own for line in lines]
    kept: list[Text] = []
    for shown, lines in enumerate(own):
        if shown >= whole and len(kept) + len(lines) > room - 1:
            left = f"and {len(own) - shown} more, see --full"
            return [*kept, *paragraph("" if kept else "Covenants", left, width)]
        kept += lines
    return kept


def wrapped(text: str, width: int) -> list[str]:
    """A sentence in lines, broken at spaces and never inside an amount."""
    broken = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
    return [line.replace(NO_BREAK, " ") for line in broken] or [""]
