"""How much each lender lends on the as-of day, by the rule that a run opens with.

The scenario is lowered and its first rule played, on a world whose draws the size does not read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

import numpy as np

from gpusim.economics.closing import opening
from gpusim.economics.core import state
from gpusim.economics.core.array_capacity import copy
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.debt.sizing import (
    CAPS,
    NO_CAP,
    drawn_for_orders,
    loan_caps,
    planned_interest,
)
from gpusim.scenario import Scenario
from gpusim.scenario.lower import Book, lower
from gpusim.scenario.lowering.frame.index import PROGRAMME, programme_loan
from gpusim.scenario.tables.contracts import Contract
from gpusim.scenario.tables.lending.cost_base import counts_interest
from gpusim.units_of_measure import CENTS_PER_USD
from gpusim.world import draw

SEED: Final = 1


class Size(NamedTuple):
    """A sized loan."""

    commitment: float  # [USD]
    caps: dict[str, float]  # those that apply [USD]


def sized(scenario: Scenario, facility: str) -> bool:
    """Whether a lender sizes a loan by cover or by value; a programme's loan by its order."""
    terms = scenario.programme if facility == PROGRAMME else scenario.debt[facility]
    return terms is not None and (terms.size_dscr is not None or terms.size_ltv is not None)


def covered(scenario: Scenario, facility: str) -> bool:
    """Whether the size follows what contracts bring in."""
    terms = scenario.programme if facility == PROGRAMME else scenario.debt[facility]
    return terms is not None and terms.size_dscr is not None


def loan_of(facility: str, contract: str) -> str:
    """Name of the loan that a contract draws on: its own, where the programme lends."""
    return programme_loan(contract) if facility == PROGRAMME else facility


def sizes(scenario: Scenario) -> dict[str, Size]:
    """Every loan's size by its name; none where no lender sizes by cover or value."""
    asked = {c.facility for c in scenario.contracts.values() if c.facility} | set(scenario.debt)
    if not any(sized(scenario, name) for name in asked):
        return {}
    book, s, h, w = _opened(scenario)
    found = {}
    for f, name in enumerate(book.names.facilities):
        row = s.facilities[f]
        if row.size_binds == state.NONE:
            continue
        stated = book.state.facilities[f].commitment
        found[name] = _size(s, h, w, f, int(stated))
    return found


class Construction(NamedTuple):
    """What a loan is planned to lend before the first rent of its contracts."""

    orders: float  # for hardware and buildings [USD]
    interest: float  # that falls due [USD]
    drawn: float  # for that interest [USD]
    room: float  # of its commitment, kept for such draws [USD]
    by_month: tuple[float, ...]  # what is drawn for interest in each month of the run [USD]


def constructions(scenario: Scenario) -> dict[str, Construction]:
    """Every loan that is drawn for interest, by its name. Source: definitions, cost base."""
    if not counts_interest(scenario):
        return {}
    book, s, h, w = _opened(scenario)
    found = {}
    for f, name in enumerate(book.names.facilities):
        if s.terms[s.facilities[f].terms].draws_interest:
            found[name] = _construction(s, h, w, f)
    return found


def _construction(s: state.State, h: state.State, w: state.World, f: int) -> Construction:
    orders = int(drawn_for_orders(h, f))
    fallen, drawn = planned_interest(h, w, f, 0, orders, state.NEVER)
    upto = [planned_interest(h, w, f, 0, orders, int(end))[1] for end in w.month_end]
    room = int(s.facilities[f].interest_room)
    by_month = np.diff(upto, prepend=0) / CENTS_PER_USD
    return Construction(
        orders / CENTS_PER_USD,
        int(fallen) / CENTS_PER_USD,
        int(drawn) / CENTS_PER_USD,
        room / CENTS_PER_USD,
        tuple(by_month.tolist()),
    )


def _opened(scenario: Scenario) -> tuple[Book, state.State, state.State, state.World]:
    """A book; the State that its run opens with, itself and as rules take it; the world."""
    book = lower(scenario)
    world = draw(book.spec, SEED, 0)
    s = copy(book.state, world)
    h, w = to_pointer(s), world_to_pointer(world)
    opening.open_run(h, w)
    return book, s, h, w


def left_to_lend(scenario: Scenario, facility: str, sizes: Mapping[str, Size]) -> float:
    """What a loan can still lend on the as-of day, of its size where it is sized [USD]."""
    debt = scenario.debt[facility]
    used = debt.opening.principal_usd if debt.opening else 0.0
    size = sizes.get(facility)
    return max(0.0, (debt.commitment_usd if size is None else size.commitment) - used)


def _size(s: state.State, h: state.State, w: state.World, f: int, stated: int) -> Size:
    """One loan's size; its caps are worked out again, for a run keeps the least of them only."""
    row = s.facilities[f]
    commitment = int(row.commitment)
    row.commitment = stated
    caps = np.asarray(loan_caps(h, w, f, 0))
    row.commitment = commitment
    limits = {n: float(c) / CENTS_PER_USD for n, c in zip(CAPS, caps, strict=True) if c < NO_CAP}
    return Size(commitment / CENTS_PER_USD, limits)


def at_price(scenario: Scenario, factor: float, contracts: Collection[str]) -> Scenario:
    """The scenario with so many times their price for some contracts."""
    changed = {
        name: _dearer(contract, factor) if name in contracts else contract
        for name, contract in scenario.contracts.items()
    }
    return scenario.model_copy(update={"contracts": changed})


def _dearer(contract: Contract, factor: float) -> Contract:
    price, key = contract.price, contract.price_key
    tranches = [
        t if t.value_usd is None else t.model_copy(update={"value_usd": t.value_usd * factor})
        for t in contract.tranches
    ]
    return contract.model_copy(
        update={
            key: None if price is None else price * factor,
            "price_steps": tuple(
                step.model_copy(update={key: step.price * factor}) for step in contract.price_steps
            ),
            "tranches": tuple(tranches),
        }
    )
