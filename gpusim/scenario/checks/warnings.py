"""What a model says that is allowed and probably not meant: told by `models check` and `run`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from gpusim.scenario import schema
from gpusim.scenario.checks.amounts import odd_amounts
from gpusim.scenario.checks.planned.early_interest import early_interest
from gpusim.scenario.checks.planned.early_tests import early_tests
from gpusim.scenario.checks.planned.for_nobody import taken_by_contracts
from gpusim.scenario.checks.planned.late_money import (
    cash_of_service,
    late_prepayments,
    missing_money,
    uncredited_prepayments,
)
from gpusim.scenario.checks.planned.late_plans import late_plans
from gpusim.scenario.checks.planned.unmet import early_lease_ends, unmet, unpaid_rents
from gpusim.scenario.checks.plausible import implausible
from gpusim.scenario.checks.retired import retired
from gpusim.scenario.checks.scale import off_scale
from gpusim.scenario.language.errors import nearest
from gpusim.scenario.language.fields import KeyPath
from gpusim.scenario.reading import bundled
from gpusim.scenario.reading.bundled import shown_path
from gpusim.scenario.reading.catalogue import FOLDER, versions
from gpusim.scenario.tables.sales.tenancies import TENANCY

if TYPE_CHECKING:
    from gpusim.scenario.language.errors import Mistake
    from gpusim.scenario.scenario import Scenario


FEW: Final = 3
"""Warnings of one kind that are told one by one."""
FIGURES: Final = re.compile(r"\d[\d,.:-]*")


def warnings_of(scenario: Scenario) -> list[str]:
    """All warnings: a sentence each, with the key it speaks of and its place at the end.

    Many that differ in names and figures alone are one, with how many and the first.
    """
    found = [
        *implausible(scenario),
        *off_scale(scenario),
        *odd_amounts(scenario),
        *unknown_customers(scenario),
        *rents_of_own_sites(scenario),
        *levels_never_missed(scenario),
        *unmet(scenario),
        *late_plans(scenario),
        *taken_by_contracts(scenario),
        *early_lease_ends(scenario),
        *unpaid_rents(scenario),
        *early_tests(scenario),
        *early_interest(scenario),
        *late_prepayments(scenario),
        *uncredited_prepayments(scenario),
        *cash_of_service(scenario),
        *missing_money(scenario),
    ]
    told = [f"{text} [{_place(scenario, path, text)}]" for path, text in _grouped(found)]
    return [*retired(scenario.tree), *told]


def _grouped(found: Iterable[tuple[KeyPath, str]]) -> Iterator[tuple[KeyPath, str]]:
    """Warnings that differ in names and figures alone as one, where there are more than `FEW`."""
    alike: dict[tuple[tuple[str, ...], str], list[tuple[KeyPath, str]]] = {}
    for path, text in found:
        own = re.escape(str(path[1])) if len(path) > 1 else "$"
        shape = FIGURES.sub("0", re.sub(rf"(?<!\w){own}(?!\w)", "", text))
        alike.setdefault((schema.pattern_of(path), shape), []).append((path, text))
    for those in alike.values():
        path, text = those[0]
        if len(those) <= FEW:
            yield from those
            continue
        names = {own[1] for own, _ in those}
        many = f"{len(names):,} {path[0]}" if len(names) > 1 else f"{len(those):,} times"
        yield path, f"{many}: {text} (first: {path[1]})"


def unknown_customers(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Tables of customers that no contract names: nothing in them counts."""
    known = {contract.customer for contract in scenario.contracts.values()}
    for name in scenario.customers:
        if name not in known:
            near = nearest(name, known)
            meant = f": is it {near}?" if near else ""
            yield (
                ("customers", name),
                f"no contract names the customer {name}, so that its table has no effect{meant}",
            )


def rents_of_own_sites(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Terms of a lease at sites that nobody lets, but for those of the catalogue's entry."""
    catalogues = {shown_path(bundled.path_of(FOLDER, name)) for name in versions()}
    for name, site in scenario.sites.items():
        told = [
            key
            for key in site.idle_keys
            if key in site.model_fields_set
            and getattr(site, key)
            and scenario.tree.origin(("sites", name, key)).where not in catalogues
        ]
        if told:
            yield (
                ("sites", name, told[0]),
                f'sites.{name} has kind = "owned" and pays no rent, so that '
                f"{' and '.join(told)} {'have' if len(told) > 1 else 'has'} no effect",
            )


def levels_never_missed(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Service levels of tenants at sites that never stand still."""
    for name, contract in scenario.contracts.items():
        if contract.kind != TENANCY or contract.sla is None:
            continue
        sites = {tranche.site or contract.site for tranche in contract.tranches}
        if not any(scenario.sites[site].outages for site in sites):
            yield (
                ("contracts", name, "sla"),
                f"contract {name} lets power where no outages are stated, so that its sla has no "
                "effect",
            )


def _place(scenario: Scenario, path: KeyPath, text: str) -> str:
    """Key, unless the sentence has it, file and line of a value, to follow a sentence."""
    from gpusim.scenario.lowering.frame.refuse import refusal

    at: Mistake = refusal(scenario, path, "", "").mistakes[0]
    key = "" if at.key in text else at.key
    place = f"{at.file}:{at.line}:{at.column}" if at.line else at.file
    return ", ".join(part for part in (key, place) if part)
