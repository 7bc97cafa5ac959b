"""Covenants of a run: one column each, a chance with its interval, a median first day."""

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from gpusim.economics.core.state import NEVER
from gpusim.results import periods, tables
from gpusim.results.payload import LENT, Panel, Payload, first_breaches, stack
from gpusim.results.replications import outcomes
from gpusim.results.replications.covenants import Covenant, covenants_of, first_broken
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.units_of_measure import day_of
from tests.results.panels import MONTHS, payload

QUARTERS = periods.quarters(dt.date(2025, 12, 31), MONTHS)
SMALL = Path(__file__).parents[1] / "scenario" / "fixtures" / "small.toml"
BOTH = (
    "{ dscr = { minimum = 1.4, from = 2026-06-30 },"
    " minimum_liquidity = { minimum_usd = 25_000_000, from = 2026-01-31 } }"
)
MATURES = dt.date(2032, 3, 31)
COVENANTS = (
    Covenant("ddtl", "dscr", 1.4, dt.date(2026, 6, 30), matures=MATURES),
    Covenant("ddtl", "minimum_liquidity", 25e6, dt.date(2026, 1, 31), matures=MATURES),
)


def day(month: int, last: int) -> int:
    return day_of(dt.date(2026, month, last))


@pytest.fixture
def broken() -> Panel:
    """Four replications; three break the first covenant, none the second."""
    firsts = (day(6, 30), NEVER, day(12, 31), day(9, 30))
    return stack([payload(k, breaches=(first, NEVER)) for k, first in enumerate(firsts)])


def test_only_covenants_that_exist_are_told():
    book = lower(load(str(SMALL), sets=[f"debt.ddtl.covenants={BOTH}"]))
    assert covenants_of(book.state, book.names.facilities) == COVENANTS
    assert len(first_breaches(book.state)) == 2
    bare = lower(load(str(SMALL)))
    assert covenants_of(bare.state, bare.names.facilities) == ()
    assert len(first_breaches(bare.state)) == 0


def test_each_covenant_has_a_column_with_the_first_day(broken):
    table = tables.outcome_table(broken, QUARTERS, COVENANTS)
    assert table["breach_dscr_ddtl"].to_list() == [
        dt.date(2026, 6, 30),
        None,
        dt.date(2026, 12, 31),
        dt.date(2026, 9, 30),
    ]
    assert table["breach_minimum_liquidity_ddtl"].to_list() == [None] * 4
    assert table["breach_minimum_liquidity_ddtl"].dtype == pl.Date


def test_the_chance_of_a_breach_has_its_interval_and_median_day(broken):
    cover, cash = outcomes.headline(broken, QUARTERS, COVENANTS)["covenants"]
    assert cover["breach_probability"] == 0.75
    assert 0.30 < cover["breach_ci_low"] < 0.31  # Wilson, 3 of 4: 0.3006 to 0.9544
    assert 0.95 < cover["breach_ci_high"] < 0.96
    assert cover["breach_median_date"] == "2026-09-30"
    assert (cash["breach_probability"], cash["breach_median_date"]) == (0.0, None)


def ended(
    *, breach: int = NEVER, end: int = NEVER, seized: int = NEVER, in_force: int = 1
) -> Payload:
    """A replication with one facility whose firm, or borrower, may end."""
    lent = np.zeros((1, len(LENT)), np.int64)
    lent[0, LENT.index("seized")] = seized
    lent[0, LENT.index("in_force")] = in_force
    return payload(breaches=(breach,))._replace(defaulted=end, lent=lent)


@pytest.mark.parametrize(
    ("path", "first"),
    [
        (ended(end=day(3, 31)), day(3, 31)),  # before the first test, in June
        (ended(end=day(9, 30)), day(9, 30)),  # after tests that were passed
        (ended(breach=day(6, 30), end=day(9, 30)), day(6, 30)),
        (ended(seized=day(8, 31)), day(8, 31)),  # its own borrower; the firm goes on
        (ended(), NEVER),
    ],
)
def test_the_end_of_the_firm_or_the_borrower_is_a_breach(path, first):
    assert first_broken(stack([path]), COVENANTS[:1]).tolist() == [[first]]


def test_a_covenant_is_over_with_its_loan():
    repaid = (COVENANTS[0]._replace(matures=dt.date(2026, 8, 31)),)
    assert first_broken(stack([ended(end=day(9, 30))]), repaid).tolist() == [[NEVER]]
    assert first_broken(stack([ended(end=day(8, 31))]), repaid).tolist() == [[day(8, 31)]]
    early = ended(end=day(8, 31), in_force=0)  # nothing owed, nothing left to draw
    assert first_broken(stack([early]), COVENANTS[:1]).tolist() == [[NEVER]]
    taken = ended(end=day(8, 31), seized=day(3, 31), in_force=0)  # by its lender, who was owed
    assert first_broken(stack([taken]), COVENANTS[:1]).tolist() == [[day(3, 31)]]


def test_shares_are_of_all_replications_and_say_which_ended():
    """Ten paths: one breach of June, three firms that ended, six in order: four broken of ten."""
    paths = [ended(breach=day(6, 30)), *[ended(end=day(3, 31))] * 3, *[ended()] * 6]
    mixed = stack([path._replace(replication=k) for k, path in enumerate(paths)])
    (told,) = outcomes.headline(mixed, QUARTERS, COVENANTS[:1])["covenants"]
    assert (told["breach_probability"], told["ended_probability"]) == (0.4, 0.3)
    assert told["breach_median_date"] == "2026-03-31"


def test_a_run_without_covenants_tells_none():
    bare = stack([payload(0)])
    assert outcomes.headline(bare, QUARTERS)["covenants"] == []
    assert not [c for c in tables.outcome_table(bare, QUARTERS).columns if "breach" in c]
