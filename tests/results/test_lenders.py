"""What lenders ask, of a firm followed by hand (see panels.py): one loan, its months, its tests."""

import datetime as dt
from typing import Any

import numpy as np
import pytest

from gpusim.economics.books import measures
from gpusim.economics.core.state import (
    COUNTED,
    LOAN_INTEREST,
    LOAN_LIFE_CASH,
    LOAN_PRINCIPAL,
    LOAN_PROJECT_CASH,
    LOAN_RECEIVED,
    LOAN_RESALE,
    LOAN_RESERVE,
    LOAN_VALUE,
    N_LOAN_MONTHS,
    NEEDED,
    NEVER,
)
from gpusim.results import figures, metrics, periods, tables
from gpusim.results.formulas import lenders
from gpusim.results.metric import REASONS, Values
from gpusim.results.payload import LENT, Panel, stack
from gpusim.results.replications.covenants import Covenant
from gpusim.scenario.language.errors import ScenarioError
from gpusim.units_of_measure import day_of
from tests.results.panels import MONTHS, M, firm, payload

AS_OF = dt.date(2025, 12, 31)
QUARTERS = periods.quarters(AS_OF, MONTHS)
FAR = dt.date(2030, 12, 31)
COVENANTS = (
    Covenant("term.loan", "minimum_liquidity", 50e6, dt.date(2026, 1, 31), matures=FAR),
    Covenant("term.loan", "ltv", 0.8, dt.date(2026, 6, 30), matures=FAR),
)
NAMES = ["term.loan"]


def loan() -> np.ndarray:
    """60m drawn in month 1, 2m repaid a month from month 7 on; worth 80m from month 3 on.

    USD 0.5m of interest a month, 4m in reserve; its GPUs would fetch 50m. At month 6 its contracts
    are to bring 90m by its maturity and 120m in all; they pay 3m a month from month 4 on.
    """
    months = np.zeros((1, int(N_LOAN_MONTHS), MONTHS + 1), np.int64)
    months[0, LOAN_PRINCIPAL, 1:] = 60 * M
    months[0, LOAN_PRINCIPAL, 7:] -= 2 * M * np.arange(1, MONTHS - 5)
    months[0, LOAN_INTEREST, 1:] = M // 2
    months[0, LOAN_RESERVE, 1:] = 4 * M
    months[0, LOAN_VALUE, 3:] = 80 * M
    months[0, LOAN_RESALE, 3:] = 50 * M
    months[0, LOAN_RECEIVED, 4:] = 3 * M
    months[0, LOAN_LIFE_CASH, 6], months[0, LOAN_PROJECT_CASH, 6] = 90 * M, 120 * M
    return months


def sides() -> np.ndarray:
    """Cash of 98m to 45m against 50m, from month 1; 56m against 64m at month 6, 66m at month 9."""
    both = np.zeros((2, 2, MONTHS + 1), np.int64)
    both[0, NEEDED, 1:] = 50 * M
    both[0, COUNTED, 1:] = 98 * M
    both[0, COUNTED, 8] = 45 * M
    both[1, NEEDED, [6, 9]] = 64 * M
    both[1, COUNTED, [6, 9]] = 56 * M, 66 * M
    return both


def lent(first_month: int = 4) -> np.ndarray:
    row = np.zeros((1, len(LENT)), np.int64)
    row[0, LENT.index("seized")] = NEVER
    row[0, LENT.index("first_month")] = first_month
    row[0, LENT.index("in_force")] = 1
    return row


def panel(**changes: Any) -> Panel:
    """One replication whose cash covenant is broken in month 8, and its LTV in month 9."""
    broken = tuple(day_of(dt.date(2026, *day)) for day in ((8, 31), (9, 30)))
    cover = np.zeros((2, 1, MONTHS + 1), np.int64)
    cover[0, 0, 4:] = 3 * M
    cover[1, 0, 4:] = 2 * M
    cover[0, 0, 7:10] = M
    own = {"loans": loan(), "tests": sides(), "lent": lent(), "cover": cover} | changes
    return stack([payload(breaches=broken)._replace(**own)])


