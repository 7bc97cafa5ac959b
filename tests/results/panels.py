"""A firm small enough to follow by hand: fifteen months, every record kept by both sides."""

import numpy as np

from gpusim.economics.books import measures
from gpusim.economics.books.ledger import ACCOUNTS
from gpusim.economics.core import state
from gpusim.economics.core.state import NEVER
from gpusim.results.payload import Panel, Payload, stack

MONTHS = 15
M = 1_000_000_00  # a million USD in cents
MICRO = 1_000_000


class Firm:
    """Books one month at a time."""

    def __init__(self) -> None:
        self.ledger = np.zeros((len(ACCOUNTS), MONTHS + 1), np.int64)
        self.stocks = np.zeros((measures.N_STOCKS, MONTHS + 1), np.int64)
        self.backlog = np.zeros((6, state.N_MOVES, state.N_CAUSES + 1, MONTHS + 1), np.int64)

        self.slips = np.zeros(state.N_CAUSES, np.int64)

    def post(self, debit: str, credit: str, amount: int, month: int) -> None:
        self.ledger[ACCOUNTS.index(debit), month] += amount
        self.ledger[ACCOUNTS.index(credit), month] -= amount

    def move(self, move: int, amount: int, month: int, cause: int = state.N_CAUSES) -> None:
        self.backlog[0, move, cause, month] += amount


def firm() -> Firm:
    """Opens with 100m cash and a 480m backlog, borrows 60m, builds, and earns 10m a month.

    Delivery in month 2 for 60m, in service in month 3, revenue from month 4 on where month 3 was
    planned: one month's 10m slips for want of power. Interest is 1m a month from month 2 on.
    """
    books = Firm()
    books.post("cash_opening", "paid_in_capital", 100 * M, 0)
    books.move(state.OPENING, 480 * M, 0)
    books.post("cash_from_draws", "loans", 60 * M, 1)
    books.stocks[measures.DEBT_DRAWN, 1] = 60 * M
    books.stocks[measures.DEBT_PRINCIPAL, 1:] = 60 * M
    books.post("construction_in_progress", "cash_for_capex", 60 * M, 2)
    books.stocks[measures.CAPEX_ACCRUED, 2] = 60 * M
    books.post("servers_gross", "construction_in_progress", 60 * M, 3)
    books.stocks[measures.CAPEX_IN_SERVICE, 3] = 60 * M
    books.stocks[measures.GPUS_ADDED, 3] = 1000
    books.stocks[measures.GPUS_IN_SERVICE, 3:] = 1000
    books.stocks[measures.MICROWATTS_ADDED, 3] = 2_000_000 * MICRO
    books.stocks[measures.ACTIVE_MICROWATTS, 3:] = 2_000_000 * MICRO
    books.stocks[measures.ENERGISED_MICROWATTS, 3] = 5_000_000 * MICRO
    books.stocks[measures.POWERED_MICROWATTS, 3:] = 5_000_000 * MICRO
    books.stocks[measures.CONTRACTED_MICROWATTS] = 8_000_000 * MICRO
    books.stocks[measures.BACKLOG] = 480 * M
    for month in range(1, MONTHS + 1):
        if month >= 3:
            books.move(state.PLANNED, 10 * M, month)
            books.stocks[measures.IN_SERVICE_GPU_HOURS, month] = 720_000
        if month == 3:
            books.move(state.SLIPPED, 10 * M, month, state.POWER)
            books.slips[state.POWER] = 10 * M
        if month >= 4:
            earn(books, month)
        if month >= 2:
            books.post("interest_contractual", "cash_for_interest", M, month)
            books.stocks[measures.DEBT_SERVICE, month] = M
    books.stocks[measures.REVOLVER_AVAILABLE, 1:] = 5 * M
    return books


def earn(books: Firm, month: int) -> None:
    books.post("receivables", "revenue_committed", 10 * M, month)
    books.post("cash_from_customers", "receivables", 10 * M, month)
    books.post("cost_power", "cash_for_operations", 4 * M, month)
    books.post("technology_depreciation", "servers_accumulated", M, month)
    books.move(state.RECOGNISED, 10 * M, month)
    books.stocks[measures.BACKLOG, month:] -= 10 * M
    books.stocks[measures.BILLED_GPU_HOURS, month] = 540_000
    books.stocks[measures.CFADS, month] = 6 * M


def payload(
    replication: int = 0,
    shortfall: int = NEVER,
    books: Firm | None = None,
    breaches: tuple[int, ...] = (),
) -> Payload:
    books = books or firm()
    cells = np.flatnonzero(books.backlog)
    return Payload(
        replication,
        books.ledger,
        books.stocks,
        books.backlog.shape,
        cells,
        books.backlog.ravel()[cells],
        shortfall,
        0 if shortfall == NEVER else 7 * M,
        np.array(breaches, np.int64),
        tests=np.zeros((len(breaches), 2, MONTHS + 1), np.int64),
        market=market(),
        slips=books.slips,
    )


def panel(reps: int = 2) -> Panel:
    return stack([payload(number) for number in range(reps)])


def market() -> np.ndarray:
    """Scarce in months 1 to 3 and 15, a glut in months 5 and 6; the base rate goes from 4% to 5%.

    GPU "old" is listed at USD 3.00 an hour and 10 cents more each month, half of its hours are
    sold; its rental index is 10 cents below; new it costs 40,000, from month 6 on 36,000; its
    servers fetch 30,000, then 15,000. "new" has no rent, and costs 50,000.
    """
    months = np.arange(MONTHS + 1)
    flat = np.ones(MONTHS + 1)
    states = np.ones(MONTHS + 1)
    states[[1, 2, 3, 15]], states[[5, 6]] = 2, 0
    later = months >= 6
    return np.stack(
        [
            states,
            np.where(months >= 3, 0.05, 0.04),
            *(300.0 + 10 * months, 0 * flat),
            *(0.5 * flat, 0.9 * flat),
            *(np.where(later, 3_600_000.0, 4_000_000.0), 5_000_000 * flat),
            *(np.where(later, 1_500_000.0, 3_000_000.0), 5_000_000 * flat),
            *(290.0 + 10 * months, 0 * flat),
        ]
    )
