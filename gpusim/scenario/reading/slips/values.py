"""Values that are written as people write them and TOML does not: 80,000,000, 5%, 30.9.2026, yes.

Each has a form by which it is known, and how it is written in a model file.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from gpusim.scenario.language import cells
from gpusim.scenario.language.errors import A_DAY, LONGEST, shortened

Told = tuple[str, str]
"""What was found, and what is expected."""

TRUE: Final = ("true", "yes", "on")
FALSE: Final = ("false", "no", "off")
NOTHING: Final = ("null", "none", "nil", "na", "n/a", "nan", "tbd", "-", "?")
MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
TIMES: Final = {
    "k": 1_000,
    "thousand": 1_000,
    "m": 1_000_000,
    "mm": 1_000_000,
    "mn": 1_000_000,
    "mln": 1_000_000,
    "million": 1_000_000,
    "b": 1_000_000_000,
    "bn": 1_000_000_000,
    "billion": 1_000_000_000,
}
"""What a letter or word behind a number multiplies it by."""
CURRENCY: Final = r"(?:us\$|[$\u20ac\u00a3]|usd\b|eur\b|gbp\b)"
_DATE: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_NAMED_DATE: Final = re.compile(
    r"(?P<d>\d{1,2})[ .-]*(?P<m>[a-z]{3,9})\.?[ ,.-]*(?P<y>\d{4})"
    r"|(?P<m2>[a-z]{3,9})\.? *(?P<d2>\d{1,2})(?:st|nd|rd|th)?,? +(?P<y2>\d{4})",
    re.ASCII | re.IGNORECASE,
)
_PERIOD: Final = re.compile(r"\d{4}-?q[1-4]|q[1-4][ -/]?\d{4}|\d{4}-\d{2}", re.ASCII | re.I)
_NUMBER: Final = re.compile(
    rf"(?P<before>{CURRENCY})?\s*(?P<sign>[+\-\u2212\u2013]?)\s*(?P<b2>{CURRENCY})?\s*"
    r"(?P<digits>[\d.][\d.,_' \u00a0]*)(?P<power>e[+-]?\d+)?\s*"
    r"(?:(?P<times>k|thousand|mm?|mn|mln|million|bn?|billion)(?![a-z0-9])\.?)?\s*"
    rf"(?P<after>%|{CURRENCY}|[a-z][a-z0-9/$*.\- ]*)?",
    re.ASCII | re.IGNORECASE,
)
_SUM: Final = re.compile(r"=?\s*[\d_.]+(?:\s*[-+*/x^]\s*\(?[\d_.]+\)?)+|=.+", re.ASCII)
_BY_DASH: Final = re.compile(r"(\d+(?:\.\d+)?) *[-\u2013] *(\d+(?:\.\d+)?)", re.ASCII)
_WORDS: Final = re.compile(r"[^\W\d][\w ./&+\-]*")
_TEXT: Final = re.compile(r"\d+(?:/\d+| [A-Z][\w ./&+\-]*)", re.ASCII)
_NOTE: Final = re.compile(r"(?P<value>\S.*?)\s*(?P<sign>//|;|--|/\*)(?P<rest>.*)")


def told_of(text: str) -> Told | None:
    """What is wrong with a text that is to be a value; None where it has no known form.

    >>> told_of("80,000,000")
    ('80,000,000', '80000000: digits are parted by _ or by nothing')
    >>> told_of("yes"), told_of("0.5"), told_of("owned")
    (('yes', 'true'), None, ('owned', '"owned", in quotes'))
    """
    if len(text) > LONGEST or is_value(text):
        return None
    shown = shortened(text)
    for form in FORMS:
        if expected := form(text):
            if form in MAY_BE_TEXTS and _TEXT.fullmatch(text):
                expected += f'; a text stands in quotes: "{shown}"'
            return shown, expected
    return None


def is_value(text: str) -> bool:
    """Whether a text is one value as TOML has it."""
    try:
        return list(tomllib.loads(f"value = {text}")) == ["value"]
    except ValueError:
        return False


def _day(text: str) -> str:
    found = _DATE.fullmatch(text)
    if found:
        year, month, day = found.groups()
        whole = f"{year}-{int(month):02}-{int(day):02}"
        if not _is_day(whole):
            month_too = "" if 1 <= int(month) <= 12 else f"; there is no month {month}"
            return A_DAY + month_too
        return f"{whole}: month and day have two digits each"
    if named := _NAMED_DATE.fullmatch(text):
        own = named.groupdict()
        name = (own["m"] or own["m2"])[:3].lower()
        if name in MONTHS:
            number = MONTHS.index(name) + 1
            whole = f"{own['y'] or own['y2']}-{number:02}-{int(own['d'] or own['d2']):02}"
            return whole if _is_day(whole) else A_DAY
    if meant := cells.meant_date(text.replace("-", ".") if text.count("-") == 2 else text):
        return f"{meant}: year, month, day"
    slashes = cells.SLASHES.fullmatch(text) or cells.DAY_FIRST.fullmatch(text)
    if slashes or _PERIOD.fullmatch(text):
        return f"{A_DAY}: year, month, day"
    return ""


def _is_day(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _truth(text: str) -> str:
    word = text.lower()
    if word in TRUE + FALSE:
        return "true" if word in TRUE else "false"
    return "a value; a key of which nothing is known is left out" if word in NOTHING else ""


def _number(text: str) -> str:
    """A number with signs that TOML does not take, as it takes it, and which sign it is."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return ""
    own = match.groupdict()
    digits, after = own["digits"].strip().rstrip(","), own["after"] or ""
    plain, why = _digits(digits)
    if not plain:
        return ""
    if own["before"] or own["b2"] or re.fullmatch(CURRENCY, after, re.IGNORECASE):
        why.append("no currency, it stands in the key")
    elif after and after != "%":
        why.append("no unit, it stands in the key")
    if own["sign"] in ("\u2212", "\u2013"):
        why.append("the minus sign of a keyboard, -")
    sign = "-" if own["sign"] in ("-", "\u2212", "\u2013") else ""
    if own["times"]:
        why.append("a number in full")
    told = [f"{sign}{_scaled(one, own)}" for one in plain]
    if (own["times"] or "").lower() == "m":  # or months
        told += [f"{sign}{one}" for one in plain]
    if not why and after != "%" and own["sign"] != "+":
        return ""
    return f"{' or '.join(told)}{': ' if why else ''}{', '.join(why)}"


