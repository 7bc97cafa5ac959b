"""Key paths and settings as they are typed: where they lead to, and what PATH=VALUE asks for."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple, TypeAlias

from gpusim.scenario.language.errors import (
    ANY,
    Mistake,
    shortened,
    shown,
    stands_for_any,
    whole_number,
)
from gpusim.scenario.language.fields import KeyPath, Problem
from gpusim.scenario.language.limits import DEPTH, SETTING
from gpusim.scenario.reading.plain_text import hidden_in, unfit
from gpusim.scenario.reading.slips.find import slips
from gpusim.scenario.reading.slips.values import told_of
from gpusim.scenario.reading.toml.nesting import excess
from gpusim.scenario.reading.tree import Origin, has

Pattern = tuple[str, ...]
"""Segments of a path; * stands for any one name or place in a list, *[KEY:VALUE] for any of those
tables whose key has that value."""
Beyond: TypeAlias = Callable[[Any, Pattern, KeyPath], Iterator[KeyPath]]
"""Further places of what is left of a pattern at a value, and where that value is."""


LeftOut: TypeAlias = Callable[[KeyPath], Any]
"""What a key that is left out means, by its path."""
Op = Literal["set", "times", "plus"]

_SEGMENT = re.compile(r'("(?:[^"\\]|\\.)*")|\'([^\']*)\'|(\*\[[^\[\]]*\]|[^."]+)')


_BARE_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-/]*|30[Ee]?/360")
_BARE_RANGE = re.compile(r"[0-9+\-][0-9_.,%eE+\-]* to [0-9+\-][0-9_.,%eE+\-]*")


def parse_path(text: str) -> Pattern | None:
    """The keys of a dotted path; None if it is none. A name with a dot stands in quotes.

    >>> parse_path("sites.*.delay.probability")
    ('sites', '*', 'delay', 'probability')
    >>> parse_path('customers."Acme Inc.".defaults_on')
    ('customers', 'Acme Inc.', 'defaults_on')
    >>> parse_path("sites.*[region:U.S. south].pue")
    ('sites', '*[region:U.S. south]', 'pue')
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


def nothing(path: KeyPath) -> Any:
    """No key that is left out means anything."""
    del path


def any_one(pattern: Pattern) -> Pattern:
    """A path that a pattern might lead to, for what all of them have alike.

    >>> any_one(("sites", "*[region:texas]", "phases", "*"))
    ('sites', '0', 'phases', '0')
    """
    return tuple("0" if stands_for_any(part) else part for part in pattern)


def children(value: Any, segment: str, at: KeyPath = (), left_out: LeftOut = nothing) -> list[Any]:
    """The keys of a table, or places in a list, that a segment of a pattern leads to.

    at: where the value is.

    >>> children({"a": 1, "b": 2}, "*"), children([7, 8], "1"), children([7, 8], "2")
    (['a', 'b'], [1], [])
    >>> children({"a": {"region": "texas"}, "b": {}}, "*[region:texas]")
    ['a']
    """
    if not isinstance(value, (dict, list)):
        return []
    if stands_for_any(segment):
        every = value if isinstance(value, dict) else range(len(value))
        return [key for key in every if is_chosen(value[key], segment, (*at, key), left_out)]
    if isinstance(value, dict):
        return [segment] if segment in value else []
    if isinstance(value, list):
        place = whole_number(segment)
        if place is not None and has(value, place):
            return [place]
    return []


def chosen_by(segment: str) -> tuple[str, str] | None:
    """Key and value by which a segment chooses among tables; None where it does not.

    >>> chosen_by("*[region: texas]"), chosen_by("*")
    (('region', 'texas'), None)
    """
    match = ANY.fullmatch(segment)
    if match is None or match.group(1) is None:
        return None
    return match.group(1), match.group(2).strip()


NO_CHOICE = ("a path that chooses by a key", "names, or * for any name")
"""What is found and expected where the provenance of numbers would depend on other values."""


def chooses(pattern: Pattern) -> bool:
    """Whether a pattern chooses among tables by a key of theirs."""
    return any(chosen_by(segment) is not None for segment in pattern)


def is_chosen(value: Any, segment: str, at: KeyPath = (), left_out: LeftOut = nothing) -> bool:
    """Whether a segment that stands for any means this value: its key has the value that is named.

    A key that is left out has what that means. at: where the value is.

    >>> is_chosen({"kind": "owned", "pue": 1.2}, "*[kind:owned]"), is_chosen({}, "*[kind:owned]")
    (True, False)
    """
    chosen = chosen_by(segment)
    if chosen is None:
        return True
    key, wanted = chosen
    if not isinstance(value, dict):
        return False
    found = value[key] if key in value else left_out((*at, key))
    return as_chosen(found) == wanted


