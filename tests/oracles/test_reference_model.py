"""The reference model of the benchmarks, written three times, gives the same quarters to the cent.

`plain.py` and `reference.c` were written from the definitions and import no rule, so that they
agree with gpusim on every line, every quarter and the number of events is an independent check of
the rules that the model uses, and of the order of a day.
"""

import numpy as np
import pytest

from benchmarks.reference import contenders, plain
from gpusim.engines import batch, process
from gpusim.scenario import load
from gpusim.scenario.lower import Book, lower
from gpusim.world import draw

CASE = "reference model"
REPLICATIONS = 20
SEED = 1
QUARTERS = plain.MONTHS // 3


@pytest.fixture(scope="module")
def book() -> Book:
    return contenders.book()


@pytest.fixture(scope="module")
def played(book: Book) -> list[tuple[np.ndarray, int]]:
    """Rows and events of the plain program, by replication."""
    worlds = (draw(book.spec, SEED, number) for number in range(REPLICATIONS))
    return [(np.array(rows), events) for rows, events in map(plain_run, worlds)]


def plain_run(world):
    return plain.run(contenders.drawn(world))


def gpusim_run(book, world):
    tally = contenders.Tally()
    state = process.run(book.state, world, trace=tally)
    return contenders.rows(state, world), tally.count


def assert_equal_rows(found, expected, number):
    for name, ours, theirs in zip(plain.COLUMNS, found.T, expected.T, strict=True):
        differs = np.flatnonzero(ours != theirs)
        assert not len(differs), (
            f"replication {number}: {name} first differs in quarter {differs[0] + 1}: "
            f"{ours[differs[0]]:,} and {theirs[differs[0]]:,}"
        )


def test_gpusim_and_the_plain_program_give_the_same_quarters(book, played, compare):
    for number, (rows, events) in enumerate(played):
        found, taken = gpusim_run(book, draw(book.spec, SEED, number))
        assert_equal_rows(found, rows, number)
        compare(f"events of replication {number}", taken, events)
        compare(f"cells of it that differ, of {rows.size:,}", int((found != rows).sum()), 0)


def test_the_batch_engine_and_the_plain_program_give_the_same_quarters(book, played):
    for number, (rows, _) in enumerate(played):
        world = draw(book.spec, SEED, number)
        assert_equal_rows(contenders.rows(batch.run(book.state, world), world), rows, number)


def test_c_and_the_plain_program_give_the_same_quarters(book, played, tmp_path):
    try:
        in_c = contenders.Reference(tmp_path)
    except contenders.NoCompilerError as error:
        pytest.skip(str(error))
    for number, (rows, events) in enumerate(played):
        found = np.zeros((QUARTERS, len(plain.COLUMNS)), np.int64)
        taken = in_c.run(contenders.words(draw(book.spec, SEED, number)), found)
        assert_equal_rows(found, rows, number)
        assert taken == events


@pytest.mark.parametrize(
    ("cash", "minimum", "office"),
    [(60_000_000, 0, 4_000_000), (600_000_000, 50_000_000, 60_000_000)],
    ids=["little to begin with", "costs beyond its means"],
)
def test_they_agree_on_a_firm_that_cannot_pay(monkeypatch, cash, minimum, office):
    """Orders wait for money, costs, interest and suppliers stay unpaid, customers walk away."""
    sets = {
        "balance.cash_usd": cash,
        "balance.paid_in_capital_usd": cash,
        "operator.minimum_cash_usd": minimum,
        "overheads.office.monthly_usd": office,
    }
    poor = load(str(contenders.HERE / "model.toml"), sets=[f"{k}={v}" for k, v in sets.items()])
    book = lower(poor)
    monkeypatch.setattr(plain, "OPENING_CASH", 100 * cash)
    monkeypatch.setattr(plain, "MINIMUM_CASH", 100 * minimum)
    monkeypatch.setattr(plain, "OFFICE", 100 * office)
    least = 100 * cash
    for number in range(3):
        world = draw(book.spec, SEED, number)
        expected, events = plain_run(world)
        found, taken = gpusim_run(book, world)
        assert_equal_rows(found, np.array(expected), number)
        assert taken == events
        least = min(least, found[:, plain.COLUMNS.index("cash")].min())
        assert found[:, plain.COLUMNS.index("deferred_orders")].max() > 0
    assert least <= minimum * 100


def test_the_model_does_what_the_benchmark_says(played):
    """About 13,000 events and 500 contracts; late starts, walk-aways, loans drawn and repaid."""
    name = plain.COLUMNS.index
    events = [taken for _, taken in played]
    assert 12_000 < np.mean(events) < 15_000
    rows = np.array([table for table, _ in played])
    live = rows[:, :, name("live_tranches")]
    assert 425 < live[:, 16:].mean() < 500 < live.max(axis=1).mean() < 550
    assert (rows[:, :, name("tranches_lapsed")].sum(axis=1) > 0).mean() > 0.9
    assert (rows[:, :, name("debt_principal")].max(axis=1) > 500_000_000_00).all()
    assert (rows[:, -1, name("debt_principal")] == 0).any()
    assert (rows[:, :, name("waiting_gpus")].max(axis=1) > 0).all()


def test_the_plain_program_balances(played):
    """Assets are liabilities and equity, in every quarter, by its own books alone."""
    name = plain.COLUMNS.index
    for table, _ in played:
        flow = table.cumsum(axis=0)
        profit = flow[:, name("revenue")] + flow[:, name("interest_income")]
        for cost in ("cost_of_revenue", "depreciation", "administration", "interest_expense"):
            profit = profit - flow[:, name(cost)]
        assets = table[:, name("ppe_gross")] - table[:, name("accumulated_depreciation")]
        for line in ("cash", "restricted_cash", "receivables", "supplier_deposits"):
            assets = assets + table[:, name(line)]
        owed = table[:, name("debt_principal")]
        for line in ("payables_operating", "payables_capex", "accrued_interest"):
            owed = owed + table[:, name(line)]
        owed = owed + table[:, name("deferred_revenue")]
        assert (assets - owed - profit == plain.OPENING_CASH).all()
