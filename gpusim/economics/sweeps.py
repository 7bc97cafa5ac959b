"""What spare cash repays early: lenders in breach, by their agreements, and revolvers."""

from __future__ import annotations

from gpusim.economics.facilities import cash_floor, last_rank, revolver_before, tests_liquidity
from gpusim.economics.kernel import kernel
from gpusim.economics.ledger import cash
from gpusim.economics.measures import SWEPT
from gpusim.economics.money import share_of
from gpusim.economics.repayment import interest_of_repaid, prepay_principal, repayable
from gpusim.economics.state import FACILITIES, NEVER, NONE, State, World


@kernel
def sweep_breached(s: State, day: int) -> None:
    """A facility in breach takes its share of spare cash as repayment, the senior first.

    What lenders not in breach test stays. Source: cash sweep while a covenant is in breach, credit
    agreements.
    """
    kept = s.firm[0].minimum_cash
    for f in range(s.count[FACILITIES]):
        if s.facilities[f].stopped >= NEVER and tests_liquidity(s, f, day):
            kept = max(kept, s.facilities[f].liquidity_minimum)
    kept += s.firm[0].reserved_cash
    for rank in range(last_rank(s) + 1):
        for f in range(s.count[FACILITIES]):
            facility = s.facilities[f]
            if facility.seniority == rank and facility.stopped < NEVER:
                spare = share_of(
                    max(cash(s) - kept - interest_of_repaid(s), 0), facility.sweep_share
                )
                if facility.non_recourse != 0:
                    spare = min(spare, max(facility.trapped, 0))
                repaid = prepay_principal(s, f, repayable(s, f, spare))
                facility.trapped -= repaid
                s.stocks[SWEPT, s.clock[0].month] += repaid


@kernel
def sweep_revolvers(s: State, w: World, day: int) -> None:
    """Cash above floor and promises repays the revolvers, the one drawn last first."""
    kept = cash_floor(s, day) + s.firm[0].reserved_cash
    f = revolver_before(s, w, NONE)
    while f != NONE:
        if s.facilities[f].principal > 0:
            spare = cash(s) - kept - interest_of_repaid(s)
            prepay_principal(s, f, repayable(s, f, spare))
        f = revolver_before(s, w, f)
