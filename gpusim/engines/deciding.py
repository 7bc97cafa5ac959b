"""What the operator makes of an offer: by its levers, or by a user's strategy, shown a view.

A view is read from State, never from what is to come.
"""

from __future__ import annotations

import math
import numbers
import traceback
from pathlib import Path
from typing import Any

import numpy as np

from gpusim.economics.books.ledger import cash
from gpusim.economics.core.state import NONE, State, World
from gpusim.economics.debt.facilities import total_principal
from gpusim.economics.decisions.capacity_source import capacity_source, hour_cost, start_day
from gpusim.economics.decisions.demand import DECLINED, OUTCOMES, SIGNED_OFFER, decide_bid
from gpusim.economics.plant.market import months_of, term_price
from gpusim.economics.sales.losses import backlog_of
from gpusim.scenario.spec import Names
from gpusim.strategies import Decision, Strategy, StrategyError, View
from gpusim.units_of_measure import CENTS_PER_USD, date_of

MARKETS = ("glut", "balanced", "scarce")


def decide(
    s: State,
    world: World,
    h: State,
    w: World,
    offer: int,
    strategy: Strategy | None,
    names: Names | None,
) -> tuple[int, float]:
    """The verdict on an offer, and the ask over the market's price.

    s, world: to be read; h, w: the same as rules take them. The built-in rule reads the levers; a
    user's object is asked with a view.
    Raises: StrategyError if it fails or does not answer with a usable Decision.
    """
    verdict = int(decide_bid(h, w, offer))
    markup = float(s.policy[0].price_markup)
    if strategy is None:
        return verdict, markup
    decision = asked(strategy, view_of(s, world, h, w, offer, verdict, names))
    if decision.markup is not None:
        markup = float(decision.markup)
    return int(SIGNED_OFFER if decision.sign else DECLINED), markup


def asked(strategy: Strategy, view: View) -> Decision:
    """What a strategy answers.

    Raises: StrategyError if it fails or does not answer with a usable Decision.
    """
    on = f"on the offer of {date_of(view.day)}"
    try:
        decision = strategy.decide(view)
    except (Exception, SystemExit) as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        told = f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})"
        raise StrategyError(f"the strategy failed {on}: {told}") from error
    if not isinstance(decision, Decision) or not isinstance(decision.sign, bool | np.bool_):
        raise StrategyError(
            f"the strategy returned {decision!r} {on}; expected Decision(sign=True or False)"
        )
    markup = decision.markup
    if markup is None:
        return decision
    if not isinstance(markup, numbers.Real) or not 0.0 <= markup < math.inf:
        raise StrategyError(
            f"the strategy returned the markup {markup!r} {on}; expected a number, 1 for the "
            "market's price"
        )
    return decision


def view_of(
    s: State, world: World, h: State, w: World, o: int, verdict: int, names: Names | None
) -> View:
    """The view of an offer on the day it is made."""
    offer = world.offers[o]
    month, gen = int(s.clock[0].month), int(offer.gen)
    today = int(s.clock[0].today)
    site, pooled = capacity_source(h, gen, int(offer.gpus))
    cost = 0.0
    if site != NONE and not pooled:
        start = start_day(h, gen, int(offer.gpus), site, pooled, int(offer.start_days), today)
        cost = hour_cost(h, gen, site, start, int(offer.term_days))
    months = months_of(offer.term_days)
    pools: Any = s.pools
    return View(
        day=today,
        market=MARKETS[world.market[month]],
        gpu=names.gens[gen] if names else str(gen),
        gpus=int(offer.gpus),
        term_days=int(offer.term_days),
        starts_in_days=int(offer.start_days),
        prepayment_share=float(offer.prepayment_share),
        investment_grade=bool(offer.rating == 0),
        payment_days=int(offer.payment_days),
        market_price=float(term_price(w, gen, month, months)) / CENTS_PER_USD,
        markup=float(s.policy[0].price_markup),
        cost=cost / CENTS_PER_USD,
        verdict=OUTCOMES[verdict],
        cash=int(cash(h)) / CENTS_PER_USD,
        debt=int(total_principal(h)) / CENTS_PER_USD,
        backlog=int(backlog_of(h)) / CENTS_PER_USD,
        idle_gpus=int(pools.free[pools.gen == gen].sum()),
        gpus_in_service=int(pools.in_service.sum()),
    )
