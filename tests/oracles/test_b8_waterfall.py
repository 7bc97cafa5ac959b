"""Known answers B8: two notes paid one after the other from given collections, to the cent.

Senior 1,000.00 at 6%, junior 500.00 at 12%, 30/360. Each month: senior interest, junior interest,
then all that is left to senior principal and, once that is repaid, to junior principal. Unpaid
interest stays due and bears none. The table was worked out by hand. `models/two-notes.toml` plays
it in both engines: all principal is due at the first month's end, the waterfall does the rest.
"""

import numpy as np
import pytest

from gpusim.economics.books.ledger import ACCOUNTS
from gpusim.economics.debt.loan_arithmetic import interest
from gpusim.economics.debt.service.waterfall import pay_in_order
from gpusim.engines import batch, process
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.world import draw
from tests.oracles.queues import MODELS

CASE = "B8"
COLLECTIONS = (310_00, 4_00, 0, 716_50, 105_03, 400_00, 5_00)
PAID = (
    # senior interest, junior interest, senior principal, junior principal
    (5_00, 5_00, 300_00, 0),
    (3_50, 50, 0, 0),
    (0, 0, 0, 0),
    (7_00, 14_50, 695_00, 0),
    (3, 5_00, 5_00, 95_00),
    (0, 4_05, 0, 395_95),
    (0, 9, 0, 4_91),
)
SHORT = (
    # interest due and unpaid at the month's end: senior, junior
    (0, 0),
    (0, 4_50),
    (3_50, 9_50),
    (0, 0),
    (0, 0),
    (0, 0),
    (0, 0),
)
JUNIOR_LEFT = 4_14


@pytest.fixture(scope="module")
def months():
    """(paid, interest shortfalls, principal left) of every month."""
    notes, short, found = [1_000_00, 500_00], [0, 0], []
    for collected in COLLECTIONS:
        coupons = [
            short[0] + interest(notes[0], 0.06, 30),
            short[1] + interest(notes[1], 0.12, 30),
        ]
        paid = np.zeros(4, np.int64)
        rows = np.arange(4)
        left = pay_in_order(collected, np.array([*coupons, *notes]), paid, rows, rows)
        assert left == 0
        short = [due - int(p) for due, p in zip(coupons, paid[:2], strict=True)]
        notes = [note - int(p) for note, p in zip(notes, paid[2:], strict=True)]
        found.append((tuple(paid.tolist()), tuple(short), tuple(notes)))
    return found


def test_payments_match_the_hand_computation(months, compare):
    for month, ((paid, _, _), known) in enumerate(zip(months, PAID, strict=True), 1):
        what = f"month {month}: interest and principal paid, senior and junior [cents]"
        compare(
            what, [paid[0], paid[2], paid[1], paid[3]], [known[0], known[2], known[1], known[3]]
        )


def test_interest_shortfalls_are_recorded_and_made_good(months, compare):
    found = [cents for _, short, _ in months for cents in short]
    known = [cents for short in SHORT for cents in short]
    compare("interest unpaid by month, senior and junior [cents]", found, known)


def test_the_junior_note_bears_the_final_shortfall(months, compare):
    compare("principal left, senior and junior [cents]", months[-1][2], [0, JUNIOR_LEFT])


def test_all_collections_are_paid_out(months, compare):
    assert sum(COLLECTIONS) == 1_540_53
    compare("paid out in all [cents]", sum(sum(paid) for paid, _, _ in months), 1_540_53)


@pytest.mark.parametrize("engine", [batch, process], ids=["batch", "process"])
def test_a_firm_of_two_loans_pays_the_same(engine, compare):
    book = lower(load(str(MODELS / "two-notes.toml")))
    final = engine.run(book.state, draw(book.spec, 1, 0))
    name = engine.__name__.rsplit(".", 1)[-1]
    months = slice(1, 1 + len(PAID))
    for what, account, places in (
        ("interest", "cash_for_interest", (0, 1)),
        ("principal", "cash_for_principal", (2, 3)),
    ):
        paid = -final.ledger[ACCOUNTS.index(account), months]
        known = [sum(row[n] for n in places) for row in PAID]
        compare(f"{what} paid by month, both notes, {name} engine [cents]", paid, known)
    unpaid = -final.ledger[ACCOUNTS.index("accrued_interest")].cumsum()[months]
    known = [sum(row) for row in SHORT]
    compare(f"interest unpaid by month, both notes, {name} engine [cents]", unpaid, known)
    left = final.facilities[:2].principal
    compare(f"principal left, senior and junior, {name} engine [cents]", left, [0, JUNIOR_LEFT])