def _scaled(plain: str, own: dict[str, str | None]) -> str:
    """A number times what stands behind it, in digits."""
    times, after = (own["times"] or "").lower(), own["after"]
    if not times and after != "%":
        return plain + (own["power"] or "")
    number = Decimal(plain + (own["power"] or "")) * TIMES.get(times, 1)
    number = number / 100 if after == "%" else number
    return f"{number.normalize():f}"


def _digits(text: str) -> tuple[list[str], list[str]]:
    """What digits may mean, as TOML writes them, and what is wrong with how they are written."""
    bare = text.replace("_", "")
    if re.fullmatch(r"\.\d+|\d+\.", bare):
        return [f"0{bare}" if bare[0] == "." else f"{bare}0"], ["digits on both sides of the point"]
    if re.fullmatch(r"0+\d+(?:\.\d+)?", bare):
        return [re.sub(r"^0+(?=\d)", "", bare)], ["no zero before the first digit"]
    if re.fullmatch(r"\d+(?:\.\d+)?", bare):
        return [bare], ["a single _ between digits"] if not is_value(text) else []
    if re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}", bare):
        return [bare.replace(".", "")], ["digits are parted by _ or by nothing"]
    meant = cells.meant(bare.replace("\u00a0", " "))
    if not meant:
        return [], []
    decimal = "a point before decimals"
    apart = "digits are parted by _ or by nothing"
    both = " or " in meant
    why = [apart, decimal] if both else [decimal if "." in meant and "," in bare else apart]
    return meant.split(" or "), why


def _sum(text: str) -> str:
    if dash := _BY_DASH.fullmatch(text):
        low, high = dash.groups()
        return f'one number; a range is "{low} to {high}", one to vary {low}:{high}:5'
    return "one number: nothing is worked out in a model file" if _SUM.fullmatch(text) else ""


def _note(text: str) -> str:
    found = _NOTE.fullmatch(text)
    if found is None or not is_value(found["value"]):
        return ""
    return f"{found['value']}{' # ...: a comment begins with #' if found['rest'] else ''}"


def _words(text: str) -> str:
    return f'"{shortened(text)}", in quotes' if _WORDS.fullmatch(text) else ""


MAY_BE_TEXTS: Final = (_number, _sum)
FORMS: Final[tuple[Callable[[str], str], ...]] = (_note, _day, _truth, _number, _sum, _words)
"""In this order: what one knows is not asked of the next."""
