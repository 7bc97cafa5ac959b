"""The section of a credit memo about cover, value, liquidity and covenants by date."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gpusim.economics.debt.covenants import KIND_OF
from gpusim.reports.credit.cells import (
    Cell,
    Row,
    Section,
    labelled,
    of_broken,
    of_spread,
)
from gpusim.reports.figures.debt_figures import covenant_name
from gpusim.reports.layout import counted
from gpusim.reports.quantity import Quantity, quantity
from gpusim.results.credit.by_date import Line, Spread, Tested
from gpusim.results.credit.memo import Memo

FIRM: Final = {
    "dscr": "DSCR of the firm",
    "ltv": "LTV on book value",
    "ltv_market": "LTV on market value",
    "liquidity": "Liquidity",
}
MOST_COVERS: Final = 6
"""Loans whose LLCR is told at most."""
TWO_PLACES: Final = Quantity("ratio", 1.0, 2, "x")


def by_date(memo: Memo) -> Section:
    """Figures at quarter ends, and each covenant against its limit with headroom and chances."""
    found = memo.by_date
    width = len(found.dates) + 1
    firm = [one for one in found.lines if one.name in FIRM]
    covers = [one for one in found.lines if one.name not in FIRM]
    rows = [_line(one, FIRM[one.name]) for one in firm]
    rows += [_line(one, f"LLCR of {one.name.partition('.')[2]}") for one in covers[:MOST_COVERS]]
    for one in found.covenants:
        rows += _covenant(one, width)
    notes = [
        "Medians with the band of 80% of replications, at quarter ends; a dash: not defined or not "
        "tested. Headroom: by how much of its limit a covenant is passed, below 0 broken; beside "
        "it the least of all tests. Broken by then: chance of a first breach up to the date, all "
        "tests counted, cured or not, the end of the firm too; 95% interval (Wilson)."
    ]
    if not found.covenants:
        notes.insert(0, "No loan of the model has a covenant.")
    if len(covers) > MOST_COVERS:
        rest = counted(len(covers) - MOST_COVERS, "further loan")
        notes.append(f"The LLCR of {rest} is in metrics.parquet.")
    heads = ["", *found.dates, "All tests"]
    return Section("tests", "Cover, value and liquidity by test date", heads, rows, notes)


def _line(line: Line, label: str) -> Row:
    show = shown(line.unit, line.spreads)
    unit = f", {show.unit}" if line.unit == "USD" else ""
    return labelled(f"{label}{unit}", [*(of_spread(one, show) for one in line.spreads), Cell("")])


def shown(unit: str, spreads: Sequence[Spread]) -> Quantity:
    """How figures of a unit are written in this section: ratios with two decimals."""
    if unit == "ratio":
        return TWO_PLACES
    return quantity(unit, [one.p90 for one in spreads if one.n])


def _covenant(one: Tested, width: int) -> list[Row]:
    """A covenant: what is held against the limit, headroom, chance of a breach by then."""
    limit = {"facility": one.facility, "test": one.test, "minimum": one.limit, "scope": one.scope}
    show = shown(KIND_OF[one.test].unit, one.figures)
    unit = f", {show.unit}" if show.unit.startswith("USD") else ""
    percent = quantity("share", [])
    cells = [*(of_spread(spread, show) for spread in one.figures), Cell("")]
    headroom = [of_spread(spread, percent) for spread in (*one.headroom, one.lowest)]
    broken = [of_broken(by_then) for by_then in (*one.broken, one.in_all)]
    assert len(cells) == len(headroom) == len(broken) == width
    return [
        labelled(f"{covenant_name(limit)}{unit}, from {one.tested_from}", cells),
        labelled("headroom", headroom, below=True),
        labelled("broken by then", broken, below=True),
    ]