@pytest.fixture(scope="module")
def told() -> dict[str, Values]:
    return metrics.compute(panel(), QUARTERS, NAMES, covenants=COVENANTS)


def row(values: dict[str, Values], name: str) -> list[float | None]:
    return [None if np.isnan(one) else one for one in values[name].figures[0].tolist()]


def reasons(values: dict[str, Values], name: str) -> list[str]:
    codes = values[name].reasons
    assert codes is not None
    return [REASONS[code] for code in codes[0]]


def one(name: str, of: Panel | None = None) -> float | None:
    """A figure of the whole run, as every command reads it."""
    asked = figures.parse(name, QUARTERS, NAMES, covenants=COVENANTS)
    (found,) = figures.columns(of or panel(), QUARTERS, NAMES, [asked], covenants=COVENANTS)
    return None if np.isnan(found.figures[0]) else float(found.figures[0])


def test_balance_interest_and_reserve_of_a_loan_by_quarter(told):
    assert row(told, "balance.term.loan") == [60e6, 60e6, 54e6, 48e6, 42e6]
    assert row(told, "interest.term.loan") == [1.5e6] * 5
    assert row(told, "reserve.term.loan") == [4e6] * 5


def test_loan_to_value_is_net_of_the_reserve(told):
    assert row(told, "ltv.term.loan") == [56 / 80, 56 / 80, 50 / 80, 44 / 80, 38 / 80]
    assert row(told, "ltv_market.term.loan") == [56 / 50, 56 / 50, 1.0, 44 / 50, 38 / 50]
    undrawn = metrics.compute(panel(loans=0 * loan()), QUARTERS, NAMES)
    assert reasons(undrawn, "ltv.term.loan") == ["nothing is owed"] * 5
    months = loan()
    months[0, LOAN_VALUE] = 0
    bare = metrics.compute(panel(loans=months), QUARTERS, NAMES)
    assert reasons(bare, "ltv.term.loan") == ["no accepted hardware"] * 5


def test_life_and_project_cover_are_what_is_to_come_over_principal(told):
    assert row(told, "llcr.term.loan") == [None, 1.5, 0.0, 0.0, 0.0]
    assert row(told, "plcr.term.loan") == [None, 2.0, 0.0, 0.0, 0.0]
    # nothing is to come in the first quarter because nobody has paid yet; later, because all have
    assert reasons(told, "llcr.term.loan") == ["none of its contracts has paid"] + [""] * 4
    monthly = metrics.compute(panel(), periods.by_month(AS_OF, MONTHS), NAMES)
    assert reasons(monthly, "llcr.term.loan")[3:6] == ["no quarter's end"] * 2 + [""]


def test_contracts_that_paid_and_left_nothing_cover_nothing():
    """Costs take all of the 3m a month: 0, and not "none has paid"."""
    months, cover = loan(), np.zeros((2, 1, MONTHS + 1), np.int64)
    months[0, [LOAN_LIFE_CASH, LOAN_PROJECT_CASH], 6] = 0
    cover[0, 0, 4:], cover[1, 0, 4:] = -M, 2 * M
    values = metrics.compute(panel(loans=months, cover=cover), QUARTERS, NAMES)
    assert row(values, "llcr.term.loan") == row(values, "plcr.term.loan") == [None, *[0.0] * 4]


def test_what_a_lender_counts_on_is_no_cover_before_anybody_has_paid():
    """With a stated share of running costs 90m are to come at month 3 too; the first pays in 4."""
    months = loan()
    months[0, LOAN_LIFE_CASH, 3] = 90 * M
    values = metrics.compute(panel(loans=months), QUARTERS, NAMES)
    assert row(values, "llcr.term.loan") == [None, 1.5, 0.0, 0.0, 0.0]
    assert reasons(values, "llcr.term.loan")[0] == "none of its contracts has paid"


