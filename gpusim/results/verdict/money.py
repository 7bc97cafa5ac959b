"""Where the money of a run comes from and where it goes, and whether operations pay for debt."""

from __future__ import annotations

from typing import Any

import numpy as np

from gpusim.economics.books import measures
from gpusim.results.metric import Books
from gpusim.results.metrics import METRICS
from gpusim.results.payload import Panel
from gpusim.results.periods import Calendar
from gpusim.results.replications.backlog_to_cash import backlog_to_cash
from gpusim.results.replications.sources_and_uses import sources_and_uses
from gpusim.units_of_measure import CENTS_PER_USD


def headline(panel: Panel, years: Calendar) -> dict[str, Any]:
    """Cash in and out over the run, means [USD], and in which years operations pay for debt.

    Parts of sources and uses that move cash. `notes_raised` is the face of what the operator issues
    when its own outlook runs short, a part of debt drawn, before its discount. years_with_service
    and years_covered: fiscal years whose median DSCR exists, and is at least 1.
    """
    parts = sources_and_uses(panel, backlog_to_cash(panel))
    names = ("operations", "debt_drawn", "equity_raised", "capex", "interest", "debt_costs")
    told: dict[str, Any] = {
        name: float(parts[name].mean()) / CENTS_PER_USD for name in (*names, "debt_repaid")
    }
    notes = panel.stocks[:, measures.RAISED_DEBT, 1:].sum(axis=1)
    cover = METRICS["dscr"].of(Books(panel, years)).figures
    served = [own[~np.isnan(own)] for own in cover.T]
    middle = [float(np.median(own)) for own in served if len(own)]
    return told | {
        "notes_raised": float(notes.mean()) / CENTS_PER_USD,
        "years_with_service": len(middle),
        "years_covered": sum(ratio >= 1.0 for ratio in middle),
    }
