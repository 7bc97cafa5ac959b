"""What can be changed in a module of rules, one thing at a time, without moving a line.

A change is a piece of text in place of another. Five kinds: a number, a comparison (`<` for `<=`,
`==` for `!=`, `and` for `or`, `min` for `max`, a truth for its opposite), a sign, a day (the next
one). Docstrings, type hints, decorators and what only a type checker reads are left alone.
"""

from __future__ import annotations

import ast
import random
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
RULES = ("gpusim/economics", "gpusim/appraisal")
NO_RULES = ("__init__", "state_pointer")
"""Modules among them that have none: pages of imports, and how compiled code takes a State."""
KINDS = ("number", "comparison", "sign", "day")
COMPARISONS: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
}
SIGNS: dict[type[ast.operator], tuple[str, str]] = {ast.Add: ("+", "-"), ast.Sub: ("-", "+")}
BOUNDS = {"min": "max", "max": "min"}
NAMED = ast.Name | ast.Attribute | ast.Subscript
ONE_ROW = ("clock", "firm", "tax")
DAY = re.compile(r"(^|_)(day|days|due|start|end|opens|closes|month_end)$")


class Change(NamedTuple):
    """A change of a module: the text between two places, and what stands there instead."""

    module: str
    line: int
    column: int  # in bytes, as the parser counts
    last_line: int
    last_column: int
    kind: str
    old: str
    new: str
    names: tuple[str, ...]  # module constants that it changes, where it stands in no rule
    statement: int  # line on which its statement begins

    @property
    def place(self) -> str:
        """Where, as a reader looks for it."""
        return f"{file_of(self.module)}:{self.line}"

    @property
    def said(self) -> str:
        """What, in one line."""
        return f"`{_one_line(self.old)}` -> `{_one_line(self.new)}`"

    def made(self, source: str) -> str:
        """The module with this change."""
        rows = [row.encode() for row in source.splitlines(keepends=True)]
        head = rows[self.line - 1][: self.column]
        tail = rows[self.last_line - 1][self.last_column :]
        rows[self.line - 1 : self.last_line] = [head + self.new.encode() + tail]
        return b"".join(rows).decode()


def modules() -> list[str]:
    """Names of all modules of rules."""
    return sorted(files())


@cache
def files() -> dict[str, str]:
    """Where each module of rules stands, from the root. Of one name, its room tells which it is."""
    paths = [path for room in RULES for path in sorted((ROOT / room).rglob("*.py"))]
    rules = [path for path in paths if path.stem not in NO_RULES]
    known = Counter(path.stem for path in rules)
    names = [p.stem if known[p.stem] == 1 else f"{p.parent.name}.{p.stem}" for p in rules]
    found = {n: p.relative_to(ROOT).as_posix() for n, p in zip(names, rules, strict=True)}
    assert len(found) == len(rules), "two modules of one name in rooms of one name"
    return found


def file_of(module: str) -> str:
    """The file of a module of rules, from the root."""
    return files()[module]


def source_of(module: str) -> str:
    """The text of a module of rules."""
    return (ROOT / file_of(module)).read_text(encoding="utf-8")


def changes(module: str, source: str) -> list[Change]:
    """Every change of a module, by line."""
    return sorted(set(Finder(module, source).found(ast.parse(source), (), 0)))


def sample(count: int, seed: int, only: str | None = None) -> list[Change]:
    """A sample of changes over all modules by their size, kinds as even as a module allows.

    only: all of them in one module. Another seed is another sample; a module's own does not depend
    on what the others hold.
    """
    found = {m: changes(m, source_of(m)) for m in modules() if only in (None, m)}
    shares = shared_out({m: len(c) for m, c in found.items()}, count)
    return [c for m in found for c in drawn(found[m], shares[m], random.Random(f"{seed} {m}"))]


