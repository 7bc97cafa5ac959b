"""How each replication ended: liquidity, and what became of the opening backlog, by cause."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gpusim.economics.books import measures
from gpusim.economics.books.checks import LOSSES
from gpusim.economics.core import state
from gpusim.economics.core.state import Ints
from gpusim.economics.debt.sizing import CAPS
from gpusim.results.formulas.firm import liquidity
from gpusim.results.intervals import of_chance
from gpusim.results.moves import OPENING_VINTAGE
from gpusim.results.payload import CLAIMS, LENT, NEW_LOANS, Panel, shortfall_happened
from gpusim.results.periods import Calendar
from gpusim.results.replications import covenants as covenant_tests
from gpusim.results.replications.covenants import Covenant, median_date
from gpusim.units_of_measure import CENTS_PER_USD


def by_cause(panel: Panel, moves: tuple[int, ...]) -> Ints:
    """Backlog movements over the whole run by cause [replications, causes] [cents]."""
    return panel.backlog.of_run(*moves).by_cause()[:, : state.N_CAUSES]


def lost(panel: Panel) -> Ints:
    """Value cancelled, defaulted, expired or given back as service credits, by cause.

    [replications, causes] [cents].
    """
    return by_cause(panel, LOSSES) - by_cause(panel, (state.REPRICED,))


def backstop_unused(panel: Panel) -> Ints:
    """Value of backstops that expired unused: held up by nothing [replications] [cents].

    No loss of the operator's: it sold its hours to others, or had none.
    """
    meaning = panel.backlog.meaning
    unused = (meaning["move"] == state.EXPIRED) & (meaning["cause"] == state.N_CAUSES)
    return panel.backlog.where(unused).total()


def price_raised(panel: Panel) -> Ints:
    """By how much prices of what is signed moved, losses apart [replications] [cents].

    Prices that follow an index, and prepayments that nobody can claim any more.
    """
    meaning = panel.backlog.meaning
    raised = (meaning["move"] == state.REPRICED) & (meaning["cause"] == state.N_CAUSES)
    return panel.backlog.where(raised).total()


def opening_unused(panel: Panel, calendar: Calendar) -> Ints:
    """Of the opening backlog, backstops that expired unused so far [replications, periods]."""
    without = int(state.N_CAUSES)
    unused = panel.backlog.movement(calendar, state.EXPIRED, OPENING_VINTAGE, without)
    return np.cumsum(unused, axis=1)


def opening_backlog(panel: Panel) -> Ints:
    """Backlog signed by the as-of date [replications] [cents]."""
    return panel.stocks[:, measures.BACKLOG, 0]


def opening_accreted(panel: Panel, calendar: Calendar) -> Ints:
    """Growth of the opening backlog's prepayments so far [replications, periods] [cents].

    A financing component is earned with the price it belongs to, so it counts on both sides.
    """
    return of_opening(panel, calendar, state.ACCRETION)


def convertible(panel: Panel, calendar: Calendar) -> Ints:
    """What of the opening backlog could become revenue in the run [replications] [cents].

    With the accretion of the run, prepayments that are kept and prices that moved, without
    backstops that nobody used in it.
    """
    more = opening_accreted(panel, calendar)[:, -1] + opening_repriced(panel, calendar)
    return opening_backlog(panel) + more - opening_unused(panel, calendar)[:, -1]


def opening_repriced(panel: Panel, calendar: Calendar) -> Ints:
    """By how much the price of the opening backlog moved, losses apart [replications] [cents].

    Prepayments that nobody can claim any more, which are revenue beside the price of what is
    delivered; prices that follow an index; parts of months of a tenancy that begins late.
    """
    added = panel.backlog.movement(calendar, state.REPRICED, OPENING_VINTAGE, int(state.N_CAUSES))
    return np.asarray(added.sum(axis=1))


def of_opening(panel: Panel, calendar: Calendar, *moves: int) -> Ints:
    """Movements of the opening backlog, cumulated [replications, periods] [cents]."""
    each = [panel.backlog.movement(calendar, move, OPENING_VINTAGE) for move in moves]
    return np.cumsum(sum(each), axis=1)


def opening_lost(panel: Panel, calendar: Calendar) -> Ints:
    """Lost of the opening backlog so far, credits included [replications, periods] [cents].

    Unused backstops are none, and neither is repricing without a cause: a prepayment that nobody
    can claim any more.
    """
    repriced = of_opening(panel, calendar, state.REPRICED)
    without = int(state.N_CAUSES)
    added = panel.backlog.movement(calendar, state.REPRICED, OPENING_VINTAGE, without)
    gone = of_opening(panel, calendar, *LOSSES) - opening_unused(panel, calendar)
    return gone - repriced + np.cumsum(added, axis=1)


def binding(totals: Ints) -> list[str | None]:
    """Name of the largest cause of each row; None where nothing slipped."""
    largest = totals.argmax(axis=1)
    return [
        state.CAUSES[cause] if row[cause] > 0 else None
        for row, cause in zip(totals, largest, strict=True)
    ]


def lowest_in(panel: Panel, calendar: Calendar, period: str) -> int:
    """A replication whose liquidity is lowest in a period: of those, one nearest to their median.

    The first of several; 0 where there is none.
    """
    lowest = liquidity(panel)[:, 1:]
    places = calendar.place(lowest.argmin(axis=1) + 1)
    rows = np.flatnonzero([calendar.names[place - 1] == period for place in places])
    if not len(rows):
        return 0
    values = lowest.min(axis=1)[rows]
    return int(rows[np.abs(values - np.median(values)).argmin()])


def headline(
    panel: Panel,
    calendar: Calendar,
    covenants: Sequence[Covenant] = (),
    facilities: Sequence[str] = (),
) -> dict[str, Any]:
    """What became of all replications together, for the report and for JSON. Amounts in USD."""
    happened = shortfall_happened(panel)
    count, trials = int(happened.sum()), len(happened)
    low, high = of_chance(happened, panel.sets)
    opening = opening_backlog(panel)
    recognised = of_opening(panel, calendar, state.RECOGNISED)[:, -1]
    gone = opening_lost(panel, calendar)[:, -1]
    whole = convertible(panel, calendar)
    moved, gone_by_cause = panel.slips, lost(panel)
    lowest = liquidity(panel)[:, 1:]
    deferred = panel.stocks[:, measures.DEFERRED_COST].max(axis=1)
    return {
        "replications": trials,
        "shortfall_probability": count / trials,
        "shortfall_ci_low": low,
        "shortfall_ci_high": high,
        "shortfall_median_date": median_date(panel.first_shortfall[happened]),
        "shortfall_worst_median": _median_usd(panel.worst_shortfall[happened]),
        "liquidity_lowest": _percentiles_usd(lowest.min(axis=1)),
        "liquidity_lowest_period": _commonest(
            [calendar.names[place - 1] for place in calendar.place(lowest.argmin(axis=1) + 1)]
        ),
        **of_named_loans(panel, facilities),
        **default_of(panel),
        "covenants": covenant_tests.headline(panel, covenants, calendar.last_day),
        "size_bound_by": size_bound_by(panel),
        "recoveries": recoveries(panel, facilities) if facilities else [],
        "backlog_opening": _median_usd(opening),
        "backlog_opening_recognised_share": _mean_share(recognised, whole),
        "backlog_opening_lost_share": _mean_share(gone, whole),
        "slipped_mean": {
            name: float(moved[:, cause].mean()) / CENTS_PER_USD
            for cause, name in enumerate(state.CAUSES)
        },
        "lost_mean": {
            name: float(gone_by_cause[:, cause].mean()) / CENTS_PER_USD
            for cause, name in enumerate(state.CAUSES)
        },
        "backstop_unused_mean": float(backstop_unused(panel).mean()) / CENTS_PER_USD,
        "binding_share": _shares(binding(moved)),
        "deferred_probability": float((deferred > 0).mean()),
        "deferred_cost_most_median": _median_usd(deferred[deferred > 0]),
    }


def size_bound_by(panel: Panel) -> dict[str, float]:
    """Share of what sized loans may lend by the cap that set it, all replications together."""
    total = panel.sized.sum(axis=0)
    whole = int(total.sum())
    return {name: float(total[n]) / whole for n, name in enumerate(CAPS) if total[n] > 0}


def at_default(panel: Panel, what: str) -> Ints:
    """All lenders' claims at the firm's end, or another of CLAIMS [replications] [cents]."""
    named: Ints = panel.lent[:, :, LENT.index(what)].sum(axis=1)
    return named + panel.new_loans[:, CLAIMS.index(what)]


def recoveries(panel: Panel, facilities: Sequence[str]) -> list[dict[str, Any]]:
    """Mean claim and recovery of each lender over the replications in which the firm ends [USD].

    facilities: names in the order of `Panel.lent`. Lenders that are owed nothing are left out.
    """
    ended = panel.defaulted < state.NEVER
    if not ended.any():
        return []
    places = [LENT.index(name) for name in CLAIMS]
    named = panel.lent[ended][:, :, places].mean(axis=0) / CENTS_PER_USD
    new = panel.new_loans[ended].mean(axis=0) / CENTS_PER_USD
    told = zip([*facilities, NEW_LOANS], [*named, new], strict=True)
    return [
        {"facility": name} | dict(zip(CLAIMS, map(float, figures), strict=True))
        for name, figures in told
        if figures[0] > 0
    ]


def unpaid_loans(panel: Panel, facilities: Sequence[str]) -> list[dict[str, Any]]:
    """Of each loan without recourse that stays unpaid: how often, first when, and the most [USD].

    facilities: names in the order of `Panel.lent`. It is no shortfall of the firm.
    """
    told = []
    for place, name in enumerate(facilities):
        own = panel.lent[:, place]
        first = own[:, LENT.index("first_unpaid")]
        unpaid = first < state.NEVER
        if not own[:, LENT.index("non_recourse")].any() or not unpaid.any():
            continue
        low, high = of_chance(unpaid, panel.sets)
        told.append(
            {
                "facility": name,
                "unpaid_probability": float(unpaid.mean()),
                "unpaid_ci_low": low,
                "unpaid_ci_high": high,
                "unpaid_median_date": median_date(first[unpaid]),
                "unpaid_worst_median": _median_usd(own[unpaid, LENT.index("most_unpaid")]),
            }
        )
    return told


def of_named_loans(panel: Panel, facilities: Sequence[str]) -> dict[str, Any]:
    """What is told of loans that the scenario names, for those of which there is something."""
    return {
        "unpaid_loans": unpaid_loans(panel, facilities),
        "cash_traps": cash_traps(panel, facilities),
        "sculpted_covers": sculpted_covers(panel, facilities),
    }


def cash_traps(panel: Panel, facilities: Sequence[str]) -> list[dict[str, Any]]:
    """Of each loan whose trap ever holds cash: how often, the most of it, and tests missed [USD].

    facilities: names in the order of `Panel.lent`; percentiles over all replications.
    """
    told = []
    for place, name in enumerate(facilities):
        most = panel.lent[:, place, LENT.index("trapped_most")]
        if not most.any():
            continue
        missed = panel.lent[:, place, LENT.index("trap_tests")]
        told.append(
            {
                "facility": name,
                "trapped_probability": float((most > 0).mean()),
                "trapped_most": _percentiles_usd(most),
                "tests_missed_median": float(np.median(missed)),
            }
        )
    return told


def sculpted_covers(panel: Panel, facilities: Sequence[str]) -> list[dict[str, Any]]:
    """Of each loan whose cover results: how often planned cash covers its instalments [ratio].

    facilities: names in the order of `Panel.lent`; percentiles over replications that draw it.
    """
    told = []
    for place, name in enumerate(facilities):
        debt = panel.lent[:, place, LENT.index("sculpted_debt")]
        drawn = debt > 0
        if not drawn.any():
            continue
        covers = panel.lent[drawn, place, LENT.index("sculpted_cash")] / debt[drawn]
        p10, p50, p90 = (float(one) for one in np.percentile(covers, (10, 50, 90)))
        told.append({"facility": name, "cover": {"p10": p10, "p50": p50, "p90": p90}})
    return told


def default_of(panel: Panel) -> dict[str, Any]:
    """Chance and date of the firm's end, what lenders got back, and what shareholders gave up."""
    ended = panel.defaulted < state.NEVER
    claims = at_default(panel, "claim")[ended]
    back = at_default(panel, "recovered")[ended]
    total, issued = panel.shares.T
    low, high = of_chance(ended, panel.sets)
    return {
        "default_probability": float(ended.mean()),
        "default_ci_low": low,
        "default_ci_high": high,
        "default_median_date": median_date(panel.defaulted[ended]),
        "recovered_share": _mean_share(back, claims) if len(back) else None,
        "dilution_mean": _mean_share(issued, total),
    }


def _median_usd(cents: Ints) -> float | None:
    return float(np.median(cents)) / CENTS_PER_USD if len(cents) else None


def _percentiles_usd(cents: Ints) -> dict[str, float]:
    p10, p50, p90 = np.percentile(cents, (10, 50, 90)) / CENTS_PER_USD
    return {"p10": float(p10), "p50": float(p50), "p90": float(p90)}


def _mean_share(part: Ints, whole: Ints) -> float | None:
    """Mean share over the replications that have a whole; None if none has."""
    has = whole != 0
    return float((part[has] / whole[has]).mean()) if has.any() else None


def _commonest(names: list[str]) -> str:
    """The name that stands most often; the first of equals."""
    return max(sorted(set(names)), key=names.count)


def _shares(names: list[str | None]) -> dict[str, float]:
    """Share of replications by binding cause; those in which nothing slipped are `none`."""
    words = [name or "none" for name in names]
    return {
        word: words.count(word) / len(words) for word in (*state.CAUSES, "none") if word in words
    }
