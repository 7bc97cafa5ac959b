"""Known answers A7: the life implied by a depreciation charge (Chanos, 2025), USD millions."""

from tests.oracles.formulas import charged_through, implied_life_years

CASE = "A7"
MILLION = 100_000_000
CAPITAL, CHARGE, EBIT = 19_200, 637, 200
YEAR, QUARTER = 360, 90


def quarter_charge(life_years: float) -> float:
    """A quarter's depreciation of the capital over a life."""
    life = round(life_years * YEAR)
    return charged_through(CAPITAL * MILLION, 1, life, QUARTER) / MILLION


def test_implied_life(compare):
    found = round(implied_life_years(CAPITAL, CHARGE), 2)
    compare("implied life, to a hundredth [years]", found, 7.54)


def test_half_that_life_turns_the_profit_into_a_loss(compare):
    life = implied_life_years(CAPITAL, CHARGE) / 2
    found = EBIT + CHARGE - quarter_charge(life)
    compare("adjusted EBIT at half the implied life [USD m]", found, -437, abs=0.5)


def test_loss_at_a_life_of_three_and_three_quarter_years(compare):
    found = round(EBIT + CHARGE - quarter_charge(3.75))
    compare("adjusted EBIT at 3.75 years, to a million [USD m]", found, -443)
