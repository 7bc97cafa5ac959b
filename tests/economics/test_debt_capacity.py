"""What a month earns, by which new debt is capped: before charges that cost no cash."""

from gpusim.economics.books.ledger import (
    ADMINISTRATION_CASH,
    AMORTISATION_OF_INTANGIBLES,
    COST_DEPRECIATION,
    COST_POWER,
    IMPAIRMENT,
    INTANGIBLES_ACCUMULATED,
    INTEREST_CONTRACTUAL,
    RECEIVABLES,
    REVENUE_COMMITTED,
    SERVERS_ACCUMULATED,
    TECHNOLOGY_DEPRECIATION,
    post,
)
from gpusim.economics.core.state_pointer import to_pointer
from gpusim.economics.debt.debt_capacity import leverage, month_earnings
from tests.engines.build import book_of, quiet

MONTH = 1


def test_what_costs_no_cash_is_no_charge_on_the_earnings_that_cap_debt() -> None:
    """Revenue of 500 less 80 of power and 20 of administration earns 400, whatever is depreciated,
    amortised and impaired, and before interest. 100 of cash less no debt, over twelve such months:
    net debt of -100 / 4,800."""
    state = book_of(quiet(balance={"cash_usd": 100})).state
    s = to_pointer(state)
    state.clock[0].month = MONTH
    for debit, credit, usd in (
        (RECEIVABLES, REVENUE_COMMITTED, 500),
        (COST_POWER, RECEIVABLES, 80),
        (ADMINISTRATION_CASH, RECEIVABLES, 20),
        (COST_DEPRECIATION, SERVERS_ACCUMULATED, 41),
        (TECHNOLOGY_DEPRECIATION, SERVERS_ACCUMULATED, 7),
        (AMORTISATION_OF_INTANGIBLES, INTANGIBLES_ACCUMULATED, 11),
        (IMPAIRMENT, SERVERS_ACCUMULATED, 150),
        (INTEREST_CONTRACTUAL, RECEIVABLES, 60),
    ):
        post(s, debit, credit, usd * 100)
    assert month_earnings(s, MONTH) == 400_00
    state.clock[0].month = MONTH + 1
    assert leverage(s) == -100 / 4_800
