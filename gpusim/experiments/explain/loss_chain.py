"""How backlog came to be lost: from what was late, over a covenant, to a customer that left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from gpusim.economics.core import agenda
from gpusim.economics.core.state import NONE
from gpusim.economics.debt.covenants import KINDS
from gpusim.engines.story import Event
from gpusim.engines.story.causes import Causes
from gpusim.engines.story.formatting import date, days, plain, series, usd
from gpusim.experiments.explain.replay import Replayed

MOST_LATE: Final = 3
"""Late tranches that are named."""


def chains(told: Replayed) -> list[list[str]]:
    """One chain a tranche that was cancelled for want of money, its links in order of cause."""
    lost = [
        event
        for event in told.trace.events
        if event.phase == agenda.LONG_STOP and event.record.never_started
    ]
    return [chain for event in lost if (chain := list(links(told, event)))]


def links(told: Replayed, lost: Event) -> Iterator[str]:
    """The links of one loss; none if no stopped loan stands behind it."""
    stop = stopped(told, lost)
    if stop is None:
        return
    loan = told.names.facilities[lost.record.loan]
    yield from late(told, stop)
    yield f"{date(stop.day)}  {why_stopped(stop, lost.record.loan, loan)}: no draws from today"
    waits = next(
        (
            e
            for e in told.trace.events
            if e.phase == agenda.FUND and lost.record.order in e.record.waiting
        ),
        None,
    )
    if waits is not None:
        order = plain(told.names.orders[lost.record.order])
        yield f"{date(waits.day)}  the order for {order} finds no money and waits"
    tranche = plain(told.names.tranches[lost.subject])
    amount = usd(lost.record.lost)
    yield f"{date(lost.day)}  {tranche} passes its long-stop date: {amount} of backlog lost"


def why_stopped(stop: Event, loan: int, name: str) -> str:
    """What stopped draws on a loan in a month: the tests it failed that day for the first time.

    Without one it is a test that it failed before and fails again, or another loan's.
    """
    missed = [k.name for k, loans in zip(KINDS, stop.record.missed, strict=True) if loan in loans]
    if not missed:
        return f"{name} is in breach again, or through another loan"
    noun = "covenants" if len(missed) > 1 else "covenant"
    verb = "are" if len(missed) > 1 else "is"
    return f"the {series(missed)} {noun} of {name} {verb} missed"


def stopped(told: Replayed, lost: Event) -> Event | None:
    """The month in which draws on the loan behind a loss stopped last; None if they did not."""
    loan = lost.record.loan
    if loan == NONE:
        return None
    months = [
        e
        for e in told.trace.events
        if e.phase == agenda.MONTH and e.day <= lost.day and loan in e.record.stopped
    ]
    return months[-1] if months else None


def late(told: Replayed, stop: Event) -> Iterator[str]:
    """Tranches that should have billed by a covenant's test and did not, with what held them up."""
    causes = Causes(told.names, told.trace)
    waiting: list[Any] = [
        e
        for e in told.trace.events
        if e.phase == agenda.START and e.day > stop.day and e.day - e.record.late < stop.day
    ]
    for event in sorted(waiting, key=lambda e: -e.record.value)[:MOST_LATE]:
        tranche = plain(told.names.tranches[event.subject])
        root = list(causes.back(event))
        held = f" <- {root[-1]}" if root else ""
        due = date(event.day - event.record.late)
        text = f"{due}  {tranche} should bill and starts only {date(event.day)}"
        yield f"{text}, {days(event.record.late)} late{held}"
