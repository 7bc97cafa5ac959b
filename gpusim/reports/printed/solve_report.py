"""The report of `gpusim solve`: the bracket, what was tested, and the frontier."""

from __future__ import annotations

import datetime as dt
import json
import math
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gpusim.experiments.common.inputs import Value, brief, value_at
from gpusim.experiments.solve.bracket import OUTSIDE, SCAN, Crossing, Tested, enough
from gpusim.experiments.solve.solve import Request, Solution, Solved
from gpusim.reports import laid_over
from gpusim.reports.layout import HEAD_WIDTH, Cells, blocked, folded, grids
from gpusim.reports.printed.sensitivity_report import finite
from gpusim.reports.quantity import Quantity, confidence, quantity
from gpusim.scenario.language.limits import MOST_REPS

USUAL: Final = {own.name: own.default for own in fields(Request)}
"""What need not be typed."""


def show(found: Solution, console: Console) -> None:
    """Print what was found."""
    request = found.request
    console.print(Text(f"{found.input.name} at which {goal(found)}, {request.model}", style="bold"))
    for line in laid_over.lines(laid_over.in_words([found.prepared.scenario.financed])):
        console.print(line)
    sure = confidence(1 - request.alpha)
    if found.criterion.figure.planned:
        console.print("on the planned path: nothing in it is drawn, no replication is played")
    else:
        console.print(
            f"the same replications at every value, up to {request.reps} each, seed "
            f"{request.seed}; confidence of the whole bracket {sure}"
        )
    console.print()
    if found.second is not None:
        for part in frontier(found, console.width):
            console.print(part)
    else:
        for one in found.solved:
            for line in lines(found, one):
                console.print(line, soft_wrap=bool(line.no_wrap))
            for part in tests(found, one.crossing, console.width):
                console.print(part)


def goal(found: Solution) -> str:
    """What is looked for, in words."""
    request, criterion = found.request, found.criterion
    if request.probability is not None:
        return f"the probability of {criterion.text} crosses {confidence(request.probability)}"
    what = "the probability of " if criterion.figure.is_chance else "the mean of "
    what = "" if criterion.figure.planned else what
    amount = f"{criterion.value:,g}"
    if criterion.figure.unit == "USD":
        amount = quantity("USD", []).exact(criterion.value)
    return f"{what}{criterion.figure.text} crosses {amount}"


def value(found: Solution, level: float) -> Value:
    """The key's value at a level."""
    return value_at(found.input.leaves[0], level)


def lines(found: Solution, one: Solved) -> Iterator[Text]:
    """The bracket in words; a command stays in one line, however long (`no_wrap`)."""
    own = one.crossing
    if own.low is not None and own.high is not None and own.estimate is not None:
        low, high = brief(value(found, own.low)), brief(value(found, own.high))
        yield Text(
            f"a break-even between {low} and {high}, about {brief(value(found, own.estimate))}"
        )
    else:
        ends = " and ".join(
            f"{mean_text(found, end)} at {brief(value(found, end.level))}" for end in own.ends
        )
        yield Text(f"{own.why}: {ends}")
        planned = found.criterion.figure.planned
        if one.wider is not None:
            yield Text("a straight line through the ends crosses the target in this range:")
            asked = replace(found.request, key=one.wider)
            yield Text(f"  {typed(asked, asked.reps)}", no_wrap=True)
        elif not planned and own.why != OUTSIDE and any(not end.sign for end in own.ends):
            yield from more_replications(found, one)
    now = found.input.leaves[0].base
    if now is not None:
        yield Text(f"it stands at {brief(now)}")
    if own.turns:
        yield Text("the metric both rises and falls over the range: there may be other crossings")
    elif own.low is not None:
        yield Text(
            f"looked for between {SCAN} values of the range: a dip between two of them is not seen"
        )
    if one.undefined:
        yield Text(
            f"the metric is undefined in {one.undefined} replications at the low end, left out"
        )


def more_replications(found: Solution, one: Solved) -> Iterator[Text]:
    """How many replications would tell an end from the target, and the command in one line."""
    unsure = [end for end in one.crossing.ends if not end.sign]
    needed = enough(unsure, found.request.alpha)
    reps = None if needed is None or needed > MOST_REPS else needed
    yield Text(suffice(reps))
    if reps is not None:
        yield Text(f"  {typed(found.request, reps)}", no_wrap=True)


def suffice(reps: int | None) -> str:
    """How many replications would tell an end from the target, in words."""
    if reps is None:
        return "no number of replications that can be asked for would tell: take a wider range"
    return f"about {reps:,} replications would tell, as an interval narrows with their square root:"


