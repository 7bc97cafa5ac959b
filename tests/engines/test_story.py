"""A story says what happened, when, and what held it up."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from gpusim.economics.core import agenda
from gpusim.economics.core.state import NONE, STEP_INTEREST, STEP_RENT, State, World
from gpusim.economics.debt.covenants import KINDS
from gpusim.engines import process, story
from gpusim.engines.story import Event, Trace, sentences, tell
from gpusim.engines.story.causes import Causes
from gpusim.engines.story.nouns.months import MonthRecord
from gpusim.scenario import load
from gpusim.scenario.lower import Book, lower
from gpusim.units_of_measure import day_of
from gpusim.world import draw

CERTAIN = (
    "sites.alpha.delay.probability=0",
    "gpus.GB300.lead.sd_days=0",
    "gpus.GB300.fitout.sd_days=0",
    "gpus.GB300.acceptance.sd_days=0",
)


class Told(NamedTuple):
    book: Book
    trace: Trace
    state: State
    lines: list[str]

    def only(self, *words: str) -> str:
        """The one line with these words."""
        found = [line for line in self.lines if all(word in line for word in words)]
        assert len(found) == 1, found
        return found[0]

    def having(self, *words: str) -> list[str]:
        return [line for line in self.lines if all(word in line for word in words)]


@cache
def book_of(*sets: str) -> Book:
    return lower(load("single-site", sets=sets))


def luck(book: Book, **changes: object) -> World:
    return draw(book.spec, 1, 0)._replace(**changes)


def told(book: Book, world: World) -> Told:
    trace = Trace()
    state = process.run(book.state, world, trace=trace)
    return Told(book, trace, state, tell(book.names, trace))


def date_in(line: str) -> dt.date:
    return dt.date.fromisoformat(line[:10])


def test_nothing_is_late_where_nothing_can_be():
    book = book_of(*CERTAIN)
    story = told(book, luck(book))
    starts = story.having("starts billing")
    assert [line[:10] for line in starts] == ["2027-02-01", "2027-05-01"]
    assert "<-" not in starts[0]
    assert not story.having("handed over", "late")


def test_a_late_landlord_is_named_as_what_held_billing_up():
    book = book_of(*CERTAIN)
    story = told(book, luck(book, hall_delay=np.array([100, 100])))
    handover = story.only("alpha phase 1 (50 MW) is handed over")
    assert handover.startswith("2027-03-11")
    assert "100 days late; rent of USD 6.5m a month starts" in handover
    start = story.only("anchor tranche 1 starts billing 24,000 GB300")
    assert "(site)" in start
    assert start.endswith(
        "accepted 2027-05-10 <- in service 2027-04-10 <- alpha phase 1 powered 2027-03-11"
    )
    waits = story.only("24,000 GB300 for anchor tranche 1 wait for powered room at alpha")
    assert date_in(waits) < date_in(handover)


def test_an_order_without_money_is_told_to_wait_once_and_says_how_long():
    book = book_of(*CERTAIN, "operator.minimum_cash_usd=400_000_000")
    story = told(book, luck(book))
    waits = story.only("24,000 GB300 for anchor tranche 1 wait for funding")
    ordered = story.only("anchor tranche 1 are ordered")
    waited = (date_in(ordered) - date_in(waits)).days
    assert waited > 31  # two month ends came and went, and asked again
    assert f"funded after {waited} days <- customer paid {ordered[:10]}" in ordered
    assert "(funding)" in story.only("anchor tranche 1 starts billing")
    assert len(story.having("wait", "for funding")) == 2


def test_a_shut_loan_market_is_told_once_and_the_delay_at_closing():
    book = book_of(*CERTAIN, "debt.ddtl.opens=2026-12-15")
    months = len(draw(book.spec, 1, 0).market_open)
    market = np.ones(months, np.int64)
    market[6:9] = 0  # December to February
    story = told(book, luck(book, market_open=market))
    assert story.only("ddtl cannot close").startswith("2026-12-15")
    closing = story.only("ddtl closes, 76 days late: USD 2,000m")
    assert closing.startswith("2027-03-01")


def test_what_a_lapsed_commitment_loses_is_told():
    book = book_of(*CERTAIN, "debt.ddtl.available_to=2027-01-31")
    story = told(book, luck(book))
    assert story.only("ddtl can no longer be drawn").endswith("of it lost undrawn")
    used = book_of(*CERTAIN)
    assert not told(used, luck(used)).having("lost undrawn")


def test_a_shortfall_is_told_with_its_steps_and_its_end():
    book = book_of(*CERTAIN)
    story = told(book, luck(book, hall_delay=np.array([300, 300])))
    first = story.having("due and unpaid")[0]
    assert "principal" in first
    assert story.state.clock[0].first_shortfall == day_of(date_in(first))
    assert len(story.having("all that was due is paid again")) == 1


def test_gpus_past_their_book_life_stay_with_their_customer_until_the_term_is_over():
    book = book_of(*CERTAIN, "gpus.GB300.book_life_years=3")
    story = told(book, luck(book))
    kept = story.only("anchor tranche 1 reach the end of their book life")
    retired = story.only("24,000 GB300 of anchor tranche 1 retired")
    ended = story.only("anchor tranche 1 ends: 24,000 GB300 free again")
    assert date_in(kept) < date_in(ended) == date_in(retired)


def test_lots_of_a_tranche_are_told_together():
    book = book_of(*CERTAIN, "operator.acceptance_lot_mw=10")
    story = told(book, luck(book))
    story.only("24,000 GB300 for anchor tranche 1 (5 lots) are ordered: USD 1,834m")
    assert len(story.having("anchor tranche 1 lot", "starts billing 4,800 GB300")) == 5


def test_every_event_has_words_and_the_story_leaves_bookkeeping_out():
    book = book_of()
    story = told(book, luck(book))
    said = sentences(book.names, story.trace)
    assert len(said) == len(story.trace.events)
    assert all(sentence.text for sentence in said)
    assert [s.text for s in said if s.in_story] == [line[12:] for line in story.lines]
    assert not story.having("pays an invoice")
    assert sum(e.phase == agenda.COLLECT for e in story.trace.events) > 50
    assert [date_in(line) for line in story.lines] == sorted(date_in(line) for line in story.lines)


def test_an_invoice_says_how_late_it_is_paid():
    book = book_of(*CERTAIN, "contracts.anchor.late_payment={chance=1, mean_days=20}")
    said = sentences(book.names, told(book, luck(book)).trace)
    paid = [sentence.text for sentence in said if "pays an invoice" in sentence.text]
    assert len(paid) > 5
    assert all("anchor pays an invoice 20 days late: USD" in text for text in paid)


def test_telling_changes_nothing():
    book = book_of()
    world = luck(book, hall_delay=np.array([100, 200]))
    told_state = told(book, world).state
    silent = process.run(book.state, world)
    for name, column in silent._asdict().items():
        assert np.array_equal(column, getattr(told_state, name)), name


def month(number: int, **changes: object) -> Event:
    record = MonthRecord(number, 100, 100, 0, (), 0)
    return Event(number, NONE, 20_000 + 30 * number, agenda.MONTH, 0, record._replace(**changes))


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (
            [month(11, puts_lost=90_000_000), month(12, puts_lost=100_000_000)],
            ["USD 1.0m of backstops"],
        ),
        (
            [month(12, puts_lost=100_000_000), month(24, puts_lost=100_000_000)],
            ["USD 1.0m of backstops"],
        ),
    ],
)
def test_expired_puts_are_told_at_most_once_a_year(events: list[Event], expected: list[str]):
    lines = tell(book_of().names, Trace(events))
    assert len([line for line in lines if "backstop" in line]) == len(expected)
    assert expected[0] in next(line for line in lines if "backstop" in line)


def test_a_month_within_the_quarter_is_told_only_if_what_is_unpaid_changes():
    short = (STEP_RENT, STEP_INTEREST)
    events = [month(n, unpaid=5_000_000_00, steps=short) for n in (1, 2)] + [month(4), month(5)]
    lines = tell(book_of().names, Trace(events))
    assert len(lines) == 2
    assert "USD 5.0m due and unpaid (rent and interest)" in lines[0]
    assert "all that was due is paid again" in lines[1]


def test_a_missed_covenant_is_told_in_any_month():
    missed = tuple((0,) if kind.key == "minimum_liquidity" else () for kind in KINDS)
    lines = tell(book_of().names, Trace([month(1, missed=missed)]))
    assert "the cash covenant of ddtl is missed" in lines[0]


def test_a_chain_ends_with_the_month_that_led_to_it():
    """Each month's books ring the next month's: that is the calendar, and no cause."""
    ordered = Event(9, 3, day_of(dt.date(2026, 4, 1)), agenda.PLACE, 0, None)
    dates = [dt.date(2026, 1, 31), dt.date(2026, 2, 28), dt.date(2026, 3, 31)]
    months = [month(n)._replace(key=n, parent=n - 1, day=day_of(dates[n - 1])) for n in (1, 2, 3)]
    causes = Causes(book_of().names, Trace([*months, ordered]))
    assert causes.chain(ordered) == " <- books closed 2026-03-31"


def test_the_readme_quotes_a_real_story():
    readme = Path(story.__file__).with_name("README.md").read_text()
    quoted = readme.split("```")[1].strip().splitlines()
    book = book_of()
    lines = told(book, luck(book)).lines
    assert len(quoted) == 10
    assert [line for line in lines if line in quoted] == quoted
