"""What is filled in where a model leaves a key out and what else it says decides.

A default that holds whatever else a model says stands with its key (`fields.assumed`). These are
the others: a loan's last day follows from its availability and its term, a contract of a model with
one site is there. Each is written into the tree with its reason, so that `models show` tells it and
settings may change it; nobody is asked for its source. What they change stays as they say, and the
rest is filled in anew after them, for it follows from what they changed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from gpusim.economics.debt.covenants import KIND_OF
from gpusim.scenario import schema
from gpusim.scenario.language.fields import KeyPath, reason_and_range
from gpusim.scenario.language.provenance import PROVENANCE
from gpusim.scenario.reading import bundled, catalogue
from gpusim.scenario.reading.extends import read_model
from gpusim.scenario.reading.published.rates import overnight
from gpusim.scenario.reading.tree import NOBODY, Origin, Tree, has
from gpusim.scenario.tables.lending.shares import HARDWARE_KINDS
from gpusim.scenario.tables.market import Market
from gpusim.scenario.tables.sales.tenancies import TENANCY
from gpusim.units_of_measure import add_months

FILLED: Final = "default:"
"""Where what is filled in comes from, as origins tell it."""
MARKETS: Final = ((dt.date(2026, 3, 31), "market-2026q1"), (dt.date(2025, 12, 31), ""))
"""The market of a model of that day or later, laid over base/neocloud.toml; the latest first."""
EARLIEST: Final = "market-2025q1"


class Rule(NamedTuple):
    """A key, what it is where it is left out, and why."""

    path: tuple[str, ...]
    value: Callable[[Tree, KeyPath], Any]  # from the tree and the path of its table; None: nothing
    reason: str
    low: float | None = None
    high: float | None = None


def fill(tree: Tree) -> None:
    """Write what a model leaves out and the rest of it decides. What is no table stays as it is."""
    lay_market(tree)
    for rule in RULES:
        for table in list(_tables(tree.values, rule.path[:-1])):
            if has(tree.get(table), rule.path[-1]) or _is_no_debt(tree, table):
                continue
            value = rule.value(tree, table)
            if value is not None:
                how = reason_and_range(rule.reason, rule.low, rule.high)
                path, origin = (*table, rule.path[-1]), Origin(FILLED, rank=NOBODY, how=how)
                tree.put(path, value, origin)
                tree.filled[path] = origin


def fill_again(tree: Tree) -> None:
    """Fill in anew, after changes, what none of them touched; what they added is filled in too."""
    other_market = tree.market is not None and tree.market != _market_of(tree)
    for path, origin in list(tree.filled.items()):
        if origin.rank != NOBODY and not other_market:
            continue
        if tree.is_untouched(path):
            tree.drop(path)
        del tree.filled[path]
    fill(tree)


def with_reason(key: schema.Key) -> schema.Key:
    """A key of the reference that a rule fills: it need not be given, and why."""
    path = tuple("*" if segment == "NAME" else segment for segment in key.path.split("."))
    if path[0] == "market" and "*" not in path and key.required:
        return key._replace(required=False, default="the base files' market of the as-of day")
    rule = next((rule for rule in RULES if rule.path == path), None)
    if rule is not None:
        reason = reason_and_range(rule.reason, rule.low, rule.high)
        return key._replace(required=False, default=reason)
    if not key.required or key.default:
        return key
    table = next((rule for rule in RULES if rule.path == path[: len(rule.path)]), None)
    if table is not None:
        return key._replace(default=f"with its table: {table.reason}")
    if path[0] in catalogue.NOUNS and path[1:2] == ("*",) and _is_in_the_catalogue(path):
        return key._replace(default=f"as the catalogue has it, with `{catalogue.USE}`")
    return key


def is_filled(path: KeyPath) -> bool:
    """Whether a rule gives what a model leaves out there, unless what the rule goes by is wrong."""
    return any(_begins(rule.path, path) for rule in RULES)


def _begins(pattern: tuple[str, ...], path: KeyPath) -> bool:
    """Whether the key of a pattern is at a path, or below the table there."""
    own = zip(pattern, path, strict=False)
    return len(path) <= len(pattern) and all(want in ("*", have) for want, have in own)


def _is_in_the_catalogue(path: tuple[str, ...]) -> bool:
    """Whether an entry of the newest catalogue has a key of its noun."""
    tree = catalogue.version().tree
    entries = tree.values.get(path[0], {})
    return any(tree.get((path[0], name, *path[2:])) is not None for name in entries)


def lay_market(tree: Tree) -> None:
    """Lay the rental market of base files under a model that states none, or not all of one."""
    own = tree.values.get("market", {})
    required = [key for key, info in schema.fields_of(Market).items() if info.is_required()]
    if not isinstance(own, dict) or all(key in own for key in required):
        return
    base = Tree()
    tree.market = _market_of(tree)
    for name in filter(None, ["neocloud", tree.market]):
        base.merge(read_model(bundled.path_of("operators", f"base/{name}.toml")))
    base.values = {"market": base.values["market"]} | {
        table: {key: body for key, body in base.values[table].items() if key.startswith("market")}
        for table in PROVENANCE
        if table in base.values
    }
    base.origins = {
        path: Origin(o.where, o.line, o.column, 0) for path, o in base.origins.items() if path
    }
    laid = {path: o for path, o in base.origins.items() if tree.get(path) is None}
    tree.under(base)
    tree.filled |= laid


def _market_of(tree: Tree) -> str:
    """The market of a model's as-of day; the latest if it has none."""
    as_of = _date(tree.get(("model", "as_of"))) or MARKETS[0][0]
    return next((name for day, name in MARKETS if as_of >= day), EARLIEST)


