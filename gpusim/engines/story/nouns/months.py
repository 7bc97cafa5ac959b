"""The books of a month: cash, what is unpaid, covenants, breaches and their cures, the end."""

from __future__ import annotations

from typing import Final, NamedTuple

from gpusim.economics.books.ledger import (
    FIRST_CASH,
    LAST_CASH,
    REVENUE_COMMITTED,
    REVENUE_ON_DEMAND,
    REVENUE_RECHARGED,
)
from gpusim.economics.books.measures import CURED, SHORTFALL, SWEPT
from gpusim.economics.core import agenda
from gpusim.economics.core.calendar import MONTHS_PER_QUARTER, MONTHS_PER_YEAR
from gpusim.economics.core.state import (
    BACKSTOP,
    FACILITIES,
    N_STEPS,
    STEP_RESERVE,
    STEPS,
    TRANCHE_LIVE,
    TRANCHES,
    State,
)
from gpusim.economics.debt.covenants import KINDS
from gpusim.engines.story.formatting import series, usd
from gpusim.engines.story.narrator import Narrator, Sentence, declare
from gpusim.engines.story.trace import Event, Moment

Rows = tuple[int, ...]
NONE_MISSED: tuple[Rows, ...] = ((),) * len(KINDS)
"""By kind of covenant."""


REVENUES: Final = (REVENUE_COMMITTED, REVENUE_ON_DEMAND, REVENUE_RECHARGED)


class MonthRecord(NamedTuple):
    """MONTH: the books that have just closed."""

    month: int
    revenue: int
    cash: int
    unpaid: int
    steps: Rows  # of the waterfall, not paid in full
    puts_lost: int  # put months expired so far
    missed: tuple[Rows, ...] = NONE_MISSED  # by kind: facilities whose test failed first today
    stopped: Rows = ()  # facilities in breach from today on
    cleared: Rows = ()  # facilities no longer in breach
    cured: Rows = ()  # facilities whose test equity cured today
    cure: int = 0  # what it cost
    lent: int = 0  # drawn for interest before the first rent, of
    lending: Rows = ()  # these facilities
    swept: int = 0  # debt repaid by sweeps
    trapped: int = 0  # kept by lenders whose cover is missed, for
    trapping: Rows = ()  # these facilities
    released: int = 0  # given back by the traps of
    releasing: Rows = ()  # these facilities
    prepaid: int = 0  # repaid with what is trapped, of
    prepaying: Rows = ()  # these facilities
    refinanced: Rows = ()  # facilities whose balloon was rolled over today
    refused: Rows = ()  # and where lenders did not
    converted: Rows = ()  # convertibles that became shares
    unpaid_first: Rows = ()  # loans without recourse that were not paid in full first today
    accelerated: Rows = ()  # loans without recourse that their lenders end
    ended: bool = False  # the firm, with
    claims: int = 0
    recovered: int = 0


def month_record(m: Moment, _: int) -> MonthRecord:
    """A month's books."""
    s, clock = m.s, m.s.clock[0]
    month = int(clock.month if clock.halted else clock.month - 1)
    today = clock.today
    facilities = [s.facilities[f] for f in range(s.count[FACILITIES])]
    return MonthRecord(
        month=month,
        revenue=-int(sum(s.ledger[account, month] for account in REVENUES)),
        cash=int(s.balance[FIRST_CASH : LAST_CASH + 1].sum()),
        unpaid=int(s.stocks[SHORTFALL, month]),
        steps=tuple(n for n in range(N_STEPS) if s.owed[n] > 0 and n != STEP_RESERVE),
        puts_lost=puts_lost(s),
        missed=tuple(
            tuple(f for f in range(len(facilities)) if s.covenants[f, kind].broken == today)
            for kind in range(len(KINDS))
        ),
        stopped=tuple(f for f, row in enumerate(facilities) if row.stopped == today),
        cleared=tuple(f for f, row in enumerate(facilities) if row.cleared == today),
        cured=tuple(f for f, row in enumerate(facilities) if row.cured == today),
        cure=int(s.stocks[CURED, month]),
        lent=sum(int(row.interest_lent) for row in facilities if row.interest_lent_on == today),
        lending=tuple(
            f
            for f, row in enumerate(facilities)
            if row.interest_lent > 0 and row.interest_lent_on == today
        ),
        swept=int(s.stocks[SWEPT, month]),
        trapped=int(sum(row.locked_now for row in facilities)),
        trapping=tuple(f for f, row in enumerate(facilities) if row.locked_now),
        released=int(sum(row.back_now for row in facilities)),
        releasing=tuple(f for f, row in enumerate(facilities) if row.back_now),
        prepaid=int(sum(row.repaid_now for row in facilities)),
        prepaying=tuple(f for f, row in enumerate(facilities) if row.repaid_now),
        refinanced=tuple(f for f, row in enumerate(facilities) if row.refinanced == today),
        refused=tuple(f for f, row in enumerate(facilities) if row.refused == today),
        converted=tuple(f for f, row in enumerate(facilities) if row.conversion_day == today),
        unpaid_first=tuple(
            f
            for f, row in enumerate(facilities)
            if s.terms[row.terms].non_recourse and row.first_unpaid == today
        ),
        accelerated=tuple(f for f, row in enumerate(facilities) if row.accelerated == today),
        ended=bool(s.firm[0].defaulted == today),
        claims=int(sum(row.creditor_claim for row in facilities)),
        recovered=int(sum(row.recovered for row in facilities)),
    )


