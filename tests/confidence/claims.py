"""All claims, in the order of the table."""

from __future__ import annotations

from typing import Final

from tests.confidence import crossings, means, ranking, screens, spreads, stopping
from tests.confidence.repeating import Case, Row

PARTS: Final = (means, ranking, crossings, screens, stopping, spreads)
CASES: Final[tuple[Case, ...]] = tuple(case for part in PARTS for case in part.cases())


def at_length(place: int) -> Row:
    """A case of the long form."""
    return CASES[place].played()
