"""Conditions on figures, such as 'defaulted<=0.05' and 'adjusted_ebitda_margin@2027>=0.2'."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from gpusim.economics.core.state import Floats
from gpusim.results.figures import Figure, split
from gpusim.scenario import Mistake, ScenarioError

if TYPE_CHECKING:
    from gpusim.experiments.run.points import Prepared

CONDITION: Final = re.compile(
    r"\s*(?P<metric>[^<>=]+?)\s*(?P<sign><=|>=|<|>)\s*(?P<value>[-+\d._eE]+)\s*"
)
SIGNS: Final[dict[str, Callable[[Floats, float], np.ndarray[tuple[int], np.dtype[np.bool_]]]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
SHORT: Final = {"default": "defaulted"}
"""Words for a metric that people use."""


class Criterion(NamedTuple):
    """A figure, a comparison and a value [unit of the figure]."""

    text: str
    figure: Figure
    sign: str
    value: float

    def holds(self, figures: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """In which replications it holds; nowhere where the figure is undefined."""
        return SIGNS[self.sign](figures, self.value)

    @property
    def below(self) -> bool:
        """Whether the figure should be small."""
        return self.sign in ("<", "<=")


def parse_criterion(text: str, prepared: Prepared) -> Criterion:
    """A condition on a point, as typed.

    Raises:
        ScenarioError: it is none, or there is no such metric or period.
    """
    return parse_condition(text, prepared.figure)


def number(text: str) -> float:
    """A number as typed; NaN where it is none.

    >>> number("1_000"), number("-")
    (1000.0, nan)
    """
    try:
        return float(text.replace("_", ""))
    except ValueError:
        return math.nan


def parse_condition(text: str, figure_of: Callable[[str], Figure]) -> Criterion:
    """A condition, as typed.

    figure_of: a figure by METRIC or METRIC@PERIOD.

    Raises:
        ScenarioError: it is none, or there is no such metric or period.
    """
    match = CONDITION.fullmatch(text)
    value = number(match["value"]) if match else math.nan
    if match is None or not abs(value) < float("inf"):
        what = "METRIC<VALUE, such as 'adjusted_ebitda_margin@2027>=0.2'"
        raise ScenarioError([Mistake(text, 0, 0, "", "no condition", what)])
    name, at, period = split(match["metric"])
    figure = figure_of(SHORT.get(name, name) + at + period)
    return Criterion(text.strip(), figure, match["sign"], value)
