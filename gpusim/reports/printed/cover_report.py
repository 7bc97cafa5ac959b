"""What `gpusim explain` prints of a cover."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Console, Group
from rich.text import Text

from gpusim.experiments.explain.covers import Cover, PaidByQuarter, PaidMonth, Tested
from gpusim.reports.layout import Cells, blocked, broken, titled
from gpusim.reports.printed.explain_report import usd

BEHIND: Final = (
    ("contracts\npaid", "paid"),
    ("costs and\nfee", "costs"),
    ("power of\ntenants", "passed_on"),
    ("on demand,\nnet", "on_demand"),
    ("for debt\nservice", "cash"),
    ("debt\nservice", "service"),
)
AHEAD: Final = (
    ("contracts\npay", "paid"),
    ("running\ncosts", "costs"),
    ("for debt\nservice", "cash"),
    ("days\naway", "days"),
    ("worth\ntoday", "worth"),
)
SUM: Final = "sum"


def show(told: Cover, console: Console) -> None:
    """Print a cover, its rows, how it follows from them, and what its covenant asks for."""
    head = f"{told.line} of {told.period}, replication {told.replication}: {told.ratio:.4f}"
    console.print(Text(head, style="bold"))
    width = console.width
    for line in words(told):
        console.print(broken(line, width))
    console.print()
    console.print(rows(told, width))
    console.print()
    for line in sums(told):
        console.print(broken(line, width))


def words(told: Cover) -> Iterator[str]:
    """What it is, before its rows."""
    if told.months:
        whose = "the loan's own contracts left" if "." in told.line else "the firm had"
        yield f"cash that {whose} for debt service, over debt service, months up to {told.day}"
        if any(row.passed_on for row in told.months):
            yield "power of tenants: what they paid for power that is passed through, less billed"
        return
    yield (
        f"what its contracts are to pay after {told.day}, invoices that are out among it"
        + (f", up to its maturity, {told.until}" if told.until else "")
        + ": what is left of it for debt service is worth today, over principal"
    )
    rate, left = told.rate or 0.0, told.left or 0.0
    yield f"discounted at {rate:.6%} a year: 1 / (1 + {rate:.8f} / 365) a day"
    by = (
        "as the lender's terms say"
        if told.stated
        else "what was left of what was paid in the last twelve months"
    )
    yield f"left for debt service: {left:.6%} of what contracts pay, {by}"


def rows(told: Cover, width: int) -> Group:
    """Its rows and their sum, USD. width: of the screen [characters]."""
    behind = bool(told.months)
    shown = [
        (head, name)
        for head, name in (BEHIND if behind else AHEAD)
        if any(getattr(row, name) not in (None, 0) for row in told.rows)
        or name in ("cash", "service", "worth")
    ]
    lines = [[cell(getattr(row, name)) for _, name in shown] for row in told.rows]
    lines.append([total(told.rows, name) for _, name in shown])
    labels = [_label(row) for row in told.rows]
    names = Cells("month" if behind else "paid by", [*labels, SUM], right=False)
    (columns,) = blocked([tuple(head for head, _ in shown)], lines)
    title = "Month by month, USD" if behind else "Cash to come, USD"
    return titled(title, names, columns, width, [len(lines) - 1])


def sums(told: Cover) -> Iterator[str]:
    """How the figure follows, and what a covenant made of it."""
    over = "debt service" if told.months else f"principal owed at the end of {told.day}"
    yield (
        f"{usd(told.cash)} / {usd(told.over)} = {told.ratio:.4f}: "
        f"{'cash for debt service' if told.months else 'worth today'} over {over}"
    )
    for one in told.tested:
        yield tested(one)
    same = "the same rules" if told.same_rules else "other rules than then, with the same result"
    yield f"Played again by {same}; the figure is what the folder has."


def tested(one: Tested) -> str:
    """A covenant's test in words."""
    verdict = "held" if one.counted >= one.needed else "failed"
    return (
        f"{one.loan}, {one.kind} of at least {one.limit:.2f}x, tested that day before cures: "
        f"{usd(one.counted)} against {usd(one.needed)}, {verdict}"
    )


def cell(value: float | None) -> str:
    """An amount to the cent, or days."""
    if value is None:
        return "-"
    return f"{value:,.2f}" if isinstance(value, float) else usd(value)


def total(of: Sequence[PaidMonth | PaidByQuarter], name: str) -> str:
    """The sum of a column of amounts."""
    return "" if name == "days" else usd(sum(getattr(row, name) for row in of))


def _label(row: PaidMonth | PaidByQuarter) -> str:
    return row.month if isinstance(row, PaidMonth) else row.until


def text(told: Cover) -> str:
    """The whole of it as JSON; amounts in cents."""
    return json.dumps(
        told._asdict()
        | {
            "months": [row._asdict() for row in told.months],
            "quarters": [row._asdict() for row in told.quarters],
            "tested": [row._asdict() for row in told.tested],
        }
    )