def _tables(value: Any, pattern: tuple[str, ...], at: KeyPath = ()) -> Iterator[KeyPath]:
    """The tables at a pattern of keys and `*`; the first key may be that of a table left out."""
    if not pattern:
        if isinstance(value, dict):
            yield at
    elif pattern == ("rates",) and isinstance(value, dict) and "rates" not in value:
        yield ("rates",)
    elif isinstance(value, dict):
        for key in list(value) if pattern[0] == "*" else [pattern[0]]:
            if key in value:
                yield from _tables(value[key], pattern[1:], (*at, key))


def _is_no_debt(tree: Tree, at: KeyPath) -> bool:
    """Whether a debt says neither what may be drawn nor what is outstanding: a misspelt name."""
    debt = tree.get(at[:2]) if at[:1] == ("debt",) else None
    return isinstance(debt, dict) and not {"commitment_usd", "opening"}.intersection(debt)


def _always(value: Any) -> Callable[[Tree, KeyPath], Any]:
    return lambda tree, at: value


def _own_name(tree: Tree, at: KeyPath) -> str:
    return str(at[-1])


def _only(noun: str) -> Callable[[Tree, KeyPath], str | None]:
    """The one table of a noun; nothing where there are none, or several."""

    def name(tree: Tree, at: KeyPath) -> str | None:
        tables = tree.get((noun,))
        return next(iter(tables)) if isinstance(tables, dict) and len(tables) == 1 else None

    return name


def _gpu_of_contract(tree: Tree, at: KeyPath) -> str | None:
    bought = tree.get((*at, "kind")) not in ("backstop", TENANCY)
    return _only("gpus")(tree, at) if bought else None


def _site_of_contract(tree: Tree, at: KeyPath) -> str | None:
    """The one site, if a tranche needs it."""
    homeless = [tranche for tranche in _tranches(tree, at) if not tranche.get("site")]
    placed = tree.get((*at, "kind")) == TENANCY or _gpu_of_contract(tree, at)
    return _only("sites")(tree, at) if homeless and placed else None


def _signed(tree: Tree, at: KeyPath) -> dt.date | None:
    days = [_date(tree.get(("model", "as_of"))), *_starts(tree, at)]
    return min((day for day in days if day), default=None)


def _credited(tree: Tree, at: KeyPath) -> list[int] | None:
    """A term that is missing or wrong is a mistake of its own, and need not be told twice."""
    if has(tree.get(at), "credit_share"):
        return None
    return [1, _whole(tree.get((*at[:-1], "term_months"))) or 1]


def _days_before(tree: Tree, at: KeyPath) -> int | None:
    return None if has(tree.get(at), "due") else 30


def _weights(tree: Tree, at: KeyPath) -> list[float] | None:
    terms = tree.get((*at, "term_months"))
    if not isinstance(terms, list) or not terms:
        return None
    each = [round(1 / len(terms), 9)] * (len(terms) - 1)
    return [*each, 1 - sum(each)]


def _base(tree: Tree, at: KeyPath) -> str:
    return "fixed" if tree.get((*at, "kind")) in ("notes", "convertible") else "SOFR"


def _day_count(tree: Tree, at: KeyPath) -> str:
    by_months = tree.get((*at, "kind")) in ("notes", "convertible", "finance-lease")
    return "30/360" if by_months else "act/360"


def _margin(tree: Tree, at: KeyPath) -> float:
    return 0.09 if tree.get((*at, "base")) == "fixed" else 0.045


def _is_drawn(tree: Tree, at: KeyPath, *kinds: str) -> bool:
    """Whether money can be drawn, from a debt of one of these kinds."""
    debt = tree.get(at)
    return bool(debt.get("commitment_usd")) and debt.get("kind") in kinds


def _of_loans(value: float) -> Callable[[Tree, KeyPath], float | None]:
    return lambda tree, at: value if _is_drawn(tree, at, "delayed-draw") else None


