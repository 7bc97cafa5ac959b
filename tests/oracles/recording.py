"""One way to compare a figure with its known answer: it is judged, and kept for VALIDATION.md.

A module of known answers says which case it is (`CASE`, a key of `cases.CASES`) and asks for the
fixture `compare`. What was compared travels with the test's report, so that it also arrives from
the workers of a parallel run.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

COMPARISON = "comparison"
"""Name of the report's property that holds a comparison."""
LONGEST, FIRST = 12, 4


class Comparison(NamedTuple):
    """A figure, its known answer, and how far apart they may be."""

    case: str
    what: str
    expected: str
    obtained: str
    tolerance: str
    holds: bool


class Compare:
    """Compares within a test of a case."""

    def __init__(self, case: str, properties: list[tuple[str, Any]]) -> None:
        self.case = case
        self.properties = properties

    def __call__(
        self,
        what: str,
        obtained: Any,
        expected: Any,
        *,
        abs: float = 0.0,  # noqa: A002 the word of pytest.approx
        rel: float = 0.0,
        errors: float = 0.0,
    ) -> None:
        """Fail unless a figure, or each of several, is as far from its answer as allowed at most.

        abs: in the figure's own unit; rel: of the answer; errors: a standard error of the figure,
        three of which are allowed. Left out: equal.
        """
        allowed = abs + 3.0 * errors
        got, known = _listed(obtained), _listed(expected)
        holds = len(got) == len(known) and all(
            g == k if isinstance(k, str) or allowed + rel == 0.0 else _near(g, k, allowed, rel)
            for g, k in zip(got, known, strict=True)
        )
        if errors > 0.0:
            tolerance = f"3 standard errors, {allowed:.2g}"
        elif rel > 0.0:
            tolerance = f"{rel:.2g} of it"
        else:
            tolerance = f"{allowed:.4g}" if allowed > 0.0 else "equal"
        said = Comparison(self.case, what, _text(known), _text(got), tolerance, bool(holds))
        self.properties.append((COMPARISON, json.dumps(said)))
        assert holds, f"{what}: {_text(got)}; expected {_text(known)}, tolerance {tolerance}"

    def most(self, what: str, obtained: float, limit: float) -> None:
        """Fail if a figure is above a limit."""
        self._one_sided(what, obtained, limit, f"at most {_text([limit])}", obtained <= limit)

    def least(self, what: str, obtained: float, limit: float) -> None:
        """Fail if a figure is below a limit."""
        self._one_sided(what, obtained, limit, f"at least {_text([limit])}", obtained >= limit)

    def _one_sided(
        self, what: str, obtained: float, limit: float, expected: str, holds: bool
    ) -> None:
        said = Comparison(self.case, what, expected, _text([obtained]), "one-sided", bool(holds))
        self.properties.append((COMPARISON, json.dumps(said)))
        assert holds, f"{what}: {obtained}; expected {expected}"


def comparisons(properties: Sequence[tuple[str, Any]]) -> list[Comparison]:
    """What a test's report holds."""
    return [Comparison(*json.loads(text)) for name, text in properties if name == COMPARISON]


def _near(got: float, known: float, allowed: float, rel: float) -> bool:
    return bool(np.abs(got - known) <= max(allowed, rel * np.abs(known)))


def _listed(value: Any) -> list[Any]:
    if isinstance(value, str) or value is None:
        return [value]
    if isinstance(value, Sequence | np.ndarray):
        return list(np.asarray(value).tolist())
    return [value.item() if isinstance(value, np.generic) else value]


def _text(values: Sequence[Any]) -> str:
    """Up to a dozen figures; of more the first four.

    >>> _text([1.0, 2.0]), _text(list(range(60)))
    ('1; 2', '0; 1; 2; 3 ... (60 in all)')
    """
    if len(values) > LONGEST:
        return f"{'; '.join(map(_figure, values[:FIRST]))} ... ({len(values)} in all)"
    return "; ".join(map(_figure, values))


def _figure(value: Any) -> str:
    """Seven figures of a number; a word as it is.

    >>> _figure(0.12166071), _figure(1782500000), _figure(True), _figure("ltv")
    ('0.1216607', '1,782,500,000', 'yes', 'ltv')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.2f}" if np.abs(value) >= 1e5 else f"{value:,.7g}"
    return "none" if value is None else str(value)
