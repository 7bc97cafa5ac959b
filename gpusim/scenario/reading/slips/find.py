"""What was meant where a text is no TOML: slips, each at its own line, and how it is written.

The parser says where it could not go on; what stands there is held against the slips that people
make. Where a slip is known, the text is read on as if it were not there, so that all are told.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from gpusim.scenario.language.errors import shortened
from gpusim.scenario.reading.slips.values import is_value, told_of
from gpusim.scenario.reading.toml.nesting import STRING, excess

AT: Final = re.compile(
    r"(?P<what>.*?) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of .*)\)"
)
"""What `tomllib` says, and where."""
MOST: Final = 20
"""Slips of a text that are told at once."""
_HIDDEN: Final = re.compile(rf"(?<!\d)(?:{STRING})|#[^\n]*", re.DOTALL)
_TOKEN: Final = re.compile(r"(?:[^,=\[\]{}\n]|(?<=\d),(?=\d))+")
_KEY: Final = r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*"
_SEPARATOR: Final = re.compile(rf"(?P<key>{_KEY}|\"+)[ \t]*(?P<sign>=>|==|:=|->|<-|=:|:)[ \t]*")
_CURLY: Final = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2018\u2019\u201a\u2039\u203a`\u00b4"
_QUOTED: Final = re.compile(rf"[{_CURLY}][^{_CURLY}\n]*[{_CURLY}]|[{_CURLY}]")
_BLANK: Final = re.compile("[\u00a0\u2007\u2009\u202f\u3000\u200b\ufeff]")
_NAMED_DAY: Final = re.compile(
    r"[=\[{,][ \t]*([A-Za-z]{3,9}\.? +\d{1,2}(?:st|nd|rd|th)?, *\d{4})\b", re.ASCII
)
_REMARK: Final = re.compile(r"[ \t]*(?:--|//|;|%|/\*|\*|'|rem\b)", re.IGNORECASE)
_HEADER: Final = re.compile(r"[ \t]*\[")
_TABLES: Final = re.compile(r"[ \t]*(?P<head>\[\[?[^\]\n]*\]\]?)[ \t]*(?:#.*)?", re.MULTILINE)
TWICE: Final = (
    "Cannot overwrite",
    "Cannot declare",
    "Duplicate",
    "Cannot mutate",
    "Cannot redefine",
)
LONGEST_LINE: Final = 5_000
"""A longer line is not looked at: forms of slips are tried at each place of it."""


class Slip(NamedTuple):
    """A place in a text, what is there, what is expected, and what the text is read on with."""

    start: int
    end: int
    found: str
    expected: str
    stand_in: str = ""  # of the same length at most; empty: nothing is read on


class Line(NamedTuple):
    """The line where the parser stopped."""

    text: str
    bare: str  # the same with quotation marks for texts and blanks for comments
    start: int  # where it begins in the whole
    at: int  # where the parser stopped, in the line
    whole: str
    what: str  # what the parser says


def slips(text: str, message: str) -> list[Slip]:
    """The slips of a text, in order; none where the first is not known.

    message: what the parser says of the text.
    """
    found: list[Slip] = []
    while len(found) < MOST:
        slip = _slip(text, message)
        if slip is None:
            break
        found.append(slip)
        if not slip.stand_in or len(slip.stand_in) > slip.end - slip.start:
            break
        text = text[: slip.start] + slip.stand_in.ljust(slip.end - slip.start) + text[slip.end :]
        if excess(text):
            break
        try:
            tomllib.loads(text)
            break
        except ValueError as error:
            message = str(error)
    return found


def _slip(text: str, message: str) -> Slip | None:
    line = _line(text, message)
    if len(line.text) > LONGEST_LINE:
        return None
    for known in KNOWN:
        if slip := known(line):
            return slip._replace(start=slip.start + line.start, end=slip.end + line.start)
    return None


def _line(text: str, message: str) -> Line:
    """The line of which a message speaks; at the end of a text the last that says anything."""
    match = AT.fullmatch(message)
    lines = text.split("\n")
    if match and match["line"]:
        number, at = int(match["line"]) - 1, int(match["column"]) - 1
    else:
        said = [n for n, one in enumerate(lines) if one.split("#")[0].strip()]
        number = said[-1] if said else 0
        at = len(lines[number])
    own = lines[number]
    bare = _HIDDEN.sub(lambda m: (" " if m[0][0] == "#" else '"') * len(m[0]), own)
    start = sum(len(one) + 1 for one in lines[:number])
    return Line(own, bare, start, min(at, len(own)), text, match["what"] if match else message)


def _twice(line: Line) -> Slip | None:
    """A table or a key a second time."""
    if not line.what.startswith(TWICE):
        return None
    here = line.start
    if head := _TABLES.fullmatch(line.text):
        for number, other in enumerate(line.whole[:here].split("\n"), 1):
            own = _TABLES.fullmatch(other)
            if own and own["head"] == head["head"]:
                expected = f"each table once; line {number} has begun it"
                return Slip(0, len(line.text), f"{head['head']} a second time", expected)
        noun = head["head"].strip("[] ").split(".")[0]
        for number, other in enumerate(line.whole[:here].split("\n"), 1):
            named = re.match(rf"[ \t]*{re.escape(noun)}[ \t]*=[ \t]*(?P<file>['\"].*)", other)
            if named:
                own_file = shortened(named["file"].split("#")[0].strip())
                expected = f"a row of {own_file}, which line {number} names, or that line left out"
                return Slip(0, len(line.text), f"{head['head']} beside a file", expected)
            if _HEADER.match(other):
                break
    key = re.match(rf"[ \t]*(?P<key>{_KEY})[ \t]*=", line.text)
    if key:
        for number, other in reversed(list(enumerate(line.whole[:here].split("\n"), 1))):
            if _HEADER.match(other):
                break
            if re.match(rf"[ \t]*{re.escape(key['key'])}[ \t]*=", other):
                expected = f"each key once; line {number} has it too"
                return Slip(0, len(line.text), f"{key['key']} a second time", expected, "#")
    return None


def _curly(line: Line) -> Slip | None:
    """Quotation marks of a word processor."""
    found = _QUOTED.search(line.bare)
    if found is None:
        return None
    inner = found.group().strip(_CURLY)
    return Slip(*found.span(), found.group(), f'straight quotation marks, "{inner}"', "0")


def _blank(line: Line) -> Slip | None:
    """A blank that looks like one."""
    found = _BLANK.search(line.bare)
    if found is None or told_of(line.bare[found.start() - 1 : found.end() + 1].strip()):
        return None
    expected = "the blank of a keyboard"
    return Slip(
        *found.span(), f"a blank of another kind (U+{ord(found.group()):04X})", expected, " "
    )


def _unclosed(line: Line) -> Slip | None:
    """A text without its last quotation mark."""
    at = min((n for n in (line.bare.find(sign) for sign in "\"'") if n >= 0), default=-1)
    ends = [m.end() for m in _HIDDEN.finditer(line.text) if m.group()[0] in "\"'"]
    rest = line.text[max(ends, default=0) :]
    opened = re.search(r"(?:^|[=\[{,])[ \t]*([\"'])", rest if ends else line.text)
    if at < 0 or opened is None or line.at < line.text.find(rest):
        return None
    start = max(ends, default=0) + opened.start(1)
    found = shortened(line.text[start:].strip())
    return Slip(start, len(line.text), found, f"a text that ends with {opened[1]}", "0")


def _backslash(line: Line) -> Slip | None:
    """A backslash in double quotes that stands for nothing."""
    if not ("Unescaped" in line.what or "escape" in line.what.lower() or "hex" in line.what):
        return None
    texts = [m for m in _HIDDEN.finditer(line.text) if m.group()[0] == '"' and "\\" in m.group()]
    if not texts:
        return None
    own = texts[0]
    expected = f"single quotes around a text with \\: '{own.group()[1:-1]}'"
    return Slip(*own.span(), shortened(own.group()), expected, "0")


def _header(line: Line) -> Slip | None:
    """A line that begins a table and does not end as it should."""
    if not _HEADER.match(line.bare) or (line.bare.count("=") and "]" not in line.bare):
        return None
    text = line.bare.strip()
    own = line.text[: len(line.bare.rstrip())].strip()
    two = text.startswith("[[")
    opened, closed = ("[[", "]]") if two else ("[", "]")
    name, end, after = own[len(opened) :].partition("]")
    span = (0, len(line.text))
    name = name.strip()
    if not name.strip("[] "):
        return None
    if not end or (two and not after.startswith("]")):
        return Slip(*span, shortened(own), f"{opened}{name}{closed}")
    after = after[len(closed) - 1 :].strip()
    if after and not after.startswith("#"):
        return Slip(*span, shortened(own), f"{opened}{name}{closed} on a line of its own")
    if re.search(r"[^\w.\-\"' ]| ", re.sub(r" *\. *", ".", name)) and '"' not in name:
        words = [re.sub(r"[^\w\-]+", "-", part.strip()).strip("-") for part in name.split(".")]
        expected = f"{opened}{'.'.join(words)}{closed}, or the name in quotes"
        return Slip(*span, shortened(own), expected)
    return None


def _separator(line: Line) -> Slip | None:
    """Another sign than = between key and value."""
    for found in _SEPARATOR.finditer(line.bare):
        before = line.bare[: found.start()].rstrip()
        if (not before or before[-1] in "{,") and found.start() <= line.at <= found.end():
            key = line.text[found.start("key") : found.end("key")]
            start, end = found.span("sign")
            told = f"{key} {found['sign']}"
            return Slip(start, end, told, f"{key} = ...", "=")
    return None


def _nothing(line: Line) -> Slip | None:
    """A key without a value."""
    for found in re.finditer(rf"(?P<key>{_KEY}|\"+)[ \t]*=[ \t]*(?=$|[,}}])", line.bare):
        if found.start() <= line.at <= found.end():
            key = line.text[found.start("key") : found.end("key")]
            return Slip(
                *found.span(), f"{key} = and nothing", "a value; or no such line", f"{key}=0"
            )
    return None


def _remark(line: Line) -> Slip | None:
    """A comment that begins as other languages have it, or a sentence."""
    text = line.text.strip()
    if _REMARK.match(line.bare):
        return Slip(0, len(line.text), shortened(text), "# before a comment", "#")
    if "=" in line.bare or not text or text[0] in "[{]}\"'" or _inside(line):
        return None
    match = re.match(rf"(?P<key>{_KEY})[ \t]+(?P<value>\S.*)", text)
    if match and is_value(match["value"]):
        expected = f"{match['key']} = {match['value']}"
        return Slip(0, len(line.text), shortened(text), expected, "#")
    return Slip(
        0, len(line.text), shortened(text), "KEY = VALUE, [TABLE], or # before a comment", "#"
    )


def _inside(line: Line) -> str:
    """The innermost bracket that is open at the line's beginning; empty where there is none."""
    return _open(line.whole[: line.start])


