"""Values that are allowed and hardly meant: cents for dollars, a month's price for an hour's.

The ranges stand with the keys (`fields.plausible`), one of a table or list holds for all numbers in
it; keys that have none are judged by their unit. A warning, never an error: unusual is not wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from gpusim.scenario import schema
from gpusim.scenario.language.errors import dotted
from gpusim.scenario.language.fields import KeyPath
from gpusim.scenario.language.provenance import PROVENANCE
from gpusim.scenario.reading.tree import paths_of

if TYPE_CHECKING:
    from gpusim.scenario.scenario import Scenario


class Range(NamedTuple):
    """What a key usually is."""

    low: float
    high: float
    source: str
    above: str = ""  # the slip of a larger value, as a question
    below: str = ""


BY_UNIT: Final = {
    "days": Range(0, 2_000, "no step, notice or payment term of a deal in models/data is longer"),
    "months": Range(
        1, 360, "terms of 2 months to 15 years in models/data/operators_deals.csv", above="days?"
    ),
    "years": Range(
        1, 40, "4 to 6 years for servers, leases of 12 to 15 (models/data)", above="months?"
    ),
    "USD/share": Range(0.1, 5_000, "share prices of listed operators", above="cents?"),
}
"""For keys without a range of their own."""
COUNTED: Final = ("GPUs", "days", "months", "years")
"""Units that have a singular."""
BARE: Final = ("share", "ratio", "number")
"""Units that say nothing beside a number."""


def implausible(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Every key that lies outside its range, once: where it stands first, and what it may be."""
    tree = scenario.tree
    told: dict[tuple[str, ...], list[KeyPath]] = {}
    for path in paths_of(tree.values):
        if path and path[0] not in PROVENANCE and outside(path, tree.get(path)):
            told.setdefault(schema.pattern_of(path), []).append(path)
    for places in told.values():
        more = f", and so are {len(places) - 1:,} more like it" if len(places) > 1 else ""
        yield places[0], sentence(places[0], tree.get(places[0]), more)


def range_at(path: KeyPath) -> Range | None:
    """The range of a key; None where any value is as likely as another."""
    for end in range(len(path), 0, -1):
        info = schema.field_at(path[:end])
        if info is not None and (own := schema.usual(info)):
            return Range(**own)
    return BY_UNIT.get(unit_of(path))


def unit_of(path: KeyPath) -> str:
    """Unit of a key, of an item that of its list or table."""
    own = schema.unit_at(path) or (schema.unit_at(path[:-1]) if path else "")
    return own.removeprefix("list of ")


def outside(path: KeyPath, value: object) -> bool:
    """Whether a number lies outside its key's range; 0 is none of it."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value == 0:
        return False
    usual = range_at(path)
    return usual is not None and not usual.low <= value <= usual.high


def sentence(path: KeyPath, value: float, more: str = "") -> str:
    """A value against its range, how many more are like it, and the slip it probably is."""
    usual = range_at(path)
    assert usual is not None
    slip = usual.above if value > usual.high else usual.below
    unit = unit_of(path)
    one = unit[:-1] if value == 1 and unit in COUNTED else unit
    measured = shown(value) if unit in BARE else f"{shown(value)} {one}"
    meant = f": {shown(value)} {slip}" if slip else ""
    return (
        f"{dotted(path)} is {measured}, outside the usual {shown(usual.low)} to "
        f"{shown(usual.high)} ({usual.source}){more}{meant}"
    )


def shown(value: float) -> str:
    """A number without an exponent, to ten digits.

    >>> shown(1e-06), shown(7.5), shown(2_000_000), shown(-0.37)
    ('0.000001', '7.5', '2,000,000', '-0.37')
    """
    return f"{Decimal(f'{value:.10g}'):,f}"
