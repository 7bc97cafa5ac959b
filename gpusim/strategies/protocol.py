"""What a strategy sees and says: one offer at a time, never the future."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gpusim.economics.core.calendar import HOURS_PER_DAY
from gpusim.own_code import StrategyError

__all__ = ["Decision", "Strategy", "StrategyError", "View"]


@dataclass(frozen=True, slots=True)
class View:
    """An offer and the firm's position on the day it is made. Money in USD, time in days."""

    day: int  # since 1970-01-01
    market: str  # glut, balanced or scarce
    gpu: str  # generation asked for
    gpus: int
    term_days: int
    starts_in_days: int  # wanted
    prepayment_share: float  # of contract value
    investment_grade: bool
    payment_days: int
    market_price: float  # for the term [USD/GPU-hour]
    markup: float  # the [levers] table's ask over it
    cost: float  # of a GPU-hour of the term at its site; 0 for idle GPUs [USD/GPU-hour]
    verdict: str  # what the built-in rule would do: "signed", or its reason not to
    cash: float  # unrestricted [USD]
    debt: float  # principal [USD]
    backlog: float  # [USD]
    idle_gpus: int  # of this generation, accepted and under no contract
    gpus_in_service: int

    @property
    def value(self) -> float:
        """Contract value at the lever's ask [USD]."""
        return self.market_price * self.markup * HOURS_PER_DAY * self.gpus * self.term_days


@dataclass(frozen=True, slots=True)
class Decision:
    """Sign or not, and the ask over the market's price; None: the lever's."""

    sign: bool
    markup: float | None = None


class Strategy(Protocol):
    """Anything with a `decide`."""

    def decide(self, view: View) -> Decision:
        """Decide on one offer. The same view must always get the same answer."""
