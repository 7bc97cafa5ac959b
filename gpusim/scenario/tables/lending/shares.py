"""What a loan and a supplier carry of the cost of hardware, of a contract's or an order's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

from gpusim.scenario.language.fields import Problem, needs

HARDWARE_KINDS: Final = ("vendor", "finance-lease")
"""Kinds of debt that pay for hardware at its delivery, without cash: a supplier's, a lessor's."""


class Shares(Protocol):
    """How a table that buys hardware says who pays for it."""

    @property
    def facility(self) -> str:
        """Its loan; empty: none."""

    @property
    def loan_share(self) -> float | None:
        """Share of the cost asked of it."""

    @property
    def vendor(self) -> str:
        """The line of a supplier, or a finance lease; empty: none."""

    @property
    def vendor_share(self) -> float:
        """Share of the cost on it."""


def share_problems(own: Shares) -> Iterator[Problem]:
    """Shares of nobody, or of more than all."""
    if own.loan_share is not None and not own.facility:
        yield needs("facility", "because loan_share is given")
    if own.vendor_share and not own.vendor:
        yield needs("vendor", "because vendor_share is given")
    if (own.loan_share or 0.0) + own.vendor_share > 1:
        yield Problem(
            ("vendor_share",),
            f"loan_share {own.loan_share:g} and vendor_share {own.vendor_share:g}",
            "a sum of at most 1",
        )


def lent_share(own: Shares, most: float) -> float:
    """What a loan carries of the cost: as stated, at most its advance rate [share].

    Source: definitions, size of a loan.
    """
    return most if own.loan_share is None else min(own.loan_share, most)
