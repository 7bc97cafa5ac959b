"""Amounts as TOML shows them."""

from __future__ import annotations


def usd(millions: float) -> int:
    """Whole dollars, from USD m to the thousand."""
    return round(millions * 1000) * 1000


def money(millions: float) -> str:
    """Whole dollars as TOML shows them."""
    return f"{usd(millions):_}"
