"""What is bundled, with a line about each file."""

from __future__ import annotations

import tomllib
from typing import Final, NamedTuple

from gpusim.scenario.reading import bundled

HEADS = {
    "operators": "model",
    "shocks": "shock",
    "strategies": "strategy",
    "capital": "capital",
}
SEVERAL: Final = {"capital": "options of capital"}
"""What several files of a kind are called, where not as the kind."""


def several(kind: str) -> str:
    """What several files of a kind are called.

    >>> several("shocks"), several("capital")
    ('shocks', 'options of capital')
    """
    return SEVERAL.get(kind, kind)


class Listing(NamedTuple):
    """A bundled file."""

    kind: str  # operators, shocks, strategies or capital
    name: str
    title: str
    as_of: str  # ISO date; empty for strategies and capital


def list_models(*kinds: str) -> list[Listing]:
    """The bundled files of some kinds, of all kinds if none is given."""
    rows = []
    for kind in kinds or bundled.KINDS:
        for name in bundled.names(kind):
            head = _head(kind, name)
            rows.append(Listing(kind, name, str(head.get("title", "")), str(head.get("as_of", ""))))
    return rows


def _head(kind: str, name: str) -> dict[str, object]:
    """The table that describes the file; empty if the file is broken, which `check` explains."""
    try:
        file = tomllib.loads(bundled.path_of(kind, name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    head = file.get(HEADS[kind], {})
    return head if isinstance(head, dict) else {}
