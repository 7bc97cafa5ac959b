"""`--fail-if`: a condition at which a command that is done ends with an exit code of its own.

'P[shortfall]>0.05' asks for the chance of a figure that is a yes or no, 'P[cash_lowest<0]>=0.1'
for that of a condition, 'adjusted_ebitda_margin@2027<0.2' for the mean of a figure,
'tail[liquidity_lowest]<0' for the mean of its worst twentieth. What counts is the estimate; its
interval is told beside it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats, Ints
from gpusim.experiments.run.criteria import SIGNS, Criterion, number, parse_condition
from gpusim.results import intervals
from gpusim.results.figures import Figure, instead_of
from gpusim.results.metric import Better
from gpusim.results.summary import tail_of
from gpusim.scenario import Mistake, ScenarioError

CHANCE: Final = re.compile(r"\s*P\[(?P<of>.+)\]\s*(?P<sign><=|>=|<|>)\s*(?P<value>[-+\d._eE]+)\s*")
TAIL: Final = re.compile(r"\s*tail\[(?P<of>.+)\](?P<rest>\s*(?:<=|>=|<|>).*)")
FLAG: Final = "--fail-if"


class FailIf(NamedTuple):
    """A chance or a mean, a comparison and a value [unit of the figure, or a share]."""

    text: str
    figure: Figure
    inner: Criterion | None  # whose chance is asked for; None: of the figure itself
    sign: str
    value: float
    tail: bool = False  # the mean of its worst twentieth is asked for

    def judge(self, figures: Floats, of: str = "", sets: Ints | None = None) -> Judged:
        """Whether it holds for a figure's values [replications].

        sets: of drawn inputs, by replication.

        A figure that is undefined meets no inner condition; a mean of none counts as holding.
        """
        chance = self.inner is not None or self.figure.is_chance
        told = figures if self.inner is None else self.inner.holds(figures).astype(float)
        found = (
            tail_of(figures, self.figure.metric, sets)
            if self.tail
            else intervals.of_mean(told, chance=chance, sets=sets)
        )
        holds = math.isnan(found.mean) or bool(SIGNS[self.sign](np.array(found.mean), self.value))
        low, high = (None if math.isnan(end) else end for end in (found.low, found.high))
        mean = None if math.isnan(found.mean) else found.mean
        return Judged(self.text, of, mean, low, high, holds, self.why_not(figures, mean))

    def why_not(self, figures: Floats, mean: float | None) -> str:
        """Why there is no estimate for figures [replications], and what to ask; else empty."""
        if mean is not None:
            return ""
        without = int(np.isnan(figures).sum())
        if without < len(figures):
            return f"undefined in the worst, {without} of {len(figures)} replications"
        other = instead_of(self.figure)
        return "undefined in every replication" + (f" ({other})" if other else "")


class Judged(NamedTuple):
    """What came of a condition."""

    condition: str
    of: str  # option or point; empty: the run
    value: float | None  # None: undefined in every replication
    low: float | None  # of its 95% interval
    high: float | None
    holds: bool
    why: str = ""  # there is no estimate

    def __str__(self) -> str:
        where = f"{self.of}: " if self.of else ""
        if self.value is None:
            why = self.why or "undefined in every replication"
            return f"{where}{self.condition}: {why}, which counts as true"
        ends = "" if self.low is None else f" (95% interval {self.low:.4g} to {self.high:.4g})"
        return f"{where}{self.condition}: it is {self.value:.4g}{ends}"


def parse(text: str, figure_of: Callable[[str], Figure]) -> FailIf:
    """A condition as typed.

    figure_of: a figure by METRIC or METRIC@PERIOD.

    Raises:
        ScenarioError: it is none, or there is no such metric or period.
    """
    match, tail = CHANCE.fullmatch(text), TAIL.fullmatch(text)
    if tail is not None:
        own = parse_condition(tail["of"] + tail["rest"], figure_of)
        if own.figure.is_chance:
            what = f"the worst of {tail['of']}, which is a yes or no"
            raise _wrong(text, what, f"'P[{tail['of']}]>0.05'")
        if own.figure.better is Better.NEITHER:
            what = f"the worst of {tail['of']}, of which neither less nor more is worse"
            raise _wrong(text, what, "'tail[liquidity_lowest]<0'")
        return FailIf(text.strip(), own.figure, None, own.sign, own.value, tail=True)
    if match is None:
        if text.lstrip().startswith("P["):
            raise _wrong(text, "no condition on a chance", "'P[shortfall]>0.05'")
        own = parse_condition(text, figure_of)
        return FailIf(text.strip(), own.figure, None, own.sign, own.value)
    value = number(match["value"])
    if not 0 <= value <= 1:
        raise _wrong(text, f"a chance of {match['value']}", "one from 0 to 1, as in 'P[x<0]>0.05'")
    of = match["of"]
    if any(sign in of for sign in "<>="):
        inner = parse_condition(of, figure_of)
        return FailIf(text.strip(), inner.figure, inner, match["sign"], value)
    figure = figure_of(of.strip())
    if not figure.is_chance:
        raise _wrong(text, f"the chance of {of}, which is no yes or no", f"'P[{of}<0]>0.05'")
    return FailIf(text.strip(), figure, None, match["sign"], value)


def _wrong(text: str, found: str, expected: str) -> ScenarioError:
    return ScenarioError([Mistake(f"{FLAG} {text}", 0, 0, "", found, expected)])


def holding(judged: Sequence[Judged]) -> list[Judged]:
    """Those that hold."""
    return [one for one in judged if one.holds]


def rows(judged: Sequence[Judged]) -> list[Mapping[str, Any]]:
    """What came of conditions, for JSON."""
    told = [one._asdict() for one in judged]
    return [{name: what for name, what in one.items() if what or name != "why"} for one in told]
