"""The catalogue as it is listed: every value of an entry, where it comes from, its range."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple

from gpusim.scenario import schema
from gpusim.scenario.language.errors import Mistake, ScenarioError, dotted, listed, nearest
from gpusim.scenario.language.fields import KeyPath
from gpusim.scenario.reading import catalogue
from gpusim.scenario.reading.catalogue import Catalogue
from gpusim.scenario.reading.tree import paths_of


class Catalogued(NamedTuple):
    """A value of an entry of the catalogue."""

    noun: str
    entry: str
    key: str  # below the entry
    value: Any
    unit: str
    kind: str  # source, assumption, or none of what is no number
    text: str
    as_of: dt.date | None  # of a source
    low: float | dt.date | None  # of an assumption
    high: float | dt.date | None
    origin: str


def asked_for(version: str | None) -> Catalogue:
    """A version of the catalogue, the newest if none is named. Raises: ScenarioError."""
    known = catalogue.versions()
    if version is not None and version not in known:
        near = nearest(version, known)
        raise ScenarioError(
            [Mistake("--catalogue", 0, 0, "", version, f"a version: {listed(known)}", near)]
        )
    return catalogue.version(version or "")


def values_of(of: Catalogue, entry: str | None = None) -> list[Catalogued]:
    """The values of all entries, or of one: NOUN.NAME, or NAME alone.

    Raises:
        ScenarioError: there is no such entry.
    """
    chosen = [own for own in of.entries() if entry in (None, own[1], ".".join(own))]
    if not chosen:
        known = [".".join(own) for own in of.entries()]
        near = nearest(str(entry), [*known, *(own[1] for own in of.entries())])
        expected = f"an entry: {listed(known, 60)}"
        raise ScenarioError([Mistake("catalogue", 0, 0, "", str(entry), expected, near)])
    return [row for own in chosen for row in _rows(of, own)]


def _rows(of: Catalogue, entry: tuple[str, str]) -> Iterator[Catalogued]:
    for path in paths_of(of.tree.get(entry), entry):
        value = of.tree.get(path)
        if isinstance(value, dict | list):
            continue
        number = isinstance(value, int | float | dt.date) and not isinstance(value, bool)
        kind, said = _said(of, entry, path) if number else ("", {})
        low, high = said.get("low"), said.get("high")
        if "relative" in said:
            low, high = (float(f"{value * (1 + way * said['relative']):.10g}") for way in (-1, 1))
        yield Catalogued(
            *entry,
            dotted(path[2:]),
            value,
            schema.unit_at(path),
            kind,
            said.get("source") or said.get("reason", ""),
            said.get("as_of"),
            low,
            high,
            str(of.tree.origin(path)),
        )


def _said(of: Catalogue, entry: tuple[str, str], path: KeyPath) -> tuple[str, dict[str, Any]]:
    """What speaks of a value: the longest of the entry's own and of its noun's paths."""
    end = f".{dotted(path[2:])}"
    fits = [
        (len(rest), key, said)
        for key, said, rest in catalogue.speak_of(of, entry)
        if end == rest or end.startswith(f"{rest}.")
    ]
    if not fits:
        return "none", {}
    _, key, said = max(fits)
    return key.removesuffix("s"), of.tree.get((key, said))
