"""A credit memo in sections, in the words of a term sheet."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from gpusim.economics.debt.covenants import KIND_OF
from gpusim.reports.credit.cells import Cell, Row, Section, of_interval, plain
from gpusim.reports.credit.lending import debt, default
from gpusim.reports.credit.tests_by_date import TWO_PLACES, by_date
from gpusim.reports.layout import counted
from gpusim.reports.pages import headline
from gpusim.reports.pages.page import provenance
from gpusim.reports.quantity import Quantity, quantity
from gpusim.results import intervals
from gpusim.results.credit.capital import Amount
from gpusim.results.credit.downside import BREACH, Compared
from gpusim.results.credit.memo import Memo
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
        made = ", ".join(plain(change) for change in headline.changes(run.manifest))
        if made or memo.downside is not None:
            changes.append(f"{name}: {made or 'the model as it is'}.")
    return Told(
        f"Credit memo: {plain(manifest['model'])}, {plain(manifest['title'])}",
        [(name, plain(value)) for name, value in provenance(manifest)],
        changes,
        headline.sources(memo.run).answer,
        [*both_sides(memo), debt(memo), by_date(memo), compared(memo), default(memo)],
    )


def both_sides(memo: Memo) -> list[Section]:
    """Sources and uses, a section each; the second says how they tie."""
    found = memo.capital
    show = quantity("USD", [one.p90 for one in (*found.sources, *found.uses)])
    heads = [show.unit, "mean", "80% of replications"]
    trials = counted(memo.run.manifest["replications"], "replication")
    if found.untied:
        tie = f"The two sides differ in {found.untied} of {trials}."
    else:
        tie = f"Both are USD {dollars(found.total_uses)} in the mean, equal to the cent in each of "
        tie += f"{trials}. Parts are rounded one by one."
    sources = _side("sources", "Sources", heads, found.sources, found.total_sources, show, [])
    uses = _side("uses", "Uses", heads, found.uses, found.total_uses, show, [tie])
    return [sources, uses]


def _side(
    key: str,
    title: str,
    heads: list[str],
    parts: Sequence[Amount],
    total: Fraction,
    show: Quantity,
    notes: list[str],
) -> Section:
    rows = [
        Row(one.label, [Cell(show.show(one.mean)), Cell(_band(one, show))])
        for one in parts
        if show.show(one.mean).strip("0.,()") or one.p10 != one.p90
    ]
    whole = Row(title, [Cell(show.show(float(total / CENTS_PER_USD))), Cell("")], strong=True)
    return Section(key, title, heads, [*rows, whole], notes)


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
    rows = []
    for one in memo.figures:
        if one.name == "defaulted" and headline.no_default(memo.run):
            asked = [Cell("not asked"), *[Cell("")] * (2 if memo.downside is not None else 0)]
            rows.append(Row(LABELS[one.name], asked))
            continue
        rows.append(_figure(one))
    heads = ["", "Base"] + (["Downside", "Difference"] if memo.downside is not None else [])
    told = [
        each
        for one in memo.figures
        for each in (one.base, one.downside, one.difference)
        if each is not None
    ]
    notes = ["Means with their 95% intervals."]
    if memo.downside is not None:
        notes = ["Means with their 95% intervals; the difference is that of the same replications."]
    else:
        notes.append("A second run beside it: --downside RUN.")
    notes += intervals.legend(told, memo.run.manifest["replications"])
    title = "Base and downside" if memo.downside is not None else "Base"
    return Section("compared", title, heads, rows, notes)


def _figure(one: Compared) -> Row:
    both = [told.mean for told in (one.base, one.downside) if told is not None]
    show = TWO_PLACES if one.unit == "ratio" else quantity(one.unit, both)
    cells = [of_interval(one.base, show)]
    if one.downside is not None:
        cells += [of_interval(one.downside, show), of_interval(one.difference, show, signed=True)]
    unit = f", {show.unit}" if one.unit == "USD" else ""
    return Row(plain(f"{label_of(one.name)}{unit}"), cells)


def label_of(name: str) -> str:
    """What a figure is called.

    >>> label_of("breach.ddtl.2.ltv_market"), label_of("cash_ending")
    ('broken: LTV on market value of ddtl.2', 'Cash at the end')
    """
    if name in LABELS:
        return LABELS[name]
    facility, _, test = name.removeprefix(BREACH).rpartition(".")
    return f"broken: {KIND_OF[test].short} of {facility}"