def _open(text: str) -> str:
    signs: list[str] = []
    for own in _HIDDEN.sub(lambda m: " " * len(m[0]), text).split("\n"):
        if _TABLES.fullmatch(own) and "=" not in own:
            signs = []
            continue
        for sign in own:
            if sign in "[{":
                signs.append(sign)
            elif sign in "]}" and signs:
                signs.pop()
    return signs[-1] if signs else ""


def _braces(line: Line) -> Slip | None:
    """A table in braces that goes on in the next line, or has a comma at its end."""
    comma = re.search(r",[ \t]*\}", line.bare)
    if comma and comma.start() <= line.at <= comma.end():
        return Slip(
            comma.start(), comma.start() + 1, "a comma before }", "} behind the last value", " "
        )
    rest = line.bare[line.at :].strip()
    if not rest and _open(line.whole[: line.start] + line.text) == "{":
        start = line.bare.rfind("{")
        expected = "all of it on one line, up to }; or a table of its own, [NAME]"
        return Slip(
            max(start, 0), len(line.text), "a { } table that goes on in the next line", expected
        )
    return None


def _value(line: Line) -> Slip | None:
    """A value in another form."""
    if sum_of := re.search(r"=[ \t]*(=[^=].*)", line.bare):
        start, own = sum_of.start(1), sum_of.group(1).rstrip()
        if start <= line.at <= start + 1 and (told := told_of(own)):
            return Slip(start, start + len(own), *told, "0")
    if named := _NAMED_DAY.search(line.bare):
        start, end = named.span(1)
        if start <= line.at <= end and (told := told_of(line.text[start:end])):
            return Slip(start, end, *told, "0")
    for found in _TOKEN.finditer(line.bare):
        if not found.start() <= line.at <= found.end() or not found.group().strip():
            continue
        after = line.bare[found.end() :].lstrip()
        if after.startswith("="):
            continue
        for start, end in _parts(found, line.at):
            own = line.text[start:end]
            if '"' not in line.bare[start:end] and (told := told_of(own)):
                return Slip(start, end, *told, "0")
    return None


