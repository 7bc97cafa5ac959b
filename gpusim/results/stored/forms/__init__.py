"""What each kind of folder holds: a module a kind, found by its name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

from gpusim.results.stored.columns import TEXT, Form, of, or_empty
from gpusim.results.stored.trees import Shape, anything

SOURCES = Form(
    of(("path", "value", "kind", "text", "origin"), TEXT)
    | of(("as_of", "low", "high"), or_empty(TEXT))
)
"""The table that every kind of folder has: where each number of the model comes from."""


@cache
def kinds() -> frozenset[str]:
    """The kinds that are declared."""
    return frozenset(file.stem for file in Path(__file__).parent.glob("[a-z]*.py"))


@cache
def tables(kind: str) -> Mapping[str, Form]:
    """All tables of a kind of folder, by name; none of a kind that is not declared."""
    if kind not in kinds():
        return {}
    found: Mapping[str, Form] = import_module(f"{__package__}.{kind}").TABLES
    return {**found, "sources": SOURCES}


@cache
def manifest(kind: str) -> Shape:
    """What the manifest of a kind says, beside what all say."""
    if kind not in kinds():
        return anything
    shape: Shape = import_module(f"{__package__}.{kind}").MANIFEST
    return shape
