"""Covenants: the kinds there are, and how each is measured.

A kind is its number, a row of `KINDS` and a branch of `measure`. What lowers, tests, keeps, tells
and shows covenants goes down that table.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from gpusim.compiling.kernel import ZERO, const, kernel
from gpusim.economics.books.ledger import ACCOUNTS, cash
from gpusim.economics.books.statements import INCOME
from gpusim.economics.core.calendar import MONTHS_PER_QUARTER
from gpusim.economics.core.money import cents
from gpusim.economics.core.state import (
    DSCR,
    LOAN_LIFE_CASH,
    LOAN_RECEIVED,
    LOAN_RESALE,
    LOAN_VALUE,
    MINIMUM_LIQUIDITY,
    OWN_CONTRACTS,
    State,
    World,
)
from gpusim.economics.debt.dscr import TRAILING_MONTHS, dscr_terms
from gpusim.economics.debt.facilities import liquidity_minimum, total_principal
from gpusim.economics.sales.contracted_cash_schedule import collection_ratio

CONTRACT_REALISATION, LTV, LTV_MARKET = const(2), const(3), const(4)
LLCR, LEVERAGE = const(5), const(6)
"""Kinds of covenant, by their place in `KINDS`; `state` has those that other rules ask for."""


class Kind(NamedTuple):
    """A kind of covenant: what it is, and what it is called in stories, reports and pages."""

    key: str  # of its table in [debt.NAME.covenants], and its test in tables of results
    name: str  # "the NAME covenant of ddtl is missed"
    short: str  # on an axis
    limit: str  # "LIMIT of at least 1.40x"
    side: Literal["least", "most"]  # what the limit is: less than the least is a breach
    unit: Literal["ratio", "share", "USD"]  # of the limit
    measured: str  # how, in a note below a figure; nothing where the name says it
    quarterly: bool = False  # tested at quarter ends; else at month ends
    curable: bool = True  # shareholders may pay in what is missing
    repays: bool = False  # and what they pay in repays the loan
    firm_wide: bool = False  # of the whole firm: the same for every lender
    column: str = ""  # what its columns of days begin with; left out: the key
    fact_prefix: str = ""  # what its facts of a month begin with; left out: as the columns

    @property
    def limit_key(self) -> str:
        """Its limit in a model file."""
        return ("minimum" if self.side == "least" else "maximum") + "_usd" * (self.unit == "USD")

    @property
    def breach(self) -> str:
        """Column of the first breach in the table of facilities."""
        return f"{self.column or self.key}_breach"

    @property
    def missed(self) -> str:
        """Among the facts of a month: facilities whose test failed first that day."""
        return f"{self.fact_prefix or self.column or self.key}_missed"


KINDS: Final = (
    Kind(
        "dscr",
        name="debt service cover",
        short="DSCR",
        limit="DSCR",
        side="least",
        unit="ratio",
        measured="",
        quarterly=True,
        firm_wide=True,  # or of the loan's own, by its scope
        fact_prefix="cover",
    ),
    Kind(
        "minimum_liquidity",
        name="cash",
        short="unrestricted cash",
        limit="cash",
        side="least",
        unit="USD",
        measured="",
        firm_wide=True,
        column="liquidity",
    ),
    Kind(
        "contract_realisation",
        name="contract realisation",
        short="contract realisation",
        limit="contract realisation",
        side="least",
        unit="share",
        measured="realisation is cash received over the plan at signing",
        curable=False,
        column="realisation",
    ),
    Kind(
        "ltv",
        name="loan to value",
        short="LTV on book value",
        limit="loan to value",
        side="most",
        unit="share",
        measured="LTV is debt over the lender's value of hardware in service",
        repays=True,
    ),
    Kind(
        "ltv_market",
        name="loan to resale value",
        short="LTV on market value",
        limit="loan to resale value",
        side="most",
        unit="share",
        measured="",
        repays=True,
    ),
    Kind(
        "llcr",
        name="loan life cover",
        short="LLCR",
        limit="LLCR",
        side="least",
        unit="ratio",
        measured="LLCR is what contracts' cash to come is worth over the debt",
        quarterly=True,
        repays=True,
    ),
    Kind(
        "leverage",
        name="leverage",
        short="leverage",
        limit="leverage",
        side="most",
        unit="ratio",
        measured="leverage is all debt over a year's adjusted EBITDA",
        quarterly=True,
        firm_wide=True,
    ),
)
"""By number. In the order of the fields of `Covenants` in a model file, and of tests and cures."""
KIND_OF: Final = {kind.key: kind for kind in KINDS}
"""By the key of the test in [debt.NAME.covenants]."""
N_KINDS = const(len(KINDS))
LENDER_LIFE_DAYS = 2191.5
EARNED: Final = tuple(ACCOUNTS.index(account) for account, _ in INCOME["adjusted_ebitda"])
"""Accounts of adjusted EBITDA, each a credit."""


@kernel
def measure(
    s: State, w: World, f: int, kind: int, month: int, paid_in: int
) -> tuple[bool, int, int]:
    """Whether a covenant fails today, what it counts, and the least or most that may be [cents].

    Cash that makes up the difference of the two cures it. paid_in: what cures of the day brought
    that stays in the firm, which tests of the whole firm count [cents].
    """
    limit = s.covenants[f, kind].limit
    if kind == DSCR:
        return measure_dscr(s, f, limit, month, paid_in)
    if kind == MINIMUM_LIQUIDITY:
        return cash(s) < liquidity_minimum(s, f), cash(s), liquidity_minimum(s, f)
    if kind == CONTRACT_REALISATION:
        return measure_collection_ratio(s, w, f, limit, month)
    if kind == LTV:
        return measure_value(s, f, limit, s.loan_months[f, LOAN_VALUE, month])
    if kind == LTV_MARKET:
        return measure_value(s, f, limit, s.loan_months[f, LOAN_RESALE, month])
    if kind == LLCR:
        return measure_loan_life(s, f, limit, month)
    if kind == LEVERAGE:
        return measure_leverage(s, limit, month, paid_in)
    return True, 0, 0  # a kind without a rule is never passed


@kernel
def meets_dscr(cfads: int, service: int, minimum: float) -> bool:
    """Whether cash available for debt service covers it `minimum` times; no service, no breach.

    cfads, service [cents] over the same months; minimum [ratio].
    Source: loan agreements, debt service coverage ratio, trailing twelve months.

    >>> meets_dscr(140, 100, 1.40), meets_dscr(139, 100, 1.40), meets_dscr(-5, 0, 1.40)
    (True, False, True)
    """
    return service == 0 or cfads >= minimum * service


@kernel
def lender_value(gross: int, days: int) -> int:
    """What a lender counts hardware as: cost, straight down to nothing in 72 months.

    gross [cents]; days since in service [day].
    Source: definitions, LTV on book: cost x (1 - months in service / 72).

    >>> lender_value(7_200, 1096)
    3599
    """
    return cents(gross * max(1.0 - days / LENDER_LIFE_DAYS, 0.0))


@kernel
def measure_dscr(
    s: State, f: int, minimum: float, month: int, paid_in: int
) -> tuple[bool, int, int]:
    """Debt service cover, the firm's or the loan's own: its cash, and what service asks for.

    paid_in: cash of the firm's beside it [cents]. What a cure paid is whole cents.
    """
    cfads, service = dscr_terms(s, f, month)
    needed = cents(minimum * service)
    if s.covenants[f, DSCR].scope != OWN_CONTRACTS and paid_in > 0:
        cfads += paid_in
        return service > 0 and cfads < needed, cfads, needed
    return not meets_dscr(cfads, service, minimum), cfads, needed


@kernel
def measure_collection_ratio(
    s: State, w: World, f: int, minimum: float, month: int
) -> tuple[bool, int, int]:
    """Cash received on the facility's contracts over the plan's, trailing three months.

    Equity cannot cure it: it is about what customers pay.
    """
    received, planned = collection_ratio(s, w, f, month, MONTHS_PER_QUARTER)
    return received < minimum * planned, received, cents(minimum * planned)


@kernel
def measure_value(s: State, f: int, maximum: float, value: int) -> tuple[bool, int, int]:
    """Principal less reserve cash over a value; a cure repays what is beyond the limit.

    Source: definitions, LTV.
    """
    facility = s.facilities[f]
    owed, most = facility.principal - facility.reserve_held, cents(maximum * value)
    return owed > most, owed, most


@kernel
def measure_loan_life(s: State, f: int, minimum: float, month: int) -> tuple[bool, int, int]:
    """What a loan's cash to come carries at the least cover, and its principal [cents].

    A cure repays what is beyond it. Before one of its contracts has paid, and where nothing is
    owed, there is no test, as there is no LLCR.
    Source: definitions, LLCR and PLCR; the month's `LOAN_LIFE_CASH` is that of `loan_months`.
    """
    paid, owed = ZERO, s.facilities[f].principal
    for m in range(1, month + 1):
        paid += s.loan_months[f, LOAN_RECEIVED, m]
    if paid == 0 or owed == 0:
        return False, 0, 0
    carried = cents(s.loan_months[f, LOAN_LIFE_CASH, month] / minimum)
    return carried < owed, carried, owed


@kernel
def measure_leverage(s: State, maximum: float, month: int, paid_in: int) -> tuple[bool, int, int]:
    """What all debt asks for of a year's earnings at the most leverage, and the earnings [cents].

    Both grow by a loss, so that neither is below zero. What cures of the day paid in counts as
    earnings [cents], as a cure of this test does.
    Source: definitions, Leverage; equity cures of credit agreements, deemed EBITDA of the quarter.
    """
    owed, earned = total_principal(s), year_earnings(s, month) + paid_in
    if owed == 0:
        return False, 0, max(earned, 0)
    loss = max(-earned, 0)
    asked = cents(owed / maximum) + loss
    return asked > earned + loss, asked, earned + loss


@kernel
def year_earnings(s: State, month: int) -> int:
    """Adjusted EBITDA of the last twelve months; of fewer since the start, annualised [cents].

    Source: credit agreements: EBITDA of the first test periods is annualised.
    """
    first, earned = max(month - TRAILING_MONTHS + 1, 1), ZERO
    for m in range(first, month + 1):
        for account in EARNED:
            earned -= s.ledger[account, m]
    return cents(earned * TRAILING_MONTHS / (month - first + 1))
