"""What of the opening balances follows from the rest of a model."""

from __future__ import annotations

from gpusim.scenario.reading.tree import NOBODY, Origin, Tree
from gpusim.scenario.scenario import Scenario
from gpusim.scenario.starting.filling import FILLED
from gpusim.scenario.tables.balance import Balance, left_out
from gpusim.scenario.tables.tax import TaxOpening, basis_left_out


def fill_opening(tree: Tree, scenario: Scenario) -> Scenario:
    """The scenario with what of its opening balances follows from the rest of it."""
    return _fill_basis(tree, _fill_balance(tree, scenario))


def _fill_basis(tree: Tree, scenario: Scenario) -> Scenario:
    """The scenario with the tax basis of what is in service on the as-of day."""
    if not (usd := basis_left_out(scenario)):
        return scenario
    why = "what is in service, at its book value less what the deferred tax stands for"
    tree.put(("tax", "opening", "ppe_basis_usd"), usd, Origin(FILLED, rank=NOBODY, how=why))
    stated = scenario.tax.opening.model_dump(exclude_unset=True) | {"ppe_basis_usd": usd}
    tax = scenario.tax.model_copy(update={"opening": TaxOpening.model_validate(stated)})
    return scenario.model_copy(update={"tax": tax})


def _fill_balance(tree: Tree, scenario: Scenario) -> Scenario:
    """The scenario with the lines of its balance sheet that follow from the rest of it."""
    found = list(left_out(scenario))
    if not found:
        return scenario
    for line, usd, why in found:
        tree.put(("balance", line), usd, Origin(FILLED, rank=NOBODY, how=why))
    lines = {line: usd for line, usd, _ in found}
    balance = Balance.model_validate({**scenario.balance.model_dump(exclude_unset=True), **lines})
    return scenario.model_copy(update={"balance": balance})
