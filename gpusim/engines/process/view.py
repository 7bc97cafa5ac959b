"""What a user's strategy is shown of an offer: read from State, never from what is to come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpusim.economics.contracts import backlog_of
from gpusim.economics.demand import OUTCOMES
from gpusim.economics.facilities import total_principal
from gpusim.economics.ledger import cash
from gpusim.economics.market import months_of, term_price
from gpusim.economics.places import POOL, hour_cost, place_of
from gpusim.economics.state import NONE
from gpusim.strategies import View
from gpusim.units import CENTS_PER_USD

if TYPE_CHECKING:
    from gpusim.engines.process.simulation import Simulation

MARKETS = ("glut", "balanced", "scarce")


def view_of(sim: Simulation, o: int, verdict: int) -> View:
    """The view of an offer on the day it is made."""
    s, h, offer = sim.s, sim.h, sim.world.offers[o]
    month, gen = int(s.clock[0].month), int(offer.gen)
    today = int(sim.env.now)
    site = int(place_of(h, gen, int(offer.gpus)))
    cost = 0.0
    if site not in (POOL, NONE):
        cost = hour_cost(h, gen, site, float(s.levers[0].capital_rate))
    months = months_of(offer.term_days)
    return View(
        day=today,
        market=MARKETS[sim.world.market[month]],
        gpu=sim.names.gens[gen] if sim.names else str(gen),
        gpus=int(offer.gpus),
        term_days=int(offer.term_days),
        starts_in_days=int(offer.start_days),
        prepayment_share=float(offer.prepayment_share),
        investment_grade=bool(offer.rating == 0),
        payment_days=int(offer.payment_days),
        market_price=float(term_price(sim.w, gen, month, months)) / CENTS_PER_USD,
        markup=float(s.levers[0].price_markup),
        cost=cost / CENTS_PER_USD,
        verdict=OUTCOMES[verdict],
        cash=int(cash(h)) / CENTS_PER_USD,
        debt=int(total_principal(h)) / CENTS_PER_USD,
        backlog=int(backlog_of(h)) / CENTS_PER_USD,
        idle_gpus=int(s.gens[gen].free),
        gpus_in_service=sum(int(s.gens[g].in_service) for g in range(len(s.gens))),
    )
