"""Years, lender's side and re-let tail of lots that are judged together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from gpusim.appraisal import unit_cash
from gpusim.appraisal.lot_loans import Borrowed
from gpusim.appraisal.returns import Figure
from gpusim.appraisal.sides import lender
from gpusim.appraisal.sides.by_year import CONTRACT, RELET, CashYear, years_of
from gpusim.appraisal.sides.lender import LenderYear, Secured
from gpusim.appraisal.sides.relet import Lives, joined, moved
from gpusim.appraisal.unit_cash import Cash
from gpusim.appraisal.unit_lots import Lot
from gpusim.appraisal.unit_measures import NO_LOAN
from gpusim.appraisal.view.timing import View
from gpusim.scenario import Scenario

OF_TAIL: Final = (
    "residual",
    "relet_value",
    "irr_with_relet",
    "npv_with_relet",
    "irr_levered_with_relet",
)
OF_LENDER: Final = ("advance_share", "llcr", "balloon", "ltv_highest", "ltv_at_term_end")


class Sides(NamedTuple):
    """What is told of some lots beside their own figures."""

    figures: dict[str, Figure]
    years: list[CashYear]
    lender: list[LenderYear]


def alone(cash: Cash, part: str, why: str) -> Sides:
    """Of GPUs let on demand: their years; why they have no tail; no lender."""
    figures = dict.fromkeys(OF_TAIL, Figure(None, why))
    figures["residual"] = Figure(float(cash.residual.sum()))
    figures |= dict.fromkeys(OF_LENDER, Figure(None, NO_LOAN))
    return Sides(figures, years_of(cash, part), [])


def sides_of(
    scenario: Scenario,
    lives: Lives,
    lots: Sequence[Lot],
    borrowed: Sequence[Sequence[Borrowed]],
    parts: Sequence[Cash],
    view: View,
    why: str,
    *,
    contract: bool,
) -> Sides:
    """Of lots under contract.

    parts: each one's cash with its loans; why: figures after debt are not defined, empty where
    they are; contract: whether the lots are all of one contract.
    """
    tails = [lives.tail(lot) for lot in lots]
    years = years_of(unit_cash.total(list(parts)), CONTRACT)
    after = [moved(t, lot.months) for lot, t in zip(lots, tails, strict=True) if t is not None]
    if after:
        years += years_of(unit_cash.total(after), RELET)
    figures = {"residual": Figure(sum(float(lot.cash.residual[-1]) for lot in lots))}
    figures |= _with_tail(lots, parts, tails, view, (why, lives.why_not(lots)))
    if why:
        return Sides(figures | dict.fromkeys(OF_LENDER, Figure(None, why)), years, [])
    secured = [
        Secured(lot, own, cash, lives.of(lot))
        for lot, own, cash in zip(lots, borrowed, parts, strict=True)
    ]
    whole = unit_cash.total(list(parts))
    capital = float(whole.capital.sum())
    figures["advance_share"] = (
        Figure(float(whole.drawn.sum()) / capital) if capital > 0 else Figure(None, "no hardware")
    )
    figures["llcr"] = lender.life_cover(secured)
    figures["balloon"] = Figure(float(whole.balloon.sum()))
    figures |= lender.loan_to_value(secured)
    return Sides(figures, years, lender.lender_years(scenario, secured) if contract else [])


def _with_tail(
    lots: Sequence[Lot],
    parts: Sequence[Cash],
    tails: Sequence[Cash | None],
    view: View,
    reasons: tuple[str, str],
) -> dict[str, Figure]:
    """What lots earn with what follows their terms; a lot that is not re-let is sold at its end.

    reasons: why figures after debt are not defined, why nothing is re-let; empty where they are.
    """
    (hurdle, timing), (why, none) = view, reasons
    if none:
        return dict.fromkeys(OF_TAIL[1:], Figure(None, none))
    worth = sum(
        float(lot.cash.residual[-1])
        if tail is None
        else timing.dated(tail.before_loans).worth(hurdle) + float(tail.capital[0])
        for lot, tail in zip(lots, tails, strict=True)
    )
    plain = unit_cash.total([joined(lot.cash, t) for lot, t in zip(lots, tails, strict=True)])
    flows = timing.dated(plain.before_loans)
    found = {
        "relet_value": Figure(worth),
        "irr_with_relet": timing.yearly(flows.irr()),
        "npv_with_relet": Figure(flows.worth(hurdle)),
        "irr_levered_with_relet": Figure(None, why),
    }
    if not why:
        cash = unit_cash.total([joined(p, t) for p, t in zip(parts, tails, strict=True)])
        found["irr_levered_with_relet"] = timing.yearly(timing.dated(cash.to_owner).irr())
    return found