def _amortisation(tree: Tree, at: KeyPath) -> dict[str, Any] | None:
    """An empty table, whose keys have rules of their own."""
    kinds = "delayed-draw", *HARDWARE_KINDS, "notes", "convertible"
    return {} if _is_drawn(tree, at, *kinds) else None


def _every_months(tree: Tree, at: KeyPath) -> int:
    return _whole(tree.get((*at[:-1], "opening", "every_months"))) or 3


def _available_to(tree: Tree, at: KeyPath) -> dt.date | None:
    as_of = _date(tree.get(("model", "as_of")))
    drawn = _is_drawn(tree, at, "delayed-draw", "revolver", *HARDWARE_KINDS, "notes", "convertible")
    return add_months(as_of, 24) if as_of and drawn else None


def _maturity(tree: Tree, at: KeyPath) -> dt.date | None:
    last = _date(tree.get((*at, "available_to")))
    months = _whole(tree.get((*at, "amortisation", "months")))
    return add_months(last, months or 0) if last else None


def _running_costs(tree: Tree, at: KeyPath) -> float | None:
    """Where the lender counts on contract cash."""
    terms = tree.get(at)
    sculpted = tree.get((*at, "amortisation", "law")) == "sculpted"
    return 0.35 if sculpted or terms.get("size_dscr") is not None else None


def _first_test(tree: Tree, at: KeyPath) -> dt.date | None:
    """The first quarter's end a year after the last planned start that the loan finances."""
    contracts = tree.get(("contracts",))
    days = [_date(tree.get(("model", "as_of")))]
    for name, contract in contracts.items() if isinstance(contracts, dict) else ():
        if isinstance(contract, dict) and contract.get("facility") == at[1]:
            days += _starts(tree, ("contracts", name))
    last = max((day for day in days if day), default=None)
    return None if last is None else _quarter_end(add_months(last, 12))


