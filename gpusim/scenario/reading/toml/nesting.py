"""How deep a TOML text nests and how much it holds, before it is parsed.

`tomllib` calls itself for every bracket and takes the square of a dotted key's length, so what is
too deep or too much is found here first, in one pass that keeps nothing.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from gpusim.scenario.language.limits import DEPTH, VALUES

BLANKS: Final = r"[ \t\r\n]*(?:#[^\n]*[ \t\r\n]*)*"
"""Blanks, ends of lines and comments, or nothing."""
STRING: Final = (
    r'"""[^"\\]*(?:(?:\\.|"{1,2}(?!"))[^"\\]*)*"{3,5}'
    r"|'''[^']*(?:'{1,2}(?!')[^']*)*'{3,5}"
    r'|"[^"\\\n]*(?:\\.[^"\\\n]*)*"'
    r"|'[^'\n]*'"
)
"""Texts of all four kinds. A sign can be matched in one way only, so that no text, however long, is
tried in many; possessive quantifiers would say so, but Python 3.11.2 matches them wrongly."""
_TOKEN: Final = re.compile(rf"(?:\n|#[^\n]*){BLANKS}|{STRING}|[\[{{\]}}=,.\"']", re.DOTALL)


class Excess(NamedTuple):
    """Where a text goes beyond a limit, and how."""

    line: int
    column: int
    found: str
    expected: str


def excess(text: str) -> Excess | None:
    """The first place where a text nests too deep or holds too much; None if there is none.

    >>> excess("a.b = [[1, 2], '[[[']"), excess("a = " + 20 * "[").found
    (None, 'lists or tables nested 17 deep')
    """
    inside: list[str] = []
    dots = values = 0
    for match in _TOKEN.finditer(text):
        sign = match.group()[0]
        if sign in "[{":
            dots = 0
            inside.append(sign)
            if len(inside) > DEPTH.most:
                found = f"lists or tables nested {len(inside)} deep"
                return _at(text, match.start(), found, str(DEPTH))
        elif sign in "]}":
            dots = 0
            inside = inside[:-1]
        elif sign == ".":
            dots += 1
            if dots >= DEPTH.most:
                return _at(text, match.start(), f"a key of more than {dots} parts", str(DEPTH))
        elif sign in "=,":
            dots = 0
            values += sign == "=" or inside[-1:] == ["["]  # between pairs a comma is no value
            if values > VALUES.most:
                return _at(text, match.start(), f"more than {VALUES.most:,} values", str(VALUES))
        elif sign in "\n#":
            dots = 0
        elif len(match.group()) == 1:
            return None  # a text without an end: nothing is parsed beyond it
    return None


def _at(text: str, offset: int, found: str, expected: str) -> Excess:
    start = text.rfind("\n", 0, offset) + 1
    return Excess(text.count("\n", 0, offset) + 1, offset - start + 1, found, expected)
