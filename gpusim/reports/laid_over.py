"""What is laid over a model, in words: who finances it, a strategy, shocks, settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.text import Text


def in_words(
    capital: Iterable[str | None],
    strategies: Iterable[str | None] = (),
    shocks: Iterable[str] = (),
    sets: Iterable[str] = (),
) -> list[str]:
    """All that is laid over a model, in the order in which it is; None and "" are nothing.

    capital: options of capital, by name and title (`Scenario.financed`) where the file is at hand.

    >>> in_words(["bank (Bank: a loan)"], [None], ["dear"], ["tax.rate=0.2"])
    ['capital bank (Bank: a loan)', 'shock dear', 'set tax.rate=0.2']
    """
    kinds = {"capital": capital, "strategy": strategies, "shock": shocks, "set": sets}
    return [f"{kind} {name}" for kind, names in kinds.items() for name in names if name]


def lines(told: Iterable[str]) -> Iterator[Text]:
    """The line that tells it; none where nothing is laid over."""
    if words := ", ".join(told):
        yield Text(f"with {words}")
