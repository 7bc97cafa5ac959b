"""Key paths and settings as they are typed: PATH=VALUE, PATH*=FACTOR and PATH+=AMOUNT."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeAlias

from gpusim.scenario.language.errors import A_DAY, no_such_day, shortened, whole_number
from gpusim.scenario.language.fields import KeyPath
from gpusim.scenario.language.limits import DEPTH
from gpusim.scenario.reading.nesting import excess
from gpusim.scenario.reading.tree import has

Pattern = tuple[str, ...]
"""Segments of a path; * stands for any one name or place in a list."""
Beyond: TypeAlias = Callable[[Any, Pattern, KeyPath], Iterator[KeyPath]]
"""Further places of what is left of a pattern at a value, and where that value is."""


_SEGMENT = re.compile(r'("(?:[^"\\]|\\.)*")|\'([^\']*)\'|([^."]+)')


_BARE_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-/]*")


def parse_path(text: str) -> Pattern | None:
    """The keys of a dotted path; None if it is none. A name with a dot stands in quotes.

    >>> parse_path("sites.*.delay.probability")
    ('sites', '*', 'delay', 'probability')
    >>> parse_path('customers."Acme Inc.".defaults_on')
    ('customers', 'Acme Inc.', 'defaults_on')
    """
    parts: list[str] = []
    at = 0
    while True:
        match = _SEGMENT.match(text, at)
        if match is None or not match.group().strip() or len(parts) == DEPTH.most:
            return None
        try:
            parts.append(_unquoted(match))
        except ValueError:  # an escape that TOML does not know
            return None
        at = match.end()
        if at == len(text):
            return tuple(parts)
        if text[at] != ".":
            return None
        at += 1


def _unquoted(match: re.Match[str]) -> str:
    """A key as it is named."""
    quoted, literal, bare = match.groups()
    if quoted is not None:
        return next(iter(tomllib.loads(f"{quoted} = 0")))
    return str(literal) if literal is not None else str(bare).strip()


def children(value: Any, segment: str) -> list[Any]:
    """The keys of a table, or places in a list, that a segment of a pattern leads to.

    >>> children({"a": 1, "b": 2}, "*"), children([7, 8], "1"), children([7, 8], "2")
    (['a', 'b'], [1], [])
    """
    if isinstance(value, dict):
        return list(value) if segment == "*" else [segment] if segment in value else []
    if isinstance(value, list):
        if segment == "*":
            return list(range(len(value)))
        place = whole_number(segment)
        if place is not None and has(value, place):
            return [place]
    return []


def places(
    value: Any, pattern: Pattern, at: KeyPath = (), beyond: Beyond | None = None
) -> Iterator[KeyPath]:
    """Where a pattern leads to in nested tables and lists.

    beyond: what more it may lead to, asked at every value on the way.

    >>> list(places({"sites": {"a": {"mw": [1, 2]}, "b": {}}}, ("sites", "*", "mw", "*")))
    [('sites', 'a', 'mw', 0), ('sites', 'a', 'mw', 1)]
    """
    if not pattern:
        yield at
        return
    for key in children(value, pattern[0]):
        yield from places(value[key], pattern[1:], (*at, key), beyond)
    if beyond is not None:
        yield from beyond(value, pattern, at)


class Setting(NamedTuple):
    """A path, what is done there, and by what, as texts."""

    path: str
    op: str  # = or *= or +=
    value: str


def split_setting(text: str) -> Setting | None:
    """The parts of PATH=VALUE, PATH*=FACTOR or PATH+=AMOUNT; None without an equals sign.

    A star after a dot is the last key of the path, not a product.

    >>> split_setting("a.b *= 2"), split_setting("a.*=0.5:0.9:4")
    (Setting(path='a.b', op='*=', value='2'), Setting(path='a.*', op='=', value='0.5:0.9:4'))
    """
    path, sign, value = text.partition("=")
    if not sign:
        return None
    op = "="
    if path.endswith(("*", "+")) and not (path.endswith("*") and path[:-1].strip().endswith(".")):
        path, op = path[:-1], f"{path[-1]}="
    return Setting(path.strip(), op, value.strip())


def key_and_operation(name: str) -> tuple[str, str]:
    """Key and operation of a column or input named PATH, PATH* or PATH+.

    >>> key_and_operation("gpus.*.capex_usd_per_gpu*"), key_and_operation("market.stay.*")
    (('gpus.*.capex_usd_per_gpu', '*='), ('market.stay.*', '='))
    """
    setting = split_setting(f"{name}=")
    assert setting is not None
    return setting.path, setting.op


def no_value(text: str) -> tuple[str, str]:
    """What is found, and what expected, where a text is neither a TOML value nor a bare word."""
    if day := no_such_day(text):
        return day, A_DAY
    return shortened(text) or "nothing", "a TOML value or a bare word"


def bare_or_toml(text: str) -> Any:
    """A TOML value, or a bare word as a text. Raises: ValueError if it is neither."""
    if more := excess(text):
        raise ValueError(more.found)
    try:
        parsed = tomllib.loads(f"value = {text}")
    except ValueError:
        if _BARE_WORD.fullmatch(text):
            return text
        raise
    if set(parsed) != {"value"}:
        raise ValueError(text)
    return parsed["value"]
