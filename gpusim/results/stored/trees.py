"""What JSON in a folder may hold, declared once for each file.

A shape is a function of a value and its place in words; it says what is wrong there, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from gpusim.results.stored.columns import shortened

Shape: TypeAlias = Callable[[Any, str], str]
FORMS: Final[dict[type, str]] = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
}
"""What values of JSON are called in messages."""


def form_of(value: object) -> str:
    """What a value of JSON is, in words.

    >>> form_of({}), form_of([1]), form_of("x"), form_of(0.5), form_of(True), form_of(None)
    ('an object', 'a list', 'a text', 'a number', 'true or false', 'nothing')
    """
    return FORMS.get(type(value), "nothing")


def unlike(value: object, at: str, *kinds: type) -> str:
    """That a value is of none of some types; empty where it is of one.

    >>> unlike(True, "seed", int), unlike(1, "seed", int)
    ('seed is true or false; expected a whole number', '')
    """
    if isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool)):
        return ""
    return mismatch(value, at, *kinds)


def mismatch(value: object, at: str, *kinds: type) -> str:
    """The same of a value that is known to be of none."""
    names = {**FORMS, int: "a whole number"}
    if float in kinds:
        kinds = tuple(kind for kind in kinds if kind is not int)
    expected = " or ".join(names.get(kind, "nothing") for kind in kinds)
    return f"{at} is {form_of(value)}; expected {expected}"


def text(value: Any, at: str) -> str:
    """A text."""
    return unlike(value, at, str)


def flag(value: Any, at: str) -> str:
    """True or false."""
    return unlike(value, at, bool)


def number(value: Any, at: str) -> str:
    """A number."""
    return unlike(value, at, float, int)


def anything(value: Any, at: str) -> str:
    """Whatever it is: nobody relies on it."""
    return ""


def whole(least: int | None = None, most: int | None = None) -> Shape:
    """A whole number within bounds.

    >>> whole(0, 9)(10, "seed")
    'seed is 10, not 0 to 9'
    """

    def shape(value: Any, at: str) -> str:
        if wrong := unlike(value, at, int):
            return wrong
        below, above = least is not None and value < least, most is not None and value > most
        if not below and not above:
            return ""
        bounds = f"{least:,} to {most:,}" if most is not None else f"{least:,} or more"
        return f"{at} is {value if abs(value) < 10**20 else 'too large'}, not {bounds}"

    return shape


def among(*texts: str) -> Shape:
    """A text out of a list.

    >>> among("done", "failed")("x", "status")
    'status is x; expected done or failed'
    """

    def shape(value: Any, at: str) -> str:
        wrong = text(value, at)
        if not wrong and value not in texts:
            return f"{at} is {shortened(value)}; expected {' or '.join(texts)}"
        return wrong

    return shape


def or_nothing(inner: Shape) -> Shape:
    """Null, or of a shape."""

    def shape(value: Any, at: str) -> str:
        wrong = "" if value is None else inner(value, at)
        return f"{wrong} or nothing" if "; expected" in wrong else wrong

    return shape


def items(inner: Shape, least: int = 0) -> Shape:
    """A list of values of a shape.

    >>> items(text)(["x", 1], "sets")
    'an entry of sets is a number; expected a text'
    """

    def shape(value: Any, at: str) -> str:
        if wrong := unlike(value, at, list):
            return wrong
        if len(value) < least:
            return f"{at} has {len(value)} entries; expected at least {least}"
        found = (inner(item, f"an entry of {at}") for item in value)
        return next((wrong for wrong in found if wrong), "")

    return shape


def by_name(inner: Shape) -> Shape:
    """An object of any names, whose values are of a shape."""

    def shape(value: Any, at: str) -> str:
        if wrong := unlike(value, at, dict):
            return wrong
        found = (inner(item, f"{shortened(name)} of {at}") for name, item in value.items())
        return next((wrong for wrong in found if wrong), "")

    return shape


def entries(inner: Shape) -> Shape:
    """The same, whose names a message does not tell."""

    def shape(value: Any, at: str) -> str:
        wrong = unlike(value, at, dict)
        return wrong or items(inner)(list(value.values()), at)

    return shape


def fields(
    known: Mapping[str, Shape], newer: Mapping[str, Shape] | None = None, *, closed: bool = False
) -> Shape:
    """An object with certain names.

    newer: what it may lack; closed: whether it has no others.

    >>> fields({"point": whole(0)})({"point": True}, "the entry")
    'point of the entry is true or false; expected a whole number'
    >>> fields({"point": whole(0)})({}, "the entry")
    'the entry lacks point'
    """

    def shape(value: Any, at: str) -> str:
        if wrong := unlike(value, at, dict):
            return wrong
        if lacking := [name for name in known if name not in value]:
            return f"{at} lacks {', '.join(lacking)}"
        every = {**(newer or {}), **known}
        if closed and (others := [name for name in value if name not in every]):
            return f"{at} has {shortened(others[0])}, which gpusim does not write"
        found = (
            inner(value[name], f"{name} of {at}" if at else name)
            for name, inner in every.items()
            if name in value
        )
        return next((wrong for wrong in found if wrong), "")

    return shape


METRICS: Final = by_name(fields({"unit": text, "meaning": text}))
"""What `metrics.json` holds: each metric by its name."""
