"""An option of capital: how a model is financed, as a file that is laid over it.

It states tables of financing and nothing else, as a model does; each stands over the model's key by
key. Money that it brings on the as-of day stands against something: new shares at a price
([opening_equity]), or a debt that is owed from that day on (its `opening`). So it has no way to add
cash alone, and the opening balance sheet balances by what it is made of.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pydantic import Field

from gpusim.scenario.language.errors import Mistake, dotted, listed, nearest, shown
from gpusim.scenario.language.fields import KeyPath, Problem, Share, Table, Text
from gpusim.scenario.paths import parse_path
from gpusim.scenario.reading.tree import Origin, Tree, paths_of
from gpusim.scenario.tables.balance import FACE_LINES
from gpusim.scenario.tables.lending.debt import LOAN_KIND
from gpusim.scenario.tables.lending.raising import OpeningEquity

HEAD: Final = "capital"
AGAINST: Final = (
    "new shares at a price, [opening_equity], or the opening of a debt: what is raised on the "
    "as-of day stands against one of them"
)
PROVENANCE: Final = ("sources", "assumptions")
NOBODY: Final = -1
"""Rank of a value that follows from others and needs no source of its own."""


class CapitalHead(Table):
    """What the option is."""

    title: Text = Field(description="One line that says who finances what [text]")
    reason: Text = Field(description="Why one would [text]")
    without: tuple[str, ...] = Field(
        default=(), description="Debts of the model that it does without [list of names]"
    )


class OfOperator(Table):
    """What of the firm's own terms belongs to its financing; as in a model."""

    shares_outstanding: Any = Field(default=None, description="Shares before new ones [shares]")
    funding_order: Any = Field(default=None, description="Where money is sought [names]")
    waterfall: Any = Field(default=None, description="What cash pays, in order [names]")
    equity_backstop: Any = Field(default=None, description="Shareholders' promise [table]")


class Financed(Table):
    """Who pays for the hardware of a contract or an order; as in a model."""

    facility: str | None = Field(default=None, description='A [debt] name or "" [name]')
    loan_share: Share | None = Field(default=None, description="Share of cost on it [share]")
    vendor: str | None = Field(default=None, description='A vendor line, or "" [name]')
    vendor_share: Share | None = Field(default=None, description="Share of cost on it [share]")


class CapitalFile(Table):
    """A file of models/capital/."""

    capital: CapitalHead = Field(description="What it is [table]")
    operator: OfOperator = Field(default=OfOperator(), description="Of the firm's terms [table]")
    contracts: dict[str, Financed] = Field(default={}, description="Who pays for them [tables]")
    orders: dict[str, Financed] = Field(default={}, description="Who pays for them [tables]")
    debt: dict[str, dict[str, Any]] = Field(default={}, description="Debt agreements [tables]")
    programme: dict[str, Any] = Field(default={}, description="Terms of new loans [table]")
    raising: dict[str, Any] = Field(default={}, description="New money on foresight [table]")
    equity: dict[str, dict[str, Any]] = Field(default={}, description="Equity to come [tables]")
    opening_equity: OpeningEquity | None = Field(
        default=None, description="New shares paid for on the as-of day [table]"
    )
    sources: dict[str, Any] = Field(default={}, description="Sources by path [tables]")
    assumptions: dict[str, Any] = Field(default={}, description="Assumptions by path [tables]")


def amiss(own: Tree) -> list[Mistake]:
    """What a file says that no option may, whatever else it says."""
    if "balance" in own.values:
        found = "a line of the opening balance sheet"
        return [own.mistake(Problem(("balance",), found, AGAINST))]
    return []


def lay(tree: Tree, own: Tree, file: CapitalFile) -> list[Mistake]:
    """Lay an option of capital over a model; what is wrong with it, with nothing changed then.

    own: the file as it was read; file: the same, validated. What its tables say is checked once
    the model is whole.
    """
    problems = [*_strangers(tree, file), *_without(tree, file), *_openings(tree, file)]
    if problems:
        return [own.mistake(problem) for problem in problems]
    for name in file.capital.without:
        _leave_out(tree, ("debt", name))
    _release(tree, file)
    rank = 1 + max((origin.rank for origin in tree.origins.values()), default=0)
    laid = own.copy()
    laid.texts = own.texts
    laid.drop((HEAD,))
    laid.origins = {
        path: Origin(o.where, o.line, o.column, rank) for path, o in laid.origins.items() if path
    }
    for table in PROVENANCE:
        for key in _keys_of(laid, table):
            _unexplain(tree, parse_path(key) or ())
    tree.merge(laid)
    tree.changed += [
        path
        for path in paths_of(laid.values)
        if path and path[0] not in PROVENANCE and not isinstance(laid.get(path), dict)
    ]
    for name, debt in file.debt.items():
        if "opening" in debt:
            _pay_out(tree, name)
    return []


