"""What `gpusim explain` prints."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gpusim.economics.core.agenda import PHASES
from gpusim.experiments.explain.explain import Explained, Origin
from gpusim.units_of_measure import CENTS_PER_USD

BOOKS: Final = PHASES[-1].lower()


def show(told: Explained, console: Console, top: int) -> None:
    """Print a cell, its pairs, its largest events, its rules."""
    cell = f"{told.line} of {told.period}, replication {told.replication}: USD {usd(told.cell)}"
    console.print(Text(cell, style="bold"))
    console.print(Text(f"the accounts {' '.join(told.accounts)}"), soft_wrap=True)
    console.print()
    console.print(pairs(told))
    console.print()
    console.print(parts(told, top))
    rest = told.parts[top:]
    if rest:
        amount = usd(sum(part.amount for part in rest))
        console.print(f"and {len(rest)} more, USD {amount}; --top {len(told.parts)} shows all")
    for line in behind(told, top):
        console.print(line, soft_wrap=True)


def pairs(told: Explained) -> Table:
    """Postings by pair, and their sum."""
    table = columns("Postings, USD", ("debit", "credit"), ("postings", "on the line"))
    if told.before is not None:
        table.add_row("balance before", "", "", usd(told.before))
    for pair in told.pairs:
        table.add_row(pair.debit, pair.credit, f"{pair.postings:,}", usd(pair.amount))
    count = sum(pair.postings for pair in told.pairs)
    table.add_row("sum: the cell", "", f"{count:,}", usd(told.cell), style="bold")
    return table


def parts(told: Explained, top: int) -> Table:
    """The largest events, with the rule that posted."""
    table = columns("Events, the largest first, USD", ("date", "what"), ("postings", "on the line"))
    table.add_column("rule", overflow="fold")
    for part in told.parts[:top]:
        what = part.text if part.event != BOOKS else f"the books close: {part.pair}"
        table.add_row(part.date, what, f"{part.postings:,}", usd(part.amount), part.rule)
    return table


def behind(told: Explained, top: int) -> Iterator[Text]:
    """The rules in words, and what set going what they charge."""
    yield Text()
    yield Text("Rules", style="bold")
    for rule in dict.fromkeys(rule for pair in told.pairs for rule in pair.rules):
        source = f" (source: {rule.source})" if rule.source else ""
        yield Text(f"  {rule.name}: {rule.meaning}{source}")
    if told.origins:
        yield Text()
        yield Text("What set it going, the largest first", style="bold")
        for origin in told.origins[:top]:
            yield Text(f"  {origin.date}  {origin.text}  [{origin.rule}]")
        if len(told.origins) > top:
            yield Text(f"  and {len(told.origins) - top} more")
    yield Text()
    same = "the same rules" if told.same_rules else "other rules than then, with the same result"
    yield Text(f"Played again by {same}; every quarter of the line is what the folder has.")


def columns(title: str, words: tuple[str, ...], numbers: tuple[str, ...]) -> Table:
    """An empty table."""
    table = Table(box=None, title=title, title_justify="left", title_style="bold")
    table.padding = (0, 2, 0, 0)
    for head in words:
        table.add_column(head, overflow="fold", no_wrap=head == "date")
    for head in numbers:
        table.add_column(head, justify="right", no_wrap=True)
    return table


def usd(cents: int) -> str:
    """An amount to the cent, negatives in brackets.

    >>> usd(123456), usd(-5), usd(0)
    ('1,234.56', '(0.05)', '0.00')
    """
    text = f"{abs(cents) // CENTS_PER_USD:,}.{abs(cents) % CENTS_PER_USD:02d}"
    return f"({text})" if cents < 0 else text


def text(told: Explained) -> str:
    """The whole of it as JSON; amounts in cents."""
    return json.dumps(
        {
            "line": told.line,
            "period": told.period,
            "replication": told.replication,
            "cell_cents": told.cell,
            "balance_before_cents": told.before,
            "accounts": told.accounts,
            "pairs": [
                {
                    "debit": pair.debit,
                    "credit": pair.credit,
                    "postings": pair.postings,
                    "cents": pair.amount,
                    "rules": [rule._asdict() for rule in pair.rules],
                }
                for pair in told.pairs
            ],
            "events": [part._asdict() for part in told.parts],
            "origins": [plain(origin) for origin in told.origins],
            "same_rules": told.same_rules,
        }
    )


def plain(origin: Origin) -> dict[str, object]:
    """An origin for JSON."""
    return origin._asdict()
