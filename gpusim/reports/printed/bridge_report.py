"""The report of `gpusim bridge`: from the first mean to the second, a row a cause."""

from __future__ import annotations

import json

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gpusim.experiments.bridge.bridge import ORDER, SHAPLEY, Bridge
from gpusim.reports.printed.sensitivity_report import finite
from gpusim.reports.quantity import quantity
from gpusim.results import intervals

HOW = {
    SHAPLEY: "each cause's mean effect over all orders in which they can be made (Shapley)",
    ORDER: "each cause's effect after those above it (declared order)",
}


def show(found: Bridge, console: Console) -> None:
    """Print the bridge."""
    request, scale = found.request, found.scale
    figures = [found.start / scale, found.end / scale]
    as_text = quantity(found.figure.unit, figures)
    if as_text.unit.startswith("USD"):
        as_text = as_text._replace(decimals=1)
    planned = found.figure.planned
    kind = "on the planned path" if planned else f"mean of {found.used} replications"
    console.print(Text(f"bridge of {found.figure.text}, {as_text.unit}, {kind}", style="bold"))
    same = "nothing is drawn" if planned else "the same replications at every step"
    console.print(f"{HOW[found.method]}; {same}")
    for financed in found.financed:
        console.print(Text(f"capital {financed}"))
    if found.used < request.replications:
        console.print(f"undefined in {request.replications - found.used} replications, left out")
    console.print()
    grid = Table(box=None, padding=(0, 2, 0, 0))
    of_mean = () if planned else ("95% interval", "by")
    for head in ("", as_text.unit, *of_mean):
        grid.add_column(head, justify="left" if head in ("", "by") else "right", no_wrap=True)
    grid.add_row(request.names[0], as_text.show(found.start / scale), style="bold")
    for part in found.parts:
        ends = part.interval
        told = (as_text.interval(ends), intervals.method_text(ends, found.used))
        moved = as_text.signed(part.amount / scale)
        grid.add_row(str(part.cause), moved, *(() if planned else told))
    grid.add_row(request.names[1], as_text.show(found.end / scale), style="bold")
    console.print(grid)
    for line in intervals.legend([part.interval for part in found.parts], found.used):
        console.print(Text(line, style="dim"), soft_wrap=True)
    unit = "cents" if scale == 100 else "billionths"
    sums = " ".join(
        [f"{found.start:,}", *(f"{part.amount:+,}" for part in found.parts), f"= {found.end:,}"]
    )
    console.print(Text(f"in {unit}: {sums}", style="dim"), soft_wrap=True)


def text(found: Bridge) -> str:
    """The bridge as JSON; amounts in whole units that sum exactly."""
    return json.dumps(
        finite(
            {
                "metric": found.figure.text,
                "unit": found.figure.unit,
                "whole_units_per_unit": found.scale,
                "method": found.method,
                "capital": list(found.financed),
                "replications": found.used,
                "from": found.start,
                "causes": [
                    {"cause": str(part.cause), "kind": part.cause.kind, "amount": part.amount}
                    | {"interval": part.interval._asdict()}
                    for part in found.parts
                ],
                "to": found.end,
            }
        ),
        allow_nan=False,
    )
