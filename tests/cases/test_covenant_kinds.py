"""Every kind of covenant is lowered, tested, kept and told.

A kind that is declared in `covenants.KINDS` and missing in a table, page or message fails here.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, NamedTuple

import pytest

from gpusim.economics.core.agenda import MONTH
from gpusim.economics.core.records import dtype_of
from gpusim.economics.core.state import (
    FACILITIES,
    NEVER,
    Contract,
    Facility,
    LoanProgramme,
    State,
)
from gpusim.economics.debt import covenant_tests, covenants
from gpusim.economics.debt.covenants import KIND_OF, KINDS, Kind
from gpusim.engines import batch, process
from gpusim.engines.story import Trace, sentences
from gpusim.experiments.common.replicate import row_of
from gpusim.experiments.explain.loss_chain import why_stopped
from gpusim.reports.figures.debt_figures import covenant_name, measures
from gpusim.reports.printed.run_report import covenant_text
from gpusim.results.payload import BREACHES, LENT, LENT_DAYS, payload_of
from gpusim.results.replications.covenants import covenants_of
from gpusim.scenario import load, schema
from gpusim.scenario.lower import Book, lower
from gpusim.scenario.tables.lending.covenants import Covenants
from gpusim.world import draw

LATE, CALM = "covenant-chain", "single-site"
"""Models whose customers pay later than planned, and as planned."""
STRICT = {"least": {"ratio": 100, "share": 1, "USD": 10**11}, "most": 0.0001}
LOOSE = {"least": {"ratio": 0.0001, "share": 0.0001, "USD": 0.01}, "most": 100}
NUMBERS = {kind.key: number for number, kind in enumerate(KINDS)}
OF_A_BREACH = ("stops_draws", "sweep_share", "cross_default", "cures")
"""Keys beside the kinds: what a breach does."""


def limited(kind: Kind, limits: dict[str, Any], since: str) -> str:
    """A kind's table in a model file, with a limit of these and its first test."""
    limit = limits[kind.side]
    limit = limit[kind.unit] if isinstance(limit, dict) else limit
    return f"{kind.key} = {{ {kind.limit_key} = {limit}, from = {since} }}"


class Firm(NamedTuple):
    """A firm whose loan has one covenant, played by both engines."""

    book: Book
    final: State
    trace: Trace
    batch: State


@cache
def firm_of(key: str, *, strict: bool) -> Firm:
    model, limits, since = (LATE, STRICT, "2027-06-30") if strict else (CALM, LOOSE, "2028-06-30")
    table = limited(KIND_OF[key], limits, since)
    book = lower(load(model, sets=(f"debt.ddtl.covenants = {{ {table} }}",)))
    world = draw(book.spec, 1, 0)
    trace = Trace()
    final = process.run(book.state, world, trace=trace)
    return Firm(book, final, trace, batch.run(book.state, world))


@pytest.fixture(params=[kind.key for kind in KINDS])
def kind(request) -> Kind:
    return KIND_OF[request.param]


@pytest.fixture
def broken(kind) -> Firm:
    return firm_of(kind.key, strict=True)


def first(firm: Firm, kind: Kind) -> int:
    """Day of the first breach of the loan's covenant."""
    return int(firm.final.covenants[0, NUMBERS[kind.key]].broken)


def test_a_model_file_may_hold_every_kind_and_no_other():
    keys = [key for key in schema.fields_of(Covenants) if key not in OF_A_BREACH]
    assert keys == [kind.key for kind in KINDS] == list(KIND_OF)


def test_every_kind_has_its_number():
    numbers = {kind.key: int(getattr(covenants, kind.key.upper())) for kind in KINDS}
    assert tuple(numbers) == tuple(KIND_OF)
    assert numbers == NUMBERS
    assert int(covenants.N_KINDS) == len(KINDS)


def test_every_kind_has_a_bit_of_its_own():
    bits = [int(covenant_tests.bit_of(number)) for number in NUMBERS.values()]
    every = [*bits, int(covenant_tests.FAILS_CROSS), int(covenant_tests.ACCELERATED)]
    assert sum(every) == 2 ** len(every) - 1
    assert all(bit.bit_count() == 1 for bit in every)


