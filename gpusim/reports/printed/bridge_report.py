"""The report of `gpusim bridge`: from the first mean to the second, a row a cause."""

from __future__ import annotations

import json
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gpusim.experiments.bridge.bridge import ORDER, SHAPLEY, Bridge
from gpusim.reports import laid_over
from gpusim.reports.layout import Cells, blocked, grids
from gpusim.reports.printed.sensitivity_report import finite
from gpusim.reports.quantity import Quantity, quantity
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
    for told in laid_over.lines(laid_over.in_words(found.financed)):
        console.print(told)
    if found.same:
        console.print("both ends are the same scenario: nothing between them changes anything")
    if found.used < request.replications:
        console.print(f"undefined in {request.replications - found.used} replications, left out")
    console.print()
    for grid in tables(found, as_text, console.width):
        console.print(grid)
    for line in intervals.legend([part.interval for part in found.parts], found.used):
        console.print(Text(line, style="dim"))
    unit = "cents" if scale == 100 else "billionths"
    sums = " ".join(
        [f"{found.start:,}", *(f"{part.amount:+,}" for part in found.parts), f"= {found.end:,}"]
    )
    console.print(Text(f"in {unit}: {sums}", style="dim"))


def tables(found: Bridge, as_text: Quantity, width: int) -> Iterator[Table]:
    """From the first mean to the second, a row a cause; width: of the screen [characters]."""
    request, scale, planned = found.request, found.scale, found.figure.planned
    of_mean = () if planned else ("95% interval", "by")
    rows = []
    for part in found.parts:
        ends = part.interval
        told = (as_text.interval_of_difference(ends), intervals.method_text(ends, found.used))
        rows.append([as_text.signed(part.amount / scale), *(() if planned else told)])
    nothing = [""] * len(of_mean)
    first, last = ([as_text.show(end / scale), *nothing] for end in (found.start, found.end))
    names = [request.names[0], *(str(part.cause) for part in found.parts), request.names[1]]
    columns = blocked([(as_text.unit, *of_mean)], [first, *rows, last])
    yield from grids(Cells("", names, right=False), columns, width, (0, len(names) - 1))


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
                "same_scenario": found.same,
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
