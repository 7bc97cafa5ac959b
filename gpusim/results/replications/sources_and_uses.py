"""Sources and uses of capital over a run, as a lender reads them; both sides tie to the cent.

What stood in the firm on the as-of day and what came in is, to the cent, what stood there besides
cash, what was paid out and the cash that is left. Flows are those of `backlog_to_cash`; balances
are the ledger's, so that the tie is that of the cash account and can fail. Hardware that a supplier
or lessor pays for moves no cash: it is a source and a use, for its instalments are debt repaid.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gpusim.economics.books import measures
from gpusim.economics.books.statements import line
from gpusim.economics.core.state import Ints
from gpusim.results.payload import Panel
from gpusim.results.replications.backlog_to_cash import STEPS, Step

OPERATIONS: Final = ("collected", "power", "site", "overhead", "payment", "tax")
"""Steps from backlog to cash that are cash of operations before interest, tax paid."""


MEANING: Final = {step.name: step.meaning for step in STEPS}
SOURCES: Final = (
    Step("debt_opening", "Debt on the as-of day", "face of all debt"),
    Step("equity_opening", "Equity on the as-of day", "book value; a deficit is below 0"),
    Step("debt_drawn", "New debt drawn", MEANING["drawn"]),
    Step("credit_granted", "Hardware on credit", "face of suppliers' loans and finance leases"),
    Step("equity_raised", "New equity raised", "cash of new shares and cures, after costs"),
    Step("operations", "Cash from operations", "before interest, after tax paid"),
)
USES: Final = (
    Step("in_place", "In place on the as-of day", "opening debt and equity less opening cash"),
    Step("capex", "Capital expenditure", MEANING["capex"]),
    Step("bought_on_credit", "Hardware bought on credit", "paid to suppliers by those lenders"),
    Step("interest", "Interest, net of received", MEANING["interest"]),
    Step("debt_costs", "Fees and reserves", MEANING["debt_costs"]),
    Step("debt_repaid", "Debt repaid", MEANING["principal"]),
    Step("cash_left", "Cash left", "unrestricted cash on the last day"),
)
PARTS: Final = (*SOURCES, *USES)
"""The columns of the table: each side sums to the same total in every replication."""


def sources_and_uses(panel: Panel, steps: Mapping[str, Ints]) -> dict[str, Ints]:
    """Every part over the run, [replications] each; amounts out are positive [cents].

    steps: of `backlog_to_cash` [replications] [cents].
    """
    cash, debt, equity = (line(panel.ledger, name) for name in ("cash", "debt_principal", "equity"))
    raised = line(panel.ledger, "equity_raised")[:, 1:].sum(axis=1)
    credit = panel.stocks[:, measures.BOUGHT_ON_CREDIT, 1:].sum(axis=1)
    operations = steps[OPERATIONS[0]].copy()
    for name in OPERATIONS[1:]:
        operations += steps[name]
    return {
        "debt_opening": debt[:, 0],
        "equity_opening": equity[:, 0],
        "debt_drawn": steps["drawn"],
        "credit_granted": credit,
        "equity_raised": raised,
        "operations": operations,
        "in_place": debt[:, 0] + equity[:, 0] - cash[:, 0],
        "capex": -steps["capex"],
        "bought_on_credit": credit,
        "interest": -steps["interest"],
        "debt_costs": -steps["debt_costs"],
        "debt_repaid": -steps["principal"],
        "cash_left": cash[:, -1],
    }
