"""What `gpusim explain` prints."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from rich.console import Console, Group
from rich.text import Text

from gpusim.economics.core.agenda import PHASES
from gpusim.experiments.explain.explain import Explained, Origin
from gpusim.reports.layout import Cells, blocked, broken, counted, titled
from gpusim.units_of_measure import CENTS_PER_USD

BOOKS: Final = PHASES[-1].lower()
NOBODY: Final = "no contract"
NUMBERS: Final = ("postings", "on the line")


def show(told: Explained, console: Console, top: int) -> None:
    """Print a cell, its pairs, its largest events, its rules."""
    cell = f"{told.line} of {told.period}, replication {told.replication}: USD {usd(told.cell)}"
    console.print(Text(cell, style="bold"))
    width = console.width
    console.print(broken(f"the accounts {' '.join(told.accounts)}", width))
    console.print()
    console.print(pairs(told, width))
    console.print()
    if told.shares:
        console.print(shares(told, width))
        console.print()
    console.print(Text("Events, the largest first, USD", style="bold"))
    for line in parts(told, top, width):
        console.print(line)
    rest = told.parts[top:]
    if rest:
        amount = usd(sum(part.amount for part in rest))
        console.print(f"and {len(rest)} more, USD {amount}; --top {len(told.parts)} shows all")
    for line in behind(told, top, width):
        console.print(line)


def pairs(told: Explained, width: int) -> Group:
    """Postings by pair, and their sum. width: of the screen [characters], here and below."""
    before = [] if told.before is None else [("balance before", "", "", usd(told.before))]
    count = sum(pair.postings for pair in told.pairs)
    rows = [
        *before,
        *((p.debit, p.credit, f"{p.postings:,}", usd(p.amount)) for p in told.pairs),
        ("sum: the cell", "", f"{count:,}", usd(told.cell)),
    ]
    labels = Cells("debit", [debit for debit, *_ in rows], right=False)
    ((postings, on_the_line),) = blocked([NUMBERS], [row[2:] for row in rows])
    credit = Cells("credit", [row[1] for row in rows], right=False)
    columns = [credit, postings, on_the_line]
    return titled("Postings, USD", labels, columns, width, [len(rows) - 1])


def shares(told: Explained, width: int) -> Group:
    """Whose the cell is, and the sum: by contract and site, or by site and what it is paid for."""
    rows = [
        *((s.contract, s.site, s.what, usd(s.amount)) for s in told.shares),
        ("", "", "sum: the cell", usd(told.cell)),
    ]
    named = any(contract for contract, *_ in rows)
    labels = [contract or NOBODY for contract, *_ in rows] if named else [row[1] for row in rows]
    labels[-1] = ""
    ((amount,),) = blocked([NUMBERS[1:]], [row[3:] for row in rows])
    columns = [Cells("", [row[2] for row in rows], right=False), amount]
    if named:
        columns.insert(0, Cells("site", [row[1] for row in rows], right=False))
    names = Cells("contract" if named else "site", labels, right=False)
    title = "By contract and site, USD" if named else "By site, USD"
    return titled(title, names, columns, width, [len(rows) - 1])


def parts(told: Explained, top: int, width: int) -> Iterator[Text]:
    """The largest events: day, amount and how many postings, then what it was and which rules."""
    shown = told.parts[:top]
    wide = max((len(usd(part.amount)) for part in shown), default=0)
    for part in shown:
        what = part.text if part.event != BOOKS else f"the books close: {part.pair}"
        times = f" in {counted(part.postings, 'posting')}" if part.postings > 1 else ""
        line = f"  {part.date}  {usd(part.amount):>{wide}}  {what}{times}  [{part.rule}]"
        yield broken(line, width)


def behind(told: Explained, top: int, width: int) -> Iterator[Text]:
    """The rules in words, and what set going what they charge."""
    yield Text()
    yield Text("Rules", style="bold")
    for rule in dict.fromkeys(rule for pair in told.pairs for rule in pair.rules):
        source = f" (source: {rule.source})" if rule.source else ""
        yield broken(f"  {rule.name}: {rule.meaning}{source}", width)
    if told.origins:
        yield Text()
        yield Text("What set it going, the largest first", style="bold")
        for origin in told.origins[:top]:
            yield broken(f"  {origin.date}  {origin.text}  [{origin.rule}]", width)
        if len(told.origins) > top:
            yield Text(f"  and {len(told.origins) - top} more")
    yield Text()
    same = "the same rules" if told.same_rules else "other rules than then, with the same result"
    again = f"Played again by {same}; every quarter of the line is what the folder has."
    yield broken(again, width)


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
            "shares": [share._asdict() for share in told.shares],
            "events": [part._asdict() for part in told.parts],
            "origins": [plain(origin) for origin in told.origins],
            "same_rules": told.same_rules,
        }
    )


def plain(origin: Origin) -> dict[str, object]:
    """An origin for JSON."""
    return origin._asdict()