def as_chosen(value: Any) -> str | None:
    """A value by which tables can be chosen, as it is typed; None where they cannot.

    >>> as_chosen("texas"), as_chosen(dt.date(2026, 3, 31)), as_chosen(True), as_chosen(0.5)
    ('texas', '2026-03-31', 'true', None)
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, (str, int)) else None


def leads_to(pattern: Pattern, path: Pattern, values: Any, left_out: LeftOut = nothing) -> bool:
    """Whether a path of these values, as text, is at or below a pattern."""
    if len(path) < len(pattern):
        return False
    for depth, (segment, name) in enumerate(zip(pattern, path, strict=False), start=1):
        there = children(values, name)
        values = values[there[0]] if there else None
        if not stands_for_any(segment):
            if segment != name:
                return False
        elif not is_chosen(values, segment, path[:depth], left_out):
            return False
    return True


def places(
    value: Any,
    pattern: Pattern,
    at: KeyPath = (),
    beyond: Beyond | None = None,
    left_out: LeftOut = nothing,
) -> Iterator[KeyPath]:
    """Where a pattern leads to in nested tables and lists.

    beyond: what more it may lead to, asked at every value on the way; left_out: what the keys mean
    by which it chooses and which are not there.

    >>> list(places({"sites": {"a": {"mw": [1, 2]}, "b": {}}}, ("sites", "*", "mw", "*")))
    [('sites', 'a', 'mw', 0), ('sites', 'a', 'mw', 1)]
    """
    if not pattern:
        yield at
        return
    for key in children(value, pattern[0], at, left_out):
        yield from places(value[key], pattern[1:], (*at, key), beyond, left_out)
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
    if told := told_of(text):
        return told
    if text[:1] in ("[", "{") and not excess(text):
        try:
            tomllib.loads(f"value = {text}")
        except ValueError as error:
            for slip in slips(f"value = {text}", str(error)):
                return slip.found, slip.expected
    return shortened(text) or "nothing", "a TOML value or a bare word"


def bare_or_toml(text: str) -> Any:
    """A TOML value, or a bare word or range (5 to 8) as a text. Raises: ValueError if none."""
    if more := excess(text):
        raise ValueError(more.found)
    try:
        parsed = tomllib.loads(f"value = {text}")
    except ValueError:
        if _BARE_WORD.fullmatch(text) or _BARE_RANGE.fullmatch(text.strip()):
            return text
        raise
    if set(parsed) != {"value"}:
        raise ValueError(text)
    return parsed["value"]


class Change(NamedTuple):
    """One change: which values, how, by what, and who asked."""

    pattern: Pattern
    op: Op
    value: Any
    origin: Origin
    strategy: bool = False
    optional: bool = False


def refused(text: str) -> Problem | None:
    """What no setting and no option may be; None if the text may be one."""
    if len(text) > SETTING.most:
        return Problem((), f"{len(text):,} characters", str(SETTING))
    if hidden := hidden_in(text):
        return Problem((), hidden, "plain text")
    return None


def parse_setting(text: str, source: str = "--set") -> Change | Mistake:
    """The change that a text asks for: PATH=VALUE, PATH*=FACTOR or PATH+=AMOUNT.

    source: who asks, for messages.
    """
    where = f"{source} {shortened(text)}"
    if problem := refused(text):
        return Mistake(where, 0, 0, "", problem.found, problem.expected)
    setting = split_setting(text)
    if setting is None:
        return Mistake(where, 0, 0, "", "no = sign", "PATH=VALUE, PATH*=FACTOR or PATH+=AMOUNT")
    path, op = setting.path, setting.op
    pattern = parse_path(path)
    if pattern is None:
        expected = f"keys joined by dots before the = sign, {DEPTH}"
        return Mistake(where, 0, 0, shortened(path), shown(path), expected)
    try:
        value = bare_or_toml(setting.value)
    except ValueError:
        return Mistake(where, 0, 0, path, *no_value(setting.value))
    if wrong := next(unfit(value), None):
        return Mistake(where, 0, 0, path, wrong.found, wrong.expected)
    ops: dict[str, Op] = {"=": "set", "*=": "times", "+=": "plus"}
    if op != "=" and (isinstance(value, bool) or not isinstance(value, (int, float))):
        return Mistake(where, 0, 0, path, shown(value), f"a number after {op}")
    return Change(pattern, ops[op], value, Origin(where))
