"""Unit economics of power let by the kW: a row a tenant, with several tranches or sites theirs too.

Beside the rows of GPU lots (`appraisal/unit_economics.py`), at the same hurdle and timing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from gpusim.appraisal import unit_sizes
from gpusim.appraisal.let_power.kw_figures import LetRow, judged
from gpusim.appraisal.let_power.tenants import Tenant, tenants_of
from gpusim.appraisal.view.timing import View
from gpusim.scenario import Scenario
from gpusim.scenario.tables.sales.tenancies import TENANCY

TENANT, TRANCHE, SITE = "tenant", "tranche", "let-site"
TOTAL: Final = ("tenants", "all tenants")
BELONGS: Final[dict[str, Callable[[Tenant], str]]] = {
    TENANT: lambda tenant: tenant.contract,
    TRANCHE: lambda tenant: tenant.label,
    SITE: lambda tenant: tenant.site,
}
"""By what tenants are judged together: the kind of a row, and what names it."""


class Letting(NamedTuple):
    """What all rows are made of."""

    view: View
    tenants: list[Tenant]


def letting_of(
    scenario: Scenario,
    view: View,
    residual: float | None = None,
    contract: str | None = None,
) -> Letting:
    """The tenants of a scenario, or of one contract.

    residual: share of its cost that a building is worth at the end of a term; None: book value.
    """
    if not any(own.kind == TENANCY for own in scenario.contracts.values()):
        return Letting(view, [])
    found = tenants_of(scenario, unit_sizes.sizes(scenario), residual)
    return Letting(view, [own for own in found if contract in (None, own.contract)])


def names_of(letting: Letting) -> list[tuple[str, str]]:
    """Kind and name of every row, in order."""
    own = letting.tenants
    names = {kind: list(dict.fromkeys(map(of, own))) for kind, of in BELONGS.items()}
    found = []
    for name in names[TENANT]:
        found.append((TENANT, name))
        tranches = [tenant.label for tenant in own if tenant.contract == name]
        found += [(TRANCHE, label) for label in tranches] if len(tranches) > 1 else []
    if len(names[SITE]) > 1:
        found += [(SITE, name) for name in names[SITE]]
    return [*found, TOTAL] if len(names[TENANT]) > 1 else found


def row_of(letting: Letting, kind: str, name: str) -> LetRow:
    """A row; kind and name: one of `names_of`."""
    own = letting.tenants
    if kind != TOTAL[0]:
        own = [tenant for tenant in own if BELONGS[kind](tenant) == name]
    return judged(kind, name, own, letting.view)


def rows_of(letting: Letting) -> list[LetRow]:
    """Every row, in order."""
    return [row_of(letting, kind, name) for kind, name in names_of(letting)]