def _strangers(tree: Tree, file: CapitalFile) -> Iterator[Problem]:
    """Contracts and orders that the model has not."""
    for noun, tables in (("contracts", file.contracts), ("orders", file.orders)):
        there = list(tree.values.get(noun, {}))
        for name in tables:
            if name not in there:
                expected = f"one of {listed(there)}" if there else f"no [{noun}], as the model"
                found = "none of the model's"
                yield Problem((noun, name), found, expected, nearest(name, there))


def _without(tree: Tree, file: CapitalFile) -> Iterator[Problem]:
    """Debts that it cannot do without: none of the model's, owed already, or stated again."""
    debts = tree.values.get("debt", {})
    for place, name in enumerate(file.capital.without):
        at: KeyPath = (HEAD, "without", place)
        if name not in debts:
            expected = f"one of {listed(list(debts))}" if debts else "none: the model has no debt"
            yield Problem(at, shown(name), expected, nearest(name, debts))
        elif "opening" in debts[name]:
            yield Problem(at, f"{shown(name)}, which is owed on the as-of day", "undrawn debt")
        elif name in file.debt:
            yield Problem(at, f"{shown(name)}, which [debt] states", "one of the two")


def _openings(tree: Tree, file: CapitalFile) -> Iterator[Problem]:
    """Money lent on the as-of day is lent by a debt of its own, with no interest accrued yet."""
    for name, debt in file.debt.items():
        at: KeyPath = ("debt", name, "opening")
        if "opening" not in debt:
            continue
        if tree.get(at) is not None:
            found = "the opening of a debt that is owed already"
            yield Problem(at, found, "another debt: what is owed on the as-of day stays owed")
        elif isinstance(debt["opening"], dict) and debt["opening"].get("accrued_interest_usd"):
            found = "interest of the time before it is lent"
            yield Problem((*at, "accrued_interest_usd"), found, "none")


def _leave_out(tree: Tree, path: tuple[str, ...]) -> None:
    """Take a value or table out of a model, and what is said of its numbers."""
    tree.drop(path)
    for table in PROVENANCE:
        for key in _keys_of(tree, table):
            if (parse_path(key) or ())[: len(path)] == path:
                tree.drop((table, key))


def _unexplain(tree: Tree, path: KeyPath) -> None:
    """Take out where a number of a model comes from: it is another number now."""
    for table in PROVENANCE:
        for key in _keys_of(tree, table):
            if (parse_path(key) or ()) == path:
                tree.drop((table, key))


def _keys_of(tree: Tree, table: str) -> list[str]:
    """The paths that a table of sources or assumptions speaks of."""
    return list(tree.values.get(table, {}))


def _release(tree: Tree, file: CapitalFile) -> None:
    """What no lender finances any more has no share on a loan either, unless the file says one."""
    for noun, tables in (("contracts", file.contracts), ("orders", file.orders)):
        for name, own in tables.items():
            if own.facility == "" and own.loan_share is None:
                _leave_out(tree, (noun, name, "loan_share"))
            if own.vendor == "" and own.vendor_share is None:
                _leave_out(tree, (noun, name, "vendor_share"))


def _pay_out(tree: Tree, name: str) -> None:
    """What a debt brings on the as-of day: cash, less what its lender keeps."""
    at: KeyPath = ("debt", name, "opening")
    opening = tree.get(at)
    principal, kept = (_number(opening, key) for key in ("principal_usd", "discount_usd"))
    kind = tree.get(("debt", name, "kind")) or LOAN_KIND
    moved = {"cash_usd": principal - kept, FACE_LINES.get(kind, ""): principal}
    moved["debt_discount_usd"] = kept
    told = tree.values.get("balance", {})
    where = tree.origin(at)
    for line, usd in moved.items():
        if line in told or line == "cash_usd":  # a line left out is summed from the debts
            how = f"(with what {dotted(at)} brings)"
            origin = Origin(where.where, where.line, where.column, NOBODY, how)
            tree.put(("balance", line), round(_number(told, line) + usd, 2), origin)
            _unexplain(tree, ("balance", line))


def _number(table: Any, key: str) -> float:
    """A number of a table; 0 where there is none, which is told when the model is whole."""
    value = table.get(key, 0.0) if isinstance(table, dict) else 0.0
    return float(value) if isinstance(value, (int, float)) else 0.0
