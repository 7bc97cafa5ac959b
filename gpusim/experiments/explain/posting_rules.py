"""Which rule of `economics` posts to which pair of accounts, read from its source.

A rule names the accounts it posts to, or takes them from a helper that returns them by kind. Both
are read from the syntax tree, so the list cannot lag behind the rules.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from gpusim import economics
from gpusim.economics.books.ledger import ACCOUNTS

Names = frozenset[str]
ANY: Names = frozenset(ACCOUNTS)
POST = "post"
SYNONYMS = {"revolver_debt": "revolver"}
"""Constants whose account has another name."""


class Rule(NamedTuple):
    """A rule that posts."""

    name: str  # module.function
    meaning: str  # the first sentence of its docstring
    source: str  # the publication it follows; empty: none is named


class Posts(NamedTuple):
    """A call of `post`: the accounts it may debit and credit."""

    rule: Rule
    debits: Names
    credits: Names

    @property
    def vague(self) -> int:
        """How many pairs it could stand for."""
        return len(self.debits) * len(self.credits)


def rules_of(debit: str, credit: str) -> list[Rule]:
    """The rules that may have posted a pair, the most specific only.

    >>> [rule.name for rule in rules_of("receivables", "revenue_committed")][0]
    'revenue.recognise'
    """
    found = [p for p in all_posts() if debit in p.debits and credit in p.credits]
    least = min((p.vague for p in found), default=0)
    return list(dict.fromkeys(p.rule for p in found if p.vague == least))


@cache
def all_posts() -> tuple[Posts, ...]:
    """Every call of `post` in economics."""
    modules = {
        path.stem: ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(Path(economics.__file__).parent.rglob("*.py"))
    }
    functions = {
        node.name: node
        for tree in modules.values()
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    found = []
    for module, tree in modules.items():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name != POST:
                rule = rule_told(module, node)
                for call in calls(node):
                    debit, credit = (accounts(call.args[n], node, functions) for n in (1, 2))
                    found.append(Posts(rule, debit, credit))
    return tuple(found)


def rule_told(module: str, node: ast.FunctionDef) -> Rule:
    """A rule in words."""
    text = ast.get_docstring(node) or ""
    source = ""
    if "Source:" in text:
        lines = text.split("Source:", 1)[1].split("\n\n", 1)[0].split(">>>", 1)[0]
        source = " ".join(lines.split())
    meaning = " ".join(text.split("\n\n", 1)[0].split())
    return Rule(f"{module}.{node.name}", meaning.split(". ")[0].rstrip("."), source)


def calls(node: ast.FunctionDef) -> Iterator[ast.Call]:
    """Calls of `post` in a function."""
    for inner in ast.walk(node):
        named = isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name)
        if named and inner.func.id == POST:  # type: ignore[attr-defined]
            yield inner  # type: ignore[misc]


def accounts(
    value: ast.expr, within: ast.FunctionDef, functions: dict[str, ast.FunctionDef]
) -> Names:
    """The accounts an argument may stand for."""
    if isinstance(value, ast.Name):
        name = SYNONYMS.get(value.id.lower(), value.id.lower())
        if value.id.isupper() and name in ACCOUNTS:
            return frozenset((name,))
        for node in ast.walk(within):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                target = node.targets[0]
                names = target.elts if isinstance(target, ast.Tuple) else [target]
                for place, each in enumerate(names):
                    if isinstance(each, ast.Name) and each.id == value.id:
                        return returned(node.value, place, functions)
    if isinstance(value, ast.Call):
        return returned(value, 0, functions)
    return ANY


def returned(call: ast.Call, place: int, functions: dict[str, ast.FunctionDef]) -> Names:
    """The accounts a helper returns in a place; all where it returns none by name."""
    helper = functions.get(call.func.id) if isinstance(call.func, ast.Name) else None
    names = set()
    for node in ast.walk(helper) if helper is not None else ():
        if isinstance(node, ast.Return) and node.value is not None:
            parts = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            if place < len(parts) and isinstance(parts[place], ast.Name):
                name = parts[place].id.lower()  # type: ignore[attr-defined]
                names.add(SYNONYMS.get(name, name))
    return frozenset(names & ANY) or ANY
