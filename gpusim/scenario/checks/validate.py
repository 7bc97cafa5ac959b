"""A tree against its model: pydantic's findings, told in the words of the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from gpusim.scenario import schema
from gpusim.scenario.checks.plausible import range_at
from gpusim.scenario.language import cells
from gpusim.scenario.language.calendar_periods import KEYS_BY_PATTERN
from gpusim.scenario.language.errors import (
    DIGITS,
    Mistake,
    dotted,
    is_with_unit,
    listed,
    nearest,
    shown,
)
from gpusim.scenario.language.fields import KeyPath, Problem, Table
from gpusim.scenario.language.limits import MISTAKES
from gpusim.scenario.reading.tree import Tree, has
from gpusim.scenario.starting.filling import is_filled

T = TypeVar("T", bound=Table)

BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}
NOTHING = "nothing"
PERCENT, LEAST = 100, 2
"""A percentage is a hundredth, and probably meant from so much on [percent]."""
COVENANTS = "covenants"
"""Whose keys are meant where another table beside them has the same."""
TYPES = {
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "a text in quotes",
    "bool_type": "true or false",
    "date_type": "a date such as 2026-03-31, without quotes",
    "date_from_datetime_inexact": "a date without a time",
    "tuple_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "finite_number": "a finite number",
    "string_too_short": "a text that is not empty",
}


def validate(tree: Tree, model: type[T]) -> tuple[T | None, list[Mistake]]:
    """The model's instance, or all mistakes that its fields and tables show."""
    try:
        return model.model_validate(frozen(tree.values)), []
    except ValidationError as error:
        found = list(_merge_same_place(_problems(error.errors(include_url=False), tree, model)))
        own = [p for p in found if not (p.found == NOTHING and is_filled(p.path))]
        problems = own or found  # what rests on another mistake is no second one
        return None, [tree.mistake(p) for p in problems]


def _problems(errors: list[ErrorDetails], tree: Tree, model: type[Table]) -> Iterator[Problem]:
    located = [(_path(error, tree), error) for error in errors[: MISTAKES.most]]
    unknown = {p: _nearest_key(p, model) for p, e in located if e["type"] == "extra_forbidden"}
    meant = {(*path[:-1], *name.split(".")) for path, name in unknown.items()}
    missing = [path for path, e in located if e["type"] == "missing"]
    strangers = dict(_strangers(missing, tree))
    yield from strangers.values()
    for path, error in located:
        if error["type"] == "problems":
            for p in error["ctx"]["problems"]:
                yield p._replace(path=(*path, *p.path))
        elif error["type"] == "extra_forbidden":
            yield _unknown_key(path, unknown[path], model)
        elif error["type"] == "missing":
            if path not in meant and path[:2] not in strangers:
                own = _keys_of(path, model)
                expected = schema.describe(path, model)
                yield Problem(path, NOTHING, f"{expected}: {own}" if own else expected)
        else:
            yield _wrong_value(path, error, model)


def _path(error: ErrorDetails, tree: Tree) -> KeyPath:
    """pydantic's location without the tags it adds for unions and keys."""
    path: KeyPath = ()
    loc = error["loc"]
    for place, segment in enumerate(loc):
        here = tree.get(path)
        last = place == len(loc) - 1
        if has(here, segment) or (last and error["type"] == "missing"):
            path = (*path, segment)
    return path


def _nearest_key(path: KeyPath, model: type[Table]) -> str:
    """The key that is meant: of that table with a unit, of one table below it, or a similar one."""
    at, name = path[:-1], str(path[-1])
    near = nearest(name, schema.keys_at(at, model))
    below = [key for key in schema.keys_at(at, model) if name in schema.keys_at((*at, key), model)]
    if COVENANTS in below:
        below = [COVENANTS]
    return f"{below[0]}.{name}" if len(below) == 1 and not is_with_unit(name, near) else near


def _unknown_key(path: KeyPath, near: str, model: type[Table]) -> Problem:
    if near:
        expected = schema.describe((*path[:-1], *near.split(".")), model)
    else:
        where = ".".join(map(str, path[:-1])) or "the file"
        expected = f"a key of {where}: {listed(schema.keys_at(path[:-1], model), 40)}"
    return Problem(path, "an unknown key", expected, near)