def shared_out(sizes: dict[str, int], count: int) -> dict[str, int]:
    """So many for each module: two if they suffice, and the rest by size.

    >>> shared_out({"a": 1, "b": 10, "c": 90}, 25)
    {'a': 1, 'b': 2, 'c': 22}
    """
    given = {name: min(2, count // len(sizes), size) for name, size in sizes.items()}
    while sum(given.values()) < min(count, sum(sizes.values())):
        left = {
            name: size / (1 + given[name]) for name, size in sizes.items() if size > given[name]
        }
        given[max(left, key=lambda name: left[name])] += 1
    return given


def drawn(found: list[Change], count: int, rng: random.Random) -> list[Change]:
    """So many of a module's changes: one of each kind in turn, no two of one place."""
    by_kind = {kind: [c for c in found if c.kind == kind] for kind in KINDS}
    kinds = [kind for kind in KINDS if by_kind[kind]]
    rng.shuffle(kinds)
    chosen: list[Change] = []
    taken: set[tuple[int, int]] = set()
    while kinds and len(chosen) < count:
        kind = kinds.pop(0)
        rest = [c for c in by_kind[kind] if (c.line, c.column) not in taken]
        if rest:
            chosen.append(rng.choice(rest))
            taken.add((chosen[-1].line, chosen[-1].column))
            kinds.append(kind)
    return sorted(chosen)


class Finder:
    """Walks a module's tree and says what could be changed."""

    def __init__(self, module: str, source: str) -> None:
        self.module = module
        self.rows = [row.encode() for row in source.splitlines(keepends=True)]

    def text(self, line: int, column: int, last_line: int, last_column: int) -> str:
        """The source between two places."""
        rows = self.rows[line - 1 : last_line]
        rows[-1] = rows[-1][:last_column]
        rows[0] = rows[0][column:]
        return b"".join(rows).decode()

    def found(self, node: ast.AST, names: tuple[str, ...], statement: int) -> Iterator[Change]:
        """Changes of a node and of all below it."""
        if is_left_alone(node):
            return
        if isinstance(node, ast.stmt):
            statement = node.lineno
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.col_offset == 0:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = tuple(n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name))
        for kind, at, new in self.here(node):
            yield Change(self.module, *at, kind, self.text(*at), new, names, statement)
        for child in read_by_python(node):
            yield from self.found(child, names, statement)

    def here(self, node: ast.AST) -> Iterator[tuple[str, tuple[int, int, int, int], str]]:
        """Kind, place and new text of each change of one node."""
        match node:
            case ast.Constant(value=bool(value)):
                yield "comparison", span(node), str(not value)
            case ast.Constant(value=int(value)):
                yield "number", span(node), str(value + 1)
                if value > 1:
                    yield "number", span(node), str(value - 1)
            case ast.Constant(value=float(value)):
                new = value + 1.0 if value.is_integer() else value * 1.25
                yield "number", span(node), repr(new if new != value else value * 2.0)
            case ast.Compare(left=left, ops=ops, comparators=rights):
                for before, op, after in zip([left, *rights], ops, rights, strict=False):
                    yield "comparison", *self.between(before, after, *COMPARISONS[type(op)])
            case ast.BoolOp(op=op, values=values):
                old, new = ("and", "or") if isinstance(op, ast.And) else ("or", "and")
                yield "comparison", *self.between(values[0], values[1], old, new)
            case ast.Call(func=ast.Name(id="min" | "max") as called):
                yield "comparison", span(called), BOUNDS[called.id]
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
                if not (is_text(left) or is_text(right)):
                    yield "sign", *self.between(left, right, *SIGNS[type(op)])
            case ast.AugAssign(target=target, op=ast.Add() | ast.Sub() as op, value=value):
                if not is_text(value):
                    yield "sign", *self.between(target, value, *SIGNS[type(op)])
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                yield "sign", span(node), f"({self.text(*span(operand))})"
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield "comparison", span(node), f"({self.text(*span(operand))})"

        if isinstance(node, ast.expr) and is_a_day(node):
            yield "day", span(node), f"({self.text(*span(node))} + 1)"

    def between(
        self, before: ast.expr, after: ast.expr, old: str, new: str
    ) -> tuple[tuple[int, int, int, int], str]:
        """Place and new text of an operator: what stands between its operands."""
        at = (
            before.end_lineno or before.lineno,
            before.end_col_offset or 0,
            after.lineno,
            after.col_offset,
        )
        gap = self.text(*at)
        spelt = rf"\b{old}\b" if old.isalpha() else re.escape(old)
        return at, re.sub(spelt, new, gap, count=1)


def span(node: ast.expr) -> tuple[int, int, int, int]:
    """Where an expression stands."""
    return (
        node.lineno,
        node.col_offset,
        node.end_lineno or node.lineno,
        node.end_col_offset or 0,
    )


def is_left_alone(node: ast.AST) -> bool:
    """Imports, names of types, what only a type checker reads, and the words of an error."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.JoinedStr() | ast.Raise():
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
    return False


def read_by_python(node: ast.AST) -> Iterator[ast.AST]:
    """Children of a node, without hints and decorators; of a type checker's fork the rest."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "bases", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if is_a_base(node, field) and isinstance(
                child, ast.Name | ast.Attribute | ast.Subscript
            ):
                yield from read_by_python(child)
            elif is_a_guard(child) or is_the_one_row(node, child):
                continue
            elif isinstance(child, ast.If) and is_left_alone(child):
                yield from child.orelse
            elif isinstance(child, ast.AST):
                yield child


def is_a_base(node: ast.AST, field: str) -> bool:
    """Whether a field is what is called, looked into or counted: no value by itself."""
    match node:
        case ast.Call(func=ast.Name(id="len")):
            return True
        case ast.Call():
            return field == "func"
        case ast.Attribute() | ast.Subscript():
            return field == "value"
    return False


def is_a_guard(node: object) -> bool:
    """Whether an argument only says that lengths must be equal."""
    return isinstance(node, ast.keyword) and node.arg == "strict"


def is_the_one_row(node: ast.AST, child: object) -> bool:
    """Whether a child is the index of a table that has one row: any other index stops the run."""
    match node:
        case ast.Subscript(value=ast.Attribute(attr=name)):
            return name in ONE_ROW and isinstance(child, ast.Constant)
    return False


def is_text(node: ast.expr) -> bool:
    """Whether an operand of a sum is certainly a word."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    return isinstance(node, ast.JoinedStr | ast.List | ast.Tuple)


def is_a_day(node: ast.expr) -> bool:
    """Whether an expression that is read is, by its name, a day or a number of days."""
    match node:
        case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name, ctx=ast.Load()):
            return bool(DAY.search(name)) and not name.endswith("month_end")
        case ast.Subscript(value=ast.Attribute(attr=name), ctx=ast.Load()):
            return bool(DAY.search(name))
    return False


def _one_line(text: str) -> str:
    return " ".join(text.split())
