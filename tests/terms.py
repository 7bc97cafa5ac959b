"""The pages of terms, `docs/terms`: every key of some tables, made from their declarations.

    python -m tests.terms            says which page is not what the declarations say today
    python -m tests.terms --write    writes them

What stands above the tables of a page is written by hand, up to the line MADE; its example is read
as a model by `tests/scenario/test_terms.py`.
"""

from __future__ import annotations

import datetime as dt
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from gpusim.scenario import reference
from gpusim.scenario.reading import catalogue
from gpusim.scenario.schema import Key, choices_at, default_at, on_one_line
from gpusim.scenario.starting.catalogued import Catalogued, asked_for, values_of
from gpusim.scenario.starting.filling import with_reason

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs/terms"
MADE = "<!-- what follows is made by tests/terms.py -->"
TABLES: Final = {
    "firm": ("model", "defaults", "levers", "balance", "receivables", "payables", "market"),
    "contracts": ("contracts", "customers", "segments", "orders"),
    "sites": ("sites", "gpus", "assets", "leases"),
    "loans": ("debt", "programme", "raising", "equity", "opening_equity", "rates"),
    "costs": ("overheads", "operator", "tax"),
}
"""Tables of a model file that a page tells, by its name."""
MODELS: Final = tuple(sorted((ROOT / "models/operators").glob("*.toml")))
HEAD = ("key", "what it says", "unit", "usually", "left out", "for example")
NAMED: Final = "catalogue"
"""The head of a seventh column, where a table may name an entry of the catalogue."""
SOURCED: Final = ("key", "value", "unit", "entries", "source, or range and reason")


def page(name: str) -> str:
    """What a page says below MADE."""
    keys = [key for key in map(with_reason, reference()) if first(key) in TABLES[name]]
    files = {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in MODELS}
    parts, entries = [], values_of(asked_for(None))
    for table in TABLES[name]:
        own = [key for key in keys if first(key) == table]
        assert own, f"no table {table}"
        places = dict.fromkeys(key.path.rpartition(".")[0] for key in own)
        for place in places:
            below = [key for key in own if key.path.rpartition(".")[0] == place]
            kept = [catalogued(key, entries) for key in below]
            named = any(kept)
            rows = [
                (*line(key, files), *((own,) if named else ()))
                for key, own in zip(below, kept, strict=True)
            ]
            head = (*HEAD, NAMED) if named else HEAD
            parts.append(f"## {heading(place)}\n\n{grid(head, rows)}")
        if table in catalogue.NOUNS:
            parts.append(sourced(table, entries))
    return "\n\n".join(parts) + "\n"


def first(key: Key) -> str:
    """The table at the top of a file that a key is in."""
    return key.path.partition(".")[0]


def heading(place: str) -> str:
    """A table as a file says it; one of a list by what its number stands for.

    >>> heading("contracts.NAME.tranches.N")
    '`contracts.NAME.tranches`, each'
    """
    listed = place.endswith(".N")
    name = place.removesuffix(".N").replace(".N.", "[N].")
    return f"`{name}`, each" if listed else f"`[{name}]`"


