"""Covenants: what is a breach, from which day, and that only the first is kept."""

import datetime as dt
from pathlib import Path

import pytest

from gpusim import units_of_measure as units
from gpusim.economics.books.ledger import FIRST_CASH
from gpusim.economics.books.measures import CFADS, DEBT_SERVICE
from gpusim.economics.core.state import DSCR, MINIMUM_LIQUIDITY, NEVER, State
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.debt.covenant_tests import check_covenants
from gpusim.economics.debt.covenants import KINDS
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.units_of_measure import day_of
from gpusim.world import draw

SMALL = Path(__file__).parents[1] / "scenario" / "fixtures" / "small.toml"
AS_OF = dt.date(2025, 12, 31)
ENDS = units.month_ends(AS_OF, 12)


class Lender:
    """The small model's loan, with covenants, and books that a test writes."""

    def __init__(self, covenants: str) -> None:
        scenario = load(str(SMALL), sets=[f"debt.ddtl.covenants={covenants}"])
        book = lower(scenario)
        self.s: State = book.state
        self.world = world_to_pointer(draw(book.spec, 1, 0))
        self.s.balance[:] = 0

    def month(self, month: int, cfads: int, service: int, cash: int = 0) -> None:
        self.s.stocks[CFADS, month] = cfads
        self.s.stocks[DEBT_SERVICE, month] = service
        self.s.balance[FIRST_CASH] = cash
        check_covenants(to_pointer(self.s), self.world, month, ENDS[month])

    def broken(self) -> tuple[dt.date | None, dt.date | None]:
        days = (int(self.s.covenants[0, kind].broken) for kind in (DSCR, MINIMUM_LIQUIDITY))
        dscr, liquidity = (None if day == NEVER else units.date_of(day) for day in days)
        return dscr, liquidity


@pytest.fixture
def cover() -> Lender:
    return Lender("{ dscr = { minimum = 1.5, from = 2026-06-30 } }")


@pytest.fixture
def cash() -> Lender:
    return Lender("{ minimum_liquidity = { minimum_usd = 10, from = 2026-02-28 } }")


def test_cover_is_tested_at_quarter_ends_from_its_date_and_the_first_breach_stays(cover):
    for month in range(1, 6):
        cover.month(month, cfads=0, service=100)
        assert cover.broken() == (None, None)  # March is before the first test
    cover.month(6, cfads=0, service=100)
    cover.month(9, cfads=0, service=100)
    assert cover.broken() == (dt.date(2026, 6, 30), None)


def test_cover_looks_back_twelve_months(cover):
    cover.month(1, cfads=9_000, service=100)
    for month in range(2, 10):
        cover.month(month, cfads=100, service=100)
    assert cover.broken() == (None, None)
    cover.s.stocks[CFADS, 1] = 600  # January: 600 + 8 x 100 over 9 x 100 is 1.56
    cover.month(9, cfads=100, service=100)
    assert cover.broken() == (None, None)
    cover.s.stocks[CFADS, 1] = 549  # 1,349 over 900 is 1.499
    cover.month(9, cfads=100, service=100)
    assert cover.broken() == (dt.date(2026, 9, 30), None)


def test_without_debt_service_there_is_no_breach(cover):
    cover.month(6, cfads=-100, service=0)
    assert cover.broken() == (None, None)


def test_cash_is_tested_every_month_end_from_its_date(cash):
    cash.month(1, cfads=0, service=0, cash=9_99)
    assert cash.broken() == (None, None)
    cash.month(2, cfads=0, service=0, cash=10_00)
    assert cash.broken() == (None, None)
    cash.month(4, cfads=0, service=0, cash=9_99)
    cash.month(5, cfads=0, service=0, cash=0)
    assert cash.broken() == (None, dt.date(2026, 4, 30))


def test_a_loan_without_covenants_breaks_none():
    quiet = Lender("{}")
    quiet.month(6, cfads=-100, service=100, cash=-1)
    assert quiet.broken() == (None, None)


def test_dates_of_covenants_are_lowered():
    tests = Lender("{ dscr = { minimum = 1.5, from = 2026-06-30 } }").s.covenants[0]
    assert (tests[DSCR].limit, tests[DSCR].since) == (1.5, day_of(dt.date(2026, 6, 30)))
    assert [kind for kind in range(len(KINDS)) if tests[kind].limit > 0] == [DSCR]
