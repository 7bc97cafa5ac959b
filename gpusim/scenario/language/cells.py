"""What a cell of a CSV file means for a key, and what was probably meant by one that is wrong."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final, Literal, get_args, get_origin

LIST_SIGN: Final = ";"
"""What stands between the items of a list in a cell."""
NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
WHOLE: Final = re.compile(r"[+-]?\d{1,18}", re.ASCII)
DECIMAL_COMMA: Final = re.compile(r"([+-]?\d{1,3}(?:[. ]?\d{3})*),(\d+)", re.ASCII)
GROUPS: Final = re.compile(
    r"[+-]?\d{1,3}(?:(?:,\d{3})+|(?:'\d{3})+|(?: \d{3})+)(?:\.\d+)?", re.ASCII
)
DAY_FIRST: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
SLASHES: Final = re.compile(r"(\d{1,4})/(\d{1,2})/(\d{1,4})", re.ASCII)
SCALARS: Final = (int, float, str, bool, dt.date)


def is_list(kind: Any) -> bool:
    """Whether a type is that of a list, of values or of tables."""
    return get_origin(kind) is tuple


def list_of(kind: Any) -> Any:
    """The type of a list of a type."""
    return tuple.__class_getitem__((kind, ...))


def fits(kind: Any) -> bool:
    """Whether a value of this type can stand in a cell."""
    if get_origin(kind) is tuple:
        item = bare(get_args(kind)[0])
        return get_origin(item) is not tuple and fits(item)
    return kind in SCALARS or _is_words(kind)


def _is_words(kind: Any) -> bool:
    """Whether a type is one of some words or whole numbers."""
    return get_origin(kind) is Literal


def bare(kind: Any) -> Any:
    """A type without what is said about it."""
    return get_args(kind)[0] if hasattr(kind, "__metadata__") else kind


def value_of(kind: Any, text: str) -> tuple[Any, str]:
    """What a cell's text means for a key of a type, or None and what is expected."""
    if get_origin(kind) is tuple:
        items = [value_of(bare(get_args(kind)[0]), one.strip()) for one in text.split(LIST_SIGN)]
        if any(value is None for value, _ in items):
            return None, f"{items[0][1]}, several with {LIST_SIGN} between"
        return [value for value, _ in items], ""
    if kind is bool:
        return {"true": True, "false": False}.get(text.lower()), "true or false"
    if kind is dt.date:
        return _date(text), f"a date such as {meant_date(text) or '2027-03-01'}"
    if kind is int or (_is_words(kind) and isinstance(get_args(kind)[0], int)):
        found = int(text) if WHOLE.fullmatch(text) else None
        return found, f"a whole number without separators{_such_as(meant(text, whole=True))}"
    if kind is float:
        number = float(text) if NUMBER.fullmatch(text) else None
        return number, f"a number with a point and without separators{_such_as(meant(text))}"
    return text, ""


def _such_as(meant_by_it: str) -> str:
    return f": {meant_by_it}" if meant_by_it else ""


def meant(text: str, *, whole: bool = False) -> str:
    """How a number would be written that a spreadsheet wrote otherwise; empty if that is unsure.

    whole: whether it is a whole one, in which a comma is never that of a decimal.

    >>> [meant(text) for text in ("3,10", "1.234,5", "1,234.5", "15%", "$3.1", "8,000", "three")]
    ['3.10', '1234.5', '1234.5', '0.15', '3.1', '8000 or 8.000', '']
    >>> meant("8,000", whole=True), meant("8 000", whole=True), meant("4,5", whole=True)
    ('8000', '8000', '')
    """
    bare_text = text.replace("\N{NO-BREAK SPACE}", " ").strip("$\N{EURO SIGN} ")
    if bare_text.endswith("%") and not whole:
        inner = bare_text[:-1].strip()
        number = inner if NUMBER.fullmatch(inner) else meant(inner)
        return f"{float(number) / 100:.10g}" if NUMBER.fullmatch(number) else ""
    grouped = re.sub("[,' ]", "", bare_text) if GROUPS.fullmatch(bare_text) else ""
    if whole:
        return grouped if WHOLE.fullmatch(grouped) else ""
    comma = DECIMAL_COMMA.fullmatch(bare_text)
    decimal = f"{re.sub('[. ]', '', comma[1])}.{comma[2]}" if comma else ""
    plain = bare_text if bare_text != text and NUMBER.fullmatch(bare_text) else ""
    return " or ".join(filter(None, dict.fromkeys((plain, grouped, decimal))))


def meant_date(text: str) -> str:
    """A date that is written otherwise, as it should be; empty if it may be one of two.

    >>> [meant_date(text) for text in ("1.3.2027", "2027/3/1", "3/31/2027", "3/1/2027", "soon")]
    ['2027-03-01', '2027-03-01', '2027-03-31', '', '']
    """
    if found := DAY_FIRST.fullmatch(text):
        parts = [(found[3], found[2], found[1])]
    elif found := SLASHES.fullmatch(text):
        a, b, c = found.groups()
        parts = [(a, b, c)] if len(a) == 4 else [(c, a, b), (c, b, a)]
    else:
        return ""
    dates = {d for y, m, day in parts if (d := _date(f"{int(y):04}-{int(m):02}-{int(day):02}"))}
    return dates.pop().isoformat() if len(dates) == 1 else ""


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