def grid(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table of Markdown."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for row in rows:
        cells = " | ".join(cell.replace("|", "\\|") for cell in row)
        lines.append(f"| {cells} |")
    return "\n".join(lines)


def catalogued(key: Key, entries: list[Catalogued]) -> str:
    """The values of the catalogue at a key, each with the entries that have it."""
    having: dict[str, list[str]] = {}
    for own in entries:
        if key.path == f"{own.noun}.NAME.{own.key}":
            having.setdefault(toml(own.value), []).append(own.entry)
    return "; ".join(f"`{value}` {', '.join(names)}" for value, names in having.items())


def sourced(noun: str, entries: list[Catalogued]) -> str:
    """Where the numbers of a noun's entries come from: a row for all that have one in common."""
    having: dict[tuple[str, ...], list[str]] = {}
    for own in entries:
        if own.noun == noun and own.kind:
            said = (own.key, f"`{toml(own.value)}`", own.unit, whence(own))
            having.setdefault(said, []).append(own.entry)
    rows = [
        (f"`{key}`", value, unit, ", ".join(names), source)
        for (key, value, unit, source), names in having.items()
    ]
    order = list(dict.fromkeys(row[0] for row in rows))
    rows.sort(key=lambda row: order.index(row[0]))
    return (
        f"## The catalogue's entries for `[{noun}.NAME]`\n\n"
        f'`use = "catalogue/ENTRY"`, or `use = "catalogue"` in a table of its name; what the table '
        f"says itself counts. Version {asked_for(None).version}; `gpusim models catalogue ENTRY` "
        f"shows one.\n\n{grid(SOURCED, rows)}"
    )


def whence(own: Catalogued) -> str:
    """A source with its day, or the range of an assumption and its reason."""
    if own.kind == "source":
        return f"{own.text} (as of {own.as_of})"
    if own.low is None or own.high is None:
        return f"assumption: {own.text}"
    return f"{own.low:,.10g} to {own.high:,.10g}: {own.text}"


def line(key: Key, files: dict[str, Any]) -> tuple[str, ...]:
    """A key's row."""
    at = tuple(0 if part == "N" else part for part in key.path.split("."))
    choices = choices_at(at)
    meaning = f"{key.meaning} (one of {', '.join(choices)})" if choices else key.meaning
    return (
        f"`{at[-1]}`",
        meaning,
        key.unit,
        key.plausible,
        left_out(key, at),
        example(key, files),
    )


def left_out(key: Key, at: tuple[int | str, ...]) -> str:
    """What stands where a key is left out, and why; or that it must be given.

    A value as the reference tells it, without quotes or a point of no use, whether a reason
    follows or not. Empty where what the key says is then not there.
    """
    if key.required:
        return "must be given"
    stands = default_at(at)
    return key.default or ("" if stands in (None, "", (), {}) else on_one_line(stands))


def example(key: Key, files: dict[str, Any]) -> str:
    """The first value that a bundled model's file states, and which."""
    for name, tree in files.items():
        for value in values(tree, key.path.split(".")):
            return f"`{toml(value)}` ({name})"
    return ""


def values(tree: Any, path: list[str]) -> Iterator[Any]:
    """What a file says at a path, where NAME is any key and N any place."""
    if not path:
        if not isinstance(tree, dict):
            yield tree
    elif isinstance(tree, dict):
        keys = list(tree) if path[0] == "NAME" else [path[0]]
        for key in keys:
            if key in tree:
                yield from values(tree[key], path[1:])
    elif isinstance(tree, list) and path[0] == "N":
        for one in tree:
            yield from values(one, path[1:])


def toml(value: Any) -> str:
    """A value as a file has it, short.

    >>> toml(True), toml(850_000_000), toml("SOFR"), toml([1, 36])
    ('true', '850_000_000', '"SOFR"', '[1, 36]')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:_}"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value[:3]))}{', ...' if len(value) > 3 else ''}]"
    return value.isoformat() if isinstance(value, dt.date) else f"{value}"


def whole(name: str) -> str:
    """A page as it should be: what is written by hand, and what is made."""
    by_hand, made, _ = (PAGES / f"{name}.md").read_text(encoding="utf-8").partition(MADE)
    assert made, f"{name}.md lacks the line {MADE}"
    return f"{by_hand}{MADE}\n\n{page(name)}"


def main() -> int:
    """Write the pages, or name those that are stale; 1 where there are any."""
    stale = [name for name in TABLES if (PAGES / f"{name}.md").read_text() != whole(name)]
    if "--write" in sys.argv[1:]:
        for name in stale:
            (PAGES / f"{name}.md").write_text(whole(name), encoding="utf-8")
        return 0
    for name in stale:
        print(
            f"docs/terms/{name}.md is not what the declarations say: python -m tests.terms --write"
        )
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main())
