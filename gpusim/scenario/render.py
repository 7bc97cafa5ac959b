"""A scenario as text: one TOML file that says everything, and where each value came from."""

from __future__ import annotations

import datetime as dt
import json
import re
import textwrap
import tomllib
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from gpusim.scenario.language.errors import dotted, quoted_key
from gpusim.scenario.language.fields import KeyPath, why_default
from gpusim.scenario.reading.tree import has
from gpusim.scenario.scenario import Scenario


def resolved_toml(scenario: Scenario, columns: int | None = None) -> str:
    """The scenario as TOML that loads to an equal one; each value has its origin as a comment.

    Defaults of keys that have no effect are left out. columns: of a screen, on which what is longer
    goes on below; a name that is longer stays whole.
    """
    values = scenario.plain()
    for key, entry in values["sources"].items():
        if set(entry) == {"source"}:
            values["sources"][key] = entry["source"]
    for name, site in scenario.sites.items():
        for key in site.idle_keys:
            if key not in site.model_fields_set:
                del values["sites"][name][key]
    lines = list(_table(scenario, (), values, header=""))
    width = min(60, max((len(text) for text, origin in lines if origin), default=0))
    out = [line for text, origin in lines for line in folded(text, origin, width, columns)]
    return "\n".join(out).strip("\n") + "\n"


def folded(text: str, origin: str, width: int, columns: int | None) -> Iterator[str]:
    """A line with its comment; on a screen that is narrower the comment above it, each in parts.

    >>> list(folded("a = 1", "default: as is", 13, 12))
    ['# default:', '# as is', 'a = 1']
    """
    line = f"{text:<{width}}  # {origin}" if origin else text
    if columns is None or len(line) <= columns:
        yield line
        return
    if origin:
        yield from textwrap.wrap(
            origin, columns, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False
        )
    yield from _folded_value(text, columns)


def _folded_value(text: str, columns: int) -> Iterator[str]:
    """A key with a text or a list that goes on below, as TOML has it."""
    key, sign, value = text.partition(" = ")
    if len(text) <= columns or not sign or value[:1] not in ('"', "[") or value[:2] == '" ':
        yield text
    elif value[0] == '"':
        yield f'{key} = """\\'
        yield from _parts_of(f'{value[1:-1]}"""', columns)
    else:
        yield f"{key} = ["
        for item in tomllib.loads(text)[next(iter(tomllib.loads(text)))]:
            one = f"{toml_value(item)},"
            if len(one) <= columns or one[0] != '"':
                yield one
            else:
                yield '"""\\'
                yield from _parts_of(f'{one[1:-2]}""",', columns)
        yield "]"


def _parts_of(text: str, columns: int) -> Iterator[str]:
    """A text between quotation marks in lines that a backslash ends; blanks stay before it."""
    line = ""
    for word in re.findall(r"(?:\\u[0-9A-Fa-f]{4}|\\.|[^ \\])+ *| +", text):
        if line and len(line) + len(word) > columns - 1:
            yield f"{line}\\"
            line = ""
        while len(word) > columns - 1:
            head = re.match(rf"(?:\\u[0-9A-Fa-f]{{4}}|\\.|[^\\]){{1,{columns - 8}}}(?! )", word)
            if head is None:
                break
            yield f"{head.group()}\\"
            word = word[head.end() :]
        line += word
    yield line


def origin_of(scenario: Scenario, path: KeyPath) -> str:
    """Where a value was written, or that it is a default."""
    written: Any = scenario.tree.values
    for place, segment in enumerate(path):
        if isinstance(written, str):  # a source given as a bare text
            break
        if not has(written, segment):
            return _why(scenario, path, place)
        written = written[segment]
    return str(scenario.tree.origin(path))


def _why(scenario: Scenario, path: KeyPath, left_out: int) -> str:
    """Why a key has the value it has where it, or a table around it, is left out.

    left_out: place of the first segment that is not written; what it says speaks for all in it.
    """
    here: Any = scenario
    for place, segment in enumerate(path):
        if not isinstance(here, BaseModel):
            here = here[segment]
            continue
        fields = {info.alias or name: name for name, info in type(here).model_fields.items()}
        name = fields[str(segment)]
        told = why_default(type(here).model_fields[name]) if place >= left_out else ""
        if told:
            return f"default: {told}"
        here = getattr(here, name)
    return "default"


def toml_value(value: Any) -> str:
    """A value that is no table, in TOML.

    >>> toml_value([1, 2.5, "a"])
    '[1, 2.5, "a"]'
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    if isinstance(value, (dt.date, dt.datetime, dt.time)):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(toml_value(item) for item in value)}]"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return f"{int(value):_}"
    return f"{value:_}" if isinstance(value, int) else repr(value)


def _table(
    scenario: Scenario, path: KeyPath, table: dict[str, Any], header: str
) -> Iterator[tuple[str, str]]:
    """Lines of a table and of those below it, each with its origin."""
    below = []
    only_tables = bool(table) and all(isinstance(value, dict) for value in table.values())
    if header and (header.startswith("[[") or not only_tables):
        yield "", ""
        yield header, ""
    for key, value in table.items():
        if isinstance(value, dict) or _is_tables(value):
            below.append((key, value))
        else:
            origin = " ".join(origin_of(scenario, (*path, key)).split())
            yield f"{quoted_key(key)} = {toml_value(value)}", origin
    for key, value in below:
        inner = (*path, key)
        name = dotted(segment for segment in inner if not isinstance(segment, int))
        if isinstance(value, dict):
            yield from _table(scenario, inner, value, f"[{name}]")
            continue
        for place, item in enumerate(value):
            yield from _table(scenario, (*inner, place), item, f"[[{name}]]")


def _is_tables(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and bool(value) and isinstance(value[0], dict)
