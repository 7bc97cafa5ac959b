"""Lists of names that must agree: a covenant, cause, step, event or movement in one is in all."""

from __future__ import annotations

import inspect
import typing

import pytest

from gpusim.economics.core import agenda, state
from gpusim.economics.debt import covenants
from gpusim.economics.debt.covenant_words import COVENANTS
from gpusim.engines.process import facts, story
from gpusim.engines.process.trace import Event
from gpusim.experiments.explain.loss_chain import why_stopped
from gpusim.reports.figures import debt_figures
from gpusim.reports.pages import style
from gpusim.reports.printed.run_report import _minimum
from gpusim.results import figures, payload
from gpusim.scenario import naming, schema
from gpusim.scenario.tables import debt, operator

KEYS = [
    key
    for key, info in schema.fields_of(debt.Covenants).items()
    if key not in ("cures", "stops_draws", "sweep_share", "cross_default")
]
"""The tests a model file may hold."""


def month_of(**changes: tuple[int, ...]) -> facts.MonthFacts:
    """A quiet month but for these rows of facilities."""
    quiet = facts.MonthFacts(1, 100, 100, 0, (), 0, 0, (), ())
    return quiet._replace(**changes)


def test_every_test_of_a_lender_has_words():
    assert list(COVENANTS) == KEYS
    fields = facts.MonthFacts._fields
    assert {w.missed for w in COVENANTS.values()} == {f for f in fields if f.endswith("_missed")}


@pytest.mark.parametrize("test", KEYS)
def test_the_words_of_a_test_have_its_side(test):
    """A limit that a model calls a minimum is told as the least, a maximum as the most."""
    fields = schema.fields_of(schema.type_at((test,), debt.Covenants))
    limits = {name.partition("_")[0] for name in fields} & {"minimum", "maximum"}
    assert limits == {"minimum" if COVENANTS[test].least else "maximum"}


def test_every_test_of_a_lender_is_told_apart_in_every_report():
    rows = [
        {"facility": "ddtl", "test": test, "minimum": 0.8, "scope": "operator"} for test in KEYS
    ]
    assert len({_minimum(row) for row in rows}) == len(KEYS)
    assert len({debt_figures.covenant_name(row) for row in rows}) == len(KEYS)


@pytest.mark.parametrize("tell", [_minimum, debt_figures.covenant_name])
def test_a_new_kind_of_test_is_no_test_of_cash(tell):
    """A kind that has no words raises; it was told as "cash of at least USD 0m"."""
    with pytest.raises(KeyError, match="leverage"):
        tell({"facility": "ddtl", "test": "leverage", "minimum": 6.0, "scope": "operator"})


def test_the_payload_tells_every_test():
    source = inspect.getsource(payload.tests_of)
    assert [word for word in KEYS if f'yield "{word}"' in source] == KEYS


def test_every_own_failure_of_a_facility_is_a_test_or_listed():
    """Bits of `failing`: one a test, and two that are no test of its own."""
    bits = {name for name in vars(covenants) if name.startswith("FAILS_")}
    assert len(bits) == len(KEYS) + 1  # FAILS_CROSS: another's


@pytest.mark.parametrize("test", KEYS)
def test_a_loss_names_the_covenant_that_stopped_its_loan(test):
    """It said "the a covenant of ddtl is missed" where loan to resale value was the one."""
    month = month_of(**{COVENANTS[test].missed: (0,)}, stopped=(0,))
    event = Event(0, -1, 0, int(agenda.MONTH), 0, month)
    said = why_stopped(event, 0, "ddtl")
    assert said == f"the {COVENANTS[test].name} covenant of ddtl is missed"


def test_a_loss_without_a_test_of_that_day_says_so():
    both = month_of(cover_missed=(0,), ltv_missed=(0,), stopped=(0,))
    again = month_of(stopped=(0,))
    told = [
        why_stopped(Event(0, -1, 0, int(agenda.MONTH), 0, month), 0, "ddtl")
        for month in (both, again)
    ]
    assert told == [
        "the debt service cover and loan to value covenants of ddtl are missed",
        "ddtl is in breach again, or through another loan",
    ]


def test_every_event_has_a_reader_a_sentence_and_a_noun():
    phases = set(range(len(agenda.PHASES)))
    assert set(facts.READERS) == phases
    assert set(naming.NOUNS) == set(agenda.PHASES)
    assert "self.sayers" in inspect.getsource(story.Teller)
    for name in agenda.PHASES:
        assert f"agenda.{name}:" in inspect.getsource(story.Teller), name


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
