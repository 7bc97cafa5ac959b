"""The section of a credit memo about cover, value, liquidity and covenants by date."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from gpusim.economics.debt.covenants import KIND_OF
from gpusim.reports.credit.cells import (
    Cell,
    Row,
    Section,
    labelled,
    of_happened,
    of_spread,
)
from gpusim.reports.figures.debt_figures import covenant_name
from gpusim.reports.layout import counted
from gpusim.reports.pages.reading import after_the_end
from gpusim.reports.quantity import Quantity, quantity
from gpusim.results.credit.by_date import FIRM, Line, Tested
from gpusim.results.credit.memo import Memo
from gpusim.results.credit.spreads import Spread
from gpusim.results.credit.traps import Trap
from gpusim.results.formulas.loans import LOST
from gpusim.results.metrics import METRICS
from gpusim.results.verdict.chances import few_for_bands

MARKET: Final = "ltv_market"
MOST_COVERS: Final = 6
"""Loans whose LLCR is told at most."""
TWO_PLACES: Final = Quantity("ratio", 1.0, 2, "x")
TESTS: Final = Quantity("number", 1.0, 0, "")


def by_date(memo: Memo) -> Section:
    """Figures at quarter ends, and each covenant against its limit with headroom and chances."""
    found, trials = memo.by_date, memo.run.manifest["replications"]
    firm = [one for one in found.lines if not one.loan]
    covers = [one for one in found.lines if one.loan]
    rows = [_line(one, trials) for one in (*firm, *covers[:MOST_COVERS])]
    for one in found.covenants:
        rows += _covenant(one, trials)
    for trap in found.traps:
        rows += _trap(trap, trials)
    heads = ["", *found.dates, "All tests"]
    title = "Cover, value and liquidity by test date"
    return Section("tests", title, heads, rows, _notes(memo, rows, len(covers)))


def _notes(memo: Memo, rows: Sequence[Row], covers: int) -> list[str]:
    """What the figures are; covers: loans that have an LLCR."""
    found = memo.by_date
    text = "Medians with the band of 80% of replications, at quarter ends"
    if any(cell.of for row in rows for cell in row.cells):
        text += ", of those in which a figure is defined and tested: n of N below it, where not all"
    if few := few_for_bands(memo.run.manifest["replications"]):
        text += f" ({few})"
    text += "; a dash: of none. DSCR: of the last 12 months."
    if covers:
        text += (
            " LLCR: of loans with contracts of their own; it counts what terms signed by then are "
            "still to leave until the loan matures, no renewal and nothing on demand, so it may "
            "lie far below DSCR."
        )
    if any(one.label == FIRM[MARKET] for one in found.lines):
        text += (
            f" {FIRM[MARKET]}: {METRICS[MARKET].meaning}; what is not named there, infrastructure "
            "and buildings without a cap_rate too, counts at book value, which is no market value."
        )
    if found.covenants:
        text += (
            " Headroom: by how much of its limit a covenant is passed, below 0 broken; beside it "
            "the least of all tests. Broken by then: chance of a first breach up to the date, all "
            "tests counted, cured or not, the end of the firm too; 95% interval (Wilson)."
        )
    else:
        text = f"No loan of the model has a covenant. {text}"
    notes = [text, *after_the_end(memo.run, found.dates)]
    if found.traps:
        notes.append(
            "Cash trap: what the lender keeps of the firm's cash while cover is below the level, "
            "which is no breach; beside it the most of all month ends and, below, how many tests "
            "of a replication are missed."
        )
    if any(math.isinf(spread.p90) for one in found.covenants for spread in one.figures):
        notes.append(
            "+: twice the limit or more, or a debt over no EBITDA or no value, whose headroom is "
            "(100.0%)."
        )
    if any(room.p10 <= LOST for one in found.covenants if is_least(one) for room in one.headroom):
        notes.append("A figure of 0 whose headroom is (100.0%) is 0 or below.")
    if covers > MOST_COVERS:
        rest = counted(covers - MOST_COVERS, "further loan")
        notes.append(f"The LLCR of {rest} is in metrics.parquet.")
    return notes


def is_least(one: Tested) -> bool:
    """Whether a covenant's limit is the least that may be.

    A figure below 0 has no less headroom than 0 has, see `by_date.counted`.
    """
    return KIND_OF[one.test].side == "least"


def _line(line: Line, trials: int) -> Row:
    show = shown(line.unit, line.spreads)
    unit = f", {show.unit}" if line.unit == "USD" else ""
    cells = [of_spread(one, show, trials) for one in line.spreads]
    return labelled(f"{line.label}{unit}", [*cells, Cell("")])


def shown(unit: str, spreads: Sequence[Spread]) -> Quantity:
    """How figures of a unit are written in this section: ratios with two decimals."""
    if unit == "ratio":
        return TWO_PLACES
    return quantity(unit, [one.p90 for one in spreads if one.n])


def _covenant(one: Tested, trials: int) -> list[Row]:
    """A covenant: what is held against the limit, headroom, chance of a breach by then."""
    limit = {"facility": one.facility, "test": one.test, "minimum": one.limit, "scope": one.scope}
    show = shown(KIND_OF[one.test].unit, one.figures)
    unit = f", {show.unit}" if show.unit.startswith("USD") else ""
    percent = quantity("share", [])
    beyond = f"{show.show(one.limit * (1 - LOST))}+"
    cells = [*(of_spread(spread, show, trials, beyond) for spread in one.figures), Cell("")]
    headroom = [of_spread(spread, percent, trials) for spread in (*one.headroom, one.lowest)]
    broken = [of_happened(by_then) for by_then in (*one.broken, one.in_all)]
    return [
        labelled(f"{covenant_name(limit)}{unit}, from {one.tested_from}", cells),
        labelled("headroom", headroom, below=True),
        labelled("broken by then", broken, below=True),
    ]


def _trap(one: Trap, trials: int) -> list[Row]:
    """A cash trap: its level, what it holds by date and at most, and the tests missed."""
    show = shown("USD", [*one.held, one.most])
    whose = " of its own contracts" if one.scope == "facility" else ""
    since = f", from {one.tested_from}" if one.tested_from else ""
    label = f"{one.facility}: cash trap, DSCR{whose} at least {one.level:.2f}, {show.unit}{since}"
    blank = [Cell("")] * len(one.held)
    return [
        labelled(label, [of_spread(spread, show, trials) for spread in (*one.held, one.most)]),
        labelled("tests missed", [*blank, of_spread(one.missed, TESTS, trials)], below=True),
    ]
