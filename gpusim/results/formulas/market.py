"""How the figures of the market are worked out: its state, the base rate, and each GPU's prices.

They are drawn, so that they go on when a firm ends; nothing that an operator does moves them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from gpusim.economics.core.state import Floats
from gpusim.results.metric import NO_RENT, NO_RESALE, Books, Compute, Values, undefined_where
from gpusim.results.payload import PATHS_OF_A_GPU, SHARED_PATHS
from gpusim.scenario.lowering.frame.index import MARKET_STATES
from gpusim.units_of_measure import CENTS_PER_USD

OfGpu: TypeAlias = Callable[[Books, int], Values]
"""Of the generation at a place of the model."""


def base_rate(books: Books) -> Values:
    """Base rate, mean of the period's months [1/year]."""
    rate = books.panel.market[:, SHARED_PATHS.index("base_rate")]
    return Values(books.means(rate), None)


def months_in(state: str) -> Compute:
    """Share of the period's months that the market spends in a state, glut or scarce."""

    def share(books: Books) -> Values:
        states = books.panel.market[:, SHARED_PATHS.index("market")]
        there = np.where(np.isnan(states), np.nan, states == MARKET_STATES.index(state))
        return Values(books.means(there), None)

    return share


def path(books: Books, kind: str, place: int) -> Floats:
    """A path of one generation by month [replications, months + 1]."""
    market, shared = books.panel.market, len(SHARED_PATHS)
    gpus = (market.shape[1] - shared) // len(PATHS_OF_A_GPU)
    return np.asarray(market[:, shared + PATHS_OF_A_GPU.index(kind) * gpus + place])


def rent(books: Books, place: int) -> Values:
    """On-demand list price of a GPU, mean of the period's months [USD/GPU-hour]."""
    found = Values(books.means(path(books, "list_price", place)) / CENTS_PER_USD, None)
    return undefined_where(found, found.figures == 0, NO_RENT)


def rental_index(books: Books, place: int) -> Values:
    """Rental index of a GPU, mean of the period's months [USD/GPU-hour]."""
    found = Values(books.means(path(books, "rental_index", place)) / CENTS_PER_USD, None)
    return undefined_where(found, found.figures == 0, NO_RENT)


def sold_share(books: Books, place: int) -> Values:
    """Share of hours offered on demand that is sold, mean of the period's months."""
    found = Values(books.means(path(books, "use", place)), None)
    return undefined_where(found, np.isnan(rent(books, place).figures), NO_RENT)


def price(kind: str) -> OfGpu:
    """A price of hardware at the period's end [USD/GPU]."""

    def at_end(books: Books, place: int) -> Values:
        months = path(books, kind, place)[:, books.calendar.last_months]
        return Values(months / CENTS_PER_USD, None)

    return at_end


def resale_price(books: Books, place: int) -> Values:
    """What the servers of a GPU as good as new fetch, at the period's end [USD/GPU]."""
    return undefined_where(price("resale")(books, place), ~books.panel.resold[:, None], NO_RESALE)
