"""What is wrong with an input, said to the person who wrote it."""

from __future__ import annotations

import datetime as dt
import difflib
import json
import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from gpusim.scenario.language.fields import KeyPath
from gpusim.signs import visible

LONGEST: Final = 60
"""Characters of a text that a message shows."""
DIGITS: Final = 18
"""Digits of a whole number below 2^63."""
UNITS: Final = ("usd", "share", "days", "months", "years", "mw", "kw", "per")
"""First words of a unit at the end of a key."""
ALIKE: Final = 0.8
"""Part of the letters of two names that are the same where one is meant by the other [share]."""
SHORTEST: Final = 3
"""Letters of a word that may be the beginning of another."""
ASKED: Final = 12
"""Most similar names that are looked at."""
NO_LIKENESS: Final = ("usd", "share", "rate", "per", "date")
"""Words that many names end with."""
A_DAY: Final = "a day of the calendar, such as 2026-03-31"
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
ANY = re.compile(r"\*(?:\[([a-z_]+):([^\[\]]+)\])?")
"""A segment of a pattern that stands for any one name or place: *, or of those whose key has a
value alone, as in *[region:texas]."""


class Mistake(NamedTuple):
    """One mistake: where it is, what was found there and what was expected.

    Without `expected`, `found` is the whole message.
    """

    file: str  # as the user knows it, or the --set that gave the value
    line: int  # from 1; 0 where there is no line
    column: int
    key: str  # dotted
    found: str
    expected: str
    nearest: str = ""  # nearest valid name

    def __str__(self) -> str:
        if not self.expected:
            return str(visible(self.found))
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        key = f"{self.key}: " if self.key else ""
        near = f"; nearest valid name: {self.nearest}" if self.nearest else ""
        told = f"{place}: {key}found {self.found}; expected {self.expected}{near}"
        return str(visible(told.replace("\n", "\\n")))


class ScenarioError(Exception):
    """The input is wrong; `mistakes` says how, all at once."""

    def __init__(self, mistakes: Iterable[Mistake | str]) -> None:
        told = {m if isinstance(m, Mistake) else Mistake("", 0, 0, "", m, "") for m in mistakes}
        self.mistakes = tuple(
            sorted(told, key=lambda m: (m.file, m.line, m.column, m.key, m.expected))
        )
        super().__init__(self.mistakes)

    def __str__(self) -> str:
        return "\n".join(map(str, self.mistakes))


def nearest(name: str, names: Iterable[str], cutoff: float = 0.6) -> str:
    """The most similar of some names; empty if none is near, see `is_near`.

    A name that another one begins with, up to an underscore, is that name without its unit.

    >>> nearest("GB30", ["H100", "GB300"]), nearest("price", ["site", "price_usd_per_gpu_hour"])
    ('GB300', 'price_usd_per_gpu_hour')
    >>> nearest("escalator", ["term", "price_escalator"]), nearest("opex", ["opens", "capex"])
    ('price_escalator', '')
    """
    known = list(names)
    whole = [one for one in known if name and one.startswith(f"{name}_")]
    if whole:
        return min(whole, key=lambda one: (not is_with_unit(name, one), len(one)))
    return next(iter(near_ones(name, known, 1, cutoff)), "")


def near_ones(name: str, names: Iterable[str], most: int, cutoff: float = 0.6) -> list[str]:
    """The names that are near one, the most similar first.

    cutoff: what their `difflib` ratio is at least, of those that are asked whether they are near.
    """
    known = {one.lower(): one for one in names}
    close = difflib.get_close_matches(name.lower(), known, n=ASKED, cutoff=cutoff)
    return [known[one] for one in close if is_near(name.lower(), one)][:most]


def is_near(name: str, key: str) -> bool:
    """Whether one of two names may be meant by the other.

    Four fifths of their letters are the same, in the same order, or all but two neighbours that
    have changed places; or each word of the one with fewer
    is a word of the other, alike or its beginning: words that say a unit alone do not count.

    >>> is_near("capex_per_gpu", "capex_usd_per_gpu"), is_near("tax_rate", "advance_rate")
    (True, False)
    >>> is_near("prepay_share", "prepayment.share"), is_near("rental", "renewal")
    (True, False)
    """
    if _are_alike(name, key):
        return True
    few, many = sorted((_words(name), _words(key)), key=len)
    told = set(few) - set(NO_LIKENESS)
    return bool(told) and all(any(_are_alike(word, own) for own in many) for word in few)


def _are_alike(a: str, b: str) -> bool:
    begins = min(len(a), len(b)) >= SHORTEST and (a.startswith(b) or b.startswith(a))
    return begins or _swapped(a, b) or difflib.SequenceMatcher(None, a, b).ratio() >= ALIKE


def _swapped(a: str, b: str) -> bool:
    """Whether two names differ in the order of two neighbouring letters alone.

    >>> _swapped("cahs", "cash"), _swapped("date", "rate")
    (True, False)
    """
    wrong = [n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y]
    apart = len(a) == len(b) and len(wrong) == 2 and wrong[1] == wrong[0] + 1
    return apart and a[wrong[0]] == b[wrong[1]] and a[wrong[1]] == b[wrong[0]]


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[\W_]+", name) if word]


def is_with_unit(name: str, key: str) -> bool:
    """Whether a key is a name and its unit.

    >>> is_with_unit("price", "price_usd_per_gpu_hour"), is_with_unit("price", "price_steps")
    (True, False)
    """
    head, _, tail = key.partition(f"{name}_")
    return not head and tail.split("_")[0] in UNITS


def dotted(path: Iterable[str | int]) -> str:
    """A key path as it is written.

    >>> dotted(("sites", "alpha", "phases", 0, "it_mw"))
    'sites.alpha.phases.0.it_mw'
    """
    return ".".join(quoted_key(str(segment)) for segment in path)


def quoted_key(key: str) -> str:
    """A key, in quotes if TOML demands them."""
    bare = BARE_KEY.fullmatch(key) or stands_for_any(key)
    return key if bare else json.dumps(key, ensure_ascii=False)


def stands_for_any(segment: str) -> bool:
    """Whether a segment of a pattern may lead to several names or places.

    >>> stands_for_any("*"), stands_for_any("*[region:texas]"), stands_for_any("texas")
    (True, True, False)
    """
    return ANY.fullmatch(segment) is not None


def shown(value: Any) -> str:
    """A value in a message.

    >>> shown("glut"), shown(True), shown([1, 2])
    ('"glut"', 'true', 'a list')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(shortened(value), ensure_ascii=False)
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return str(value)


def shortened(text: str) -> str:
    """A text as messages show it: the beginning of a long one."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def whole_number(text: str) -> int | None:
    """A whole number from 0 on in the digits 0 to 9 alone; None if it is none.

    >>> whole_number("12"), whole_number("²"), whole_number("-1")
    (12, None, None)
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else None


def listed(names: Iterable[str], limit: int = 12) -> str:
    """Names for a message: all of a few, the first of many."""
    all_names = list(names)
    more = f" and {len(all_names) - limit} more" if len(all_names) > limit else ""
    return ", ".join(all_names[:limit]) + more if all_names else "(there are none)"


def as_path(path: KeyPath) -> tuple[str, ...]:
    """A key path with its list indexes as text, the way patterns write them."""
    return tuple(str(segment) for segment in path)