def _wrong_value(path: KeyPath, error: ErrorDetails, model: type[Table]) -> Problem:
    kind, value = error["type"], error["input"]
    unit = schema.unit_at(path, model)
    suffix = f" [{unit}]" if unit else ""
    if kind == "literal_error":
        choices = schema.choices_at(path, model)
        near = nearest(str(value), choices)
        return Problem(path, shown(value), f"one of {listed(choices)}", near)
    if kind in BOUNDS:
        bound, words = BOUNDS[kind]
        limit = error["ctx"][bound]
        if kind == "less_than_equal" and limit == 1 and isinstance(value, (int, float)):
            what = "a share, 0 to 1" if unit == "share" else "a fraction, not a percentage"
            hint = f"; did you mean {value / 100:g}?" if _is_percentage(path, value) else ""
            return Problem(path, shown(value), f"{what}{suffix}{hint}")
        number = f"{limit:,.15g}" if isinstance(limit, (int, float)) else shown(limit)
        return Problem(path, shown(value), f"{words} {number}{suffix}")
    if kind == "string_pattern_mismatch":
        name = 'a name without = * @ < > " or backslash, and no blank at either end'
        expected = KEYS_BY_PATTERN.get(error["ctx"]["pattern"], name)
        return Problem(path, f"the key {shown(value)}", expected)
    expected = TYPES.get(kind, error["msg"])
    if expected == "a table" and get_origin(schema.type_at(path[:-1], model)) is dict:
        expected = f"a table [{dotted(path[:-1])}.NAME]"
    elif expected == "a table":
        expected = _keys_of(path, model) or expected
    return Problem(path, shown(value), f"{expected}{suffix}{_written(kind, value)}")


def _written(kind: str, value: Any) -> str:
    """How a number is written that stands in quotes, or has a point and is a whole one.

    >>> _written("int_type", 24.0), _written("float_type", "5%"), _written("int_type", "8,000")
    (': 24', ': 0.05', ': 8000')
    """
    whole = kind in ("int_type", "int_from_float")
    if whole and isinstance(value, float):
        return f": {int(value)}" if value.is_integer() and abs(value) < 10**DIGITS else ""
    if not isinstance(value, str) or not (whole or kind == "float_type"):
        return ""
    text = value.strip()
    plain = cells.WHOLE if whole else cells.NUMBER
    number = text if plain.fullmatch(text) else cells.meant(text, whole=whole)
    return f": {number}" if number else ""


def _is_percentage(path: KeyPath, value: float) -> bool:
    """Whether a hundredth of a number may be meant by it: it is usual for the key.

    Of a key without a usual range from 2% on, for less above one is more likely a share above one.
    """
    usual = range_at(path)
    return usual.low <= value / PERCENT <= usual.high if usual else LEAST <= value <= PERCENT


def _keys_of(path: KeyPath, model: type[Table]) -> str:
    """A table by its keys, for a message; empty for what is none, or has names of its own."""
    keys = schema.keys_at(path, model)
    return f"a table of {listed(keys)}" if keys else ""


def _strangers(missing: Iterable[KeyPath], tree: Tree) -> Iterator[tuple[KeyPath, Problem]]:
    """Named tables that are mostly empty beside one of a similar name: a misspelt name."""
    lacking: dict[KeyPath, list[str]] = {}
    for path in missing:
        if len(path) == 3 and isinstance(path[1], str):
            lacking.setdefault(path[:2], []).append(str(path[2]))
    for (noun, name), keys in lacking.items():
        others = [n for n in tree.values[str(noun)] if (noun, n) not in lacking]
        near = nearest(str(name), others)
        if near and len(keys) >= len(tree.get((noun, name)) or {}):
            yield (
                (noun, name),
                Problem(
                    (noun, name),
                    f"a table without {listed(keys, 4)}",
                    f"the name of a complete [{noun}] table",
                    near,
                ),
            )


def _merge_same_place(problems: Iterable[Problem]) -> Iterator[Problem]:
    """One problem for a value that fits none of several types."""
    merged: dict[tuple[KeyPath, str], Problem] = {}
    for p in problems:
        key = (p.path, p.found)
        if key in merged and merged[key].expected != p.expected:
            merged[key] = merged[key]._replace(expected=f"{merged[key].expected} or {p.expected}")
        merged.setdefault(key, p)
    yield from merged.values()


def frozen(value: Any) -> Any:
    """The same value with tuples for lists."""
    if isinstance(value, dict):
        return {key: frozen(v) for key, v in value.items()}
    if isinstance(value, list):
        return tuple(frozen(v) for v in value)
    return value
