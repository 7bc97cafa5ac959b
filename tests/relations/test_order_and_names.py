"""Tables and lists in another order, or under other names: the same firm."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engines.build import Tables
from tests.relations.relation import Change, Relation, cases, same, same_but

REFERENCES = {
    "gpus": ("gpu", "gpus", "build_gpu"),
    "sites": ("site",),
    "debt": ("facility", "vendor"),
    "customers": ("customer",),
}
"""Keys whose value is the name of a table of that kind."""


def backwards(*kinds: str) -> Change:
    """Top tables of these kinds, last first."""

    def change(tables: Tables) -> None:
        for kind in kinds:
            if kind in tables:
                tables[kind] = dict(reversed(tables[kind].items()))

    return change


def lists_backwards(kind: str, key: str) -> Change:
    """A list in each table of a kind, last first."""

    def change(tables: Tables) -> None:
        for own in tables.get(kind, {}).values():
            own[key] = own.get(key, [])[::-1]

    return change


def bills_backwards(tables: Tables) -> None:
    """Invoices and bills, last first."""
    for kind, name in (
        ("receivables", "invoices"),
        ("payables", "operating"),
        ("payables", "capex"),
    ):
        if name in tables[kind]:
            tables[kind][name] = tables[kind][name][::-1]


def called(kind: str, name: str) -> str:
    """Another name, which sorts the other way round."""
    letters = "".join(chr(ord("a") + ord("z") - ord(c)) if c.islower() else c for c in name)
    return f"{kind} {letters}"


def renamed(kind: str) -> Change:
    """Every table of a kind under another name, wherever it is named."""

    def change(tables: Tables) -> None:
        new = {name: called(kind, name) for name in tables.get(kind, {})}
        if kind == "customers":
            found = {own["customer"] for own in tables.get("contracts", {}).values()}
            new |= {name: called(kind, name) for name in found}
        rename(tables, new, REFERENCES.get(kind, ()))
        if kind in tables:
            tables[kind] = {new[name]: own for name, own in tables[kind].items()}

    return change


def rename(node: Any, new: dict[str, str], keys: tuple[str, ...]) -> None:
    """Replace names that stand under these keys."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(value, dict | list):
            rename(value, new, keys)
        elif key in keys and value in new:
            node[key] = new[value]


def parts_renamed(kind: str, key: str) -> Change:
    """Phases or tranches under other names."""

    def change(tables: Tables) -> None:
        for own in tables.get(kind, {}).values():
            for number, part in enumerate(own.get(key, [])):
                part["name"] = f"part {9 - number}"

    return change


def retitled(tables: Tables) -> None:
    """Other words about the model."""
    tables["model"] |= {"title": "another title", "note": "another note"}


BACKWARDS = {
    "contracts": ("calm-1", "wild-1", "wild-3"),
    "sites": ("calm-1", "wild-3", "still-4"),
    "debt": ("calm-4", "wild-3"),
    "gpus": ("calm-1", "wild-7", "still-5"),
    "assets": ("calm-1", "wild-2", "wild-3", "still-4"),
    "overheads": ("calm-1", "wild-1"),
    "equity": ("wild-2", "wild-3"),
    "segments": ("spot-heavy",),
}
RENAMED = {
    "contracts": ("calm-1", "still-1", "still-3"),  # luck goes by the names of these
    "sites": ("calm-1", "still-3", "still-4"),
    "gpus": ("calm-1", "still-1", "still-3"),
    "customers": ("calm-1", "still-1", "growing"),
    "debt": ("calm-4", "wild-1", "wild-3"),  # and not by the names of these
    "assets": ("calm-1", "wild-1"),
    "overheads": ("calm-1", "wild-1"),
    "equity": ("calm-7", "wild-2"),
}
BY_NAME = {"debt": same_but("headroom_lowest_covenant")}
"""What says a name itself."""
RELATIONS = [
    *(Relation(f"{kind} backwards", backwards(kind), same, BACKWARDS[kind]) for kind in BACKWARDS),
    Relation(
        "debts of one rank backwards",
        backwards("debt"),
        same,
        ("wild-1", "wild-9"),
    ),
    Relation(
        "phases backwards", lists_backwards("sites", "phases"), same, ("calm-1", "wild-0", "wild-4")
    ),
    Relation(
        "tranches backwards",
        lists_backwards("contracts", "tranches"),
        same,
        ("calm-1", "wild-1", "wild-3"),
    ),
    Relation("bills and invoices backwards", bills_backwards, same, ("calm-1", "wild-2")),
    *(
        Relation(f"{kind} renamed", renamed(kind), BY_NAME.get(kind, same), RENAMED[kind])
        for kind in RENAMED
    ),
    Relation("phases renamed", parts_renamed("sites", "phases"), same, ("calm-1", "still-3")),
    Relation(
        "tranches renamed", parts_renamed("contracts", "tranches"), same, ("calm-1", "still-1")
    ),
    Relation("title and note", retitled, same, ("calm-1", "wild-1")),
]


@pytest.mark.parametrize(("relation", "firm"), cases(RELATIONS))
def test_it_is_the_same_firm(relation, firm):
    relation.check(firm)
