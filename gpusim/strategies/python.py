"""A user's own strategy: FILE.py:NAME, a class without arguments or an object with `decide`."""

from __future__ import annotations

from gpusim.own_code import STRATEGY, hash_of, is_python, load, own_of
from gpusim.strategies.protocol import Strategy

__all__ = ["hash_of", "is_python", "load_strategy", "own_strategy"]


def own_strategy(strategy: str | None) -> str | None:
    """A user's own strategy as it may be loaded, FILE.py:NAME; None where it is not Python.

    Raises:
        StrategyError: a folder names it and the user did not.
    """
    return own_of(STRATEGY, strategy)


def load_strategy(strategy: str) -> Strategy:
    """Import a strategy by FILE.py:NAME.

    Raises:
        StrategyError: no such file or name, an error in the file, or no `decide`.
    """
    found: Strategy = load(STRATEGY, strategy)
    return found
