"""How many tables a model has, and what lowering would make of them: refused before it is made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from gpusim.scenario.language.fields import KeyPath, Problem
from gpusim.scenario.language.limits import (
    BILLS,
    LOTS,
    LOTS_OF_TRANCHE,
    PHASES,
    STEPS,
    TABLES,
    TRANCHES,
    Limit,
)
from gpusim.scenario.reading.tree import Tree
from gpusim.units_of_measure import microwatts_of

if TYPE_CHECKING:
    from gpusim.scenario.scenario import Scenario

LISTS: tuple[tuple[str, str, Limit], ...] = (
    ("sites", "phases", PHASES),
    ("sites", "tariff_steps", STEPS),
    ("sites", "outages.dated", STEPS),
    ("debt", "margin_steps", STEPS),
    ("overheads", "steps", STEPS),
    ("overheads", "one_offs", STEPS),
    ("contracts", "tranches", TRANCHES),
)
"""Lists in the tables of a noun."""
BILL_LISTS: tuple[KeyPath, ...] = (
    ("receivables", "invoices"),
    ("payables", "operating"),
    ("payables", "capex"),
)


def too_many(tree: Tree) -> Iterator[Problem]:
    """Tables and lists that are longer than a run may have."""
    for noun, limit in TABLES.items():
        yield from _beyond((noun,), _length(tree.get((noun,))), limit)
    for noun, key, limit in LISTS:
        tables = tree.get((noun,))
        count = 0
        for name, table in tables.items() if isinstance(tables, dict) else ():
            own: Any = table
            for part in key.split("."):
                own = own.get(part) if isinstance(own, dict) else None
            count += _length(own)
            if count > limit.most:
                yield from _beyond((noun, name, *key.split(".")), count, limit)
                break
    rises = ("programme", "margin_steps")
    yield from _beyond(rises, _length(tree.get(rises)), STEPS)
    for path in BILL_LISTS:
        yield from _beyond(path, _length(tree.get(path)), BILLS)


def too_many_lots(s: Scenario) -> Iterator[Problem]:
    """Tranches and orders that are cut into more lots than a run may have."""
    lot_mw, count = s.operator.acceptance_lot_mw, 0
    for path, gpu, gpus in _cut(s):
        own = lots_of_tranche(s.gpus[gpu].it_kw_per_gpu, gpus, lot_mw) if gpu else 1
        count += own
        for number, limit in ((own, LOTS_OF_TRANCHE), (count, LOTS)):
            if number > limit.most:
                found = (
                    f"{lot_mw:g} MW, which cuts {path} into {own:,} lots, {count:,} with those "
                    "before it"
                )
                yield Problem(("operator", "acceptance_lot_mw"), found, str(limit))
                return


def _cut(s: Scenario) -> Iterator[tuple[str, str, int]]:
    """What may be cut into lots: its path, the generation that is bought ("": none), its GPUs."""
    for name, contract in s.contracts.items():
        if contract.kind != "take-or-pay":
            continue
        for place, tranche in enumerate(contract.tranches):
            bought = tranche.hardware.status != "in-service"
            path = f"contracts.{name}.tranches.{place}"
            yield path, contract.gpu if bought else "", tranche.gpus
    for name, order in s.orders.items():
        yield f"orders.{name}", order.gpu, order.gpus


def lots_of_tranche(kw_per_gpu: float, gpus: int, lot_mw: float) -> int:
    """How many lots a tranche is taken in: each has at most a lot's power, and one GPU at least.

    kw_per_gpu [kW of IT]; gpus [GPUs]; lot_mw [MW of IT].

    >>> lots_of_tranche(2.0, 30_000, 50.0), lots_of_tranche(2.0, 3, 1e-9)
    (2, 3)
    """
    lot = max(1, microwatts_of(mw=lot_mw))
    return min(gpus, -(-gpus * microwatts_of(kw=kw_per_gpu) // lot))


def _length(value: Any) -> int:
    return len(value) if isinstance(value, (dict, list)) else 0


def _beyond(path: KeyPath, count: int, limit: Limit) -> Iterator[Problem]:
    if count > limit.most:
        yield Problem(path, f"{count:,}", str(limit))
