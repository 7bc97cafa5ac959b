"""Lists of names that must agree: a cause, step, event or movement in one is in all."""

from __future__ import annotations

import re
import typing
from collections import Counter

import pytest

from gpusim.economics.core import agenda, state
from gpusim.economics.debt.covenants import KINDS
from gpusim.engines.story import Event, Sentence, events
from gpusim.engines.story.narrator import Narrator
from gpusim.engines.story.nouns.months import MonthRecord
from gpusim.engines.story.trace import Moment
from gpusim.experiments.explain.loss_chain import why_stopped
from gpusim.reports.pages import style
from gpusim.results import figures
from gpusim.scenario import naming
from gpusim.scenario.tables import operator


def month_of(*keys: str) -> MonthRecord:
    """A month in which a loan's draws stop, having missed these covenants first that day."""
    quiet = MonthRecord(1, 100, 100, 0, (), 0)
    missed = tuple((0,) if kind.key in keys else () for kind in KINDS)
    return quiet._replace(missed=missed, stopped=(0,))


def test_a_loss_without_a_test_of_that_day_says_so():
    both, again = month_of("dscr", "ltv"), month_of()
    told = [
        why_stopped(Event(0, -1, 0, int(agenda.MONTH), 0, month), 0, "ddtl")
        for month in (both, again)
    ]
    assert told == [
        "the debt service cover and loan to value covenants of ddtl are missed",
        "ddtl is in breach again, or through another loan",
    ]


def test_every_event_is_declared_once_and_has_a_noun():
    declared = Counter(agenda.PHASES[phase] for noun in events.NOUNS for phase in noun.EVENTS)
    assert declared == Counter(agenda.PHASES)
    assert set(naming.NOUNS) == set(agenda.PHASES)


@pytest.mark.parametrize("phase", events.EVENTS, ids=lambda phase: agenda.PHASES[phase])
def test_an_event_is_said_from_the_record_that_is_read_of_it(phase: int):
    """Its sentence takes what its reader gives, and the record's docstring names the event."""
    read = typing.get_type_hints(events.EVENTS[phase].read)
    say = typing.get_type_hints(events.EVENTS[phase].say)
    record = read.pop("return")
    assert list(read.values()) == [Moment, int]
    assert list(say.values()) == [Narrator, Event, record, Sentence]
    assert agenda.PHASES[phase] in re.findall("[A-Z_]+", record.__doc__)


def test_every_cause_is_an_outcome():
    for cause in state.CAUSES:
        word = cause.replace("-", "_")
        assert {f"slipped_{word}", f"lost_{word}"} <= set(figures.OUTCOMES)
    assert len(state.CAUSES) == state.N_CAUSES


def test_every_step_of_the_waterfall_may_stand_in_a_file():
    assert set(operator.STEPS) == set(typing.get_args(operator.Step)) == set(state.STEPS)
    assert len(state.STEPS) == state.N_STEPS


def test_there_is_a_colour_for_every_cause():
    assert len(style.PALETTE) >= len(state.CAUSES)