def puts_lost(s: State) -> int:
    """Value of backstops that has expired unused so far [cents]."""
    total = 0
    for k in range(s.count[TRANCHES]):
        tranche = s.tranches[k]
        if tranche.status >= TRANCHE_LIVE and s.contracts[tranche.contract].kind == BACKSTOP:
            total += tranche.lost
    return int(total)


def close_month(narrator: Narrator, e: Event, r: MonthRecord) -> Sentence:
    """Told at a quarter's end, and whenever what is unpaid or in breach changes."""
    narrator.revenue += r.revenue
    quarter = r.month % MONTHS_PER_QUARTER == 0
    revenue = f"revenue of the quarter {usd(narrator.revenue)}, " if quarter else ""
    debts = covenants(narrator, r) + breaches(narrator, e, r)
    text = f"the books close: {revenue}cash {usd(r.cash)}{unpaid(narrator, r)}{debts}"
    if r.month % MONTHS_PER_YEAR == 0 and r.puts_lost > narrator.puts_lost:
        unused = usd(r.puts_lost - narrator.puts_lost)
        text += f"; {unused} of backstops expired unused in twelve months"
        narrator.puts_lost = r.puts_lost
    told = bool(quarter or r.steps != narrator.unpaid or debts)
    narrator.unpaid = r.steps
    if quarter:
        narrator.revenue = 0
    return Sentence(text, r.cash, told)


def unpaid(narrator: Narrator, r: MonthRecord) -> str:
    """What is due and unpaid, by step, or that it no longer is."""
    if r.steps:
        short = series([STEPS[step] for step in r.steps])
        return f"; {usd(r.unpaid)} due and unpaid ({short})"
    return "; all that was due is paid again" if narrator.unpaid else ""


def covenants(narrator: Narrator, r: MonthRecord) -> str:
    """Covenants missed for the first time today."""
    return "".join(
        f"; the {kind.name} covenant of {narrator.loans(missed)} is missed"
        for kind, missed in zip(KINDS, r.missed, strict=True)
        if missed
    )


def breaches(narrator: Narrator, e: Event, r: MonthRecord) -> str:
    """Draws that stop or are allowed again, cures and sweeps; nothing where there is none."""
    text, loans = "", narrator.loans
    if r.stopped:
        narrator.stops |= dict.fromkeys(r.stopped, e.day)
        text += f"; {loans(r.stopped)} in breach from today: no draws"
    if r.cleared:
        text += f"; {loans(r.cleared)} no longer in breach"
    if r.cured:
        text += f"; shareholders pay in {usd(r.cure)} to cure {loans(r.cured)}"
    if r.lent:
        text += f"; {usd(r.lent)} of {loans(r.lending)} is drawn for interest before the first rent"
    if r.swept:
        text += f"; {usd(r.swept)} of debt is repaid by sweep"
    if r.trapped:
        text += f"; {usd(r.trapped)} is trapped for {loans(r.trapping)}: cover is below its level"
    if r.released:
        text += f"; the trap of {loans(r.releasing)} gives back {usd(r.released)}"
    if r.prepaid:
        text += f"; {usd(r.prepaid)} that was trapped repays {loans(r.prepaying)}"
    if r.refinanced:
        text += f"; {loans(r.refinanced)} refinanced"
    if r.refused:
        text += f"; lenders do not refinance {loans(r.refused)}"
    if r.converted:
        text += f"; {loans(r.converted)} converted into shares"
    if r.unpaid_first:
        text += f"; {loans(r.unpaid_first)} unpaid: its own contracts left too little"
    if r.accelerated:
        text += f"; {loans(r.accelerated)} unpaid too long: the lender ends it"
    if r.ended:
        text += f"; the firm ends, lenders recover {usd(r.recovered)} of {usd(r.claims)}"
    return text


EVENTS: Final = {agenda.MONTH: declare(month_record, close_month)}
