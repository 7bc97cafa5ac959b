"""The chain from backlog to cash: every total is the sum above it, and its end is the cash."""

import numpy as np

from gpusim.results.payload import stack
from gpusim.results.replications.backlog_to_cash import STEPS, backlog_to_cash
from tests.results.panels import M, firm, panel, payload


def test_totals_are_the_sum_of_the_steps_above_them_to_the_cent():
    steps = backlog_to_cash(panel())
    level = np.zeros(2, np.int64)
    for step in STEPS:
        if step.total:
            assert (steps[step.name] == level).all(), step.name
        else:
            level = level + steps[step.name]


def test_the_small_firm_by_hand():
    """Opens with 480 of backlog; earns 10 a month from month 4 to 15, so 120, all collected.

    Power costs 4 in each of those months, interest is 1 a month from month 2 on, equipment costs
    60 and a loan of 60 is drawn: 120 - 48 - 60 + 60 - 14 = 58 is left.
    """
    steps = {name: values[0] / M for name, values in backlog_to_cash(panel()).items()}
    assert steps["backlog_opening"] == 480
    assert steps["slipped"] == -10
    assert steps["recognised"] == steps["collected"] == 120
    assert (steps["power"], steps["site"], steps["capex"]) == (-48, 0, -60)
    assert (steps["drawn"], steps["interest"], steps["principal"]) == (60, -14, 0)
    assert steps["left_for_shareholders"] == 58


def test_new_shares_are_not_what_is_left_for_shareholders():
    books = firm()
    books.post("cash_from_equity", "paid_in_capital", 25 * M, 5)
    steps = backlog_to_cash(stack([payload(books=books)]))
    assert steps["left_for_shareholders"].tolist() == [58 * M]


def test_capitalised_interest_counts_as_interest_not_as_equipment():
    books = firm()
    books.post("construction_in_progress", "interest_capitalised", 3 * M, 6)
    books.post("accrued_interest", "cash_for_capitalised_interest", 3 * M, 6)
    steps = backlog_to_cash(stack([payload(books=books)]))
    assert steps["interest"].tolist() == [-17 * M]
    assert steps["capex"].tolist() == [-60 * M]
