"""Known answers B6: interest on a closing balance that holds the interest itself.

No rule of the product is circular: interest runs on balances by the day. The solver is the tests'.
"""

from tests.oracles.formulas import fixed_point

CASE = "B6"
OPENING, RATE, CASH = 100_000.0, 0.10, 5_000.0


def test_closing_balance_and_interest(compare):
    found = fixed_point(lambda closing: OPENING + RATE * closing - CASH, OPENING)
    compare("closing balance, to the cent", round(found, 2), 105_555.56)
    compare("interest, to the cent", round(RATE * found, 2), 10_555.56)


def test_a_rule_that_bends_is_solved_too(compare):
    """Interest only above a threshold, as in a cash sweep."""
    found = fixed_point(lambda x: 100.0 + 0.2 * max(x - 80.0, 0.0), 0.0)
    compare("a rule that bends", found, 105.0, rel=1e-6)


def test_no_fixed_point_is_told(compare):
    found = fixed_point(lambda x: x + 1.0, 0.0, steps=50)
    compare("no fixed point", found, None)