def llcrs() -> np.ndarray:
    """Life covers at quarter ends of 1.25, not told yet, 1.5, 1.4 (54m owed), 1.1 (48m), 1.3."""
    months = loan()
    ends = [3, 6, 9, 12, 15]
    months[0, LOAN_LIFE_CASH, ends] = np.array([75_0, 90_0, 75_6, 52_8, 54_6]) * (M // 10)
    return months


def test_the_lowest_life_cover_is_of_quarters_in_which_it_is_told():
    months = llcrs()
    values = metrics.compute(panel(loans=months), QUARTERS, NAMES)
    assert row(values, "llcr.term.loan") == [None, *map(pytest.approx, (1.5, 1.4, 1.1, 1.3))]
    assert one("llcr_lowest.term.loan", panel(loans=months)) == pytest.approx(1.1)
    ended = panel(loans=months)._replace(defaulted=np.array([day_of(dt.date(2026, 8, 1))]))
    assert one("llcr_lowest.term.loan", ended) == pytest.approx(1.4)
    never = months.copy()
    never[0, LOAN_RECEIVED] = 0
    assert one("llcr_lowest.term.loan", panel(loans=never)) is None
    since = (Covenant("term.loan", "dscr", 1.2, dt.date(2027, 3, 31), matures=FAR),)
    asked = figures.parse("llcr_lowest.term.loan", QUARTERS, NAMES, covenants=since)
    late = panel(loans=months, tests=sides()[:1])._replace(breaches=np.full((1, 1), NEVER))
    (found,) = figures.columns(late, QUARTERS, NAMES, [asked], covenants=since)
    assert found.figures.tolist() == [pytest.approx(1.3)]


@pytest.mark.parametrize(
    ("cover", "life", "lowest"),
    [
        (None, dt.date(2026, 6, 30), 1.1),
        (None, dt.date(2027, 3, 31), 1.3),  # its own first test counts without a cover's
        (dt.date(2027, 3, 31), dt.date(2026, 6, 30), 1.1),  # and before a cover's
        (dt.date(2026, 6, 30), dt.date(2027, 3, 31), 1.3),
        (dt.date(2027, 3, 31), dt.date(2028, 3, 31), 1.3),  # after the run: the cover's counts
    ],
)
def test_the_lowest_life_cover_is_from_its_own_first_test_on(cover, life, lowest):
    """1.5 at June, 1.4, 1.1 at December, 1.3 in March 2027."""
    days = {"dscr": cover, "llcr": life}
    agreed = tuple(
        Covenant("term.loan", test, 1.0, day, matures=FAR) for test, day in days.items() if day
    )
    tests = np.zeros((len(agreed), 2, MONTHS + 1), np.int64)
    of = panel(loans=llcrs(), tests=tests)._replace(breaches=np.full((1, len(agreed)), NEVER))
    asked = figures.parse("llcr_lowest.term.loan", QUARTERS, NAMES, covenants=agreed)
    (found,) = figures.columns(of, QUARTERS, NAMES, [asked], covenants=agreed)
    assert found.figures.tolist() == [pytest.approx(lowest)]


def test_headroom_is_what_a_test_leaves_of_its_limit(told):
    liquidity = row(told, "headroom.term.loan.minimum_liquidity")
    assert liquidity == [pytest.approx(0.96)] * 5  # 98 of 50; the breach is within a quarter
    ltv = row(told, "headroom.term.loan.ltv")
    assert ltv == [None, 0.125, pytest.approx(-2 / 64), None, None]
    assert reasons(told, "headroom.term.loan.ltv") == ["not tested", "", ""] + ["not tested"] * 2


def test_lowest_headroom_and_breaches_by_name():
    assert one("headroom_lowest.term.loan.minimum_liquidity") == pytest.approx(-0.1)
    assert one("headroom_lowest.term.loan.ltv") == pytest.approx(-2 / 64)
    assert one("headroom_lowest") == pytest.approx(-0.1)
    assert one("breach.term.loan.ltv") == one("breach") == 1.0
    kept = panel()._replace(breaches=np.array([[NEVER, NEVER]]))
    assert one("breach.term.loan.ltv", kept) == one("breach", kept) == 0.0
    only = panel()._replace(breaches=np.array([[day_of(dt.date(2026, 8, 31)), NEVER]]))
    assert one("breach.term.loan.ltv", only) == 0.0
    assert one("breach.term.loan.minimum_liquidity", only) == one("breach", only) == 1.0


def test_the_end_of_the_firm_is_a_breach_of_every_covenant():
    ended = panel()._replace(
        breaches=np.array([[NEVER, NEVER]]), defaulted=np.array([day_of(dt.date(2026, 3, 31))])
    )
    assert one("breach", ended) == one("breach.term.loan.ltv", ended) == 1.0


def least(of: Panel) -> tuple[float | None, ...]:
    """Least headroom of the cash test, of the LTV, and of both."""
    liquidity, ltv = (f"headroom_lowest.term.loan.{test}" for test in ("minimum_liquidity", "ltv"))
    return one(liquidity, of), one(ltv, of), one("headroom_lowest", of)


def test_a_debt_against_no_hardware_has_no_room_at_all():
    """56m at months 6 and 9 against a limit of nothing: a breach, which is -100% of the limit."""
    both = sides()
    both[1, NEEDED, [6, 9]], both[1, COUNTED, [6, 9]] = 0, 56 * M
    bare = panel(tests=both)
    values = metrics.compute(bare, QUARTERS, NAMES, covenants=COVENANTS)
    assert row(values, "headroom.term.loan.ltv") == [None, -1.0, -1.0, None, None]
    assert least(bare) == (pytest.approx(-0.1), -1.0, -1.0)
    assert one("breach.term.loan.ltv", bare) == 1.0
    table = tables.outcome_table(bare, QUARTERS, COVENANTS).row(0, named=True)
    assert table["headroom_lowest_covenant"] == "term.loan.ltv"
    both[1, COUNTED] = 0  # nothing is owed: nothing is tested
    kept = panel(tests=both)._replace(breaches=np.full((1, 2), NEVER))
    assert least(kept)[1] is None
    assert one("breach.term.loan.ltv", kept) == 0.0


def test_an_end_before_the_first_test_is_a_breach_without_room():
    """Never tested, ended in June: both covenants count as broken, and have none of their limit."""
    untested = panel(tests=0 * sides())._replace(breaches=np.full((1, 2), NEVER))
    assert least(untested) == (None, None, None)
    ended = untested._replace(defaulted=np.array([day_of(dt.date(2026, 6, 30))]))
    assert least(ended) == (-1.0, -1.0, -1.0)
    assert one("breach", ended) == one("breach.term.loan.ltv", ended) == 1.0
    after = untested._replace(defaulted=np.array([day_of(FAR) + 1]))  # the agreement has ended
    assert (least(after), one("breach", after)) == ((None, None, None), 0.0)
    taken = lent()
    taken[0, LENT.index("seized")] = day_of(dt.date(2026, 5, 1))
    own = panel(tests=0 * sides(), lent=taken)._replace(breaches=np.full((1, 2), NEVER))
    assert (least(own), one("breach", own)) == ((-1.0, -1.0, -1.0), 1.0)


def test_no_headroom_is_less_than_that_of_nothing():
    """An LTV of three times its limit would be 1 - 3 = -200%, worse than no hardware at all."""
    both = sides()
    both[1, COUNTED, 6] = 3 * 64 * M
    ended = panel(tests=both)._replace(defaulted=np.array([day_of(dt.date(2026, 12, 31))]))
    assert least(ended) == (-1.0, -1.0, -1.0)
    values = metrics.compute(panel(tests=both), QUARTERS, NAMES, covenants=COVENANTS)
    assert row(values, "headroom.term.loan.ltv")[1] == -1.0


@pytest.mark.parametrize(("asked", "earned"), [(4_000, 1_000), (140, 0), (500, 250)])
def test_leverage_on_little_or_no_earnings_has_no_room(asked, earned):
    """Debt that asks for four times the EBITDA, or for some where a year has lost money: -100%."""
    agreed = (Covenant("term.loan", "leverage", 5.0, dt.date(2026, 6, 30), matures=FAR),)
    both = np.zeros((1, 2, MONTHS + 1), np.int64)
    both[0, COUNTED, 6], both[0, NEEDED, 6] = asked, earned
    values = metrics.compute(panel(tests=both), QUARTERS, NAMES, covenants=agreed)
    assert row(values, "headroom.term.loan.leverage")[1] == -1.0


def test_cash_below_nothing_has_no_room():
    """A year's CFADS of -45m against a service of 50m at 1.0x is -0.9x."""
    agreed = (Covenant("term.loan", "dscr", 1.0, dt.date(2026, 6, 30), matures=FAR),)
    both = np.zeros((1, 2, MONTHS + 1), np.int64)
    both[0, COUNTED, 6], both[0, NEEDED, 6] = -45 * M, 50 * M
    values = metrics.compute(panel(tests=both), QUARTERS, NAMES, covenants=agreed)
    assert row(values, "headroom.term.loan.dscr")[1] == -1.0


def test_a_loan_that_is_over_breaks_nothing_when_the_firm_ends():
    """Repaid, with nothing left to draw, long before its stated maturity: see `in_force`."""
    over = lent()
    over[0, LENT.index("in_force")] = 0
    repaid = panel(tests=0 * sides(), lent=over)._replace(
        breaches=np.full((1, 2), NEVER), defaulted=np.array([day_of(dt.date(2026, 6, 30))])
    )
    assert least(repaid) == (None, None, None)
    assert (one("breach.term.loan.ltv", repaid), one("breach", repaid)) == (0.0, 0.0)


def falling() -> np.ndarray:
    """Own cash of 9 in months 1 to 3 and 1 in months 4 to 6 against a service of 2: 4.5, 2.5."""
    cover = np.zeros((2, 1, MONTHS + 1), np.int64)
    cover[0, 0, 1:4], cover[0, 0, 4:7], cover[1, 0, 1:7] = 9 * M, M, 2 * M
    return cover


def lowest_cover(of: Panel) -> tuple[float | None, str | None]:
    told = tables.facilities(of, NAMES, QUARTERS, COVENANTS).row(0, named=True)
    assert one("dscr_lowest.term.loan", of) == told["dscr_lowest"]
    return told["dscr_lowest"], told["dscr_lowest_period"]


def test_the_lowest_cover_of_a_loan_is_none_of_after_it_is_repaid():
    """Repaid in month 7. The year to month 15 has 3 of 6: nobody tests that."""
    months = loan()
    months[0, LOAN_PRINCIPAL, 7:] = 0
    repaid = panel(cover=falling(), lent=lent(1), loans=months)
    assert lowest_cover(repaid) == (30 / 12, "2026Q2")
    months[0, LOAN_PRINCIPAL, 6] = 0  # on the last day of the quarter: not tested then
    assert lowest_cover(panel(cover=falling(), lent=lent(1), loans=months)) == (4.5, "2026Q1")
    owing = panel(cover=falling(), lent=lent(1))
    assert lowest_cover(owing) == (3 / 6, "2027Q1")


def test_a_loan_that_can_still_be_drawn_is_not_repaid():
    """Nothing is drawn to the end, and fees of 2 a month are due: 9 of 24 in the last year."""
    cover = falling()
    cover[1, 0, 1:] = 2 * M
    undrawn = panel(cover=cover, lent=lent(1), loans=0 * loan())
    assert lowest_cover(undrawn) == (3 / 24, "2027Q1")
    drawn = loan()
    drawn[0, LOAN_PRINCIPAL, 4:12] = 0  # repaid, and drawn again
    assert lowest_cover(panel(cover=falling(), lent=lent(1), loans=drawn)) == (0.5, "2027Q1")
    gone = loan()
    gone[0, LOAN_PRINCIPAL] = 0  # of the as-of day, repaid within the first month, paid until 6
    assert lowest_cover(panel(cover=falling(), lent=lent(1), loans=gone)) == (2.5, "2026Q2")


def test_no_cover_is_lowest_after_the_firm_has_ended():
    """It ended on 30 June: the second quarter is its last, for the loan and for the firm."""
    day = np.array([day_of(dt.date(2026, 6, 30))])
    ended = panel(cover=falling(), lent=lent(1))._replace(defaulted=day)
    assert lowest_cover(ended) == (30 / 12, "2026Q2")
    books = firm()
    books.stocks[measures.CFADS], books.stocks[measures.DEBT_SERVICE] = falling()[:, 0]
    whole = stack([payload(books=books)])
    table = tables.outcome_table(whole, QUARTERS).row(0, named=True)
    assert (table["dscr_lowest"], table["dscr_lowest_period"]) == (0.5, "2027Q1")
    table = tables.outcome_table(whole._replace(defaulted=day), QUARTERS).row(0, named=True)
    assert (table["dscr_lowest"], table["dscr_lowest_period"]) == (2.5, "2026Q2")
    early = whole._replace(defaulted=np.array([day_of(AS_OF)]))
    table = tables.outcome_table(early, QUARTERS).row(0, named=True)
    assert (table["dscr_lowest"], table["dscr_lowest_period"]) == (None, None)


def test_the_outcome_table_names_the_nearest_covenant_and_the_quarter_of_the_lowest_cover():
    table = tables.outcome_table(panel(), QUARTERS, COVENANTS).row(0, named=True)
    assert table["headroom_lowest"] == pytest.approx(-0.1)
    assert table["headroom_lowest_covenant"] == "term.loan.minimum_liquidity"
    # cover of the firm: 0, 18/5, 36/8, 54/11, 72/12, see test_metrics
    assert (table["dscr_lowest"], table["dscr_lowest_period"]) == (0.0, "2026Q1")
    tested = (*COVENANTS, Covenant("term.loan", "dscr", 1.2, dt.date(2026, 9, 30), matures=FAR))
    three = panel(tests=np.concatenate([sides(), sides()[:1]]))
    three = three._replace(breaches=np.full((1, 3), NEVER))
    table = tables.outcome_table(three, QUARTERS, tested).row(0, named=True)
    assert (table["dscr_lowest"], table["dscr_lowest_period"]) == (36 / 8, "2026Q3")


def test_a_loans_lowest_cover_is_from_its_first_test_on():
    """Own cover: 3 of 2 a month from month 4 on, 1 of 2 in months 7 to 9."""
    covers = [9 / 6, (9 + 3) / 12, (9 + 3 + 9) / 18, (9 + 3 + 9 + 9) / 24]
    table = tables.facilities(panel(), NAMES, QUARTERS, COVENANTS).row(0, named=True)
    assert table["dscr_lowest"] == min(covers) == 1.0
    assert table["dscr_lowest_period"] == "2026Q3"
    since = (Covenant("term.loan", "dscr", 1.2, dt.date(2026, 12, 31), matures=FAR),)
    late = panel(tests=sides()[:1])._replace(breaches=np.full((1, 1), NEVER))
    table = tables.facilities(late, NAMES, QUARTERS, since).row(0, named=True)
    assert (table["dscr_lowest"], table["dscr_lowest_period"]) == (min(covers[2:]), "2026Q4")
    never = tables.facilities(panel(lent=lent(0)), NAMES, QUARTERS).row(0, named=True)
    assert (never["dscr_lowest"], never["dscr_lowest_period"]) == (None, None)


def test_the_firms_loan_to_value_and_leverage_of_a_quarter():
    books = firm()
    books.stocks[measures.RESALE_VALUE, 3:] = 30 * M
    books.post("restricted_cash", "cash_to_reserves", 6 * M, 1)
    values = metrics.compute(stack([payload(books=books)]), QUARTERS)
    # 60 owed less 6 restricted; 60 in service at the end of month 3, 1 less a month from month 4
    assert row(values, "ltv") == [54 / 60, 54 / 57, 54 / 54, 54 / 51, 54 / 48]
    assert row(values, "ltv_market") == [54 / 30] * 5
    books.post("infrastructure_gross", "servers_gross", 12 * M, 3)  # of the 60m in service
    moved = metrics.compute(stack([payload(books=books)]), QUARTERS)
    assert row(moved, "ltv") == row(values, "ltv")
    assert row(moved, "ltv_market") == [54 / 42] * 5
    assert row(values, "resale_value") == [30e6] * 5
    books.stocks[measures.BUILDING_VALUE, 3:] = 20 * M  # of the 12m of infrastructure 10m
    books.stocks[measures.BUILDING_BOOK, 3:] = 10 * M
    valued = metrics.compute(stack([payload(books=books)]), QUARTERS)
    assert row(valued, "ltv") == row(values, "ltv")
    assert row(valued, "ltv_market") == [54 / 52] * 5
    assert row(valued, "building_value") == [20e6] * 5
    # cash is 92 + 15 a quarter; EBITDA of a quarter 18, of which nothing in the first
    leverage = [None, *((60 - cash) / (4 * 18) for cash in (107, 122, 137, 152))]
    assert row(values, "net_debt_to_annualised_ebitda") == leverage
    monthly = metrics.compute(stack([payload(books=books)]), periods.by_month(AS_OF, MONTHS))
    assert reasons(monthly, "net_debt_to_annualised_ebitda")[:3] == [
        "no whole quarter yet",
        "no whole quarter yet",
        "adjusted EBITDA is not positive",
    ]


def test_what_is_built_counts_at_cost_on_market_value():
    """In month 2 the 60m are delivered and not in service."""
    months = metrics.compute(stack([payload()]), periods.by_month(AS_OF, MONTHS))
    assert row(months, "ltv_market")[:3] == [None, 1.0, None]
    assert reasons(months, "ltv_market")[:3] == ["no hardware", "", "no hardware"]


def test_without_a_resale_market_nobody_knows_what_gpus_would_fetch():
    unknown = panel()._replace(resold=np.array([False]))
    values = metrics.compute(unknown, QUARTERS, NAMES)
    for name in ("resale_value", "ltv_market", "ltv_market.term.loan"):
        assert row(values, name) == [None] * 5
        assert reasons(values, name) == ["no resale market is stated"] * 5
    assert row(values, "ltv.term.loan")[0] == 56 / 80
    known = metrics.compute(panel(), QUARTERS, NAMES)
    assert known["resale_value"].reasons is None  # always defined


def test_names_of_loans_and_covenants_are_refused_with_the_nearest():
    for wrong, near in (
        ("balance.term.lone", "balance.term.loan"),
        ("breach.term.loan.dscr", "breach.term.loan.ltv"),
    ):
        with pytest.raises(ScenarioError, match=f"nearest valid name: {near}"):
            figures.parse(wrong, QUARTERS, NAMES, covenants=COVENANTS)
    with pytest.raises(ScenarioError, match="it belongs to a whole run"):
        figures.parse("breach.term.loan.ltv@2026Q2", QUARTERS, NAMES, covenants=COVENANTS)


def test_every_family_says_its_unit_and_what_it_is_of():
    known = lenders.known(NAMES, COVENANTS)
    assert len(known) == 13 + 3 * len(COVENANTS)
    for name, metric in known.items():
        assert (lenders.metric_of(name).unit, metric.name) == (metric.unit, name)
        assert "term.loan" in metric.meaning
    assert known["breach.term.loan.ltv"].meaning.startswith("the loan to value of term.loan")
