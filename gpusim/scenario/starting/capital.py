"""An option of capital: how a model is financed, as a file that is laid over it.

It states tables of financing and nothing else, as a model does; each stands over the model's key by
key. Money that it brings on the as-of day stands against something: new shares at a price
([opening_equity]), or a debt that is owed from that day on (its `opening`). So it has no way to add
cash alone, and the opening balance sheet balances by what it is made of.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

from pydantic import Field

from gpusim.scenario.language.errors import Mistake, dotted, listed, nearest, shown
from gpusim.scenario.language.fields import KeyPath, Problem, Share, Table, Text
from gpusim.scenario.language.provenance import PROVENANCE, is_explained
from gpusim.scenario.paths import NO_CHOICE, Pattern, chooses, parse_path, places
from gpusim.scenario.reading.tree import ADDED, NOBODY, Origin, Tree, paths_of
from gpusim.scenario.tables.balance import FACE_LINES
from gpusim.scenario.tables.lending.raising import OpeningEquity
from gpusim.scenario.tables.lending.shares import HARDWARE_KINDS

HEAD: Final = "capital"
AGAINST: Final = (
    "new shares at a price, [opening_equity], or the opening of a debt: what is raised on the "
    "as-of day stands against one of them"
)
SHARES: Final[KeyPath] = ("operator", "shares_outstanding")
PRICE: Final = "price_usd_per_share"


class CapitalHead(Table):
    """What the option is."""

    title: Text = Field(description="One line that says who finances what [text]")
    reason: Text = Field(description="Why one would [text]")
    without: tuple[str, ...] = Field(
        default=(), description="Debts of the model that it does without [list of names]"
    )


class OfOperator(Table):
    """What of the firm's own terms belongs to its financing; as in a model."""

    shares_outstanding: Any = Field(
        default=None, description="Shares before new ones, where the model states none [shares]"
    )
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
    laid = own.copy()
    laid.texts = own.texts
    laid.drop((HEAD,))
    _keep_shares(tree, laid)
    problems = [
        *_strangers(tree, file),
        *_without(tree, file),
        *_openings(tree, file),
        *_unpriced(tree, file),
        *_explains_others(tree, laid),
    ]
    if problems:
        return [own.mistake(problem) for problem in problems]
    _leave_out(tree, [("debt", name) for name in file.capital.without])
    _leave_out(tree, list(_released(file)))
    rank = 1 + max((origin.rank for origin in tree.origins.values()), default=0)
    laid.origins = {
        path: Origin(o.where, o.line, o.column, rank) for path, o in laid.origins.items() if path
    }
    _unexplain(tree, {path for path, _ in _explained(laid)})
    tree.merge(laid)
    tree.changed += [
        path
        for path in paths_of(laid.values)
        if path and path[0] not in PROVENANCE and not isinstance(laid.get(path), dict)
    ]
    return []


def effect(before: Tree, after: Tree) -> str:
    """What is to be told of an option beside its title: that the model with it is the same."""
    own, other = (
        {name: table for name, table in tree.values.items() if name not in PROVENANCE}
        for tree in (before, after)
    )
    return ", which changes nothing of the model" if own == other else ""


def lent(file: CapitalFile) -> tuple[str, ...]:
    """Its debts that bring cash on the as-of day."""
    return tuple(name for name, debt in file.debt.items() if "opening" in debt)


def _keep_shares(tree: Tree, laid: Tree) -> None:
    """Shares that a model states are how many there are: those of the option are left out."""
    if tree.get(SHARES):
        laid.drop(SHARES)
        _unexplain(laid, {SHARES})


def _strangers(tree: Tree, file: CapitalFile) -> Iterator[Problem]:
    """Contracts and orders that the model has not."""
    for noun, tables in (("contracts", file.contracts), ("orders", file.orders)):
        there = list(_table(tree, noun))
        for name in tables:
            if name not in there:
                expected = f"one of {listed(there)}" if there else f"no [{noun}], as the model"
                found = "none of the model's"
                yield Problem((noun, name), found, expected, nearest(name, there))


def _without(tree: Tree, file: CapitalFile) -> Iterator[Problem]:
    """Debts that it cannot do without: none of the model's, owed already, or stated again."""
    debts = _table(tree, "debt")
    for place, name in enumerate(file.capital.without):
        at: KeyPath = (HEAD, "without", place)
        if name not in debts:
            expected = f"one of {listed(list(debts))}" if debts else "none: the model has no debt"
            yield Problem(at, shown(name), expected, nearest(name, debts))
        elif tree.get(("debt", name, "opening")) is not None:
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
        elif (debt.get("kind") or tree.get(("debt", name, "kind"))) in HARDWARE_KINDS:
            yield Problem(at, "cash of one who pays for hardware", "a debt of another kind")
        elif isinstance(debt["opening"], dict) and debt["opening"].get("accrued_interest_usd"):
            found = "interest of the time before it is lent"
            yield Problem((*at, "accrued_interest_usd"), found, "none")


