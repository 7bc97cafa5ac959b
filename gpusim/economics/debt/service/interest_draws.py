"""Draws that pay interest before the first rent of the contracts that a loan finances."""

from __future__ import annotations

from gpusim.compiling.kernel import kernel
from gpusim.economics.core.money import share_of
from gpusim.economics.core.state import FACILITIES, NONE, State, World
from gpusim.economics.debt.draws import cash_draw
from gpusim.economics.debt.facilities import can_draw, first_rent, terms_of
from gpusim.economics.debt.service.reserves import fill_on_draw
from gpusim.economics.debt.sizing import CAP_COMMITMENT, CAP_LTV, pledged


@kernel
def draw_interest(s: State, w: World, day: int, only: int) -> None:
    """Draw the lender's part of interest that has fallen due today, before anything is paid.

    only: a facility; NONE for all. As long as its contracts have rent to come and none of them has
    billed; from then on nothing is kept for interest. What the commitment does not give, the firm
    finds, of a loan without recourse too: as its sponsor.
    Source: definitions, cost base: interest during construction is a use of funds.
    """
    for f in range(s.count[FACILITIES]):
        facility, terms = s.facilities[f], terms_of(s, f)
        if terms.draws_interest == 0 or (only != NONE and f != only):
            continue
        if first_rent(s, f) == 0:
            facility.interest_room = 0
            continue
        if terms.non_recourse != 0:
            facility.sponsor_interest_due += facility.interest_fell
        wanted = share_of(facility.interest_fell, terms.advance_rate)
        facility.interest_fell = 0
        if wanted <= 0 or not can_draw(s, f):
            continue
        can = drawable_for_interest(s, w, f, wanted, day)
        cash_draw(s, w, f, can, day)
        facility.interest_drawn += can
        facility.interest_lent, facility.interest_lent_on = can, day
        facility.interest_room = max(facility.interest_room - can, 0)
        fill_on_draw(s, w, f, can)


@kernel
def drawable_for_interest(s: State, w: World, f: int, wanted: int, day: int) -> int:
    """What a draw for interest may be: by what is promised to nobody, and loan to value [cents].

    The advance rate is in what is wanted. Source: definitions, cost base.
    """
    facility, terms = s.facilities[f], terms_of(s, f)
    left = facility.commitment - facility.used - facility.reserved
    can, binds = max(min(wanted, left), 0), CAP_COMMITMENT
    if terms.size_ltv > 0.0:
        value = pledged(s, w, f, day)[1]
        by_value = max(share_of(value, terms.size_ltv) - facility.principal, 0)
        if by_value < can:
            can, binds = by_value, CAP_LTV
    if can < wanted:
        facility.cut_by = binds
        facility.cut_day = day
    return int(can)
