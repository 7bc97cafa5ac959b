"""The report of `gpusim sensitivity`: a table of inputs, the most telling first."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gpusim.experiments.sensitivity import flips
from gpusim.experiments.sensitivity.bars import Bar
from gpusim.experiments.sensitivity.prim import Box
from gpusim.experiments.sensitivity.sensitivity import DISCOVER, MORRIS, SOBOL, TORNADO, Sensitivity
from gpusim.experiments.sensitivity.sobol import Index
from gpusim.reports import laid_over
from gpusim.reports.layout import Cells, blocked, counted, fits, grids
from gpusim.reports.quantity import Quantity, quantity
from gpusim.results.intervals import Interval

SHOWN: Final = 25
"""Inputs of a table; the rest is in the JSON."""
BAR_WIDTH: Final = 13
"""Characters of a bar, of which one is the base."""
PATH_SHOWN: Final = 8
"""Peels of a discovery that are shown."""


def show(found: Sensitivity, console: Console) -> None:
    """Print what the method found."""
    for line in header(found):
        console.print(line)
    console.print()
    parts = {TORNADO: tornado, MORRIS: morris, SOBOL: sobol, DISCOVER: region}
    for part in parts[found.request.method](found, console.width):
        console.print(part)


def _played(found: Sensitivity) -> str:
    """Replications of each point."""
    if found.figure.planned:
        return "of the planned path, in which nothing is drawn"
    return f"x {found.request.replications} replications (the same at every point)"


def header(found: Sensitivity) -> Iterator[Text]:
    """What was varied."""
    request = found.request
    yield Text(f"{request.method} of {found.figure.text} of {request.model}", style="bold")
    financed = found.prepared.scenario.financed
    changes = laid_over.in_words([financed], [request.strategy], request.shocks, request.sets)
    size = f"{counted(len(found.inputs), 'input')}, {counted(found.answered, 'point')}"
    laid = f"; with {', '.join(changes)}" if changes else ""
    yield Text(f"{size} {_played(found)}, seed {request.seed}{laid}")
    if found.screened:
        yield Text(f"the inputs are the first of {found.screened} assumptions by a quick tornado")
    if found.stuck:
        names = ", ".join(found.stuck)
        yield Text(f"left out, for not all of their values can be simulated: {names}")
    if found.interrupted:
        yield Text(f"interrupted: {found.answered:,} of {found.asked:,} points finished")
    if found.refused:
        out = "is left out" if found.refused == 1 else "are left out"
        yield Text(f"{counted(found.refused, 'point')} cannot be simulated and {out}")


def tornado(found: Sensitivity, width: int) -> Iterator[Table | Text]:
    """A bar an input; width: of the screen [characters], here and below."""
    bars = found.bars or []
    telling = [bar for bar in bars if bar.matters]
    refused = [bar for bar in bars if bar.refused]
    shown = telling[:SHOWN]
    sizes = [end.mean for bar in shown for end in (bar.low, bar.high) if end is not None]
    as_text = quantity(found.figure.unit, sizes)
    yield Text(", ".join((f"change of {found.figure.text}", *by_what(as_text))) + as_is(found))
    yield from table_of(shown, as_text, width, planned=found.figure.planned)
    rest = len(telling) - SHOWN
    quiet = len(bars) - len(telling) - len(refused)
    if rest > 0:
        yield Text(f"and {rest} more that {'moves' if rest == 1 else 'move'} it (all in --json)")
    if quiet and found.figure.planned:
        yield Text(f"{counted(quiet, 'input')} {'does' if quiet == 1 else 'do'} not move it")
    elif quiet:
        yield Text(
            f"{counted(quiet, 'input')} {'moves' if quiet == 1 else 'move'} it by no more than "
            f"noise explains (a chance of {flips.ALPHA:.0%} "
            "that one or more of those above does nothing)"
        )
    if refused:
        names = ", ".join(bar.input.name for bar in refused)
        yield Text(
            f"{counted(len(refused), 'input')} cannot be moved to both ends alone (reasons in "
            f"--json), such as items of the opening balance: {names}",
            style="dim",
        )


def as_is(found: Sensitivity) -> str:
    """What the model itself has, where it was played."""
    if found.at_base is None:
        return ""
    mean = found.at_base
    own = quantity(found.figure.unit, [mean.mean])
    how = own.interval(mean) if found.figure.planned else f"{own.interval(mean)}, 95%"
    return f"; as is {' '.join((own.show(mean.mean), *unit_text(own)))} ({how})"


def table_of(
    shown: Sequence[Bar], as_text: Quantity, width: int, *, planned: bool
) -> Iterator[Table | Text]:
    """A row a bar: with intervals where a screen has room for them, without the bar in the least.

    planned: of figures of which nothing is drawn, and which have no intervals.
    """
    names = [
        bar.input.name + (f" ({len(bar.input.leaves)})" if len(bar.input.leaves) > 1 else "")
        for bar in shown
    ]
    ends = [(bar.input.label(0.0), bar.input.label(1.0)) for bar in shown]
    moved = [(*cells(bar.low, as_text), *cells(bar.high, as_text)) for bar in shown]
    sizes = [end.mean for bar in shown for end in (bar.low, bar.high) if end is not None]
    largest = max((abs(size) for size in sizes if not math.isnan(size)), default=0.0)
    drawn = [drawing(bar, largest) for bar in shown]
    wide = [
        (*end, low, low_by, high, high_by, bar)
        for end, (low, low_by, high, high_by), bar in zip(ends, moved, drawn, strict=True)
    ]
    full = blocked([("low", "high"), ("at low", "95%"), ("at high", "95%"), ("",)], wide)
    ranges, low, high, drawings = full
    moves = [low[0], high[0]]
    layouts = [full, [ranges, moves, drawings], [ranges, moves]]
    labels = Cells("input", names, right=False)
    first = 1 if planned else 0
    chosen = next((own for own in layouts[first:] if fits(labels, own, width)), layouts[-1])
    yield from grids(labels, chosen, width)
    if shown and not planned and chosen is not full:
        yield Text("95% intervals of the changes: on a wider screen, or in --json", style="dim")


def by_what(told: Quantity) -> tuple[str, ...]:
    """The unit of a change; of what is in percent it is in points."""
    return (" ".join(("points", *unit_text(told))),) if told.suffix else unit_text(told)


def unit_text(told: Quantity) -> tuple[str, ...]:
    """The unit beside a figure; of what is in percent only what it is by, if anything.

    >>> unit_text(quantity("1/year", [0.1])), unit_text(quantity("share", [0.1]))
    (('a year',), ())
    """
    if told.suffix:
        return ("a year",) if told.unit == "1/year" else ()
    return (told.unit,)


def cells(end: Interval | None, as_text: Quantity) -> tuple[str, str]:
    """One end of a bar."""
    if end is None:
        return "-", ""
    return as_text.signed(end.mean), as_text.interval_of_difference(end)


def drawing(bar: Bar, largest: float) -> str:
    """A bar in characters: < for the low end, > for the high end, | the base."""
    half = BAR_WIDTH // 2
    left, right = [" "] * half, [" "] * half
    ends = [(e, mark) for e, mark in ((bar.low, "<"), (bar.high, ">")) if e is not None]
    ends = [(e, mark) for e, mark in ends if largest and not math.isnan(e.mean)]
    for end, mark in sorted(ends, key=lambda pair: -abs(pair[0].mean)):  # the shorter in front
        cells_long = round(half * abs(end.mean) / largest)
        for n in range(cells_long):
            if end.mean < 0:
                left[half - 1 - n] = mark
            else:
                right[n] = mark
    return "".join(left) + "|" + "".join(right)


def morris(found: Sensitivity, width: int) -> Iterator[Table | Text]:
    """An effect an input."""
    if found.effects is None:
        yield Text("too few whole walks; more --rows, or narrower ranges")
        return
    rows = sorted(zip(found.inputs, found.effects, strict=True), key=lambda row: -row[1].size)
    as_text = quantity(found.figure.unit, [effect.size for _, effect in rows])
    told = [
        [
            as_text.points(effect.size),
            as_text.interval_of_difference(
                Interval(effect.size, effect.low, effect.high, effect.how)
            ),
            *(as_text.points(value) for value in (effect.mean, effect.spread, effect.noise)),
            "yes" if effect.matters else "no",
        ]
        for _, effect in rows[:SHOWN]
    ]
    names = [one.name for one, _ in rows[:SHOWN]]
    blocks = [(f"size, {as_text.unit}", "95%"), ("mu", "sigma"), ("noise alone", "matters")]
    yield from grids(Cells("input", names, right=False), blocked(blocks, told), width)
    yield Text(
        f"{found.walks} walks; an effect is the change over the whole range, its size the root of "
        "its mean square without noise. noise alone: what noise would have added to the size. "
        f"matters: a chance of {flips.ALPHA:.0%} that one or more of these inputs does nothing",
        style="dim",
    )


def sobol(found: Sensitivity, width: int) -> Iterator[Table | Text]:
    """Two indices an input."""
    told = found.indices
    if told is None:
        yield Text("indices need the whole design; fewer --rows or --reps take less time")
        return
    if not told.moved:
        yield Text(
            f"no input surely moves the mean of {found.figure.text} by more than noise: there is "
            "no variance to split (more --reps or --rows may find some)"
        )
        return
    rows = sorted(
        zip(found.inputs, told.first, told.total, strict=True), key=lambda row: -row[2].value
    )
    cells_of = [[*index_cells(first), *index_cells(total)] for _, first, total in rows]
    blocks = [(order, "+- design", "+- noise") for order in ("first", "total")]
    names = Cells("input", [one.name for one, *_ in rows], right=False)
    yield from grids(names, blocked(blocks, cells_of), width)
    as_text = quantity(found.figure.unit, [told.variance**0.5])
    yield Text(
        f"standard deviation over the inputs {as_text.show(told.variance**0.5)} {as_text.unit}; "
        f"noise is {told.noise_share:.0%} of the variance of a single path. 95% half widths: "
        "design, over other points; noise, over other replications",
        style="dim",
    )


def index_cells(index: Index) -> tuple[str, str, str]:
    """An index and its half widths."""
    return f"{index.value:.3f}", f"{index.design:.3f}", f"{index.noise:.3f}"


def region(found: Sensitivity, width: int) -> Iterator[Table | Text]:
    """The box."""
    what = found.criterion.text if found.criterion else found.request.when
    if found.box is None:
        yield Text(
            f"no box: {what} in {found.share:.1%} of all replications, which tells no region apart"
            if found.criterion
            else f"too few points for {what}"
        )
        return
    box = found.box
    if not box.limits:
        yield Text(
            f"{what} happens in {box.base_rate:.1%} of all replications; no range tells where"
        )
        yield Text(f"peeling (coverage, density): {peeling(box)}", style="dim")
        return
    yield Text(f"{what} happens in {box.base_rate:.1%} of all replications; most of all where")
    names, rows = [], []
    for limit in box.limits:
        one = found.inputs[limit.input]
        low = "" if limit.low <= 0 else one.label(limit.low)
        high = "" if limit.high >= 1 else one.label(limit.high)
        names.append(one.name)
        rows.append([low, high, f"{limit.chance:.2g}"])
    blocks = [("from", "to", "chance if it did nothing")]
    yield from grids(Cells("input", names, right=False), blocked(blocks, rows), width)
    yield Text(
        f"there it happens in {box.density:.1%} of replications (density; {box.density_low:.1%} to "
        f"{box.density_high:.1%}, 95%); the box holds {box.coverage:.1%} of all cases (coverage) "
        f"and {box.mass:.1%} of the points. Judged on {box.points} points that did not find it"
    )
    yield Text(f"peeling (coverage, density): {peeling(box)}", style="dim")


def peeling(box: Box) -> str:
    """Some steps from the whole space to the smallest box."""
    step = max(1, len(box.path) // PATH_SHOWN)
    return ", ".join(f"({c:.0%}, {d:.0%})" for c, d, _ in box.path[::step])


def text(found: Sensitivity, path: Path | None) -> str:
    """What was found as JSON, with its folder; undefined figures are null."""
    names = [one.name for one in found.inputs]
    told: dict[str, Any] = {
        "run": None if path is None else str(path),
        "method": found.request.method,
        "model": found.request.model,
        "capital": found.prepared.scenario.financed or None,
        "metric": found.figure.text,
        "unit": found.figure.unit,
        "replications": found.request.replications,
        "points": found.asked,
        "points_answered": found.answered,
        "points_refused": found.refused,
        "interrupted": found.interrupted,
        "left_out": list(found.stuck),
        "inputs": [
            {"input": one.name, "values": [leaf.path for leaf in one.leaves]}
            | {"low": one.label(0.0), "high": one.label(1.0)}
            for one in found.inputs
        ],
    }
    if found.at_base is not None:
        told["base"] = found.at_base._asdict()
    told |= _of_the_method(found, names)
    return json.dumps(finite(told), allow_nan=False)


def _of_the_method(found: Sensitivity, names: list[str]) -> dict[str, Any]:
    """What only the method that was asked for finds."""
    told: dict[str, Any] = {}
    if found.bars is not None:
        told["bars"] = [
            {
                "input": bar.input.name,
                "low": bar.low and bar.low._asdict(),
                "high": bar.high and bar.high._asdict(),
                "swing": bar.swing._asdict(),
                "matters": bar.matters,
                "chance": bar.chance,
                "refused": bar.refused,
            }
            for bar in found.bars
        ]
    if found.effects is not None:
        told["effects"] = named(names, [effect._asdict() for effect in found.effects])
    if found.indices is not None:
        own = found.indices
        told["first"] = named(names, [index._asdict() for index in own.first])
        told["total"] = named(names, [index._asdict() for index in own.total])
        told["variance"], told["noise_share"] = own.variance, own.noise_share
        told["variance_half"], told["moved"] = own.variance_half, own.moved
    if found.box is not None:
        told["box"] = found.box._asdict() | {
            "limits": [
                {"input": names[limit.input], "chance": limit.chance}
                | {"low": limit.low, "high": limit.high}
                for limit in found.box.limits
            ]
        }
    return told


def named(names: Sequence[str], rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with the input they are about."""
    return [{"input": name} | row for name, row in zip(names, rows, strict=True)]


def finite(value: Any) -> Any:
    """The same with null for what is not a number."""
    if isinstance(value, dict):
        return {key: finite(own) for key, own in value.items()}
    if isinstance(value, list | tuple):
        return [finite(own) for own in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
