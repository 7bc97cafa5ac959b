"""A credit memo in sections, in the words of a term sheet."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final, NamedTuple

from gpusim.economics.debt.covenants import KIND_OF
from gpusim.reports.credit.cells import NONE, Cell, Row, Section, of_interval, plain
from gpusim.reports.credit.lending import NOT_ASKED, debt, default, not_asked
from gpusim.reports.credit.tests_by_date import TWO_PLACES, by_date
from gpusim.reports.layout import counted
from gpusim.reports.pages import headline
from gpusim.reports.pages.page import provenance
from gpusim.reports.quantity import Quantity, quantity
from gpusim.results import intervals
from gpusim.results.credit.by_date import ByDate
from gpusim.results.credit.capital import Amount
from gpusim.results.credit.downside import BREACH, Compared
from gpusim.results.credit.memo import Memo
from gpusim.results.periods import quarter_end
from gpusim.units_of_measure import CENTS_PER_USD

LABELS: Final = {
    "shortfall": "Chance that an amount due stays unpaid",
    "breach": "Chance that a covenant is broken",
    "defaulted": "Chance that the firm ends",
    "liquidity_lowest": "Lowest liquidity",
    "dscr_lowest": "Lowest DSCR of the firm",
    "headroom_lowest": "Least headroom of all covenants",
    "debt_ending": "Debt at the end",
    "cash_ending": "Cash at the end",
}
"""What `downside.FIGURES` are called."""
FROM_TEST: Final = "Lowest DSCR of the firm from the first cover test on"
"""The lowest DSCR where a test of cover is in the run; where none is, it is of the whole run."""


class Told(NamedTuple):
    """A credit memo in words."""

    title: str
    facts: list[tuple[str, str]]
    changes: list[str]  # sentences
    explained: str
    sections: list[Section]


def of(memo: Memo) -> Told:
    """The memo of a run."""
    manifest = memo.run.manifest
    changes = []
    for name, run in (("Base", memo.run), ("Downside", memo.downside)):
        if run is None:
            continue
        made = ", ".join(plain(change) for change in changes_of(run.manifest))
        if made or memo.downside is not None:
            changes.append(f"{name}: {made or 'the model as it is'}.")
    return Told(
        f"Credit memo: {plain(manifest['model'])}, {plain(manifest['title'])}",
        [(name, plain(value)) for name, value in provenance(manifest)],
        changes,
        headline.sources(memo.run).answer,
        [*both_sides(memo), debt(memo), by_date(memo), compared(memo), *default(memo)],
    )


def changes_of(manifest: dict[str, Any]) -> list[str]:
    """What was changed of the model, shocks by their titles too, where the folder has them.

    >>> changes_of({"shocks": ["late", "s.py:own"], "shock_titles": ["Late shell", "s.py:own"]})
    ['shock late (Late shell)', 'shock s.py:own']
    """
    named = zip(manifest.get("shocks", ()), manifest.get("shock_titles", ()), strict=False)
    told = {f"shock {name}": f"shock {name} ({title})" for name, title in named if title != name}
    return [told.get(change, change) for change in headline.changes(manifest)]


def both_sides(memo: Memo) -> list[Section]:
    """Sources and uses, a section each; the second says how they tie."""
    found = memo.capital
    show = quantity("USD", [one.p90 for one in (*found.sources, *found.uses)])
    heads = [show.unit, "mean", "80% of replications"]
    trials = counted(memo.run.manifest["replications"], "replication")
    if found.untied:
        tie = f"The two sides differ in {found.untied} of {trials}."
    elif memo.run.manifest["replications"] == 1:
        tie = f"Both are USD {dollars(found.total_uses)}. Parts are rounded one by one."
    else:
        tie = f"Both are USD {dollars(found.total_uses)} in the mean, equal to the cent in each of "
        tie += f"{trials}. Parts are rounded one by one."
    sources = _side("sources", "Sources", heads, found.sources, found.total_sources, show)
    uses = _side("uses", "Uses", heads, found.uses, found.total_uses, show)
    return [sources, uses._replace(notes=[tie, *uses.notes])]


def _side(
    key: str,
    title: str,
    heads: list[str],
    parts: Sequence[Amount],
    total: Fraction,
    show: Quantity,
) -> Section:
    """A side without parts that are nothing in the mean and in the band, as far as one can see."""
    least = show.scale * 10**-show.decimals / 2
    there = [one for one in parts if abs(one.mean) >= least or one.p10 != one.p90]
    rows = [Row(one.label, [Cell(show.show(one.mean)), Cell(_band(one, show))]) for one in there]
    whole = Row(title, [Cell(show.show(float(total / CENTS_PER_USD))), Cell("")], strong=True)
    meanings = ". ".join(f"{one.label}: {one.meaning}" for one in there)
    return Section(key, title, heads, [*rows, whole], [f"{meanings}."] if there else [])


def _band(one: Amount, show: Quantity) -> str:
    low, high = show.show(one.p10), show.show(one.p90)
    return "" if low == high else f"{low} to {high}"


def dollars(cents: Fraction) -> str:
    """An amount to the cent.

    >>> dollars(Fraction(123_456_789)), dollars(Fraction(-1000, 3))
    ('1,234,567.89', '-3.33')
    """
    whole = round(cents)
    return f"{'-' if whole < 0 else ''}{abs(whole) // 100:,}.{abs(whole) % 100:02d}"


def compared(memo: Memo) -> Section:
    """The figures of the base, with those of the downside and what they differ by."""
    trials = memo.run.manifest["replications"]
    ends = [not headline.no_default(run) for run in (memo.run, memo.downside) if run is not None]
    tested = tests_cover(memo.by_date)
    rows = [
        _ended(one, ends, trials)
        if one.name == "defaulted"
        else _figure(one, trials, from_test=tested)
        for one in memo.figures
    ]
    heads = ["", "Base"] + (["Downside", "Difference"] if memo.downside is not None else [])
    told = [
        each
        for one in memo.figures
        for each in (one.base, one.downside, one.difference)
        if each is not None
    ]
    notes = ["Means with their 95% intervals."]
    if memo.downside is not None:
        notes = [
            "Means with their 95% intervals; the difference is that of the same replications. "
            "Sources and uses, debt and the figures by test date are of the base."
        ]
    else:
        notes.append("A second run beside it: --downside RUN.")
    if memo.run.sets() is not None:
        notes.append(
            "Inputs are drawn within their ranges; intervals count sets of 8 replications."
        )
    notes += not_asked(memo)
    if memo.untold:
        rest = counted(memo.untold, "further covenant")
        notes.append(f"First breaches of {rest} are in outcomes.parquet.")
    notes += intervals.legend(told, trials)
    title = "Base and downside" if memo.downside is not None else "Base"
    return Section("compared", title, heads, rows, notes)


def tests_cover(found: ByDate) -> bool:
    """Whether a covenant on DSCR is tested by the end of a run."""
    end = quarter_end(found.dates[-1])
    return any(one.test == "dscr" and one.tested_from <= end for one in found.covenants)


def _ended(one: Compared, ends: Sequence[bool], trials: int) -> Row:
    """The chance that the firm ends, in the runs whose model lets it."""
    row = _figure(one, trials)
    cells = [
        cell if asked else Cell(NOT_ASKED) for cell, asked in zip(row.cells, ends, strict=False)
    ]
    if len(ends) > 1:
        cells.append(row.cells[-1] if all(ends) else Cell(NONE))
    return row._replace(cells=cells)


def _figure(one: Compared, trials: int, *, from_test: bool = False) -> Row:
    both = [told.mean for told in (one.base, one.downside) if told is not None]
    show = TWO_PLACES if one.unit == "ratio" else quantity(one.unit, both)
    cells = [of_interval(one.base, show, trials)]
    if one.downside is not None:
        cells += [
            of_interval(one.downside, show, trials),
            of_interval(one.difference, show, trials, signed=True),
        ]
    unit = f", {show.unit}" if one.unit == "USD" else ""
    label = FROM_TEST if from_test and one.name == "dscr_lowest" else label_of(one.name)
    return Row(plain(f"{label}{unit}"), cells)


def label_of(name: str) -> str:
    """What a figure is called.

    >>> label_of("breach.ddtl.2.ltv_market"), label_of("cash_ending")
    ('broken: LTV on market value of ddtl.2', 'Cash at the end')
    """
    if name in LABELS:
        return LABELS[name]
    facility, _, test = name.removeprefix(BREACH).rpartition(".")
    return f"broken: {KIND_OF[test].short} of {facility}"