def typed(request: Request, reps: int) -> str:
    """A request with another number of replications, as the command line has it."""
    command = ["gpusim", "solve", request.model, "--for", request.key, "--until", request.until]
    for option, given in (
        ("--probability", request.probability),
        ("--along", request.along),
        ("--strategy", request.strategy),
        ("--capital", request.capital),
        *(("--shock", shock) for shock in request.shocks),
        *(("--set", text) for text in request.sets),
        ("--alpha", None if request.alpha == USUAL["alpha"] else request.alpha),
        ("--seed", None if request.seed == USUAL["seed"] else request.seed),
        ("--reps", reps),
    ):
        command += [] if given is None else [option, str(given)]
    return shlex.join(command)


def tests(found: Solution, own: Crossing, width: int) -> Iterator[Table]:
    """Every value tested; width: of the screen [characters]."""
    as_text, target = written(found), target_of(found)
    planned = found.criterion.figure.planned
    of_tests = () if planned else ("interval of the test", "by", "replications")
    names, rows = [], []
    for test in own.tested:
        played = (
            as_text.span(test.low + target, test.high + target),
            test.how,
            f"{test.replications:,}",
        )
        unsure = "-" if planned else "unsure"
        names.append(brief(value(found, test.level)))
        rows.append(
            [
                as_text.show(test.mean + target),
                *(() if planned else played),
                {1: "above", -1: "below", 0: unsure}[test.sign],
            ]
        )
    blocks = [(f"metric, {as_text.unit}", *of_tests), ("side",)]
    yield from grids(Cells(found.input.name, names), blocked(blocks, rows), width)


def frontier(found: Solution, width: int) -> Iterator[Table]:
    """A row a value of the second key; width: of the screen [characters]."""
    assert found.second is not None
    names, rows = [], []
    for one in found.solved:
        own = one.crossing
        cells = ["", "", "", own.why]
        if own.low is not None and own.high is not None and own.estimate is not None:
            levels = (own.estimate, own.low, own.high)
            cells = [*(brief(value(found, level)) for level in levels), ""]
        names.append("" if one.along is None else brief(one.along))
        rows.append(cells)
    name = folded(f"break-even {found.input.name}", HEAD_WIDTH)
    blocks = [(name, "between", "and"), ("",)]
    yield from grids(Cells(found.second.name, names), blocked(blocks, rows), width)


def written(found: Solution) -> Quantity:
    """How the metric is written."""
    if found.request.probability is not None:
        return quantity("probability", [1.0])
    means = [t.mean for one in found.solved for t in one.crossing.tested]
    return quantity(found.criterion.figure.unit, [*means, found.criterion.value])


def target_of(found: Solution) -> float:
    """What is crossed."""
    own = found.request.probability
    return found.criterion.value if own is None else own


def mean_text(found: Solution, test: Tested) -> str:
    """The metric at an end."""
    as_text, target = written(found), target_of(found)
    if found.criterion.figure.planned:
        told = f"{as_text.show(test.mean + target)} {as_text.unit}"
        return "undefined" if math.isnan(test.mean) else told
    return (
        f"{as_text.show(test.mean + target)} "
        f"({as_text.span(test.low + target, test.high + target)})"
    )


def text(solutions: Sequence[Solution], path: Path | None) -> str:
    """What was found as JSON, with its folder, an entry a condition."""
    found = [finite(condition_json(one)) for one in solutions]
    run = None if path is None else str(path)
    return json.dumps({"run": run, "conditions": found}, allow_nan=False)


def condition_json(found: Solution) -> dict[str, Any]:
    """One condition for JSON."""
    return {
        "key": found.input.name,
        "until": found.criterion.text,
        "capital": found.prepared.scenario.financed or None,
        "probability": found.request.probability,
        "confidence": 1 - found.request.alpha,
        "interrupted": found.interrupted,
        "solutions": [crossing_json(found, one) for one in found.solved],
    }


def crossing_json(found: Solution, one: Solved) -> dict[str, Any]:
    """One break-even for JSON."""
    own, target = one.crossing, target_of(found)
    return {
        "along": None if one.along is None else str(one.along),
        "low": plain(found, own.low),
        "high": plain(found, own.high),
        "estimate": plain(found, own.estimate),
        "why": own.why,
        "turns": own.turns,
        "tested": [
            {
                "value": plain(found, test.level),
                "mean": test.mean + target,
                "low": test.low + target,
                "high": test.high + target,
                "replications": test.replications,
                "how": test.how,
            }
            for test in own.tested
        ],
    }


def plain(found: Solution, level: float | None) -> float | str | None:
    """The key's value at a level, a date as text."""
    if level is None:
        return None
    own = value(found, level)
    return own.isoformat() if isinstance(own, dt.date) else own