def _quarter_end(day: dt.date) -> dt.date:
    """The last day of a day's quarter.

    >>> _quarter_end(dt.date(2027, 5, 1))
    datetime.date(2027, 6, 30)
    """
    return add_months(dt.date(day.year, (day.month - 1) // 3 * 3 + 1, 1), 3) - dt.timedelta(days=1)


def _curve(tree: Tree, at: KeyPath) -> list[dict[str, Any]] | None:
    as_of = _date(tree.get(("model", "as_of")))
    return [{"date": as_of, "rate": overnight(as_of)[1]}] if as_of else None


def _floor(tree: Tree, at: KeyPath) -> float:
    own = tree.get(("operator", "minimum_cash_usd"))
    return float(own) if isinstance(own, int | float) and not isinstance(own, bool) else 0.0


def _tranches(tree: Tree, at: KeyPath) -> list[dict[str, Any]]:
    parts = tree.get((*at, "tranches"))
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []


def _starts(tree: Tree, at: KeyPath) -> list[dt.date | None]:
    return [_date(tranche.get("start")) for tranche in _tranches(tree, at)]


def _date(value: Any) -> dt.date | None:
    fits = isinstance(value, dt.date) and not isinstance(value, dt.datetime)
    return value if fits and 1990 <= value.year <= 2150 else None


def _whole(value: Any) -> int | None:
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 1_200
    return value if fits else None


_DEBT: Final = ("debt", "*")
_PROGRAMME: Final = ("programme",)
_RAISING: Final = ("raising",)
_MONEY: Final = "margins of 1.75% to 13% over SOFR in models/data/coreweave_debt_terms.csv"
_FIRST: Final = "the first quarter's end a year after the last planned start that it finances"

RULES: Final = (
    Rule(("rates", "curve"), _curve, "flat at the last SOFR up to the as-of day (rates_sofr.csv)"),
    Rule(("sites", "*", "developer"), _own_name, "its own name: it is late for itself alone"),
    Rule(("contracts", "*", "customer"), _own_name, "the contract's name"),
    Rule(("contracts", "*", "gpu"), _gpu_of_contract, "the model's only generation"),
    Rule(("contracts", "*", "site"), _site_of_contract, "the model's only site"),
    Rule(("contracts", "*", "signed"), _signed, "the as-of day, or the first start before it"),
    Rule(("contracts", "*", "prepayment", "days_before_start"), _days_before, "a month", 0, 180),
    Rule(("contracts", "*", "prepayment", "credited_months"), _credited, "level over the term"),
    Rule(("orders", "*", "gpu"), _only("gpus"), "the model's only generation"),
    Rule(("orders", "*", "site"), _only("sites"), "the model's only site"),
    Rule(("segments", "*", "gpu"), _only("gpus"), "the model's only generation"),
    Rule(("segments", "*", "term_weights"), _weights, "all terms as often"),
    Rule((*_DEBT, "kind"), _always("delayed-draw"), "what hardware is financed with"),
    Rule((*_DEBT, "base"), _base, "loans float, notes are fixed"),
    Rule((*_DEBT, "margin"), _margin, f"{_MONEY}; 9% to 9.25% of its notes", 0.0225, 0.13),
    Rule((*_DEBT, "day_count"), _day_count, "act/360 is the custom of loans, 30/360 of notes"),
    Rule((*_DEBT, "seniority"), _always(1), "all alike"),
    Rule((*_DEBT, "advance_rate"), _of_loans(0.7), "0.65 to 0.85 of cost", 0.5, 0.85),
    Rule((*_DEBT, "undrawn_fee"), _of_loans(0.005), "0.5% of DDTL 3.0", 0.0025, 0.01),
    Rule((*_DEBT, "draw_discount"), _of_loans(0.01), "up to 2% in bundled models", 0.0, 0.02),
    Rule((*_DEBT, "amortisation"), _amortisation, "its keys"),
    Rule((*_DEBT, "amortisation", "law"), _always("level"), "equal payments"),
    Rule((*_DEBT, "amortisation", "months"), _always(60), "five years after each draw", 36, 72),
    Rule((*_DEBT, "amortisation", "every_months"), _every_months, "quarterly, as DDTL 1.0", 1, 3),
    Rule((*_DEBT, "available_to"), _available_to, "two years after the as-of day"),
    Rule((*_DEBT, "maturity"), _maturity, "the last day of draws and its repayment's months"),
    Rule((*_DEBT, "running_cost_share"), _running_costs, "0.29 to 0.32 at CoreWeave", 0.25, 0.5),
    *(Rule((*_DEBT, "covenants", kind, "from"), _first_test, _FIRST) for kind in KIND_OF),
    Rule((*_PROGRAMME, "closing_days"), _always(60), "two months", 30, 120),
    Rule((*_PROGRAMME, "availability_months"), _always(24), "two years", 12, 36),
    Rule((*_PROGRAMME, "advance_rate"), _always(0.7), "0.65 to 0.85 of cost", 0.5, 0.85),
    Rule(
        (*_PROGRAMME, "margin_by_rating"),
        _always({"investment-grade": 0.0225, "other": 0.045}),
        "2.25% (DDTL 4.0), 4.0% to 6.5% without such a customer",
    ),
    Rule((*_PROGRAMME, "base_floor"), _always(0.0), "no floor", 0, 0.01),
    Rule((*_PROGRAMME, "undrawn_fee"), _always(0.005), "0.5% of DDTL 3.0", 0.0025, 0.01),
    Rule((*_PROGRAMME, "draw_discount"), _always(0.01), "up to 2% in bundled models", 0.0, 0.02),
    Rule((*_PROGRAMME, "amortisation"), _always({}), "its keys"),
    Rule((*_PROGRAMME, "amortisation", "law"), _always("level"), "equal payments"),
    Rule((*_PROGRAMME, "amortisation", "months"), _always(60), "five years", 36, 72),
    Rule((*_PROGRAMME, "amortisation", "every_months"), _every_months, "quarterly", 1, 3),
    Rule((*_PROGRAMME, "reserve_share"), _always(0.01), "1% of what is drawn: DDTL 2.0", 0, 0.04),
    Rule((*_PROGRAMME, "seniority"), _always(1), "all alike"),
    Rule((*_PROGRAMME, "running_cost_share"), _running_costs, "0.29 to 0.32", 0.25, 0.5),
    Rule((*_RAISING, "months_ahead"), _always(12), "a year", 6, 24),
    Rule((*_RAISING, "floor_usd"), _floor, "operator.minimum_cash_usd"),
    Rule((*_RAISING, "smallest_usd"), _always(1_000_000.0), "less is not worth an issue"),
    Rule((*_RAISING, "leverage_cap"), _always(6.0), "lenders of 2025 bore 6", 4, 8),
    Rule((*_RAISING, "notes", "months"), _always(60), "five years, as CoreWeave's notes", 48, 96),
    Rule((*_RAISING, "notes", "margin"), _always(0.055), "9.25% over SOFR", 0.03, 0.09),
    Rule((*_RAISING, "notes", "costs_share"), _always(0.015), "1.5% in bundled models", 0.01, 0.03),
    Rule((*_RAISING, "notes", "every_months"), _always(6), "coupons of notes"),
    Rule((*_RAISING, "notes", "seniority"), _always(2), "after loans"),
    Rule((*_RAISING, "equity", "discount"), _always(0.05), "5% in bundled models", 0.02, 0.15),
    Rule((*_RAISING, "equity", "costs_share"), _always(0.02), "2% in bundled models", 0.01, 0.05),
    Rule(("equity", "*", "costs_usd"), _always(0.0), "its owners bear them"),
    Rule(("overheads", "*", "line"), _always("administration"), "where nothing else is said"),
)
"""In this order, so that one may rest on those before it."""
