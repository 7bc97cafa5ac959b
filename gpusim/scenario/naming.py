"""Names of rows that arose during a run: signed offers, renewals, loans and orders for them."""

from __future__ import annotations

from collections import Counter
from typing import Final

from gpusim.economics.core.agenda import PHASES
from gpusim.economics.core.records import Rows
from gpusim.economics.core.state import (
    CONTRACTS,
    CUSTOMERS,
    FACILITIES,
    NONE,
    ORDERS,
    TRANCHES,
    Offer,
    State,
)
from gpusim.scenario.spec import Names

NOUNS: Final = {
    "GIVE_BACK": "hall",
    "SIGN": "contract",
    "RAISE": "raise",
    "CLOSE": "facility",
    "LAPSE": "facility",
    "HANDOVER": "hall",
    "ENERGISE": "hall",
    "RETIRE": "asset",
    "PREPAY": "contract",
    "COLLECT": "invoice",
    "DEFAULT": "customer",
    "NOTICE": "tranche",
    "LEAVE": "tranche",
    "END": "tranche",
    "RESET": "tranche",
    "LONG_STOP": "tranche",
    "RETURN": "tranche",
    "SELL": "asset",
    "OFFER": "offer",
    "PLAN": "desk",
    "NEED": "order",
    "FUND": "treasury",
    "PLACE": "order",
    "DELIVER": "order",
    "INSTALL": "site",
    "FITTED": "order",
    "ACCEPT": "order",
    "PLANNED_START": "tranche",
    "ALLOCATE": "pool",
    "START": "tranche",
    "SERVE": "facility",
    "PAY": "bill",
    "MONTH": "books",
}
"""Whose row the subject of an event is."""
NAMELESS: Final = ("treasury", "books", "desk")


def called(names: Names, phase: int, row: int) -> str:
    """What the subject of an event is called; rows without a name are numbered."""
    noun = NOUNS[PHASES[phase]]
    known: dict[str, list[str]] = {
        "contract": names.contracts,
        "customer": names.customers,
        "facility": names.facilities,
        "hall": names.halls,
        "asset": names.assets,
        "order": names.orders,
        "tranche": names.tranches,
        "site": names.sites,
        "pool": names.pools,
    }
    if noun in NAMELESS:
        return ""
    rows = known.get(noun, [])
    return rows[row] if row < len(rows) else f"{noun} {row}"


def bought_as(s: State, k: int) -> str:
    """What GPUs are that a pool buys for failed ones and as spares, as far as one can tell.

    Of a generation that never fails, or keeps no spares, they are the other; else an order may be
    of both.
    """
    gen = s.gens[s.pools[s.orders[k].pool].gen]
    if gen.failure_rate <= 0.0:
        return "spares"
    return "replacement" if gen.spare_share <= 0.0 else "upkeep"


def new_tranches(names: Names, s: State, contracts: list[str]) -> list[str]:
    """Names of all tranches of a finished run; those of the scenario come first, unchanged."""
    tranches, rests, lots = list(names.tranches), Counter[int](), Counter[int]()
    new = range(len(tranches), s.count[TRANCHES])
    whole = Counter(int(s.tranches[k].contract) for k in new if s.tranches[k].rest_of == NONE)
    for k in new:
        contract, root = int(s.tranches[k].contract), int(k)
        while s.tranches[root].rest_of != NONE:
            root = int(s.tranches[root].rest_of)
        if root != k:
            rests[root] += 1
            tranches.append(f"{tranches[root]}.rest.{rests[root]}")
            continue
        several = f".lot.{lots[contract]}" if whole[contract] > 1 else ""
        tranches.append(f"{contracts[contract]}.tranches.0{several}")
        lots[contract] += 1
    return tranches


def grown(names: Names, s: State, offers: Rows[Offer]) -> Names:
    """The names of all rows of a finished run; those of the scenario come first, unchanged.

    A signed offer is called new.SEGMENT.1 and so on in order of signature, its lots are numbered if
    there are several; a renewal is called after the contract it renews, what a tranche was short of
    when it started TRANCHE.rest.1; notes issued in the run are raising.notes.1 and so on.
    """
    segment = {int(offers[o].id): names.segments[offers[o].segment] for o in range(len(offers))}
    known = {int(s.contracts[c].id): name for c, name in enumerate(names.contracts)}
    count: Counter[str] = Counter()
    contracts = list(names.contracts)
    for c in range(len(contracts), s.count[CONTRACTS]):
        who = int(s.contracts[c].id)
        root = known.get(who)
        if root is None:
            count[segment[who]] += 1
            root = f"new.{segment[who]}.{count[segment[who]]}"
            known[who] = root
            contracts.append(root)
            continue
        count[root] += 1
        contracts.append(f"{root}.renewal.{count[root]}")
    customers = list(names.customers)
    customers += [known[int(s.customers[k].id)] for k in range(len(customers), s.count[CUSTOMERS])]
    facilities = list(names.facilities)
    for f in range(len(facilities), s.count[FACILITIES]):
        lent_for = s.facilities[f].contract
        if lent_for == NONE:
            count["raising"] += 1
            facilities.append(f"raising.notes.{count['raising']}")
        else:
            facilities.append(f"programme.{contracts[lent_for]}")
    tranches = new_tranches(names, s, contracts)
    orders = list(names.orders)
    for k in range(len(orders), s.count[ORDERS]):
        tranche = s.orders[k].tranche
        aim = bought_as(s, k) if s.orders[k].replacement else "pool"
        orders.append(f"{aim}.{k}" if tranche == NONE else tranches[tranche])
    return names._replace(
        contracts=contracts,
        customers=customers,
        facilities=facilities,
        tranches=tranches,
        orders=orders,
    )
