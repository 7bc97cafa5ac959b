"""A covenant in breach stops draws, and what that does travels to the backlog and is told."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from gpusim.economics.books import measures
from gpusim.economics.books.checks import residuals
from gpusim.economics.core import state
from gpusim.economics.core.state import CANCELLED, FUNDING, State
from gpusim.economics.debt.covenants import CONTRACT_REALISATION
from gpusim.engines import process
from gpusim.engines.story import Trace, tell
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.world import draw

PATIENT = ("debt.ddtl.covenants.stops_draws=false", "debt.ddtl.covenants.sweep_share=0")


@cache
def chain(*sets: str) -> tuple[State, list[str]]:
    book = lower(load("covenant-chain", sets=sets))
    trace = Trace()
    final = process.run(book.state, draw(book.spec, 1, 0), trace=trace)
    return final, tell(book.names, trace)


def day_of_line(lines: list[str], *words: str) -> str:
    found = [line for line in lines if all(word in line for word in words)]
    assert found, words
    return found[0][:10]


def test_the_story_tells_every_link_of_the_chain_in_order():
    _, lines = chain()
    days = [
        day_of_line(lines, "the contract realisation covenant of ddtl is missed", "no draws"),
        day_of_line(lines, "anchor tranche 2 wait for funding"),
        day_of_line(lines, "anchor tranche 2 waits for GB300"),
        day_of_line(lines, "anchor tranche 2 passes its long-stop date and is cancelled"),
    ]
    assert days == sorted(days)
    assert days[1] == "2027-07-09"
    lost = next(line for line in lines if "is cancelled" in line)
    assert "(funding)" in lost
    assert lost.endswith(
        "<- its order waited for funding from 2027-07-09 <- draws on ddtl stopped 2027-05-31"
    )


def test_the_lost_backlog_is_booked_to_funding():
    final, _ = chain()
    cancelled = final.backlog[:, CANCELLED].sum(axis=(0, 2))
    assert cancelled[FUNDING] > 0
    assert cancelled[FUNDING] > 0.95 * cancelled.sum()
    assert final.tranches[1].lost == final.tranches[1].value


def test_a_lender_that_does_not_stop_draws_saves_the_tranche():
    final, lines = chain(*PATIENT)
    assert final.backlog[:, CANCELLED].sum() == 0
    assert day_of_line(lines, "anchor tranche 2 starts billing") == "2028-01-15"
    assert day_of_line(lines, "ddtl no longer in breach") == "2028-01-31"


def test_the_breach_itself_is_the_same_with_and_without_consequences():
    hard, soft = chain()[0], chain(*PATIENT)[0]
    assert (
        hard.covenants[0, CONTRACT_REALISATION].broken
        == soft.covenants[0, CONTRACT_REALISATION].broken
    )
    column = int(np.flatnonzero(hard.stocks[measures.SWEPT])[0])
    assert (hard.ledger[:, :column] == soft.ledger[:, :column]).all()


def test_a_site_on_time_breaks_nothing():
    final, _ = chain("sites.alpha.delay.probability=0")
    assert final.covenants[0, CONTRACT_REALISATION].broken == state.NEVER
    assert final.stocks[measures.SWEPT].sum() == 0


@pytest.mark.parametrize("sets", [(), PATIENT])
def test_the_books_tie(sets):
    final, _ = chain(*sets)
    left = residuals(final.ledger[None], final.stocks[None], final.backlog[None])
    assert not any(left.values()), left
