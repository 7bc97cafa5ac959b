"""How much of what differs between replications is luck, and how much ignorance of inputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from gpusim.economics.core.state import Floats
from gpusim.experiments.common.drawn_sets import DrawnInputs
from gpusim.experiments.run.run import RunResult
from gpusim.reports.layout import counted, portion
from gpusim.results.drawn import tables
from gpusim.results.drawn.sets import ENOUGH, ignorance
from gpusim.results.formulas.firm import liquidity
from gpusim.scenario.language.errors import listed

NAMED: Final = 2
"""Inputs that the first screen names."""
TOLD: Final = ("revenue", "operating_income", "cash", "debt_principal")
"""Figures of which the whole report tells the share of ignorance, by the last quarters of years."""
YEAR: Final = 4
"""Quarters from one that is told to the next."""


def in_sets(result: RunResult) -> str:
    """In how many sets of drawn inputs replications are; empty where all are as stated."""
    if result.drawn is None:
        return ""
    count = len(next(iter(result.drawn.levels.values()), ()))
    return f" in {counted(count, 'set')} of drawn inputs"


def each(result: RunResult) -> int:
    """Replications of a set of drawn inputs; 1 where all are as stated."""
    return 1 if result.panel is None else result.panel.each


def lowest(result: RunResult) -> dict[str, Any] | None:
    """What is told of lowest liquidity; None where no inputs were drawn."""
    panel, drawn = result.panel, result.drawn
    if panel is None or drawn is None or panel.sets is None:
        return None
    least = liquidity(panel)[:, 1:].min(axis=1).astype(np.float64)
    return tables.told(least, drawn.levels, drawn.families, panel.sets)


def sentences(result: RunResult, *, strongest: bool) -> Iterator[tuple[str, str]]:
    """The line of the first screen: shares of luck and ignorance; strongest: what stands out."""
    if (found := lowest(result)) is None or result.drawn is None:
        return
    share = found["ignorance"]
    if share is None:
        yield "Luck", "lowest liquidity is the same in every replication"
        return
    inputs = counted(len(result.drawn.levels), "input")
    text = f"of the variance of lowest liquidity {portion(1 - share)} is luck, {portion(share)} "
    text += f"ranges of {inputs}"
    if strongest and (strong := found["strongest"]):
        text += f"; it moves most with {', '.join(map(_in_words, strong[:NAMED]))}"
    yield "Luck", text


def lines(result: RunResult) -> Iterator[str]:
    """The section of the whole report: shares by figure and year, inputs, what is left out."""
    panel, drawn = result.panel, result.drawn
    found = lowest(result)
    if panel is None or drawn is None or panel.sets is None or found is None:
        return
    inputs = counted(len(drawn.levels), "drawn input")
    yield "Luck and ignorance"
    yield f"  share of variance that {inputs} make, known within ranges only; the rest is luck:"
    names = result.calendar.names
    for name in TOLD:
        figures = result.values[name].figures
        shares = [
            f"{names[at]} {_share(figures[:, at], panel.sets)}"
            for at in range(min(YEAR, len(names)) - 1, len(names), YEAR)
        ]
        yield f"  {name}: {', '.join(shares)}"
    if strong := found["strongest"]:
        yield f"  lowest liquidity moves beyond chance with {', '.join(map(_in_words, strong))}"
    if found["families"]:
        parts = [f"[{name}] {portion(own)}" for name, own in found["families"].items() if own]
        yield f"  of its sets' means, at first order: {', '.join(parts) or 'none'}"
    else:
        yield f"  by table it is told from {ENOUGH} sets on (--reps {ENOUGH * panel.each})"
    yield from not_drawn(drawn)


def not_drawn(drawn: DrawnInputs) -> Iterator[str]:
    """Inputs with a range that stayed as stated, and why."""
    for one in drawn.left_out:
        yield f"  not drawn: {one.name} would break {one.why}"
    for name, (count, why) in drawn.stayed.items():
        yield f"  not drawn in {counted(count, 'set')}: {name} would break {why}"
    if drawn.kept:
        kept = listed((name for name, _ in drawn.kept), 6)
        yield f"  not drawn, decisions and terms: {kept}"


def which_drawn(drawn: DrawnInputs) -> str:
    """How many inputs were drawn, and how many not, in a sentence."""
    text = f"{counted(len(drawn.levels), 'input')} drawn within ranges"
    some = len(drawn.stayed)
    for count, why in (
        (len(drawn.left_out), "whose range would break a model"),
        (len(drawn.kept), "that are decisions or terms"),
    ):
        text += f", {count} {why}" * bool(count)
    stay = " stay as stated" if drawn.left_out or drawn.kept else ""
    more = f"; {some} more in some sets" if some else ""
    return f"{text}{stay}{more} (--json names them)"


def inputs_json(drawn: DrawnInputs | None) -> dict[str, Any] | None:
    """Which inputs were drawn, which not and why, for JSON; None where all stay as stated."""
    if drawn is None:
        return None
    return {
        "sets": len(next(iter(drawn.levels.values()), ())),
        "drawn": list(drawn.levels),
        "left_out": {one.name: one.why for one in drawn.left_out},
        "left_out_in_some_sets": {
            name: {"sets": count, "why": why} for name, (count, why) in drawn.stayed.items()
        },
        "not_drawn": dict(drawn.kept),
    }


def _share(figures: Floats, sets: Any) -> str:
    """A share of ignorance; a dash where the figure is the same in every replication."""
    share = ignorance(figures, sets)
    return "-" if np.isnan(share) else portion(share)


def _in_words(one: dict[str, Any]) -> str:
    """An input that stands out, and which way the figure goes with it."""
    return f"{one['name']} (the more, the {'higher' if one['rises'] else 'lower'})"