def _unpriced(tree: Tree, file: CapitalFile) -> Iterator[Problem]:
    """Equity to come that nobody gets shares for."""
    for name, own in file.equity.items():
        at: KeyPath = ("equity", name, PRICE)
        if own.get(PRICE) is None and tree.get(at) is None:
            yield Problem(
                at, "nothing", "the issue price: new money is paid for shares [USD/share]"
            )


def _explains_others(tree: Tree, laid: Tree) -> Iterator[Problem]:
    """Provenance of what the option does not state: a number of the model, or nothing."""
    for pattern, entry in _explained(laid):
        if chooses(pattern):
            yield Problem(entry, *NO_CHOICE)
            continue
        spoken_of = set(_numbers(laid, pattern))
        if others := [path for path in _numbers(tree, pattern) if not _states(laid, path)]:
            found = f"the provenance of {dotted(others[0])}, which the option does not state"
            yield Problem(entry, found, "a path to what it states itself, and to nothing else")
        elif not spoken_of:
            found = "a path that matches no number or date of the option"
            yield Problem(entry, found, "the path of one")


def _states(tree: Tree, path: KeyPath) -> bool:
    """Whether a file gives what is at a path: itself, or in a list that stands for another."""
    value: Any = tree.values
    for segment in path:
        if not isinstance(value, dict):
            return True
        if segment not in value:
            return False
        value = value[segment]
    return True


def _explained(tree: Tree) -> Iterator[tuple[Pattern, KeyPath]]:
    """The path that each entry of sources or assumptions speaks of, and where the entry is."""
    for table in PROVENANCE:
        for key in _table(tree, table):
            yield parse_path(key) or (key,), (table, key)


def _numbers(tree: Tree, pattern: Pattern) -> Iterator[KeyPath]:
    """Numbers and dates at a path, in which * stands for any one name, or below it."""
    for at in places(tree.values, pattern):
        yield from (path for path in paths_of(tree.get(at), at) if is_explained(tree.get(path)))


def _leave_out(tree: Tree, paths: Collection[KeyPath]) -> None:
    """Take values or tables out of a model, and what is said of their numbers."""
    for path in paths:
        tree.drop(path)
    gone = set(paths)
    for path, entry in list(_explained(tree)):
        if any(path[:end] in gone for end in range(1, len(path) + 1)):
            tree.drop(entry)


def _unexplain(tree: Tree, paths: Collection[KeyPath]) -> None:
    """Take out where some numbers of a model come from: they are other numbers now."""
    for path, entry in list(_explained(tree)):
        if path in paths:
            tree.drop(entry)


def _table(tree: Tree, name: str) -> dict[str, Any]:
    """A table of a model; none where it is left out, or no table, which is told later."""
    table = tree.values.get(name)
    return table if isinstance(table, dict) else {}


def _released(file: CapitalFile) -> Iterator[KeyPath]:
    """What no lender finances any more has no share on a loan either, unless the file says one."""
    for noun, tables in (("contracts", file.contracts), ("orders", file.orders)):
        for name, own in tables.items():
            if own.facility == "" and own.loan_share is None:
                yield noun, name, "loan_share"
            if own.vendor == "" and own.vendor_share is None:
                yield noun, name, "vendor_share"


def pay_out(tree: Tree, names: tuple[str, ...]) -> None:
    """What debts bring on the as-of day: cash, less what their lenders keep.

    names: see `lent`. Done once all changes are made, so that cash follows the principal; lines of
    the balance sheet that are left out are summed from the debts.
    """
    told = _table(tree, "balance")
    if "balance" in tree.values and told is not tree.values["balance"]:
        return
    moved: dict[str, float] = {}
    for name in names:
        opening, kind = (tree.get(("debt", name, key)) for key in ("opening", "kind"))
        principal, kept = (_number(opening, key) for key in ("principal_usd", "discount_usd"))
        face = FACE_LINES.get(kind, "") if isinstance(kind, str) else ""
        for line, usd in (
            ("cash_usd", principal - kept),
            (face, principal),
            ("debt_discount_usd", kept),
        ):
            if line in told or line == "cash_usd":
                moved[line] = moved.get(line, 0.0) + usd
    for line, usd in moved.items():
        first = next(iter(names))
        at = tree.origin(("debt", first, "opening"))
        how = (
            f"(with what {listed([dotted(('debt', name, 'opening')) for name in names], 4)} brings)"
        )
        rank = ADDED if line in told else NOBODY
        tree.brought["balance", line] = usd
        usd = round(_number(told, line) + usd, 2)
        tree.put(("balance", line), usd, Origin(at.where, at.line, at.column, rank, how))
    _unexplain(tree, {("balance", line) for line in moved})


def _number(table: Any, key: str) -> float:
    """A number of a table; 0 where there is none, which is told when the model is whole."""
    value = table.get(key, 0.0) if isinstance(table, dict) else 0.0
    return float(value) if isinstance(value, (int, float)) else 0.0
