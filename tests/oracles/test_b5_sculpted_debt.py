"""Known answers B5: debt sized on its cash, and the cap that binds."""

import numpy as np
import pytest

from gpusim.appraisal.returns import debt_size, sculpted
from tests.oracles.unit_rows import row, value

CASE = "B5"
CASH = np.array([30.0, 45.0, 40.0, 0.0, 25.0, 60.0])
DSCR, RATE = 1.3, 0.07


def test_the_sculpted_loan_is_repaid_by_cash_over_dscr(compare):
    """Rolled forward at its rate, each payment cash / DSCR, nothing is left."""
    size = balance = sculpted(CASH, DSCR, RATE)
    for paid in CASH / DSCR:
        balance = balance * (1 + RATE) - paid
    compare("left of the sculpted loan after its last payment", balance, 0, abs=1e-6 * size)


def test_level_cash_gives_the_annuity(compare):
    """10 a month for five years at 6%, covered 1.25 times: annuity of 8; factor from a table."""
    found = sculpted(np.full(60, 10.0), 1.25, 0.005)
    compare("size on level cash, annuity factor from a table", found, 8 * 51.7255608, rel=1e-6)


@pytest.mark.parametrize(("ltv", "binding"), [(120.0, "ltv"), (200.0, "dscr")])
def test_the_least_cap_binds_and_is_named(ltv, binding, compare):
    own = sculpted(CASH, DSCR, RATE)
    size = debt_size({"dscr": own, "advance": 150.0, "ltv": ltv, "commitment": 180.0})
    compare(f"what binds with an LTV cap of {ltv:g}", size.binding, binding)
    compare(f"size with an LTV cap of {ltv:g}", size.amount, min(ltv, own))


@pytest.mark.parametrize(
    ("change", "binding"),
    [
        ("debt.gpu-loan.size_dscr=2.5", "DSCR"),
        ("debt.gpu-loan.advance_rate=0.5", "advance rate"),
        ("debt.gpu-loan.commitment_usd=3_000_000_000", "commitment"),
    ],
)
def test_a_model_says_which_cap_binds(change, binding):
    running = ("debt.gpu-loan.running_cost_share=0.3",) if "dscr" in change else ()
    found = row("iren-horizon", "microsoft", change, *running)
    assert f"debt capacity is set by the {binding}" in found.notes
    assert value(found, "debt_capacity") < 3_650e6
