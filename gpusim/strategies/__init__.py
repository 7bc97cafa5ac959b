"""Strategies: what an operator makes of each offer. Files set levers; Python objects decide."""

from gpusim.strategies.protocol import Decision, Strategy, StrategyError, View
from gpusim.strategies.python import hash_of, is_python, load_strategy, own_strategy

__all__ = [
    "Decision",
    "Strategy",
    "StrategyError",
    "View",
    "hash_of",
    "is_python",
    "load_strategy",
    "own_strategy",
]