def test_no_kind_is_a_column_of_a_noun():
    """Rows of `State.covenants`, or a kind would again be forgotten in one of two nouns."""
    columns = {
        c for noun in (Facility, LoanProgramme, Contract) for c in dtype_of(noun).names or ()
    }
    assert not columns & {kind.breach for kind in KINDS}


def test_a_limit_out_of_reach_is_broken_in_both_engines(kind, broken):
    assert first(broken, kind) < NEVER
    assert broken.final.covenants.tobytes() == broken.batch.covenants.tobytes()


def test_a_limit_that_cannot_be_missed_is_not_broken(kind):
    firm = firm_of(kind.key, strict=False)
    assert first(firm, kind) == NEVER
    assert firm.final.facilities[0].stopped == NEVER


def test_the_results_hold_its_limit_its_columns_and_its_first_breach(kind, broken):
    (agreed,) = covenants_of(broken.book.state, broken.book.names.facilities)
    assert (agreed.facility, agreed.test) == ("ddtl", kind.key)
    limit = STRICT[kind.side]
    assert agreed.minimum == (limit[kind.unit] if isinstance(limit, dict) else limit)
    payload = payload_of(broken.batch, 0)
    assert payload.breaches[0] == first(broken, kind)
    assert payload.lent[0, LENT.index(kind.breach)] == first(broken, kind)
    others = [payload.lent[0, LENT.index(b)] for b in BREACHES if b != kind.breach]
    assert others == [NEVER] * (len(KINDS) - 1)
    assert kind.breach in LENT_DAYS


def test_the_events_and_the_story_tell_the_day(kind, broken):
    months = [e for e in broken.trace.events if e.phase == MONTH and any(e.record.missed)]
    told = [e for e in months if 0 in e.record.missed[NUMBERS[kind.key]]]
    assert [e.day for e in told] == [first(broken, kind)]
    said = dict(zip(broken.trace.events, sentences(broken.book.names, broken.trace), strict=True))
    row = row_of(told[0], said[told[0]], broken.book.names)
    facts = json.loads(row.facts)
    assert facts[kind.missed] == [0]
    assert [k.key for k in KINDS if k.missed not in facts] == []
    assert f"the {kind.name} covenant of ddtl is missed" in row.text


def test_a_loss_names_the_covenant_that_stopped_its_loan(kind, broken):
    stop = next(e for e in broken.trace.events if e.phase == MONTH and 0 in e.record.stopped)
    assert why_stopped(stop, 0, "ddtl") == f"the {kind.name} covenant of ddtl is missed"


def in_words(told):
    return covenant_text(told, str)


def test_every_kind_is_told_apart_in_every_message_and_page():
    rows = [
        {"facility": "ddtl", "test": kind.key, "minimum": 0.8, "scope": "operator"}
        for kind in KINDS
    ]
    for words in (in_words, covenant_name):
        assert len({words(row) for row in rows}) == len(KINDS)
    for field in ("key", "name", "short", "limit", "breach", "missed"):
        assert len({getattr(kind, field) for kind in KINDS}) == len(KINDS), field
    assert all(kind.measured in measures() for kind in KINDS)


@pytest.mark.parametrize("tell_of", [in_words, covenant_name])
def test_a_kind_that_is_not_declared_is_no_test_of_cash(tell_of):
    """It raises; it was told as "cash of at least USD 0m"."""
    with pytest.raises(KeyError, match="net_worth"):
        tell_of({"facility": "ddtl", "test": "net_worth", "minimum": 6.0, "scope": "operator"})


def test_a_loan_of_the_programme_has_every_covenant_of_the_programme():
    tables = ", ".join(limited(kind, STRICT, "2027-06-30") for kind in KINDS)
    book = lower(load("hyperscaler-anchor", sets=(f"programme.covenants = {{ {tables} }}",)))
    final = batch.run(book.state, draw(book.spec, 1, 0))
    closed = [f for f in range(final.count[FACILITIES]) if not final.facilities[f].stated]
    assert closed
    for number in range(len(KINDS)):
        terms = book.state.loan_programme_covenants[number]
        for f in closed:
            test = final.covenants[f, number]
            assert (test.limit, test.since, test.scope) == (terms.limit, terms.since, terms.scope)
    assert sum(row.limit > 0 for row in book.state.loan_programme_covenants) == len(KINDS)