def _parts(token: re.Match[str], at: int) -> Iterator[tuple[int, int]]:
    """A token without its blanks; and, where commas part it, the part that the parser is at."""
    for start, text in ((token.start(), token.group()), *_around(token, at)):
        begin = start + len(text) - len(text.lstrip())
        yield begin, begin + len(text.strip())


def _around(token: re.Match[str], at: int) -> Iterator[tuple[int, str]]:
    start = token.start()
    for part in token.group().split(","):
        if start <= at <= start + len(part) and part != token.group():
            yield start, part
        start += len(part) + 1


def _two(line: Line) -> Slip | None:
    """Two values, or two keys, without what parts them."""
    rest = line.bare[line.at :]
    if not rest.strip():
        return None
    where = _open(line.whole[: line.start + line.at])
    if rest.lstrip().startswith(",") and not where:
        expected = "nothing behind a value; each key has a line of its own"
        return Slip(line.at, len(line.text), "a comma at the end", expected, "#")
    if where and re.match(r"[ \t]*[\w\"'{\[]", rest):
        start = line.at if rest[0] in " \t" else line.at - 1
        if line.bare[start : start + 1] in (" ", "\t"):
            told = shortened(line.text[line.at :].strip())
            return Slip(start, start + 1, told, "a comma before it", ",")
    if not where and re.match(rf"[ \t]*{_KEY}[ \t]*=", rest) and line.bare[: line.at].strip():
        told = shortened(line.text[line.at :].strip())
        return Slip(line.at, len(line.text), told, "a line of its own", "#")
    return None


def _bracket(line: Line) -> Slip | None:
    """A list that nothing closes before the next line, or a bracket too many."""
    if _open(line.whole[: line.start]) == "[" and (
        _TABLES.fullmatch(line.text) or re.match(rf"[ \t]*{_KEY}[ \t]*=", line.bare)
    ):
        return Slip(0, len(line.text), "a list that a line before it has begun", "] at its end")
    rest = line.bare[line.at :].strip()
    if rest[:1] in ("]", "}", ")") and rest:
        return Slip(line.at, len(line.text), f"{rest[0]} too many", "one for each that opens")
    if line.bare[line.at : line.at + 1] == "(":
        return Slip(
            line.at, len(line.text), "round brackets", "[ ] around a list, { } around a table"
        )
    if line.at >= len(line.text.rstrip()) and _open(line.whole) == "[":
        return Slip(0, len(line.text), "a list without an end", "] at its end")
    return None


KNOWN: Final[tuple[Callable[[Line], Slip | None], ...]] = (
    _twice,
    _backslash,
    _curly,
    _unclosed,
    _header,
    _separator,
    _remark,
    _nothing,
    _value,
    _blank,
    _braces,
    _two,
    _bracket,
)
"""Slips, those first whose signs mean nothing else."""
